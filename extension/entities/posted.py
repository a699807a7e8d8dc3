"""Documents of Xero's ledger: sales invoices and bills, which share one collection and its rules.

Pure. A row of that collection is one entity's by its type, and every write says which it is. Xero approves none of
them without a due date.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from extension.entities.deep_links import crm_page
from extension.entities.documents import Document
from extension.entities.native import Body
from extension.entities.settings import Settings
from extension.entities.statuses import UNPAID
from extension.sync.actions import Part
from extension.sync.canonical import XERO, Fields, Side
from extension.sync.errors import Cannot
from extension.sync.model import Record, Row
from extension.sync.ports import Resolver


class Posted(Document):
    """A sales invoice or a bill. `type`: as Xero calls it."""

    id_field = "InvoiceID"
    restless = UNPAID
    type: ClassVar[str]

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._page = crm_page(settings.site, self.pair.module) if settings.documents.links else None

    def views(self, side: Side, row: Row, known: Sequence[Record]) -> list[Record]:
        if side == XERO and row.body.get("Type", "ACCREC") != self.type:
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
        if side == XERO:
            body["Type"] = self.type
            if self._page is not None and part.source is not None and not current.get("Url"):
                body["Url"] = self._page + part.source.id
        return body
