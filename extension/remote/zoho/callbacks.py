"""What a notification of Zoho CRM says (facts/zoho.md 3.8). Pure.

There is no signature: who knows the channel's number and its token is believed to be the CRM, and what they say is a
hint, whatever it is. `resource_uri` names an old version of the API whatever was asked for, and is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from extension.remote import wire

OPERATIONS: Final = ("insert", "update", "delete")
NUMBER: Final = re.compile(r"[0-9]{1,20}", re.ASCII)
LONGEST_TOKEN: Final = 50
MOST: Final = 1_000  # ids of one call


@dataclass(frozen=True, slots=True)
class Callback:
    """These records of this module changed. `name`: the same for the same call, sent again."""

    channel: str
    token: str
    module: str
    operation: str
    ids: tuple[str, ...]
    name: str
    at: datetime


def read(body: bytes, now: datetime) -> Callback | None:
    """None: it is no notification's body. A module or an operation that nobody knows is "", and means nothing."""
    try:
        document = wire.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    channel, token = _number(document.get("channel_id")), document.get("token")
    if not channel or not isinstance(token, str) or not 0 < len(token) <= LONGEST_TOKEN or not token.isascii():
        return None
    module, operation = str(document.get("module")), str(document.get("operation"))
    listed = document.get("ids")
    ids = [_number(each) for each in (listed[:MOST] if isinstance(listed, list) else [])]
    when = _moment(document)
    return Callback(
        channel,
        token,
        module if module.isidentifier() and module.isascii() else "",
        operation if operation in OPERATIONS else "",
        tuple(dict.fromkeys(filter(None, ids))),
        when.isoformat() if when else "",
        min(when or now, now),
    )


def _number(given: object) -> str:
    """An id, which comes as a number or as a text."""
    if isinstance(given, bool) or not isinstance(given, int | str):
        return ""
    text = str(given) if isinstance(given, str) or abs(given) < 10**20 else ""
    return text if NUMBER.fullmatch(text) else ""


def _moment(document: Mapping[str, Any]) -> datetime | None:
    """Milliseconds since 1970."""
    told = document.get("server_time")
    if isinstance(told, bool) or not isinstance(told, int) or not 0 < told < 10**14:
        return None
    return datetime.fromtimestamp(told / 1000, UTC)
