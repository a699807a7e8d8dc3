"""Which rate of Xero is proposed for each tax of the CRM: by percentage and country, and only where one is left.

Pure. Where several rates have one percentage, the one that ordinary trade in this country bears is meant (facts/xero.md
3.12), provided that both organisations are there: a percentage that two countries share by chance is no reason. What
could be several stays open, and a person says which.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from extension.entities.default_rows import FOR_PURCHASES
from extension.entities.fetched import CrmTax, Fetched, XeroTax
from extension.entities.taxes import NO_TAX_TYPE, Trade, applies
from extension.entities.values import key

Document = dict[str, Any]

ORDINARY: Final[Mapping[str, Mapping[Trade, tuple[str, Decimal]]]] = {
    "NZ": {"sales": ("OUTPUT2", Decimal(15)), "purchases": ("INPUT2", Decimal(15))},
    "AU": {"sales": ("OUTPUT", Decimal(10)), "purchases": ("INPUT", Decimal(10))},
    "GB": {"sales": ("OUTPUT2", Decimal(20)), "purchases": ("INPUT2", Decimal(20))},
}
"""The rate of ordinary trade by Xero's edition: of several with its percentage (capital goods, say), this is meant."""


def tax_rows(trade: Trade, fetched: Fetched) -> list[Document]:
    """The map that is proposed. An untaxed line is Xero's NONE."""
    eligible = [tax for tax in fetched.xero_taxes if applies(tax, trade)]
    pairs: list[tuple[CrmTax, XeroTax]] = []
    for percent in sorted({tax.percent for tax in fetched.crm_taxes}):
        ours = _for_trade(trade, [tax for tax in fetched.crm_taxes if tax.percent == percent])
        theirs = _taxed([tax for tax in eligible if tax.percent == percent])
        usual = _ordinary(trade, percent, theirs, fetched)
        chance = _abroad(fetched) and bool(percent)
        pairs += _named(ours, theirs) if chance or not len(ours) == len(usual) == 1 else [(ours[0], usual[0])]
    rows: list[Document] = [{"zoho": None, "xero": NO_TAX_TYPE}]
    rows += [{"zoho": ours.name, "xero": theirs.type} for ours, theirs in pairs]
    taken = {theirs.type for _, theirs in pairs}
    return rows + list(_combined(trade, fetched, [tax for tax in eligible if tax.type not in taken]))


def _named(ours: Sequence[CrmTax], theirs: Sequence[XeroTax]) -> list[tuple[CrmTax, XeroTax]]:
    """Those that have one name on both sides."""
    named = [[(one, each) for each in theirs if key(each.name) == key(one.name)] for one in ours]
    return [same[0] for same in named if len(same) == 1]


def _ordinary(trade: Trade, percent: Decimal, theirs: Sequence[XeroTax], fetched: Fetched) -> Sequence[XeroTax]:
    """Of several rates with one percentage, the country's own for this direction of trade."""
    usual = ORDINARY.get(fetched.xero_country or "", {}).get(trade)
    if len(theirs) < 2 or usual is None or usual[1] != percent:
        return theirs
    return [tax for tax in theirs if tax.type == usual[0]] or theirs


def _abroad(fetched: Fetched) -> bool:
    """Whether the two organisations are known to be in different countries."""
    countries = {fetched.crm_country, fetched.xero_country} - {None}
    return len(countries) > 1


def _for_trade(trade: Trade, taxes: Sequence[CrmTax]) -> Sequence[CrmTax]:
    """Of several taxes with one percentage, those whose name says (or does not say) that they are for purchases."""
    bought = [tax for tax in taxes if any(word in tax.name.casefold() for word in FOR_PURCHASES)]
    sold = [tax for tax in taxes if tax not in bought]
    return (bought or sold) if trade == "purchases" else (sold or bought)


def _taxed(taxes: Sequence[XeroTax]) -> Sequence[XeroTax]:
    """NONE stands for a line without tax; it is a named rate's counterpart only where there is no other."""
    return [tax for tax in taxes if tax.type != NO_TAX_TYPE] or taxes


def _combined(trade: Trade, fetched: Fetched, rates: Sequence[XeroTax]) -> Iterator[Document]:
    """Rates made of several components, each of which is exactly one tax of the CRM, and no two rates the same ones."""
    found: dict[tuple[str, ...], list[XeroTax]] = {}
    for rate in rates:
        shares = [share for share in rate.shares if share]
        if len(shares) < 2 or _abroad(fetched):
            continue
        each = [_for_trade(trade, [tax for tax in fetched.crm_taxes if tax.percent == share]) for share in shares]
        names = {taxes[0].name for taxes in each if len(taxes) == 1}
        if len(names) == len(shares):
            found.setdefault(tuple(sorted(names)), []).append(rate)
    for combination, several in found.items():
        if len(several) == 1:
            yield {"zoho": list(combination), "xero": several[0].type}
