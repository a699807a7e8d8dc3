"""Purchase orders that become bills in Xero: typed by hand on one side of a live connection, what runs make of them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from extension.entities.becoming import collections_left, turned
from extension.sync.canonical import XERO, ZOHO
from tests.system.live_books import Books, Connected, D
from tests.system.live_shop import TOTAL, Shop


class Desk(Shop):
    """Acme supplies; what is ordered from it is a bill in Xero."""

    @staticmethod
    def opened(books: Books) -> None:
        bills(books)
        Shop.opened(books)

    def payable(self, *lines: dict[str, Any], **more: Any) -> str:
        """A bill that somebody enters in Xero."""
        line = {"ItemCode": "PEN", "Description": "Pen", "Quantity": 2, "UnitAmount": D("10.5"), "AccountCode": "300"}
        rows = [{**line, "TaxType": "INPUT2", **each} for each in lines or ({},)]
        header = {"Type": "ACCPAY", "Contact": {"ContactID": self.supplier}, "Date": "2026-09-01"}
        fields = {**header, "DueDate": "2026-09-20", "InvoiceNumber": "B-1", "Status": "AUTHORISED", **more}
        return self.books("Invoices", LineItems=rows, **fields)

    @property
    def supplier(self) -> str:
        return next(xero for zoho, xero in self.linked("vendor") if zoho == self.vendor)

    def owed(self) -> dict[str, Any]:
        """The only bill of Xero."""
        return self.one(XERO, "Invoices", Type="ACCPAY")

    def ordered(self) -> dict[str, Any]:
        """The only purchase order of the CRM."""
        return self.one(ZOHO, "Purchase_Orders")


def bills(books: Books) -> None:
    connection = books.house.connection(None)
    document = turned(copy.deepcopy(dict(connection.settings)), "bills", connection.fetched)
    document["mapping_version"] += 1
    left = collections_left(connection.settings, document)
    books.house.connections.update_settings(connection.id, document, "a test", books.clock.now(), left=left)


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Connected:
    return Connected.once(tmp_path_factory.mktemp("connected") / "instance", Desk.opened)


@pytest.fixture
def books(connected: Connected, tmp_path: Path) -> Iterator[Desk]:
    made = connected.again(tmp_path / "instance")
    yield Desk(made)
    made.house.close()


def test_a_purchase_order_arrives_as_a_bill(books: Desk) -> None:
    books.order(Due_Date="2026-09-20")
    assert books.held() == set()
    crm, xero = books.ordered(), books.owed()
    assert (xero["InvoiceNumber"], xero["Status"], xero["Total"]) == ("PO-77", "AUTHORISED", TOTAL)
    assert (xero["DateString"], xero["DueDateString"]) == ("2026-09-01T00:00:00", "2026-09-20T00:00:00")
    assert (crm["Xero_ID"], crm["Xero_Invoice_No"]) == (xero["InvoiceID"], "PO-77")
    page = f"/AccountsPayable/Edit.aspx?InvoiceID={xero['InvoiceID']}"
    assert crm["Xero_Invoice_URL"].endswith(f"shortcode=!hb0r1&redirecturl={page}")
    assert books.in_xero("PurchaseOrders") == []


def test_a_bill_arrives_as_a_purchase_order(books: Desk) -> None:
    books.payable()
    assert books.held() == set()
    crm = books.ordered()
    assert (crm["PO_Number"], crm["Subject"], crm["Status"]) == ("B-1", "Bill B-1", "Approved")
    assert (crm["Grand_Total"], crm["Due_Date"], crm["Vendor_Name"]["id"]) == (TOTAL, "2026-09-20", books.vendor)
