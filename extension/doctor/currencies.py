"""Currencies: one base on both sides, and those of the documents known to the side that would get them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from extension.doctor.facts import Facts, Module
from extension.doctor.findings import Finding
from extension.doctor.words import named
from extension.sync.canonical import SIDES, XERO, ZOHO, Side, other

CHECK: Final = "Currencies"


def examine(facts: Facts) -> Iterator[Finding]:
    crm, books = facts.fetched.crm_currency, facts.fetched.xero_currency
    if crm and books and crm != books:
        says = (
            f"The CRM's own currency is {crm}, Xero's is {books}. A document without a currency would change its value."
        )
        hint = "Pair organisations that keep their books in one currency."
        yield Finding(CHECK, "attention", says, hint, "base_currency", place="connection")
    for module in facts.documents:
        yield from _without_rate(facts, module)
        for side in SIDES:
            there = other(side)
            known = known_on(facts, there)
            if not module.travels_from(side) or not known:
                continue
            for currency, tally in sorted(facts.observed.of(module.name, side).currencies.items(), key=str):
                if currency is not None and currency not in known:
                    yield Finding(
                        CHECK,
                        "attention",
                        f"{'Xero' if there == XERO else 'The CRM'} does not have {currency}, "
                        f"or it is switched off there: {named(tally, module.pair.label)}.",
                        ADD[there].format(currency),
                        "currency",
                        records=tally.n,
                        place="fetch",
                    )


def _without_rate(facts: Facts, module: Module) -> Iterator[Finding]:
    """Only where the connection says that the CRM's rates travel."""
    if (facts.settings.get("documents") or {}).get("rates") != "crm" or XERO not in module.writes:
        return
    for currency, tally in sorted(facts.observed.of(module.name, ZOHO).rateless.items(), key=str):
        if currency not in (None, facts.fetched.crm_currency):
            says = f"No exchange rate in the CRM, in {currency}: {named(tally, module.pair.label)}."
            hint = "Fill it in, or let Xero use its own rate of the day under Settings, Documents."
            yield Finding(CHECK, "attention", says, hint, "no_rate", records=tally.n, place="documents")


ADD: Final = {
    "xero": "Add {} to the currencies in Xero's settings; where the plan has only one, leave such documents out.",
    "zoho": "Add or activate {} under Setup, Company Details, Currencies in the CRM.",
}


def known_on(facts: Facts, side: Side) -> frozenset[str]:
    """Currencies that a side takes; none where that was not fetched."""
    if side == XERO:
        return facts.fetched.xero_currencies
    if facts.fetched.multi_currency:
        return facts.fetched.crm_currencies
    return frozenset(filter(None, [facts.fetched.crm_currency]))
