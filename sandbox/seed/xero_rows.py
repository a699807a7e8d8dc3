"""The company as Xero's Accounting API knows it: one function per resource.

Dates are calendar dates, timestamps ISO 8601 in UTC; the sandbox spells them as Xero does on the wire and computes the
totals. What Xero leaves out when it is empty is left out here.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sandbox.seed.documents import BILL, NO_TAX, ORDER, Document, Line, cents
from sandbox.seed.draw import Draw, Person
from sandbox.seed.goods import Product
from sandbox.seed.parties import Party

Row = dict[str, Any]
SALES_ACCOUNT, PURCHASE_ACCOUNT, BANK_ACCOUNT = "200", "300", "090"
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def contact(party: Party, *, customer: bool, supplier: bool) -> Row:
    first = party.people[0] if party.people else None
    row: Row = {
        "ContactID": party.xero_id,
        "ContactStatus": "ARCHIVED" if party.archived else "ACTIVE",
        "Name": party.xero_name or party.name,
        "FirstName": first.first if first else "",
        "LastName": first.last if first else "",
        "EmailAddress": (first.email or "") if first else "",
        "TaxNumber": party.tax_number,
        "DefaultCurrency": party.currency,
        "Addresses": _addresses(party),
        "Phones": _phones(party.xero_phone or party.phone),
        "ContactPersons": [_person(person) for person in party.people[1:]],
        "IsCustomer": customer,
        "IsSupplier": supplier,
        "UpdatedDateUTC": _moment(party.xero_changed),
    }
    if party.xero_number:
        row["ContactNumber"] = party.xero_number
    return row


def item(ware: Product) -> Row:
    bought = ware.orderable
    purchase = {"UnitPrice": ware.cost, "AccountCode": PURCHASE_ACCOUNT, "TaxType": "INPUT2"}
    return {
        "ItemID": ware.xero_id,
        "Code": ware.xero_code or ware.code,
        "Name": ware.name,
        "Description": ware.name,
        "PurchaseDescription": ware.name if bought else "",
        "SalesDetails": {
            "UnitPrice": ware.price if ware.xero_price is None else ware.xero_price,
            "AccountCode": SALES_ACCOUNT,
            "TaxType": "OUTPUT2",
        },
        "PurchaseDetails": purchase if bought else {},
        "IsSold": True,
        "IsPurchased": bought,
        "IsTrackedAsInventory": False,
        "UpdatedDateUTC": _moment(NEVER if ware.untouched else ware.xero_changed),
    }


def invoice(paper: Document) -> Row:
    return {
        "Type": "ACCPAY" if paper.kind == BILL else "ACCREC",
        "InvoiceID": paper.xero_id,
        "InvoiceNumber": paper.xero_number,
        "Reference": paper.reference,
        "DueDate": paper.due.isoformat(),
        **_document(paper),
    }


def purchase_order(paper: Document) -> Row:
    return {
        "Type": "PURCHASEORDER",
        "PurchaseOrderID": paper.xero_id,
        "PurchaseOrderNumber": paper.xero_number,
        "Reference": "",
        "DeliveryDate": paper.due.isoformat(),
        **_document(paper),
    }


def payment(draw: Draw, paper: Document) -> Row:
    """What the bank brought in for an invoice, in whole or in part."""
    day = _paid_on(paper)
    return {
        "PaymentID": draw.guid(),
        "PaymentType": "ACCRECPAYMENT",
        "Status": "AUTHORISED",
        "Date": day.isoformat(),
        "Amount": cents(paper.total_in_xero * paper.paid),
        "CurrencyRate": paper.exchange,
        "Reference": "",
        "Account": {"Code": BANK_ACCOUNT},
        "Invoice": {"InvoiceID": paper.xero_id, "InvoiceNumber": paper.xero_number, "Type": "ACCREC"},
        "UpdatedDateUTC": _moment(datetime.combine(day, time(), UTC)),
    }


def _document(paper: Document) -> Row:
    return {
        "Contact": {"ContactID": paper.party.xero_id, "Name": paper.party.xero_name or paper.party.name},
        "Date": paper.day.isoformat(),
        "Status": paper.xero_status,
        "LineAmountTypes": paper.amounts,
        "CurrencyCode": paper.currency,
        "CurrencyRate": paper.exchange,
        "LineItems": [_line(line, paper) for line in paper.lines_in_xero],
        "UpdatedDateUTC": _moment(datetime.combine(_paid_on(paper) if paper.paid else paper.day, time(0, 10), UTC)),
    }


def _line(line: Line, paper: Document) -> Row:
    sale = paper.kind not in (BILL, ORDER)
    row: Row = {
        "LineItemID": line.xero_id,
        "Description": line.text,
        "Quantity": line.quantity,
        "UnitAmount": line.unit_amount(paper.amounts),
        "AccountCode": SALES_ACCOUNT if sale else PURCHASE_ACCOUNT,
        "TaxType": "NONE" if paper.amounts == NO_TAX else line.tax.xero,
    }
    if line.product:
        row["ItemCode"] = line.product.xero_code or line.product.code
    if line.rate:
        row["DiscountRate"] = line.rate
    if line.cut:
        row["DiscountAmount"] = line.cut
    return row


def _paid_on(paper: Document) -> date:
    return paper.day + timedelta(days=1)


def _addresses(party: Party) -> list[Row]:
    where = party.address
    postal = {
        "AddressType": "POBOX",
        "AddressLine1": where.street,
        "City": where.city,
        "Region": where.region,
        "PostalCode": where.postcode,
        "Country": where.country,
    }
    return [{"AddressType": "STREET", "City": "", "Region": "", "PostalCode": "", "Country": ""}, postal]


def _phones(number: str) -> list[Row]:
    """The four kinds in the order of a list read; only the main one is kept."""
    return [
        {
            "PhoneType": kind,
            "PhoneNumber": number if kind == "DEFAULT" else "",
            "PhoneAreaCode": "",
            "PhoneCountryCode": "",
        }
        for kind in ("DDI", "DEFAULT", "FAX", "MOBILE")
    ]


def _person(person: Person) -> Row:
    return {
        "FirstName": person.first,
        "LastName": person.last,
        "EmailAddress": person.email or "",
        "IncludeInEmails": False,
    }


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
