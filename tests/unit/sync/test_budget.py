"""I11: background work never spends the reserve that is kept for the button; what the service says beats our count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extension.sync.budget import (
    DAY,
    FLIGHT,
    HANDFUL,
    HOUR,
    IN_FLIGHT,
    MINUTE,
    TOGETHER,
    Allowance,
    Bucket,
    Limits,
    Told,
    fresh,
    landed,
    learn,
    rolled,
    take,
    take_each,
)
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


# ------------------------------------------------------------------ a minute that rolls

SECOND = timedelta(seconds=1)
START = NOW.replace(microsecond=0)
LONG_DAY = Limits(minute=5, day=10**6, minute_reserve=2)


@given(st.lists(st.tuples(st.floats(0, 30), st.booleans()), max_size=80))
def test_no_minute_wherever_it_begins_holds_more_calls_than_there_are(steps: list[tuple[float, bool]]) -> None:
    """Nobody says whether Xero's minute rolls or turns: whoever keeps to every minute keeps to both."""
    now, left = START, fresh(START, LONG_DAY)
    made: list[datetime] = []
    for seconds, background in steps:
        now += timedelta(seconds=seconds)
        left, wait = take(left, now, LONG_DAY, background)
        if wait is None:
            made.append(now)
        assert sum(now - at < MINUTE for at in made) <= LONG_DAY.minute
        assert wait is None or not background or now < wait <= now + MINUTE + SECOND


def test_calls_come_back_one_by_one() -> None:
    left = fresh(START, LONG_DAY)
    for second in (0, 20, 40):
        left, wait = take(left, START + second * SECOND, LONG_DAY, True)
        assert wait is None
    assert take(left, START + 41 * SECOND, LONG_DAY, True)[1] == START + MINUTE + 20 * SECOND, "two of them"
    left, wait = take(left, START + MINUTE, LONG_DAY, True)
    assert (wait, left.minute_left) == (None, 2)
    assert take(left, START + MINUTE, LONG_DAY, True)[1] == START + MINUTE + 40 * SECOND
    dry, _ = take(left, START + MINUTE, LONG_DAY, False)
    dry, _ = take(dry, START + MINUTE, LONG_DAY, False)
    assert take(dry, START + MINUTE, LONG_DAY, False)[1] == START + MINUTE + 20 * SECOND, "a person takes the first"


def test_background_work_waits_for_a_handful_that_comes_soon_but_not_for_long() -> None:
    apart = timedelta(seconds=TOGETHER) / 4
    left, limits = fresh(START, LARGE), Limits(minute=60, day=5_000)
    for n in range(60):
        left, _ = take(left, START + n * apart, limits, True)
    wait = take(left, START + 60 * apart, limits, True)[1]
    assert wait == START + MINUTE + TOGETHER * SECOND
    burst = fresh(START, limits)
    for n in range(60):
        burst, _ = take(burst, START + (n >= HANDFUL) * SECOND, limits, True)
    assert take(burst, START + SECOND, limits, True)[1] == START + MINUTE


def test_an_answer_that_counts_a_little_less_is_late_and_not_another_program() -> None:
    """A call leaves the service's minute a moment after it leaves ours: it counts for a moment and not for a minute."""
    left = learn(fresh(START, LARGE), START, 60 - IN_FLIGHT, None)
    assert left.minute_left == 60 - IN_FLIGHT
    assert rolled(left, START + SECOND, LARGE).minute_left == 60
    others = learn(fresh(START, LARGE), START, 20, None)
    assert rolled(others, START + 59 * SECOND, LARGE).minute_left == 20


def test_an_answer_that_counts_a_little_more_was_overtaken() -> None:
    left = fresh(START, LARGE)
    for _ in range(20):
        left, _ = take(left, START, LARGE, True)
    assert learn(left, START, 40 + IN_FLIGHT - 1, None).minute_left == 40
    turned = learn(left, START, 59, None)
    assert (turned.minute_left, turned.coming) == (59, ((int(START.timestamp()) + 60, 1),))


def test_a_pause_that_a_service_asks_for_is_kept_though_our_calls_would_come_back() -> None:
    left, _ = take(fresh(START, LARGE), START, LARGE, False)
    left = learn(left, START, 0, 900, START + 90 * SECOND)
    assert take(left, START + 89 * SECOND, LARGE, False)[1] == START + 90 * SECOND
    assert take(left, START + 90 * SECOND, LARGE, False)[1] is None


# ------------------------------------------------------------------ two rows, and calls at once


def test_a_call_is_taken_of_every_bucket_or_of_none() -> None:
    own, app = Limits(minute=5, day=20), Limits(minute=1, day=20)
    held = [(fresh(START, own), own), (fresh(START, app), app)]
    after, wait = take_each(held, START, False)
    assert (wait, [each.minute_left for each in after]) == (None, [4, 0])
    again, wait = take_each(list(zip(after, (own, app), strict=True)), START, False)
    assert (wait, again) == (START + MINUTE, after)


def test_places_at_once_are_given_back_and_end_by_themselves() -> None:
    limits = Limits(minute=60, day=1_000, at_once=2, at_once_reserve=1)
    [one], wait = take_each([(fresh(START, limits), limits)], START, True)
    assert wait is None
    assert take_each([(one, limits)], START, True) == ([one], START), "background work leaves a place"
    [two], wait = take_each([(one, limits)], START, False)
    assert wait is None
    assert take_each([(two, limits)], START, False)[1] == START
    assert take_each([(landed(two, START, Told()), limits)], START, False)[1] is None
    assert take_each([(two, limits)], START + FLIGHT, False)[1] is None
