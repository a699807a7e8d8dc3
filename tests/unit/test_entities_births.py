"""Documents that begin on one side and are created on the other: whole bodies, and what holds them back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from extension.entities.registry import Registry
from extension.sync.canonical import XERO, ZOHO
from extension.sync.errors import Cannot
from extension.sync.model import Record
from tests.unit.books import (
    ACME,
    ACME_CRM,
    INV,
    INV_CRM,
    PEN_CRM,
    D,
    Known,
    created,
    crm_invoice,
    crm_line,
    crm_order,
    fetched,
    held,
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
SHOP = Known(*shop(BOOKS))


def ours(**more: Any) -> Record:
    return view(BOOKS, ZOHO, crm_invoice(**more), "invoice")


def theirs(**more: Any) -> Record:
    return view(BOOKS, XERO, xero_invoice(**more), "invoice")


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
        "CurrencyCode": "NZD",
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


# ------------------------------------------------------------------ with tax in the amounts, or without any


def kept_as(amounts: str) -> Registry:
    document = settings()
    document["documents"] = {"amounts": {"invoice": amounts}}
    return registry(document=document)


def sent_as(amounts: str, *lines: Mapping[str, Any], **more: Any) -> Mapping[str, Any]:
    books = kept_as(amounts)
    source = view(books, ZOHO, crm_invoice(*lines, **more), "invoice")
    fields = created(books, XERO, source, Known(*shop(books)))
    return books.body(XERO, "Invoices", [part("invoice", "create", XERO, fields, source=source)], None)


def test_a_new_invoice_may_have_tax_in_its_amounts() -> None:
    body: Any = sent_as("Inclusive")
    assert body["LineAmountTypes"] == "Inclusive"
    assert (body["LineItems"][0]["UnitAmount"], body["LineItems"][0]["TaxType"]) == (D("12.075"), "OUTPUT2")
    assert sent_as("Exclusive")["LineAmountTypes"] == "Exclusive"


def test_a_price_that_no_price_with_tax_comes_to_is_held() -> None:
    line = crm_line(Quantity=5000, List_Price=D("0.0013"), Tax=D("0.98"))
    assert held(lambda: sent_as("Inclusive", line, Grand_Total=D("7.48"))) == "total_differs"


def test_a_document_without_tax_takes_none() -> None:
    body: Any = sent_as("NoTax", crm_line(Line_Tax=[]), Grand_Total=D(21))
    assert (body["LineAmountTypes"], body["LineItems"][0]["TaxType"]) == ("NoTax", "NONE")
    assert held(lambda: sent_as("NoTax")) == "untaxed"
    zero = crm_line(Line_Tax=[{"name": "Zero", "percentage": 0}])
    assert held(lambda: sent_as("NoTax", zero, Grand_Total=D(21))) == "untaxed", "what Xero would not remember"


def test_orders_and_invoices_are_chosen_for_each() -> None:
    books = kept_as("Inclusive")
    source = view(books, ZOHO, crm_order(), "purchase_order")
    fields = created(books, XERO, source, Known(*shop(books)))
    body = books.body(XERO, "PurchaseOrders", [part("purchase_order", "create", XERO, fields, source=source)], None)
    assert body["LineAmountTypes"] == "Exclusive"
