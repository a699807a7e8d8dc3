"""A connection for the entity tests: what was fetched of both organisations, rows in the services' own shapes, and a
resolver over records that the test names.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from extension.entities.entity import Pairing
from extension.entities.registry import Registry, build, default_settings
from extension.sync.actions import Part, Verb
from extension.sync.canonical import XERO, ZOHO, Fields, Side, Value
from extension.sync.errors import Cannot
from extension.sync.model import Record, Row

D = Decimal
NOW = datetime(2026, 9, 14, 9, 30, tzinfo=UTC)
JOHN, MARY = "5843104000000100001", "5843104000000100003"
ACME_CRM, ACME = "5843104000000200001", "8138a266-fb42-49b2-a104-014b7045753d"
PEN_CRM, PEN = "5843104000000300001", "c8c54d65-f3f2-452d-926e-bf450b12fb07"
INV_CRM, INV = "5843104000000400001", "a03ffcd2-5d91-4c7e-b483-318584e9e439"
PO_CRM, PO = "5843104000000500001", "f9627f0d-b715-4039-bb6a-96dc3eae5ec5"

OWN = ("Add_to_Xero", "Xero_ID", "Xero_URL")
PLACES = ("Street", "City", "State", "Code", "Country")
ADDRESSES = [f"{kind}_{place}" for kind in ("Billing", "Shipping") for place in PLACES]
HEADER = ("Grand_Total", "Discount", "Tax", "Adjustment")
PAPERS = (
    *HEADER,
    "Add_to_Xero",
    "Xero_ID",
    "Xero_Invoice_No",
    "Xero_Invoice_URL",
    "Subject",
    "Due_Date",
    "Branding_Theme",
)
NAMES: Mapping[str, tuple[str, ...]] = {
    "Accounts": (*OWN, *ADDRESSES, "Account_Name", "Phone", "Fax", "Tax_Number"),
    "Vendors": (*OWN, "Vendor_Name", "Phone", "Street", "City", "State", "Zip_Code", "Country"),
    "Contacts": (*OWN, "First_Name", "Last_Name", "Email", "Account_Name"),
    "Products": (*OWN, "Product_Name", "Product_Code", "Description", "Unit_Price", "Purchase_Price"),
    "Invoices": (*PAPERS, "Invoice_Number", "Invoice_Date", "Account_Name"),
    "Purchase_Orders": (*PAPERS, "PO_Number", "PO_Date", "Vendor_Name"),
}
LENGTHS = {"Account_Name": 200, "Phone": 30, "First_Name": 40, "Last_Name": 80, "Subject": 120, "Xero_ID": 100}
STATUSES = ("-None-", "Created", "Approved", "Delivered", "Cancelled")


def _crm_field(name: str) -> dict[str, Any]:
    more = {"unique": {"case_sensitive": False}} if name == "Xero_ID" else {}
    return {"api_name": name, "data_type": "text", "length": LENGTHS.get(name), **more}


def _rate(name: str, tax_type: str, percent: int | str, *, sales: bool, purchases: bool) -> dict[str, Any]:
    applies = {"CanApplyToRevenue": sales, "CanApplyToExpenses": purchases}
    return {"Name": name, "TaxType": tax_type, "EffectiveRate": D(percent), "Status": "ACTIVE", **applies}


def fetched() -> dict[str, Any]:
    """A small New Zealand company in both systems."""
    fields = {module: [_crm_field(name) for name in names] for module, names in NAMES.items()}
    for module in ("Invoices", "Purchase_Orders"):
        choices = [{"display_value": s, "actual_value": s} for s in STATUSES]
        fields[module].append({"api_name": "Status", "data_type": "picklist", "pick_list_values": choices})
    return {
        "zoho": {
            "org": {"iso_code": "NZD", "mc_status": False},
            "taxes": [
                {"id": "1", "name": "GST 15", "percentage": D(15)},
                {"id": "2", "name": "GST 15 Purchases", "percentage": D(15)},
                {"id": "3", "name": "Zero", "percentage": D(0)},
                {"id": "4", "name": "Half", "percentage": D("7.5")},
            ],
            "currencies": [{"iso_code": "NZD"}],
            "fields": fields,
            "subforms": {"Invoices": "Invoiced_Items", "Purchase_Orders": "Purchase_Items"},
        },
        "xero": {
            "organisation": {"ShortCode": "!ab12", "BaseCurrency": "NZD"},
            "tax_rates": [
                _rate("15% GST on Income", "OUTPUT2", 15, sales=True, purchases=False),
                _rate("15% GST on Expenses", "INPUT2", 15, sales=False, purchases=True),
                _rate("Zero Rated", "ZERORATED", 0, sales=True, purchases=False),
                _rate("No GST", "NONE", 0, sales=True, purchases=True),
                _rate("Half", "TAX001", "7.5", sales=True, purchases=True),
            ],
            "accounts": [
                {"Code": "200", "Name": "Sales", "Type": "REVENUE", "Status": "ACTIVE"},
                {"Code": "260", "Name": "Other Revenue", "Type": "REVENUE", "Status": "ACTIVE"},
                {"Code": "300", "Name": "Purchases", "Type": "DIRECTCOSTS", "Status": "ACTIVE"},
            ],
            "currencies": [{"Code": "NZD"}, {"Code": "AUD"}],
            "branding_themes": [{"Name": "Standard", "BrandingThemeID": "dabc7637"}],
        },
    }


def settings(facts: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return copy.deepcopy(default_settings(facts or fetched()))


def registry(facts: Mapping[str, Any] | None = None, document: Mapping[str, Any] | None = None) -> Registry:
    facts = facts or fetched()
    return build(document or settings(facts), facts)


# ------------------------------------------------------------------ rows


def row(feed: str, body: Mapping[str, Any], id_: str = "", **more: Any) -> Row:
    names = ("id", "ContactID", "ItemID", "InvoiceID", "PurchaseOrderID")
    own = next((str(body[name]) for name in names if name in body), id_)
    return Row(feed, own, NOW, body, **more)


def crm_account(**more: Any) -> Row:
    return row("Accounts", {"id": ACME_CRM, "Account_Name": "Acme Parts", "Add_to_Xero": True, **more})


def crm_vendor(**more: Any) -> Row:
    return row("Vendors", {"id": ACME_CRM, "Vendor_Name": "Acme Parts", "Add_to_Xero": True, **more})


def crm_contact(**more: Any) -> Row:
    person = {"id": JOHN, "First_Name": "John", "Last_Name": "Smith", "Email": "john@acme.example"}
    return row("Contacts", {**person, "Account_Name": {"id": ACME_CRM, "name": "Acme"}, "Add_to_Xero": True, **more})


def crm_product(**more: Any) -> Row:
    product = {"id": PEN_CRM, "Product_Name": "Pen", "Product_Code": "PEN", "Unit_Price": D("10.50")}
    return row("Products", {**product, "Add_to_Xero": True, **more})


def crm_line(id_: str = "71", **more: Any) -> dict[str, Any]:
    line = {"id": id_, "Product_Name": {"id": PEN_CRM, "name": "Pen"}, "Quantity": 2, "List_Price": D("10.50")}
    return {**line, "Discount": 0, "Description": "Blue", "Line_Tax": [{"name": "GST 15", "percentage": 15}], **more}


def crm_invoice(*lines: Mapping[str, Any], **more: Any) -> Row:
    header = {
        "id": INV_CRM,
        "Subject": "Office supplies",
        "Invoice_Number": "INV-1",
        "Invoice_Date": "2026-09-01",
        "Due_Date": "2026-09-20",
        "Status": "Approved",
        "Account_Name": {"id": ACME_CRM, "name": "Acme"},
        "Grand_Total": D("24.15"),
        "Add_to_Xero": True,
    }
    return row("Invoices", {**header, "Invoiced_Items": list(lines or [crm_line(Tax=D("3.15"))]), **more})


def crm_order(*lines: Mapping[str, Any], **more: Any) -> Row:
    taxed = crm_line(Line_Tax=[{"name": "GST 15 Purchases", "percentage": 15}], Tax=D("3.15"))
    header = {
        "id": PO_CRM,
        "Subject": "Restocking",
        "PO_Number": "PO-1",
        "PO_Date": "2026-09-01",
        "Due_Date": "2026-09-20",
        "Status": "Approved",
        "Vendor_Name": {"id": ACME_CRM, "name": "Acme"},
        "Grand_Total": D("24.15"),
        "Add_to_Xero": True,
    }
    return row("Purchase_Orders", {**header, "Purchase_Items": list(lines or [taxed]), **more})


def xero_contact(**more: Any) -> Row:
    return row("Contacts", {"ContactID": ACME, "Name": "Acme Parts", "ContactStatus": "ACTIVE", **more})


def person(first: str, last: str = "", email: str = "") -> dict[str, Any]:
    return {"FirstName": first, "LastName": last, "EmailAddress": email, "IncludeInEmails": False}


def xero_item(**more: Any) -> Row:
    sales = {"UnitPrice": D("10.5000"), "AccountCode": "260", "TaxType": "OUTPUT2"}
    item = {"ItemID": PEN, "Code": "PEN", "Name": "Pen", "SalesDetails": sales, "PurchaseDetails": {}}
    return row("Items", {**item, "IsSold": True, "IsPurchased": True, **more})


def xero_line(id_: str = "l1", **more: Any) -> dict[str, Any]:
    line = {"LineItemID": id_, "ItemCode": "PEN", "Description": "Blue", "Quantity": D("2.0000")}
    price = {"UnitAmount": D("10.5000"), "LineAmount": D("21.00"), "TaxAmount": D("3.15"), "TaxType": "OUTPUT2"}
    return {**line, **price, "AccountCode": "200", "Tracking": [], **more}


def xero_invoice(*lines: Mapping[str, Any], **more: Any) -> Row:
    header = {
        "Type": "ACCREC",
        "InvoiceID": INV,
        "InvoiceNumber": "INV-1",
        "Reference": "Office supplies",
        "Date": "2026-09-01",
        "DueDate": "2026-09-20",
        "Status": "AUTHORISED",
        "LineAmountTypes": "Exclusive",
        "Contact": {"ContactID": ACME, "Name": "Acme Parts"},
        "CurrencyCode": "NZD",
        "Total": D("24.15"),
        "TotalTax": D("3.15"),
    }
    return row("Invoices", {**header, "LineItems": list(lines or [xero_line()]), **more})


def xero_order(*lines: Mapping[str, Any], **more: Any) -> Row:
    header = {
        "PurchaseOrderID": PO,
        "PurchaseOrderNumber": "PO-1",
        "Reference": "",
        "Date": "2026-09-01",
        "DeliveryDate": "2026-09-20",
        "Status": "AUTHORISED",
        "LineAmountTypes": "Exclusive",
        "Contact": {"ContactID": ACME},
        "CurrencyCode": "NZD",
        "Total": D("24.15"),
        "TotalTax": D("3.15"),
    }
    return row("PurchaseOrders", {**header, "LineItems": list(lines or [xero_line(TaxType="INPUT2")]), **more})


# ------------------------------------------------------------------ records


def view(books: Registry, side: Side, given: Row, entity: str, known: Iterable[Record] = ()) -> Record:
    """The one view of an entity."""
    (found,) = [r for r in books.views(side, given, list(known)) if r.entity == entity]
    return found


def part(entity: str, verb: Verb, side: Side, fields: Fields, read: Record | None = None, **more: Any) -> Part:
    return Part(entity, verb, side, fields, read, **more)


class Known:
    """A resolver: the pairs of records that a test says are linked."""

    def __init__(self, *pairs: tuple[Record, Record]) -> None:
        self._twins: dict[tuple[str, Side, str], Record] = {}
        self._handles: dict[tuple[str, Side, str], Record] = {}
        self._words: dict[tuple[str, Side, str], tuple[str, tuple[Value, ...]]] = {}
        for pair in pairs:
            for one, two in (pair, pair[::-1]):
                self._twins[one.where] = two
                self._handles[one.entity, one.side, one.handle] = one

    def counterpart(self, entity: str, side: Side, handle: str) -> Value:
        record = self.record(entity, side, handle)
        if record is None:
            raise Cannot("waiting", "It refers to a record that is not linked.", "Run again.")
        return self._twins[record.where].handle

    def record(self, entity: str, side: Side, handle: str) -> Record | None:
        return self._handles.get((entity, side, handle))

    def twin(self, record: Record) -> Record | None:
        return self._twins.get(record.where)

    def says(self, record: Record, verb: str, *values: Value) -> None:
        """What a person says of two totals."""
        self._words[record.where] = (verb, values)

    def word(self, record: Record, field: str, values: Sequence[Value]) -> str:
        verb, about = self._words.get(record.where, ("", ()))
        return verb if field == "total" and tuple(values) == about else ""


NOBODY = Known()


def shop(books: Registry) -> list[tuple[Record, Record]]:
    """Acme and the pen, linked."""
    return [
        (view(books, ZOHO, crm_account(), "account"), view(books, XERO, xero_contact(), "account")),
        (view(books, ZOHO, crm_vendor(), "vendor"), view(books, XERO, xero_contact(), "vendor")),
        (view(books, ZOHO, crm_product(), "product"), view(books, XERO, xero_item(), "product")),
    ]


def created(books: Registry, to: Side, source: Record, resolver: Known) -> Fields:
    """The fields with which a plan would create the twin of a record."""
    entity: Pairing = books.entity(source.entity)
    fields: dict[str, Value] = {}
    for rule in entity.rules.values():
        if rule.name in source.fields and rule.allows(to):
            value = entity.project(to, rule.name, source.fields[rule.name], source, resolver)
            if value is not None:
                fields[rule.name] = value
    return entity.complete(to, fields, source, resolver)


def held(act: Callable[[], object]) -> str:
    """Why something cannot be; every such sentence has a way out."""
    with pytest.raises(Cannot) as why:
        act()
    assert why.value.message
    assert why.value.hint
    return why.value.reason
