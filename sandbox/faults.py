"""What can go wrong on the wire, and the journal of what went over it.

A rule is armed, counts the requests it matches from then on, and fires on the nth. The rules know nothing of a
service: `server.with_faults` carries them out around any WSGI app.
"""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

KINDS = frozenset(
    {"cut_before", "cut_after", "status_before", "status_after", "throttle", "delay", "expire_token"},
)
JOURNAL_LIMIT = 200_000


class CutConnection(Exception):
    """The connection dies without an answer.

    Raised out of the WSGI callable when the app is mounted in-process; the socket server closes the socket.
    """


@dataclass(frozen=True)
class Rule:
    """Do `kind` to the nth request that matches from now on, and to the next `times - 1` (0: to all that follow).

    `path` is a regular expression, searched in the path without its query.
    Params: status_before, status_after: status, body (text or JSON), headers, content_type · throttle: problem,
    retry_after · delay: seconds of real time.
    """

    method: str = "*"
    path: str = ".*"
    nth: int = 1
    times: int = 1
    kind: str = "cut_before"
    params: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault kind {self.kind!r}; known are {', '.join(sorted(KINDS))}")
        if self.nth < 1 or self.times < 0:
            raise ValueError("nth counts from 1, times from 0 (0: for ever)")
        re.compile(self.path)

    def matches(self, method: str, path: str) -> bool:
        return self.method in ("*", method) and re.search(self.path, path) is not None

    def fires(self, seen: int) -> bool:
        """Whether the rule fires on the `seen`-th request it matched."""
        return seen >= self.nth and (self.times == 0 or seen < self.nth + self.times)


class Faults:
    """The armed rules. Every rule counts every request it matches; the oldest that fires wins."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[tuple[Rule, list[int]]] = []

    def add(self, rule: Rule) -> None:
        with self._lock:
            self._armed.append((rule, [0]))

    def clear(self) -> None:
        with self._lock:
            self._armed.clear()

    def match(self, method: str, path: str) -> Rule | None:
        """Count this request and tell which rule, if any, strikes it."""
        if not self._armed:
            return None
        struck: Rule | None = None
        with self._lock:
            for rule, seen in self._armed:
                if rule.matches(method, path):
                    seen[0] += 1
                    if struck is None and rule.fires(seen[0]):
                        struck = rule
        return struck


@dataclass(frozen=True)
class Call:
    """One request as it was answered; status 0: it was cut off. `bytes` is the length of the answer's body."""

    n: int
    method: str
    path: str
    query: str
    status: int
    at: str
    bytes: int


class Journal:
    """The requests in the order in which they ended, numbered from 1; a cleared journal counts on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: deque[Call] = deque(maxlen=JOURNAL_LIMIT)
        self._last = 0

    def record(self, *, method: str, path: str, query: str, status: int, at: str, size: int) -> None:
        with self._lock:
            self._last += 1
            self._calls.append(Call(self._last, method, path, query, status, at, size))

    def since(self, n: int = 0) -> list[Call]:
        """The calls numbered above n."""
        with self._lock:
            if not self._calls:
                return []
            skip = max(0, n - self._calls[0].n + 1)
            return list(islice(self._calls, skip, None))

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()

    @property
    def last(self) -> int:
        """The number of the newest call, to ask later for what came `since`."""
        with self._lock:
            return self._last
