"""What Xero's webhooks say (facts/xero.md 3.15). Pure.

A body is believed by its signature alone: base64 of HMAC-SHA256 over the bytes as they came, with one of our keys
(two while a key is being changed). What it says is a list of hints. Never checked against Xero's OpenAPI, which the
intent to receive breaks itself (sequence 0).
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from extension.remote import wire

CATEGORIES: Final[Mapping[str, str]] = {
    "CONTACT": "Contacts",
    "INVOICE": "Invoices",
    "CREDITNOTE": "Invoices",
    "OVERPAYMENT": "Invoices",
    "PREPAYMENT": "Invoices",
}
"""Category -> the feed that it concerns. Credit names itself, never the documents that it settles; others concern
nothing that is synchronised by itself."""
KINDS: Final = ("CREATE", "UPDATE")  # archived, voided and deleted are updates
GUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MOST: Final = 1_000  # events of one body


@dataclass(frozen=True, slots=True)
class Event:
    """This record of this organisation changed. `name`: the same for the same event, told again."""

    tenant: str
    feed: str
    remote: str
    name: str
    at: datetime


def is_signed(body: bytes, signature: str, keys: Iterable[str]) -> bool:
    """Whether one of these keys signed this body. Every key is tried, so that time tells nothing."""
    given = signature.encode("utf-8", "replace")
    right = [hmac.compare_digest(base64.b64encode(_digest(key, body)), given) for key in keys]
    return any(right)


def _digest(key: str, body: bytes) -> bytes:
    return hmac.new(key.encode(), body, sha256).digest()


def events(body: bytes, now: datetime) -> list[Event] | None:
    """What happened, as far as it concerns us. [] also for the intent to receive; None: it is no webhook's body."""
    try:
        document = wire.loads(body)
    except (ValueError, RecursionError):
        return None
    told = document.get("events") if isinstance(document, dict) else None
    if not isinstance(told, list):
        return None
    found = (_event(each, now) for each in told[:MOST] if isinstance(each, dict))
    return [event for event in found if event is not None]


def _event(told: Mapping[str, Any], now: datetime) -> Event | None:
    category, kind = str(told.get("eventCategory")).upper(), str(told.get("eventType")).upper()
    tenant, remote = str(told.get("tenantId")).lower(), str(told.get("resourceId")).lower()
    if category not in CATEGORIES or kind not in KINDS or not GUID.fullmatch(tenant) or not GUID.fullmatch(remote):
        return None
    when = _moment(told.get("eventDateUtc"))
    name = f"{category}.{kind} {remote} {when.isoformat() if when else ''}"
    return Event(tenant, CATEGORIES[category], remote, name, min(when or now, now))


def _moment(stamp: object) -> datetime | None:
    """UTC without saying so."""
    try:
        when = datetime.fromisoformat(str(stamp))
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
