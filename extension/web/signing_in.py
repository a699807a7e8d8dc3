"""Signing in and out: by a one-time set-up link, or with Zoho.

A link's address is only looked at; it is used up by the button on its page, so that a mail scanner that follows
links takes nobody's right away. After signing in a person goes where they wanted to, if that is a page of ours.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from extension.signing_in import SigningIn
from extension.sync.canonical import ZOHO
from extension.web import access, round_trip, show, visit
from extension.web.limits import SIGN_IN, limiter

pages = access.Pages("signing_in", __name__)


@pages.get("/sign-in", needs="open")
def sign_in() -> ResponseReturnValue:
    if visit.person() is not None:
        return redirect(onwards(request.args.get("next", "")))
    return show.page("sign_in.html", next=onwards(request.args.get("next", "")), with_zoho=_with_zoho())


@pages.post("/sign-in", needs="open")
@limiter.limit(SIGN_IN)
def with_zoho() -> ResponseReturnValue:
    """To Zoho, which says who this is."""
    if visit.person() is not None:
        return redirect(onwards(request.form.get("next", "")), 303)
    way = SigningIn(access.house())
    return round_trip.leave(ZOHO, "sign-in", way.url, way.consent, next=onwards(request.form.get("next", "")))


def arrived(came: round_trip.Back) -> Response:
    """Zoho has said who it is."""
    found = SigningIn(access.house(), came.consent).finish(came.query)
    who = visit.Person(found.name, found.email, found.user, found.organisation, manages=found.manages)
    return visit.begin(make_response(redirect(onwards(str(came.about["next"])), 303)), who, found.connection)


@pages.get("/setup/<token>", needs="open")
@limiter.limit(SIGN_IN)
def setup_link(token: str) -> ResponseReturnValue:
    house = access.house()
    holder = house.sessions.holder(token, house.clock.now())
    if not holder or not holder.get("setup_link"):
        return show.page("trouble.html", 404, heading="This link does not work any more", message=USED, hint="")
    return show.page("setup_link.html", token=token)


USED = "A set-up link works once, and for a day. `flask setup-link` on the server prints a new one."


@pages.post("/setup/<token>", needs="open")
@limiter.limit(SIGN_IN)
def use_setup_link(token: str) -> ResponseReturnValue:
    house = access.house()
    if not house.use_setup_link(token):
        return show.page("trouble.html", 404, heading="This link does not work any more", message=USED, hint="")
    who = visit.Person(name="Set-up", manages=True, installs=True)
    return visit.begin(make_response(redirect(url_for("overview.overview"), 303)), who)


@pages.post("/sign-out", needs="open")
def sign_out() -> ResponseReturnValue:
    return visit.end(make_response(show.done("signing_in.sign_in", "signed_out")))


def onwards(wanted: str) -> str:
    """The page that was asked for, when it is one of this portal; else the first page."""
    found = urlsplit(wanted)
    inside = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not found.scheme and not found.netloc
    return wanted if inside and "\\" not in wanted and wanted.isprintable() else "/"


def _with_zoho() -> bool:
    """Whether anybody can sign in with Zoho yet: an app is registered and an organisation connected."""
    return bool(access.house().connections.some(0, 1))
