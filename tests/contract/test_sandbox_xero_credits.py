"""Credit notes, over- and prepayments that people apply in the local Xero, and take back (facts/xero.md 3.10, 3.12)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sandbox.xero import credits, invoices
from tests.contract.sandbox_xero_visitor import Visitor

Row = dict[str, Any]


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


def read(visitor: Visitor, invoice: Row) -> Row:
    return visitor.one(f"Invoices/{invoice['InvoiceID']}")


def test_credit_is_no_payment_and_settles_all_the_same(visitor: Visitor) -> None:
    id_ = (made := visitor.approved())["InvoiceID"]
    visitor.person("credit", "Invoices", id_, Amount=3, Number="CN-1", Total=5, Date="2026-09-18")
    part = read(visitor, made)
    assert [part[name] for name in ("AmountDue", "AmountPaid", "AmountCredited", "Status")] == [20, 0, 3, "AUTHORISED"]
    (note,) = part["CreditNotes"]
    assert [note[name] for name in ("CreditNoteNumber", "AppliedAmount", "Total")] == ["CN-1", 3, 5]
    visitor.person("pay", "Invoices", id_, Amount=10)
    visitor.person("allocate", "Invoices", id_, **{"from": "Overpayments", "Amount": Decimal("4.00")})
    visitor.person("allocate", "Invoices", id_, **{"from": "Prepayments"})
    whole = read(visitor, made)
    assert [whole[name] for name in ("AmountDue", "AmountPaid", "AmountCredited", "Status")] == [0, 10, 13, "PAID"]
    assert [len(whole[kind]) for kind in ("CreditNotes", "Overpayments", "Prepayments", "Payments")] == [1, 1, 1, 1]
    visitor.person("uncredit", "Invoices", id_, credit=whole["Prepayments"][0]["PrepaymentID"])
    assert [read(visitor, made)[name] for name in ("AmountDue", "Status")] == [6, "AUTHORISED"]
    visitor.person("uncredit", "Invoices", id_)
    assert [read(visitor, made)[name] for name in ("AmountDue", "AmountPaid", "AmountCredited")] == [13, 10, 0]


@pytest.mark.behaviour("xero", 12)
def test_credit_locks_a_sales_invoice_as_a_payment_does(visitor: Visitor) -> None:
    made = visitor.approved()
    visitor.person("credit", "Invoices", made["InvoiceID"], Amount=1)
    own = {"InvoiceID": made["InvoiceID"]}
    assert visitor.refused("POST", "Invoices", {**own, "Reference": "x"}) == [invoices.HAS_PAYMENT]
    assert visitor.refused("POST", "Invoices", {**own, "Status": "VOIDED"}) == [invoices.CANNOT_VOID]


@pytest.mark.behaviour("xero", 7)
@pytest.mark.parametrize("moves", [True, False])
def test_whether_money_moves_the_time_of_its_document_is_a_switch(moves: bool) -> None:
    visitor = Visitor(payments_touch_documents=moves)
    made = visitor.approved()
    id_, before = made["InvoiceID"], made["UpdatedDateUTC"]
    for do in ("pay", "unpay", "credit", "uncredit"):
        visitor.service.clock.advance(10)
        visitor.person(do, "Invoices", id_, **({} if do.startswith("un") else {"Amount": 1}))
        after = read(visitor, made)["UpdatedDateUTC"]
        assert (after > before) is moves, do
        before = after


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"Amount": 24}, credits.TOO_MUCH),
        ({"Amount": 0}, "greater than zero"),
        ({"from": "Gifts"}, "no credit 'Gifts'"),
    ],
)
def test_what_cannot_be_applied_is_said(visitor: Visitor, changes: Row, said: str) -> None:
    made = visitor.approved()
    with pytest.raises(ValueError, match=said):
        visitor.person("allocate", "Invoices", made["InvoiceID"], **{"from": "Prepayments", **changes})
    with pytest.raises(KeyError):
        visitor.person("uncredit", "Invoices", made["InvoiceID"])


def test_a_draft_takes_no_credit(visitor: Visitor) -> None:
    with pytest.raises(ValueError, match="Authorised"):
        visitor.person("credit", "Invoices", visitor.invoice()["InvoiceID"])


def test_a_dump_with_credit_loads_again(visitor: Visitor) -> None:
    made = visitor.approved()
    visitor.person("credit", "Invoices", made["InvoiceID"], Amount=3, Number="CN-1", Date="2026-09-18")
    visitor.person("allocate", "Invoices", made["InvoiceID"], **{"from": "Prepayments"})
    before = visitor.service.dump()
    again = Visitor()
    again.service.load({name: rows for name, rows in before.items() if name != "Connections"})
    assert again.service.dump()["Invoices"] == before["Invoices"]
