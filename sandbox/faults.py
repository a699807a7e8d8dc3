"""What can go wrong on the wire, and the journal of what went over it.

A rule is armed, counts the requests it matches from then on, and fires on the nth. The rules know nothing of a
service: `strikes.with_faults` carries them out around any WSGI app.
"""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any, Final

KINDS: Final[Mapping[str, str]] = {
    "cut_before": "The connection dies before the request has any effect.",
    "cut_after": "The connection dies after the effect: nobody hears of it.",
    "status_before": "Something else answers, and the request has no effect: `status` (500), `body`, `headers`, "
    "`content_type`; without a body nothing, from 500 on the service's own page or words.",
    "status_after": "The same after the effect: what was asked is done, and answered with an error.",
    "throttle": "429 in the service's own shape: `problem` names the limit; Xero's takes `retry_after` (seconds, null: "
    "none) and `bare` (true: no header at all).",
    "delay": "The answer comes `seconds` (1) of real time late.",
    "drip": "The answer's body comes in `pieces` (10), with `seconds` (0.1) of real time after each; over a socket.",
    "truncate_body": "The answer ends after `keep` bytes (half of them) though its Content-Length announced all.",
    "truncate_json": "The same, with a Content-Length that fits: a whole answer that is no JSON.",
    "inject": "A read says something new: `field` (at any depth of the JSON) has `value` (null) in its first `rows` "
    "(1; 0: in all).",
    "expire_token": "The access token that the request brings has just run out.",
    "revoke_token": "The access token that the request brings has just been revoked.",
    "revoke_refresh": "Every refresh token has just been revoked; Xero's access tokens live on until they run out.",
    "revoke_grant": "The person has just withdrawn the consent: no token works any more.",
    "lose_refresh": "A token is renewed, and the answer is lost: Xero has rotated, and we never received the new one. "
    "Counts token requests alone.",
    "disconnect": "The person has just removed this app from the organisation: Xero's tokens go on for others.",
    "jump_clock": "The clock jumps by `seconds`, back if they are negative, before the request is carried out.",
}
"""Every kind of fault, with its params (their defaults in brackets) and what it does."""

_NUMBER, _TEXT, _ANY = (int, float, Decimal), (str,), (object,)
_STATUS = {"status": (int,), "body": _ANY, "headers": (Mapping,), "content_type": _TEXT}
PARAMS: Final[Mapping[str, Mapping[str, tuple[Any, ...]]]] = {
    "status_before": _STATUS,
    "status_after": _STATUS,
    "throttle": {"problem": _TEXT, "retry_after": (int, type(None)), "bare": (bool,)},
    "delay": {"seconds": _NUMBER},
    "drip": {"pieces": (int,), "seconds": _NUMBER},
    "truncate_body": {"keep": (int,)},
    "truncate_json": {"keep": (int,)},
    "inject": {"field": _TEXT, "value": _ANY, "rows": (int,)},
    "jump_clock": {"seconds": _NUMBER},
}
NEEDED: Final[Mapping[str, str]] = {"inject": "field", "jump_clock": "seconds"}
COUNTED: Final = frozenset({"retry_after", "seconds", "pieces", "keep", "rows"})
"""Params below zero only for a clock."""
UPON_ACCESS: Final = frozenset({"expire_token", "revoke_token", "revoke_refresh", "revoke_grant", "disconnect"})
"""What happens to our access just before the request is looked at: carried out by the service."""
RENEWAL: Final = re.compile(r"/(oauth/v2|connect)/token$")
JOURNAL_LIMIT = 200_000


class CutConnection(Exception):
    """The connection dies without an answer.

    Raised out of the WSGI callable when the app is mounted in-process; the socket server closes the socket.
    """


@dataclass(frozen=True)
class Rule:
    """Do `kind` to the nth request that matches from now on, and to the next `times - 1` (0: to all that follow).

    `path` is a regular expression, searched in the path without its query. `params`: see KINDS. Refused with a
    ValueError of one sentence when it makes no sense.
    """

    method: str = "*"
    path: str = ".*"
    nth: int = 1
    times: int = 1
    kind: str = "cut_before"
    params: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in tuple(KINDS):
            raise ValueError(f"unknown fault kind {self.kind!r}; known are {', '.join(sorted(KINDS))}")
        if not (_is(self.nth, (int,)) and _is(self.times, (int,)) and self.nth >= 1 and self.times >= 0):
            raise ValueError("nth counts from 1, times from 0 (0: for ever)")
        try:
            re.compile(self.path)
        except (re.error, TypeError) as error:
            raise ValueError(f"path is a regular expression, which {self.path!r} is not") from error
        _check(self.kind, self.params)

    def matches(self, method: str, path: str) -> bool:
        if self.kind == "lose_refresh" and not RENEWAL.search(path):
            return False
        return self.method in ("*", method) and re.search(self.path, path) is not None

    def fires(self, seen: int) -> bool:
        """Whether the rule fires on the `seen`-th request it matched."""
        return seen >= self.nth and (self.times == 0 or seen < self.nth + self.times)


def _check(kind: str, params: Mapping[str, Any]) -> None:
    known = PARAMS.get(kind, {})
    if not isinstance(params, Mapping):
        raise ValueError("params is an object")
    for name, value in params.items():
        if name not in known:
            raise ValueError(f"{kind} takes {', '.join(known) or 'no params'}, not {name!r}")
        if not _is(value, known[name]) or (name in COUNTED and kind != "jump_clock" and (value or 0) < 0):
            raise ValueError(f"{kind} cannot have {value!r} as {name}")
    needed = NEEDED.get(kind)
    if needed and needed not in params:
        raise ValueError(f"{kind} needs {needed}")


def _is(value: object, kinds: tuple[type, ...]) -> bool:
    """Whether a param has one of these types; a truth is no number."""
    return isinstance(value, kinds) and (bool in kinds or object in kinds or not isinstance(value, bool))


class Faults:
    """The armed rules. Every rule counts every request it matches; the oldest that fires wins.

    `problems`: the limits that this service knows, by name, with what each is; `unknown`: kinds that it cannot have.
    """

    def __init__(self, problems: Mapping[str, str] | None = None, unknown: Mapping[str, str] | None = None) -> None:
        self.problems, self._unknown = problems, dict(unknown or {})
        self._lock = threading.Lock()
        self._armed: list[tuple[Rule, list[int]]] = []

    def add(self, rule: Rule) -> None:
        if why := self._unknown.get(rule.kind):
            raise ValueError(f"{rule.kind}: {why}")
        problem = rule.params.get("problem") if rule.kind == "throttle" else None
        if problem is not None and self.problems is not None and problem not in self.problems:
            raise ValueError(f"throttle: the limits of this service are {', '.join(self.problems)}, not {problem!r}")
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
