"""How the installation stands, over both databases: a question for each figure, however many connections there are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from extension.store import (
    EVERYBODY,
    Connections,
    Database,
    Mails,
    Services,
    SqlBuckets,
    SqlGrants,
    SqlInbox,
    SqlStore,
    Tasks,
)
from extension.store.inbox import Signal
from extension.store.portal import task as task_table
from extension.store.server import server
from extension.store.watched import Watched, watched
from extension.sync.budget import Limits, of_app
from extension.sync.canonical import XERO, ZOHO
from extension.sync.model import Scope
from extension.sync.ports import Grant, HoldRow

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
STALE = timedelta(seconds=30)
EVERY = {"on": True, "every": 15}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.pg)])
def own(request: pytest.FixtureRequest, tmp_path: Path, encryption_keys: list[str]) -> Iterator[Database]:
    """A database without anybody else's connections."""
    url = f"sqlite:///{tmp_path / 'own.db'}"
    if request.param == "postgres":
        from tests.system.fleet_rig import fresh_database

        url = fresh_database(request.getfixturevalue("postgres_url"))
    made = Database(url, encryption_keys)
    made.upgrade()
    yield made
    made.dispose()


def look(database: Database) -> Watched:
    return watched(database, NOW, STALE, ["tick"])


def ran(database: Database, number: int, scope: Scope, state: str = "done", at: datetime = NOW) -> None:
    """A run that began and ended at this moment."""
    store = SqlStore(database, number)
    epoch = store.acquire("a test", NOW, 60)
    assert epoch is not None
    with store.write(epoch) as tx:
        tx.finish_run(tx.start_run(scope, at), at, state, {}, "")
    store.release(epoch)


def test_nothing_is_there_at_first(own: Database) -> None:
    found = look(own)
    assert (found.connections, found.tasks, found.ready_since, found.holds) == ((), {}, None, {})
    assert (found.buckets, found.lost, found.letters, found.oldest_letter) == ({}, frozenset(), 0, None)
    assert (found.signals, found.notes) == (0, {})
    assert found.schema >= "0016"


def test_each_connection_with_its_schedule_and_when_it_was_in_step(own: Database) -> None:
    connections = Connections(own)
    first = connections.create("Kōwhai", "z1", "x1", {"schedule": EVERY, "paused": False, "other": {"deep": [1]}}).id
    paused = connections.create("Rimu", "z2", "x2", {"paused": True}).id
    gone = connections.create("Tōtara", "z3", "x3").id
    connections.end(gone, "ann", NOW)
    connections.set_stretched(first, {"minutes": 60})
    ran(own, first, Scope(), at=NOW - 9 * MINUTE)
    one, two = look(own).connections
    assert (one.id, one.fresh, one.paused, one.minutes) == (first, NOW - 9 * MINUTE, False, 60)
    assert one.schedule == '{"every":15,"on":true}'
    assert (two.id, two.fresh, two.schedule, two.paused, two.minutes) == (paused, None, None, True, None)


@pytest.mark.parametrize(
    ("scope", "state", "counts"),
    [
        (Scope(), "done", True),
        (Scope(entities=("account",), trigger="schedule"), "done", True),
        (Scope(entities=("account",)), "done", False),
        (Scope(record=("account", "1")), "done", False),
        (Scope(records=(("account", "1"),), trigger="signal"), "done", False),
        (Scope(), "limited", False),
        (Scope(), "failed", False),
        (Scope(dry_run=True), "planned", False),
    ],
)
def test_only_a_whole_run_that_ended_well_makes_it_fresh(
    database: Database, scope: Scope, state: str, counts: bool
) -> None:
    number = Connections(database).create("one of many").id
    ran(database, number, scope, state)
    found = next(each for each in look(database).connections if each.id == number)
    assert found.fresh == (NOW if counts else None)


def ask(database: Database, name: str, minutes: int, kind: str = "sync", **values: Any) -> int:
    number = Connections(database).create(name).id
    task = Tasks(database).ask(number, kind, Scope(), "ann", NOW - minutes * MINUTE).id
    with database.writing(EVERYBODY) as transaction:
        transaction.execute(sa.update(task_table).where(task_table.c.pk == task).values(**values or {"wish": ""}))
    return number


def test_tasks_by_what_they_wait_for(own: Database) -> None:
    ask(own, "ready", 3)
    ask(own, "press", 1, "record")
    ask(own, "made room", 90, not_before=NOW - 2 * MINUTE)
    ask(own, "later", 30, not_before=NOW + MINUTE)
    ask(own, "paused", 40, state="paused")
    ask(own, "ended", 50, state="done")
    busy = ask(own, "busy", 20, state="working", beat_at=NOW - timedelta(seconds=5))
    Tasks(own).ask(busy, "audit", Scope(), "ann", NOW - 20 * MINUTE)
    ask(own, "silent", 25, state="working", beat_at=NOW - MINUTE)
    Connections(own).end(ask(own, "over", 60), "ann", NOW)
    found = look(own)
    assert found.tasks == {
        ("ready", "sync"): 2,
        ("ready", "record"): 1,
        ("later", "sync"): 1,
        ("paused", "sync"): 1,
        ("working", "sync"): 1,
        ("blocked", "audit"): 1,
        ("stalled", "sync"): 1,
    }
    assert found.ready_since == NOW - 3 * MINUTE, "one that made room is ready since then, and not since it was asked"


def test_holds_budgets_losses_letters_signals_and_notes(own: Database) -> None:
    connection = Connections(own).create("Kōwhai", "z1", "x1")
    store = SqlStore(own, connection.id)
    epoch = store.acquire("a test", NOW, 60)
    assert epoch is not None
    rows = [("1", "tax_unmapped"), ("2", "tax_unmapped"), ("3", "ambiguous")]
    with store.write(epoch) as tx:
        tx.replace_holds(None, [HoldRow(("invoice", ZOHO, id_), why, "", "", None, "") for id_, why in rows])
    limits, buckets = Limits(60, 5000), SqlBuckets(own)
    for key in ("zoho:z1", "xero:x1", "xero:x1", "xero:a stranger's"):
        buckets.take(key, NOW, limits, False, (of_app(XERO), Limits(10_000, 10**6)) if "xero" in key else None)
    grants = SqlGrants(own, connection.id)
    for side in (ZOHO, XERO):
        grants.save(side, Grant("access", "refresh", NOW, ()))
    grants.mark_broken(XERO, "disconnected")
    mails = Mails(own)
    for n in range(2):
        mails.put(connection.id, "a@b.example", "s", "t", "h", f"key {n}", NOW - n * MINUTE)
    mails.sent(mails.recent(connection.id)[0].id, NOW)
    SqlInbox(own, connection.id).receive([Signal(XERO, "contacts", "1", "event", NOW)])
    Services(own).set_note("tick", NOW.isoformat())
    found = look(own)
    assert found.holds == {"tax_unmapped": 2, "ambiguous": 1}
    assert {place: held.day_left for place, held in found.buckets.items()} == {
        (connection.id, ZOHO): 4999,
        (connection.id, XERO): 4998,
    }
    assert {side: held.minute_left for side, held in found.apps.items()} == {XERO: 9997}, "a stranger's, too"
    assert found.lost == {(connection.id, XERO)}
    assert (found.letters, found.oldest_letter) == (1, NOW)
    assert (found.signals, found.notes) == (1, {"tick": NOW.isoformat()})


def test_a_thousand_connections_are_asked_about_with_as_many_questions_as_one(own: Database) -> None:
    Connections(own).create("the first", "z0", "x0", {"schedule": EVERY})
    look(own)  # the raw connection has been told that it is about everybody
    asked: list[str] = []
    sa.event.listen(own.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    look(own)
    few = len(asked)
    same = "name, zoho_org, xero_org, active, settings, fetched, epoch"
    with own.writing(EVERYBODY) as transaction:
        for n in range(1, 1000):
            values = f"'c{n}', 'z{n}', 'x{n}', {own.engine.dialect.name == 'postgresql'}, '{{}}', '{{}}', 0"
            transaction.exec_driver_sql(f"INSERT INTO connection ({same}) VALUES ({values.replace('False', '1')})")
    asked.clear()
    found = look(own)
    assert len(found.connections) == 1000
    assert len(asked) == few < 15


def test_what_the_server_says_of_itself(own: Database) -> None:
    found = server(own)
    if found.kind == "sqlite":
        assert (found.time, found.workers, found.most) == (None, None, None)
        return
    assert found.time is not None
    assert abs(datetime.now(UTC) - found.time) < 5 * MINUTE
    assert found.most is not None
    assert 0 < found.connected < found.most
    assert found.pooled == 15
    assert (found.workers, look(own).workers) == (0, 0)
    beats = ", ".join(["(now())"] * 4 + ["(now() - interval '1 minute')"] * 3)
    with own.writing(EVERYBODY) as transaction:
        transaction.exec_driver_sql(f"INSERT INTO procrastinate_workers (last_heartbeat) VALUES {beats}")
    assert server(own).workers == look(own).workers == 2, "three of them are one process, and one may just begin"
