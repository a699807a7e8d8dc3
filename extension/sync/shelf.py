"""Records and links in plain dicts, with their indexes and the to-do list.

Standard library only. Every change goes through an `Undo`, which can take it back: a transaction costs what it
touched, never a copy of the world. Which records the plan must look at is `model.is_dirty` and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from extension.sync.canonical import SIDES, Side, Where
from extension.sync.errors import SyncError
from extension.sync.model import Link, Record, is_dirty

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

Mark = tuple[str, ...]
"""One entry of the index: what kind of mark, and its value."""


class Undo:
    """Changes of dicts and sets, with the way back."""

    __slots__ = ("_steps",)

    def __init__(self) -> None:
        self._steps: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []

    def put(self, where: dict[K, V], key: K, value: V) -> None:
        if key in where:
            self._steps.append((where.__setitem__, (key, where[key])))
        else:
            self._steps.append((where.pop, (key,)))
        where[key] = value

    def drop(self, where: dict[K, V], key: K) -> None:
        if key in where:
            self._steps.append((where.__setitem__, (key, where.pop(key))))

    def add(self, where: set[K], item: K) -> None:
        if item not in where:
            self._steps.append((where.discard, (item,)))
            where.add(item)

    def discard(self, where: set[K], item: K) -> None:
        if item in where:
            self._steps.append((where.add, (item,)))
            where.discard(item)

    def extend(self, where: list[V], items: Iterable[V]) -> None:
        self._steps.append((where.__delitem__, (slice(len(where), None),)))
        where.extend(items)

    def attribute(self, owner: object, name: str, value: object) -> None:
        self._steps.append((setattr, (owner, name, getattr(owner, name))))
        setattr(owner, name, value)

    def keep(self) -> None:
        self._steps.clear()

    def roll_back(self) -> None:
        while self._steps:
            step, arguments = self._steps.pop()
            step(*arguments)


def marks_of(record: Record) -> frozenset[Mark]:
    """Everything that a record is found by, besides its id."""
    entity, side, _ = record.where
    marks: list[Mark] = [
        ("handle", entity, side, record.handle),
        ("remote", side, record.feed, record.remote),
    ]
    if record.stamp:
        marks.append(("stamp", entity, side, record.stamp))
    if record.live:
        marks.append(("live", entity, side))
        marks.append(("live remote", side, record.feed))
        if record.restless:
            marks.append(("restless", side, record.feed))
        marks.extend(("key", entity, key) for key in record.keys)
        if record.scope:
            marks.append(("scope", entity, side, record.scope.handle))
    return frozenset(marks)


def same_content(old: Record, new: Record) -> bool:
    """Whether a person who parked `old` would find nothing new in `new`."""
    return (
        old.state == new.state
        and old.births == new.births
        and old.stamp == new.stamp
        and old.keys == new.keys
        and old.scope == new.scope
        and old.digest == new.digest
    )


class Shelf:
    """The records and links of one connection."""

    def __init__(self, undo: Undo) -> None:
        self.undo = undo
        self.records: dict[Where, Record] = {}
        self.links: dict[int, Link] = {}
        self.seen: dict[tuple[Side, str, str], datetime] = {}
        self._marks: dict[Where, frozenset[Mark]] = {}
        self._index: dict[Mark, set[Where]] = {}
        self._dirty: dict[str, set[Where]] = {}
        self._parked: set[Where] = set()
        self._links_of: dict[Where, set[int]] = {}
        self._live: dict[Where, int] = {}
        self._last_link = 0

    # -------------------------------------------------------------- looking things up

    def marked(self, *marks: Mark) -> set[Where]:
        """The records that carry one of these marks."""
        if len(marks) == 1:
            return self._index.get(marks[0], set())
        return set().union(*(self._index.get(mark, ()) for mark in marks))

    def dirty(self, entity: str) -> set[Where]:
        return self._dirty.get(entity, set())

    def links_of(self, where: Where) -> set[int]:
        return self._links_of.get(where, set())

    def link_of(self, where: Where) -> Link | None:
        """The link that governs a record: the live one, else the newest."""
        if where in self._live:
            return self.links[self._live[where]]
        ids = self._links_of.get(where)
        return self.links[max(ids)] if ids else None

    # -------------------------------------------------------------- records

    def put(self, record: Record) -> None:
        where = record.where
        old = self.records.get(where)
        first_seen = (old.first_seen if old else None) or record.first_seen or record.read_at
        if record.first_seen != first_seen or not record.handle:
            record = replace(record, first_seen=first_seen, handle=record.handle or record.id)
        if old is not None and where in self._parked and not same_content(old, record):
            self.undo.discard(self._parked, where)
        self.undo.put(self.records, where, record)
        self._mark(where, marks_of(record))
        self.judge(where)

    def _mark(self, where: Where, marks: frozenset[Mark]) -> None:
        before = self._marks.get(where, frozenset())
        if before == marks:
            return
        for mark in before - marks:
            self.undo.discard(self._index[mark], where)
        for mark in marks - before:
            self.undo.add(self._index.setdefault(mark, set()), where)
        self.undo.put(self._marks, where, marks)

    def mark_gone(self, side: Side, feed: str, remotes: Sequence[str], at: datetime) -> None:
        for where in self.marked(*(("remote", side, feed, remote) for remote in remotes)).copy():
            record = self.records[where]
            if record.live:
                self.put(replace(record, state="gone", read_at=at))

    # -------------------------------------------------------------- the to-do list

    def judge(self, where: Where) -> None:
        """Keeps the to-do list right for one record."""
        record = self.records.get(where)
        if record is None:
            return
        todo = self._dirty.setdefault(record.entity, set())
        if where not in self._parked and is_dirty(record, self.link_of(where)):
            self.undo.add(todo, where)
        else:
            self.undo.discard(todo, where)

    def park(self, wheres: Iterable[Where]) -> None:
        for where in wheres:
            if where in self.dirty(where[0]):
                self.undo.add(self._parked, where)
                self.judge(where)

    def unpark(self) -> None:
        for where in list(self._parked):
            self.undo.discard(self._parked, where)
            self.judge(where)

    # -------------------------------------------------------------- links

    def insert_link(self, link: Link) -> int:
        self._last_link += 1  # never taken back: an id that was handed out once is not used again
        link = replace(link, id=self._last_link)
        self._store(link)
        return link.id

    def update_link(self, link: Link) -> None:
        old = self.links.get(link.id)
        if old is None:
            raise SyncError(f"There is no link {link.id}.", code="no_link")
        self._check_free(link)
        for where in _ends(old):
            self.undo.discard(self._links_of[where], link.id)
            if self._live.get(where) == link.id:
                self.undo.drop(self._live, where)
        self._store(link)
        for where in _ends(old):
            self.judge(where)

    def _check_free(self, link: Link) -> None:
        if link.state == "live" and any(self._live.get(where, link.id) != link.id for where in _ends(link)):
            raise SyncError("One of the two records is linked already.", code="already_linked")

    def _store(self, link: Link) -> None:
        self._check_free(link)
        self.undo.put(self.links, link.id, link)
        for where in _ends(link):
            self.undo.add(self._links_of.setdefault(where, set()), link.id)
            if link.state == "live":
                self.undo.put(self._live, where, link.id)
            self.undo.discard(self._parked, where)  # a link is news to whoever parked the record
            self.judge(where)


def _ends(link: Link) -> list[Where]:
    return [(link.entity, side, link.ids[side]) for side in SIDES]
