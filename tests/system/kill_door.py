"""The door of both services: it counts a run's requests, and at one of them something breaks.

A strike names a request by its kind and number, or by what it asks for, and whether it still has its effect. Either
the worker is killed with SIGKILL while it waits for that answer, which it never reads, or the connection is cut and
the worker must go on without an answer. Or the answer is late, and the worker may be frozen with SIGSTOP until then.
"""

from __future__ import annotations

import os
import re
import signal
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from flask import Flask

from sandbox.faults import CutConnection
from sandbox.server import ADMIN, AppAnswer
from tests.patience import PATIENCE
from tests.system.comparison import ID

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

CREATE, CHANGE, READ, TOKEN = "create", "change", "read", "token"
KINDS: Final = (CREATE, CHANGE, READ, TOKEN)
TOKENS: Final = ("/oauth/v2/token", "/connect/token")
CREATES: Final = re.compile(r"POST /crm/v8/(?!coql)|PUT /api\.xro/2\.0/")
CHANGES: Final = re.compile(r"(PUT|PATCH|DELETE) /crm/v8/|(POST|DELETE) /api\.xro/2\.0/")

Does: TypeAlias = Literal["kill", "cut", "wait", "freeze"]


def kind_of(method: str, path: str) -> str:
    """What a request of ours is: in Xero we create with PUT and change with POST."""
    if path in TOKENS:
        return TOKEN
    request = f"{method} {path}"
    return CREATE if CREATES.match(request) else CHANGE if CHANGES.match(request) else READ


@dataclass(frozen=True)
class Strike:
    """At the nth request of this kind to such a path: before its effect, or after it and before the answer.

    `face`: instead, the nth request that asks for exactly this, as `Door.faces` has it. `does`: kill the worker, cut
    its connection, or let it wait until the door is told to go on; freeze stops the worker, too.
    """

    kind: str
    nth: int
    after: bool
    path: str = ""
    face: str = ""
    does: Does = "kill"

    def meant(self, kind: str, path: str, face: str) -> bool:
        return face == self.face if self.face else kind == self.kind and self.path in path

    def __str__(self) -> str:
        what = self.face or f"{self.kind} {self.path}".rstrip()
        moment = "after" if self.after else "before"
        return f"{self.does} {moment} the effect of {what} #{self.nth}"


class Door:
    """Stands before both services: counts requests by kind, and strikes once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known, self._gone = threading.Event(), threading.Event()
        self.waits, self._goes_on = threading.Event(), threading.Event()
        self._pid = 0
        self._frozen = False
        self._strike: Strike | None = None
        self._left = 0
        self.old: frozenset[str] = frozenset()  # ids that were there before; every other one is new, and masked
        self.met: Counter[str] = Counter()
        self.faces: list[str] = []
        self.struck = ""

    def arm(self, strike: Strike | None) -> None:
        """Counting begins anew."""
        with self._lock:
            for told in (self._known, self._gone, self.waits, self._goes_on):
                told.clear()
            self._strike, self._left = strike, strike.nth if strike else 0
            self.met, self.faces, self.struck = Counter(), [], ""

    def born(self, pid: int) -> None:
        self._pid = pid
        self._known.set()

    def died(self) -> None:
        self._gone.set()

    def go_on(self) -> None:
        """The answer that is waited for goes its way, and who was frozen moves again."""
        self._goes_on.set()
        if self._frozen:
            self._frozen = False
            os.kill(self._pid, signal.SIGCONT)

    def stand_before(self, app: Flask) -> None:
        inner = app.wsgi_app

        def door(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            strike = self._meets(environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""))
            if strike is None:
                return inner(environ, start_response)
            answer = AppAnswer.from_app(inner, environ, buffered=True) if strike.after else None
            if strike.does in ("wait", "freeze"):
                self._wait(strike)
                return answer(environ, start_response) if answer else inner(environ, start_response)
            if strike.does == "kill":
                self._kill()
            raise CutConnection

        app.wsgi_app = door  # type: ignore[method-assign]  # the way Flask documents to add a layer

    def _meets(self, method: str, path: str) -> Strike | None:
        if path.startswith(ADMIN):
            return None
        kind, face = kind_of(method, path), f"{method} {ID.sub(self._masked, path)}"
        with self._lock:
            self.met[kind] += 1
            self.faces.append(face)
            strike = self._strike
            if strike is None or not strike.meant(kind, path, face):
                return None
            self._left -= 1
            if self._left:
                return None
            self._strike, self.struck = None, f"{method} {path}"
            return strike

    def _masked(self, found: re.Match[str]) -> str:
        return found.group() if found.group() in self.old else "NEW"

    def _wait(self, strike: Strike) -> None:
        if strike.does == "freeze" and self._known.wait(PATIENCE):
            self._frozen = True
            os.kill(self._pid, signal.SIGSTOP)
        self.waits.set()
        self._goes_on.wait(PATIENCE)

    def _kill(self) -> None:
        """Returns when nobody is left to see the connection close."""
        if self._known.wait(PATIENCE):
            os.kill(self._pid, signal.SIGKILL)
            self._gone.wait(PATIENCE)
