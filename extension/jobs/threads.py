"""The queue inside a process: a few threads that look for the next task themselves."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final, Generic

import structlog

from extension.jobs.queue import GRACE_SECONDS, SLICE, STALE, AnyTask, Beat, Ended, Tasks
from extension.jobs.turns import BEAT_SECONDS, Turns
from extension.sync.ports import Clock

log = structlog.get_logger(__name__)

POLL_SECONDS: Final = 1.0  # another process may have been asked
LONGEST_REST: Final = 30.0  # while the database is away


class Threads(Generic[AnyTask]):
    """A few threads of this process, and one more for what is urgent."""

    def __init__(
        self,
        tasks: Tasks[AnyTask],
        perform: Callable[[AnyTask, Beat], Ended],
        clock: Clock,
        workers: int = 2,
        *,
        stale: timedelta = STALE,
        slice_: timedelta | None = SLICE,
        beat_seconds: float = BEAT_SECONDS,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self.workers, self.poll_seconds = workers, poll_seconds
        self._turns = Turns(tasks, perform, clock, stale=stale, slice_=slice_, beat_seconds=beat_seconds)
        self._bell, self._rings, self._resting = threading.Condition(), 0, 0
        self._threads: list[threading.Thread] = []

    # ------------------------------------------------------------------ from the outside

    def start(self) -> None:
        """Once. Threads are daemons: a process that must end does not wait for a service's answer."""
        if self._threads:
            return
        self._threads = [
            threading.Thread(target=self._work, name=f"tasks-{n + 1}", daemon=True) for n in range(self.workers)
        ]
        urgent = threading.Thread(target=self._work, kwargs={"urgent": True}, name="tasks-urgent", daemon=True)
        self._threads.append(urgent)  # long runs of other connections may keep all the others busy
        self._turns.start()
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float = GRACE_SECONDS) -> bool:
        self._turns.stopping.set()
        self.wake()
        end = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        self._turns.end(max(0.0, end - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def wake(self) -> None:
        with self._bell:
            self._rings += 1
            self._bell.notify_all()

    def quiet(self, seconds: float) -> bool:
        """Waits until nobody finds anything more to do, at most so long."""
        with self._bell:
            return self._bell.wait_for(lambda: self._resting == len(self._threads), seconds)

    def running(self) -> Sequence[int]:
        return self._turns.running()

    # ------------------------------------------------------------------ a worker

    def _work(self, *, urgent: bool = False) -> None:
        failures = 0
        while not self._turns.stopping.is_set():
            rings = self._rings
            try:
                found, failures = self._turns.serve(urgent=urgent), 0
            except Exception:  # the database is away: what could not be noted is taken again when it is stale
                log.exception("the database of tasks failed")
                found, failures = False, failures + 1
            if not found:
                most = min(self.poll_seconds * 2 ** min(failures, 10), LONGEST_REST)
                self._rest(rings, most if failures else self._turns.rest(most))

    def _rest(self, rings: int, seconds: float) -> None:
        """Until the bell rings once more than that, or it is time to look by oneself."""
        with self._bell:
            self._resting += 1
            self._bell.notify_all()
            self._bell.wait_for(lambda: self._rings != rings, seconds)
            self._resting -= 1
