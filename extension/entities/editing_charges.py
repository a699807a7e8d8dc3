"""The lines of Xero for amounts of a whole CRM document, as people choose them: account, tax, words.

Pure. A choice is named as the form names it: "discount.account.sales", "adjustment.tax.purchases",
"discount.description". "" is none: such documents are held.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from extension.entities import rounding
from extension.entities.charges import TRADES, WORDS
from extension.entities.editing import Document
from extension.entities.editing_policies import account_choices
from extension.entities.editing_taxes import xero_rates
from extension.entities.fetched import read
from extension.entities.taxes import NO_TAX_TYPE, Trade

Chosen = Mapping[str, str]
LONGEST: Final = 500  # of the words: Xero takes 4,000


def charges_of(document: Mapping[str, Any]) -> dict[str, str]:
    """Every choice there is."""
    stored = (document.get("documents") or {}).get("charges") or {}
    found: dict[str, str] = {}
    for kind in WORDS:
        row = stored.get(kind) or {}
        for trade in TRADES:
            found[f"{kind}.account.{trade}"] = (row.get("account") or {}).get(trade) or ""
            found[f"{kind}.tax.{trade}"] = (row.get("tax") or {}).get(trade) or NO_TAX_TYPE
        found[f"{kind}.description"] = row.get("description") or WORDS[kind]
    return found


def accounts_for(trade: Trade, fetched_document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(code, title). What is taken off may be an expense of who sells, and income of who buys."""
    both = [one for each in TRADES for one in account_choices(each, fetched_document)]
    first = {one.code for one in account_choices(trade, fetched_document)}
    ordered = sorted({one.code: one for one in both}.values(), key=lambda one: (one.code not in first, one.code))
    return [(one.code, f"{one.code} · {one.name}") for one in ordered]


def wrong_of(before: Chosen, chosen: Chosen, fetched_document: Mapping[str, Any]) -> dict[str, str]:
    """What cannot be, by the name of the choice."""
    wrong: dict[str, str] = {}
    for name, value in chosen.items():
        _, part, *rest = name.split(".")
        if value == before[name]:
            continue
        if part == "description":
            if len(value) > LONGEST:
                wrong[name] = f"At most {LONGEST} characters."
            if value.strip() == rounding.WORDS:
                wrong[name] = "By these words a rounding line is known: choose others."
            continue
        trade: Trade = "sales" if rest[0] == "sales" else "purchases"
        offered = (
            [code for code, _ in accounts_for(trade, fetched_document)]
            if part == "account"
            else [rate.value for rate in xero_rates(trade, read(fetched_document))]
        )
        if value and value not in offered:
            wrong[name] = f"Choose one of the {'accounts' if part == 'account' else 'rates'} offered."
    return wrong


def stored_as(chosen: Chosen) -> Document:
    """The part of the settings document."""
    return {
        kind: {
            "account": {trade: chosen[f"{kind}.account.{trade}"] or None for trade in TRADES},
            "tax": {trade: chosen[f"{kind}.tax.{trade}"] or NO_TAX_TYPE for trade in TRADES},
            "description": chosen[f"{kind}.description"].strip() or WORDS[kind],
        }
        for kind in WORDS
    }
