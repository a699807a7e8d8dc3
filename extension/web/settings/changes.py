"""Settings, changes: who changed what, when, before and after; and taking one change back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import request
from flask.typing import ResponseReturnValue

from extension.bootstrap import Saved
from extension.entities.differences import SILENT, Difference, differences, said
from extension.entities.editing import WHOLE
from extension.entities.rolling_back import rolled_back
from extension.sync.errors import BadInput
from extension.web import show
from extension.web.access import Here
from extension.web.settings.desk import kept, pages, scheduled, sheet, unlinked

PAGE: Final = 25
ACTIONS: Final[Mapping[str, str]] = {
    "setting": "Settings",
    "organisation": "Organisation",
    "ended": "Disconnected",
}
NOT_IN_DOCUMENT: Final = frozenset({"start_date", "name"})  # kept with the connection, changed on the set-up page


@pages.get("/settings/changes", needs="manage")
def changes(here: Here) -> ResponseReturnValue:
    before = request.args.get("before", "")
    start = int(before) if before.isascii() and before.isdigit() and len(before) < 12 else None
    return _page(here, start, 200, {})


@pages.post("/settings/changes/<int:change>/roll-back")
def roll_back(here: Here, change: int) -> ResponseReturnValue:
    found = here.house.changes(here.connection).get(change)
    if not _may_go_back(found):
        raise BadInput("This change cannot be taken back here.", code="no_roll_back")
    parts = [(event.object, event.before, event.after) for event in found.events]
    settings = here.connection.settings
    edited = unlinked(here, scheduled(rolled_back(settings, parts, here.connection.fetched)))
    if not edited.fine:
        why = edited.wrong.get(WHOLE) or next(iter(edited.wrong.values()))
        return _page(here, change + 1, 400, {"problem_said": why, "problem_hint": "Nothing was changed."})
    if edited.document == settings:
        return show.done("settings.changes", "unchanged", number=here.number)
    kept(here, edited.document)
    return show.done("settings.changes", "rolled_back", number=here.number)


def _page(here: Here, before: int | None, status: int, words: Mapping[str, Any]) -> ResponseReturnValue:
    found = here.house.changes(here.connection).page(before=before, limit=PAGE + 1)
    shown = [_shown(each) for each in found[:PAGE]]
    older = found[PAGE - 1].id if len(found) > PAGE else None
    return sheet(
        here, "changes.html", None, status=status, **{"shown": shown, "older": older, "newer": before, **words}
    )


def _shown(change: Saved) -> Mapping[str, Any]:
    return {
        "change": change,
        "kind": ACTIONS.get(change.action, said(change.action)),
        "differences": [
            one for event in change.events for one in _differences(event.object, event.before, event.after)
        ],
        "can_go_back": _may_go_back(change),
    }


def _differences(name: str, before: Any, after: Any) -> list[Difference]:
    if before is None and after is None:
        return []
    return differences(name, before, after)


def _may_go_back(change: Saved) -> bool:
    """Settings can; which organisations these are, and what the set-up page keeps, cannot."""
    touched = {event.object for event in change.events} - set(SILENT)
    return change.action == "setting" and bool(touched) and not touched & NOT_IN_DOCUMENT
