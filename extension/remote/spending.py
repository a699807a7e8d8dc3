"""Asks the budgets before a call leaves, and tells them what came of it.

A call counts for its organisation and, where a service counts them, for all organisations of our app together. How many
of one organisation may be under way at once is counted there, too, because a run and somebody's look at a record may be
in two processes (docs/decisions/budgets.md).
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from extension.sync import errors
from extension.sync.budget import MINUTE, Limits, Told, of_app
from extension.sync.canonical import SERVICES, Side
from extension.sync.ports import Buckets, Clock

if TYPE_CHECKING:
    from extension.remote.transport import Answer, Request

GLANCE: Final = 0.05  # seconds between two looks whether a call has landed
PATIENCE: Final = 10.0  # seconds that a call waits for others to land, which takes a few hundred milliseconds each
BUSY: Final = timedelta(seconds=5)  # the pause after that: no service says how long (facts/xero.md 3.4)


class Spending:
    """The budgets of one installation. `limits`: per organisation; `shared`: of the whole app, both by side."""

    def __init__(
        self,
        buckets: Buckets | None,
        limits: Mapping[Side, Limits],
        shared: Mapping[Side, Limits],
        clock: Clock,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._buckets, self._limits, self._shared = buckets, dict(limits), dict(shared)
        self._clock, self._pause = clock, pause
        self._counted: Counter[str] = Counter()
        self._lock = threading.Lock()

    @property
    def spent(self) -> Mapping[str, int]:
        """Calls that counted on a budget, by whose it is."""
        with self._lock:
            return dict(self._counted)

    def take(self, request: Request) -> None:
        """Raises Throttled where the call may not be made now. What was taken must land."""
        limits = self._limits.get(request.side)
        if self._buckets is None or limits is None or not request.account:
            return
        app = self._shared.get(request.side)
        shared = (of_app(request.side), app) if app else None
        waited = 0.0
        while True:
            now = self._clock.now()
            until = self._buckets.take(request.account, now, limits, request.background, shared)
            if until is None:
                break
            if until > now:
                raise _throttled(request, "The calls that {} grants are used up for now.", until, "budget")
            if waited >= PATIENCE:
                words = "As many calls to {} are under way as it takes at once."
                raise _throttled(request, words, now + BUSY, "concurrent")
            self._pause(GLANCE)
            waited += GLANCE
        with self._lock:
            self._counted[request.account] += 1

    def landed(self, request: Request, answer: Answer | None) -> None:
        """The call ended; None: without an answer."""
        if self._buckets is None or request.side not in self._limits or not request.account:
            return
        now = self._clock.now()
        told, app = heard(answer, now) if answer else (Told(), Told())
        shared = (of_app(request.side), app) if request.side in self._shared else None
        self._buckets.landed(request.account, now, told, shared)


def heard(answer: Answer, now: datetime) -> tuple[Told, Told]:
    """What an answer says of its organisation's budget, and of the whole app's. A refusal empties the one that it
    names, and only for that one is its Retry-After."""
    headers = answer.headers
    day = _whole(headers.get("X-DayLimit-Remaining"))
    if day is None:
        day = _whole(headers.get("X-API-CREDITS-REMAINING"))
    minute, app = _whole(headers.get("X-MinLimit-Remaining")), _whole(headers.get("X-AppMinLimit-Remaining"))
    pause = _whole(headers.get("Retry-After")) if answer.status == 429 else None
    ends = now + timedelta(seconds=pause) if pause is not None else None
    if answer.status == 429 and "app" in headers.get("X-Rate-Limit-Problem", "").lower():
        return Told(minute, day), Told(0, None, ends or now + MINUTE)
    return Told(minute, day, ends), Told(app)


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.strip().isdigit() else None


def _throttled(request: Request, words: str, until: datetime, problem: str) -> errors.Throttled:
    named = {"side": request.side, "call": request.kind, "problem": problem}
    return errors.Throttled(words.format(SERVICES[request.side]), until=until, **named)
