"""One connection as a whole: its name, paused or going on, connected again, ended; and where consent leads back to.

The callback is the one address that both services know. What the consent was for decides who goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Final

from flask import Response, abort, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, StringConstraints

from extension import caring
from extension.bootstrap import SERVICES
from extension.connecting import Connecting
from extension.sync.canonical import SIDES, Side
from extension.sync.errors import BadInput, SyncError
from extension.web import access, forms, installing, popup, round_trip, show, signing_in, visit
from extension.web.limits import SIGN_IN, limiter

pages = access.Pages("connecting", __name__)


# ------------------------------------------------------------------ back from a consent page


@pages.get("/connect/<side>/callback", needs="open")
@limiter.limit(SIGN_IN)
def callback(side: str) -> ResponseReturnValue:
    """A service sent the browser back."""
    try:
        came = round_trip.back(_side(side))
    except round_trip.Astray as astray:
        return round_trip.astray("Nothing to do here", astray.message, astray.hint)
    try:
        response = make_response(ARRIVALS[came.purpose](came))
    except SyncError as wrong:
        response = make_response(round_trip.failed(came, wrong))
    return round_trip.home(response, came.consent.state)


def arrived(came: round_trip.Back) -> Response:
    """Somebody connected one side of a connection again."""
    person = visit.person()
    if person is None or round_trip.other_session(came):
        raise BadInput("Your session ended while you were away. Nothing was changed.", hint="Sign in and try again.")
    connection = access.visible(person, int(came.about["connection"]))
    if not person.manages:
        abort(403)
    caring.reconnect(access.house(), connection, came.side, came.consent, came.query)
    return make_response(show.done("connecting.connection", "reconnected", number=connection.id))


ARRIVALS: Final[Mapping[round_trip.Purpose, Callable[[round_trip.Back], Response]]] = {
    "sign-in": signing_in.arrived,
    "widget": popup.arrived,
    "connect": installing.arrived,
    "reconnect": arrived,
}


# ------------------------------------------------------------------ one connection


class Name(BaseModel):
    name: Annotated[str, StringConstraints(min_length=1, max_length=caring.LONGEST_NAME)]


@pages.get("/connection", needs="manage")
def connection(here: access.Here) -> ResponseReturnValue:
    return _page(here, forms.Filled({"name": here.connection.name}))


def _page(here: access.Here, form: forms.Filled[Name], status: int = 200) -> ResponseReturnValue:
    grants = here.house.grants(here.number)
    sides = [
        {
            "side": side,
            "service": SERVICES[side],
            "organisation": here.house.organisation_name(here.connection, side),
            "problem": grants.problem(side),
            "kept": grants.get(side) is not None,
        }
        for side in SIDES
    ]
    paused = bool(here.connection.settings.get("paused"))
    return show.page("connection.html", status, form=form, sides=sides, paused=paused)


@pages.post("/connection/name", needs="manage")
def rename(here: access.Here) -> ResponseReturnValue:
    form = forms.read(Name, request.form)
    if form.value is not None:
        try:
            caring.rename(here.house, here.connection, form.value.name, here.person.name)
        except BadInput as wrong:
            form = form.wrong("name", wrong.message)
        else:
            return show.done("connecting.connection", "saved", number=here.number)
    return _page(here, form, 400)


@pages.post("/connection/pause", needs="manage")
def pause(here: access.Here) -> ResponseReturnValue:
    caring.pause(here.house, here.connection, True, here.person.name)
    return show.done("connecting.connection", "paused", number=here.number)


@pages.post("/connection/go-on", needs="manage")
def go_on(here: access.Here) -> ResponseReturnValue:
    caring.pause(here.house, here.connection, False, here.person.name)
    return show.done("connecting.connection", "resumed", number=here.number)


@pages.post("/reconnect/<side>", needs="manage")
def reconnect(here: access.Here, side: str) -> ResponseReturnValue:
    """To the service, which asks for consent again."""
    begun = Connecting(here.house).begin(_side(side))
    return round_trip.leave(
        begun.side,
        "reconnect",
        begun.url,
        begun.consent,
        connection=here.number,
        session=round_trip.this_session(),
    )


@pages.get("/disconnect", needs="manage")
def ask_disconnect(here: access.Here) -> ResponseReturnValue:
    """What ending it means, before it is ended."""
    return show.page("disconnect.html")


@pages.post("/disconnect", needs="manage")
def disconnect(here: access.Here) -> ResponseReturnValue:
    untold = caring.disconnect(here.house, here.connection, here.person.name)
    note = "disconnected" if not untold else "disconnected_untold"
    if here.person.installs:
        return show.done("overview.overview", note)
    return visit.end(make_response(redirect(url_for("signing_in.sign_in", note=note), 303)))


def _side(named: str) -> Side:
    return next((side for side in SIDES if side == named), None) or abort(404)
