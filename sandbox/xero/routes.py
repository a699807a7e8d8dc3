"""Every address of the Accounting API that is modelled, with its scopes and parameters (facts/xero.md 5.1, 3.3).

A request for anything else answers as Xero would and is put on the list of what was met and is not modelled, which
a test run looks at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sandbox.xero import handlers
from sandbox.xero.handlers import Handler
from sandbox.xero.kinds import CONTACTS, INVOICES, ITEMS, PAYMENTS, PURCHASE_ORDERS, Kind
from sandbox.xero.ledger import Ledger
from sandbox.xero.tables import Row

READ = ("GET",)
ANY = "*"


@dataclass(frozen=True)
class Route:
    handler: Handler
    scopes: tuple[str, ...]
    params: frozenset[str]

    def allowed(self, method: str, granted: frozenset[str]) -> bool:
        """Reading takes the scope or its .read form, writing the scope itself; one of several is enough."""
        wanted = {f"accounting.{scope}" for scope in self.scopes}
        if method in READ:
            wanted |= {f"{scope}.read" for scope in wanted}
        return bool(wanted & granted)


Pattern = tuple[str, ...]
ROUTES: dict[tuple[str, Pattern], Route] = {}
PATTERNS: set[Pattern] = set()


def find(method: str, path: tuple[str, ...]) -> tuple[Route | None, bool]:
    """The route of an address in any case, and whether the address exists at all."""
    lower = tuple(part.lower() for part in path)
    for pattern in (lower, (*lower[:1], ANY, *lower[2:])):
        if pattern in PATTERNS:
            return ROUTES.get((method, pattern)), True
    return None, False


def _add(method: str, pattern: Pattern, handler: Handler, scopes: tuple[str, ...], params: str = "") -> None:
    ROUTES[method, pattern] = Route(handler, scopes, frozenset(params.lower().split()))
    PATTERNS.add(pattern)


def _records(kind: Kind, listed: Handler, scopes: tuple[str, ...], params: str, *, unitdp: bool = False) -> None:
    """The addresses that every kind of record has."""
    name, decimals = kind.name.lower(), " unitdp" if unitdp else ""
    batch = f"summarizeErrors{decimals}" + (" allowBackorders" if kind is INVOICES else "")
    _add("GET", (name,), listed, scopes, params + decimals)
    _add("PUT", (name,), handlers.creating(kind), scopes, batch)
    _add("POST", (name,), handlers.upserting(kind), scopes, batch)
    _add("GET", (name, ANY), handlers.reading(kind), scopes, decimals)
    _add("POST", (name, ANY), handlers.updating(kind), scopes, batch)
    _add("GET", (name, ANY, "history"), partial(handlers.read_history, kind=kind), scopes)
    _add("PUT", (name, ANY, "history"), partial(handlers.add_history, kind=kind), scopes, "summarizeErrors")


def _reference(name: str, id_field: str, rows: Callable[[Ledger], dict[str, Row]]) -> None:
    lower, settings = name.lower(), ("settings",)
    _add("GET", (lower,), handlers.reference_list(name, rows), settings, "where order includeArchived")
    _add("GET", (lower, ANY), handlers.reference_one(name, id_field, rows), settings)


_LIST = "where order page pageSize"
_records(CONTACTS, handlers.list_contacts, ("contacts",), f"{_LIST} IDs includeArchived summaryOnly searchTerm")
_records(
    INVOICES,
    handlers.list_invoices,
    ("invoices",),
    f"{_LIST} IDs InvoiceNumbers ContactIDs Statuses includeArchived createdByMyApp summaryOnly searchTerm",
    unitdp=True,
)
_records(PURCHASE_ORDERS, handlers.list_orders, ("invoices",), "Status DateFrom DateTo order page pageSize")
# Items belong to both scopes (3.3).
_records(ITEMS, handlers.list_items, ("invoices", "settings"), "where order", unitdp=True)
_records(PAYMENTS, handlers.list_payments, ("payments",), _LIST)
_add("DELETE", ("items", ANY), handlers.delete_item, ("invoices", "settings"))
_add("GET", ("invoices", ANY, "onlineinvoice"), handlers.online_invoice, ("invoices",))

# The document says Organisation; pyxero has asked for Organisations for years.
for _name in ("organisation", "organisations"):
    _add("GET", (_name,), handlers.organisation, ("settings",))
    _add("GET", (_name, "actions"), handlers.actions, ("settings",))
_reference("Accounts", "AccountID", lambda ledger: ledger.accounts)
_reference("TaxRates", "TaxType", lambda ledger: ledger.tax_rates)
_reference("BrandingThemes", "BrandingThemeID", lambda ledger: ledger.themes)
_reference("Currencies", "Code", lambda ledger: ledger.currencies)
_reference("TrackingCategories", "TrackingCategoryID", lambda ledger: ledger.tracking)
_reference("Users", "UserID", lambda ledger: ledger.users)
