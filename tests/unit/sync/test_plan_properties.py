"""What holds for the plan of any small world: the order of reading does not matter, and nobody is forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from extension.sync.actions import Adopt, Create, Plan
from extension.sync.canonical import SIDES, XERO, ZOHO, Where
from extension.sync.judge import Policy
from extension.sync.model import Link, Record, Scope
from extension.sync.plan import make_plan
from extension.sync.snapshot import Snapshot
from tests.unit.sync.samples import DAY, NOW, Desk, spelled

KEYS = {"firm": ["ada", "bob"], "person": ["a@x", "b@x"], "item": ["p1", "p2"], "order": ["n1", "n2"]}
STATES = st.sampled_from(["active", "active", "active", "out_of_scope", "gone"])


@dataclass(frozen=True)
class World:
    desk: Desk
    records: Sequence[Record]
    links: Sequence[Link]

    def plan(self, order: Random | None = None) -> Plan:
        """The plan of everything, read in any order."""
        records, links = list(self.records), list(self.links)
        if order:
            order.shuffle(records)
            order.shuffle(links)
        snap = Snapshot()
        for record in records:
            snap.add(record)
        for link in links:
            snap.add_link(link)
        snap.focus = [r.where for r in records]
        policy = Policy(Scope(), NOW, NOW - DAY)
        return make_plan(snap, self.desk.toy, policy, [e.name for e in self.desk.toy.entities])


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Up to two records of a kind and side with few names, so that twins, stamps and missing parents are common."""
    desk = Desk(start_date=NOW - DAY, retire=draw(st.sampled_from(["archive", "ask", "mark"])))
    records: list[Record] = []
    for kind, keys in KEYS.items():
        for side in SIDES:
            for n in range(draw(st.integers(0, 2))):
                changes: dict[str, Any] = {
                    "state": draw(STATES),
                    "modified": NOW - draw(st.sampled_from([0, 0, 3])) * DAY,
                    "births": draw(st.sampled_from([True, True, False])),
                    "fields": {"note": draw(st.sampled_from(["1", "2"]))} if kind != "person" else {},
                }
                if kind in ("person", "order"):
                    changes["firm"] = draw(st.sampled_from([f"{side[0]}firm0", f"{side[0]}firm1"]))
                if side == ZOHO:
                    changes["stamp"] = draw(st.sampled_from([None, None, f"x{kind}0", f"x{kind}1"]))
                key = draw(st.sampled_from([*keys, keys[0]])) if kind != "item" else keys[n]
                records.append(desk.put(side, kind, f"{side[0]}{kind}{n}", key, **changes))
    links: list[Link] = []
    by_where = {r.where: r for r in records}
    for kind in KEYS:
        zoho, xero = by_where.get((kind, ZOHO, f"z{kind}0")), by_where.get((kind, XERO, f"x{kind}0"))
        if zoho and xero and draw(st.booleans()):
            state: Any = draw(st.sampled_from(["live", "live", "retired", "unlinked"]))
            base = {ZOHO: zoho.fields, XERO: {**xero.fields, "note": "1"} if kind != "person" else xero.fields}
            links.append(Link(len(links) + 1, kind, {ZOHO: zoho.id, XERO: xero.id}, base, state=state, settled=True))
    return World(desk, records, links)


@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_reading_does_not_matter(world: World, order: Random) -> None:
    one, two = world.plan(), world.plan(order)
    assert spelled(one) == spelled(two)
    assert one.digest == two.digest
    assert one == two


@given(worlds())
def test_nobody_is_forgotten(world: World) -> None:
    """Every record that may travel ends as part of an action, held, skipped or linked."""
    plan = world.plan()
    told: set[Where] = {(h.entity, h.side, h.id) for h in plan.holds} | {(s.entity, s.side, s.id) for s in plan.skips}
    for action in plan.actions:
        match action:
            case Create():
                told.add(action.source.where)
            case Adopt():
                told |= {action.zoho.where, action.xero.where}
    linked = {(link.entity, s, link.ids[s]) for link in world.links if link.state != "unlinked" for s in SIDES}
    assert {r.where for r in world.records if r.state == "active" and r.births} <= told | linked


@given(worlds())
def test_nobody_is_taken_twice(world: World) -> None:
    """No record is in two adoptions, adopted and created, or created under a key that its other side holds already."""
    plan = world.plan()
    taken: list[Where] = []
    for action in plan.actions:
        match action:
            case Create():
                taken.append(action.source.where)
                there = [r for r in world.records if r.live and (r.entity, r.side) == (action.entity, action.side)]
                same = [r for r in there if set(r.keys) & set(action.source.keys)]
                assert all(r.scope and action.source.scope for r in same)  # the same address in another firm
            case Adopt():
                taken += [action.zoho.where, action.xero.where]
    assert len(taken) == len(set(taken))
    assert not set(taken) & {(li.entity, s, li.ids[s]) for li in world.links if li.state == "live" for s in SIDES}
