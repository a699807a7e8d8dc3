"""Field-level three-way merge of one link.

Pure. Each side is compared with *its own* base, never with the other side: a service that truncates or
reformats must not look like a person who edited. Values meet only through `Entity.project`. What cannot be
decided here is held, field by field; the other fields travel. `first_base` chooses a base for two records that
were never in step, so that this same merge fills blanks and lets each field's owner decide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from extension.sync.canonical import SIDES, UNSET, XERO, ZOHO, Placeholder, Side, Unset, Value, other
from extension.sync.errors import Cannot
from extension.sync.lines import merge_lines, pair_lines
from extension.sync.model import FieldRule, Link, Record
from extension.sync.ports import Entity, Resolver

ALL = "*"  # a person's word about every field
NEWEST_TOLERANCE = timedelta(minutes=2)  # clocks of two services may differ by this much: then the owner decides


@dataclass(frozen=True)
class FieldHold:
    field: str
    reason: str
    message: str
    hint: str
    values: tuple[Value, Value] = (None, None)  # the CRM's, Xero's


@dataclass
class Merge:
    """What one merge wants: patches per side, bases that move in silence, and what is held or kept back.

    `decided`: the person's words that settled a conflict: a field or "*", and the side that counts. `weighed`: the
    derived fields were compared; `followed`: those among them where a person's word was followed.
    """

    patch: dict[Side, dict[str, Value]] = field(default_factory=lambda: {ZOHO: {}, XERO: {}})
    agree: list[str] = field(default_factory=list)
    lost: dict[str, tuple[Side, Value]] = field(default_factory=dict)
    holds: list[FieldHold] = field(default_factory=list)
    kept_back: list[str] = field(default_factory=list)
    pairs: tuple[tuple[str, str], ...] | None = None
    decided: dict[str, Side] = field(default_factory=dict)
    weighed: bool = False
    followed: set[str] = field(default_factory=set)

    def waits_for(self, word: str) -> bool:
        """Whether a decision of this field ("*": any) may still come to something."""
        open_ = {*self.decided, *self.kept_back, *(hold.field for hold in self.holds)}
        return word in open_ or (word == ALL and bool(open_))

    @property
    def quiet(self) -> bool:
        return not (self.patch[ZOHO] or self.patch[XERO] or self.holds or self.kept_back)


def _attempt(work: Callable[[], Value]) -> tuple[Value, Cannot | None]:
    try:
        return work(), None
    except Cannot as why:
        return UNSET, why


def blank(value: Value) -> bool:
    return value is None or value == "" or value == []


class Merger:
    """The merge of one linked pair under one run's mode."""

    def __init__(
        self,
        entity: Entity,
        link: Link,
        records: Mapping[Side, Record],
        resolver: Resolver,
        may_write: Callable[[Side, FieldRule], bool],
        source: Side | None = None,
        takes: Mapping[str, Side] | None = None,
    ) -> None:
        self.entity, self.link, self.records, self.resolver = entity, link, records, resolver
        self.may_write, self.source, self.takes = may_write, source, takes or {}
        self.out = Merge()

    def run(self) -> Merge:
        derived = []
        for rule in self.entity.rules.values():
            name = rule.name
            if all(name not in self.records[s].fields for s in SIDES):
                continue
            changed = {s: self._changed(s, name) for s in SIDES}
            if not any(changed.values()):
                continue
            if rule.direction == "derived":
                derived.append(name)
            elif rule.lines:
                self._lines(rule)
            else:
                self._field(rule, changed)
        self._weigh()
        self._derived(derived)
        return self.out

    # ---- one field

    def _value(self, side: Side, name: str) -> Value:
        return self.records[side].fields.get(name)

    def _base(self, side: Side, name: str) -> Value | Unset:
        return self.link.base[side].get(name, UNSET)

    def _changed(self, side: Side, name: str) -> bool:
        return name in self.records[side].fields and self._base(side, name) != self._value(side, name)

    def _project(self, to: Side, name: str) -> tuple[Value, Cannot | None]:
        source = self.records[other(to)]
        return _attempt(lambda: self.entity.project(to, name, source.fields.get(name), source, self.resolver))

    def _field(self, rule: FieldRule, changed: Mapping[Side, bool]) -> None:
        name = rule.name
        projected = {s: self._project(s, name) for s in SIDES}  # what each side would hold of the other's value
        if any(projected[s][1] is None and projected[s][0] == self._value(s, name) for s in SIDES):
            self.out.agree.append(name)
            return
        if rule.direction in ("to_zoho", "to_xero"):
            self._one_way(rule, changed, projected)
            return
        said = self._said(name) if all(changed.values()) else None
        winner = said or self._winner(rule, changed)
        if winner is None:
            self._hold(name, "conflict", self._both_values(rule), "Choose one of the two values.")
            return
        to = other(winner)
        if not self.may_write(to, rule):
            self.out.kept_back.append(name)
            return
        self._send(rule, to, projected[to])
        if changed[to] and (said is not None or self._base(to, name) is not UNSET):
            self.out.lost[name] = (to, self._value(to, name))
        if said is not None and name in self.out.patch[to]:
            self._follow(name)

    def _said(self, name: str) -> Side | None:
        """Which side a person lets count in a conflict of this field."""
        return self.takes.get(name) or self.takes.get(ALL)

    def _follow(self, name: str) -> None:
        word = name if name in self.takes else ALL
        self.out.decided[word] = self.takes[word]

    def _winner(self, rule: FieldRule, changed: Mapping[Side, bool]) -> Side | None:
        if changed[ZOHO] != changed[XERO]:
            return ZOHO if changed[ZOHO] else XERO
        unset = {s: self._base(s, rule.name) is UNSET for s in SIDES}
        if unset[ZOHO] != unset[XERO]:  # a person's edit beats news that only a create brought
            return XERO if unset[ZOHO] else ZOHO
        if unset[ZOHO] and blank(self._value(ZOHO, rule.name)) != blank(self._value(XERO, rule.name)):
            return XERO if blank(self._value(ZOHO, rule.name)) else ZOHO
        if self.source is not None:
            return self.source
        return owner_of(rule, self.records)

    def _one_way(
        self, rule: FieldRule, changed: Mapping[Side, bool], projected: Mapping[Side, tuple[Value, Cannot | None]]
    ) -> None:
        to = ZOHO if rule.direction == "to_zoho" else XERO
        if changed[other(to)]:
            if self.may_write(to, rule):
                self._send(rule, to, projected[to])
            else:
                self.out.kept_back.append(rule.name)
        elif self._base(to, rule.name) is UNSET:
            self.out.agree.append(rule.name)
        elif not self.may_write(to, rule):
            self.out.kept_back.append(rule.name)
        else:
            value, why = projected[to]
            if why is None and self.link.put_back.get(f"{to}.{rule.name}", UNSET) == value:
                self._hold(
                    rule.name,
                    "rewritten",
                    f"{rule.label or rule.name} was put back once and changed again.",
                    "Find the workflow or person that changes it, or take the field out of the mapping.",
                )
                return
            self._send(rule, to, projected[to])
            self.out.lost[rule.name] = (to, self._value(to, rule.name))

    def _send(self, rule: FieldRule, to: Side, projected: tuple[Value, Cannot | None]) -> None:
        value, why = projected
        if why is not None:
            self._hold(rule.name, why.reason, why.message, why.hint)
        else:
            self.out.patch[to][rule.name] = value

    def _hold(self, name: str, reason: str, message: str, hint: str, values: tuple[Value, Value] | None = None) -> None:
        values = values or (self._value(ZOHO, name), self._value(XERO, name))
        self.out.holds.append(FieldHold(name, reason, message, hint, values))

    def _both_values(self, rule: FieldRule) -> str:
        zoho, xero = (self._value(s, rule.name) for s in SIDES)
        return f"{rule.label or rule.name} was changed on both sides: {shown(zoho)} in the CRM, {shown(xero)} in Xero."

    # ---- lines and derived fields

    def _lines(self, rule: FieldRule) -> None:
        merged = merge_lines(
            self.entity,
            rule,
            {s: self.entity.lines_of(self.records[s], self.records[other(s)], self.link) for s in SIDES},
            {s: self._base(s, rule.name) for s in SIDES},
            self.link.pairs,
            self.records,
            self.resolver,
            self.source or (owner_of(rule, self.records) or ZOHO),
            strict=rule.owner == "ask" and self.source is None,
            takes=self._said(rule.name),
        )
        if merged.hold is not None:
            self._hold(rule.name, merged.hold.reason, merged.hold.message, merged.hold.hint)
            return
        if not merged.patch:  # else the pairs move with the write; what is kept back moves nothing
            self.out.agree.append(rule.name)
            self.out.pairs = merged.pairs if merged.pairs != self.link.pairs else None
        for side, lines in merged.patch.items():
            if self.may_write(side, rule):
                self.out.patch[side][rule.name] = lines
            else:
                self.out.kept_back.append(rule.name)
        if merged.decided:
            self._took_lines(rule.name)

    def _took_lines(self, name: str) -> None:
        """The other side's lines as they were stay in history, where they are written over."""
        loser = other(self._said(name) or ZOHO)
        if name in self.out.patch[loser]:
            self.out.lost[name] = (loser, self._value(loser, name))
            self._follow(name)

    def _weigh(self) -> None:
        """What the lines are about to come to is foretold: a difference is held before it is sent."""
        rules = [rule.name for rule in self.entity.rules.values() if rule.lines]
        to = [s for s in SIDES if any(name in self.out.patch[s] for name in rules)]
        if not to:
            return
        try:
            more = self.entity.weigh(self.out.patch, self.records, self.link.base, self.resolver)
        except Cannot as why:
            for side in to:  # nothing goes where the wrong total would; what only the other side is told, travels
                self._withdraw(side)
            field = next(iter(why.values), rules[0])
            self._hold(field, why.reason, why.message, why.hint, why.values.get(field))
        else:
            if all(side in to or self.may_write(side, FieldRule(rules[0])) for side in more):
                self._add(more)

    def _withdraw(self, side: Side) -> None:
        for name in self.out.patch[side]:
            self.out.lost.pop(name, None)
        self.out.decided = {word: takes for word, takes in self.out.decided.items() if takes == side}
        self.out.patch[side] = {}
        self.out.pairs = None

    def _add(self, more: Mapping[Side, Mapping[str, Value]]) -> None:
        for side, fields in more.items():
            self.out.patch[side].update(fields)

    def _derived(self, names: list[str]) -> None:
        """Compared, never merged; only once everything they derive from has travelled."""
        self.out.weighed = not (any(self.out.patch.values()) or self.out.holds or self.out.kept_back)
        if not self.out.weighed:
            return
        for name in names:
            problem = self.entity.check(self.records[ZOHO], self.records[XERO], name)
            under = self.entity.rules[name].under
            if problem is None or (under and under in self.out.followed):
                self.out.agree.append(name)
            elif not under or all(hold.field != under for hold in self.out.holds):  # else one word is asked for both
                self._differs(name, problem)

    def _differs(self, name: str, problem: str) -> None:
        """A person's word about exactly these two values is followed once; then they are the base, and agreed."""
        values = (self._value(ZOHO, name), self._value(XERO, name))
        word = self.resolver.word(self.records[ZOHO], name, values)
        if word == "send":
            self.out.agree.append(name)
            self.out.followed.add(name)
            return
        try:
            more = self.entity.mend(self.records, name, word)
        except Cannot as why:
            self._hold(name, why.reason, why.message, why.hint)
            return
        if more and all(self.may_write(side, FieldRule(name)) for side in more):
            self._add(more)
            self.out.followed.add(name)
        else:
            self._hold(name, f"{name}_differs", problem, "Correct the document on one side.")


def owner_of(rule: FieldRule, records: Mapping[Side, Record]) -> Side | None:
    """Who wins a conflict in this field; None: a person decides."""
    if rule.owner == "ask":
        return None
    if rule.owner == "newest":
        gap = records[ZOHO].modified - records[XERO].modified
        if abs(gap) > NEWEST_TOLERANCE:
            return ZOHO if gap > timedelta(0) else XERO
        return ZOHO
    return XERO if rule.owner == "xero" else ZOHO


def shown(value: Value) -> str:
    """A value as a sentence quotes it."""
    if blank(value):
        return "nothing"
    if isinstance(value, Placeholder):
        return "a record not yet linked"
    return f"“{value}”"


def first_base(
    entity: Entity, records: Mapping[Side, Record], resolver: Resolver, *, old: bool
) -> tuple[dict[Side, dict[str, Value]], tuple[tuple[str, str], ...]]:
    """A base for two records that were never in step, and their line pairs.

    A field that already agrees is base on both sides; what differs is left UNSET on the side whose value is to
    travel. `old` (before the start date): both stand as they are, only what Xero decides travels.
    """
    base: dict[Side, dict[str, Any]] = {s: dict(records[s].fields) for s in SIDES}
    pairs: tuple[tuple[str, str], ...] = ()
    for rule in entity.rules.values():
        name = rule.name
        if rule.lines:
            lines = {s: entity.lines_of(records[s], records[other(s)], None) for s in SIDES}
            pairs = pair_lines(entity, lines, (), records, resolver)
        if rule.direction == "derived":
            for s in SIDES:
                base[s].pop(name, None)
        elif rule.direction == "to_zoho":
            base[XERO].pop(name, None)
        elif old:
            continue
        else:
            base[_traveller(entity, rule, records, resolver)].pop(name, None)
    return base, pairs


def _traveller(entity: Entity, rule: FieldRule, records: Mapping[Side, Record], resolver: Resolver) -> Side:
    if rule.direction == "to_xero":
        return ZOHO
    empty = {s: blank(records[s].fields.get(rule.name)) for s in SIDES}
    if empty[ZOHO] != empty[XERO]:
        return XERO if empty[ZOHO] else ZOHO
    return owner_of(rule, records) or ZOHO
