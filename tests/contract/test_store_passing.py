"""What the portal remembers on the way to a connection, and what it counts before the first run."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from extension.store import EVERYBODY, Connections, Database, SqlGrants, SqlStore
from extension.store.oauth_states import OAuthState, OAuthStates
from extension.store.passing import PassingGrants
from extension.store.sessions import Sessions
from extension.store.tenancy import oauth_state
from extension.sync.canonical import XERO, ZOHO, Side
from extension.sync.errors import BadInput
from extension.sync.model import Link, Record
from extension.sync.ports import Grant
from tests.contract.conftest import NUMBERS
from tests.contract.store_cases import NOW, epoch_of

GRANT = Grant("access-canary", "refresh-canary", NOW + timedelta(hours=1), ("a", "b"), {"api_url": "https://x"})


class Clock:
    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def passing(database: Database, clock: Clock) -> PassingGrants:
    return PassingGrants(database, f"session {next(NUMBERS)}", clock)


# ------------------------------------------------------------------ consents that wait


def test_a_consent_waits_for_its_session_alone(database: Database, passing: PassingGrants, clock: Clock) -> None:
    passing.put(ZOHO, GRANT)
    assert passing.get(ZOHO) == GRANT
    assert passing.get(XERO) is None
    assert PassingGrants(database, "another session", clock).get(ZOHO) is None


def test_it_waits_half_an_hour_however_often_it_is_renewed(passing: PassingGrants, clock: Clock) -> None:
    passing.put(ZOHO, GRANT)
    clock.at += timedelta(minutes=29)
    renewed = Grant("second", "refresh", NOW, extra={"renewed_at": "now"})
    passing.save(ZOHO, renewed)
    assert passing.get(ZOHO) == renewed
    clock.at += timedelta(minutes=2)
    assert passing.get(ZOHO) is None
    passing.put(ZOHO, GRANT)
    assert passing.get(ZOHO) == GRANT, "a new consent begins anew"


def test_what_was_not_put_is_not_saved(passing: PassingGrants) -> None:
    passing.save(XERO, GRANT)
    assert passing.get(XERO) is None


def test_one_side_or_both_are_dropped(passing: PassingGrants) -> None:
    for side in (ZOHO, XERO):
        passing.put(side, GRANT)
    passing.mark_broken(ZOHO, "invalid_grant")
    assert passing.get(ZOHO) is None
    assert passing.get(XERO) == GRANT
    passing.drop()
    assert passing.get(XERO) is None


def test_other_consents_do_not_sweep_it_away_too_early(
    database: Database, passing: PassingGrants, clock: Clock
) -> None:
    passing.put(ZOHO, GRANT)
    mine, states = _rows(database)[-1], OAuthStates(database)
    for minutes, there in ((20, True), (31, False)):
        clock.at = NOW + timedelta(minutes=minutes)
        states.store(f"other {minutes} {next(NUMBERS)}", OAuthState("zoho", "v", "", "/", clock.at))
        assert (mine in _rows(database)) is there
        assert (passing.get(ZOHO) == GRANT) is there


def test_whoever_reads_the_database_reads_no_token(database: Database, passing: PassingGrants) -> None:
    passing.put(XERO, GRANT)
    assert "canary" not in str(_rows(database))


def _rows(database: Database) -> list[object]:
    with database.reading(EVERYBODY) as transaction:
        return list(transaction.execute(sa.select(oauth_state).order_by(oauth_state.c.pk)).all())


# ------------------------------------------------------------------ names, the end


def test_names_are_unique_among_active_connections(database: Database) -> None:
    connections, number = Connections(database), next(NUMBERS)
    one, two = (connections.create(f"{word} {number}") for word in ("Kea", "Tui"))
    with pytest.raises(BadInput, match="already"):
        connections.rename(two.id, f"KEA {number}", "ann", NOW)
    connections.rename(two.id, f"TUI {number}", "ann", NOW)
    connections.rename(two.id, f"TUI {number}", "ann", NOW)
    assert connections.get(two.id).name == f"TUI {number}"
    assert [(each.actor, each.object) for each in connections.changes(two.id)] == [("ann", "name")]
    connections.end(one.id, "ann", NOW)
    connections.rename(two.id, f"Kea {number}", "ann", NOW)


def test_an_ended_connection_keeps_no_grant_and_no_session(database: Database) -> None:
    connections, sessions = Connections(database), Sessions(database)
    one, other = (connections.create(f"test {next(NUMBERS)}") for _ in range(2))
    tokens = {each.id: sessions.start({"person": "x"}, NOW, 60, each.id) for each in (one, other)}
    for each in (one, other):
        SqlGrants(database, each.id).save(ZOHO, GRANT)
    sessions.end_all(one.id)
    SqlGrants(database, one.id).forget()
    assert sessions.holder(tokens[one.id], NOW) is None
    assert sessions.holder(tokens[other.id], NOW) is not None
    assert SqlGrants(database, one.id).get(ZOHO) is None
    assert SqlGrants(database, other.id).get(ZOHO) is not None


# ------------------------------------------------------------------ newcomers


def record(side: Side, number: int, *, days: int = 0, key: str = "", births: bool = True) -> Record:
    id_ = f"{side}{number}"
    return Record(
        entity="account",
        side=side,
        id=id_,
        remote=id_,
        feed="F",
        modified=NOW - timedelta(days=days),
        fields={"name": id_},
        keys=(key or id_,),
        births=births,
    )


def test_newcomers_are_counted_by_age(database: Database) -> None:
    store, stranger = (_store(database) for _ in range(2))
    rows = [
        record(ZOHO, 1),
        record(ZOHO, 2, days=10),
        record(ZOHO, 3, births=False),
        record(ZOHO, 4, days=10, key="same"),
        record(XERO, 4, key="same"),
        record(XERO, 5, days=40),
        record(ZOHO, 6),
        record(XERO, 6),
    ]
    bases = {ZOHO: {"name": "zoho6"}, XERO: {"name": "xero6"}}
    for each in (store, stranger):
        with each.write(epoch_of(each)) as tx:
            tx.put_records(rows)
            if each is store:
                tx.insert_link(Link(0, "account", {ZOHO: "zoho6", XERO: "xero6"}, bases))
    found = store.newcomers([NOW - timedelta(days=5), NOW - timedelta(days=30)])
    assert [(each.side, each.all, each.since) for each in found] == [("xero", 1, (0, 0)), ("zoho", 2, (1, 2))]
    assert [each.all for each in stranger.newcomers([])] == [2, 3], "each connection counts its own"


def _store(database: Database) -> SqlStore:
    return SqlStore(database, Connections(database).create(f"test {next(NUMBERS)}").id)
