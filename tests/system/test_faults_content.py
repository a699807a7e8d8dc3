"""What a service says is wrong, old, or of one and the same second: no edit is lost, nothing is made twice.

A word that nobody knows, or nothing where something should stand, is used where it does no harm and else held with a
reason; once the service speaks sense again a person's press reads the record anew (facts/xero.md 5.3).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import pytest

from extension.sync.canonical import XERO, ZOHO, Side
from sandbox.clock import next_change
from sandbox.faults import Rule
from tests.system.fault_rig import (
    PLACES,
    Case,
    Reference,
    assert_as_undisturbed,
    assert_at_rest,
    disturbed,
    named,
    run,
    settle,
    twin,
)
from tests.system.switch_rig import Rig

NONSENSE: Final[list[tuple[Side, str, str, str | None]]] = [
    (XERO, "/Contacts$", "Name", None),
    (XERO, "/Invoices$", "Status", "UNHEARD_OF"),
    (XERO, "/Invoices$", "LineItems", None),
    (ZOHO, "/Invoices/", "Status", "UNHEARD_OF"),
    (ZOHO, "/Purchase_Orders/", "Vendor_Name", None),
    (XERO, "/Contacts$", "ContactPersons", "UNHEARD_OF"),
    (ZOHO, "/Invoices/", "Line_Tax", "UNHEARD_OF"),
]
MORE: Final[list[tuple[Side, str, str, str | None]]] = [
    (XERO, "/Contacts$", "ContactStatus", "UNHEARD_OF"),
    (XERO, "/Contacts$", "ContactPersons", None),
    (XERO, "/Contacts$", "Phones", None),
    (XERO, "/Contacts$", "DefaultCurrency", "UNHEARD_OF"),
    (XERO, "/Invoices$", "Type", "UNHEARD_OF"),
    (XERO, "/Invoices$", "LineAmountTypes", "UNHEARD_OF"),
    (XERO, "/Invoices$", "CurrencyCode", None),
    (XERO, "/Invoices$", "Total", None),
    (XERO, "/Items$", "Code", None),
    (ZOHO, "/Accounts$", "Account_Name", None),
    (ZOHO, "/Accounts$", "Currency", "UNHEARD_OF"),
    (ZOHO, "/Accounts$", "data", None),
    (ZOHO, "/Contacts$", "Account_Name", None),
    (ZOHO, "/Contacts$", "info", None),
    (ZOHO, "/Products$", "Product_Code", None),
    (ZOHO, "/Invoices/", "Grand_Total", None),
    (ZOHO, "/Invoices/", "Account_Name", None),
    (ZOHO, "/Purchase_Orders/", "Purchase_Items", None),
]
UNTOLD: Final = ("done", ""), ("failed", "unreadable")
LAGS: Final[dict[str, Any]] = {
    "zoho": {"list_index_lag": 60.0, "search_index_lag": 60.0},
    "xero": {"list_lag_seconds": 60.0},
}


def pressed(rig: Rig, case: Case) -> None:
    """A person presses on every record of the CRM that is held."""
    wrong = tuple((hold.entity, hold.id) for hold in rig.report.holds if hold.side == ZOHO)
    if wrong:
        rig.later()
        run(rig, case, records=wrong)
        settle(rig, case)


@pytest.mark.parametrize(
    ("side", "path", "field", "value"),
    [*NONSENSE, *(pytest.param(*each, marks=pytest.mark.slow) for each in MORE)],
)
def test_a_read_that_says_nonsense_is_held_or_harmless(
    waiting: Reference, side: Side, path: str, field: str, value: str | None
) -> None:
    rule = Rule("GET", path, kind="inject", params={"field": field, "value": value})
    case = disturbed(waiting, side, rule, full=True)
    assert (case.first.state, case.first.code) in UNTOLD
    assert all(hold.message for hold in case.first.holds)
    pressed(waiting.rig, case)
    assert {report.state for report in case.reports[1:]} == {"done"}
    assert_as_undisturbed(waiting)


@pytest.mark.parametrize(
    ("side", "what", "field", "value"),
    [
        (XERO, "create", "ContactPersons", "UNHEARD_OF"),
        (XERO, "create", "LineItems", None),
        pytest.param(XERO, "change", "LineItems", "UNHEARD_OF", marks=pytest.mark.slow),
        pytest.param(ZOHO, "create", "details", None, marks=pytest.mark.slow),
        pytest.param(ZOHO, "change", "code", "UNHEARD_OF", marks=pytest.mark.slow),
    ],
)
def test_a_write_that_is_answered_with_nonsense_is_found_again(
    waiting: Reference, side: Side, what: str, field: str, value: str | None
) -> None:
    """It is done: the call stays open, and nothing is made twice."""
    method, path = PLACES[side, what]
    rule = Rule(method, path, times=0, kind="inject", params={"field": field, "value": value})
    case = disturbed(waiting, side, rule, full=True)
    assert (case.first.state, case.first.code) in UNTOLD
    pressed(waiting.rig, case)
    assert_as_undisturbed(waiting)


@pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
@pytest.mark.parametrize("side", [ZOHO, pytest.param(XERO, marks=pytest.mark.slow)])
def test_a_lost_create_is_found_though_lists_lag(waiting: Reference, side: Side, kind: str) -> None:
    """Looking again does not show it at once."""
    method, path = PLACES[side, "create"]
    disturbed(waiting, side, Rule(method, path, kind=kind), **LAGS)
    assert_as_undisturbed(waiting)


def phone_of_acme(rig: Rig) -> set[str]:
    """On both sides."""
    account = named(rig, "Accounts", "Acme")
    phones = rig.row(XERO, "Contacts", twin(rig, "account", account))["Phones"]
    there = {each["PhoneNumber"] for each in phones if each["PhoneType"] == "DEFAULT"}
    return there | {rig.row(ZOHO, "Accounts", account)["Phone"]}


def test_edits_in_the_second_of_our_own_write_arrive(waiting: Reference) -> None:
    """Times are whole seconds: a run, edits on both sides, another run and one more edit share one."""
    rig, case = waiting.rig, Case()
    rig.back(waiting.moment)
    account = named(rig, "Accounts", "Acme")
    contact = twin(rig, "account", account)
    rig.clock.stop()
    try:
        run(rig, case)
        rig.people(ZOHO, "edit", "Accounts", account, Phone="555 0111")
        rig.people(XERO, "edit", "Contacts", contact, TaxNumber="11-222-333")
        run(rig, case)
        rig.people(ZOHO, "edit", "Accounts", account, Phone="555 0112")
        seconds = {call.at[:19] for call in rig.calls()}
    finally:
        rig.clock.go()
    assert len(seconds) == 1
    settle(rig, case)
    assert phone_of_acme(rig) == {"555 0112"}
    assert rig.row(ZOHO, "Accounts", account)["Tax_Number"] == "11-222-333"
    assert_at_rest(waiting)


@pytest.mark.parametrize("changes", [1, pytest.param(2, marks=pytest.mark.slow)], ids=["put on", "put back"])
def test_a_change_of_summer_time_loses_no_edit(waiting: Reference, changes: int) -> None:
    """The CRM tells times of the organisation's zone (facts/zoho.md 5.2, 3): an hour is missing, or comes twice."""
    rig, case = waiting.rig, Case()
    rig.back(waiting.moment)
    change = rig.clock.now()
    for _ in range(changes):
        change = next_change(rig.zoho.settings.zone, change)
    account = named(rig, "Accounts", "Acme")
    rig.clock.set(change - timedelta(minutes=40))
    rig.connect()  # months later: a refresh token of Xero lives for sixty days
    run(rig, case)
    for minutes, number in ((-30, "555 0121"), (-10, "555 0122"), (10, "555 0123"), (30, "555 0124")):
        rig.clock.set(change + timedelta(minutes=minutes))
        rig.people(ZOHO, "edit", "Accounts", account, Phone=number)
        rig.clock.set(change + timedelta(minutes=minutes + 5))
        run(rig, case)
        assert phone_of_acme(rig) == {number}
    assert {report.state for report in case.reports} == {"done"}
    settle(rig, case)
    assert_at_rest(waiting)
