"""Companies and people typed by hand on both sides of a live connection, and what runs make of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from extension.sync.canonical import XERO, ZOHO
from tests.system.live_books import Books, Connected, D


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Connected:
    return Connected.once(tmp_path_factory.mktemp("connected") / "instance")


@pytest.fixture
def books(connected: Connected, tmp_path: Path) -> Iterator[Books]:
    made = connected.again(tmp_path / "instance")
    yield made
    made.house.close()


def in_crm(id_: str) -> dict[str, str]:
    """A lookup."""
    return {"id": id_}


def person(first: str, last: str = "", email: str = "") -> dict[str, Any]:
    return {"FirstName": first, "LastName": last, "EmailAddress": email}


def crew(books: Books, name: str = "Acme Parts") -> list[tuple[str, str, str]]:
    """Everybody of a Xero contact, the primary person first."""
    row = books.one(XERO, "Contacts", Name=name)
    people = [row, *row["ContactPersons"]]
    return [(p.get("FirstName", ""), p.get("LastName", ""), p.get("EmailAddress", "")) for p in people]


def names(books: Books) -> list[tuple[str | None, str, str | None]]:
    """Everybody in the CRM."""
    return sorted((c["First_Name"], c["Last_Name"], c["Email"]) for c in books.in_crm("Contacts"))


ANN, BOB, CY = ("Ann", "Lee", "ann@acme.example"), ("Bob", "Ray", "bob@acme.example"), ("Cy", "Ng", "")


def contact(books: Books, who: tuple[str, str, str], account: str | None, id_: str | None = None) -> str:
    first, last, email = who
    lookup = in_crm(account) if account else None
    return books.crm("Contacts", id_, First_Name=first, Last_Name=last, Email=email or None, Account_Name=lookup)


# ------------------------------------------------------------------ people of a company


def test_six_people_fit_and_the_seventh_is_held(books: Books) -> None:
    acme = books.crm("Accounts", Account_Name="Acme Parts")
    for n in range(7):
        contact(books, (f"P{n}", "Extra", f"p{n}@acme.example"), acme)
    assert books.held() == {"person_limit"}
    assert len(crew(books)) == 6
    assert len(books.linked("contact")) == 6


def test_people_swapped_in_xero_change_nothing_in_the_crm(books: Books) -> None:
    acme = books.crm("Accounts", Account_Name="Acme Parts")
    for who in (ANN, BOB, CY):
        contact(books, who, acme)
    books.sync()
    (xero_id,) = (x for _, x in books.linked("account"))
    before, links = names(books), books.linked("contact")
    ann, bob, cy = (dict(zip(("FirstName", "LastName", "EmailAddress"), who, strict=True)) for who in (ANN, BOB, CY))
    books.books("Contacts", xero_id, **bob, ContactPersons=[cy, ann])
    assert books.held() == set()
    assert (names(books), books.linked("contact")) == (before, links)


def test_people_with_one_address_stay_two(books: Books) -> None:
    acme = books.crm("Accounts", Account_Name="Acme Parts")
    for first in ("Ann", "Bo"):
        contact(books, (first, "Lee", "office@acme.example"), acme)
    assert books.held() == {"ambiguous"}
    assert len(names(books)) == 2
    assert crew(books) == [("", "", "")]


def test_people_with_one_address_in_xero_are_not_guessed_at(books: Books) -> None:
    shared = [person(first, "Lee", "office@acme.example") for first in ("Ann", "Bo")]
    books.books("Contacts", Name="Acme Parts", **shared[0], ContactPersons=[shared[1]])
    assert books.held() == {"ambiguous"}
    assert names(books) == []


def test_people_without_address_travel_once(books: Books) -> None:
    books.books("Contacts", Name="Acme Parts", **person("Cy", "Ng"), ContactPersons=[person("Dee", "Fox")])
    for _ in range(3):
        assert books.held() == set()
    assert names(books) == [("Cy", "Ng", None), ("Dee", "Fox", None)]


def test_a_contact_that_moved_to_another_account_is_held(books: Books) -> None:
    acme, other = (books.crm("Accounts", Account_Name=name) for name in ("Acme Parts", "Other Ltd"))
    ann = contact(books, ANN, acme)
    contact(books, BOB, other)
    books.sync()
    contact(books, ANN, other, ann)
    assert books.held() == {"moved"}
    assert crew(books) == [ANN], "nobody disappears from Xero by itself"
    contact(books, ANN, acme, ann)
    assert books.held() == set()


def test_a_contact_that_left_its_account_is_held(books: Books) -> None:
    acme = books.crm("Accounts", Account_Name="Acme Parts")
    ann = contact(books, ANN, acme)
    books.sync()
    contact(books, ANN, None, ann)
    assert books.held() == {"moved"}
    assert crew(books) == [ANN]


# ------------------------------------------------------------------ people on their own


def test_a_person_without_account_is_a_contact_of_their_own(books: Books) -> None:
    ann = contact(books, ANN, None)
    assert books.held() == set()
    row = books.one(XERO, "Contacts", Name="Ann Lee")
    assert (row["EmailAddress"], row["ContactNumber"]) == ("ann@acme.example", ann)
    assert books.in_crm("Accounts") == [], "nobody asked for a company of that name"


def test_their_contact_is_called_as_they_are(books: Books) -> None:
    """Invoices are addressed to the contact's name: the old one would be wrong on paper."""
    ann = contact(books, ANN, None)
    books.sync()
    contact(books, ("Ann", "Lee-Wu", ANN[2]), None, ann)
    assert books.held() == set()
    assert crew(books, "Ann Lee-Wu") == [("Ann", "Lee-Wu", ANN[2])]
    books.books("Contacts", books.one(XERO, "Contacts", Name="Ann Lee-Wu")["ContactID"], Name="Wu Consulting")
    contact(books, ("Ann", "Wu", ANN[2]), None, ann)
    assert books.held() == set()
    assert crew(books, "Wu Consulting") == [("Ann", "Wu", ANN[2])], "a name that somebody chose stays"


def test_a_person_on_their_own_who_joins_a_company_is_held(books: Books) -> None:
    ann = contact(books, ANN, None)
    books.sync()
    acme = books.crm("Accounts", Account_Name="Acme Parts")
    contact(books, ANN, acme, ann)
    assert books.held() == {"moved"}
    assert crew(books, "Ann Lee") == [ANN]


# ------------------------------------------------------------------ one contact, two roles


def test_a_customer_that_supplies_is_one_contact_in_xero(books: Books) -> None:
    acme = books.crm("Accounts", Account_Name="Acme Parts", Phone="09 111")
    vendor = books.crm("Vendors", Vendor_Name="Acme Parts", Phone="09 222", Email="bills@acme.example")
    ann = contact(books, ANN, acme)
    assert books.held() == set()
    assert crew(books) == [ANN]
    (row,) = books.in_xero("Contacts")
    assert row["ContactNumber"] == acme, "the stamp belongs to who came first"
    phones = {e["Phone"] for e in (*books.in_crm("Accounts"), *books.in_crm("Vendors"))}
    assert phones == {next(p["PhoneNumber"] for p in row["Phones"] if p["PhoneType"] == "DEFAULT")}
    books.crm("Vendors", vendor, Phone="09 333")
    contact(books, ("Ann", "Lee", "ann.lee@acme.example"), acme, ann)
    assert books.held() == set()
    assert books.one(ZOHO, "Accounts")["Phone"] == "09 333"
    assert books.one(ZOHO, "Vendors")["Email"] == "bills@acme.example"
    assert crew(books) == [("Ann", "Lee", "ann.lee@acme.example")]


def test_a_vendor_that_is_deleted_does_not_take_the_customer_along(books: Books) -> None:
    books.settings(lambda document: document["policies"]["retire"].update({"vendor": "archive", "account": "archive"}))
    acme = books.crm("Accounts", Account_Name="Acme Parts")
    vendor = books.crm("Vendors", Vendor_Name="Acme Parts")
    pen = books.crm("Products", Product_Name="Pen", Product_Code="PEN", Unit_Price=D(10))
    line = {"Product_Name": in_crm(pen), "Quantity": 1, "List_Price": D(10)}
    day = {"Invoice_Date": "2026-09-01", "Due_Date": "2026-09-20", "Status": "Approved"}
    books.crm("Invoices", Subject="x", Account_Name=in_crm(acme), Invoiced_Items=[line], **day)
    books.sync()
    books.gone("Vendors", vendor)
    assert books.held() == {"other_role"}
    assert books.one(XERO, "Contacts")["ContactStatus"] == "ACTIVE"


def test_a_stamp_that_somebody_else_set_is_left_alone(books: Books) -> None:
    books.books("Contacts", Name="Acme Parts", ContactNumber="CUST-7")
    acme = books.crm("Accounts", Account_Name="Acme Parts", Phone="09 111")
    assert books.held() == set()
    assert books.one(XERO, "Contacts")["ContactNumber"] == "CUST-7"
    books.books("Contacts", Name="Bare Ltd")
    bare = books.crm("Accounts", Account_Name="Bare Ltd", Phone="09 222")
    assert books.held() == set()
    assert books.one(XERO, "Contacts", Name="Bare Ltd")["ContactNumber"] == bare
    assert {crm for crm, _ in books.linked("account")} == {acme, bare}


# ------------------------------------------------------------------ phones and addresses


def test_a_phone_in_three_parts_is_one_number_in_the_crm(books: Books) -> None:
    parts = {"PhoneCountryCode": "64", "PhoneAreaCode": "9", "PhoneNumber": "555 0100"}
    mobile = {"PhoneType": "MOBILE", "PhoneNumber": "021 555"}
    id_ = books.books("Contacts", Name="Acme Parts", Phones=[{"PhoneType": "DEFAULT", **parts}, mobile])
    assert books.held() == set()
    assert books.one(ZOHO, "Accounts")["Phone"] == "64 9 555 0100"
    (acme,) = (crm for crm, _ in books.linked("account"))
    books.crm("Accounts", acme, Fax="09 777")
    assert books.held() == set()
    phones = {p["PhoneType"]: p for p in books.one(XERO, "Contacts", ContactID=id_)["Phones"]}
    assert (phones["DEFAULT"]["PhoneCountryCode"], phones["DEFAULT"]["PhoneNumber"]) == ("64", "555 0100")
    assert (phones["FAX"]["PhoneNumber"], phones["MOBILE"]["PhoneNumber"]) == ("09 777", "021 555")
    books.crm("Accounts", acme, Phone="+64 9 555 0200")
    assert books.held() == set()
    phones = {p["PhoneType"]: p for p in books.one(XERO, "Contacts", ContactID=id_)["Phones"]}
    assert (phones["DEFAULT"]["PhoneCountryCode"], phones["DEFAULT"]["PhoneNumber"]) == ("", "+64 9 555 0200")


def test_an_address_keeps_its_lines_in_xero(books: Books) -> None:
    lines = {"AddressLine1": "Level 2", "AddressLine2": "12 Quay Street", "AttentionTo": "Accounts"}
    pobox = {"AddressType": "POBOX", **lines, "City": "Nelson", "PostalCode": "7010"}
    id_ = books.books("Contacts", Name="Acme Parts", Addresses=[pobox])
    assert books.held() == set()
    assert books.one(ZOHO, "Accounts")["Billing_Street"] == "Level 2, 12 Quay Street"
    (acme,) = (crm for crm, _ in books.linked("account"))
    books.crm("Accounts", acme, Billing_City="Richmond", Shipping_City="Picton")
    assert books.held() == set()
    addresses = {a["AddressType"]: a for a in books.one(XERO, "Contacts", ContactID=id_)["Addresses"]}
    assert {**addresses["POBOX"], **lines} == addresses["POBOX"]
    assert (addresses["POBOX"]["City"], addresses["STREET"]["City"]) == ("Richmond", "Picton")


# ------------------------------------------------------------------ names


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("  Tasman   Timber ", "Tasman Timber"),
        ("Le Petit Cafe\u0301", "Le Petit Cafe\u0301"),
        ("Ｆｕｌｌ Ｗｉｄｔｈ", "Ｆｕｌｌ Ｗｉｄｔｈ"),
        ("<b>Acme</b>", "bAcme/b"),
        ("墨尔本办公 ☕", "墨尔本办公 ☕"),
        ("😀" * 100, "😀" * 100),
    ],
)
def test_a_name_travels_once(books: Books, typed: str, name: str) -> None:
    books.crm("Accounts", Account_Name=typed)
    assert books.held() == set()
    assert [row["Name"] for row in books.in_xero("Contacts")] == [name]
    assert books.one(ZOHO, "Accounts")["Account_Name"] == typed


@pytest.mark.parametrize(("ours", "theirs"), [("Cafe\u0301 Noir", "Café Noir"), ("ACME  PARTS", "Acme Parts")])
def test_names_that_mean_the_same_are_one_company(books: Books, ours: str, theirs: str) -> None:
    books.crm("Accounts", Account_Name=ours)
    books.books("Contacts", Name=theirs)
    assert books.held() == set()
    assert len(books.in_crm("Accounts")) == len(books.in_xero("Contacts")) == len(books.linked("account")) == 1
