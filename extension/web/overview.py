"""The first page: every connection that this person may see, and how it stands."""

from __future__ import annotations

from typing import Final

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, field_validator

from extension.bootstrap import SERVICES
from extension.web import access, show, visit

pages = access.Pages("overview", __name__)

PAGE: Final = 50  # connections
LONGEST: Final = 100  # characters of a name
MOST_DIGITS: Final = 18  # of a number that a database takes


class Wanted(BaseModel):
    """Those after this number, whose name contains these words. Nonsense in the address is no wish."""

    after: int = 0
    words: str = ""

    @field_validator("after", mode="before")
    @classmethod
    def _number(cls, given: object) -> int:
        text = str(given)
        return int(text) if text.isascii() and text.isdigit() and len(text) < MOST_DIGITS else 0

    @field_validator("words")
    @classmethod
    def _short(cls, given: str) -> str:
        return given.strip()[:LONGEST]


@pages.get("/", needs="person")
def overview() -> ResponseReturnValue:
    person, house = visit.person(), access.house()
    assert person is not None
    given = Wanted.model_validate(request.args.to_dict())
    found = access.mine(person, given.after, PAGE + 1, given.words)
    if not found and person.installs and house.needs_setup():
        return redirect(url_for("installing.services"))
    if len(found) == 1 and not person.installs:
        note, n = request.args.get("note"), request.args.get("n")
        return redirect(url_for("dashboard.dashboard", number=found[0].id, note=note, n=n))
    page = found[:PAGE]
    glances = house.glances([each.id for each in page])
    cards = [
        {
            "connection": each,
            "stands": glances[each.id],
            "lost": [SERVICES[side] for side in glances[each.id].lost],
            "paused": bool(each.settings.get("paused")),
        }
        for each in page
    ]
    return show.page(
        "overview.html",
        cards=cards,
        words_wanted=given.words,
        searches=bool(given.words or given.after or len(found) > PAGE),
        next=page[-1].id if len(found) > PAGE else None,
    )
