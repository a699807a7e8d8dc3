"""The records that were changed last, or that are called so: for lists in which a person picks one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

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
    modified: datetime


def newest(
    database: Database, connection_id: int, entity: str, side: Side, words: str = "", limit: int = 20
) -> list[Named]:
    """Live records of one entity and side, newest first; with `words`, those whose title has them."""
    columns = [record.c[name] for name in ("entity", "side", "id", "title", "modified")]
    mine = sa.and_(record.c.connection_id == connection_id, record.c.entity == entity, record.c.side == side, LIVE)
    statement = sa.select(*columns).where(mine).order_by(record.c.modified.desc(), record.c.id).limit(limit)
    for word in words.split():
        plain = word.replace(ESCAPE, ESCAPE * 2).replace("%", f"{ESCAPE}%").replace("_", f"{ESCAPE}_")
        statement = statement.where(record.c.title.ilike(f"%{plain}%", escape=ESCAPE))
    with database.reading() as transaction:
        return [Named(**row) for row in transaction.execute(statement).mappings()]
