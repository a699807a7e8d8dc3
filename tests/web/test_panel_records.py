"""A record as the panel sees it, in each of its states; and whom it is not shown to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from extension.bootstrap import Connection
from extension.sync.model import Scope
from extension.web.limits import limiter
from extension.web.visit import Person
from tests.system.live_books import Books
from tests.web.panel import Panel
from tests.web.visitor import Visitor

Visitors = Callable[[Person | None], Visitor]


@pytest.fixture(autouse=True)
def _unlimited() -> Iterator[None]:
    yield
    limiter.reset()


@pytest.fixture
def panel(books: Books, visitor: Visitors) -> Panel:
    found = Panel(books, visitor(None))
    found.sign_in()
    return found


def state(panel: Panel, zoho_id: str, module: str = "Accounts") -> dict[str, Any]:
    panel.sign_in()  # runs of the past hours ended the session before
    answer = panel.get(f"/api/records/{module}/{zoho_id}")
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.get_json()
    return document


def fetched(books: Books) -> None:
    books.house.engine(books.house.connection(None)).run(Scope(full=True, observe_only=True))


def test_never_synced_then_in_step(panel: Panel, books: Books) -> None:
    account = books.crm("Accounts", Account_Name="Harbour Cafe")
    assert state(panel, account)["state"] == "never_synced"
    fetched(books)
    told = state(panel, account)
    assert (told["state"], told["title"], told["xero"]) == ("never_synced", "Harbour Cafe", None)
    books.sync()
    told = state(panel, account)
    assert told["state"] == "in_step"
    assert told["xero"]["id"] == books.one("xero", "Contacts", Name="Harbour Cafe")["ContactID"]
    assert told["history"][0]["outcome"] in ("created", "updated", "linked")
    assert told["last_sync"]


def test_an_unticked_record_is_not_added(panel: Panel, books: Books) -> None:
    account = books.crm("Accounts", Account_Name="Quiet Ltd", Add_to_Xero=False)
    fetched(books)
    assert state(panel, account)["state"] == "not_added"


def test_what_changed_in_xero_is_a_difference(panel: Panel, books: Books) -> None:
    account = books.crm("Accounts", Account_Name="Harbour Cafe", Phone="1")
    books.sync()
    contact = books.one("xero", "Contacts", Name="Harbour Cafe")["ContactID"]
    books.books("Contacts", contact, Name="Harbour Cafe Ltd")
    fetched(books)
    told = state(panel, account)
    assert told["state"] == "differs"
    assert {"field": "name", "label": "Name", "zoho": "Harbour Cafe", "xero": "Harbour Cafe Ltd"} in [
        {**each, "label": "Name"} for each in told["differences"]
    ]


def test_a_conflict_is_told_and_decided(panel: Panel, books: Books) -> None:
    def ask(settings: dict[str, Any]) -> None:
        for row in settings["entities"]["account"]["fields"]:
            row["owner"] = "ask" if row["name"] == "name" else row.get("owner", "zoho")

    account = books.crm("Accounts", Account_Name="Harbour Cafe")
    books.sync()
    books.settings(ask)
    books.sync(full=True)
    contact = books.one("xero", "Contacts", Name="Harbour Cafe")["ContactID"]
    books.crm("Accounts", account, Account_Name="Cafe A")
    books.books("Contacts", contact, Name="Cafe B")
    books.sync()
    told = state(panel, account)
    assert told["state"] == "needs_attention"
    held = told["holds"][0]
    assert (held["reason"], held["values"]["name"]) == ("conflict", ["Cafe A", "Cafe B"])
    way = next(way for way in held["ways"] if way["side"] == "xero")
    sent = {name: value for name, value in way.items() if name != "label"}
    assert panel.post(f"/api/records/Accounts/{account}/decide", sent).status_code == 202
    books.sync()
    assert state(panel, account)["state"] == "in_step"
    assert books.one("zoho", "Accounts", id=account)["Account_Name"] == "Cafe B"


def test_a_decision_that_nobody_asked_for_is_refused(panel: Panel, books: Books) -> None:
    account = books.crm("Accounts", Account_Name="Harbour Cafe")
    books.sync()
    panel.sign_in()
    answer = panel.post(f"/api/records/Accounts/{account}/decide", {"decision": "retire"})
    assert (answer.status_code, answer.get_json()["code"]) == (400, "no_hold")


def test_a_sync_is_asked_for_once_and_watched(panel: Panel, books: Books, connection: Connection) -> None:
    account = books.crm("Accounts", Account_Name="Harbour Cafe")
    fetched(books)
    first = panel.post(f"/api/records/Accounts/{account}/sync").get_json()["task"]
    again = panel.post(f"/api/records/account/{account}/sync").get_json()["task"]
    assert first["id"] == again["id"]
    task = books.house.tasks.get(connection.id, first["id"])
    assert (task.kind, task.scope.record, task.scope.trigger) == ("record", ("account", account), "person")
    assert state(panel, account)["state"] == "working"
    answer = panel.get(f"/api/runs/{first['id']}")
    assert answer.get_json()["state"] == "waiting"
    tag = answer.headers["ETag"]
    assert panel.get(f"/api/runs/{first['id']}", **{"If-None-Match": tag}).status_code == 304


def test_a_selection_is_one_run(panel: Panel, books: Books, connection: Connection) -> None:
    ids = [books.crm("Accounts", Account_Name=f"Cafe {n}") for n in range(3)]
    fetched(books)
    answer = panel.post("/api/records/Accounts/sync", {"ids": [*ids, ids[0]]})
    task = books.house.tasks.get(connection.id, answer.get_json()["task"]["id"])
    assert task.scope.records == tuple(("account", each) for each in ids)
    refused: list[dict[str, Any]] = [{"ids": []}, {"ids": ["x"]}, {"ids": ["1"] * 101}, {}, {"ids": ids, "amount": 3}]
    for wrong in refused:
        assert panel.post("/api/records/Accounts/sync", wrong).status_code == 422


def test_paused_and_disconnected_say_so(panel: Panel, books: Books, connection: Connection) -> None:
    account = books.crm("Accounts", Account_Name="Harbour Cafe")
    books.sync()
    books.settings(lambda settings: settings.update(paused=True))
    assert state(panel, account)["state"] == "paused"
    assert panel.post(f"/api/records/Accounts/{account}/sync").status_code == 400
    books.house.grants(connection.id).mark_broken("xero", "a test")
    assert state(panel, account)["state"] == "disconnected"


def test_a_record_that_this_person_cannot_see_is_not_there(panel: Panel, books: Books) -> None:
    account = books.crm("Accounts", Account_Name="Secret Ltd")
    books.sync()
    books.gone("Accounts", account)
    panel.sign_in()
    for answer in (
        panel.get(f"/api/records/Accounts/{account}"),
        panel.post(f"/api/records/Accounts/{account}/sync"),
        panel.post("/api/records/Accounts/sync", {"ids": [account]}),
    ):
        assert answer.status_code == 404
        assert "Secret" not in answer.text


@pytest.mark.parametrize("path", ["Invoices/x", "Invoices/..", "Nothing/1", f"Invoices/{'9' * 30}", "Users/1"])
def test_what_is_no_record_is_not_there(panel: Panel, path: str) -> None:
    assert panel.get(f"/api/records/{path}").status_code == 404


def test_another_connections_run_is_not_there(panel: Panel, books: Books) -> None:
    other = books.house.connections.create("Another", "999", "xyz", {}, None)
    task = books.house.tasks.ask(other.id, "sync", Scope(), "somebody", books.clock.now())
    assert panel.get(f"/api/runs/{task.id}").status_code == 404


def test_who_was_revoked_at_zoho_is_signed_out(panel: Panel, books: Books) -> None:
    account = books.crm("Accounts", Account_Name="Harbour Cafe")
    for token in list(books.zoho.accounts.freeze()[2]):
        books.zoho.accounts.expire(token)
    answer = panel.get(f"/api/records/Accounts/{account}")
    assert (answer.status_code, answer.get_json()["code"]) == (401, "not_signed_in")
    assert panel.get("/api/session").status_code == 401
