"""One connection's rows, reached through one transaction.

Every statement of this room that touches a tenant's table is built here from `mine()` or carries the same condition:
there is no way to read another connection's rows by forgetting something.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.sql.compiler import SQLCompiler

from extension.sync.canonical import XERO, ZOHO, Side, Where, chunks
from extension.sync.errors import SyncError

BATCH = 1000  # rows per statement of a walk or an upsert
VALUES = 500  # values in one IN (...)

MINE = "mine"  # the parameter of a prepared statement that names the connection
VALUES_OF = "values_of"

_DRIVERS: Mapping[str, sa.Dialect] = {
    "sqlite": sqlite.dialect(paramstyle="qmark"),
    "postgresql": psycopg.dialect(paramstyle="format"),  # type: ignore[no-untyped-call]  # it is without types
}

Insert = sqlite.Insert | postgresql.Insert
T = TypeVar("T")


class Rowset:
    """The rows of one connection in one table."""

    table: sa.Table

    def __init__(self, transaction: sa.Connection, connection_id: int) -> None:
        self.transaction, self.connection_id = transaction, connection_id

    @property
    def mine(self) -> sa.ColumnElement[bool]:
        mine: sa.ColumnElement[bool] = self.table.c.connection_id == self.connection_id
        return mine

    def rows(self, statement: sa.Select[Any], values: Mapping[str, Any] | None = None) -> Sequence[sa.RowMapping]:
        return self.transaction.execute(statement, values).mappings().all()

    def prepared(self, statement: sa.Select[Any], **values: Any) -> Sequence[sa.RowMapping]:
        """Rows of a statement that was built once, with `owned()`, and is asked often."""
        return self.rows(statement, {MINE: self.connection_id, **values})

    def insert(self) -> Insert:
        return inserting(self.transaction, self.table)

    def upsert(self, unique: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
        """Inserts rows, or replaces what is stored under the same unique columns."""
        if not rows:
            return
        change = _replacing(self.transaction.dialect.name, self.table, tuple(unique), tuple(rows[0]))
        self.transaction.execute(change, [{"connection_id": self.connection_id, **row} for row in rows])


@cache
def _replacing(dialect: str, table: sa.Table, unique: tuple[str, ...], names: tuple[str, ...]) -> Insert:
    statement = insert_into(dialect, table)
    kept = {"connection_id", *unique}
    new = {name: statement.excluded[name] for name in names if name not in kept}
    return statement.on_conflict_do_update(index_elements=["connection_id", *unique], set_=new)


def inserting(transaction: sa.Connection, table: sa.Table) -> Insert:
    """An insert that knows ON CONFLICT."""
    return insert_into(transaction.dialect.name, table)


def insert_into(dialect: str, table: sa.Table) -> Insert:
    """The same for the database of that name."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def for_driver(dialect: str, change: Insert, names: Sequence[str]) -> str:
    """An insert of these columns as the driver itself takes it, with rows that are their plain values in that order.

    Rows of names and values would cost a third more: SQLite's driver looks for each name in each row."""
    compiled = change.compile(dialect=_DRIVERS[dialect], column_keys=names)
    assert isinstance(compiled, SQLCompiler)
    if compiled.positiontup != list(names):
        raise SyncError("The columns of an insert are not in the order of their table.", code="column_order")
    return str(compiled)


def owned(table: sa.Table) -> sa.ColumnElement[bool]:
    """The condition `mine` for a statement that is built once: without the connection it cannot be asked at all."""
    owned: sa.ColumnElement[bool] = table.c.connection_id == sa.bindparam(MINE)
    return owned


def among(column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """`column IN (...)` for a statement that is built once; asked with each of `pieces()`."""
    return column.in_(sa.bindparam(VALUES_OF, expanding=True))


def pieces(values: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """The values of `among`, in pieces that both databases take."""
    for piece in chunks(sorted(set(values)), VALUES):
        yield {VALUES_OF: piece}


def within(column: sa.ColumnElement[Any], values: Sequence[Any]) -> Iterator[sa.ColumnElement[bool]]:
    """`column IN (...)` in pieces that both databases take."""
    for piece in chunks(sorted(set(values)), VALUES):
        yield column.in_(piece)


def named(table: sa.Table, wheres: Iterable[Where]) -> Iterator[sa.ColumnElement[bool]]:
    """The rows of these records, in pieces that both databases take and answer from an index."""
    groups: dict[tuple[str, Side], list[str]] = defaultdict(list)
    for entity, side, id_ in wheres:
        groups[entity, side].append(id_)
    for (entity, side), ids in groups.items():
        for some in within(table.c.id, ids):
            yield sa.and_(table.c.entity == entity, table.c.side == side, some)


def searchable(*words: str | None) -> str:
    """What a search looks through: SQLite folds only the case of ASCII, so we fold it here, for both databases."""
    return " ".join(filter(None, words)).casefold()


def contains(column: sa.ColumnElement[str], words: str) -> sa.ColumnElement[bool]:
    """Every word stands somewhere in it."""
    return sa.and_(sa.true(), *(column.contains(word, autoescape=True) for word in words.casefold().split()))


def where_values(where: Where) -> dict[str, str]:
    """The columns that name one record."""
    entity, side, id_ = where
    return {"entity": entity, "side": side, "id": id_}


def where_of(row: sa.RowMapping) -> Where:
    """The record that a row names."""
    return as_where(row["entity"], row["side"], row["id"])


def as_where(entity: str, side: str, id_: str) -> Where:
    return (entity, ZOHO if side == ZOHO else XERO, id_)
