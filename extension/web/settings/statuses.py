"""Settings, statuses: what a document's status on one side stands for on the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import request
from flask.typing import ResponseReturnValue

from extension.entities.catalogue import PAIRS
from extension.entities.editing_statuses import BLANK, StatusTables, tables_of, with_statuses
from extension.entities.statuses import WORDS
from extension.web.access import Here
from extension.web.settings.desk import overtaken, pages, refused, saved, sheet
from extension.web.settings.fields import entity_or_404

DOCUMENTS: Final = tuple(name for name, pair in PAIRS.items() if pair.document)


@pages.get("/settings/statuses", needs="manage")
def statuses(here: Here) -> ResponseReturnValue:
    wanted = request.args.get("entity", "")
    entity = wanted if wanted in DOCUMENTS else DOCUMENTS[0]
    tables = _stored(here, entity)
    edited = with_statuses(here.connection.settings, entity, tables, here.connection.fetched)
    return _page(here, entity, tables, 200, {"notices": edited.notices})


@pages.post("/settings/statuses/<entity>")
def save_statuses(here: Here, entity: str) -> ResponseReturnValue:
    entity_or_404(here, entity)
    if entity not in DOCUMENTS:
        return statuses(here)
    stored = _stored(here, entity)
    tables = StatusTables(
        {crm: request.form.get(f"zoho:{crm}", "") for crm in stored.to_xero},
        {xero: request.form.get(f"xero:{xero}", "") for xero in stored.to_zoho},
    )
    edited = with_statuses(here.connection.settings, entity, tables, here.connection.fetched)
    late = overtaken(_part(here, entity))
    if late or not edited.fine:
        return _page(here, entity, tables, 409 if late else 400, {**refused(edited), **(late or {})})
    return saved(here, edited, "settings.statuses", entity=entity)


def _stored(here: Here, entity: str) -> StatusTables:
    return tables_of(here.connection.settings, entity, here.connection.fetched)


def _part(here: Here, entity: str) -> Any:
    return (here.connection.settings.get("status") or {}).get(entity)


def _page(here: Here, entity: str, tables: StatusTables, status: int, said: Mapping[str, Any]) -> ResponseReturnValue:
    crm = [name for name in tables.to_xero if name != BLANK]
    values = {
        "entity": entity,
        "documents": DOCUMENTS,
        "tables": tables,
        "xero_choices": [("", "Held: a person decides"), *((name, _spoken(name)) for name in tables.to_zoho)],
        "crm_choices": [("", "Held: a person decides"), *((name, name) for name in crm)],
        "spoken": _spoken,
    }
    return sheet(here, "statuses.html", _part(here, entity), status=status, **{**values, **said})


def _spoken(status: str) -> str:
    """Xero's status as Xero's screens say it."""
    return WORDS.get(status, status).removeprefix("a ").capitalize()
