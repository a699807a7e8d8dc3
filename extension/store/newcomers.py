"""Records of one connection that have no counterpart yet, counted: how many would be created, from which day on.

Only records on the to-do list can be new, so only they are read. Who has the same strongest key on the other side is
no newcomer: the two are linked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from extension.store.links import LIVE as LIVE_LINK
from extension.store.records import TO_DO
from extension.store.rowset import Rowset
from extension.store.tables import link, record
from extension.sync.canonical import XERO, ZOHO, Side


@dataclass(frozen=True)
class Newcomers:
    """Of one module on one side: all, and those modified since each moment that was asked for."""

    entity: str
    side: Side
    all: int
    since: tuple[int, ...]


def newcomers(transaction: sa.Connection, connection_id: int, since: Sequence[datetime]) -> list[Newcomers]:
    return _Counting(transaction, connection_id).of(since)


class _Counting(Rowset):
    table = record

    def of(self, since: Sequence[datetime]) -> list[Newcomers]:
        later = [sa.func.sum(sa.case((record.c.modified >= moment, 1), else_=0)) for moment in since]
        statement = (
            sa.select(record.c.entity, record.c.side, sa.func.count(), *later)
            .where(self.mine, TO_DO, record.c.state == "active", record.c.births)
            .where(~self._linked(), ~self._twin())
            .group_by(record.c.entity, record.c.side)
            .order_by(record.c.entity, record.c.side)
        )
        return [
            Newcomers(entity, side, count, tuple(int(n) for n in more))
            for entity, side, count, *more in self.transaction.execute(statement)
        ]

    def _linked(self) -> sa.ColumnElement[bool]:
        mine = sa.and_(link.c.connection_id == self.connection_id, link.c.entity == record.c.entity, LIVE_LINK)
        by_zoho = sa.exists().where(mine, link.c.zoho_id == record.c.id)
        by_xero = sa.exists().where(mine, link.c.xero_id == record.c.id)
        return sa.or_(
            sa.and_(record.c.side == ZOHO, by_zoho),
            sa.and_(record.c.side == XERO, by_xero),
        )

    def _twin(self) -> sa.ColumnElement[bool]:
        other = record.alias("other")
        return sa.exists().where(
            other.c.connection_id == self.connection_id,
            other.c.entity == record.c.entity,
            other.c.key1 == record.c.key1,
            other.c.side != record.c.side,
            other.c.state != "gone",
        )
