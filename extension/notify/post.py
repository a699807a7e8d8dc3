"""Sends what the outbox holds: each letter by one worker, tried again with growing patience, its failure kept in words.

A letter that a worker claimed and did not finish, because its process died, is sent again a little later: twice at
worst, never not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import structlog

from extension.notify.mail import Letter, Send, Undeliverable

log = structlog.get_logger(__name__)

AGAIN: Final = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
CLAIM: Final = timedelta(minutes=5)
AT_ONCE: Final = 20


class Kept(Letter, Protocol):
    """A letter of the outbox."""

    @property
    def id(self) -> int: ...
    @property
    def tries(self) -> int: ...


class Outbox(Protocol):
    """Where letters wait."""

    def due(self, now: datetime, limit: int = ...) -> Sequence[Any]: ...
    def claim(self, letter: Any, until: datetime) -> bool: ...
    def sent(self, id: int, now: datetime) -> None: ...
    def failed(self, id: int, now: datetime, problem: str, next_try: datetime | None) -> None: ...


def deliver(outbox: Outbox, send: Send, now: datetime) -> int:
    """Every letter whose time has come, until the server turns out to be away. Returns how many left."""
    left = 0
    for letter in outbox.due(now, AT_ONCE):
        if not outbox.claim(letter, now + CLAIM):
            continue
        try:
            send(letter)
        except Undeliverable as why:
            _failed(outbox, letter, why, now)
            if not why.letter:
                break
        else:
            outbox.sent(letter.id, now)
            left += 1
    return left


def _failed(outbox: Outbox, letter: Kept, why: Undeliverable, now: datetime) -> None:
    again = now + AGAIN[letter.tries] if letter.tries < len(AGAIN) and not why.final else None
    log.warning("letter not sent", letter=letter.id, tries=letter.tries + 1, problem=why.message)
    outbox.failed(letter.id, now, why.message, again)
