"""What one request performs, where nobody may work between requests (SERVE_TASKS=cron).

A host that freezes or ends its processes when no request is under way runs no thread and no clock of ours. There a cron
asks from outside, and one request is one tick and then a slice of time in which tasks are performed as ever. What the
slice does not finish stops where it is safe and goes on in the next, in whatever process that is.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final

from flask import Flask

from extension.bootstrap import House, Task, house_of
from extension.jobs.threads import Threads
from extension.jobs.tick import Tick
from extension.serving import WORKERS, chores, performer

SLICES: Final = "xero2zoho.slices"


@dataclass(frozen=True)
class Slice:
    """What came of one. `finished`: nothing is left that may be done now."""

    finished: bool


class Slices:
    """One after another: a second request finds the first at work."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._tick = Tick(chores(house, lambda: None), lambda: True, house.clock, house.meters.chore_failed)
        self._one = threading.Lock()
        self._queue: Threads[Task] | None = None

    def work(self, seconds: float) -> Slice | None:
        """One slice; None while another is under way in this process."""
        if not self._one.acquire(blocking=False):
            return None
        try:
            return self._work(seconds)
        finally:
            self._one.release()

    def begin(self, seconds: float) -> None:
        """One slice beside the requests of somebody who watches a run and asks every second how far it is: while they
        do, no host freezes us, and nobody waits for the cron. Where it does, the run goes on in the next slice."""
        if not self._one.locked():
            threading.Thread(target=self.work, args=(seconds,), name="slice", daemon=True).start()

    def stop(self) -> None:
        """What is under way stops where it is safe; within seconds."""
        queue = self._queue
        if queue is not None:
            queue.stop()

    def _work(self, seconds: float) -> Slice:
        self._tick()
        self._queue = queue = Threads(self.house.tasks, performer(self.house), self.house.clock, WORKERS, slice_=None)
        queue.start()
        quiet = queue.quiet(seconds)
        stopped = queue.stop()
        self._tick()  # the letters about what was just performed; other chores know when they were done
        return Slice(quiet and stopped)


def slices_of(app: Flask) -> Slices:
    """Of this process; the first call makes them."""
    made: Slices = app.extensions.setdefault(SLICES, Slices(house_of(app)))
    return made
