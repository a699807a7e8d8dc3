"""I13 and its neighbours, for whatever two people do: swapping the sides mirrors the merge; applied, it is quiet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from extension.sync.actions import Intent, Update
from extension.sync.bases import agreed_link, updated_link
from extension.sync.canonical import SIDES, UNSET, XERO, ZOHO, Side, Value, other
from extension.sync.merge import Merge, Merger
from extension.sync.model import Direction, FieldRule, Link, Owner, Record
from tests.unit.sync.samples import NOW, Nobody, Thing, linked, rec, thing

PASSES = 4  # what one run makes
MIRROR: Mapping[str, Any] = {
    "zoho": "xero",
    "xero": "zoho",
    "to_zoho": "to_xero",
    "to_xero": "to_zoho",
    "both": "both",
    "ask": "ask",
    "newest": "newest",
}
VALUES = st.sampled_from([None, "a", "b", "abcdefgh", "abcdeXYZ"])
BASES = VALUES | st.just(UNSET)
OWNERS = st.sampled_from(get_args(Owner))
CONTENT = st.fixed_dictionaries({"item": st.sampled_from(["pen", "ink"]), "quantity": st.sampled_from(["1", "2"])})
LINE_RULES = {"item": FieldRule("item"), "quantity": FieldRule("quantity")}


@dataclass(frozen=True)
class Case:
    """Two records, the link between them, and the entity whose rules they follow."""

    entity: Thing
    link: Link
    records: Mapping[Side, Record]

    def merge(self, source: Side | None = None) -> Merge:
        def may_write(to: Side, rule: FieldRule) -> bool:
            return rule.allows(to) and source in (None, other(to))

        return Merger(self.entity, self.link, self.records, Nobody(), may_write, source).run()

    def mirrored(self) -> Case:
        """The same with the sides swapped, rules included."""
        rules = [replace(r, direction=MIRROR[r.direction], owner=MIRROR[r.owner]) for r in self.entity.rules.values()]
        swapped = {s: self.records[other(s)] for s in SIDES}
        link = replace(
            self.link,
            base={s: self.link.base[other(s)] for s in SIDES},
            pairs=tuple((x, z) for z, x in self.link.pairs),
        )
        width = {s: self.entity.width[other(s)] for s in SIDES}
        return Case(
            thing(*rules, line_rules=LINE_RULES, width=width),
            link,
            {s: replace(swapped[s], side=s) for s in SIDES},
        )


@st.composite
def scalars(draw: st.DrawFn) -> Case:
    """Three fields with any rules, any bases and any values."""
    directions = st.sampled_from([d for d in get_args(Direction) if d != "derived"])
    rules = [FieldRule(name, draw(directions), draw(OWNERS)) for name in "fgh"]
    base: dict[Side, dict[str, Value]] = {}
    for side in SIDES:
        drawn = {rule.name: draw(BASES) for rule in rules}
        base[side] = {name: value for name, value in drawn.items() if value is not UNSET}
    now = {side: {rule.name: draw(VALUES) for rule in rules} for side in SIDES}
    gap = draw(st.sampled_from([-1, 1])) * timedelta(hours=1)  # nobody is newer within the tolerance: not symmetric
    records = {ZOHO: rec(ZOHO, fields=now[ZOHO], modified=NOW + gap), XERO: rec(XERO, fields=now[XERO])}
    width = {ZOHO: 99, XERO: draw(st.sampled_from([99, 5]))}
    return Case(thing(*rules, width=width), linked(base[ZOHO], base[XERO]), records)


@st.composite
def documents(draw: st.DrawFn) -> Case:
    """Two lists that were in step; then lines were edited, removed and added on either side."""
    agreed = draw(st.lists(CONTENT, max_size=3))
    base = {s: [{"id": f"{s[0]}{n}", **line} for n, line in enumerate(agreed)] for s in SIDES}
    now: dict[Side, list[dict[str, Value]]] = {}
    for side in SIDES:
        kept = [
            {**line, **draw(CONTENT)} if draw(st.booleans()) else line for line in base[side] if draw(st.integers(0, 3))
        ]
        new = draw(st.lists(CONTENT, max_size=2))
        now[side] = kept + [{"id": f"{side[0]}new{n}", **line} for n, line in enumerate(new)]
    pairs = tuple((f"z{n}", f"x{n}") for n in range(len(agreed)))
    entity = thing(FieldRule("lines", lines=True, owner=draw(OWNERS)), line_rules=LINE_RULES)
    records = {s: rec(s, fields={"lines": now[s]}, modified=NOW + timedelta(hours=s == XERO)) for s in SIDES}
    return Case(entity, linked({"lines": base[ZOHO]}, {"lines": base[XERO]}, pairs=pairs), records)


# ------------------------------------------------------------------ swapping the sides


@given(scalars() | documents(), st.sampled_from([None, ZOHO, XERO]))
def test_swapping_the_sides_mirrors_the_merge(case: Case, source: Side | None) -> None:
    merge = case.merge(source)
    mirror = case.mirrored().merge(None if source is None else other(source))
    assert mirror.patch == {s: merge.patch[other(s)] for s in SIDES}
    assert mirror.agree == merge.agree
    assert mirror.kept_back == merge.kept_back
    assert mirror.lost == {name: (other(side), value) for name, (side, value) in merge.lost.items()}
    assert [(h.field, h.reason) for h in mirror.holds] == [(h.field, h.reason) for h in merge.holds]
    assert {(z, x) for x, z in mirror.pairs or ()} == set(merge.pairs or ())


# ------------------------------------------------------------------ applied, it is quiet


def stored(case: Case, side: Side, patch: Mapping[str, Value], ids: count[int]) -> Record:
    """What a service keeps of a patch: values cut to its width, new lines with ids of their own."""
    fields = dict(case.records[side].fields)
    for name, value in patch.items():
        if isinstance(value, list):
            lines = [{k: v for k, v in line.items() if k != "from"} for line in value]
            fields[name] = [{**line, "id": line["id"] or f"{side[0]}made{next(ids)}"} for line in lines]
        else:
            fields[name] = value[: case.entity.width[side]] if isinstance(value, str) else value
    return replace(case.records[side], fields=fields)


def applied(case: Case, merge: Merge, ids: count[int]) -> Case:
    """One pass: a write to one side, else bases that move in silence. The other side is planned anew after a write."""
    side = next((s for s in (XERO, ZOHO) if merge.patch[s]), None)
    if side is None:
        patch: dict[Side, dict[str, Value]] = {ZOHO: {}, XERO: {}}
        update = Update("thing", case.link, patch, case.records, tuple(merge.agree), {}, merge.pairs)
        return replace(case, link=agreed_link(update, case.link, 1))
    before, source = case.records[side], case.records[other(side)]
    now = stored(case, side, merge.patch[side], ids)
    intent = Intent(0, 0, "update", "thing", side, merge.patch[side], source.fields)
    link = updated_link(case.entity, case.link, intent, before, now.fields, 1)
    return replace(case, link=link, records={**case.records, side: now})


@given(scalars() | documents())
def test_what_was_merged_and_applied_is_quiet(case: Case) -> None:
    """One run brings both sides in step; a second one finds nothing to write, nothing new to hold, no base to move."""
    ids = count(1)
    for _ in range(PASSES):
        case = applied(case, case.merge(), ids)
    again = case.merge()
    assert again.patch == {ZOHO: {}, XERO: {}}
    assert again.agree == []
    after = applied(case, again, ids)
    assert after.link.base == case.link.base
    assert after.link.pairs == case.link.pairs


@given(documents())
def test_two_documents_that_were_merged_have_the_same_lines(case: Case) -> None:
    ids = count(1)
    for _ in range(PASSES):
        case = applied(case, case.merge(), ids)
    if not case.merge().holds:
        content = {s: sorted((li["item"], li["quantity"]) for li in case.records[s].fields["lines"]) for s in SIDES}
        assert content[ZOHO] == content[XERO]
        assert len(case.link.pairs) >= len(content[ZOHO])


@given(documents())
def test_nobodys_line_is_lost_and_none_is_doubled(case: Case) -> None:
    """Lines that were neither edited nor removed anywhere are still there once; new ones come on top."""
    first = case
    ids = count(1)
    for _ in range(PASSES):
        case = applied(case, case.merge(), ids)
    if case.merge().holds:
        return
    base = {s: {line["id"]: line for line in first.link.base[s]["lines"]} for s in SIDES}
    now = {s: {line["id"]: line for line in first.records[s].fields["lines"]} for s in SIDES}
    untouched = [
        (z, x) for z, x in first.link.pairs if now[ZOHO].get(z) == base[ZOHO][z] and now[XERO].get(x) == base[XERO][x]
    ]
    left = {s: {line["id"]: line for line in case.records[s].fields["lines"]} for s in SIDES}
    assert all(left[ZOHO].get(z) == base[ZOHO][z] and left[XERO].get(x) == base[XERO][x] for z, x in untouched)
    gone = {n for n, (z, x) in enumerate(first.link.pairs) if z not in now[ZOHO] or x not in now[XERO]}
    news = [len([1 for id_ in now[s] if id_ not in base[s]]) for s in SIDES]
    expected = len(first.link.pairs) - len(gone)
    assert expected + max(news) <= len(left[ZOHO]) <= expected + sum(news)
