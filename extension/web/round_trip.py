"""There and back: a person goes to a service's consent page, and comes back to the one address registered with it.

What the consent was for is remembered here and never told to anybody: the state leads to it once, within ten minutes,
and only in the browser that left, which holds a cookie for each consent that it began.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Literal, TypeAlias

from flask import Response, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from extension.bootstrap import SERVICES, Consent, OAuthState
from extension.sync.canonical import Side
from extension.sync.errors import BadInput, SyncError
from extension.web import access, show, visit

Purpose: TypeAlias = Literal["sign-in", "connect", "reconnect", "widget"]
MINUTES: Final = 10
DENIED: Final = "access_denied"


@dataclass(frozen=True)
class Back:
    """Somebody who came back. `about`: what was remembered of why they left."""

    side: Side
    purpose: Purpose
    consent: Consent
    query: Mapping[str, str]
    about: Mapping[str, Any]


class Astray(BadInput):
    """Nobody of this browser is on the way: the page was opened twice, too late, or elsewhere."""


def leave(side: Side, purpose: Purpose, url: str, consent: Consent, **about: Any) -> Response:
    """Sends the browser to the service."""
    house, ticket = access.house(), secrets.token_urlsafe(24)
    remembered = {"purpose": purpose, "ticket": _hash(ticket), **about}
    house.oauth_states.store(
        consent.state,
        OAuthState(side, consent.verifier, "", house.redirect_uri(side), house.clock.now(), remembered),
    )
    response = make_response(redirect(url, 303))
    response.set_cookie(_cookie(consent.state), ticket, max_age=MINUTES * 60, **_ways())
    return response


def back(side: Side) -> Back:
    """Who came back, once. Raises Astray."""
    query = request.args.to_dict()
    state, house = query.get("state", ""), access.house()
    found = house.oauth_states.take(state, house.clock.now()) if state else None
    ticket = request.cookies.get(_cookie(state), "")
    if found is None or found.provider != side:
        raise Astray(
            "This step was done already, or it took longer than ten minutes.",
            code="astray",
            hint="If the page before this one said that it worked, all is well. Else begin the step again.",
        )
    about = dict(found.extra)
    if not hmac.compare_digest(str(about["ticket"]), _hash(ticket)):
        raise Astray(
            "This step was begun in another browser.",
            code="astray",
            hint="Nothing was connected. Begin it again here, in this browser.",
        )
    return Back(side, about["purpose"], Consent(state, found.code_verifier), query, about)


def this_session() -> str:
    """What a consent remembers of the session that began it; the session's own token opens nothing from there."""
    return _hash(visit.session())


def other_session(came: Back) -> bool:
    """Whether somebody else, or nobody, is signed in by now."""
    return not hmac.compare_digest(str(came.about["session"]), this_session())


def home(response: Response, state: str) -> Response:
    """The same answer, with nothing left of the consent in the browser."""
    response.delete_cookie(_cookie(state), **_ways())
    return response


def failed(came: Back, wrong: SyncError) -> ResponseReturnValue:
    """A plain page: what happened, and the next step."""
    service = SERVICES[came.side]
    if came.query.get("error") == DENIED:
        heading, message = "Nothing was allowed", f"You did not give your consent at {service}, so nothing was changed."
        return astray(heading, message, "", came)
    if came.query.get("error"):
        return astray(f"{service} did not agree", wrong.message, wrong.hint, came)
    if wrong.code in ("invalid_grant", "invalid_code"):
        message = f"{service} does not know the answer any more that it gave a moment ago."
        return astray("That took too long", message, "Begin the step again; nothing was changed.", came)
    return astray("That did not work", wrong.message, wrong.hint, came)


def astray(heading: str, message: str, hint: str, came: Back | None = None) -> ResponseReturnValue:
    step = _next_step(came)
    return show.page("astray.html", 400, heading=heading, message=message, hint=hint, step=step)


def _next_step(came: Back | None) -> tuple[str, str]:
    """What to press, and where it leads."""
    if came is not None and came.purpose == "connect":
        return "Back to Connect", url_for("installing.connect")
    if came is not None and came.purpose == "reconnect":
        return "Back to the connection", url_for("connecting.connection", number=came.about["connection"])
    if visit.person() is None:
        return "Sign in", url_for("signing_in.sign_in")
    return "To the first page", url_for("overview.overview")


def _cookie(state: str) -> str:
    """One for each consent, so that two pages side by side do not disturb each other."""
    return f"{'__Host-' if visit.over_https() else ''}xero2zoho-consent-{_hash(state)[:16]}"


def _ways() -> dict[str, Any]:
    return {"secure": visit.over_https(), "httponly": True, "samesite": "Lax", "path": "/"}


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
