"""The status map of one kind of document: every status of each side, and what it stands for on the other.

Pure. The document keeps one row per direction; here each direction is a table from all statuses of one side to one of
the other. "" is *held*: documents in that status wait for a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from extension.entities import fetched as fetched_facts
from extension.entities.catalogue import PAIRS, pairs_of
from extension.entities.default_rows import STANDARD_STATUSES
from extension.entities.editing import WHOLE, Document, Edited, copied, finished
from extension.entities.settings import MOVES
from extension.entities.statuses import BIRTHS

BLANK: Final = "(blank)"  # how a form names a document of the CRM without a status
HELD: Final = ""


@dataclass(frozen=True)
class StatusTables:
    """`to_xero`: status of the CRM -> Xero's; `to_zoho`: the other way. In the order of the screens."""

    to_xero: Mapping[str, str] = field(default_factory=dict)
    to_zoho: Mapping[str, str] = field(default_factory=dict)


def tables_of(document: Mapping[str, Any], entity: str, fetched_document: Mapping[str, Any]) -> StatusTables:
    """Every status that either side has, mapped or held."""
    to_xero, to_zoho = _both_ways((document.get("status") or {}).get(entity) or ())
    return StatusTables(
        {crm: to_xero.get(crm, HELD) for crm in (BLANK, *crm_statuses(entity, fetched_document))},
        {xero: to_zoho.get(xero, HELD) for xero in MOVES[pairs_of(document)[entity].kind]},
    )


def _both_ways(rows: Iterable[Mapping[str, Any]]) -> tuple[dict[str, str], dict[str, str]]:
    """What counts of a list of rows: the first for each status of either side."""
    to_xero: dict[str, str] = {}
    to_zoho: dict[str, str] = {}
    for row in rows:
        crm, xero, direction = row.get("zoho") or BLANK, str(row.get("xero") or ""), row.get("direction", "both")
        if direction != "to_zoho":
            to_xero.setdefault(crm, xero)
        if direction != "to_xero":
            to_zoho.setdefault(xero, crm)
    return to_xero, to_zoho


def crm_statuses(entity: str, fetched_document: Mapping[str, Any]) -> list[str]:
    """The CRM's picklist."""
    fetched = fetched_facts.read(fetched_document)
    known = fetched.field_of(PAIRS[entity].module, "Status")
    return list((known.choices if known is not None else ()) or STANDARD_STATUSES)


def with_statuses(
    document: Mapping[str, Any], entity: str, chosen: StatusTables, fetched_document: Mapping[str, Any]
) -> Edited:
    """The document with these tables. `wrong` names the side and the status: "zoho:Created"."""
    crm = {BLANK, *crm_statuses(entity, fetched_document)}
    xero = set(MOVES[pairs_of(document)[entity].kind])
    wrong: dict[str, str] = {}
    rows: list[Document] = []
    for ours, theirs in chosen.to_xero.items():
        if ours not in crm or (theirs and theirs not in xero):
            wrong[f"zoho:{ours}"] = "Choose one of the statuses offered."
        elif theirs:
            rows.append({"zoho": None if ours == BLANK else ours, "xero": theirs, "direction": "to_xero"})
    for theirs, ours in chosen.to_zoho.items():
        if theirs not in xero or (ours and ours not in crm - {BLANK}):
            wrong[f"xero:{theirs}"] = "Choose one of the statuses offered."
        elif ours:
            rows.append({"zoho": ours, "xero": theirs, "direction": "to_zoho"})
    if not wrong and len({row["direction"] for row in rows}) < 2:
        wrong[WHOLE] = "At least one status of each side must stand for one of the other."
    made = copied(document)
    stored = (made.get("status") or {}).get(entity) or []
    if _both_ways(rows) != _both_ways(stored):  # the same map in another order is the same map
        made["status"] = {**(made.get("status") or {}), entity: rows}
    return finished(document, made, fetched_document, wrong, _notices(chosen))


def _notices(chosen: StatusTables) -> dict[str, str]:
    """Statuses in which nothing can begin in Xero, and such that come back as another."""
    found: dict[str, str] = {}
    for ours, theirs in chosen.to_xero.items():
        back = chosen.to_zoho.get(theirs, HELD)
        if theirs and theirs not in BIRTHS:
            found[f"zoho:{ours}"] = "Only for documents that are in Xero already: none can begin there like this."
        elif theirs and not back:
            found[f"zoho:{ours}"] = "This status of Xero does not come back: it is held on the other side of this page."
    return found
