"""How long a text may be in the local Xero: what the official document says (facts/xero.md 3.9; B21)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.xero import fields
from sandbox.xero.lines import LINE_TEXTS
from tests.contract.sandbox_xero_visitor import Visitor, line

DOCUMENT = Path(os.environ.get("SPECS_DIR", "../shared/specs")) / "xero" / "xero_accounting.yaml"
LENGTHS: Mapping[str, Mapping[str, int]] = {
    "Contact": fields.CONTACT_LENGTHS,
    "ContactPerson": fields.PERSON_LENGTHS,
    "Address": fields.ADDRESS_LENGTHS,
    "Phone": fields.PHONE_LENGTHS,
    "Item": fields.ITEM_LENGTHS,
    "Invoice": fields.INVOICE_LENGTHS,
    "PurchaseOrder": fields.ORDER_LENGTHS,
    "LineItem": LINE_TEXTS,
}


@cache
def documented() -> list[tuple[str, str, int]]:
    """Schema, property and maxLength; nothing where the document is not at hand."""
    if not DOCUMENT.exists():
        return []
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    schemas: dict[str, Any] = yaml.load(DOCUMENT.read_text(), loader)["components"]["schemas"]
    return [
        (schema, name, entry["maxLength"])
        for schema in LENGTHS
        for name, entry in schemas[schema]["properties"].items()
        if "maxLength" in entry
    ]


@pytest.mark.behaviour("xero", 21)
def test_every_documented_length_is_the_one_that_is_kept() -> None:
    if not documented():
        pytest.skip("SPECS_DIR does not hold Xero's OpenAPI file")
    assert len(documented()) > 20
    assert {each: LENGTHS[each[0]].get(each[1]) for each in documented()} == {each: each[2] for each in documented()}


def sent(schema: str, name: str, text: str) -> tuple[str, dict[str, Any]]:
    """A kind and an element of it in which this text is in this place."""
    person = {"FirstName": "A", name: text}
    address = {"AddressType": "POBOX", name: text}
    contact: Mapping[str, dict[str, Any]] = {
        "Contact": {name: text},
        "ContactPerson": {"ContactPersons": [person]},
        "Address": {"Addresses": [address]},
        "Phone": {"Phones": [{"PhoneType": "DDI", name: text}]},
    }
    if schema in contact:
        return "Contacts", {"Name": "Acme", **contact[schema]}
    if schema == "Item":
        return "Items", {"Code": "PEN", name: text}
    of_line = {name: text} if schema == "LineItem" else {}
    document = {"Contact": {"Name": "Acme"}, "LineItems": [line(**of_line)], **({} if of_line else {name: text})}
    return ("PurchaseOrders", document) if schema == "PurchaseOrder" else ("Invoices", {"Type": "ACCREC", **document})


FREE = [
    (schema, name)
    for schema, lengths in LENGTHS.items()
    for name in lengths
    if not name.endswith(("TaxType", "AccountCode", "Url"))
]


@pytest.mark.behaviour("xero", 21)
@pytest.mark.parametrize(("schema", "name"), FREE)
def test_a_text_may_be_as_long_as_that_and_no_longer(schema: str, name: str) -> None:
    visitor, most = Visitor(), LENGTHS[schema][name]
    if schema == "PurchaseOrder":
        visitor.contact()
    for length in (most + 1, most):
        local = length - len("@a.example") if name == "EmailAddress" else length
        text = "x" * local + ("@a.example" if name == "EmailAddress" else "")
        kind, element = sent(schema, name, text)
        if length == most:
            assert visitor.put(kind, element)
        else:
            assert visitor.refused("PUT", kind, element) == [f"The {name} field must not exceed {most} characters."]
