"""Credit notes, overpayments and prepayments that somebody applied to a document (facts/xero.md 3.10, 3.12).

They are people's doings in Xero's own screens; here they live on the document that they settle. AmountCredited is
their sum. What a payment does to the modified time of its document is not verified, and neither is it for these.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sandbox.xero.dates import day_string, day_ticks, parse_day
from sandbox.xero.ledger import Credited, Desk
from sandbox.xero.refusals import Invalid
from sandbox.xero.settling import settled
from sandbox.xero.tables import Row
from sandbox.xero.totals import ZERO

# The envelope of each, the name of its id, and of its number where it has one.
KINDS: Mapping[str, tuple[str, str]] = {
    "CreditNotes": ("CreditNoteID", "CreditNoteNumber"),
    "Overpayments": ("OverpaymentID", ""),
    "Prepayments": ("PrepaymentID", ""),
}
NOT_APPROVED = "Credit can only be allocated to Authorised documents"
TOO_MUCH = "The allocation amount exceeds the amount outstanding on this document"


def apply(desk: Desk, invoice_id: str, kind: str, changes: Mapping[str, Any]) -> str:
    """Apply credit to a document: all that is due, unless an Amount is given. Answers with the id of the credit.

    `Total` is what the credit note, over- or prepayment comes to as a whole; the rest of it stays unapplied.
    """
    if kind not in KINDS:
        raise ValueError(f"there is no credit {kind!r}; there are {', '.join(KINDS)}")
    invoice = desk.ledger.invoices.rows[invoice_id]
    amount = invoice["AmountDue"] if changes.get("Amount") is None else Decimal(str(changes["Amount"]))
    if invoice["Status"] != "AUTHORISED":
        raise Invalid(NOT_APPROVED)
    if amount <= 0:
        raise Invalid("The allocation amount must be greater than zero")
    if amount > invoice["AmountDue"]:
        raise Invalid(TOO_MUCH)
    amount = desk.rounding.cents(amount)
    credit: Row = {
        "Kind": kind,
        "ID": desk.ids.guid(),
        "Number": str(changes.get("Number") or ""),
        "Date": parse_day(changes["Date"]) if changes.get("Date") else desk.today,
        "Amount": amount,
        "Total": max(amount, Decimal(str(changes.get("Total") or 0))),
    }
    _put(desk, invoice, [*invoice.get("Credits", ()), credit])
    status = "PAID" if credit["Total"] == amount else "AUTHORISED"
    desk.credited.append(Credited(kind, credit["ID"], invoice["Type"] == "ACCPAY", True, status))
    return str(credit["ID"])


def remove(desk: Desk, invoice_id: str, credit_id: str | None) -> None:
    """Take back one allocation of a document, or all of them."""
    invoice = desk.ledger.invoices.rows[invoice_id]
    applied: list[Row] = list(invoice.get("Credits", ()))
    gone = [credit for credit in applied if credit_id in (None, credit["ID"])]
    if not gone:
        raise KeyError(credit_id or invoice_id)
    _put(desk, invoice, [credit for credit in applied if credit not in gone])
    bill = invoice["Type"] == "ACCPAY"
    desk.credited += [Credited(credit["Kind"], credit["ID"], bill, False, "AUTHORISED") for credit in gone]


def _put(desk: Desk, invoice: Row, applied: list[Row]) -> None:
    paid = desk.ledger.payments.find("invoice", invoice["InvoiceID"])
    row = settled({**invoice, "Credits": applied, "AmountCredited": total(applied)}, paid)
    desk.put(desk.ledger.invoices, row, quietly=not desk.switches.payments_touch_documents)


def total(applied: list[Row]) -> Decimal:
    return sum((credit["Amount"] for credit in applied), ZERO)


def shown(invoice: Row) -> Row:
    """The lists of an invoice, each as Xero spells it there."""
    return {kind: [_shown(each) for each in invoice.get("Credits", ()) if each["Kind"] == kind] for kind in KINDS}


def _shown(credit: Row) -> Row:
    id_field, number_field = KINDS[credit["Kind"]]
    row: Row = {id_field: credit["ID"]}
    if number_field:
        row[number_field] = credit["Number"]
    return row | {
        "ID": credit["ID"],
        "HasErrors": False,
        "AppliedAmount": credit["Amount"],
        "DateString": day_string(credit["Date"]),
        "Date": day_ticks(credit["Date"]),
        "LineItems": [],
        "Total": credit["Total"],
    }


def listed(raw: Mapping[str, Any]) -> list[Row]:
    """What an invoice of a seed lists, taken back."""
    found: list[Row] = []
    for kind, (id_field, number_field) in KINDS.items():
        for row in raw.get(kind) or ():
            amount = Decimal(str(row["AppliedAmount"]))
            found.append(
                {
                    "Kind": kind,
                    "ID": str(row[id_field]).lower(),
                    "Number": str(row.get(number_field) or ""),
                    "Date": parse_day(row["Date"]),
                    "Amount": amount,
                    "Total": Decimal(str(row.get("Total") or amount)),
                }
            )
    return found
