"""A customer that supplies and one product, in step on both sides, and the documents that people make of them."""

from __future__ import annotations

from typing import Any

from extension.sync.canonical import XERO
from tests.system.live_books import Books, D

DAYS = {"Invoice_Date": "2026-09-01", "Due_Date": "2026-09-20"}
GST, BOUGHT = ({"name": name, "percentage": 15} for name in ("GST 15", "GST 15 Purchases"))
LINE = {"Quantity": 2, "List_Price": D("10.5")}
TOTAL = D("24.15")


class Shop(Books):
    """Acme and a pen, in step on both sides, and what they have to do with each other."""

    def __init__(self, books: Books) -> None:
        super().__init__(books.services, books.house)
        ((self.acme, self.contact),) = self.linked("account")
        ((self.vendor, _),) = self.linked("vendor")
        ((self.pen, _),) = self.linked("product")

    @staticmethod
    def opened(books: Books) -> None:
        """Acme and the pen come into being."""
        books.crm("Accounts", Account_Name="Acme Parts")
        books.crm("Vendors", Vendor_Name="Acme Parts")
        books.crm("Products", Product_Name="Pen", Product_Code="PEN", Unit_Price=D("10.5"))
        books.sync()

    def invoice(self, *lines: dict[str, Any], status: str = "Approved", **more: Any) -> str:
        rows = [{"Product_Name": {"id": self.pen}, "Line_Tax": [GST], **line} for line in lines or (LINE,)]
        lookup = {"Account_Name": {"id": self.acme}}
        return self.crm(
            "Invoices", **{"Subject": "Pens", **DAYS, **lookup, "Status": status, **more}, Invoiced_Items=rows
        )

    def order(self, *lines: dict[str, Any], status: str = "Approved", **more: Any) -> str:
        rows = [{"Product_Name": {"id": self.pen}, "Line_Tax": [BOUGHT], **line} for line in lines or (LINE,)]
        fields = {"Subject": "Pens", "PO_Number": "PO-77", "PO_Date": "2026-09-01", "Status": status, **more}
        return self.crm("Purchase_Orders", Vendor_Name={"id": self.vendor}, Purchase_Items=rows, **fields)

    def bill(self, *lines: dict[str, Any], **more: Any) -> str:
        """A sales invoice that somebody enters in Xero."""
        line = {"ItemCode": "PEN", "Description": "Pen", "Quantity": 2, "UnitAmount": D("10.5"), "AccountCode": "200"}
        rows = [{**line, "TaxType": "OUTPUT2", **each} for each in lines or ({},)]
        header = {"Type": "ACCREC", "Contact": {"ContactID": self.contact}, "Date": "2026-09-01"}
        fields = {**header, "DueDate": "2026-09-20", "Status": "AUTHORISED", **more}
        return self.books("Invoices", LineItems=rows, **fields)

    def sales(self) -> dict[str, Any]:
        """The only invoice of Xero."""
        return self.one(XERO, "Invoices", Type="ACCREC")

    def line(self, row: dict[str, Any]) -> dict[str, Any]:
        """The only line of a document, on either side."""
        (found,) = row.get("Invoiced_Items") or row.get("Purchase_Items") or row["LineItems"]
        assert isinstance(found, dict)
        return found
