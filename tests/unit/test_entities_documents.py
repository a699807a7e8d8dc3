"""Invoices and purchase orders as records: what they refer to, what is compared, what Xero has locked."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest

from extension.sync.canonical import XERO, ZOHO, Fields
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
    crm_order,
    fetched,
    held,
    part,
    registry,
    settings,
    shop,
    view,
    xero_invoice,
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


# ------------------------------------------------------------------ comparing


def test_totals_are_compared_on_linked_documents() -> None:
    assert INVOICE.check(ours(), theirs(), "total") is None
    assert INVOICE.check(ours(), theirs(Total=D("24.16")), "total") == "The CRM says 24.15, Xero says 24.16."
    assert INVOICE.check(ours(), theirs(TotalTax=D(3)), "tax_total") == "The CRM says 3.15 of tax, Xero says 3.00."
    assert INVOICE.check(ours(), theirs(CurrencyCode="AUD"), "currency") == "The CRM says NZD, Xero says AUD."
    assert INVOICE.check(ours(), theirs(Total=None), "total") is None
    assert INVOICE.check(ours(), theirs(), "number") is None


def test_documents_of_different_totals_are_not_one() -> None:
    INVOICE.adoptable(ours(), theirs(), SHOP)
    assert held(lambda: INVOICE.adoptable(ours(), theirs(Total=D(1)), SHOP)) == "totals_apart"
    said = deepcopy(SHOP)
    for record in (ours(), theirs(Total=D(1))):
        said.says(record, "send", (ours().fields["total"], D(1)))
    assert held(lambda: INVOICE.adoptable(ours(), theirs(Total=D(1)), said)) == "totals_apart", "no word links them"
    assert held(lambda: INVOICE.adoptable(ours(), theirs(CurrencyCode="AUD"), SHOP)) == "currency_differs"


def test_documents_of_two_customers_are_not_one() -> None:
    """Both sides count by themselves: INV-1 for 24.15 may well be there twice."""
    other = theirs(Contact={"ContactID": "another"})
    assert held(lambda: INVOICE.adoptable(ours(), other, SHOP)) == "party_differs"
    assert held(lambda: INVOICE.adoptable(ours(), theirs(), NOBODY)) == "waiting"
    INVOICE.adoptable(ours(Account_Name=None), theirs(), SHOP)


def test_a_theme_that_xero_chose_is_news_and_clearing_it_is_held() -> None:
    crm, xero = ours(), theirs(BrandingThemeID="dabc7637")
    pair = linked(crm, xero)
    assert INVOICE.project(ZOHO, "theme", "dabc7637", xero, pair) == "Standard"
    assert held(lambda: INVOICE.project(XERO, "theme", None, crm, pair)) == "cannot_clear"
    assert INVOICE.project(ZOHO, "theme", None, theirs(), linked(ours(Branding_Theme="Standard"), theirs())) is None


def test_the_status_of_a_document_with_payments_stays() -> None:
    crm, xero = ours(Status="Cancelled"), theirs(AmountPaid=D("0.01"))
    assert held(lambda: INVOICE.project(XERO, "status", "Cancelled", crm, linked(crm, xero))) == "locked"
    assert INVOICE.project(XERO, "status", "Delivered", crm, linked(crm, xero)) == "AUTHORISED"


def test_what_xero_needs_must_be_let_through() -> None:
    document = settings()
    fields = {row["name"]: row for row in document["entities"]["invoice"]["fields"]}
    fields["account"]["direction"] = "to_zoho"
    narrow = registry(document=document)
    source = view(narrow, ZOHO, crm_invoice(), "invoice")
    assert held(lambda: created(narrow, XERO, source, Known(*shop(narrow)))) == "missing"


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
    assert INVOICE.project(ZOHO, "theme", "dabc7637", xero, pair) == "Standard"
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


@pytest.mark.parametrize(("policy", "reason"), [("void", "status_refused"), ("mark", "cannot_retire")])
def test_a_paid_invoice_is_not_put_away(policy: str, reason: str) -> None:
    row = xero_invoice(Status="PAID")
    write = part("invoice", "retire", XERO, {}, view(BOOKS, XERO, row, "invoice"), policy=policy)
    assert held(lambda: BOOKS.body(XERO, "Invoices", [write], row)) == reason


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


# ------------------------------------------------------------------ what the CRM's own fields can hold


def test_amounts_due_and_paid_come_back_where_the_crm_has_fields_for_them() -> None:
    facts = fetched()
    names = ({"api_name": name, "data_type": "currency"} for name in ("Xero_Amount_Due", "Amount_Paid"))
    facts["zoho"]["fields"]["Invoices"] += names
    books = registry(facts)
    invoice = books.entity("invoice")
    assert {name: invoice.rules[name].direction for name in ("amount_due", "amount_paid")} == {
        "amount_due": "to_zoho",
        "amount_paid": "to_zoho",
    }
    xero = view(books, XERO, xero_invoice(AmountDue=D("20.15"), AmountPaid=D(4)), "invoice")
    fields = created(books, ZOHO, xero, Known(*shop(books)))
    body = books.body(ZOHO, "Invoices", [part("invoice", "create", ZOHO, fields)], None)
    assert (body["Xero_Amount_Due"], body["Amount_Paid"]) == (D("20.15"), D(4))
    assert "amount_due" not in INVOICE.rules


def test_quantities_and_prices_keep_the_decimals_of_the_crms_subform() -> None:
    facts = fetched()
    columns = {"Quantity": 2, "List_Price": 3}
    facts["zoho"]["fields"]["Invoiced_Items"] = [
        {"api_name": name, "data_type": "double", "decimal_place": places} for name, places in columns.items()
    ]
    narrow = registry(facts).entity("invoice")
    for name, found in (("quantity", "0.33"), ("price", "0.333")):
        assert narrow.project(ZOHO, f"lines.{name}", D("0.3333"), theirs(), SHOP) == D(found)
        assert narrow.project(XERO, f"lines.{name}", D("0.3333"), ours(), SHOP) == D("0.3333")


def test_the_currency_that_comes_back_is_compared() -> None:
    """What is in the fields of a create counts as agreed as it came back, another currency too."""
    fields = created(BOOKS, XERO, ours(), SHOP)
    assert "currency" not in fields
    body = BOOKS.body(XERO, "Invoices", [part("invoice", "create", XERO, fields, source=ours())], None)
    assert body["CurrencyCode"] == "NZD", "else Xero takes the contact's default"
