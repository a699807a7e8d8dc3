"""The whole sync while clocks disagree, summer time begins or ends, and indexes lag behind what is stored.

Every side is judged by its own clock, and an overlap and a settle delay of two minutes cover lists that are up to a
minute late (design.md 5). Runs follow each other much more quickly than that, as a person's presses do.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from extension.sync.canonical import XERO, ZOHO, Side
from tests.system import (  # noqa: F401  # each tells its stories
    stories_companies,
    stories_invoices,
    stories_lines,
    stories_newcomers,
    stories_orders,
    stories_people,
)
from tests.system.cast import Pair, Town, live, phone, phones
from tests.system.switch_rig import Rig

MINUTES: Final = 60.0
LARGE: Final = 60
# In New Zealand, where both organisations live: 02:00 becomes 03:00, and half a year later 03:00 becomes 02:00.
SUMMER: Final = datetime(2026, 9, 26, 14, tzinfo=UTC)
WINTER: Final = datetime(2027, 4, 3, 14, tzinfo=UTC)


def hurried(rig: Rig) -> None:
    """Runs one after the other, most of them before the lists show what was done."""
    for seconds in (0, 1, 5, 20, 40, 70):
        rig.later(seconds)
        rig.sync()


def account(rig: Rig) -> Pair:
    return Town(rig).account()


# ------------------------------------------------------------------ indexes that lag


def lagging(folder: Path, seconds: float, records: int = 10) -> Rig:
    zoho = {"list_index_lag": seconds, "search_index_lag": seconds}
    return Rig(folder, zoho, {"list_lag_seconds": seconds}, records=records)


@pytest.fixture
def late_lists(tmp_path: Path) -> Iterator[Rig]:
    rig = lagging(tmp_path, 60)
    yield rig
    rig.close()


def test_quick_runs_make_nothing_twice_and_put_nothing_back(late_lists: Rig) -> None:
    hurried(late_lists)
    late_lists.later()
    late_lists.rests()


def test_an_edit_right_after_our_own_write_survives_lists_that_show_neither(late_lists: Rig) -> None:
    rig = late_lists
    rig.rests()
    it = account(rig)
    it.in_crm(Phone="+64 9 101 0101")
    rig.later(70)
    rig.sync()
    assert phone(it.books) == "+64 9 101 0101"
    it.in_crm(Phone="+64 9 202 0202")
    it.in_xero(TaxNumber="20-20-20")
    hurried(rig)
    assert phone(it.books) == it.crm["Phone"] == "+64 9 202 0202"
    assert it.crm["Tax_Number"] == it.books["TaxNumber"] == "20-20-20"
    rig.later()
    rig.rests()


# ------------------------------------------------------------------ clocks that disagree


@pytest.mark.parametrize(
    ("side", "seconds"),
    [
        pytest.param(ZOHO, -5 * MINUTES, id="the CRM is ahead"),
        pytest.param(XERO, 5 * MINUTES, id="Xero is late"),
        pytest.param(ZOHO, 5 * MINUTES, id="the CRM is late", marks=pytest.mark.slow),
        pytest.param(XERO, -5 * MINUTES, id="Xero is ahead", marks=pytest.mark.slow),
    ],
)
def test_a_service_whose_clock_is_five_minutes_off(side: Side, seconds: float, tmp_path: Path) -> None:
    rig = Rig(tmp_path, late={side: seconds}, records=10)
    try:
        rig.rests()
        it = account(rig)
        it.in_crm(Phone="+64 9 303 0303")
        it.in_xero(TaxNumber="30-30-30")
        rig.rests()  # at once: the edits are younger than the other clock's watermark
        assert phone(it.books) == it.crm["Phone"] == "+64 9 303 0303"
        assert it.crm["Tax_Number"] == it.books["TaxNumber"] == "30-30-30"
    finally:
        rig.close()


# ------------------------------------------------------------------ summer time


@pytest.mark.parametrize("change", [SUMMER, WINTER], ids=["begins", "ends"])
def test_summer_time_changes_between_two_runs(change: datetime, tmp_path: Path) -> None:
    """Where it ends, the last edit falls into the hour that was there before."""
    rig = Rig(tmp_path, records=10, began=change - timedelta(minutes=30))
    try:
        rig.sync()
        town = Town(rig)
        before, after, later = town.account(), town.account(), town.account()
        rig.clock.set(change - timedelta(seconds=30))
        before.in_crm(Phone="+64 9 404 0404")
        rig.clock.set(change + timedelta(seconds=30))
        after.in_xero(TaxNumber="40-40-40")
        rig.sync()
        rig.clock.set(change + timedelta(minutes=50))
        later.in_xero(Phones=phones("+64 9 505 0505"))
        rig.rests()
        assert phone(before.books) == before.crm["Phone"] == "+64 9 404 0404"
        assert after.crm["Tax_Number"] == "40-40-40"
        assert later.crm["Phone"] == "+64 9 505 0505"
    finally:
        rig.close()


# ------------------------------------------------------------------ everything at once


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [30.0, 60.0])
def test_a_company_lives_with_lists_that_lag(seconds: float, tmp_path: Path) -> None:
    rig = lagging(tmp_path, seconds, LARGE)
    try:
        hurried(rig)
        rig.later()
        rig.rests()
        live(rig, lambda: hurried(rig))
    finally:
        rig.close()


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [5 * MINUTES, -5 * MINUTES], ids=["late", "ahead"])
@pytest.mark.parametrize("side", [ZOHO, XERO])
def test_a_company_lives_with_two_clocks_and_lag(side: Side, seconds: float, tmp_path: Path) -> None:
    lag = {"list_index_lag": 45.0}, {"list_lag_seconds": 45.0}
    rig = Rig(tmp_path, *lag, late={side: seconds}, records=LARGE)
    try:
        hurried(rig)
        rig.later()
        rig.rests()
        live(rig, lambda: hurried(rig))
    finally:
        rig.close()
