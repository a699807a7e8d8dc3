"""What stands between a record and the next plan: watermarks, rejections, a person's decisions and approvals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from extension.store.portal import let_through
from extension.store.rowset import Rowset, named, owned, where_of, where_values, within
from extension.store.tables import approval, decision, feed, rejection
from extension.sync.canonical import Side, Where
from extension.sync.ports import Decision, FeedState, Rejection, Resume

ONE_FEED = sa.select(feed).where(owned(feed), feed.c.side == sa.bindparam("side"), feed.c.feed == sa.bindparam("feed"))


class Feeds(Rowset):
    """How far each walk of a connection has come."""

    table = feed

    def get(self, side: Side, name: str) -> FeedState:
        found = self.prepared(ONE_FEED, side=side, feed=name)
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
            "roused": state.roused,
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
        roused=row["roused"],
    )


class Rejections(Rowset):
    """Content that a service refused."""

    table = rejection

    def of(self, wheres: Sequence[Where]) -> list[Rejection]:
        found = [row for mine in self._of(wheres) for row in self.rows(sa.select(rejection).where(mine))]
        rejections = (
            Rejection(where_of(row), row["digest"], row["reason"], row["message"], row["hint"]) for row in found
        )
        return sorted(rejections, key=lambda one: one.where)

    def save(self, refused: Rejection) -> None:
        words = {"reason": refused.reason, "message": refused.message, "hint": refused.hint}
        self.upsert(("entity", "side", "id"), [{**where_values(refused.where), "digest": refused.digest, **words}])

    def forgive(self, wheres: Sequence[Where] | None) -> None:
        for mine in [self.mine] if wheres is None else self._of(wheres):
            self.transaction.execute(sa.delete(rejection).where(mine))

    def _of(self, wheres: Iterable[Where]) -> list[sa.ColumnElement[bool]]:
        return [sa.and_(self.mine, some) for some in named(rejection, wheres)]


class Decisions(Rowset):
    """A person's word about a record; the latest counts."""

    table = decision

    def all(self) -> list[Decision]:
        order = (decision.c.entity, decision.c.side, decision.c.id, decision.c.field)
        found = self.rows(sa.select(decision).where(self.mine).order_by(*order))
        return [_decision_of(row) for row in found]

    def of(self, wheres: Sequence[Where]) -> list[Decision]:
        """What was decided of these records."""
        order = (decision.c.entity, decision.c.side, decision.c.id, decision.c.field)
        statements = [sa.select(decision).where(self.mine, some).order_by(*order) for some in named(decision, wheres)]
        return [_decision_of(row) for statement in statements for row in self.rows(statement)]

    def page(self, limit: int, after: int = 0) -> list[tuple[int, Decision]]:
        """In the order in which they were first said, each with its number; from after that of the last."""
        mine = sa.select(decision).where(self.mine, decision.c.pk > after).order_by(decision.c.pk).limit(limit)
        return [(row["pk"], _decision_of(row)) for row in self.rows(mine)]

    def save(self, decided: Decision) -> None:
        said = {"verb": decided.verb, "twin": decided.twin, "takes": decided.takes, "about": decided.about}
        self.upsert(
            ("entity", "side", "id", "field"), [{**where_values(decided.where), "field": decided.field, **said}]
        )

    def drop(self, where: Where, field: str) -> None:
        same = [decision.c[name] == value for name, value in where_values(where).items()]
        self.transaction.execute(sa.delete(decision).where(self.mine, *same, decision.c.field == field))


def _decision_of(row: sa.RowMapping) -> Decision:
    return Decision(row["verb"], where_of(row), row["twin"], row["field"], row["takes"], row["about"])


class Approvals(Rowset):
    """Digests of actions that a person approved and that were not used yet."""

    table = approval

    def all(self) -> frozenset[str]:
        return frozenset(self.transaction.scalars(sa.select(approval.c.digest).where(self.mine)))

    def among(self, digests: Sequence[str]) -> frozenset[str]:
        found = (sa.select(approval.c.digest).where(self.mine, some) for some in within(approval.c.digest, digests))
        return frozenset(digest for statement in found for digest in self.transaction.scalars(statement))

    def count(self) -> int:
        return self.transaction.scalar(sa.select(sa.func.count()).select_from(approval).where(self.mine)) or 0

    def add(self, digests: Iterable[str]) -> None:
        values = [{"connection_id": self.connection_id, "digest": digest} for digest in sorted(set(digests))]
        if values:
            self.transaction.execute(self.insert().on_conflict_do_nothing(), values)

    def use(self, digests: Iterable[str]) -> None:
        for some in within(approval.c.digest, list(digests)):
            self.transaction.execute(sa.delete(approval).where(self.mine, some))


class LetThrough(Rowset):
    """Modules of which a run was once done: kept apart from the runs, which are forgotten one day."""

    table = let_through

    def all(self) -> frozenset[str]:
        return frozenset(self.transaction.scalars(sa.select(let_through.c.entity).where(self.mine)))

    def add(self, entities: Sequence[str]) -> None:
        values = [{"connection_id": self.connection_id, "entity": entity} for entity in sorted(set(entities))]
        if values:
            self.transaction.execute(self.insert().on_conflict_do_nothing(), values)
