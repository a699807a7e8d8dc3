"""Some records of one kind, or those that are called so: for lists in which a person picks one.

In the order of their ids, which an index has, so that a list costs the same however many there are. The CRM's ids
grow: its newest records come first. Xero's say nothing about time.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from extension.store.database import Database
from extension.store.records import LIVE
from extension.store.tables import record
from extension.sync.canonical import Side

ESCAPE = "\\"


@dataclass(frozen=True, slots=True)
class Named:
    """One record as a list shows it."""

    entity: str
    side: Side
    id: str
    title: str


def newest(
    database: Database, connection_id: int, entity: str, side: Side, words: str = "", limit: int = 20
) -> list[Named]:
    """Live records of one entity and side; with `words`, those whose title has them."""
    columns = [record.c[name] for name in ("entity", "side", "id", "title")]
    mine = sa.and_(record.c.connection_id == connection_id, record.c.entity == entity, record.c.side == side, LIVE)
    statement = sa.select(*columns).where(mine).order_by(record.c.id.desc()).limit(limit)
    for word in words.split():
        plain = word.replace(ESCAPE, ESCAPE * 2).replace("%", f"{ESCAPE}%").replace("_", f"{ESCAPE}_")
        statement = statement.where(record.c.title.ilike(f"%{plain}%", escape=ESCAPE))
    with database.reading(connection_id) as transaction:
        return [Named(**row) for row in transaction.execute(statement).mappings()]
