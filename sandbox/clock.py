"""The sandbox's only source of time.

Every other room of the sandbox is handed a Clock and never asks the system for the time, so that a story of three
days is told in a second. The clock runs with real elapsed time unless it is stopped, and goes back only when it is set.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class Clock:
    """An aware UTC clock that can be moved by hand."""

    def __init__(self, start: datetime | None = None) -> None:
        self._lock = threading.Lock()
        self._base = datetime.now(UTC) if start is None else _aware(start)
        self._origin = time.monotonic()
        self._stopped = False

    def now(self) -> datetime:
        """The moment it is in the sandbox."""
        with self._lock:
            return self._now()

    def advance(self, seconds: float) -> None:
        """Move forward; to go back, say so with `set`."""
        if seconds < 0:
            raise ValueError("a clock advances by zero or more seconds")
        with self._lock:
            self._base += timedelta(seconds=seconds)

    def set(self, moment: datetime) -> None:
        """Jump to a moment, which may lie in the past; time runs on from there."""
        aware = _aware(moment)
        with self._lock:
            self._base = aware
            self._origin = time.monotonic()

    def stop(self) -> None:
        """Stand still: whatever happens from now on happens in one and the same second."""
        with self._lock:
            self._base, self._stopped = self._now(), True

    def go(self) -> None:
        """Run on from where it stands; harmless when it runs."""
        with self._lock:
            self._base, self._stopped = self._now(), False
            self._origin = time.monotonic()

    def _now(self) -> datetime:
        return self._base if self._stopped else self._base + timedelta(seconds=time.monotonic() - self._origin)


def next_change(zone: str, after: datetime) -> datetime:
    """When the clocks of a zone are next put forward or back, to the second; ValueError where they never are."""
    try:
        local = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"there is no zone {zone!r}") from error
    offset = after.astimezone(local).utcoffset()
    day = timedelta(days=1)
    late = next((d for n in range(1, 400) if (d := after + n * day).astimezone(local).utcoffset() != offset), None)
    if late is None:
        raise ValueError(f"the clocks of {zone} are not changed within a year of {after.date()}")
    early = int((late - day).timestamp())
    seconds = bisect_left(
        range(int(day.total_seconds()) + 1),
        True,
        key=lambda n: datetime.fromtimestamp(early + n, local).utcoffset() != offset,
    )
    return datetime.fromtimestamp(early + seconds, UTC)


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("the sandbox's clock takes aware times only")
    return moment.astimezone(UTC)
