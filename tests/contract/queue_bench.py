"""Both queues over the real tables: threads on both databases, and Procrastinate on the one that it knows.

Import the fixture `bench` into a test module to use it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
import sqlalchemy as sa

from extension.jobs.fleet import Fleet
from extension.jobs.queue import Beat, Ended, JobQueue
from extension.jobs.threads import Threads
from extension.store import EVERYBODY, Connections, Database, Task, Tasks
from extension.store.portal import task as task_table
from extension.sync.model import Scope
from tests.contract.conftest import NUMBERS
from tests.patience import until

Perform = Callable[[Task, Beat], Ended]
DONE: Final = Ended("done", 7, {"state": "done"})
NOW: Final = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


@dataclass
class Hands:
    """A clock moved by hand."""

    time: datetime = NOW
    lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> datetime:
        with self.lock:
            return self.time

    def move(self, **by: float) -> None:
        with self.lock:
            self.time += timedelta(**by)


def threads(bench: Bench, perform: Perform, workers: int) -> JobQueue:
    return Threads(bench.tasks, perform, bench.clock, workers, beat_seconds=0.02, poll_seconds=0.02)


def fleet(bench: Bench, perform: Perform, workers: int) -> JobQueue:
    address = bench.database.address
    return Fleet(bench.tasks, perform, bench.clock, address, workers, beat_seconds=0.02, tick_seconds=1)


KINDS: Final = [
    pytest.param(("sqlite", threads), id="threads-sqlite"),
    pytest.param(("postgres", threads), id="threads-postgres", marks=pytest.mark.pg),
    pytest.param(("postgres", fleet), id="fleet-postgres", marks=pytest.mark.pg),
]


class Bench:
    """Queues over one set of tasks, stopped when the test ends."""

    def __init__(self, database: Database, make: Callable[[Bench, Perform, int], JobQueue]) -> None:
        self.database, self.tasks, self.connections = database, Tasks(database), Connections(database)
        self.clock = Hands()
        self._make, self._open = make, ExitStack()
        with database.writing(EVERYBODY) as transaction:  # tests share it; a queue takes whatever another left waiting
            transaction.execute(sa.delete(task_table))
            if transaction.dialect.name == "postgresql":
                transaction.exec_driver_sql("DELETE FROM procrastinate_jobs")

    def connection(self) -> int:
        return self.connections.create(f"test {next(NUMBERS)}").id

    def ask(self, connection: int, *entities: str) -> Task:
        return self.tasks.ask(connection, "sync", Scope(entities=entities), "ann", self.clock.now())

    def serve(self, perform: Perform, workers: int = 3) -> JobQueue:
        queue = self._make(self, perform, workers)
        self._open.callback(queue.stop)
        queue.start()
        return queue

    def state(self, task: Task) -> Task:
        return self.tasks.get(task.connection_id, task.id)

    def until_done(self, task: Task) -> None:
        self.until(lambda: self.state(task).state == "done")

    def until(self, true: Callable[[], bool]) -> None:
        """Waits for something that must come true."""
        until(true, every=0.01)

    def close(self) -> None:
        self._open.close()


@pytest.fixture(params=KINDS)
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    database, make = request.param
    made = Bench(request.getfixturevalue(f"{database}_database"), make)
    yield made
    made.close()
