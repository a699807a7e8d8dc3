"""Settings, fields: the field map of one module, over the fields that both services have now.

Everything that is typed lives in the form until it is saved: rows are added, taken away, checked and tried on a real
record without a script and without a change.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from extension import trying
from extension.entities import fetched as fetched_facts
from extension.entities.catalogue import PAIRS, Pair, pairs_of
from extension.entities.editing import WHOLE, Edited, entity_of, rows_of
from extension.entities.editing_fields import (
    MOST_ROWS,
    Draft,
    crm_choices,
    drafts_of,
    fixed,
    with_default_fields,
    with_fields,
    xero_choices,
)
from extension.entities.fetched import CrmField
from extension.entities.fields import COMPUTED
from extension.entities.matching_kinds import WORDS, spoken
from extension.entities.xero_fields import XeroField, xero_field
from extension.sync.errors import BadInput, SyncError
from extension.web import show
from extension.web.access import Here
from extension.web.settings.desk import in_work, overtaken, pages, refused, saved, sheet

CELLS: Final = ("zoho", "xero", "direction", "owner", "default_zoho", "default_xero")
OWNERS: Final = (("zoho", "CRM"), ("xero", "Xero"), ("newest", "The newest"), ("ask", "Ask me"))
DIRECTIONS: Final = (("both", "⇄ Both ways"), ("to_xero", "→ To Xero"), ("to_zoho", "← To the CRM"))
FETCHERS: Final = ("settings.taxes", "settings.accounts", "settings.statuses")  # pages with the same button
UNMAPPED: Final = "derived"  # a row of an imported file may say so; it is kept
KEY: Final = re.compile(r"\w{1,200}")  # a row that somebody else took away meanwhile is a new one
LONGEST: Final = 2000  # characters of a default


@pages.get("/settings/fields", needs="manage")
def fields(here: Here) -> ResponseReturnValue:
    """The drop-down of modules leads here."""
    wanted = request.args.get("entity", "account")
    entity = wanted if wanted in PAIRS else "account"
    return redirect(url_for("settings.field_map", number=here.number, entity=entity), 303)


@pages.get("/settings/fields/<entity>", needs="manage")
def field_map(here: Here, entity: str) -> ResponseReturnValue:
    own = entity_or_404(here, entity)
    edited = with_fields(here.connection.settings, entity, _stored(here, entity), here.connection.fetched)
    said = {"notices": edited.notices, "wrong": edited.wrong, "problem_said": edited.wrong.get(WHOLE, "")}
    return _page(here, entity, own, _stored(here, entity), 200, said)


@pages.post("/settings/fields/<entity>")
def save_field_map(here: Here, entity: str) -> ResponseReturnValue:
    own = entity_or_404(here, entity)
    do, drafts = request.form.get("do", "save"), _sent(here, entity)
    if do.startswith("remove:"):
        drafts = [draft for draft in drafts if draft.key != do.removeprefix("remove:")]
    edited = with_fields(here.connection.settings, entity, drafts, here.connection.fetched)
    late = overtaken(own)
    if do == "save" and edited.fine and not late:
        return saved(here, edited, "settings.field_map", entity=entity)
    said = {**refused(edited), **(late or {})}
    if do != "save":
        unsaved = edited.document != here.connection.settings
        said |= {"problem_said": edited.wrong.get(WHOLE, ""), "problem_hint": "", "unsaved": unsaved, **in_work()}
    status = 200 if do != "save" else 409 if late else 400
    if do == "try":
        said["tried"], status = _tried(here, entity, edited)
    return _page(here, entity, own, drafts, status, said)


@pages.post("/settings/fields/<entity>/default")
def default_map(here: Here, entity: str) -> ResponseReturnValue:
    own = entity_or_404(here, entity)
    edited = with_default_fields(here.connection.settings, entity, here.connection.fetched)
    late = overtaken(own)
    if late or not edited.fine:
        return _page(
            here, entity, own, _stored(here, entity), 409 if late else 400, {**refused(edited), **(late or {})}
        )
    return saved(here, edited, "settings.field_map", entity=entity)


@pages.post("/settings/fetch")
def fetch_fields(here: Here) -> ResponseReturnValue:
    """The fields, taxes and accounts of both services, read now; then back to the page that asked."""
    back = request.form.get("back", "")
    here.house.refreshed(here.connection, here.person.name)
    if back in FETCHERS:
        return show.done(back, "fields_fetched", number=here.number)
    entity = back if back in PAIRS else "account"
    return show.done("settings.field_map", "fields_fetched", number=here.number, entity=entity)


def entity_or_404(here: Here, entity: str) -> Mapping[str, Any]:
    """That module's part of the settings."""
    if entity not in PAIRS:
        abort(404)
    return entity_of(here.connection.settings, entity)


# ------------------------------------------------------------------ rows


def _stored(here: Here, entity: str) -> list[Draft]:
    return drafts_of(here.connection.settings, entity)


def _sent(here: Here, entity: str) -> list[Draft]:
    """The rows as they were typed."""
    known = {draft.name for draft in _stored(here, entity)}
    drafts = []
    for key in dict.fromkeys(request.form.getlist("row")[:MOST_ROWS]):
        if not KEY.fullmatch(key):
            abort(400)
        cells = {cell: request.form.get(f"{key}.{cell}", "").strip()[:LONGEST] for cell in CELLS}
        drafts.append(Draft(key, key if key in known else "", **cells))
    return drafts


def _tried(here: Here, entity: str, edited: Edited) -> tuple[Mapping[str, Any], int]:
    """The map as it is typed, on one record. Where that does not work, what was typed stays all the same."""
    if not edited.fine:
        return {"refused": "Correct first what is marked above."}, 200
    side, _, id_ = request.form.get("record", "").partition(":")
    try:
        return {"result": trying.tried(here.house, here.connection, edited.document, entity, side, id_)}, 200
    except BadInput as wrong:
        return {"refused": f"{wrong.message} {wrong.hint}"}, 400
    except SyncError as wrong:
        return {"refused": f"{wrong.message} {wrong.hint}"}, 502


# ------------------------------------------------------------------ the page


def _page(
    here: Here, entity: str, own: Mapping[str, Any], drafts: Sequence[Draft], status: int, said: Mapping[str, Any]
) -> ResponseReturnValue:
    fetched = fetched_facts.read(here.connection.fetched)
    stored, pair = {str(row["name"]): row for row in rows_of(own)}, pairs_of(here.connection.settings)[entity]
    known = fetched.fields.get(pair.module, {})
    rows = [_row(pair, draft, stored.get(draft.name), known) for draft in drafts if not draft.empty or draft.name]
    fresh = next(f"new{n}" for n in range(1, 1000) if all(f"new{n}" != draft.key for draft in drafts))
    values = {
        "entity": entity,
        "modules": list(PAIRS),
        "off": own.get("enabled", True) is False,
        "rows": rows,
        "fresh": fresh,
        "crm_fields": [(field.name, _crm_words(field)) for field in crm_choices(entity, fetched)],
        "xero_fields": [(field.path, _xero_words(field)) for field in xero_choices(pair.kind)],
        "owners": OWNERS,
        "directions": DIRECTIONS,
        "candidates": trying.candidates(here.house, here.connection, entity),
        "chosen": request.form.get("record", ""),
        "unsaved": False,
        "tried": None,
    }
    return sheet(here, "fields.html", own, status=status, **{**values, **said})


def _row(
    pair: Pair, draft: Draft, stored: Mapping[str, Any] | None, known: Mapping[str, CrmField]
) -> Mapping[str, Any]:
    """One row as the template shows it. `chosen`: what its lists do not offer, and it has all the same."""
    crm, xero = known.get(draft.zoho), xero_field(pair.kind, draft.xero)
    why = fixed(pair, stored) if stored is not None else ""
    computed = bool(stored) and (stored or {}).get("kind") in COMPUTED
    return {
        "key": draft.key,
        "draft": draft,
        "fixed": why,
        "travels": not computed and draft.direction != UNMAPPED,
        "label": (stored or {}).get("label") or (spoken(crm) if crm else xero.label if xero else "New row"),
        "crm": _crm_words(crm) if crm else draft.zoho,
        "xero": _xero_words(xero) if xero else draft.xero,
    }


def _crm_words(field: CrmField) -> str:
    notes = [WORDS.get(field.kind, field.kind.replace("_", " "))] if field.kind else []
    notes += ["required"] if field.mandatory else []
    notes += ["read-only"] if field.read_only else []
    return f"{spoken(field)} ({', '.join(notes)})" if notes else spoken(field)


def _xero_words(field: XeroField) -> str:
    notes = [WORDS[field.kind]] if field.kind in WORDS else []
    notes += ["required"] if field.required else []
    notes += [] if field.settable else ["to the CRM only"]
    return f"{field.label} ({', '.join(notes)})" if notes else field.label
