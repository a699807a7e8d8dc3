"""Tasks that ended and runs that changed nothing are forgotten after a while; the latest stay for pages and clocks."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from extension.store import EVERYBODY, Connections, Database, SqlStore, Tasks
from extension.store.portal import task
from extension.store.pruning import Aged, Pruning, aged
from extension.sync.model import Entry, Scope
from tests.contract.conftest import NUMBERS
from tests.contract.store_cases import NOW, epoch_of

DAY = timedelta(days=1)
STALE = timedelta(seconds=60)


@pytest.fixture
def tasks(database: Database) -> Tasks:
    return Tasks(database)


def new(database: Database) -> int:
    return Connections(database).create(f"pruning {next(NUMBERS)}").id


@pytest.fixture
def mine(database: Database) -> int:
    return new(database)


def told(tasks: Tasks, number: int, kind: str, asked_by: str, ago: timedelta, state: str = "done") -> int:
    """One that was asked for so long ago and stands like this."""
    asked = tasks.ask(number, kind, Scope(), asked_by, NOW - ago)
    if state == "waiting":
        return asked.id
    taken = tasks.take("w1", NOW - ago, STALE, of=number)
    assert taken is not None
    assert taken.id == asked.id
    assert tasks.end(asked.id, "w1", state, None, {}, NOW - ago)
    return asked.id


def left(database: Database, number: int) -> list[int]:
    with database.reading(number) as transaction:
        mine = sa.select(task.c.pk).where(task.c.connection_id == number).order_by(task.c.pk)
        return list(transaction.scalars(mine))


def test_tasks_that_ended_are_forgotten_but_not_the_latest_of_each_kind(
    database: Database, tasks: Tasks, mine: int
) -> None:
    gone, kept = [], []
    for days in (90, 80, 70):
        gone += [told(tasks, mine, kind, "Ann", days * DAY) for kind in ("fetch", "preview", "audit", "health")]
        gone += [told(tasks, mine, "sync", who, days * DAY) for who in ("Ann", "schedule")]
    gone += [told(tasks, mine, "sync", "schedule", 60 * DAY, state) for state in ("failed", "cancelled")]
    kept += [told(tasks, mine, kind, "Ann", 50 * DAY) for kind in ("fetch", "audit", "health", "preview", "sync")]
    paused = told(tasks, mine, "record", "Ann", 45 * DAY, "paused")
    kept += [paused, told(tasks, mine, "sync", "schedule", 40 * DAY)]
    kept += [told(tasks, mine, "check", "Ann", 20 * DAY) for _ in range(2)]
    kept.append(told(tasks, mine, "signal", "Xero", 39 * DAY, "waiting"))
    other = new(database)
    theirs = [told(tasks, other, "sync", "schedule", days * DAY) for days in (90, 80)]
    seen = (tasks.chosen(mine), tasks.last_scheduled([mine]), tasks.latest(mine, "audit"), tasks.open(mine))
    assert Pruning(database, mine).ended_tasks(NOW - 30 * DAY) == len(gone)
    assert left(database, mine) == sorted(kept)
    assert seen == (tasks.chosen(mine), tasks.last_scheduled([mine]), tasks.latest(mine, "audit"), tasks.open(mine))
    assert left(database, other) == theirs
    assert Pruning(database, mine).ended_tasks(NOW - 30 * DAY) == 0


def test_what_ran_on_while_tasks_grew_old_is_found_by_its_time(database: Database, tasks: Tasks, mine: int) -> None:
    numbers = [told(tasks, mine, "sync", "schedule", days * DAY) for days in (33, 32, 31, 29, 28)]
    assert Pruning(database, mine).ended_tasks(NOW - 30 * DAY) == 3
    assert left(database, mine) == numbers[3:]


def test_many_tasks_are_forgotten_a_few_in_each_transaction(
    database: Database, tasks: Tasks, mine: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("extension.store.pruning.FEW_TASKS", 3)
    numbers = [told(tasks, mine, "sync", "schedule", (100 - n) * DAY) for n in range(9)]
    assert Pruning(database, mine).ended_tasks(NOW - 30 * DAY, batches=2) == 6
    assert left(database, mine) == numbers[6:]
    assert Pruning(database, mine).ended_tasks(NOW - 30 * DAY, batches=2) == 2
    assert left(database, mine) == numbers[8:]


def test_what_the_schedule_last_asked_for_stays_under_what_people_ask_for(
    database: Database, tasks: Tasks, mine: int
) -> None:
    last, by_hand = told(tasks, mine, "sync", "schedule", 60 * DAY), told(tasks, mine, "sync", "Ann", 50 * DAY)
    now = told(tasks, mine, "sync", "Ann", DAY)
    assert Pruning(database, mine).ended_tasks(NOW - 30 * DAY) == 1
    assert left(database, mine) == [last, now]
    assert by_hand not in left(database, mine)
    assert tasks.last_scheduled([mine]) == {mine: NOW - 60 * DAY}


# ------------------------------------------------------------------ runs that changed nothing


def ran(store: SqlStore, ago: timedelta, *entries: Entry, state: str = "done") -> int:
    epoch = epoch_of(store)
    with store.write(epoch) as tx:
        number = tx.start_run(Scope(), NOW - ago)
        tx.add_entries(number, NOW - ago, list(entries))
        tx.finish_run(number, NOW - ago, state, {}, "")
    store.release(epoch)
    return number


def runs(store: SqlStore) -> list[int]:
    return sorted(int(str(run["id"])) for run in store.runs(1_000))


def test_runs_that_changed_nothing_are_forgotten_and_those_with_history_are_not(
    database: Database, tasks: Tasks, mine: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("extension.store.pruning.NEWEST_RUNS", 2)
    store, other = SqlStore(database, mine), SqlStore(database, new(database))
    quiet = [ran(store, (90 - n) * DAY, state=state) for n, state in enumerate(("done", "failed", "cancelled"))]
    told_of = ran(store, 60 * DAY, Entry("account", "created", zoho_id="1"))
    waits = ran(store, 55 * DAY, state="waiting")
    limited = ran(store, 50 * DAY, state="limited")
    asked = tasks.ask(mine, "sync", Scope(), "Ann", NOW - 50 * DAY)
    assert tasks.take("w1", NOW - 50 * DAY, STALE, of=mine) is not None
    assert tasks.end(asked.id, "w1", "paused", limited, {}, NOW - 50 * DAY)
    quiet.append(ran(store, 45 * DAY))
    newest = [ran(store, 40 * DAY), ran(store, 35 * DAY)]
    theirs = [ran(other, days * DAY) for days in (90, 80, 70)]
    Pruning(database, mine).quiet_runs(NOW - 30 * DAY)
    assert runs(store) == [told_of, waits, limited, *newest]
    assert len(store.entries()) == 1
    assert runs(other) == theirs


def test_the_next_look_goes_on_where_the_last_one_ended(
    database: Database, mine: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("extension.store.pruning.NEWEST_RUNS", 1)
    monkeypatch.setattr("extension.store.pruning.FEW_RUNS", 2)
    store, pruning = SqlStore(database, mine), Pruning(database, mine)
    numbers = [ran(store, (100 - n) * DAY) for n in range(6)]
    seen = pruning.quiet_runs(NOW - 30 * DAY, batches=2)
    assert seen == NOW - 97 * DAY
    assert runs(store) == numbers[4:]
    assert pruning.quiet_runs(NOW - 30 * DAY, seen, batches=2) == NOW - 96 * DAY
    assert runs(store) == numbers[5:], "the newest stays"
    numbers.append(ran(store, 20 * DAY))
    assert pruning.quiet_runs(NOW - 30 * DAY, NOW - 96 * DAY) == NOW - 95 * DAY
    assert runs(store) == numbers[6:]
    assert pruning.quiet_runs(NOW - 30 * DAY, NOW - 95 * DAY) == NOW - 95 * DAY


def test_a_run_that_goes_asks_for_its_entries_by_itself(sqlite_database: Database) -> None:
    """As the foreign key does: not through the entries of all connections."""
    with sqlite_database.reading(EVERYBODY) as transaction:
        plan = transaction.exec_driver_sql("EXPLAIN QUERY PLAN DELETE FROM entry WHERE run_pk = 1").all()
    assert [row[-1] for row in plan] == ["SEARCH entry USING COVERING INDEX entry_run (run_pk=?)"]


def test_who_of_many_has_something_old_is_told_in_one_statement(database: Database, tasks: Tasks, mine: int) -> None:
    other, nobody = new(database), new(database)
    store = SqlStore(database, mine)
    for days in (90, 40, 31, 20):
        ran(store, days * DAY)
    ran(SqlStore(database, other), 20 * DAY)
    told(tasks, other, "sync", "schedule", 45 * DAY)
    told(tasks, other, "sync", "schedule", DAY)
    told(tasks, mine, "sync", "schedule", 29 * DAY)
    found = aged(database, [mine, other, nobody], NOW - 30 * DAY, NOW - 30 * DAY)
    assert found == {
        mine: Aged(None, NOW - 31 * DAY),
        other: Aged(NOW - 45 * DAY, None),
        nobody: Aged(None, None),
    }
