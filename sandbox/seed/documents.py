"""What is on paper: a document is one paper in the world, with the sides that hold it.

Prices of a line are net, as the CRM keeps them; Xero's spelling of the same line (gross prices, a percentage instead of
an amount) is derived where it is written down. The arithmetic is Xero's rule (facts/xero.md 3.12): each line is rounded
to the cent, the total adds the rounded lines.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from sandbox.seed.goods import Product
from sandbox.seed.parties import Contact, Party

CENT = Decimal("0.01")
NOTHING = Decimal(0)
INVOICE, BILL, ORDER = "invoice", "bill", "order"
EXCLUSIVE, INCLUSIVE, NO_TAX = "Exclusive", "Inclusive", "NoTax"


@dataclass(frozen=True)
class Tax:
    """One rate with its name in the CRM (none: no tax on the line) and its type in Xero."""

    zoho: str | None
    percent: Decimal
    xero: str


SALES = Tax("GST 15", Decimal(15), "OUTPUT2")
ZERO = Tax("Zero", Decimal(0), "ZERORATED")
HALF = Tax("GST Half", Decimal("7.5"), "TAX001")
PURCHASES = Tax("GST 15 Purchases", Decimal(15), "INPUT2")
UNTAXED = Tax(None, Decimal(0), "NONE")


@dataclass(frozen=True)
class Line:
    """`rate` is a discount in percent, `cut` one in money, never where prices include tax; `gross` overrides the
    inclusive price that Xero shows.
    """

    zoho_id: str
    xero_id: str
    product: Product | None
    text: str
    quantity: Decimal
    price: Decimal
    tax: Tax
    rate: Decimal = NOTHING
    cut: Decimal = NOTHING
    gross: Decimal | None = None

    @property
    def reduction(self) -> Decimal:
        """The discount in money, which is all the CRM knows: what the percentage leaves decides, to the cent."""
        full = self.quantity * self.price
        return self.cut + cents(full) - cents(full * (100 - self.rate) / 100)

    def unit_amount(self, amounts: str) -> Decimal:
        if amounts != INCLUSIVE:
            return self.price
        return self.gross if self.gross is not None else self.price * (100 + self.tax.percent) / 100

    def total(self, amounts: str) -> Decimal:
        """What the customer pays for this line, by Xero's rule."""
        amount = cents(self.quantity * self.unit_amount(amounts) * (100 - self.rate) / 100) - self.cut
        return amount + (cents(amount * self.tax.percent / 100) if amounts == EXCLUSIVE else NOTHING)


@dataclass(frozen=True)
class Document:
    """One invoice, bill or purchase order; an id of None means that this side does not hold it."""

    kind: str
    zoho_id: str | None
    xero_id: str | None
    party: Party
    lines: tuple[Line, ...]
    contact: Contact | None = None
    subject: str = ""
    number: str = ""
    xero_number: str = ""
    reference: str = ""
    day: date = date.min
    due: date = date.min
    amounts: str = EXCLUSIVE
    currency: str = "NZD"
    exchange: Decimal = Decimal(1)
    zoho_status: str = "Approved"
    xero_status: str = "AUTHORISED"
    discount: Decimal = NOTHING
    adjustment: Decimal = NOTHING
    paid: Decimal = NOTHING
    ticked: bool = True
    stamped: bool = False
    # The bookkeeper's copy says something else.
    xero_lines: tuple[Line, ...] | None = None

    @property
    def lines_in_xero(self) -> tuple[Line, ...]:
        return self.lines if self.xero_lines is None else self.xero_lines

    @property
    def total_in_xero(self) -> Decimal:
        return total(self.lines_in_xero, self.amounts)


def total(lines: Iterable[Line], amounts: str) -> Decimal:
    return sum((line.total(amounts) for line in lines), NOTHING)


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
