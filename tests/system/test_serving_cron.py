"""Requests from a cron outside, where no process may work by itself: who is let in, and what one request performs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app import create_app
from extension import health
from extension.bootstrap import House
from extension.config import Settings
from extension.slices import slices_of
from extension.sync.model import Scope
from extension.web.limits import limiter
from tests import memories
from tests.patience import until
from tests.system.installation import Installation

SECRET = "a-secret-of-the-cron-that-asks"
CRON = {"serve_tasks": "cron", "cron_secret": SECRET}


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.moment = datetime.now(UTC)

    def now(self) -> datetime:
        return self.moment


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def app(tmp_path: Path, watch: Watch) -> Iterator[Flask]:
    yield from served(tmp_path, watch, **CRON)


def served(folder: Path, watch: Watch, **given: Any) -> Iterator[Flask]:
    kept = {"instance_dir": folder, "database_url": memories.address(folder)}
    house = House(Settings.load(_env_file=None, **kept, **given), clock=watch)
    app = create_app(house=house)
    app.extensions["house"] = house
    limiter.reset()
    yield app
    house.close()


def house_in(app: Flask) -> House:
    house: House = app.extensions["house"]
    return house


def ask(app: Flask, secret: str = SECRET, **headers: str) -> TestResponse:
    return app.test_client().post("/internal/tick", headers={"Authorization": f"Bearer {secret}", **headers})


# ------------------------------------------------------------------ who is let in


@pytest.mark.parametrize("secret", ["", "wrong", SECRET[:-1], SECRET + "x", "ü" * 30])
def test_without_the_secret_nothing_is_done(app: Flask, secret: str) -> None:
    answer = ask(app, secret)
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json()["code"] == "wrong_secret"
    assert house_in(app).services.note(health.TICK) is None


def test_where_no_secret_is_set_nobody_may_ask(tmp_path: Path, watch: Watch) -> None:
    for app in served(tmp_path, watch):
        assert ask(app, "").status_code == 401
        assert app.test_client().post("/internal/tick").status_code == 401


def test_where_a_worker_performs_there_is_no_such_address(tmp_path: Path, watch: Watch) -> None:
    for app in served(tmp_path, watch, serve_tasks="off", cron_secret=SECRET):
        assert ask(app).status_code == 404


def test_it_is_no_page(app: Flask) -> None:
    assert app.test_client().get("/internal/tick").status_code == 405
    assert "Set-Cookie" not in ask(app).headers


def test_guessing_is_slowed_down_and_never_keeps_the_cron_out(app: Flask) -> None:
    answers = {ask(app, f"guess {number}").status_code for number in range(40)}
    assert answers == {401, 429}
    assert ask(app, "one more").get_json()["code"] == "too_many"
    assert ask(app).status_code == 200


def test_behind_a_proxy_the_visitor_counts(tmp_path: Path, watch: Watch) -> None:
    for app in served(tmp_path, watch, trusted_proxies=1, **CRON):
        guesses = [ask(app, "guess", **{"X-Forwarded-For": "6.6.6.6, 203.0.113.9"}).status_code for _ in range(31)]
        assert guesses[-1] == 429
        assert ask(app, "guess", **{"X-Forwarded-For": "203.0.113.9, 203.0.113.10"}).status_code == 401


def test_a_visitor_cannot_choose_who_they_are(app: Flask) -> None:
    for number in range(30):
        ask(app, "guess", **{"X-Forwarded-For": f"203.0.113.{number}"})
    assert ask(app, "guess", **{"X-Forwarded-For": "203.0.113.99"}).status_code == 429


# ------------------------------------------------------------------ what one request performs


def test_one_request_is_one_tick_and_a_turn_of_what_waits(app: Flask) -> None:
    house = house_in(app)
    number = house.connections.create("half made").id
    task = house.tasks.ask(number, "sync", Scope(), "ann", house.clock.now()).id
    assert ask(app).get_json() == {"status": "done"}
    assert house.tasks.get(number, task).state == "failed", "its connection has no settings"
    assert house.services.note(health.TICK)


def test_what_is_due_is_asked_for_and_performed_in_one_request(app: Flask, watch: Watch) -> None:
    house = house_in(app)
    number = house.connections.create("by schedule").id
    every = {"on": True, "times": ["00:00", "12:00"]}
    house.connections.update_settings(number, {"schedule": every}, "ann", watch.now())
    house.connections.set_next_run(number, watch.now() - timedelta(minutes=1))
    assert ask(app).status_code == 200
    task = house.tasks.latest(number)
    assert task is not None
    assert (task.asked_by, task.state) == ("schedule", "failed")


def test_two_requests_at_once_are_one_at_a_time(app: Flask) -> None:
    slices = slices_of(app)
    with slices._one:
        answer = ask(app)
    assert answer.get_json() == {"status": "busy"}


def test_a_run_longer_than_a_slice_goes_on_in_the_next(connected: Installation) -> None:
    """Each slice ends in time, the last one says that nothing is left, and both sides are in step."""
    house = connected.house(**CRON, cron_slice_seconds=1)
    number = house.connection(None).id
    task = house.tasks.ask(number, "sync", Scope(approve=True), "ann", house.clock.now()).id
    app = create_app(house=house)
    statuses = []

    def ended() -> bool:
        limiter.reset()  # a cron asks a few times a minute, however little a busy machine does in a second
        statuses.append(ask(app).get_json()["status"])
        return house.tasks.get(number, task).state not in ("waiting", "working")

    until(ended)
    assert house.tasks.get(number, task).state == "done"
    assert statuses[0] == "more", "the first slice was too short for it"
    audit = connected.flask("audit", "--json")
    assert audit.json["in_step"], audit.out
