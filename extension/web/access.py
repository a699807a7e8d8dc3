"""Who is asking, and may they: the only way to register a view.

`Pages` takes the place of Flask's own route decorators: every view says what it needs, and the check stands before
the view and not in it, so that none can forget it. A connection of another organisation does not exist for a person
(404, never 403: its number says nothing).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final, Literal, TypeAlias, TypeVar, cast

from flask import Blueprint, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue, RouteCallable

from extension.bootstrap import Connection, House, house_of
from extension.sync.canonical import ZOHO
from extension.sync.errors import BadInput
from extension.web import lines, visit

Need: TypeAlias = Literal["open", "person", "installer", "look", "press", "manage", "api"]
"""Anybody; anybody who is signed in; who manages the installation; then, of one connection, who sees it, who may
press sync, and who may change it; what the API checks by itself."""

ACCESS: Final = "xero2zoho.access"  # app.extensions: endpoint -> Need


@dataclass(frozen=True)
class Here:
    """The connection that a page is about, and who looks at it."""

    house: House
    person: visit.Person
    connection: Connection

    @property
    def number(self) -> int:
        return self.connection.id

    @property
    def manages(self) -> bool:
        return self.person.manages


View: TypeAlias = Callable[..., ResponseReturnValue]
Route = TypeVar("Route", bound=RouteCallable)


class Pages(Blueprint):
    """A blueprint whose views say what they need."""

    def get(self, rule: str, needs: Need = "look", **options: Any) -> Callable[[Route], Route]:
        return self._page("GET", rule, needs, options)

    def post(self, rule: str, needs: Need = "manage", **options: Any) -> Callable[[Route], Route]:
        return self._page("POST", rule, needs, options)

    def _page(self, method: str, rule: str, needs: Need, options: dict[str, Any]) -> Callable[[Route], Route]:
        of_connection = needs in ("look", "press", "manage")
        whole = f"/c/<int:number>{rule}" if of_connection else rule

        def register(view: Route) -> Route:
            checked = (
                _for_connection(cast(View, view), needs) if of_connection else _for_person(cast(View, view), needs)
            )
            name = str(options.pop("endpoint", view.__name__))
            self.add_url_rule(whole, name, checked, methods=[method], **options)
            self.record_once(lambda state: note(state.app, f"{self.name}.{name}", needs))
            return view

        return register


def note(app: Any, endpoint: str, needs: Need) -> None:
    app.extensions.setdefault(ACCESS, {})[endpoint] = needs


def _for_person(view: View, needs: Need) -> View:
    @wraps(view)
    def checked(**given: Any) -> ResponseReturnValue:
        if needs == "open":
            return view(**given)
        person = visit.person()
        if person is None:
            return _sign_in()
        if needs == "installer" and not person.installs:
            abort(403)
        return view(**given)

    return checked


def _for_connection(view: View, needs: Need) -> View:
    @wraps(view)
    def checked(number: int, **given: Any) -> ResponseReturnValue:
        person = visit.person()
        if person is None:
            return _sign_in()
        here = Here(house(), person, visible(person, number))
        g.here = here
        lines.concern(number)
        if needs == "manage" and not person.manages:
            abort(403)
        return view(here, **given)

    return checked


def _sign_in() -> ResponseReturnValue:
    """Back to where they wanted to go, as far as that is a page of ours that can be asked for."""
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("signing_in.sign_in", next=wanted if wanted != "/" else None))


def house() -> House:
    return house_of(current_app)


def visible(person: visit.Person, number: int) -> Connection:
    """The connection, when this person may know of it."""
    try:
        found = house().connections.get(number)
    except BadInput:
        abort(404)
    if not found.active or not sees(person, found):
        abort(404)
    return found


def sees(person: visit.Person, connection: Connection) -> bool:
    return person.installs or bool(person.organisation and connection.organisations[ZOHO] == person.organisation)


def mine(person: visit.Person, after: int, most: int, words: str = "") -> Sequence[Connection]:
    """The next connections that this person may see, after this number. An organisation of the CRM has one at most;
    `words` are for who sees them all."""
    if person.installs:
        return house().connections.some(after, most, words=words)
    found = house().connections.by_organisation(ZOHO, person.organisation) if person.organisation else None
    return [found] if found and found.id > after else []
