"""Which modules are synchronised, which way, and which of their records.

Pure. *Only what is ticked* is a matter of the field map: the CRM's field *Add to Xero* is in it or not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from extension.entities import fetched as fetched_facts
from extension.entities.catalogue import PAIRS, Pair, pairs_of
from extension.entities.defaults import default_entity
from extension.entities.editing import Document, Edited, copied, finished, rows_of
from extension.entities.fetched import Fetched

TICKED: Final = "ticked"
ALL: Final = "all"
SCOPES: Final = (TICKED, ALL)
DIRECTIONS: Final = ("both", "to_xero", "to_zoho")


@dataclass(frozen=True, slots=True)
class Module:
    """How one module takes part."""

    on: bool = True
    direction: str = "both"
    scope: str = TICKED


def modules_of(document: Mapping[str, Any]) -> dict[str, Module]:
    entities = document.get("entities") or {}
    return {name: _module(entities[name]) if name in entities else Module(on=False) for name in PAIRS}


def _module(row: Mapping[str, Any]) -> Module:
    return Module(bool(row.get("enabled", True)), row.get("direction", "both"), row.get("scope", TICKED))


def needed_by(name: str) -> list[str]:
    """The modules that cannot be synchronised without this one."""
    return [pair.name for pair in PAIRS.values() if name in pair.needs]


def with_modules(
    document: Mapping[str, Any], chosen: Mapping[str, Module], fetched_document: Mapping[str, Any]
) -> Edited:
    """The document with these modules as chosen; `wrong` names the module that a sentence is about."""
    fetched = fetched_facts.read(fetched_document)
    made = copied(document)
    made.setdefault("entities", {})
    wrong: dict[str, str] = {}
    for name, module in chosen.items():
        if problem := _problem(name, module, chosen):
            wrong[name] = problem
            continue
        entity = dict(made["entities"].get(name) or {})
        if not entity and not module.on:
            continue
        entity = entity or default_entity(pairs_of(document)[name], fetched)
        entity |= {"enabled": module.on, "direction": module.direction}
        entity["fields"] = _with_scope(pairs_of(document)[name], rows_of(entity), module.scope, fetched)
        entity["scope"] = module.scope
        if module.scope == TICKED:
            del entity["scope"]
            if module.on and not any(row.get("kind") == "tick" for row in entity["fields"]):
                wrong[name] = "The CRM has no field “Add to Xero” in this module yet. Run the set-up first."
        made["entities"][name] = entity
    return finished(document, made, fetched_document, wrong)


def _problem(name: str, module: Module, chosen: Mapping[str, Module]) -> str:
    if module.direction not in DIRECTIONS or module.scope not in SCOPES:
        return "Choose one of the values offered."
    missing = [PAIRS[need] for need in PAIRS[name].needs if module.on and not chosen[need].on]
    if missing:
        words = " and ".join(pair.label + "s" for pair in missing)
        return f"These records belong to {words}. Switch them on too, or switch this off."
    return ""


def _with_scope(pair: Pair, rows: list[Document], scope: str, fetched: Fetched) -> list[Document]:
    """The field map with the tick box or without it."""
    if scope == ALL:
        return [row for row in rows if row.get("kind") != "tick"]
    if any(row.get("kind") == "tick" for row in rows):
        return rows
    return rows + [row for row in default_entity(pair, fetched)["fields"] if row.get("kind") == "tick"]
