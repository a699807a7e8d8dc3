"""A worker is killed in the middle of its writes: how long until another one goes on, and what was written twice.

The sandbox itself answers here, behind a door that counts: what is brought to Xero, and what is written back to the
CRM, by record and content. A worker is killed while one of its writes is on the way.
"""

from __future__ import annotations

import io
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import simplejson

from bench.changes import AGE
from bench.company import Company
from bench.figures import Chapter, Figure, Sheet, middle, spelled
from bench.scale.cluster import Cluster
from bench.scale.installation import Installation, Worker, installed, until
from bench.scale.sizes import LATENCY, Scale
from extension.connecting import Connecting, Wishes
from extension.console.consent import pass_through
from extension.sync.canonical import XERO, ZOHO
from extension.sync.model import Scope
from sandbox.clock import Clock
from sandbox.server import Server
from sandbox.xero import XeroService
from sandbox.xero import create_app as create_xero_app
from sandbox.zoho.app import create_app as create_zoho_app
from sandbox.zoho.service import ZohoService

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

WITHIN: Final = 30.0
HELD: Final = "SELECT owner FROM task WHERE pk = %s AND state = 'working'"
STATE: Final = "SELECT state FROM task WHERE pk = %s"


@dataclass
class Door:
    """Before both services. `written`: how often each content of each record was written and accepted; `sent`: set by
    each write that arrives."""

    written: Counter[tuple[str, str]] = field(default_factory=Counter)
    sent: threading.Event = field(default_factory=threading.Event)

    def before(self, app: WSGIApplication, rows: str, latency: float) -> WSGIApplication:
        """The app, whose documents keep their records under this name, as late as real services are."""

        def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            writes = environ["REQUEST_METHOD"] != "GET" and environ["PATH_INFO"].startswith(("/crm/", "/api.xro/"))
            body = environ["wsgi.input"].read() if writes else b""
            if writes:
                environ["wsgi.input"] = io.BytesIO(body)
                self.sent.set()
            time.sleep(latency)
            begun: list[str] = []

            def start(status: str, headers: list[tuple[str, str]], trouble: Any = None) -> Any:
                begun.append(status)
                return start_response(status, headers, trouble)

            said = b"".join(app(environ, start))
            if writes and begun[0].startswith("20"):
                self._note(simplejson.loads(body or b"{}"), rows, environ)
            return [said]

        return answer

    def _note(self, document: Any, rows: str, environ: WSGIEnvironment) -> None:
        """The same call again, under its own key, is answered from the service's memory: no second write."""
        key = environ.get("HTTP_IDEMPOTENCY_KEY", "")
        for row in document.get(rows, ()) if isinstance(document, dict) else ():
            content = simplejson.dumps(row, sort_keys=True)
            if key and (key, content) in self._keys:
                continue
            self._keys.add((key, content))
            self.written[environ["PATH_INFO"], content] += 1

    def __post_init__(self) -> None:
        self._keys: set[tuple[str, str]] = set()


@dataclass(frozen=True)
class Killed:
    """`gone_on`: seconds from each kill until another worker went on. `repeated`: contents that were written again;
    `doubled`: contacts in Xero beyond one for each account."""

    gone_on: list[float]
    repeated: int
    doubled: int
    written: int


@contextmanager
def _services(accounts: int, door: Door) -> Iterator[tuple[str, str, XeroService]]:
    clock = Clock()
    zoho, xero = ZohoService(clock), XeroService(clock)
    zoho.load(Company(accounts, 0, 0, datetime.now(UTC) - AGE, crm=("Accounts",), books=()).rows_in_crm())
    apps = create_zoho_app(zoho), create_xero_app(xero)
    for app, rows in zip(apps, ("data", "Contacts"), strict=True):
        app.wsgi_app = door.before(app.wsgi_app, rows, LATENCY)  # type: ignore[method-assign,assignment]
    servers = [Server(app) for app in apps]
    for server in servers:
        server.start()
    try:
        yield servers[0].url, servers[1].url, xero
    finally:
        for server in servers:
            server.stop()


def measure(scale: Scale, cluster: Cluster, tell: Callable[[str], None]) -> Chapter:
    door = Door()
    with _services(scale.accounts, door) as (zoho, xero, books), installed(cluster, "kills", zoho, xero=xero) as made:
        number = _connected(made)
        with made.workers(2, 1) as workers:
            task = made.house.tasks.ask(number, "sync", Scope(approve=True), "bench", made.house.clock.now()).id
            gone_on = [_kill(made, task, workers, door, n, scale, tell) for n in range(scale.kills)]
            tell("kills: the run goes on to its end")
            made.until_done([task], workers)
        contacts = books.state.ledgers[books.main_id].contacts.rows
    again = sum(n - 1 for n in door.written.values())
    return chapter(Killed(gone_on, again, len(contacts) - scale.accounts, sum(door.written.values())))


def _connected(made: Installation) -> int:
    """Both consents, as `flask connect` passes them on this machine."""
    steps = Connecting(made.house)
    for side in (ZOHO, XERO):
        begun = steps.begin(side)
        steps.finish(begun, pass_through(begun.url, begun.redirect_uri))
    return steps.make(Wishes(start="everything")).connection.id


def _kill(
    made: Installation, task: int, workers: list[Worker], door: Door, n: int, scale: Scale, tell: Callable[[str], None]
) -> float:
    """Kills whoever works on it, in the middle of a write, and puts a new worker in its place. Seconds until another
    one goes on."""
    tell(f"kills: {n + 1} of {scale.kills}")
    door.sent.clear()
    if not door.sent.wait(120) or made.ask(STATE, task)[0][0] != "working":
        raise RuntimeError("the run ended before it could be killed: it needs more accounts")
    time.sleep(random.Random(n).uniform(0, LATENCY))  # before its effect, or after it and before the answer
    (owner,) = made.ask(HELD, task)[0]
    victim = next(each for each in workers if str(each.process.pid) == owner.split(":")[1])
    victim.kill()
    died = time.monotonic()
    workers.remove(victim)
    workers.append(made.worker(1))
    until(lambda: made.ask(HELD, task) not in ([(owner,)], []), "nobody went on", workers)
    return time.monotonic() - died


def chapter(killed: Killed) -> Chapter:
    figures = [
        Figure(
            f"from the kill of a worker until another goes on, median of {len(killed.gone_on)}",
            middle(killed.gone_on),
            "at most",
            WITHIN,
            "s",
            1,
        ),
        Figure("the longest of them", max(killed.gone_on), "at most", WITHIN, "s", 1),
        Figure(f"writes that were repeated, of {killed.written:,}", killed.repeated, "at most", 0, places=0),
        Figure("contacts in Xero beyond one for each account", killed.doubled, "at most", 0, places=0),
    ]
    rows = [[str(n + 1), spelled(seconds, 1)] for n, seconds in enumerate(killed.gone_on)]
    return Chapter("Killed workers", figures, [Sheet("Seconds until another goes on", ["Kill", "s"], rows)])
