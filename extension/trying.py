"""A field map that is not saved yet, tried on one real record: what each side holds, and what would be written.

The record and its twin are read from the services now, seen through the map, and judged by the same merge that a run
uses. Nothing is written, to the services or to memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from extension.bootstrap import Connection, House
from extension.entities.entity import Pairing
from extension.entities.fields import FieldMap
from extension.entities.registry import Registry, build
from extension.sync.canonical import SIDES, ZOHO, Placeholder, Side, Value, other
from extension.sync.errors import BadInput, Cannot
from extension.sync.judge import Policy
from extension.sync.merge import Merger
from extension.sync.model import Link, Record, Scope
from extension.sync.plan import Planner
from extension.sync.ports import Remote
from extension.sync.snapshot import Loader


@dataclass(frozen=True)
class Candidate:
    """A record that the map may be tried on; `value` names it in a form."""

    value: str
    title: str
    side: Side


@dataclass(frozen=True)
class TriedRow:
    """One row of the map. `writes`: what either side would be given; `problem`: why it is not decided."""

    label: str
    values: Mapping[Side, str]
    writes: Mapping[Side, str] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True)
class Tried:
    """What the map makes of one record. `ids`: None where that side has none yet."""

    title: str
    ids: Mapping[Side, str | None]
    rows: tuple[TriedRow, ...]
    problem: str = ""


def candidates(house: House, connection: Connection, entity: str) -> list[Candidate]:
    """The CRM's newest records first, as far as they were fetched."""
    found = [each for side in SIDES for each in house.newest(connection, entity, side)]
    return [Candidate(f"{each.side}:{each.id}", each.title or each.id, each.side) for each in found]


def tried(house: House, connection: Connection, settings: Mapping[str, Any], entity: str, side: str, id_: str) -> Tried:
    """Raises BadInput where the record is not known (any more), RemoteError where a service does not answer."""
    registry = build(settings, connection.fetched)
    store = house.store(connection)
    start: Side = ZOHO if side == ZOHO else other(ZOHO)
    stored = store.by_id(entity, start, [id_])
    if not stored:
        raise BadInput("This record is not known here (any more).", code="no_record", hint="Fetch the data again.")
    link = next((each for each in store.links_of(entity, start, [id_]) if each.state == "live"), None)
    known = {start: stored[0]}
    if link is not None:
        known |= {each.side: each for each in store.by_id(entity, other(start), [link.ids[other(start)]])}
    remotes = house.remotes(connection, registry)
    records = {at: _read(store, registry, remotes[at], record) for at, record in known.items()}
    snap = Loader(store, registry).load([entity], list(records.values()))
    planner = Planner(snap, registry, Policy(Scope(), house.clock.now()))
    work = _Trial(registry.entity(entity), planner, records)
    if link is not None and len(records) == len(SIDES):
        return work.linked(link)
    return work.alone(records[start])


def _read(store: Any, registry: Registry, remote: Remote, stored: Record) -> Record:
    """The record as it is now, seen through the map."""
    row = remote.fetch(stored.feed, [stored.remote]).get(stored.remote)
    if row is None:
        raise BadInput("This record was deleted meanwhile.", code="no_record", hint="Choose another one.")
    views = registry.views(stored.side, row, store.by_remote(stored.side, stored.feed, [stored.remote]))
    found = next((view for view in views if (view.entity, view.id) == (stored.entity, stored.id)), None)
    if found is None:
        raise BadInput("This record is not what it was.", code="no_record", hint="Fetch the data again.")
    return found


class _Trial:
    """One record, or two that are linked, under the map."""

    def __init__(self, entity: Pairing, planner: Planner, records: Mapping[Side, Record]) -> None:
        self.entity, self.planner, self.records = entity, planner, records

    def linked(self, link: Link) -> Tried:
        """By the merge of a run over everything, both ways."""
        merge = Merger(self.entity, link, self.records, self.planner, self._may_write).run()
        problems = {hold.field: hold.message for hold in merge.holds}
        rows = [
            self._row(
                mapped,
                {side: merge.patch[side][mapped.name] for side in SIDES if mapped.name in merge.patch[side]},
                problems.get(mapped.name, ""),
            )
            for mapped in self.entity.fields.values()
        ]
        return Tried(self.records[ZOHO].title, dict(link.ids), tuple(rows))

    def alone(self, record: Record) -> Tried:
        """What a new record on the other side would be given."""
        to = other(record.side)
        given: dict[str, Value] = {}
        problems: dict[str, str] = {}
        for name, rule in self.entity.rules.items():
            if name not in record.fields or not rule.allows(to):
                continue
            try:
                given[name] = self.entity.project(to, name, record.fields[name], record, self.planner)
            except Cannot as why:
                problems[name] = why.message
        problem = "" if to in self.entity.directions else "This module does not write to that side."
        try:
            done = self.entity.complete(to, {k: v for k, v in given.items() if v is not None}, record, self.planner)
        except Cannot as why:
            done, problem = given, problem or why.message
        rows = [
            self._row(mapped, {to: done[mapped.name]} if mapped.name in done else {}, problems.get(mapped.name, ""))
            for mapped in self.entity.fields.values()
        ]
        return Tried(record.title, {record.side: record.id, to: None}, tuple(rows), problem)

    def _may_write(self, to: Side, rule: Any) -> bool:
        return to in self.entity.directions and bool(rule.allows(to))

    # ------------------------------------------------------------------ words

    def _row(self, mapped: FieldMap, writes: Mapping[Side, Value], problem: str) -> TriedRow:
        values = {
            side: self._said(mapped, side, self.records[side].fields.get(mapped.name)) if side in self.records else ""
            for side in SIDES
        }
        said = {side: self._said(mapped, side, value) or "(blank)" for side, value in writes.items()}
        return TriedRow(mapped.label, values, said, problem)

    def _said(self, mapped: FieldMap, side: Side, value: Value) -> str:
        """A value as people know it: names for ids."""
        if value is None:
            return ""
        if isinstance(value, Placeholder):
            return "a record yet to be created"
        if isinstance(value, bool):
            return "yes" if value else "no"
        if mapped.kind == "ref":
            found = self.planner.record(mapped.ref or "", side, str(value))
            return found.title if found is not None else str(value)
        if mapped.kind == "choice":
            place = SIDES.index(side)
            return next((pair[0] for pair in mapped.choices if pair[place] == value), str(value))
        return str(value)
