"""What purchase orders become in Xero, as people choose it: pages, statuses, fields, and when it cannot be changed."""

from __future__ import annotations

import pytest

from extension.store.leaving import Left
from extension.sync.canonical import XERO
from extension.sync.errors import BadInput
from tests.system.live_books import Books, D
from tests.web.settings_forms import SETTINGS, row_of, send, settings
from tests.web.visitor import Visitor

BILLS = {"purchase_orders": "bills"}


def _linked(books: Books) -> None:
    """One purchase order, in step."""
    books.crm("Vendors", Vendor_Name="Acme Parts")
    books.crm("Products", Product_Name="Pen", Product_Code="PEN", Unit_Price=D("10.5"))
    books.sync()
    ((vendor, _),), ((pen, _),) = books.linked("vendor"), books.linked("product")
    rows = [{"Product_Name": {"id": pen}, "Quantity": 2, "List_Price": D("10.5")}]
    days = {"PO_Date": "2026-09-01", "Status": "Approved", "Subject": "Pens", "PO_Number": "PO-1"}
    books.crm("Purchase_Orders", Vendor_Name={"id": vendor}, Purchase_Items=rows, **days)
    books.sync()
    assert len(books.linked("purchase_order")) == 1


def test_purchase_orders_become_bills(admin: Visitor, books: Books) -> None:
    before = settings(books)
    assert send(admin, "/policies", "/policies", BILLS).status == 303
    found = settings(books)
    assert found["policies"]["purchase_orders"] == "bills"
    assert found["mapping_version"] == before["mapping_version"] + 1
    due, number, subject = (row_of(books, "purchase_order", name) for name in ("due_date", "number", "subject"))
    assert due is not None
    assert number is not None
    assert subject is not None
    assert (due["xero"], number["xero"], "xero" in subject) == ("DueDate", "InvoiceNumber", False)
    page = admin.get(f"{SETTINGS}/fields/purchase_order")
    assert "Planned payment date" in page.html
    assert "Delivery instructions" not in page.html
    statuses = admin.get(f"{SETTINGS}/statuses?entity=purchase_order")
    assert 'name="xero:VOIDED"' in statuses.html
    assert 'name="xero:BILLED"' not in statuses.html
    books.sync()


def test_and_back_again_as_they_were(admin: Visitor, books: Books) -> None:
    before = settings(books)
    send(admin, "/policies", "/policies", BILLS)
    assert send(admin, "/policies", "/policies", {"purchase_orders": "orders"}).status == 303
    found = settings(books)
    assert (found["entities"], found["status"]) == (before["entities"], before["status"])


def test_what_somebody_chose_stays(admin: Visitor, books: Books) -> None:
    assert send(admin, "/policies", "/policies", {"conflicts.purchase_order": "ask"}).status == 303
    send(admin, "/policies", "/policies", BILLS)
    date = row_of(books, "purchase_order", "date")
    assert date is not None
    assert date["owner"] == "ask"


def test_it_cannot_be_changed_while_one_is_linked(admin: Visitor, books: Books) -> None:
    _linked(books)
    before = settings(books)
    answer = send(admin, "/policies", "/policies", BILLS)
    assert answer.status == 400
    assert "1 of the purchase orders is linked in Xero" in answer.html
    assert settings(books) == before


def test_nor_by_taking_a_change_back(admin: Visitor, books: Books) -> None:
    send(admin, "/policies", "/policies", BILLS)
    _linked(books)
    number = books.house.connection(None).id
    (change,) = [
        each
        for each in books.house.changes(books.house.connection(None)).page(before=None, limit=9)
        if any(event.object == "policies" for event in each.events)
    ]
    answer = send(admin, "/changes", f"/changes/{change.id}/roll-back")
    assert answer.status == 400, number
    assert "linked in Xero" in answer.html
    assert settings(books)["policies"]["purchase_orders"] == "bills"


def test_what_was_read_of_the_other_kind_is_forgotten(admin: Visitor, books: Books) -> None:
    """Else an order of Xero that nobody reads any more would wait for ever."""
    supplier = books.books("Contacts", Name="Acme Parts")
    line = {"Description": "Pen", "Quantity": 2, "UnitAmount": D("10.5"), "AccountCode": "300", "TaxType": "INPUT2"}
    books.books("PurchaseOrders", Contact={"ContactID": supplier}, LineItems=[line], Status="AUTHORISED")
    books.sync()
    assert books.in_crm("Purchase_Orders") == []  # no item: held
    send(admin, "/policies", "/policies", BILLS)
    report = books.sync()
    assert [hold for hold in report.holds if hold.entity == "purchase_order"] == []


def test_nothing_is_left_while_a_run_is_under_way(books: Books) -> None:
    house, connection = books.house, books.house.connection(None)
    epoch = house.store(connection).acquire("somebody", house.clock.now(), 60)
    assert epoch is not None
    left: list[Left] = [("purchase_order", XERO, "PurchaseOrders")]
    with pytest.raises(BadInput, match="under way"):
        house.connections.update_settings(connection.id, connection.settings, "a test", house.clock.now(), left=left)
    house.store(connection).release(epoch)


@pytest.mark.parametrize("given", ["", "both", "Bills"])
def test_what_is_no_choice(admin: Visitor, books: Books, given: str) -> None:
    before = settings(books)
    assert send(admin, "/policies", "/policies", {"purchase_orders": given}).status == 400
    assert settings(books) == before
