"""What all pairings have in common, driven by the connection's field map.

Pure. A record's fields are its own side's values in canonical names; `project` says what the other side would hold
of one, `complete` what a new record there needs beside, `put` spells canonical fields in a body. What is peculiar to
one pairing (keys, references, money) stands in that pairing's own file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from extension.entities.catalogue import Pair
from extension.entities.deep_links import DeepLink
from extension.entities.fields import FieldMap, fitted
from extension.entities.native import Body, Reader, write
from extension.entities.settings import Settings
from extension.sync.actions import Part
from extension.sync.canonical import SIDES, XERO, ZOHO, Fields, Side, Value, other
from extension.sync.errors import Cannot
from extension.sync.model import FieldRule, Link, Record, Row, State
from extension.sync.ports import Probe, Resolver

UNCLEARABLE: Final = frozenset({"number", "money", "date", "ref", "choice", "status", "bool"})
"""Kinds that Xero does not take blank: "" clears a text and nothing else (facts/xero.md T14)."""

STATES: Final[Mapping[str, State]] = {"live": "active", "archived": "gone", "gone": "gone"}


class Pairing:
    """An entity of one connection. Implements `ports.Entity`."""

    pair: ClassVar[Pair]
    id_field: ClassVar[str]  # Xero's name for the record's id

    def __init__(self, settings: Settings) -> None:
        own = settings.entities[self.pair.name]
        self.settings, self.fetched, self.version = settings, settings.fetched, settings.version
        self.name, self.label, self.document = self.pair.name, self.pair.label, self.pair.document
        self.feeds: Mapping[Side, str] = self.pair.feeds
        self.fields = own.fields
        self.rules: Mapping[str, FieldRule] = {name: mapped.rule for name, mapped in own.fields.items()}
        self.line_rules: Mapping[str, FieldRule] = {}
        self.capacity: Mapping[Side, int | None] = {ZOHO: None, XERO: None}
        self.unique: Mapping[Side, bool] = {ZOHO: True, XERO: True}
        self.retire_policy, self.directions = own.retire, own.directions
        self.also_read: Sequence[str] = ()  # of the CRM, beside what is mapped
        self.tick = self._of_kind("tick")
        self.stamp = self._of_kind("xero_id")
        self._link_name = self._name_of("xero_url")
        self._link = DeepLink(self.pair.kind, settings.fetched.short_code)
        self._read = {side: Reader(self._paths(side)) for side in SIDES}

    def _paths(self, side: Side) -> list[tuple[str, Any, Any]]:
        return [(m.name, path, m.clean(side)) for m in self.fields.values() if (path := m.path(side)) is not None]

    def _of_kind(self, kind: str) -> FieldMap | None:
        return next((mapped for mapped in self.fields.values() if mapped.kind == kind), None)

    def _name_of(self, kind: str) -> str | None:
        found = self._of_kind(kind)
        return found.name if found else None

    # ------------------------------------------------------------------ views

    def read(self, side: Side, body: Mapping[str, Any], id_: str) -> dict[str, Value]:
        """The mapped fields of a row, with what is computed on Xero's side."""
        found = self._read[side](body)
        if side == XERO:
            found.update(self.computed(id_, id_))
        elif self.tick is not None:
            found[self.tick.name] = found[self.tick.name] is True
        return found

    def computed(self, id_: str, remote: str) -> dict[str, Value]:
        """What Xero's side says without a field for it: always ticked, its own id, the link to it."""
        found: dict[str, Value] = {}
        if self.tick is not None:
            found[self.tick.name] = True
        if self.stamp is not None:
            found[self.stamp.name] = id_
        if self._link_name is not None:
            found[self._link_name] = self._link.to(remote)
        return found

    def state(self, side: Side, row: Row, fields: Fields) -> State:
        state = STATES[row.state]
        if side == ZOHO and state == "active" and self.tick is not None and fields[self.tick.name] is not True:
            return "out_of_scope"
        return state

    def views(self, side: Side, row: Row, known: Sequence[Record]) -> list[Record]:
        """This entity's views of a row of one of its feeds."""
        raise NotImplementedError

    def stamped(self, fields: Fields) -> str | None:
        """The Xero id that a CRM record carries."""
        return fields.get(self.stamp.name) if self.stamp is not None else None

    # ------------------------------------------------------------------ values

    def project(self, to: Side, name: str, value: Value, of: Record, resolver: Resolver) -> Value:
        mapped = self.fields.get(name)
        if mapped is None or mapped.kind in ("tick", "xero_id", "xero_url"):
            return value
        if value is not None and mapped.kind == "ref":
            return resolver.counterpart(mapped.ref or "", other(to), value)
        twin = resolver.twin(of)
        there = twin.fields.get(name) if twin is not None else None
        if mapped.kind == "choice" and mapped.choices:
            return self._chosen(mapped, to, value, there)
        projected = fitted(mapped, to, value, of)
        if projected is None and there is not None and to == XERO and mapped.kind in UNCLEARABLE:
            raise _unclearable(mapped)
        return projected

    @staticmethod
    def _chosen(mapped: FieldMap, to: Side, value: str | None, there: Value) -> Value:
        """The counterpart of a choice. Where a label has none, the other side keeps its own."""
        if value is None:
            if to == XERO and there is not None:
                raise _unclearable(mapped)
            return None
        here, beyond = (0, 1) if to == XERO else (1, 0)
        for pair in mapped.choices:
            if pair[here] == value:
                return pair[beyond]
        if mapped.label_only:
            return there
        place = "Xero" if to == XERO else "the CRM"
        says = f"{mapped.label}: “{value}” has no counterpart in {place}."
        raise Cannot("value_unmapped", says, "Complete the mapping.")

    def complete(self, to: Side, fields: Fields, source: Record, resolver: Resolver) -> Fields:
        """Defaults of fields that only `to` has; raises Cannot where a field is kept back that it needs."""
        done = dict(fields)
        for mapped in self.fields.values():
            if not mapped.held_by(to) or mapped.name in done:
                continue
            if not mapped.held_by(other(to)) and mapped.default[to] is not None:
                done[mapped.name] = fitted(mapped, to, None, source)
            elif to in mapped.required and mapped.direction != "derived":
                place = "the CRM" if to == ZOHO else "Xero"
                raise Cannot(
                    "missing",
                    f"{mapped.label} does not travel to {place}, which needs it for a new {self.label}.",
                    f"Let {mapped.label} travel both ways, or create the record there by hand.",
                )
        return done

    def adoptable(self, zoho: Record, xero: Record, resolver: Resolver) -> None:
        return None

    def lines_of(self, record: Record, twin: Record, link: Link | None) -> Sequence[Mapping[str, Value]]:
        return record.fields.get("lines") or []

    def accept_lines(self, to: Side, lines: Sequence[Mapping[str, Value]], there: Record) -> None:
        return

    def check(self, zoho: Record, xero: Record, name: str) -> str | None:
        return None

    def mend(self, records: Mapping[Side, Record], name: str, word: str) -> Mapping[Side, Fields]:
        return {}

    def weigh(
        self,
        patch: Mapping[Side, Fields],
        records: Mapping[Side, Record],
        base: Mapping[Side, Fields],
        resolver: Resolver,
    ) -> Mapping[Side, Fields]:
        return {}

    # ------------------------------------------------------------------ bodies

    def body(self, side: Side, part: Part, current: Mapping[str, Any]) -> Body:
        """The body of a write to a row that is this entity's alone; raises Cannot."""
        body = {} if part.read is None else {"id" if side == ZOHO else self.id_field: part.read.remote}
        if part.verb == "retire":
            return body | self.retired(side, part, current)
        self.put(body, side, part, current)
        return body

    def put(self, body: Body, side: Side, part: Part, current: Mapping[str, Any]) -> None:
        """Spell the mapped fields of a part; raises Cannot."""
        for name, value in part.fields.items():
            mapped = self.fields.get(name)
            path = mapped.path(side) if mapped is not None else None
            if mapped is None or path is None:
                continue
            if value is None:
                if part.verb == "create":
                    continue
                if side == XERO and mapped.kind in UNCLEARABLE:
                    raise _unclearable(mapped)
            write(body, path, mapped.native(side, value), current)

    def retired(self, side: Side, part: Part, current: Mapping[str, Any]) -> Body:
        """How a record is put away. The CRM's is unticked: it stays for those who look for it, out of scope."""
        if side == ZOHO and self.tick is not None and self.tick.zoho is not None:
            return {self.tick.zoho.head: False}
        place = "the CRM" if side == ZOHO else "Xero"
        raise Cannot(
            "cannot_retire", f"A {self.label} cannot be put away in {place} by the API.", "Do it there by hand."
        )

    # ------------------------------------------------------------------ finding again

    def locate(self, part: Part, views: Sequence[Record]) -> Record | None:
        """Which of these views is the record that this part created; rows hold one each, unless it says otherwise."""
        return next((view for view in views if view.live), None)

    def probe(self, part: Part) -> Probe:
        source = part.source.id if part.source is not None else None
        return Probe(source, self.probe_key(part), part.fields, part.parent)

    def probe_key(self, part: Part) -> str | None:
        """The native value of the strongest natural key of what a part creates."""
        raise NotImplementedError


def _unclearable(mapped: FieldMap) -> Cannot:
    hint = "Fill it in again, or clear it in Xero by hand."
    return Cannot("cannot_clear", f"{mapped.label} cannot be cleared in Xero.", hint)
