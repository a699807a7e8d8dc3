"""One deterministic world: a clock that moves with every call, and a script of what goes wrong.

No threads, no sleep. `script[(operation, nth)]` is a fault for the nth call of that operation in this run;
`script[(operation, nth, "meddle")]` is a person who acts just before it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from extension.sync.errors import Refused, Stopped, Throttled, Unknown
from extension.sync.memory import MemoryStore

T = TypeVar("T")
START = datetime(2026, 3, 1, tzinfo=UTC)


class Crash(BaseException):
    """The process dies here."""


class World:
    def __init__(self) -> None:
        self.second = 1000
        self.script: dict[tuple[Any, ...], Any] = {}
        self.seen: Counter[str] = Counter()
        self.total: Counter[str] = Counter()

    def now(self) -> datetime:
        """Our own clock."""
        return START + timedelta(seconds=self.second)

    def call(self, op: str, effect: Callable[[], T]) -> T:
        """One call over the network: people may act before it, and it may end in every way that a call ends."""
        self.seen[op] += 1
        self.total[op] += 1
        nth = self.seen[op]
        meddle = self.script.pop((op, nth, "meddle"), None)
        if meddle is not None:
            meddle()
        fault = self.script.pop((op, nth), None)
        self.second += 1
        match fault:
            case "crash_before":
                raise Crash
            case "refused":
                raise Refused("connection refused", code="unreachable")
            case "throttled":
                raise Throttled("too many calls", until=self.now() + timedelta(seconds=60))
            case "lost_before":
                raise Unknown("read timed out")
        out = effect()
        if fault == "crash_after":
            raise Crash
        if fault == "lost":
            raise Unknown("read timed out")
        return out

    def between(self) -> None:
        """Between two batches: where a person's wish to stop is heard, and where another run may be made."""
        self.seen["between"] += 1
        deed = self.script.pop(("between", self.seen["between"]), None)
        if callable(deed):
            deed()
        if deed == "stopped":
            raise Stopped("Somebody paused the run.", code="paused")


class Mortal:
    """Before a store: its process may die just before or just after a commit."""

    world: World | None = None

    def calmly(self, epoch: int) -> AbstractContextManager[Any]:
        """A transaction in which nobody dies."""
        written: AbstractContextManager[Any] = super().write(epoch)  # type: ignore[misc]  # the store behind us
        return written

    @contextmanager
    def write(self, epoch: int) -> Iterator[Any]:
        world = self.world
        fault = None
        if world is not None:
            world.seen["commit"] += 1
            fault = world.script.pop(("commit", world.seen["commit"]), None)
        with self.calmly(epoch) as tx:
            yield tx
            if fault == "crash_before":
                raise Crash
        if fault == "crash_after":
            raise Crash


class MortalStore(Mortal, MemoryStore):
    """In dicts."""
