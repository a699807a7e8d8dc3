"""I11: background work never spends the reserve that is kept for the button; what the service says beats our count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extension.sync.budget import DAY, HOUR, MINUTE, Allowance, Bucket, Limits, fresh, learn, rolled, take
from tests.unit.sync.samples import NOW

LIMITS = Limits(minute=5, day=20, minute_reserve=2, day_reserve=3)


def bucket(minute: int, day: int) -> Bucket:
    return Bucket(minute, NOW + MINUTE, day, NOW + DAY)


@pytest.mark.parametrize(
    ("left", "background", "wait"),
    [
        (bucket(3, 20), True, None),
        (bucket(2, 20), True, NOW + MINUTE),  # the minute's reserve
        (bucket(2, 20), False, None),  # ... is for people
        (bucket(0, 20), False, NOW + MINUTE),
        (bucket(5, 3), True, NOW + DAY),  # the day's reserve
        (bucket(5, 3), False, None),
        (bucket(5, 0), False, NOW + DAY),
        (bucket(0, 0), False, NOW + DAY),  # both are used up: the later moment
    ],
)
def test_who_may_call(left: Bucket, background: bool, wait: object) -> None:
    after, until = take(left, NOW, LIMITS, background)
    assert until == wait
    spent = 0 if until else 1
    assert (after.minute_left, after.day_left) == (left.minute_left - spent, left.day_left - spent)
    assert after.day_used == spent


def test_our_own_calls_of_a_day_are_counted_whatever_a_service_says_is_left() -> None:
    held, _ = take(bucket(5, 20), NOW, LIMITS, False)
    assert rolled(held, NOW + DAY, LIMITS).day_used == 0
    held = learn(held, NOW, 4, 900)
    assert Allowance.of(held, LIMITS) == Allowance(4, 5, 900, 901, NOW + DAY, 1, 3)
    fewer = learn(held, NOW, None, 7)
    assert Allowance.of(fewer, LIMITS).day_limit == 8, "what the service leaves to us, not what we once thought"
    assert Allowance.of(learn(bucket(5, 20), NOW, 4, None), LIMITS).day_limit == 20


@pytest.mark.parametrize(
    ("passed", "minute", "day"),
    [
        (MINUTE - timedelta(seconds=1), 0, 7),
        (MINUTE, 5, 7),  # a new minute
        (DAY, 5, 20),  # a new day
    ],
)
def test_a_window_that_ended_begins_anew(passed: timedelta, minute: int, day: int) -> None:
    now = NOW + passed
    after = rolled(bucket(0, 7), now, LIMITS)
    assert (after.minute_left, after.day_left) == (minute, day)
    assert after.minute_ends > now
    assert after.day_ends > now


@pytest.mark.parametrize(
    ("minute", "day", "then"),
    [
        (None, None, (4, 10)),
        (1, None, (1, 10)),  # another program used the same allowance
        (None, 500, (4, 500)),  # our own count was too low: a larger plan
        (0, 0, (0, 0)),
    ],
)
def test_what_the_service_says_beats_our_own_count(minute: int | None, day: int | None, then: tuple[int, int]) -> None:
    after = learn(bucket(4, 10), NOW, minute, day)
    assert (after.minute_left, after.day_left) == then


@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(0, 90), st.none() | st.integers(0, 6), st.none() | st.integers(0, 25)),
        max_size=60,
    )
)
def test_background_work_never_spends_the_reserve(steps: list[tuple[bool, int, int | None, int | None]]) -> None:
    """Whoever calls whenever, and whatever the service says in between."""
    now, left = NOW, fresh(NOW, LIMITS)
    for background, seconds, minute_said, day_said in steps:
        now += timedelta(seconds=seconds)
        before = rolled(left, now, LIMITS)
        left, wait = take(left, now, LIMITS, background)
        if wait is not None:
            assert (left, now < wait) == (before, True)
            continue
        floor = (LIMITS.minute_reserve, LIMITS.day_reserve) if background else (0, 0)
        assert left.minute_left >= floor[0]
        assert left.day_left >= floor[1]
        left = learn(left, now, minute_said, day_said)


def test_a_refusal_tells_when_the_service_counts_anew() -> None:
    """Xero's day begins when it likes: our own window must not outlast it."""
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    limits = Limits(minute=60, day=1000)
    empty = learn(fresh(noon, limits), noon, 60, 0, noon + timedelta(hours=2))
    assert take(empty, noon + timedelta(hours=1), limits, False)[1] == noon + timedelta(hours=2)
    assert take(empty, noon + timedelta(hours=2), limits, False)[1] is None
    hasty = learn(fresh(noon, limits), noon, 0, 900, noon + timedelta(seconds=26))
    assert take(hasty, noon + timedelta(seconds=27), limits, False)[1] is None


# ------------------------------------------------------------------ a service's own day

LARGE = Limits(minute=60, day=5_000, minute_reserve=10, day_reserve=200)


def told(left: int, used: int = 400, *, ends: datetime = NOW + DAY) -> Bucket:
    """We used so many, and the service says that so many are left."""
    return Bucket(60, NOW + MINUTE, left, ends, used, NOW)


def test_a_window_that_turned_is_seen_by_what_came_back() -> None:
    turned = learn(told(560), NOW + HOUR, 59, 999)
    assert (turned.day_left, turned.day_used, turned.day_ends, turned.rolling) == (999, 1, NOW + HOUR + DAY, False)


def test_a_day_that_rolls_is_seen_by_little_that_comes_back() -> None:
    rolls = learn(told(560), NOW + HOUR, 59, 574)
    assert (rolls.day_left, rolls.day_used, rolls.rolling) == (574, 386, True)


@pytest.mark.parametrize("left", [565, 560, 555, 100])
def test_answers_that_overtake_each_other_and_other_programs_turn_nothing(left: int) -> None:
    after = learn(told(560), NOW + HOUR, 59, left)
    assert (after.day_left, after.day_used, after.day_ends, after.rolling) == (left, 400, NOW + DAY, False)


def test_what_the_service_said_is_not_made_larger_by_our_own_clock() -> None:
    late = NOW + timedelta(hours=23)
    held = told(300, ends=NOW + HOUR)
    assert rolled(held, late, LARGE).day_left == 300
    assert take(held, late, LARGE, background=True)[0].day_left == 299


def test_what_was_said_a_day_ago_is_not_true_any_more() -> None:
    after = rolled(told(0), NOW + DAY, LARGE)
    assert (after.day_left, after.day_used, after.day_told, after.rolling) == (5_000, 0, None, False)


def test_who_ran_dry_looks_once_an_hour_when_the_window_should_have_turned() -> None:
    held, later = told(200, ends=NOW + HOUR), NOW + HOUR
    assert take(held, NOW, LARGE, background=True)[1] == NOW + HOUR
    looked, wait = take(held, later, LARGE, background=True)
    assert (wait, looked.day_left) == (None, 199)
    assert take(learn(looked, later, 59, 199), later, LARGE, background=True)[1] == later + HOUR
    assert take(learn(looked, later, 59, 999), later, LARGE, background=True)[1] is None


def test_a_day_that_did_not_turn_when_it_should_have_is_one_that_rolls() -> None:
    held = told(300, ends=NOW + HOUR)
    assert not Allowance.of(held, LARGE).rolling
    assert Allowance.of(learn(held, NOW + HOUR, 59, 299), LARGE).rolling
    assert not Allowance.of(learn(held, NOW + HOUR, 59, 999), LARGE).rolling
