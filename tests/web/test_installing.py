"""From an empty database to a connection: registrations, both consents, the choice of the organisations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from app import create_app
from extension.bootstrap import House
from extension.config import Settings
from extension.console.demonstration import variables
from extension.remote.wsgi import mounted
from extension.sync.canonical import XERO, ZOHO
from extension.web.limits import limiter
from extension.web.visit import Person
from sandbox.faults import Rule
from tests.system.live_books import XERO_URL, ZOHO_URL, Books
from tests.web.consent import BOOKS, accepted, asked_for, refused
from tests.web.visitor import INSTALLER, Answer, Visitor

SANDBOX = {"client_id": "sandbox", "client_secret": "sandbox"}
SECRET = "s3cret-canary"
AUCKLAND = ZoneInfo("Pacific/Auckland")  # where the sandbox's company is


@pytest.fixture(autouse=True)
def unlimited() -> Iterator[None]:
    limiter.reset()
    yield
    limiter.reset()


@pytest.fixture
def empty(books: Books, tmp_path: Path) -> Iterator[Callable[..., House]]:
    """A new installation beside the same services. Nothing is registered but what is given."""
    made: list[House] = []

    def make(**given: Any) -> House:
        named = {name.lower(): value for name, value in variables(ZOHO_URL, XERO_URL).items() if "CLIENT" not in name}
        folder = tmp_path / f"empty{len(made)}"
        settings = Settings.load(_env_file=None, **{**named, "instance_dir": folder, **given})
        apps = {ZOHO_URL: books.services.zoho_app.wsgi_app, XERO_URL: books.services.xero_app.wsgi_app}
        made.append(House(settings, session=mounted(apps), clock=books.clock))
        return made[-1]

    yield make
    for house in made:
        house.close()


@pytest.fixture
def house(empty: Callable[..., House]) -> House:
    return empty()


@pytest.fixture
def site(house: House) -> Flask:
    return create_app(house=house)


@pytest.fixture
def ines(site: Flask, house: House) -> Visitor:
    """Who installs."""
    return Visitor(site, house, INSTALLER)


def register(visitor: Visitor) -> None:
    for side in (ZOHO, XERO):
        assert visitor.post(f"/set-up/services/{side}", SANDBOX).status == 303


def consent(visitor: Visitor, books: Books, side: str, **chosen: str) -> Answer:
    return visitor.get(accepted(books, visitor.post(f"/set-up/connect/{side}"), **chosen))


def connect(visitor: Visitor, books: Books) -> None:
    register(visitor)
    consent(visitor, books, ZOHO)
    consent(visitor, books, XERO)


# ------------------------------------------------------------------ the whole way


def test_from_an_empty_database_to_the_steps(house: House, ines: Visitor, books: Books) -> None:
    assert house.needs_setup()
    assert ines.get("/").leads_to == "/set-up/services"
    register(ines)
    assert ines.get("/set-up/connect").text.count("To do") == 2
    assert consent(ines, books, ZOHO).leads_to == "/set-up/connect?note=consented"
    assert ines.get("/set-up/connect").text.count("Consent given") == 1
    assert consent(ines, books, XERO).leads_to == "/set-up/organisation?note=consented"
    page = ines.get("/set-up/organisation")
    assert BOOKS in page.text
    (form,) = (form for form in page.forms() if form["action"] == "/set-up/organisation")
    assert form["values"]["start"] == ["today"]
    sent = {name: values[0] for name, values in form["values"].items() if name != "form_token"}
    made = ines.post("/set-up/organisation", {**sent, "name": "Harbour"})
    assert made.leads_to == "/c/1/set-up?note=connected"
    assert "Connected." in ines.follow(made).text
    connection = house.connections.get(1)
    assert connection.name == "Harbour"
    assert connection.organisations[XERO] == books.house.connection(None).organisations[XERO]
    midnight = books.clock.now().astimezone(AUCKLAND).replace(hour=0, minute=0, second=0, microsecond=0)
    assert connection.start_date == midnight
    assert house.grants(1).get(ZOHO) is not None
    assert house.passing("anything").get(ZOHO) is None
    assert ines.get("/set-up/organisation").leads_to == "/set-up/connect", "nothing waits any more"
    assert not house.needs_setup()


def test_everything_is_a_start_date_and_so_is_a_day(empty: Callable[..., House], books: Books) -> None:
    for start, expected in (
        ({"start": "everything"}, None),
        ({"start": "date", "start_date": "2026-04-01"}, datetime(2026, 3, 31, 11, tzinfo=UTC)),
    ):
        house = empty()
        ines = Visitor(create_app(house=house), house, INSTALLER)
        connect(ines, books)
        tenant = books.house.connection(None).organisations[XERO]
        assert ines.post("/set-up/organisation", {"xero_organisation": tenant, **start}).status == 303
        assert house.connections.get(1).start_date == expected


# ------------------------------------------------------------------ registrations


def test_a_secret_goes_in_and_never_comes_out(house: House, ines: Visitor) -> None:
    given = {"client_id": "1000.ABC", "client_secret": SECRET, "data_centre": "eu"}
    ines.post("/set-up/services/zoho", given)
    stored = house.services.get(ZOHO)
    assert stored is not None
    assert (stored.client_id, stored.secret) == ("1000.ABC", SECRET)
    page = ines.get("/set-up/services")
    assert "1000.ABC" in page.html
    assert SECRET not in page.html
    assert "a secret is kept" in page.html
    assert SECRET not in ines.post("/set-up/services/zoho", {"client_id": "", "client_secret": SECRET}).html
    assert ines.post("/set-up/services/zoho", {"client_id": "1000.ABC", "client_secret": ""}).status == 303
    again = house.services.get(ZOHO)
    assert again is not None
    assert again.secret == SECRET, "an empty secret keeps the one at hand"
    assert all(SECRET not in str(change) for change in house.services.changes())
    assert [change.actor for change in house.services.changes()] == ["Set-up", "Set-up"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"client_id": "", "client_secret": "x"}, "Please fill this in."),
        ({"client_secret": "x"}, "Please fill this in."),
        ({"client_id": "my id", "client_secret": "x"}, "a blank or an unusual character"),
        ({"client_id": "id\u200b", "client_secret": "x"}, "a blank or an unusual character"),
        ({"client_id": "id", "client_secret": ""}, "The client secret is empty."),
        ({"client_id": "id", "client_secret": "two words"}, "a blank or an unusual character"),
        ({"client_id": "x" * 201, "client_secret": "x"}, "at most 200 characters"),
        ({"client_id": "id", "client_secret": "x", "data_centre": "mars"}, "Choose one of the values offered."),
    ],
)
def test_a_wrong_registration_changes_nothing(house: House, ines: Visitor, given: dict[str, str], said: str) -> None:
    page = ines.post("/set-up/services/zoho", given)
    assert page.status == 400
    assert said in page.text or "data_centre" in given  # behind a stand-in no data centre is asked for
    assert house.services.get(ZOHO) is None
    if len(given.get("client_id", "")) > 2:
        assert given["client_id"] in page.html, "what was typed is kept"


def test_a_new_client_id_needs_its_own_secret(house: House, ines: Visitor) -> None:
    register(ines)
    page = ines.post("/set-up/services/xero", {"client_id": "ANOTHER", "client_secret": ""})
    assert page.status == 400
    assert "the secret that belongs to the new client id" in page.text
    stored = house.services.get(XERO)
    assert stored is not None
    assert stored.client_id == "sandbox"


def test_the_data_centre_is_where_people_are_sent(empty: Callable[..., House]) -> None:
    house = empty(zoho_accounts_url="https://accounts.zoho.com", zoho_api_url="")
    ines = Visitor(create_app(house=house), house, INSTALLER)
    assert "Europe (zoho.eu)" in ines.get("/set-up/services").text
    ines.post("/set-up/services/zoho", {"client_id": "1000.A", "client_secret": "s", "data_centre": "eu"})
    assert ines.post("/set-up/connect/zoho").leads_to.startswith("https://accounts.zoho.eu/oauth/v2/auth?")
    page = ines.get("/set-up/services")
    (form,) = (form for form in page.forms() if form["action"] == "/set-up/services/zoho")
    assert form["values"]["data_centre"] == ["eu"]


def test_what_the_server_sets_is_shown_and_not_changed(empty: Callable[..., House]) -> None:
    house = empty(zoho_client_id="1000.SERVER", zoho_client_secret=SECRET)
    ines = Visitor(create_app(house=house), house, INSTALLER)
    page = ines.get("/set-up/services")
    assert "Set by the server" in page.text
    assert "1000.SERVER" in page.text
    assert SECRET not in page.html
    assert all(form["action"] != "/set-up/services/zoho" for form in page.forms())
    assert ines.post("/set-up/services/zoho", SANDBOX).status == 400
    assert house.services.get(ZOHO) is None


@pytest.mark.parametrize("address", ["nobody", "a b@example.com", "a@example.com\nBcc: x@example.com", "a@b", "@x.y"])
def test_a_wrong_address_changes_nothing(house: House, ines: Visitor, address: str) -> None:
    ines.post("/set-up/notifications", {"email": "accounts@example.com"})
    page = ines.post("/set-up/notifications", {"email": address})
    assert page.status == 400
    assert "an e-mail address such as" in page.text
    assert house.services.note("notify_email") == "accounts@example.com"
    assert "Notification e-mail: accounts@example.com" in page.text, "who changed what is on the page"
    assert ines.post("/set-up/notifications", {"email": ""}).status == 303
    assert house.services.note("notify_email") == ""


def test_with_zohos_own_servers_only_the_table_is_asked(empty: Callable[..., House]) -> None:
    """What the callback says about hosts picks a row of the table, or nothing is sent (facts/platform.md 3)."""
    given = {"zoho_client_id": "1000.A", "zoho_client_secret": "s"}
    house = empty(zoho_accounts_url="https://accounts.zoho.com", zoho_api_url="", **given)
    nobody = Visitor(create_app(house=house), house)
    for said in ("accounts-server=https%3A%2F%2Fevil.example", "location=mars", "location=eu&accounts-server=x"):
        asked = asked_for(nobody.post("/sign-in"))
        page = nobody.get(f"/connect/zoho/callback?code=1000.x.y&state={asked['state']}&{said}")
        assert page.status == 400
        assert "a data centre that is not on our list" in page.text
        assert "1000.x.y" not in page.html
    assert house.transport.calls == {}, "nothing was sent"


# ------------------------------------------------------------------ the test button


def test_the_test_says_what_the_service_says(house: House, ines: Visitor, books: Books) -> None:
    register(ines)
    for side in (ZOHO, XERO):
        page = ines.post(f"/set-up/services/{side}/test")
        assert page.status == 200
        assert "knows this client id and secret" in page.text
        assert "Nobody has connected yet" in page.text
    ines.post("/set-up/services/zoho", {"client_id": "sandbox", "client_secret": "wrong"})
    page = ines.post("/set-up/services/zoho/test")
    assert "does not know our client id and secret" in page.text
    assert "knows this client id" not in page.text


def test_the_test_says_who_answers_for_which_organisation(visitor: Callable[[Person | None], Visitor]) -> None:
    ines = visitor(INSTALLER)
    crm, xero = (ines.post(f"/set-up/services/{side}/test").text for side in (ZOHO, XERO))
    assert "Harbour Office Supplies Ltd (sandbox), by the consent of Aroha Ngata" in crm
    assert f"the right one: {BOOKS}" in xero


def test_the_test_of_a_service_that_is_away(house: House, ines: Visitor, books: Books) -> None:
    register(ines)
    books.zoho.faults.add(Rule(path="/oauth/v2/token", times=0, kind="status_before", params={"status": 503}))
    page = ines.post("/set-up/services/zoho/test")
    assert page.status == 200
    assert "knows this client id" not in page.text
    assert "Zoho CRM credentials." in page.text


# ------------------------------------------------------------------ consent and choice


def test_nothing_is_asked_for_without_a_registration(ines: Visitor) -> None:
    assert ines.get("/set-up/connect").text.count("Enter them first") == 2
    assert ines.post("/set-up/connect/zoho").status == 400


def test_a_no_leads_back_to_connect(house: House, ines: Visitor) -> None:
    register(ines)
    page = ines.get(refused(ines.post("/set-up/connect/xero")))
    assert page.status == 400
    assert "Nothing was allowed" in page.text
    assert 'href="/set-up/connect"' in page.html
    assert house.connections.list() == []


def test_consents_belong_to_the_session_that_gave_them(house: House, site: Flask, ines: Visitor, books: Books) -> None:
    register(ines)
    consent(ines, books, ZOHO)
    other = Visitor(site, house, INSTALLER)
    assert "Consent given" not in other.get("/set-up/connect").text
    left = ines.post("/set-up/connect/xero")
    back = accepted(books, left)
    ines.client.set_cookie("xero2zoho", str(other.client.get_cookie("xero2zoho").value))  # type: ignore[union-attr]
    page = ines.get(back)
    assert page.status == 400
    assert "Your session ended" in page.text
    assert "Consent given" not in other.get("/set-up/connect").text


def test_consents_wait_half_an_hour(ines: Visitor, books: Books) -> None:
    connect(ines, books)
    books.clock.advance(1801)
    assert ines.get("/set-up/organisation").leads_to == "/set-up/connect"
    assert "Consent given" not in ines.get("/set-up/connect").text


def test_one_may_begin_again(ines: Visitor, books: Books) -> None:
    connect(ines, books)
    before = set(books.zoho.accounts._refresh)
    ines.post("/set-up/connect/begin-again")
    assert len(before - set(books.zoho.accounts._refresh)) == 1, "Zoho was told"
    assert "Consent given" not in ines.get("/set-up/connect").text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"xero_organisation": ""}, "Choose the Xero organisation"),
        ({}, "Choose the Xero organisation"),
        ({"xero_organisation": "no-such-organisation"}, "does not reach exactly one organisation"),
        ({"start": "date", "start_date": ""}, "Enter the date."),
        ({"start": "date", "start_date": "31/12/2026"}, "This must be a date"),
        ({"start": "tomorrow"}, "Choose one of the values offered."),
        ({"name": "x" * 101}, "at most 100 characters"),
    ],
)
def test_a_wrong_choice_makes_nothing(
    house: House, ines: Visitor, books: Books, given: dict[str, str], said: str
) -> None:
    connect(ines, books)
    tenant = books.house.connection(None).organisations[XERO]
    values = {"xero_organisation": tenant, "start": "today", "name": "Kept", **given}
    if not given:
        del values["xero_organisation"]
    page = ines.post("/set-up/organisation", values)
    assert page.status == 400
    assert said in page.text
    assert house.connections.list(active=False) == []
    if "name" not in given:
        assert 'value="Kept"' in page.html


def test_an_organisation_in_use_says_so(books: Books, visitor: Callable[[Person | None], Visitor]) -> None:
    """The same CRM again: the same Xero organisation renews the connection, another one is refused."""
    ines, xero = visitor(INSTALLER), books.services.xero
    tenant, old = books.house.connection(None).organisations[XERO], books.house.grants(1).get(ZOHO)
    assert old is not None
    consent(ines, books, ZOHO)
    consent(ines, books, XERO, tenant=xero.neighbour_id)
    page = ines.get("/set-up/organisation")
    assert "is connected already" in page.text
    refusal = ines.post("/set-up/organisation", {"xero_organisation": xero.neighbour_id, "name": "Another"})
    assert refusal.status == 400
    assert "already in the connection" in refusal.text
    made = ines.post("/set-up/organisation", {"xero_organisation": tenant})
    assert made.leads_to == "/c/1/set-up?note=reconnected"
    assert len(books.house.connections.list(active=False)) == 1
    assert old.refresh not in books.zoho.accounts._refresh


def test_the_lists_of_pages_for_installers_are_closed_to_others(admin: Visitor) -> None:
    for path in ("/set-up/services", "/set-up/connect", "/set-up/organisation"):
        assert admin.get(path).status == 403
    for path in ("/set-up/services/zoho", "/set-up/connect/xero", "/set-up/organisation"):
        assert admin.post(path, SANDBOX).status == 403
