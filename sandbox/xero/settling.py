"""What is still due on a sales invoice or bill, and whether that makes it PAID (facts/xero.md 3.10). Pure."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.xero.tables import Row
from sandbox.xero.totals import ZERO


def settled(invoice: Row, payments: Sequence[Row]) -> Row:
    """The document with its amounts drawn from its payments, beside what was credited; PAID is what an approved one is
    when nothing is due."""
    paid = sum((payment["Amount"] for payment in payments), ZERO)
    due = invoice["Total"] - paid - invoice["AmountCredited"]
    row = {**invoice, "AmountPaid": paid, "AmountDue": due}
    row.pop("FullyPaidOnDate", None)
    if row["Status"] not in ("AUTHORISED", "PAID"):
        return row
    if due > ZERO:
        return row | {"Status": "AUTHORISED"}
    settlers = [*payments, *invoice.get("Credits", ())]
    last = max((each["Date"] for each in settlers), default=invoice["Date"])
    return row | {"Status": "PAID", "FullyPaidOnDate": last}
