"""Four toy pairings with the shapes that the real ones have.

firm (a parent, unique name) · person (in Zoho a record of its own, in Xero a part of the firm's row) ·
item (unique code) · order (number, refers to a firm, lines refer to items, a derived total). In some worlds an
order's number counts within its firm, and nothing refuses a second one: as a supplier's number of a bill.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from extension.sync.actions import Part
from extension.sync.canonical import XERO, ZOHO, Fields, Side, Value
from extension.sync.errors import Cannot
from extension.sync.model import FieldRule, Link, Record, Ref, Row
from extension.sync.ports import Probe, Resolver

PERSONS = 3


@dataclass
class Kind:
    name: str
    feeds: Mapping[Side, str]
    rules: Mapping[str, FieldRule]
    key: str
    line_rules: Mapping[str, FieldRule] = field(default_factory=dict)
    document: bool = False
    capacity: Mapping[Side, int | None] = field(default_factory=lambda: {ZOHO: None, XERO: None})
    unique: Mapping[Side, bool] = field(default_factory=lambda: {ZOHO: True, XERO: True})
    retire_policy: str = "archive"
    directions: tuple[Side, ...] = (ZOHO, XERO)
    width: Mapping[Side, int] = field(default_factory=lambda: {ZOHO: 99, XERO: 99})
    label: str = field(init=False)

    def __post_init__(self) -> None:
        self.label = self.name

    def project(self, to: Side, name: str, value: Value, of: Record, resolver: Resolver) -> Value:
        rule = self.line_rules[name[6:]] if name.startswith("lines.") else self.rules[name]
        if rule.ref is not None:
            return None if value is None else resolver.counterpart(rule.ref, of.side, value)
        if rule.lines:
            return [
                {"id": None, "from": line["id"]}
                | {n: self.project(to, f"lines.{n}", line.get(n), of, resolver) for n in self.line_rules}
                for line in value or []
            ]
        if name in ("twin_id", "ticked"):
            return value
        return (value[: self.width[to]] or None) if isinstance(value, str) else value

    def complete(self, to: Side, fields: Fields, source: Record, resolver: Resolver) -> Fields:
        if not source.keys:
            raise Cannot("no_key", f"This {self.name} has no {self.key}.")
        return dict(fields)

    def adoptable(self, zoho: Record, xero: Record, resolver: Resolver) -> None:
        return

    def lines_of(self, record: Record, twin: Record, link: Link | None) -> Sequence[Mapping[str, Value]]:
        return record.fields.get("lines") or []

    def accept_lines(self, to: Side, lines: Sequence[Mapping[str, Value]], there: Record) -> None:
        return

    def check(self, zoho: Record, xero: Record, name: str) -> str | None:
        a, b = zoho.fields[name], xero.fields[name]
        return None if a == b else f"The totals differ: {a} and {b}."

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


def rules(
    *names: str, ref: Mapping[str, str] | None = None, lines: bool = False, total: bool = False, ask: bool = False
) -> dict[str, FieldRule]:
    out = {n: FieldRule(n, ref=(ref or {}).get(n), owner="ask" if ask and n == "note" else "zoho") for n in names}
    out["twin_id"] = FieldRule("twin_id", "to_zoho", "xero")
    out["ticked"] = FieldRule("ticked", "to_zoho", "xero")
    if lines:
        out["lines"] = FieldRule("lines", lines=True)
    if total:
        out["total"] = FieldRule("total", "derived")
    return out


class Toy:
    """The registry of the toy kinds: views, bodies, probes."""

    def __init__(self, width: int = 99, version: int = 1, ask: bool = False, bills: bool = False) -> None:
        """`ask`: a person decides where both sides changed a note, or the same of a line. `bills`: the numbers of
        orders count within their firm."""
        self.bills = bills
        w: dict[Side, int] = {ZOHO: 99, XERO: width}
        line = {"item": FieldRule("item", ref="item"), "quantity": FieldRule("quantity")}
        self.version = version
        self.entities: Sequence[Kind] = (
            Kind("firm", {ZOHO: "Firms", XERO: "Parties"}, rules("name", "phone", "note", ask=ask), "name", width=w),
            Kind(
                "person",
                {ZOHO: "People", XERO: "Parties"},
                rules("email", "phone"),
                "email",
                capacity={ZOHO: None, XERO: PERSONS},
                width=w,
            ),
            Kind("item", {ZOHO: "Goods", XERO: "Items"}, rules("code", "note", ask=ask), "code", width=w),
            Kind(
                "order",
                {ZOHO: "Orders", XERO: "Papers"},
                rules("firm", "note", ref={"firm": "firm"}, lines=True, total=True, ask=ask),
                "number",
                line,
                document=True,
                unique={ZOHO: True, XERO: not bills},
                width=w,
            ),
        )
        self._by_name = {e.name: e for e in self.entities}

    def entity(self, name: str) -> Kind:
        return self._by_name[name]

    def feeds(self, side: Side, entities: Iterable[str]) -> Sequence[str]:
        wanted = set(entities)
        return list(dict.fromkeys(e.feeds[side] for e in self.entities if e.name in wanted))

    def fields_of(self, feed: str, side: Side) -> Sequence[str]:
        return []

    # ------------------------------------------------------------------ views

    def views(self, side: Side, row: Row, known: Sequence[Record]) -> Sequence[Record]:
        if side == ZOHO:
            kind = next(e for e in self.entities if e.feeds[ZOHO] == row.feed)
            return [self._record(kind, side, row, row.id, dict(row.body))]
        if row.feed == "Parties":
            return self._party(row, known)
        kind = self._by_name["item" if row.feed == "Items" else "order"]
        return [self._record(kind, side, row, row.id, dict(row.body))]

    def _record(
        self, kind: Kind, side: Side, row: Row, id_: str, body: dict[str, Any], state: str | None = None
    ) -> Record:
        fields = {n: body.get(n) for n in kind.rules}
        stamp = body.get("twin_id") if side == ZOHO else None
        if side == XERO:
            fields["twin_id"], fields["ticked"] = id_, True
        refs = [Ref("firm", body["firm"])] if body.get("firm") and kind.name == "order" else []
        refs += [Ref("item", line["item"]) for line in body.get("lines") or [] if line.get("item")]
        inside = kind.name == "person" or (kind.name == "order" and self.bills)
        scope = Ref("firm", body["firm"]) if inside and body.get("firm") else None
        gone = row.state != "live"
        ticked = side == XERO or bool(body.get("ticked"))
        key = body.get(kind.key)
        keyed = bool(key) and (scope is not None or kind.name != "order" or not self.bills)
        return Record(
            kind.name,
            side,
            id_,
            row.id,
            row.feed,
            row.modified,
            fields,
            "gone" if gone or state == "gone" else "active" if ticked else "out_of_scope",
            id_ if kind.name != "item" or side == ZOHO else str(body.get("code")),
            (str(key).casefold(),) if keyed else (),
            stamp,
            scope,
            tuple(refs + ([scope] if scope and scope not in refs else [])),
            tuple(refs),
            True,
            str(key),
            self.version,
            row.read_at,
        )

    def _party(self, row: Row, known: Sequence[Record]) -> list[Record]:
        body = dict(row.body)
        out = [self._record(self._by_name["firm"], XERO, row, row.id, body)]
        before = {r.id: r for r in known if r.entity == "person"}
        living = {i: r for i, r in before.items() if r.live}
        used = {int(i.rsplit("/", 1)[1]) for i in before}
        persons = list(body.get("persons") or [])
        places: dict[int, str] = {}
        for n, person in enumerate(persons):  # the resolver: by e-mail, else the single leftover, else a new place
            same = [
                i for i, r in living.items() if r.fields["email"] == person.get("email") and i not in places.values()
            ]
            if same:
                places[n] = same[0]
        left = [i for i in living if i not in places.values()]
        loose = [n for n in range(len(persons)) if n not in places]
        if len(left) == 1 and len(loose) == 1:
            places[loose[0]] = left[0]
            loose, left = [], []
        fresh = max(used, default=-1) + 1
        for n in loose:
            places[n] = f"{row.id}/{fresh}"
            fresh += 1
        person_kind = self._by_name["person"]
        for n, person in enumerate(persons):
            out.append(self._record(person_kind, XERO, row, places[n], {**person, "firm": row.id}))
        for i in left:
            out.append(self._record(person_kind, XERO, row, i, {**before[i].fields, "firm": row.id}, "gone"))
        return out

    # ------------------------------------------------------------------ writing

    def body(self, side: Side, feed: str, parts: Sequence[Part], current: Row | None) -> Mapping[str, object]:
        part = parts[0]
        if feed == "Parties" and part.entity == "person":
            assert current is not None
            return {"id": current.id, "persons": self._persons(parts, current)}
        body: dict[str, Any] = {k: v for k, v in part.fields.items() if side == ZOHO or k not in ("twin_id", "ticked")}
        if part.verb == "create":
            assert part.source is not None
            kind = self._by_name[part.entity]
            body[kind.key] = self._key(part)
            if side == ZOHO:
                body |= {"ticked": True, "twin_id": part.source.id}
                if part.parent:
                    body["firm"] = part.parent
            return body
        assert part.read is not None
        return {"id": part.read.remote, **({"retired": part.policy != "mark"} if part.verb == "retire" else body)}

    def _key(self, part: Part) -> str:
        """As the other side would hold it."""
        assert part.source is not None
        return str(part.fields.get(self._by_name[part.entity].key) or part.source.title)

    def _persons(self, parts: Sequence[Part], current: Row) -> list[dict[str, Any]]:
        persons = [dict(p) for p in current.body.get("persons") or []]
        for part in parts:
            if part.read is not None:
                mine = next((p for p in persons if p.get("email") == part.read.fields["email"]), None)
                if mine is None:
                    raise Cannot("moved", "The person is not there any more.")
                if part.verb == "retire":
                    persons.remove(mine)
                else:
                    mine |= {k: v for k, v in part.fields.items() if k in ("email", "phone")}
            else:
                assert part.source is not None
                persons.append({"phone": None} | {k: v for k, v in part.fields.items() if k in ("email", "phone")})
        if len(persons) > PERSONS:
            raise Cannot("person_limit", "Too many persons.")
        return persons

    def locate(self, part: Part, views: Sequence[Record], taken: Iterable[str]) -> Record | None:
        mine = [v for v in views if v.entity == part.entity and v.live and v.id not in set(taken)]
        if part.entity != "person" or part.side == ZOHO:
            return mine[0] if mine else None
        return next((v for v in mine if v.fields["email"] == part.fields.get("email")), None)

    def probe(self, part: Part) -> Probe:
        assert part.source is not None
        stamp = part.source.id if part.side == ZOHO else None
        key = self._key(part).casefold()
        if part.entity == "person":
            key = str(part.fields.get("email")).casefold()
        return Probe(stamp, key, part.fields, part.parent)


def total(lines: Sequence[Mapping[str, Any]]) -> Decimal:
    return sum((Decimal(line.get("quantity") or 0) for line in lines), Decimal(0))
