"""The tax map against the taxes that both organisations have now, and against those on observed lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from extension.doctor.facts import Facts, Module
from extension.doctor.findings import Finding
from extension.doctor.words import named
from extension.entities.taxes import NO_TAX_TYPE, Trade, applies
from extension.sync.canonical import XERO, ZOHO

CHECK: Final = "Taxes"
HINT: Final = "Correct the map under Settings, Taxes."
COMPLETE: Final = "Complete the map under Settings, Taxes; until then these are held."


def examine(facts: Facts) -> Iterator[Finding]:
    for trade, module in facts.trades.items():
        yield from _rows(facts, trade)
        if XERO in module.writes:
            yield from _from_crm(facts, trade, module)
        if ZOHO in module.writes:
            yield from _from_xero(facts, trade, module)


def _rows(facts: Facts, trade: Trade) -> Iterator[Finding]:
    crm, rates = {tax.name for tax in facts.fetched.crm_taxes}, facts.postings(trade).rates
    for row in facts.tax_rows(trade):
        rate = rates.get(row.type)
        called = f"{row.type} “{rate.name}”" if rate else row.type
        what = f"The tax map of {trade} leads “{row.name or 'no tax'}” to {called}"
        if problem := _problem(facts, trade, row.type):
            yield _finding(f"{what}, which {problem}.", "tax_rate")
        for name in row.names if crm else ():
            if name not in crm:
                yield _finding(f"{what}, but the CRM has no tax “{name}” any more.", "tax_gone")


def _problem(facts: Facts, trade: Trade, tax_type: str) -> str:
    """Why a rate cannot be used; "" where it can, or where Xero's rates are not known."""
    rate = facts.postings(trade).rates.get(tax_type)
    if not facts.fetched.xero_taxes or (rate is None and tax_type == NO_TAX_TYPE):
        return ""
    if rate is None:
        return "Xero does not have"
    if not rate.active:
        return "is no longer active in Xero"
    return "" if applies(rate, trade) or tax_type == NO_TAX_TYPE else f"Xero does not allow for {trade}"


def _from_crm(facts: Facts, trade: Trade, module: Module) -> Iterator[Finding]:
    mapped = {row.name for row in facts.tax_rows(trade)}
    for tax, tally in sorted(facts.observed.of(module.name, ZOHO).taxes.items(), key=str):
        if tax is not None and tax not in mapped:
            says = f"The CRM's tax “{tax}” has no counterpart in Xero for {trade}: {named(tally, module.pair.label)}."
            yield _finding(says, "tax_unmapped", COMPLETE, tally.n)


def _from_xero(facts: Facts, trade: Trade, module: Module) -> Iterator[Finding]:
    mapped = {row.type for row in facts.tax_rows(trade)} | {NO_TAX_TYPE}
    for tax_type, tally in sorted(facts.observed.of(module.name, XERO).taxes.items(), key=str):
        if tax_type is not None and tax_type not in mapped:
            rate = facts.postings(trade).rates.get(tax_type)
            called = f"“{rate.name}” ({tax_type})" if rate else tax_type
            says = f"Xero's rate {called} has no counterpart in the CRM for {trade}: {named(tally, module.pair.label)}."
            yield _finding(says, "tax_unmapped", COMPLETE, tally.n)


def _finding(says: str, code: str, hint: str = HINT, records: int = 0) -> Finding:
    return Finding(CHECK, "attention", says, hint, code, records=records, place="taxes")
