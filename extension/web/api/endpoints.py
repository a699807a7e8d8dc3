"""How a question of a panel is let in: the only way to register one.

Every function says what it needs, and gets the session that was found. A change needs our own origin, JSON, and the
form's token where the browser sends the session by itself.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final, Literal, TypeAlias, TypeVar, cast

from apiflask import APIBlueprint
from flask import abort, g, request
from flask.typing import ResponseReturnValue

from extension.bootstrap import Connection, House
from extension.entities.catalogue import PAIRS
from extension.recording import entity_of
from extension.sync.canonical import ZOHO
from extension.sync.errors import BadInput
from extension.web import access, inside, lines
from extension.web.api import problems
from extension.web.limits import limiter

ASKING: Final = "300 per minute"
CHANGING: Final = "60 per minute"
SAFE: Final = frozenset({"GET", "HEAD"})
LONGEST_ID: Final = 20

Need: TypeAlias = Literal["open", "look", "press", "manage"]
Route = TypeVar("Route", bound=Callable[..., Any])


@dataclass(frozen=True)
class Caller:
    """Who asks, of which connection."""

    house: House
    session: inside.Session
    connection: Connection

    @property
    def number(self) -> int:
        return self.connection.id

    @property
    def here(self) -> access.Here:
        return access.Here(self.house, self.session.person, self.connection)


class Endpoints(APIBlueprint):
    """A blueprint of the API whose functions say what they need."""

    def get(self, rule: str, needs: Need = "look", **options: Any) -> Callable[[Route], Route]:
        return self._endpoint("GET", rule, needs, options)

    def post(self, rule: str, needs: Need = "press", **options: Any) -> Callable[[Route], Route]:
        return self._endpoint("POST", rule, needs, options)

    def delete(self, rule: str, needs: Need = "look", **options: Any) -> Callable[[Route], Route]:
        return self._endpoint("DELETE", rule, needs, options)

    def _endpoint(self, method: str, rule: str, needs: Need, options: dict[str, Any]) -> Callable[[Route], Route]:
        def register(view: Route) -> Route:
            checked = _checked(cast(access.View, view), needs)
            limited = limiter.limit(ASKING if method in SAFE else CHANGING)(checked)
            name = view.__name__
            self.add_url_rule(rule, name, limited, methods=[method], **options)
            self.record_once(lambda state: access.note(state.app, f"{self.name}.{name}", "api"))
            return view

        return register


def _checked(view: access.View, needs: Need) -> access.View:
    @wraps(view)
    def checked(**given: Any) -> ResponseReturnValue:
        if request.method not in SAFE and (wrong := _unfit()):
            return wrong
        if needs == "open":
            return view(**given)
        caller = _caller()
        if caller is None:
            return problems.problem(401)
        if request.method not in SAFE and caller.session.by_cookie and not _form_is_ours(caller.session):
            return problems.problem(403, "The panel was open for too long. Open it again.", "no_form_token")
        if needs == "manage" and not caller.session.person.manages:
            return problems.problem(403, "Only an administrator of the CRM may do this.", "not_admin")
        g.here = caller.here
        lines.concern(caller.number)
        return view(caller, **given)

    return checked


def _unfit() -> ResponseReturnValue | None:
    """A change that a form or another page could have sent."""
    if request.method == "DELETE" and not request.content_length:
        return None
    return None if request.mimetype == "application/json" else problems.problem(415, code="not_json")


def _form_is_ours(session: inside.Session) -> bool:
    given = request.headers.get("X-CSRF-Token", "")
    return hmac.compare_digest(given.encode(), inside.form_token(session).encode())


def _caller() -> Caller | None:
    session = inside.current()
    if session is None:
        return None
    house = access.house()
    try:
        connection = house.connections.get(session.connection)
    except BadInput:
        return None
    if not connection.active or not access.sees(session.person, connection):
        return None
    return Caller(house, session, connection)


def visible(caller: Caller, entity: str, *ids: str) -> str:
    """Our name of the module, when this person may see these records there; else there is nothing like it here."""
    name = entity_of(entity)
    if any(not id_.isdecimal() or len(id_) > LONGEST_ID for id_ in ids):
        abort(404)
    if not inside.sees(caller.session, caller.connection.organisations[ZOHO], PAIRS[name].module, ids):
        abort(404)
    return name
