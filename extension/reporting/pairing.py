"""Two records of different sides beside each other, for a person who says whether they are the same thing.

Pure. Reads both records of a whole page in a few questions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from extension.reporting import likeness, side_by_side
from extension.reporting.side_by_side import Row, Rules
from extension.sync.canonical import SIDES, XERO, ZOHO, Side, Where, other
from extension.sync.model import Link, Record


class Memory(side_by_side.Named, Protocol):
    """What one connection remembers of records and links."""

    def by_id(self, entity: str, side: Side, ids: Sequence[str]) -> Sequence[Record]: ...
    def links_of(self, entity: str, side: Side, ids: Sequence[str]) -> Sequence[Link]: ...


class Pair(Protocol):
    """Two records that may belong together."""

    @property
    def pk(self) -> int: ...
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


@dataclass(frozen=True)
class Compared:
    """Two records as rows of one table. `free`: nothing is linked with either yet."""

    entity: str
    ids: Mapping[Side, str]
    titles: Mapping[Side, str]
    rows: Sequence[Row]
    free: bool = True
    number: int = 0
    score: int = 0
    sure: bool = False
    reasons: str = ""

    @property
    def title(self) -> str:
        """One name where both are called so."""
        return " · ".join(dict.fromkeys(title for title in self.titles.values() if title))


def proposed(pairs: Sequence[Pair], entities: Mapping[str, Rules], memory: Memory) -> list[Compared]:
    """Both records of every pair."""
    ends = [_ends(pair.entity, {ZOHO: pair.zoho_id, XERO: pair.xero_id}) for pair in pairs]
    reading = _Reading([where for both in ends for where in both.values()], entities, memory)
    return [
        reading.compared(both, True, pair.pk, pair.score, pair.sure, ", ".join(map(_said, pair.reasons)))
        for pair, both in zip(pairs, ends, strict=True)
    ]


def candidates(record: Record, ids: Iterable[str], entities: Mapping[str, Rules], memory: Memory) -> list[Compared]:
    """One record beside each of these of the other side, as far as they live."""
    entity, there = record.entity, other(record.side)
    wanted = list(dict.fromkeys(ids))
    linked = {link.ids[there] for link in memory.links_of(entity, there, wanted) if link.state == "live"}
    reading = _Reading([record.where, *((entity, there, id_) for id_ in wanted)], entities, memory)
    return [
        reading.compared(_ends(entity, {record.side: record.id, there: id_}), id_ not in linked)
        for id_ in wanted
        if (found := reading.records.get((entity, there, id_))) is not None and found.live
    ]


def _ends(entity: str, ids: Mapping[Side, str]) -> dict[Side, Where]:
    return {side: (entity, side, ids[side]) for side in SIDES}


def _said(reason: str) -> str:
    return likeness.WORDS.get(reason, reason)


class _Reading:
    """The records of one page, and what those are called that they refer to."""

    def __init__(self, wheres: Sequence[Where], entities: Mapping[str, Rules], memory: Memory) -> None:
        groups: dict[tuple[str, Side], set[str]] = defaultdict(set)
        for entity, side, id_ in wheres:
            groups[entity, side].add(id_)
        found = (memory.by_id(entity, side, sorted(ids)) for (entity, side), ids in groups.items())
        self.records = {record.where: record for records in found for record in records}
        self.entities = entities
        self.titles = side_by_side.titles(entities, self.records.values(), memory)

    def compared(
        self,
        ends: Mapping[Side, Where],
        free: bool,
        number: int = 0,
        score: int = 0,
        sure: bool = False,
        reasons: str = "",
    ) -> Compared:
        both = {side: self.records.get(ends[side]) for side in SIDES}
        entity = ends[ZOHO][0]
        rules = self.entities[entity].rules if entity in self.entities else {}
        titles = {side: record.title if record else "" for side, record in both.items()}
        rows = side_by_side.rows(rules, both, {}, self.titles)
        return Compared(entity, {s: ends[s][2] for s in SIDES}, titles, rows, free, number, score, sure, reasons)
