"""Xero's dates, as plain JSON has them (facts/xero.md 3.6).

`/Date(1789344000000+0000)/` counts milliseconds of UTC whatever the offset says. Timestamps (their names end in UTC)
become aware ISO text, all others are calendar days. Read from the text of the answer, in one pass over it: a key and
its value cannot be mistaken for something inside a string, where quotes are escaped. The pass looks for `/Date(`
first and for the name before it then: looking for names cost more than parsing the JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from extension.remote import wire

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICKS: Final = re.compile(rb'/Date\((-?\d+)(?:[+-]\d{4})?\)\\?/"')
_NAMED: Final = re.compile(rb'(UTC)?"\s*:\s*"\\?\Z')
_NEAR: Final = 32  # bytes before a value within which the end of its name stands


def plain(content: bytes) -> Any:
    """The JSON of an answer with every date spelled out and exact numbers."""
    return wire.loads(b"".join(_spelled(content)))


def _spelled(content: bytes) -> Iterator[bytes]:
    done = 0
    for found in _TICKS.finditer(content):
        named = _NAMED.search(content, max(done, found.start() - _NEAR), found.start())
        if named is None:  # a text that ends like a date
            continue
        when = EPOCH + timedelta(milliseconds=int(found[1]))
        yield content[done : named.start()]
        text = when.isoformat(timespec="milliseconds") if named[1] else when.date().isoformat()
        yield b'%b":"%b"' % (named[1] or b"", text.encode())
        done = found.end()
    yield content[done:]


def updated(body: dict[str, Any]) -> datetime | None:
    """When a record last changed: its own UpdatedDateUTC. Never a nested one: inside purchase orders the contact's
    is the organisation's local time labelled UTC."""
    text = body.get("UpdatedDateUTC")
    if not isinstance(text, str):
        return None
    when = datetime.fromisoformat(text)
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
