"""Everything that an installation remembers, into another, empty database: from SQLite to PostgreSQL, or back.

Rows go as they lie, by number, in the order in which they refer to each other: sealed secrets are bound to the numbers
of their rows, and amounts and times are texts and integers that both databases keep alike. All of it is one transaction
of the target, so a move that broke off has left nothing there. While it lasts nobody writes to either.

The tables of the queue's engine stay behind: its jobs say again what our tasks say, and the next tick lines them up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator, TypeEngine

from extension.store.database import EVERYBODY, Database
from extension.store.portal import task
from extension.store.tables import metadata
from extension.store.tenancy import connection
from extension.sync.errors import BadInput, SyncError

BATCH: Final = 1_000
Told = Callable[[str, int], None]
"""Hears of each table that was copied, and of how many rows."""


def move(source: Database, target: Database, silent: datetime, now: datetime, told: Told) -> Mapping[str, int]:
    """Returns the rows of each table. `silent`: who has not shown that it works since then does not.

    Raises BadInput where the source is in use, or the target is not empty, and SyncError where what arrived differs.
    """
    _prepare(target)
    with target.reading(EVERYBODY) as here:  # once more below, where nobody can write: this may be our own source
        _check_empty(here)
    moved: dict[str, int] = {}
    with source.writing(EVERYBODY) as there, target.writing(EVERYBODY) as here:
        for database in (there, here):
            _lock(database)
        _check_idle(there, silent, now)
        _check_empty(here)
        for table in metadata.sorted_tables:
            moved[table.name], digest = _copy(there, here, table)
            if _digest(_rows(here, table)) != (moved[table.name], digest):
                raise SyncError(f"What arrived in “{table.name}” differs from what was sent.", code="moved_differently")
            told(table.name, moved[table.name])
    return moved


def _prepare(target: Database) -> None:
    """A database with nothing in it gets our tables; one of another version is somebody's."""
    if target.has_tables():
        if not target.is_current():
            raise BadInput(
                "The other database is of another version.",
                code="target_not_current",
                hint="Move into an empty one, or run `flask db upgrade` with DATABASE_URL set to it.",
            )
        return
    target.upgrade()


def _lock(transaction: sa.Connection) -> None:
    """Reading goes on; SQLite has one writer anyway, and this is it. One database waits while the other is compared,
    as long as that takes."""
    if transaction.dialect.name == "postgresql":
        transaction.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        names = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
        transaction.exec_driver_sql(f"LOCK TABLE {names} IN EXCLUSIVE MODE")


def _check_idle(source: sa.Connection, silent: datetime, now: datetime) -> None:
    held = sa.select(connection.c.pk).where(connection.c.lease_owner.is_not(None), connection.c.lease_until > now)
    works = sa.select(task.c.pk).where(task.c.state == "working", task.c.beat_at > silent)
    if source.scalar(held.limit(1)) is not None or source.scalar(works.limit(1)) is not None:
        raise in_use()


def in_use() -> BadInput:
    return BadInput(
        "This installation is at work, and what it did meanwhile would stay behind.",
        code="in_use",
        hint="Stop every serving process and worker, wait half a minute, and say it again.",
    )


def _check_empty(target: sa.Connection) -> None:
    for table in metadata.sorted_tables:
        if target.execute(sa.select(table.c.pk).limit(1)).first() is not None:
            raise BadInput(
                f"The other database is not empty: there is something in “{table.name}”.",
                code="target_not_empty",
                hint="Name a database that was just made.",
            )


def _copy(there: sa.Connection, here: sa.Connection, table: sa.Table) -> tuple[int, str]:
    """How many rows, and what tells them from any others."""
    plain = _plain(table)
    count, digest = 0, sha256()
    for batch in _rows(there, table):
        here.execute(sa.insert(plain), [dict(row) for row in batch])
        count += len(batch)
        _feed(digest, batch)
    _go_on_after(here, table, _last(there, table))
    return count, digest.hexdigest()


def _rows(transaction: sa.Connection, table: sa.Table) -> Iterator[Sequence[sa.RowMapping]]:
    """As they lie, in batches, by their numbers."""
    plain, after = _plain(table), None
    while True:
        some = sa.select(plain).order_by(plain.c.pk).limit(BATCH)
        rows = transaction.execute(some if after is None else some.where(plain.c.pk > after)).mappings().all()
        if rows:
            yield rows
        if len(rows) < BATCH:
            return
        after = rows[-1]["pk"]


def _digest(batches: Iterator[Sequence[sa.RowMapping]]) -> tuple[int, str]:
    count, digest = 0, sha256()
    for batch in batches:
        count += len(batch)
        _feed(digest, batch)
    return count, digest.hexdigest()


def _feed(digest: Any, batch: Sequence[sa.RowMapping]) -> None:
    for row in batch:
        digest.update(repr(list(row.values())).encode())


def _plain(table: sa.Table) -> sa.TableClause:
    """The table without what our columns make of their values."""
    return sa.table(table.name, *(sa.column(column.name, _as_it_lies(column.type)) for column in table.c))


def _as_it_lies(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    return kind.impl_instance if isinstance(kind, TypeDecorator) else kind


def _last(transaction: sa.Connection, table: sa.Table) -> int:
    """The highest number that was ever given, also to rows that are gone: none is given twice."""
    highest = transaction.scalar(sa.select(sa.func.coalesce(sa.func.max(table.c.pk), 0))) or 0
    if transaction.dialect.name == "postgresql":
        given = transaction.exec_driver_sql(f"SELECT last_value FROM {_sequence(transaction, table)}").scalar() or 0
    elif table.dialect_options["sqlite"]["autoincrement"]:
        seen = sa.text("SELECT seq FROM sqlite_sequence WHERE name = :name")
        given = transaction.scalar(seen, {"name": table.name}) or 0
    else:
        given = 0
    return max(int(highest), int(given))


def _go_on_after(transaction: sa.Connection, table: sa.Table, last: int) -> None:
    if not last:
        return
    if transaction.dialect.name == "postgresql":
        transaction.execute(sa.select(sa.func.setval(_sequence(transaction, table), last)))
    elif table.dialect_options["sqlite"]["autoincrement"]:
        transaction.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
        place = sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :seq)")
        transaction.execute(place, {"name": table.name, "seq": last})


def _sequence(transaction: sa.Connection, table: sa.Table) -> str:
    return str(transaction.scalar(sa.select(sa.func.pg_get_serial_sequence(f'"{table.name}"', "pk"))))
