"""A worker that is killed in the middle of a run loses nothing: the next one takes its task and repeats no create."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from extension.bootstrap import House
from extension.console.demonstration import variables
from extension.sync.model import Scope
from sandbox.faults import Rule
from sandbox.world import World
from tests.patience import until
from tests.queues import queue_of
from tests.system.installation import Installation

pytestmark = pytest.mark.queued

ROOT: Final = Path(__file__).resolve().parent.parent.parent
SLOW: Final = Rule("PUT", "/api.xro/2.0/", nth=2, times=0, kind="delay", params={"seconds": 1.0})


@dataclass(frozen=True)
class Ahead:
    """Our time, later: a silent worker is believed dead, and its lease has ended."""

    by: timedelta = timedelta(minutes=5)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.by


def worker(one: Installation) -> subprocess.Popen[bytes]:
    named = variables(one.world.zoho_url, one.world.xero_url)
    settings = {"INSTANCE_DIR": str(one.folder), "SETTLE_SECONDS": "0.5", "OVERLAP_SECONDS": "2"}
    settings["DATABASE_URL"] = one.address
    return subprocess.Popen(
        [str(Path(sys.executable).parent / "flask"), "--app", "app", "worker"],
        cwd=ROOT,
        env={**os.environ, **named, **settings},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def writes(world: World) -> int:
    return sum(call.method == "PUT" and call.path.startswith("/api.xro/") for call in world.xero.journal.since(0))


def twins(world: World) -> list[str]:
    """Names that more than one living contact has."""
    names = Counter(row["Name"] for row in world.xero.dump()["Contacts"] if row["ContactStatus"] == "ACTIVE")
    return sorted(name for name, n in names.items() if n > 1)


def test_a_killed_worker_loses_nothing(connected: Installation, world: World) -> None:
    asking, before = connected.house(), twins(world)
    number = asking.connection(None).id
    task = asking.tasks.ask(number, "sync", Scope(approve=True), "ann", asking.clock.now())
    world.xero.faults.add(SLOW)
    killed = worker(connected)
    try:
        until(lambda: writes(world) >= 2)
        killed.send_signal(signal.SIGKILL)
    finally:
        killed.kill()
        killed.wait()
    world.xero.faults.clear()
    assert asking.tasks.get(number, task.id).state == "working", "nobody told that it ended"

    house = House(connected.settings(), clock=Ahead())
    queue = queue_of(house)
    queue.start()
    try:
        until(lambda: asking.tasks.get(number, task.id).state == "done")
    finally:
        queue.stop()
        house.close()
    found = asking.tasks.get(number, task.id)
    assert found.result["state"] == "done"
    assert twins(world) == before, "what was sent and got no answer was sent once more"
    audit = connected.flask("audit", "--json")
    assert audit.json["in_step"], audit.out
