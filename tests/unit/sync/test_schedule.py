"""A schedule in any time zone: every wall time of every chosen day once, in order, whatever summer time does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extension.sync.errors import BadInput
from extension.sync.schedule import (
    INTERVALS,
    Schedule,
    instant,
    longest_rest,
    mistakes,
    next_run,
    parse,
    place,
    upcoming,
)

LONDON = ZoneInfo("Europe/London")
EVERY_DAY = frozenset(range(7))
ZONES = st.sampled_from(sorted(available_timezones() - {"localtime"})).map(ZoneInfo)
TIMES = st.sets(st.builds(time, st.integers(0, 23), st.integers(0, 59)), min_size=1, max_size=4)
WEEKDAYS = st.sets(st.integers(0, 6), min_size=1).map(frozenset)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))
SCHEDULES = st.builds(lambda t, d, z: Schedule(True, tuple(sorted(t)), d, z), TIMES, WEEKDAYS, ZONES)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]  # year, month, day, hour, minute


def daily(at: str, zone: ZoneInfo = LONDON) -> Schedule:
    return Schedule(True, (time.fromisoformat(at),), EVERY_DAY, zone)


def shown(moment: datetime, zone: Any) -> datetime:
    """What a clock on the wall shows."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


# ------------------------------------------------------------------ by example


@pytest.mark.parametrize(
    ("document", "hours"),
    [
        ({"on": True, "every": 15}, 0.25),
        ({"on": True, "times": ["09:00", "17:00"]}, 16),
        ({"on": True, "times": ["09:00"], "weekdays": [0, 1, 2, 3, 4]}, 72),
        ({"on": True, "every": 60, "weekdays": [0, 1, 2, 3, 4]}, 49),
        ({"on": True, "times": ["09:00"], "weekdays": [6]}, 168),
        ({"on": False, "every": 15}, None),
        (None, None),
    ],
)
def test_the_longest_rest_of_a_week(document: Mapping[str, Any] | None, hours: float | None) -> None:
    assert longest_rest(parse(document, UTC)) == (None if hours is None else timedelta(hours=hours))


def test_a_time_of_day_follows_summer_time() -> None:
    assert next_run(daily("09:00"), utc(2026, 1, 10, 12)) == utc(2026, 1, 11, 9)
    assert next_run(daily("09:00"), utc(2026, 7, 10, 12)) == utc(2026, 7, 11, 8)


def test_a_time_that_is_skipped_is_kept_at_the_end_of_the_gap() -> None:
    assert upcoming(daily("01:30"), utc(2026, 3, 28, 12), 2) == (utc(2026, 3, 29, 1), utc(2026, 3, 30, 0, 30))


def test_two_times_in_one_gap_are_one_run() -> None:
    twice = Schedule(True, (time(1, 15), time(1, 30)), EVERY_DAY, LONDON)
    assert upcoming(twice, utc(2026, 3, 28, 12), 2) == (utc(2026, 3, 29, 1), utc(2026, 3, 30, 0, 15))


def test_a_time_that_is_shown_twice_counts_the_first_time() -> None:
    assert upcoming(daily("01:30"), utc(2026, 10, 24, 12), 2) == (utc(2026, 10, 25, 0, 30), utc(2026, 10, 26, 1, 30))
    assert next_run(daily("01:30"), utc(2026, 10, 25, 0, 45)) == utc(2026, 10, 26, 1, 30)


def test_a_day_that_a_country_left_out_is_kept_at_its_end() -> None:
    apia = ZoneInfo("Pacific/Apia")  # which had no 30th of December 2011, a Friday
    friday = Schedule(True, (time(9), time(17)), frozenset({4}), apia)
    assert next_run(friday, utc(2011, 12, 29, 12)) == datetime(2011, 12, 31, tzinfo=apia).astimezone(UTC)


def test_the_very_instant_is_not_after_itself() -> None:
    assert next_run(daily("09:00"), utc(2026, 1, 10, 9)) == utc(2026, 1, 11, 9)


@pytest.mark.parametrize(
    "none",
    [
        Schedule(False, (time(9),), EVERY_DAY, UTC),
        Schedule(True, (), EVERY_DAY, UTC),
        Schedule(True, (time(9),), frozenset(), UTC),
    ],
)
def test_a_schedule_that_is_off_has_no_next_run(none: Schedule) -> None:
    assert next_run(none, utc(2026, 1, 1)) is None
    assert upcoming(none, utc(2026, 1, 1), 3) == ()


# ------------------------------------------------------------------ over all zones


@given(SCHEDULES, MOMENTS)
def test_the_runs_are_the_first_moments_that_show_each_wall_time(schedule: Schedule, after: datetime) -> None:
    runs = upcoming(schedule, after, 12)
    assert all(a < b for a, b in pairwise((after, *runs)))
    for run in runs:
        wall = wall_times(schedule, shown(run, schedule.zone).date())
        assert any(instant(each, schedule.zone) == run for each in wall)
    expected = {
        instant(each, schedule.zone)
        for day in days_between(shown(after, schedule.zone).date(), shown(runs[-1], schedule.zone).date())
        for each in wall_times(schedule, day)
    }
    assert [moment for moment in sorted(expected) if after < moment <= runs[-1]] == list(runs)


@settings(max_examples=30, deadline=None)  # each looks at ten thousand moments
@given(ZONES, st.dates(date(1990, 1, 1), date(2037, 12, 31)), st.integers(0, 23 * 60 + 59))
def test_an_instant_is_the_first_that_reaches_the_wall_time(zone: ZoneInfo, day: date, minute: int) -> None:
    wall = datetime.combine(day, time(minute // 60, minute % 60))
    found = instant(wall, zone)
    assert shown(found, zone) >= wall
    before = [found - timedelta(minutes=n) for n in range(1, 36 * 60, 7)]
    assert all(shown(moment, zone) < wall for moment in [found - timedelta(seconds=1), *before])


@settings(max_examples=40, deadline=None)
@given(ZONES, st.integers(1990, 2089))
def test_a_year_of_mornings_is_one_run_a_day(zone: ZoneInfo, year: int) -> None:
    """Around every change of the clocks of that year, and on all other days."""
    start = datetime(year, 1, 1, tzinfo=UTC)
    runs = upcoming(Schedule(True, (time(1, 30),), EVERY_DAY, zone), start, 366)
    days = [shown(run, zone).date() for run in runs]
    gaps = [(b - a).days for a, b in pairwise(days)]
    assert set(gaps) <= {1, 2, 0}  # 2 and 0: a day that the zone left out, or had twice
    assert gaps.count(1) >= 360


@given(SCHEDULES, MOMENTS, st.lists(st.integers(1, 200_000), min_size=1, max_size=30))
def test_nothing_is_lost_or_doubled_whenever_the_clock_is_read(
    schedule: Schedule, start: datetime, steps: list[int]
) -> None:
    """A clock that is read at any moments serves each instant at the first reading after it."""
    clock, due, served = start, next_run(schedule, start), list[datetime]()
    for step in steps:
        clock += timedelta(seconds=step)
        while due is not None and due <= clock:
            served.append(due)
            due = next_run(schedule, due)
    expected = [moment for moment in upcoming(schedule, start, len(served) + 1) if moment <= clock]
    assert served == expected


def wall_times(schedule: Schedule, last: date) -> list[datetime]:
    """The wall times of a day and those of the three before it, which a gap may have pushed into it."""
    days = [last - timedelta(days=n) for n in range(4)]
    return [
        datetime.combine(day, each) for day in days if day.weekday() in schedule.weekdays for each in schedule.times
    ]


def days_between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


# ------------------------------------------------------------------ the document

GOOD: dict[str, Any] = {
    "on": True,
    "times": ["17:30", "09:00"],
    "weekdays": [0, 4],
    "entities": ["account"],
    "mode": "zoho-to-xero",
    "email": True,
}


def test_a_document_is_read() -> None:
    found = parse(GOOD, LONDON, ("account", "product"))
    assert found == Schedule(
        True, (time(9), time(17, 30)), frozenset({0, 4}), LONDON, ("account",), "zoho-to-xero", True
    )
    assert found.scope.background
    assert (found.scope.entities, found.scope.mode, found.scope.trigger) == (("account",), "zoho-to-xero", "schedule")


@pytest.mark.parametrize("document", [None, {}, {"on": False}])
def test_no_schedule_is_one_that_is_off(document: Mapping[str, Any] | None) -> None:
    assert next_run(parse(document, UTC), utc(2026, 1, 1)) is None


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"on": "yes"}, "on", "on or off"),
        ({"times": []}, "times", "at least one time"),
        ({"times": "09:00"}, "times", "not a list"),
        ({"times": ["9:00"]}, "times", "“9:00” is no time of day"),
        ({"times": ["25:00"]}, "times", "“25:00” is no time of day"),
        ({"times": ["09:00", "09:00"]}, "times", "09:00 is there twice"),
        ({"times": [9]}, "times", "“9” is no time of day"),
        ({"times": [["09:00"]]}, "times", "is no time of day"),
        ({"times": [f"{n // 60:02}:{n % 60:02}" for n in range(49)]}, "times", "at most 48"),
        ({"weekdays": []}, "weekdays", "at least one weekday"),
        ({"weekdays": [7]}, "weekdays", "from 0 (Monday)"),
        ({"weekdays": [True]}, "weekdays", "from 0 (Monday)"),
        ({"weekdays": [[1]]}, "weekdays", "from 0 (Monday)"),
        ({"weekdays": 3}, "weekdays", "from 0 (Monday)"),
        ({"entities": ["ledger"]}, "entities", "no module “ledger”"),
        ({"entities": "account"}, "entities", "not a list"),
        ({"entities": [3]}, "entities", "not a list"),
        ({"mode": "up"}, "mode", "Choose one of these ways"),
        ({"email": 1}, "email", "e-mail or not"),
    ],
)
def test_a_mistake_is_one_sentence_beside_its_field(wrong: dict[str, Any], field: str, words: str) -> None:
    document = GOOD | wrong
    found = mistakes(document, ("account", "product"))
    assert list(found) == [field]
    assert words in found[field]
    assert found[field].endswith(".")
    with pytest.raises(BadInput) as refused:
        parse(document, LONDON, ("account", "product"))
    assert refused.value.code == "bad_schedule"


def test_every_mistake_is_told_at_once() -> None:
    assert list(mistakes(GOOD | {"times": [], "weekdays": []})) == ["times", "weekdays"]
    with pytest.raises(BadInput):
        parse([], UTC)  # type: ignore[arg-type]


# ------------------------------------------------------------------ every so many minutes


def every(minutes: int, zone: ZoneInfo = LONDON, weekdays: frozenset[int] = EVERY_DAY) -> Schedule:
    return Schedule(True, (), weekdays, zone, every=minutes)


@pytest.mark.parametrize(
    ("night", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)]
)
def test_an_interval_counts_minutes_as_they_pass_whatever_the_wall_shows(night: date, hours: int) -> None:
    begins = datetime.combine(night, time(), LONDON)
    ends = datetime.combine(night + timedelta(days=1), time(), LONDON).astimezone(UTC)
    moments = upcoming(every(15), begins.astimezone(UTC) - timedelta(seconds=1), 4 * hours + 1)
    assert (moments[0], moments[-1]) == (begins.astimezone(UTC), ends)
    assert {after - before for before, after in pairwise(moments)} == {timedelta(minutes=15)}


def test_an_interval_keeps_to_its_weekdays_in_its_own_zone() -> None:
    auckland = ZoneInfo("Pacific/Auckland")
    monday = every(60, auckland, frozenset({0}))
    first, last = upcoming(monday, utc(2026, 5, 2, 12), 24)[::23]
    assert first == datetime(2026, 5, 4, tzinfo=auckland).astimezone(UTC)
    assert last == datetime(2026, 5, 4, 23, tzinfo=auckland).astimezone(UTC)


def test_a_longer_interval_counts_from_the_run_before() -> None:
    asked, gap = utc(2026, 5, 4, 9, 7), timedelta(minutes=25)
    assert next_run(every(15), asked) == utc(2026, 5, 4, 9, 15)
    assert next_run(every(15), asked, gap=gap) == utc(2026, 5, 4, 9, 32)
    assert next_run(daily("09:10", ZoneInfo("UTC")), asked, gap=gap) == utc(2026, 5, 4, 9, 10), "somebody's own choice"
    assert next_run(Schedule(False, (), EVERY_DAY, UTC, every=15), asked, gap=gap) is None


@pytest.mark.parametrize("wrong", [7, -15, True, 15.0, "15"])
def test_an_interval_that_is_no_choice_is_refused(wrong: object) -> None:
    assert "every" in mistakes({"on": True, "every": wrong})


def test_an_interval_needs_no_times_of_day() -> None:
    assert mistakes({"on": True, "every": 15, "times": []}) == {}
    assert parse({"on": True, "every": 15}, LONDON).every == 15


# ------------------------------------------------------------------ each at its own place within the interval

NUMBERS = st.integers(1, 2**53)
STEPS = st.sampled_from(INTERVALS)


def mine(number: int, minutes: int, zone: ZoneInfo = LONDON) -> Schedule:
    return Schedule(True, (), EVERY_DAY, zone, every=minutes, number=number)


def test_a_place_is_the_same_in_every_version_and_on_every_machine() -> None:
    """Or an upgrade would move every run."""
    assert [place(n, 15).total_seconds() for n in (0, 1, 2, 3, 5_000)] == [0, 556, 212, 768, 152]
    assert (place(1, 5), place(1, 720)) == (timedelta(seconds=185), timedelta(hours=7, minutes=24, seconds=59))


@settings(max_examples=40, deadline=None)
@given(NUMBERS, STEPS, MOMENTS, ZONES)
def test_a_run_is_never_further_than_one_interval_and_always_at_the_own_place(
    number: int, minutes: int, after: datetime, zone: ZoneInfo
) -> None:
    gap = timedelta(minutes=minutes)
    assert timedelta() <= place(number, minutes) < gap
    first, second, third = upcoming(mine(number, minutes, zone), after, 3)
    assert after < first <= after + gap
    assert (second - first, third - second) == (gap, gap), "whatever the wall shows"
    assert (first - datetime(1970, 1, 1, tzinfo=UTC)) % gap == place(number, minutes)


@settings(max_examples=40, deadline=None)
@given(NUMBERS, SCHEDULES, MOMENTS)
def test_times_of_day_are_kept_to_the_minute_whoever_it_is(number: int, schedule: Schedule, after: datetime) -> None:
    whose = Schedule(True, schedule.times, schedule.weekdays, schedule.zone, number=number)
    assert upcoming(whose, after, 4) == upcoming(schedule, after, 4)


def test_a_longer_interval_stays_in_its_own_second_of_a_minute() -> None:
    """Counted from when a run was asked for, some seconds after it was due; not a second longer than it must be, and
    not on the full minute, where everybody would meet who has to wait longer."""
    schedule, gap = mine(1, 15), timedelta(minutes=25)
    due = next_run(schedule, utc(2026, 5, 4, 9))
    assert due == utc(2026, 5, 4, 9, 9) + timedelta(seconds=16)
    for late in (0, 3, 43, 44):
        following = next_run(schedule, due + timedelta(seconds=late), gap=gap)
        assert following == due + gap + timedelta(minutes=late // 60)
    assert next_run(schedule, due - timedelta(seconds=1), gap=gap) == due + gap - timedelta(minutes=1)


@settings(max_examples=40, deadline=None)
@given(NUMBERS, STEPS, MOMENTS, st.integers(1, 300))
def test_a_longer_interval_is_no_longer_than_that_and_hardly_shorter(
    number: int, minutes: int, after: datetime, more: int
) -> None:
    gap = timedelta(minutes=minutes + more)
    following = next_run(mine(number, minutes), after, gap=gap)
    assert following is not None
    assert after + gap - timedelta(minutes=1) < following <= after + gap


@settings(max_examples=20, deadline=None)
@given(NUMBERS, st.sampled_from([5, 15, 60]), st.integers(2, 5_000))
def test_neighbours_are_far_apart_and_no_moment_is_crowded(first: int, minutes: int, many: int) -> None:
    """Any so many numbers in a row: no hole of more than three shares of the interval, and in no five seconds, which
    is a tick, more than their share and a few."""
    whole = minutes * 60
    found = sorted(place(number, minutes).total_seconds() for number in range(first, first + many))
    holes = [after - before for before, after in pairwise([*found, found[0] + whole])]
    assert max(holes) <= 3 * whole / many + 1
    ticks = Counter(int(seconds // 5) for seconds in found)
    assert max(ticks.values()) <= 5 * many / whole + 5
    assert abs(place(first, minutes) - place(first + 1, minutes)) > timedelta(seconds=whole / 3)
