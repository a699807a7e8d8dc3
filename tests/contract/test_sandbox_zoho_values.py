"""What a field takes: values are held to the fields' metadata (facts/zoho.md 3.4, 3.5; behaviour 5.2, 9)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.contract.zoho_caller import Crm, Row


@pytest.fixture
def crm() -> Crm:
    return Crm()


def company(**more: Any) -> Row:
    return {"Account_Name": "Acme", **more}


@pytest.mark.behaviour("zoho", 9)
@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("Phone", "ask for Bob!", "phone"),
        ("Account_Name", 5, "text"),
        ("Employees", "5", "integer"),
        ("Employees", 5.5, "integer"),
        ("Annual_Revenue", "10", "double"),
        ("Annual_Revenue", True, "double"),
        ("Add_to_Xero", "true", "boolean"),
        ("Website", 7, "website"),
    ],
)
def test_a_value_of_the_wrong_type(crm: Crm, field: str, value: object, expected: str) -> None:
    """5.2, 9"""
    row = crm.create("Accounts", company(**{field: value})).rows[0]
    assert row["code"] == "INVALID_DATA"
    assert row["details"] == {"expected_data_type": expected, "api_name": field, "json_path": f"$.data[0].{field}"}


@pytest.mark.behaviour("zoho", 9)
@pytest.mark.parametrize(
    ("value", "good"), [("2026-02-28", True), ("2026-02-30", False), ("28/02/2026", False), (1, False)]
)
def test_dates(crm: Crm, value: object, good: bool) -> None:
    """5.2, 9"""
    assert (crm.create("Contacts", {"Last_Name": "L", "Date_of_Birth": value}).status == 201) is good


@pytest.mark.behaviour("zoho", 9)
@pytest.mark.parametrize(
    ("value", "good"),
    [
        ("2026-02-28T10:00:00+13:00", True),
        ("2026-02-28T10:00:00", False),
        ("2026-02-28", False),
        ("soon", False),
        (1, False),
    ],
)
def test_moments_have_an_offset(crm: Crm, value: object, good: bool) -> None:
    """5.2, 9"""
    field = {"field_label": "Called", "data_type": "datetime"}
    crm.call("POST", "/settings/fields", {"fields": [field]}, {"module": "Accounts"})
    assert (crm.create("Accounts", company(Called=value)).status == 201) is good


@pytest.mark.behaviour("zoho", 9)
@pytest.mark.parametrize(
    ("value", "good"), [("a@b.co", True), ("māui@kāinga.nz", True), ("a@b", False), ("a b@c.de", False)]
)
def test_addresses(crm: Crm, value: str, good: bool) -> None:
    """5.2, 9"""
    assert (crm.create("Contacts", {"Last_Name": "L", "Email": value}).status == 201) is good


@pytest.mark.behaviour("zoho", 9)
def test_a_picklist_takes_anything_unless_it_is_strict(crm: Crm) -> None:
    """5.2, 9"""
    assert crm.create("Accounts", company(Industry="Alchemy")).status == 201
    crm.switch(picklist_strict=True)
    assert crm.create("Accounts", company(Industry="Alchemy")).status == 400
    assert crm.create("Accounts", company(Industry="Retail")).status == 201


@pytest.mark.behaviour("zoho", 9)
def test_a_lookup_must_point_into_the_right_module(crm: Crm) -> None:
    """5.2, 9"""
    vendor = crm.made("Vendors", {"Vendor_Name": "V"})[0]
    for wrong in ({"id": vendor}, {"id": "1"}, {"name": "V"}, "x"):
        row = crm.create("Contacts", {"Last_Name": "L", "Account_Name": wrong}).rows[0]
        assert (row["code"], row["message"]) == ("INVALID_DATA", "the related id given seems to be invalid")
    assert crm.create("Contacts", {"Last_Name": "L", "Vendor_Name": vendor}).status == 201
    assert crm.create("Accounts", company(Owner={"id": "1"})).status == 400


@pytest.mark.behaviour("zoho", 9)
def test_numbers_are_integers_when_integral_and_money_has_two_places(crm: Crm) -> None:
    """3.4"""
    made = crm.create("Accounts", company(Annual_Revenue=Decimal("10.005"), Employees=7)).ids[0]
    assert b'"Annual_Revenue":10.01,' in crm.get(f"/Accounts/{made}").raw
    crm.update("Accounts", {"id": made, "Annual_Revenue": Decimal("333.00")})
    assert b'"Annual_Revenue":333,' in crm.get(f"/Accounts/{made}").raw
    assert crm.create("Accounts", company(Annual_Revenue=10**16)).rows[0]["details"]["maximum_length"] == 16


@pytest.mark.behaviour("zoho", 9, 10)
def test_a_unique_field_refuses_and_names_the_other(crm: Crm) -> None:
    """5.2, 9: within a batch, too, and whatever the case."""
    answer = crm.create("Accounts", company(Xero_ID="abc"), company(Xero_ID="ABC"))
    assert answer.codes == ["SUCCESS", "DUPLICATE_DATA"]
    details = answer.rows[1]["details"]
    first = answer.ids[0]
    assert (details["api_name"], details["id"], details["more_records"]) == ("Xero_ID", first, False)
    assert details["duplicate_record"]["id"] == first
    assert details["duplicate_record"]["module"]["api_name"] == "Accounts"
    old = crm.create("Accounts", company(Xero_ID="abc"), version="v2").rows[0]["details"]
    assert old == {"api_name": "Xero_ID", "id": first}
    assert crm.create("Vendors", {"Vendor_Name": "V", "Xero_ID": "abc"}).status == 201, "unique within its module"
    assert crm.update("Accounts", {"id": first, "Xero_ID": "abc"}).status == 200
    crm.call("DELETE", f"/Accounts/{first}")
    assert crm.create("Accounts", company(Xero_ID="abc")).status == 201
    with pytest.raises(ValueError, match="duplicate data"):
        crm.service.edit("restore", "Accounts", first, {})


@pytest.mark.behaviour("zoho", 9)
@pytest.mark.unmodelled("a field that this organisation does not have")
def test_the_unique_field_may_be_plain_or_absent(crm: Crm) -> None:
    """The engine must work without it."""
    crm.switch(xero_id="plain")
    a, b = crm.made("Accounts", company(Xero_ID="abc"), company(Xero_ID="abc"))
    crm.switch(xero_id="absent")
    assert "Xero_ID" not in crm.one("Accounts", a)
    assert crm.create("Accounts", company(Xero_ID="abc")).status == 201
    assert "unknown key Accounts.Xero_ID" in crm.service.unmodelled()
    crm.switch(xero_id="plain")
    assert crm.one("Accounts", b)["Xero_ID"] == "abc"
