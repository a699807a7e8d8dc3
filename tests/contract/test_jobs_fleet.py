"""What is Procrastinate's alone: the rules of facts/platform.md 2.3, each with what happens where it is broken."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from extension.jobs.queue import Beat, Ended
from extension.store import EVERYBODY, Database, Task, queue_schema
from extension.store.lining_up import BACKGROUND, IN_TURN, line_up
from extension.sync.model import Scope
from tests.contract.queue_bench import DONE, NOW, Bench, fleet
from tests.patience import PATIENCE
from tests.system.fleet_rig import fresh_database

pytestmark = pytest.mark.pg


@pytest.fixture
def bench(postgres_database: Database) -> Iterator[Bench]:
    made = Bench(postgres_database, fleet)
    yield made
    made.close()


def jobs(bench: Bench, *, of: int | None = None, status: str = "todo") -> list[Any]:
    """(connection, lane, priority) of the jobs that serve somebody, in the order in which they are chosen."""
    asked = sa.text(
        "SELECT (args->>'connection')::int, queue_name, priority FROM procrastinate_jobs WHERE task_name = 'serve'"
        " AND status::text = :status ORDER BY priority DESC, id"
    )
    with bench.database.reading(EVERYBODY) as transaction:
        rows = [tuple(row) for row in transaction.execute(asked, {"status": status})]
    return [row for row in rows if of in (None, row[0])]


def run(bench: Bench, statement: str) -> Any:
    with bench.database.writing(EVERYBODY) as transaction:
        return transaction.exec_driver_sql(statement)


def done(task: Task, beat: Beat) -> Ended:
    return DONE


# ------------------------------------------------------------------ 1, 2: what waits


def test_no_job_is_ever_delayed(bench: Bench) -> None:
    def perform(task: Task, beat: Beat) -> Ended:
        return Ended("waiting", 3, {"state": "limited"}, NOW + timedelta(hours=1))

    task = bench.ask(bench.connection())
    bench.serve(perform)
    bench.until(lambda: bench.state(task).result == {"state": "limited"})
    assert bench.state(task).not_before == NOW + timedelta(hours=1)
    bench.tasks.line_up(NOW + timedelta(minutes=59), timedelta(seconds=15))
    assert jobs(bench) == []
    assert run(bench, "SELECT count(*) FROM procrastinate_events WHERE type = 'scheduled'").scalar() == 0


def test_at_most_one_job_of_a_connection_waits_in_each_lane_and_the_urgent_go_first(bench: Bench) -> None:
    first, second = bench.connection(), bench.connection()
    for n in range(5):
        bench.ask(first, f"e{n}")
        bench.ask(second, f"e{n}")
    assert jobs(bench) == [(first, "background", 0), (second, "background", 0)]
    bench.tasks.ask(second, "signal", Scope(), "signal", NOW)
    bench.tasks.ask(second, "record", Scope(record=("account", "1")), "ann", NOW)
    bench.tasks.ask(second, "check", Scope(record=("account", "2")), "ann", NOW)
    bench.ask(second, "later")
    assert jobs(bench) == [(second, "urgent", 20), (second, "background", 10), (first, "background", 0)]


def test_a_wish_that_comes_to_nothing_leaves_no_job(bench: Bench) -> None:
    number = bench.connection()
    with suppress(ZeroDivisionError), bench.database.writing(EVERYBODY) as transaction:
        line_up(transaction, number, BACKGROUND, IN_TURN)
        raise ZeroDivisionError
    assert jobs(bench) == []


def test_a_job_that_waits_is_not_served_before_the_wish_it_is_to_serve_is_there(bench: Bench) -> None:
    """Else its worker would find nothing to do, and nobody would be left to serve the wish."""
    number = bench.connection()
    bench.ask(number, "account")
    chosen = "SELECT (args->>'connection')::int FROM procrastinate_fetch_job_v2('{background}', NULL)"
    with bench.database.writing(EVERYBODY) as asking:
        line_up(asking, number, BACKGROUND, IN_TURN)
        with bench.database.reading(EVERYBODY) as worker:
            assert worker.exec_driver_sql(chosen).scalar() is None
    with bench.database.reading(EVERYBODY) as worker:
        assert worker.exec_driver_sql(chosen).scalar() == number


def test_whoever_lost_a_job_is_lined_up_again_in_order_and_once(bench: Bench) -> None:
    """A process killed between two statements, a database of yesterday, a hand that slipped."""
    numbers = [bench.connection() for _ in range(3)]
    asked = [bench.ask(number) for number in reversed(numbers)]
    bench.tasks.ask(numbers[0], "record", Scope(record=("account", "1")), "ann", NOW)
    run(bench, "DELETE FROM procrastinate_jobs")
    assert bench.tasks.line_up(NOW, timedelta(seconds=15)) == 4
    assert bench.tasks.line_up(NOW, timedelta(seconds=15)) == 0
    assert jobs(bench) == [(numbers[0], "urgent", 20), *((number, "background", 0) for number in reversed(numbers))]
    run(bench, "DELETE FROM procrastinate_jobs")
    bench.serve(done)
    for task in asked:
        bench.until_done(task)


def test_nobody_is_overtaken_for_ever(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    patient, told = bench.connection(), [bench.connection() for _ in range(5)]
    bench.ask(patient)
    for number in told:
        bench.tasks.ask(number, "signal", Scope(), "signal", NOW)
    bench.tasks.line_up(NOW, timedelta(seconds=15))
    assert [job[0] for job in jobs(bench)] == [*told, patient]
    monkeypatch.setattr("extension.store.lining_up.PATIENCE", 4)
    bench.tasks.line_up(NOW, timedelta(seconds=15))
    assert [job[0] for job in jobs(bench)] == [patient, *told]


# ------------------------------------------------------------------ 3: places


def test_as_many_are_served_at_once_as_there_are_places(bench: Bench) -> None:
    """The loop's own threads are six on two processors, whatever is wished."""
    together = threading.Barrier(14)

    def perform(task: Task, beat: Beat) -> Ended:
        together.wait(PATIENCE)
        return DONE

    asked = [bench.ask(bench.connection()) for _ in range(14)]
    bench.serve(perform, workers=14)
    for task in asked:
        bench.until_done(task)


# ------------------------------------------------------------------ 4, 5: silence


def test_what_a_worker_ends_when_its_job_was_forgotten_harms_nobody(bench: Bench) -> None:
    gate, started = threading.Event(), threading.Event()

    def perform(task: Task, beat: Beat) -> Ended:
        started.set()
        assert task.scope.entities or gate.wait(PATIENCE)
        return DONE

    slept = bench.ask(bench.connection())
    with capture_logs() as logged:
        bench.serve(perform)
        assert started.wait(PATIENCE)
        run(bench, "DELETE FROM procrastinate_jobs WHERE status = 'doing' AND task_name = 'serve'")
        gate.set()
        bench.until_done(slept)
        bench.until_done(bench.ask(bench.connection(), "account"))
        bench.until(lambda: "the queue's engine" in [each["event"] for each in logged])


def test_the_job_of_a_silent_worker_is_forgotten_and_its_connection_served(bench: Bench) -> None:
    task = bench.ask(bench.connection())
    dead = run(bench, "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 minute')"
                      " RETURNING id").scalar()  # fmt: skip
    run(bench, f"UPDATE procrastinate_jobs SET status = 'doing', worker_id = {dead}")
    (stuck,) = run(bench, "SELECT id FROM procrastinate_jobs").one()
    bench.serve(done)
    bench.until_done(task)
    bench.until(lambda: run(bench, f"SELECT count(*) FROM procrastinate_jobs WHERE id = {stuck}").scalar() == 0)
    bench.until(lambda: run(bench, f"SELECT count(*) FROM procrastinate_workers WHERE id = {dead}").scalar() == 0)


# ------------------------------------------------------------------ its tables


@pytest.fixture
def fresh(postgres_url: str, encryption_keys: list[str]) -> Iterator[Callable[[], Database]]:
    made: list[Database] = []

    def one() -> Database:
        made.append(Database(fresh_database(postgres_url), encryption_keys))
        return made[-1]

    yield one
    for each in made:
        each.dispose()


def test_later_changes_of_the_engines_tables_are_applied_once(
    fresh: Callable[[], Database], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = fresh()
    database.upgrade()
    assert database.is_current()
    with database.reading(EVERYBODY) as transaction:
        assert queue_schema.held(transaction) == queue_schema.newest()
    later = [tmp_path / f"99.00.0{n}_01_later.sql" for n in (1, 2)]
    for n, file in enumerate(later):
        file.write_text(f"CREATE TABLE procrastinate_later{n} (like100 text CHECK (like100 LIKE '100%'));\nSELECT 1;")
    known = queue_schema._changes()
    monkeypatch.setattr(queue_schema, "_changes", lambda: [*known, *later])
    assert not database.is_current(), "/readyz says what to do"
    database.upgrade()
    database.upgrade()
    assert database.is_current()
    with database.reading(EVERYBODY) as transaction:
        assert transaction.scalar(sa.select(sa.func.to_regclass("procrastinate_later1"))) is not None


def test_a_database_without_the_engines_tables_is_not_current(fresh: Callable[[], Database]) -> None:
    database = fresh()
    assert not database.is_current()
    database.upgrade()
    with database.writing(EVERYBODY) as transaction:
        transaction.exec_driver_sql("DROP TABLE procrastinate_jobs CASCADE")
    assert not database.is_current()
