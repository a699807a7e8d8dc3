"""Signing in inside the CRM: a code from the sign-in window for a session of this frame."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response
from flask.typing import ResponseReturnValue

from extension.bootstrap import House
from extension.web import access, inside
from extension.web.api import problems
from extension.web.api.endpoints import Caller, Endpoints
from extension.web.api.schemas import Redeem, Session
from extension.web.limits import SIGN_IN, limiter

endpoints = Endpoints("api_session", __name__, url_prefix="/api", tag="Session")


@endpoints.post("/session", needs="open")
@limiter.limit(SIGN_IN)
@endpoints.input(Redeem)
@endpoints.output(Session, status_code=201)
def begin(json_data: Redeem) -> ResponseReturnValue:
    """Begins a session with the code of the sign-in window."""
    house = access.house()
    session = inside.redeem(house, json_data.code, json_data.verifier)
    if session is None:
        return problems.problem(
            403,
            "This code does not work: it was used, is older than a minute, or not this panel's.",
            "bad_code",
            "Press “Sign in” again.",
        )
    answer = make_response({**_told(house, session), "token": session.token}, 201)
    return inside.keep(answer, session)


@endpoints.get("/session")
@endpoints.output(Session)
def current(caller: Caller) -> dict[str, Any]:
    """Who is signed in."""
    return _told(caller.house, caller.session)


@endpoints.delete("/session")
@endpoints.output({}, status_code=204)
def end(caller: Caller) -> Response:
    """Signs out."""
    return inside.end(make_response("", 204))


def _told(house: House, session: inside.Session) -> dict[str, Any]:
    connection = house.connections.get(session.connection)
    return {
        "csrf": inside.form_token(session),
        "expires": session.expires.isoformat(),
        "person": {"name": session.person.name, "manages": session.person.manages},
        "connection": {"id": connection.id, "name": connection.name},
    }
