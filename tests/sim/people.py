"""What people decide about what is held, at random; of what they let go, history must tell."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from extension.sync.canonical import SIDES, ZOHO, Side, other
from extension.sync.ports import HoldRow
from tests.sim.harness import FEED, Harness
from tests.sim.scenes import decide, undecide


@dataclass(frozen=True)
class LetGo:
    """A value that a person let go in a conflict."""

    kind: str
    side: Side
    id: str
    zoho_id: str
    field: str
    value: Any


class People:
    """Whoever works through *Needs attention*."""

    def __init__(self, h: Harness, r: random.Random) -> None:
        self.h, self.r = h, r
        self.let_go: list[LetGo] = []
        h.also.append(self.check)

    def speak(self) -> None:
        """One decision about one hold, or one taken back."""
        left = [said for said in self.h.store.decisions() if said.verb in ("ignore", "keep")]
        if left and self.r.random() < 0.3:
            taken = self.r.choice(left)
            undecide(self.h, taken.where)
            return
        holds = self.h.store.holds()
        if not holds:
            return
        asked = [hold for hold in holds if hold.reason in ("conflict", "gone", "gone_edited")]
        hold = self.r.choice(asked if asked and self.r.random() < 0.7 else holds)
        if hold.reason == "conflict":
            self._take(hold)
        elif hold.reason in ("gone", "gone_edited"):
            decide(self.h, self.r.choice(["retire", "recreate", "keep"]), hold.where[0], hold.where[2])
        elif hold.reason == "ambiguous" and hold.field is None and hold.where[0] != "person":
            self._pair_or_part(hold)

    def quarrel(self) -> None:
        """The note of one firm or item is typed differently on both sides, or an order is deleted on one."""
        kind = self.r.choice(["firm", "item", "order"])
        links = self.h.links(kind)
        if not links:
            return
        link = self.r.choice(links)
        if kind == "order" and self.r.random() < 0.5:
            side = self.r.choice(SIDES)
            if any(row.id == link.ids[side] for row in self.h.side[side].live(FEED[kind][side])):
                self.h.side[side].delete(FEED[kind][side], link.ids[side])
            return
        for side, value in zip(SIDES, self.r.sample(["1", "22", "333"], 2), strict=True):
            if any(row.id == link.ids[side] for row in self.h.side[side].live(FEED[kind][side])):
                kept = self.h.side[side].edit(FEED[kind][side], link.ids[side], note=value)
                self.h.edits[(kind, side, link.ids[side]), "note"] = kept.body["note"]

    def _take(self, hold: HoldRow) -> None:
        kind, _, zoho_id = hold.where
        (twin,) = hold.related
        assert hold.field is not None
        side, word = self.r.choice(SIDES), self.r.choice([hold.field, "*"])
        decide(self.h, "take", kind, zoho_id, field=word, takes=side)
        self.h.said.add((hold.where, word))
        loser = other(side)
        same = [each for each in self.h.store.holds() if each.where == hold.where and each.reason == "conflict"]
        for each in same if word == "*" else [hold]:
            assert each.field is not None
            value = each.values[each.field][0 if loser == ZOHO else 1]
            self.let_go.append(LetGo(kind, loser, zoho_id if loser == ZOHO else twin[2], zoho_id, each.field, value))

    def _pair_or_part(self, hold: HoldRow) -> None:
        kind, side, id_ = hold.where
        there = [where for where in hold.related if where[1] != side]
        verb = self.r.choice(["create", "create", "ignore", "link"])
        if verb == "link" and (not there or kind == "order"):
            return
        if verb == "create":
            target = self.h.side[other(side)]
            self.h.apart[other(side), FEED[kind][other(side)], target._fit("key", hold.title)] += 1
        decide(self.h, verb, kind, id_, self.r.choice(there)[2] if verb == "link" else None)

    def check(self) -> None:
        """At rest: each stands where it stood, or somebody typed over it, or history tells of it."""
        for gone in self.let_go:
            if self._stands(gone) or ((gone.kind, gone.side, gone.id), gone.field) in self.h.edits:
                continue
            assert self._told(gone), f"an edit that was let go is told nowhere: {gone}"
        self.let_go.clear()

    def _stands(self, gone: LetGo) -> bool:
        found = [r for r in self.h.records(gone.kind, gone.side) if r.id == gone.id]
        return not found or found[0].fields.get(gone.field) == gone.value

    def _told(self, gone: LetGo) -> bool:
        for entry in self.h.store.entries(limit=1_000_000):
            if entry.entity == gone.kind and entry.zoho_id == gone.zoho_id and gone.field in entry.changes:
                if entry.changes.get(f"{gone.field}!lost") == [gone.side, gone.value]:
                    return True
                if entry.side == gone.side and entry.changes[gone.field][0] == gone.value:
                    return True
        return False
