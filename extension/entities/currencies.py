"""Currencies: one base on both sides, what a document in a foreign one is told, and the rate that goes along.

Pure. Amounts are compared in the document's own currency only; what they are worth in the base is each service's own
affair, so a rate travels only where the connection says so. Both services spell a rate alike: units of the foreign
currency for one of the base (a CRM based on US$ says 50 for rupees). Xero keeps six decimals, the CRM nine.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from extension.entities.fetched import Fetched
from extension.entities.values import number, text
from extension.sync.canonical import XERO, ZOHO, Fields, Side, Value
from extension.sync.errors import BadInput, Cannot

CODE: Final = "currency_code"  # what a new document is told
RATE: Final = "currency_rate"
CRM_RATE: Final = "Exchange_Rate"
FOREIGN: Final = {ZOHO: "Currency", XERO: "CurrencyCode"}
XERO_PLACES: Final = Decimal("0.000001")


def check_base(fetched: Fetched) -> None:
    """Raises BadInput where the two organisations keep their books in different currencies."""
    ours, theirs = fetched.crm_currency, fetched.xero_currency
    if ours and theirs and ours != theirs:
        raise BadInput(
            f"The CRM keeps its books in {ours}, Xero in {theirs}: a document would change its value on the way.",
            code="base_currency",
            hint=f"Connect this CRM with a Xero organisation whose base currency is {ours}.",
        )


class Currencies:
    """The currencies of both sides, as they were fetched. `sends_rate`: the CRM's rate goes to Xero."""

    def __init__(self, fetched: Fetched, *, sends_rate: bool) -> None:
        self.multi_currency = fetched.multi_currency
        self._base: Mapping[Side, str | None] = {ZOHO: fetched.crm_currency, XERO: fetched.xero_currency}
        crm = fetched.crm_currencies if fetched.multi_currency else frozenset(filter(None, [fetched.crm_currency]))
        self._known: Mapping[Side, frozenset[str]] = {ZOHO: crm, XERO: fetched.xero_currencies}
        self.reads_rate = sends_rate and fetched.multi_currency

    def read(self, side: Side, body: Mapping[str, Any]) -> dict[str, Value]:
        """Currency and, where it is to travel, rate of a row; a document in the base has none."""
        currency = text(body.get(FOREIGN[side])) or self._base[side]
        found: dict[str, Value] = {"currency": currency}
        if side == ZOHO and self.reads_rate:
            found["rate"] = number(body.get(CRM_RATE)) if currency != self._base[ZOHO] else None
        return found

    def told(self, to: Side, source: Fields, title: str) -> dict[str, Value]:
        """What a new document on `to` is told; raises Cannot."""
        currency: str | None = source.get("currency")
        known = self._known[to]
        if currency is not None and known and currency not in known:
            place = "Xero" if to == XERO else "the CRM"
            raise Cannot(
                "currency",
                f"It is in {currency}, which {place} does not have.",
                f"Add {currency} there and fetch again.",
            )
        if to == ZOHO or not self.reads_rate or currency in (None, self._base[ZOHO]):
            return {CODE: currency}
        rate = source.get("rate")
        sent = rate.quantize(XERO_PLACES, ROUND_HALF_UP) if isinstance(rate, Decimal) else None
        if not sent or sent < 0:
            raise Cannot(
                "no_rate",
                f"“{title}” is in {currency} and has no exchange rate in the CRM that Xero could take.",
                "Fill in the exchange rate in the CRM, or let Xero use its own rate of the day.",
            )
        return {CODE: currency, RATE: sent}

    def spelt(self, side: Side, fields: Fields) -> dict[str, Any]:
        """The part of a new document's body that says so."""
        currency, rate = fields.get(CODE), fields.get(RATE)
        if not currency or (side == ZOHO and not self.multi_currency):
            return {}  # Xero takes the contact's default; what a CRM of one currency makes of one is not known
        return {FOREIGN[side]: currency, **({"CurrencyRate": rate} if side == XERO and rate else {})}
