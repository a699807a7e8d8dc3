"""The records of one connection, and the to-do list that they carry.

`look` says whether the plan must look at a record: `model.is_dirty` and nothing else decides it, in the transaction
that writes record or link. A parked record stays parked until its content, its state or its links change.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from extension.store import rows
from extension.store.columns import ticks
from extension.store.rowset import BATCH, Rowset, among, for_driver, insert_into, owned, pieces, within
from extension.store.tables import CLEAN, DIRTY, PARKED, link, record
from extension.sync.canonical import ZOHO, Side, Where, chunks
from extension.sync.model import Link, Record, is_dirty

ONE = ("connection_id", "entity", "side", "id")
SAME_CONTENT = ("digest", "state", "births", "stamp", "scope_entity", "scope_handle", *rows.KEY_NAMES)
TO_DO = record.c.look > sa.literal_column("0")  # word for word as in the partial index
RESTLESS = sa.text("record.restless")  # likewise
LIVE = record.c.state != "gone"

# Built once: a run asks these hundreds of times, and building them cost as much as asking.
EVERY = sa.select(*rows.RECORD).where(owned(record))
OF_SIDE = EVERY.where(record.c.entity == sa.bindparam("entity"), record.c.side == sa.bindparam("side"))
BY_ID = OF_SIDE.where(among(record.c.id))
BY_ID_ALONE = OF_SIDE.where(record.c.handle.is_(None), among(record.c.id))
BY_HANDLE = OF_SIDE.where(among(record.c.handle))
BY_STAMP = OF_SIDE.where(among(record.c.stamp))
BY_SCOPE = OF_SIDE.where(LIVE, among(record.c.scope_handle))
BY_REMOTE = EVERY.where(
    record.c.side == sa.bindparam("side"), record.c.feed == sa.bindparam("feed"), among(record.c.remote)
)
BY_KEY = [
    EVERY.where(record.c.entity == sa.bindparam("entity"), LIVE, among(record.c[name])) for name in rows.KEY_NAMES
]
AFTER = sa.tuple_(sa.bindparam("after_side", type_=sa.String), sa.bindparam("after_id", type_=sa.String))
# Without TO_DO both planners would walk the whole unique index, which has the same order.
NEXT_DIRTY = (
    EVERY.where(TO_DO, record.c.look == DIRTY, record.c.entity == sa.bindparam("entity"))
    .where(sa.tuple_(record.c.side, record.c.id) > AFTER)
    .order_by(record.c.side, record.c.id)
    .limit(BATCH)
)


class Records(Rowset):
    """The observed records of one connection."""

    table = record

    # -------------------------------------------------------------- looking things up

    def by_id(self, entity: str, side: Side, ids: Sequence[str]) -> list[Record]:
        return self._found([BY_ID], ids, entity=entity, side=side)

    def by_handle(self, entity: str, side: Side, handles: Sequence[str]) -> list[Record]:
        return self._found([BY_ID_ALONE, BY_HANDLE], handles, entity=entity, side=side)

    def by_remote(self, side: Side, feed: str, remotes: Sequence[str]) -> list[Record]:
        return self._found([BY_REMOTE], remotes, side=side, feed=feed)

    def by_key(self, entity: str, keys: Sequence[str]) -> list[Record]:
        return self._found(BY_KEY, keys, entity=entity)

    def by_stamp(self, entity: str, side: Side, stamps: Sequence[str]) -> list[Record]:
        return self._found([BY_STAMP], stamps, entity=entity, side=side)

    def by_scope(self, entity: str, side: Side, handles: Sequence[str]) -> list[Record]:
        return self._found([BY_SCOPE], handles, entity=entity, side=side)

    def _of(self, entity: str, side: Side) -> sa.ColumnElement[bool]:
        return sa.and_(self.mine, record.c.entity == entity, record.c.side == side)

    def _found(self, statements: Iterable[sa.Select[Any]], values: Sequence[str], **given: str) -> list[Record]:
        found = {}
        for statement in statements:
            for some in pieces(values):
                for row in self.prepared(statement, **given, **some):
                    found[row["entity"], row["side"], row["id"]] = row
        return [rows.record_of(found[where]) for where in sorted(found)]

    def count(self, entity: str, side: Side) -> int:
        live = sa.select(sa.func.count()).where(self._of(entity, side), LIVE)
        return self.transaction.scalar(live) or 0

    def count_rows(self, side: Side, feed: str) -> int:
        mine = sa.and_(self.mine, record.c.side == side, record.c.feed == feed, LIVE)
        return self.transaction.scalar(sa.select(sa.func.count(record.c.remote.distinct())).where(mine)) or 0

    # -------------------------------------------------------------- walks, one batch after a place

    def dirty(self, entity: str, after: tuple[str, str]) -> list[Record]:
        found = self.prepared(NEXT_DIRTY, entity=entity, after_side=after[0], after_id=after[1])
        return [rows.record_of(row) for row in found]

    def unseen(self, side: Side, feed: str, before: datetime, after: str) -> list[str]:
        last_seen = sa.func.max(record.c.seen_at, type_=record.c.seen_at.type)
        statement = (
            sa.select(record.c.remote)
            .where(self.mine, record.c.side == side, record.c.feed == feed, record.c.remote > after)
            .where(LIVE)
            .group_by(record.c.remote)
            .having(sa.or_(last_seen.is_(None), last_seen < before))
            .order_by(record.c.remote)
            .limit(BATCH)
        )
        return list(self.transaction.scalars(statement))

    def restless(self, side: Side, feed: str) -> list[str]:
        mine = sa.and_(self.mine, record.c.side == side, record.c.feed == feed, RESTLESS, LIVE)
        statement = sa.select(record.c.remote).where(mine).distinct().order_by(record.c.remote)
        return list(self.transaction.scalars(statement))

    # -------------------------------------------------------------- writing

    def put(self, records: Sequence[Record], seen: datetime | None = None) -> None:
        """Insert or replace; the last of several observations of one record counts. `seen`: as `saw` would say."""
        mine, at = self.connection_id, None if seen is None else ticks(seen)
        latest = {observed.where: observed for observed in records}
        for batch in chunks(list(latest.items()), BATCH):
            links = self._verdicts(where for where, _ in batch)
            self.transaction.exec_driver_sql(
                _upsert(self.transaction.dialect.name),
                [
                    rows.record_values(mine, observed, at, DIRTY if is_dirty(observed, links.get(where)) else CLEAN)
                    for where, observed in batch
                ],
            )

    def mark_gone(self, side: Side, feed: str, remotes: Sequence[str], at: datetime) -> None:
        self.put([rows.gone(view, at) for view in self.by_remote(side, feed, remotes) if view.live])

    def saw(self, side: Side, feed: str, remotes: Sequence[str], at: datetime) -> None:
        change = sa.update(record).where(self.mine, record.c.side == side, record.c.feed == feed).values(seen_at=at)
        for some in within(record.c.remote, remotes):
            self.transaction.execute(change.where(some))

    # -------------------------------------------------------------- the to-do list

    def park(self, wheres: Sequence[Where]) -> None:
        change = sa.update(record).where(record.c.look == DIRTY).values(look=PARKED)
        for (entity, side), ids in _grouped(wheres).items():
            for some in within(record.c.id, ids):
                self.transaction.execute(change.where(self._of(entity, side), some))

    def unpark(self) -> None:
        parked = sa.and_(self.mine, TO_DO, record.c.look == PARKED)
        self.transaction.execute(sa.update(record).where(parked).values(look=DIRTY))

    def judge(self, wheres: Iterable[Where]) -> None:
        """Looks anew at records whose links changed; a link is news to whoever parked them."""
        touched = set(wheres)
        links = self._verdicts(touched)
        columns = [record.c[name] for name in ("pk", "id", "state", "births", "version", "digest", "look")]
        changes = []
        for (entity, side), ids in _grouped(touched).items():
            for some in within(record.c.id, ids):
                for row in self.rows(sa.select(*columns).where(self._of(entity, side), some)):
                    outline = rows.outline(side, row["state"], row["births"], row["version"], row["digest"])
                    look = DIRTY if is_dirty(outline, links.get((entity, side, row["id"]))) else CLEAN
                    if look != row["look"]:
                        changes.append({"row": row["pk"], "new": look})
        if changes:
            change = sa.update(record).where(self.mine, record.c.pk == sa.bindparam("row"))
            self.transaction.execute(change.values(look=sa.bindparam("new")), changes)

    def _verdicts(self, wheres: Iterable[Where]) -> dict[Where, Link]:
        """The link that governs each record: the live one, else the newest."""
        verdicts: dict[Where, Link] = {}
        for (entity, side), ids in _grouped(wheres).items():
            own, digest = (link.c.zoho_id, link.c.zoho_digest) if side == ZOHO else (link.c.xero_id, link.c.xero_digest)
            columns = (link.c.pk, link.c.state, link.c.version, link.c.settled)
            mine = sa.and_(link.c.connection_id == self.connection_id, link.c.entity == entity)
            for some in within(own, ids):
                statement = sa.select(*columns, own.label("id"), digest.label("digest")).where(mine, some)
                for row in self.rows(statement.order_by(link.c.pk)):
                    where = (entity, side, row["id"])
                    if where not in verdicts or verdicts[where].state != "live":
                        verdicts[where] = rows.verdict(row, side)
        return verdicts


def _grouped(wheres: Iterable[Where]) -> Mapping[tuple[str, Side], list[str]]:
    groups: dict[tuple[str, Side], list[str]] = defaultdict(list)
    for entity, side, id_ in wheres:
        groups[entity, side].append(id_)
    return groups


@cache
def _upsert(dialect: str) -> str:
    """As the driver takes it, compiled once: all that we observe passes here, and looking at each of a record's values
    once more took SQLAlchemy as long as SQLite needs to store them."""
    insert = insert_into(dialect, record).inline()
    new = insert.excluded
    dirty, parked = (sa.literal_column(str(look), sa.SmallInteger) for look in (DIRTY, PARKED))
    written = [c.name for c in rows.RECORD if c.name not in ONE]
    change: dict[str, Any] = {name: new[name] for name in written}
    change["first_seen"] = sa.func.coalesce(record.c.first_seen, new.first_seen)
    change["seen_at"] = sa.func.coalesce(new.seen_at, record.c.seen_at)
    same = sa.and_(*(record.c[name].is_not_distinct_from(new[name]) for name in SAME_CONTENT))
    still_parked = sa.and_(new.look == dirty, record.c.look == parked, same)
    change["look"] = sa.case((still_parked, parked), else_=new.look)
    whole = insert.on_conflict_do_update(index_elements=ONE, set_=change)
    return for_driver(dialect, whole, rows.WRITTEN)
