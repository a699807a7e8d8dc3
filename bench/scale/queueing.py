"""A whole round through the queue: the real tick, the real tables, the real engine; runs only take their time.

Everything happens in one thread, in the order of a clock of its own. What is waited for is skipped, what our own code
takes is not: a moment that comes while we are still busy with the one before is late by that much.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from procrastinate import App, PsycopgConnector
from procrastinate.jobs import Job, Status

from bench.scale.installation import Installation
from bench.scale.sizes import DUE_PLACES
from extension.jobs.fleet import BACKGROUND, SERVE, STALE, TICK_SECONDS, URGENT
from extension.jobs.tick import Tick
from extension.jobs.turns import BEAT_SECONDS
from extension.serving import prompt_chores, slow_chores
from extension.store import Task

PLACES: Final = 2 * DUE_PLACES
SOME: Final = 20  # ticks between two words
BEGINS: Final = datetime(2026, 5, 4, 3, 0, 30, tzinfo=UTC)


class Ahead:
    """A clock that goes from moment to moment, and on by what we take ourselves."""

    def __init__(self) -> None:
        self._time, self._seen = BEGINS, time.perf_counter()

    def now(self) -> datetime:
        return self._time + timedelta(seconds=time.perf_counter() - self._seen)

    def skip_to(self, moment: datetime) -> None:
        """That moment, or now where it has passed already."""
        self._time, self._seen = max(moment, self.now()), time.perf_counter()


@dataclass(frozen=True)
class Round:
    """`waits`: seconds from due to begun, of each run. `busy`: seconds that all of it took; `longest_tick`: of all
    chores together."""

    waits: Sequence[float]
    busy: float
    longest_tick: float


@dataclass
class Passing:
    """One round under way. `due`: when each connection was; `lasts`: seconds of a run."""

    made: Installation
    clock: Ahead
    due: dict[int, datetime]
    lasts: float
    tell: Callable[[str], None]
    waits: dict[int, float] = field(default_factory=dict)
    busy: float = 0.0
    ticks: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tasks, house = self.made.house.tasks, self.made.house
        both = prompt_chores(house, lambda: None), slow_chores(house)
        self.chores = [Tick(chores, lambda: True, self.clock) for chores in both]
        self._numbers = itertools.count()
        self._ahead: list[tuple[datetime, int, str, Any]] = []
        self._under_way: dict[str, tuple[Job, Task]] = {}  # by the name of who works on it

    async def go(self) -> Round:
        app = App(connector=PsycopgConnector(conninfo=self.made.address, min_size=1, max_size=2))

        @app.task(name=SERVE)
        async def serve(connection: int, urgent: bool) -> None:
            raise AssertionError("nobody works off the engine's jobs here but we")

        async with app.open_async():
            self.engine = app.job_manager
            self.worker = await self.engine.register_worker()
            self._in(0, "tick")
            self._in(BEAT_SECONDS, "beat")
            while len(self.waits) < len(self.due) or self._under_way:
                moment, _, what, about = heapq.heappop(self._ahead)
                self.clock.skip_to(moment)
                began = time.perf_counter()
                await self._happen(what, about)
                self.busy += time.perf_counter() - began
        return Round(list(self.waits.values()), self.busy, max(self.ticks))

    def _in(self, seconds: float, what: str, about: Any = None) -> None:
        moment = self.clock.now() + timedelta(seconds=seconds)
        heapq.heappush(self._ahead, (moment, next(self._numbers), what, about))

    async def _happen(self, what: str, about: Any) -> None:
        if what == "tick":
            began = time.perf_counter()
            self._in(TICK_SECONDS, "tick")
            for tick in self.chores:
                tick()
            self.tasks.line_up(self.clock.now(), STALE)
            self.ticks.append(time.perf_counter() - began)
            if len(self.ticks) % SOME == 0:
                self.tell(f"{len(self.waits):,} of {len(self.due):,} runs began")
        elif what == "beat":
            self._in(BEAT_SECONDS, "beat")
            await self.engine.update_heartbeat(self.worker)
            for owner, (_, task) in self._under_way.items():
                self.tasks.beat(task.id, owner, self.clock.now(), {})
        else:
            await self._end(about)
        await self._fetch()

    async def _fetch(self) -> None:
        """As long as there are places and jobs; whoever is due again when all had their turn is of the next round."""
        while len(self._under_way) < PLACES and len(self.waits) < len(self.due):
            job = await self.engine.fetch_job([URGENT, BACKGROUND], worker_id=self.worker)
            if job is None:
                return
            now = self.clock.now()
            number = int(str(job.task_kwargs["connection"]))
            owner = f"bench:{next(self._numbers)}"
            task = self.tasks.take(owner, now, STALE, of=number)
            if task is None:
                await self.engine.finish_job(job, Status.SUCCEEDED, delete_job=True)
                continue
            self.waits.setdefault(number, (now - self.due[number]).total_seconds())
            self._under_way[owner] = job, task
            self._in(self.lasts, "end", owner)

    async def _end(self, owner: str) -> None:
        job, task = self._under_way.pop(owner)
        self.tasks.end(task.id, owner, "done", None, {"state": "done", "calls": CALLS}, self.clock.now())
        await self.engine.finish_job(job, Status.SUCCEEDED, delete_job=True)


CALLS: Final = {"zoho": 12, "xero": 4}


def passed(
    made: Installation, clock: Ahead, due: dict[int, datetime], lasts: float, tell: Callable[[str], None]
) -> Round:
    """Every one of these was due once, and was served."""
    made.plan(due)
    return asyncio.run(Passing(made, clock, due, lasts, tell).go())
