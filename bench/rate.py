"""How much of what a service permits a long import uses, and whether the service ever had to refuse.

Two imports by the queue and its workers against services that are 300 ms away and enforce Xero's limits: one reads Xero
page by page, one writes to it batch by batch. Background work may take what the button's reserve leaves.

Everything that anybody does takes the time that it takes: calls, planning, storing, taking up the task. Only where the
task waits for a moment that was named, and nobody does anything, do the services' clock and ours leap, both by as much,
to shortly before it. What is measured is what whole minutes would show, in less than half of their time.
Counted in Xero's own journal, from the first call on. Pages are small, or a short import would ask for too few.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.calls import Line
from bench.changes import AGE, Wrong
from bench.company import Company
from bench.figures import Chapter, Figure, Sheet, ratio, spelled
from bench.services import Services
from bench.size import Size
from bench.tenant import Tenant
from extension.bootstrap import Connection
from extension.entities.registry import Registry
from extension.jobs.threads import Threads
from extension.remote.allowance import LIMITS, SHARED
from extension.remote.transport import Transport
from extension.remote.xero.records import XeroRemote
from extension.serving import WORKERS, performer
from extension.sync.canonical import SIDES, XERO, ZOHO, Side
from extension.sync.model import Scope
from extension.sync.ports import Remote

LATE: Final = 300  # milliseconds
AT_ONCE: Final = 5
PAGE: Final = 10  # of Xero's lists
BATCH: Final = 50
PERMITTED: Final = LIMITS[XERO].minute - LIMITS[XERO].minute_reserve
USED: Final = 0.95
LOOK: Final = 0.1  # seconds between two looks whether everybody waits
SHORTLY: Final = 0.2  # ... before the moment that a task waits for
MINUTE: Final = timedelta(minutes=1)
ENFORCED: Final[Mapping[str, object]] = {
    "minute_limit": LIMITS[XERO].minute,
    "day_limit": LIMITS[XERO].day,
    "app_minute_limit": SHARED[XERO].minute,
    "concurrent_limit": AT_ONCE,
    "enforce_limits": True,
}


class Leaping:
    """Our own time, which passes by itself and leaps where it is told to."""

    def __init__(self) -> None:
        self._leapt = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._leapt

    def leap(self, services: Services, seconds: float) -> None:
        """The services' clock first: what they granted comes back no later than we believe."""
        services.advance(seconds)
        self._leapt += timedelta(seconds=seconds)


class Far(Tenant):
    """An installation that keeps to the services' budgets, and reads Xero by small pages."""

    def __init__(self, folder: Path, zoho_url: str, xero_url: str) -> None:
        super().__init__(folder, zoho_url, xero_url)
        self.clock: Leaping = Leaping()

    @cached_property
    def transport(self) -> Transport:
        known, buckets = self.addresses.all(), self.buckets
        return Transport(known, meter=self._met, buckets=buckets, limits=LIMITS, shared=SHARED, clock=self.clock)

    def remotes(self, connection: Connection, registry: Registry, *, background: bool = False) -> Mapping[Side, Remote]:
        made = super().remotes(connection, registry, background=background)
        small = XeroRemote(
            self.transport,
            self.authority(XERO, self.grants(connection.id)),
            connection.organisations[XERO],
            background,
            types={feed: registry.types(feed) for feed in registry.feeds(XERO, [e.name for e in registry.entities])},
            page_size=PAGE,
        )
        return {ZOHO: made[ZOHO], XERO: small}


@dataclass(frozen=True)
class Import:
    """What came of one: Xero's journal from its first call on, turns of the task, calls at once by side."""

    title: str
    lines: list[Line]
    minutes: int
    at_once: Mapping[Side, tuple[int, int]]

    @property
    def counted(self) -> list[Line]:
        """Calls on the budget of the organisation, in the measured minutes."""
        ours = [line for line in self.lines if line.side == XERO and line.path.startswith("/api.xro/")]
        end = datetime.fromisoformat(ours[0].at) + self.minutes * MINUTE if ours else None
        return [line for line in ours if end and datetime.fromisoformat(line.at) < end]

    @property
    def used(self) -> float:
        """Of what was permitted to background work."""
        return ratio(sum(line.status != 429 for line in self.counted), PERMITTED * self.minutes)

    @property
    def refused(self) -> int:
        return sum(line.status == 429 for line in self.lines) + sum(refused for _, refused in self.at_once.values())

    def in_each(self) -> list[int]:
        """Calls in each of the minutes."""
        began = datetime.fromisoformat(self.counted[0].at)
        passed = [(datetime.fromisoformat(line.at) - began) // MINUTE for line in self.counted]
        return [passed.count(minute) for minute in range(self.minutes)]


def measure(size: Size) -> Chapter:
    """The chapter on the use of what a service permits."""
    calls, begun = PERMITTED * (size.minutes + 1), datetime.now(UTC) - AGE
    read = Company(calls * PAGE, 0, 0, begun, crm=(), books=("Contacts",))
    written = Company(calls * BATCH, 0, 0, begun, crm=("Accounts",), books=())
    imports = [imported("reading Xero", read, size.minutes), imported("writing to Xero", written, size.minutes)]
    figures = []
    for each in imports:
        what = f"{each.title}, {size.minutes} minutes"
        figures += [
            Figure(f"share used of what background work is permitted, {what}", each.used, "at least", USED, places=3),
            Figure(f"calls that a service refused with 429, {what}", each.refused, "at most", 0, places=0),
        ]
    return Chapter("Use of what a service permits", figures, [_sheet(imports, size.minutes)])


def imported(title: str, company: Company, minutes: int) -> Import:
    """One long import, watched for so many minutes after its first call."""
    with Services(company, late=LATE, at_once=AT_ONCE) as services, TemporaryDirectory() as folder:
        tenant = Far(Path(folder), services.zoho_url, services.xero_url)
        try:
            tenant.connect()
            for name, value in ENFORCED.items():
                services.switch(XERO, name, value)
            tenant.clock.leap(services, MINUTE.total_seconds() + 1)  # what connecting took has come back
            services.journal()
            lines = _worked(tenant, services, minutes)
            most = {side: (counted[0], counted[1]) for side, counted in services.at_once().items()}
            return Import(title, lines, minutes, most)
        finally:
            tenant.close()


def _worked(tenant: Far, services: Services, minutes: int) -> list[Line]:
    queue = Threads(tenant.tasks, performer(tenant), tenant.clock, WORKERS)
    asked = tenant.tasks.ask(
        tenant.tenant.id, "sync", Scope(approve=True, background=True), "bench", tenant.clock.now()
    )
    queue.start()
    try:
        ends = tenant.clock.now() + minutes * MINUTE + timedelta(seconds=2)
        while tenant.clock.now() < ends:
            time.sleep(LOOK)
            task = tenant.tasks.get(asked.connection_id, asked.id)
            if task.state not in ("working", "waiting"):
                raise Wrong(f"the import should have gone on, but is {task.state}: {task.result}")
            if task.state == "waiting" and task.not_before is not None:
                left = (min(task.not_before, ends) - tenant.clock.now()).total_seconds() - SHORTLY
                if left > 0:
                    tenant.clock.leap(services, left)
                    queue.wake()
        return services.journal()
    finally:
        queue.stop()


def _sheet(imports: list[Import], minutes: int) -> Sheet:
    columns = ["Import", *(f"minute {n + 1}" for n in range(minutes)), "most at once: Xero", "Zoho"]
    rows = []
    for each in imports:
        counted = [spelled(n) for n in each.in_each()]
        rows.append([each.title, *counted, *(spelled(each.at_once[side][0]) for side in reversed(SIDES))])
    kept = LIMITS[XERO].minute_reserve
    note = f"{PERMITTED} calls a minute are permitted: {LIMITS[XERO].minute} less the button's {kept}."
    return Sheet("Calls to Xero in each minute", columns, rows, note)
