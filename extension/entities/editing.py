"""The settings document as data: an edit makes a new one, or says row by row what is wrong with it.

Pure. An edit never changes the document that it was given. Before a document may be saved it is read whole, as a run
would read it (`registry.build`), and its mapping gets a new version where something changed that records are read or
translated by: then the next run reads everything again, and stops before the mapping alone writes to a record.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final, TypeAlias

from extension.entities.catalogue import PAIRS, purchases_of
from extension.entities.registry import build
from extension.sync.errors import BadInput

Document: TypeAlias = dict[str, Any]

WHOLE: Final = ""  # names the document as a whole, where a row would be named
# What people see of a field, and who wins where both changed it: nothing is read or translated by these.
NOT_MAPPING: Final = ("label", "owner")
# Said of documents that are yet to be written: no record is read or compared by these.
WRITTEN_ONLY: Final = ("rounding_account", "crm_links")


@dataclass(frozen=True)
class Edited:
    """A document as it would be. It may be saved iff nothing is `wrong`; `notices` are worth knowing, by row."""

    document: Document
    wrong: Mapping[str, str] = field(default_factory=dict)
    notices: Mapping[str, str] = field(default_factory=dict)

    @property
    def fine(self) -> bool:
        return not self.wrong


def copied(document: Mapping[str, Any]) -> Document:
    """One that may be changed."""
    return copy.deepcopy(dict(document))


def finished(
    old: Mapping[str, Any],
    new: Document,
    fetched: Mapping[str, Any],
    wrong: Mapping[str, str] | None = None,
    notices: Mapping[str, str] | None = None,
) -> Edited:
    """The edit with its version, read whole. What was wrong before and is no worse does not hold an edit up:
    of two things that became wrong by themselves (somebody deleted a field in the CRM), neither could be mended."""
    made = copied(new)
    version = old.get("mapping_version", 1)
    made["mapping_version"] = version + (mapping_of(old) != mapping_of(made))
    if not wrong:
        complaint = complaint_of(made, fetched)
        if complaint and complaint != complaint_of(old, fetched):
            wrong = {WHOLE: complaint}
    return Edited(made, dict(wrong or {}), dict(notices or {}))


def complaint_of(document: Mapping[str, Any], fetched: Mapping[str, Any]) -> str:
    """What keeps these settings from being used; "": nothing."""
    try:
        build(document, fetched)
    except BadInput as why:
        return why.message
    return ""


def remapped(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether an edit changes the mapping, so that everything is read again."""
    return bool(old.get("mapping_version") != new.get("mapping_version"))


def mapping_of(document: Mapping[str, Any]) -> Any:
    """What records are read and translated by. A default account counts: what Xero refused because of it is kept
    as refused until the mapping has another version."""
    entities = document.get("entities") or {}
    return {
        "entities": {name: _mapped(row) for name, row in entities.items() if row.get("enabled", True)},
        "new_contacts": (document.get("policies") or {}).get("new_contacts", "by_role"),
        "purchase_orders": purchases_of(document),
        "documents": {k: v for k, v in (document.get("documents") or {}).items() if k not in WRITTEN_ONLY},
        **{name: document.get(name) for name in ("status", "taxes", "accounts", "itemless_product")},
    }


def _mapped(entity: Mapping[str, Any]) -> Document:
    kept = {name: value for name, value in entity.items() if name not in ("enabled", "direction", "scope", "fields")}
    rows = [{k: v for k, v in row.items() if k not in NOT_MAPPING} for row in entity.get("fields") or ()]
    return {**kept, "scope": entity.get("scope", "ticked"), "fields": rows}


def seal_of(part: Any) -> str:
    """What a form carries to say which state of a part it was made from."""
    return sha256(json.dumps(part, sort_keys=True, default=str).encode()).hexdigest()[:20]


def entity_of(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """One module's part of the document. Raises BadInput for a module that does not exist."""
    if name not in PAIRS:
        raise BadInput(f"There is no module “{name}”.", code="no_entity")
    found: Mapping[str, Any] = (document.get("entities") or {}).get(name) or {}
    return found


def rows_of(entity: Mapping[str, Any]) -> list[Document]:
    return [dict(row) for row in entity.get("fields") or ()]
