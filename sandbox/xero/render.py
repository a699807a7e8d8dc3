"""Rows as Xero spells them (facts/xero.md 3.5, 3.6, 3.10, 3.13): names, order, date styles, decimals.

List rows embed a thin contact; reading by id and the answers of writes embed the whole one. Field order is that of the
recordings.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sandbox.xero import credits, fields
from sandbox.xero.dates import bare_ticks, day_string, day_ticks, moment_string, ticks, zone
from sandbox.xero.ledger import Desk
from sandbox.xero.tables import Row
from sandbox.xero.totals import unit_amount

CONTACT_TEXTS = (
    "FirstName",
    "LastName",
    "CompanyNumber",
    "EmailAddress",
    "BankAccountDetails",
    "TaxNumber",
    "AccountsReceivableTaxType",
    "AccountsPayableTaxType",
)
CONTACT_PAGED = (
    "SalesDefaultLineAmountType",
    "PurchasesDefaultLineAmountType",
    "DefaultCurrency",
    "SalesDefaultAccountCode",
    "PurchasesDefaultAccountCode",
    "XeroNetworkKey",
    "PaymentTerms",
)
CONTACT_ALONE = ("Website", "Discount", "BrandingTheme", "BatchPayments")
"""Told of a contact that is asked for by itself; nobody writes them here, so only a seed has them."""
READ_PHONES = ("DDI", "DEFAULT", "FAX", "MOBILE")
BARE_TIMES = frozenset({"CreatedDateUTC"})


def contact(desk: Desk, row: Row, *, written: bool = False, paged: bool = True, summary: bool = False) -> Row:
    """A contact; some fields come only when paging or asking for one, and writes list phones in another order."""
    shown: Row = {"ContactID": row["ContactID"]}
    if paged and row.get("MergedToContactID"):
        shown["MergedToContactID"] = row["MergedToContactID"]
    shown |= {name: row[name] for name in ("ContactNumber", "AccountNumber") if row.get(name)}
    shown |= {"ContactStatus": row["ContactStatus"], "Name": row["Name"]}
    shown |= {name: row[name] for name in CONTACT_TEXTS if name in row}
    order = fields.PHONE_TYPES if written else READ_PHONES
    phones = sorted(row["Phones"], key=lambda phone: _place(order, phone["PhoneType"]))
    shown |= {
        "Addresses": row["Addresses"],
        "Phones": phones,
        "UpdatedDateUTC": ticks(row["UpdatedDateUTC"]),
        "ContactGroups": [],
        "IsSupplier": row["IsSupplier"],
        "IsCustomer": row["IsCustomer"],
    }
    if paged and not summary:
        shown |= {name: row[name] for name in CONTACT_PAGED if row.get(name)}
    shown |= {"SalesTrackingCategories": [], "PurchasesTrackingCategories": []}
    shown["ContactPersons"] = row["ContactPersons"] if paged and not summary else []
    return shown | {"HasAttachments": False, "HasValidationErrors": False}


def _place(order: tuple[str, ...], phone_type: str) -> int:
    return order.index(phone_type) if phone_type in order else len(order)


def balances(desk: Desk, row: Row) -> Row:
    """What is outstanding and overdue with a contact; changes of it move no modified time (3.5)."""
    sums = {side: {"Outstanding": Decimal("0.00"), "Overdue": Decimal("0.00")} for side in ("ACCREC", "ACCPAY")}
    for invoice in desk.ledger.invoices.find("contact", row["ContactID"]):
        if invoice["Status"] == "AUTHORISED":
            amounts = sums[invoice["Type"]]
            amounts["Outstanding"] += invoice["AmountDue"]
            if invoice.get("DueDate") and invoice["DueDate"] < desk.today:
                amounts["Overdue"] += invoice["AmountDue"]
    return {"AccountsReceivable": sums["ACCREC"], "AccountsPayable": sums["ACCPAY"]}


def thin_contact(desk: Desk, contact_id: str) -> Row:
    row = desk.ledger.contacts.rows.get(contact_id)
    return {
        "ContactID": contact_id,
        "Name": row["Name"] if row else "",
        "Addresses": [],
        "Phones": [],
        "ContactGroups": [],
        "ContactPersons": [],
        "HasValidationErrors": False,
    }


def invoice(desk: Desk, row: Row, *, whole: bool = False, with_lines: bool = True, summary: bool = False) -> Row:
    """An invoice or bill, as a list row or (whole) as an answer about this one."""
    shown: Row = {
        "Type": row["Type"],
        "InvoiceID": row["InvoiceID"],
        "InvoiceNumber": row["InvoiceNumber"],
        "Reference": row["Reference"],
    }
    if not summary:
        shown |= {"Payments": _paid(desk, row), **credits.shown(row)}
    shown |= {name: row[name] for name in ("AmountDue", "AmountPaid", "AmountCredited")}
    if row.get("Url"):
        shown["Url"] = row["Url"]
    shown |= {
        "SentToContact": row["SentToContact"],
        "CurrencyRate": row["CurrencyRate"],
        "IsDiscounted": row["IsDiscounted"],
        "HasAttachments": False,
        "HasErrors": False,
        "InvoicePaymentServices": [],
        "Contact": _document_contact(desk, row, whole),
    }
    shown |= _days(row, "Date", "DueDate", twin=True)
    if row.get("BrandingThemeID"):
        shown["BrandingThemeID"] = row["BrandingThemeID"]
    shown |= {"Status": row["Status"], "LineAmountTypes": row["LineAmountTypes"]}
    shown["LineItems"] = [line(desk, each, desk.places) for each in row["LineItems"]] if with_lines else []
    shown |= _sums(row)
    shown["UpdatedDateUTC"] = ticks(row["UpdatedDateUTC"])
    shown["UpdatedDateUTCString"] = moment_string(row["UpdatedDateUTC"])
    shown["CurrencyCode"] = row["CurrencyCode"]
    return shown | _days(row, "FullyPaidOnDate", "ExpectedPaymentDate", "PlannedPaymentDate", twin=False)


def _document_contact(desk: Desk, row: Row, whole: bool) -> Row:
    found = desk.ledger.contacts.rows.get(row["ContactID"]) if whole else None
    return thin_contact(desk, row["ContactID"]) if found is None else contact(desk, found, written=True)


def _sums(row: Row) -> Row:
    sums = {name: row[name] for name in ("SubTotal", "TotalTax", "Total")}
    return sums | ({"TotalDiscount": row["TotalDiscount"]} if row["IsDiscounted"] else {})


def _paid(desk: Desk, row: Row) -> list[Row]:
    return [
        {
            "PaymentID": payment["PaymentID"],
            "Date": day_ticks(payment["Date"]),
            "Amount": payment["Amount"],
            "Reference": payment["Reference"],
            "CurrencyRate": payment["CurrencyRate"],
            "HasAccount": False,
            "HasValidationErrors": False,
        }
        for payment in desk.ledger.payments.find("invoice", row["InvoiceID"])
    ]


def _days(row: Row, *names: str, twin: bool) -> Row:
    shown: Row = {}
    for name in names:
        if (day := row.get(name)) is not None:
            if twin:
                shown[f"{name}String"] = day_string(day)
            shown[name] = day_ticks(day)
    return shown


def line(desk: Desk, row: Row, places: int) -> Row:
    """A line; its unit amount has two decimals unless unitdp=4 was asked for, on reads too (3.12)."""
    shown: Row = {}
    item = desk.ledger.items.rows.get(row["ItemID"]) if row.get("ItemID") else None
    if code := item["Code"] if item else row.get("ItemCode"):
        shown["ItemCode"] = code
    if "Description" in row:
        shown["Description"] = row["Description"]
    if "UnitAmount" in row:
        shown["UnitAmount"] = unit_amount(row["UnitAmount"], places)
    if row.get("TaxType"):
        shown["TaxType"] = row["TaxType"]
    shown |= {"TaxAmount": row["TaxAmount"], "LineAmount": row["LineAmount"]}
    if row.get("AccountCode"):
        shown["AccountCode"] = row["AccountCode"]
        if account := desk.account(row["AccountCode"]):
            shown["AccountID"] = account["AccountID"]
    if item is not None:
        shown["Item"] = {"ItemID": item["ItemID"], "Name": item.get("Name", ""), "Code": item["Code"]}
    shown["Tracking"] = row["Tracking"]
    shown |= {name: row[name] for name in ("Quantity", "DiscountRate", "DiscountAmount") if name in row}
    shown["LineItemID"] = row["LineItemID"]
    shown["ValidationErrors"] = []
    return shown


def order(desk: Desk, row: Row) -> Row:
    """A purchase order. Its nested contact carries local time labelled as UTC: a real fault of the service (3.6)."""
    shown: Row = {
        "PurchaseOrderID": row["PurchaseOrderID"],
        "PurchaseOrderNumber": row["PurchaseOrderNumber"],
        **_days(row, "Date", "DeliveryDate", "ExpectedArrivalDate", twin=True),
    }
    shown |= {name: row[name] for name in fields.ORDER_LENGTHS if name != "PurchaseOrderNumber" and row.get(name)}
    found = desk.ledger.contacts.rows.get(row["ContactID"])
    nested = thin_contact(desk, row["ContactID"]) if found is None else contact(desk, found, written=True)
    if found is not None:
        moment: datetime = found["UpdatedDateUTC"]
        here = moment.astimezone(zone(desk.ledger.organisation["Timezone"])).utcoffset() or timedelta(0)
        nested["UpdatedDateUTC"] = ticks(moment + here)
    shown |= {
        "HasErrors": False,
        "IsDiscounted": row["IsDiscounted"],
        "TotalDiscount": row["TotalDiscount"],
        "SentToContact": row["SentToContact"],
        "Type": "PURCHASEORDER",
        "CurrencyRate": row["CurrencyRate"],
        "CurrencyCode": row["CurrencyCode"],
        "Contact": nested,
    }
    if row.get("BrandingThemeID"):
        shown["BrandingThemeID"] = row["BrandingThemeID"]
    return shown | {
        "Status": row["Status"],
        "LineAmountTypes": row["LineAmountTypes"],
        "LineItems": [line(desk, each, 4) for each in row["LineItems"]],
        **{name: row[name] for name in ("SubTotal", "TotalTax", "Total")},
        "UpdatedDateUTC": ticks(row["UpdatedDateUTC"]),
        "HasAttachments": False,
    }


def item(desk: Desk, row: Row) -> Row:
    """An item; its time has no offset (3.6), and a side that is switched off is empty (3.14)."""
    shown: Row = {"ItemID": row["ItemID"], "Code": row["Code"]}
    shown |= {name: row[name] for name in ("Description", "PurchaseDescription") if row.get(name)}
    shown["UpdatedDateUTC"] = bare_ticks(row["UpdatedDateUTC"])
    for name in ("PurchaseDetails", "SalesDetails"):
        details = dict(row[name])
        if "UnitPrice" in details:
            details["UnitPrice"] = unit_amount(details["UnitPrice"], desk.places)
        shown[name] = details
    if row.get("Name"):
        shown["Name"] = row["Name"]
    return shown | {name: row[name] for name in ("IsTrackedAsInventory", "IsSold", "IsPurchased")}


def payment(desk: Desk, row: Row, *, written: bool = False) -> Row:
    paid = desk.ledger.invoices.rows[row["InvoiceID"]]
    account = next((a for a in desk.ledger.accounts.values() if a["AccountID"] == row["AccountID"]), None)
    shown: Row = {
        "PaymentID": row["PaymentID"],
        "Date": day_ticks(row["Date"]),
        "BankAmount": row["Amount"],
        "Amount": row["Amount"],
        "Reference": row["Reference"],
        "CurrencyRate": row["CurrencyRate"],
        "PaymentType": row["PaymentType"],
        "Status": row["Status"],
        "UpdatedDateUTC": ticks(row["UpdatedDateUTC"]),
        "UpdatedDateUTCString": moment_string(row["UpdatedDateUTC"]),
        "HasAccount": account is not None,
        "IsReconciled": row["IsReconciled"],
    }
    if account is not None:
        shown["Account"] = {"AccountID": account["AccountID"], "Code": account["Code"], "Name": account["Name"]}
    shown["Invoice"] = invoice(desk, paid, with_lines=written)
    if not written:
        shown["Invoice"]["Payments"] = []  # so the official example of a list; the one of a single payment has them
    return shown | {"HasValidationErrors": False}


def reference(row: Row) -> Row:
    """A row of the organisation's set-up: dates by their type, CreatedDateUTC without an offset."""
    return {name: _spelt(name, value) for name, value in row.items()}


def _spelt(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return bare_ticks(value) if name in BARE_TIMES else ticks(value)
    return day_ticks(value) if isinstance(value, date) else value
