"""Channels of a CRM: known by their number, opened by an answer, spoken for by whoever has the token, and nobody's
but their own connection's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

from extension.store import Channels, Connections, Database, Ears, Signal, SqlInbox
from extension.store.channels import found, hash_of
from extension.store.inbox import MOST
from extension.store.services import Services
from extension.sync.canonical import XERO, ZOHO

NOW = datetime(2026, 9, 14, 9, 29, 59, tzinfo=UTC)
NUMBERS = count(7_001)


def test_written_before_and_confirmed_by_the_answer(database: Database) -> None:
    mine, number = Channels(database, Connections(database).create("A").id), str(next(NUMBERS))
    mine.begin(number, "secret", "https://x.example", ["Accounts", "Invoices"], NOW)
    (begun,) = mine.all()
    assert (begun.open, begun.modules, begun.heard_at, begun.problem) == (False, ("Accounts", "Invoices"), None, "")
    assert begun.token_hash == hash_of("secret")
    mine.failed(number, "No.")
    mine.confirmed(number, NOW + timedelta(days=6), ["Accounts"], "https://y.example")
    (now,) = mine.all()
    assert (now.open, now.modules, now.expires_at, now.problem) == (True, ("Accounts",), NOW + timedelta(days=6), "")
    assert now.url == "https://y.example"
    assert found(database, number) == now
    mine.forget([number])
    assert mine.all() == []
    assert found(database, number) is None


def test_one_connection_changes_no_channel_of_another(database: Database) -> None:
    mine, other = (Channels(database, Connections(database).create(name).id) for name in "AB")
    number = str(next(NUMBERS))
    mine.begin(number, "secret", "https://x.example", ["Accounts"], NOW)
    before = mine.all()
    other.confirmed(number, NOW + timedelta(days=9), [], "")
    other.failed(number, "No.")
    other.forget([number])
    assert (mine.all(), list(other.all())) == (before, [])


def test_an_ended_connection_has_no_channel(database: Database) -> None:
    made, number = Connections(database).create("A"), str(next(NUMBERS))
    Channels(database, made.id).begin(number, "secret", "https://x.example", ["Accounts"], NOW)
    Connections(database).end(made.id, "ann", NOW)
    assert found(database, number) is None


def test_what_one_request_says_is_kept_at_once(database: Database) -> None:
    first, second = (Connections(database).create(name).id for name in "AB")
    number = str(next(NUMBERS))
    Channels(database, first).begin(number, "secret", "https://x.example", ["Accounts"], NOW)
    (known,) = Channels(database, first).all()
    told = {
        first: [Signal(ZOHO, "Accounts", "1", "one", NOW), Signal(ZOHO, "Accounts", "1", "one", NOW)],
        second: [Signal(XERO, "Contacts", "c", "two", NOW)],
    }
    ears = Ears(database)
    assert ears.hear(told, NOW, channel_id=known.id, note=("xero_webhook", {"heard": "now"})) == 2
    assert ears.hear(told, NOW) == 0
    assert [each.event for each in SqlInbox(database, first).waiting()] == ["one"]
    assert Channels(database, first).all()[0].heard_at == NOW
    assert Services(database).note("xero_webhook") == {"heard": "now"}
    assert ears.hear({}, NOW, note=("xero_webhook", {"asked": "now"})) == 0
    assert Services(database).note("xero_webhook") == {"asked": "now"}


def test_an_inbox_is_bounded(database: Database) -> None:
    inbox = SqlInbox(database, Connections(database).create("A").id)
    assert inbox.receive([Signal(ZOHO, "Accounts", str(n), str(n), NOW) for n in range(MOST + 5)]) == MOST
    assert inbox.receive([Signal(ZOHO, "Accounts", "x", "x", NOW)]) == 0
    inbox.done([inbox.waiting(1)[0].id])
    assert inbox.receive([Signal(ZOHO, "Accounts", "x", "x", NOW)]) == 1
