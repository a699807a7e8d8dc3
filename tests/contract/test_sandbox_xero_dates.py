"""How the local Xero spells each date and time (facts/xero.md 3.6; B6)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.xero.dates import parse_moment
from tests.contract.sandbox_xero_visitor import Visitor, body, line

Row = dict[str, Any]
OFFSET = r"/Date\(\d+\+0000\)/"
BARE = r"/Date\(\d+\)/"
MIDNIGHT = r"/Date\(\d+00000\+0000\)/"
TWIN = r"\d{4}-\d\d-\d\dT00:00:00"


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


def dated(row: Row) -> Row:
    """What of a row is a date or a time."""
    return {name: value for name, value in row.items() if re.search("Date|Time", name) and isinstance(value, str)}


def spelt_as(row: Row, expected: Row) -> None:
    found = dated(row)
    assert set(found) == set(expected)
    for name, pattern in expected.items():
        assert re.fullmatch(pattern, found[name]), (name, found[name])


@pytest.mark.behaviour("xero", 6)
def test_each_field_of_a_document_has_its_own_spelling(visitor: Visitor) -> None:
    made = visitor.approved(ExpectedPaymentDate="2026-10-25")
    whole = {"Date": MIDNIGHT, "DateString": TWIN, "DueDate": MIDNIGHT, "DueDateString": TWIN, "UpdatedDateUTC": OFFSET}
    moment = {"UpdatedDateUTCString": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"}
    spelt_as(made, {**whole, **moment, "ExpectedPaymentDate": MIDNIGHT})
    spelt_as(made["Contact"], {"UpdatedDateUTC": OFFSET})
    order = visitor.order(DeliveryDate="2026-10-01", ExpectedArrivalDate="2026-10-02")
    days = {"DeliveryDate": MIDNIGHT, "DeliveryDateString": TWIN}
    arrival = {"ExpectedArrivalDate": MIDNIGHT, "ExpectedArrivalDateString": TWIN}
    spelt_as(order, {"Date": MIDNIGHT, "DateString": TWIN, "UpdatedDateUTC": OFFSET, **days, **arrival})
    visitor.person("pay", "Invoices", made["InvoiceID"])
    spelt_as(visitor.one("Payments"), {"Date": MIDNIGHT, "UpdatedDateUTC": OFFSET, **moment})
    paid = visitor.one(f"Invoices/{made['InvoiceID']}")
    assert re.fullmatch(MIDNIGHT, paid["FullyPaidOnDate"])
    assert "FullyPaidOnDateString" not in paid


@pytest.mark.behaviour("xero", 6)
def test_what_is_no_document_says_its_time_once(visitor: Visitor) -> None:
    """Items, the envelope, what was created, and notes have no offset; the readable twin is of documents alone."""
    spelt_as(visitor.contact(), {"UpdatedDateUTC": OFFSET})
    spelt_as(visitor.item(), {"UpdatedDateUTC": BARE})
    assert re.fullmatch(BARE, visitor.get("Items")["DateTimeUTC"])
    spelt_as(visitor.rows("BrandingThemes")[0], {"CreatedDateUTC": BARE})
    spelt_as(visitor.rows("Accounts")[0], {"UpdatedDateUTC": OFFSET})
    path = f"Invoices/{visitor.invoice()['InvoiceID']}/History"
    visitor.ask("PUT", path, {"HistoryRecords": [{"Details": "x"}]})
    (note,) = visitor.get(path)["HistoryRecords"]
    spelt_as(note, {"DateUTC": BARE, "DateUTCString": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"})


@pytest.mark.behaviour("xero", 6)
def test_both_spellings_of_a_day_say_the_same_day(visitor: Visitor) -> None:
    """Midnight UTC of the calendar day, wherever the organisation is."""
    made = visitor.approved(Date="2026-01-31", DueDate="2026-02-28")
    assert (made["DateString"], made["Date"]) == ("2026-01-31T00:00:00", "/Date(1769817600000+0000)/")
    assert (made["DueDateString"], made["DueDate"]) == ("2026-02-28T00:00:00", "/Date(1772236800000+0000)/")
    assert parse_moment(made["UpdatedDateUTC"]).microsecond % 1000 == 0


@pytest.mark.behaviour("xero", 6)
@pytest.mark.parametrize(
    ("now", "today"),
    [
        (datetime(2026, 6, 30, 11, 59, tzinfo=UTC), "2026-06-30"),
        (datetime(2026, 6, 30, 12, 1, tzinfo=UTC), "2026-07-01"),
        (datetime(2026, 12, 31, 10, 59, tzinfo=UTC), "2026-12-31"),
        (datetime(2026, 12, 31, 11, 1, tzinfo=UTC), "2027-01-01"),
    ],
)
def test_a_document_without_a_date_is_of_today_where_the_organisation_is(
    visitor: Visitor, now: datetime, today: str
) -> None:
    """New Zealand: twelve hours ahead in its winter, thirteen in its summer. Orders and payments, too."""
    visitor.service.clock.set(now)
    visitor.sign_in()
    made = visitor.approved(DueDate="2027-02-01")
    visitor.person("pay", "Invoices", made["InvoiceID"])
    shown = [made["DateString"], visitor.order()["DateString"], dated(visitor.one("Payments"))["Date"]]
    midnight = f"/Date({int(datetime.fromisoformat(f'{today}T00:00:00+00:00').timestamp()) * 1000}+0000)/"
    assert shown == [f"{today}T00:00:00", f"{today}T00:00:00", midnight]


@pytest.mark.behaviour("xero", 6)
def test_only_inside_orders_is_a_contacts_time_local(visitor: Visitor) -> None:
    """3.6: the fault of the service is in that one place, in lists and answers alike."""
    order = visitor.order()
    right = visitor.one("Contacts")["UpdatedDateUTC"]
    assert visitor.invoice()["Contact"]["UpdatedDateUTC"] == right
    nested = [order, visitor.one("PurchaseOrders"), visitor.one(f"PurchaseOrders/{order['PurchaseOrderID']}")]
    hours = {(parse_moment(row["Contact"]["UpdatedDateUTC"]) - parse_moment(right)).total_seconds() for row in nested}
    assert hours == {12 * 3600}
    assert visitor.one("PurchaseOrders")["UpdatedDateUTC"] == order["UpdatedDateUTC"]


@pytest.mark.behaviour("xero", 6)
@pytest.mark.parametrize("text", ["2017-12-14 00:00:00", "14/12/2017", "20171301", "yesterday"])
def test_any_other_spelling_is_the_bodys_fault(visitor: Visitor, text: str) -> None:
    for kind, more in (("Invoices", {"Type": "ACCREC"}), ("PurchaseOrders", {})):
        sent = {**more, "Contact": {"Name": "Acme"}, "LineItems": [line()], "Date": text}
        answer = visitor.ask("PUT", kind, {kind: [sent]})
        assert (answer.status_code, body(answer)["ErrorNumber"]) == (400, 14)
