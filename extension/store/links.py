"""The links of one connection: who is who, and what was last agreed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from extension.store import rows
from extension.store.rowset import Rowset, among, owned, pieces
from extension.store.tables import link
from extension.sync.canonical import SIDES, XERO, ZOHO, Side, Where
from extension.sync.errors import SyncError
from extension.sync.model import Link

EVERY = sa.select(*rows.LINK).where(owned(link))
BY_ID = EVERY.where(among(link.c.pk))
BY_END: Mapping[Side, sa.Select[Any]] = {
    side: EVERY.where(link.c.entity == sa.bindparam("entity"), among(own))
    for side, own in ((ZOHO, link.c.zoho_id), (XERO, link.c.xero_id))
}
LIVE = link.c.state == sa.literal_column("'live'")  # word for word as in the partial indexes


class Links(Rowset):
    """The links of one connection. Whoever changes one has `Records.judge` look at `ends` afterwards."""

    table = link

    def of(self, entity: str, side: Side, ids: Sequence[str]) -> list[Link]:
        return self._found([row for some in pieces(ids) for row in self.prepared(BY_END[side], entity=entity, **some)])

    def by_id(self, ids: Sequence[int]) -> list[Link]:
        return self._found([row for some in pieces(ids) for row in self.prepared(BY_ID, **some)])

    def _found(self, found: Sequence[sa.RowMapping]) -> list[Link]:
        return [rows.link_of(row) for row in sorted(found, key=lambda row: int(row["pk"]))]

    def count(self, entity: str) -> int:
        live = sa.select(sa.func.count()).where(self.mine, link.c.entity == entity, LIVE)
        return self.transaction.scalar(live) or 0

    def add(self, agreed: Link) -> int:
        """Stores a new link; the partial unique indexes refuse a second live one."""
        values = {"connection_id": self.connection_id, **rows.link_values(agreed)}
        statement = self.insert().values(values).on_conflict_do_nothing().returning(link.c.pk)
        number = self.transaction.scalar(statement)
        if number is None:
            raise _taken()
        return int(number)

    def replace(self, agreed: Link) -> list[Where]:
        """Stores a link anew. Returns the records that were or are its ends."""
        before = self.by_id([agreed.id])
        if not before:
            raise SyncError(f"There is no link {agreed.id}.", code="no_link")
        if agreed.state == "live" and (before[0].state != "live" or before[0].ids != agreed.ids):
            self._check_free(agreed)
        change = sa.update(link).where(self.mine, link.c.pk == agreed.id).values(**rows.link_values(agreed))
        self.transaction.execute(change)
        return [*ends(before[0]), *ends(agreed)]

    def _check_free(self, agreed: Link) -> None:
        for column, side in ((link.c.zoho_id, SIDES[0]), (link.c.xero_id, SIDES[1])):
            holder = sa.select(link.c.pk).where(self.mine, link.c.entity == agreed.entity, LIVE)
            if self.transaction.scalar(holder.where(column == agreed.ids[side], link.c.pk != agreed.id)):
                raise _taken()


def ends(agreed: Link) -> list[Where]:
    """The two records of a link."""
    return [(agreed.entity, side, agreed.ids[side]) for side in SIDES]


def _taken() -> SyncError:
    return SyncError("One of the two records is linked already.", code="already_linked")
