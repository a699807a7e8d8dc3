"""Xero's arithmetic (facts/xero.md 3.12). Pure: decimals in, decimals out.

Every line is rounded to the cent by itself, its tax too, and the document is the sum of its lines; that is exact on
all recorded invoices. No recorded line is a tie, so the direction of a tie is a switch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

from sandbox.xero.settings import Switches

ZERO = Decimal("0.00")
CENT = Decimal("0.01")
PLACES = {2: CENT, 4: Decimal("0.0001")}
HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Rounding:
    """The rounding of one organisation's amounts."""

    tie: str = ROUND_HALF_UP
    discounted: str = ROUND_HALF_UP

    @classmethod
    def by(cls, switches: Switches) -> Rounding:
        tie = ROUND_HALF_UP if switches.tie_rounding == "half_up" else ROUND_HALF_EVEN
        return cls(tie, ROUND_DOWN if switches.discount_rounding == "down" else tie)

    def cents(self, amount: Decimal) -> Decimal:
        return amount.quantize(CENT, self.tie)


@dataclass(frozen=True)
class Totals:
    sub_total: Decimal
    total_tax: Decimal

    @property
    def total(self) -> Decimal:
        return self.sub_total + self.total_tax


def unit_amount(amount: Decimal, places: int) -> Decimal:
    """A price with two decimals, or four where the request says unitdp=4."""
    return amount.quantize(PLACES[places], ROUND_HALF_UP)


def line_amount(
    quantity: Decimal,
    unit: Decimal,
    rounding: Rounding,
    *,
    rate: Decimal | None = None,
    discount: Decimal | None = None,
) -> Decimal:
    """A line's amount after its discount, which is a percentage or an amount."""
    gross = quantity * unit
    if rate:
        return (gross * (HUNDRED - rate) / HUNDRED).quantize(CENT, rounding.discounted)
    if discount:
        return (gross - discount).quantize(CENT, rounding.discounted)
    return rounding.cents(gross)


def line_discount(quantity: Decimal, unit: Decimal, amount: Decimal, rounding: Rounding) -> Decimal:
    """What a line's discount took off, to the cent."""
    return rounding.cents(quantity * unit) - amount


def line_tax(amount: Decimal, percent: Decimal, amount_types: str, rounding: Rounding) -> Decimal:
    """The tax in (Inclusive) or on (Exclusive) a line."""
    if not percent or amount_types == "NoTax":
        return ZERO
    if amount_types == "Inclusive":
        return rounding.cents(amount * percent / (HUNDRED + percent))
    return rounding.cents(amount * percent / HUNDRED)


def line_taxes(amount: Decimal, percents: Sequence[Decimal], amount_types: str, rounding: Rounding) -> Decimal:
    """The tax of a line whose rate is rounded in these parts."""
    together = sum(percents, ZERO)
    if len(percents) < 2 or amount_types != "Inclusive":
        return sum((line_tax(amount, percent, amount_types, rounding) for percent in percents), ZERO)
    return sum((rounding.cents(amount * percent / (HUNDRED + together)) for percent in percents), ZERO)


def document_totals(lines: Iterable[tuple[Decimal, Decimal]], amount_types: str) -> Totals:
    """The sums over (line amount, line tax)."""
    sub_total, total_tax = ZERO, ZERO
    for amount, tax in lines:
        sub_total += amount - tax if amount_types == "Inclusive" else amount
        total_tax += tax
    return Totals(sub_total, total_tax)
