"""`flask worker` where many of them share a PostgreSQL: it performs, it ticks, and it ends when it is told to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from extension.bootstrap import House
from extension.config import Settings
from extension.sync.model import Scope
from tests.contract.postgres import postgres_url
from tests.patience import until
from tests.ports import free_port
from tests.system.fleet_rig import asked, ended, fresh_database, process

__all__ = ["postgres_url"]  # a fixture

pytestmark = pytest.mark.pg


@pytest.fixture
def house(postgres_url: str, tmp_path: Path) -> Iterator[House]:
    address = fresh_database(postgres_url)
    made = House(Settings.load(_env_file=None, instance_dir=tmp_path / "instance", database_url=address))
    made.database.upgrade()
    yield made
    made.close()


def address_of(house: House) -> str:
    return house.settings.database_address


def asked_by_the_clock(house: House, connection: int) -> int:
    """How many runs the schedule asked for."""
    return len(house.tasks.scheduled_since(connection, house.clock.now() - timedelta(hours=1)))


def make_due(house: House, name: str) -> int:
    """A connection whose run is due; it ends at once, for the connection has no settings."""
    connection = house.connections.create(name).id
    every = {"on": True, "times": ["00:00", "12:00"]}
    house.connections.update_settings(connection, {"schedule": every}, "ann", house.clock.now())
    house.connections.set_next_run(connection, house.clock.now() - timedelta(seconds=1))
    return connection


def test_two_workers_perform_what_is_asked_and_what_is_due_once_and_end_when_told_to(house: House) -> None:
    """The second one's disk is full: it cannot write its log."""
    connection = house.connections.create("half made").id  # its tasks end at once: it has no settings
    waiting = house.tasks.ask(connection, "sync", Scope(), "ann", house.clock.now())
    folder, address, words = house.settings.instance_dir, address_of(house), ("flask", "--app", "app", "worker")
    full = folder.parent / "full"
    (full / "log").mkdir(parents=True)
    (full / "log" / "extension.log").symlink_to("/dev/full")
    with process(folder, address, *words) as first, process(full, address, *words) as second:
        until(lambda: house.tasks.get(connection, waiting.id).state == "failed")
        due = [make_due(house, f"due {n}") for n in range(20)]
        until(lambda: all((task := house.tasks.latest(each)) and task.state == "failed" for each in due))
        told = [ended(first)]
        alone = house.tasks.ask(connection, "fetch", Scope(), "ann", house.clock.now())
        until(lambda: house.tasks.get(connection, alone.id).state == "failed")
        told.append(ended(second))
    assert [first.returncode, second.returncode] == [0, 0], told
    assert "Traceback" not in told[0]
    assert {asked_by_the_clock(house, each) for each in due} == {1}
    assert asked(address, "SELECT count(*) FROM procrastinate_workers") == [(0,)], "both have said goodbye"
    assert asked(address, "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'serve'") == [(0,)]
    assert asked(address, "SELECT count(*) FROM procrastinate_events WHERE type = 'scheduled'") == [(0,)]


@pytest.mark.slow
def test_two_workers_and_two_web_processes_ask_for_each_due_run_once(house: House) -> None:
    """Every one of them ticks; the web processes perform, too, for nobody told them not to."""
    address, folder = address_of(house), house.settings.instance_dir
    words = ("flask", "--app", "app", "worker")
    with ExitStack() as opened:
        machines = [folder.parent / f"machine{n}" for n in range(4)]  # each leads on its own disk
        all_ = [opened.enter_context(process(each, address, *words)) for each in machines[:2]]
        for each in machines[2:]:
            served = ("gunicorn", "-w", "2", "-b", f"127.0.0.1:{free_port()}", "app:app")
            all_.append(opened.enter_context(process(each, address, *served)))
        due = [make_due(house, f"due {n}") for n in range(150)]  # more than one tick takes at once
        until(lambda: all((task := house.tasks.latest(each)) and task.state == "failed" for each in due))
        told = [ended(each) for each in all_]
    assert [each.returncode for each in all_] == [0] * 4, told
    assert {asked_by_the_clock(house, each) for each in due} == {1}
    assert not [said for said in told if "Traceback" in said]
