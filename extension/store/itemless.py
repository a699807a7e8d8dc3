"""Whether any document of the CRM has a line whose product stands for no item."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from extension.store.database import Database
from extension.store.records import LIVE
from extension.store.tables import record
from extension.sync.canonical import ZOHO

NO_PRODUCT: Final = '"product":null'  # as canonical values are spelt; within a text the quotes are escaped


def itemless(database: Database, connection_id: int, entities: Sequence[str]) -> bool:
    """Among live records of these entities, as they were read last."""
    mine = sa.and_(record.c.connection_id == connection_id, record.c.entity.in_(entities), record.c.side == ZOHO, LIVE)
    statement = sa.select(record.c.pk).where(mine, record.c.fields.contains(NO_PRODUCT, autoescape=True)).limit(1)
    with database.reading(connection_id) as transaction:
        return transaction.execute(statement).first() is not None
