"""Numbers and times as Zoho spells them.

Money is Decimal inside; a number is an integer in JSON when it is integral. Times are whole seconds inside and
come out in the organisation's zone with its daylight saving (facts/zoho.md 3.4).
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import TypeAlias
from zoneinfo import ZoneInfo

Number: TypeAlias = int | Decimal

CENT = Decimal("0.01")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def rounded(value: Number, places: int = 2) -> Decimal:
    """Half up, as every amount of Zoho."""
    return Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def plain(value: Number) -> Number:
    """The value as it goes into JSON: an integer when integral, else without trailing zeros."""
    if isinstance(value, int):
        return value
    if value == value.to_integral_value():
        return int(value)
    return value.normalize()


def is_number(value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def decimal_of(text: str) -> Decimal | None:
    """The number a text spells, if it does."""
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def record_id(value: object) -> int | None:
    """A record's id out of JSON: text or integer (zcrmsdk sends integers, facts/zoho.md 1.3)."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    return None


def is_day(value: object) -> bool:
    if not isinstance(value, str) or not DAY.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def moment(value: object) -> datetime | None:
    """An ISO 8601 time with offset; anything else is none."""
    if not isinstance(value, str) or len(value) < 16:
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    return None if parsed.tzinfo is None else parsed


@lru_cache(maxsize=200_000)
def spelled(seconds: int, zone: str) -> str:
    """A moment, as seconds since 1970, in the organisation's zone."""
    return datetime.fromtimestamp(seconds, UTC).astimezone(ZoneInfo(zone)).isoformat()
