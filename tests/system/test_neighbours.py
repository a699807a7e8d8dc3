"""Two companies in one installation: whatever a person of one opens, nothing of the other is on it.

Every page that links lead to is walked by both, with records, runs and held records behind each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from app import create_app
from extension.bootstrap import Connection, House
from extension.connecting import Connecting, Wishes
from extension.console.consent import pass_through
from extension.sync.canonical import XERO, ZOHO
from extension.sync.model import Scope
from extension.web.visit import Person
from sandbox.world import World
from sandbox.zoho.organisation import NEIGHBOURS, USERS, User
from tests.browser.routes import walked
from tests.system.installation import Installation
from tests.web.visitor import Visitor

NUMBER = re.compile(r"[A-Z]+-\d+$")  # both companies count their documents in the same way
BOOKS = ("Harbour Office Supplies (sandbox)", "Quayside Rentals (sandbox)")


@dataclass(frozen=True)
class Company:
    """One of the two: who manages it, what names its records, and all that they say."""

    connection: Connection
    manager: Person
    own: frozenset[str]
    says: str


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with World(records=10, neighbour=True) as world:
        one = Installation(tmp_path_factory.mktemp("neighbours") / "instance", world)
        yield one.house()
        one.close()


@pytest.fixture(scope="module")
def companies(house: House) -> tuple[Company, Company]:
    first, second = (connected(house, users[0], books) for users, books in zip((USERS, NEIGHBOURS), BOOKS, strict=True))
    return _apart(first, second), _apart(second, first)


def _apart(mine: Company, other: Company) -> Company:
    """Words that the other happens to use, too, say nothing: a subject names an order only where it has no number."""
    own = frozenset(word for word in mine.own if word not in other.says)
    assert len(own) > 30, "too few words would tell of a leak"
    return replace(mine, own=own)


def connected(house: House, user: User, books: str) -> Company:
    """Consent by this person, everything read, nothing approved: a run that is stopped, and much that is held."""
    connecting = Connecting(house)
    for side, chosen in ((ZOHO, ""), (XERO, books)):
        begun = connecting.begin(side)
        url = f"{begun.url}&user={user.id}" if side == ZOHO else begun.url
        connecting.finish(begun, pass_through(url, begun.redirect_uri, chosen))
    connection = connecting.make(Wishes(start="everything")).connection
    house.engine(connection).run(Scope(full=True, observe_only=True))
    house.engine(connection).run(Scope())
    listed = [
        record for entity in house.registry(connection).entities for record in house.inventory(connection, entity.name)
    ]
    own = {text for record in listed for text in (record.id, record.title) if len(text) > 6 and not NUMBER.match(text)}
    person = Person(user.full_name, user.email, str(user.id), connection.organisations[ZOHO], manages=True)
    store = house.store(connection)
    says = [repr(dict(found.fields)) for each in listed for found in store.by_id(each.entity, each.side, [each.id])]
    own |= {connection.name, *connection.organisations.values()}
    return Company(connection, person, frozenset(own), "\n".join([*says, *own]))


def test_each_sees_its_own_and_nothing_of_the_other(house: House, companies: tuple[Company, Company]) -> None:
    app = create_app(house=house)
    for mine, other in (companies, companies[::-1]):
        visitor = Visitor(app, house, mine.manager)
        assert mine.connection.name in visitor.follow(visitor.get("/")).html
        pages = [path for paths in walked(visitor).values() for path in paths]
        for path in pages:
            assert f"/c/{other.connection.id}/" not in path
            seen = visitor.get(path).text
            assert not [word for word in other.own if word in seen], path


def test_an_address_of_the_other_is_not_there(house: House, companies: tuple[Company, Company]) -> None:
    app = create_app(house=house)
    for mine, other in (companies, companies[::-1]):
        theirs = [path for paths in walked(Visitor(app, house, other.manager)).values() for path in paths]
        visitor = Visitor(app, house, mine.manager)
        for path in theirs:
            if f"/c/{other.connection.id}/" in path:
                assert visitor.get(path).status == 404, path
