"""Setting the installation up: our registrations with both services, then a new connection in three steps.

Secrets go in and never come out again. What the server's own settings give is shown as such and cannot be changed
here. Consents wait, sealed, until the person has chosen which organisations belong together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Final, Literal

from flask import Response, abort, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import AfterValidator, BaseModel, StringConstraints

from extension.bootstrap import SERVICES
from extension.caring import LONGEST_NAME, forget_consents
from extension.connecting import Connecting, Wishes
from extension.doctor.findings import Finding
from extension.doctor.installation import introduced
from extension.listening import xero_webhook
from extension.sync.canonical import SIDES, XERO, ZOHO, Side
from extension.sync.errors import BadInput, Unauthorised
from extension.web import access, forms, round_trip, show, visit, words
from extension.web.limits import SIGN_IN, limiter

pages = access.Pages("installing", __name__)

CENTRES: Final = {
    "us": "United States (zoho.com)",
    "eu": "Europe (zoho.eu)",
    "in": "India (zoho.in)",
    "au": "Australia (zoho.com.au)",
    "jp": "Japan (zoho.jp)",
    "cn": "China (zoho.com.cn)",
    "ca": "Canada (zohocloud.ca)",
    "sa": "Saudi Arabia (zoho.sa)",
    "uk": "United Kingdom (zoho.uk)",
}
CONSOLES: Final = {ZOHO: "https://api-console.zoho.com", XERO: "https://developer.xero.com/app/manage"}
LATEST: Final = 10  # changes shown
ADDRESSEE: Final = "notify_email"
FIELD_OF: Final = {"no_client_id": "client_id", "no_client_secret": "client_secret", "no_data_centre": "data_centre"}


def _credential(text: str) -> str:
    if re.search(r"[^\x21-\x7e]", text):
        raise ValueError("This contains a blank or an unusual character. Copy it again.")
    return text


def _e_mail(text: str) -> str:
    if text and not re.fullmatch(r"[^@\s\x00-\x20,;<>\"]+@[^@\s,;<>\"]+\.[^@\s.,;<>\"]+", text):
        raise ValueError("This must be an e-mail address such as accounts@example.com.")
    return text


Credential = Annotated[str, StringConstraints(max_length=200), AfterValidator(_credential)]


class Registration(BaseModel):
    client_id: Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_credential)]
    client_secret: Credential = ""
    data_centre: Literal["", "us", "eu", "in", "au", "jp", "cn", "ca", "sa", "uk"] = ""


class Letters(BaseModel):
    email: Annotated[str, StringConstraints(max_length=254), AfterValidator(_e_mail)] = ""


# ------------------------------------------------------------------ Web Service Settings


@pages.get("/set-up/services", needs="installer")
def services() -> ResponseReturnValue:
    return _services()


def _services(
    status: int = 200,
    side: Side | None = None,
    form: forms.Filled[Any] | None = None,
    findings: Sequence[Finding] = (),
) -> ResponseReturnValue:
    """The page; with what was typed or tested of one service, or of the letters (no side)."""
    letters = form if form is not None and side is None else forms.Filled({"email": address()})
    both = [_service(each, form if each == side else None, findings if each == side else ()) for each in SIDES]
    ready = all(each["by_server"] or each["kept"] for each in both)
    house = access.house()
    return show.page(
        "services.html",
        status,
        services=both,
        letters=letters,
        ready=ready,
        mail_ready=house.mail_ready,
        in_use=not house.needs_setup(),
        hook=xero_webhook(house),
        changes=[(each.at, each.actor, _told(each.object, each.after)) for each in house.services.changes(LATEST)],
    )


def _told(what: str, after: Any) -> str:
    """A change in words, without a secret."""
    if what == ADDRESSEE:
        return f"Notification e-mail: {after or 'nobody'}"
    new = ", with a new secret" if after.get("new_secret") else ""
    centre = f", data centre {after['data_centre']}" if after.get("data_centre") else ""
    return f"{words.service(what)}: client id {after['client_id']}{centre}{new}"


def _service(side: Side, form: forms.Filled[Any] | None, findings: Sequence[Finding]) -> dict[str, Any]:
    house = access.house()
    stored, by_server = house.services.get(side), house.settings.registration(side) is not None
    known = {"client_id": stored.client_id if stored else "", "data_centre": stored.data_centre if stored else "us"}
    return {
        "side": side,
        "service": SERVICES[side],
        "console": CONSOLES[side],
        "by_server": by_server,
        "client_id": house.app(side).client_id if by_server else "",
        "kept": stored is not None,
        "redirect": house.redirect_uri(side),
        "centres": list(CENTRES.items()) if side == ZOHO and not house.settings.chooses_data_centre else [],
        "form": form or forms.Filled(known),
        "findings": findings,
    }


@pages.post("/set-up/services/<side>", needs="installer")
def save_service(side: str) -> ResponseReturnValue:
    house, which = access.house(), _side(side)
    if house.settings.registration(which) is not None:
        raise BadInput("The server's own settings give this registration.", hint="Change them there.")
    form = forms.read(Registration, request.form)
    if form.value is None:
        return _services(400, which, form)
    given, stored = form.value, house.services.get(which)
    if stored is not None and given.client_id != stored.client_id and not given.client_secret:
        return _services(400, which, form.wrong("client_secret", "Enter the secret that belongs to the new client id."))
    centre = (given.data_centre or (stored.data_centre if stored else "us")) if which == ZOHO else ""
    person, now = _person(), house.clock.now()
    try:
        house.services.save(which, given.client_id, given.client_secret or None, centre, person.name, now)
    except BadInput as wrong:
        return _services(400, which, form.wrong(FIELD_OF.get(wrong.code, ""), wrong.message))
    return show.done("installing.services", "saved")


@pages.post("/set-up/services/<side>/test", needs="installer")
@limiter.limit(SIGN_IN)
def test_service(side: str) -> ResponseReturnValue:
    """What the service itself says of our registration and of the connections. Changes nothing."""
    which = _side(side)
    return _services(200, which, None, list(introduced(access.house(), which)))


@pages.post("/set-up/notifications", needs="installer")
def save_letters() -> ResponseReturnValue:
    form = forms.read(Letters, request.form)
    if form.value is None:
        return _services(400, None, form)
    house = access.house()
    house.services.set_note(ADDRESSEE, form.value.email, actor=_person().name, at=house.clock.now())
    return show.done("installing.services", "saved")


def address() -> str:
    """Who gets the letters of connections that name nobody themselves."""
    return str(access.house().services.note(ADDRESSEE) or "")


# ------------------------------------------------------------------ a new connection


@pages.get("/set-up/connect", needs="installer")
def connect() -> ResponseReturnValue:
    passing = access.house().passing(visit.session())
    sides = [
        {"side": side, "service": SERVICES[side], "given": passing.get(side) is not None, "ready": _registered(side)}
        for side in SIDES
    ]
    return show.page("connect.html", sides=sides, all_given=all(each["given"] for each in sides))


@pages.post("/set-up/connect/<side>", needs="installer")
def consent(side: str) -> ResponseReturnValue:
    """To the service, which asks for consent."""
    begun = Connecting(access.house()).begin(_side(side))
    return round_trip.leave(begun.side, "connect", begun.url, begun.consent, session=round_trip.this_session())


@pages.post("/set-up/connect/begin-again", needs="installer")
def begin_again() -> ResponseReturnValue:
    """Forgets the consents that wait."""
    forget_consents(access.house(), access.house().passing(visit.session()))
    return show.done("installing.connect", "begun_again")


def arrived(came: round_trip.Back) -> Response:
    """A consent for the connection that is being made."""
    person, house = visit.person(), access.house()
    if person is None or not person.installs or round_trip.other_session(came):
        raise BadInput("Your session ended while you were away. Nothing was connected.", hint="Sign in and try again.")
    passing = house.passing(visit.session())
    Connecting(house, passing).resume(came.side, came.consent, came.query)
    whole = all(passing.get(side) is not None for side in SIDES)
    return make_response(show.done("installing.organisation" if whole else "installing.connect", "consented"))


class Choice(BaseModel):
    xero_organisation: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    name: Annotated[str, StringConstraints(max_length=LONGEST_NAME)] = ""
    start: Literal["today", "date", "everything"] = "today"
    start_date: date | None = None


@pages.get("/set-up/organisation", needs="installer")
def organisation() -> ResponseReturnValue:
    return _organisation(forms.Filled({"start": "today"}))


def _organisation(form: forms.Filled[Choice], status: int = 200) -> ResponseReturnValue:
    """The organisations that both consents reach, asked now."""
    house, passing = access.house(), access.house().passing(visit.session())
    if any(passing.get(side) is None for side in SIDES):
        return redirect(url_for("installing.connect"))
    connecting = Connecting(house, passing)
    try:
        (crm,), books = connecting.reached(ZOHO), connecting.reached(XERO)
    except Unauthorised:
        passing.drop()
        return redirect(url_for("installing.connect"))
    known = house.connections.by_organisation(ZOHO, crm.id)
    mine = known.organisations[XERO] if known else ""
    rows = [
        {"id": each.id, "name": each.name or each.id, "of": house.connections.by_organisation(XERO, each.id)}
        for each in books
    ]
    free = [row["id"] for row in rows if row["of"] is None or row["id"] == mine]
    given = dict(form.given)
    given.setdefault("xero_organisation", mine if mine in free else free[0] if len(free) == 1 else "")
    today = house.clock.now().date().isoformat()
    filled = forms.Filled[Choice](given, form.errors, form.value)
    return show.page(
        "organisation.html", status, form=filled, crm=crm, rows=rows, free=free, known=known, mine=mine, today=today
    )


@pages.post("/set-up/organisation", needs="installer")
def make() -> ResponseReturnValue:
    """Both organisations become a connection."""
    form = forms.read(Choice, request.form)
    if form.value is None:
        if "xero_organisation" in form.errors:
            form = form.wrong("xero_organisation", "Choose the Xero organisation that belongs to this CRM.")
        return _organisation(form, 400)
    if form.value.start == "date" and form.value.start_date is None:
        return _organisation(form.wrong("start_date", "Enter the date."), 400)
    given = form.value
    start = str(given.start_date) if given.start == "date" else given.start
    passing = access.house().passing(visit.session())
    try:
        made = Connecting(access.house(), passing).make(Wishes(given.name, start, given.xero_organisation))
    except BadInput as wrong:
        return _organisation(form.wrong("", f"{wrong.message} {wrong.hint}".strip()), 400)
    passing.drop()
    note = "connected" if made.new else "reconnected"
    return show.done("setting_up.steps", note, number=made.connection.id)


def _registered(side: Side) -> bool:
    try:
        access.house().app(side)
    except BadInput:
        return False
    return True


def _side(named: str) -> Side:
    return next((side for side in SIDES if side == named), None) or abort(404)


def _person() -> visit.Person:
    person = visit.person()
    assert person is not None  # needs="installer"
    return person
