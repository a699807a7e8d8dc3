"""History as pages ask for it: entries and runs by filter, newest first, from an index and a page at a time.

A filter that names one id is answered from that id's index. One by title reads entries in the order of the page until
it is full; a page that looks for what is nowhere gives up after `FURTHEST` of them, a file that is saved does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, get_args

import sqlalchemy as sa

from extension.store.database import Database
from extension.store.history import Line, line_of, newest_entries
from extension.store.rowset import Rowset, contains
from extension.store.tables import entry, run
from extension.store.tasks import scope_of
from extension.sync.canonical import XERO, ZOHO, Side
from extension.sync.model import Outcome

OUTCOMES: Final = get_args(Outcome)
FURTHEST: Final = 200_000  # entries that one search by title looks at
PIECE: Final = 1_000  # entries of a walk in one statement


@dataclass(frozen=True)
class Chosen:
    """Which entries. `words`: in the title, or the whole id on either side. `since` and `until`: of their time."""

    run: int | None = None
    entity: str = ""
    outcome: str = ""
    words: str = ""
    since: datetime | None = None
    until: datetime | None = None


ALL: Final = Chosen()


class Past:
    """What was done in one connection."""

    def __init__(self, database: Database, connection_id: int) -> None:
        self.database, self.connection_id = database, connection_id

    def lines(
        self, limit: int, chosen: Chosen = ALL, *, before: int | None = None, furthest: int | None = FURTHEST
    ) -> list[Line]:
        """One page, newest first. The next one begins before the number of the last."""
        with self.database.reading(self.connection_id) as transaction:
            return _Lines(transaction, self.connection_id).page(limit, chosen, before, furthest)

    def every(self, chosen: Chosen = ALL) -> Iterator[Line]:
        """All of them, read a piece at a time: no list of any length need fit into memory."""
        before: int | None = None
        while lines := self.lines(PIECE, chosen, before=before, furthest=None):
            yield from lines
            before = lines[-1].number

    def of_record(
        self, entity: str, ids: Mapping[Side, str | None], limit: int, *, before: int | None = None
    ) -> list[Line]:
        """What was done to one record, under its id on either side, newest first."""
        with self.database.reading(self.connection_id) as transaction:
            return _Lines(transaction, self.connection_id).of_record(entity, ids, limit, before)

    def runs(self, limit: int, *, before: int | None = None) -> list[Mapping[str, Any]]:
        """Newest first. The next page begins before the id of the last."""
        with self.database.reading(self.connection_id) as transaction:
            return _Runs(transaction, self.connection_id).page(limit, before)

    def run(self, number: int) -> Mapping[str, Any] | None:
        with self.database.reading(self.connection_id) as transaction:
            return next(iter(_Runs(transaction, self.connection_id).page(1, number + 1, number)), None)


class _Lines(Rowset):
    table = entry

    def page(self, limit: int, chosen: Chosen, before: int | None, furthest: int | None) -> list[Line]:
        also = self._conditions(chosen)
        words = chosen.words.strip()
        if words:
            found = self._merged([[entry.c.zoho_id == words, *also], [entry.c.xero_id == words, *also]], limit, before)
            if found:
                return found
            also += self._title(words, before, furthest)
        elif chosen.entity and not chosen.outcome and chosen.run is None:
            return self._merged([[entry.c.outcome == outcome, *also] for outcome in OUTCOMES], limit, before)
        if chosen.entity or chosen.outcome or chosen.run is not None:
            return self._read(also, limit, before)
        whole = newest_entries(self.connection_id, limit, before).where(*also)
        return [line_of(row) for row in self.rows(whole)]

    def of_record(self, entity: str, ids: Mapping[Side, str | None], limit: int, before: int | None) -> list[Line]:
        columns = {ZOHO: entry.c.zoho_id, XERO: entry.c.xero_id}
        ways = [[columns[side] == id_, entry.c.entity == entity] for side, id_ in ids.items() if id_]
        return self._merged(ways, limit, before)

    def _merged(self, ways: Sequence[Sequence[sa.ColumnElement[bool]]], limit: int, before: int | None) -> list[Line]:
        """Each way is answered from its index, in the order of the page; all of them at once would not be."""
        found = {line.number: line for way in ways for line in self._read(list(way), limit, before)}
        return [found[number] for number in sorted(found, reverse=True)[:limit]]

    def _read(self, conditions: Sequence[sa.ColumnElement[bool]], limit: int, before: int | None) -> list[Line]:
        statement = sa.select(entry).where(self.mine, *conditions).order_by(entry.c.pk.desc()).limit(limit)
        if before is not None:
            statement = statement.where(entry.c.pk < before)
        return [line_of(row) for row in self.rows(statement)]

    def _conditions(self, chosen: Chosen) -> list[sa.ColumnElement[bool]]:
        conditions: list[sa.ColumnElement[bool]] = []
        if chosen.run is not None:
            conditions.append(entry.c.run_pk == chosen.run)
        if chosen.entity:
            conditions.append(entry.c.entity == chosen.entity)
        if chosen.outcome:
            conditions.append(entry.c.outcome == chosen.outcome)
        if chosen.since is not None:
            conditions.append(entry.c.pk >= self._first_at(chosen.since))
        if chosen.until is not None:
            conditions.append(entry.c.pk < self._first_at(chosen.until))
        return conditions

    def _first_at(self, moment: datetime) -> int:
        """Entries are only appended, so their numbers go with their time: a moment is a number."""
        first = sa.select(entry.c.pk).where(self.mine, entry.c.at >= moment).order_by(entry.c.at, entry.c.pk).limit(1)
        found: int | None = self.transaction.execute(first).scalar()
        return found if found is not None else self._latest() + 1

    def _latest(self) -> int:
        latest = sa.select(sa.func.max(entry.c.pk)).where(self.mine)
        return int(self.transaction.execute(latest).scalar() or 0)

    def _title(self, words: str, before: int | None, furthest: int | None) -> list[sa.ColumnElement[bool]]:
        there = contains(entry.c.words, words)
        if furthest is None:
            return [there]
        return [entry.c.pk >= (before if before is not None else self._latest() + 1) - furthest, there]


class _Runs(Rowset):
    table = run

    def page(self, limit: int, before: int | None, from_: int | None = None) -> list[Mapping[str, Any]]:
        columns = [c for c in run.c if c.name not in ("pk", "connection_id")]
        statement = sa.select(run.c.pk.label("id"), *columns).where(self.mine).order_by(run.c.pk.desc()).limit(limit)
        if before is not None:
            statement = statement.where(run.c.pk < before)
        if from_ is not None:
            statement = statement.where(run.c.pk >= from_)
        return [{**row, "scope": scope_of(row["scope"])} for row in self.rows(statement)]
