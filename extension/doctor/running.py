"""Whether somebody works: in both ways of running, one process with SQLite, and workers that share a PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from extension import health
from extension.bootstrap import Connection, House, Server, Watched
from extension.doctor.findings import Finding
from extension.jobs.queue import STALE
from extension.sync.canonical import SIDES
from extension.sync.errors import SyncError

WORKERS: Final = "Workers"
CLOCKS: Final = "Clocks"
WALLS: Final = "Walls between connections"
ROOM: Final = "Connections to the database"
SILENT: Final = timedelta(minutes=2)  # several signs of life of the tick are missing; a cron asks less often
WAITS: Final = timedelta(minutes=1)
APART: Final = timedelta(seconds=5)  # a lease lasts 15 seconds, by the clock of whoever holds it
FULL: Final = 0.9  # of what the server takes
START: Final = "Start one: `flask worker`, or a server with SERVE_TASKS=inside."
MORE: Final = "Start a worker, or another one: `flask worker --workers 4`."


def examine(house: House) -> Iterator[Finding]:
    """Everything that can be seen in the database, which must be there and of this version."""
    found, server = house.watched(STALE, health.TICK), house.server()
    patience = health.LATE if house.settings.serve_tasks == "cron" else SILENT
    yield _workers(found, server, patience)
    yield from _queue(found)
    if server.time is not None:
        yield _clocks(house.clock.now(), server.time)
    if server.most is not None:
        yield _room(server, server.most)
    if server.walled is not None:
        yield _walls(server.walled)


def _workers(found: Watched, server: Server, patience: timedelta) -> Finding:
    noted = found.notes.get(health.TICK)
    ticked = datetime.fromisoformat(str(noted)) if noted else None
    if ticked is None:
        says = "Nobody has worked here yet: neither a serving process nor a worker has looked at what is due."
        return Finding(WORKERS, "note", says, START, "no_worker")
    silence = found.at - ticked
    if silence > patience:
        says = f"For {_spoken(silence)} nobody has looked at what is due, so no schedule begins a run."
        return Finding(WORKERS, "attention", says, START, "no_worker")
    how = "threads of the serving process"
    if server.workers:
        how = "1 worker process" if server.workers == 1 else f"{server.workers} worker processes that share the work"
    return Finding(WORKERS, "ok", f"Somebody works: {how}. {_database(server)}.")


def _database(server: Server) -> str:
    name = "SQLite" if server.kind == "sqlite" else "PostgreSQL"
    return f"{name} {server.version}"


def _queue(found: Watched) -> Iterator[Finding]:
    ready, stalled = (sum(n for (stands, _), n in found.tasks.items() if stands == one) for one in ("ready", "stalled"))
    waits = found.at - found.ready_since if found.ready_since else timedelta()
    if waits > WAITS:
        says = f"{_runs(ready)} could begin; the oldest has waited for {_spoken(waits)}."
        yield Finding("Queue", "attention", says, MORE, "queue_old")
    if stalled:
        says = f"{_runs(stalled)} of workers that give no sign of life."
        hint = "The next worker that looks goes on with them; nothing is lost."
        yield Finding("Queue", "attention", says, hint, "stalled")
    if waits <= WAITS and not stalled:
        yield Finding("Queue", "ok", "No run waits for longer than a minute.")


def _walls(stand: bool) -> Finding:
    if stand:
        return Finding(WALLS, "ok", "PostgreSQL itself keeps the rows of connections apart.")
    says = "PostgreSQL does not keep the rows of connections apart: the role that we use is above its policies."
    hint = "Give DATABASE_URL a role that is no superuser and owns the database; docs/deployment.md says how."
    return Finding(WALLS, "note", says, hint, "no_walls")


def _clocks(ours: datetime, theirs: datetime) -> Finding:
    apart = abs(theirs - ours)
    if apart > APART:
        says = f"The clock of the database and that of this machine differ by {_spoken(apart)}."
        hint = "Let both follow a time server: who works on what is decided by these clocks."
        return Finding(CLOCKS, "attention", says, hint, "clocks_apart")
    return Finding(CLOCKS, "ok", "The clocks of this machine and of the database agree.")


def _room(server: Server, most: int) -> Finding:
    need = f"A process of ours opens up to {server.pooled}." if server.pooled else ""
    says = f"{server.connected} of {most} are in use. {need}".strip()
    if server.connected >= FULL * most:
        hint = "Raise max_connections of PostgreSQL, or put a pooler such as PgBouncer before it (in session mode)."
        return Finding(ROOM, "attention", says, hint, "connections_short")
    return Finding(ROOM, "ok", says)


def unopened(house: House, connections: Iterable[Connection]) -> Iterator[Finding]:
    """Grants that the keys at hand do not open: every run of theirs would end with the same sentence."""
    for connection in connections:
        try:
            for side in SIDES:
                house.grants(connection.id).get(side)
        except SyncError as wrong:
            yield Finding("ENCRYPTION_KEYS", "settings", wrong.message, wrong.hint, wrong.code, connection.name)


def _runs(n: int) -> str:
    return f"{n} run{'s' * (n != 1)}"


def _spoken(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    for name, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {name}s"
    return f"{seconds} seconds"
