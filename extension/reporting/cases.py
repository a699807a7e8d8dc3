"""What needs attention, record by record: both sides, why, and what a person may decide about it.

Reads what a page of holds refers to, in a few questions for the whole page. Decides nothing: the ways out are those
of `ways_out`, as far as they can be gone with this very record.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

from extension.reporting import side_by_side, ways_out
from extension.reporting.side_by_side import Row, Rules
from extension.reporting.ways_out import Mend, Reason
from extension.sync.canonical import SIDES, ZOHO, Side, Where, other
from extension.sync.errors import BadInput
from extension.sync.model import FieldRule, Link, Record
from extension.sync.ports import Decision, HoldRow, Rejection
from extension.sync.wishes import SETTLING, spelt


class Numbered(Protocol):
    """A hold with its number."""

    @property
    def number(self) -> int: ...
    @property
    def row(self) -> HoldRow: ...


class Memory(side_by_side.Named, Protocol):
    """What one connection remembers, as far as it is shown here."""

    def by_id(self, entity: str, side: Side, ids: Sequence[str]) -> Sequence[Record]: ...
    def links_of(self, entity: str, side: Side, ids: Sequence[str]) -> Sequence[Link]: ...
    def rejections(self, wheres: Sequence[Where]) -> Sequence[Rejection]: ...
    def decisions_of(self, wheres: Sequence[Where]) -> Sequence[Decision]: ...


@dataclass(frozen=True)
class Point:
    """One hold of a case. `decided`: what a person said of this field; `takes` may be decided about it. `numbers`: the
    field whose two values may be settled by one of `settles`; a word about other values counts for nothing.
    """

    number: int
    code: str
    reason: Reason
    message: str
    hint: str
    field: str | None
    label: str
    takes: bool
    decided: Decision | None
    numbers: str = ""

    @property
    def settles(self) -> list[str]:
        """What may be decided of the two numbers."""
        return [verb for verb in self.reason.ways if verb in SETTLING] if self.numbers else []


@dataclass(frozen=True)
class Candidate:
    """A record that may be the counterpart, or stands in the way. `free`: the two can be linked."""

    record: Record
    facts: Sequence[tuple[str, object]]
    free: bool


@dataclass(frozen=True)
class Case:
    """One record that needs attention."""

    where: Where
    title: str
    points: Sequence[Point]
    rows: Sequence[Row]
    ids: Mapping[Side, str | None]
    gone: Side | None
    linked: bool
    candidates: Sequence[Candidate]
    ways: Sequence[str]
    refused: bool
    decided: Decision | None

    @property
    def entity(self) -> str:
        return self.where[0]

    @property
    def side(self) -> Side:
        return self.where[1]

    @property
    def number(self) -> int:
        return self.points[0].number

    @property
    def mends(self) -> list[Mend]:
        """Settings that cure all of its kind."""
        return list(dict.fromkeys(point.reason.mend for point in self.points if point.reason.mend))

    def asked(self, field: str) -> Point | None:
        """The conflict of this field, where it waits for a word."""
        return next((point for point in self.points if point.takes and point.field == field), None)


def cases(holds: Sequence[Numbered], entities: Mapping[str, Rules], memory: Memory) -> list[Case]:
    """In the order of the holds; those of one record together."""
    return _Reading(holds, entities, memory).cases()


class _Reading:
    """Everything that one page of holds refers to."""

    def __init__(self, holds: Sequence[Numbered], entities: Mapping[str, Rules], memory: Memory) -> None:
        self.holds, self.entities, self.memory = holds, entities, memory
        wheres = list(dict.fromkeys(held.row.where for held in holds))
        related = {where for held in holds for where in held.row.related}
        self.link: dict[Where, Link] = {}
        for entity, side, ids in _grouped([*wheres, *related]):
            for link in memory.links_of(entity, side, ids):
                if link.state == "live":
                    self.link.update({(entity, s, link.ids[s]): link for s in SIDES})
        twins = [(w[0], s, link.ids[s]) for w, link in self.link.items() for s in SIDES]
        self.records: dict[Where, Record] = {}
        for entity, side, ids in _grouped([*wheres, *related, *twins]):
            self.records.update((record.where, record) for record in memory.by_id(entity, side, ids))
        self.titles = side_by_side.titles(entities, self.records.values(), memory)
        self.refused = {each.where: each for each in memory.rejections(wheres)}
        self.decided = {(each.where, each.field): each for each in memory.decisions_of(wheres)}

    def cases(self) -> list[Case]:
        return [self._case(where, list(group)) for where, group in groupby(self.holds, lambda held: held.row.where)]

    def _case(self, where: Where, holds: list[Numbered]) -> Case:
        entity, side, id_ = where
        link = self.link.get(where)
        ids = dict(link.ids) if link else {side: id_, other(side): _nearest(where, holds)}
        pair = {s: self.records.get((entity, s, ids[s] or "")) for s in SIDES}
        points = [self._point(held) for held in holds]
        gone = next((s for s in SIDES if (record := pair[s]) is not None and not record.live), None)
        asked = {p.field: held.row.values.get(p.field, ()) for p, held in zip(points, holds, strict=True) if p.field}
        related = [
            w for held in holds for w in held.row.related if w != where and w != (entity, other(side), ids[other(side)])
        ]
        links = link is None and any("link" in point.reason.ways for point in points)
        candidates = [self._candidate(w, side, links=links) for w in dict.fromkeys(related) if w in self.records]
        record = self.records.get(where)
        refused = self.refused.get(where)
        return Case(
            where,
            holds[0].row.title or (record.title if record else id_),
            points,
            side_by_side.rows(self._rules(entity), pair, asked, self.titles),
            ids,
            gone,
            link is not None,
            candidates,
            _ways(points, linked=link is not None, gone=gone is not None),
            refused is not None and refused.reason in {point.code for point in points},
            self.decided.get((where, "")),
        )

    def _point(self, held: Numbered) -> Point:
        row = held.row
        reason = ways_out.reason(row.reason)
        decided = self.decided.get((row.where, row.field or "*")) or self.decided.get((row.where, "*"))
        label = side_by_side.label(self._rules(row.where[0]), row.field) if row.field else ""
        takes = "take" in reason.ways and row.where[1] == ZOHO and bool(row.field)
        numbers = numbers_of(row)
        if numbers:
            said = self.decided.get((row.where, numbers))
            decided = said if said is not None and said.about == spelt(row.values[numbers]) else None
        kept = decided if takes or numbers else None
        return Point(held.number, row.reason, reason, row.message, row.hint, row.field, label, takes, kept, numbers)

    def _candidate(self, where: Where, side: Side, *, links: bool) -> Candidate:
        record = self.records[where]
        free = links and record.side != side and record.live and where not in self.link
        return Candidate(record, side_by_side.facts(self._rules(where[0]), record, self.titles), free)

    def _rules(self, entity: str) -> Mapping[str, FieldRule]:
        return self.entities[entity].rules if entity in self.entities else {}


def _nearest(where: Where, holds: Sequence[Numbered]) -> str | None:
    """The record that this one was about to be linked with, where it is certain which one that is."""
    sure = [held for held in holds if "link" not in ways_out.reason(held.row.reason).ways]
    others = {w[2] for held in sure for w in held.row.related if w[:2] == (where[0], other(where[1]))}
    return others.pop() if len(others) == 1 else None


def _ways(points: Iterable[Point], *, linked: bool, gone: bool) -> list[str]:
    """The decisions about the record as a whole that can be carried out as it stands."""
    of_a_part = ("take", "link", *SETTLING)
    offered = dict.fromkeys(verb for point in points for verb in point.reason.ways if verb not in of_a_part)
    of_pairs = set(ways_out.GONE) if gone else {"keep"} if linked else set()
    return [verb for verb in offered if (verb in of_pairs if linked else verb not in ways_out.GONE)]


def _grouped(wheres: Iterable[Where]) -> list[tuple[str, Side, list[str]]]:
    groups: dict[tuple[str, Side], set[str]] = defaultdict(set)
    for entity, side, id_ in wheres:
        groups[entity, side].add(id_)
    return [(entity, side, sorted(ids)) for (entity, side), ids in groups.items()]


def titles(wheres: Sequence[Where], memory: Memory) -> list[str]:
    """What these records are called; the id of one that is not known any more."""
    found = {
        record.where: record.title
        for entity, side, ids in _grouped(wheres)
        for record in memory.by_id(entity, side, ids)
    }
    return [found.get(where) or where[2] for where in wheres]


def numbers_of(hold: HoldRow) -> str:
    """The field whose two values a hold is about, where a person may settle them; "": none."""
    if not any(verb in SETTLING for verb in ways_out.reason(hold.reason).ways):
        return ""
    return next((name for name, values in hold.values.items() if len(values) == 2), "")


def asks(hold: HoldRow, verb: str, field: str) -> bool:
    """Whether it is this hold that such a word answers."""
    if verb in SETTLING:
        return verb in ways_out.reason(hold.reason).ways and field == numbers_of(hold)
    return verb != "take" or field in (hold.field, "*")


def decision(hold: HoldRow, verb: str, *, field: str = "", takes: str = "", twin: str = "") -> Decision:
    """What a person says about a hold. Raises BadInput where its reason does not lead there."""
    if verb not in ways_out.reason(hold.reason).ways:
        raise BadInput("This cannot be decided here.", code="no_way", hint="Look at the record again.")
    if verb == "take":
        side = next((s for s in SIDES if s == takes), None)
        if side is None or hold.where[1] != ZOHO or field not in ("*", hold.field):
            raise BadInput("It was not said which side counts in which field.", code="no_side")
        return Decision("take", hold.where, field=field, takes=side)
    if verb == "link":
        if not any(where == (hold.where[0], other(hold.where[1]), twin) for where in hold.related):
            raise BadInput("It was not said which record it belongs with.", code="no_twin")
        return Decision("link", hold.where, twin)
    if verb in SETTLING:
        name = numbers_of(hold)
        if not name:
            raise BadInput("It is not known which two numbers differ.", code="no_values", hint="Run again.")
        return Decision(verb, hold.where, field=name, about=spelt(hold.values[name]))
    return Decision(verb, hold.where)
