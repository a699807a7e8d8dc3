"""Sign in with Zoho: who comes in, as what, and everything that may go wrong on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from extension.bootstrap import Connection
from extension.store import EVERYBODY
from extension.store.tenancy import oauth_state
from extension.web.limits import limiter
from extension.web.visit import Person
from tests.system.live_books import Books
from tests.web.consent import TOM, accepted, asked_for, refused, sign_in
from tests.web.visitor import SITE, Visitor

Visitors = Callable[[Person | None], Visitor]


@pytest.fixture(autouse=True)
def unlimited() -> Iterator[None]:
    limiter.reset()
    yield
    limiter.reset()


def test_an_administrator_manages(visitor: Visitors, books: Books, connection: Connection) -> None:
    ada = visitor(None)
    assert "Sign in with Zoho" in ada.get("/sign-in").text
    assert sign_in(books, ada, f"/c/{connection.id}/connection").leads_to == f"/c/{connection.id}/connection"
    page = ada.get(f"/c/{connection.id}/connection")
    assert page.status == 200
    assert "Aroha Ngata" in page.text
    assert ada.get("/set-up/services").status == 403


def test_any_other_user_may_look(visitor: Visitors, books: Books, connection: Connection) -> None:
    tom = visitor(None)
    sign_in(books, tom, user=TOM)
    assert "Tom Whitfield" in tom.follow(tom.get("/")).text
    assert tom.get(f"/c/{connection.id}/sync").status == 200
    assert tom.get(f"/c/{connection.id}/connection").status == 403


def test_little_is_asked_for_and_nothing_is_kept(visitor: Visitors, books: Books) -> None:
    ada = visitor(None)
    left = ada.post("/sign-in")
    asked = asked_for(left)
    assert asked["scope"] == "ZohoCRM.users.READ,ZohoCRM.org.READ"
    assert asked["access_type"] == "online"
    assert "prompt" not in asked
    assert asked["code_challenge_method"] == "S256"
    assert ada.get(accepted(books, left)).status == 303
    kept = books.zoho.accounts._access.values()
    assert all(entry.refresh is not None for entry in kept), "the short token was given back"
    with books.house.database.reading(EVERYBODY) as transaction:
        assert transaction.execute(sa.select(oauth_state)).all() == []
    assert not [cookie for cookie in ada.client._cookies.values() if "consent" in cookie.key]  # type: ignore[union-attr]


def test_consent_is_bound_to_the_browser(visitor: Visitors, books: Books) -> None:
    """A link that somebody else began signs nobody in as them."""
    mallory, victim = visitor(None), visitor(None)
    back = accepted(books, mallory.post("/sign-in"))
    page = victim.get(back)
    assert page.status == 400
    assert "another browser" in page.text
    assert victim.get("/").leads_to.startswith("/sign-in")
    assert mallory.get(back).status == 400, "and it is used up by that"


def test_the_back_button_and_a_double_click_harm_nobody(visitor: Visitors, books: Books) -> None:
    ada = visitor(None)
    back = accepted(books, ada.post("/sign-in"))
    assert ada.get(back).status == 303
    again = ada.get(back)
    assert again.status == 400
    assert "done already" in again.text
    assert "To the first page" in again.text
    assert ada.get("/").leads_to == "/c/1/"


def test_two_tabs_do_not_disturb_each_other(visitor: Visitors, books: Books) -> None:
    ada = visitor(None)
    first, second = ada.post("/sign-in"), ada.post("/sign-in")
    assert ada.get(accepted(books, first)).status == 303
    assert ada.get(accepted(books, second)).status == 303


def test_ten_minutes_are_enough(visitor: Visitors, books: Books) -> None:
    ada = visitor(None)
    left = ada.post("/sign-in")
    books.clock.advance(601)
    assert ada.get(accepted(books, left)).status == 400
    assert ada.get("/").leads_to.startswith("/sign-in")


def test_a_no_is_a_no(visitor: Visitors) -> None:
    ada = visitor(None)
    page = ada.get(refused(ada.post("/sign-in")))
    assert page.status == 400
    assert "Nothing was allowed" in page.text
    assert "Sign in" in page.text


@pytest.mark.parametrize(
    "query", ["", "?state=", "?state=guess&code=x", "?code=x", "?error=access_denied", "?state=%00&code=%ff"]
)
def test_an_answer_to_nothing(visitor: Visitors, query: str) -> None:
    assert visitor(None).get(f"/connect/zoho/callback{query}").status == 400


def test_the_states_of_one_service_are_none_of_the_other(visitor: Visitors, books: Books) -> None:
    ada = visitor(None)
    back = accepted(books, ada.post("/sign-in"))
    assert ada.get(back.replace("/connect/zoho/", "/connect/xero/")).status == 400
    assert ada.get("/").leads_to.startswith("/sign-in")
    assert ada.get("/connect/elsewhere/callback").status == 404


def test_a_code_that_zoho_does_not_know(visitor: Visitors, books: Books) -> None:
    ada = visitor(None)
    asked = asked_for(ada.post("/sign-in"))
    page = ada.get(f"/connect/zoho/callback?code=invented&state={asked['state']}")
    assert page.status == 400
    assert "That took too long" in page.text


def test_whose_organisation_is_not_connected_stays_outside(
    visitor: Visitors, books: Books, connection: Connection
) -> None:
    books.house.connections.end(connection.id, "a test", books.clock.now())
    ada = visitor(None)
    page = sign_in(books, ada)
    assert page.status == 400
    assert "is not connected here" in page.text
    assert "Harbour Office Supplies" in page.text
    assert ada.get("/").leads_to.startswith("/sign-in")


def test_a_session_ends_with_its_connection(visitor: Visitors, books: Books, connection: Connection) -> None:
    tom, ada = visitor(None), visitor(None)
    sign_in(books, tom, user=TOM)
    sign_in(books, ada)
    assert tom.get("/").leads_to == "/c/1/"
    assert ada.post(f"/c/{connection.id}/disconnect").leads_to.startswith("/sign-in")
    assert tom.get("/").leads_to.startswith("/sign-in")
    assert ada.get("/").leads_to.startswith("/sign-in")


def test_nobody_is_led_elsewhere_by_signing_in(visitor: Visitors, books: Books) -> None:
    ada = visitor(None)
    assert sign_in(books, ada, "https://evil.example/").leads_to == "/"


def test_an_accounts_server_of_somebody_else_is_not_asked(visitor: Visitors, books: Books) -> None:
    """Behind a stand-in every code is exchanged there; with Zoho's own, the fixed table decides (unit tests)."""
    ada = visitor(None)
    back = accepted(books, ada.post("/sign-in"))
    assert ada.get(f"{back}&accounts-server=https%3A%2F%2Fevil.example").status == 303


def test_signing_in_is_rate_limited(visitor: Visitors) -> None:
    ada = visitor(None)
    statuses = [ada.post("/sign-in").status for _ in range(22)]
    assert statuses[:20] == [303] * 20
    assert statuses[20:] == [429] * 2


def test_another_site_cannot_begin_it(visitor: Visitors) -> None:
    answer = visitor(None).client.post("/sign-in", base_url=SITE, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
