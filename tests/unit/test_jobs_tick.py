"""The tick: only where this process leads, each chore in its turn, and no door to the scheduler from the web."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from structlog.testing import capture_logs

from extension.jobs.tick import Chore, Scheduler, Tick

NOW = datetime(2026, 5, 4, 3, 0, tzinfo=UTC)


class Hands:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time


def test_only_the_leader_does_anything() -> None:
    done: list[datetime] = []
    leads = False
    tick = Tick([Chore("count", done.append)], lambda: leads, Hands())
    tick()
    assert (done, tick.last) == ([], None)
    leads = True
    tick()
    assert (done, tick.last) == ([NOW], NOW)


def test_a_chore_that_fails_keeps_no_other_back() -> None:
    done: list[datetime] = []

    def fails(_: datetime) -> None:
        raise OSError("away")

    tick = Tick([Chore("fails", fails), Chore("count", done.append)], lambda: True, Hands())
    with capture_logs() as logged:
        tick()
        tick()
    assert done == [NOW, NOW]
    assert [(each["event"], each["chore"]) for each in logged] == [("chore failed", "fails")] * 2


def test_a_rare_chore_has_its_turn_also_when_the_clock_was_set_back() -> None:
    clock, done = Hands(), list[datetime]()
    tick = Tick([Chore("rare", done.append, every=timedelta(hours=1))], lambda: True, clock)
    for minutes in (0, 30, 59, 60, 61, 10):
        clock.time = NOW + timedelta(minutes=minutes)
        tick()
    assert [(moment - NOW) // timedelta(minutes=1) for moment in done] == [0, 60, 10]


@pytest.fixture
def app() -> Flask:
    made = Flask("test")
    made.config["SCHEDULER_API_ENABLED"] = True  # whatever a setting says
    return made


def test_the_scheduler_ticks_and_ends(app: Flask) -> None:
    ticked = threading.Event()
    scheduler = Scheduler(app, ticked.set)
    scheduler.start()
    assert ticked.wait(20)
    scheduler.stop()
    scheduler.stop()


@pytest.mark.parametrize("path", ["/scheduler", "/scheduler/", "/scheduler/jobs", "/scheduler/jobs/tick/run"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_web_has_no_door_to_it(app: Flask, path: str, method: str) -> None:
    Scheduler(app, lambda: None)
    assert app.test_client().open(path, method=method).status_code == 404


def test_it_is_one_job_that_never_overlaps(app: Flask) -> None:
    scheduler = Scheduler(app, lambda: None, seconds=60)
    scheduler.start()
    try:
        [job] = app.apscheduler.get_jobs()  # type: ignore[attr-defined]
        assert (job.id, job.max_instances, job.coalesce, job.misfire_grace_time) == ("tick", 1, True, None)
    finally:
        scheduler.stop()


def test_a_machine_whose_clock_was_set_back_goes_on_ticking(app: Flask) -> None:
    ticked = threading.Event()
    scheduler = Scheduler(app, ticked.set, seconds=3600)
    scheduler.start()
    try:
        assert ticked.wait(20)
        ticked.clear()
        [job] = app.apscheduler.get_jobs()  # type: ignore[attr-defined]
        job.modify(next_run_time=datetime.now(UTC) + timedelta(hours=3))  # as it seems to a clock two hours back
        scheduler.put_right()
        assert ticked.wait(20)
        scheduler.put_right()
        assert app.apscheduler.get_jobs() != []  # type: ignore[attr-defined]
    finally:
        scheduler.stop()
