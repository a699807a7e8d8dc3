"""Purchase orders that become bills in Xero: typed by hand on one side of a live connection, what runs make of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.live_books import Connected
from tests.system.live_desk import Desk
from tests.system.live_shop import TOTAL


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
