"""Numbers that pages show of one connection: outcomes of each day, and money in step.

Outcomes are counted in the transaction that writes the entries, per quarter of an hour: the days of every time zone
are made of these. Money is counted after a run, by one walk over the documents, and kept with its time. To keep it
right with every row that is put, each batch of a walk of 100,000 rows would first have to read what it replaces.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from extension.store.columns import EPOCH
from extension.store.database import Database
from extension.store.observed import observed
from extension.store.portal import money, tally
from extension.store.rowset import Rowset
from extension.sync.canonical import SIDES, Side
from extension.sync.model import Entry, Record

QUARTER = timedelta(minutes=15)


@dataclass(frozen=True)
class Day:
    """What was done on one day of the organisation."""

    day: date
    outcomes: Mapping[str, int]


@dataclass(frozen=True)
class Worth:
    """What one side says its documents come to. `linked`: those that both sides have, which should agree."""

    entity: str
    side: Side
    currency: str
    status: str
    linked: bool
    documents: int
    total: Decimal
    at: datetime


Appraise = Callable[[Record], tuple[str, str, Decimal] | None]
"""Currency, status as both sides spell it, and total of a document; None: it has none."""


class Figures:
    """The numbers of one connection."""

    def __init__(self, database: Database, connection_id: int) -> None:
        self.database, self.connection_id = database, connection_id

    def days(self, now: datetime, zone: tzinfo, days: int = 30) -> list[Day]:
        """The last days up to today, oldest first, each with what was done on it."""
        today = now.astimezone(zone).date()
        first = today - timedelta(days=days - 1)
        since = datetime.combine(first, time.min, zone)
        counts: dict[date, Counter[str]] = defaultdict(Counter)
        with self.database.reading(self.connection_id) as transaction:
            for at, outcome, n in Tally(transaction, self.connection_id).since(since):
                counts[at.astimezone(zone).date()][outcome] += n
        return [Day(day, dict(counts[day])) for day in (first + timedelta(days=n) for n in range(days))]

    def money(self) -> list[Worth]:
        """As it was last counted."""
        with self.database.reading(self.connection_id) as transaction:
            return _Money(transaction, self.connection_id).all()

    def count_money(self, documents: Mapping[str, Appraise], now: datetime) -> None:
        """Counts anew: the documents of these entities, on both sides."""
        found: dict[tuple[str, Side, str, str, bool], tuple[int, Decimal]] = {}
        for entity, appraise in documents.items():
            for side in SIDES:
                for document, twin in observed(self.database, self.connection_id, entity, side):
                    worth = appraise(document)
                    if worth is not None:
                        currency, status, total = worth
                        place = (entity, side, currency, status, twin is not None)
                        n, sum_ = found.get(place, (0, Decimal(0)))
                        found[place] = (n + 1, sum_ + total)
        with self.database.writing(self.connection_id) as transaction:
            _Money(transaction, self.connection_id).replace(
                [Worth(*place, n, sum_, now) for place, (n, sum_) in sorted(found.items())]
            )


class Tally(Rowset):
    """How many outcomes of each kind, by the quarter of an hour."""

    table = tally

    def add(self, at: datetime, entries: Iterable[Entry]) -> None:
        counts = Counter(entry.outcome for entry in entries)
        if not counts:
            return
        start = at - (at - EPOCH) % QUARTER
        insert = self.insert()
        more = {"n": tally.c.n + insert.excluded.n}
        change = insert.on_conflict_do_update(index_elements=["connection_id", "at", "outcome"], set_=more)
        own = {"connection_id": self.connection_id, "at": start}
        values = [{**own, "outcome": outcome, "n": n} for outcome, n in sorted(counts.items())]
        self.transaction.execute(change, values)

    def since(self, moment: datetime) -> list[tuple[datetime, str, int]]:
        columns = (tally.c.at, tally.c.outcome, tally.c.n)
        found = self.rows(sa.select(*columns).where(self.mine, tally.c.at >= moment))
        return [(row["at"], row["outcome"], row["n"]) for row in found]


class _Money(Rowset):
    table = money

    def all(self) -> list[Worth]:
        order = [money.c[name] for name in ("entity", "currency", "status", "linked", "side")]
        found = self.rows(sa.select(money).where(self.mine).order_by(*order))
        names = ("entity", "side", "currency", "status", "linked", "documents", "at")
        return [Worth(**{name: row[name] for name in names}, total=Decimal(row["total"])) for row in found]

    def replace(self, worths: list[Worth]) -> None:
        self.transaction.execute(sa.delete(money).where(self.mine))
        if worths:
            own = {"connection_id": self.connection_id}
            self.transaction.execute(sa.insert(money), [{**own, **_values(worth)} for worth in worths])


def _values(worth: Worth) -> dict[str, Any]:
    return {**worth.__dict__, "total": format(worth.total, "f")}
