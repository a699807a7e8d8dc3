"""What people do in the local Xero behind a client's back, and what a seed brings (facts/xero.md 3.13, 3.16)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sandbox.xero.dates import parse_moment
from tests.contract.sandbox_xero_visitor import Visitor, line

Row = dict[str, Any]


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


def test_a_person_works_on_every_kind_and_moves_its_time(visitor: Visitor) -> None:
    contact_id = visitor.person("create", "Contacts", Name="Acme")
    named: Row = {"Contact": {"ContactID": contact_id}, "LineItems": [line(UnitAmount=Decimal("1.2345"))]}
    made = {
        "Contacts": contact_id,
        "Items": visitor.person("create", "Items", Code="PEN"),
        "Invoices": visitor.person("create", "Invoices", Type="ACCREC", **named),
        "PurchaseOrders": visitor.person("create", "PurchaseOrders", **named),
    }
    assert visitor.one("Invoices", page=1, unitdp=4)["LineItems"][0]["UnitAmount"] == Decimal("1.2345")
    edits = {"Contacts": {"FirstName": "A"}, "Items": {"Name": "Pen"}, "Invoices": {"Reference": "R"}}
    for kind, record_id in made.items():
        before = visitor.one(f"{kind}/{record_id}")
        visitor.service.clock.advance(1)
        assert visitor.person("edit", kind, record_id, **edits.get(kind, {"AttentionTo": "T"})) == record_id
        after = visitor.one(f"{kind}/{record_id}")
        assert parse_moment(after["UpdatedDateUTC"]) > parse_moment(before["UpdatedDateUTC"])
    assert visitor.person("delete", "Items", made["Items"]) == made["Items"]
    assert visitor.rows("Items") == []
    for kind in ("Invoices", "PurchaseOrders"):
        visitor.person("delete", kind, made[kind])
        assert visitor.one(f"{kind}/{made[kind]}")["Status"] == "DELETED"


def test_a_person_voids_archives_and_restores(visitor: Visitor) -> None:
    made = visitor.approved()
    visitor.person("void", "Invoices", made["InvoiceID"])
    assert visitor.one("Invoices")["Status"] == "VOIDED"
    contact_id = made["Contact"]["ContactID"]
    visitor.person("archive", "Contacts", contact_id)
    assert visitor.rows("Contacts") == []
    visitor.person("restore", "Contacts", contact_id)
    assert visitor.one("Contacts")["ContactStatus"] == "ACTIVE"


@pytest.mark.parametrize(
    ("do", "kind", "record_id", "changes", "error"),
    [
        ("edit", "Contacts", None, {}, ValueError),
        ("edit", "Contacts", "00000000-0000-0000-0000-000000000009", {}, KeyError),
        ("edit", "Quotes", "1", {}, ValueError),
        ("archive", "Items", "ITEM", {}, ValueError),
        ("delete", "Contacts", "CONTACT", {}, ValueError),
        ("merge", "Contacts", "CONTACT", {"into": "CONTACT"}, ValueError),
        ("pay", "Contacts", "CONTACT", {}, ValueError),
        ("unpay", "Contacts", "CONTACT", {}, ValueError),
        ("create", "Contacts", None, {"Name": "acme"}, ValueError),
        ("create", "Contacts", None, {"Name": []}, ValueError),
        ("sing", "Accounts", "200", {}, ValueError),
        ("edit", "Accounts", "999", {}, KeyError),
    ],
)
def test_a_person_too_is_told_what_is_wrong(
    visitor: Visitor, do: str, kind: str, record_id: str | None, changes: Row, error: type[Exception]
) -> None:
    known = {"CONTACT": visitor.contact()["ContactID"], "ITEM": visitor.item()["ItemID"]}
    wanted = {name: known.get(value, value) if isinstance(value, str) else value for name, value in changes.items()}
    with pytest.raises(error):
        visitor.person(do, kind, known.get(record_id or "", record_id), **wanted)


def test_the_set_up_can_be_changed(visitor: Visitor) -> None:
    visitor.person("archive", "Accounts", "260")
    visitor.person("create", "Accounts", None, Code="270", Name="Rent", Type="REVENUE", Status="ACTIVE")
    visitor.person("edit", "TaxRates", "TAX001", EffectiveRate=Decimal(8))
    visitor.person("create", "Currencies", None, Code="EUR", Description="Euro")
    visitor.person("delete", "Currencies", "USD")
    statuses = {row["Code"]: row["Status"] for row in visitor.rows("Accounts")}
    assert (statuses["260"], statuses["270"]) == ("ARCHIVED", "ACTIVE")
    assert [row["Code"] for row in visitor.rows("Currencies")] == ["NZD", "AUD", "EUR"]
    made = visitor.invoice(CurrencyCode="EUR", LineItems=[line(AccountCode="270", TaxType="TAX001")])
    assert made["TotalTax"] == Decimal("1.60")


# Seeds


CONTACT = {
    "ContactID": "33333333-3333-4333-8333-333333333333",
    "Name": "Seeded",
    "UpdatedDateUTC": "2026-01-02T03:04:05Z",
}
INVOICE: Row = {
    "Type": "ACCREC",
    "InvoiceID": "44444444-4444-4444-8444-444444444444",
    "InvoiceNumber": "INV-0007",
    "Status": "PAID",
    "Contact": {"Name": "seeded"},
    "Date": "2026-01-05",
    "DueDate": "2026-02-05",
    "LineItems": [{"Description": "x", "Quantity": 2, "UnitAmount": "10.00", "AccountCode": "200"}],
    "UpdatedDateUTC": "2026-01-05T10:00:00.123Z",
}


def test_a_seed_leaves_out_what_xero_works_out(visitor: Visitor) -> None:
    visitor.service.load({"Invoices": [INVOICE], "Contacts": [CONTACT]})
    row = visitor.one("Invoices", page=1)
    assert (row["Total"], row["AmountPaid"], row["AmountDue"], row["Status"]) == (23, 23, 0, "PAID")
    assert row["FullyPaidOnDate"] == row["DueDate"], "paid without a payment means paid in full when it was due"
    assert row["LineItems"][0]["TaxType"] == "OUTPUT2"
    assert row["UpdatedDateUTC"] == "/Date(1767607200123+0000)/"
    contact = visitor.one("Contacts")
    assert (contact["IsCustomer"], contact["UpdatedDateUTC"]) == (True, "/Date(1767323045000+0000)/")


def test_a_seeds_payments_settle_its_invoices(visitor: Visitor) -> None:
    payment = {"Invoice": {"InvoiceID": INVOICE["InvoiceID"]}, "Amount": "3.00", "Date": "2026-01-09"}
    visitor.service.load(
        {"Contacts": [CONTACT], "Payments": [payment], "Invoices": [{**INVOICE, "Status": "AUTHORISED"}]}
    )
    row = visitor.one("Invoices", page=1)
    assert (row["AmountPaid"], row["AmountDue"], row["Status"]) == (3, 20, "AUTHORISED")
    assert row["Payments"][0]["Date"] == "/Date(1767916800000+0000)/"


def test_what_is_dumped_can_be_loaded_elsewhere(visitor: Visitor) -> None:
    visitor.item("PEN", SalesDetails={"UnitPrice": Decimal("1.2345"), "AccountCode": "200"})
    made = visitor.approved(LineItems=[line(ItemCode="PEN", DiscountRate=10)])
    visitor.person("pay", "Invoices", made["InvoiceID"], Amount=1)
    visitor.invoice(Type="ACCPAY", LineItems=[line(AccountCode="300")])
    visitor.order()
    dumped = visitor.service.dump()
    other = Visitor()
    other.service.load(dumped)
    again = other.service.dump()
    assert {kind: again[kind] for kind in dumped if kind != "Connections"} == {
        kind: rows for kind, rows in dumped.items() if kind != "Connections"
    }


@pytest.mark.parametrize(
    "state",
    [
        {"Quotes": []},
        {"Contacts": [{"Nmae": "x"}]},
        {"Invoices": [INVOICE]},
        {"Payments": [{"Amount": 1}]},
    ],
)
def test_a_wrong_seed_is_refused(visitor: Visitor, state: dict[str, list[Row]]) -> None:
    with pytest.raises(ValueError):
        visitor.service.load(state)


def test_a_person_copies_an_approved_order_to_a_bill(visitor: Visitor) -> None:
    """The order is billed and stays (facts/xero.md 3.11)."""
    draft = visitor.order(LineItems=[line(Quantity=3)])
    with pytest.raises(ValueError, match="only an approved"):
        visitor.person("convert", "PurchaseOrders", draft["PurchaseOrderID"])
    visitor.person("edit", "PurchaseOrders", draft["PurchaseOrderID"], Status="AUTHORISED")
    made = visitor.person(
        "convert", "PurchaseOrders", draft["PurchaseOrderID"], Status="AUTHORISED", DueDate="2026-12-01"
    )
    order, bill = visitor.one(f"PurchaseOrders/{draft['PurchaseOrderID']}"), visitor.one(f"Invoices/{made}")
    assert (order["Status"], bill["Type"], bill["Status"]) == ("BILLED", "ACCPAY", "AUTHORISED")
    assert (bill["Total"], bill["InvoiceNumber"]) == (order["Total"], order["PurchaseOrderNumber"])
    assert bill["Contact"]["ContactID"] == order["Contact"]["ContactID"]
    with pytest.raises(ValueError, match="only PurchaseOrders"):
        visitor.person("convert", "Invoices", made)
