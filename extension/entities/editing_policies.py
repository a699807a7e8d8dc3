"""Policies, default accounts and the stand-in product as people choose them.

Pure. Only what an entity can do is offered: what Xero or the CRM keeps no archive of cannot be archived there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from extension.entities import fetched as fetched_facts
from extension.entities.becoming import turned
from extension.entities.catalogue import PAIRS, PURCHASES, purchases_of
from extension.entities.editing import Edited, copied, entity_of, finished
from extension.entities.editing_fields import SPECIAL
from extension.entities.fetched import GlAccount
from extension.entities.field_rows import OWNERS
from extension.entities.postings import CATEGORY
from extension.entities.settings import NEW_CONTACTS
from extension.entities.taxes import Trade

MASTER: Final = ("ask", "archive", "ignore")
PAPER: Final = ("ask", "void", "ignore")
RETIREMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    name: PAPER if pair.document else MASTER for name, pair in PAIRS.items()
}
EACH: Final = "each"  # the owner of each field as its row says
TRADES: Final[tuple[Trade, ...]] = ("sales", "purchases")
ACCOUNT_TYPES: Final[Mapping[Trade, frozenset[str]]] = {
    "sales": frozenset({"REVENUE", "SALES", "OTHERINCOME"}),
    "purchases": frozenset({"DIRECTCOSTS", "EXPENSE", "OVERHEADS", "INVENTORY", "FIXED", "CURRENT", "PREPAYMENT"}),
}
SHORTEST_HISTORY: Final = 7  # days
LONGEST_HISTORY: Final = 3650
MOST_DOCUMENTS: Final = 1_000_000

_ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+")


@dataclass(frozen=True)
class Policies:
    """`conflicts` and `retire` by module; `document_limit` and `keep_days` None: no limit."""

    conflicts: Mapping[str, str] = field(default_factory=dict)
    retire: Mapping[str, str] = field(default_factory=dict)
    new_contacts: str = "by_role"
    purchase_orders: str = PURCHASES[0]
    document_limit: int | None = None
    keep_days: int | None = None
    email: str = ""
    on_loss: bool = True


def policies_of(document: Mapping[str, Any]) -> Policies:
    own, notify = document.get("policies") or {}, document.get("notify") or {}
    retire = own.get("retire") or {}
    return Policies(
        conflicts={name: conflict_of(document, name) for name in PAIRS},
        retire={name: retire.get(name, "ask") for name in PAIRS},
        new_contacts=own.get("new_contacts", "by_role"),
        purchase_orders=purchases_of(document),
        document_limit=own.get("document_limit"),
        keep_days=document.get("keep_days"),
        email=notify.get("email") or "",
        on_loss=notify.get("on_loss", True) is not False,
    )


def conflict_of(document: Mapping[str, Any], entity: str) -> str:
    """The one owner of all fields that travel both ways, or EACH."""
    owners = {row.get("owner", "zoho") for row in entity_of(document, entity).get("fields") or () if _disputed(row)}
    return owners.pop() if len(owners) == 1 else EACH


def _disputed(row: Mapping[str, Any]) -> bool:
    """Whether both sides may change a field: there a conflict can be."""
    usual = row.get("direction", "both") == "both" and row.get("kind") not in SPECIAL - {"status"}
    return usual and bool(row.get("zoho")) and bool(row.get("xero"))


def with_policies(document: Mapping[str, Any], chosen: Policies, fetched_document: Mapping[str, Any]) -> Edited:
    """The document with these policies. `wrong` names "conflicts.account", "retire.account" or the policy."""
    wrong: dict[str, str] = {}
    made = turned(copied(document), chosen.purchase_orders, fetched_document)
    for name in PAIRS:
        owner, retire = chosen.conflicts.get(name, EACH), chosen.retire.get(name, "ask")
        if owner not in (*OWNERS, EACH):
            wrong[f"conflicts.{name}"] = "Choose one of the values offered."
        elif owner not in (EACH, conflict_of(document, name)):
            rows = made["entities"][name]["fields"]
            made["entities"][name]["fields"] = [{**row, "owner": owner} if _disputed(row) else row for row in rows]
        if retire not in RETIREMENTS[name] and retire != policies_of(document).retire[name]:
            wrong[f"retire.{name}"] = "Choose one of the values offered."
    if chosen.new_contacts not in NEW_CONTACTS:
        wrong["new_contacts"] = "Choose one of the values offered."
    if chosen.purchase_orders not in PURCHASES:
        wrong["purchase_orders"] = "Choose one of the values offered."
    if chosen.email and not _ADDRESS.fullmatch(chosen.email):
        wrong["email"] = "This is not one e-mail address."
    own = {**(made.get("policies") or {}), "retire": {**policies_of(document).retire, **chosen.retire}}
    made["policies"] = {**own, "new_contacts": chosen.new_contacts, "document_limit": chosen.document_limit}
    if (chosen.email, chosen.on_loss) != (policies_of(document).email, policies_of(document).on_loss):
        made["notify"] = {**(made.get("notify") or {}), "email": chosen.email, "on_loss": chosen.on_loss}
    if chosen.keep_days != document.get("keep_days"):
        made["keep_days"] = chosen.keep_days
    return finished(document, made, fetched_document, wrong)


# ------------------------------------------------------------------ accounts


@dataclass(frozen=True)
class Posting:
    """Where lines are posted whose item says nothing, and what stands in the CRM for a line without an item.
    `categories`: by category of the CRM's product; "" is the account of the connection."""

    accounts: Mapping[Trade, str] = field(default_factory=dict)
    itemless: str = ""
    categories: Mapping[str, Mapping[Trade, str]] = field(default_factory=dict)


def posting_of(document: Mapping[str, Any]) -> Posting:
    accounts = document.get("accounts") or {}
    chosen = {trade: accounts.get(trade) or "" for trade in TRADES}
    by_category = {
        name: {trade: row.get(trade) or "" for trade in TRADES}
        for name, row in (accounts.get("categories") or {}).items()
    }
    return Posting(chosen, str(document.get("itemless_product") or ""), by_category)


def categories_of(document: Mapping[str, Any], fetched_document: Mapping[str, Any]) -> list[str]:
    """The CRM's categories of products, and those that have an account from before."""
    known = fetched_facts.read(fetched_document).field_of(PAIRS["product"].module, CATEGORY)
    return list(dict.fromkeys([*(known.choices if known else ()), *posting_of(document).categories]))


def account_choices(trade: Trade, fetched_document: Mapping[str, Any]) -> list[GlAccount]:
    """Active accounts of Xero's chart that such lines can be posted to, by code."""
    known = fetched_facts.read(fetched_document).accounts
    fit = [account for account in known if account.active and account.type in ACCOUNT_TYPES[trade]]
    return sorted(fit, key=lambda account: account.code)


def with_posting(
    document: Mapping[str, Any], chosen: Posting, fetched_document: Mapping[str, Any], *, known_product: bool
) -> Edited:
    """The document with these accounts. `wrong` names a trade, or category and trade ("Hardware:sales").
    `known_product`: the stand-in is a product that was read from the CRM."""
    wrong: dict[str, str] = {}
    stored = posting_of(document)
    asked = {"": (chosen.accounts, stored.accounts)}
    asked |= {f"{name}:": (row, stored.categories.get(name, {})) for name, row in chosen.categories.items()}
    for trade in TRADES:
        offered = {one.code for one in account_choices(trade, fetched_document)}
        for name, (row, before) in asked.items():
            if (code := row.get(trade, "")) and code != before.get(trade) and code not in offered:
                wrong[f"{name}{trade}"] = "Choose one of the accounts offered."
    if chosen.itemless and not known_product:
        wrong["itemless"] = "The CRM has no such product, as far as it was fetched."
    made = copied(document)
    said = {
        name: kept
        for name, row in chosen.categories.items()
        if (kept := {trade: code for trade, code in row.items() if code})
    }
    accounts = {name: value for name, value in (made.get("accounts") or {}).items() if name != "categories"}
    made["accounts"] = {**accounts, **{trade: chosen.accounts.get(trade) or None for trade in TRADES}}
    made["accounts"] |= {"categories": said} if said else {}
    made["itemless_product"] = chosen.itemless or None
    return finished(document, made, fetched_document, wrong)
