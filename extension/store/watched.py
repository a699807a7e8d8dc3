"""How the whole installation stands, for whoever watches over it: one grouped question for each figure.

Never by name: a connection is its number, and whose budget a row is is told by it. Nothing here reads settings,
records or history, so it costs the same beside 10 million records as beside ten.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from extension.store.buckets import read
from extension.store.choosing import OPEN
from extension.store.database import EVERYBODY, Database
from extension.store.portal import installation, mail, task
from extension.store.server import alive
from extension.store.tables import hold
from extension.store.tenancy import bucket, connection, credential, inbox
from extension.sync.budget import Bucket, of_app
from extension.sync.canonical import SIDES, XERO, ZOHO, Side

READY: Final = ("ready", "blocked", "later", "working", "stalled", "paused")
"""A task may begin; waits for another of its connection; for a moment that was named; is worked on; its worker fell
silent; was paused by a person."""

VERSION: Final = sa.table("alembic_version", sa.column("version_num", sa.Text))


@dataclass(frozen=True)
class Standing:
    """One active connection. `schedule`: its setting, as JSON text; `minutes`: the longer interval that budgets
    force upon it; `fresh`: the end of the last whole run that ended well."""

    id: int
    fresh: datetime | None
    schedule: str | None
    paused: bool
    minutes: int | None
    resting: bool


@dataclass(frozen=True)
class Watched:
    """The figures of one moment. Tasks by (state, kind); `ready_since`: since when the task waits that has been ready
    for longest. `workers`: processes that share a PostgreSQL. Buckets and lost accesses by (connection, side); `apps`:
    buckets of all organisations of our app together, by side."""

    at: datetime
    connections: tuple[Standing, ...]
    tasks: Mapping[tuple[str, str], int]
    ready_since: datetime | None
    holds: Mapping[str, int]
    buckets: Mapping[tuple[int, Side], Bucket]
    lost: frozenset[tuple[int, Side]]
    letters: int
    oldest_letter: datetime | None
    signals: int
    schema: str
    workers: int | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)
    apps: Mapping[Side, Bucket] = field(default_factory=dict)


def watched(database: Database, now: datetime, stale: timedelta, notes: Iterable[str] = ()) -> Watched:
    """How it stands now. `stale`: the silence after which a worker is lost; `notes`: of the installation."""
    with database.reading(EVERYBODY) as transaction:
        orgs, connections = _connections(transaction, now)
        tasks, since = _tasks(transaction, now, now - stale)
        letters, oldest = _letters(transaction)
        buckets, apps = _buckets(transaction, orgs)
        return Watched(
            now,
            connections,
            tasks,
            since,
            _holds(transaction),
            buckets,
            _lost(transaction),
            letters,
            oldest,
            transaction.scalar(sa.select(sa.func.count()).select_from(inbox)) or 0,
            str(transaction.scalar(sa.select(VERSION.c.version_num))),
            alive(transaction),
            _notes(transaction, list(notes)),
            apps,
        )


def _connections(transaction: sa.Connection, now: datetime) -> tuple[dict[str, int], tuple[Standing, ...]]:
    """The active ones, and which of them a key of a bucket names."""
    columns = [connection.c[name] for name in ("pk", "zoho_org", "xero_org", "fresh_at", "stretched", "not_before")]
    schedule, paused = (_setting(transaction, name) for name in ("schedule", "paused"))
    found = sa.select(*columns, schedule, paused).where(connection.c.active).order_by(connection.c.pk)
    orgs: dict[str, int] = {}
    standing = []
    for row in transaction.execute(found).mappings():
        orgs |= {f"{side}:{row[f'{side}_org']}": row["pk"] for side in SIDES if row[f"{side}_org"]}
        stretched = row["stretched"] or {}
        standing.append(
            Standing(
                row["pk"],
                row["fresh_at"],
                row["schedule"],
                row["paused"] in ("true", "1", 1),
                stretched.get("minutes"),
                row["not_before"] is not None and row["not_before"] > now,
            )
        )
    return orgs, tuple(standing)


def _setting(transaction: sa.Connection, name: str) -> sa.ColumnElement[Any]:
    """One setting, as text: whole documents of 5,000 connections are some tens of megabytes."""
    if transaction.dialect.name == "postgresql":
        return sa.cast(sa.type_coerce(connection.c.settings, sa.Text), sa.JSON).op("->>")(name).label(name)
    return sa.func.json_extract(sa.type_coerce(connection.c.settings, sa.Text), f"$.{name}", type_=sa.Text).label(name)


def _tasks(
    transaction: sa.Connection, now: datetime, silent: datetime
) -> tuple[dict[tuple[str, str], int], datetime | None]:
    """As `Tasks.take` sees them."""
    busy = sa.alias(task)
    working = sa.exists().where(busy.c.connection_id == task.c.connection_id, busy.c.state == "working")
    state = sa.case(
        (sa.and_(task.c.state == "working", task.c.beat_at < silent), "stalled"),
        (task.c.state != "waiting", task.c.state),
        (task.c.not_before > now, "later"),
        (working, "blocked"),
        else_="ready",
    ).label("stands")
    since = sa.case((task.c.not_before > task.c.asked_at, task.c.not_before), else_=task.c.asked_at)
    oldest = sa.func.min(since, type_=task.c.asked_at.type)
    active = task.join(connection, sa.and_(connection.c.pk == task.c.connection_id, connection.c.active))
    grouped = sa.select(state, task.c.kind, sa.func.count(), oldest).select_from(active).where(OPEN)
    rows = transaction.execute(grouped.group_by(state, task.c.kind)).all()
    ready = [at for stands, _, _, at in rows if stands == "ready" and at is not None]
    return {(stands, kind): n for stands, kind, n, _ in rows}, min(ready, default=None)


def _holds(transaction: sa.Connection) -> dict[str, int]:
    active = hold.join(connection, sa.and_(connection.c.pk == hold.c.connection_id, connection.c.active))
    grouped = sa.select(hold.c.reason, sa.func.count()).select_from(active).group_by(hold.c.reason)
    return dict(transaction.execute(grouped).all())


def _buckets(
    transaction: sa.Connection, orgs: Mapping[str, int]
) -> tuple[dict[tuple[int, Side], Bucket], dict[Side, Bucket]]:
    """Of connections, and of the whole app."""
    found, apps = dict[tuple[int, Side], Bucket](), dict[Side, Bucket]()
    whole: dict[str, Side] = {of_app(side): side for side in SIDES}
    for row in transaction.execute(sa.select(bucket)).mappings():
        if app := whole.get(row["key"]):
            apps[app] = read(row)
        number = orgs.get(row["key"])
        if number is not None:
            side = ZOHO if row["key"].startswith(f"{ZOHO}:") else XERO
            found[number, side] = read(row)
    return found, apps


def _lost(transaction: sa.Connection) -> frozenset[tuple[int, Side]]:
    mine = sa.and_(connection.c.pk == credential.c.connection_id, connection.c.active)
    lost = sa.select(credential.c.connection_id, credential.c.side).select_from(credential.join(connection, mine))
    rows = transaction.execute(lost.where(credential.c.broken.is_not(None)))
    return frozenset((number, ZOHO if side == ZOHO else XERO) for number, side in rows)


def _letters(transaction: sa.Connection) -> tuple[int, datetime | None]:
    """Those that wait, and when the oldest of them was written."""
    waiting = mail.c.state == sa.literal_column("'waiting'")  # word for word as in the partial index
    oldest = sa.func.min(mail.c.made_at, type_=mail.c.made_at.type)
    n, at = transaction.execute(sa.select(sa.func.count(), oldest).where(waiting)).one()
    return n, at


def _notes(transaction: sa.Connection, keys: list[str]) -> dict[str, Any]:
    named = sa.select(installation.c.key, installation.c.value).where(installation.c.key.in_(keys))
    return dict(transaction.execute(named).all())
