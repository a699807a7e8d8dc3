"""Purchase orders that become bills: number and supplier, due date, discounts, what is paid, and how they end."""

from __future__ import annotations

from typing import Any

from extension.sync.canonical import XERO, ZOHO
from tests.documents.case import BILL, Case, Desk
from tests.system.live_books import D
from tests.system.live_desk import bills, payable
from tests.system.live_shop import LINE, TOTAL, Shop


def _case(id_: str, born: Any, typed: Any, **more: Any) -> Case:
    return Case(id_, born, typed, kind=BILL, prepare=bills, **more)


def _paid(shop: Shop) -> str:
    """Half of it is paid in Xero before we ever see it."""
    id_ = payable(shop)
    shop.books("Invoices", id_, "pay", Amount=D("12.15"))
    return id_


def _approved_and_due(desk: Desk) -> None:
    assert desk.total(XERO) == TOTAL
    assert (desk.xero["Type"], desk.xero["Status"], desk.crm["Status"]) == ("ACCPAY", "AUTHORISED", "Approved")
    assert desk.xero["InvoiceNumber"] == desk.crm["PO_Number"] == desk.crm["Xero_Invoice_No"]


def _due_at_once(desk: Desk) -> None:
    assert desk.xero["DueDateString"] == "2026-09-01T00:00:00"
    assert desk.crm["Due_Date"] is None, "nobody said so in the CRM"


def _in_the_price(desk: Desk) -> None:
    (line,) = desk.lines(XERO)
    assert (line["UnitAmount"], "DiscountRate" in line, desk.total(XERO)) == (D("9.9750"), False, desk.total(ZOHO))


def _price_alone(desk: Desk) -> None:
    """Money of a line was changed in Xero: there it has one price, and so it has in the CRM."""
    desk.say(XERO, 4)


def _odd_discount_gone(desk: Desk) -> None:
    desk.edit_line(ZOHO, 0, Discount=0)


def _numbered(desk: Desk) -> None:
    desk.edit(ZOHO, PO_Number="PO-78")


def _subject(desk: Desk) -> None:
    assert desk.crm["Subject"] == "Bill B-1"
    assert desk.xero.get("Reference", "") in ("", "R-1")


def _money_back(desk: Desk) -> None:
    assert (desk.xero["AmountPaid"], desk.xero["AmountDue"]) == (D("12.15"), D("12.00"))
    assert desk.total(ZOHO) == TOTAL


def _late(desk: Desk) -> None:
    """Beside money that was paid: number, due date, and the words of a line."""
    desk.edit(ZOHO, PO_Number="B-2", Due_Date="2026-12-01")
    desk.edit_line(ZOHO, 0, Description="Pens, blue")
    assert desk.shop.held() == set()
    assert (desk.xero["InvoiceNumber"], desk.xero["DueDateString"]) == ("B-2", "2026-12-01T00:00:00")
    assert desk.lines(XERO)[0]["Description"] == "Pens, blue"


def _cancelled(desk: Desk) -> None:
    desk.edit(ZOHO, Status="Cancelled")
    desk.shop.sync()
    assert desk.xero["Status"] == "VOIDED"


def _voided(desk: Desk) -> None:
    desk.shop.books("Invoices", desk.xero["InvoiceID"], "void")
    desk.shop.sync()
    assert desk.crm["Status"] == "Cancelled"


CASES = [
    _case("bill", ZOHO, lambda shop: shop.order(Due_Date="2026-09-20"), expect=_approved_and_due),
    _case("bill", XERO, payable, expect=_approved_and_due),
    _case("bill-due-at-once", ZOHO, lambda shop: shop.order(), expect=_due_at_once),
    _case("bill-draft", ZOHO, lambda shop: shop.order(status="Created")),
    _case("bill-draft", XERO, lambda shop: payable(shop, Status="DRAFT")),
    _case("bill-fine-price", ZOHO, lambda shop: shop.order({"Quantity": 7, "List_Price": D("0.1234")})),
    _case("bill-fine-price", XERO, lambda shop: payable(shop, {"Quantity": 7, "UnitAmount": D("0.1234")})),
    _case("bill-inclusive", XERO, lambda shop: payable(shop, {"UnitAmount": D("115")}, LineAmountTypes="Inclusive")),
    _case(
        "bill-discount",
        ZOHO,
        lambda shop: shop.order({**LINE, "Discount": D("1.05")}),
        expect=_in_the_price,
        edited=_price_alone,
    ),
    _case(
        "bill-discount-odd",
        ZOHO,
        lambda shop: shop.order({"Quantity": 30_000, "List_Price": D("1"), "Discount": D("0.01")}),
        held=frozenset({"discount"}),
        cure=_odd_discount_gone,
    ),
    _case(
        "bill-number",
        ZOHO,
        lambda shop: shop.order(PO_Number=None),
        held=frozenset({"no_number"}),
        cure=_numbered,
    ),
    _case("bill-reference", XERO, lambda shop: payable(shop, Reference="R-1"), expect=_subject),
    _case("bill-paid", XERO, _paid, expect=_money_back, edited=_late, conflict=False),
    _case(
        "bill-paid-money",
        XERO,
        _paid,
        edited=lambda desk: desk.say(ZOHO, 9),
        edit_held=frozenset({"locked"}),
        conflict=False,
    ),
    _case("bill-ended", ZOHO, lambda shop: shop.order(Due_Date="2026-09-20"), edited=_voided, conflict=False),
    _case("bill-ended", XERO, payable, edited=_cancelled, conflict=False),
]
