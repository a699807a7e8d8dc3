"""Line items: who is who, and a three-way merge per paired line and field.

Pure. A link keeps pairs of line ids; every base keeps its own side's lines under its own ids. Lines without a
live pair are first paired by content, then by position among the rest, before any counts as added or removed.
A patch for a side is its whole desired list, in that side's terms: entries with `id` None are new, and `from`
names the line of the other side that an entry stands for. A line removed here and edited there is held.

A line of one side may stand for an amount in the header of the other's document: there its id begins with HEADER, and
of such a pair nothing but `amount` travels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from extension.sync import line_order
from extension.sync.canonical import SIDES, UNSET, XERO, ZOHO, Side, Unset, Value, other
from extension.sync.errors import Cannot
from extension.sync.model import AMOUNT, FieldRule, Pairs, Record, of_header
from extension.sync.ports import Entity, Resolver

Line = Mapping[str, Value]
OWN = ("id", "from")  # keys of a line that are not its content
HEADER_RULES: Final[Mapping[str, FieldRule]] = {AMOUNT: FieldRule(AMOUNT, label="Amount")}


@dataclass
class LinesMerge:
    patch: dict[Side, list[dict[str, Value]]] = field(default_factory=dict)
    pairs: Pairs = ()
    hold: Cannot | None = None
    decided: bool = False  # a person's word settled a conflict


def rules_of(entity: Entity, *ids: object) -> Mapping[str, FieldRule]:
    """What travels between the lines of a pair."""
    return HEADER_RULES if any(of_header(id_) for id_ in ids) else entity.line_rules


def project_line(
    entity: Entity, to: Side, line: Line, of: Record, resolver: Resolver, rules: Mapping[str, FieldRule] | None = None
) -> dict[str, Value]:
    """The line as the other side would hold it, without ids; raises Cannot."""
    return {
        name: entity.project(to, f"lines.{name}", line.get(name), of, resolver)
        for name, rule in (entity.line_rules if rules is None else rules).items()
        if rule.direction != "derived"
    }


def _as_new(entity: Entity, rule: FieldRule, to: Side, line: Line, of: Record, resolver: Resolver) -> dict[str, Value]:
    """The line as an entry of a patch of `to`, which has no such line yet; raises Cannot."""
    if of_header(line["id"]):  # what it becomes there, the entity alone knows
        (entry,) = entity.project(to, rule.name, [line], of, resolver)
        return dict(entry)
    return {"id": None, "from": line["id"], **project_line(entity, to, line, of, resolver)}


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
        whole = {s: [line for line in rest[s] if not of_header(line["id"])] for s in SIDES}
        kept += [(str(z["id"]), str(x["id"])) for z, x in zip(whole[ZOHO], whole[XERO], strict=False)]
    order = {id_: n for n, id_ in enumerate(ids[ZOHO])}
    return tuple(sorted(kept, key=lambda pair: order[pair[0]]))


def _equal(entity: Entity, zoho: Line, xero: Line, records: Mapping[Side, Record], resolver: Resolver) -> bool:
    return _holds(entity, XERO, zoho, xero, records, resolver) or _holds(entity, ZOHO, xero, zoho, records, resolver)


def _holds(
    entity: Entity, to: Side, source: Line, target: Line, records: Mapping[Side, Record], resolver: Resolver
) -> bool:
    rules = rules_of(entity, source["id"], target["id"])
    try:
        projected = project_line(entity, to, source, records[other(to)], resolver, rules)
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
        for name, rule in rules_of(self.entity, zoho_id, xero_id).items():
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
        rules = rules_of(self.entity, id_, twin)
        changed = [name for name, value in known.items() if name in rules and line.get(name) != value]
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
        if not first:  # one that both sides agree is gone: an amount of the header may come back under its old id
            pairs = tuple((z, x) for z, x in pairs if z in m.base[ZOHO] or x in m.base[XERO])
        news = _unmatched(m, pairs)
        paired = _pair_news(m, news, pairs, first)
        removed = set() if first else _removed(m, pairs)
        for zoho_id, xero_id in paired:
            m.pair(zoho_id, xero_id)
        patch = _patches(m, rule, paired, removed, first)
        for side, wanted in patch.items():
            entity.accept_lines(side, wanted, records[side])
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
    m: _LineMerger, rule: FieldRule, paired: Pairs, removed: set[tuple[Side, str]], first: bool
) -> dict[Side, list[dict[str, Value]]]:
    twin: dict[Side, dict[str, str]] = {ZOHO: dict(paired), XERO: {x: z for z, x in paired}}
    added: dict[Side, dict[str, dict[str, Any]]] = {ZOHO: {}, XERO: {}}
    for side in SIDES:
        for id_, line in m.lines[side].items():
            if id_ in twin[side] or (side, id_) in removed:
                continue
            if first and side != m.owner:  # two documents that were never in step: the owner's lines stand
                removed.add((side, id_))
                continue
            added[other(side)][NEW + id_] = _as_new(m.entity, rule, other(side), line, m.records[side], m.resolver)
    leads = None if first else _leads(m, paired)
    patch: dict[Side, list[dict[str, Value]]] = {}
    for side in SIDES:
        stays = {id_: line for id_, line in m.lines[side].items() if (side, id_) not in removed}
        order = _order(side, m, twin, {**stays, **added[side]}, leads == other(side))
        if not (m.wanted[side] or len(stays) != len(m.lines[side]) or order != list(stays)):
            continue
        entries = {
            id_: {**line, **m.wanted[side].get(id_, {}), "from": twin[side].get(id_)} for id_, line in stays.items()
        }
        patch[side] = [(entries | added[side])[id_] for id_ in order]
        # What is left out of the header stays there: an amount that goes is said to be none.
        gone = [line for id_, line in m.lines[side].items() if id_ not in stays and of_header(id_)]
        patch[side] += [{**line, AMOUNT: None, "from": None} for line in gone]
    return patch


NEW: Final = "new "  # begins what stands for a line to come, named after the line that it is made of


def _leads(m: _LineMerger, paired: Pairs) -> Side | None:
    """The side on which somebody moved lines, so that the other follows: where both did, the owner's."""
    whole = [pair for pair in paired if not any(of_header(id_) for id_ in pair)]
    about = {ZOHO: {z for z, _ in whole}, XERO: {x for _, x in whole}}
    movers = [s for s in SIDES if line_order.moved(m.base[s], m.lines[s], about[s])]
    return (m.takes or m.owner) if len(movers) == len(SIDES) else movers[0] if movers else None


def _order(
    side: Side, m: _LineMerger, twin: Mapping[Side, Mapping[str, str]], has: Mapping[str, Line], follows: bool
) -> list[str]:
    """Own ids, and new lines, as they are to stand; amounts of the header are in no order: they come last."""
    own = [id_ for id_ in m.lines[side] if id_ in has]
    theirs = [
        mine
        for id_ in m.lines[other(side)]
        for mine in [twin[other(side)].get(id_, NEW + id_)]
        if mine in has and (mine.startswith(NEW) or not (of_header(id_) or of_header(mine)))
    ]
    order = line_order.woven(theirs, own) if follows else line_order.woven(own, theirs)
    return sorted(order, key=of_header)
