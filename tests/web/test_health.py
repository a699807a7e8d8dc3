"""The health of a connection: asked for at a press, performed as a task, shown with the way to put it right."""

from __future__ import annotations

from collections.abc import Callable

from extension.bootstrap import Connection
from extension.sync.model import Scope
from extension.web.health import PLACES
from extension.web.visit import Person
from tests.system.live_books import Books
from tests.web.performed import performed
from tests.web.visitor import Visitor, salesperson

PAGE = "/c/1/set-up/health"


def checked(visitor: Visitor, books: Books) -> str:
    """What the page says after a check."""
    assert visitor.post(PAGE).status == 303
    task = performed(books.house, 1)
    assert (task.kind, task.state, task.run) == ("health", "done", None)
    return visitor.get(PAGE).text


def test_nobody_has_looked_yet(admin: Visitor, books: Books) -> None:
    calls = len(books._calls())
    assert "Nobody has looked yet." in admin.get(PAGE).text
    assert "Check whether all is in place" in admin.get("/c/1/").text
    assert len(books._calls()) == calls, "a page calls no service"


def test_what_was_found_is_told_with_the_way_to_put_it_right(admin: Visitor, books: Books) -> None:
    books.crm("Products", Product_Name="Long", Product_Code="L" * 31)
    books.house.engine(books.house.connection(None)).run(Scope(observe_only=True))
    books.books("Accounts", "200", "archive")
    writes = books.writes()
    said = checked(admin, books)
    assert books.writes() == writes
    for part in ("findings need attention.", "Account 200 “Sales” is archived in Xero", "1 product (Long)", "In order"):
        assert part in said
    html = admin.get(PAGE).html
    assert html.index("is archived in Xero") < html.index("In order")
    assert 'href="/c/1/settings/accounts"' in html
    dashboard = admin.get("/c/1/").text
    assert "findings need attention." in dashboard
    assert "flask" not in admin.get(PAGE).text, "nobody there has a terminal"


def test_while_it_is_under_way(admin: Visitor, books: Books) -> None:
    admin.post(PAGE)
    html = admin.get(PAGE).html
    assert "data-live" in html
    assert admin.post(PAGE).status == 303
    assert len(books.house.tasks.open(1)) == 1, "one check at a time"
    assert "under way" not in admin.get("/c/1/").text, "it is no run, and keeps nobody from one"
    performed(books.house, 1)
    assert "data-live" not in admin.get(PAGE).html


def test_a_paused_connection_is_looked_at(admin: Visitor, books: Books, connection: Connection) -> None:
    document = {**connection.settings, "paused": True}
    books.house.connections.update_settings(connection.id, document, "Ann", books.clock.now())
    assert "In order" in checked(admin, books)


def test_a_connection_that_lost_its_access_is_told_so(admin: Visitor, books: Books, connection: Connection) -> None:
    books.house.grants(connection.id).mark_broken("xero", "revoked")
    said = checked(admin, books)
    assert "The service ended our access" in said
    assert "Looked at with what the last Data fetch brought" in said


def test_it_is_performed_inside_a_longer_run(books: Books, connection: Connection) -> None:
    """Whoever waits in front of the page does not wait for a synchronisation of everything."""
    tasks, now = books.house.tasks, books.clock.now()
    tasks.ask(connection.id, "sync", Scope(), "Ann", now)
    asked = tasks.ask(connection.id, "health", Scope(dry_run=True), "Ann", now)
    assert performed(books.house, connection.id).id == asked.id


def test_who_looks_and_who_puts_right(
    visitor: Callable[[Person | None], Visitor], connection: Connection, books: Books
) -> None:
    sam = visitor(salesperson(connection))
    books.books("Accounts", "200", "archive")
    said = checked(sam, books)
    assert "is archived in Xero" in said
    assert "/settings/accounts" not in sam.get(PAGE).html


def test_every_place_has_a_page(admin: Visitor) -> None:
    rules = {rule.endpoint for rule in admin.app.url_map.iter_rules()}
    assert {endpoint for endpoint, *_ in PLACES.values()} <= rules
