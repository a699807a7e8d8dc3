"""A turn: a task is taken, performed, and how it ended is noted; its heart beats meanwhile.

What both queues have in common. Who is next is theirs to say.
"""

from __future__ import annotations

import itertools
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final, Generic
from uuid import uuid4

import structlog

from extension.jobs.queue import CRASHED, STOP, YIELD, AnyTask, Beat, Ended, Tasks, Wanted
from extension.sync.ports import Clock

log = structlog.get_logger(__name__)

BEAT_SECONDS: Final = 2.0
LOOK_AGAIN: Final = timedelta(seconds=2)  # whether somebody waits for the place of one that was served for long


class Pulse:
    """One performance under way, as its own thread and the heart see it."""

    def __init__(self, task: Wanted, owner: str, over: Callable[[], bool], stopping: threading.Event, visit: Visit):
        self.task, self.owner = task, owner
        self._over, self._stopping, self._visit = over, stopping, visit
        self.progress: Mapping[str, Any] = dict(task.progress)
        self.heard = ""

    def tell(self, progress: Mapping[str, Any]) -> None:
        self.progress = dict(progress)

    @property
    def wish(self) -> str:
        if self.heard or self._stopping.is_set():
            return self.heard or STOP
        return YIELD if self._over() else ""

    def visit(self, perform: Callable[[Any, Beat], Ended]) -> bool:
        return self._visit(self, perform)


Visit = Callable[[Pulse, Callable[[Any, Beat], Ended]], bool]


class Turns(Generic[AnyTask]):
    """The turns of one process. `slice_`: after which a task makes room for others that wait; None: never."""

    def __init__(
        self,
        tasks: Tasks[AnyTask],
        perform: Callable[[AnyTask, Beat], Ended],
        clock: Clock,
        *,
        stale: timedelta,
        slice_: timedelta | None,
        beat_seconds: float = BEAT_SECONDS,
    ) -> None:
        self.tasks, self.perform, self.clock = tasks, perform, clock
        self.stale, self.slice, self.beat_seconds = stale, slice_, beat_seconds
        self.stopping = threading.Event()
        self._name = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
        self._numbers = itertools.count(1)
        self._lock, self._pulses = threading.Lock(), list[Pulse]()
        self._beating = threading.Lock()
        self._ended = threading.Event()
        self._later = list[datetime]()  # until when tasks that were served here wait
        self._heart = threading.Thread(target=self._beat, name="tasks-heart", daemon=True)

    def start(self) -> None:
        self._heart.start()

    def end(self, seconds: float) -> None:
        """No heart beats any more."""
        self._ended.set()
        if self._heart.is_alive():
            self._heart.join(seconds)

    def running(self) -> Sequence[int]:
        return tuple(pulse.task.id for pulse in self._running())

    def serve(self, *, urgent: bool = False, of: int | None = None) -> bool:
        """The next task of anybody, or of this connection. Whether there was one. Raises whatever the tables raise:
        what could not be noted is taken again when it is stale."""
        return self._serve(
            lambda owner, now: self.tasks.take(owner, now, self.stale, urgent=urgent, of=of), self.perform, self.slice
        )

    def rest(self, most: float) -> float:
        """Seconds until the first of those that were served here may go on: calls that a service grants come back a
        few at a time, and are worth nothing while nobody looks."""
        now = self.clock.now()
        with self._lock:
            self._later = [until for until in self._later if until > now]
            soonest = min(self._later, default=None)
        return most if soonest is None else min(most, (soonest - now).total_seconds())

    def look(self, at: Callable[[datetime, timedelta], object]) -> None:
        """Looks who fell silent: (now, how long silence may last)."""
        with self._alive() as now:
            at(now, self.stale)

    def _visit(self, host: Pulse, perform: Callable[[Any, Beat], Ended]) -> bool:
        """An urgent task of the host's connection, performed in its own thread."""
        return self._serve(lambda owner, now: self.tasks.visit(host.task, host.owner, owner, now), perform, None)

    def _serve(
        self,
        take: Callable[[str, datetime], AnyTask | None],
        perform: Callable[[AnyTask, Beat], Ended],
        slice_: timedelta | None,
    ) -> bool:
        taken = self._take(take, slice_)
        if taken is None:
            return False
        task, pulse = taken
        try:
            self._note(pulse, self._performed(perform, task, pulse))
        finally:
            with self._lock:
                self._pulses.remove(pulse)
        return True

    def _take(
        self, take: Callable[[str, datetime], AnyTask | None], slice_: timedelta | None
    ) -> tuple[AnyTask, Pulse] | None:
        """Each turn has an owner's name of its own, so that a thread which slept and lost its task is another one
        than the thread that took it again."""
        owner = f"{self._name}:{next(self._numbers)}"
        with self._alive() as now:
            task = take(owner, now)
            if task is None:
                return None
            over = _Slice(self, task.id, now, slice_)
            pulse = Pulse(task, owner, over, self.stopping, self._visit)
            with self._lock:
                self._pulses.append(pulse)
        return task, pulse

    @contextmanager
    def _alive(self) -> Iterator[datetime]:
        """A moment at which all hearts beat: a clock that jumped would take our own tasks from us."""
        with self._beating:
            now = self.clock.now()
            self._beat_all(now)
            yield now

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
            with self._lock:
                self._later += [ended.until] if kept and ended.until else []
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


class _Slice:
    """Whether a task has been served for long and others wait: alone it goes on, for to begin anew costs calls."""

    def __init__(self, turns: Turns[Any], task: int, began: datetime, length: timedelta | None) -> None:
        self._turns, self._task = turns, task
        self._look = began + length if length is not None else None

    def __call__(self) -> bool:
        if self._look is None or self._turns.clock.now() < self._look:
            return False
        return self._others_wait(self._turns.clock.now())

    def _others_wait(self, now: datetime) -> bool:
        self._look = now + LOOK_AGAIN
        try:
            return self._turns.tasks.others_wait(self._task, now, self._turns.stale)
        except Exception:  # the run itself meets what is wrong with the database, and tells
            log.exception("nobody knows who waits", task=self._task)
            return False
