"""What a document comes to, spelt so that both sides can be added up side by side.

Pure. A status is told in Xero's words: the CRM's goes through the status map, and keeps its own where that has none.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from extension.entities.documents import Document
from extension.entities.registry import Registry
from extension.sync.canonical import ZOHO
from extension.sync.model import Record

Appraise = Callable[[Record], tuple[str, str, Decimal] | None]


def appraisals(registry: Registry) -> dict[str, Appraise]:
    """Entity -> currency, status and total of one of its documents."""
    return {each.name: _appraise(each) for each in registry.entities if isinstance(each, Document)}


def _appraise(entity: Document) -> Appraise:
    def worth(document: Record) -> tuple[str, str, Decimal] | None:
        fields = document.fields
        total, status = fields.get("total"), fields.get("status")
        if not isinstance(total, Decimal):
            return None
        if document.side == ZOHO:
            status = entity.statuses.to_xero.get(status, status)
        return str(fields.get("currency") or ""), str(status or ""), total

    return worth
