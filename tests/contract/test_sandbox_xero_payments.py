"""Paying and unpaying in the local Xero (facts/xero.md 3.10, 3.5; B7, B12)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sandbox.xero import invoices
from sandbox.xero.payments import NOT_APPROVED, TOO_MUCH
from tests.contract.sandbox_xero_visitor import Visitor, line

Row = dict[str, Any]
BILL = {"Type": "ACCPAY", "LineItems": [line(AccountCode="300")]}


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


def pay(visitor: Visitor, invoice: Row, amount: str = "23.00") -> Row:
    return visitor.put("Payments", payment(invoice, amount))


def payment(invoice: Row, amount: str) -> Row:
    return {
        "Invoice": {"InvoiceID": invoice["InvoiceID"]},
        "Account": {"Code": "090"},
        "Date": "2026-09-20",
        "Amount": Decimal(amount),
    }


def read(visitor: Visitor, invoice: Row) -> Row:
    return visitor.one(f"Invoices/{invoice['InvoiceID']}")


@pytest.mark.behaviour("xero", 12)
def test_nothing_due_makes_it_paid_and_removing_the_payment_undoes_that(visitor: Visitor) -> None:
    made = visitor.approved()
    part = pay(visitor, made, "3.00")
    assert (part["PaymentType"], part["Invoice"]["AmountDue"]) == ("ACCRECPAYMENT", 20)
    assert read(visitor, made)["Status"] == "AUTHORISED"
    rest = pay(visitor, made, "20.00")
    paid = read(visitor, made)
    assert (paid["Status"], paid["AmountPaid"], paid["AmountDue"]) == ("PAID", 23, 0)
    assert paid["FullyPaidOnDate"] == "/Date(1789862400000+0000)/"
    assert {row["PaymentID"] for row in paid["Payments"]} == {part["PaymentID"], rest["PaymentID"]}
    gone = visitor.post(f"Payments/{rest['PaymentID']}", {"Status": "DELETED"})
    assert gone["Status"] == "DELETED"
    again = read(visitor, made)
    assert (again["Status"], again["AmountDue"], "FullyPaidOnDate" in again) == ("AUTHORISED", 20, False)
    assert visitor.refused("POST", f"Payments/{rest['PaymentID']}", {"Status": "DELETED"})


@pytest.mark.behaviour("xero", 7)
def test_paying_moves_the_invoices_time(visitor: Visitor) -> None:
    made = visitor.approved()
    visitor.service.clock.advance(10)
    pay(visitor, made, "1.00")
    assert read(visitor, made)["UpdatedDateUTC"] > made["UpdatedDateUTC"]


def test_an_approved_invoice_over_nothing_is_paid_at_once(visitor: Visitor) -> None:
    made = visitor.approved(LineItems=[line(UnitAmount=0)])
    assert (made["Status"], made["AmountDue"]) == ("PAID", 0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Amount": Decimal("23.01")}, TOO_MUCH),
        ({"Amount": 0}, "The payment amount must be greater than zero"),
        ({"Account": {"Code": "200"}}, "The account code must be specified"),
        ({"Account": None}, "The account code must be specified"),
        ({"Invoice": {"InvoiceID": "00000000-0000-0000-0000-000000000009"}}, "could not be found"),
    ],
)
def test_what_is_wrong_is_said(visitor: Visitor, changes: Row, message: str) -> None:
    (said,) = visitor.refused("PUT", "Payments", {**payment(visitor.approved(), "1.00"), **changes})
    assert message in said


def test_only_approved_documents_are_paid(visitor: Visitor) -> None:
    assert NOT_APPROVED in visitor.refused("PUT", "Payments", payment(visitor.invoice(), "1.00"))


def test_an_invoice_may_be_named_by_its_number_and_the_account_by_its_id(visitor: Visitor) -> None:
    made = visitor.approved(InvoiceNumber="A-1")
    account = next(row for row in visitor.rows("Accounts") if row["Code"] == "090")
    sent = {"InvoiceNumber": "a-1", "Account": {"AccountID": account["AccountID"]}, "Amount": 1}
    assert visitor.post("Payments", sent)["Invoice"]["InvoiceID"] == made["InvoiceID"]


@pytest.mark.behaviour("xero", 12)
def test_money_paid_locks_a_sales_invoice(visitor: Visitor) -> None:
    """3.10."""
    made = visitor.approved()
    pay(visitor, made, "1.00")
    own = {"InvoiceID": made["InvoiceID"]}
    for change in ({"Reference": "x"}, {"DueDate": "2026-12-01"}, {"LineItems": [line()]}):
        assert visitor.refused("POST", "Invoices", {**own, **change}) == [invoices.HAS_PAYMENT]
    assert visitor.refused("POST", "Invoices", {**own, "Status": "VOIDED"}) == [invoices.CANNOT_VOID]
    assert visitor.refused("POST", "Invoices", {**own, "Status": "DELETED"}) == [invoices.BAD_MODIFICATION]
    assert visitor.post("Invoices", {**own, "Status": "AUTHORISED"})["AmountDue"] == 22


@pytest.mark.behaviour("xero", 12)
def test_a_paid_bill_may_change_its_words_but_no_money(visitor: Visitor) -> None:
    """3.10: since 19 March 2026."""
    made = visitor.approved(**BILL)
    pay(visitor, made)
    own = {"InvoiceID": made["InvoiceID"]}
    line_id = made["LineItems"][0]["LineItemID"]
    changed = visitor.post(
        "Invoices",
        {
            **own,
            "InvoiceNumber": "B-9",
            "Url": "https://crm.example/1",
            "LineItems": [{"LineItemID": line_id, "Description": "New words", "AccountCode": "310"}],
        },
    )
    assert (changed["Status"], changed["InvoiceNumber"]) == ("PAID", "B-9")
    assert (changed["LineItems"][0]["Description"], changed["LineItems"][0]["AccountCode"]) == ("New words", "310")
    dearer = {**own, "LineItems": [{"LineItemID": line_id, "Quantity": 3}]}
    assert visitor.refused("POST", "Invoices", dearer) == [invoices.HAS_PAYMENT]
    more = {**own, "LineItems": [{"LineItemID": line_id}, line(AccountCode="300")]}
    assert visitor.refused("POST", "Invoices", more) == [invoices.HAS_PAYMENT]


@pytest.mark.behaviour("xero", 7)
def test_some_changes_of_a_part_paid_document_move_no_time(visitor: Visitor) -> None:
    """B7: the due date and the sent mark; neither a poll nor a webhook sees them."""
    made = visitor.approved(**BILL)
    pay(visitor, made, "1.00")
    before = read(visitor, made)["UpdatedDateUTC"]
    visitor.service.clock.advance(10)
    own = {"InvoiceID": made["InvoiceID"]}
    assert visitor.post("Invoices", {**own, "DueDate": "2026-12-01"})["DueDateString"] == "2026-12-01T00:00:00"
    visitor.post("Invoices", {**own, "SentToContact": True})
    assert read(visitor, made)["UpdatedDateUTC"] == before
    visitor.post("Invoices", {**own, "InvoiceNumber": "B-1"})
    assert read(visitor, made)["UpdatedDateUTC"] > before


def test_the_list_of_payments(visitor: Visitor) -> None:
    made = visitor.approved()
    paid = pay(visitor, made, "1.00")
    shown = visitor.get("Payments", page=1)
    assert shown["pagination"]["itemCount"] == 1
    (row,) = shown["Payments"]
    assert row["Invoice"]["LineItems"] == []
    assert visitor.rows("Payments", where=f'Invoice.InvoiceID==guid("{made["InvoiceID"]}")') == [row]
    assert visitor.one(f"Payments/{paid['PaymentID']}")["Account"]["Code"] == "090"


def test_a_person_pays_and_unpays(visitor: Visitor) -> None:
    made = visitor.approved()
    paid = visitor.person("pay", "Invoices", made["InvoiceID"])
    assert read(visitor, made)["Status"] == "PAID"
    visitor.person("unpay", "Payments", paid)
    visitor.person("pay", "Invoices", made["InvoiceID"], Amount=3)
    visitor.person("pay", "Invoices", made["InvoiceID"], Amount=4)
    assert read(visitor, made)["AmountDue"] == 16
    visitor.person("unpay", "Invoices", made["InvoiceID"])
    assert read(visitor, made)["AmountDue"] == 23
