"""Letters: whom they go to, what became of them, and one to try it out."""

from __future__ import annotations

import re

import pytest

from extension.bootstrap import Connection
from tests.system.live_books import Books
from tests.web.visitor import Visitor

PATH = "/c/1/settings/letters"


def address(books: Books, connection: Connection, email: str) -> None:
    settings = {**books.house.connections.get(connection.id).settings, "notify": {"email": email}}
    books.house.connections.update_settings(connection.id, settings, "ann", books.house.clock.now())


@pytest.fixture
def wanted(books: Books, connection: Connection) -> None:
    address(books, connection, "ann@example.com")


def test_without_an_address_nothing_is_sent_and_the_page_says_where_to_set_it(admin: Visitor, books: Books) -> None:
    page = admin.get(PATH)
    assert "No address is set" in page.text
    answer = admin.post(f"{PATH}/try")
    assert answer.status == 400
    assert "Enter the notification e-mail under Policies first." in answer.text
    assert books.house.mails.recent(1) == []


@pytest.mark.usefixtures("wanted")
def test_a_letter_to_try_it_out_waits_once_a_minute(admin: Visitor, books: Books) -> None:
    first = admin.follow(admin.post(f"{PATH}/try"))
    assert "On its way." in first.text
    assert "letters arrive" in first.text
    assert "Waits" in first.text
    assert "no mail server yet" in first.text
    assert "within this minute already" in admin.follow(admin.post(f"{PATH}/try")).text
    [letter] = books.house.mails.recent(1)
    assert letter.to == "ann@example.com"
    assert "Ada Admin asked for this letter" in letter.text
    books.clock.advance(60)
    admin.post(f"{PATH}/try")
    assert len(books.house.mails.recent(1)) == 2


@pytest.mark.usefixtures("wanted")
def test_a_letter_that_was_given_up_says_why_and_is_sent_again(admin: Visitor, books: Books) -> None:
    admin.post(f"{PATH}/try")
    mails, now = books.house.mails, books.house.clock.now()
    [letter] = mails.recent(1)
    mails.failed(letter.id, now, "The mail server mail.example.com cannot be reached at port 587.", None)
    page = admin.get(PATH)
    assert "Given up" in page.text
    assert "cannot be reached" in page.text
    [again] = [form["action"] for form in page.forms() if form["action"].endswith("/again")]
    admin.post(again)
    assert [(each.state, each.tries) for each in mails.recent(1)] == [("waiting", 0)]


@pytest.mark.usefixtures("wanted")
def test_only_a_letter_that_was_given_up_is_sent_again(admin: Visitor, books: Books) -> None:
    admin.post(f"{PATH}/try")
    [letter] = books.house.mails.recent(1)
    for number in (letter.id, 999):
        assert admin.post(f"{PATH}/{number}/again").status == 400
    books.house.mails.put(None, "x@example.com", "s", "t", "h", "of the installation", books.house.clock.now())
    other = books.house.mails.recent(None)[0]
    books.house.mails.failed(other.id, books.house.clock.now(), "No.", None)
    assert admin.post(f"{PATH}/{other.id}/again").status == 400


def test_the_installations_address_is_told_as_such(admin: Visitor, books: Books) -> None:
    books.house.services.set_note("notify_email", "books@example.com")
    assert re.search("books@example.com ?, the address of the installation", admin.get(PATH).text)
