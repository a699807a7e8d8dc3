"""What the pages of the settings have in common: tabs, the seal of what was shown, and saving.

The seal stands in every form: it says from which state of a part the form was made. It is compared when the form
comes back, and once more in the transaction that saves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import request
from flask.typing import ResponseReturnValue

from extension import scheduling
from extension.entities.becoming import collections_left
from extension.entities.editing import WHOLE, Edited, remapped, seal_of
from extension.sync import schedule as schedules
from extension.sync.errors import BadInput
from extension.web import access, show

pages = access.Pages("settings", __name__)

SEAL: Final = "seal"
TABS: Final = (
    ("Modules", "settings.modules"),
    ("Fields", "settings.fields"),
    ("Statuses", "settings.statuses"),
    ("Taxes", "settings.taxes"),
    ("Accounts", "settings.accounts"),
    ("Documents", "settings.documents"),
    ("Policies", "settings.policies"),
    ("Letters", "settings.letters"),
    ("Settings file", "settings.file"),
    ("Changes", "settings.changes"),
)
LINKED: Final = (
    "{n} of the purchase orders {are} linked in Xero. What they become there can be changed only while none is: "
    "disconnect, connect the same organisations again, and choose before the first run."
)
MEANWHILE: Final = "Somebody else changed this meanwhile. Nothing was saved, and what you typed stands below."
LOOK: Final = "Compare it with what is saved now (open this page in another tab), then save again."


def sheet(here: access.Here, template: str, part: Any, *, status: int = 200, **values: Any) -> ResponseReturnValue:
    """A page of the settings. `part`: what its form was made from."""
    around = {"tabs": TABS, "seal": seal_of(part), "problem_said": "", "problem_hint": "", "wrong": {}, "notices": {}}
    return show.page(f"settings/{template}", status, **{**around, **values})


def refused(edited: Edited) -> Mapping[str, Any]:
    """What a page says of an edit that is not saved."""
    said = edited.wrong.get(WHOLE, "") or ("Nothing was saved. Look at what is marked below." if edited.wrong else "")
    return {"wrong": edited.wrong, "notices": edited.notices, "problem_said": said}


def in_work() -> Mapping[str, Any]:
    """What a page keeps of a form that goes on without being saved: from which state it was made."""
    return {"seal": request.form.get(SEAL, "")}


def overtaken(part: Any) -> Mapping[str, Any] | None:
    """What a page says when the form was made from another state of this part; None where it was not."""
    if request.form.get(SEAL, "") == seal_of(part):
        return None
    return {"problem_said": MEANWHILE, "problem_hint": LOOK}


def scheduled(edited: Edited) -> Edited:
    """The edit, with what is wrong with its schedule, which only `sync.schedule` can read."""
    schedule = edited.document.get("schedule")
    wrong = schedules.mistakes(schedule, list(edited.document["entities"])) if schedule else {}
    return Edited(edited.document, {**edited.wrong, **wrong}, edited.notices)


def unlinked(here: access.Here, edited: Edited) -> Edited:
    """The edit, with what is wrong where it gives up a collection that records are linked in."""
    store, wrong = here.house.store(here.connection), dict(edited.wrong)
    for entity, _, _ in collections_left(here.connection.settings, edited.document):
        if linked := store.count_links(entity):
            wrong.setdefault("purchase_orders", LINKED.format(n=linked, are="is" if linked == 1 else "are"))
    return Edited(edited.document, wrong, edited.notices)


def saved(here: access.Here, edited: Edited, endpoint: str, **where: Any) -> ResponseReturnValue:
    """Keeps an edit that is fine, and says what happens next."""
    if not edited.fine:
        raise BadInput("This cannot be saved as it stands.", code="not_fine")
    old = here.connection.settings
    if edited.document == old:
        return show.done(endpoint, "unchanged", number=here.number, **where)
    kept(here, edited.document)
    note = "mapping_saved" if remapped(old, edited.document) else "saved"
    return show.done(endpoint, note, number=here.number, **where)


def kept(here: access.Here, document: Mapping[str, Any]) -> None:
    """Raises BadInput where the settings are no longer those that the document was made from."""
    house, old = here.house, here.connection.settings
    left = collections_left(old, document)
    house.connections.update_settings(here.number, document, here.person.name, house.clock.now(), was=old, left=left)
    if remapped(old, document):
        with house.word(here.connection) as word:
            word.unpark()  # what was left aside under the old mapping is looked at again
    if old.get("schedule") != document.get("schedule"):
        scheduling.replan(house, here.number)
