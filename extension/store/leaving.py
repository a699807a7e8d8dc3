"""Leaving a collection: the settings name another one for an entity, and what was read of the old one is forgotten.

Only while nothing of it is linked or under way: a link would name a record that nobody reads any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TypeAlias

import sqlalchemy as sa

from extension.store.links import Links
from extension.store.tables import intent, record
from extension.store.tenancy import connection
from extension.sync.canonical import Side
from extension.sync.errors import BadInput

Left: TypeAlias = tuple[str, Side, str]
"""An entity, and the collection of a side that it looks at no more."""


def leave(transaction: sa.Connection, connection_id: int, left: Iterable[Left], at: datetime) -> None:
    """Forgets the views of these collections. Raises BadInput, and changes nothing, while they are in use."""
    for entity, side, feed in left:
        if Links(transaction, connection_id).count(entity):
            raise BadInput(
                "Records are linked under the setting as it is. It can be changed only while none is.",
                code="still_linked",
                hint="Disconnect, connect the same organisations again, and choose before the first run.",
            )
        if _under_way(transaction, connection_id, entity, at):
            raise BadInput(
                "A run is under way, or was interrupted while it sent something. Nothing was saved.",
                code="under_way",
                hint="Wait until it has ended; if it was interrupted, synchronise once more. Then save again.",
            )
        old = sa.and_(record.c.connection_id == connection_id, record.c.entity == entity)
        transaction.execute(sa.delete(record).where(old, record.c.side == side, record.c.feed == feed))


def _under_way(transaction: sa.Connection, connection_id: int, entity: str, at: datetime) -> bool:
    held = sa.and_(connection.c.lease_owner.is_not(None), connection.c.lease_until > at)
    if transaction.scalar(sa.select(connection.c.pk).where(connection.c.pk == connection_id, held)) is not None:
        return True
    sent = sa.select(intent.c.pk).where(intent.c.connection_id == connection_id, intent.c.entity == entity)
    return transaction.scalar(sent.limit(1)) is not None
