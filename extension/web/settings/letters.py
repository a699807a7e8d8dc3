"""Settings, letters: whom reports and warnings go to, what became of the last ones, and a letter to try it out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask.typing import ResponseReturnValue

from extension import mailing
from extension.sync.errors import BadInput
from extension.web import show
from extension.web.access import Here
from extension.web.settings.desk import pages, sheet

SHOWN: Final = 30
STATES: Final[Mapping[str, tuple[str, str]]] = {  # words and tone
    "waiting": ("Waits", "info"),
    "sent": ("Sent", "good"),
    "failed": ("Given up", "bad"),
}


@pages.get("/settings/letters", needs="manage")
def letters(here: Here) -> ResponseReturnValue:
    return _page(here)


@pages.post("/settings/letters/try")
def try_letters(here: Here) -> ResponseReturnValue:
    try:
        new = mailing.try_out(here.house, here.connection, here.person.name)
    except BadInput as wrong:
        return _page(here, 400, problem_said=wrong.message, problem_hint=wrong.hint)
    return show.done("settings.letters", "letter" if new else "letter_already", number=here.number)


@pages.post("/settings/letters/<int:letter>/again")
def send_again(here: Here, letter: int) -> ResponseReturnValue:
    here.house.mails.again(here.number, letter, here.house.clock.now())
    return show.done("settings.letters", "letter", number=here.number)


def _page(here: Here, status: int = 200, **words: str) -> ResponseReturnValue:
    house = here.house
    return sheet(
        here,
        "letters.html",
        None,
        status=status,
        to=mailing.addressee(house, here.connection),
        own=bool((here.connection.settings.get("notify") or {}).get("email")),
        mail_ready=house.mail_ready,
        shown=house.mails.recent(here.number, SHOWN),
        states=STATES,
        **words,
    )
