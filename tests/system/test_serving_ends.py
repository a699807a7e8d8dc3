"""A host ends, freezes and restarts processes in the middle of a run: nothing is lost, and nothing is done twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from extension.bootstrap import House
from extension.console.demonstration import variables
from extension.sync.model import Scope
from sandbox.world import World
from tests.contract.postgres import postgres_url
from tests.patience import PATIENCE, until
from tests.ports import free_port
from tests.system.installation import Installation
from tests.system.test_jobs_kill import SLOW, twins, writes

__all__ = ["postgres_url"]  # a fixture

ROOT: Final = Path(__file__).resolve().parent.parent.parent
SECRET: Final = "a-secret-of-the-cron-that-asks"
INSIDE: Final = {"SERVE_TASKS": "inside"}
EVERY: Final = 2.5  # seconds: a cron may ask 30 times a minute, however soon it is answered
CRON: Final = {"SERVE_TASKS": "cron", "CRON_SECRET": SECRET, "CRON_SLICE_SECONDS": "30"}


class Served:
    """gunicorn, as deploy/ starts it, over an installation beside the sandbox."""

    def __init__(self, one: Installation, given: dict[str, str]) -> None:
        self.port = free_port()
        named = variables(one.world.zoho_url, one.world.xero_url)
        quick = {"SETTLE_SECONDS": "0.5", "OVERLAP_SECONDS": "2", "INSTANCE_DIR": str(one.folder)}
        quick["DATABASE_URL"] = one.address
        self.process = subprocess.Popen(
            [str(Path(sys.executable).parent / "gunicorn"), "--bind", f"127.0.0.1:{self.port}", "app:app"],
            cwd=ROOT,
            env={**os.environ, **named, **quick, **given},
            text=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,  # so that all of it can be frozen, as a host does
        )

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def tick(self) -> str:
        address = f"http://127.0.0.1:{self.port}/internal/tick"
        asked = urllib.request.Request(address, b"", {"Authorization": f"Bearer {SECRET}"}, method="POST")
        with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
            text: str = answer.read().decode()
            return text

    def ended(self) -> str:
        """Told to end as a host does it, and everything that it said."""
        self.process.send_signal(signal.SIGTERM)
        _, said = self.process.communicate(timeout=PATIENCE)
        return said

    def signal(self, number: int) -> None:
        os.killpg(self.process.pid, number)


@contextmanager
def served(one: Installation, given: dict[str, str]) -> Iterator[Served]:
    made = Served(one, given)
    try:
        until(made.answers)
        yield made
    finally:
        if made.process.poll() is None:
            made.signal(signal.SIGKILL)
        made.process.communicate()


class Story:
    """A first run of a connection, slow enough to be met in its middle."""

    def __init__(self, one: Installation, world: World) -> None:
        self.one, self.world, self.before = one, world, twins(world)
        self.house: House = one.house()
        self.number = self.house.connection(None).id
        self.task = self.house.tasks.ask(self.number, "sync", Scope(approve=True), "ann", self.house.clock.now()).id
        world.xero.faults.add(SLOW)

    def state(self) -> str:
        return self.house.tasks.get(self.number, self.task).state

    def until_it_writes(self) -> None:
        until(lambda: writes(self.world) >= 2)

    def hurry(self) -> None:
        self.world.xero.faults.clear()

    def is_in_step(self) -> None:
        found = self.house.tasks.get(self.number, self.task)
        assert (found.state, found.result["state"]) == ("done", "done")
        assert twins(self.world) == self.before, "nothing was made twice"
        audit = self.one.flask("audit", "--json")
        assert audit.json["in_step"], audit.out


@pytest.fixture
def story(connected: Installation, world: World) -> Story:
    return Story(connected, world)


def test_told_to_end_in_the_middle_of_a_run_it_goes_on_when_it_is_started_again(story: Story) -> None:
    with served(story.one, INSIDE) as first:
        story.until_it_writes()
        said = first.ended()
    assert first.process.returncode == 0
    assert "Traceback" not in said
    assert "SIGKILL" not in said, "it ended by itself, and in time"
    assert story.state() == "waiting", "it was put back, so that nobody need wait until it is stale"
    assert story.house.store(story.house.connection(None)).open_calls() == [], "no write was left half done"
    story.hurry()
    with served(story.one, INSIDE) as second:
        until(lambda: story.state() == "done")
        second.ended()
    story.is_in_step()


def test_told_to_end_in_the_middle_of_a_slice_it_lets_the_slice_end(story: Story) -> None:
    asked, answers = list[int](), list[str]()
    with served(story.one, {**CRON, "CRON_SLICE_SECONDS": "5"}) as first:

        def ask() -> None:
            """Again where a busy machine writes nothing in a slice."""
            while not asked or writes(story.world) < 2:
                asked.append(len(asked))
                answers.append(first.tick())

        asking = threading.Thread(target=ask)
        asking.start()
        story.until_it_writes()
        said = first.ended()
        asking.join()
    assert len(answers) == len(asked), "whoever asked got an answer"
    assert "Traceback" not in said
    assert story.state() in ("waiting", "done")
    assert story.house.store(story.house.connection(None)).open_calls() == []
    story.hurry()
    with served(story.one, CRON) as second:
        until(lambda: '"done"' in second.tick() and story.state() == "done", every=EVERY)
    story.is_in_step()


@pytest.mark.slow
@pytest.mark.pg
def test_a_run_frozen_with_its_instance_goes_on_elsewhere_and_writes_nothing_when_it_thaws(
    make: Callable[..., Installation], world: World, postgres_url: str
) -> None:
    """Longer than the lease, and wherever it was, in the middle of a transaction perhaps."""
    one = make(database_url=postgres_url)
    assert one.flask("db", "upgrade").status == 0
    assert one.flask("connect", "--start-date", "everything").status == 0
    story, answers = Story(one, world), list[str]()
    with served(one, CRON) as frozen:
        asking = threading.Thread(target=lambda: answers.append(frozen.tick()))
        asking.start()
        story.until_it_writes()
        frozen.signal(signal.SIGSTOP)
        story.hurry()
        with served(one, CRON) as other:
            until(lambda: '"done"' in other.tick() and story.state() == "done", every=EVERY)
            written = writes(world)
            frozen.signal(signal.SIGCONT)
            asking.join(PATIENCE)
        assert answers, "the request that was frozen ends in order"
        assert writes(world) <= written + 1, "at most the one request that was under way (design.md 1.13)"
    story.is_in_step()
