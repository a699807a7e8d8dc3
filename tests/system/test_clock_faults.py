"""Clocks that jump while or between runs: both sides end as after an undisturbed run, and no edit is lost.

Ours goes back or ahead when somebody sets it, a service's when it is moved; and summer time begins or ends in the
middle of a run (tests/system/test_clocks.py has clocks that disagree, and lists that lag).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from tests.system.comparison import End
from tests.system.kill_door import CREATE, READ, Strike
from tests.system.kill_ends import Reference, at_rest, differs, undisturbed
from tests.system.kill_rig import Rig
from tests.system.sweep import company
from tests.system.sweep_books import EDITED_IN_CRM, HOUSE, Screens

AN_HOUR, A_DAY = 3_600.0, 86_400.0
LOST: Final = Strike(CREATE, 1, True, "/PurchaseOrders", does="cut")  # one of them has no number to know it by
IN_THE_MIDDLE: Final = Strike(READ, 30, after=False, does="wait")
# In New Zealand, where both organisations live: 02:00 becomes 03:00, and half a year later 03:00 becomes 02:00.
SUMMER: Final = datetime(2026, 9, 26, 14, tzinfo=UTC)
WINTER: Final = datetime(2027, 4, 3, 14, tzinfo=UTC)


@pytest.fixture(scope="module")
def reference() -> Iterator[Reference]:
    with company("unique") as opened:
        yield opened


@pytest.fixture
def rig(reference: Reference) -> Rig:
    reference.rig.restore()
    return reference.rig


# ------------------------------------------------------------------ ours


@pytest.mark.parametrize("seconds", [-AN_HOUR, pytest.param(A_DAY, marks=pytest.mark.slow)], ids=["back", "ahead"])
def test_our_clock_is_moved_before_a_lost_create_is_settled(reference: Reference, rig: Rig, seconds: float) -> None:
    """Back: what was sent lies in the future then, and doubt lasts until that has passed."""
    assert rig.sync(LOST) is not None
    rig.later(20)
    rig.skew = seconds
    assert rig.sync() is not None
    assert End(rig.before, rig.state()).twice == []
    rig.later(AN_HOUR + 400)
    assert differs(reference) == []


@pytest.mark.parametrize("seconds", [-AN_HOUR, pytest.param(AN_HOUR, marks=pytest.mark.slow)], ids=["back", "ahead"])
def test_our_clock_is_moved_in_the_middle_of_a_run(reference: Reference, rig: Rig, seconds: float) -> None:
    rig.leap = (150, seconds)
    said = rig.sync()
    assert said is not None
    assert (said["state"], said["open"]) == ("done", 0)
    rig.leap, rig.skew = None, seconds
    assert differs(reference) == []


# ------------------------------------------------------------------ the services'


@pytest.mark.parametrize("seconds", [-600.0, pytest.param(AN_HOUR, marks=pytest.mark.slow)], ids=["back", "ahead"])
def test_the_services_clocks_are_moved_in_the_middle_of_a_run(reference: Reference, rig: Rig, seconds: float) -> None:
    with rig.waiting(IN_THE_MIDDLE) as run:
        rig.world.clock.set(rig.world.clock.now() + timedelta(seconds=seconds))
    assert run.result() is not None
    rig.skew = -seconds
    assert differs(reference) == []


def test_what_people_edit_after_a_services_clock_went_back_travels(rig: Rig) -> None:
    said = at_rest(rig)
    assert said["state"] == "done"
    rig.later(AN_HOUR)
    rig.sync()
    at = Screens(rig.world)
    rig.world.clock.set(rig.world.clock.now() - timedelta(minutes=4))  # less than two runs overlap by
    rig.skew = 4 * 60.0
    at.edit_crm("Accounts", at.in_crm("Accounts", "Account_Name", f"{EDITED_IN_CRM} Ltd"), Phone="+64 9 700 0000")
    at.edit_books("Contacts", at.in_books("Contacts", "Name", HOUSE)["ContactID"], TaxNumber="70-700-700")
    rig.sync()
    contact = at.in_books("Contacts", "Name", f"{EDITED_IN_CRM} Ltd")
    assert "+64 9 700 0000" in [phone["PhoneNumber"] for phone in contact["Phones"]]
    assert at.in_crm("Accounts", "Account_Name", HOUSE)["Tax_Number"] == "70-700-700"


# ------------------------------------------------------------------ summer time


@pytest.mark.slow
@pytest.mark.parametrize("change", [SUMMER, WINTER], ids=["begins", "ends"])
def test_summer_time_changes_in_the_middle_of_a_run(change: datetime) -> None:
    with company("unique", change - timedelta(hours=4)) as reference:
        rig, at = reference.rig, change - timedelta(minutes=1)
        usual = undisturbed(rig, at)
        rig.restore(at)
        with rig.waiting(IN_THE_MIDDLE) as run:
            rig.world.clock.set(change + timedelta(seconds=5))
        assert run.result() is not None
        assert differs(usual) == []
