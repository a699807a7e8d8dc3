"""Accounts of Xero's chart to which lines would be posted: there, active, and of a kind that takes them.

Those of the connection, of categories of products, and those that items and documents name. A rate of tax is made for
some classes of accounts (facts/xero.md 3.12): that is looked at here, too, since it is the pair that Xero refuses.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from extension.doctor.facts import Facts, Module
from extension.doctor.findings import Finding
from extension.doctor.observed import Tally
from extension.doctor.words import named, together
from extension.entities.taxes import NO_TAX_TYPE, Trade
from extension.sync.canonical import XERO, ZOHO

CHECK: Final = "Accounts"
BANK: Final = "BANK"
SYSTEM: Final = ("DEBTORS", "CREDITORS")
CLASSES: Final = {"sales": ("REVENUE",), "purchases": ("EXPENSE", "ASSET")}
RESTORE: Final = "Restore it in Xero, or choose another one under Settings, Accounts, and at the items that name it."


def examine(facts: Facts) -> Iterator[Finding]:
    if not facts.fetched.accounts:
        return
    for trade, module in facts.trades.items():
        if XERO in module.writes:
            yield from _chosen(facts, trade)
            yield from _used(facts, trade, module)
            yield from _without(facts, trade, module)


def _chosen(facts: Facts, trade: Trade) -> Iterator[Finding]:
    """Those that the settings name."""
    default = facts.default_account(trade)
    if default:
        yield from _sound(facts, trade, default, f"the default for {trade}")
    categories = (facts.settings.get("accounts") or {}).get("categories") or {}
    for category, codes in categories.items():
        if code := codes.get(trade):
            yield from _sound(facts, trade, code, f"the account of “{category}” for {trade}")


def _sound(facts: Facts, trade: Trade, code: str, role: str) -> Iterator[Finding]:
    if problem := _refusal(facts, code):
        yield Finding(CHECK, "attention", f"{problem}, and is {role}.", RESTORE, "account", place="accounts")
    elif (kind := facts.account_row(code).get("Class")) and kind not in CLASSES[trade]:
        says = f"{_called(facts, code)} is {role}, and is an account of the class {str(kind).capitalize()}."
        yield Finding(CHECK, "note", says, "See whether that is meant.", "account_class", place="accounts")


def _used(facts: Facts, trade: Trade, module: Module) -> Iterator[Finding]:
    """Those that lines of documents would be posted to, or are."""
    chosen = facts.default_account(trade)
    for code, tally in sorted(posted(facts, module).items()):
        problem = _refusal(facts, code)
        if problem and code != chosen:
            says = f"{problem}, and is what lines are posted to: {named(tally, module.pair.label)}."
            yield Finding(CHECK, "attention", says, RESTORE, "account", records=tally.n, place="accounts")


def posted(facts: Facts, module: Module) -> dict[str, Tally]:
    """Documents by the account that something says their lines are posted to; the default not counted."""
    found: dict[str, list[Tally]] = {}
    for side in (ZOHO, XERO):
        for (code, _), tally in facts.observed.of(module.name, side).postings.items():
            if code is not None:
                found.setdefault(code, []).append(tally)
    return {code: together(tallies) for code, tallies in found.items()}


def _without(facts: Facts, trade: Trade, module: Module) -> Iterator[Finding]:
    new = facts.observed.of(module.name, ZOHO)
    silent = together(tally for (code, _), tally in new.postings.items() if code is None)
    if silent.n and not facts.default_account(trade):
        says = f"No account for {trade} is named by items or by default: {named(silent, module.pair.label)}."
        hint = f"Choose a default account for {trade} under Settings, Accounts; or give the items one in Xero."
        yield Finding(CHECK, "attention", says, hint, "no_account", records=silent.n, place="accounts")


def _refusal(facts: Facts, code: str) -> str:
    """Why Xero takes no line there; "" where it does."""
    account = facts.account(code)
    if account is None:
        return f"Xero has no account {code}"
    if not account.active:
        return f"{_called(facts, code)} is archived in Xero"
    if account.type == BANK or facts.account_row(code).get("SystemAccount") in SYSTEM:
        return f"{_called(facts, code)} takes no lines in Xero"
    return ""


def _called(facts: Facts, code: str) -> str:
    account = facts.account(code)
    return f"Account {code} “{account.name}”" if account else f"Account {code}"


# ------------------------------------------------------------------ with the tax of the line

PAIR_HINT: Final = (
    "Map another rate under Settings, Taxes, or choose an account that it is for, as Xero says of the rate."
)


def examine_pairs(facts: Facts) -> Iterator[Finding]:
    """Rates of the tax map with the accounts that they would meet."""
    for trade, module in facts.trades.items():
        if XERO in module.writes:
            for (code, tax_type), tally in sorted(_pairs(facts, trade, module).items()):
                rate, kind = facts.rate(tax_type), facts.account_row(code).get("Class")
                if rate is None or kind not in facts.refused(tax_type):
                    continue
                used = f": {named(tally, module.pair.label)}" if tally.n else ""
                says = f"Xero does not take the rate “{rate.name}” on account {code}{used}."
                yield Finding("Taxes", "attention", says, PAIR_HINT, "tax_refused", records=tally.n, place="taxes")


def _pairs(facts: Facts, trade: Trade, module: Module) -> dict[tuple[str, str], Tally]:
    """(account, rate) -> documents. Every rate of the map meets the default account; NONE is taken everywhere."""
    default, mapped = facts.default_account(trade), {row.name: row.type for row in reversed(facts.tax_rows(trade))}
    pairs = {(default, rate): Tally() for rate in mapped.values() if default and rate != NO_TAX_TYPE}
    for (code, tax), tally in facts.observed.of(module.name, ZOHO).postings.items():
        code, rate = code or default, mapped.get(tax)
        if code and rate and rate != NO_TAX_TYPE:
            pairs[code, rate] = together((pairs.get((code, rate), Tally()), tally))
    return pairs
