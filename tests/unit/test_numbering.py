"""Whose number a document has, and the link from Xero back to the CRM (entities/numbering, deep_links)."""

from __future__ import annotations

from typing import Any

import pytest

from extension.entities.deep_links import crm_page
from extension.entities.registry import Registry, build
from extension.sync.canonical import XERO, ZOHO
from tests.unit.books import (
    ACME,
    INV_CRM,
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

THEIRS = {"numbering": {"invoice": "xero", "purchase_order": "xero"}}
BOOKS = registry(document={**settings(), "documents": THEIRS})
CRM = registry()
SITE = "https://crm.zoho.eu"


def known(books: Registry = BOOKS) -> Known:
    return Known(*shop(books))


def test_xero_is_told_no_number_but_whose_it_is() -> None:
    source = view(BOOKS, ZOHO, crm_invoice(), "invoice")
    fields = created(BOOKS, XERO, source, known())
    write = part("invoice", "create", XERO, fields, source=source)
    body: Any = BOOKS.body(XERO, "Invoices", [write], None)
    assert "InvoiceNumber" not in body
    assert body["Reference"] == "CRM INV-1"
    assert BOOKS.probe(write).key == "CRM INV-1"
    assert not BOOKS.entity("invoice").unique[XERO], "no key of it is refused a second time"
    assert CRM.entity("invoice").unique[XERO]


def test_a_document_without_a_number_is_named_by_its_id() -> None:
    source = view(BOOKS, ZOHO, crm_order(PO_Number=None), "purchase_order")
    fields = created(BOOKS, XERO, source, known())
    body: Any = BOOKS.body(
        XERO, "PurchaseOrders", [part("purchase_order", "create", XERO, fields, source=source)], None
    )
    assert body["Reference"] == f"CRM {source.id}"
    assert "PurchaseOrderNumber" not in body


def test_numbers_of_two_sequences_do_not_meet() -> None:
    ours = view(BOOKS, ZOHO, crm_invoice(), "invoice")
    strangers = view(BOOKS, XERO, xero_invoice(), "invoice")
    made = view(BOOKS, XERO, xero_invoice(InvoiceNumber="INV-0055", Reference="CRM INV-1"), "invoice")
    assert not set(ours.keys) & set(strangers.keys), "both are called INV-1"
    assert set(ours.keys) & set(made.keys)
    linked = view(BOOKS, ZOHO, crm_invoice(Xero_Invoice_No="INV-0055"), "invoice")
    assert linked.keys[0] == made.keys[0]


@pytest.mark.parametrize(
    ("name", "ours", "theirs", "to_xero", "to_zoho"),
    [
        ("subject", {"Subject": "Pens"}, {"Reference": "CRM PO-1"}, "CRM PO-1", "Pens"),
        ("subject", {"Subject": "Pens"}, {"Reference": "Order 7"}, "Pens", "Order 7"),
        ("number", {}, {"PurchaseOrderNumber": "X-1"}, "X-1", "PO-1"),
        ("number", {"PO_Number": None}, {"PurchaseOrderNumber": "X-1"}, "X-1", "X-1"),
    ],
)
def test_what_says_whose_it_is_stays(
    name: str, ours: dict[str, Any], theirs: dict[str, Any], to_xero: str, to_zoho: str
) -> None:
    crm = view(BOOKS, ZOHO, crm_order(**ours), "purchase_order")
    xero = view(BOOKS, XERO, xero_order(**theirs), "purchase_order")
    resolver, entity = Known(*shop(BOOKS), (crm, xero)), BOOKS.entity("purchase_order")
    assert entity.project(XERO, name, crm.fields[name], crm, resolver) == to_xero
    assert entity.project(ZOHO, name, xero.fields[name], xero, resolver) == to_zoho


@pytest.mark.parametrize("status", ["VOIDED", "DELETED"])
def test_a_number_is_never_used_again(status: str) -> None:
    entity, ours = CRM.entity("invoice"), view(CRM, ZOHO, crm_invoice(), "invoice")
    dead = view(CRM, XERO, xero_invoice(Status=status, Contact={"ContactID": ACME}), "invoice")
    assert held(lambda: entity.adoptable(ours, dead, known(CRM))) == "number_retired"
    entity.adoptable(view(CRM, ZOHO, crm_invoice(Status="Cancelled"), "invoice"), dead, known(CRM))
    entity.adoptable(view(CRM, ZOHO, crm_invoice(Xero_ID=dead.id), "invoice"), dead, known(CRM))


# ------------------------------------------------------------------ the link


def body_of(books: Registry, **current: Any) -> Any:
    source = view(books, ZOHO, crm_invoice(), "invoice")
    if not current:
        fields = created(books, XERO, source, known(books))
        return books.body(XERO, "Invoices", [part("invoice", "create", XERO, fields, source=source)], None)
    native = xero_invoice(**current)
    read = view(books, XERO, native, "invoice")
    write = part("invoice", "update", XERO, {"subject": "Pens"}, read, source=source)
    return books.body(XERO, "Invoices", [write], native)


def test_an_invoice_of_xero_leads_back_to_the_crm() -> None:
    books = build(settings(), fetched(), SITE)
    assert body_of(books)["Url"] == f"{SITE}/crm/tab/Invoices/{INV_CRM}"
    assert body_of(books, Total=D("24.15"))["Url"] == f"{SITE}/crm/tab/Invoices/{INV_CRM}"
    assert "Url" not in body_of(books, Url="https://shop.example/7"), "what is there is left alone"


def test_links_can_be_switched_off() -> None:
    document = {**settings(), "documents": {"crm_links": False}}
    assert "Url" not in body_of(build(document, fetched(), SITE))


@pytest.mark.parametrize("site", ["", "https://crm.Xerographic.example"])
def test_xero_takes_no_address_with_its_own_name(site: str) -> None:
    assert crm_page(site, "Invoices") is None
    assert "Url" not in body_of(build(settings(), fetched(), site))
