"""The observed records of one kind, whole, each with its counterpart: for what counts or compares all of them.

In pieces, in the order of their ids: no transaction lasts longer than one of them, and a list of any length fits into
memory.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from extension.store import rows
from extension.store.database import Database
from extension.store.links import LIVE as LIVE_LINK
from extension.store.records import LIVE
from extension.store.rowset import BATCH, Rowset
from extension.store.tables import link, record
from extension.sync.canonical import ZOHO, Side
from extension.sync.model import Record


def observed(
    database: Database, connection_id: int, entity: str, side: Side, *, gone: bool = False
) -> Iterator[tuple[Record, str | None]]:
    """Each record with the id of its counterpart, None where it has none. `gone`: those, too, that are no more."""
    after = ""
    while True:
        with database.reading(connection_id) as transaction:
            piece = _Observed(transaction, connection_id).piece(entity, side, after, gone)
        yield from piece
        if len(piece) < BATCH:
            return
        after = piece[-1][0].id


class _Observed(Rowset):
    table = record

    def piece(self, entity: str, side: Side, after: str, gone: bool) -> list[tuple[Record, str | None]]:
        own, other = (link.c.zoho_id, link.c.xero_id) if side == ZOHO else (link.c.xero_id, link.c.zoho_id)
        mine = sa.and_(link.c.connection_id == self.connection_id, link.c.entity == entity, own == record.c.id)
        statement = (
            sa.select(*rows.RECORD, other.label("twin"))
            .select_from(record.join(link, sa.and_(mine, LIVE_LINK), isouter=True))
            .where(self.mine, record.c.entity == entity, record.c.side == side, record.c.id > after)
            .order_by(record.c.id)
            .limit(BATCH)
        )
        if not gone:
            statement = statement.where(LIVE)
        return [(rows.record_of(row), row["twin"]) for row in self.rows(statement)]
