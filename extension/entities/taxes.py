"""Which tax of the CRM is which tax rate of Xero, for one direction of trade.

Pure. A line without a tax in the CRM is a line with Xero's no-tax rate, said out loud: without a TaxType Xero would
take the account's default (facts/xero.md 3.12). What the map does not name is held, as ambiguous where several rates
of that percentage exist and as unmapped otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal, TypeAlias

from extension.entities.fetched import CrmTax, Fetched, XeroTax
from extension.entities.values import NOTHING
from extension.sync.errors import Cannot

NO_TAX_TYPE: Final = "NONE"
HINT: Final = "Complete the tax map in the settings."

Trade: TypeAlias = Literal["sales", "purchases"]
TaxRow: TypeAlias = tuple[str | None, str]
"""(name in the CRM, or None for an untaxed line; TaxType in Xero)."""


def applies(tax: XeroTax, trade: Trade) -> bool:
    """Whether a rate may be chosen for this direction of trade."""
    return tax.active and (tax.sales if trade == "sales" else tax.purchases)


@dataclass(frozen=True)
class TaxMap:
    """`rows` in order: where several match, the first decides."""

    trade: Trade
    rows: Sequence[TaxRow]
    crm: Mapping[str, CrmTax]
    xero: Mapping[str, XeroTax]

    @staticmethod
    def of(trade: Trade, rows: Sequence[TaxRow], fetched: Fetched) -> TaxMap:
        return TaxMap(
            trade, rows, {tax.name: tax for tax in fetched.crm_taxes}, {tax.type: tax for tax in fetched.xero_taxes}
        )

    def to_xero(self, name: str | None) -> str:
        for crm, xero in self.rows:
            if crm == name:
                return xero
        if name is None:
            return NO_TAX_TYPE
        percent = self.crm[name].percent if name in self.crm else None
        rivals = [tax for tax in self.xero.values() if tax.percent == percent and applies(tax, self.trade)]
        raise self._unmapped(f"The CRM's tax “{name}”", "Xero", len(rivals))

    def to_crm(self, tax_type: str | None) -> str | None:
        for crm, xero in self.rows:
            if xero == tax_type:
                return crm
        if tax_type is None or tax_type == NO_TAX_TYPE:
            return None
        known = self.xero.get(tax_type)
        rivals = [tax for tax in self.crm.values() if known is not None and tax.percent == known.percent]
        raise self._unmapped(f"Xero's tax “{known.name if known else tax_type}”", "the CRM", len(rivals))

    def _unmapped(self, what: str, where: str, rivals: int) -> Cannot:
        if rivals > 1:
            return Cannot("tax_ambiguous", f"{what} could be {rivals} taxes in {where}.", HINT)
        return Cannot("tax_unmapped", f"{what} has no counterpart in {where} for {self.trade}.", HINT)

    def percent_in_xero(self, tax_type: str | None) -> Decimal:
        """Raises Cannot where Xero's rates do not know the type: then no total can be foretold."""
        if tax_type is None or tax_type == NO_TAX_TYPE:
            return NOTHING
        known = self.xero.get(tax_type)
        if known is None:
            raise Cannot("tax_unmapped", f"Xero has no tax rate {tax_type}.", "Fetch the data again.")
        return known.percent

    def percent_in_crm(self, name: str | None) -> Decimal:
        if name is None:
            return NOTHING
        known = self.crm.get(name)
        if known is None:
            raise Cannot("tax_unmapped", f"The CRM has no tax “{name}”.", "Fetch the data again.")
        return known.percent

    def crm_entries(self, name: str | None) -> list[dict[str, Any]]:
        """A line's `Line_Tax` as the CRM takes it."""
        if name is None:
            return []
        known = self.crm.get(name)
        if known is None:
            return [{"name": name}]
        entry: dict[str, Any] = {"name": known.name, "percentage": known.percent}
        return [entry if known.id is None else {**entry, "id": known.id}]
