"""Serves tasks: takes one, has it performed, notes how it ended.

A task is a row of ours and outlives every process; a queue only decides which thread works on it. `Threads` is the
queue inside a serving process. Any other must keep the same promises (tests/contract/test_jobs_queue.py): one task of
a connection at a time, silence means taken again, a crash is told in words, a stop loses nothing.
"""

from __future__ import annotations

import itertools
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Generic, Protocol, TypeVar
from uuid import uuid4

import structlog

from extension.sync.ports import Clock

log = structlog.get_logger(__name__)

STALE: Final = timedelta(seconds=30)  # silence after which a task is somebody else's
BEAT_SECONDS: Final = 2.0
POLL_SECONDS: Final = 1.0  # another process may have been asked
LONGEST_REST: Final = 30.0  # while the database is away
GRACE_SECONDS: Final = 8.0
STOP, LOST = "stop", "lost"


class Wanted(Protocol):
    """What a queue must know of a task."""

    @property
    def id(self) -> int: ...
    @property
    def connection_id(self) -> int: ...
    @property
    def progress(self) -> Mapping[str, Any]: ...


AnyTask = TypeVar("AnyTask", bound=Wanted)
Kept = TypeVar("Kept", bound=Wanted, covariant=True)


class Tasks(Protocol[Kept]):
    """Where tasks are kept."""

    def take(self, owner: str, now: datetime, stale: timedelta, *, urgent: bool = False) -> Kept | None: ...
    def visit(self, host: Any, host_owner: str, owner: str, now: datetime) -> Kept | None: ...
    def beat(self, task_id: int, owner: str, now: datetime, progress: Mapping[str, Any]) -> str: ...
    def end(
        self, task_id: int, owner: str, state: str, run: int | None, result: Mapping[str, Any], now: datetime
    ) -> bool: ...
    def postpone(
        self, task_id: int, owner: str, run: int | None, result: Mapping[str, Any], until: datetime | None
    ) -> bool: ...


@dataclass(frozen=True)
class Ended:
    """How a performance ended: done, failed, cancelled, paused; or waiting, for a task that goes on at `until`."""

    state: str
    run: int | None = None
    result: Mapping[str, Any] = field(default_factory=dict)
    until: datetime | None = None


class Beat(Protocol):
    """What a performance has at hand while it goes on."""

    def tell(self, progress: Mapping[str, Any]) -> None:
        """How far it is; kept with the next heartbeat."""
        ...

    @property
    def wish(self) -> str:
        """What is wished of it: "", pause, cancel, stop (this process ends), lost (it is somebody else's now)."""
        ...

    def visit(self, perform: Callable[[Any, Beat], Ended]) -> bool:
        """Performs an urgent task of the same connection inside this one, if one waits. True: it did."""
        ...


class JobQueue(Protocol):
    """Serves tasks until it is stopped."""

    def start(self) -> None: ...
    def stop(self, seconds: float = GRACE_SECONDS) -> bool:
        """Takes nothing more and asks what is under way to stop where it is safe. True: everything did in time."""
        ...

    def wake(self) -> None:
        """Somebody asked for a run just now."""
        ...

    def running(self) -> Sequence[int]:
        """The tasks under way here."""
        ...


CRASHED: Final = Ended(
    "failed",
    result={
        "state": "failed",
        "code": "unexpected",
        "problem": "Something went wrong that this program did not expect. What was settled until then stays settled.",
        "hint": "Start it again. If it happens again, the log of this installation tells the details.",
    },
)


class Pulse:
    """One performance under way, as its own thread and the heart see it."""

    def __init__(self, task: Wanted, owner: str, stopping: threading.Event, visit: Visit) -> None:
        self.task, self.owner, self._stopping, self._visit = task, owner, stopping, visit
        self.progress: Mapping[str, Any] = dict(task.progress)
        self.heard = ""

    def tell(self, progress: Mapping[str, Any]) -> None:
        self.progress = dict(progress)

    @property
    def wish(self) -> str:
        return self.heard or (STOP if self._stopping.is_set() else "")

    def visit(self, perform: Callable[[Any, Beat], Ended]) -> bool:
        return self._visit(self, perform)


Visit = Callable[[Pulse, Callable[[Any, Beat], Ended]], bool]


class Threads(Generic[AnyTask]):
    """A few threads of this process, one more for what is urgent, and one that keeps the hearts of tasks beating."""

    def __init__(
        self,
        tasks: Tasks[AnyTask],
        perform: Callable[[AnyTask, Beat], Ended],
        clock: Clock,
        workers: int = 2,
        *,
        stale: timedelta = STALE,
        beat_seconds: float = BEAT_SECONDS,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self.tasks, self.perform, self.clock, self.workers = tasks, perform, clock, workers
        self.stale, self.beat_seconds, self.poll_seconds = stale, beat_seconds, poll_seconds
        self._name = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
        self._turns = itertools.count(1)
        self._stopping = threading.Event()
        self._ended = threading.Event()
        self._bell, self._rings, self._resting = threading.Condition(), 0, 0
        self._lock, self._pulses = threading.Lock(), list[Pulse]()
        self._beating = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._heart: threading.Thread | None = None

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
        self._heart = threading.Thread(target=self._beat, name="tasks-heart", daemon=True)
        for thread in (*self._threads, self._heart):
            thread.start()

    def stop(self, seconds: float = GRACE_SECONDS) -> bool:
        self._stopping.set()
        self.wake()
        end = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        self._ended.set()
        if self._heart is not None:
            self._heart.join(max(0.0, end - time.monotonic()))
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
        return tuple(pulse.task.id for pulse in self._running())

    # ------------------------------------------------------------------ a worker

    def _work(self, *, urgent: bool = False) -> None:
        failures = 0
        while not self._stopping.is_set():
            rings = self._rings
            try:
                found, failures = self._serve_next(urgent=urgent), 0
            except Exception:  # the database is away: what could not be noted is taken again when it is stale
                log.exception("the database of tasks failed")
                found, failures = False, failures + 1
            if not found:
                self._rest(rings, min(self.poll_seconds * 2 ** min(failures, 10), LONGEST_REST))

    def _rest(self, rings: int, seconds: float) -> None:
        """Until the bell rings once more than that, or it is time to look by oneself."""
        with self._bell:
            self._resting += 1
            self._bell.notify_all()
            self._bell.wait_for(lambda: self._rings != rings, seconds)
            self._resting -= 1

    def _serve_next(self, *, urgent: bool) -> bool:
        """Whether there was anything to do."""
        return self._serve(lambda owner, now: self.tasks.take(owner, now, self.stale, urgent=urgent), self.perform)

    def _visit(self, host: Pulse, perform: Callable[[Any, Beat], Ended]) -> bool:
        """An urgent task of the host's connection, performed in its own thread."""
        return self._serve(lambda owner, now: self.tasks.visit(host.task, host.owner, owner, now), perform)

    def _serve(
        self, take: Callable[[str, datetime], AnyTask | None], perform: Callable[[AnyTask, Beat], Ended]
    ) -> bool:
        taken = self._take(take)
        if taken is None:
            return False
        task, pulse = taken
        try:
            self._note(pulse, self._performed(perform, task, pulse))
        finally:
            with self._lock:
                self._pulses.remove(pulse)
        return True

    def _take(self, take: Callable[[str, datetime], AnyTask | None]) -> tuple[AnyTask, Pulse] | None:
        """Each turn has an owner's name of its own, so that a thread which slept and lost its task is another one
        than the thread that took it again."""
        owner = f"{self._name}:{next(self._turns)}"
        with self._beating:  # at one moment, or a clock that jumps in between would take our own tasks from us
            now = self.clock.now()
            self._beat_all(now)
            task = take(owner, now)
            if task is None:
                return None
            pulse = Pulse(task, owner, self._stopping, self._visit)
            with self._lock:
                self._pulses.append(pulse)
        return task, pulse

    def _performed(self, perform: Callable[[AnyTask, Beat], Ended], task: AnyTask, pulse: Pulse) -> Ended:
        try:
            return perform(task, pulse)
        except Exception:
            log.exception("task crashed", task=task.id, connection=task.connection_id)
            return CRASHED

    def _note(self, pulse: Pulse, ended: Ended) -> None:
        task, owner = pulse.task, pulse.owner
        now = self.clock.now()
        self._beat_one(pulse, now)
        if ended.state == "waiting":
            kept = self.tasks.postpone(task.id, owner, ended.run, ended.result, ended.until)
        else:
            kept = self.tasks.end(task.id, owner, ended.state, ended.run, ended.result, now)
        if not kept:
            log.warning("task was taken over", task=task.id, connection=task.connection_id)

    # ------------------------------------------------------------------ the heart

    def _beat(self) -> None:
        while not self._ended.wait(self.beat_seconds):
            with self._beating:
                self._beat_all(self.clock.now())

    def _beat_all(self, now: datetime) -> None:
        for pulse in self._running():
            self._beat_one(pulse, now)

    def _beat_one(self, pulse: Pulse, now: datetime) -> None:
        try:
            pulse.heard = self.tasks.beat(pulse.task.id, pulse.owner, now, pulse.progress)
        except Exception:  # one missed beat is none; many make the task somebody else's, which is right
            log.exception("heartbeat failed", task=pulse.task.id)

    def _running(self) -> list[Pulse]:
        with self._lock:
            return list(self._pulses)
