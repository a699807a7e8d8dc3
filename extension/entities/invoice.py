"""Invoices of the CRM and sales invoices of Xero.

The CRM numbers its own (the field is not writable, facts/zoho.md 3.6) and keeps Xero's number in a field of ours;
an invoice that begins in the CRM takes its number along. Bills share Xero's feed and are nobody's here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from extension.entities.catalogue import INVOICE
from extension.entities.documents import Document
from extension.entities.native import Body
from extension.entities.statuses import UNPAID
from extension.sync.actions import Part
from extension.sync.canonical import XERO, Fields, Side
from extension.sync.errors import Cannot
from extension.sync.model import Record, Row
from extension.sync.ports import Resolver


class Invoice(Document):
    pair = INVOICE
    id_field = "InvoiceID"
    party = "account"
    restless = UNPAID

    def views(self, side: Side, row: Row, known: Sequence[Record]) -> list[Record]:
        if side == XERO and row.body.get("Type", "ACCREC") != "ACCREC":
            return []
        return super().views(side, row, known)

    def complete(self, to: Side, fields: Fields, source: Record, resolver: Resolver) -> Fields:
        done = dict(super().complete(to, fields, source, resolver))
        if to == XERO and done.get("status") != "DRAFT" and not done.get("due_date"):
            if not done.get("date"):
                raise Cannot("no_due_date", f"“{source.title}” has no due date.", "Fill in the due date in the CRM.")
            done["due_date"] = done["date"]  # Xero approves nothing without one (facts/xero.md 3.9)
        return done

    def body(self, side: Side, part: Part, current: Mapping[str, Any]) -> Body:
        body = super().body(side, part, current)
        if side == XERO and part.verb == "create":
            body["Type"] = "ACCREC"
        return body
