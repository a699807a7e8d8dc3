"""Fetch, synchronise by hand, and one run from the wish to its report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from extension.bootstrap import Connection
from extension.sync.model import Scope
from extension.web.visit import Person
from tests.system.live_books import Books
from tests.web.performed import performed
from tests.web.visitor import SITE, Visitor, salesperson

Visitors = Callable[[Person | None], Visitor]
EVERYTHING = ["account", "vendor", "product", "contact", "invoice", "purchase_order"]


def choice(**changes: Any) -> dict[str, Any]:
    """The form as it stands on a page that was just opened."""
    return {"entities": EVERYTHING, "mode": "both", "since": "last", "days": "", "do": "preview", **changes}


def path(answer: Any) -> str:
    return str(answer.leads_to).removeprefix(SITE).partition("?")[0]


# ------------------------------------------------------------------ data fetch


def test_a_fetch_reads_both_sides_and_writes_nothing(admin: Visitor, books: Books, connection: Connection) -> None:
    books.crm("Accounts", Account_Name="Harbour Ltd")
    books.books("Contacts", Name="Harbour Ltd", IsCustomer=True)
    books.books("Contacts", Name="Elsewhere", IsCustomer=True)
    before = books.writes()
    assert "Nothing is written" in admin.get("/c/1/fetch").text
    answer = admin.post("/c/1/fetch")
    assert answer.status == 303
    page = admin.follow(answer)
    assert "Waits for its turn" in page.text
    assert 'data-live="/c/1/tasks/' in page.html
    task = performed(books.house, connection.id)
    assert task.state == "done"
    page = admin.get("/c/1/fetch")
    assert "Accounts 1 2 1" in page.text
    assert "Last fetch" in page.text
    assert books.writes() == before


def test_a_second_press_begins_no_second_fetch(admin: Visitor, books: Books, connection: Connection) -> None:
    admin.post("/c/1/fetch")
    answer = admin.post("/c/1/fetch", {"all": "yes"})
    assert "already" in admin.follow(answer).text
    assert len(books.house.tasks.open(connection.id)) == 1


def test_everything_again_is_a_full_reading(admin: Visitor, books: Books, connection: Connection) -> None:
    admin.post("/c/1/fetch", {"all": "yes"})
    (task,) = books.house.tasks.open(connection.id)
    assert task.scope == Scope(full=True, observe_only=True)
    assert task.asked_by == "Ada Admin"


def test_an_odd_fetch_changes_nothing(admin: Visitor, books: Books, connection: Connection) -> None:
    assert admin.post("/c/1/fetch", {"all": "perhaps"}).status == 400
    assert books.house.tasks.open(connection.id) == []


# ------------------------------------------------------------------ the form


def test_the_first_time_begins_with_a_preview(admin: Visitor, books: Books, connection: Connection) -> None:
    page = admin.get("/c/1/sync")
    assert "Sync now" not in page.text
    answer = admin.post("/c/1/sync", choice(do="sync"))
    assert "begins with a preview" in admin.follow(answer).text
    (task,) = books.house.tasks.open(connection.id)
    assert (task.kind, task.scope.dry_run) == ("preview", True)


@pytest.mark.parametrize(
    ("given", "scope"),
    [
        ({}, Scope()),
        ({"entities": ["account", "invoice"]}, Scope(entities=("account", "invoice"))),
        ({"mode": "xero-to-zoho"}, Scope(mode="xero-to-zoho")),
        ({"since": "days", "days": "45"}, Scope(window_days=45)),
        ({"since": "last", "days": "45"}, Scope()),
        ({"since": "all"}, Scope(full=True)),
    ],
)
def test_what_is_chosen_is_what_runs(
    admin: Visitor, books: Books, connection: Connection, given: dict[str, Any], scope: Scope
) -> None:
    books.sync()
    answer = admin.post("/c/1/sync", choice(do="sync", email="on", **given))
    (task,) = books.house.tasks.open(connection.id)
    assert (task.kind, task.scope, task.email, task.asked_by) == ("sync", scope, True, "Ada Admin")
    assert path(answer) == f"/c/1/tasks/{task.id}"


def test_the_last_choice_is_there_the_next_time(admin: Visitor, books: Books, connection: Connection) -> None:
    admin.post("/c/1/sync", choice(entities=["product"], mode="zoho-to-xero", since="days", days="9"))
    (task,) = books.house.tasks.open(connection.id)
    books.house.tasks.wish(connection.id, task.id, "cancel")
    (form,) = [each for each in admin.get("/c/1/sync").forms() if each["action"] == "/c/1/sync"]
    assert form["values"]["entities"] == ["product"]
    assert form["values"]["mode"] == ["zoho-to-xero"]
    assert form["values"]["since"] == ["days"]
    assert form["values"]["days"] == ["9"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"entities": []}, "Choose at least 1."),
        ({"entities": ["account", "spaceship"]}, "Choose from the modules offered."),
        ({"mode": "sideways"}, "Choose one of the values offered."),
        ({"since": "days", "days": ""}, "Say how many days."),
        ({"since": "days", "days": "0"}, "This must be at least 1."),
        ({"since": "days", "days": "soon"}, "This must be a whole number."),
        ({"since": "yesterday"}, "Choose one of the values offered."),
        ({"do": "everything"}, ""),
    ],
)
def test_bad_input_is_said_and_nothing_begins(
    admin: Visitor, books: Books, connection: Connection, given: dict[str, Any], said: str
) -> None:
    answer = admin.post("/c/1/sync", choice(**given))
    assert answer.status == 400
    assert said in answer.text
    assert books.house.tasks.open(connection.id) == []


def test_what_was_typed_is_kept(admin: Visitor) -> None:
    answer = admin.post("/c/1/sync", choice(since="days", days="soon", entities=["vendor"], mode="xero-to-zoho"))
    (form,) = [each for each in answer.forms() if each["action"] == "/c/1/sync"]
    assert (form["values"]["days"], form["values"]["entities"]) == (["soon"], ["vendor"])
    assert form["values"]["mode"] == ["xero-to-zoho"]


def test_a_paused_connection_says_so_and_begins_nothing(admin: Visitor, books: Books, connection: Connection) -> None:
    settings = {**connection.settings, "paused": True}
    books.house.connections.update_settings(connection.id, settings, "a test", books.clock.now())
    assert "This connection is paused." in admin.get("/c/1/sync").text
    assert "disabled" in admin.get("/c/1/sync").html
    for address, form in (("/c/1/sync", choice()), ("/c/1/fetch", {})):
        answer = admin.post(address, form)
        assert answer.status == 400
        assert "paused" in answer.text
    assert books.house.tasks.open(connection.id) == []


def test_a_lost_service_says_so_and_begins_nothing(admin: Visitor, books: Books, connection: Connection) -> None:
    books.house.grants(connection.id).mark_broken("xero", "revoked")
    answer = admin.post("/c/1/sync", choice())
    assert answer.status == 400
    assert "Xero ended our access." in answer.text
    assert books.house.tasks.open(connection.id) == []


def test_any_user_may_press(visitor: Visitors, books: Books, connection: Connection) -> None:
    sam = visitor(salesperson(connection))
    books.sync()
    assert sam.post("/c/1/sync", choice(do="sync")).status == 303
    (task,) = books.house.tasks.open(connection.id)
    assert task.asked_by == "Sam Sales"


# ------------------------------------------------------------------ one run


def test_a_run_is_shown_until_its_report(admin: Visitor, books: Books, connection: Connection) -> None:
    books.sync()
    books.crm("Accounts", Account_Name="Harbour Ltd")
    books.clock.advance(3600)
    address = path(admin.post("/c/1/sync", choice(do="sync")))
    live = admin.get(f"{address}/live")
    assert "Waits for its turn" in live.text
    assert "X-Live-Done" not in live.response.headers
    again = admin.get(f"{address}/live", {"If-None-Match": live.response.headers["ETag"]})
    assert (again.status, again.html) == (304, "")
    task = performed(books.house, connection.id)
    assert task.state == "done", task.result
    assert admin.get(f"{address}/live").response.headers["X-Live-Done"] == "1"
    page = admin.get(address)
    assert "Created in Xero" in page.text
    assert "Ada Admin" in page.text
    assert [each["Name"] for each in books.in_xero("Contacts")] == ["Harbour Ltd"]
    assert "The last synchronisation" in admin.get("/c/1/sync").text


def test_a_stopped_run_leads_to_its_preview(admin: Visitor, books: Books, connection: Connection) -> None:
    books.crm("Accounts", Account_Name="Harbour Ltd")
    books.house.tasks.ask(connection.id, "sync", Scope(entities=("account",)), "Ann", books.clock.now())
    task = performed(books.house, connection.id)
    page = admin.get(f"/c/1/tasks/{task.id}")
    assert "It waits for approval" in page.text
    assert "first run" in page.text
    answer = admin.post(f"/c/1/tasks/{task.id}/look")
    assert answer.status == 303
    (wanted,) = books.house.tasks.open(connection.id)
    assert (wanted.kind, wanted.scope) == ("preview", Scope(entities=("account",), dry_run=True))


def test_pause_go_on_and_cancel(admin: Visitor, books: Books, connection: Connection) -> None:
    address = path(admin.post("/c/1/sync", choice()))
    number = int(address.rpartition("/")[2])

    def state() -> str:
        return books.house.tasks.get(connection.id, number).state

    assert "Pause" in admin.get(address).text
    admin.post(f"{address}/wish", {"what": "pause"})
    assert state() == "paused"
    assert "Go on" in admin.get(address).text
    assert "Go on" in admin.get("/c/1/sync").text
    assert admin.post("/c/1/fetch").leads_to.endswith(f"{address}?note=under_way")
    admin.post(f"{address}/wish", {"what": "resume"})
    assert state() == "waiting"
    admin.post(f"{address}/wish", {"what": "cancel"})
    assert state() == "cancelled"
    for what in ("cancel", "resume", "pause"):
        assert admin.post(f"{address}/wish", {"what": what}).status == 400
    assert admin.post(f"{address}/wish", {"what": "explode"}).status == 400
    assert state() == "cancelled"


def test_a_run_under_way_hears_a_wish(admin: Visitor, books: Books, connection: Connection) -> None:
    books.crm("Accounts", Account_Name="Harbour Ltd")
    address = path(admin.post("/c/1/sync", choice()))
    task = performed(books.house, connection.id, wish="pause")
    assert task.state == "paused"
    assert "Paused" in admin.get(address).text
    admin.post(f"{address}/wish", {"what": "resume"})
    assert performed(books.house, connection.id).state == "done"


def test_there_is_no_run_of_somebody_else(admin: Visitor, books: Books) -> None:
    other = books.house.connections.create("another")
    task = books.house.tasks.ask(other.id, "sync", Scope(), "Eve", books.clock.now())
    for answer in (
        admin.get(f"/c/1/tasks/{task.id}"),
        admin.get(f"/c/1/tasks/{task.id}/live"),
        admin.post(f"/c/1/tasks/{task.id}/wish", {"what": "cancel"}),
        admin.post(f"/c/1/tasks/{task.id}/look"),
    ):
        assert answer.status == 404
    assert books.house.tasks.get(other.id, task.id).state == "waiting"


# ------------------------------------------------------------------ what is good to know before


def test_who_never_fetched_is_told_to(admin: Visitor, books: Books, connection: Connection) -> None:
    assert "was not fetched yet" in admin.get("/c/1/sync").text
    admin.post("/c/1/fetch")
    performed(books.house, connection.id)
    assert "was not fetched yet" not in admin.get("/c/1/sync").text


def test_it_is_said_where_a_letter_goes(admin: Visitor, books: Books, connection: Connection) -> None:
    assert "No address is set yet" in admin.get("/c/1/sync").text
    settings = {**connection.settings, "notify": {"email": "books@harbour.example"}}
    books.house.connections.update_settings(connection.id, settings, "a test", books.clock.now())
    for path in ("/c/1/sync", "/c/1/schedule"):
        assert "To books@harbour.example, as soon as this server" in admin.get(path).text


def test_a_press_on_one_record_takes_no_runs_place(admin: Visitor, books: Books) -> None:
    connection = books.house.connection(None)
    scope = Scope(record=("account", "1"))
    books.house.tasks.ask(connection.id, "record", scope, "somebody", books.clock.now())
    assert any(form["action"].endswith("/sync") for form in admin.get(f"/c/{connection.id}/sync").forms())
