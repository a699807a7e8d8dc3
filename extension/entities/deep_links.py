"""Addresses of Xero's own pages for a record (facts/xero.md 3.17).

Pure. The new pages where their address is known; orders and items by the documented way through the
organisation's login, which ends on the classic page. Without the organisation's short code there is no link.
"""

from __future__ import annotations

from typing import Final

NEW: Final = "https://go.xero.com/app/{code}/{page}/{id}"
CLASSIC: Final = "https://go.xero.com/organisationlogin/default.aspx?shortcode={code}&redirecturl=/{page}/{id}"

PAGES: Final = {
    "account": (NEW, "contacts/contact"),
    "contact": (NEW, "contacts/contact"),
    "vendor": (NEW, "contacts/contact"),
    "invoice": (NEW, "invoicing/view"),
    "purchase_order": (CLASSIC, "Accounts/Payable/PurchaseOrders/View"),
    "product": (CLASSIC, "Accounts/Inventory"),
}


class DeepLink:
    """Makes the links of one entity; cheap, since every observed row asks."""

    def __init__(self, entity: str, short_code: str | None) -> None:
        template, page = PAGES[entity]
        self._start = template.format(code=short_code, page=page, id="") if short_code else None

    def to(self, id_: str) -> str | None:
        return None if self._start is None else self._start + id_
