"""Xero's dates, as plain JSON has them (facts/xero.md 3.6).

`/Date(1789344000000+0000)/` counts milliseconds of UTC whatever the offset says. Timestamps (their names end in UTC)
become aware ISO text, all others are calendar days. Read from the text of the answer, in one pass over it: a key and
its value cannot be mistaken for something inside a string, where quotes are escaped.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from extension.remote import wire

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICKS: Final = re.compile(rb'"(\w+)"\s*:\s*"\\?/Date\((-?\d+)(?:[+-]\d{4})?\)\\?/"')


def plain(content: bytes) -> Any:
    """The JSON of an answer with every date spelled out and exact numbers."""
    return wire.loads(_TICKS.sub(_spelled, content))


def _spelled(found: re.Match[bytes]) -> bytes:
    name, ticks = found[1], int(found[2])
    when = EPOCH + timedelta(milliseconds=ticks)
    text = when.isoformat(timespec="milliseconds") if name.endswith(b"UTC") else when.date().isoformat()
    return b'"%b":"%b"' % (name, text.encode())


def updated(body: dict[str, Any]) -> datetime | None:
    """When a record last changed: its own UpdatedDateUTC. Never a nested one: inside purchase orders the contact's
    is the organisation's local time labelled UTC."""
    text = body.get("UpdatedDateUTC")
    if not isinstance(text, str):
        return None
    when = datetime.fromisoformat(text)
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
