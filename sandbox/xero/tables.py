"""Rows of one kind, with the orders and keys they are asked by.

A row is never changed in place: a write puts a new one. So a snapshot is a copy of references, a refused request is
undone by putting the old rows back, and a lagging list is the old rows of the last seconds. The two sorted lists make
a page of 100,000 rows cost a slice.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import datetime
from typing import Any

Row = dict[str, Any]
KeyOf = Callable[[Row], str | None]

MEMO_SIZE = 16
RECENT_SIZE = 50_000


class Table:
    """One kind of record. `keys` name functions of a row whose values rows are found by; None means not indexed."""

    def __init__(self, name: str, id_field: str, keys: Mapping[str, KeyOf]) -> None:
        self.name = name
        self.id_field = id_field
        self.keys = keys
        self.rows: dict[str, Row] = {}
        self.version = 0
        self._index: dict[str, dict[str, tuple[str, ...]]] = {name: {} for name in keys}
        self._ids: list[str] | None = []
        self._modified: list[tuple[datetime, str]] | None = []
        self._recent: deque[tuple[datetime, str, Row | None]] = deque()
        self._memo: OrderedDict[Hashable, tuple[int, list[str]]] = OrderedDict()

    def copy(self) -> Table:
        twin = Table(self.name, self.id_field, self.keys)
        twin.rows = dict(self.rows)
        twin._index = {name: dict(entries) for name, entries in self._index.items()}
        twin._ids = None if self._ids is None else list(self._ids)
        twin._modified = None if self._modified is None else list(self._modified)
        twin._recent = deque(self._recent)
        return twin

    # Reading

    def get(self, record_id: str) -> Row | None:
        return self.rows.get(record_id.lower())

    def find(self, key: str, value: str) -> list[Row]:
        """The rows with this value of a key, in no particular order."""
        return [self.rows[record_id] for record_id in self._index[key].get(value, ())]

    def find_one(self, key: str, value: str) -> Row | None:
        ids = self._index[key].get(value)
        return self.rows[ids[0]] if ids else None

    @property
    def by_id(self) -> list[str]:
        """All ids, ascending."""
        if self._ids is None:
            self._ids = sorted(self.rows)
        return self._ids

    @property
    def by_modified(self) -> list[tuple[datetime, str]]:
        """(UpdatedDateUTC, id) of all rows, ascending."""
        if self._modified is None:
            self._modified = sorted((row["UpdatedDateUTC"], key) for key, row in self.rows.items())
        return self._modified

    def modified_since(self, moment: datetime) -> list[str]:
        """The ids of rows whose modified time is `moment` or later, in that order."""
        ordered = self.by_modified
        return [record_id for _, record_id in ordered[bisect_left(ordered, (moment, "")) :]]

    def as_of(self, moment: datetime) -> dict[str, Row | None]:
        """What ids that changed after `moment` held at that moment; None where there was nothing."""
        before: dict[str, Row | None] = {}
        for at, record_id, old in reversed(self._recent):
            if at <= moment:
                break
            before[record_id] = old
        return before

    def memo(self, question: Hashable, answer: Callable[[], list[str]]) -> list[str]:
        """The answer to a question about the rows, kept until a row changes: the next page asks again."""
        kept = self._memo.get(question)
        if kept is not None and kept[0] == self.version:
            self._memo.move_to_end(question)
            return kept[1]
        ids = answer()
        self._memo[question] = (self.version, ids)
        while len(self._memo) > MEMO_SIZE:
            self._memo.popitem(last=False)
        return ids

    # Writing

    def fill(self, rows: Iterable[Row]) -> None:
        """Take many rows at once; they count as having always been there."""
        lists: dict[str, dict[str, list[str]]] = {name: {} for name in self.keys}
        for row in rows:
            record_id = row[self.id_field]
            if record_id in self.rows:
                self._exchange(record_id, row)
                continue
            self.rows[record_id] = row
            for name, key_of in self.keys.items():
                if (value := key_of(row)) is not None:
                    lists[name].setdefault(value, []).append(record_id)
        for name, entries in lists.items():
            index = self._index[name]
            index.update({value: index.get(value, ()) + tuple(ids) for value, ids in entries.items()})
        self._ids = self._modified = None
        self.version += 1

    def put(self, record_id: str, row: Row | None, at: datetime) -> Row | None:
        """Replace, add (nothing was there) or remove (row is None); answers with what was there before."""
        old = self._exchange(record_id, row)
        self._recent.append((at, record_id, old))
        if len(self._recent) > RECENT_SIZE:
            self._recent.popleft()
        return old

    def undo(self, record_id: str, old: Row | None) -> None:
        """Take back the newest put, which was of this id."""
        self._exchange(record_id, old)
        self._recent.pop()

    def forget_before(self, moment: datetime) -> None:
        """Drop old rows that no lagging list needs any more."""
        while self._recent and self._recent[0][0] < moment:
            self._recent.popleft()

    def _exchange(self, record_id: str, row: Row | None) -> Row | None:
        old = self.rows.get(record_id)
        self.version += 1
        for name, key_of in self.keys.items():
            before = None if old is None else key_of(old)
            after = None if row is None else key_of(row)
            if before != after:
                self._reindex(self._index[name], record_id, before, after)
        self._reorder(record_id, old, row)
        if row is None:
            self.rows.pop(record_id, None)
        else:
            self.rows[record_id] = row
        return old

    @staticmethod
    def _reindex(index: dict[str, tuple[str, ...]], record_id: str, before: str | None, after: str | None) -> None:
        if before is not None:
            left = tuple(other for other in index[before] if other != record_id)
            if left:
                index[before] = left
            else:
                del index[before]
        if after is not None:
            index[after] = (*index.get(after, ()), record_id)

    def _reorder(self, record_id: str, old: Row | None, row: Row | None) -> None:
        if self._ids is not None and (old is None) != (row is None):
            if old is None:
                insort(self._ids, record_id)
            else:
                del self._ids[bisect_left(self._ids, record_id)]
        if self._modified is not None:
            if old is not None:
                del self._modified[bisect_left(self._modified, (old["UpdatedDateUTC"], record_id))]
            if row is not None:
                insort(self._modified, (row["UpdatedDateUTC"], record_id))
