"""One connection as a whole: name, pause, connecting again, ending; and two of them side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from extension.bootstrap import Connection
from extension.remote.zoho import people
from extension.sync.canonical import SIDES, XERO, ZOHO, Side
from extension.sync.model import Scope
from extension.web.limits import limiter
from extension.web.visit import Person
from sandbox.faults import Rule
from tests.system.live_books import Books
from tests.web.consent import accepted, refused
from tests.web.visitor import INSTALLER, Visitor, administrator

Visitors = Callable[[Person | None], Visitor]


@pytest.fixture(autouse=True)
def unlimited() -> Iterator[None]:
    limiter.reset()
    yield
    limiter.reset()


# ------------------------------------------------------------------ name and pause


def test_a_connection_is_renamed(admin: Visitor, books: Books, connection: Connection) -> None:
    page = admin.follow(admin.post("/c/1/connection/name", {"name": "  Harbour & Sons <b> "}))
    assert "Saved." in page.text
    assert "Harbour &amp; Sons &lt;b&gt;" in page.html
    assert books.house.connections.get(1).name == "Harbour & Sons <b>"
    (change,) = books.house.connections.changes(1)
    assert (change.actor, change.object, change.before) == ("Ada Admin", "name", connection.name)


@pytest.mark.parametrize(("name", "said"), [("", "Please fill this in."), ("x" * 101, "at most 100 characters")])
def test_a_wrong_name_changes_nothing(
    admin: Visitor, books: Books, connection: Connection, name: str, said: str
) -> None:
    page = admin.post("/c/1/connection/name", {"name": name})
    assert page.status == 400
    assert said in page.text
    assert books.house.connections.get(1).name == connection.name


def test_two_connections_are_never_called_the_same(admin: Visitor, books: Books) -> None:
    books.house.connections.create("Quayside")
    page = admin.post("/c/1/connection/name", {"name": "quayside"})
    assert page.status == 400
    assert "There is a connection “quayside” already." in page.text
    assert 'value="quayside"' in page.html


def test_pause_and_go_on(admin: Visitor, books: Books) -> None:
    page = admin.follow(admin.post("/c/1/connection/pause"))
    assert "This connection is paused." in page.text
    assert books.house.connections.get(1).settings["paused"] is True
    assert books.house.connections.get(1).settings["entities"], "all else stays"
    page = admin.follow(admin.post("/c/1/connection/go-on"))
    assert "This connection is paused." not in page.text
    assert books.house.connections.get(1).settings["paused"] is False
    assert [each.object for each in books.house.connections.changes(1)] == ["paused", "paused"]


# ------------------------------------------------------------------ connecting again


@pytest.mark.parametrize("side", SIDES)
def test_a_lost_side_is_connected_again(admin: Visitor, books: Books, connection: Connection, side: Side) -> None:
    grants = books.house.grants(1)
    grants.mark_broken(side, "invalid_grant")
    service = {"zoho": "Zoho CRM", "xero": "Xero"}[side]
    assert f"{service} ended our access." in admin.get("/c/1/sync").text
    before = books.house.connections.get(1)
    back = accepted(books, admin.post(f"/c/1/reconnect/{side}"))
    page = admin.follow(admin.get(back))
    assert "Connected again" in page.text
    assert "ended our access" not in page.text
    assert grants.problem(side) is None
    assert books.house.connections.get(1) == before, "settings, start date and name stay"
    assert [each.id for each in books.house.reached(side, grants)] == [connection.organisations[side]]


def test_zoho_is_told_that_the_old_grant_is_not_needed(admin: Visitor, books: Books) -> None:
    """Zoho keeps 20 refresh tokens of a person and drops the first for the next."""
    old = books.house.grants(1).get(ZOHO)
    assert old is not None
    admin.get(accepted(books, admin.post("/c/1/reconnect/zoho")))
    new = books.house.grants(1).get(ZOHO)
    assert new is not None
    assert old.refresh not in books.zoho.accounts._refresh
    assert new.refresh in books.zoho.accounts._refresh


def test_another_xero_organisation_is_refused_by_name(admin: Visitor, books: Books) -> None:
    grants, xero = books.house.grants(1), books.services.xero
    before = grants.get(XERO)
    xero.state.identity.connections.clear()
    back = accepted(books, admin.post("/c/1/reconnect/xero"), tenant=xero.neighbour_id)
    page = admin.get(back)
    assert page.status == 400
    neighbour = xero.state.ledgers[xero.neighbour_id].organisation["Name"]
    assert f"another Xero organisation: “{neighbour}”" in page.text
    assert 'href="/c/1/connection"' in page.html
    assert grants.get(XERO) == before


def test_another_crm_is_refused_by_name(admin: Visitor, books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    before, kept = books.house.grants(1).get(ZOHO), set(books.zoho.accounts._refresh)
    monkeypatch.setattr(people, "organisation", lambda way: ("999", "Quayside Rentals"))
    page = admin.get(accepted(books, admin.post("/c/1/reconnect/zoho")))
    assert page.status == 400
    assert "another Zoho CRM organisation: “Quayside Rentals”" in page.text
    assert books.house.grants(1).get(ZOHO) == before
    assert set(books.zoho.accounts._refresh) == kept, "the other organisation's grant was given back"


def test_a_no_changes_nothing(admin: Visitor, books: Books) -> None:
    before = books.house.grants(1).get(XERO)
    page = admin.get(refused(admin.post("/c/1/reconnect/xero")))
    assert "Nothing was allowed" in page.text
    assert "Back to the connection" in page.text
    assert books.house.grants(1).get(XERO) == before


def test_a_consent_outlives_no_session(admin: Visitor, visitor: Visitors, books: Books, connection: Connection) -> None:
    before = books.house.grants(1).get(XERO)
    back = accepted(books, admin.post("/c/1/reconnect/xero"))
    other = visitor(administrator(connection)).client.get_cookie("xero2zoho")
    assert other is not None
    admin.client.set_cookie("xero2zoho", other.value)
    page = admin.get(back)
    assert page.status == 400
    assert "Your session ended" in page.text
    assert books.house.grants(1).get(XERO) == before


def test_there_are_two_services(admin: Visitor) -> None:
    assert admin.post("/c/1/reconnect/elsewhere").status == 404


# ------------------------------------------------------------------ the end


def test_disconnecting_asks_first_and_gives_access_back(
    visitor: Visitors, books: Books, connection: Connection
) -> None:
    ines = visitor(INSTALLER)
    grant = books.house.grants(1).get(ZOHO)
    assert grant is not None
    assert "cannot be undone" in ines.get("/c/1/disconnect").text
    assert books.house.connections.get(1).active
    page = ines.follow(ines.post("/c/1/disconnect"))
    assert page.status == 302, "nothing is connected: on to Web Service Settings"
    ended = books.house.connections.get(1)
    assert not ended.active
    assert grant.refresh not in books.zoho.accounts._refresh
    assert connection.organisations[XERO] not in books.services.xero.state.identity.connections
    assert books.house.grants(1).get(ZOHO) is None
    assert books.house.grants(1).get(XERO) is None
    assert ines.get("/c/1/connection").status == 404
    assert [each.action for each in books.house.connections.changes(1)] == ["ended"]
    assert ended.settings == connection.settings, "what was is kept"


def test_what_waits_ends_with_the_connection(admin: Visitor, books: Books) -> None:
    task = books.house.tasks.ask(1, "sync", Scope(), "somebody", books.clock.now())
    admin.post("/c/1/disconnect")
    assert books.house.tasks.get(1, task.id).state == "cancelled"


def test_a_service_that_is_away_is_named(visitor: Visitors, books: Books) -> None:
    ines = visitor(INSTALLER)
    books.zoho.faults.add(Rule(path="/oauth/v2/token/revoke", times=0, kind="status_before", params={"status": 503}))
    assert "note=disconnected_untold" in ines.post("/c/1/disconnect").leads_to
    assert not books.house.connections.get(1).active
    assert books.house.grants(1).get(ZOHO) is None


def test_other_organisations_of_the_same_person_stay_connected(visitor: Visitors, books: Books) -> None:
    """Revoking Xero's token would end all of them (facts/xero.md 3.2)."""
    identity, xero = books.services.xero.state.identity, books.services.xero
    identity.connect(books.clock.now(), "elsewhere", [(xero.neighbour_id, "Next door")])
    visitor(INSTALLER).post("/c/1/disconnect")
    assert list(identity.connections) == [xero.neighbour_id]
