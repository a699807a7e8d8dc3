"""The arithmetic of quotes, orders and invoices (facts/zoho.md 3.6). Pure.

line: total = quantity x list price; net = total - discount + tax, each rounded half up to cents.
document: Grand_Total = sum of nets - Discount + Tax + Adjustment, where Discount and Tax of the header come on top of
those of the lines. Tax is an amount, or that of the taxes which the header names. No recording says whether the taxes
of the lines are rounded one by one: it is a switch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.zoho.values import Number, decimal_of, plain, rounded

HEADER_PERCENT = "$discount_percent"
"""Where a header discount given as "5%" is remembered, among the stored values; never shown."""
HEADER_TAXES = "$header_taxes"
"""Where the taxes of the whole are remembered, as (tax, percentage); shown as $line_tax."""


@dataclass(frozen=True, slots=True)
class LineTax:
    """One tax on one line."""

    tax: int
    percentage: Decimal
    value: Decimal


@dataclass(frozen=True, slots=True)
class Discount:
    """An amount, or a percentage of what it is taken from."""

    amount: Decimal = Decimal(0)
    percent: Decimal | None = None

    def of(self, total: Decimal) -> Decimal:
        return self.amount if self.percent is None else rounded(total * self.percent / 100)


@dataclass(frozen=True, slots=True)
class Line:
    """One line item with its computed amounts."""

    id: int
    product: int
    quantity: Number
    list_price: Decimal
    discount: Discount
    description: str | None
    total: Decimal
    discounted: Decimal
    taxes: tuple[LineTax, ...]
    tax: Decimal
    net: Decimal


def computed_line(
    line_id: int,
    product: int,
    quantity: Number,
    list_price: Number,
    discount: Discount,
    description: str | None,
    rates: Sequence[tuple[int, Decimal]],
) -> Line:
    """A line from what was entered; `rates` are (tax, percentage)."""
    price = rounded(list_price, 4)
    total = rounded(Decimal(quantity) * price)
    discounted = total - discount.of(total)
    taxes = tuple(LineTax(tax, rate, rounded(discounted * rate / 100)) for tax, rate in rates)
    tax = sum((entry.value for entry in taxes), Decimal(0))
    return Line(
        line_id,
        product,
        quantity,
        price,
        discount,
        description,
        total,
        discounted,
        taxes,
        tax,
        discounted + tax,
    )


def with_totals(
    values: Mapping[str, Any], lines: Sequence[Line], *, at_once: bool = False, follows: bool = True
) -> dict[str, Any]:
    """The header with Sub_Total, Discount and Grand_Total as the service computes them. `at_once`: the taxes of all
    lines are rounded as one sum. `follows`: named taxes of the whole are computed anew; else their amount stays once
    there is one."""
    sub_total = sum((line.net for line in lines), Decimal(0))
    if at_once:
        taxes = sum((line.discounted * entry.percentage / 100 for line in lines for entry in line.taxes), Decimal(0))
        sub_total = sum((line.discounted for line in lines), rounded(taxes))
    percent = values.get(HEADER_PERCENT)
    discount = Discount(Decimal(values.get("Discount") or 0), percent).of(sub_total)
    tax, adjustment = (Decimal(values.get(name) or 0) for name in ("Tax", "Adjustment"))
    if values.get(HEADER_TAXES) and (follows or values.get("Tax") is None):
        tax = sum((value for _, _, value in header_taxes(values, sub_total - discount)), Decimal(0))
    totals = {
        "Sub_Total": plain(sub_total),
        "Discount": plain(discount),
        "Tax": plain(tax),
        "Adjustment": plain(adjustment),
        "Grand_Total": plain(sub_total - discount + tax + adjustment),
    }
    return {**values, **totals}


def header_taxes(values: Mapping[str, Any], base: Decimal) -> list[tuple[int, Decimal, Decimal]]:
    """(tax, percentage, value) of the taxes of the whole."""
    return [(tax, rate, rounded(base * rate / 100)) for tax, rate in values.get(HEADER_TAXES) or ()]


def read_discount(value: object) -> Discount | None:
    """A discount out of JSON: a number, "5.90" or "5%"; none if it is none of these."""
    if value is None:
        return Discount()
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return Discount(rounded(value))
    if not isinstance(value, str):
        return None
    percent = value.strip().endswith("%")
    number = decimal_of(value.strip().removesuffix("%"))
    if number is None:
        return None
    return Discount(percent=number) if percent else Discount(rounded(number))


def tax_summary(
    lines: Sequence[Line], header: Sequence[tuple[int, Decimal, Decimal]] = ()
) -> list[tuple[int, Decimal, Decimal]]:
    """(tax, percentage, value) over all lines and the header, for $line_tax."""
    sums: dict[tuple[int, Decimal], Decimal] = {}
    entries = [(entry.tax, entry.percentage, entry.value) for line in lines for entry in line.taxes]
    for tax, rate, value in (*entries, *header):
        sums[tax, rate] = sums.get((tax, rate), Decimal(0)) + value
    return [(tax, rate, value) for (tax, rate), value in sums.items()]


def stock_moves(old: Sequence[Line], new: Sequence[Line]) -> dict[int, Number]:
    """Product -> how much more of it the document holds than before; untouched ones with 0."""
    moves: dict[int, Number] = {}
    for lines, sign in ((old, -1), (new, 1)):
        for line in lines:
            moves[line.product] = moves.get(line.product, 0) + sign * line.quantity
    return moves
