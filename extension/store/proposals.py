"""Pairs that may belong together, as the last fetch found them, and who may still be paired.

A proposal decides nothing: it is shown to a person, and goes when one of its records is linked or decided about. What
a person kept apart stays so, however often it is found again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import islice
from typing import Any, Final, Protocol

import sqlalchemy as sa

from extension.store import rows
from extension.store.columns import Document
from extension.store.database import Database
from extension.store.links import LIVE as LIVE_LINK
from extension.store.rowset import BATCH, Rowset, contains, searchable, within
from extension.store.tables import decision, flag, link, metadata, number, primary_key, record, tenant, text, where
from extension.sync.canonical import XERO, ZOHO, Side, other
from extension.sync.model import Record

SURELY: Final = 1000  # what is sure stands before everything that is not

proposal = sa.Table(
    "proposal",
    metadata,
    primary_key(),
    tenant(),
    text("entity"),
    text("zoho_id"),
    text("xero_id"),
    number("score"),
    number("rank"),
    flag("sure"),
    sa.Column("reasons", Document, nullable=False),
    text("words"),
    flag("apart"),  # a person said that they are not the same
    sa.Index("proposal_one", "connection_id", "entity", "zoho_id", "xero_id", unique=True),
    sa.Index("proposal_rank", "connection_id", "apart", "rank", "pk"),
    sa.Index("proposal_entity", "connection_id", "apart", "entity", "rank", "pk"),
    sqlite_autoincrement=True,
)
# Which decision names this record as the twin; and titles, to be searched without reading records.
sa.Index("decision_twin", decision.c.connection_id, decision.c.entity, decision.c.twin, **where("twin IS NOT NULL"))
sa.Index("record_title", record.c.connection_id, record.c.entity, record.c.side, record.c.title)


class Pair(Protocol):
    """What is proposed."""

    @property
    def entity(self) -> str: ...
    @property
    def zoho_id(self) -> str: ...
    @property
    def xero_id(self) -> str: ...
    @property
    def score(self) -> int: ...
    @property
    def sure(self) -> bool: ...
    @property
    def reasons(self) -> Sequence[str]: ...
    @property
    def title(self) -> str: ...


@dataclass(frozen=True)
class Proposed:
    """A pair that somebody may decide about. `place` leads to the next page."""

    pk: int
    rank: int
    entity: str
    zoho_id: str
    xero_id: str
    score: int
    sure: bool
    reasons: Sequence[str]
    apart: bool

    @property
    def place(self) -> str:
        return f"{self.rank}-{self.pk}"


class Proposals:
    """Of every connection; each question names the connection it is about."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def replace(self, connection_id: int, entity: str, found: Iterable[Pair]) -> int:
        """What was found now, in the place of what was found before. Returns how many there are to decide about."""
        with self.database.writing(connection_id) as transaction:
            return _Proposals(transaction, connection_id).replace(entity, found)

    def page(
        self, connection_id: int, limit: int, *, after: str = "", entity: str = "", words: str = "", apart: bool = False
    ) -> list[Proposed]:
        """The surest first. The next page begins after the place of the last one."""
        with self.database.reading(connection_id) as transaction:
            return _Proposals(transaction, connection_id).page(limit, after, entity, words, apart)

    def some(self, connection_id: int, numbers: Sequence[int]) -> list[Proposed]:
        """Those of them that can still be decided about."""
        with self.database.reading(connection_id) as transaction:
            return _Proposals(transaction, connection_id).some(numbers)

    def set_apart(self, connection_id: int, numbers: Sequence[int], apart: bool) -> int:
        """A person says that they are not the same, or takes that back."""
        with self.database.writing(connection_id) as transaction:
            return _Proposals(transaction, connection_id).set_apart(numbers, apart)

    def count(self, connection_id: int, most: int) -> int:
        """How many can be decided about; `most` means that many or more."""
        with self.database.reading(connection_id) as transaction:
            return _Proposals(transaction, connection_id).count(most)

    def unlinked(self, connection_id: int, entity: str, side: Side) -> Iterator[Sequence[Record]]:
        """Active records without a counterpart, in batches, as far as nobody decided about them."""
        after = ""
        while True:
            with self.database.reading(connection_id) as transaction:
                batch = _Unlinked(transaction, connection_id).batch(entity, side, after)
            if batch:
                yield batch
            if len(batch) < BATCH:
                return
            after = batch[-1].id


class _Proposals(Rowset):
    table = proposal

    def replace(self, entity: str, found: Iterable[Pair]) -> int:
        c = proposal.c
        old = sa.and_(self.mine, c.entity == entity)
        kept = {tuple(row) for row in self.transaction.execute(sa.select(c.zoho_id, c.xero_id).where(old, c.apart))}
        self.transaction.execute(sa.delete(proposal).where(old, ~c.apart))
        source, n = (pair for pair in found if (pair.zoho_id, pair.xero_id) not in kept), 0
        while batch := list(islice(source, BATCH)):
            self.transaction.execute(sa.insert(proposal), [self._values(pair) for pair in batch])
            n += len(batch)
        return n

    def _values(self, pair: Pair) -> dict[str, Any]:
        names = ("entity", "zoho_id", "xero_id", "score", "sure")
        own = {"connection_id": self.connection_id, "apart": False, "reasons": list(pair.reasons)}
        rank = pair.score + SURELY * pair.sure
        words = searchable(pair.title, pair.zoho_id, pair.xero_id)
        return {**own, **{name: getattr(pair, name) for name in names}, "rank": rank, "words": words}

    def page(self, limit: int, after: str, entity: str, words: str, apart: bool) -> list[Proposed]:
        c = proposal.c
        statement = sa.select(proposal).where(self.mine, c.apart == apart, self._open())
        if entity:
            statement = statement.where(c.entity == entity)
        if words.strip():
            statement = statement.where(contains(c.words, words))
        if place := _parsed(after):
            statement = statement.where(sa.tuple_(c.rank, c.pk) < place)
        return [_of(row) for row in self.rows(statement.order_by(c.rank.desc(), c.pk.desc()).limit(limit))]

    def some(self, numbers: Sequence[int]) -> list[Proposed]:
        found = [row for some in within(proposal.c.pk, numbers) for row in self.rows(self._undecided().where(some))]
        return [_of(row) for row in found]

    def set_apart(self, numbers: Sequence[int], apart: bool) -> int:
        change = sa.update(proposal).where(self.mine).values(apart=apart)
        return sum(self.transaction.execute(change.where(some)).rowcount for some in within(proposal.c.pk, numbers))

    def count(self, most: int) -> int:
        some = self._undecided().with_only_columns(proposal.c.pk).limit(most).subquery()
        return self.transaction.scalar(sa.select(sa.func.count()).select_from(some)) or 0

    def _undecided(self) -> sa.Select[Any]:
        return sa.select(proposal).where(self.mine, ~proposal.c.apart, self._open())

    def _open(self) -> sa.ColumnElement[bool]:
        """Neither of the two is linked, and nobody said anything about either."""
        c = proposal.c
        ends = ((ZOHO, c.zoho_id), (XERO, c.xero_id))
        return sa.and_(*(_free(self.connection_id, c.entity, side, id_) for side, id_ in ends))


class _Unlinked(Rowset):
    table = record

    def batch(self, entity: str, side: Side, after: str) -> list[Record]:
        c = record.c
        statement = (
            sa.select(*rows.RECORD)
            .where(self.mine, c.entity == entity, c.side == side, c.id > after, c.state == "active")
            .where(_free(self.connection_id, c.entity, side, c.id))
            .order_by(c.id)
            .limit(BATCH)
        )
        return [rows.record_of(row) for row in self.rows(statement)]


def _free(
    connection_id: int, entity: sa.ColumnElement[str], side: Side, id_: sa.ColumnElement[str]
) -> sa.ColumnElement[bool]:
    """In no live link, and named by no decision, neither as the one nor as the other."""
    own = link.c.zoho_id if side == ZOHO else link.c.xero_id
    mine = sa.and_(decision.c.connection_id == connection_id, decision.c.entity == entity)
    linked = sa.exists().where(link.c.connection_id == connection_id, link.c.entity == entity, own == id_, LIVE_LINK)
    said = sa.exists().where(mine, decision.c.side == side, decision.c.id == id_, decision.c.field == "")
    named = sa.exists().where(
        mine, decision.c.twin == id_, decision.c.twin.is_not(None), decision.c.side == other(side)
    )
    return ~linked & ~said & ~named


def _of(row: sa.RowMapping) -> Proposed:
    return Proposed(**{each.name: row[each.name] for each in fields(Proposed)})


def _parsed(place: str) -> tuple[int, int] | None:
    """A place that nobody gave out leads to the beginning."""
    rank, _, pk = place.partition("-")
    if all(part.isascii() and part.isdigit() and len(part) < 16 for part in (rank, pk)):
        return int(rank), int(pk)
    return None
