"""Both services, hosted by a process of their own: the other end of `services`.

`remember` keeps every answer to a GET and gives it again: for measuring speed, where what it costs the sandbox to
render a page must not stand beside what it costs the product to read it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import simplejson

from bench.company import Company
from bench.endless import Endless
from bench.late import Late
from sandbox.clock import Clock
from sandbox.faults import Journal
from sandbox.server import Server
from sandbox.xero import XeroService
from sandbox.xero import create_app as create_xero_app
from sandbox.zoho.app import create_app as create_zoho_app
from sandbox.zoho.paging import MAX_RECORDS
from sandbox.zoho.service import ZohoService

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Kept = tuple[str, list[tuple[str, str]], bytes]


class Remembered:
    """Answers to GETs, kept as they were first given. `told` hears of those that the app itself is not asked for."""

    def __init__(self, app: WSGIApplication, told: Callable[[WSGIEnvironment, Kept], None]) -> None:
        self._app, self._told = app, told
        self._kept: dict[tuple[str, str, str], Kept] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "GET":
            return self._app(environ, start_response)
        since = environ.get("HTTP_IF_MODIFIED_SINCE", "")
        asked = (environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", ""), since)
        if asked in self._kept:
            self._told(environ, self._kept[asked])
        else:
            self._kept[asked] = self._first(environ)
        status, headers, body = self._kept[asked]
        start_response(status, headers)
        return [body]

    def _first(self, environ: WSGIEnvironment) -> Kept:
        begun: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], trouble: object = None) -> Any:
            begun[:] = [status, headers]
            return lambda _: None

        body = b"".join(self._app(environ, start))
        return begun[0], begun[1], body


def told(journal: Journal, clock: Clock) -> Callable[[WSGIEnvironment, Kept], None]:
    """Puts a remembered answer into a service's journal, for a call is a call to whoever pays for it."""

    def tell(environ: WSGIEnvironment, kept: Kept) -> None:
        status, _, body = kept
        journal.record(
            method=environ["REQUEST_METHOD"],
            path=environ.get("PATH_INFO", ""),
            query=environ.get("QUERY_STRING", ""),
            status=int(status.split()[0]),
            at=clock.now().isoformat(),
            size=len(body),
        )

    return tell


class Host:
    """Two services over one clock, and the words that `services` knows. `endless`: so many rows, made when asked for;
    `token_rows`: how far the CRM's page tokens lead there. `late`: milliseconds that a call is under way, and no more
    than `at_once` of one service may be."""

    def __init__(
        self,
        company: Company,
        *,
        remember: bool = False,
        endless: int = 0,
        token_rows: int = MAX_RECORDS,
        late: int = 0,
        at_once: int = 5,
    ) -> None:
        self.clock = Clock()
        zoho, xero = ZohoService(self.clock), XeroService(self.clock)
        zoho.load(company.rows_in_crm())
        xero.load(company.rows_in_xero())
        apps = create_zoho_app(zoho), create_xero_app(xero)
        for app, journal in zip(apps, (zoho.journal, xero.journal), strict=True):
            tell = told(journal, self.clock)
            if remember:
                app.wsgi_app = Remembered(app.wsgi_app, tell)  # type: ignore[method-assign]
            if endless:
                app.wsgi_app = Endless(app.wsgi_app, endless, tell, token_rows)  # type: ignore[method-assign]
        self.late = {
            name: Late(app.wsgi_app, late / 1000, at_once) for name, app in zip(("zoho", "xero"), apps, strict=True)
        }
        for name, app in zip(("zoho", "xero"), apps, strict=True):
            if late:
                app.wsgi_app = self.late[name]  # type: ignore[method-assign]
        self.sides: dict[str, ZohoService | XeroService] = {"zoho": zoho, "xero": xero}
        self.servers = [Server(app) for app in apps]
        for server in self.servers:
            server.start()

    def now(self) -> str:
        return self.clock.now().isoformat()

    def journal(self) -> list[tuple[str, str, str, str, int, str]]:
        """Both journals, which begin anew."""
        lines = []
        for side, service in self.sides.items():
            lines += [
                (side, call.method, call.path, call.query, call.status, call.at) for call in service.journal.since()
            ]
            service.journal.clear()
        return lines

    def edit(self, side: str, edits: Iterable[tuple[str, str, Mapping[str, Any]]]) -> None:
        for kind, record, changes in edits:
            self.sides[side].edit("edit", kind, record, changes)

    def enter(self, side: str, kind: str, fields: Mapping[str, Any]) -> str:
        return self.sides[side].edit("create", kind, None, fields)

    def switch(self, side: str, name: str, value: Any) -> None:
        """Another of the behaviours that nobody has verified (its switches)."""
        self.sides[side].set_switches({name: value})

    def advance(self, seconds: float) -> None:
        """Time in which nobody does anything."""
        self.clock.advance(float(seconds))  # it came as a decimal

    def at_once(self) -> dict[str, tuple[int, int]]:
        """The most calls that were under way at once, and how many were refused for that, by side."""
        return {name: (late.most, late.refused) for name, late in self.late.items()}

    def spent(self) -> float:
        """Processor seconds of this process so far."""
        return time.process_time()

    def stop(self) -> None:
        for server in self.servers:
            server.stop()


def main() -> None:
    """Until the input ends. What a service refuses is answered, not fatal."""
    begin = simplejson.loads(sys.stdin.readline(), use_decimal=True)
    begin.pop("word")
    hosted = begin.pop("hosted")
    company = Company(**{**begin, "begun": datetime.fromisoformat(begin["begun"])})
    host = Host(company, **hosted)
    _say([server.url for server in host.servers])
    for line in sys.stdin:
        asked = simplejson.loads(line, use_decimal=True)
        try:
            _say(getattr(host, asked.pop("word"))(**asked))
        except (ValueError, KeyError) as refused:
            print(simplejson.dumps({"refused": str(refused)}), flush=True)
    host.stop()


def _say(done: object) -> None:
    print(simplejson.dumps({"done": done}, use_decimal=True), flush=True)


if __name__ == "__main__":
    main()
