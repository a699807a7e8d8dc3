"""Writing sales invoices and bills (facts/xero.md 3.8 to 3.10)."""

from __future__ import annotations

import re
from dataclasses import replace

from sandbox.xero import fields
from sandbox.xero.documents import Form, check_lock, filled
from sandbox.xero.ledger import RETIRED, Desk, folded
from sandbox.xero.lines import BILLS, SALES
from sandbox.xero.refusals import BadBody, Invalid, Missing, Problems
from sandbox.xero.settling import settled
from sandbox.xero.tables import Row
from sandbox.xero.totals import ZERO
from sandbox.xero.wishes import Wish

BAD_MODIFICATION = "Invoice not of valid status for modification"
BAD_CREATION = "Invoice not of valid status for creation"
NUMBER_TAKEN = "Invoice # must be unique."
HAS_PAYMENT = "This document cannot be edited as it has a payment or credit note allocated to it."
CANNOT_VOID = (
    "The status VOIDED cannot be applied to the invoice because it has payments or credit notes allocated to it."
)

OPEN = ("DRAFT", "SUBMITTED")
MOVES = {
    "DRAFT": frozenset({"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"}),
    "SUBMITTED": frozenset({"SUBMITTED", "DRAFT", "AUTHORISED", "DELETED"}),
    "AUTHORISED": frozenset({"AUTHORISED", "VOIDED"}),
    "PAID": frozenset({"PAID", "AUTHORISED", "VOIDED"}),
    "VOIDED": frozenset(),
    "DELETED": frozenset(),
}
STATUSES = (*MOVES, "")
DAYS = ("Date", "DueDate", "ExpectedPaymentDate", "PlannedPaymentDate")
FORMS = {
    "ACCREC": Form(SALES, fields.INVOICE_LENGTHS, DAYS, creates_contacts=True),
    "ACCPAY": Form(BILLS, fields.INVOICE_LENGTHS, DAYS, creates_contacts=True),
}
IDENTITY = fields.READ_ONLY | {"InvoiceID", "Type", "Status"}
# What may change beside money that was already paid: bills through the API since 19 March 2026, anything by a person.
AFTER_PAYMENT = {
    "ACCREC": frozenset({"SentToContact"}),
    "ACCPAY": fields.names(
        "SentToContact Reference DueDate InvoiceNumber BrandingThemeID Contact Url LineItems PlannedPaymentDate"
    ),
}
BY_PERSON_AFTER_PAYMENT = AFTER_PAYMENT["ACCPAY"] | {"ExpectedPaymentDate"}
UNDATED_AFTER_PAYMENT = frozenset({"DueDate", "SentToContact"})
LINE_WORDS = frozenset({"Description", "AccountCode", "Tracking"})

_URL = re.compile(r"https?://[^\s/]+\S*")


def save(desk: Desk, wish: Wish, *, create: bool, record_id: str | None = None) -> Row:
    """Create, or update what the wish matches."""
    target = _match(desk, wish, create=create, record_id=record_id)
    return _created(desk, wish) if target is None else _updated(desk, target, wish)


def _match(desk: Desk, wish: Wish, *, create: bool, record_id: str | None) -> Row | None:
    invoices = desk.ledger.invoices
    if record_id is not None:
        row = invoices.get(record_id)
        if row is None:
            raise Missing(record_id)
        return row
    if own := wish.guid("InvoiceID"):
        row = invoices.get(own)
        if row is None or create:
            # GUIDs are Xero's to give (3.8).
            raise Invalid("The invoice with the specified InvoiceID could not be found")
        return row
    number = folded(wish.text("InvoiceNumber"))
    if not number or wish.text("Type") == "ACCPAY":
        return None
    holders = invoices.find("number", number)
    live = next((row for row in holders if row["Status"] not in RETIRED), None)
    if live is None and not desk.switches.retired_number_reuse:
        live = next(iter(holders), None)
    if live is not None and create:
        raise Invalid(NUMBER_TAKEN)
    return live


def _created(desk: Desk, wish: Wish) -> Row:
    kind = wish.choice("Type", tuple(FORMS))
    if kind is None:
        raise BadBody("Type is missing")
    status = wish.choice("Status", STATUSES) or "DRAFT"
    if status not in (*OPEN, "AUTHORISED"):
        raise Invalid(BAD_CREATION)
    problems = Problems()
    blank, form = _blank(desk, kind, status), _form(desk, kind)
    row = filled(desk, blank, wish, form, complete=status != "DRAFT", problems=problems)
    _finish(desk, row, wish, problems)
    problems.check()
    if kind == "ACCREC" and not row.get("InvoiceNumber"):
        row["InvoiceNumber"] = desk.next_number("INV-", desk.ledger.invoices)
    flag_contact(desk, row)
    return desk.put(desk.ledger.invoices, settled(row, ()))


def _blank(desk: Desk, kind: str, status: str) -> Row:
    row: Row = {
        "Type": kind,
        "InvoiceID": desk.ids.guid(),
        "InvoiceNumber": "",
        "Reference": "",
        "Status": status,
        "LineAmountTypes": "Exclusive",
        "LineItems": [],
        "AmountPaid": ZERO,
        "AmountCredited": ZERO,
        "SentToContact": False,
        "ByThisApp": not desk.person,
    }
    if kind == "ACCREC" and desk.switches.default_branding_theme:
        row["BrandingThemeID"] = min(desk.ledger.themes.values(), key=lambda theme: theme["SortOrder"])[
            "BrandingThemeID"
        ]
    return row


def _form(desk: Desk, kind: str) -> Form:
    form = FORMS[kind]
    if kind == "ACCREC" or desk.switches.bill_reference_kept:
        return form
    return replace(form, lengths={name: n for name, n in form.lengths.items() if name != "Reference"})


def _updated(desk: Desk, old: Row, wish: Wish) -> Row:
    status = wish.choice("Status", STATUSES) or old["Status"]
    sent = {name for name in wish if name not in IDENTITY}
    paid = bool(old["AmountPaid"] or old["AmountCredited"])
    if status == "VOIDED" and paid:
        raise Invalid(CANNOT_VOID)
    if status not in MOVES[old["Status"]]:
        raise Invalid(BAD_MODIFICATION)
    if status in RETIRED:
        return _retired(desk, old, status)
    if paid:
        return _updated_after_payment(desk, old, wish, sent)
    if old["Status"] not in OPEN and sent - {"SentToContact"} and not (desk.switches.edit_authorised or desk.person):
        raise Invalid(BAD_MODIFICATION)
    problems = Problems()
    start, form = old | {"Status": status}, _form(desk, old["Type"])
    row = filled(desk, start, wish, form, complete=status != "DRAFT", problems=problems)
    _finish(desk, row, wish, problems)
    problems.check()
    flag_contact(desk, row)
    return desk.put(desk.ledger.invoices, settled(row, ()))


def _retired(desk: Desk, old: Row, status: str) -> Row:
    """The answer to a void still shows the amount that was due, a later read shows none (3.10)."""
    problems = Problems()
    check_lock(desk, (old["Date"],), problems)
    problems.check()
    row = desk.put(desk.ledger.invoices, old | {"Status": status, "AmountDue": ZERO})
    return row | {"AmountDue": old["AmountDue"]}


def _updated_after_payment(desk: Desk, old: Row, wish: Wish, sent: set[str]) -> Row:
    allowed = BY_PERSON_AFTER_PAYMENT if desk.person else AFTER_PAYMENT[old["Type"]]
    if not sent <= allowed:
        raise Invalid(HAS_PAYMENT)
    problems = Problems()
    row = filled(desk, old, wish, _form(desk, old["Type"]), complete=True, problems=problems)
    _finish(desk, row, wish, problems)
    if _money(row) != _money(old):
        problems.add(HAS_PAYMENT)
    problems.check()
    flag_contact(desk, row)
    return desk.put(desk.ledger.invoices, row, quietly=bool(sent) and sent <= UNDATED_AFTER_PAYMENT)


def _money(row: Row) -> list[Row]:
    return [{name: value for name, value in line.items() if name not in LINE_WORDS} for line in row["LineItems"]]


def _finish(desk: Desk, row: Row, wish: Wish, problems: Problems) -> None:
    if row["Status"] != "DRAFT" and not row.get("DueDate"):
        problems.add(desk.switches.due_date_message)
    if (sent := wish.flag("SentToContact")) is not None and row["Status"] not in OPEN:
        row["SentToContact"] = sent
    url = wish.text("Url")
    if url and (not _URL.fullmatch(url) or "xero" in url.lower()):
        problems.add("Url must be a valid absolute url")
    _check_number(desk, row, problems)


def _check_number(desk: Desk, row: Row, problems: Problems) -> None:
    number = folded(row["InvoiceNumber"])
    if row["Type"] != "ACCREC" or not number:
        return
    others = [o for o in desk.ledger.invoices.find("number", number) if o["InvoiceID"] != row["InvoiceID"]]
    if any(not desk.switches.retired_number_reuse or other["Status"] not in RETIRED for other in others):
        problems.add(NUMBER_TAKEN)


def flag_contact(desk: Desk, row: Row) -> None:
    """A contact becomes a customer or supplier by its first document; that moves no modified time (3.5, 3.13)."""
    flag = "IsCustomer" if row["Type"] == "ACCREC" else "IsSupplier"
    contact = desk.ledger.contacts.get(row["ContactID"])
    if contact is not None and not contact[flag]:
        desk.put(desk.ledger.contacts, contact | {flag: True}, quietly=True)
