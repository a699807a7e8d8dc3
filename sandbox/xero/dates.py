"""How Xero spells dates and times (facts/xero.md 3.6), both ways.

Inside the sandbox a date is a `date` and a moment an aware UTC `datetime` of whole milliseconds. Outside it is
`/Date(ms+0000)/` on most fields, `/Date(ms)/` on a few, and sometimes a readable twin beside it.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY = EPOCH.toordinal()
MILLISECOND = timedelta(milliseconds=1)
DAY_MS = 86_400_000

_TICKS = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")

# The organisation's zone is named as Windows names it, without its spaces.
WINDOWS_ZONES = {
    "NEWZEALANDSTANDARDTIME": "Pacific/Auckland",
    "AUSEASTERNSTANDARDTIME": "Australia/Sydney",
    "GMTSTANDARDTIME": "Europe/London",
    "UTC": "UTC",
}


def zone(windows_name: str) -> ZoneInfo:
    return ZoneInfo(WINDOWS_ZONES[windows_name])


def whole_ms(moment: datetime) -> datetime:
    """Xero keeps milliseconds."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def ticks(moment: datetime) -> str:
    """`/Date(1789378199100+0000)/`."""
    return f"/Date({(moment - EPOCH) // MILLISECOND}+0000)/"


def bare_ticks(moment: datetime) -> str:
    """`/Date(1789378230894)/`, as on Items, CreatedDateUTC, the envelope and history."""
    return f"/Date({(moment - EPOCH) // MILLISECOND})/"


def day_ticks(day: date) -> str:
    """Midnight UTC of a calendar day."""
    return f"/Date({(day.toordinal() - EPOCH_DAY) * DAY_MS}+0000)/"


def day_string(day: date) -> str:
    return f"{day.isoformat()}T00:00:00"


def moment_string(moment: datetime) -> str:
    """UpdatedDateUTCString: whole seconds with a Z, since 16 July 2026."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def connection_string(moment: datetime) -> str:
    """Times of /connections: seven fractional digits and no zone."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f") + "0"


def parse_day(text: object) -> date:
    """A calendar day as a client may write it; ValueError for anything else, the XML style with a space included."""
    if isinstance(text, datetime):
        return text.date()
    if isinstance(text, date):
        return text
    if not isinstance(text, str):
        raise ValueError(f"not a date: {text!r}")
    if found := _TICKS.fullmatch(text):
        return (EPOCH + int(found[1]) * MILLISECOND).date()
    if len(text) > 10 and text[10] != "T":
        raise ValueError(f"not a date: {text!r}")
    return date.fromisoformat(text[:10]) if len(text) == 10 else datetime.fromisoformat(text).date()


def parse_moment(text: object) -> datetime:
    """A moment in any style of ours; without a zone it is UTC."""
    if isinstance(text, datetime):
        moment = text
    elif not isinstance(text, str):
        raise ValueError(f"not a time: {text!r}")
    elif found := _TICKS.fullmatch(text):
        return EPOCH + int(found[1]) * MILLISECOND
    else:
        moment = datetime.fromisoformat(text)
    return whole_ms(moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC))


def parse_modified_since(text: str) -> datetime:
    """The three spellings of If-Modified-Since in use; accurate to the second (3.5)."""
    try:
        moment = parse_moment(text)
    except ValueError:
        moment = parsedate_to_datetime(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.replace(microsecond=0)
