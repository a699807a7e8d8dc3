"""What the tests of the sync room are told in: one small entity, records, links, and plans spelled as sentences.

`Thing` is an entity whose rules a test chooses; `Desk` is a store with the simulation's toy kinds on it, from
which a plan is made exactly as the engine makes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from extension.sync.actions import Action, Adopt, Create, Plan, Retire, Update
from extension.sync.canonical import SIDES, XERO, ZOHO, Fields, Placeholder, Side, Value
from extension.sync.errors import Cannot
from extension.sync.judge import Policy
from extension.sync.memory import MemoryStore
from extension.sync.model import FieldRule, Link, Record, Ref, Scope
from extension.sync.plan import make_plan
from extension.sync.ports import Decision, Resolver
from extension.sync.snapshot import Loader, Snapshot
from tests.sim.kinds import Toy

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
DAY = timedelta(days=1)


# ------------------------------------------------------------------ one entity, two records, one link


@dataclass
class Thing:
    """An entity that projects values unchanged, but for what a test says.

    `width`: how many characters a side keeps. `cannot`: field -> the reason why it cannot be projected.
    """

    rules: Mapping[str, FieldRule]
    line_rules: Mapping[str, FieldRule] = field(default_factory=dict)
    width: Mapping[Side, int] = field(default_factory=lambda: {ZOHO: 99, XERO: 99})
    cannot: Mapping[str, str] = field(default_factory=dict)
    name: str = "thing"
    label: str = "thing"
    feeds: Mapping[Side, str] = field(default_factory=lambda: {ZOHO: "Things", XERO: "things"})
    document: bool = False
    capacity: Mapping[Side, int | None] = field(default_factory=lambda: {ZOHO: None, XERO: None})
    unique: Mapping[Side, bool] = field(default_factory=lambda: {ZOHO: True, XERO: True})
    retire_policy: str = "ask"
    directions: tuple[Side, ...] = SIDES
    weighs: Cannot | None = None  # what is wrong with the lines about to be written

    def project(self, to: Side, name: str, value: Value, of: Record, resolver: Resolver) -> Value:
        if name in self.cannot:
            raise Cannot(self.cannot[name], f"{name} cannot travel.")
        return value[: self.width[to]] if isinstance(value, str) else value

    def complete(self, to: Side, fields: Fields, source: Record, resolver: Resolver) -> Fields:
        return fields

    def adoptable(self, zoho: Record, xero: Record, resolver: Resolver) -> None:
        return

    def lines_of(self, record: Record, twin: Record, link: Link | None) -> Sequence[Mapping[str, Value]]:
        return record.fields.get("lines") or []

    def accept_lines(self, to: Side, lines: Sequence[Mapping[str, Value]], there: Record) -> None:
        return

    def check(self, zoho: Record, xero: Record, name: str) -> str | None:
        a, b = zoho.fields[name], xero.fields[name]
        return None if a == b else f"{name}: {a} in the CRM, {b} in Xero."

    def mend(self, records: Mapping[Side, Record], name: str, word: str) -> Mapping[Side, Fields]:
        return {XERO: {"line": "carries it"}} if word == "round" else {}

    def weigh(
        self,
        patch: Mapping[Side, Fields],
        records: Mapping[Side, Record],
        base: Mapping[Side, Fields],
        resolver: Resolver,
    ) -> Mapping[Side, Fields]:
        if self.weighs is not None:
            raise self.weighs
        return {}


def thing(*rules: FieldRule, **ways: Any) -> Thing:
    return Thing({rule.name: rule for rule in rules}, **ways)


class Nobody:
    """A resolver for records that refer to nothing."""

    def counterpart(self, entity: str, side: Side, handle: str) -> Value:
        raise Cannot("waiting", f"No {entity} {handle}.")

    def record(self, entity: str, side: Side, handle: str) -> Record | None:
        return None

    def twin(self, record: Record) -> Record | None:
        return None

    def word(self, record: Record, field: str, values: Sequence[Value]) -> str:
        return ""


def rec(side: Side, id: str = "1", entity: str = "thing", **changes: Any) -> Record:
    """An active record; `changes` are any fields of `Record`."""
    known: dict[str, Any] = {"remote": id, "feed": "Things", "modified": NOW, "fields": {}, "handle": id}
    return Record(entity, side, id, **(known | changes))


def pair(zoho: Fields, xero: Fields, **changes: Any) -> dict[Side, Record]:
    """Both records of a link, by their fields."""
    return {ZOHO: rec(ZOHO, fields=zoho, **changes), XERO: rec(XERO, fields=xero, **changes)}


def linked(zoho: Fields, xero: Fields, **changes: Any) -> Link:
    """A link whose bases are these."""
    known: dict[str, Any] = {"ids": {ZOHO: "1", XERO: "1"}, "base": {ZOHO: zoho, XERO: xero}, "settled": True}
    return Link(7, "thing", **(known | changes))


# ------------------------------------------------------------------ a whole desk


class Desk:
    """A store, the toy kinds, and short ways to put records and links on it. Fields default to what a kind has."""

    def __init__(
        self, *, start_date: datetime | None = None, version: int = 1, retire: str = "archive", ask: bool = False
    ) -> None:
        self.toy = Toy(version=version, ask=ask)
        for kind in self.toy.entities:
            kind.retire_policy = retire
        self.store = MemoryStore({ZOHO: "zoho-org", XERO: "xero-org"}, start_date)
        self.epoch = self.store.acquire("a test", NOW, 3600) or 0

    def put(self, side: Side, kind: str, id: str, key: str | None = "ada", **changes: Any) -> Record:
        """One observed record. `firm=` and `items=` name what it refers to; other changes are fields of `Record`."""
        firm, items = changes.pop("firm", None), changes.pop("items", ())
        entity = self.toy.entity(kind)
        fields = dict.fromkeys(entity.rules) | {"name": key, "email": key, "code": key, "firm": firm}
        fields |= {"twin_id": id if side == XERO else changes.get("stamp"), "ticked": True, "lines": []}
        fields["lines"] = [{"id": f"{side} {n}", "item": item, "quantity": None} for n, item in enumerate(items)]
        fields = {name: fields.get(name) for name in entity.rules} | changes.pop("fields", {})
        parent = Ref("firm", firm) if firm else None
        refs = tuple([parent] if parent else []) + tuple(Ref("item", item) for item in items)
        known: dict[str, Any] = {"remote": id.partition("/")[0], "feed": entity.feeds[side]}
        known |= {"modified": NOW, "fields": fields}
        known |= {"handle": id, "keys": (key,) if key else (), "title": key or "", "version": self.toy.version}
        inside = kind == "person"  # it lives in its firm; an order demands it
        known |= {"scope": parent if inside else None, "refs": refs, "demands": () if inside else refs}
        known |= {"first_seen": NOW}
        record = Record(kind, side, id, **(known | changes))
        with self.store.write(self.epoch) as tx:
            tx.put_records([record])
        return record

    def zoho(self, kind: str, id: str, key: str | None = "ada", **changes: Any) -> Record:
        return self.put(ZOHO, kind, id, key, **changes)

    def xero(self, kind: str, id: str, key: str | None = "ada", **changes: Any) -> Record:
        return self.put(XERO, kind, id, key, **changes)

    def link(self, zoho: Record, xero: Record, **changes: Any) -> Link:
        """In step as they stand, the CRM's stamp included."""
        stamped = replace(zoho, fields={**zoho.fields, "twin_id": xero.id}, stamp=xero.id)
        known: dict[str, Any] = {"base": {ZOHO: stamped.fields, XERO: xero.fields}, "settled": True}
        known |= {"version": self.toy.version}
        link = Link(0, zoho.entity, {ZOHO: zoho.id, XERO: xero.id}, **(known | changes))
        with self.store.write(self.epoch) as tx:
            tx.put_records([stamped])
            return replace(link, id=tx.insert_link(link))

    def both(self, kind: str, id: str, key: str | None = "ada", **changes: Any) -> Link:
        """z1 and x1 of a kind, in step."""
        theirs = dict(changes)
        if changes.get("firm"):
            theirs["firm"] = changes["firm"].replace("z", "x")
        return self.link(self.zoho(kind, f"z{id}", key, **changes), self.xero(kind, f"x{id}", key, **theirs))

    def edit(self, side: Side, kind: str, id: str, *, modified: datetime = NOW, **fields: Any) -> Record:
        """A person changes some fields."""
        old = self.store.by_id(kind, side, [id])[0]
        return self._change(old, modified=modified, fields={**old.fields, **fields})

    def _change(self, old: Record, **changes: Any) -> Record:
        record = replace(old, **changes)
        with self.store.write(self.epoch) as tx:
            tx.put_records([record])
        return record

    def gone(self, side: Side, kind: str, id: str) -> None:
        self._change(self.store.by_id(kind, side, [id])[0], state="gone")

    def decide(self, verb: str, kind: str, id: str, twin: str | None = None, **more: Any) -> None:
        """A person's word about a record; its side is the first letter of its id."""
        side = ZOHO if id.startswith("z") else XERO
        with self.store.write(self.epoch) as tx:
            tx.decide(Decision(verb, (kind, side, id), twin, **more))

    def snapshot(self, focus: Sequence[Record] | None = None) -> Snapshot:
        return Loader(self.store, self.toy).load([e.name for e in self.toy.entities], focus)

    def plan(self, *, named: Iterable[Record] = (), focus: Sequence[Record] | None = None, **scope: Any) -> Plan:
        policy = Policy(Scope(**scope), NOW, self.store.start_date(), frozenset(r.where for r in named))
        return make_plan(self.snapshot(focus), self.toy, policy, [e.name for e in self.toy.entities])

    def tell(self, **scope: Any) -> list[str]:
        """The plan as sentences."""
        return spelled(self.plan(**scope))


def spelled(plan: Plan) -> list[str]:
    """Every action, hold and skip of a plan, each as one short sentence."""
    out = [_action(action) for action in plan.actions]
    out += [f"hold {h.entity} {h.id}: {h.reason}" + (f" ({h.field})" if h.field else "") for h in plan.holds]
    return out + [f"skip {s.entity} {s.id}: {s.reason}" + (" and park" if s.park else "") for s in plan.skips]


def _action(action: Action) -> str:
    match action:
        case Create():
            parent = f" in {_handle(action.parent)}" if action.parent is not None else ""
            return f"create {action.entity} {action.source.id} in {action.side}{parent}"
        case Adopt():
            return f"adopt {action.entity} {action.zoho.id} {action.xero.id} by {action.by}"
        case Update():
            news = [f"{s} {n}={action.patch[s][n]}" for s in SIDES for n in sorted(action.patch[s])]
            quiet = [f"{n} agreed" for n in action.agree] + (["settled"] if action.settles else [])
            return f"update {action.entity} {action.link.ids[ZOHO]}: " + ", ".join(news or quiet or ["bases"])
        case Retire():
            return f"{action.policy} {action.entity} {action.record.id} in {action.side}"
    return f"{action.kind} {action.entity} {action.link.ids[ZOHO]}" + (
        f": {action.reason}" if action.kind == "detach" else ""
    )


def _handle(parent: str | Placeholder) -> str:
    return f"the new {parent.token}" if isinstance(parent, Placeholder) else parent
