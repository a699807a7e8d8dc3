"""Tasks that ended are forgotten after a while, the latest of each kind excepted."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from extension.store import Connections, Database, Tasks
from extension.store.portal import task
from extension.store.pruning import Pruning
from extension.sync.model import Scope
from tests.contract.conftest import NUMBERS
from tests.contract.store_cases import NOW

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
