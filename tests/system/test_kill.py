"""Killed at any moment of a sync and run again, both services end as after an undisturbed run.

A point is drawn from its seed: which request of the run is the worker's last, whether that request still has its
effect, how long it takes until the next run, and for every third point a second death in that run. Writes are where
duplicates are made, so three points of four are drawn from them, creates above all, spread evenly over the run. The
company is a seeded one with all its odd cases; every single call of another one's run is met by tests/system/sweep.py.

A failure prints how to replay it: KILL_SEED=unique:17 runs that point alone.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from random import Random
from typing import Any, Final

import pytest

from tests.system.comparison import End, differences
from tests.system.kill_door import CHANGE, CREATE, READ, TOKEN, Strike
from tests.system.kill_ends import Reference, at_rest, ends_of, undisturbed
from tests.system.kill_rig import Rig
from tests.system.sweep_points import GAPS, TOKEN_GAPS

pytestmark = pytest.mark.queued

POINTS: Final = {"unique": 4}
MORE: Final = {"unique": 72, "absent": 16, "plain": 16, "lagging": 16, "bills": 24}  # up to here in the slow target
A_COMPANY: Final = 36  # points told of one seeded company
TIMES: Final = (CREATE, CHANGE, CREATE, READ, CREATE, TOKEN, CREATE, CHANGE)
GOLDEN: Final = 0.6180339887498949  # multiples of it, without their whole part, are spread evenly at any length

FOUND: Final[Mapping[str, tuple[Strike, int]]] = {
    # Xero gives it one, so no key tells what a lost answer had made: it was made once more on either side.
    "an order without a number": (Strike(CREATE, 1, True, "/PurchaseOrders"), 7_200),
}


@dataclass(frozen=True)
class Point:
    """One story. `way`: how the services behave."""

    way: str
    seed: int

    def __str__(self) -> str:
        return f"{self.way}:{self.seed}"

    @property
    def company(self) -> int:
        return 1 + self.seed // A_COMPANY

    def deaths(self, met: Mapping[str, int]) -> list[tuple[Strike, int]]:
        """The strikes, each with the seconds until the next run; `met`: the requests of an undisturbed run."""
        draw = Random(f"{self}")
        kind = TIMES[self.seed % len(TIMES)]
        rank = self.seed // len(TIMES) * TIMES.count(kind) + TIMES[: self.seed % len(TIMES)].count(kind)
        moments = 2 * met[kind]
        moment = int(rank * GOLDEN % 1 * moments)
        gap = draw.choice(TOKEN_GAPS if kind == TOKEN else GAPS)
        found = [(Strike(kind, 1 + moment // 2, moment % 2 == 1), gap)]
        if self.seed % 3 == 2:
            again = Strike(draw.choice((CREATE, CHANGE)), draw.randint(1, 5), draw.random() < 0.5)
            found.append((again, draw.choice(GAPS)))
        return found


def chosen() -> list[Any]:
    """All points, or the one that KILL_SEED names."""
    if asked := os.environ.get("KILL_SEED"):
        way, _, seed = asked.partition(":")
        return [pytest.param(Point(way, int(seed)), id=asked)]
    return [
        pytest.param(Point(way, seed), id=f"{way}:{seed}", marks=() if seed < POINTS.get(way, 0) else pytest.mark.slow)
        for way, last in MORE.items()
        for seed in range(last)
    ]


class Companies:
    """The one that the last point was about stays open."""

    def __init__(self, folders: pytest.TempPathFactory) -> None:
        self._folders = folders
        self._last: tuple[str, int] | None = None
        self._open: Reference | None = None

    def of(self, way: str, company: int) -> Reference:
        if self._open is None or self._last != (way, company):
            self.close()
            with ExitStack() as opened:
                rig = Rig(self._folders.mktemp(way), company, way)
                opened.callback(rig.close)
                self._last, self._open = (way, company), undisturbed(rig)
                opened.pop_all()
        return self._open

    def close(self) -> None:
        if self._open is not None:
            self._open.rig.close()
            self._open = None


@pytest.fixture(scope="module")
def companies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Companies]:
    opened = Companies(tmp_path_factory)
    yield opened
    opened.close()


def ends_alike(reference: Reference, deaths: list[tuple[Strike, int]], replay: str) -> None:
    told = ends_of(reference, deaths)
    assert told.struck, "nobody died"
    assert not told.wrong, f"\nreplay: {replay}\n{told}"


@pytest.mark.parametrize("point", chosen())
def test_a_killed_sync_ends_like_an_undisturbed_one(companies: Companies, point: Point) -> None:
    reference = companies.of(point.way, point.company)
    ends_alike(reference, point.deaths(reference.met), f"KILL_SEED={point} .venv/bin/pytest tests/system/test_kill.py")


@pytest.mark.parametrize("name", FOUND)
def test_what_was_once_found_stays_mended(companies: Companies, name: str) -> None:
    ends_alike(companies.of("unique", 1), [FOUND[name]], f".venv/bin/pytest tests/system/test_kill.py -k '{name}'")


def test_an_order_without_a_number_that_somebody_changed_meanwhile_is_held(companies: Companies) -> None:
    """Nothing tells any more whether a lost create made it: a person must say, and nothing is made once more."""
    reference = companies.of("unique", 1)
    rig = reference.rig
    rig.restore()
    assert rig.sync(Strike(CREATE, 1, True, "/PurchaseOrders")) is None
    orders = rig.before["zoho"]["Purchase_Orders"]
    unnumbered = {o["Subject"] for o in orders if o["Add_to_Xero"] and not o["PO_Number"] and not o["Xero_ID"]}
    there = {o["PurchaseOrderID"] for o in rig.before["xero"]["PurchaseOrders"]}
    made = [o for o in rig.state()["xero"]["PurchaseOrders"] if o["PurchaseOrderID"] not in there]
    lost = {o["PurchaseOrderID"]: o["Reference"] for o in made if o["PurchaseOrderNumber"] not in _numbers(orders)}
    assert set(lost.values()) == unnumbered != set()
    for order in lost:
        rig.world.xero.edit("edit", "PurchaseOrders", order, {"DeliveryDate": "2026-12-01"})
    rig.later(7_200)
    said = at_rest(rig)
    assert (said["state"], said["open"]) == ("done", 0)
    assert not End(rig.before, rig.state()).twice
    held = Counter(said["holds"]) - Counter(reference.said["holds"])
    assert {f"purchase_order {subject}: ambiguous" for subject in unnumbered} <= set(held)


def _numbers(orders: Sequence[Mapping[str, Any]]) -> set[str]:
    return {order["PO_Number"] for order in orders}


def test_the_undisturbed_run_has_something_of_everything_to_lose(companies: Companies) -> None:
    """Else the points above would prove little: all six entities are created, in both directions, and changed."""
    reference = companies.of("unique", 1)
    both = {"created zoho", "created xero", "updated zoho"}
    assert all(both <= counts.keys() for counts in reference.said["counts"].values()), reference.said["counts"]
    assert len(reference.said["counts"]) == 6
    assert reference.end.twice == []
    assert reference.met[CREATE] >= 9
    assert reference.met[CHANGE] >= 15
    assert reference.met[TOKEN] == 2


def test_two_undisturbed_runs_end_alike(companies: Companies) -> None:
    """What is masked is enough: no time, id or number of its own is left to tell two runs apart."""
    reference = companies.of("unique", 1)
    assert differences(reference.end, undisturbed(reference.rig).end) == []


def test_most_points_are_writes_and_meet_every_create() -> None:
    met = {CREATE: 11, CHANGE: 22, READ: 105, TOKEN: 2}
    for way, last in {**POINTS, "every unique": MORE["unique"]}.items():
        first = [Point(way, seed).deaths(met)[0][0] for seed in range(last)]
        assert sum(strike.kind in (CREATE, CHANGE) for strike in first) * 3 >= last * 2
    for kind in (CREATE, TOKEN):
        every = {Strike(kind, nth, after) for nth in range(1, met[kind] + 1) for after in (False, True)}
        assert every <= set(first)
