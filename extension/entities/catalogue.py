"""The six pairings by name: what they are called, which feeds they look at, what must be synchronised with them.

In the order of the plan, parents first. What a purchase order of the CRM is in Xero, the connection says: a purchase
order, or a bill, which lives among the invoices.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

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
    becomes: str = ""  # the kind of its Xero record, where that is not called as the pair is

    @property
    def kind(self) -> str:
        """What its Xero record is: Xero's fields, statuses and pages are kept under this name."""
        return self.becomes or self.name

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
BILL: Final = replace(PURCHASE_ORDER, resource="Invoices", becomes="bill")
PURCHASES: Final = ("orders", "bills")
"""What purchase orders of the CRM become in Xero; the first is the default."""


def pairs_of(document: Mapping[str, Any]) -> Mapping[str, Pair]:
    """The pairings as the settings of a connection have them."""
    return {**PAIRS, BILL.name: BILL} if purchases_of(document) == "bills" else PAIRS


def purchases_of(document: Mapping[str, Any]) -> str:
    """What purchase orders become: one of PURCHASES, or what else somebody wrote there."""
    return str((document.get("policies") or {}).get("purchase_orders") or PURCHASES[0])
