"""A company between two local services, put back in a millisecond, and a worker that dies at a chosen request.

The services listen on sockets of this process, the worker is another one; what breaks, breaks at the door
(tests/system/kill_door.py). The clock is the sandbox's: a test that waits an hour takes no time.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeAlias

from sandbox.clock import Clock
from sandbox.world import World
from tests import memories, queues
from tests.patience import PATIENCE
from tests.system import sweep_books
from tests.system.comparison import State, ids_of
from tests.system.kill_door import Door, Strike

ROOT: Final = Path(__file__).resolve().parents[2]
RECORDS: Final = 12
TYPED: Final = 0  # the company that people typed by hand (tests/system/sweep_books.py); others are seeds
Said: TypeAlias = "dict[str, Any] | None"
Switches = Mapping[str, Mapping[str, Any]]
WAYS: Final[Mapping[str, Switches]] = {
    "unique": {},
    "plain": {"zoho": {"xero_id": "plain"}},  # the CRM takes a second record with the same Xero ID
    "absent": {"zoho": {"xero_id": "absent"}},
    "bills": {},  # purchase orders become bills: Xero takes any number of them with one number
    # A list misses the last half minute: what a lost create made is not seen by looking again.
    "lagging": {"zoho": {"xero_id": "absent", "list_index_lag": 30.0}, "xero": {"list_lag_seconds": 30.0}},
}
PUT_AWAY: Final = {
    **dict.fromkeys(("account", "contact", "vendor", "product"), "archive"),
    **dict.fromkeys(("invoice", "purchase_order"), "void"),
}
CONNECTED: Final = datetime(2026, 9, 14, 9, 29, 59, tzinfo=UTC)
REST: Final = timedelta(hours=2)  # every token has ended: a run begins with two new ones
SOON_AGAIN: Final = 400
LONGEST: Final = 1.5 * PATIENCE  # a run that takes longer hangs, and is ended


class Worker:
    """The warm process, and its lines of JSON."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.system.kill_worker"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def close(self) -> None:
        with self._process as process:
            assert process.stdin is not None
            process.stdin.close()

    def run(self, order: Mapping[str, Any], born: Callable[[int], None]) -> Said:
        """What a child said that carried it out, whose pid is told at its birth; None: it was killed."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        pid = int(self._heard()["pid"])
        born(pid)
        alarm = threading.Timer(LONGEST, os.kill, (pid, signal.SIGKILL))
        alarm.start()
        try:
            said: dict[str, Any] | None = self._heard()["said"]
        finally:
            alarm.cancel()
        return said

    def _heard(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the worker itself is gone; see its traceback above"
        heard: dict[str, Any] = json.loads(line)
        return heard


class Rig:
    """Connected and fetched once; `restore` goes back to that moment. `way`: how the services behave, one of WAYS.
    `company`: a seed, or TYPED."""

    def __init__(self, folder: Path, company: int, way: str, connected: datetime = CONNECTED) -> None:
        self.folder, self._kept = folder / "live", folder / "kept"
        self._full = company == TYPED  # a product that is deleted in Xero leaves no trace: only a full scan misses it
        self.world = World(Clock(connected), records=RECORDS if company else 0, seed=company)
        self.world.zoho.set_switches(WAYS[way].get("zoho", {}))
        self.world.xero.set_switches(WAYS[way].get("xero", {}))
        self.door = Door()
        self.skew = 0.0  # seconds that our own clock is ahead of both services'
        self.queue = queues.chosen()  # who serves runs; "": they are called by hand
        self.leap: tuple[int, float] | None = None  # by how much it jumps in the middle of a run, and when
        self.door.stand_before(self.world.zoho_app)
        self.door.stand_before(self.world.xero_app)
        with ExitStack() as opened:
            opened.enter_context(self.world)
            self._worker = Worker()
            opened.callback(self._worker.close)
            self._prepare(company, bills=way == "bills")
            self._open = opened.pop_all()
        self._begins = self.world.clock.now() + REST
        self.before = self.state()
        self.door.old = ids_of(self.before)
        self._services = self.world.zoho.freeze(), self.world.xero.freeze()
        memories.copied(self.folder, self._kept)

    def close(self) -> None:
        self._open.close()
        for folder in (self.folder, self._kept):
            memories.forgotten(folder)

    def _prepare(self, company: int, *, bills: bool) -> None:
        said = self._run("connect", bills=bills, retire=PUT_AWAY if company == TYPED else {})
        assert said is not None
        assert said["state"] == "planned", said["problem"]
        if company == TYPED:
            sweep_books.typed_before(self.world)
            for _ in range(2):  # the second one finds nothing to do
                self.later(SOON_AGAIN)
                said = self.sync()
                assert said is not None
                assert (said["state"], said["open"], said["holds"]) == ("done", 0, []), said
            sweep_books.typed_since(self.world, bills=bills)

    def state(self) -> State:
        return {"zoho": self.world.zoho.dump(), "xero": self.world.xero.dump()}

    def restore(self, at: datetime | None = None) -> None:
        """Both services, our memory and the clock as they were; or another moment."""
        zoho, xero = self._services
        self.world.zoho.thaw(zoho)
        self.world.xero.thaw(xero)
        memories.forgotten(self.folder)
        memories.copied(self._kept, self.folder)
        self.world.clock.set(at or self._begins)
        self.skew, self.leap = 0.0, None

    def later(self, seconds: float) -> None:
        self.world.clock.advance(seconds)

    def sync(self, strike: Strike | None = None, *, approve: bool = True, **database: Any) -> Said:
        """One run; None: it was killed. `door.met` and `door.struck` tell of its requests. `database`: how it is set
        up for this run (`kill_database.furnish`)."""
        return self._run("sync", strike, approve=approve, full=self._full, database=database)

    @contextmanager
    def waiting(self, strike: Strike, **database: Any) -> Iterator[Future[Said]]:
        """A run that waits for its answer at this strike as long as the context lasts. `database`: how it is set up
        for this run (`kill_database.furnish`)."""
        with ThreadPoolExecutor(1) as pool:
            run = pool.submit(self._run, "sync", strike, approve=True, full=self._full, database=database)
            try:
                assert self.door.waits.wait(PATIENCE), "nobody came to the door"
                yield run
            finally:
                self.door.go_on()

    def beside(self) -> Said:
        """A run in another process, meanwhile; the door does not know it."""
        worker = Worker()
        try:
            return worker.run(self._order("sync", approve=True, full=self._full), lambda _: None)
        finally:
            worker.close()

    @property
    def database(self) -> Path:
        (found,) = self.folder.glob("*.db")
        return found

    def _order(self, do: str, **more: Any) -> dict[str, Any]:
        ahead = (self.world.clock.now() - datetime.now(UTC)).total_seconds() + self.skew
        order = {"do": do, "folder": str(self.folder), "ahead": ahead, "leap": self.leap, "queue": self.queue, **more}
        memory = {"address": memories.address(self.folder)}
        return order | memory | {"zoho": self.world.zoho_url, "xero": self.world.xero_url}

    def _run(self, do: str, strike: Strike | None = None, **more: Any) -> Said:
        self.door.arm(strike)
        said = self._worker.run(self._order(do, **more), self.door.born)
        self.door.died()
        killed = bool(self.door.struck) and strike is not None and strike.does == "kill"
        assert (said is None) == killed, "a run hung, or died though nobody struck it"
        assert said is None or said["state"] != "broke", said["problem"]
        return said
