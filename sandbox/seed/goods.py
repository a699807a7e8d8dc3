"""What the dealer sells: products of the CRM and items of Xero, most of them on both sides.

The key is the code. Some products have none, one is too long for Xero, one is written in another case there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sandbox.seed import words
from sandbox.seed.draw import Draw

CENT = Decimal("0.01")
LONG_CODE = "CHAIR-EXEC-LEATHER-HIGHBACK-BLACK-2026"
OTHER_CASE = "PAP-A4-80"
WITHOUT_CODE = ("Gift wrapping", "Custom rubber stamp")


@dataclass(frozen=True)
class Product:
    """One thing for sale; prices are net. An id of None means that this side does not know it."""

    name: str
    code: str | None
    price: Decimal
    cost: Decimal | None
    zoho_id: str | None
    xero_id: str | None
    created: datetime
    changed: datetime
    xero_changed: datetime
    xero_code: str = ""
    xero_price: Decimal | None = None
    untouched: bool = False
    ticked: bool = True
    stamp: str | None = None

    @property
    def orderable(self) -> bool:
        """The dealer buys it in, so that it can stand on a purchase order."""
        return self.cost is not None


def product(
    draw: Draw, name: str, code: str | None, price: str, cost: str | None, *, zoho: bool = True, xero: bool = False
) -> Product:
    created = draw.beginning()
    return Product(
        name=name,
        code=code,
        price=Decimal(price),
        cost=None if cost is None else Decimal(cost),
        zoho_id=draw.zoho_id() if zoho else None,
        xero_id=draw.guid() if xero else None,
        created=created,
        changed=draw.moment(),
        xero_changed=draw.moment(),
    )


def special_products(draw: Draw, story: list[str]) -> list[Product]:
    story.append(f"no_code: {' and '.join(WITHOUT_CODE)} have no product code, and every Xero item needs one")
    story.append(f"long_code: {LONG_CODE} has more than the 30 characters that Xero takes")
    made = [product(draw, name, None, "7.00", None) for name in WITHOUT_CODE]
    made.append(product(draw, "Executive leather chair, high back", LONG_CODE, "640.00", "410.00"))
    return made


def ordinary_products(draw: Draw, count: int, story: list[str]) -> list[Product]:
    """Of ten goods seven are on both sides, one of those linked by an earlier product; some prices differ."""
    story.append(f"other_case: {OTHER_CASE} is written in lower case in Xero")
    story.append("other_price: some products on both sides have another sales price in Xero")
    made = []
    for number in range(count):
        code, name, price, cost = _ware(number)
        on_both = number % 10 not in (4, 6, 8)
        ware = product(draw, name, code, price, cost, xero=on_both)
        if code == OTHER_CASE:
            ware = replace(ware, xero_code=code.lower())
        elif on_both and number % 10 == 3:
            ware = replace(ware, stamp=ware.xero_id)
        elif on_both and number % 10 == 5:
            ware = replace(ware, xero_price=(ware.price * Decimal("1.05")).quantize(CENT))
        made.append(replace(ware, ticked=number % 20 != 6))
    return made


def _ware(number: int) -> tuple[str, str, str, str]:
    """The catalogue first; past its end, things in colours with running codes."""
    if number < len(words.GOODS):
        return words.GOODS[number]
    beyond = number - len(words.GOODS)
    thing = words.THINGS[beyond % len(words.THINGS)]
    colour = words.COLOURS[beyond // len(words.THINGS) % len(words.COLOURS)]
    price = Decimal(200 + beyond * 37 % 9700) / 100
    cost = (price * Decimal("0.6")).quantize(CENT)
    return f"GEN-{beyond:06d}", f"{colour} {thing}, no. {beyond:06d}", f"{price:.2f}", f"{cost:.2f}"


def services(draw: Draw, story: list[str]) -> list[Product]:
    """Items that only Xero has: nothing to buy in, so they are sold only."""
    story.append("untouched_item: a Xero item that nobody ever touched is dated 1970, before any watermark")
    made = [product(draw, name, code, price, None, zoho=False, xero=True) for code, name, price in words.SERVICES]
    return [replace(made[0], untouched=True), *made[1:]]
