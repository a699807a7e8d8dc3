"""What changes in the settings with what purchase orders become in Xero: purchase orders, or bills.

Pure. The two kinds have other fields and other statuses, so their maps begin anew. What somebody chose in a row that
both kinds know stays: the field of the CRM, and who wins. A row of their own stays where the other kind has its field.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from extension.entities import fetched as fetched_facts
from extension.entities.catalogue import BILL, PURCHASES, pairs_of, purchases_of
from extension.entities.default_rows import FIELDS
from extension.entities.defaults import default_entity, status_rows
from extension.entities.xero_fields import is_of_other
from extension.sync.canonical import Side

Document = dict[str, Any]

ENTITY: Final = BILL.name
CHOSEN: Final = ("zoho", "owner")  # of a row that both kinds know


def turned(document: Mapping[str, Any], purchases: str, fetched_document: Mapping[str, Any]) -> Document:
    """The document with purchase orders becoming this. `purchases`: one of PURCHASES; the same as before changes
    nothing."""
    made = dict(document)
    if purchases == purchases_of(document) or purchases not in PURCHASES:
        return made
    fetched, before = fetched_facts.read(fetched_document), pairs_of(document)[ENTITY]
    made["policies"] = {**(document.get("policies") or {}), "purchase_orders": purchases}
    pair = pairs_of(made)[ENTITY]
    own = (document.get("entities") or {}).get(ENTITY)
    if own is None:
        return made
    old = {row.get("name"): row for row in own.get("fields") or ()}
    removed = {row["name"] for row in FIELDS[before.kind]} - set(old)
    default = [row for row in default_entity(pair, fetched)["fields"] if row["name"] not in removed]
    rows = [
        {**row, **{name: old[row["name"]][name] for name in CHOSEN if name in old.get(row["name"], ())}}
        for row in default
    ]
    standard = {row["name"] for kind in (before.kind, pair.kind) for row in FIELDS[kind]}
    rows += [row for name, row in old.items() if name not in standard and not is_of_other(pair, str(row.get("xero")))]
    made["entities"] = {**document["entities"], ENTITY: {**own, "fields": rows}}
    made["status"] = {**(document.get("status") or {}), ENTITY: status_rows(pair, fetched)}
    return made


def collections_left(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[tuple[str, Side, str]]:
    """(entity, side, collection) of what was looked at under the old settings and is not under the new ones."""
    before, now = pairs_of(old), pairs_of(new)
    return [
        (name, side, feed)
        for name, pair in before.items()
        for side, feed in pair.feeds.items()
        if now[name].feeds[side] != feed
    ]
