"""The arithmetic of both services, to the cent.

Pure. Xero rounds each line and its tax to two decimals and adds the rounded lines (facts/xero.md 3.12: exact on
all 79 recorded invoices). No recorded line is a tie, so the direction of a tie is a parameter; everybody assumes
half up. Zoho rounds quantity x price, then the tax of what the discount leaves (facts/zoho.md 3.6). Nothing in here
is believed without comparing it with the total that the service itself reports.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, ROUND_UP, Decimal
from typing import Final, Literal, TypeAlias

Amounts: TypeAlias = Literal["Exclusive", "Inclusive", "NoTax"]
EXCLUSIVE: Final = "Exclusive"
INCLUSIVE: Final = "Inclusive"
NO_TAX: Final = "NoTax"

CENT: Final = Decimal("0.01")
STEP: Final = Decimal("0.0001")  # unit prices have four decimals (unitdp=4)
HUNDRED: Final = Decimal(100)
NOTHING: Final = Decimal("0.00")
NEIGHBOURS: Final = 20  # how many steps of a price are tried before a net line counts as out of reach


@dataclass(frozen=True, slots=True)
class LineMoney:
    """What one line comes to: net of tax, and its tax."""

    net: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """What a document comes to."""

    net: Decimal
    tax: Decimal

    @property
    def total(self) -> Decimal:
        return self.net + self.tax


def cents(value: Decimal, ties: str = ROUND_HALF_UP) -> Decimal:
    return value.quantize(CENT, ties) or NOTHING


def xero_amount(
    quantity: Decimal,
    unit: Decimal,
    *,
    rate: Decimal | None = None,
    discount: Decimal | None = None,
    ties: str = ROUND_HALF_UP,
) -> Decimal:
    """Xero's LineAmount; the discount is a percentage or an amount."""
    full = quantity * unit
    if rate:
        return cents(full * (HUNDRED - rate) / HUNDRED, ties)
    return cents(full - (discount or NOTHING), ties)


def xero_line(amount: Decimal, percent: Decimal, amounts: str, ties: str = ROUND_HALF_UP) -> LineMoney:
    """What Xero makes of a LineAmount."""
    if amounts == NO_TAX or not percent:
        return LineMoney(amount, NOTHING)
    if amounts == INCLUSIVE:
        tax = cents(amount * percent / (HUNDRED + percent), ties)
        return LineMoney(amount - tax, tax)
    return LineMoney(amount, cents(amount * percent / HUNDRED, ties))


def zoho_line(
    quantity: Decimal, price: Decimal, discount: Decimal, percent: Decimal, ties: str = ROUND_HALF_UP
) -> LineMoney:
    """What the CRM makes of a line."""
    net = cents(quantity * price, ties) - discount
    return LineMoney(net, cents(net * percent / HUNDRED, ties))


def summed(lines: Iterable[LineMoney]) -> Totals:
    net = tax = NOTHING
    for line in lines:
        net += line.net
        tax += line.tax
    return Totals(net, tax)


def net_price(
    quantity: Decimal, unit: Decimal, amount: Decimal, tax: Decimal, *, percent: Decimal | None, discounted: bool
) -> tuple[Decimal, Decimal]:
    """The net unit price and net discount of a tax-inclusive Xero line.

    They reproduce `amount - tax` to the cent wherever four decimals can; who relies on it compares totals.
    """
    net = amount - tax
    if percent is None:
        percent = tax / net * HUNDRED if net else NOTHING
    exact = unit * HUNDRED / (HUNDRED + percent)
    natural = exact.quantize(STEP, ROUND_HALF_UP)
    if discounted:
        if (cents(quantity * natural) - net) * net < 0:  # a step too low: no discount makes a line larger
            natural = exact.quantize(STEP, ROUND_UP)
        return natural, cents(quantity * natural) - net
    if not quantity or cents(quantity * natural) == net:
        return natural, NOTHING
    nearest = (net / quantity).quantize(STEP, ROUND_HALF_UP)
    return next((p for p in around(nearest) if cents(quantity * p) == net), nearest), NOTHING


def gross_price(
    quantity: Decimal,
    price: Decimal,
    discount: Decimal,
    percent: Decimal,
    *,
    likely: Decimal | None = None,
    ties: str = ROUND_HALF_UP,
) -> tuple[Decimal, Decimal] | None:
    """The tax-inclusive unit price and discount that come to the given net line; None where none do.

    One that also comes to the tax on that net line is preferred: then the totals of both spellings agree. `likely`:
    the price that was there, tried first, so that it stays where only the quantity changes.
    """
    net = cents(quantity * price, ties) - discount
    wanted = LineMoney(net, cents(net * percent / HUNDRED, ties))
    gross_discount = cents(discount * (HUNDRED + percent) / HUNDRED)
    natural = (price * (HUNDRED + percent) / HUNDRED).quantize(STEP, ROUND_HALF_UP)
    if not quantity:
        return (natural, gross_discount) if not discount else None
    # A natural price may miss by a rounding; the wanted gross line, spread over the quantity, is the other guess.
    spread = ((wanted.net + wanted.tax + gross_discount) / quantity).quantize(STEP, ROUND_HALF_UP)
    second_best: Decimal | None = None
    for unit in (*([] if likely is None else [likely]), *around(natural), *around(spread)):
        line = xero_line(xero_amount(quantity, unit, discount=gross_discount, ties=ties), percent, INCLUSIVE, ties)
        if line == wanted:
            return unit, gross_discount
        if line.net == net and second_best is None:
            second_best = unit
    return None if second_best is None else (second_best, gross_discount)


def discount_rate(quantity: Decimal, unit: Decimal, discount: Decimal, ties: str = ROUND_HALF_UP) -> Decimal | None:
    """The percentage, in hundredths, that takes off exactly this amount; None where none does."""
    full = quantity * unit
    if not full:
        return None if discount else NOTHING
    rate = (discount * HUNDRED / full).quantize(CENT, ROUND_HALF_UP)
    fits = xero_amount(quantity, unit, rate=rate, ties=ties) == cents(full, ties) - discount
    return rate if fits else None


def around(price: Decimal) -> Iterator[Decimal]:
    """The price, then its neighbours of four decimals, nearest first."""
    yield price
    for step in range(1, NEIGHBOURS + 1):
        yield price + step * STEP
        yield price - step * STEP
