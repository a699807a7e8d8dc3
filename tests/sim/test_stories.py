"""Seeded stories: two hostile services, people on both sides, faults at every call, and every promise checked.

A failing seed is printed; `python -m tests.sim.story --seed N` tells it again. It belongs in `seeds.py` then.
"""

from __future__ import annotations

import pytest

from tests.sim.seeds import BILLS, EARLY, FOUND
from tests.sim.story import many, tell

STORIES, CHUNK = 3000, 250


@pytest.mark.parametrize("start", range(0, STORIES, CHUNK))
def test_no_promise_is_broken(start: int) -> None:
    assert many(range(start, start + CHUNK), report=False) == 0


@pytest.mark.parametrize("start", range(0, STORIES // 2, CHUNK))
def test_no_promise_is_broken_where_a_number_is_nobodys_alone(start: int) -> None:
    """As a supplier's bill number in Xero: nothing refuses a second one, and other people enter theirs meanwhile."""
    assert many(range(start, start + CHUNK), report=False, bills=True) == 0


@pytest.mark.parametrize("seed", [*FOUND, *EARLY])
def test_a_story_that_once_broke_one(seed: int) -> None:
    tell(seed)


@pytest.mark.parametrize("seed", BILLS)
def test_a_story_of_bills(seed: int) -> None:
    tell(seed, bills=True)


def test_a_story_is_the_same_every_time() -> None:
    """Else a failing seed would prove nothing."""
    assert tell(7) == tell(7)
