"""Which tax of the CRM is which tax rate of Xero, for one direction of trade.

Pure. Several taxes on one line of the CRM are called by their names together; Xero has one rate for them, made of
components. A line without a tax in the CRM is a line with Xero's no-tax rate, said out loud: without a TaxType Xero
would take the account's default (facts/xero.md 3.12). What the map does not name is held, as ambiguous where several
rates of that percentage exist and as unmapped otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
TOGETHER: Final = " + "


def together(names: Iterable[str]) -> str:
    """What several taxes on one line are called; in whatever order the CRM has them."""
    return TOGETHER.join(sorted(names))


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
        parts = self.parts(name)
        if len(parts) > 1:
            named = " and ".join(f"“{part}”" for part in parts)
            says = f"{named} on one line have no counterpart in Xero for {self.trade}."
            raise Cannot(
                "taxes_together", says, "Choose in the tax map the rate of Xero that stands for them together."
            )
        percent = self.crm[name].percent if name in self.crm else None
        rivals = [tax for tax in self.xero.values() if tax.percent == percent and applies(tax, self.trade)]
        raise self._unmapped(f"The CRM's tax “{name}”", "Xero", len(rivals))

    def parts(self, name: str) -> tuple[str, ...]:
        """The taxes of the CRM that a line's tax is made of."""
        if name in self.crm:
            return (name,)
        several = tuple(name.split(TOGETHER))
        return several if all(part in self.crm for part in several) else (name,)

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

    def percents_in_crm(self, name: str | None) -> list[Decimal]:
        """What the CRM levies on a line, each tax by itself; raises Cannot."""
        return [self._percent_in_crm(part) for part in self.parts(name)] if name is not None else []

    def percent_in_crm(self, name: str | None) -> Decimal:
        return sum(self.percents_in_crm(name), NOTHING)

    def _percent_in_crm(self, name: str) -> Decimal:
        known = self.crm.get(name)
        if known is None:
            raise Cannot("tax_unmapped", f"The CRM has no tax “{name}”.", "Fetch the data again.")
        return known.percent

    def percents_back(self, tax_type: str | None) -> list[Decimal]:
        """What the CRM would levy for a rate of Xero: one percentage, unless several taxes stand for it there."""
        percent = self.percent_in_xero(tax_type)
        named = next((crm for crm, xero in self.rows if xero == tax_type), None)
        several = self.percents_in_crm(named) if named is not None and named not in self.crm else []
        return several if len(several) > 1 and sum(several) == percent else [percent]

    def crm_entries(self, name: str | None) -> list[dict[str, Any]]:
        """A line's `Line_Tax` as the CRM takes it."""
        return [self._crm_entry(part) for part in self.parts(name)] if name is not None else []

    def _crm_entry(self, name: str) -> dict[str, Any]:
        known = self.crm.get(name)
        if known is None:
            return {"name": name}
        entry: dict[str, Any] = {"name": known.name, "percentage": known.percent}
        return entry if known.id is None else {**entry, "id": known.id}
