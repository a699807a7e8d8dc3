"""Who is signed in inside the CRM: the session of a frame that a page of Zoho shows.

A cookie of the frame's own partition, and where a browser keeps none, the same token as a bearer held in the memory
of the page (facts/widget.md 3.2, 3.3). Nothing that the CRM's page says is an identity. The session ends with the
token that Zoho gave the person, within the hour.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from flask import Response, current_app, g, request

from extension.bootstrap import House, house_of
from extension.signing_in import Sight, Visitor
from extension.sync.errors import Unauthorised
from extension.sync.ports import Grant
from extension.web.person import Person

LONGEST: Final = timedelta(minutes=55)  # a Zoho token lives for an hour
CODE_SECONDS: Final = 60.0
LETTERS: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that looks like another
CODE_LENGTH: Final = 8
SEEN_FOR: Final = timedelta(minutes=10)
BEARER: Final = "Bearer "


@dataclass(frozen=True)
class Session:
    """A session inside the CRM. `by_cookie`: the browser sends it by itself, so a change needs the form's token."""

    token: str = field(repr=False)
    by_cookie: bool
    person: Person
    connection: int
    expires: datetime
    holder: Any = field(repr=False, compare=False)


# ------------------------------------------------------------------ a code, for a minute


def code_for(house: House, found: Visitor, grant: Grant, challenge: str) -> str:
    """What the sign-in window hands over: worth something only with the verifier that the challenge came from."""
    code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
    holder = {"challenge": challenge, "person": asdict(_person(found)), "connection": found.connection}
    house.sessions.start(holder, house.clock.now(), CODE_SECONDS, found.connection, grant=grant, token=_spelt(code))
    return code


def redeem(house: House, code: str, verifier: str) -> Session | None:
    """A session for a code, once. None: unknown, too old, used, or somebody else's."""
    now, spelt = house.clock.now(), _spelt(code)
    holder = house.sessions.take(spelt, now)
    if holder is None or not hmac.compare_digest(str(holder.get("challenge", "")), challenge_of(verifier)):
        return None
    grant = house.sessions.grant(spelt, holder)
    ends = min(grant.expires_at, now + LONGEST)
    kept = {"inside": True, "person": holder["person"], "connection": holder["connection"], "until": ends.isoformat()}
    token = house.sessions.start(kept, now, max(1.0, (ends - now).total_seconds()), holder["connection"], grant=grant)
    return Session(token, False, Person(**kept["person"]), kept["connection"], ends, kept)


def challenge_of(verifier: str) -> str:
    """base64url(sha256(verifier)), without padding."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _spelt(code: str) -> str:
    """As a person may type it; never mistaken for a session's token."""
    return "code:" + "".join(letter for letter in code.upper() if letter.isalnum())


def _person(found: Visitor) -> Person:
    return Person(found.name, found.email, found.user, found.organisation, manages=found.manages)


# ------------------------------------------------------------------ the session


def cookie_name() -> str:
    return "__Host-xero2zoho-widget" if over_https() else "xero2zoho-widget"


def over_https() -> bool:
    return house_of(current_app).settings.public_url.startswith("https:")


def current() -> Session | None:
    """The session of this request; a bearer counts before a cookie."""
    if "inside" not in g:
        g.inside = _found(house_of(current_app))
    found: Session | None = g.inside
    return found


def _found(house: House) -> Session | None:
    said = request.headers.get("Authorization", "")
    by_cookie = not said.startswith(BEARER)
    token = request.cookies.get(cookie_name(), "") if by_cookie else said.removeprefix(BEARER).strip()
    holder = house.sessions.holder(token, house.clock.now()) if token else None
    if not holder or not holder.get("inside"):
        return None
    until = datetime.fromisoformat(holder["until"])
    return Session(token, by_cookie, Person(**holder["person"]), int(holder["connection"]), until, holder)


def keep(response: Response, session: Session) -> Response:
    """Gives the browser the session as a cookie of this frame's partition."""
    life = int((session.expires - house_of(current_app).clock.now()).total_seconds())
    response.set_cookie(cookie_name(), session.token, max_age=life, **_ways())
    return response


def end(response: Response) -> Response:
    session = current()
    if session is not None:
        house_of(current_app).sessions.end(session.token)
    response.delete_cookie(cookie_name(), **_ways())
    g.inside = None
    return response


def _ways() -> dict[str, Any]:
    """Over https a cookie of the frame's own partition; on this machine alone, one that any browser keeps."""
    https = over_https()
    same = "None" if https else "Lax"
    return {"secure": https, "httponly": True, "samesite": same, "partitioned": https, "path": "/"}


def form_token(session: Session) -> str:
    key = house_of(current_app).secret_key.encode()
    return hmac.new(key, b"inside:" + session.token.encode(), sha256).hexdigest()


# ------------------------------------------------------------------ what they may see


class Seen:
    """Records that the CRM showed to a session a moment ago, so that it is not asked again with every poll."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, str, str], datetime] = {}
        self._lock = threading.Lock()

    def has(self, key: tuple[str, str, str], now: datetime) -> bool:
        with self._lock:
            return self._until.get(key, now) > now

    def add(self, key: tuple[str, str, str], now: datetime) -> None:
        with self._lock:
            self._until = {known: until for known, until in self._until.items() if until > now}
            self._until[key] = now + SEEN_FOR


def sees(session: Session, organisation: str, module: str, ids: Sequence[str]) -> bool:
    """Whether this person sees all of these records in the CRM. Raises Unauthorised when Zoho knows their token no
    more."""
    house = house_of(current_app)
    seen: Seen = current_app.extensions.setdefault("xero2zoho.seen", Seen())
    mine, now = sha256(session.token.encode()).hexdigest(), house.clock.now()
    unsure = [id_ for id_ in ids if not seen.has((mine, module, id_), now)]
    if not unsure:
        return True
    grant = house.sessions.grant(session.token, session.holder)
    try:
        found = Sight(house, grant, organisation).seen(module, unsure)
    except Unauthorised:
        house.sessions.end(session.token)
        raise
    for id_ in found:
        seen.add((mine, module, id_), now)
    return found >= set(unsure)
