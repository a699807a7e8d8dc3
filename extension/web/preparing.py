"""The set-up of the CRM on pages: what would be made, made; what could be taken away, taken; the button, by hand.

A plan carries a seal: what is done is exactly what the page showed. Where the CRM refuses, the page says what was
done until then, why it ended, and which clicks do the rest.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from flask import request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, StringConstraints

from extension.entities.catalogue import PAIRS
from extension.entities.crm_setup import NUMBER_HINT, Setup, enabled
from extension.entities.crm_setup_words import clash, wishes
from extension.listening import Listening
from extension.preparing import Outcome, Preparing
from extension.sync.errors import BadInput
from extension.web import access, forms, show

pages = access.Pages("preparing", __name__)

BUTTON: Final = "Sync to Xero"
BUTTON_PATH: Final = "/widget/button"
PANEL_PATH: Final = "/widget/settings"


class Wanted(BaseModel):
    seal: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    number: list[str] = []
    free_text: bool = False


@pages.get("/set-up/fields/plan", needs="manage")
def plan(here: access.Here) -> ResponseReturnValue:
    """What is there and what would be made, by the CRM as it is now."""
    numbers = [name for name in request.args.getlist("number") if name in PAIRS]
    stand_in = "free_text" in request.args
    return _plan(here, Preparing(here.house, here.connection, numbers, stand_in=stand_in).look(), numbers)


def _plan(here: access.Here, setup: Setup, numbers: list[str], problem: BadInput | None = None) -> ResponseReturnValue:
    shown = [
        {
            "plan": each,
            "wishes": wishes(each),
            "clashes": [clash(found) for found in each.clashes],
        }
        for each in setup.modules
    ]
    offers = [each.entity for each in setup.modules if each.offers_number]
    return show.page(
        "crm_setup.html",
        400 if problem else 200,
        modules=shown,
        setup=setup,
        offers=offers,
        numbers=[name for name in numbers if name in offers],
        number_hint=NUMBER_HINT,
        problem_with=problem,
        signals=Listening(here.house, here.connection).look(),
    )


@pages.post("/set-up/signals", needs="manage")
def tell_us(here: access.Here) -> ResponseReturnValue:
    """Asks the CRM to tell us of changes, as the page said it would; or anew, until then."""
    Listening(here.house, here.connection).set_up()
    return show.done("preparing.plan", "signals_on", number=here.number)


@pages.post("/set-up/signals/stop", needs="manage")
def tell_us_no_more(here: access.Here) -> ResponseReturnValue:
    Listening(here.house, here.connection).close()
    return show.done("preparing.plan", "signals_off", number=here.number)


@pages.post("/set-up/fields/make", needs="manage")
def make(here: access.Here) -> ResponseReturnValue:
    """Makes what the page showed."""
    form = forms.read(Wanted, request.form)
    if form.value is None:
        raise BadInput("Look at what would be made first. Nothing was made.")
    preparing = Preparing(here.house, here.connection, form.value.number, stand_in=form.value.free_text)
    try:
        outcome = preparing.do(here.person.name, form.value.seal)
    except BadInput as wrong:
        if wrong.code != "changed_meanwhile":
            raise
        return _plan(here, preparing.look(), form.value.number, wrong)
    return _ended(here, outcome, "set_up")


@pages.get("/set-up/fields/undo", needs="manage")
def look_back(here: access.Here) -> ResponseReturnValue:
    """What could be taken away, and what stays because records use it."""
    return show.page("crm_setup_undo.html", back=Preparing(here.house, here.connection).look_back())


@pages.post("/set-up/fields/undo", needs="manage")
def undo(here: access.Here) -> ResponseReturnValue:
    form = forms.read(Wanted, request.form)
    if form.value is None:
        raise BadInput("Look at what would be taken away first. Nothing was changed.")
    outcome = Preparing(here.house, here.connection).undo(here.person.name, form.value.seal)
    return _ended(here, outcome, "taken_away")


def _ended(here: access.Here, outcome: Outcome, note: str) -> ResponseReturnValue:
    if outcome.fine:
        return show.done("setting_up.fields", note if outcome.steps else "unchanged", number=here.number)
    return show.page("crm_setup_done.html", 502 if outcome.ended else 200, outcome=outcome)


@pages.get("/set-up/button", needs="manage")
def button(here: access.Here) -> ResponseReturnValue:
    """No API makes a custom button (facts/zoho.md 3.7): the clicks, and the values to copy."""
    site = here.house.settings.public_url
    values: dict[str, Any] = {"name": BUTTON, "url": f"{site}{BUTTON_PATH}", "panel": f"{site}{PANEL_PATH}"}
    return show.page("crm_button.html", modules=[pair.name for pair in enabled(here.connection.settings)], **values)
