"""All connections: a page of them, found by name, at a cost that does not grow with their number."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from extension.bootstrap import Connection
from extension.web import overview
from extension.web.visit import Person
from tests.system.live_books import Books
from tests.system.test_chores_cost import counted
from tests.web.visitor import INSTALLER, Visitor, administrator

Browser = Callable[[Person | None], Visitor]


@pytest.fixture
def installer(visitor: Browser) -> Visitor:
    return visitor(INSTALLER)


def more(books: Books, many: int) -> None:
    known = len(books.house.connections.list())
    for n in range(known, known + many):
        books.house.connections.create(f"Branch {n:02}", f"z{n}", f"x{n}")


def test_one_after_the_other_page_by_page(
    installer: Visitor, books: Books, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "PAGE", 3)
    assert "Find a connection" not in installer.get("/").html, "there is one"
    more(books, 5)
    first = installer.get("/")
    assert (connection.name in first.text, "Branch 02" in first.text, "Branch 03" in first.text) == (True, True, False)
    assert 'href="/?after=3"' in first.html
    second = installer.get("/?after=3")
    assert ("Branch 02" in second.text, "Branch 03" in second.text, "Branch 05" in second.text) == (False, True, True)
    assert 'rel="next"' not in second.html
    for nonsense in ("-1", "soon", "9" * 30, "²"):
        assert installer.get(f"/?after={nonsense}").text == first.text


def test_by_name(installer: Visitor, books: Books, connection: Connection) -> None:
    more(books, 4)
    books.house.connections.rename(3, "Ärzte 100% GmbH", "ann", books.clock.now())
    for words, found in (("branch 01", [True, False]), ("BRANCH", [True, False]), ("Ärzte", [False, True])):
        page = installer.get(f"/?words={words}").text
        assert ["Branch 01" in page, "Ärzte 100% GmbH" in page] == found
        assert connection.name not in page
    assert "Branch 01" not in installer.get("/?words=%25").text
    assert "Ärzte 100% GmbH" in installer.get("/?words=%25").text
    assert "No connection has such a name." in installer.get("/?words=nobody").text


def test_a_page_costs_the_same_however_many_there_are(
    installer: Visitor, visitor: Browser, books: Books, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "PAGE", 3)
    more(books, 3)
    pages = [("/", installer), ("/c/1/", installer), ("/c/1/history", visitor(administrator(connection)))]
    for path, browser in pages:
        browser.get(path)  # whatever is asked once

    def asked() -> list[int]:
        found = []
        for path, browser in pages:
            with counted(books.house.database.engine) as said:
                assert browser.get(path).status == 200
            found.append(len(said))
        return found

    few = asked()
    more(books, 12)
    assert asked() == few


def test_whoever_belongs_to_one_organisation_is_led_to_its_connection(
    admin: Visitor, books: Books, connection: Connection
) -> None:
    more(books, 2)
    assert admin.get("/?words=Branch").leads_to.startswith("/c/1/")
    assert "All connections" not in admin.get("/c/1/").text
