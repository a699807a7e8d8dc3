"""Accounts and vendors: one Xero contact seen by both, its name, roles, stamps, phones and addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from extension.sync.canonical import XERO, ZOHO
from extension.sync.errors import Cannot
from extension.sync.model import Row
from tests.unit.books import (
    ACME,
    ACME_CRM,
    NOBODY,
    Known,
    created,
    crm_account,
    crm_vendor,
    part,
    registry,
    settings,
    view,
    xero_contact,
)

BOOKS = registry()
ACCOUNT = BOOKS.entity("account")


def test_an_account_of_the_crm() -> None:
    record = view(BOOKS, ZOHO, crm_account(Phone=" 09 123 ", Billing_City="", Xero_ID=ACME), "account")
    assert (record.id, record.remote, record.handle, record.keys) == (ACME_CRM, ACME_CRM, ACME_CRM, ("acme parts",))
    assert (record.state, record.stamp, record.births, record.title) == ("active", ACME, True, "Acme Parts")
    assert record.fields["phone"] == "09 123"
    assert record.fields["billing_city"] is None
    assert record.fields["xero_id"] == ACME
    assert set(record.fields) == set(ACCOUNT.rules)


@pytest.mark.parametrize("ticked", [False, None, "absent"])
def test_what_is_not_ticked_is_out_of_scope(ticked: Any) -> None:
    more = {} if ticked == "absent" else {"Add_to_Xero": ticked}
    row = crm_account(**more)
    if ticked == "absent":
        row = Row(row.feed, row.id, row.modified, {k: v for k, v in row.body.items() if k != "Add_to_Xero"})
    record = view(BOOKS, ZOHO, row, "account")
    assert (record.state, record.fields["add_to_xero"]) == ("out_of_scope", False)


def test_a_contact_of_xero_is_seen_by_all_who_look() -> None:
    row = xero_contact(Name="Tasman  Timber", ContactNumber=ACME_CRM, FirstName="Ann")
    account, vendor, person = BOOKS.views(XERO, row, [])
    assert [v.entity for v in (account, vendor, person)] == ["account", "vendor", "contact"]
    assert {v.id for v in (account, vendor)} == {ACME}
    assert account.keys == vendor.keys == ("tasman timber",)
    assert account.stamp == ACME_CRM
    assert account.fields["add_to_xero"] is True
    assert account.fields["xero_url"] == f"https://go.xero.com/app/!ab12/contacts/contact/{ACME}"
    assert set(account.fields) == set(ACCOUNT.rules)


@pytest.mark.parametrize(
    ("roles", "policy", "account", "vendor"),
    [
        ({}, "by_role", True, False),
        ({"IsCustomer": True}, "by_role", True, False),
        ({"IsSupplier": True}, "by_role", False, True),
        ({"IsSupplier": True, "IsCustomer": True}, "by_role", True, False),
        ({"IsSupplier": True}, "contacts", True, False),
    ],
)
def test_the_role_decides_what_is_born(roles: dict[str, bool], policy: str, account: bool, vendor: bool) -> None:
    document = settings()
    document["policies"]["new_contacts"] = policy
    books = registry(document=document)
    row = xero_contact(**roles)
    assert view(books, XERO, row, "account").births is account
    assert view(books, XERO, row, "vendor").births is vendor


def test_archived_contacts_are_gone_and_private_ones_frozen() -> None:
    archived = xero_contact(ContactStatus="ARCHIVED", FirstName="Ann")
    views = BOOKS.views(XERO, Row(archived.feed, ACME, archived.modified, archived.body, "archived"), [])
    assert {v.state for v in views} == {"gone"}
    private = xero_contact(ContactStatus="GDPRREQUEST", FirstName="Ann")
    views = BOOKS.views(XERO, Row(private.feed, ACME, private.modified, private.body, "archived"), [])
    assert {v.state for v in views} == {"out_of_scope"}
    assert len(views) == 3


@pytest.mark.parametrize("number", ["CUST-0042", "", None])
def test_a_contact_number_of_somebody_else_is_no_stamp(number: str | None) -> None:
    assert view(BOOKS, XERO, xero_contact(ContactNumber=number), "account").stamp is None


# ------------------------------------------------------------------ bodies for Xero


def test_a_new_contact_carries_its_origin() -> None:
    source = view(BOOKS, ZOHO, crm_account(Phone="1", Billing_Street="1 Quay St", Fax=None), "account")
    fields = created(BOOKS, XERO, source, NOBODY)
    body = BOOKS.body(XERO, "Contacts", [part("account", "create", XERO, fields, source=source)], None)
    assert body == {
        "Name": "Acme Parts",
        "ContactNumber": ACME_CRM,
        "Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": "1", "PhoneAreaCode": "", "PhoneCountryCode": ""}],
        "Addresses": [
            {
                "AddressType": "POBOX",
                "AddressLine1": "1 Quay St",
                "AddressLine2": "",
                "AddressLine3": "",
                "AddressLine4": "",
            }
        ],
    }
    probe = BOOKS.probe(part("account", "create", XERO, fields, source=source))
    assert (probe.stamp, probe.key, probe.parent) == (ACME_CRM, "Acme Parts", None)


@pytest.mark.parametrize(("there", "written"), [("", ACME_CRM), ("CUST-1", None), (None, ACME_CRM)])
def test_an_update_stamps_where_nobody_did(there: str | None, written: str | None) -> None:
    row = xero_contact(ContactNumber=there)
    source, read = view(BOOKS, ZOHO, crm_account(), "account"), view(BOOKS, XERO, row, "account")
    body = BOOKS.body(XERO, "Contacts", [part("account", "update", XERO, {"fax": None}, read, source=source)], row)
    assert body["ContactID"] == ACME
    assert body.get("ContactNumber") == written


def test_two_entities_write_one_contact_at_once() -> None:
    row = xero_contact(Phones=[{"PhoneType": "DDI", "PhoneNumber": "7"}])
    account, vendor = view(BOOKS, XERO, row, "account"), view(BOOKS, XERO, row, "vendor")
    parts = [
        part("account", "update", XERO, {"phone": "1"}, account),
        part("vendor", "update", XERO, {"postal_city": "Nelson"}, vendor),
    ]
    body: Mapping[str, Any] = BOOKS.body(XERO, "Contacts", parts, row)
    assert body["Phones"][0] == {"PhoneType": "DDI", "PhoneNumber": "7"}
    assert body["Phones"][1]["PhoneNumber"] == "1"
    assert body["Addresses"] == [{"AddressType": "POBOX", "City": "Nelson"}]
    assert "ContactPersons" not in body, "people are only written when they change"


def test_clearing_is_blank_text_in_xero_and_null_in_the_crm() -> None:
    row = xero_contact(TaxNumber="1")
    body = BOOKS.body(
        XERO,
        "Contacts",
        [part("account", "update", XERO, {"tax_number": None}, view(BOOKS, XERO, row, "account"))],
        row,
    )
    assert body["TaxNumber"] == ""
    read = view(BOOKS, ZOHO, crm_account(), "account")
    body = BOOKS.body(ZOHO, "Accounts", [part("account", "update", ZOHO, {"tax_number": None}, read)], None)
    assert body == {"id": ACME_CRM, "Tax_Number": None}


# ------------------------------------------------------------------ bodies for the CRM


def test_an_account_created_from_xero_is_ticked_and_stamped() -> None:
    source = view(BOOKS, XERO, xero_contact(Addresses=[{"AddressType": "STREET", "City": "Nelson"}]), "account")
    fields = created(BOOKS, ZOHO, source, NOBODY)
    write = part("account", "create", ZOHO, fields, source=source)
    assert BOOKS.body(ZOHO, "Accounts", [write], None) == {
        "Account_Name": "Acme Parts",
        "Shipping_City": "Nelson",
        "Add_to_Xero": True,
        "Xero_ID": ACME,
        "Xero_URL": f"https://go.xero.com/app/!ab12/contacts/contact/{ACME}",
    }
    assert (BOOKS.probe(write).stamp, BOOKS.probe(write).key) == (ACME, "Acme Parts")


def test_defaults_fill_what_only_one_side_has() -> None:
    document = settings()
    document["entities"]["account"]["fields"].append({"name": "site", "zoho": "Fax", "default_zoho": "from Xero"})
    document["entities"]["account"]["fields"] = [
        row for row in document["entities"]["account"]["fields"] if row["name"] != "fax"
    ]
    books = registry(document=document)
    assert books.entity("account").rules["site"].direction == "derived"
    source = view(books, XERO, xero_contact(), "account")
    assert created(books, ZOHO, source, NOBODY)["site"] == "from Xero"


def test_a_vendor_is_a_company_too() -> None:
    record = view(BOOKS, ZOHO, crm_vendor(Zip_Code="8011"), "vendor")
    assert (record.keys, record.fields["postal_postcode"]) == (("acme parts",), "8011")


# ------------------------------------------------------------------ retiring


def test_retiring_archives_in_xero_and_unticks_in_the_crm() -> None:
    row = xero_contact()
    there, here = view(BOOKS, XERO, row, "account"), view(BOOKS, ZOHO, crm_account(), "account")
    write = part("account", "retire", XERO, {}, there, policy="archive")
    assert BOOKS.body(XERO, "Contacts", [write], row) == {"ContactID": ACME, "ContactStatus": "ARCHIVED"}
    for policy in ("archive", "mark"):
        write = part("account", "retire", ZOHO, {}, here, policy=policy)
        assert BOOKS.body(ZOHO, "Accounts", [write], None) == {"id": ACME_CRM, "Add_to_Xero": False}


def test_nothing_is_marked_in_xero() -> None:
    row = xero_contact()
    write = part("account", "retire", XERO, {}, view(BOOKS, XERO, row, "account"), policy="mark")
    with pytest.raises(Cannot) as held:
        BOOKS.body(XERO, "Contacts", [write], row)
    assert held.value.reason == "cannot_retire"


# ------------------------------------------------------------------ agreement


@pytest.mark.parametrize(
    ("name", "zoho", "xero"),
    [
        ("name", "A" * 200, "A" * 200),
        ("name", "Smith <& Sons>", "Smith & Sons"),
        ("billing_street", "1 Quay St, Level 2", "1 Quay St\nLevel 2"),
        ("phone", "64 9 123", "64 9 123"),
        ("billing_country", None, None),
    ],
)
def test_the_two_spellings_of_one_value_agree(name: str, zoho: str | None, xero: str | None) -> None:
    ours, theirs = view(BOOKS, ZOHO, crm_account(), "account"), view(BOOKS, XERO, xero_contact(), "account")
    resolver = Known((ours, theirs))
    there = ACCOUNT.project(XERO, name, zoho, ours, resolver)
    here = ACCOUNT.project(ZOHO, name, xero, theirs, resolver)
    assert there == xero or here == zoho


def test_a_company_without_a_name_is_held() -> None:
    source = view(BOOKS, ZOHO, crm_account(Account_Name=" <> "), "account")
    with pytest.raises(Cannot) as held:
        created(BOOKS, XERO, source, NOBODY)
    assert held.value.reason == "missing"
    assert view(BOOKS, ZOHO, crm_account(Account_Name=None), "account").keys == ()


def test_locating_is_by_entity_and_id() -> None:
    row = xero_contact(FirstName="Ann")
    views = BOOKS.views(XERO, row, [])
    source = view(BOOKS, ZOHO, crm_account(), "account")
    write = part("account", "create", XERO, {"name": "Acme Parts"}, source=source)
    assert BOOKS.locate(write, views, []) is views[0]
    assert BOOKS.locate(write, views, [ACME]) is None
    assert BOOKS.locate(part("vendor", "update", XERO, {}, views[1]), views, [ACME]) is views[1]
