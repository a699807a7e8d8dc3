"""The steps of the set-up, our fields in the CRM, the start date with its numbers."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from extension.bootstrap import Connection
from extension.entities.own_fields import own_fields, with_new_fields
from extension.sync.canonical import ZOHO
from extension.sync.model import Scope
from extension.web.setup_steps import Facts, steps
from extension.web.visit import Person
from sandbox.faults import Rule
from tests.system.live_books import Books
from tests.web.visitor import INSTALLER, Visitor

Visitors = Callable[[Person | None], Visitor]
OURS = ("Add_to_Xero", "Xero_ID", "Xero_URL", "Xero_Invoice_No", "Xero_Invoice_URL", "Branding_Theme")


def without(document: dict[str, Any], *names: str) -> dict[str, Any]:
    """What was fetched, as if the CRM had no such fields."""
    made = copy.deepcopy(document)
    fields = made["zoho"]["fields"]
    for module, rows in fields.items():
        fields[module] = [row for row in rows if row["api_name"] not in names]
    return made


def bared(settings: dict[str, Any], *names: str) -> dict[str, Any]:
    """The settings as a CRM without these fields would have made them."""
    made = copy.deepcopy(settings)
    for entity in made["entities"].values():
        entity["fields"] = [row for row in entity["fields"] if row.get("zoho") not in names]
    return made


@pytest.fixture
def bare(books: Books, connection: Connection) -> Connection:
    """A connection that was made before somebody made our fields in the CRM."""
    house, now = books.house, books.clock.now()
    house.connections.set_fetched(connection.id, without(dict(connection.fetched), *OURS))
    house.connections.update_settings(connection.id, bared(dict(connection.settings), *OURS), "a test", now)
    return house.connections.get(connection.id)


# ------------------------------------------------------------------ the steps

READY = Facts(True, ("CRM", "Books"), (), (), None, "", False, 0, False, False)


def current(facts: Facts) -> str:
    return next((step.title for step in steps(facts, "") if step.state == "current"), "")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"registered": False}, "Web Service Settings"),
        ({"lost": ("Xero",)}, "Connected"),
        ({"mapping": "The status map of invoice is empty."}, "Mappings"),
        ({}, "Data fetch"),
        ({"fetched": True}, "Match"),
        ({"fetched": True, "linked": 3}, "Preview"),
        ({"fetched": True, "linked": 3, "previewed": True}, "First synchronisation"),
        ({"fetched": True, "previewed": True, "synchronised": True}, ""),
    ],
)
def test_the_current_step_is_the_first_that_is_not_done(change: dict[str, Any], expected: str) -> None:
    assert current(Facts(**{**READY.__dict__, **change})) == expected


def test_the_steps_of_a_new_connection(admin: Visitor, books: Books) -> None:
    page = admin.get("/c/1/set-up")
    assert page.status == 200
    titles = ["Web Service Settings", "Connected", "CRM fields", "Start date", "Mappings", "Data fetch", "Match"]
    assert re.findall(r"<h2>([\w -]+?) <", page.html) == [*titles, "Preview", "First synchronisation"]
    assert 'aria-current="step"' in page.html
    books.house.engine(books.house.connection(None)).run(Scope(full=True, observe_only=True))
    assert "Both sides were read whole." in admin.get("/c/1/set-up").text
    books.crm("Accounts", Account_Name="Kea Ltd")
    books.sync()
    assert "From now on “Synchronise” and the schedule carry on." in admin.get("/c/1/set-up").text


def test_only_who_installs_is_led_to_the_registrations(admin: Visitor, visitor: Visitors) -> None:
    assert "/set-up/services" not in admin.get("/c/1/set-up").html
    assert "/set-up/services" in visitor(INSTALLER).get("/c/1/set-up").html


def test_what_the_mapping_lacks_is_said(admin: Visitor, bare: Connection) -> None:
    page = admin.get("/c/1/set-up")
    assert "“Add to Xero” is missing in Accounts, Vendors, Products, Contacts, Invoices, Purchase Orders." in page.text
    assert "the CRM has no field “Add to Xero” yet" in page.text


# ------------------------------------------------------------------ our fields


def test_fields_that_appear_are_mapped(admin: Visitor, books: Books, bare: Connection) -> None:
    page = admin.get("/c/1/set-up/fields")
    assert page.text.count("Missing, needed") == 6
    assert "Do not allow duplicate values" in page.text
    version = bare.settings["mapping_version"]
    page = admin.follow(admin.post("/c/1/set-up/fields"))
    assert "Looked again" in page.text
    assert "Missing, needed" not in page.text
    after = books.house.connections.get(1)
    assert after.settings["mapping_version"] == version + 1
    assert len(books.house.registry(after).entities) == 6
    assert [(each.actor, each.object) for each in books.house.connections.changes(1)][:2] == [
        ("Ada Admin", "mapping_version"),
        ("Ada Admin", "entities"),
    ]


def test_looking_again_changes_nothing_where_nothing_is_new(
    admin: Visitor, books: Books, connection: Connection
) -> None:
    admin.post("/c/1/set-up/fields")
    assert books.house.connections.get(1).settings == connection.settings
    assert books.house.connections.changes(1) == []


def test_what_somebody_took_out_of_the_map_stays_out(connection: Connection) -> None:
    settings = bared(dict(connection.settings), "Xero_URL")
    assert with_new_fields(settings, connection.fetched, connection.fetched) == settings


def test_a_field_that_allows_duplicates_is_told_apart(connection: Connection) -> None:
    fetched = copy.deepcopy(dict(connection.fetched))
    for row in fetched["zoho"]["fields"]["Accounts"]:
        row["unique"] = False
    states = {(each.entity, each.name): each.state for each in own_fields(connection.settings, fetched)}
    assert states["account", "xero_id"] == "duplicates"
    assert states["vendor", "xero_id"] == "there"
    assert states["account", "add_to_xero"] == "there"


def test_a_module_that_takes_every_record_needs_no_tick(connection: Connection, bare: Connection) -> None:
    settings = copy.deepcopy(dict(bare.settings))
    settings["entities"]["account"]["scope"] = "all"
    needed = {each.entity for each in own_fields(settings, bare.fetched) if each.needed}
    assert needed == {"vendor", "product", "contact", "invoice", "purchase_order"}


def test_a_service_that_is_away_is_said(admin: Visitor, books: Books, connection: Connection) -> None:
    books.zoho.faults.add(Rule(path="/crm/", times=0, kind="status_before", params={"status": 503}))
    page = admin.post("/c/1/set-up/fields")
    assert page.status == 502
    assert books.house.connections.get(1) == connection


# ------------------------------------------------------------------ the start date


@pytest.fixture
def read(books: Books) -> Books:
    """Both sides read: one pair of the same name, one old and one new account in the CRM, a contact in Xero."""
    books.crm("Accounts", Account_Name="Same Ltd")
    books.books("Contacts", Name="same ltd", IsCustomer=True)
    books.crm("Accounts", Account_Name="Old Ltd")
    books.clock.advance(3 * 86_400)
    books.crm("Accounts", Account_Name="New Ltd")
    books.crm("Accounts", Account_Name="Not ours", Add_to_Xero=False)
    books.house.engine(books.house.connection(None)).run(Scope(full=True, observe_only=True))
    return books


def test_each_choice_says_how_many_it_would_create(read: Books, admin: Visitor) -> None:
    page = admin.get("/c/1/set-up/start-date").text
    assert "What is new or edited from today on At most 1 record would be created now" in page
    assert "Everything, of any age At most 2 records would be created now" in page
    page = admin.get("/c/1/set-up/start-date?date=2026-09-01").text
    assert "At most 2 records would be created now, from 1 Sep 2026" in page
    assert "Accounts Zoho CRM 1 2 2" in page


def test_before_the_fetch_no_number_is_said(admin: Visitor) -> None:
    page = admin.get("/c/1/set-up/start-date").text
    assert "is known after the data fetch" in page
    assert "would be created now" not in page


def test_the_start_date_is_the_day_of_the_organisation(admin: Visitor, books: Books) -> None:
    answer = admin.post("/c/1/set-up/start-date", {"start": "date", "start_date": "2026-04-01"})
    assert answer.leads_to == "/c/1/set-up?note=saved"
    assert books.house.connections.get(1).start_date == datetime(2026, 3, 31, 11, tzinfo=UTC)
    assert "Records changed since 1 Apr 2026" in admin.follow(answer).text
    (change,) = books.house.connections.changes(1)
    assert (change.actor, change.object) == ("Ada Admin", "start_date")
    again = admin.post("/c/1/set-up/start-date", {"start": "date", "start_date": "2026-04-01"})
    assert again.leads_to == "/c/1/set-up?note=unchanged"
    assert len(books.house.connections.changes(1)) == 1


def test_an_earlier_start_date_brings_older_records_in(read: Books, admin: Visitor) -> None:
    admin.post("/c/1/set-up/start-date", {"start": "today"})
    read.sync()
    assert {name for name, _ in names(read)} == {"Same Ltd", "New Ltd"}
    admin.post("/c/1/set-up/start-date", {"start": "everything"})
    read.sync()
    assert {name for name, _ in names(read)} == {"Same Ltd", "Old Ltd", "New Ltd"}


def names(books: Books) -> list[tuple[str, str]]:
    accounts = {row["id"]: row["Account_Name"] for row in books.in_crm("Accounts")}
    return [(accounts[crm], xero) for crm, xero in books.linked("account")]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "Please fill this in."),
        ({"start": "yesterday"}, "Choose one of the values offered."),
        ({"start": "date"}, "Enter the date."),
        ({"start": "date", "start_date": "1.4.2026"}, "This must be a date"),
        ({"start": "date", "start_date": "2026-02-30"}, "This must be a date"),
    ],
)
def test_a_wrong_start_date_changes_nothing(admin: Visitor, books: Books, given: dict[str, str], said: str) -> None:
    page = admin.post("/c/1/set-up/start-date", given)
    assert page.status == 400
    assert said in page.text
    assert books.house.connections.get(1).start_date is None


def test_an_address_with_a_wrong_date_is_a_page_all_the_same(admin: Visitor) -> None:
    assert "is no start date" in admin.get("/c/1/set-up/start-date?date=soon").text


def test_what_is_linked_is_no_newcomer(read: Books) -> None:
    store = read.house.store(read.house.connection(None))
    assert [(each.entity, each.side, each.all) for each in store.newcomers([])] == [("account", ZOHO, 2)]
    read.sync()
    assert store.newcomers([]) == []
