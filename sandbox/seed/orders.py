"""Purchase orders of both sides.

The CRM numbers PO-3001 and up as text that a person may leave out; the bookkeeper's own orders are SO-501 and up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sandbox.seed.documents import ORDER, Document
from sandbox.seed.parties import Party
from sandbox.seed.shelf import Shelf

DRAFT: dict[str, Any] = {"zoho_status": "Created", "xero_status": "DRAFT"}
DELIVERY = timedelta(days=10)


def crm_orders(shelf: Shelf, count: int, story: list[str]) -> list[Document]:
    """Every order of the CRM, the shared ones with their Xero half, in the order of their numbers."""
    story.append("order_without_number: a purchase order of the CRM has no number")
    story.append("unticked_order: a purchase order is not ticked Add to Xero")
    vendors = [v for v in shelf.vendors if v.ticked]
    shared = [v for v in vendors if v.on_both]
    papers = [
        _order(shelf, vendors),
        replace(_order(shelf, vendors), ticked=False),
        replace(_order(shelf, shared, xero=True), **DRAFT),
    ]
    for number in range(count - len(papers)):
        papers.append(_order(shelf, shared, xero=True) if number % 10 in (0, 3, 6, 8) else _order(shelf, vendors))
    days = shelf.draw.days(len(papers))
    made = [
        _numbered(paper, f"PO-{3001 + place}", day) for place, (paper, day) in enumerate(zip(papers, days, strict=True))
    ]
    return [replace(made[0], number=""), *made[1:]]


def own_orders(shelf: Shelf, count: int, story: list[str]) -> list[Document]:
    """Orders that the bookkeeper wrote in Xero."""
    story.append("deleted_order: Xero has a deleted purchase order that the CRM never saw, and a billed one")
    statuses = ("AUTHORISED", "DELETED", "BILLED", "DRAFT", "SUBMITTED", "AUTHORISED", "AUTHORISED", "AUTHORISED")
    made = []
    for place, day in enumerate(shelf.draw.days(count)):
        paper = _order(shelf, shelf.suppliers, zoho=False, xero=True)
        made.append(_numbered(replace(paper, xero_status=statuses[place % len(statuses)]), f"SO-{501 + place}", day))
    return made


def _order(shelf: Shelf, vendors: Sequence[Party], *, zoho: bool = True, xero: bool = False) -> Document:
    return shelf.paper(ORDER, shelf.draw.one(vendors), shelf.purchase(shelf.stock), zoho=zoho, xero=xero)


def _numbered(paper: Document, number: str, day: date) -> Document:
    subject = f"Restocking, {day:%B %Y}"
    return replace(paper, number=number, xero_number=number, subject=subject, day=day, due=day + DELIVERY)
