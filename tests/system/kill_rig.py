"""A company between two local services, put back in a millisecond, and a worker that dies at a chosen request.

The services listen on sockets of this process, the worker is another one. A strike names a request by its kind and
number and whether its effect still happens; the worker is killed with SIGKILL while it waits for that answer, which
it never reads. The clock is the sandbox's: a test that waits an hour takes no time.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from flask import Flask

from sandbox.clock import Clock
from sandbox.faults import CutConnection
from sandbox.server import ADMIN, AppAnswer
from sandbox.world import World
from tests.system.comparison import State

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

ROOT: Final = Path(__file__).resolve().parents[2]
RECORDS: Final = 12
Switches = Mapping[str, Mapping[str, Any]]
WAYS: Final[Mapping[str, Switches]] = {
    "unique": {},
    "plain": {"zoho": {"xero_id": "plain"}},  # the CRM takes a second record with the same Xero ID
    "absent": {"zoho": {"xero_id": "absent"}},
    "bills": {},  # purchase orders become bills: Xero takes any number of them with one number
    # A list misses the last half minute: what a lost create made is not seen by looking again.
    "lagging": {"zoho": {"xero_id": "absent", "list_index_lag": 30.0}, "xero": {"list_lag_seconds": 30.0}},
}
CONNECTED: Final = datetime(2026, 9, 14, 9, 29, 59, tzinfo=UTC)
BEGINS: Final = CONNECTED + timedelta(hours=2)  # every token has ended: a run begins with two new ones
PATIENCE: Final = 120.0
LONGEST: Final = 180.0  # a run that takes longer hangs, and is ended
CREATE, CHANGE, READ, TOKEN = "create", "change", "read", "token"
TOKENS: Final = ("/oauth/v2/token", "/connect/token")
CREATES: Final = re.compile(r"POST /crm/v8/(?!coql)|PUT /api\.xro/2\.0/")
CHANGES: Final = re.compile(r"(PUT|PATCH|DELETE) /crm/v8/|(POST|DELETE) /api\.xro/2\.0/")


def kind_of(method: str, path: str) -> str:
    """What a request of ours is: in Xero we create with PUT and change with POST."""
    if path in TOKENS:
        return TOKEN
    request = f"{method} {path}"
    return CREATE if CREATES.match(request) else CHANGE if CHANGES.match(request) else READ


@dataclass(frozen=True)
class Strike:
    """The worker dies at the nth request of this kind (to such a path): before its effect, or after it and before
    the answer."""

    kind: str
    nth: int
    after: bool
    path: str = ""

    def meant(self, kind: str, path: str) -> bool:
        return kind == self.kind and self.path in path

    def __str__(self) -> str:
        return f"{'after' if self.after else 'before'} the effect of {self.kind} {self.nth} {self.path}".rstrip()


class Executioner:
    """Stands at the door of both services: counts requests by kind, and strikes once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known, self._gone = threading.Event(), threading.Event()
        self._pid = 0
        self._strike: Strike | None = None
        self._left = 0
        self.met: Counter[str] = Counter()
        self.struck = ""

    def arm(self, strike: Strike | None) -> None:
        """Counting begins anew."""
        with self._lock:
            self._known.clear()
            self._gone.clear()
            self._strike, self._left = strike, strike.nth if strike else 0
            self.met, self.struck = Counter(), ""

    def born(self, pid: int) -> None:
        self._pid = pid
        self._known.set()

    def died(self) -> None:
        self._gone.set()

    def stand_before(self, app: Flask) -> None:
        inner = app.wsgi_app

        def door(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            strike = self._meets(environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""))
            if strike is None:
                return inner(environ, start_response)
            if strike.after:
                AppAnswer.from_app(inner, environ, buffered=True)
            self._kill()
            raise CutConnection

        app.wsgi_app = door  # type: ignore[method-assign]  # the way Flask documents to add a layer

    def _meets(self, method: str, path: str) -> Strike | None:
        if path.startswith(ADMIN):
            return None
        kind = kind_of(method, path)
        with self._lock:
            self.met[kind] += 1
            strike = self._strike
            if strike is None or not strike.meant(kind, path):
                return None
            self._left -= 1
            if self._left:
                return None
            self._strike, self.struck = None, f"{method} {path}"
            return strike

    def _kill(self) -> None:
        """Returns when nobody is left to see the connection close."""
        if self._known.wait(PATIENCE):
            os.kill(self._pid, signal.SIGKILL)
            self._gone.wait(PATIENCE)


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

    def run(self, order: Mapping[str, Any], born: Callable[[int], None]) -> dict[str, Any] | None:
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
    """Connected and fetched once; `restore` goes back to that moment. `way`: how the services behave, one of WAYS."""

    def __init__(self, folder: Path, company: int, way: str) -> None:
        self.folder, self._kept = folder / "live", folder / "kept"
        self.world = World(Clock(CONNECTED), records=RECORDS, seed=company)
        self.world.zoho.set_switches(WAYS[way].get("zoho", {}))
        self.world.xero.set_switches(WAYS[way].get("xero", {}))
        self.door = Executioner()
        self.door.stand_before(self.world.zoho_app)
        self.door.stand_before(self.world.xero_app)
        with ExitStack() as opened:
            opened.enter_context(self.world)
            self._worker = Worker()
            opened.callback(self._worker.close)
            said = self._run("connect", bills=way == "bills")
            assert said is not None
            assert said["state"] == "planned", said["problem"]
            self._open = opened.pop_all()
        self.before = self.state()
        self._services = self.world.zoho.freeze(), self.world.xero.freeze()
        shutil.copytree(self.folder, self._kept)

    def close(self) -> None:
        self._open.close()

    def state(self) -> State:
        return {"zoho": self.world.zoho.dump(), "xero": self.world.xero.dump()}

    def restore(self) -> None:
        """Both services, our memory and the clock as they were."""
        zoho, xero = self._services
        self.world.zoho.thaw(zoho)
        self.world.xero.thaw(xero)
        shutil.rmtree(self.folder)
        shutil.copytree(self._kept, self.folder)
        self.world.clock.set(BEGINS)

    def later(self, seconds: float) -> None:
        self.world.clock.advance(seconds)

    def sync(self, strike: Strike | None = None, *, approve: bool = True) -> dict[str, Any] | None:
        """One run; None: it was killed. `door.met` and `door.struck` tell of its requests."""
        return self._run("sync", strike, approve=approve)

    def _run(self, do: str, strike: Strike | None = None, **more: Any) -> dict[str, Any] | None:
        ahead = (self.world.clock.now() - datetime.now(UTC)).total_seconds()
        order = {"do": do, "folder": str(self.folder), "ahead": ahead, **more}
        order |= {"zoho": self.world.zoho_url, "xero": self.world.xero_url}
        self.door.arm(strike)
        said = self._worker.run(order, self.door.born)
        self.door.died()
        assert (said is None) == bool(self.door.struck), "a run hung, or died though nobody struck it"
        assert said is None or said["state"] != "broke", said["problem"]
        return said
