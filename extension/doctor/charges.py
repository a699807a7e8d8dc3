"""Amounts of a whole document of the CRM, beside its lines: Xero has no field for them.

A discount and an adjustment become lines there, for which the settings name an account; a tax of the whole does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from extension.doctor.facts import Facts, Module
from extension.doctor.findings import Finding
from extension.doctor.words import named
from extension.sync.canonical import XERO, ZOHO

CHECK: Final = "Amounts of the whole"
KINDS: Final = ("discount", "adjustment")


def examine(facts: Facts) -> Iterator[Finding]:
    for module in facts.documents:
        if XERO in module.writes:
            yield from _without_account(facts, module)
            yield from _taxed(facts, module)


def _without_account(facts: Facts, module: Module) -> Iterator[Finding]:
    charges = (facts.settings.get("documents") or {}).get("charges") or {}
    for kind in KINDS:
        tally = facts.observed.of(module.name, ZOHO).whole.get(kind)
        account = ((charges.get(kind) or {}).get("account") or {}).get(module.trade)
        if tally and not account:
            says = f"No account is chosen for a line with the {kind} of the whole: {named(tally, module.pair.label)}."
            hint = f"Choose one under Settings, Documents, or put the {kind} into the lines of the documents."
            yield Finding(CHECK, "attention", says, hint, "charge_account", records=tally.n, place="documents")


def _taxed(facts: Facts, module: Module) -> Iterator[Finding]:
    tally = facts.observed.of(module.name, ZOHO).whole.get("tax")
    if tally:
        says = f"Taxed as a whole, which Xero cannot carry: {named(tally, module.pair.label)}."
        hint = "Put the tax on the lines of the documents."
        yield Finding(CHECK, "attention", says, hint, "document_tax", records=tally.n, place="attention")
