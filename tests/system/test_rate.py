"""A long import uses what a service permits background work, and not more: nineteen calls of twenty, and no 429.

Everything of ours is real: queue, tasks, budgets in the database, engine, adapters. Both services are in process and
enforce the real limits; a call takes 0.35 s of their clock, and where everybody waits the clock goes to that moment.
Pages and batches are small, so that a few minutes of calls are few rows.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from bench.company import Company
from extension.bootstrap import Connection
from extension.entities.registry import Registry
from extension.jobs.queue import JobQueue
from extension.remote.allowance import LIMITS
from extension.remote.transport import Request
from extension.remote.xero import records as xero_records
from extension.remote.xero import writing
from extension.remote.xero.records import XeroRemote
from extension.store.grants import SqlGrants
from extension.sync import engine as engine_room
from extension.sync.budget import DAY, MINUTE
from extension.sync.canonical import SIDES, XERO, ZOHO, Side
from extension.sync.model import Scope
from extension.sync.plan import make_plan
from extension.sync.ports import Remote
from sandbox.xero.settings import REAL_LIMITS
from tests.patience import PATIENCE
from tests.queues import queue_of
from tests.system.day_rig import PAID_ZOHO, Unhurried
from tests.system.switch_rig import BEGAN, Rig

pytestmark = pytest.mark.queued

AT_A_TIME: Final = 2  # rows of a page and of a batch
MINUTES: Final = 3
PERMITTED: Final = LIMITS[XERO].minute - LIMITS[XERO].minute_reserve
ROWS: Final = AT_A_TIME * PERMITTED * (MINUTES + 1)
USED: Final = 0.95
A_LOOK: Final = timedelta(seconds=0.2)  # until somebody takes a task whose time has come


class Importing(Unhurried):
    """It reads Xero by small pages."""

    def remotes(self, connection: Connection, registry: Registry, *, background: bool = False) -> Mapping[Side, Remote]:
        made = super().remotes(connection, registry, background=background)
        grants: SqlGrants = self.grants(connection.id)
        small = XeroRemote(
            self.transport,
            self.authority(XERO, grants),
            connection.organisations[XERO],
            background,
            types={feed: registry.types(feed) for feed in registry.feeds(XERO, [e.name for e in registry.entities])},
            page_size=AT_A_TIME,
        )
        return {ZOHO: made[ZOHO], XERO: small}


class Import:
    """A company of which one side is empty; `calls`: when each of ours to Xero was made, and what it then said is left
    of the minute."""

    def __init__(self, folder: Path, company: Company) -> None:
        self.rig = Rig(folder, records=0, house=Importing)
        self.rig.zoho.load(company.rows_in_crm())
        self.rig.xero.load(company.rows_in_xero())
        self.rig.later()
        self.rig.xero.set_switches(dict(REAL_LIMITS))
        self.rig.zoho.set_switches(dict(PAID_ZOHO))
        for side in SIDES:
            self.rig.service(side).journal.clear()
        self.calls: list[tuple[datetime, int]] = []
        self.house, self.number = self.rig.house, self.rig.connection.id
        assert isinstance(self.house, Importing)
        self.house.watch = self._watched
        self.queue: JobQueue = queue_of(self.house, 1)
        self.house.tasks.heard = self.queue.wake
        self.queue.start()

    def close(self) -> None:
        self.queue.stop()
        self.rig.close()

    def _watched(self, request: Request, status: int) -> None:
        if request.side == XERO:
            limits, tenant = self.rig.xero.state.limits, self.rig.connection.organisations[XERO]
            told = limits.headers(tenant, self.rig.clock.now(), self.rig.xero.settings.switches)
            self.calls.append((self.rig.clock.now(), int(told["X-MinLimit-Remaining"])))

    def live(self) -> None:
        """Until so many minutes' calls were made."""
        scope, now = Scope(approve=True, background=True), self.rig.clock.now()
        task = self.house.tasks.ask(self.number, "sync", scope, "Ada Admin", now).id
        while len(self.calls) <= PERMITTED * MINUTES:
            until = self._served(task)
            left = (until - self.rig.clock.now()).total_seconds()
            self.rig.clock.advance(max(0.0, left) + A_LOOK.total_seconds())

    def _served(self, number: int) -> datetime:
        """Until when the task then waits."""
        self.queue.wake()
        end = time.monotonic() + PATIENCE
        while True:
            task = self.house.tasks.get(self.number, number)
            assert task.state in ("working", "waiting"), task.result
            if task.state == "waiting" and task.not_before and task.not_before > self.rig.clock.now():
                return task.not_before
            assert time.monotonic() < end, "the queue does nothing"
            if len(self.calls) > PERMITTED * MINUTES:
                return self.rig.clock.now()
            time.sleep(0.005)

    @property
    def used(self) -> float:
        """Of what is permitted to background work, over whole minutes of calls."""
        took = self.calls[PERMITTED * MINUTES][0] - self.calls[0][0]
        return MINUTES * MINUTE / took

    def refused(self) -> list[str]:
        return [f"{call.at} {call.method} {call.path}" for call in self.rig.calls() if call.status == 429]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(writing, "BATCH", AT_A_TIME)
    monkeypatch.setattr(xero_records, "BATCH", AT_A_TIME)
    return tmp_path


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many actions each plan had that was made."""
    made: list[int] = []

    def counting(*given: Any) -> Any:
        plan = make_plan(*given)
        made.append(len(plan.actions))
        return plan

    monkeypatch.setattr(engine_room, "make_plan", counting)
    return made


@pytest.mark.parametrize("way", ["reading", "writing"])
def test_a_long_import_uses_what_is_permitted(folder: Path, plans: list[int], way: str) -> None:
    crm, books = ((), ("Contacts",)) if way == "reading" else (("Accounts",), ())
    importing = Import(folder / "installation", Company(ROWS, 0, 0, BEGAN - DAY, crm=crm, books=books))
    try:
        importing.live()
        print(f"{way}: {importing.used:.3f}, plans {plans}")
        assert importing.used >= USED
        assert importing.refused() == []
        assert min(left for _, left in importing.calls) >= LIMITS[XERO].minute_reserve
        assert len(plans) <= 1, "no turn makes a plan anew"
    finally:
        importing.close()
