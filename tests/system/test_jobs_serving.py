"""Processes that serve: they perform what was asked for, one of them ticks, and they end when they are told to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from flask import Flask

from app import create_app
from extension import serving
from extension.bootstrap import EXTENSION, House
from extension.config import BadSettings, Settings
from extension.sync.model import Scope
from tests import memories
from tests.patience import PATIENCE, until
from tests.ports import free_port

ROOT: Final = Path(__file__).resolve().parent.parent.parent
BIN: Final = Path(sys.executable).parent


@contextmanager
def process(folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A command of the project over an installation of its own."""
    variables = {
        **os.environ,
        "INSTANCE_DIR": str(folder),
        "DATABASE_URL": memories.address(folder),
        "PYTHONUNBUFFERED": "1",
    }
    made = subprocess.Popen(
        [str(BIN / words[0]), *words[1:]],
        cwd=ROOT,
        env=variables,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        yield made
    finally:
        made.kill()
        made.communicate()


def ended(made: subprocess.Popen[str]) -> str:
    """Asks it to end, and everything that it said."""
    made.send_signal(signal.SIGTERM)
    said, _ = made.communicate(timeout=PATIENCE)
    return said


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(settings(tmp_path))
    yield made
    made.close()


def settings(folder: Path, **given: object) -> Settings:
    kept = {"instance_dir": folder / "instance", "database_url": memories.address(folder / "instance")}
    return Settings.load(_env_file=None, **{**kept, **given})


def ask(house: House) -> tuple[int, int]:
    """A task that ends at once, because its connection has no settings: (connection, task)."""
    connection = house.connections.create("half made").id
    return connection, house.tasks.ask(connection, "sync", Scope(), "ann", house.clock.now()).id


# ------------------------------------------------------------------ processes


def test_a_worker_performs_what_waits_and_ends_when_it_is_told_to(house: House) -> None:
    connection, task = ask(house)
    with process(house.settings.instance_dir, "flask", "--app", "app", "worker", "--json") as worker:
        until(lambda: house.tasks.get(connection, task).state == "failed")
        said = ended(worker)
    assert '"serving": true' in said
    assert worker.returncode == 0
    assert "settings name no entities" in house.tasks.get(connection, task).result["problem"]


def test_flask_run_serves_pages_and_tasks_and_shows_the_way_in(tmp_path: Path) -> None:
    folder = tmp_path / "instance"
    with process(folder, "flask", "--app", "app", "run", "--port", str(free_port())) as server:
        until(lambda: (folder / serving.GATE).exists())
        house = House(settings(tmp_path))
        connection, task = ask(house)
        until(lambda: house.tasks.get(connection, task).state == "failed")
        house.close()
        said = ended(server)
    assert "To set this installation up, open: http://localhost:5000/setup/" in said
    assert server.returncode == 0
    assert "Traceback" not in said


def test_gunicorn_with_several_processes_has_one_that_ticks(house: House) -> None:
    folder = house.settings.instance_dir
    house.database.upgrade()
    with process(folder, "gunicorn", "-w", "2", "-b", f"127.0.0.1:{free_port()}", "app:app") as server:
        until(lambda: (folder / serving.GATE).exists())
        connection, task = ask(house)
        until(lambda: house.tasks.get(connection, task).state == "failed")
        said = ended(server)
    assert said.count("Booting worker") == 2
    assert said.count("set this installation up") <= 1, "only the one that leads shows the way in"
    assert server.returncode == 0
    assert "Traceback" not in said


def test_a_command_that_is_no_server_starts_nothing(tmp_path: Path) -> None:
    with process(tmp_path / "instance", "flask", "--app", "app", "doctor", "--json") as command:
        said, _ = command.communicate(timeout=PATIENCE)
    assert "set this installation up" not in said
    assert not (tmp_path / "instance" / serving.GATE).exists()


# ------------------------------------------------------------------ in this process


@pytest.fixture
def app(house: House) -> Iterator[Flask]:
    made = create_app(house=house)
    yield made
    if serving.SERVING in made.extensions:
        made.extensions[serving.SERVING].stop()


def test_it_is_started_once_per_process(app: Flask) -> None:
    assert serving.start(app) is serving.start(app)


def test_the_portal_has_no_door_to_the_scheduler(app: Flask) -> None:
    serving.start(app)
    for path in ("/scheduler", "/scheduler/jobs"):
        assert app.test_client().get(path).status_code == 404
        assert app.test_client().post(path).status_code in (403, 404)


def test_what_the_schedule_asked_for_is_performed(app: Flask, house: House, capsys: pytest.CaptureFixture[str]) -> None:
    made = serving.start(app)
    assert "/setup/" in capsys.readouterr().err
    number = house.connections.create("by itself").id
    every = {"on": True, "times": ["00:00", "12:00"]}
    house.connections.update_settings(number, {"schedule": every}, "ann", house.clock.now())
    house.connections.set_next_run(number, house.clock.now() - timedelta(seconds=1))
    made.tick()
    until(lambda: (task := house.tasks.latest(number)) is not None and task.state == "failed")
    assert made.tick.last is not None
    answer = app.test_client().get("/readyz").get_json()
    assert answer["status"] == "ready"
    assert answer["ticked"], "whoever ticks leaves a sign that every process sees"
    assert answer["running"] == len(made.queue.running())


def test_a_wrong_setting_leaves_the_server_answering(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XERO_API_URL", "http://example.com")
    app = create_app()
    with pytest.raises(BadSettings):
        serving.start(app)
    serving.start_in_server(app)
    assert "Nothing is synchronised: XERO_API_URL" in capsys.readouterr().err
    assert app.test_client().get("/readyz").status_code == 503
    assert EXTENSION in app.extensions


@pytest.mark.parametrize("given", [{"serve_tasks": "off"}, {"serve_tasks": "cron", "cron_secret": "s" * 20}])
def test_where_others_perform_no_thread_is_started(
    tmp_path: Path, given: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    house = House(settings(tmp_path, **given))
    app = create_app(house=house)
    before = set(threading.enumerate())
    serving.start_in_server(app)
    assert serving.SERVING not in app.extensions
    assert set(threading.enumerate()) <= before  # those of an earlier test may end meanwhile
    assert "/setup/" in capsys.readouterr().err, "the way in is shown all the same"
    assert app.test_client().get("/readyz").get_json() == {"status": "ready"}
    house.close()
