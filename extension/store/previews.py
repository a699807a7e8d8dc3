"""What the last preview or audit of a connection would do: one row per action, hold and skip, as plain documents.

A connection keeps one preview; saving another deletes it. Counts are made when it is saved, so that a page of a plan
of 100,000 actions reads no more than that page.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import islice
from typing import Any

import sqlalchemy as sa

from extension.store.database import Database
from extension.store.portal import preview, preview_count
from extension.store.rowset import BATCH, Rowset, contains, searchable
from extension.store.standing import Approvals
from extension.sync.canonical import Side


@dataclass(frozen=True)
class Planned:
    """One line of a preview. `kind`: of the action, else the reason of the hold or skip."""

    number: int
    part: str  # action | hold | skip
    kind: str
    entity: str
    side: Side | None
    title: str
    zoho_id: str | None
    xero_id: str | None
    digest: str
    detail: Mapping[str, Any] = field(default_factory=dict)


class Previews:
    """Previews of every connection; each question names the connection it is about."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def save(self, connection_id: int, task_id: int, rows: Iterable[Planned]) -> None:
        """In the place of what was there, in one transaction."""
        with self.database.writing(connection_id) as transaction:
            _Rows(transaction, connection_id).replace(task_id, rows)

    def page(
        self,
        connection_id: int,
        task_id: int,
        *,
        part: str | None = None,
        kind: str | None = None,
        entity: str | None = None,
        words: str = "",
        after: int = 0,
        limit: int = 50,
    ) -> list[Planned]:
        """In the order of the plan, from after the number of the last line."""
        with self.database.reading(connection_id) as transaction:
            mine = _Rows(transaction, connection_id)
            return mine.page(task_id, _chosen(part, kind, entity, words), after, limit)

    def counts(self, connection_id: int, task_id: int) -> Mapping[str, Mapping[str, int]]:
        """Entity -> kind -> how many."""
        with self.database.reading(connection_id) as transaction:
            return _Rows(transaction, connection_id).counts(task_id)

    def digests(
        self,
        connection_id: int,
        task_id: int,
        *,
        part: str | None = None,
        kind: str | None = None,
        entity: str | None = None,
        words: str = "",
    ) -> list[str]:
        """Of every line that is so: what a person approves in bulk."""
        with self.database.reading(connection_id) as transaction:
            return _Rows(transaction, connection_id).digests(task_id, _chosen(part, kind, entity, words))

    def approved(self, connection_id: int, digests: Sequence[str]) -> frozenset[str]:
        """Those among them that a person approved and no run used yet."""
        with self.database.reading(connection_id) as transaction:
            return Approvals(transaction, connection_id).among(digests)

    def approvals(self, connection_id: int) -> int:
        """How many actions are approved and not done yet."""
        with self.database.reading(connection_id) as transaction:
            return Approvals(transaction, connection_id).count()


class _Rows(Rowset):
    table = preview

    def replace(self, task_id: int, rows: Iterable[Planned]) -> None:
        for table in (preview, preview_count):
            self.transaction.execute(sa.delete(table).where(table.c.connection_id == self.connection_id))
        own = {"connection_id": self.connection_id, "task_pk": task_id}
        counts: Counter[tuple[str, str]] = Counter()
        source = iter(rows)
        while batch := list(islice(source, BATCH)):
            counts.update((row.entity, row.kind) for row in batch)
            self.transaction.execute(sa.insert(preview), [{**own, **_values(row)} for row in batch])
        if counts:
            told = [{**own, "entity": entity, "kind": kind, "n": n} for (entity, kind), n in sorted(counts.items())]
            self.transaction.execute(sa.insert(preview_count), told)

    def page(self, task_id: int, chosen: Sequence[sa.ColumnElement[bool]], after: int, limit: int) -> list[Planned]:
        mine = (self.mine, preview.c.task_pk == task_id, preview.c.number > after)
        statement = sa.select(preview).where(*mine, *chosen).order_by(preview.c.number).limit(limit)
        return [Planned(**{each.name: row[each.name] for each in fields(Planned)}) for row in self.rows(statement)]

    def digests(self, task_id: int, chosen: Sequence[sa.ColumnElement[bool]]) -> list[str]:
        mine = (self.mine, preview.c.task_pk == task_id)
        return list(self.transaction.scalars(sa.select(preview.c.digest).where(*mine, *chosen).order_by("number")))

    def counts(self, task_id: int) -> dict[str, dict[str, int]]:
        own = preview_count.c
        mine = (own.connection_id == self.connection_id, own.task_pk == task_id)
        found: dict[str, dict[str, int]] = defaultdict(dict)
        for row in self.rows(sa.select(preview_count).where(*mine).order_by(own.entity, own.kind)):
            found[row["entity"]][row["kind"]] = row["n"]
        return dict(found)


def _values(row: Planned) -> dict[str, Any]:
    values = {each.name: getattr(row, each.name) for each in fields(Planned)}
    return {**values, "detail": dict(row.detail), "words": searchable(row.title, row.zoho_id, row.xero_id)}


def _chosen(part: str | None, kind: str | None, entity: str | None, words: str) -> list[sa.ColumnElement[bool]]:
    wanted = {preview.c.part: part, preview.c.kind: kind, preview.c.entity: entity}
    chosen: list[sa.ColumnElement[bool]] = [column == value for column, value in wanted.items() if value]
    return [*chosen, contains(preview.c.words, words)] if words.strip() else chosen
