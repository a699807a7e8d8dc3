"""Addresses of the services' own pages for a record (facts/xero.md 3.17).

Pure. The new pages where their address is known; orders, bills and items by the documented way through the
organisation's login, which ends on the classic page. Without the organisation's short code there is no link.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from extension.entities.catalogue import PAIRS, Pair
from extension.sync.canonical import ZOHO, Side

NEW: Final = "https://go.xero.com/app/{code}/{page}/{id}"
CLASSIC: Final = "https://go.xero.com/organisationlogin/default.aspx?shortcode={code}&redirecturl=/{page}{id}"

PAGES: Final = {
    "account": (NEW, "contacts/contact"),
    "contact": (NEW, "contacts/contact"),
    "vendor": (NEW, "contacts/contact"),
    "invoice": (NEW, "invoicing/view"),
    "purchase_order": (CLASSIC, "Accounts/Payable/PurchaseOrders/View/"),
    "bill": (CLASSIC, "AccountsPayable/Edit.aspx?InvoiceID="),
    "product": (CLASSIC, "Accounts/Inventory/"),
}


class DeepLink:
    """Makes the links of one kind of record; cheap, since every observed row asks."""

    def __init__(self, kind: str, short_code: str | None) -> None:
        template, page = PAGES[kind]
        self._start = template.format(code=short_code, page=page, id="") if short_code else None

    def to(self, id_: str) -> str | None:
        return None if self._start is None else self._start + id_


CRM: Final = "{site}/crm/tab/{module}/{id}"
XERO_SITE: Final = "https://go.xero.com"


REFUSED: Final = "xero"


def crm_page(site: str, module: str) -> str | None:
    """What the address of each of a module's records begins with, as a Xero document carries it; None where there is
    no site, or Xero would refuse it: an address there must not contain Xero's own name (facts/xero.md 3.12)."""
    page = CRM.format(site=site.rstrip("/"), module=module, id="")
    return page if site and REFUSED not in page.casefold() else None


class RecordPages:
    """Where a person opens a record in its own service. `crm`, `xero`: the sites, "" where there is none. `pairs`: the
    pairings as the connection has them."""

    def __init__(self, crm: str, xero: str, short_code: str | None, pairs: Mapping[str, Pair] = PAIRS) -> None:
        self._pairs = pairs
        self._crm, self._xero, self._code = crm.rstrip("/"), xero.rstrip("/"), short_code

    def of(self, entity: str, side: Side, id_: str | None) -> str | None:
        if not id_ or entity not in PAIRS:
            return None
        if side == ZOHO:
            return CRM.format(site=self._crm, module=PAIRS[entity].module, id=id_) if self._crm else None
        link = DeepLink(self._pairs[entity].kind, self._code).to(
            id_.partition("/")[0]
        )  # a person is seen in their contact
        return link.replace(XERO_SITE, self._xero, 1) if link and self._xero else None
