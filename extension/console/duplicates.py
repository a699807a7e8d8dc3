"""Did a run make anything twice? Looked up in the services' own rows, not in our memory of them.

Pure. Rows are grouped by what a person would call the same thing. A group that had twins before may keep them; a group
that grew beyond one is a duplicate.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
Key = tuple[str, ...]


def _said(*values: object) -> Key:
    """The values as a key; () where one of them is blank."""
    words = [" ".join(unicodedata.normalize("NFKC", str(v or "")).casefold().split()) for v in values]
    return tuple(words) if all(words) else ()


def _id(lookup: object) -> str:
    return str(lookup.get("id") or "") if isinstance(lookup, Mapping) else ""


def _supplier(row: Mapping[str, Any]) -> list[str]:
    """A bill's number is its supplier's own; a sales invoice's is ours."""
    contact = row.get("Contact") or {}
    return [str(contact.get("ContactID") or "")] if row.get("Type") == "ACCPAY" else []


KEYS: Final[Mapping[str, Mapping[str, Callable[[Mapping[str, Any]], Key]]]] = {
    "zoho": {
        "Accounts": lambda row: _said(row.get("Account_Name")),
        "Vendors": lambda row: _said(row.get("Vendor_Name")),
        "Products": lambda row: _said(row.get("Product_Code")),
        "Contacts": lambda row: _said(_id(row.get("Account_Name")), row.get("Full_Name"), row.get("Email")),
        "Invoices": lambda row: _said(row.get("Xero_Invoice_No")),
        "Purchase_Orders": lambda row: _said(row.get("Xero_Invoice_No")),
    },
    "xero": {
        "Contacts": lambda row: _said(row.get("Name")),
        "Items": lambda row: _said(row.get("Code")),
        "Invoices": lambda row: _said(row.get("Type"), row.get("InvoiceNumber"), *_supplier(row)),
        "PurchaseOrders": lambda row: _said(row.get("PurchaseOrderNumber")),
    },
}
SAME_TWIN: Final = ("Accounts", "Vendors", "Products", "Invoices", "Purchase_Orders")  # one Xero ID, one record


def made_twice(side: str, before: Rows, after: Rows) -> list[str]:
    """What there is twice now and was not before, in words."""
    old, new = Counter(_things(side, before)), Counter(_things(side, after))
    return [f"{kind}: {' / '.join(key)}" for (kind, key), n in sorted(new.items()) if n > max(1, old[kind, key])]


def _things(side: str, rows: Rows) -> Iterator[tuple[str, Key]]:
    for kind, key_of in KEYS[side].items():
        for row in rows.get(kind, ()):
            if row.get("Status") in ("VOIDED", "DELETED") or row.get("ContactStatus") == "ARCHIVED":
                continue
            if key := key_of(row):
                yield kind, key
            if kind in SAME_TWIN and side == "zoho" and (stamp := _said(row.get("Xero_ID"))):
                yield f"{kind} by Xero ID", stamp
