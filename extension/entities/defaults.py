"""The settings document of a new connection: the default maps, fitted to what was fetched of both organisations.

Pure. Everything in it is data that people may edit later. Nothing is guessed: a tax with two possible counterparts
is left out, and the documents that need it are held with that reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from extension.entities import fetched as fetched_facts
from extension.entities.catalogue import PAIRS, Pair
from extension.entities.default_rows import (
    CRM_STATUSES,
    FIELDS,
    PURCHASE_ACCOUNTS,
    SALES_ACCOUNTS,
    STANDARD_STATUSES,
    SUBFORMS,
    XERO_STATUSES,
)
from extension.entities.fetched import Fetched, GlAccount
from extension.entities.tax_proposals import tax_rows
from extension.entities.themes import choices
from extension.entities.values import key

Document = dict[str, Any]


def default_settings(document: Mapping[str, Any]) -> Document:
    """Settings for these two organisations, ready for `registry.build`."""
    fetched = fetched_facts.read(document)
    return {
        "mapping_version": 1,
        "entities": {name: default_entity(pair, fetched) for name, pair in PAIRS.items()},
        "status": {name: status_rows(pair, fetched) for name, pair in PAIRS.items() if pair.document},
        "taxes": {"sales": tax_rows("sales", fetched), "purchases": tax_rows("purchases", fetched)},
        "accounts": {
            "sales": _account(fetched.accounts, SALES_ACCOUNTS, "sales"),
            "purchases": _account(fetched.accounts, PURCHASE_ACCOUNTS, "purchases"),
        },
        "itemless_product": None,  # until somebody chooses one, documents with such lines are held
        "policies": {"retire": dict.fromkeys(PAIRS, "ask"), "new_contacts": "by_role", "document_limit": None},
    }


# ------------------------------------------------------------------ fields


def default_entity(pair: Pair, fetched: Fetched) -> Document:
    """One module with its default map, as far as the CRM has the fields."""
    rows = [row for row in (_row(pair, given, fetched) for given in FIELDS[pair.kind]) if row is not None]
    entity: Document = {"enabled": True, "direction": "both", "fields": rows}
    if pair.document:
        entity["subform"] = fetched.subforms.get(pair.module) or SUBFORMS[pair.module]
    return entity


def _row(pair: Pair, given: Mapping[str, Any], fetched: Fetched) -> Document | None:
    """The default row with the CRM's own API name; None where the CRM has no such field."""
    row = {name: value for name, value in given.items() if value is not None and name != "observed"}
    wanted = row.pop("zoho", None)
    if wanted is not None:
        several = isinstance(wanted, list)
        found = crm_name(pair.module, wanted if several else [wanted], fetched, guess=not several)
        if found is not None:
            row["zoho"] = found
        elif not given.get("observed"):
            return None
    if row["name"] == "theme":
        row["choices"] = _themes(pair, row["zoho"], fetched)
        if not row["choices"]:
            return None
    return row


def crm_name(module: str, candidates: Iterable[str], fetched: Fetched, *, guess: bool) -> str | None:
    """The API name among these candidates, by name or by label; `guess`: believe the first while nothing is known."""
    if module not in fetched.fields:
        return next(iter(candidates), None) if guess else None
    known = fetched.fields[module]
    for candidate in candidates:
        if candidate in known:
            return candidate
        spoken = _words(candidate)
        for field in known.values():
            # A marketplace extension prefixes the names of its fields with its own and two underscores.
            if _words(field.label) == spoken or field.name.endswith(f"__{candidate}"):
                return field.name
    return None


def _words(name: str) -> str | None:
    return key(name.replace("_", " ").replace(".", ""))


def _themes(pair: Pair, crm: str, fetched: Fetched) -> list[Document]:
    """Branding themes by name, as far as the CRM's picklist has them."""
    field = fetched.field_of(pair.module, crm)
    return choices(field.choices if field is not None else (), fetched.themes)


# ------------------------------------------------------------------ statuses


def status_rows(pair: Pair, fetched: Fetched) -> list[Document]:
    """The default status map of one kind of document, as far as the CRM's picklist has the words."""
    field = fetched.field_of(pair.module, "Status")
    offered = (field.choices if field is not None else ()) or STANDARD_STATUSES
    rows: list[Document] = [{"zoho": None, "xero": "DRAFT", "direction": "to_xero"}]
    rows += [
        {"zoho": crm, "xero": xero, "direction": "to_xero"}
        for crm, xero in CRM_STATUSES[pair.kind].items()
        if crm in offered
    ]
    for xero, preferred in XERO_STATUSES[pair.kind].items():
        crm = next((status for status in preferred if status in offered), None)
        if crm is not None:
            rows.append({"zoho": crm, "xero": xero, "direction": "to_zoho"})
    return rows


# ------------------------------------------------------------------ accounts


def _account(accounts: Sequence[GlAccount], types: Sequence[str], word: str) -> str | None:
    """The active account of these types that is named after the trade, else the one with the lowest code."""
    fit = [account for kind in types for account in accounts if account.active and account.type == kind]
    fit.sort(key=lambda account: (key(account.name) != word, types.index(account.type), account.code))
    return fit[0].code if fit else None
