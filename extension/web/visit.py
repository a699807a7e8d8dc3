"""One visit: the session cookie, who it stands for, and the token that proves a form is ours.

The cookie holds an opaque token, the database its hash. A session ends after an hour without a request and after
eight hours in any case. The form token is derived from the session, so nothing more is stored; without a session
there is nothing to steal, and the origin check of `security` stands alone.
"""

from __future__ import annotations

import hmac
from dataclasses import asdict
from datetime import timedelta
from hashlib import sha256
from typing import Final

from flask import Response, current_app, g, request

from extension.bootstrap import House, house_of
from extension.web import inside
from extension.web.inside import over_https
from extension.web.person import Person

IDLE: Final = timedelta(hours=1)
LONGEST: Final = timedelta(hours=8)
FRAGMENT: Final = "X-Fragment"  # no other site can send it: it would have to ask first, and is told no

__all__ = ["Person", "over_https"]


def cookie_name() -> str:
    """`__Host-` binds the cookie to this very host; browsers take it over https alone."""
    return "__Host-xero2zoho" if over_https() else "xero2zoho"


def person() -> Person | None:
    """Who asks; None: nobody is signed in."""
    if "person" not in g:
        g.person = _found(house_of(current_app))
    found: Person | None = g.person
    return found


def _found(house: House) -> Person | None:
    token, now = session(), house.clock.now()
    holder = house.sessions.visit(token, now, IDLE) if token else None
    if not holder or "person" not in holder or "challenge" in holder:  # a code is no session
        return None
    return Person(**holder["person"]) if bool(holder.get("inside")) == (FRAGMENT in request.headers) else None


def begin(response: Response, who: Person, connection: int | None = None) -> Response:
    """Signs a person in. Whatever session came with the request ends: none is ever taken over. The new one ends with
    its connection, where it is of one."""
    house = house_of(current_app)
    end_session()
    holder, now = {"person": asdict(who)}, house.clock.now()
    token = house.sessions.start(holder, now, IDLE.total_seconds(), connection, longest=LONGEST)
    response.set_cookie(
        cookie_name(),
        token,
        secure=over_https(),
        httponly=True,
        samesite="Lax",
        path="/",
        max_age=int(LONGEST.total_seconds()),
    )
    g.person = who
    return response


def end(response: Response) -> Response:
    """Signs out."""
    end_session()
    response.delete_cookie(cookie_name(), path="/", secure=over_https(), httponly=True, samesite="Lax")
    g.person = None
    return response


def end_session() -> None:
    if token := session():
        house_of(current_app).sessions.end(token)


def session() -> str:
    """The token that this browser shows; "" without. Pieces of pages inside the CRM go by the session there."""
    if FRAGMENT in request.headers:
        there = inside.current()
        return there.token if there else ""
    return request.cookies.get(cookie_name(), "")


def form_token() -> str:
    """What every form of this session carries. "" without a session."""
    token = session()
    if not token:
        return ""
    key = house_of(current_app).secret_key.encode()
    return hmac.new(key, b"form:" + token.encode(), sha256).hexdigest()


def form_is_ours(given: str) -> bool:
    expected = form_token()
    return not expected or hmac.compare_digest(expected.encode(), given.encode())
