"""API credits in a rolling day and calls at once, per organisation and app (facts/zoho.md 3.3, 5.2, 18)."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.zoho.errors import too_many_requests
from sandbox.zoho.settings import Switches

PROBLEMS: Mapping[str, str] = {
    "credits": "the API credits of a rolling day: X-API-CREDITS-REMAINING says 0",
    "concurrency": "calls at once of the organisation: no header at all",
    "rate": "the other word that the documents have for it, RATE_LIMIT_EXCEEDED",
}
"""The limits that a fault can name; none of them says when to come back (facts/zoho.md 3.3)."""
DAY_SECONDS = 24 * 3600


class Limits:
    """Counts, and refuses with 429 as far as the switches set a limit."""

    def __init__(self, switches: Switches, now: Callable[[], float]) -> None:
        self._switches = switches
        self._now = now
        self._lock = threading.Lock()
        self._in_flight = 0
        self._spent: deque[tuple[float, int]] = deque()
        self._used = 0

    def enter(self) -> None:
        with self._lock:
            self._in_flight += 1

    def leave(self) -> None:
        with self._lock:
            self._in_flight -= 1

    def admit(self, cost: int) -> None:
        """Let a call in that has entered, and charge it."""
        most, credit = self._switches.concurrency, self._switches.credits_per_day
        now = self._now()
        with self._lock:
            while self._spent and self._spent[0][0] <= now - DAY_SECONDS:
                self._used -= self._spent.popleft()[1]
            if most and self._in_flight > most:
                raise too_many_requests()
            if credit and self._used + cost > credit:
                raise too_many_requests()
            self._spent.append((now, cost))
            self._used += cost

    def remaining(self) -> int | None:
        """What X-API-CREDITS-REMAINING says: nothing before half of the day's credits are used."""
        credit = self._switches.credits_per_day
        return credit - self._used if credit and self._used * 2 >= credit else None

    def freeze(self) -> tuple[Any, ...]:
        with self._lock:
            return deque(self._spent), self._used

    def thaw(self, frozen: tuple[Any, ...]) -> None:
        with self._lock:
            spent, self._used = frozen
            self._spent = deque(spent)
