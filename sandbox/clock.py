"""The sandbox's only source of time.

Every other room of the sandbox is handed a Clock and never asks the system for the time, so that a story of three
days is told in a second. The clock runs with real elapsed time and never goes back unless it is set.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta


class Clock:
    """An aware UTC clock that can be moved by hand."""

    def __init__(self, start: datetime | None = None) -> None:
        self._lock = threading.Lock()
        self._base = datetime.now(UTC) if start is None else _aware(start)
        self._origin = time.monotonic()

    def now(self) -> datetime:
        """The moment it is in the sandbox."""
        with self._lock:
            return self._base + timedelta(seconds=time.monotonic() - self._origin)

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


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("the sandbox's clock takes aware times only")
    return moment.astimezone(UTC)
