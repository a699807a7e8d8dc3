"""Xero's dates, as plain JSON has them (facts/xero.md 3.6).

`/Date(1789344000000+0000)/` counts milliseconds of UTC whatever the offset says. Timestamps (their names end in UTC)
become aware ISO text, all others are calendar days. Read from the text of the answer, in one pass over it: a key and
its value cannot be mistaken for something inside a string, where quotes are escaped. The pass looks for `/Date(`
first and for the name before it then: looking for names cost more than parsing the JSON.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from extension.remote import wire

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICKS: Final = re.compile(rb'/Date\((-?\d+)(?:[+-]\d{4})?\)\\?/"')
_PLAIN: Final = b'": "'  # between a name and its value, as Xero writes
_SPACE: Final = b" \t\r\n"
_NEAR: Final = 32  # bytes before a value within which the end of its name stands


def plain(content: bytes) -> Any:
    """The JSON of an answer with every date spelled out and exact numbers."""
    return wire.loads(_spelled(content))


def _spelled(content: bytes) -> bytes:
    done, parts = 0, []
    for found in _TICKS.finditer(content):
        start, end = found.span()
        named = start - len(_PLAIN)
        if named < done or not content.startswith(_PLAIN, named):  # spelled in another way
            named = _end_of_name(content, max(done, start - _NEAR), start)
            if named < 0:  # a text that ends like a date
                continue
        parts.append(content[done:named])
        parts.append(_moment(found[1]) if content.endswith(b"UTC", done, named) else _day(found[1]))
        done = end
    parts.append(content[done:])
    return b"".join(parts)


def _end_of_name(content: bytes, least: int, start: int) -> int:
    """Where the name ends whose whole value begins at `start`, after a quote and perhaps a backslash; -1: nowhere."""
    opening = content.rfind(b'"', least, start)
    if opening < 0 or content[opening + 1 : start] not in (b"", b"\\"):
        return -1
    end = content.rfind(b'"', least, opening)
    return end if end >= 0 and content[end + 1 : opening].strip(_SPACE) == b":" else -1


@lru_cache(4096)
def _day(ticks: bytes) -> bytes:
    return b'":"%b"' % _when(ticks).date().isoformat().encode()


@lru_cache(4096)
def _moment(ticks: bytes) -> bytes:
    return b'":"%b"' % _when(ticks).isoformat(timespec="milliseconds").encode()


def _when(ticks: bytes) -> datetime:
    return EPOCH + timedelta(milliseconds=int(ticks))


def updated(body: dict[str, Any]) -> datetime | None:
    """When a record last changed: its own UpdatedDateUTC. Never a nested one: inside purchase orders the contact's
    is the organisation's local time labelled UTC."""
    text = body.get("UpdatedDateUTC")
    if not isinstance(text, str):
        return None
    when = datetime.fromisoformat(text)
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
