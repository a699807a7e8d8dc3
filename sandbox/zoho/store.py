"""The records of the sandbox's CRM, in memory.

A stored record is never changed, only replaced: a snapshot is then a copy of a few dictionaries, and an index that
lags can look at the versions before. Knows no JSON, no HTTP and no rule of a write.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sandbox.zoho.documents import Line
from sandbox.zoho.schema import Module

RECYCLE, PERMANENT = "recycle", "permanent"
SCAN_BEYOND = 5000
SWEEP_BEYOND = 2000
ID_STEPS = (2, 12, 3, 1, 27, 5, 8, 1004)  # ids grow but are not contiguous (facts/zoho.md 5.2, 4)


@dataclass(frozen=True, slots=True)
class Record:
    """One version of one record. Times are seconds since 1970; lookups and people are ids."""

    id: int
    values: Mapping[str, Any]
    created: int
    modified: int
    created_by: int
    modified_by: int
    lines: tuple[Line, ...] = ()
    touched: float = 0.0
    """The exact moment of the write, for indexes that lag."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """A record that went: in the recycle bin, or for good."""

    record: Record
    kind: str
    at: int
    by: int


class Table:
    """The records of one module."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.live: dict[int, Record] = {}
        self.deleted: dict[int, Deleted] = {}
        self.ids: list[int] = []
        self._log: list[tuple[int, int]] = []
        self._past: dict[int, tuple[Record, ...]] = {}
        self._sweep_beyond = SWEEP_BEYOND
        self._index: dict[str, dict[str, tuple[int, ...]]] = {name: {} for name in module.indexed}

    def put(self, record: Record, keep: float = 0.0) -> None:
        """Store a version; those before it can be looked up for `keep` seconds."""
        old = self.live.get(record.id)
        if keep and old is not None:
            self._remember(old, record, keep)
        self.live[record.id] = record
        if old is None:
            _add_sorted(self.ids, record.id)
        if old is None or old.modified != record.modified:
            _add_sorted(self._log, (record.modified, record.id))
            self._compact()
        self._reindex(old, record)

    def as_of(self, record_id: int, moment: float) -> Record | None:
        """The version an index that stopped at `moment` knows; none if there was none yet."""
        versions = (self.live[record_id], *self._past.get(record_id, ()))
        return next((version for version in versions if version.touched <= moment), None)

    def fill(self, records: Iterable[Record]) -> None:
        """Store many at once: sorts the indexes once, not per record."""
        for record in records:
            old = self.live.get(record.id)
            self.live[record.id] = record
            self.deleted.pop(record.id, None)
            self._reindex(old, record)
        self.ids = sorted(self.live)
        self._log = sorted((record.modified, record.id) for record in self.live.values())

    def delete(self, record_id: int, at: int, by: int) -> Record:
        """Into the recycle bin."""
        record = self.live.pop(record_id)
        self.ids.pop(bisect_left(self.ids, record_id))
        self._reindex(record, None)
        self.deleted[record_id] = Deleted(record, RECYCLE, at, by)
        return record

    def purge(self, record_id: int, at: int) -> None:
        """Out of the recycle bin, for good."""
        self.deleted[record_id] = replace(self.deleted[record_id], kind=PERMANENT, at=at)

    def take_back(self, record_id: int) -> Record:
        """Out of the recycle bin; the caller puts it back into the table."""
        if record_id not in self.deleted or self.deleted[record_id].kind != RECYCLE:
            raise KeyError(record_id)
        return self.deleted.pop(record_id).record

    def known(self, record_id: int) -> Record | None:
        """The record, live or in the recycle bin."""
        gone = self.deleted.get(record_id)
        return self.live.get(record_id) or (gone.record if gone and gone.kind == RECYCLE else None)

    def index(self, field: str) -> None:
        """From now on records can be found by this field."""
        if field not in self._index:
            self._index[field] = {}
            for record in self.live.values():
                if value := record.values.get(field):
                    found = self._index[field].get(value.casefold(), ())
                    self._index[field][value.casefold()] = tuple(sorted((*found, record.id)))

    def find(self, field: str, value: str) -> tuple[int, ...]:
        """The ids whose indexed field has this value, whatever its case, oldest first."""
        return self._index[field].get(value.casefold(), ())

    def modified_since(self, since: float) -> list[int] | None:
        """The ids modified at or after `since`, sorted; none if they are so many that a scan is as quick."""
        start = bisect_left(self._log, (since,))
        if len(self._log) - start > SCAN_BEYOND:
            return None
        live = self.live
        return sorted({i for at, i in self._log[start:] if (record := live.get(i)) and record.modified == at})

    def freeze(self) -> tuple[Any, ...]:
        index = {name: dict(values) for name, values in self._index.items()}
        return dict(self.live), dict(self.deleted), list(self.ids), list(self._log), dict(self._past), index

    def thaw(self, frozen: tuple[Any, ...]) -> None:
        live, deleted, ids, log, past, index = frozen
        self.live, self.deleted, self.ids, self._log = dict(live), dict(deleted), list(ids), list(log)
        self._past = dict(past)
        self._index = {name: dict(values) for name, values in index.items()}

    def _remember(self, old: Record, record: Record, keep: float) -> None:
        """Keep the versions an index may still show, one a second, back to the first that is settled."""
        past = self._past.get(record.id, ())
        if int(old.touched) != int(record.touched):
            past = (old, *past)
        settled = record.touched - keep
        depth = next((n for n, version in enumerate(past, 1) if version.touched <= settled), len(past))
        self._past[record.id] = past[:depth]
        if len(self._past) > self._sweep_beyond:
            live = self.live
            recent = {i: past for i, past in self._past.items() if i in live and live[i].touched > settled}
            self._past = {**recent, record.id: past[:depth]}
            self._sweep_beyond = max(SWEEP_BEYOND, 2 * len(self._past))

    def _compact(self) -> None:
        if len(self._log) > 2 * len(self.live) + 1000:
            self._log = sorted((record.modified, record.id) for record in self.live.values())

    def _reindex(self, old: Record | None, new: Record | None) -> None:
        for name, index in self._index.items():
            was = old.values.get(name) if old else None
            now = new.values.get(name) if new else None
            if was == now:
                continue
            if was and old:
                left = tuple(i for i in index.get(was.casefold(), ()) if i != old.id)
                index[was.casefold()] = left
                if not left:
                    del index[was.casefold()]
            if now and new:
                index[now.casefold()] = tuple(sorted((*index.get(now.casefold(), ()), new.id)))


class Store:
    """All tables, and the sequences they share."""

    def __init__(self, modules: Iterable[Module], first_id: int) -> None:
        self.tables = {module.api_name: Table(module) for module in modules}
        self._last_id = first_id
        self._issued = 0
        self._last_stamp = 0
        self.sequences: dict[str, int] = {}

    def next_id(self) -> int:
        """Ids are unique over all modules, line items included."""
        self._issued += 1
        self._last_id += ID_STEPS[self._issued % len(ID_STEPS)]
        return self._last_id

    def reserve_id(self, used: int) -> None:
        """Make the sequence go on above an id that came with a seed."""
        self._last_id = max(self._last_id, used)

    def stamp(self, now: float) -> int:
        """A Modified_Time: whole seconds, never below one given before (facts/zoho.md 5.2, 3)."""
        self._last_stamp = max(self._last_stamp, int(now))
        return self._last_stamp

    def next_in(self, sequence: str, first: int) -> int:
        """The next number of an auto number field."""
        self.sequences[sequence] = self.sequences.get(sequence, first - 1) + 1
        return self.sequences[sequence]

    def freeze(self) -> tuple[Any, ...]:
        tables = {name: table.freeze() for name, table in self.tables.items()}
        return tables, self._last_id, self._issued, self._last_stamp, dict(self.sequences)

    def thaw(self, frozen: tuple[Any, ...]) -> None:
        tables, self._last_id, self._issued, self._last_stamp, sequences = frozen
        self.sequences = dict(sequences)
        for name, table in tables.items():
            self.tables[name].thaw(table)


def _add_sorted(items: list[Any], item: Any) -> None:
    if not items or items[-1] < item:
        items.append(item)
    else:
        insort(items, item)
