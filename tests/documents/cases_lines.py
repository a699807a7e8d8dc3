"""Lines: what is sold, at what price."""

from __future__ import annotations

from extension.sync.canonical import XERO, ZOHO
from tests.documents.case import ORDER, Case, Desk
from tests.system.live_books import D
from tests.system.live_shop import LINE, TOTAL


def _comes_to(desk: Desk) -> None:
    assert desk.total(XERO) == TOTAL


CASES = [
    Case("product-line", ZOHO, lambda shop: shop.invoice(), expect=_comes_to),
    Case("product-line", XERO, lambda shop: shop.bill(), expect=_comes_to),
    Case("order-line", ZOHO, lambda shop: shop.order(), kind=ORDER, expect=_comes_to),
    Case("line-discount", ZOHO, lambda shop: shop.invoice({**LINE, "Discount": D("1.05")})),
    Case("line-discount", XERO, lambda shop: shop.bill({"DiscountRate": D("12.5")})),
]
