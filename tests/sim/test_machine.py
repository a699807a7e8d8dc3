"""A state machine on the harness of the stories: Hypothesis chooses the steps and shrinks what breaks.

The stories are biased towards faults at writes and find more; the machine finds short ways to what they miss.
"""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from extension.sync.canonical import SIDES, Side
from tests.sim.harness import CODES, MAILS, NAMES, NUMBERS, VALUES, Harness, Ways
from tests.sim.service import Habits
from tests.sim.story import FAULTS, OPS

KEYS = {"firm": NAMES, "person": MAILS, "item": CODES, "order": NUMBERS}
LAG = st.sampled_from([0, 70])
HABITS: dict[str, st.SearchStrategy[Any]] = {
    "unique": st.booleans(),
    "batch": st.integers(1, 3),
    "tick": st.sampled_from([1, 5]),
    "partial": st.booleans(),
    "width": st.sampled_from([99, 5]),
    "quirk": st.booleans(),
    "key_seconds": st.sampled_from([0, 150, 900]),
}
PLACES = st.integers(0, 8)
WHO = st.sampled_from(SIDES)
KINDS = st.sampled_from(sorted(KEYS))


class Story(RuleBasedStateMachine):
    """People act, runs fail, time passes; now and then everything must be in step."""

    h: Harness

    @initialize(
        zoho=st.fixed_dictionaries({name: HABITS[name] for name in ("unique", "batch", "tick", "partial")}),
        xero=st.fixed_dictionaries(
            {name: HABITS[name] for name in ("unique", "batch", "width", "quirk", "key_seconds")}
        ),
        lag=LAG,
        retire=st.sampled_from(["archive", "ask"]),
    )
    def begin(self, zoho: dict[str, Any], xero: dict[str, Any], lag: int, retire: str) -> None:
        self.h = Harness(Ways(Habits(lag=lag, **zoho), Habits(lag=lag, **xero), retire))

    # ------------------------------------------------------------------ people

    @rule(side=WHO, kind=KINDS, key=st.integers(0, 2), value=st.sampled_from(VALUES), place=PLACES)
    def create(self, side: Side, kind: str, key: int, value: str | None, place: int) -> None:
        names = KEYS[kind]
        self.h.create(side, kind, names[key % len(names)], value, place)

    @rule(side=WHO, kind=KINDS, place=PLACES, field=st.sampled_from(["phone", "note"]), value=st.sampled_from(VALUES))
    def edit(self, side: Side, kind: str, place: int, field: str, value: str | None) -> None:
        self.h.edit(side, kind, place, field, value)

    @rule(side=WHO, kind=KINDS, place=PLACES)
    def delete(self, side: Side, kind: str, place: int) -> None:
        self.h.delete(side, kind, place)

    @rule(place=PLACES)
    def restore(self, place: int) -> None:
        self.h.restore(place)

    @rule(seconds=st.sampled_from([1, 30, 170]))
    def wait(self, seconds: int) -> None:
        self.h.world.second += seconds

    # ------------------------------------------------------------------ runs

    @rule(op=st.sampled_from(sorted(set(OPS))), nth=st.integers(1, 3), fault=st.sampled_from(sorted(set(FAULTS))))
    def run_that_fails(self, op: str, nth: int, fault: str) -> None:
        self.h.rough({(op, nth): fault}, 3)

    @rule(op=st.sampled_from(sorted(set(OPS))), nth=st.integers(1, 4), side=WHO, kind=KINDS, place=PLACES)
    def run_while_somebody_edits(self, op: str, nth: int, side: Side, kind: str, place: int) -> None:
        self.h.rough({(op, nth, "meddle"): lambda: self.h.edit(side, kind, place, "phone", "22")}, 3)

    @rule()
    def rest(self) -> None:
        """Everything in step: I3 to I8, and I6 and I7 on the way."""
        self.h.settle()

    @invariant()
    def nothing_is_doubled(self) -> None:
        if hasattr(self, "h"):
            self.h.always()

    def teardown(self) -> None:
        if hasattr(self, "h"):
            self.h.settle()


TestStory = Story.TestCase
TestStory.settings = settings(
    max_examples=40,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
