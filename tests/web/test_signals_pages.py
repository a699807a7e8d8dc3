"""Signals on pages: what would be asked of the CRM, asked, stopped; and the steps for Xero with the exact address."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from extension.bootstrap import Connection
from extension.listening import XERO_NOTE, Listening
from extension.web.visit import Person
from tests.system.live_books import Books
from tests.web.visitor import INSTALLER, Visitor, salesperson

PLAN, ON, OFF = "/c/1/set-up/fields/plan", "/c/1/set-up/signals", "/c/1/set-up/signals/stop"
SERVICES = "/set-up/services"


def test_said_then_asked_then_stopped(admin: Visitor, books: Books, connection: Connection) -> None:
    page = admin.get(PLAN)
    assert (
        "Zoho CRM is asked to tell us at once when somebody makes, changes or deletes a record in Accounts" in page.text
    )
    assert Listening(books.house, connection).look().channel is None
    page = admin.follow(admin.post(ON))
    assert "Zoho CRM tells us of changes from now on." in page.text
    assert "It has not told us anything yet." in page.text
    (known,) = books.house.channels(connection).all()
    assert books.zoho.channels.freeze().keys() == {known.remote}
    page = admin.follow(admin.post(OFF))
    assert "Zoho CRM tells us of no changes any more." in page.text
    assert books.zoho.channels.freeze() == {}


def test_a_refusal_is_said(admin: Visitor, books: Books, connection: Connection) -> None:
    books.zoho.set_switches({"channel_limit": 1})
    user = books.zoho.organisation.users[0].id
    modules = {module.api_name: module for module in books.zoho.catalogue.modules()}
    row = {"channel_id": "5", "events": ["Accounts.all"], "notify_url": "https://other.example"}
    books.zoho.channels.open(row, modules, user, books.zoho.now())
    answer = admin.post(ON)
    books.zoho.set_switches({"channel_limit": 0})
    assert answer.status == 502
    assert "as many notification channels as it allows" in answer.text
    assert books.house.channels(connection).all() == []


def test_where_nobody_can_reach_us_nothing_is_offered(
    admin: Visitor, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("extension.listening.reachable", lambda house: False)
    page = admin.get(PLAN)
    assert "No service can reach this installation at http://localhost:5000" in page.text
    assert not any(form["action"] == ON for form in page.forms())
    assert admin.post(ON).status == 400
    assert books.zoho.channels.freeze() == {}


def test_who_may_not_manage_may_not_ask(
    visitor: Callable[[Person | None], Visitor], books: Books, connection: Connection
) -> None:
    sam = visitor(salesperson(connection))
    assert {sam.post(ON).status, sam.post(OFF).status} == {403}
    assert books.zoho.channels.freeze() == {}


def test_the_steps_for_xero_name_the_address_and_when_it_called(
    visitor: Callable[[Person | None], Visitor], books: Books
) -> None:
    installer = visitor(INSTALLER)
    page = installer.get(SERVICES)
    assert "http://localhost:5000/hooks/xero" in page.html.replace("<wbr>", "")
    assert "XERO_WEBHOOK_KEYS" in page.text
    assert "Last told of a change never" in page.text
    now = books.house.clock.now().isoformat()
    books.house.services.set_note(XERO_NOTE, {"asked": now, "heard": now})
    page = installer.get(SERVICES)
    assert "Received" in page.text
    assert "Last told of a change never" not in page.text
