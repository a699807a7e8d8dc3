"""A record as its page shows it: the fields of each section with their labels, the lines, the sums.

Pure. Which fields there are is the module's business; blank ones are left out, except in sections of extensions,
where a person looks for what is not filled in yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sandbox.zoho.metadata import SYSTEM
from sandbox.zoho.schema import Field, Module

TABS: Final = ("Accounts", "Contacts", "Vendors", "Products", "Invoices", "Purchase_Orders")
SUMS: Final = ("Sub_Total", "Discount", "Tax", "Adjustment", "Grand_Total")
LINE: Final = ("Product_Name", "Quantity", "List_Price", "Discount", "Tax", "Net_Total")
LISTED: Final[Mapping[str, tuple[str, ...]]] = {
    "Accounts": ("Phone", "Billing_City", "Xero_ID"),
    "Contacts": ("Email", "Account_Name", "Xero_ID"),
    "Vendors": ("Email", "Phone", "Xero_ID"),
    "Products": ("Product_Code", "Unit_Price", "Xero_ID"),
    "Invoices": ("Invoice_Number", "Account_Name", "Grand_Total", "Xero_Invoice_No"),
    "Purchase_Orders": ("PO_Number", "Vendor_Name", "Grand_Total", "Xero_Invoice_No"),
}
HIDDEN: Final = frozenset(entry.api_name for entry in SYSTEM)


@dataclass(frozen=True)
class Cell:
    """One field with its value. `link`: whether the value is an address; `to`: module and id of another record."""

    name: str
    label: str
    value: str
    link: bool = False
    to: tuple[str, str] | None = None


def sections(module: Module, row: Mapping[str, Any]) -> Iterator[tuple[str, list[Cell]]]:
    """Sections of extensions first, since they are what this page is for."""
    own = [entry for entry in module.fields if entry.section]
    for section in dict.fromkeys(entry.section for entry in own):
        yield section, [cell(entry, row) for entry in own if entry.section == section]
    rest = [entry for entry in module.fields if not entry.section and _shown(entry)]
    filled = [cell(entry, row) for entry in rest if row.get(entry.api_name) not in (None, "", False)]
    yield f"{module.singular} information", filled


def _shown(entry: Field) -> bool:
    return entry.data_type != "subform" and entry.api_name not in HIDDEN and entry.api_name not in SUMS


def cell(entry: Field, row: Mapping[str, Any]) -> Cell:
    value = row.get(entry.api_name)
    if isinstance(value, Mapping):
        to = (entry.lookup, str(value["id"])) if entry.lookup in TABS else None
        return Cell(entry.api_name, entry.title, str(value.get("name") or ""), to=to)
    return Cell(entry.api_name, entry.title, spelt(value), link=entry.data_type == "website" and bool(value))


def spelt(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return str(value.get("name") or "") if isinstance(value, Mapping) else str(value)


def lines(module: Module, row: Mapping[str, Any]) -> Sequence[Sequence[str]]:
    """Each line of a document, in the columns of LINE."""
    return [[spelt(line.get(name)) for name in LINE] for line in row.get(module.items) or ()]


def sums(module: Module, row: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    return [(name.replace("_", " "), spelt(row.get(name))) for name in SUMS] if module.items else []


def title(module: Module, row: Mapping[str, Any]) -> str:
    return spelt(row.get(module.display_field)) or str(row["id"])
