"""Many more stories, and the proof that they would notice: one rule of the engine is removed at a time."""

from __future__ import annotations

import pytest

from tests.sim import mutate
from tests.sim.story import many

STORIES, CHUNK = 40_000, 2000


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, STORIES, CHUNK))
def test_no_promise_is_broken_in_many_more_stories(start: int) -> None:
    assert many(range(start, start + CHUNK), report=False) == 0


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(mutate.MUTATIONS)), ids=lambda n: mutate.MUTATIONS[n].rule)
def test_a_rule_that_is_removed_is_missed(number: int) -> None:
    """Or it is named among the second walls, with the wall that stands behind it."""
    assert mutate.check(number, mutate.MUTATIONS[number])
