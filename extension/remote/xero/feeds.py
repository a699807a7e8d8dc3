"""The collections of Xero that we walk, as data: operations, orders, ids and what tells elements apart.

All four are walked by id where the endpoint has pages, which no edit can change. Items have no pages: the whole list
comes in one answer. Invoices and bills share an endpoint, so its feed asks for the types that somebody looks at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal

from extension.remote.xero.dates import EPOCH, updated
from extension.sync.model import Row

ZERO: Final = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Feed:
    """One collection. Operations are methods of xero-python's AccountingApi."""

    name: str
    id: str
    listed: str
    one: str
    create: str
    update: str
    asked: Mapping[str, Any] = field(default_factory=dict)  # parameters of every list
    written: Mapping[str, Any] = field(default_factory=dict)  # parameters of every write, and of reading one
    single: Mapping[str, Any] = field(default_factory=dict)
    types: tuple[str, ...] = ()  # which rows of a collection of several types
    paged: bool = True
    by_ids: int = 0  # ids per call that a list can be asked for; 0: one GET each
    arrays: bool = False
    signature: tuple[str, ...] = ()  # what tells the elements of one request apart
    restless: Mapping[str, Any] = field(default_factory=dict)  # lists what may change without its time moving


# Without unitdp=4, on reads as on writes, prices are cut to two decimals, and a read-modify-write loses the rest.
EXACT: Final[Mapping[str, Any]] = {"unitdp": 4}

# Nobody says that a payment, a credit or its removal moves the modified time of its document, and of one that is paid
# in part some edits do not (facts/xero.md 3.5). A document that is PAID comes back to this list when a payment goes.
UNPAID: Final[Mapping[str, Any]] = {"statuses": ["AUTHORISED"]}

FEEDS: Final[Mapping[str, Feed]] = {
    feed.name: feed
    for feed in (
        Feed(
            "Contacts",
            "ContactID",
            listed="get_contacts",
            one="get_contact",
            create="create_contacts",
            update="update_or_create_contacts",
            asked={"include_archived": "true", "order": "ContactID ASC"},
            by_ids=50,  # about 52 ids fit into an address
            arrays=True,
            signature=("ContactNumber", "Name"),
        ),
        Feed(
            "Items",
            "ItemID",
            listed="get_items",
            one="get_item",
            create="create_items",
            update="update_or_create_items",
            asked=EXACT,
            written=EXACT,
            single=EXACT,
            paged=False,
            signature=("Code",),
        ),
        Feed(
            "Invoices",
            "InvoiceID",
            listed="get_invoices",
            one="get_invoice",
            create="create_invoices",
            update="update_or_create_invoices",
            asked={"order": "InvoiceID ASC", "include_archived": "true", **EXACT},
            written=EXACT,
            single=EXACT,
            by_ids=40,
            arrays=True,
            signature=("Type", "InvoiceNumber", "Reference", "Contact"),
            restless=UNPAID,
        ),
        Feed(
            "PurchaseOrders",
            "PurchaseOrderID",
            listed="get_purchase_orders",
            one="get_purchase_order",
            create="create_purchase_orders",
            update="update_or_create_purchase_orders",
            asked={"order": "PurchaseOrderID ASC"},  # has neither where nor IDs nor unitdp
            arrays=True,
            signature=("PurchaseOrderNumber", "Reference", "Contact"),
        ),
    )
}


def of_types(feed: Feed, types: Sequence[str]) -> Feed:
    """The feed of these types of rows alone; no types: of all."""
    where = " OR ".join(f'Type=="{each}"' for each in types)
    asked = {**feed.asked, "where": f"({where})" if len(types) > 1 else where} if types else feed.asked
    return replace(feed, types=tuple(types), asked=asked)


def row(feed: Feed, body: dict[str, Any], at: datetime) -> Row:
    """One record as it was read. Untouched items of a demo company carry 1970, or nothing at all."""
    return Row(feed.name, str(body[feed.id]), updated(body) or EPOCH, body, state(body), False, at)


def state(body: Mapping[str, Any]) -> Literal["live", "archived", "gone"]:
    """VOIDED stays live: an entity decides what it means. GDPRREQUEST must not travel, like an archived contact."""
    if body.get("ContactStatus") in ("ARCHIVED", "GDPRREQUEST"):
        return "archived"
    return "gone" if body.get("Status") == "DELETED" else "live"


def ours(feed: Feed, bodies: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Only what the feed is about: a list by ids may bring rows of another type, too."""
    return [body for body in bodies if not feed.types or body.get("Type") in feed.types]
