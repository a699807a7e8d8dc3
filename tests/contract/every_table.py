"""A row in every table there is, also in those that somebody adds tomorrow."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from extension.store.columns import EPOCH, Document, Moment
from extension.store.tables import metadata
from extension.store.tenancy import connection

TENANTS: Final = [table for table in metadata.sorted_tables if table is connection or "connection_id" in table.c]
OTHERS: Final = [table for table in metadata.sorted_tables if table not in TENANTS]


def filled(transaction: sa.Connection, number: int) -> None:
    """A row of this connection in every table that has such."""
    _fill(transaction, number, [table for table in TENANTS if table is not connection])


def filled_for_all(transaction: sa.Connection, number: int) -> None:
    """A row in every table of the installation's own."""
    _fill(transaction, number, OTHERS)


def _fill(transaction: sa.Connection, number: int, tables: list[sa.Table]) -> None:
    made: dict[str, int] = {"connection": number}
    for table in tables:
        values = {column.name: _value(column, number, made) for column in table.c if column.name != "pk"}
        made[table.name] = transaction.scalar(sa.insert(table).values(values).returning(table.c.pk)) or 0


def _value(column: sa.Column[Any], number: int, made: dict[str, int]) -> Any:
    for key in column.foreign_keys:
        return made[key.column.table.name]
    if column.nullable:
        return None
    if isinstance(column.type, sa.Boolean):
        return False
    if isinstance(column.type, sa.LargeBinary):
        return b""
    return str(number) if isinstance(column.type, sa.Text) else _of_type(column)


def _of_type(column: sa.Column[Any]) -> Any:
    if isinstance(column.type, Moment):
        return EPOCH
    return {} if isinstance(column.type, Document) else 0
