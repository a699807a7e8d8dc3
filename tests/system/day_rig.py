"""A day of a busy organisation, told on the sandbox's clock: people edit, the schedule ticks, somebody presses.

Everything of ours is real: the tick with all its chores, the queue and its threads, the engine, tasks and budgets in
SQLite, both adapters. Both services are in process and enforce their limits. A call takes the time that the real
services take; between two events of the day no time passes for us.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from heapq import heappop, heappush
from itertools import count, pairwise
from pathlib import Path
from typing import Any, Final

from extension import scheduling
from extension.bootstrap import LIMITS, House, Task
from extension.jobs.tick import Tick
from extension.remote.transport import Answer, Listen, Request, Transport, silent
from extension.serving import chores
from extension.sync.budget import DAY, MINUTE
from extension.sync.canonical import SIDES, XERO, ZOHO, Side
from extension.sync.model import Scope
from extension.sync.pace import Stretch
from sandbox.xero.settings import REAL_LIMITS, STARTER_LIMITS, UNLIMITED
from tests.patience import PATIENCE
from tests.queues import queue_of
from tests.system.cast import phone
from tests.system.day_people import Edit, People
from tests.system.switch_rig import LAG, Rig

A_CALL: Final = 0.35  # seconds that an answer takes
FREE_ZOHO: Final[Mapping[str, Any]] = {"credits_per_day": 5_000, "concurrency": 5}
PAID_ZOHO: Final[Mapping[str, Any]] = {"credits_per_day": 50_000, "concurrency": 10}
FREE, PAID = STARTER_LIMITS, REAL_LIMITS
GRID: Final = 10 * MINUTE  # chores that are done now and then
WISHED: Final = 15
A_RUN: Final = 2 * MINUTE  # at most


@dataclass(frozen=True)
class Sent:
    """A call that counted. `left`: what Xero's own count had left after it."""

    at: datetime
    side: Side
    background: bool
    status: int
    left: int


@dataclass
class Press:
    """Somebody pressed the button of a record."""

    at: datetime
    task: int
    edit: Edit


class Unhurried(House):
    """An installation whose services answer after a while; `watch` sees every call that counts."""

    watch: Callable[[Request, int], None] = staticmethod(lambda request, status: None)

    @cached_property
    def transport(self) -> Transport:
        made: Transport = House.transport.func(self)  # type: ignore[attr-defined]  # the property's own function
        send = made.send

        def unhurried(request: Request, listen: Listen = silent) -> Answer:
            before = made.spent.get(request.account, 0)
            status = 0
            try:
                answer = send(request, listen)
                status = answer.status
                return answer
            except Exception as refused:
                status = getattr(refused, "status", None) or 0
                raise
            finally:
                if request.account and (status or made.spent.get(request.account, 0) > before):
                    self.clock.advance(A_CALL)  # type: ignore[attr-defined]  # the sandbox's clock is ours, too
                    self.watch(request, status)

        made.send = unhurried  # type: ignore[method-assign]
        return made


class Day(People):
    """One company, connected and in step, its schedule on; then hour after hour."""

    def __init__(
        self,
        folder: Path,
        began: datetime,
        xero: Mapping[str, Any],
        zoho: Mapping[str, Any],
        *,
        seed: int = 1,
        records: int = 25,
        **switches: Any,
    ) -> None:
        self.began = began
        rig = Rig(folder, None, switches, records=records, house=Unhurried, began=began - DAY - timedelta(hours=2))
        rig.rests()
        super().__init__(rig, seed)
        self.house, self.number = rig.house, rig.connection.id
        self.rig.clock.set(began)
        self.limited(xero, zoho)
        for side in SIDES:
            self.rig.service(side).journal.clear()
        assert isinstance(self.house, Unhurried)
        self.house.watch = self._watched
        self.sent, self.presses = list[Sent](), list[Press]()
        self.stretches = list[tuple[datetime, Stretch | None]]()
        self.interrupt: Callable[[], None] | None = None
        self._events: list[tuple[datetime, int, Callable[[], object]]] = []
        self._order = count()
        self._tick = Tick(chores(self.house, lambda: None), lambda: True, self.rig.clock)
        self.queue = queue_of(self.house, 1)
        self.house.tasks.heard = self.queue.wake
        self.schedule(every=WISHED)
        self.queue.start()

    def limited(self, xero: Mapping[str, Any], zoho: Mapping[str, Any]) -> None:
        """From now on both services enforce these limits."""
        self.rig.xero.set_switches(dict(xero))
        self.rig.zoho.set_switches(dict(zoho))

    def close(self) -> None:
        self.queue.stop()
        self.rig.close()

    def schedule(self, **document: Any) -> None:
        connection, now = self.house.connections.get(self.number), self.now
        new = {**connection.settings, "schedule": {"on": True, **document}}
        self.house.connections.update_settings(self.number, new, "Ada Admin", now)
        scheduling.replan(self.house, self.number)

    # ------------------------------------------------------------------ time

    def at(self, moment: datetime, deed: Callable[[], object]) -> None:
        heappush(self._events, (moment, next(self._order), deed))

    def live(self, until: datetime) -> None:
        """To that moment, event by event."""
        grid = self.now
        while self.now < until:
            while self._events and self._events[0][0] <= self.now:
                heappop(self._events)[2]()
            self.turn()
            grid = grid + GRID if grid <= self.now else grid
            following = min([until, grid, *self._coming()])
            self.rig.clock.advance(max(1.0, (following - self.now).total_seconds()))

    def turn(self) -> None:
        """One tick, and whatever it brings is done."""
        self._tick()
        self._drain()
        stretch = Stretch.read(self.house.connections.get(self.number).stretched)
        if not self.stretches or self.stretches[-1][1] != stretch:
            self.stretches.append((self.now, stretch))
        self._arrivals(stretch)

    def _coming(self) -> Iterator[datetime]:
        """When something will be due."""
        second = timedelta(seconds=1)
        if self._events:
            yield self._events[0][0]
        if following := self.house.connections.get(self.number).next_run_at:
            yield following + second
        for task in self.house.tasks.open(self.number):
            if task.not_before:
                yield task.not_before + second

    def _drain(self) -> None:
        self.queue.wake()
        end = time.monotonic() + PATIENCE
        while any(task.state == "working" or self._ready(task) for task in self.house.tasks.open(self.number)):
            assert time.monotonic() < end, "the queue does nothing"
            time.sleep(0.02)

    def _ready(self, task: Task) -> bool:
        return task.state == "waiting" and (task.not_before is None or task.not_before <= self.now)

    def _watched(self, request: Request, status: int) -> None:
        self.sent.append(Sent(self.now, request.side, request.background, status, self.left()))
        if self.interrupt and request.background and request.side == XERO:
            interrupt, self.interrupt = self.interrupt, None
            interrupt()

    def left(self) -> int:
        """What Xero itself would say is left of the day."""
        limits, tenant = self.rig.xero.state.limits, self.rig.connection.organisations[XERO]
        headers = limits.headers(tenant, self.now, self.rig.xero.settings.switches)
        return int(headers["X-DayLimit-Remaining"])

    def others(self, calls: int) -> None:
        """Another program of the organisation uses so many calls of Xero."""
        limits, tenant = self.rig.xero.state.limits, self.rig.connection.organisations[XERO]
        limits.usage(tenant).day.extend([self.now] * calls)

    def others_at_work(self, begins: datetime, ends: datetime, an_hour: int) -> None:
        """... so many in every hour."""
        moment = begins
        while moment < ends:
            self.at(moment, lambda: self.others(an_hour // 6))
            moment += GRID

    def asleep(self, until: datetime) -> None:
        """Nobody works, and neither do we: the machine is off. What is open arrives with the first run after it."""
        self.rig.clock.set(until)
        for edit in self.edits:
            if edit.seen is None:
                edit.by = max(edit.by, until + WISHED * MINUTE)

    # ------------------------------------------------------------------ people

    def busy(self, begins: datetime, ends: datetime, apart: timedelta) -> None:
        """Somebody edits something, at one side or the other, at random moments that far apart."""
        moment = begins
        while (moment := moment + apart * (0.5 + self.random.random())) < ends:
            self.at(moment, self.edit)

    def press(self) -> None:
        """Somebody edits a company in the CRM and presses its button."""
        pair = self.free("account")
        assert pair is not None
        new = f"+64 4 {len(self.presses) + 1:07}"
        pair.in_crm(Phone=new)
        scope = Scope(record=("account", pair.id(ZOHO)))
        task = self.house.tasks.ask(self.number, "record", scope, "Ada Admin", self.now)
        self.edits.append(Edit(f"{pair.id(ZOHO)} account: pressed", self.now, lambda: phone(pair.books) == new))
        self.presses.append(Press(self.now, task.id, self.edits[-1]))

    def press_within_a_run(self) -> None:
        """... while the next run of the schedule is under way."""
        self.interrupt = self.press

    def _arrivals(self, stretch: Stretch | None) -> None:
        for edit in self.edits:
            if edit.seen is None:
                by = edit.at + (stretch.minutes if stretch else WISHED) * MINUTE
                dry = stretch.until + WISHED * MINUTE if stretch and stretch.until else by
                edit.by = max(edit.by, by, dry)
                edit.seen = self.now if edit.there() else None

    # ------------------------------------------------------------------ what came of it

    def runs(self) -> list[Task]:
        """What the schedule asked for, oldest first."""
        return list(reversed(self.house.tasks.scheduled_since(self.number, self.began)))

    def used(self, side: Side, background: bool | None = None) -> int:
        return sum(call.side == side and background in (None, call.background) for call in self.sent)

    def refused(self) -> list[str]:
        """Calls that a service answered with 429, by its own journal."""
        return [f"{call.at} {call.method} {call.path}" for call in self.rig.calls() if call.status == 429]

    def says(self) -> str:
        """Why runs are further apart than wished, as pages and the doctor say it now."""
        stretch = Stretch.read(self.house.connections.get(self.number).stretched)
        return stretch.sentence if stretch else ""

    def apart(self, since: datetime) -> list[int]:
        """Minutes between the runs that the schedule asked for since then."""
        asked = [run.asked_at for run in self.runs() if run.asked_at >= since]
        return [round((after - before) / MINUTE) for before, after in pairwise(asked)]

    def late(self) -> list[Edit]:
        """Edits that were not on the other side within the interval in force and one run; the last may be under way."""
        return [each for each in self.edits if (each.seen or self.now) > each.by + A_RUN]

    def unserved(self) -> list[Press]:
        """Presses that were not answered at once, or did not do what was pressed for."""
        found = []
        for press in self.presses:
            task = self.house.tasks.get(self.number, press.task)
            served = task.ended_at is not None and task.ended_at - press.at <= A_RUN
            if not (served and task.state == "done" and task.result["state"] == "done" and press.edit.seen):
                found.append(press)
        return found

    def reserve_spent(self) -> list[Sent]:
        """Calls in the background after which less was left than is kept for the button, by Xero's own count."""
        reserve = LIMITS[XERO].day_reserve
        return [call for call in self.sent if call.background and call.side == XERO and call.left < reserve]

    def rests(self) -> None:
        """After a last run both sides are in step, and nothing was lost or doubled on the way."""
        self.rig.xero.set_switches({"enforce_limits": False, "minute_limit": UNLIMITED, "day_limit": UNLIMITED})
        self.rig.later(LAG)
        self.rig.rests()
        assert [edit for edit in self.edits if edit.seen is None and not edit.there()] == []

    def figures(self) -> str:
        """What happened, for whoever reads the log of a test."""
        runs = self.runs()
        waits = [edit.seen - edit.at for edit in self.edits if edit.seen]
        apart = Counter(self.apart(self.began))
        return (
            f"calls: Zoho {self.used(ZOHO)}, Xero {self.used(XERO)}, in the background {self.used(XERO, True)}; "
            f"runs: {len(runs)}, minutes apart {dict(sorted(apart.items()))}; presses: {len(self.presses)}; "
            f"edits: {len(self.edits)}, longest wait {max(waits, default=timedelta(0))}; "
            f"stretched: {[(f'{at:%H:%M}', s.sentence if s else 'as wished') for at, s in self.stretches]}"
        )
