"""The six pairings by name: what they are called, which feeds they look at, what must be synchronised with them.

In the order of the plan, parents first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from extension.sync.canonical import XERO, ZOHO, Side


@dataclass(frozen=True, slots=True)
class Pair:
    """One pairing of record kinds. `fields`: canonical fields without which it cannot work."""

    name: str
    label: str
    module: str  # in the CRM
    resource: str  # in Xero
    needs: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    document: bool = False

    @property
    def feeds(self) -> Mapping[Side, str]:
        return {ZOHO: self.module, XERO: self.resource}


ACCOUNT: Final = Pair("account", "account", "Accounts", "Contacts", fields=("name",))
VENDOR: Final = Pair("vendor", "vendor", "Vendors", "Contacts", fields=("name",))
PRODUCT: Final = Pair("product", "product", "Products", "Items", fields=("name", "code"))
CONTACT: Final = Pair("contact", "contact", "Contacts", "Contacts", ("account",), ("first_name", "last_name", "email"))
INVOICE: Final = Pair(
    "invoice", "invoice", "Invoices", "Invoices", ("account", "product"), ("account", "date", "number", "status"), True
)
PURCHASE_ORDER: Final = Pair(
    "purchase_order",
    "purchase order",
    "Purchase_Orders",
    "PurchaseOrders",
    ("vendor", "product"),
    ("vendor", "date", "number", "status"),
    True,
)
PAIRS: Final[Mapping[str, Pair]] = {
    pair.name: pair for pair in (ACCOUNT, VENDOR, PRODUCT, CONTACT, INVOICE, PURCHASE_ORDER)
}
