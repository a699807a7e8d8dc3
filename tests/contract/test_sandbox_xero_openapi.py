"""Answers of the local Xero against the official OpenAPI (facts/xero.md 5.4).

Properties that the real service sends and the document does not know are allowed, as they are there; wrong types,
wrong enum values and missing required ones are not. Dates are checked by the document's own `x-is-msdate` marks.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tests.contract.sandbox_xero_visitor import Visitor, body, line

SPEC = Path(os.environ.get("SPECS_DIR", "../shared/specs")) / "xero" / "xero_accounting.yaml"
MS_DATE = re.compile(r"/Date\(-?\d+(\+0000)?\)/")
Schema = dict[str, Any]


@cache
def document() -> Schema:
    if not SPEC.exists():
        pytest.skip("SPECS_DIR does not hold xero_accounting.yaml")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    parsed: Schema = yaml.load(SPEC.read_text(), Loader=loader)
    return {"components": {"schemas": {n: _plain(s) for n, s in parsed["components"]["schemas"].items()}}}


def _plain(schema: Any) -> Any:
    """OpenAPI 3.0 as JSON Schema: dates become a pattern, and keywords that JSON Schema does not have go."""
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    plain = {name: _plain(value) for name, value in schema.items() if name not in ("example", "externalDocs")}
    if plain.get("x-is-msdate") or plain.get("x-is-msdate-time"):
        plain = {"type": "string", "pattern": f"^{MS_DATE.pattern}$"}
    return plain


@cache
def validator(name: str) -> Draft202012Validator:
    registry: Registry[Any] = Registry().with_resource("urn:xero", DRAFT202012.create_resource(document()))
    return Draft202012Validator({"$ref": f"urn:xero#/components/schemas/{name}"}, registry=registry)


def faults(name: str, payload: object) -> list[str]:
    return [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in validator(name).iter_errors(payload)]


def requests(visitor: Visitor) -> Iterator[tuple[str, str, str, object, dict[str, str]]]:
    """(schema, method, path, body, query) of the main endpoints, over books with something of everything."""
    contact = {
        "Name": "Acme",
        "EmailAddress": "a@b.example",
        "ContactPersons": [{"FirstName": "T"}],
        "DefaultCurrency": "AUD",
    }
    yield "Contacts", "PUT", "Contacts", {"Contacts": [contact]}, {}
    yield "Contacts", "PUT", "Contacts", {"Contacts": [contact]}, {"summarizeErrors": "false"}
    yield "Error", "PUT", "Contacts", {"Contacts": [contact]}, {}
    price = {"UnitPrice": 1.25, "AccountCode": "200", "TaxType": "OUTPUT2"}
    yield "Items", "PUT", "Items", {"Items": [{"Code": "PEN", "Name": "Pen", "SalesDetails": price}]}, {"unitdp": "4"}
    yield "Error", "PUT", "Items", {"Items": [{"Code": "PEN"}]}, {}
    invoice = {
        "Type": "ACCREC",
        "Status": "AUTHORISED",
        "DueDate": "2026-10-01",
        "Contact": {"Name": "Acme"},
        "LineItems": [line(ItemCode="PEN", DiscountRate=5, Tracking=[{"Name": "Region", "Option": "North"}])],
        "Url": "https://crm.example/1",
    }
    yield "Invoices", "PUT", "Invoices", {"Invoices": [invoice]}, {"unitdp": "4"}
    bad = {**invoice, "InvoiceNumber": "INV-0001", "Date": "2026-09-01"}
    yield "Invoices", "PUT", "Invoices", {"Invoices": [bad]}, {"summarizeErrors": "false"}
    yield "Error", "PUT", "Invoices", {"Invoices": [bad]}, {}
    payment = {"InvoiceNumber": "INV-0001", "Account": {"Code": "090"}, "Amount": 1}
    yield "Payments", "PUT", "Payments", {"Payments": [payment]}, {}
    yield "Error", "PUT", "Payments", {"Payments": [{**payment, "Amount": 10**6}]}, {}
    contact_id = visitor.rows("Contacts")[0]["ContactID"]
    order = {
        "Contact": {"ContactID": contact_id},
        "LineItems": [line()],
        "DeliveryDate": "2026-10-01",
        "SentToContact": True,
    }
    yield "PurchaseOrders", "PUT", "PurchaseOrders", {"PurchaseOrders": [order]}, {"summarizeErrors": "false"}
    for path in ("Contacts", "Invoices", "PurchaseOrders", "Payments"):
        yield path, "GET", path, None, {"page": "1"}
        yield path, "GET", path, None, {}
        first = visitor.rows(path)[0]
        record_id = next(value for name, value in first.items() if name.endswith("ID"))
        yield path, "GET", f"{path}/{record_id}", None, {}
    yield "Items", "GET", "Items", None, {}
    yield "Items", "GET", "Items/PEN", None, {"unitdp": "4"}
    yield "OnlineInvoices", "GET", "Invoices/INV-0001/OnlineInvoice", None, {}
    history = f"Invoices/{visitor.rows('Invoices')[0]['InvoiceID']}/History"
    yield "HistoryRecords", "PUT", history, {"HistoryRecords": [{"Details": "x"}]}, {}
    yield "HistoryRecords", "GET", history, None, {}
    yield "Organisations", "GET", "Organisation", None, {}
    yield "Actions", "GET", "Organisation/Actions", None, {}
    for path in ("Accounts", "TaxRates", "Currencies", "BrandingThemes", "TrackingCategories", "Users"):
        yield path, "GET", path, None, {}


def test_the_main_endpoints_answer_as_the_document_says() -> None:
    document()
    visitor = Visitor()
    seen = 0
    for schema, method, path, sent, query in requests(visitor):
        answer = visitor.ask(method, path, sent, None, **query)
        assert answer.status_code == (400 if schema == "Error" else 200), (method, path, answer.text)
        payload = answer.get_json() if answer.is_json else body(answer)
        assert not faults(schema, payload), (method, path, faults(schema, payload))
        seen += 1
    assert seen > 30
    assert visitor.service.unmodelled() == []


@pytest.mark.parametrize(
    ("schema", "payload"),
    [
        ("Invoices", {"Invoices": [{"Type": "ACCREX"}]}),
        ("Invoices", {"Invoices": [{"Date": "2026-09-01"}]}),
        ("Invoices", {"Invoices": [{"LineItems": [{"Quantity": "two"}]}]}),
        ("Items", {"Items": [{"Name": "no code"}]}),
        ("Contacts", {"Contacts": [{"Name": "n" * 256}]}),
    ],
)
def test_the_check_sees_what_is_wrong(schema: str, payload: object) -> None:
    assert faults(schema, payload)
