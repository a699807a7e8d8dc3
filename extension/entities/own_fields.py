"""The fields of ours in the CRM (section *xero2zoho Application*): which there should be, which there are.

Pure. The set-up or people make them in Zoho CRM; what was fetched says which exist under what API name. One that
appears is mapped at once, and one that somebody took out of the map stays out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from extension.entities import fetched as fetched_facts
from extension.entities.catalogue import PAIRS, Pair, pairs_of
from extension.entities.default_rows import FIELDS
from extension.entities.defaults import crm_name, default_entity
from extension.entities.fetched import Fetched

Document = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """One of our fields: what it is called, what kind Zoho calls it, and what it is for."""

    label: str
    zoho_kind: str
    purpose: str
    unique: bool = False


KINDS: Final[Mapping[str, Kind]] = {
    "add_to_xero": Kind("Add to Xero", "Checkbox", "Ticked records are synchronised."),
    "xero_id": Kind("Xero ID", "Single Line", "Keeps a record together with its counterpart.", unique=True),
    "xero_url": Kind("Xero URL", "URL", "Leads to the counterpart in Xero."),
    "xero_number": Kind("Xero Invoice No.", "Single Line", "The number that Xero gave."),
    "theme": Kind("Branding Theme", "Pick List", "The look of the document in Xero; its values are Xero's themes."),
    "amount_paid": Kind("Amount Paid", "Currency", "What was paid of an invoice in Xero."),
    "amount_due": Kind("Amount Due", "Currency", "What is still to be paid."),
    "amount_credited": Kind(
        "Amount Credited", "Currency", "What credit notes, over- and prepayments settled of an invoice in Xero."
    ),
    "last_payment": Kind("Last Payment Date", "Date", "When the last payment was made in Xero."),
}
DOCUMENT_URL: Final = "Xero Invoice URL"


def label_of(pair: Pair, name: str) -> str:
    """What a field of ours is called in one module."""
    return DOCUMENT_URL if name == "xero_url" and pair.document else KINDS[name].label


@dataclass(frozen=True)
class OwnField:
    """One field of one module. `api_name` "": it is not there. `needed`: nothing works without it."""

    entity: str
    module: str
    name: str
    label: str
    kind: Kind
    api_name: str
    unique: bool
    needed: bool

    @property
    def state(self) -> str:
        if not self.api_name:
            return "missing"
        return "duplicates" if self.kind.unique and not self.unique else "there"


def own_fields(settings: Mapping[str, Any], document: Mapping[str, Any]) -> list[OwnField]:
    """Every field of ours that the enabled modules should have."""
    fetched, entities = fetched_facts.read(document), settings.get("entities") or {}
    found = []
    for name, pair in pairs_of(settings).items():
        if name in entities and entities[name].get("enabled", True):
            ticked = entities[name].get("scope", "ticked") != "all"
            found += [_field(pair, row, fetched, ticked) for row in _own_rows(pair)]
    return found


def with_new_fields(settings: Mapping[str, Any], before: Mapping[str, Any], now: Mapping[str, Any]) -> Document:
    """The settings with the fields of ours mapped that the CRM has now and had not before."""
    old, new = fetched_facts.read(before), fetched_facts.read(now)
    made: Document = deepcopy(dict(settings))
    changed, pairs = False, pairs_of(settings)
    for name, entity in (made.get("entities") or {}).items():
        if name not in PAIRS:
            continue
        known = {row.get("name") for row in entity.get("fields") or ()}
        taken = {row.get("zoho") for row in entity.get("fields") or ()}
        for row in default_entity(pairs[name], new)["fields"]:
            own = row["name"] in KINDS and row["name"] not in known and row.get("zoho") not in taken
            if own and _name_of(pairs[name], row["name"], old) is None:
                entity["fields"].append(row)
                changed = True
    if changed:
        made["mapping_version"] = made.get("mapping_version", 0) + 1
    return made


def _own_rows(pair: Pair) -> Iterator[Mapping[str, Any]]:
    return (row for row in FIELDS[pair.kind] if row["name"] in KINDS)


def _field(pair: Pair, row: Mapping[str, Any], fetched: Fetched, ticked: bool) -> OwnField:
    kind, api_name = KINDS[row["name"]], _found(pair, row, fetched) or ""
    label = label_of(pair, row["name"])
    known = fetched.field_of(pair.module, api_name)
    unique = known is not None and known.unique
    needed = row["name"] == "add_to_xero" and ticked
    return OwnField(pair.name, pair.module, row["name"], label, kind, api_name, unique, needed)


def _name_of(pair: Pair, name: str, fetched: Fetched) -> str | None:
    return next((_found(pair, row, fetched) for row in _own_rows(pair) if row["name"] == name), None)


def _found(pair: Pair, row: Mapping[str, Any], fetched: Fetched) -> str | None:
    given = row["zoho"]
    return crm_name(pair.module, given if isinstance(given, list) else [given], fetched, guess=False)
