"""Seeded stories, biased towards faults at create and update. A failing seed replays exactly.

python -m tests.sim.story 12000            stories 0..11999
python -m tests.sim.story --seed 1169      one story, told
python -m tests.sim.story 3000 --bills     in a world where the number of an order is its firm's own
python -m tests.sim.story --seed 5 --row 7   under the habits of one row of rows.txt
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from dataclasses import replace
from typing import Any

from extension.sync.canonical import SIDES, XERO, ZOHO, Side
from tests.sim.harness import CODES, FEED, LAG, MAILS, NAMES, NUMBERS, VALUES, Harness, Ways
from tests.sim.people import People
from tests.sim.rows import ROWS
from tests.sim.service import Habits

KINDS = ("firm", "firm", "person", "item", "order", "order")
KEYS = {"firm": NAMES, "person": MAILS, "item": CODES, "order": NUMBERS}
OPS = (
    "create",
    "create",
    "create",
    "update",
    "update",
    "update",
    "page",
    "page",
    "find",
    "retire",
    "fetch",
    "commit",
    "deleted",
)
FAULTS = ("crash_before", "crash_after", "crash_after", "lost", "lost", "lost_before", "refused", "throttled")


def ways(r: random.Random) -> Ways:
    lag = r.choice([0, LAG])
    return Ways(
        zoho=Habits(
            tick=r.choice([1, 1, 5]),
            lag=lag,
            unique=r.random() < 0.6,
            batch=r.choice([1, 2, 3]),
            partial=r.random() < 0.7,
        ),
        xero=Habits(
            skew=r.choice([-7, 0, 7, -300, 300]),
            lag=lag,
            width=r.choice([99, 5]),
            quirk=r.random() < 0.3,
            unique=r.random() < 0.6,
            key_seconds=r.choice([0, 60, 150, 900]),
            batch=r.choice([1, 2, 3]),
            whole=r.random() < 0.5,
            defaults=r.random() < 0.3,
        ),
        retire=r.choice(["archive", "archive", "ask"]),
    )


def act(h: Harness, r: random.Random, kinds: tuple[str, ...]) -> None:
    """One thing that a person does."""
    side: Side = r.choice(SIDES)
    kind = r.choice(kinds)
    x = r.random()
    if x < 0.45:
        h.create(side, kind, r.choice(KEYS[kind]), r.choice(VALUES), r.randrange(9))
    elif x < 0.9:
        h.edit(side, kind, r.randrange(9), r.choice(("phone", "note")), r.choice(VALUES))
    elif x < 0.97:
        h.delete(side, kind, r.randrange(4))
    else:
        h.restore(r.randrange(4))


def script(h: Harness, r: random.Random, kinds: tuple[str, ...]) -> dict[tuple[Any, ...], Any]:
    out: dict[tuple[Any, ...], Any] = {}
    for _ in range(r.choice([0, 1, 2, 3])):
        out[r.choice(OPS), r.choice([1, 1, 2, 3])] = r.choice(FAULTS)
    for _ in range(r.choice([0, 1, 2])):
        side, kind = r.choice(SIDES), r.choice(kinds)
        i, name, value = r.randrange(9), r.choice(("phone", "note")), r.choice(VALUES)
        op, nth = r.choice(OPS[:9]), r.randint(1, 4)
        window = op in ("create", "update")
        out[op, nth, "meddle"] = lambda s=side, k=kind, i=i, n=name, v=value, w=window: h.edit(s, k, i, n, v, window=w)
    return out


def rivals(h: Harness, r: random.Random) -> dict[tuple[Any, ...], Any]:
    """Somebody enters a paper in Xero whose number we are about to use, or have just used."""
    if not h.toy.bills or r.random() < 0.4:
        return {}
    number, value, pick = r.choice(NUMBERS), r.choice(VALUES), r.randrange(9)
    op = r.choice(("create", "create", "find", "commit", "fetch"))
    return {(op, r.randint(1, 4), "meddle"): lambda: h.create(XERO, "order", number, value, pick)}


def nobody_elses(h: Harness) -> None:
    """What a lost create is said to have made was made by us: two papers of two people never become one like this."""
    for link in h.links("order"):
        if link.made_by == "found":
            ends = [h.side[side].feeds[FEED["order"][side]][link.ids[side]] for side in SIDES]
            assert any(end.ours for end in ends), f"somebody else's paper was taken for ours: {link.ids}"


def stops(r: random.Random) -> dict[tuple[Any, ...], Any]:
    """Somebody pauses the run at some place between two batches."""
    return {("between", r.randint(1, 9)): "stopped"} if r.random() < 0.3 else {}


def visits(h: Harness, r: random.Random) -> dict[tuple[Any, ...], Any]:
    """Somebody presses the button of a record while the run is under way."""
    if r.random() < 0.5:
        return {}
    kind, pick, tick = r.choice(("firm", "item", "order", "order")), r.randrange(9), r.random() < 0.3

    def press() -> None:
        rows = h.side[ZOHO].live(FEED[kind][ZOHO])
        if rows:
            h.visit(record=(kind, rows[pick % len(rows)].id), tick=tick)

    return {("between", r.randint(1, 9)): press}


def tell(seed: int, bills: bool = False, under: Ways | None = None, store: Any = None) -> Counter[str]:
    """Live through one story; raises AssertionError where a promise is broken. `under`: instead of drawn habits;
    `store`: instead of dicts."""
    r = random.Random(seed)
    wishes = random.Random(f"{seed} wishes")  # apart, so that the rest of a story stays what it was without them
    presses = random.Random(f"{seed} presses")
    talks = wishes.random() < 0.4
    drawn = replace(ways(r), ask=talks and wishes.random() < 0.7, bills=bills)
    bills = (under or drawn).bills
    h = Harness(under or drawn, store)
    people = People(h, wishes)
    if bills:
        h.also.append(lambda: nobody_elses(h))
    kinds = r.choice([KINDS, KINDS, ("firm",), ("firm", "person"), ("firm", "order", "order", "item")])
    for _ in range(r.randrange(9)):
        act(h, r, kinds)
    if r.random() < 0.6:
        h.settle()
    for _ in range(r.randint(2, 6)):
        for _ in range(r.randint(0, 4)):
            act(h, r, kinds)
            h.world.second += r.choice([0, 0, 1, 30])
        if talks and wishes.random() < 0.5:
            people.quarrel()
        bad = r.choice(NAMES + NUMBERS) if r.random() < 0.3 else None
        for service in h.side.values():
            service.refuse = lambda key, bad=bad: key == bad  # type: ignore[misc]
        faults = script(h, r, kinds) | stops(wishes) | visits(h, presses) | rivals(h, presses)
        h.rough(faults, r.choice([0, 0, 3, 60, 130]))
        for service in h.side.values():
            service.refuse = lambda key: False
        h.retry()
        for _ in range(wishes.randrange(4) if talks else 0):
            people.speak()
        if r.random() < 0.15:
            h.settle()
    h.settle()
    return h.stats + Counter(creates=h.world.total["create"], updates=h.world.total["update"])


def many(seeds: range, stop: int = 1, report: bool = True, bills: bool = False, under: Ways | None = None) -> int:
    """Tell many stories; prints each failing seed. Returns how many failed."""
    total: Counter[str] = Counter()
    bad, began = 0, time.monotonic()
    for seed in seeds:
        try:
            total += tell(seed, bills, under)
        except Exception as broken:  # a broken promise, or an engine that fell over: both are findings
            bad += 1
            print(f"seed {seed}: {type(broken).__name__}: {(str(broken) or '-').splitlines()[0][:220]}", flush=True)
            if bad >= stop:
                break
    if report:
        print(f"{len(seeds)} stories, {bad} broken, {dict(total)}, {time.monotonic() - began:.0f} s", flush=True)
    return bad


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("stories", nargs="?", type=int, default=3000)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--stop", type=int, default=1)
    parser.add_argument("--bills", action="store_true")
    parser.add_argument("--row", type=int)
    args = parser.parse_args()
    row = ROWS[args.row - 1] if args.row else None
    if args.seed is not None:
        print(tell(args.seed, args.bills, row))
    else:
        sys.exit(bool(many(range(args.start, args.start + args.stories), args.stop, bills=args.bills, under=row)))
