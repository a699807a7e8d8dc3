"""Invoices typed by hand on one side of a live connection, and what runs make of them on the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from extension.sync.canonical import XERO, ZOHO
from tests.system.live_books import Connected, D
from tests.system.live_shop import GST, LINE, TOTAL, Shop


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Connected:
    return Connected.once(tmp_path_factory.mktemp("connected") / "instance", Shop.opened)


@pytest.fixture
def books(connected: Connected, tmp_path: Path) -> Iterator[Shop]:
    made = connected.again(tmp_path / "instance")
    yield Shop(made)
    made.house.close()


REMARK = {"ItemCode": "", "Description": "Thank you", "Quantity": None, "UnitAmount": None, "AccountCode": ""}

# ------------------------------------------------------------------ there


def test_an_invoice_arrives_with_everything(books: Shop) -> None:
    books.invoice(Subject="Office supplies")
    assert books.held() == set()
    crm, xero = books.one(ZOHO, "Invoices"), books.sales()
    assert (xero["Total"], xero["Reference"], xero["InvoiceNumber"]) == (
        TOTAL,
        "Office supplies",
        crm["Invoice_Number"],
    )
    assert (crm["Xero_ID"], crm["Xero_Invoice_No"]) == (xero["InvoiceID"], xero["InvoiceNumber"])
    assert crm["Xero_Invoice_URL"] == f"https://go.xero.com/app/!hb0r1/invoicing/view/{xero['InvoiceID']}"
    assert crm["Branding_Theme"] == "Standard", "the theme that Xero chose is news"
    assert (crm["Subject"], crm["Due_Date"], crm["Status"]) == ("Office supplies", "2026-09-20", "Approved")


LINES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "a price with four decimals": ({"Quantity": 7, "List_Price": D("0.1234")}, set()),
    "a discount": ({**LINE, "Discount": D("1.05")}, set()),
    "given away": ({**LINE, "Discount": 21}, set()),
    "a discount in percent": ({**LINE, "Discount": "10%"}, set()),
    "a price of nothing": ({"Quantity": 1, "List_Price": 0}, set()),
    "a line that is returned": ({"Quantity": -2, "List_Price": D("10.5")}, set()),
    "a negative price": ({"Quantity": 2, "List_Price": D("-10.5")}, set()),
    "untaxed": ({**LINE, "Line_Tax": []}, set()),
    "zero rated": ({**LINE, "Line_Tax": [{"name": "Zero", "percentage": 0}]}, set()),
    "two taxes": ({**LINE, "Line_Tax": [GST, {"name": "GST Half", "percentage": D("7.5")}]}, {"taxes_together"}),
    "words of every script": ({**LINE, "Description": "Stift ✏ 鉛筆\nCafe\u0301"}, set()),
}


@pytest.mark.parametrize("name", LINES)
def test_a_line_of_the_crm_comes_to_the_same_in_xero(books: Shop, name: str) -> None:
    line, reasons = LINES[name]
    books.invoice(line)
    assert books.held() == reasons
    if not reasons:
        crm, xero = books.one(ZOHO, "Invoices"), books.sales()
        assert (xero["Total"], books.line(xero)["TaxAmount"]) == (crm["Grand_Total"], books.line(crm)["Tax"])


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"Discount": 5}, "document_discount"),
        ({"Adjustment": D("-0.01")}, "adjustment"),
        ({"Tax": 5}, "document_tax"),
        ({"Status": "Paid"}, "status_refused"),
        ({"Status": "On hold"}, "status_unmapped"),
    ],
)
def test_what_xero_cannot_carry_is_held(books: Shop, more: dict[str, Any], reason: str) -> None:
    books.invoice(**{"status": more.pop("Status", "Approved"), **more})
    assert books.held() == {reason}
    assert books.in_xero("Invoices") == []


def test_what_is_cancelled_already_is_nobodys(books: Shop) -> None:
    books.invoice(status="Cancelled")
    books.bill(Status="DRAFT")
    books.sync()
    books.books("Invoices", books.bill(), "void")
    books.sync()
    assert len(books.in_xero("Invoices")) == 2
    assert [row["Status"] for row in books.in_crm("Invoices")] == ["Cancelled", "Draft"]


def test_an_invoice_without_due_date_is_due_at_once(books: Shop) -> None:
    books.invoice(Due_Date=None)
    assert books.held() == set()
    assert books.sales()["DueDateString"] == "2026-09-01T00:00:00"
    assert books.one(ZOHO, "Invoices")["Due_Date"] is None, "nobody said so in the CRM"


def test_foreign_currency_is_held_where_one_side_does_not_have_it(books: Shop) -> None:
    books.books("Currencies", "USD", Code="USD", Description="United States Dollar")
    books.bill(CurrencyCode="USD")
    assert books.held() == {"currency"}
    assert books.in_crm("Invoices") == []


def test_an_invoice_keeps_its_currency_whatever_the_customer_has_in_xero(books: Shop) -> None:
    """Without a currency Xero takes the contact's own: 24.15 of another money."""
    books.books("Currencies", "USD", Code="USD", Description="United States Dollar")
    books.books("Contacts", books.contact, DefaultCurrency="USD")
    books.invoice()
    books.order()
    assert books.held() == set()
    assert (books.sales()["CurrencyCode"], books.sales()["Total"]) == ("NZD", TOTAL)
    assert books.one(XERO, "PurchaseOrders")["CurrencyCode"] == "NZD"


def test_foreign_currency_travels_where_both_sides_have_it(books: Shop) -> None:
    books.zoho.set_switches({"multi_currency": True})
    books.books("Currencies", "USD", Code="USD", Description="United States Dollar")
    books.house.refreshed(books.house.connection(None))
    books.settings(lambda document: None)
    books.sync(full=True)
    books.invoice(Currency="USD", Subject="Ours")
    books.bill(CurrencyCode="USD", Reference="Theirs")
    books.bill(Reference="At home")
    assert books.held() == set()
    currencies = {row["Subject"]: row["Currency"] for row in books.in_crm("Invoices")}
    assert currencies == {"Ours": "USD", "Theirs": "USD", "At home": "NZD"}
    assert {row["Reference"]: row["CurrencyCode"] for row in books.in_xero("Invoices")} == currencies


def test_an_account_that_xero_archived_is_held(books: Shop) -> None:
    books.books(
        "Items", books.one(XERO, "Items")["ItemID"], SalesDetails={"UnitPrice": D("10.5"), "AccountCode": "260"}
    )
    books.sync()
    books.books("Accounts", "260", Status="ARCHIVED")
    books.invoice()
    (hold,) = books.settled()
    assert "260" in hold.message


# ------------------------------------------------------------------ and back

BILLS: dict[str, tuple[dict[str, Any], dict[str, Any], set[str]]] = {
    "exclusive": ({}, {}, set()),
    "inclusive": ({"LineAmountTypes": "Inclusive"}, {"UnitAmount": D("115")}, set()),
    "inclusive, in thirds": ({"LineAmountTypes": "Inclusive"}, {"UnitAmount": D("19.99"), "Quantity": 3}, set()),
    "inclusive, a cent off": ({"LineAmountTypes": "Inclusive"}, {"UnitAmount": D("96.25"), "Quantity": 1}, set()),
    "inclusive, less ten percent": (
        {"LineAmountTypes": "Inclusive"},
        {"UnitAmount": D("115"), "DiscountRate": 10},
        set(),
    ),
    "untaxed": ({"LineAmountTypes": "NoTax"}, {}, set()),
    "less ten percent": ({}, {"DiscountRate": 10}, set()),
    "less an amount": ({}, {"DiscountAmount": D("1.11")}, set()),
    "given away": ({}, {"DiscountRate": 100}, set()),
    "a price with four decimals": ({}, {"UnitAmount": D("0.1234"), "Quantity": 7}, set()),
    "a part of one": ({}, {"Quantity": D("0.3333")}, set()),
    "returned": ({}, {"Quantity": -2}, set()),
    "a negative price": ({}, {"UnitAmount": D("-10.5")}, set()),
    "nothing of it": ({}, {"Quantity": 0}, {"no_quantity"}),
    "no item": ({}, {"ItemCode": "", "Description": "Advice"}, {"no_product"}),
    "a tax by hand": ({}, {"TaxAmount": D("3.10")}, {"total_differs"}),
    "a tax that the CRM does not have": ({}, {"TaxType": "GSTONIMPORTS", "AccountCode": "820"}, {"tax_unmapped"}),
}


@pytest.mark.parametrize("name", BILLS)
def test_an_invoice_of_xero_comes_to_the_same_in_the_crm(books: Shop, name: str) -> None:
    header, line, reasons = BILLS[name]
    books.bill(line, **header)
    assert books.held() == reasons
    if reasons:
        assert books.in_crm("Invoices") == []
        return
    crm, xero = books.one(ZOHO, "Invoices"), books.sales()
    assert crm["Grand_Total"] == xero["Total"]
    paid = xero["Status"] == "PAID"  # what comes to nothing is
    assert (crm["Xero_Invoice_No"], crm["Status"]) == (xero["InvoiceNumber"], "Paid" if paid else "Approved")


def test_a_remark_between_the_lines_stays_in_xero(books: Shop) -> None:
    books.bill({}, REMARK, Status="DRAFT")
    assert books.held() == set()
    crm = books.one(ZOHO, "Invoices")
    books.crm("Invoices", crm["id"], Invoiced_Items=[{"id": books.line(crm)["id"], "Quantity": 5}])
    assert books.held() == set()
    first, second = books.sales()["LineItems"]
    assert (first["Quantity"], second["Description"], second["LineAmount"]) == (5, "Thank you", 0)
    assert "Quantity" not in second


def test_a_product_stands_for_lines_without_an_item(books: Shop) -> None:
    other = books.crm("Products", Product_Name="Everything else", Add_to_Xero=False)
    books.settings(lambda document: document.update(itemless_product=other))
    books.sync(full=True)
    books.bill({"ItemCode": "", "Description": "Advice"})
    assert books.held() == set()
    crm = books.one(ZOHO, "Invoices")
    assert (books.line(crm)["Product_Name"]["id"], crm["Grand_Total"]) == (other, TOTAL)
    books.crm("Invoices", crm["id"], Invoiced_Items=[{"id": books.line(crm)["id"], "Quantity": 3}])
    assert books.held() == set()
    assert ("ItemCode" in books.line(books.sales()), books.line(books.sales())["Quantity"]) == (False, 3)
    assert len(books.in_xero("Items")) == 1


def test_the_cent_of_an_inclusive_price_follows_its_lines(books: Shop) -> None:
    """96.25 with 15 % in it is 83.70 and 12.55; the CRM makes 12.56 of the same net price."""
    books.bill({"UnitAmount": D("96.25"), "Quantity": 1}, LineAmountTypes="Inclusive")
    assert books.held() == set()
    crm = books.one(ZOHO, "Invoices")
    assert (crm["Grand_Total"], crm["Adjustment"]) == (D("96.25"), D("-0.01"))
    books.crm("Invoices", crm["id"], Invoiced_Items=[{"id": books.line(crm)["id"], "Quantity": 2}])
    assert books.held() == set()
    crm, xero = books.one(ZOHO, "Invoices"), books.sales()
    assert (crm["Grand_Total"], crm["Adjustment"], xero["Total"]) == (D("192.50"), 0, D("192.50"))
    assert books.line(xero)["UnitAmount"] == D("96.25"), "nobody changed the price"
    books.crm("Invoices", crm["id"], Adjustment=D("-5"))
    assert books.held() == {"adjustment"}, "that is somebody's"
