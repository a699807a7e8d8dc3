"""Days overdue: by the calendar of Xero's own time zone, of what is still owed, and of nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from xero_python.accounting import TimeZone

from extension.organisations import ledger_zone
from extension.reporting.overdue import days_overdue

AUCKLAND = ZoneInfo("Pacific/Auckland")
OWED: dict[str, Any] = {"status": "AUTHORISED", "amount_due": Decimal("24.15"), "due_date": "2026-09-20"}
LATE = datetime(2026, 10, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "days"),
    [
        (datetime(2026, 9, 19, 12, tzinfo=UTC), None),  # the due date begins in Auckland
        (datetime(2026, 9, 20, 11, 59, 59, tzinfo=UTC), None),  # its last second
        (datetime(2026, 9, 20, 12, tzinfo=UTC), 1),  # midnight in Auckland; in Greenwich it is noon of the due date
        (datetime(2026, 9, 21, 12, tzinfo=UTC), 2),
        (datetime(2026, 9, 27, 11, 0, tzinfo=UTC), 8),  # its clocks went forward: midnight comes at eleven
    ],
)
def test_a_day_begins_at_midnight_of_the_organisation(now: datetime, days: int | None) -> None:
    assert days_overdue(OWED, now, AUCKLAND) == days


def test_west_of_greenwich_the_due_date_lasts_longer() -> None:
    losing = ZoneInfo("America/Los_Angeles")
    assert days_overdue(OWED, datetime(2026, 9, 21, 6, 59, tzinfo=UTC), losing) is None
    assert days_overdue(OWED, datetime(2026, 9, 21, 7, tzinfo=UTC), losing) == 1


@pytest.mark.parametrize(
    "more",
    [
        {"due_date": None},
        {"due_date": ""},
        {"amount_due": Decimal("0.00"), "status": "PAID"},
        {"amount_due": Decimal("0.00")},  # what comes to nothing
        {"amount_due": Decimal("-5.00")},
        {"amount_due": None},  # not read
        {"status": "VOIDED"},
        {"status": "DELETED"},
        {"status": "DRAFT"},
        {"status": "SUBMITTED"},
        {"due_date": "2026-10-01"},
        {"due_date": "2026-12-24"},
    ],
)
def test_what_is_not_owed_or_not_due_yet_is_not_overdue(more: dict[str, Any]) -> None:
    assert days_overdue(OWED, LATE, UTC) == 11
    assert days_overdue({**OWED, **more}, LATE, UTC) is None
    assert days_overdue({name: value for name, value in OWED.items() if name not in more}, LATE, UTC) is None


def fetched(name: str) -> dict[str, Any]:
    return {"zoho": {"org": {"time_zone": "Antarctica/Troll"}}, "xero": {"organisation": {"Timezone": name}}}


@pytest.mark.parametrize("zone", TimeZone)
def test_every_time_zone_of_xero_is_known(zone: TimeZone) -> None:
    assert str(ledger_zone(fetched(zone.value))) != "Antarctica/Troll"


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("NEWZEALANDSTANDARDTIME", "Pacific/Auckland"),
        ("AUSEASTERNSTANDARDTIME", "Australia/Sydney"),
        ("GMTSTANDARDTIME", "Europe/London"),
        ("KAMCHATKASTANDARDTIME", "Asia/Kamchatka"),
        ("CENTRALSTANDARDTIME(MEXICO)", "America/Mexico_City"),
        ("UTC+12", "Etc/GMT-12"),
        ("UTC12", "Etc/GMT-12"),
        ("NOBODYSTIME", "Antarctica/Troll"),  # the CRM's
        ("", "Antarctica/Troll"),
    ],
)
def test_xero_names_its_time_zone_as_windows_does(name: str, place: str) -> None:
    assert str(ledger_zone(fetched(name))) == place
