"""The company as Zoho CRM v8 returns it: one function per module.

Totals, owners and everything else the CRM computes or stamps by itself are left out; the sandbox adds them.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from sandbox.seed.documents import INVOICE, NOTHING, Document, Line
from sandbox.seed.goods import Product
from sandbox.seed.parties import Contact, Party

Row = dict[str, Any]
CONTACT_PAGE = "https://go.xero.com/Contacts/View/{}"
INVOICE_PAGE = "https://go.xero.com/AccountsReceivable/View.aspx?InvoiceID={}"
ITEM_PAGE = "https://go.xero.com/Accounts/Inventory/{}"
# Associated with every product: the CRM takes a line's tax only from among its product's.
PRODUCT_TAXES = ("GST 15", "Zero", "GST Half", "GST 15 Purchases")


def account(party: Party) -> Row:
    return {
        "id": party.zoho_id,
        "Account_Name": party.name,
        "Phone": party.phone,
        "Website": None,
        "Description": None,
        "Currency": party.currency,
        "Tax_Number": party.tax_number,
        **_address("Billing_", "Billing_Code", party),
        **{f"Shipping_{part}": None for part in ("Street", "City", "State", "Code", "Country")},
        **_sync_fields(party.ticked, party.stamp, CONTACT_PAGE),
        **_times(party.created, party.changed),
    }


def vendor(party: Party) -> Row:
    return {
        "id": party.zoho_id,
        "Vendor_Name": party.name,
        "Phone": party.phone,
        "Email": party.email,
        "Website": None,
        "Description": None,
        "Currency": party.currency,
        "Tax_Number": party.tax_number,
        **_address("", "Zip_Code", party),
        **_sync_fields(party.ticked, party.stamp, CONTACT_PAGE),
        **_times(party.created, party.changed),
    }


def contact(person: Contact, company: Party | None) -> Row:
    return {
        "id": person.zoho_id,
        "First_Name": person.person.first,
        "Last_Name": person.person.last,
        "Full_Name": person.person.name,
        "Email": person.person.email,
        "Title": person.person.title,
        "Phone": None,
        "Mobile": person.person.mobile,
        "Account_Name": _lookup(company.zoho_id, company.name) if company else None,
        "Vendor_Name": None,
        **{f"Mailing_{part}": None for part in ("Street", "City", "State", "Zip", "Country")},
        **_sync_fields(person.ticked, None, CONTACT_PAGE),
        **_times(person.created, person.changed),
    }


def product(ware: Product) -> Row:
    bought = ware.orderable
    return {
        "id": ware.zoho_id,
        "Product_Name": ware.name,
        "Product_Code": ware.code,
        "Product_Active": True,
        "Unit_Price": ware.price,
        "Description": None,
        "Taxable": True,
        "Tax": [{"value": tax} for tax in PRODUCT_TAXES],
        "Purchase_Price": ware.cost,
        "Purchase_Description": ware.name if bought else None,
        "Sales_Account": "200",
        "Purchase_Account": "300" if bought else None,
        **_sync_fields(ware.ticked, ware.stamp, ITEM_PAGE),
        **_times(ware.created, ware.changed),
    }


def invoice(paper: Document) -> Row:
    return {
        "id": paper.zoho_id,
        "Subject": paper.subject,
        "Invoice_Number": paper.number,
        "Invoice_Date": paper.day.isoformat(),
        "Due_Date": paper.due.isoformat(),
        "Status": paper.zoho_status,
        "Account_Name": _lookup(paper.party.zoho_id, paper.party.name),
        "Contact_Name": _lookup(paper.contact.zoho_id, paper.contact.person.name) if paper.contact else None,
        **_address("Billing_", "Billing_Code", paper.party),
        "Invoiced_Items": [_line(line) for line in paper.lines],
        **_document(paper),
    }


def purchase_order(paper: Document) -> Row:
    return {
        "id": paper.zoho_id,
        "Subject": paper.subject,
        "PO_Number": paper.number or None,
        "PO_Date": paper.day.isoformat(),
        "Due_Date": paper.due.isoformat(),
        "Status": paper.zoho_status,
        "Vendor_Name": _lookup(paper.party.zoho_id, paper.party.name),
        "Contact_Name": None,
        "Purchase_Items": [_line(line) for line in paper.lines],
        **_document(paper),
    }


def _document(paper: Document) -> Row:
    """What both kinds of paper have."""
    stamped = paper.stamped and paper.kind == INVOICE
    return {
        "Currency": paper.currency,
        "Exchange_Rate": paper.exchange,
        "Discount": paper.discount,
        "Adjustment": paper.adjustment,
        "Description": None,
        "Terms_and_Conditions": None,
        "Add_to_Xero": paper.ticked,
        "Xero_ID": paper.xero_id if stamped else None,
        "Xero_Invoice_No": paper.xero_number if stamped else None,
        "Xero_Invoice_URL": INVOICE_PAGE.format(paper.xero_id) if stamped else None,
        "Branding_Theme": None,
        **_times(_noon(paper), _noon(paper)),
    }


def _line(line: Line) -> Row:
    assert line.product, "the CRM has no line without a product"
    taxed = {"name": line.tax.zoho, "percentage": line.tax.percent}
    return {
        "id": line.zoho_id,
        "Product_Name": _lookup(line.product.zoho_id, line.product.name),
        "Quantity": line.quantity,
        "List_Price": line.price,
        "Discount": line.reduction or NOTHING,
        "Description": line.text,
        "Line_Tax": [taxed] if line.tax.zoho else [],
    }


def _lookup(record_id: str | None, name: str) -> Row:
    return {"id": record_id, "name": name}


def _address(prefix: str, postcode: str, party: Party) -> Row:
    where = party.address
    return {
        f"{prefix}Street": where.street,
        f"{prefix}City": where.city,
        f"{prefix}State": where.region,
        postcode: where.postcode,
        f"{prefix}Country": where.country,
    }


def _sync_fields(ticked: bool, stamp: str | None, page: str) -> Row:
    return {"Add_to_Xero": ticked, "Xero_ID": stamp, "Xero_URL": page.format(stamp) if stamp else None}


def _noon(paper: Document) -> datetime:
    """Midnight UTC is noon where the dealer works."""
    return datetime.combine(paper.day, time(), UTC)


def _times(created: datetime, changed: datetime) -> Row:
    return {"Created_Time": created.isoformat(), "Modified_Time": changed.isoformat()}
