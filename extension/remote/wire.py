"""What bytes and headers mean: JSON with exact numbers, HTTP dates, and words that may be shown.

Pure. Numbers with a fraction are Decimal in both directions, never float. `redact` stands between everything a
service says and everything a person or a log may read.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any, Final

import msgspec
import simplejson

LONGEST_WORDS: Final = 300
LONGEST_WAIT: Final = timedelta(hours=24)

_FAST: Final = msgspec.json.Decoder(float_hook=Decimal)


def loads(raw: bytes | str) -> Any:
    """JSON with Decimal for fractions; integers stay exact, so an id of 19 digits survives (facts/zoho.md 1.4).

    Raises ValueError or RecursionError. What both parsers read they read alike. The fast one refuses what no service
    should send but one may, such as half a surrogate pair or a byte order mark: that is for the patient one.
    """
    try:
        return _FAST.decode(raw)
    except (ValueError, ArithmeticError):
        pass
    try:
        return json.loads(raw, parse_float=Decimal)
    except ArithmeticError:
        raise ValueError("a number beyond what Decimal holds") from None


def dumps(value: object) -> bytes:
    """Compact JSON bytes, Decimal as the number it is. ASCII, so that even half a surrogate pair gets through."""
    return simplejson.dumps(value, use_decimal=True, separators=(",", ":")).encode("ascii")


def http_date(text: str | None) -> datetime | None:
    """The moment of a Date header, aware UTC; None where there is none to read."""
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def retry_after(text: str | None, now: datetime) -> datetime | None:
    """When to come back by a Retry-After of either form, at most a day from now."""
    if not text:
        return None
    text = text.strip()
    moment = now + timedelta(seconds=int(text)) if text.isdigit() and len(text) < 9 else http_date(text)
    return None if moment is None else min(max(moment, now), now + LONGEST_WAIT)


def zulu(moment: datetime) -> str:
    """A moment in whole seconds, as `2026-09-14T09:29:59Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_NAMED = r"access_?token|refresh_?token|id_?token|client_?secret|code_?verifier|password|authorization|code|token"
_SECRETS: Final = (
    (re.compile(r"(?i)\b(bearer|basic|zoho-oauthtoken)\s+[\w.~+/=-]+"), r"\1 [hidden]"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.?[\w-]*"), "[hidden]"),  # a JWT
    (re.compile(r"\b1000\.[0-9A-Za-z]{6,}\.[0-9A-Za-z]{6,}"), "[hidden]"),  # a Zoho token or code
    (re.compile(rf"(?i)\b((?:{_NAMED})=)[^&\s\"']+"), r"\1[hidden]"),
    (re.compile(rf"(?i)([\"'](?:{_NAMED})[\"']\s*:\s*[\"'])[^\"']+"), r"\1[hidden]"),
)
_SPACE: Final = re.compile(r"\s+")


def redact(text: object, *more: str) -> str:
    """One line of at most 300 characters without anything that opens a door. `more`: secrets known by heart."""
    line = str(text)
    for secret in more:
        if secret:
            line = line.replace(secret, "[hidden]")
    for pattern, shown in _SECRETS:
        line = pattern.sub(shown, line)
    line = _SPACE.sub(" ", line).strip()
    return line if len(line) <= LONGEST_WORDS else line[: LONGEST_WORDS - 1] + "…"
