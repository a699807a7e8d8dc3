"""Fields that people map themselves arrive where they belong: every kind of place that Xero's catalogue names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from extension.entities.editing import Edited
from extension.entities.editing_fields import Draft, drafts_of, with_fields
from extension.entities.editing_modules import ALL, Module, modules_of, with_modules
from extension.sync.canonical import XERO, ZOHO
from tests.system.live_books import Books, Connected, D


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Connected:
    return Connected.once(tmp_path_factory.mktemp("connected") / "instance")


@pytest.fixture
def books(connected: Connected, tmp_path: Path) -> Iterator[Books]:
    found = connected.again(tmp_path / "instance")
    yield found
    found.house.close()


def keep(books: Books, edited: Edited) -> None:
    assert edited.fine, edited.wrong
    connection = books.house.connection(None)
    books.house.connections.update_settings(connection.id, edited.document, "a test", books.clock.now())


def mapped(books: Books, entity: str, rows: Mapping[str, str], direction: str = "both") -> None:
    """Somebody maps these fields of the CRM to these of Xero."""
    connection = books.house.connection(None)
    new = [Draft(f"new{n}", zoho=crm, xero=xero, direction=direction) for n, (crm, xero) in enumerate(rows.items(), 1)]
    drafts = [*drafts_of(connection.settings, entity), *new]
    keep(books, with_fields(connection.settings, entity, drafts, connection.fetched))


def entry(row: Mapping[str, Any], array: str, kind: str, name: str) -> Mapping[str, Any]:
    entries: Sequence[Mapping[str, Any]] = row[array]
    return next(one for one in entries if one[kind] == name)


COMPANY = {
    "Account_Number": "AccountNumber",
    "Ticker_Symbol": "Phones[DDI]",
    "Account_Site": "Addresses[POBOX].AttentionTo",
    "Description": "CompanyNumber",
}


def test_numbers_phones_and_addresses_of_a_company_travel_both_ways(books: Books) -> None:
    mapped(books, "account", COMPANY)
    typed = {"Account_Number": "A1", "Ticker_Symbol": "09 1", "Account_Site": "Ms Site", "Description": "C-77"}
    books.crm("Accounts", Account_Name="Acme", **typed)
    assert books.settled() == []
    there = books.one(XERO, "Contacts", Name="Acme")
    assert (there["AccountNumber"], there["CompanyNumber"]) == ("A1", "C-77")
    assert entry(there, "Phones", "PhoneType", "DDI")["PhoneNumber"] == "09 1"
    assert entry(there, "Addresses", "AddressType", "POBOX")["AttentionTo"] == "Ms Site"
    phones = [{"PhoneType": "DDI", "PhoneNumber": "09 2"}]
    books.books("Contacts", there["ContactID"], AccountNumber="A2", CompanyNumber="C-78", Phones=phones)
    assert books.settled() == []
    here = books.one(ZOHO, "Accounts", Account_Name="Acme")
    assert [here[name] for name in COMPANY] == ["A2", "09 2", "Ms Site", "C-78"]


def test_what_belongs_to_the_primary_person_comes_to_the_crm_and_stays_as_xero_says(books: Books) -> None:
    mapped(books, "account", {"Description": "EmailAddress", "Account_Site": "FirstName"}, "to_zoho")
    books.books("Contacts", Name="Bright", FirstName="Bea", LastName="Bell", EmailAddress="bea@bright.example")
    assert books.settled() == []
    here = books.one(ZOHO, "Accounts", Account_Name="Bright")
    assert (here["Description"], here["Account_Site"]) == ("bea@bright.example", "Bea")
    books.crm("Accounts", here["id"], Description="typed over")
    assert books.settled() == []
    assert books.one(ZOHO, "Accounts", Account_Name="Bright")["Description"] == "bea@bright.example"


def test_where_an_order_is_delivered_travels_both_ways(books: Books) -> None:
    rows = {
        "Requisition_No": "AttentionTo",
        "Tracking_Number": "Telephone",
        "Description": "DeliveryInstructions",
        "Billing_City": "DeliveryAddress",
    }
    mapped(books, "purchase_order", rows)
    vendor = books.crm("Vendors", Vendor_Name="Supplies")
    product = books.crm("Products", Product_Name="Pen", Product_Code="PEN", Unit_Price=D("1"))
    books.crm(
        "Purchase_Orders",
        Subject="Pens",
        Vendor_Name={"id": vendor},
        PO_Number="PO-1",
        PO_Date="2026-09-14",
        Status="Created",
        Purchase_Items=[{"Product_Name": {"id": product}, "Quantity": D("1"), "List_Price": D("1")}],
        **dict(zip(rows, ("Bea", "555", "At the back", "Pier 3"), strict=True)),
    )
    assert books.settled() == []
    (there,) = books.in_xero("PurchaseOrders")
    assert [there[name] for name in rows.values()] == ["Bea", "555", "At the back", "Pier 3"]
    books.books("PurchaseOrders", there["PurchaseOrderID"], AttentionTo="Bob", DeliveryAddress="Pier 4")
    assert books.settled() == []
    (here,) = books.in_crm("Purchase_Orders")
    assert [here[name] for name in rows] == ["Bob", "555", "At the back", "Pier 4"]


def test_a_module_that_takes_all_records_ticks_none(books: Books) -> None:
    connection = books.house.connection(None)
    chosen = {**modules_of(connection.settings), "account": Module(scope=ALL)}
    keep(books, with_modules(connection.settings, chosen, connection.fetched))
    books.crm("Accounts", Account_Name="Unticked", Add_to_Xero=False)
    books.books("Contacts", Name="Bright")
    assert books.settled() == []
    assert {row["Name"] for row in books.in_xero("Contacts")} == {"Unticked", "Bright"}
    assert {row["Account_Name"]: bool(row["Add_to_Xero"]) for row in books.in_crm("Accounts")} == {
        "Unticked": False,
        "Bright": False,
    }
