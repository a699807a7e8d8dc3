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
from extension.entities.fetched import GlAccount
from extension.entities.postings import BANK, CLOSED_SYSTEMS, Postings
from extension.entities.taxes import NO_TAX_TYPE
from extension.sync.canonical import SIDES, XERO, ZOHO

CHECK: Final = "Accounts"
CLASSES: Final = {"sales": ("REVENUE",), "purchases": ("EXPENSE", "ASSET")}
RESTORE: Final = "Restore it in Xero, or choose another one under Settings, Accounts, and at the items that name it."


def examine(facts: Facts) -> Iterator[Finding]:
    if not facts.fetched.accounts:
        return
    for trade, module in facts.trades.items():
        if XERO in module.writes:
            postings = facts.postings(trade)
            yield from _chosen(facts, postings)
            yield from _used(facts, postings, module)
            yield from _without(facts, postings, module)


def _chosen(facts: Facts, postings: Postings) -> Iterator[Finding]:
    """Those that the settings name."""
    trade = postings.trade
    documents = facts.settings.get("documents") or {}
    rounding, charges = (documents.get("rounding_account") or {}).get(trade), documents.get("charges") or {}
    lines = [(kind, ((row or {}).get("account") or {}).get(trade)) for kind, row in charges.items()]
    roles = [
        (postings.default, f"the default for {trade}", "accounts"),
        *((code, f"the account of “{name}” for {trade}", "accounts") for name, code in postings.categories.items()),
        (rounding, f"the account of rounding lines for {trade}", "documents"),
        *((code, f"the account of the {kind} of the whole for {trade}", "documents") for kind, code in lines),
    ]
    for code, role, place in roles:
        if not code:
            continue
        account = postings.chart.get(code)
        if problem := _refusal(account, code):
            yield Finding(CHECK, "attention", f"{problem}, and is {role}.", RESTORE, "account", place=place)
        elif account is not None and place == "accounts" and account.kind and account.kind not in CLASSES[trade]:
            says = f"{_called(account)} is {role}, and is an account of the class {account.kind.capitalize()}."
            yield Finding(CHECK, "note", says, "See whether that is meant.", "account_class", place=place)


def _used(facts: Facts, postings: Postings, module: Module) -> Iterator[Finding]:
    """Those that lines of documents would be posted to, or are."""
    for code, tally in sorted(_posted(facts, module).items()):
        problem = _refusal(postings.chart.get(code), code)
        if problem and code != postings.default:
            says = f"{problem}, and is what lines are posted to: {named(tally, module.pair.label)}."
            yield Finding(CHECK, "attention", says, RESTORE, "account", records=tally.n, place="accounts")


def _posted(facts: Facts, module: Module) -> dict[str, Tally]:
    """Documents by the account that something says their lines are posted to; the default not counted."""
    found: dict[str, list[Tally]] = {}
    for side in SIDES:
        for (code, _), tally in facts.observed.of(module.name, side).postings.items():
            if code is not None:
                found.setdefault(code, []).append(tally)
    return {code: together(tallies) for code, tallies in found.items()}


def _without(facts: Facts, postings: Postings, module: Module) -> Iterator[Finding]:
    new, trade = facts.observed.of(module.name, ZOHO), postings.trade
    silent = together(tally for (code, _), tally in new.postings.items() if code is None)
    if silent.n and not postings.default:
        says = f"No account for {trade} is named by items or by default: {named(silent, module.pair.label)}."
        hint = f"Choose a default account for {trade} under Settings, Accounts; or give the items one in Xero."
        yield Finding(CHECK, "attention", says, hint, "no_account", records=silent.n, place="accounts")


def _refusal(account: GlAccount | None, code: str) -> str:
    """Why Xero takes no line there; "" where it does."""
    if account is None:
        return f"Xero has no account {code}"
    if not account.active:
        return f"{_called(account)} is archived in Xero"
    if account.type == BANK or account.system in CLOSED_SYSTEMS:
        return f"{_called(account)} takes no lines in Xero"
    return ""


def _called(account: GlAccount) -> str:
    return f"Account {account.code} “{account.name}”"


# ------------------------------------------------------------------ with the tax of the line

TAXES: Final = "Taxes"
PAIR_HINT: Final = (
    "Map another rate under Settings, Taxes, or choose an account that it is for, as Xero says of the rate."
)


def examine_pairs(facts: Facts) -> Iterator[Finding]:
    """Rates of the tax map with the accounts that they would meet."""
    for trade, module in facts.trades.items():
        postings = facts.postings(trade)
        for (code, tax_type), tally in sorted(_pairs(facts, postings, module).items()) if XERO in module.writes else ():
            rate, account = postings.rates.get(tax_type), postings.chart.get(code)
            if rate is not None and account is not None and account.kind in rate.refuses:
                used = f": {named(tally, module.pair.label)}" if tally.n else ""
                says = f"Xero does not take the rate “{rate.name}” on account {code}{used}."
                yield Finding(TAXES, "attention", says, PAIR_HINT, "tax_refused", records=tally.n, place="taxes")


def _pairs(facts: Facts, postings: Postings, module: Module) -> dict[tuple[str, str], Tally]:
    """(account, rate) -> documents. Every rate of the map meets the default account; NONE is taken everywhere."""
    default = postings.default
    mapped = {row.name: row.type for row in reversed(facts.tax_rows(postings.trade)) if row.type != NO_TAX_TYPE}
    pairs = {(default, rate): Tally() for rate in mapped.values() if default}
    for (code, tax), tally in facts.observed.of(module.name, ZOHO).postings.items():
        code, rate = code or default, mapped.get(tax)
        if code and rate:
            pairs[code, rate] = together((pairs.get((code, rate), Tally()), tally))
    return pairs
