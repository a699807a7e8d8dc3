"""Products, and a live connection whose settings people change: directions, fields that come and go, defaults."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from extension.sync.canonical import XERO, ZOHO
from tests.system.live_books import Books, Connected, D
from tests.system.live_shop import Shop

Document = dict[str, Any]


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Connected:
    return Connected.once(tmp_path_factory.mktemp("connected") / "instance", Shop.opened)


@pytest.fixture
def books(connected: Connected, tmp_path: Path) -> Iterator[Shop]:
    made = connected.again(tmp_path / "instance")
    yield Shop(made)
    made.house.close()


def field(entity: str, name: str, **changes: Any) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        (row,) = [row for row in document["entities"][entity]["fields"] if row["name"] == name]
        row.update(changes)

    return change


def added(entity: str, **row: Any) -> Callable[[Document], None]:
    return lambda document: document["entities"][entity]["fields"].append(row)


def dropped(entity: str, name: str) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        fields = document["entities"][entity]["fields"]
        fields[:] = [row for row in fields if row["name"] != name]

    return change


def phone(books: Books) -> str:
    phones = books.one(XERO, "Contacts")["Phones"]
    return str(next((p["PhoneNumber"] for p in phones if p["PhoneType"] == "DEFAULT"), ""))


# ------------------------------------------------------------------ products


def test_products_that_xero_cannot_take_are_held_and_the_others_travel(books: Shop) -> None:
    books.crm("Products", Product_Name="N" * 60, Product_Code="LONG-NAME", Unit_Price=D("1.2345"))
    books.crm("Products", Product_Name="No code", Unit_Price=1)
    books.crm("Products", Product_Name="Long code", Product_Code="X" * 31)
    for name in ("Twin one", "Twin two"):
        books.crm("Products", Product_Name=name, Product_Code="TWIN")
    holds = {(hold.title, hold.reason) for hold in books.settled()}
    assert holds == {
        ("No code", "no_code"),
        ("Long code", "code_too_long"),
        ("Twin one", "ambiguous"),
        ("Twin two", "ambiguous"),
    }
    item = books.one(XERO, "Items", Code="LONG-NAME")
    assert (item["Name"], item["SalesDetails"]["UnitPrice"]) == ("N" * 50, D("1.23")), "the CRM keeps two decimals"
    assert books.one(ZOHO, "Products", Product_Code="LONG-NAME")["Product_Name"] == "N" * 60


def test_codes_that_differ_in_case_are_one_product(books: Shop) -> None:
    books.books("Items", Code="nib", Name="Nib")
    books.crm("Products", Product_Name="Nib", Product_Code="NIB")
    assert books.held() == set()
    assert {row["Code"] for row in books.in_xero("Items")} == {"PEN", "nib"}


def test_an_item_that_is_only_bought_gets_its_price(books: Shop) -> None:
    details = {"UnitPrice": 3, "AccountCode": "300"}
    id_ = books.books("Items", Code="INK", Name="Ink", IsSold=False, PurchaseDetails=details)
    assert books.held() == set()
    crm = books.one(ZOHO, "Products", Product_Code="INK")
    assert (crm["Unit_Price"], crm["Purchase_Price"]) == (None, 3)
    books.crm("Products", crm["id"], Unit_Price=D("7.5"))
    assert books.held() == set()
    item = books.one(XERO, "Items", ItemID=id_)
    assert (item["IsSold"], item["SalesDetails"]["UnitPrice"]) == (True, D("7.5"))
    assert item["PurchaseDetails"] == details


def test_a_code_that_is_changed_renames_the_item_and_its_lines_stay(books: Shop) -> None:
    books.invoice()
    books.sync()
    books.crm("Products", books.pen, Product_Code="PEN-2")
    assert books.held() == set()
    assert books.line(books.sales())["ItemCode"] == "PEN-2"
    books.crm("Invoices", books.linked("invoice")[0][0], Subject="Later")
    assert books.held() == set()
    assert len(books.in_xero("Items")) == len(books.linked("product")) == 1


# ------------------------------------------------------------------ directions


def test_a_field_that_travels_one_way_only(books: Shop) -> None:
    books.settings(field("account", "phone", direction="to_zoho"))
    books.sync(full=True)
    books.crm("Accounts", books.acme, Phone="09 111")
    assert books.held() == set()
    assert (phone(books), books.one(ZOHO, "Accounts")["Phone"]) == ("", None), "what Xero decides is put back"
    books.books("Contacts", books.contact, Phones=[{"PhoneType": "DEFAULT", "PhoneNumber": "09 222"}])
    assert books.held() == set()
    assert books.one(ZOHO, "Accounts")["Phone"] == "09 222"


def test_an_entity_that_travels_one_way_only(books: Shop) -> None:
    books.settings(lambda document: document["entities"]["invoice"].update(direction="to_zoho"))
    books.sync(full=True)
    books.invoice()
    books.bill()
    assert books.held() == set()
    assert len(books.in_xero("Invoices")) == 1
    assert len(books.linked("invoice")) == 1
    books.settings(lambda document: document["entities"]["invoice"].update(direction="both"))
    assert books.held() == set()
    assert len(books.in_xero("Invoices")) == len(books.linked("invoice")) == 2


def test_a_conflict_is_for_the_owner_or_for_a_person(books: Shop) -> None:
    def both(ours: str, theirs: str) -> None:
        books.crm("Accounts", books.acme, Phone=ours)
        books.books("Contacts", books.contact, Phones=[{"PhoneType": "DEFAULT", "PhoneNumber": theirs}])

    both("09 111", "09 222")
    assert books.held() == set()
    assert (phone(books), books.one(ZOHO, "Accounts")["Phone"]) == ("09 111", "09 111")
    for change in (field("account", "phone", owner="xero"), field("vendor", "phone", owner="xero")):
        books.settings(change)
    books.sync(full=True)
    both("09 333", "09 444")
    assert books.held() == set()
    assert (phone(books), books.one(ZOHO, "Accounts")["Phone"]) == ("09 444", "09 444")
    books.settings(field("account", "phone", owner="ask"))
    books.sync(full=True)
    both("09 555", "09 666")
    assert books.held() == {"conflict"}
    assert (phone(books), books.one(ZOHO, "Accounts")["Phone"]) == ("09 666", "09 555")


# ------------------------------------------------------------------ fields that come and go


def test_a_field_that_is_added_travels_by_its_owner(books: Shop) -> None:
    other = books.crm("Accounts", Account_Name="Other Ltd", Website="https://other.example")
    books.crm("Accounts", books.acme, Website="https://acme.example")
    books.sync()
    books.books("Contacts", books.contact, AccountNumber="A-1")
    books.settings(
        added("account", name="number", zoho="Account_Number", xero="AccountNumber", max_xero=50, owner="xero")
    )
    books.crm("Accounts", other, Account_Number="C-2")
    assert books.held() == set()
    numbers = {row["Account_Name"]: row["Account_Number"] for row in books.in_crm("Accounts")}
    assert numbers == {"Acme Parts": "A-1", "Other Ltd": "C-2"}
    assert books.one(XERO, "Contacts", Name="Other Ltd")["AccountNumber"] == "C-2"
    assert books.one(ZOHO, "Accounts", id=other)["Website"] == "https://other.example"


def test_a_field_that_is_switched_off_stays_as_it_is(books: Shop) -> None:
    books.crm("Accounts", books.acme, Phone="09 111", Fax="09 112")
    books.sync()
    for entity in ("account", "vendor"):
        books.settings(dropped(entity, "phone"))
    books.sync(full=True)
    books.crm("Accounts", books.acme, Phone="09 999", Fax="09 998")
    assert books.held() == set()
    phones = {p["PhoneType"]: p["PhoneNumber"] for p in books.one(XERO, "Contacts")["Phones"]}
    assert (phones["DEFAULT"], phones["FAX"]) == ("09 111", "09 998")


@pytest.mark.parametrize("name", ["subject", "due_date", "theme", "xero_number", "xero_url"])
def test_a_document_travels_without_what_the_map_leaves_out(books: Shop, name: str) -> None:
    books.settings(dropped("invoice", name))
    books.sync(full=True)
    books.invoice(status="Created")
    books.bill(Status="DRAFT", Reference="Theirs")
    reasons = books.held()
    assert reasons == ({"invalid"} if name == "subject" else set()), "the CRM needs a subject"
    assert len(books.linked("invoice")) == (1 if reasons else 2)
    assert len(books.in_xero("Invoices")) == 2


# ------------------------------------------------------------------ defaults and transforms


def test_a_default_fills_what_is_blank_and_does_not_come_back(books: Shop) -> None:
    books.settings(added("account", name="site", zoho="Account_Site", xero="CompanyNumber", default_xero="none given"))
    books.settings(added("account", name="kind", zoho="Account_Type", default_zoho="Customer", direction="to_zoho"))
    books.sync(full=True)
    plain = books.crm("Accounts", Account_Name="Plain Ltd")
    id_ = books.books("Contacts", Name="Theirs Ltd", CompanyNumber="77")
    assert books.held() == set()
    assert books.one(XERO, "Contacts", Name="Plain Ltd")["CompanyNumber"] == "none given"
    ours = books.one(ZOHO, "Accounts", id=plain)
    assert (ours["Account_Site"], ours["Account_Type"]) == (None, None)
    theirs = books.one(ZOHO, "Accounts", Xero_ID=id_)
    assert (theirs["Account_Site"], theirs["Account_Type"]) == ("77", "Customer")


def test_a_transform_changes_a_value_once(books: Shop) -> None:
    books.settings(field("account", "tax_number", transform="digits"))
    books.sync(full=True)
    books.crm("Accounts", books.acme, Tax_Number="101-202-303")
    assert books.held() == set()
    assert books.one(XERO, "Contacts")["TaxNumber"] == "101202303"
    assert books.one(ZOHO, "Accounts")["Tax_Number"] == "101-202-303"


def test_a_tax_number_is_never_cut(books: Shop) -> None:
    books.settings(field("account", "tax_number", max_xero=9))
    books.sync(full=True)
    books.crm("Accounts", books.acme, Tax_Number="101-202-303", Fax="09 1")
    assert books.held() == {"too_long"}
    assert books.one(XERO, "Contacts").get("TaxNumber", "") == ""
    assert {p["PhoneType"]: p["PhoneNumber"] for p in books.one(XERO, "Contacts")["Phones"]}["FAX"] == "09 1"
