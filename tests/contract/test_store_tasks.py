"""Tasks: what is asked for is done once, by one worker, one at a time per connection, and outlives everybody."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from extension.store import Connections, Database, Task, Tasks
from extension.sync.errors import BadInput
from extension.sync.model import Scope
from tests.contract.conftest import NUMBERS
from tests.contract.store_cases import LATER, NOW

SECOND = timedelta(seconds=1)
STALE = timedelta(seconds=60)
SCOPE = Scope(entities=("account", "invoice"), mode="zoho-to-xero", window_days=7, trigger="person", background=False)


@pytest.fixture
def tasks(database: Database) -> Tasks:
    """Nothing of an earlier test waits here."""
    tasks = Tasks(database)
    while left := tasks.take("sweeper", NOW + timedelta(days=999), timedelta(0)):
        tasks.end(left.id, "sweeper", "cancelled", None, {}, NOW)
    return tasks


def new(database: Database) -> int:
    return Connections(database).create(f"tasks {next(NUMBERS)}").id


@pytest.fixture
def mine(database: Database) -> int:
    return new(database)


def taken(tasks: Tasks, owner: str = "w1") -> Task:
    task = tasks.take(owner, NOW, STALE)
    assert task is not None
    return task


# ------------------------------------------------------------------ asking


def test_a_task_comes_back_as_it_was(tasks: Tasks, mine: int) -> None:
    asked = tasks.ask(mine, "sync", SCOPE, "Ann", NOW, email=True)
    assert asked == tasks.get(mine, asked.id)
    assert (asked.scope, asked.asked_by, asked.asked_at, asked.email, asked.state) == (
        SCOPE,
        "Ann",
        NOW,
        True,
        "waiting",
    )
    record = tasks.ask(mine, "sync", Scope(record=("account", "z1")), "Ann", NOW)
    assert tasks.get(mine, record.id).scope == Scope(record=("account", "z1"))
    assert [task.id for task in tasks.open(mine)] == [asked.id, record.id]
    assert tasks.latest(mine) == record
    assert tasks.latest(mine, "fetch") is None


def test_an_equal_one_that_waits_is_not_doubled(tasks: Tasks, mine: int) -> None:
    first = tasks.ask(mine, "sync", SCOPE, "Ann", NOW)
    again = tasks.ask(mine, "sync", SCOPE, "Bea", LATER, email=True)
    assert again.id == first.id
    assert again.email, "somebody wants a letter"
    assert tasks.ask(mine, "preview", SCOPE, "Ann", NOW).id != first.id
    taken(tasks)
    assert tasks.ask(mine, "sync", SCOPE, "Ann", LATER).id != first.id, "the first is under way: what changed since?"


def test_two_who_ask_at_once_get_one(database: Database, tasks: Tasks, mine: int) -> None:
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(tasks.ask, mine, "sync", SCOPE, f"p{n}", NOW) for n in range(8)]
    assert len({one.result().id for one in asked}) == 1


@pytest.mark.parametrize("kind", ["", "drop", "Sync"])
def test_an_unknown_kind_is_refused(tasks: Tasks, mine: int, kind: str) -> None:
    with pytest.raises(BadInput):
        tasks.ask(mine, kind, SCOPE, "Ann", NOW)
    assert not tasks.open(mine)


def test_nothing_is_asked_of_what_was_ended(database: Database, tasks: Tasks, mine: int) -> None:
    tasks.ask(mine, "sync", SCOPE, "Ann", NOW)
    Connections(database).end(mine, "Ann", NOW)
    with pytest.raises(BadInput):
        tasks.ask(mine, "sync", SCOPE, "Ann", NOW)
    with pytest.raises(BadInput):
        tasks.ask(999_999, "sync", SCOPE, "Ann", NOW)
    assert tasks.take("w1", NOW, STALE) is None


def test_another_connections_task_is_none(database: Database, tasks: Tasks, mine: int) -> None:
    asked, other = tasks.ask(mine, "sync", SCOPE, "Ann", NOW), new(database)
    for touch in (
        lambda: tasks.get(other, asked.id),
        lambda: tasks.wish(other, asked.id, "cancel"),
        lambda: tasks.resume(other, asked.id, NOW),
    ):
        with pytest.raises(BadInput) as caught:
            touch()
        assert caught.value.code == "no_task"
    assert tasks.get(mine, asked.id) == asked


# ------------------------------------------------------------------ the schedule


def test_one_of_two_clocks_asks(database: Database, tasks: Tasks, mine: int) -> None:
    connections = Connections(database)
    connections.set_next_run(mine, NOW)
    with ThreadPoolExecutor(4) as pool:
        asked = [
            pool.submit(tasks.ask_scheduled, mine, SCOPE, NOW, was=NOW, following=LATER, email=False) for _ in range(4)
        ]
    (task,) = [found for one in asked if (found := one.result())]
    assert (task.kind, task.asked_by) == ("sync", "schedule")
    assert connections.get(mine).next_run_at == LATER
    assert tasks.ask_scheduled(mine, SCOPE, LATER, was=LATER, following=None, email=False) is not None
    assert connections.get(mine).next_run_at is None
    connections.set_next_run(mine, NOW)
    connections.end(mine, "Ann", NOW)
    assert tasks.ask_scheduled(mine, SCOPE, NOW, was=NOW, following=LATER, email=False) is None


# ------------------------------------------------------------------ working


def test_the_oldest_first_and_one_at_a_time_per_connection(database: Database, tasks: Tasks, mine: int) -> None:
    other = new(database)
    first = tasks.ask(mine, "sync", SCOPE, "Ann", NOW)
    second = tasks.ask(mine, "audit", SCOPE, "Ann", NOW)
    third = tasks.ask(other, "sync", SCOPE, "Bea", NOW)
    assert [taken(tasks).id, taken(tasks, "w2").id] == [first.id, third.id]
    assert tasks.take("w3", NOW, STALE) is None
    assert tasks.end(first.id, "w1", "done", 5, {"state": "done"}, LATER)
    ended = tasks.get(mine, first.id)
    assert (ended.state, ended.run, ended.result, ended.ended_at) == ("done", 5, {"state": "done"}, LATER)
    assert taken(tasks).id == second.id


def test_who_was_put_back_or_resumed_stands_behind_all_others(database: Database, tasks: Tasks, mine: int) -> None:
    first, second = tasks.ask(mine, "sync", SCOPE, "Ann", NOW), tasks.ask(mine, "audit", SCOPE, "Ann", NOW)
    third = tasks.ask(new(database), "sync", SCOPE, "Ann", NOW)
    signal = tasks.ask(new(database), "signal", SCOPE, "signal", NOW)
    tasks.wish(mine, second.id, "pause")
    assert taken(tasks).id == signal.id, "what a service told us goes before the rest"
    assert taken(tasks).id == first.id
    tasks.resume(mine, second.id, LATER)
    assert tasks.postpone(first.id, "w1", 1, {}, None)
    assert [taken(tasks).id, taken(tasks).id] == [third.id, second.id]
    assert tasks.take("w1", NOW, STALE) is None, "one of a connection at a time"
    assert tasks.end(second.id, "w1", "done", 1, {}, NOW)
    assert taken(tasks).id == first.id


def test_nobody_is_overtaken_for_ever(
    database: Database, tasks: Tasks, mine: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = tasks.ask(mine, "sync", SCOPE, "Ann", NOW)
    signals = [tasks.ask(new(database), "signal", SCOPE, "signal", NOW) for _ in range(5)]
    monkeypatch.setattr("extension.store.lining_up.PATIENCE", 3)
    assert [taken(tasks).id, taken(tasks).id] == [patient.id, signals[0].id]


def test_one_connection_is_served_alone(database: Database, tasks: Tasks, mine: int) -> None:
    other = new(database)
    tasks.ask(other, "sync", SCOPE, "Ann", NOW)
    assert tasks.take("w1", NOW, STALE, of=mine) is None
    asked = tasks.ask(mine, "sync", SCOPE, "Ann", NOW)
    urgent = tasks.ask(mine, "record", RECORD, "Ann", LATER)
    with ThreadPoolExecutor(4) as pool:
        found = [one.result() for one in [pool.submit(tasks.take, f"w{n}", NOW, STALE, of=mine) for n in range(4)]]
    assert [task.id for task in found if task] == [urgent.id]
    assert tasks.take("w9", NOW + 2 * STALE, STALE, urgent=True, of=other) is None
    again = tasks.take("w9", NOW + 2 * STALE, STALE, of=mine)
    assert again is not None
    assert again.id == urgent.id, "its worker fell silent"
    assert tasks.get(mine, asked.id).state == "waiting"


def test_whether_anybody_waits_for_the_place_of_a_task(database: Database, tasks: Tasks, mine: int) -> None:
    asked = tasks.ask(mine, "sync", SCOPE, "Ann", NOW)
    taken(tasks)
    assert not tasks.others_wait(asked.id, NOW, STALE)
    assert not tasks.others_wait(asked.id, NOW + 2 * STALE, STALE), "nor when its own beat is late"
    later = tasks.ask(new(database), "sync", SCOPE, "Bea", NOW)
    assert tasks.others_wait(asked.id, NOW, STALE)
    taken(tasks, "w2")
    assert tasks.postpone(later.id, "w2", None, {}, LATER)
    assert not tasks.others_wait(asked.id, NOW, STALE), "it may not begin yet"
    assert tasks.others_wait(asked.id, LATER, STALE)
    tasks.wish(later.connection_id, later.id, "cancel")
    own = tasks.ask(mine, "preview", SCOPE, "Ann", NOW)
    assert tasks.others_wait(asked.id, NOW, STALE), "of the same connection, too"
    tasks.wish(mine, own.id, "cancel")
    assert not tasks.others_wait(asked.id, LATER, STALE)


def test_several_workers_never_take_the_same(database: Database, tasks: Tasks) -> None:
    asked = [tasks.ask(new(database), "sync", SCOPE, "Ann", NOW).id for _ in range(6)]
    with ThreadPoolExecutor(4) as pool:
        found = [one.result() for one in [pool.submit(tasks.take, f"w{n}", NOW, STALE) for n in range(8)]]
    assert sorted(task.id for task in found if task) == asked


def test_a_worker_that_fell_silent_loses_its_task(tasks: Tasks, mine: int) -> None:
    asked = tasks.ask(mine, "sync", SCOPE, "Ann", NOW)
    taken(tasks)
    assert tasks.beat(asked.id, "w1", NOW + 30 * SECOND, {"rows": 7}) == ""
    assert tasks.take("w2", NOW + STALE, STALE) is None
    again = tasks.take("w2", NOW + 91 * SECOND, STALE)
    assert again is not None
    assert (again.id, again.started_at, again.progress) == (asked.id, NOW, {"rows": 7})
    assert tasks.beat(asked.id, "w1", LATER, {"rows": 9}) == "lost"
    assert not tasks.end(asked.id, "w1", "done", 1, {}, LATER)
    assert not tasks.postpone(asked.id, "w1", 1, {}, None)
    assert tasks.get(mine, asked.id).progress == {"rows": 7}
    assert tasks.end(asked.id, "w2", "failed", None, {"problem": "No."}, LATER)
    assert tasks.beat(asked.id, "w2", LATER, {}) == "lost", "it has ended"


def test_a_task_that_must_wait_waits(tasks: Tasks, mine: int) -> None:
    asked = tasks.ask(mine, "sync", SCOPE, "Ann", NOW)
    taken(tasks)
    assert tasks.postpone(asked.id, "w1", 3, {"state": "limited"}, LATER)
    waiting = tasks.get(mine, asked.id)
    assert (waiting.state, waiting.not_before, waiting.run, waiting.result) == (
        "waiting",
        LATER,
        3,
        {"state": "limited"},
    )
    assert tasks.take("w1", NOW, STALE) is None
    found = tasks.take("w1", LATER, STALE)
    assert found is not None
    assert (found.started_at, found.not_before) == (NOW, None)


# ------------------------------------------------------------------ pause, cancel, resume


@pytest.mark.parametrize(("what", "then"), [("pause", "paused"), ("cancel", "cancelled")])
def test_what_waits_stops_at_once_what_works_hears_of_it(tasks: Tasks, mine: int, what: str, then: str) -> None:
    working = tasks.ask(mine, "sync", SCOPE, "Ann", NOW)
    taken(tasks)
    waiting = tasks.ask(mine, "audit", SCOPE, "Ann", NOW)
    for task in (working, waiting):
        tasks.wish(mine, task.id, what)
    assert tasks.get(mine, waiting.id).state == then
    assert tasks.get(mine, working.id).state == "working"
    assert tasks.beat(working.id, "w1", NOW, {}) == what
    assert tasks.end(working.id, "w1", then, 4, {}, LATER)
    ended = tasks.get(mine, working.id)
    assert (ended.state, ended.wish) == (then, "")
    assert (ended.ended_at is None) == (then == "paused")


def test_a_wish_comes_true_when_the_task_is_put_back(tasks: Tasks, mine: int) -> None:
    asked = tasks.ask(mine, "sync", SCOPE, "Ann", NOW)
    taken(tasks)
    tasks.wish(mine, asked.id, "pause")
    assert tasks.postpone(asked.id, "w1", None, {}, LATER)
    assert tasks.get(mine, asked.id).state == "paused"
    assert tasks.take("w1", LATER, STALE) is None


def test_a_paused_one_goes_on_or_is_given_up(tasks: Tasks, mine: int) -> None:
    asked = tasks.ask(mine, "sync", SCOPE, "Ann", NOW)
    with pytest.raises(BadInput) as caught:
        tasks.resume(mine, asked.id, NOW)
    assert caught.value.code == "not_paused"
    tasks.wish(mine, asked.id, "pause")
    assert tasks.take("w1", NOW, STALE) is None
    assert [task.id for task in tasks.open(mine)] == [asked.id]
    tasks.resume(mine, asked.id, LATER)
    assert taken(tasks).id == asked.id
    tasks.end(asked.id, "w1", "paused", 2, {}, LATER)
    tasks.wish(mine, asked.id, "pause")
    tasks.wish(mine, asked.id, "cancel")
    assert not tasks.open(mine)
    with pytest.raises(BadInput) as caught:
        tasks.wish(mine, asked.id, "cancel")
    assert caught.value.code == "task_over"
    with pytest.raises(BadInput):
        tasks.wish(mine, asked.id, "explode")


def test_what_a_person_last_chose_outlives_the_schedule(tasks: Tasks, mine: int, database: Database) -> None:
    assert tasks.chosen(mine) is None
    asked = tasks.ask(mine, "preview", SCOPE, "Ann", NOW)
    tasks.ask(mine, "fetch", Scope(observe_only=True), "Ann", NOW)
    Connections(database).set_next_run(mine, NOW)
    tasks.ask_scheduled(mine, Scope(background=True), NOW, was=NOW, following=None, email=False)
    tasks.ask(new(database), "sync", Scope(), "Bob", NOW)
    assert tasks.chosen(mine) == asked


# ------------------------------------------------------------------ what somebody waits for


RECORD = Scope(record=("account", "z1"))


def test_what_is_urgent_is_taken_first(tasks: Tasks, database: Database, mine: int) -> None:
    tasks.ask(mine, "sync", SCOPE, "Ann", NOW)
    other = new(database)
    urgent = tasks.ask(other, "record", RECORD, "Bea", LATER)
    assert tasks.take("w1", NOW, STALE, urgent=True) == tasks.get(other, urgent.id)
    assert tasks.take("w2", NOW, STALE, urgent=True) is None
    assert taken(tasks).connection_id == mine


def test_it_is_performed_inside_a_longer_one_of_its_connection(tasks: Tasks, database: Database, mine: int) -> None:
    tasks.ask(mine, "sync", SCOPE, "Ann", NOW)
    host = taken(tasks)
    other = tasks.ask(new(database), "record", RECORD, "Bea", NOW)
    assert tasks.visit(host, "w1", "v1", NOW) is None, "another connection's"
    tasks.ask(mine, "preview", SCOPE, "Ann", NOW)
    assert tasks.visit(host, "w1", "v1", NOW) is None, "not urgent"
    urgent = tasks.ask(mine, "check", RECORD, "Ann", NOW)
    assert tasks.visit(host, "somebody who lost the host", "v1", NOW) is None
    visit = tasks.visit(host, "w1", "v1", NOW)
    assert visit is not None
    assert (visit.id, visit.state) == (urgent.id, "working")
    assert tasks.visit(host, "w1", "v2", NOW) is None
    assert tasks.end(urgent.id, "v1", "done", 7, {}, LATER)
    assert tasks.get(mine, host.id).state == "working"
    assert tasks.end(host.id, "w1", "done", 6, {}, LATER)
    assert taken(tasks).id == other.id


def test_what_died_with_its_host_waits_again(tasks: Tasks, mine: int) -> None:
    tasks.ask(mine, "sync", SCOPE, "Ann", NOW)
    host = taken(tasks)
    urgent = tasks.ask(mine, "record", RECORD, "Ann", NOW)
    assert tasks.visit(host, "w1", "v1", NOW) is not None
    later = NOW + 2 * STALE
    again = tasks.take("w2", later, STALE)
    assert again is not None
    assert again.id == host.id
    assert tasks.get(mine, urgent.id).state == "waiting"
    assert not tasks.end(urgent.id, "v1", "done", 7, {}, later), "it is nobody's now"
    found = tasks.visit(again, "w2", "v2", later)
    assert found is not None
    assert found.id == urgent.id


def test_a_visit_that_must_wait_is_taken_by_itself(tasks: Tasks, mine: int) -> None:
    tasks.ask(mine, "sync", SCOPE, "Ann", NOW)
    host = taken(tasks)
    urgent = tasks.ask(mine, "record", RECORD, "Ann", NOW)
    assert tasks.visit(host, "w1", "v1", NOW) is not None
    assert tasks.postpone(urgent.id, "v1", None, {}, NOW + 5 * SECOND)
    assert tasks.visit(host, "w1", "v1", NOW) is None
    assert tasks.visit(host, "w1", "v1", NOW + 5 * SECOND) is not None
