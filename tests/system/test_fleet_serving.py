"""`flask worker` where many of them share a PostgreSQL: it performs, it ticks, and it ends when it is told to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from extension.bootstrap import House
from extension.config import Settings
from extension.sync.model import Scope
from tests.contract.postgres import postgres_url
from tests.system.fleet_rig import asked, ended, fresh_database, process, until

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


def test_two_workers_perform_what_is_asked_and_what_is_due_once_and_end_when_told_to(house: House) -> None:
    connection = house.connections.create("half made").id  # its tasks end at once: it has no settings
    waiting = house.tasks.ask(connection, "sync", Scope(), "ann", house.clock.now())
    folder, address, words = house.settings.instance_dir, address_of(house), ("flask", "--app", "app", "worker")
    with process(folder, address, *words) as first, process(folder.parent / "other", address, *words) as second:
        until(lambda: house.tasks.get(connection, waiting.id).state == "failed")
        every = {"on": True, "times": ["00:00", "12:00"]}
        house.connections.update_settings(connection, {"schedule": every}, "ann", house.clock.now())
        house.connections.set_next_run(connection, house.clock.now() - timedelta(seconds=1))
        until(lambda: (task := house.tasks.latest(connection)) is not None and task.asked_by == "schedule")
        until(lambda: (task := house.tasks.latest(connection)) is not None and task.state == "failed")
        told = [ended(first), ended(second)]
    assert [first.returncode, second.returncode] == [0, 0], told
    assert not [said for said in told if "Traceback" in said]
    assert len(house.tasks.scheduled_since(connection, house.clock.now() - timedelta(hours=1))) == 1
    assert asked(address, "SELECT count(*) FROM procrastinate_workers") == [(0,)], "both have said goodbye"
    assert asked(address, "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'serve'") == [(0,)]
    assert asked(address, "SELECT count(*) FROM procrastinate_events WHERE type = 'scheduled'") == [(0,)]
