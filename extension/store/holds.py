"""What needs a person or patience, as the last plan derived it, and the pages of *Needs attention*.

What is held as before keeps its row: a page that was opened before a run goes on at the same place after it. A place
names where a page ended, in the order of the list; it stays good when that hold is gone.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from extension.store.rowset import Rowset, as_where, contains, searchable, where_of, where_values, within
from extension.store.tables import hold
from extension.sync.canonical import decode, encode
from extension.sync.ports import HoldRow

ORDER = (hold.c.entity, hold.c.side, hold.c.id, hold.c.pk)


@dataclass(frozen=True)
class Held:
    """One hold on a page. `place` leads to the next page."""

    number: int
    place: str
    row: HoldRow


class Holds(Rowset):
    """The holds of one connection."""

    table = hold

    def all(self) -> list[HoldRow]:
        order = (hold.c.entity, hold.c.side, hold.c.id, sa.func.coalesce(hold.c.field, ""), hold.c.reason)
        return [hold_of(row) for row in self.rows(sa.select(hold).where(self.mine).order_by(*order))]

    def replace(self, entities: Sequence[str] | None, holds: Sequence[HoldRow]) -> None:
        mine = self.mine if entities is None else sa.and_(self.mine, hold.c.entity.in_(entities))
        new = {encode(values): values for values in map(_values, holds)}
        old = {row["pk"]: encode(_values(hold_of(row))) for row in self.rows(sa.select(hold).where(mine))}
        gone = [number for number, text in old.items() if new.pop(text, None) is None]
        for some in within(hold.c.pk, gone):
            self.transaction.execute(sa.delete(hold).where(self.mine, some))
        if new:
            own = {"connection_id": self.connection_id}
            self.transaction.execute(sa.insert(hold), [{**own, **values} for values in new.values()])

    # -------------------------------------------------------------- pages

    def page(
        self, limit: int, *, after: str = "", entity: str | None = None, reason: str | None = None, words: str = ""
    ) -> list[Held]:
        """By entity, side and id."""
        fixed = 1 if entity else 0  # what is given is no part of the order: else the rest would be sorted again
        order = ORDER[fixed:]
        statement = sa.select(hold).where(self.mine).order_by(*order).limit(limit)
        for column, value in ((hold.c.entity, entity), (hold.c.reason, reason)):
            if value:
                statement = statement.where(column == value)
        if words.strip():
            statement = statement.where(contains(hold.c.words, words))
        if after:
            statement = statement.where(sa.tuple_(*order) > _parsed(after)[fixed:])
        return [Held(row["pk"], _place(row), hold_of(row)) for row in self.rows(statement)]

    def one(self, number: int) -> Held | None:
        found = self.rows(sa.select(hold).where(self.mine, hold.c.pk == number))
        return Held(found[0]["pk"], _place(found[0]), hold_of(found[0])) if found else None

    def records(self) -> int:
        """How many records are held: answered from an index alone."""
        held = sa.select(hold.c.entity, hold.c.side, hold.c.id).where(self.mine).distinct().subquery()
        return int(self.transaction.execute(sa.select(sa.func.count()).select_from(held)).scalar_one())

    def counts(self) -> Counter[tuple[str, str]]:
        """(reason, entity) -> how many."""
        columns = (hold.c.reason, hold.c.entity)
        found = self.rows(sa.select(*columns, sa.func.count().label("n")).where(self.mine).group_by(*columns))
        return Counter({(row["reason"], row["entity"]): row["n"] for row in found})


def _place(row: sa.RowMapping) -> str:
    return f"{row['entity']}:{row['side']}:{row['id']}:{row['pk']}"


def _parsed(place: str) -> tuple[str, str, str, int]:
    """A place that nobody gave out leads to the beginning."""
    entity, _, rest = place.partition(":")
    side, _, rest = rest.partition(":")
    id_, _, number = rest.rpartition(":")
    return (
        (entity, side, id_, int(number))
        if number.isascii() and number.isdigit() and len(number) < 19
        else ("", "", "", 0)
    )


def _values(held: HoldRow) -> dict[str, Any]:
    return {
        **where_values(held.where),
        "reason": held.reason,
        "message": held.message,
        "hint": held.hint,
        "field": held.field,
        "title": held.title,
        "related": encode([list(where) for where in held.related]) if held.related else None,
        "sides": encode({name: list(values) for name, values in held.values.items()}) if held.values else None,
        "words": searchable(held.title, held.where[2], *(id_ for _, _, id_ in held.related)),
    }


def hold_of(row: sa.RowMapping) -> HoldRow:
    words = (row["reason"], row["message"], row["hint"], row["field"], row["title"])
    related = tuple(as_where(*where) for where in json.loads(row["related"] or "[]"))
    return HoldRow(where_of(row), *words, related, decode(row["sides"]) if row["sides"] else {})
