"""Line items: who is who, and a three-way merge per paired line and field.

Pure. A link keeps pairs of line ids; every base keeps its own side's lines under its own ids. Lines without a
live pair are first paired by content, then by position among the rest, before any counts as added or removed.
A patch for a side is its whole desired list, in that side's terms: entries with `id` None are new, and `from`
names the line of the other side that an entry stands for. A line removed here and edited there is held.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from extension.sync.canonical import SIDES, UNSET, XERO, ZOHO, Side, Unset, Value, other
from extension.sync.errors import Cannot
from extension.sync.model import FieldRule, Record
from extension.sync.ports import Entity, Resolver

Line = Mapping[str, Value]
Pairs = tuple[tuple[str, str], ...]
OWN = ("id", "from")  # keys of a line that are not its content


@dataclass
class LinesMerge:
    patch: dict[Side, list[dict[str, Value]]] = field(default_factory=dict)
    pairs: Pairs = ()
    hold: Cannot | None = None
    decided: bool = False  # a person's word settled a conflict


def project_line(entity: Entity, to: Side, line: Line, of: Record, resolver: Resolver) -> dict[str, Value]:
    """The line as the other side would hold it, without ids; raises Cannot."""
    return {
        name: entity.project(to, f"lines.{name}", line.get(name), of, resolver)
        for name, rule in entity.line_rules.items()
        if rule.direction != "derived"
    }


def pair_lines(
    entity: Entity,
    lines: Mapping[Side, Sequence[Line]],
    pairs: Iterable[tuple[str, str]],
    records: Mapping[Side, Record],
    resolver: Resolver,
    by_position: bool = True,
) -> Pairs:
    """Live pairs, then equal content, then position among the rest."""
    ids = {s: [str(line["id"]) for line in lines[s]] for s in SIDES}
    kept = [(z, x) for z, x in pairs if z in ids[ZOHO] and x in ids[XERO]]
    rest = {
        ZOHO: [line for line in lines[ZOHO] if line["id"] not in {z for z, _ in kept}],
        XERO: [line for line in lines[XERO] if line["id"] not in {x for _, x in kept}],
    }
    for zoho in list(rest[ZOHO]):
        twin = next((x for x in rest[XERO] if _equal(entity, zoho, x, records, resolver)), None)
        if twin is not None:
            kept.append((str(zoho["id"]), str(twin["id"])))
            rest[ZOHO].remove(zoho)
            rest[XERO].remove(twin)
    if by_position:
        kept += [(str(z["id"]), str(x["id"])) for z, x in zip(rest[ZOHO], rest[XERO], strict=False)]
    order = {id_: n for n, id_ in enumerate(ids[ZOHO])}
    return tuple(sorted(kept, key=lambda pair: order[pair[0]]))


def _equal(entity: Entity, zoho: Line, xero: Line, records: Mapping[Side, Record], resolver: Resolver) -> bool:
    return _holds(entity, XERO, zoho, xero, records, resolver) or _holds(entity, ZOHO, xero, zoho, records, resolver)


def _holds(
    entity: Entity, to: Side, source: Line, target: Line, records: Mapping[Side, Record], resolver: Resolver
) -> bool:
    try:
        projected = project_line(entity, to, source, records[other(to)], resolver)
    except Cannot:
        return False
    return all(projected[name] == target.get(name) for name in projected)


class _LineMerger:
    def __init__(
        self,
        entity: Entity,
        lines: Mapping[Side, Sequence[Line]],
        base: Mapping[Side, Sequence[Line] | Unset],
        records: Mapping[Side, Record],
        resolver: Resolver,
        owner: Side,
        strict: bool,
        takes: Side | None,
    ) -> None:
        self.entity, self.records, self.resolver, self.owner, self.strict = entity, records, resolver, owner, strict
        self.takes, self.decided = takes, False
        self.lines = {s: {str(line["id"]): line for line in lines[s]} for s in SIDES}
        self.base: dict[Side, dict[str, Line]] = {}
        for s in SIDES:
            known = base[s]
            self.base[s] = {} if isinstance(known, Unset) else {str(line["id"]): line for line in known}
        self.unset = {s: isinstance(base[s], Unset) for s in SIDES}
        self.wanted: dict[Side, dict[str, dict[str, Value]]] = {ZOHO: {}, XERO: {}}  # own id -> values that change

    def pair(self, zoho_id: str, xero_id: str) -> None:
        """Merge the fields of one pair into `wanted`."""
        ids: dict[Side, str] = {ZOHO: zoho_id, XERO: xero_id}
        for name, rule in self.entity.line_rules.items():
            if rule.direction == "derived":
                continue
            values = {s: self.lines[s][ids[s]].get(name) for s in SIDES}
            changed = {s: self.base[s].get(ids[s], {}).get(name, UNSET) != values[s] for s in SIDES}
            if not any(changed.values()) or self._agree(name, values):
                continue
            winner = self._winner(ids, name, changed)
            to = other(winner)
            projected = self.entity.project(to, f"lines.{name}", values[winner], self.records[winner], self.resolver)
            self.wanted[to].setdefault(ids[to], {})[name] = projected

    def _agree(self, name: str, values: Mapping[Side, Value]) -> bool:
        for to in SIDES:
            try:
                value = self.entity.project(
                    to, f"lines.{name}", values[other(to)], self.records[other(to)], self.resolver
                )
            except Cannot:
                continue
            if value == values[to]:
                return True
        return False

    def _winner(self, ids: Mapping[Side, str], name: str, changed: Mapping[Side, bool]) -> Side:
        if changed[ZOHO] != changed[XERO]:
            return ZOHO if changed[ZOHO] else XERO
        unset = {s: name not in self.base[s].get(ids[s], {}) for s in SIDES}
        if unset[ZOHO] != unset[XERO]:
            return XERO if unset[ZOHO] else ZOHO
        if self.takes is not None:
            self.decided = True
            return self.takes
        if self.strict:
            raise Cannot("conflict", f"A line's {name} was changed on both sides.", "Choose one of the two values.")
        return self.owner

    def edited(self, side: Side, id_: str, twin: str) -> bool:
        """Whether somebody changed what this line means since it and its twin were in step."""
        line, known = self.lines[side][id_], self.base[side].get(id_)
        if known is None:
            return True
        agreed = self.base[other(side)].get(twin, {})
        changed = [name for name, value in known.items() if name not in OWN and line.get(name) != value]
        return any(name not in agreed or not self._means(side, name, line.get(name), agreed[name]) for name in changed)

    def _means(self, side: Side, name: str, value: Value, agreed: Value) -> bool:
        """A product whose code changed is the same product."""
        try:
            there = self.entity.project(other(side), f"lines.{name}", value, self.records[side], self.resolver)
        except Cannot:
            return False
        return bool(there == agreed)


def merge_lines(
    entity: Entity,
    rule: FieldRule,
    lines: Mapping[Side, Sequence[Line]],
    base: Mapping[Side, Sequence[Line] | Unset],
    pairs: Pairs,
    records: Mapping[Side, Record],
    resolver: Resolver,
    owner: Side,
    strict: bool = False,
    takes: Side | None = None,
) -> LinesMerge:
    """Three-way merge of the lines of one document. Nothing is patched in part: it merges whole or is held.

    `takes`: the side that a person lets count where both sides changed the same."""
    m = _LineMerger(entity, lines, base, records, resolver, owner, strict, takes)
    try:
        first = m.unset[ZOHO] or m.unset[XERO]
        news = _unmatched(m, pairs)
        paired = _pair_news(m, news, pairs, first)
        removed = set() if first else _removed(m, pairs)
        for zoho_id, xero_id in paired:
            m.pair(zoho_id, xero_id)
        patch = _patches(m, paired, removed, first)
    except Cannot as why:
        return LinesMerge(pairs=pairs, hold=why)
    return LinesMerge(patch, paired, decided=m.decided)


def _unmatched(m: _LineMerger, pairs: Pairs) -> dict[Side, list[Line]]:
    """Lines that no live pair names."""
    known = {ZOHO: {z for z, x in pairs if x in m.lines[XERO]}, XERO: {x for z, x in pairs if z in m.lines[ZOHO]}}
    return {s: [line for id_, line in m.lines[s].items() if id_ not in known[s]] for s in SIDES}


def _pair_news(m: _LineMerger, news: Mapping[Side, list[Line]], pairs: Pairs, first: bool) -> Pairs:
    """Pairs of lines that are on both sides now. A line whose twin was removed stays out."""
    half_gone = {
        ZOHO: {z for z, x in pairs if x not in m.lines[XERO]},
        XERO: {x for z, x in pairs if z not in m.lines[ZOHO]},
    }
    loose = {s: [line for line in news[s] if line["id"] not in half_gone[s]] for s in SIDES}
    fresh = pair_lines(m.entity, loose, (), m.records, m.resolver, by_position=first)
    live = [(z, x) for z, x in pairs if z in m.lines[ZOHO] and x in m.lines[XERO]]
    order = {id_: n for n, id_ in enumerate(m.lines[ZOHO])}
    return tuple(sorted([*live, *fresh], key=lambda pair: order[pair[0]]))


def _removed(m: _LineMerger, pairs: Pairs) -> set[tuple[Side, str]]:
    """Lines to remove on a side because their twin was removed on the other; raises Cannot when edited here, unless a
    person let one side count: then it is removed here as well, or comes back there as a new line.
    """
    gone: set[tuple[Side, str]] = set()
    for zoho_id, xero_id in pairs:
        ids: dict[Side, str] = {ZOHO: zoho_id, XERO: xero_id}
        for side in SIDES:
            if ids[side] in m.lines[side] and ids[other(side)] not in m.lines[other(side)]:
                if m.edited(side, ids[side], ids[other(side)]):
                    m.decided = m.takes is not None
                    if m.takes == side:
                        continue
                    if m.takes is None:
                        raise Cannot(
                            "conflict",
                            "A line was removed on one side and edited on the other.",
                            "Remove it on both sides, or add it again.",
                        )
                gone.add((side, ids[side]))
    return gone


def _patches(
    m: _LineMerger, paired: Pairs, removed: set[tuple[Side, str]], first: bool
) -> dict[Side, list[dict[str, Value]]]:
    twin: dict[Side, dict[str, str]] = {ZOHO: dict(paired), XERO: {x: z for z, x in paired}}
    added: dict[Side, list[dict[str, Any]]] = {ZOHO: [], XERO: []}
    for side in SIDES:
        for id_, line in m.lines[side].items():
            if id_ in twin[side] or (side, id_) in removed:
                continue
            if first and side != m.owner:  # two documents that were never in step: the owner's lines stand
                removed.add((side, id_))
                continue
            entry = project_line(m.entity, other(side), line, m.records[side], m.resolver)
            added[other(side)].append({"id": None, "from": id_, **entry})
    patch: dict[Side, list[dict[str, Value]]] = {}
    for side in SIDES:
        stays = [line for id_, line in m.lines[side].items() if (side, id_) not in removed]
        if not (m.wanted[side] or added[side] or len(stays) != len(m.lines[side])):
            continue
        patch[side] = [
            {**line, **m.wanted[side].get(str(line["id"]), {}), "from": twin[side].get(str(line["id"]))}
            for line in stays
        ] + added[side]
    return patch


# ------------------------------------------------------------------ after a write


def changed_names(entry: Line, before: Mapping[str, Line]) -> list[str]:
    """The fields of a sent entry that differ from the line as it was read (all of them for a new line)."""
    old = before.get(str(entry.get("id")))
    return [k for k in entry if k not in OWN and (old is None or old.get(k) != entry[k])]


def landed(sent: Sequence[Line], stored: Sequence[Line]) -> list[tuple[Line, Line]]:
    """Which stored line is which sent entry: equal content first, the rest by place where as many are left."""
    entries, lines = list(sent), list(stored)
    couples: list[tuple[Line, Line]] = []
    for entry in sent:
        same = next((line for line in lines if all(line.get(k) == v for k, v in entry.items() if k not in OWN)), None)
        if same is not None:
            couples.append((entry, same))
            entries.remove(entry)
            lines.remove(same)
    if len(entries) == len(lines):
        couples += zip(entries, lines, strict=True)
    return couples


def as_sent(entry: Line, line: Line) -> dict[str, Value]:
    """A stored line with the values that were sent: what differs from them is an edit since."""
    return {**line, **{k: v for k, v in entry.items() if k not in OWN}}


def moved_bases(
    sent: Sequence[Line],
    stored: Sequence[Line],
    read: Mapping[Side, Sequence[Line]],
    base: Mapping[Side, Sequence[Line]],
    to: Side,
) -> tuple[dict[Side, list[dict[str, Value]]], list[tuple[str, str]]]:
    """The bases and new pairs (own id, other id) after `sent` was written to `to` and came back as `stored`.

    Only the fields that we sent move (design.md decision 4), so that a concurrent edit is still seen as one.
    """
    source = other(to)
    before = {str(line["id"]): line for line in read[to]}
    source_now = {str(line["id"]): line for line in read[source]}
    bases: dict[Side, dict[str, dict[str, Value]]] = {
        s: {str(line["id"]): dict(line) for line in base[s]} for s in SIDES
    }
    by_id = {str(line["id"]): line for line in stored}
    fresh = iter([line for line in stored if str(line["id"]) not in before])
    pairs: list[tuple[str, str]] = []
    for entry in sent:
        landed = by_id.get(str(entry["id"])) if entry.get("id") else next(fresh, None)
        twin = entry.get("from")
        if landed is None:
            continue
        names = changed_names(entry, before)
        own = bases[to].setdefault(str(landed["id"]), {"id": landed["id"]})
        own.update({k: landed.get(k) for k in (names if entry.get("id") else landed) if k not in OWN})
        if twin is not None and twin in source_now:
            theirs = bases[source].setdefault(str(twin), {"id": twin})
            theirs.update({k: source_now[twin].get(k) for k in names})
            pairs.append((str(landed["id"]), str(twin)))
    kept = {str(entry["id"]) for entry in sent if entry.get("id")}
    for id_ in set(before) - kept:
        bases[to].pop(id_, None)
    # a line that vanished from the source is agreed as gone there once its twin is removed here
    bases[source] = {id_: line for id_, line in bases[source].items() if id_ in source_now}
    order = {str(line["id"]): n for n, line in enumerate(stored)}
    source_order = {id_: n for n, id_ in enumerate(source_now)}
    out: dict[Side, list[dict[str, Value]]] = {ZOHO: [], XERO: []}
    out[to] = sorted(bases[to].values(), key=lambda line: order.get(str(line["id"]), len(order)))
    out[source] = sorted(bases[source].values(), key=lambda line: source_order[str(line["id"])])
    return out, pairs
