"""The one-time set-up link, and where a person goes after signing in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from extension.web.limits import limiter
from extension.web.signing_in import onwards
from extension.web.visit import Person
from tests.system.live_books import Books
from tests.web.visitor import INSTALLER, SITE, Visitor

Visitors = Callable[[Person | None], Visitor]


def test_a_set_up_link_works_once_and_by_its_button(visitor: Visitors, books: Books) -> None:
    path = books.house.setup_link().removeprefix(SITE)
    first, second = visitor(None), visitor(None)
    for _ in range(2):  # looking at it, as mail scanners do, uses nothing up
        assert "Begin" in first.get(path).text
    assert first.post(path).leads_to == "/"
    assert first.get("/").status == 200
    assert second.post(path).status == 404
    assert second.get(path).status == 404
    assert second.get("/").leads_to.startswith("/sign-in")


def test_a_set_up_link_lives_a_day(visitor: Visitors, books: Books) -> None:
    path = books.house.setup_link().removeprefix(SITE)
    books.clock.advance(timedelta(days=1, seconds=1).total_seconds())
    assert visitor(None).get(path).status == 404
    assert visitor(None).post(path).status == 404


def test_a_session_is_no_set_up_link_and_a_link_no_session(visitor: Visitors, books: Books) -> None:
    token = books.house.setup_link().rpartition("/")[2]
    nobody = visitor(None)
    nobody.client.set_cookie("xero2zoho", token, domain="localhost")
    assert nobody.get("/").leads_to.startswith("/sign-in")
    session = visitor(INSTALLER).client.get_cookie("xero2zoho", domain="localhost")
    assert session is not None
    assert nobody.post(f"/setup/{session.value}").status == 404


def test_the_cookie_is_out_of_reach(visitor: Visitors, books: Books) -> None:
    answer = visitor(None).post(books.house.setup_link().removeprefix(SITE))
    cookie = answer.response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie


def test_too_many_tries_are_refused(visitor: Visitors) -> None:
    nobody = visitor(None)
    try:
        statuses = [nobody.get("/setup/guess").status for _ in range(22)]
    finally:
        limiter.reset()
    assert statuses[:20] == [404] * 20
    assert statuses[20:] == [429] * 2


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "evil",
        "javascript:alert(1)",
        "",
        "/a\nb",
        "\\\\evil",
    ],
)
def test_nobody_is_led_elsewhere(wanted: str) -> None:
    assert onwards(wanted) == "/"


def test_a_page_that_was_asked_for_is_kept() -> None:
    assert onwards("/c/1/history?entity=invoice") == "/c/1/history?entity=invoice"
