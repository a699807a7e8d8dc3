"""Signing in inside the CRM, and everything that must not work as a sign-in."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from extension.bootstrap import Connection
from extension.web.limits import limiter
from extension.web.visit import Person
from tests.system.live_books import Books
from tests.web.consent import TOM
from tests.web.panel import COOKIE, Panel
from tests.web.visitor import SITE, Visitor

Visitors = Callable[[Person | None], Visitor]


@pytest.fixture(autouse=True)
def _unlimited() -> Iterator[None]:
    yield
    limiter.reset()


@pytest.fixture
def panel(books: Books, visitor: Visitors) -> Panel:
    return Panel(books, visitor(None))


def test_a_code_becomes_a_session_of_this_frame(panel: Panel, connection: Connection) -> None:
    told = panel.sign_in()
    assert told["person"]["manages"] is True
    assert told["connection"] == {"id": connection.id, "name": connection.name}
    again = panel.get("/api/session").get_json()
    assert (again["csrf"], again["token"]) == (told["csrf"], None)
    assert panel.delete("/api/session").status_code == 204
    assert panel.get("/api/session").status_code == 401


def test_a_salesperson_presses_and_does_not_manage(panel: Panel) -> None:
    assert panel.sign_in(user=TOM)["person"]["manages"] is False


def test_where_no_cookie_is_kept_the_token_stands_in(books: Books, visitor: Visitors) -> None:
    panel = Panel(books, visitor(None), cookies=False)
    panel.sign_in()
    assert panel.get("/api/session").status_code == 200
    panel.token = ""
    assert panel.get("/api/session").status_code == 401


def test_a_code_works_once_and_for_a_minute(panel: Panel, books: Books) -> None:
    code = panel.code()
    assert panel.redeem(code).status_code == 201
    assert panel.redeem(code).status_code == 403
    late = panel.code()
    books.clock.advance(61)
    assert panel.redeem(late).status_code == 403


def test_a_code_is_nothing_without_its_verifier(panel: Panel, books: Books, visitor: Visitors) -> None:
    """Somebody who lured a person into signing in under their challenge, or who saw the code, gets nothing."""
    code = panel.code()
    thief = Panel(books, visitor(None))
    answer = thief.redeem(code)
    assert answer.status_code == 403
    assert answer.get_json()["code"] == "bad_code"
    assert panel.redeem(code).status_code == 403  # and the code is gone


def test_a_code_or_a_panels_token_is_no_session_of_the_portal(panel: Panel, visitor: Visitors) -> None:
    code = panel.code()
    portal = visitor(None)
    portal.client.set_cookie("xero2zoho", f"code:{code}", domain="localhost")
    assert portal.get("/").leads_to.startswith("/sign-in")
    panel.sign_in()
    cookie = panel.client.get_cookie(COOKIE, domain="localhost")
    assert cookie is not None
    portal.client.set_cookie("xero2zoho", cookie.value, domain="localhost")
    assert portal.get("/").leads_to.startswith("/sign-in")


def test_a_session_of_the_portal_opens_no_api(admin: Visitor) -> None:
    assert admin.get("/").leads_to == "/c/1/"
    assert admin.get("/api/session").status == 401
    cookie = admin.client.get_cookie("xero2zoho", domain="localhost")
    assert cookie is not None
    admin.client.set_cookie(COOKIE, cookie.value, domain="localhost")
    assert admin.get("/api/session").status == 401


def test_it_ends_with_the_persons_own_token(panel: Panel, books: Books) -> None:
    panel.sign_in()
    books.clock.advance(56 * 60)
    assert panel.get("/api/session").status_code == 401


@pytest.mark.parametrize("challenge", ["", "short", "x" * 44, "=" * 43, "a" * 42 + "/"])
def test_a_window_without_a_challenge_leads_nowhere(visitor: Visitors, challenge: str) -> None:
    assert visitor(None).get(f"/auth/zoho/start?challenge={challenge}").status == 400


@pytest.mark.parametrize("origin", ["", "null", "https://evil.example", "http://localhost:1"])
def test_a_change_from_elsewhere_is_refused(panel: Panel, origin: str) -> None:
    panel.sign_in()
    answer = panel.post("/api/records/Invoices/1/sync", Origin=origin)
    assert answer.status_code == 403
    assert answer.mimetype == "application/problem+json"


def test_a_change_by_cookie_needs_the_forms_token(panel: Panel) -> None:
    panel.sign_in()
    for token in ("", "0" * 64):
        answer = panel.post("/api/records/Invoices/1/sync", **{"X-CSRF-Token": token})
        assert (answer.status_code, answer.get_json()["code"]) == (403, "no_form_token")


def test_only_json_is_taken(panel: Panel) -> None:
    panel.sign_in()
    headers = {"Origin": SITE, "X-CSRF-Token": panel.csrf}
    answer = panel.client.post("/api/records/Invoices/1/sync", base_url=SITE, data={"a": "b"}, headers=headers)
    assert answer.status_code == 415
    answer = panel.client.post(
        "/api/records/Invoices/1/sync", base_url=SITE, data="{", content_type="application/json", headers=headers
    )
    assert answer.status_code == 400
    answer = panel.client.post(
        "/api/session", base_url=SITE, data="x" * 3_000_000, content_type="application/json", headers=headers
    )
    assert answer.status_code == 413


def test_too_many_tries_are_refused(panel: Panel) -> None:
    statuses = [panel.redeem("AAAAAAAA").status_code for _ in range(22)]
    assert statuses[:20] == [403] * 20
    assert statuses[-1] == 429


def test_a_disconnected_organisation_has_no_sessions(panel: Panel, books: Books, connection: Connection) -> None:
    panel.sign_in()
    books.house.connections.end(connection.id, "a test", books.clock.now())
    assert panel.get("/api/session").status_code == 401
