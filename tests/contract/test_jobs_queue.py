"""What every queue promises, over the real tables: one task of a connection at a time, nothing lost, none swallowed."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from extension.jobs.queue import Beat, Ended
from extension.store import Task
from extension.sync.model import Scope
from tests.contract.queue_bench import DONE, NOW, Bench, Perform, bench
from tests.patience import PATIENCE

__all__ = ["bench"]  # a fixture


def held(gate: threading.Event, started: threading.Event) -> Perform:
    """A performance that lasts until the gate opens."""

    def perform(task: Task, beat: Beat) -> Ended:
        started.set()
        assert gate.wait(PATIENCE)
        return DONE

    return perform


def until_wished(task: Task, beat: Beat) -> Ended:
    """A performance that goes on until something is wished of it."""
    waiter = threading.Event()
    while not beat.wish:
        waiter.wait(0.005)
    ends = {"pause": Ended("paused"), "cancel": Ended("cancelled"), "stop": Ended("waiting"), "lost": Ended("waiting")}
    return ends[beat.wish]


# ------------------------------------------------------------------ the promises


def test_what_was_asked_for_is_performed_and_its_end_is_kept(bench: Bench) -> None:
    told: list[Any] = []

    def perform(task: Task, beat: Beat) -> Ended:
        told.append((task.kind, task.scope))
        beat.tell({"step": "observing", "rows": 12})
        return DONE

    queue = bench.serve(perform)
    task = bench.ask(bench.connection(), "account")
    queue.wake()
    bench.until(lambda: bench.state(task).state == "done")
    found = bench.state(task)
    assert told == [("sync", Scope(entities=("account",)))]
    assert (found.run, found.result, found.progress) == (7, {"state": "done"}, {"step": "observing", "rows": 12})
    assert found.ended_at == NOW


def test_one_task_of_a_connection_at_a_time_and_every_one_once(bench: Bench) -> None:
    lock, now, most, served = threading.Lock(), Counter[int](), defaultdict[int, int](int), Counter[int]()
    pause = threading.Event()

    def perform(task: Task, beat: Beat) -> Ended:
        with lock:
            now[task.connection_id] += 1
            most[task.connection_id] = max(most[task.connection_id], now[task.connection_id])
            served[task.id] += 1
        pause.wait(0.005)
        with lock:
            now[task.connection_id] -= 1
        return DONE

    connections = [bench.connection() for _ in range(3)]
    asked = [bench.ask(each, f"e{n}") for each in connections for n in range(4)]
    queues = [bench.serve(perform), bench.serve(perform)]
    for queue in queues:
        queue.wake()
    bench.until(lambda: all(bench.state(task).state == "done" for task in asked))
    assert set(most.values()) == {1}
    assert served == Counter(task.id for task in asked)


def test_connections_do_not_wait_for_each_other(bench: Bench) -> None:
    together = threading.Barrier(2)

    def perform(task: Task, beat: Beat) -> Ended:
        together.wait(PATIENCE)  # both are under way at once, or this fails
        return DONE

    asked = [bench.ask(bench.connection()) for _ in range(2)]
    bench.serve(perform)
    bench.until(lambda: all(bench.state(task).state == "done" for task in asked))


def test_a_crash_is_told_in_words_and_the_queue_goes_on(bench: Bench) -> None:
    def perform(task: Task, beat: Beat) -> Ended:
        if "account" in task.scope.entities:
            raise ZeroDivisionError("secret detail")
        return DONE

    connection = bench.connection()
    bad, good = bench.ask(connection, "account"), bench.ask(connection, "product")
    with capture_logs() as logged:
        bench.serve(perform)
        bench.until(lambda: bench.state(good).state == "done")
    found = bench.state(bad)
    assert found.state == "failed"
    assert "settled until then stays settled" in found.result["problem"]
    assert [(each["event"], each["exc_info"]) for each in logged] == [("task crashed", True)]
    assert "secret detail" not in str(found.result)


@pytest.mark.parametrize(("wish", "state"), [("pause", "paused"), ("cancel", "cancelled")])
def test_a_wish_reaches_what_is_under_way(bench: Bench, wish: str, state: str) -> None:
    queue = bench.serve(until_wished)
    task = bench.ask(bench.connection())
    bench.until(lambda: task.id in queue.running())
    bench.tasks.wish(task.connection_id, task.id, wish)
    bench.until(lambda: bench.state(task).state == state)


def test_a_paused_task_goes_on_when_it_is_resumed(bench: Bench) -> None:
    task = bench.ask(bench.connection())
    bench.tasks.wish(task.connection_id, task.id, "pause")
    bench.serve(lambda task, beat: DONE)
    bench.tasks.resume(task.connection_id, task.id, NOW)
    bench.until(lambda: bench.state(task).state == "done")


def test_a_task_that_must_wait_goes_on_when_its_time_has_come(bench: Bench) -> None:
    turns: list[datetime] = []

    def perform(task: Task, beat: Beat) -> Ended:
        turns.append(bench.clock.now())
        return DONE if len(turns) > 1 else Ended("waiting", 3, {"state": "limited"}, NOW + timedelta(hours=1))

    task = bench.ask(bench.connection())
    bench.serve(perform)
    bench.until(lambda: bench.state(task).result == {"state": "limited"})
    assert bench.state(task).state == "waiting"
    bench.clock.move(hours=2)
    bench.until(lambda: bench.state(task).state == "done")
    assert turns == [NOW, NOW + timedelta(hours=2)]


def test_a_stop_gives_back_what_is_under_way_and_the_next_process_goes_on(bench: Bench) -> None:
    first = bench.serve(until_wished)
    task = bench.ask(bench.connection())
    bench.until(lambda: task.id in first.running())
    assert first.stop(PATIENCE)
    assert bench.state(task).state == "waiting"
    bench.serve(lambda task, beat: DONE)
    bench.until(lambda: bench.state(task).state == "done")


def test_a_stopped_queue_takes_nothing_more(bench: Bench) -> None:
    queue = bench.serve(lambda task, beat: DONE)
    assert queue.stop(PATIENCE)
    task = bench.ask(bench.connection())
    queue.wake()
    assert bench.state(task).state == "waiting"
    assert queue.running() == ()


def test_a_task_of_a_dead_process_is_taken_again(bench: Bench) -> None:
    task = bench.ask(bench.connection())
    assert bench.tasks.take("a process that died", NOW, timedelta(minutes=5)) is not None
    bench.clock.move(minutes=1)
    bench.serve(lambda task, beat: DONE)
    bench.until(lambda: bench.state(task).state == "done")


def test_a_task_that_was_taken_over_is_not_ended_by_who_lost_it(bench: Bench) -> None:
    gate, started = threading.Event(), threading.Event()
    first = bench.serve(held(gate, started))
    task = bench.ask(bench.connection())
    assert started.wait(PATIENCE)
    assert bench.tasks.take("another process", NOW + timedelta(days=1), timedelta(seconds=1)) is not None
    gate.set()
    assert first.stop(PATIENCE)
    assert bench.state(task).state == "working"
    assert bench.tasks.end(task.id, "another process", "done", 9, {}, NOW)


def test_a_long_task_is_nobody_elses_however_the_clock_jumps(bench: Bench) -> None:
    gate, started, turns = threading.Event(), threading.Event(), list[int]()
    long = held(gate, started)

    def perform(task: Task, beat: Beat) -> Ended:
        turns.append(task.id)
        return DONE if task.scope.entities else long(task, beat)

    queue = bench.serve(perform)
    task = bench.ask(bench.connection())
    assert started.wait(PATIENCE)
    for _ in range(5):
        bench.clock.move(days=1)
        queue.wake()
        other = bench.ask(bench.connection(), "account")
        bench.until_done(other)
    gate.set()
    bench.until(lambda: bench.state(task).state == "done")
    assert turns.count(task.id) == 1


def test_a_database_that_is_away_for_a_moment_stops_nobody(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = threading.Event()
    broken.set()
    take = bench.tasks.take

    def sometimes(owner: str, now: datetime, stale: timedelta, **which: Any) -> Task | None:
        if broken.is_set():
            broken.clear()
            raise ConnectionError("away")
        return take(owner, now, stale, **which)

    monkeypatch.setattr(bench.tasks, "take", sometimes)
    task = bench.ask(bench.connection())
    with capture_logs() as logged:
        bench.serve(lambda task, beat: DONE)
        bench.until(lambda: bench.state(task).state == "done")
    assert [each["event"] for each in logged] == ["the database of tasks failed"]


# ------------------------------------------------------------------ what somebody waits for


def urgent(bench: Bench, connection: int) -> Task:
    return bench.tasks.ask(connection, "record", Scope(record=("account", "1")), "bea", bench.clock.now())


def test_a_long_task_serves_what_is_urgent_in_its_own_thread(bench: Bench) -> None:
    waiter, threads_seen = threading.Event(), dict[str, int]()
    ended = threading.Event()

    def inside(task: Task, beat: Beat) -> Ended:
        threads_seen[task.kind] = threading.get_ident()
        beat.tell({"step": "writing"})
        return Ended("done", 8, {"state": "done"})

    def perform(task: Task, beat: Beat) -> Ended:
        threads_seen[task.kind] = threading.get_ident()
        while not ended.is_set() and not beat.wish:
            beat.visit(inside)
            waiter.wait(0.005)
        return DONE

    connection = bench.connection()
    host = bench.ask(connection)
    queue = bench.serve(perform)
    bench.until(lambda: bench.state(host).state == "working")
    visit = urgent(bench, connection)
    queue.wake()
    bench.until(lambda: bench.state(visit).state == "done")
    assert bench.state(host).state == "working"
    assert (bench.state(visit).run, bench.state(visit).progress) == (8, {"step": "writing"})
    ended.set()
    bench.until(lambda: bench.state(host).state == "done")
    assert threads_seen["record"] == threads_seen["sync"]


def test_a_visit_that_crashes_does_not_take_its_host_along(bench: Bench) -> None:
    waiter = threading.Event()

    def inside(task: Task, beat: Beat) -> Ended:
        raise RuntimeError("nobody expected this")

    def perform(task: Task, beat: Beat) -> Ended:
        while not beat.visit(inside):
            waiter.wait(0.005)
        return DONE

    connection = bench.connection()
    host = bench.ask(connection)
    bench.serve(perform)
    bench.until(lambda: bench.state(host).state == "working")
    visit = urgent(bench, connection)
    bench.until(lambda: bench.state(host).state == "done")
    assert bench.state(visit).state == "failed"
    assert bench.state(visit).result["code"] == "unexpected"


def test_long_runs_of_other_connections_keep_nobody_waiting(bench: Bench) -> None:
    """However many there are: one thread serves what is urgent and nothing else."""
    gate, connection = threading.Event(), bench.connection()

    def perform(task: Task, beat: Beat) -> Ended:
        assert task.kind == "record" or gate.wait(PATIENCE)
        return DONE

    hosts = [bench.ask(bench.connection()) for _ in range(5)]
    bench.serve(perform)
    bench.until(lambda: sum(bench.state(host).state == "working" for host in hosts) == 3)
    visit = urgent(bench, connection)
    bench.until(lambda: bench.state(visit).state == "done")
    gate.set()
