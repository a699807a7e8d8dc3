"""What was done: runs and their entries. Only ever appended to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from extension.store.figures import Tally
from extension.store.rowset import Rowset, searchable
from extension.store.tables import entry, run
from extension.store.tenancy import connection
from extension.sync.canonical import decode, encode
from extension.sync.continuing import GOES_ON, Counts, summed
from extension.sync.errors import BadInput
from extension.sync.model import Entry, Scope


@dataclass(frozen=True, slots=True)
class Line:
    """One entry with its place in history. `number` leads to the next page."""

    number: int
    run: int
    at: datetime
    entry: Entry


class Runs(Rowset):
    """The runs of one connection."""

    table = run

    def start(self, scope: Scope, at: datetime, host: int | None = None, again: int | None = None) -> int:
        """A run that is still called running here lost its process: the lease was free, or the host's own."""
        lost = sa.update(run).where(self.mine, run.c.state == "running")
        if host is not None:
            lost = lost.where(run.c.pk != host)
        self.transaction.execute(lost.values(state="interrupted", ended_at=at))
        if again is not None and self._goes_on(again):
            return again
        values = {"connection_id": self.connection_id, "trigger": scope.trigger, "scope": asdict(scope)}
        values |= {"state": "running", "started_at": at, "counts": {}, "problem": ""}
        return int(self.transaction.execute(sa.insert(run).values(values).returning(run.c.pk)).scalar_one())

    def _goes_on(self, number: int) -> bool:
        mine = sa.update(run).where(self.mine, run.c.pk == number, run.c.state.in_(GOES_ON))
        return self.transaction.execute(mine.values(state="running", ended_at=None)).rowcount == 1

    def finish(self, number: int, at: datetime, state: str, counts: Counts, problem: str) -> None:
        found = self.rows(sa.select(run.c.counts, run.c.scope).where(self.mine, run.c.pk == number))
        if not found:
            raise BadInput(f"There is no run {number}.")
        ended = {"ended_at": at, "state": state, "counts": summed(found[0]["counts"], counts), "problem": problem}
        self.transaction.execute(sa.update(run).where(self.mine, run.c.pk == number).values(ended))
        if state == "done" and _is_whole(found[0]["scope"]):
            mine = connection.c.pk == self.connection_id
            self.transaction.execute(sa.update(connection).where(mine).values(fresh_at=at))

    def latest(self, limit: int) -> list[Mapping[str, object]]:
        """Newest first."""
        columns = [c for c in run.c if c.name not in ("pk", "connection_id")]
        statement = sa.select(run.c.pk.label("id"), *columns).where(self.mine).order_by(run.c.pk.desc()).limit(limit)
        return [dict(row) for row in self.rows(statement)]


def _is_whole(scope: Mapping[str, Any]) -> bool:
    """Of everything that a run by itself is about: the schedule names what that is."""
    named = scope.get("record") or scope.get("records")
    return not named and (not scope.get("entities") or scope.get("trigger") == "schedule")


class Entries(Rowset):
    """The entries of one connection."""

    table = entry

    def add(self, number: int, at: datetime, entries: Sequence[Entry]) -> None:
        own = {"connection_id": self.connection_id, "run_pk": number, "at": at}
        if entries:
            self.transaction.execute(sa.insert(entry), [{**own, **_values(one)} for one in entries])
            Tally(self.transaction, self.connection_id).add(at, entries)

    def latest(self, number: int | None, limit: int) -> list[Entry]:
        """The newest, oldest of them first."""
        return [line.entry for line in reversed(self.page(limit, run_number=number))]

    def page(
        self,
        limit: int,
        *,
        before: int | None = None,
        run_number: int | None = None,
        record: tuple[str, str] | None = None,
    ) -> list[Line]:
        """Newest first; `record`: (entity, Zoho id)."""
        if run_number is None and record is None:
            return [line_of(row) for row in self.rows(newest_entries(self.connection_id, limit, before))]
        statement = sa.select(entry).where(self.mine).order_by(entry.c.pk.desc()).limit(limit)
        if before is not None:
            statement = statement.where(entry.c.pk < before)
        if run_number is not None:
            statement = statement.where(entry.c.run_pk == run_number)
        if record is not None:
            statement = statement.where(entry.c.entity == record[0], entry.c.zoho_id == record[1])
        return [line_of(row) for row in self.rows(statement)]


def newest_entries(connection_id: int, limit: int, before: int | None = None) -> sa.Select[Any]:
    """Entries of one connection, of whatever kind, newest first: in the order of `entry_latest`, and of nothing else.

    Said as "of this connection, by number", the order is also that of the primary key, and PostgreSQL went backwards
    through the entries of every connection until the page was full: a second for a large connection that did nothing
    lately. A range of connections that holds only this one has an order of its own.
    """
    whose = entry.c.connection_id
    page = sa.select(entry).where(whose >= connection_id).order_by(whose.desc(), entry.c.pk.desc()).limit(limit)
    if before is None:
        return page.where(whose <= connection_id)
    return page.where(sa.tuple_(whose, entry.c.pk) < sa.tuple_(sa.literal(connection_id), sa.literal(before)))


def _values(line: Entry) -> dict[str, Any]:
    values = {name: getattr(line, name) for name in _PLAIN}
    return {**values, "changes": encode(line.changes) if line.changes else None, "words": searchable(line.title)}


def line_of(row: sa.RowMapping) -> Line:
    return Line(row["pk"], row["run_pk"], row["at"], _entry_of(row))


def _entry_of(row: sa.RowMapping) -> Entry:
    changes = decode(row["changes"]) if row["changes"] else {}
    return Entry(**{name: row[name] for name in _PLAIN}, changes=changes)


_PLAIN = ("entity", "outcome", "zoho_id", "xero_id", "side", "reason", "message", "hint", "title")
