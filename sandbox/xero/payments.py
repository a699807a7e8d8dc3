"""Paying and unpaying (facts/xero.md 3.10): what drives PAID and AmountDue."""

from __future__ import annotations

from sandbox.xero import fields
from sandbox.xero.ledger import Desk, folded
from sandbox.xero.refusals import Invalid, Missing, Problems
from sandbox.xero.settling import settled
from sandbox.xero.tables import Row
from sandbox.xero.wishes import Wish

TOO_MUCH = "Payment amount exceeds the amount outstanding on this document"
NOT_APPROVED = "Payments can only be made against Authorised documents"
ACCOUNT_FIELDS = frozenset({"AccountID", "Code", "Name"})
LENGTHS = {"Reference": 255, "Details": 255, "Particulars": 255, "BankAccountNumber": 50}


def save(desk: Desk, wish: Wish, *, create: bool, record_id: str | None = None) -> Row:
    """Create a payment; with an id the only thing that can be done is to delete it."""
    record_id = record_id or wish.guid("PaymentID")
    return _created(desk, wish) if record_id is None else _deleted(desk, wish, record_id)


def _created(desk: Desk, wish: Wish) -> Row:
    problems = Problems()
    invoice = _invoice(desk, wish)
    amount = wish.number("Amount")
    if invoice["Status"] != "AUTHORISED":
        problems.add(NOT_APPROVED)
    if amount is None or amount <= 0:
        problems.add("The payment amount must be greater than zero")
    elif amount > invoice["AmountDue"]:
        problems.add(TOO_MUCH)
    account = _account(desk, wish)
    if account is None:
        problems.add("The account code must be specified and be a bank account or enabled for payments")
    texts = wish.texts(LENGTHS, problems)
    problems.check()
    assert amount is not None
    row: Row = {
        "PaymentID": desk.ids.guid(),
        "InvoiceID": invoice["InvoiceID"],
        "AccountID": account["AccountID"] if account else "",
        "Date": wish.day("Date") or desk.today,
        "Amount": desk.rounding.cents(amount),
        "CurrencyRate": wish.number("CurrencyRate") or invoice["CurrencyRate"],
        "PaymentType": f"{invoice['Type']}PAYMENT",
        "Status": "AUTHORISED",
        "IsReconciled": wish.flag("IsReconciled") or False,
        "Reference": "",
        **texts,
    }
    desk.put(desk.ledger.payments, row)
    settle(desk, invoice)
    return desk.ledger.payments.rows[row["PaymentID"]]


def _deleted(desk: Desk, wish: Wish, record_id: str) -> Row:
    row = desk.ledger.payments.get(record_id)
    if row is None:
        raise Missing(record_id)
    if wish.choice("Status", ("AUTHORISED", "DELETED", "")) != "DELETED":
        raise Invalid("Payments can only be deleted")
    if row["Status"] == "DELETED":
        raise Invalid("This payment cannot be edited as it has been deleted")
    gone = desk.put(desk.ledger.payments, row | {"Status": "DELETED"})
    settle(desk, desk.ledger.invoices.rows[row["InvoiceID"]])
    return gone


def settle(desk: Desk, invoice: Row) -> Row:
    """Draw the document's amounts anew from its payments."""
    paid = desk.ledger.payments.find("invoice", invoice["InvoiceID"])
    return desk.put(desk.ledger.invoices, settled(invoice, paid), quietly=not desk.switches.payments_touch_documents)


def _invoice(desk: Desk, wish: Wish) -> Row:
    named = wish.child("Invoice", fields.INVOICE)
    invoices = desk.ledger.invoices
    found = None
    if named is not None and (record_id := named.guid("InvoiceID")):
        found = invoices.get(record_id)
    elif number := folded(wish.text("InvoiceNumber") or (named.text("InvoiceNumber") if named else None)):
        found = next((r for r in invoices.find("any_number", number) if r["Status"] == "AUTHORISED"), None)
        found = found or invoices.find_one("any_number", number)
    if found is None:
        raise Invalid("The invoice to be paid could not be found")
    return found


def _account(desk: Desk, wish: Wish) -> Row | None:
    named = wish.child("Account", ACCOUNT_FIELDS)
    code = wish.text("Code") or (named.text("Code") if named else None)
    row = desk.account(code)
    if row is None and named is not None and (account_id := named.guid("AccountID")):
        row = next((r for r in desk.ledger.accounts.values() if r["AccountID"] == account_id), None)
    if row is None or row["Status"] != "ACTIVE":
        return None
    return row if row["Type"] == "BANK" or row["EnablePaymentsToAccount"] else None
