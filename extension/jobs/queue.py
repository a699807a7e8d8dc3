"""What a queue is: it serves tasks until it is stopped.

A task is a row of ours and outlives every process; a queue only decides which worker serves it, and when. There are
two: `threads.Threads` inside one process, and `fleet.Fleet`, a worker of many machines. Both keep the same promises
(tests/contract/test_jobs_queue.py): one task of a connection at a time, silence means taken again, a crash is told in
words, a stop loses nothing, and who has been served for long makes room.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol, TypeVar

STALE: Final = timedelta(seconds=30)  # silence after which a task is somebody else's
SLICE: Final = timedelta(seconds=30)  # facts/platform.md 2.3: small runs end in 44 s instead of 614 s beside long ones
GRACE_SECONDS: Final = 8.0
STOP, LOST, YIELD = "stop", "lost", "yield"


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

    def take(
        self, owner: str, now: datetime, stale: timedelta, *, urgent: bool = False, of: int | None = None
    ) -> Kept | None: ...
    def visit(self, host: Any, host_owner: str, owner: str, now: datetime) -> Kept | None: ...
    def others_wait(self, number: int, now: datetime, stale: timedelta) -> bool: ...
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
        """What is wished of it: "", pause, cancel, stop (this process ends), lost (it is somebody else's now), yield
        (it has been served for long, and others wait)."""
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
