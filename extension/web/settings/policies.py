"""Settings, policies: who wins, what a deletion does, what is created by itself, and who is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, Field

from extension.entities.catalogue import PAIRS, PURCHASES
from extension.entities.editing_policies import (
    EACH,
    LONGEST_HISTORY,
    MOST_DOCUMENTS,
    RETIREMENTS,
    SHORTEST_HISTORY,
    Policies,
    policies_of,
    with_policies,
)
from extension.web import forms
from extension.web.access import Here
from extension.web.settings.desk import overtaken, pages, refused, saved, sheet, unlinked

OWNERS: Final = (
    (EACH, "As each field says"),
    ("zoho", "The CRM wins"),
    ("xero", "Xero wins"),
    ("newest", "The newest wins"),
    ("ask", "Ask me"),
)
ENDS: Final[Mapping[str, str]] = {
    "ask": "Ask me",
    "archive": "Put the other one away",
    "void": "Void or cancel the other one",
    "mark": "Mark the other one",
    "ignore": "Leave the other one alone",
}


class Wanted(BaseModel):
    """The fields of the form that are not one per module."""

    new_contacts: str = "by_role"
    purchase_orders: str = PURCHASES[0]
    document_limit: int | None = Field(default=None, ge=0, le=MOST_DOCUMENTS)
    keep_days: int | None = Field(default=None, ge=SHORTEST_HISTORY, le=LONGEST_HISTORY)
    email: str = Field(default="", max_length=254)
    on_loss: bool = False


@pages.get("/settings/policies", needs="manage")
def policies(here: Here) -> ResponseReturnValue:
    stored = policies_of(here.connection.settings)
    given = {name: getattr(stored, name) for name in Wanted.model_fields}
    return _page(here, stored.conflicts, stored.retire, given, 200, {})


@pages.post("/settings/policies")
def save_policies(here: Here) -> ResponseReturnValue:
    form = forms.read(Wanted, request.form)
    conflicts = {name: request.form.get(f"conflicts.{name}", EACH) for name in PAIRS}
    retire = {name: request.form.get(f"retire.{name}", "ask") for name in PAIRS}
    late = overtaken(_part(here))
    if form.value is None:
        said = {"wrong": form.errors, "problem_said": "Nothing was saved. Look at what is marked below."}
        return _page(here, conflicts, retire, form.given, 400, said)
    chosen = Policies(conflicts, retire, **form.value.model_dump())
    edited = unlinked(here, with_policies(here.connection.settings, chosen, here.connection.fetched))
    if late or not edited.fine:
        said = {**refused(edited), **(late or {})}
        return _page(here, conflicts, retire, form.given, 409 if late else 400, said)
    return saved(here, edited, "settings.policies")


def _part(here: Here) -> str:
    return repr(policies_of(here.connection.settings))


def _page(
    here: Here,
    conflicts: Mapping[str, str],
    retire: Mapping[str, str],
    given: Mapping[str, Any],
    status: int,
    said: Mapping[str, Any],
) -> ResponseReturnValue:
    offered = {name: [(one, ENDS[one]) for one in _offered(here, name)] for name in PAIRS}
    values = {
        "modules": list(PAIRS),
        "conflicts": conflicts,
        "retire": retire,
        "owners": OWNERS,
        "ends": offered,
        "given": {name: given.get(name) for name in Wanted.model_fields},
    }
    return sheet(here, "policies.html", _part(here), status=status, **{**values, **said})


def _offered(here: Here, entity: str) -> list[str]:
    """What this module can do; a setting that came from elsewhere stays on offer."""
    stored = policies_of(here.connection.settings).retire[entity]
    return [*RETIREMENTS[entity], *([stored] if stored not in RETIREMENTS[entity] else [])]
