"""Every recorded invoice of Xero: its arithmetic to the cent, and a document of equal total in the CRM, or a reason.

The recording is a page of a demo company's sales invoices and bills, as xero-python's own tests keep it. A bill is
read as the order of which it is the copy: the same lines, for purchases.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from extension.entities import money
from extension.entities.money import Totals
from extension.entities.registry import Registry
from extension.remote.xero.dates import plain
from extension.sync.canonical import XERO, ZOHO
from extension.sync.errors import Cannot
from extension.sync.model import Record
from tests.unit.books import ACME, D, Known, created, part, registry, row, settings, shop, view, xero_item

RECORDED = Path(os.environ.get("RECORDED_DIR", Path(__file__).parents[2].parent / "shared" / "recorded"))
FILE = RECORDED / "xero" / "xero-python" / "test_invoice_attachment_upload_and_download__0.json"
PERCENT = {"OUTPUT2": D(15), "INPUT2": D(15), "NONE": D(0)}
OTHER = "5843104000000300099"  # the product for lines without an item

Invoice = dict[str, Any]


@pytest.fixture(scope="module")
def invoices() -> Sequence[Invoice]:
    if not FILE.exists():
        pytest.skip(f"no recording {FILE.name} under {RECORDED} (RECORDED_DIR)")
    found: list[Invoice] = plain(FILE.read_bytes())["body"]["Invoices"]
    assert len(found) == 79
    return found


def test_all_come_to_their_totals(invoices: Sequence[Invoice]) -> None:
    for invoice in invoices:
        sums = []
        for line in invoice["LineItems"]:
            amount = money.xero_amount(line["Quantity"], line["UnitAmount"])
            sums.append(money.xero_line(amount, PERCENT[line["TaxType"]], invoice["LineAmountTypes"]))
            assert (amount, sums[-1].tax) == (line["LineAmount"], line["TaxAmount"]), invoice["InvoiceID"]
        totals = money.summed(sums)
        stated = (invoice["SubTotal"], invoice["TotalTax"], invoice["Total"])
        assert (totals.net, totals.tax, totals.total) == stated, invoice["InvoiceID"]


def source(books: Registry, invoice: Invoice) -> Record:
    """The record as the entity of its trade sees it."""
    body = {**invoice, "Contact": {"ContactID": ACME}}
    if invoice["Type"] == "ACCREC":
        return view(books, XERO, row("Invoices", body), "invoice")
    order = {"PurchaseOrderID": body.pop("InvoiceID"), "PurchaseOrderNumber": body.pop("InvoiceNumber")}
    status = "BILLED" if invoice["Status"] == "PAID" else invoice["Status"].replace("VOIDED", "DELETED")
    return view(books, XERO, row("PurchaseOrders", {**body, **order, "Status": status}), "purchase_order")


def shelf(books: Registry, invoices: Sequence[Invoice]) -> Known:
    """Every item that is named, linked to a product."""
    codes = sorted({line["ItemCode"] for one in invoices for line in one["LineItems"] if line.get("ItemCode")})
    pairs = []
    for n, code in enumerate(codes):
        crm = row("Products", {"id": str(5843104000000310000 + n), "Product_Name": code, "Product_Code": code})
        item = xero_item(ItemID=f"i{n}", Code=code)
        pairs.append((view(books, ZOHO, crm, "product"), view(books, XERO, item, "product")))
    return Known(*shop(books), *pairs)


def outcomes(books: Registry, invoices: Sequence[Invoice]) -> Counter[str]:
    """How often each became a document of equal total, or the reason why not."""
    known, found = shelf(books, invoices), Counter[str]()
    for invoice in invoices:
        record = source(books, invoice)
        entity = books.entity(record.entity)
        try:
            fields = created(books, ZOHO, record, known)
        except Cannot as why:
            found[why.reason if why.message and why.hint else "said nothing"] += 1
            continue
        body: Any = books.body(ZOHO, entity.feeds[ZOHO], [part(record.entity, "create", ZOHO, fields)], None)
        lines = computed(body["Invoiced_Items" if record.entity == "invoice" else "Purchase_Items"])
        adjustment = body.get("Adjustment", D(0))
        assert lines.total + adjustment == invoice["Total"], invoice["InvoiceID"]
        cents = D("0.01") * len(invoice["LineItems"])
        assert max(abs(adjustment), abs(lines.tax - invoice["TotalTax"])) <= cents, invoice["InvoiceID"]
        found["created"] += 1
        found["adjusted"] += bool(adjustment)
    return found


def computed(rows: Sequence[Invoice]) -> Totals:
    """As the CRM computes the rows of a body (facts/zoho.md 3.6)."""
    lines = []
    for line in rows:
        percent = sum((tax["percentage"] for tax in line["Line_Tax"]), D(0))
        lines.append(money.zoho_line(line["Quantity"], line["List_Price"], line["Discount"], percent))
    return money.summed(lines)


def test_each_is_a_document_of_the_crm_or_held(invoices: Sequence[Invoice]) -> None:
    with_items = sum(all(line.get("ItemCode") for line in one["LineItems"]) for one in invoices)
    found = outcomes(registry(), invoices)
    assert found == {"created": with_items, "adjusted": 1, "no_product": len(invoices) - with_items}


def test_all_are_documents_where_a_product_stands_for_lines_without_item(invoices: Sequence[Invoice]) -> None:
    document = settings()
    document["itemless_product"] = OTHER
    found = outcomes(registry(document=document), invoices)
    assert found == {"created": len(invoices) - 1, "adjusted": 13, "tax_ambiguous": 1}, "a bill bears a tax on income"


def test_the_recording_has_what_it_is_read_for(invoices: Sequence[Invoice]) -> None:
    assert json.dumps(sorted({one["LineAmountTypes"] for one in invoices})) == '["Exclusive", "Inclusive"]'
    assert {one["Type"] for one in invoices} == {"ACCREC", "ACCPAY"}
