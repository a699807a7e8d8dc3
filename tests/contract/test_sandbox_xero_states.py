"""What may become of a document in the local Xero, and in whose words it is refused (facts/xero.md 3.10, 3.11).

These are numbers 12 and 21 of facts/xero.md 5.2.

The tables stand here again, as the facts have them, so that one that is changed in the sandbox does not agree with
itself.
"""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.xero import Switches
from tests.contract.sandbox_xero_visitor import Visitor, line

Row = dict[str, Any]
STATUSES = ("DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED")
INVOICE_MOVES = {
    "DRAFT": {"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"},
    "SUBMITTED": {"SUBMITTED", "DRAFT", "AUTHORISED", "DELETED"},
    "AUTHORISED": {"AUTHORISED", "VOIDED"},
    "VOIDED": set[str](),
    "DELETED": set[str](),
}
ORDER_MOVES = {
    "DRAFT": {"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"},
    "SUBMITTED": {"SUBMITTED", "DRAFT", "AUTHORISED", "DELETED"},
    "AUTHORISED": {"AUTHORISED", "BILLED", "DELETED"},
    "BILLED": {"BILLED", "DELETED"},
}
BAD_MOVE = "Invoice not of valid status for modification"
BAD_BIRTH = "Invoice not of valid status for creation"
BAD_ORDER_MOVE = "PurchaseOrder status change is invalid"
DELETED_ORDER = "Deleted PurchaseOrders cannot be updated"
PAID_LOCK = "This document cannot be edited as it has a payment or credit note allocated to it."
VOID_LOCK = (
    "The status VOIDED cannot be applied to the invoice because it has payments or credit notes allocated to it."
)
CLOSED = "The document date cannot be before the period lock date, currently set at 31 March 2026"
BILL = {"Type": "ACCPAY", "LineItems": [line(AccountCode="300")]}


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


def change(visitor: Visitor, made: Row, **changes: Any) -> Row:
    return visitor.post("Invoices", {"InvoiceID": made["InvoiceID"], **changes})


def refused(visitor: Visitor, made: Row, **changes: Any) -> list[str]:
    return visitor.refused("POST", "Invoices", {"InvoiceID": made["InvoiceID"], **changes})


# Invoices and bills


@pytest.mark.behaviour("xero", 12)
@pytest.mark.parametrize("kind", ["ACCREC", "ACCPAY"])
@pytest.mark.parametrize("start", INVOICE_MOVES)
def test_an_invoice_moves_as_the_table_says(visitor: Visitor, kind: str, start: str) -> None:
    of_bill = BILL if kind == "ACCPAY" else {}
    for to in STATUSES:
        first = {"VOIDED": "AUTHORISED", "DELETED": "DRAFT"}.get(start, start)
        made = visitor.invoice(**of_bill, Status=first, DueDate="2026-10-01")
        if first != start:
            change(visitor, made, Status=start)
        if to in INVOICE_MOVES[start]:
            assert change(visitor, made, Status=to)["Status"] == to
        else:
            assert refused(visitor, made, Status=to) == [BAD_MOVE], to
            assert visitor.one(f"Invoices/{made['InvoiceID']}")["Status"] == start


@pytest.mark.behaviour("xero", 12)
@pytest.mark.parametrize("status", ["PAID", "VOIDED", "DELETED"])
def test_an_invoice_is_not_born_at_its_end(visitor: Visitor, status: str) -> None:
    assert visitor.refused("PUT", "Invoices", {**visitor.draft(), "Status": status}) == [BAD_BIRTH]


@pytest.mark.behaviour("xero", 12)
@pytest.mark.parametrize("status", ["DRAFT", "SUBMITTED", "AUTHORISED"])
def test_an_invoice_is_born_in_one_of_three(visitor: Visitor, status: str) -> None:
    assert visitor.invoice(Status=status, DueDate="2026-10-01")["Status"] == status


@pytest.mark.behaviour("xero", 12)
def test_what_is_retired_takes_no_edit_at_all(visitor: Visitor) -> None:
    made = visitor.approved()
    change(visitor, made, Status="VOIDED")
    assert refused(visitor, made, Reference="x") == [BAD_MOVE]


@pytest.mark.behaviour("xero", 12)
def test_money_on_a_document_is_in_the_way_and_gone_it_is_not(visitor: Visitor) -> None:
    """PAID comes and goes with the payment; a document that has one is neither edited nor voided."""
    made = visitor.approved()
    payment = visitor.person("pay", "Invoices", made["InvoiceID"])
    assert visitor.one("Invoices")["Status"] == "PAID"
    assert refused(visitor, made, Reference="x") == [PAID_LOCK]
    assert refused(visitor, made, Status="VOIDED") == [VOID_LOCK]
    assert refused(visitor, made, Status="DRAFT") == [BAD_MOVE]
    visitor.person("unpay", "Payments", payment)
    assert visitor.one("Invoices")["Status"] == "AUTHORISED"
    assert change(visitor, made, Reference="x")["Reference"] == "x"
    visitor.person("credit", "Invoices", made["InvoiceID"], Amount=1)
    assert refused(visitor, made, Reference="y") == [PAID_LOCK]
    assert refused(visitor, made, Status="VOIDED") == [VOID_LOCK]


@pytest.mark.behaviour("xero", 12)
@pytest.mark.parametrize(
    "changes",
    [
        {"DueDate": "2026-11-01"},
        {"InvoiceNumber": "B-2"},
        {"Url": "https://crm.example.com/1"},
        {"PlannedPaymentDate": "2026-11-02"},
        {"Contact": {"Name": "Other"}},
    ],
)
def test_a_bill_that_was_paid_in_part_may_still_be_described(visitor: Visitor, changes: Row) -> None:
    """3.10: bills through the API since 19 March 2026; sales invoices never."""
    visitor.contact("Other")
    bill, sale = visitor.approved(**BILL), visitor.approved()
    for made in (bill, sale):
        visitor.person("pay", "Invoices", made["InvoiceID"], Amount=1)
    assert change(visitor, bill, **changes)
    assert refused(visitor, bill, Date="2026-09-02") == [PAID_LOCK]
    assert refused(visitor, sale, **changes) == [PAID_LOCK]


@pytest.mark.behaviour("xero", 12)
@pytest.mark.parametrize("message", Switches.__dataclass_fields__["due_date_message"].metadata["choices"])
@pytest.mark.parametrize("status", ["SUBMITTED", "AUTHORISED"])
def test_more_than_a_draft_needs_a_due_date(message: str, status: str) -> None:
    """8: that much is reported, not in which words."""
    visitor = Visitor(due_date_message=message)
    assert visitor.refused("PUT", "Invoices", {**visitor.draft(), "Status": status}) == [message]
    assert refused(visitor, visitor.invoice(), Status=status) == [message]


# Purchase orders


@pytest.mark.behaviour("xero", 12)
@pytest.mark.parametrize("start", [*ORDER_MOVES, "DELETED"])
def test_an_order_moves_as_was_recorded_and_reported(visitor: Visitor, start: str) -> None:
    for to in (*ORDER_MOVES, "DELETED"):
        made = visitor.order(Status="DRAFT" if start == "DELETED" else start)
        own = {"PurchaseOrderID": made["PurchaseOrderID"]}
        if start == "DELETED":
            visitor.post("PurchaseOrders", {**own, "Status": start})
            assert visitor.refused("POST", "PurchaseOrders", {**own, "Status": to}) == [DELETED_ORDER]
        elif to in ORDER_MOVES[start]:
            assert visitor.post("PurchaseOrders", {**own, "Status": to})["Status"] == to
        else:
            assert visitor.refused("POST", "PurchaseOrders", {**own, "Status": to}) == [BAD_ORDER_MOVE], to


# Periods that are closed (B21)


@pytest.mark.behaviour("xero", 21)
@pytest.mark.parametrize("field", ["PeriodLockDate", "EndOfYearLockDate"])
def test_nothing_happens_in_a_period_that_is_closed(visitor: Visitor, field: str) -> None:
    """Not a birth, not a move in or out, not a void, not the deletion of a draft."""
    inside, draft, outside = visitor.approved(Date="2026-03-31"), visitor.invoice(Date="2026-02-01"), visitor.approved()
    visitor.person("edit", "Organisation", **{field: "2026-03-31"})
    assert visitor.refused("PUT", "Invoices", {**visitor.draft(), "Date": "2026-03-31"}) == [CLOSED]
    assert refused(visitor, outside, Date="2026-03-01") == [CLOSED]
    assert refused(visitor, inside, Date="2026-09-01") == [CLOSED]
    assert refused(visitor, inside, Status="VOIDED") == [CLOSED]
    assert refused(visitor, draft, Status="DELETED") == [CLOSED]
    assert visitor.one(f"Invoices/{inside['InvoiceID']}")["Status"] == "AUTHORISED"
    assert change(visitor, outside, Date="2026-04-01")["DateString"] == "2026-04-01T00:00:00"


@pytest.mark.behaviour("xero", 21)
def test_of_two_lock_dates_the_later_binds(visitor: Visitor) -> None:
    visitor.person("edit", "Organisation", PeriodLockDate="2026-03-31", EndOfYearLockDate="2025-12-31")
    assert visitor.refused("PUT", "Invoices", {**visitor.draft(), "Date": "2026-03-01"}) == [CLOSED]
    visitor.person("edit", "Organisation", PeriodLockDate=None)
    assert visitor.invoice(Date="2026-03-01")


@pytest.mark.behaviour("xero", 21)
@pytest.mark.parametrize("locked", [True, False])
def test_whether_a_closed_period_binds_orders_is_a_switch(locked: bool) -> None:
    """3.11: they are never posted."""
    visitor = Visitor(orders_locked=locked)
    visitor.contact()
    visitor.person("edit", "Organisation", PeriodLockDate="2026-03-31")
    sent = {"Contact": {"Name": "Acme"}, "LineItems": [line()], "Date": "2026-03-01"}
    if locked:
        assert visitor.refused("PUT", "PurchaseOrders", sent) == [CLOSED]
    else:
        assert visitor.put("PurchaseOrders", sent)["DateString"] == "2026-03-01T00:00:00"


# Currencies (B21)


@pytest.mark.behaviour("xero", 21)
def test_only_currencies_that_the_organisation_has_are_taken(visitor: Visitor) -> None:
    """3.12: until somebody adds one; documents and contacts alike."""
    said = "Users Organisation is not subscribed to currency EUR"
    contact = visitor.contact()
    documents = {"Invoices": visitor.draft(), "PurchaseOrders": {"Contact": {"Name": "Acme"}, "LineItems": [line()]}}
    for kind, sent in documents.items():
        assert visitor.refused("PUT", kind, {**sent, "CurrencyCode": "EUR"}) == [said]
    change_of_contact = {"ContactID": contact["ContactID"], "DefaultCurrency": "EUR"}
    assert visitor.refused("POST", "Contacts", change_of_contact) == [said]
    visitor.person("create", "Currencies", Code="EUR", Description="Euro")
    assert visitor.post("Contacts", change_of_contact)["DefaultCurrency"] == "EUR"
    for kind, sent in documents.items():
        assert visitor.put(kind, {**sent, "CurrencyCode": "EUR"})["CurrencyCode"] == "EUR"
