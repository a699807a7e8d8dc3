"""Connections, consents under way, sessions, signals and the pages of history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from extension.store import (
    EVERYBODY,
    Connection,
    Connections,
    Database,
    OAuthState,
    OAuthStates,
    Sessions,
    Signal,
    SqlInbox,
)
from extension.store.tenancy import oauth_state, session
from extension.sync.canonical import XERO, ZOHO
from extension.sync.errors import BadInput, SyncError
from extension.sync.model import Entry, Scope
from tests.contract.conftest import NUMBERS, Memory
from tests.contract.store_cases import LATER, NOW, epoch_of

MINUTE = timedelta(minutes=1)


@pytest.fixture
def connections(database: Database) -> Connections:
    return Connections(database)


@pytest.fixture
def made(connections: Connections) -> Connection:
    number = next(NUMBERS)
    settings = {"mapping_version": 1, "entities": ["account"], "limit": Decimal("1000.50")}
    return connections.create(f"Kōwhai {number}", f"z{number}", f"x{number}", settings, NOW)


# ------------------------------------------------------------------ connections


def test_a_connection_comes_back_as_it_was(connections: Connections, made: Connection) -> None:
    assert connections.get(made.id) == made
    assert made in connections.list()
    assert made.settings["limit"] == Decimal("1000.50")
    assert (made.start_date, made.fetched, made.active) == (NOW, {}, True)
    assert connections.by_organisation(XERO, made.organisations[XERO]) == made
    assert connections.by_organisation(XERO, "") is None
    with pytest.raises(BadInput):
        connections.get(999_999)


@pytest.mark.parametrize("side", [ZOHO, XERO])
def test_an_organisation_is_in_one_active_connection(connections: Connections, made: Connection, side: str) -> None:
    zoho, xero = (organisation if side == of else "" for of, organisation in made.organisations.items())
    with pytest.raises(BadInput, match=made.name):
        connections.create("second", zoho, xero)
    second = connections.create("second")
    with pytest.raises(BadInput, match=made.name):
        connections.set_identities(second.id, made.organisations, "ann", NOW)
    connections.end(made.id, "ann", NOW)
    connections.set_identities(second.id, made.organisations, "ann", NOW)
    assert connections.get(second.id).organisations == made.organisations
    assert made.id not in [known.id for known in connections.list()]
    assert made.id in [known.id for known in connections.list(active=False)]
    connections.set_identities(second.id, made.organisations, "ann", NOW)
    assert len(connections.changes(second.id)) == 2, "the same again is no change"


def test_who_changed_which_setting(connections: Connections, made: Connection) -> None:
    settings = {"mapping_version": 2, "entities": ["account"], "rounding": {"digits": 2}}
    connections.update_settings(made.id, settings, "ann@example.test", LATER)
    connections.set_start_date(made.id, None, "bea@example.test", LATER)
    after = connections.get(made.id)
    assert (after.settings, after.start_date) == (settings, None)
    changes = [(event.actor, event.object, event.before, event.after) for event in connections.changes(made.id)]
    assert changes == [
        ("bea@example.test", "start_date", NOW.isoformat(), None),
        ("ann@example.test", "rounding", None, {"digits": 2}),
        ("ann@example.test", "mapping_version", 1, 2),
        ("ann@example.test", "limit", Decimal("1000.50"), None),
    ]


def test_what_was_fetched_is_no_setting(connections: Connections, made: Connection) -> None:
    connections.set_fetched(made.id, {"taxes": [{"rate": Decimal("15.0000")}]})
    assert connections.get(made.id).fetched == {"taxes": [{"rate": Decimal("15")}]}
    assert connections.get(made.id).settings == made.settings
    assert not connections.changes(made.id)


@pytest.mark.parametrize(
    "change",
    [
        lambda known: known.update_settings(999_999, {}, "ann", NOW),
        lambda known: known.set_identities(999_999, {ZOHO: "z"}, "ann", NOW),
        lambda known: known.set_start_date(999_999, None, "ann", NOW),
        lambda known: known.set_fetched(999_999, {}),
        lambda known: known.end(999_999, "ann", NOW),
    ],
)
def test_nothing_to_change(connections: Connections, change: Callable[[Connections], object]) -> None:
    with pytest.raises(BadInput):
        change(connections)


def test_whose_time_has_come(connections: Connections, database: Database) -> None:
    early, late, waiting, ended = (connections.create(f"due {next(NUMBERS)}") for _ in range(4))
    for n, one in enumerate((late, early, waiting, ended)):
        connections.set_next_run(one.id, NOW - n * MINUTE)
    store = Memory(database).store()
    assert connections.due(NOW - MINUTE, 10)[-1] == early.id
    with database.writing(EVERYBODY) as transaction:
        transaction.execute(sa.text(f"UPDATE connection SET not_before = next_run_at + 1 WHERE pk = {waiting.id}"))
    connections.end(ended.id, "ann", NOW)
    mine = {one.id for one in (early, late, waiting, ended)}
    assert [one for one in connections.due(NOW, 10) if one in mine] == [waiting.id, early.id, late.id]
    assert [one for one in connections.due(NOW - 2 * MINUTE, 10) if one in mine] == []
    assert connections.set_next_run(late.id, LATER, was=NOW)
    assert not connections.set_next_run(late.id, LATER, was=NOW), "another clock was faster"
    assert [one for one in connections.due(NOW, 10) if one in mine] == [waiting.id, early.id]
    assert store.not_before() is None
    for one in (early, late, waiting):
        connections.set_next_run(one.id, None)


# ------------------------------------------------------------------ consents

CONSENT = OAuthState("xero", "verifier-secret", "eu", "/connect/xero/back", NOW, {"connection": 7})


def test_a_consent_is_used_once(database: Database) -> None:
    states = OAuthStates(database)
    states.store("random-1", CONSENT)
    assert states.take("random-2", NOW) is None
    assert states.take("random-1", NOW + 10 * MINUTE) == CONSENT
    assert states.take("random-1", NOW) is None
    assert "verifier-secret" not in repr(CONSENT)


def test_a_consent_ends_after_ten_minutes(database: Database) -> None:
    states = OAuthStates(database)
    states.store("random-3", CONSENT)
    assert states.take("random-3", NOW + 10 * MINUTE + timedelta(seconds=1)) is None
    states.store("random-4", CONSENT)
    states.store("random-5", replace(CONSENT, created=NOW + 31 * MINUTE))
    assert states.take("random-4", NOW) is None, "swept away"


def test_a_state_says_nothing_to_whoever_reads_the_database(database: Database) -> None:
    states = OAuthStates(database)
    states.store("random-6", CONSENT)
    states.store("random-7", CONSENT)
    with database.writing(EVERYBODY) as transaction:
        rows = transaction.execute(sa.select(oauth_state).order_by(oauth_state.c.pk.desc()).limit(2)).mappings().all()
        assert not [row for row in rows if "random" in str(row) or "verifier" in str(row)]
        moved = sa.update(oauth_state).where(oauth_state.c.pk == rows[1]["pk"])
        transaction.execute(moved.values(secret=rows[0]["secret"]))
    with pytest.raises(SyncError) as caught:
        states.take("random-6", NOW)
    assert caught.value.code == "secret_misplaced"


# ------------------------------------------------------------------ sessions and signals


def test_a_session_ends(database: Database, made: Connection) -> None:
    sessions = Sessions(database)
    token = sessions.start({"user": "ann", "role": "admin"}, NOW, 600, made.id)
    assert sessions.holder(token, NOW) == {"user": "ann", "role": "admin"}
    assert sessions.holder(token, NOW + 10 * MINUTE) is None
    assert sessions.holder("guess", NOW) is None
    with database.reading(EVERYBODY) as transaction:
        assert token not in str(transaction.execute(sa.select(session)).all())
    sessions.end(token)
    assert sessions.holder(token, NOW) is None


def test_a_signal_heard_twice_is_kept_once(database: Database, made: Connection) -> None:
    inbox = SqlInbox(database, made.id)
    one = Signal(XERO, "contacts", "c1", "CONTACT.UPDATE c1 1", NOW)
    two = replace(one, event="CONTACT.UPDATE c1 2")
    assert inbox.receive([one, two, one]) == 2
    assert inbox.receive([one]) == 0
    waiting = inbox.waiting()
    assert [replace(signal, id=0) for signal in waiting] == [one, two]
    other = SqlInbox(database, Connections(database).create(f"test {next(NUMBERS)}").id)
    assert not other.waiting()
    other.done([signal.id for signal in waiting])
    inbox.done([waiting[0].id])
    assert [signal.event for signal in inbox.waiting()] == [two.event]
    assert [signal.event for signal in inbox.waiting(0)] == []


@pytest.mark.pg
def test_a_signal_does_not_wait_for_a_run(postgres_database: Database) -> None:
    """On PostgreSQL; SQLite has one writer at a time, and our transactions are short."""
    store = Memory(postgres_database).store()
    epoch = epoch_of(store)
    with store.write(epoch) as tx:
        tx.set_not_before(NOW)
        inbox = SqlInbox(postgres_database, store.connection_id)  # type: ignore[attr-defined]
        assert inbox.receive([Signal(ZOHO, "Accounts", "1", "edit", NOW)]) == 1


# ------------------------------------------------------------------ history by pages


def test_history_by_pages(database: Database) -> None:
    store = Memory(database).store()
    epoch = epoch_of(store)
    with store.write(epoch) as tx:
        first, second = tx.start_run(Scope(), NOW), tx.start_run(Scope(), LATER)
        tx.add_entries(first, NOW, [Entry("account", "created", zoho_id=str(n)) for n in range(3)])
        tx.add_entries(second, LATER, [Entry("contact", "updated", zoho_id="1"), Entry("account", "updated", "1")])
    page = store.history(2)  # type: ignore[attr-defined]
    assert [(line.run, line.at, line.entry.entity) for line in page] == [
        (second, LATER, "account"),
        (second, LATER, "contact"),
    ]
    rest = store.history(2, before=page[-1].number)  # type: ignore[attr-defined]
    assert [line.entry.zoho_id for line in rest] == ["2", "1"]
    assert len(store.history(run=first)) == 3  # type: ignore[attr-defined]
    of_one = store.history(record=("account", "1"))  # type: ignore[attr-defined]
    assert [line.entry.outcome for line in of_one] == ["updated", "created"]
