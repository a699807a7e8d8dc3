"""Runs as often as the budgets of the services carry, evenly over what is left of their day, and why not oftener."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extension.sync.budget import DAY, HOUR, MINUTE, Allowance
from extension.sync.canonical import XERO, ZOHO
from extension.sync.pace import SPARE, Spent, Stretch, steadied, stretched
from tests.unit.sync.samples import NOW

QUARTER = timedelta(minutes=15)
PLENTY = Allowance(100, 100, 50_000, 50_000, NOW + DAY, 0, 500)


def allowance(left: int, hours: float = 24, limit: int = 1_000, *, rolling: bool = False) -> Allowance:
    return Allowance(60, 60, left, limit, NOW + timedelta(hours=hours), limit - left, 200, rolling)


def runs(*xero: int, zoho: int = 30) -> list[Spent]:
    """Newest first, a quarter of an hour apart."""
    return [Spent(NOW - n * QUARTER, {XERO: calls, ZOHO: zoho}) for n, calls in enumerate(xero)]


def pace(xero: Allowance, *costs: int) -> Stretch | None:
    return stretched(QUARTER, NOW, {ZOHO: PLENTY, XERO: xero}, runs(*costs))


def test_the_wished_interval_where_the_day_carries_it() -> None:
    assert pace(allowance(1_000), 7, 7, 7) is None
    assert pace(allowance(5_000, limit=5_000), 14, 14) is None
    assert pace(allowance(500, hours=2), 14) is None, "much is left and the day is nearly over"


def test_nothing_is_stretched_before_anything_was_measured() -> None:
    assert pace(allowance(201)) is None
    assert pace(allowance(201), 0, 0) is None


def test_a_small_plan_has_runs_further_apart_and_it_says_so() -> None:
    found = pace(allowance(1_000), *[13] * 20)
    assert found == Stretch(30, 15, XERO, 1_000, 13)
    assert found.sentence == "Every 30 minutes instead of 15: Xero allows 1,000 calls a day, and a run takes about 13."
    assert Stretch.read(found.document()) == found
    assert Stretch.read(None) is None


def test_the_side_that_carries_least_decides() -> None:
    tight = Allowance(100, 100, 1_700, 5_000, NOW + DAY, 3_300, 500)
    found = stretched(QUARTER, NOW, {ZOHO: tight, XERO: allowance(1_000)}, runs(13, 13, zoho=60))
    assert found is not None
    assert (found.side, found.minutes) == (ZOHO, 80)
    assert (
        found.sentence == "Every 80 minutes instead of 15: Zoho CRM allows 5,000 calls a day, and a run takes about 60."
    )


def test_without_a_run_to_spare_the_next_one_waits_for_the_next_day() -> None:
    found = pace(allowance(205, hours=2.5), 13, 13)
    assert found is not None
    assert (found.minutes, found.until) == (150, NOW + timedelta(hours=2.5))
    assert Stretch.read(found.document()) == found
    assert found.sentence == (
        "The next run waits until Xero allows more calls, in at most 2 hours and 30 minutes: it allows 1,000 calls a "
        "day, and what is left of them is kept for the button."
    )


@pytest.mark.parametrize(("left", "minutes"), [(280, 30), (1_000, 15), (205, 60)])
def test_of_a_day_that_rolls_comes_back_what_the_last_one_took(left: int, minutes: int) -> None:
    """56 runs of 13 in the last day; left over is little, or a lot, or less than a run."""
    found = pace(allowance(left, rolling=True), *[13] * 56)
    assert (found.minutes if found else 15) == minutes


def test_a_window_that_should_have_turned_is_asked_about_at_once() -> None:
    assert pace(allowance(205, hours=0), *[13] * 56) is None
    assert pace(allowance(205, hours=-1), *[13] * 56) is None


def test_a_step_up_or_down_is_no_news() -> None:
    before = Stretch(30, 15, XERO, 1_000, 13)
    assert steadied(Stretch(35, 15, XERO, 990, 14), before) == before
    assert steadied(Stretch(25, 15, XERO, 990, 14), before) == before
    for news in (
        None,
        Stretch(40, 15, XERO, 990, 14),
        Stretch(20, 15, XERO, 990, 14),
        Stretch(35, 15, ZOHO, 990, 14),
        Stretch(35, 10, XERO, 990, 14),
        Stretch(35, 15, XERO, 990, 14, NOW),
    ):
        assert steadied(news, before) == news
    assert steadied(before, None) == before


@given(st.integers(0, 5_000), st.integers(1, 60), st.integers(1, 24), st.integers(1, 48))
def test_so_many_runs_never_need_more_than_is_free(left: int, cost: int, hours: int, quarters: int) -> None:
    wished = quarters * QUARTER
    found = stretched(wished, NOW, {XERO: allowance(left, hours, 5_000)}, runs(cost))
    apart = timedelta(minutes=found.minutes) if found else wished
    assert apart >= wished
    more = (hours * HOUR - MINUTE) // apart
    assert more * cost * SPARE <= max(0, left - 200) or more == 0
