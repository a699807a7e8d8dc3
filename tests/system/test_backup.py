"""A backup taken while a worker wrote, and put back: what was written since is found again, nothing is doubled."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from extension.config import DATABASE_FILE
from sandbox.world import World
from tests.contract.postgres import postgres_url, programs
from tests.patience import until
from tests.system.fleet_rig import ended, fresh_database
from tests.system.installation import Installation
from tests.system.test_fleet_faults import Fleets
from tests.system.test_jobs_kill import twins, writes
from tests.system.test_serving_ends import INSIDE, Story, served

__all__ = ["postgres_url"]  # a fixture

pytestmark = pytest.mark.slow

PAST_THE_WALLS = {"PGOPTIONS": "-c app.connection_id=0"}  # as docs/deployment.md has it


@pytest.fixture
def fleet(make: Callable[..., Installation], world: World, postgres_url: str) -> Iterator[Fleets]:
    made = Fleets(make(database_url=fresh_database(postgres_url)), world)
    yield made
    made.close()


def run(program: str, *words: str) -> None:
    folder = programs()
    assert folder is not None
    subprocess.run([str(folder / program), *words], env={**os.environ, **PAST_THE_WALLS}, check=True)


def goes_on(story: Story, back: Installation) -> None:
    """As whoever restores it would: a run, then both sides are compared."""
    until(lambda: back.flask("sync", "--yes", "--json").status in (0, 1))  # whoever worked then still holds the lease
    assert twins(story.world) == story.before, "nothing was made twice"
    audit = back.flask("audit", "--json")
    assert audit.json["in_step"], audit.out
    written = writes(story.world)
    back.flask("sync", "--yes", "--json")
    assert writes(story.world) == written


@pytest.mark.pg
def test_a_dump_of_postgresql(
    fleet: Fleets, make: Callable[..., Installation], postgres_url: str, tmp_path: Path
) -> None:
    worker = fleet.worker()
    fleet.met(worker)
    file, then = str(tmp_path / "dump"), writes(fleet.world)
    run("pg_dump", "--format=custom", "--enable-row-security", f"--file={file}", fleet.address)
    fleet.hurry()
    fleet.until_done()
    ended(worker)
    assert writes(fleet.world) > then, "more was written since"
    address = fresh_database(postgres_url)
    run("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={address}", file)
    back = make(database_url=address, encryption_keys=",".join(fleet.house.encryption_keys))
    assert back.house().database.is_current()
    assert back.house().connections.list() == fleet.house.connections.list()
    goes_on(fleet, back)


def test_a_copy_of_sqlite(
    connected: Installation, world: World, make: Callable[..., Installation], tmp_path: Path
) -> None:
    story, copy = Story(connected, world), tmp_path / "copy.db"
    with served(story.one, INSIDE) as serving:
        story.until_it_writes()
        then = writes(world)
        with sqlite3.connect(connected.folder / DATABASE_FILE) as open_:
            open_.execute("VACUUM INTO ?", (str(copy),))
        story.hurry()
        until(lambda: story.state() == "done")
        serving.ended()
    assert writes(world) > then, "more was written since"
    back = make()
    shutil.copytree(connected.folder, back.folder, ignore=shutil.ignore_patterns(f"{DATABASE_FILE}*"))
    shutil.copy(copy, back.folder / DATABASE_FILE)
    goes_on(story, back)
