"""Which records and fields the sandbox's own screens show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal


@dataclass(frozen=True)
class Cell:
    """One field of a form. A dot in the name leads into the object of that name, which is written as a whole."""

    name: str
    label: str
    kind: Literal["text", "email", "number", "date", "tick"] = "text"
    empty: str | None = None

    def read(self, row: Mapping[str, Any]) -> Any:
        outer, _, inner = self.name.partition(".")
        if inner:
            return (row.get(outer) or {}).get(inner)
        return row.get(outer, self.empty) if self.kind != "tick" else bool(row.get(outer))

    def write(self, changes: dict[str, Any], row: Mapping[str, Any], value: Any) -> None:
        outer, _, inner = self.name.partition(".")
        changes[outer] = {**(row.get(outer) or {}), inner: value} if inner else value


@dataclass(frozen=True)
class Tab:
    """One kind of records. `deeds`: what a person can do besides saving, with the button's words."""

    kind: str
    label: str
    id_field: str
    titles: tuple[str, ...]
    cells: tuple[Cell, ...]
    deeds: Mapping[str, str] = field(default_factory=dict)
    can_create: bool = False

    def title(self, row: Mapping[str, Any]) -> str:
        return " ".join(str(row[name]) for name in self.titles if row.get(name)) or str(row[self.id_field])


DELETE: Final = {"delete": "Delete"}
ARCHIVE: Final = {"archive": "Archive"}
VOID: Final = {"void": "Void"}
TICKED: Final = Cell("Add_to_Xero", "Add to Xero", "tick")

ZOHO_TABS: Final = (
    Tab(
        "Accounts",
        "Accounts",
        "id",
        ("Account_Name",),
        (
            Cell("Account_Name", "Account name"),
            Cell("Phone", "Phone"),
            Cell("Tax_Number", "Tax number"),
            Cell("Billing_Street", "Street"),
            Cell("Billing_City", "City"),
            TICKED,
        ),
        DELETE,
        can_create=True,
    ),
    Tab(
        "Contacts",
        "Contacts",
        "id",
        ("First_Name", "Last_Name"),
        (
            Cell("First_Name", "First name"),
            Cell("Last_Name", "Last name"),
            Cell("Email", "E-mail", "email"),
            Cell("Mobile", "Mobile"),
            TICKED,
        ),
        DELETE,
        can_create=True,
    ),
    Tab(
        "Vendors",
        "Vendors",
        "id",
        ("Vendor_Name",),
        (Cell("Vendor_Name", "Vendor name"), Cell("Phone", "Phone"), Cell("Email", "E-mail", "email"), TICKED),
        DELETE,
        can_create=True,
    ),
    Tab(
        "Products",
        "Products",
        "id",
        ("Product_Name",),
        (
            Cell("Product_Name", "Product name"),
            Cell("Product_Code", "Product code"),
            Cell("Unit_Price", "Unit price", "number"),
            TICKED,
        ),
        DELETE,
        can_create=True,
    ),
    Tab(
        "Invoices",
        "Invoices",
        "id",
        ("Invoice_Number", "Subject"),
        (Cell("Subject", "Subject"), Cell("Due_Date", "Due date", "date"), TICKED),
        DELETE,
    ),
    Tab(
        "Purchase_Orders",
        "Purchase orders",
        "id",
        ("PO_Number", "Subject"),
        (Cell("Subject", "Subject"), Cell("Due_Date", "Due date", "date"), TICKED),
        DELETE,
    ),
)

XERO_TABS: Final = (
    Tab(
        "Contacts",
        "Contacts",
        "ContactID",
        ("Name",),
        (
            Cell("Name", "Name"),
            Cell("EmailAddress", "E-mail", "email", ""),
            Cell("FirstName", "First name", empty=""),
            Cell("LastName", "Last name", empty=""),
            Cell("TaxNumber", "Tax number", empty=""),
        ),
        ARCHIVE,
        can_create=True,
    ),
    Tab(
        "Items",
        "Items",
        "ItemID",
        ("Code", "Name"),
        (
            Cell("Code", "Code"),
            Cell("Name", "Name", empty=""),
            Cell("SalesDetails.UnitPrice", "Sales price", "number"),
        ),
        DELETE,
        can_create=True,
    ),
    Tab("Invoices", "Invoices", "InvoiceID", ("InvoiceNumber",), (Cell("Reference", "Reference", empty=""),), VOID),
    Tab(
        "PurchaseOrders",
        "Purchase orders",
        "PurchaseOrderID",
        ("PurchaseOrderNumber",),
        (Cell("Reference", "Reference", empty=""),),
        DELETE,
    ),
)
