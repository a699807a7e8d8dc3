"""Invoices and purchase orders as records, and what becomes of them on the other side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from extension.sync.canonical import XERO, ZOHO, Fields
from extension.sync.errors import Cannot
from extension.sync.model import Record, Ref, Row
from tests.unit.books import (
    ACME,
    ACME_CRM,
    INV,
    INV_CRM,
    NOBODY,
    PEN_CRM,
    PO,
    PO_CRM,
    D,
    Known,
    created,
    crm_invoice,
    crm_line,
    crm_order,
    fetched,
    part,
    registry,
    settings,
    shop,
    view,
    xero_invoice,
    xero_item,
    xero_line,
    xero_order,
)

BOOKS = registry()
INVOICE, ORDER = BOOKS.entity("invoice"), BOOKS.entity("purchase_order")
SHOP = Known(*shop(BOOKS))


def ours(**more: Any) -> Record:
    return view(BOOKS, ZOHO, crm_invoice(**more), "invoice")


def theirs(**more: Any) -> Record:
    return view(BOOKS, XERO, xero_invoice(**more), "invoice")


def linked(crm: Record, xero: Record) -> Known:
    return Known(*shop(BOOKS), (crm, xero))


def held(act: Any) -> str:
    with pytest.raises(Cannot) as why:
        act()
    assert why.value.message
    assert why.value.hint
    return why.value.reason


# ------------------------------------------------------------------ views


def test_an_invoice_of_the_crm() -> None:
    record = ours(Xero_Invoice_No="X-9", Discount=0)
    assert (record.keys, record.title, record.births, record.state) == (("x-9",), "X-9", True, "active")
    assert record.refs == record.demands == (Ref("account", ACME_CRM), Ref("product", PEN_CRM))
    assert (record.fields["number"], record.fields["xero_number"]) == ("INV-1", "X-9")
    assert (record.fields["total"], record.fields["tax_total"], record.fields["currency"]) == (
        D("24.15"),
        D("3.15"),
        "NZD",
    )
    assert record.fields["lines"] == [
        {
            "id": "71",
            "product": PEN_CRM,
            "description": "Blue",
            "quantity": D(2),
            "price": D("10.5"),
            "discount": D(0),
            "tax": "GST 15",
            "account": None,
        }
    ]
    assert ours().keys == ("inv-1",)
    assert set(record.fields) <= set(INVOICE.rules)


def test_an_invoice_of_xero() -> None:
    record = theirs(AmountPaid=D(4), AmountCredited=D(1))
    assert (record.id, record.keys, record.stamp) == (INV, ("inv-1",), None)
    assert record.refs == (Ref("account", ACME), Ref("product", "PEN"))
    assert (record.fields["paid"], record.fields["amounts"]) == (D(5), "Exclusive")
    assert record.fields["xero_url"] == f"https://go.xero.com/app/!ab12/invoicing/view/{INV}"
    assert record.fields["lines"][0]["account"] == "200"
    assert set(record.fields) <= set(INVOICE.rules)


def test_bills_are_nobodys() -> None:
    assert BOOKS.views(XERO, xero_invoice(Type="ACCPAY"), []) == []


@pytest.mark.parametrize(("status", "born"), [("AUTHORISED", True), ("DRAFT", True), ("PAID", True), ("VOIDED", False)])
def test_the_voided_are_matched_but_not_born(status: str, born: bool) -> None:
    assert theirs(Status=status).births is born
    assert theirs(Status=status).state == "active"


def test_the_cancelled_and_the_deleted() -> None:
    assert not ours(Status="Cancelled").births
    assert ours(Status="-None-").fields["status"] is None
    row = xero_invoice(Status="DELETED")
    assert view(BOOKS, XERO, Row(row.feed, row.id, row.modified, row.body, "gone"), "invoice").state == "gone"


def test_a_purchase_order_on_both_sides() -> None:
    crm, xero = view(BOOKS, ZOHO, crm_order(), "purchase_order"), view(BOOKS, XERO, xero_order(), "purchase_order")
    assert crm.refs == (Ref("vendor", ACME_CRM), Ref("product", PEN_CRM))
    assert xero.refs == (Ref("vendor", ACME), Ref("product", "PEN"))
    assert crm.keys == xero.keys == ("po-1",)
    assert (crm.fields["due_date"], xero.fields["due_date"]) == ("2026-09-20", "2026-09-20")
    assert xero.fields["xero_url"].endswith(f"/Accounts/Payable/PurchaseOrders/View/{PO}")


# ------------------------------------------------------------------ from the CRM to Xero


def test_an_invoice_begins_in_xero() -> None:
    source = ours()
    fields = created(BOOKS, XERO, source, SHOP)
    write = part("invoice", "create", XERO, fields, source=source)
    assert BOOKS.body(XERO, "Invoices", [write], None) == {
        "Type": "ACCREC",
        "InvoiceNumber": "INV-1",
        "Contact": {"ContactID": ACME},
        "Date": "2026-09-01",
        "DueDate": "2026-09-20",
        "Reference": "Office supplies",
        "Status": "AUTHORISED",
        "LineAmountTypes": "Exclusive",
        "LineItems": [
            {
                "Description": "Blue",
                "ItemCode": "PEN",
                "AccountCode": "260",
                "TaxType": "OUTPUT2",
                "Quantity": D(2),
                "UnitAmount": D("10.5"),
            }
        ],
    }
    assert "xero_number" not in fields, "so that Xero's number is news, and travels back"
    assert (BOOKS.probe(write).stamp, BOOKS.probe(write).key) == (INV_CRM, "INV-1")


def test_an_order_begins_in_xero() -> None:
    discounted = crm_line(Discount=D("2.10"), Line_Tax=[{"name": "GST 15 Purchases"}])
    source = view(BOOKS, ZOHO, crm_order(discounted, Grand_Total=D("21.74")), "purchase_order")
    fields = created(BOOKS, XERO, source, SHOP)
    write = part("purchase_order", "create", XERO, fields, source=source)
    body: Mapping[str, Any] = BOOKS.body(XERO, "PurchaseOrders", [write], None)
    assert (body["PurchaseOrderNumber"], body["DeliveryDate"]) == ("PO-1", "2026-09-20")
    assert "Type" not in body
    (line,) = body["LineItems"]
    assert (line["AccountCode"], line["TaxType"], line["DiscountRate"]) == ("300", "INPUT2", D(10))


def test_the_account_is_the_items_the_products_or_the_default() -> None:
    document = settings()
    document["accounts"] = {"sales": None, "purchases": None}
    books = registry(document=document)
    source = view(books, ZOHO, crm_invoice(), "invoice")
    account, vendor, (product, _) = shop(books)
    bare = view(books, XERO, xero_item(SalesDetails={}), "product")
    assert created(books, XERO, source, Known(*shop(books)))["lines"][0]["account"] == "260"
    assert held(lambda: created(books, XERO, source, Known(account, vendor, (product, bare)))) == "no_account"
    assert created(BOOKS, XERO, ours(), Known(account, vendor, (product, bare)))["lines"][0]["account"] == "200"


def test_a_line_without_text_is_described_by_its_product() -> None:
    source = view(BOOKS, ZOHO, crm_invoice(crm_line(Description=None)), "invoice")
    assert created(BOOKS, XERO, source, SHOP)["lines"][0]["description"] == "Pen"


def test_an_approved_invoice_needs_a_due_date() -> None:
    assert created(BOOKS, XERO, ours(Due_Date=None), SHOP)["due_date"] == "2026-09-01"
    assert held(lambda: created(BOOKS, XERO, ours(Due_Date=None, Invoice_Date=None), SHOP)) == "no_due_date"
    assert "due_date" not in created(BOOKS, XERO, ours(Due_Date=None, Status="Created"), SHOP)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"Discount": D(1), "Grand_Total": D("23.15")}, "document_discount"),
        ({"Adjustment": D("-0.15"), "Grand_Total": D(24)}, "adjustment"),
        ({"Tax": D(2), "Grand_Total": D("26.15")}, "document_tax"),
        ({"Grand_Total": D("24.16")}, "total_differs"),
        ({"Account_Name": None}, "missing"),
        ({"Status": "On hold"}, "status_unmapped"),
        ({"Status": "Cancelled"}, "status_refused"),
        ({"Invoiced_Items": []}, "no_lines"),
        ({"Invoiced_Items": [crm_line(Line_Tax=[{"name": "GST 15"}, {"name": "PST"}])]}, "tax_unmapped"),
        ({"Invoiced_Items": [crm_line(Line_Tax=[{"name": "GST 15 Purchases"}])]}, "tax_unmapped"),
        ({"Invoiced_Items": [crm_line(Product_Name={"id": "17"})]}, "waiting"),
        ({"Account_Name": {"id": "17"}}, "waiting"),
        ({"Currency": "EUR"}, "currency"),
    ],
)
def test_what_cannot_travel_to_xero(more: Mapping[str, Any], reason: str) -> None:
    assert held(lambda: created(BOOKS, XERO, ours(**more), SHOP)) == reason


def test_a_cents_difference_is_told_with_both_totals() -> None:
    with pytest.raises(Cannot) as why:
        created(BOOKS, XERO, ours(Grand_Total=D("115.00")), SHOP)
    assert why.value.message == "The CRM says 115.00, Xero would say 24.15."


def test_another_currency_is_named() -> None:
    facts = fetched()
    facts["zoho"] |= {"multi_currency": True, "currencies": [{"iso_code": "NZD"}, {"iso_code": "AUD"}]}
    books = registry(facts)
    source = view(books, ZOHO, crm_invoice(Currency="AUD"), "invoice")
    write = part("invoice", "create", XERO, created(books, XERO, source, SHOP))
    assert books.body(XERO, "Invoices", [write], None)["CurrencyCode"] == "AUD"
    source = view(books, XERO, xero_invoice(CurrencyCode="AUD"), "invoice")
    write = part("invoice", "create", ZOHO, created(books, ZOHO, source, SHOP))
    assert books.body(ZOHO, "Invoices", [write], None)["Currency"] == "AUD"
    assert held(lambda: created(BOOKS, ZOHO, theirs(CurrencyCode="AUD"), SHOP)) == "currency"


# ------------------------------------------------------------------ from Xero to the CRM


def test_an_invoice_begins_in_the_crm() -> None:
    source = theirs(Reference="", BrandingThemeID="dabc7637")
    fields = created(BOOKS, ZOHO, source, SHOP)
    write = part("invoice", "create", ZOHO, fields, source=source)
    assert BOOKS.body(ZOHO, "Invoices", [write], None) == {
        "Account_Name": {"id": ACME_CRM},
        "Xero_Invoice_No": "INV-1",
        "Invoice_Date": "2026-09-01",
        "Due_Date": "2026-09-20",
        "Subject": "Invoice INV-1",
        "Status": "Approved",
        "Branding_Theme": "Standard",
        "Add_to_Xero": True,
        "Xero_ID": INV,
        "Xero_Invoice_URL": f"https://go.xero.com/app/!ab12/invoicing/view/{INV}",
        "Invoiced_Items": [
            {
                "Product_Name": {"id": PEN_CRM},
                "Description": "Blue",
                "Quantity": D(2),
                "List_Price": D("10.5"),
                "Discount": D(0),
                "Line_Tax": [{"name": "GST 15", "percentage": D(15), "id": "1"}],
            }
        ],
    }
    assert (BOOKS.probe(write).stamp, BOOKS.probe(write).key) == (INV, "INV-1")


def test_an_order_begins_in_the_crm() -> None:
    source = view(BOOKS, XERO, xero_order(Status="BILLED"), "purchase_order")
    write = part("purchase_order", "create", ZOHO, created(BOOKS, ZOHO, source, SHOP), source=source)
    body = BOOKS.body(ZOHO, "Purchase_Orders", [write], None)
    assert (body["PO_Number"], body["Subject"], body["Status"]) == ("PO-1", "Purchase order PO-1", "Approved")
    assert body["Vendor_Name"] == {"id": ACME_CRM}


INCLUSIVE: dict[str, Any] = {"LineAmountTypes": "Inclusive", "Total": D("59.97"), "TotalTax": D("7.82")}
RETAIL: dict[str, Any] = {"Quantity": D(3), "UnitAmount": D("19.99"), "LineAmount": D("59.97"), "TaxAmount": D("7.82")}


def test_a_tax_inclusive_invoice_is_net_in_the_crm() -> None:
    source = view(BOOKS, XERO, xero_invoice(xero_line(**RETAIL), **INCLUSIVE), "invoice")
    fields = created(BOOKS, ZOHO, source, SHOP)
    assert (fields["lines"][0]["price"], fields["lines"][0]["discount"]) == (D("17.3826"), D(0))


def test_an_untaxed_invoice_has_no_tax_on_any_line() -> None:
    line = xero_line(TaxAmount=D(0))
    source = view(BOOKS, XERO, xero_invoice(line, LineAmountTypes="NoTax", Total=D(21), TotalTax=D(0)), "invoice")
    assert created(BOOKS, ZOHO, source, SHOP)["lines"][0].get("tax") is None


@pytest.mark.parametrize(
    ("line", "more", "reason"),
    [
        ({"ItemCode": ""}, {}, "no_product"),
        ({"Quantity": None, "UnitAmount": None, "LineAmount": D(0)}, {}, "no_quantity"),
        ({"TaxType": "INPUT2"}, {}, "tax_ambiguous"),
        ({"TaxType": "EXEMPT"}, {}, "tax_unmapped"),
        ({"ItemCode": "GONE"}, {}, "waiting"),
        ({}, {"Total": D("24.16")}, "total_differs"),
        ({}, {"Status": "NEW"}, "status_unmapped"),
        ({"Quantity": D(9999), "UnitAmount": D("0.0115")}, {**INCLUSIVE, "Total": D("114.99")}, "total_differs"),
    ],
)
def test_what_cannot_travel_to_the_crm(line: Mapping[str, Any], more: Mapping[str, Any], reason: str) -> None:
    source = view(BOOKS, XERO, xero_invoice(xero_line(**line), **more), "invoice")
    assert held(lambda: created(BOOKS, ZOHO, source, SHOP)) == reason


# ------------------------------------------------------------------ comparing


def test_totals_are_compared_on_linked_documents() -> None:
    assert INVOICE.check(ours(), theirs(), "total") is None
    assert INVOICE.check(ours(), theirs(Total=D("24.16")), "total") == "The CRM says 24.15, Xero says 24.16."
    assert INVOICE.check(ours(), theirs(TotalTax=D(3)), "tax_total") == "The CRM says 3.15 of tax, Xero says 3.00."
    assert INVOICE.check(ours(), theirs(CurrencyCode="AUD"), "currency") == "The CRM says NZD, Xero says AUD."
    assert INVOICE.check(ours(), theirs(Total=None), "total") is None
    assert INVOICE.check(ours(), theirs(), "number") is None


def test_documents_of_different_totals_are_not_one() -> None:
    INVOICE.adoptable(ours(), theirs(), NOBODY)
    assert held(lambda: INVOICE.adoptable(ours(), theirs(Total=D(1)), NOBODY)) == "total_differs"
    assert held(lambda: INVOICE.adoptable(ours(), theirs(CurrencyCode="AUD"), NOBODY)) == "currency_differs"


# ------------------------------------------------------------------ values


def test_references_are_translated() -> None:
    assert INVOICE.project(XERO, "account", ACME_CRM, ours(), SHOP) == ACME
    assert INVOICE.project(ZOHO, "account", ACME, theirs(), SHOP) == ACME_CRM
    assert INVOICE.project(XERO, "lines.product", PEN_CRM, ours(), SHOP) == "PEN"
    assert INVOICE.project(ZOHO, "lines.product", "PEN", theirs(), SHOP) == PEN_CRM


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("lines.description", "x" * 4001, "x" * 4000),
        ("lines.description", None, None),
        ("lines.quantity", D("1.23456"), D("1.2346")),
        ("lines.price", D("1.23456"), D("1.2346")),
        ("lines.discount", D("1.005"), D("1.01")),
        ("lines.tax", "GST 15", "OUTPUT2"),
        ("lines.tax", None, "NONE"),
        ("lines.account", "200", "200"),
    ],
)
def test_line_values_as_xero_would_hold_them(name: str, value: Any, found: Any) -> None:
    assert INVOICE.project(XERO, name, value, ours(), SHOP) == found


def test_a_theme_without_counterpart_leaves_the_other_side_its_own() -> None:
    crm, xero = ours(Branding_Theme="Fancy"), theirs(BrandingThemeID="dabc7637")
    pair = linked(crm, xero)
    assert INVOICE.project(XERO, "theme", "Fancy", crm, pair) == "dabc7637"
    assert INVOICE.project(XERO, "theme", None, crm, pair) == "dabc7637"
    assert INVOICE.project(XERO, "theme", "Standard", crm, NOBODY) == "dabc7637"
    assert INVOICE.project(XERO, "theme", "Fancy", crm, NOBODY) is None
    assert INVOICE.project(ZOHO, "theme", "other", xero, pair) == "Fancy"


def test_a_choice_that_is_no_label_must_be_mapped() -> None:
    document = settings()
    extra = {"name": "kind", "zoho": "Xero_Invoice_No", "xero": "Kind", "kind": "choice", "direction": "to_xero"}
    document["entities"]["invoice"]["fields"].append({**extra, "choices": [{"zoho": "a", "xero": "b"}]})
    invoice = registry(document=document).entity("invoice")
    assert invoice.project(XERO, "kind", "a", ours(), NOBODY) == "b"
    assert invoice.project(XERO, "kind", None, ours(), NOBODY) is None
    assert held(lambda: invoice.project(XERO, "kind", "z", ours(), NOBODY)) == "value_unmapped"


# ------------------------------------------------------------------ locked in Xero


@pytest.mark.parametrize("closed", [{"Status": "PAID"}, {"Status": "VOIDED"}, {"AmountPaid": D("0.01")}])
def test_what_xero_has_locked(closed: Mapping[str, Any]) -> None:
    crm, xero = ours(Due_Date="2026-12-24"), theirs(**closed)
    pair = linked(crm, xero)
    assert INVOICE.project(XERO, "date", "2026-09-01", crm, pair) == "2026-09-01"
    assert INVOICE.project(XERO, "subject", "Another label", crm, pair) == "Office supplies"
    assert held(lambda: INVOICE.project(XERO, "due_date", "2026-12-24", crm, pair)) == "locked"
    assert INVOICE.project(ZOHO, "due_date", "2026-12-24", xero, pair) == "2026-12-24", "the CRM is not locked"
    row = xero_invoice(**closed)
    write = part("invoice", "update", XERO, {"lines": crm.fields["lines"]}, xero)
    assert held(lambda: BOOKS.body(XERO, "Invoices", [write], row)) == "locked"


def test_a_date_cannot_be_cleared_in_xero() -> None:
    crm, xero = ours(Due_Date=None), theirs()
    assert held(lambda: INVOICE.project(XERO, "due_date", None, crm, linked(crm, xero))) == "cannot_clear"


# ------------------------------------------------------------------ retiring


@pytest.mark.parametrize(
    ("entity", "row", "status"),
    [
        ("invoice", xero_invoice(), "VOIDED"),
        ("invoice", xero_invoice(Status="DRAFT"), "DELETED"),
        ("purchase_order", xero_order(), "DELETED"),
    ],
)
def test_voiding_in_xero(entity: str, row: Row, status: str) -> None:
    write = part(entity, "retire", XERO, {}, view(BOOKS, XERO, row, entity), policy="void")
    assert BOOKS.body(XERO, row.feed, [write], row)["Status"] == status


def test_voiding_in_the_crm_cancels_and_unticks() -> None:
    write = part("invoice", "retire", ZOHO, {}, ours(), policy="void")
    assert BOOKS.body(ZOHO, "Invoices", [write], None) == {"id": INV_CRM, "Add_to_Xero": False, "Status": "Cancelled"}
    write = part("invoice", "retire", ZOHO, {}, ours(), policy="mark")
    assert BOOKS.body(ZOHO, "Invoices", [write], None) == {"id": INV_CRM, "Add_to_Xero": False}


def test_a_paid_invoice_is_not_voided() -> None:
    row = xero_invoice(Status="PAID")
    for policy in ("void", "mark"):
        write = part("invoice", "retire", XERO, {}, view(BOOKS, XERO, row, "invoice"), policy=policy)
        assert held(lambda write=write: BOOKS.body(XERO, "Invoices", [write], row)) in (
            "status_refused",
            "cannot_retire",
        )


# ------------------------------------------------------------------ numbers


def test_an_order_without_number_is_looked_for_by_its_subject() -> None:
    source = view(BOOKS, ZOHO, crm_order(PO_Number=None), "purchase_order")
    assert (source.keys, source.title) == ((), "Restocking")
    fields: Fields = created(BOOKS, XERO, source, SHOP)
    assert BOOKS.probe(part("purchase_order", "create", XERO, fields, source=source)).key == "Restocking"
    assert view(BOOKS, ZOHO, crm_order(PO_Number=None, Xero_Invoice_No="PO-0042"), "purchase_order").keys == (
        "po-0042",
    )
    assert source.id == PO_CRM
