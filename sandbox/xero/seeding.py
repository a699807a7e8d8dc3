"""Rows in the service's own read shape, taken as they stand and given back (`load`, `dumped`).

A seed may write dates as YYYY-MM-DD and times as ISO UTC, and leave out whatever Xero works out itself: line ids,
taxes, totals, amounts due, who is a customer. Given modified times are kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from sandbox.xero import credits, fields, render
from sandbox.xero.chart import stable_id
from sandbox.xero.dates import parse_day, parse_moment
from sandbox.xero.documents import day_rate, totalled
from sandbox.xero.kinds import KINDS
from sandbox.xero.ledger import RETIRED, Desk, folded
from sandbox.xero.people import BANK_ACCOUNT
from sandbox.xero.settling import settled
from sandbox.xero.tables import Row
from sandbox.xero.totals import ZERO

DAYS = (
    "Date",
    "DueDate",
    "DeliveryDate",
    "ExpectedArrivalDate",
    "ExpectedPaymentDate",
    "PlannedPaymentDate",
)
AMOUNTS = ("Quantity", "UnitAmount", "DiscountRate", "DiscountAmount", "TaxAmount")
CONTACT_DEFAULTS: Row = {"ContactStatus": "ACTIVE", "IsCustomer": False, "IsSupplier": False}
WORKED_OUT = fields.READ_ONLY | {"ContactGroups", "SalesTrackingCategories", "PurchasesTrackingCategories", "Balances"}
REFERENCE = {
    "Accounts": ("accounts", "Code"),
    "TaxRates": ("tax_rates", "TaxType"),
    "BrandingThemes": ("themes", "BrandingThemeID"),
    "Currencies": ("currencies", "Code"),
    "Users": ("users", "UserID"),
    "TrackingCategories": ("tracking", "TrackingCategoryID"),
}
NOT_LOADED = frozenset({"Connections"})
_AUTOMATIC = re.compile(r"(INV-|PO-)(\d+)")


def load(desk: Desk, state: Mapping[str, list[Row]]) -> None:
    """Take rows into the books; parents before children, whatever the order they are given in."""
    known = {*KINDS, *REFERENCE, *NOT_LOADED, "Organisations"}
    if unknown := sorted(set(state) - known):
        raise ValueError(f"there is no kind {unknown[0]!r}; there are {', '.join(sorted(known))}")
    for row in state.get("Organisations", ()):
        desk.ledger.organisation |= _reference(row)
    for kind, (attribute, id_field) in REFERENCE.items():
        getattr(desk.ledger, attribute).update({row[id_field]: _reference(row) for row in state.get(kind, ())})
    readers: dict[str, Callable[[Desk, Row], Row]] = {
        "Contacts": _contact,
        "Items": _item,
        "Invoices": _invoice,
        "PurchaseOrders": _order,
        "Payments": _payment,
    }
    for kind, reader in readers.items():
        rows = [reader(desk, _checked(kind, row)) for row in state.get(kind, ())]
        desk.ledger.tables[kind].fill(rows)
    if "Invoices" in state or "Payments" in state:
        _settle(desk, [*_nested_payments(desk, state.get("Invoices", ()))])
        _flag_contacts(desk)
    _continue_numbers(desk)


def dumped(desk: Desk) -> dict[str, list[Row]]:
    """Everything as GET by id spells it, unit amounts with four decimals."""
    ledger = desk.ledger
    found = {"Organisations": [render.reference(ledger.organisation)]}
    for kind, (attribute, _) in REFERENCE.items():
        found[kind] = [render.reference(row) for row in getattr(ledger, attribute).values()]
    for name, kind_ in KINDS.items():
        table = kind_.table(ledger)
        found[name] = [kind_.read(desk, table.rows[record_id]) for record_id in table.by_id]
    return found


def _checked(kind: str, row: Row) -> Row:
    if unknown := sorted(set(row) - fields.BY_KIND[kind]):
        raise ValueError(f"{kind} have no field {unknown[0]!r}")
    return row


def _reference(row: Row) -> Row:
    return {
        name: parse_moment(value)
        if name.endswith("DateUTC")
        else parse_day(value)
        if name.endswith("LockDate")
        else value
        for name, value in row.items()
    }


def _modified(desk: Desk, row: Mapping[str, Any]) -> Row:
    stamp = row.get("UpdatedDateUTC")
    return {"UpdatedDateUTC": desk.now if stamp is None else parse_moment(stamp)}


def _id(desk: Desk, value: object) -> str:
    return str(value).lower() if value else desk.ids.guid()


def _contact(desk: Desk, row: Row) -> Row:
    kept = {name: value for name, value in row.items() if name not in WORKED_OUT and value is not None}
    return {
        **CONTACT_DEFAULTS,
        "EmailAddress": "",
        "BankAccountDetails": "",
        "Addresses": [],
        "Phones": [],
        "ContactPersons": [],
        **kept,
        **{"ContactID": _id(desk, row.get("ContactID"))},
        **_modified(desk, row),
    }


def _item(desk: Desk, row: Row) -> Row:
    kept = {name: value for name, value in row.items() if name not in WORKED_OUT and value is not None}
    details = {}
    for side in ("SalesDetails", "PurchaseDetails"):
        given = dict(row.get(side) or {})
        if given.get("UnitPrice") is not None:
            given["UnitPrice"] = Decimal(str(given["UnitPrice"]))
        details[side] = given
    switches = {"IsSold": True, "IsPurchased": True, "IsTrackedAsInventory": False}
    return {**switches, **kept, **details, "ItemID": _id(desk, row.get("ItemID")), **_modified(desk, row)}


def _document(desk: Desk, row: Row, kept: frozenset[str]) -> Row:
    shown: Row = {name: row[name] for name in kept if row.get(name) is not None}
    shown |= {name: parse_day(row[name]) for name in DAYS if row.get(name)}
    shown |= _modified(desk, row)
    shown.setdefault("Date", shown["UpdatedDateUTC"].date())
    shown["ContactID"] = _contact_of(desk, row)
    shown["LineAmountTypes"] = row.get("LineAmountTypes") or "Exclusive"
    shown["SentToContact"] = bool(row.get("SentToContact"))
    shown["CurrencyCode"] = currency = row.get("CurrencyCode") or desk.base_currency
    rate = row.get("CurrencyRate")
    shown["CurrencyRate"] = day_rate(desk, currency) if rate is None else Decimal(str(rate))
    shown["LineItems"] = [_line(desk, line) for line in row.get("LineItems", ())]
    return totalled(desk, shown)


def _contact_of(desk: Desk, row: Row) -> str:
    named = row.get("Contact") or {}
    contacts = desk.ledger.contacts
    found = contacts.get(named.get("ContactID") or "")
    found = found or contacts.find_one("number", folded(named.get("ContactNumber")) or "")
    found = found or contacts.find_one("name", folded(named.get("Name")) or "")
    if found is None:
        raise ValueError(f"no contact {named!r} for {row.get('InvoiceNumber') or row.get('PurchaseOrderNumber')!r}")
    return str(found["ContactID"])


def _line(desk: Desk, raw: Row) -> Row:
    line = {name: raw[name] for name in ("Description", "AccountCode", "TaxType", "ItemCode") if raw.get(name)}
    line |= {name: Decimal(str(raw[name])) for name in AMOUNTS if raw.get(name) is not None}
    if (tax := line.pop("TaxAmount", None)) is not None:
        line["TaxGiven"] = tax
    if item := desk.ledger.items.find_one("code", folded(raw.get("ItemCode")) or ""):
        line["ItemID"] = item["ItemID"]
    if "TaxType" not in line and (account := desk.account(line.get("AccountCode"))):
        line["TaxType"] = account["TaxType"]
    return {**line, "LineItemID": _id(desk, raw.get("LineItemID")), "Tracking": raw.get("Tracking") or []}


INVOICE_KEPT = fields.names("Type InvoiceNumber Reference Status BrandingThemeID Url")
ORDER_KEPT = frozenset(fields.ORDER_LENGTHS) | {"Status", "BrandingThemeID"}


def _invoice(desk: Desk, row: Row) -> Row:
    applied = credits.listed(row)
    credited = credits.total(applied) if applied else Decimal(str(row.get("AmountCredited") or 0))
    shown = {"InvoiceNumber": "", "Reference": "", "Status": "DRAFT", **_document(desk, row, INVOICE_KEPT)}
    shown |= {"InvoiceID": _id(desk, row.get("InvoiceID")), "AmountPaid": ZERO, "AmountCredited": credited}
    if applied:
        shown["Credits"] = applied
    return shown | {"AmountDue": ZERO if shown["Status"] in RETIRED else shown["Total"] - credited}


def _order(desk: Desk, row: Row) -> Row:
    shown = {"PurchaseOrderNumber": "", "Status": "DRAFT", **_document(desk, row, ORDER_KEPT)}
    return shown | {"PurchaseOrderID": _id(desk, row.get("PurchaseOrderID"))}


def _payment(desk: Desk, row: Row) -> Row:
    invoice = desk.ledger.invoices.get(str((row.get("Invoice") or {}).get("InvoiceID")))
    if invoice is None:
        raise ValueError(f"no invoice for payment {row.get('PaymentID')!r}")
    code = (row.get("Account") or {}).get("Code") or BANK_ACCOUNT
    return _paying(desk, invoice, row, str(desk.ledger.accounts[code]["AccountID"]))


def _paying(desk: Desk, invoice: Row, row: Mapping[str, Any], account_id: str) -> Row:
    return {
        "PaymentID": _id(desk, row.get("PaymentID")),
        "InvoiceID": invoice["InvoiceID"],
        "AccountID": account_id,
        "Date": parse_day(row["Date"]) if row.get("Date") else invoice["Date"],
        "Amount": Decimal(str(row["Amount"])),
        "CurrencyRate": invoice["CurrencyRate"],
        "PaymentType": f"{invoice['Type']}PAYMENT",
        "Status": row.get("Status") or "AUTHORISED",
        "IsReconciled": bool(row.get("IsReconciled")),
        "Reference": row.get("Reference") or "",
        **_modified(desk, row if row.get("UpdatedDateUTC") else invoice),
    }


def _nested_payments(desk: Desk, rows: Any) -> list[Row]:
    """Payments that invoices of a seed list themselves; one that says PAID and lists none was paid in full."""
    ledger = desk.ledger
    account_id = str(ledger.accounts[BANK_ACCOUNT]["AccountID"])
    found = []
    for raw in rows:
        invoice = ledger.invoices.get(str(raw.get("InvoiceID")))
        if invoice is None or ledger.payments.find("invoice", invoice["InvoiceID"]):
            continue
        listed = raw.get("Payments") or []
        due = invoice["Total"] - invoice["AmountCredited"]
        if invoice["Status"] == "PAID" and not listed and due:
            paid_id = stable_id("payment of", invoice["InvoiceID"])
            listed = [{"PaymentID": paid_id, "Amount": due, "Date": invoice.get("DueDate") or invoice["Date"]}]
        found += [_paying(desk, invoice, payment, account_id) for payment in listed]
    return found


def _settle(desk: Desk, extra: list[Row]) -> None:
    ledger = desk.ledger
    ledger.payments.fill(extra)
    paid = {row["InvoiceID"] for row in ledger.payments.rows.values()}
    ledger.invoices.fill(
        [
            settled(invoice, ledger.payments.find("invoice", invoice_id))
            for invoice_id, invoice in ledger.invoices.rows.items()
            if invoice_id in paid or invoice["Status"] == "PAID"
        ]
    )


def _flag_contacts(desk: Desk) -> None:
    contacts = desk.ledger.contacts
    flags = {"ACCREC": "IsCustomer", "ACCPAY": "IsSupplier"}
    wanted = {(row["ContactID"], flags[row["Type"]]) for row in desk.ledger.invoices.rows.values()}
    for contact_id, flag in sorted(wanted):
        row = contacts.rows[contact_id]
        if not row[flag]:
            contacts.fill([row | {flag: True}])


def _continue_numbers(desk: Desk) -> None:
    """Automatic numbers go on behind the highest that was loaded."""
    ledger = desk.ledger
    tables = ((ledger.invoices, "InvoiceNumber"), (ledger.orders, "PurchaseOrderNumber"))
    for table, name in tables:
        for row in table.rows.values():
            if found := _AUTOMATIC.fullmatch(row.get(name) or ""):
                prefix, number = found[1], int(found[2])
                ledger.next_numbers[prefix] = max(ledger.next_numbers[prefix], number + 1)
