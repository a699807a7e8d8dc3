"""Which queue serves the tasks of tests that start one: threads of the process, or Procrastinate in its PostgreSQL.

`pytest --queue=procrastinate` says which, and needs `--memory=postgres` (tests/conftest.py).
"""

from __future__ import annotations

from typing import Final

from extension.bootstrap import House
from extension.jobs.fleet import Fleet
from extension.jobs.queue import JobQueue
from extension.jobs.threads import Threads
from extension.serving import performer

THREADS, PROCRASTINATE = "threads", "procrastinate"
TICK_SECONDS: Final = 1  # how often a worker looks for who ought to wait in line

_chosen: list[str] = []


def use(queue: str) -> None:
    """From now on this one serves; "": threads, and a run of which no test says how it came about needs no queue."""
    _chosen[:] = [queue] if queue else []


def chosen() -> str:
    return _chosen[0] if _chosen else ""


def queue_of(house: House, workers: int = 2, queue: str = "") -> JobQueue:
    """One that is not started yet."""
    if (queue or chosen()) == PROCRASTINATE:
        address = house.database.address
        return Fleet(house.tasks, performer(house), house.clock, address, workers, tick_seconds=TICK_SECONDS)
    return Threads(house.tasks, performer(house), house.clock, workers)
