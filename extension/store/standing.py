"""What stands between a record and the next plan: watermarks, holds, rejections, a person's decisions and approvals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from extension.store.rowset import Rowset, within
from extension.store.tables import approval, decision, feed, hold, rejection
from extension.sync.canonical import Side, Where
from extension.sync.ports import Decision, FeedState, HoldRow, Rejection, Resume


class Feeds(Rowset):
    """How far each walk of a connection has come."""

    table = feed

    def get(self, side: Side, name: str) -> FeedState:
        found = self.rows(sa.select(feed).where(self.mine, feed.c.side == side, feed.c.feed == name))
        return _feed_of(found[0]) if found else FeedState(side, name)

    def save(self, state: FeedState) -> None:
        resume = state.resume
        values = {
            "side": state.side,
            "feed": state.feed,
            "watermark": state.watermark,
            "resume_since": resume and resume.since,
            "resume_started": resume and resume.started,
            "resume_position": resume and resume.position,
            "resume_full": bool(resume and resume.full),
            "resume_version": resume.version if resume else 0,
            "scanned": state.scanned,
            "scan_rows": state.scan_rows,
            "version": state.version,
        }
        self.upsert(("side", "feed"), [values])


def _feed_of(row: sa.RowMapping) -> FeedState:
    resume = None
    if row["resume_started"] is not None:
        resume = Resume(
            since=row["resume_since"],
            started=row["resume_started"],
            position=row["resume_position"],
            full=row["resume_full"],
            version=row["resume_version"],
        )
    return FeedState(
        side=row["side"],
        feed=row["feed"],
        watermark=row["watermark"],
        resume=resume,
        scanned=row["scanned"],
        scan_rows=row["scan_rows"],
        version=row["version"],
    )


class Holds(Rowset):
    """What needs a person or patience, as the last plan derived it."""

    table = hold

    def all(self) -> list[HoldRow]:
        order = (hold.c.entity, hold.c.side, hold.c.id, sa.func.coalesce(hold.c.field, ""), hold.c.reason)
        return [_hold_of(row) for row in self.rows(sa.select(hold).where(self.mine).order_by(*order))]

    def replace(self, entities: Sequence[str] | None, holds: Sequence[HoldRow]) -> None:
        old = sa.delete(hold).where(self.mine)
        self.transaction.execute(old if entities is None else old.where(hold.c.entity.in_(entities)))
        if holds:
            own = {"connection_id": self.connection_id}
            self.transaction.execute(sa.insert(hold), [{**own, **_hold_values(one)} for one in holds])


def _hold_values(held: HoldRow) -> dict[str, Any]:
    return {
        **_where_values(held.where),
        "reason": held.reason,
        "message": held.message,
        "hint": held.hint,
        "field": held.field,
        "title": held.title,
    }


def _hold_of(row: sa.RowMapping) -> HoldRow:
    return HoldRow(_where_of(row), row["reason"], row["message"], row["hint"], row["field"], row["title"])


class Rejections(Rowset):
    """Content that a service refused."""

    table = rejection

    def of(self, wheres: Sequence[Where]) -> list[Rejection]:
        found = [row for mine in self._of(wheres) for row in self.rows(sa.select(rejection).where(mine))]
        rejections = (
            Rejection(_where_of(row), row["digest"], row["reason"], row["message"], row["hint"]) for row in found
        )
        return sorted(rejections, key=lambda one: one.where)

    def save(self, refused: Rejection) -> None:
        words = {"reason": refused.reason, "message": refused.message, "hint": refused.hint}
        self.upsert(("entity", "side", "id"), [{**_where_values(refused.where), "digest": refused.digest, **words}])

    def forgive(self, wheres: Sequence[Where] | None) -> None:
        for mine in [self.mine] if wheres is None else self._of(wheres):
            self.transaction.execute(sa.delete(rejection).where(mine))

    def _of(self, wheres: Iterable[Where]) -> list[sa.ColumnElement[bool]]:
        groups: dict[tuple[str, Side], list[str]] = defaultdict(list)
        for entity, side, id_ in wheres:
            groups[entity, side].append(id_)
        return [
            sa.and_(self.mine, rejection.c.entity == entity, rejection.c.side == side, some)
            for (entity, side), ids in groups.items()
            for some in within(rejection.c.id, ids)
        ]


class Decisions(Rowset):
    """A person's word about a record; the latest counts."""

    table = decision

    def all(self) -> list[Decision]:
        select = sa.select(decision).where(self.mine).order_by(decision.c.entity, decision.c.side, decision.c.id)
        return [Decision(row["verb"], _where_of(row), row["twin"]) for row in self.rows(select)]

    def save(self, decided: Decision) -> None:
        values = {**_where_values(decided.where), "verb": decided.verb, "twin": decided.twin}
        self.upsert(("entity", "side", "id"), [values])


class Approvals(Rowset):
    """Digests of actions that a person approved and that were not used yet."""

    table = approval

    def all(self) -> frozenset[str]:
        return frozenset(self.transaction.scalars(sa.select(approval.c.digest).where(self.mine)))

    def add(self, digests: Iterable[str]) -> None:
        values = [{"connection_id": self.connection_id, "digest": digest} for digest in sorted(set(digests))]
        if values:
            self.transaction.execute(self.insert().on_conflict_do_nothing(), values)

    def use(self, digests: Iterable[str]) -> None:
        for some in within(approval.c.digest, list(digests)):
            self.transaction.execute(sa.delete(approval).where(self.mine, some))


def _where_values(where: Where) -> dict[str, str]:
    entity, side, id_ = where
    return {"entity": entity, "side": side, "id": id_}


def _where_of(row: sa.RowMapping) -> Where:
    return (row["entity"], row["side"], row["id"])
