"""Workers that share a PostgreSQL are killed, frozen, cut off and told to end in the middle of a run: it goes on by
itself, nothing is done twice, and both sides are in step in the end."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from extension.console.demonstration import variables
from extension.jobs.fleet import STALE, TICK_SECONDS
from extension.store.database import FROZEN_SECONDS
from extension.sync.model import Scope
from extension.sync.ports import LEASE_SECONDS
from sandbox.world import World
from tests.contract.postgres import Cluster, cluster, postgres_url
from tests.patience import until
from tests.system.fleet_rig import Process, asked, ended, fresh_database, process
from tests.system.installation import Installation
from tests.system.test_jobs_kill import writes
from tests.system.test_serving_ends import Story

__all__ = ["postgres_url"]  # a fixture

pytestmark = [pytest.mark.pg, pytest.mark.slow]

CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


class Fleets(Story):
    """A first run of a connection on PostgreSQL, slow enough to be met in its middle, and workers for it."""

    def __init__(self, one: Installation, world: World) -> None:
        assert one.flask("db", "upgrade").status == 0
        assert one.flask("connect", "--start-date", "everything").status == 0
        super().__init__(one, world)
        self.address: str = one.given["database_url"]
        self._open = ExitStack()

    def worker(self) -> Process:
        named = variables(self.world.zoho_url, self.world.xero_url)
        quick = {"SETTLE_SECONDS": "0.5", "OVERLAP_SECONDS": "2"}
        words = ("flask", "--app", "app", "worker")
        return self._open.enter_context(process(self.one.folder, self.address, *words, **named, **quick))

    def worked_on_by(self) -> int | None:
        """The process that works on the run."""
        (owner,) = asked(self.address, f"SELECT owner FROM task WHERE pk = {self.task}")[0]
        return int(owner.split(":")[1]) if owner else None

    def met(self, *workers: Process) -> tuple[Process, list[Process]]:
        """Who works on it in the middle of its writes, and the others."""
        self.until_it_writes()
        until(lambda: self.worked_on_by() is not None)
        number = self.worked_on_by()
        (busy,) = [each for each in workers if each.pid == number]
        return busy, [each for each in workers if each is not busy]

    def until_done(self) -> None:
        until(lambda: self.state() == "done")

    def close(self) -> None:
        self._open.close()


@pytest.fixture
def story(make: Callable[..., Installation], world: World, postgres_url: str) -> Iterator[Fleets]:
    made = Fleets(make(database_url=fresh_database(postgres_url)), world)
    yield made
    made.close()


def test_what_a_killed_worker_was_at_goes_on_elsewhere(story: Fleets) -> None:
    busy, (other,) = story.met(story.worker(), story.worker())
    busy.kill()
    until(lambda: story.worked_on_by() == other.pid)
    story.hurry()
    story.until_done()
    story.is_in_step()
    assert asked(story.address, "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'serve'") == [(0,)]


def test_silence_is_noticed_soon_enough() -> None:
    """Half a minute from a kill until another goes on: the task is silent, a look finds it, the lease is over."""
    assert STALE.total_seconds() + 2 * TICK_SECONDS < 30
    assert STALE.total_seconds() >= LEASE_SECONDS
    assert STALE.total_seconds() >= FROZEN_SECONDS, "nor do locks of a frozen transaction keep it waiting"


def test_a_frozen_worker_that_wakes_writes_nothing_and_serves_again(story: Fleets) -> None:
    busy, (other,) = story.met(story.worker(), story.worker())
    busy.send_signal(signal.SIGSTOP)
    until(lambda: story.worked_on_by() == other.pid)
    story.hurry()
    story.until_done()
    written = writes(story.world)
    busy.send_signal(signal.SIGCONT)
    assert ended(other) is not None
    again = story.house.tasks.ask(story.number, "audit", Scope(), "ann", story.house.clock.now())
    until(lambda: story.house.tasks.get(story.number, again.id).state == "done")
    assert writes(story.world) <= written + 1, "at most the one request that was under way"
    assert story.house.tasks.get(story.number, again.id).result["in_step"]
    story.is_in_step()
    said = ended(busy)
    assert busy.returncode == 0, said


def test_told_to_end_it_puts_its_run_back_and_ends_in_order(story: Fleets) -> None:
    busy, _ = story.met(story.worker())
    said = ended(busy)
    assert busy.returncode == 0, said
    assert "Traceback" not in said
    assert story.state() == "waiting", "nobody need wait until it is stale"
    assert story.house.store(story.house.connection(None)).open_calls() == [], "no write was left half done"
    story.hurry()
    story.worker()
    story.until_done()
    assert len(story.house.past(story.house.connection(None)).runs(9)) == 1, "history tells of one run"
    story.is_in_step()


def test_a_worker_that_loses_its_database_connections_goes_on(story: Fleets) -> None:
    worker = story.worker()
    for n in range(3):
        until(lambda n=n: writes(story.world) > n)  # type: ignore[misc]  # mypy #15459
        asked(story.address, CUT)
    story.hurry()
    story.until_done()
    story.is_in_step()
    ended(worker)
    assert worker.returncode == 0


@pytest.fixture
def server() -> Iterator[Cluster]:
    with cluster() as made:
        yield made


def test_a_database_that_is_started_again_finds_everybody_where_they_were(
    make: Callable[..., Installation], world: World, server: Cluster
) -> None:
    story = Fleets(make(database_url=fresh_database(server.url)), world)
    try:
        workers = [story.worker(), story.worker()]
        story.until_it_writes()
        server.stop()
        server.start()
        story.hurry()
        until(lambda: answered(story.state) == "done")
        story.is_in_step()
        for worker in workers:
            said = ended(worker)
            assert worker.returncode == 0, said
    finally:
        story.close()


def answered(question: Callable[[], Any]) -> Any:
    """Nothing, as long as our own connections are those of the server before."""
    try:
        return question()
    except Exception:  # whatever a lost connection is called
        return None
