"""A cent between both totals, in the portal and in the panel: both numbers, the ways out, each followed once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from extension.store.holds import Held
from extension.sync.canonical import XERO, ZOHO
from extension.web.limits import limiter
from extension.web.visit import Person
from tests.documents.cases_totals import APART, PRICES, one_sum, sold, xero_counts
from tests.system.live_books import Books, D
from tests.system.live_shop import Shop
from tests.web.panel import Panel
from tests.web.visitor import Visitor

Visitors = Callable[[Person | None], Visitor]
PAGE = "/c/1/attention"


@pytest.fixture
def shop(books: Books) -> Iterator[Shop]:
    Shop.opened(books)
    made = Shop(books)
    one_sum(made)
    yield made
    limiter.reset()


@pytest.fixture
def invoice(shop: Shop) -> str:
    found = shop.invoice(*sold(*PRICES))
    assert shop.held() == {"total_differs"}
    return found


def hold(books: Books) -> Held:
    (found,) = books.house.store(books.house.connection(None)).holds_page(10)
    return found


def totals(shop: Shop) -> tuple[Any, Any]:
    (crm,), xero = shop.in_crm("Invoices"), shop.sales()
    return crm["Grand_Total"], xero["Total"]


def test_the_portal_shows_both_numbers_and_three_ways_out(admin: Visitor, shop: Shop, invoice: str) -> None:
    text = admin.get(PAGE).text
    for said in ("The CRM says 70.58, Xero would say 70.57.", "Send anyway", "Add a rounding line", "Open in Zoho"):
        assert said in text


def test_it_is_sent_once_and_not_asked_again_until_it_changes(admin: Visitor, shop: Shop, invoice: str) -> None:
    assert admin.post(f"{PAGE}/decide", {"hold": hold(shop).number, "verb": "send"}).status == 303
    text = admin.get(PAGE).text
    assert "This difference may stand" in text
    assert "Send anyway" not in text
    assert shop.held() == set()
    assert totals(shop) == (D("70.58"), D("70.57"))
    shop.crm("Invoices", invoice, Subject="Pens, twice told")
    assert shop.held() == set(), "no money moved"
    (line, *_) = shop.in_crm("Invoices")[0]["Invoiced_Items"]
    shop.crm("Invoices", invoice, Invoiced_Items=[{"id": line["id"], "Quantity": 21}])
    assert shop.held() == {"total_differs"}, "other numbers, another word"


def test_a_word_about_other_numbers_counts_for_nothing(admin: Visitor, shop: Shop, invoice: str) -> None:
    admin.post(f"{PAGE}/decide", {"hold": hold(shop).number, "verb": "send"})
    (line, *_) = shop.in_crm("Invoices")[0]["Invoiced_Items"]
    shop.crm("Invoices", invoice, Invoiced_Items=[{"id": line["id"], "Quantity": 21}])
    assert shop.held() == {"total_differs"}
    assert "Send anyway" in admin.get(PAGE).text
    assert shop.house.store(shop.house.connection(None)).decisions() == []


def test_the_panel_offers_them_too(shop: Shop, visitor: Visitors, invoice: str) -> None:
    panel = Panel(shop, visitor(None))
    panel.sign_in()
    (held,) = panel.get(f"/api/records/Invoices/{invoice}").get_json()["holds"]
    assert held["message"] == "The CRM says 70.58, Xero would say 70.57."
    ways = {way["label"]: way for way in held["ways"]}
    assert list(ways) == ["Send anyway", "Add a rounding line"]
    answer = panel.post(
        f"/api/records/Invoices/{invoice}/decide",
        {name: value for name, value in ways["Add a rounding line"].items() if name != "label"},
    )
    assert answer.status_code == 202, answer.text
    assert shop.held() == set()
    assert totals(shop) == (D("70.58"), D("70.58"))


def test_without_an_account_it_waits_and_then_follows_the_word(admin: Visitor, shop: Shop) -> None:
    shop.settings(lambda document: document.pop("documents"))
    shop.invoice(*sold(*APART))
    shop.sync()
    admin.post(f"{PAGE}/decide", {"hold": hold(shop).number, "verb": "round"})
    assert shop.held() == {"no_rounding_account"}
    assert "/settings/documents" in admin.get(PAGE).html
    one_sum(shop)
    assert shop.held() == set()
    assert totals(shop) == (D("110.75"), D("110.75"))


def test_a_number_of_the_dead_is_never_used_again(shop: Shop) -> None:
    supplier = next(xero for zoho, xero in shop.linked("vendor") if zoho == shop.vendor)
    line = {"Description": "Pen", "Quantity": 2, "UnitAmount": D("10.5"), "AccountCode": "300", "TaxType": "INPUT2"}
    header: dict[str, Any] = {"Contact": {"ContactID": supplier}, "PurchaseOrderNumber": "PO-77"}
    dead = shop.books("PurchaseOrders", LineItems=[line], Date="2026-09-01", Status="SUBMITTED", **header)
    shop.books("PurchaseOrders", dead, Status="DELETED")
    order = shop.order()
    assert shop.held() == {"number_retired"}
    assert len(shop.in_xero("PurchaseOrders")) == 1
    assert shop.one(ZOHO, "Purchase_Orders", id=order)["Status"] == "Approved", "the dead end no living one"
    shop.crm("Purchase_Orders", order, PO_Number="PO-78")
    assert shop.held() == set()
    assert {each["PurchaseOrderNumber"] for each in shop.in_xero("PurchaseOrders")} == {"PO-77", "PO-78"}


def test_both_sequences_may_use_one_number(shop: Shop) -> None:
    """The CRM's next invoice has the number that another customer's invoice has in Xero."""
    other = shop.books("Contacts", Name="Somebody Else")
    number = "INV-1001"
    shop.bill(InvoiceNumber=number, Contact={"ContactID": other})
    xero_counts(shop)
    shop.invoice()
    held = shop.held()
    assert held <= {"party_differs"}
    assert shop.in_crm("Invoices")[0]["Invoice_Number"] == number
    mine = [each for each in shop.in_xero("Invoices") if each["Reference"] == f"CRM {number}"]
    assert held == set()
    assert len(mine) == 1
    assert mine[0]["InvoiceNumber"] != number
    assert shop.one(XERO, "Invoices", InvoiceNumber=number)["Contact"]["ContactID"] == other
