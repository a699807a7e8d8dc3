"""A round: everybody is looked at now and then, some in each tick, so that no tick grows with their number.

Five thousand connections in one go would keep every other chore waiting, and hold all their settings in memory at once.
Every process that ticks makes rounds of its own; what a tick costs stays the same however many there are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, Generic, Protocol, TypeVar

AT_ONCE: Final = 100  # connections in one tick


class Numbered(Protocol):
    """What a round must know of a connection."""

    @property
    def id(self) -> int: ...


Anyone = TypeVar("Anyone", bound=Numbered)


class Round(Generic[Anyone]):
    """A chore. `some`: the next of them after this number, so many at most, in their order. `every`: from the
    beginning of one round to that of the next, at least."""

    def __init__(
        self,
        some: Callable[[int, int], Sequence[Anyone]],
        do: Callable[[Sequence[Anyone], datetime], object],
        every: timedelta = timedelta(0),
        at_once: int = AT_ONCE,
    ) -> None:
        self._some, self._do, self.every, self.at_once = some, do, every, at_once
        self._after: int | None = None  # None: no round is under way
        self._began: datetime | None = None

    def __call__(self, now: datetime) -> None:
        """What raises has spoilt this tick's part of the round; the next tick goes on behind it."""
        if self._after is None:
            if not self._is_time(now):
                return
            self._after, self._began = 0, now
        found = self._some(self._after, self.at_once)
        self._after = found[-1].id if len(found) == self.at_once else None
        if found:
            self._do(found, now)

    def _is_time(self, now: datetime) -> bool:
        """Also when the clock was set back: a round too often harms nothing."""
        return self._began is None or now < self._began or now - self._began >= self.every
