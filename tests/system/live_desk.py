"""A supplier and one product, in step on both sides, where purchase orders become bills in Xero."""

from __future__ import annotations

import copy
from typing import Any

from extension.entities.becoming import collections_left, turned
from extension.sync.actions import Report
from extension.sync.canonical import XERO, ZOHO
from extension.sync.model import Scope
from tests.system.live_books import Books, D
from tests.system.live_shop import Shop


class Desk(Shop):
    """Acme supplies; what is ordered from it is a bill in Xero."""

    @staticmethod
    def opened(books: Books) -> None:
        bills(books)
        Shop.opened(books)

    def payable(self, *lines: dict[str, Any], **more: Any) -> str:
        return payable(self, *lines, **more)

    def run(self, after: int = 60) -> Report:
        """A run, so many seconds later, that need not come to its end."""
        self.clock.advance(after)
        return self.house.engine(self.house.connection(None)).run(Scope(approve=True))

    @property
    def bills(self) -> list[dict[str, Any]]:
        return [row for row in self.in_xero("Invoices") if row["Type"] == "ACCPAY"]

    def kept(self, row: dict[str, Any]) -> dict[str, Any]:
        """The only line of a Xero document, ready to be sent again."""
        names = ("LineItemID", "ItemCode", "Description", "Quantity", "UnitAmount", "AccountCode", "TaxType")
        return {name: self.line(row)[name] for name in names}

    def owed(self) -> dict[str, Any]:
        """The only bill of Xero."""
        return self.one(XERO, "Invoices", Type="ACCPAY")

    def ordered(self) -> dict[str, Any]:
        """The only purchase order of the CRM."""
        return self.one(ZOHO, "Purchase_Orders")


def bills(books: Books) -> None:
    connection = books.house.connection(None)
    document = turned(copy.deepcopy(dict(connection.settings)), "bills", connection.fetched)
    document["mapping_version"] += 1
    left = collections_left(connection.settings, document)
    books.house.connections.update_settings(connection.id, document, "a test", books.clock.now(), left=left)


def payable(shop: Shop, *lines: dict[str, Any], **more: Any) -> str:
    """A bill that somebody enters in Xero."""
    supplier = next(xero for zoho, xero in shop.linked("vendor") if zoho == shop.vendor)
    line = {"ItemCode": "PEN", "Description": "Pen", "Quantity": 2, "UnitAmount": D("10.5"), "AccountCode": "300"}
    rows = [{**line, "TaxType": "INPUT2", **each} for each in lines or ({},)]
    header = {"Type": "ACCPAY", "Contact": {"ContactID": supplier}, "Date": "2026-09-01"}
    fields = {**header, "DueDate": "2026-09-20", "InvoiceNumber": "B-1", "Status": "AUTHORISED", **more}
    return shop.books("Invoices", LineItems=rows, **fields)
