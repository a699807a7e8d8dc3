"""Notification channels: asking Zoho CRM to tell us what changed (facts/zoho.md 3.8), over REST v8.

A channel is ours by a number that we choose and lives at most a week. Zoho's description of PATCH names one channel
without the list that its own clients send; we send the list, and whoever is refused opens a new channel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from extension.remote.line import Line
from extension.remote.transport import Answer, lost
from extension.remote.wire import dumps, redact
from extension.remote.zoho.reading import ROOT
from extension.sync import errors
from extension.sync.canonical import ZOHO

PATH: Final = f"{ROOT}/actions/watch"
KIND: Final = "signals"
JSON: Final = {"Content-Type": "application/json"}
GONE: Final = "NOT_SUBSCRIBED"
# What a refusal means to somebody who has never seen Zoho's codes.
REFUSALS: Final[Mapping[str, tuple[str, str, str]]] = {
    "OAUTH_SCOPE_MISMATCH": (
        "no_scope",
        "Our access to Zoho CRM does not include notifications.",
        "Connect Zoho CRM again and accept what is asked for. Until then the schedule finds every change.",
    ),
    "NO_PERMISSION": (
        "no_permission",
        "The person who connected Zoho CRM may not have notifications sent.",
        "Let an administrator connect Zoho CRM. Until then the schedule finds every change.",
    ),
    "LIMIT_REACHED": (
        "limit",
        "This CRM has as many notification channels as it allows.",
        "Close one of another application. Until then the schedule finds every change.",
    ),
    "NOT_SUPPORTED": (
        "edition",
        "This edition of Zoho CRM sends no notifications.",
        "The schedule finds every change.",
    ),
}
ELSE: Final = "The schedule finds every change all the same; `flask doctor` says how it stands."


@dataclass(frozen=True, slots=True)
class Subscribed:
    """What the CRM has agreed to."""

    until: datetime
    modules: tuple[str, ...]


class ZohoChannels:
    """The channels of one organisation."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def open(self, channel: str, url: str, token: str, modules: Sequence[str], until: datetime) -> Subscribed:
        """Raises Refused where it is not opened, Unknown where nobody knows."""
        row = {**_row(channel, url, modules, until), "token": token}
        return _subscribed(self._write("POST", {"watch": [row]}))

    def renew(self, channel: str, url: str, modules: Sequence[str], until: datetime) -> Subscribed:
        """Its token stays. Raises Missing where the CRM has forgotten it."""
        return _subscribed(self._write("PATCH", {"watch": [_row(channel, url, modules, until)]}))

    def close(self, channel: str) -> None:
        """Nothing is told by it any more; one that is gone already is closed."""
        answer = self._write("DELETE", None, [("channel_ids", channel)])
        if answer.status >= 400:
            refused = _refusal(answer)
            if not isinstance(refused, errors.Missing):
                raise refused

    def _write(self, method: str, body: Mapping[str, Any] | None, params: Sequence[tuple[str, str]] = ()) -> Answer:
        return self._line.ask(
            KIND,
            method,
            PATH,
            params=params,
            headers=JSON if body is not None else {},
            body=dumps(body) if body is not None else None,
            write=True,
            accept=(400, 401, 403, 404, 405),
        )


def _row(channel: str, url: str, modules: Sequence[str], until: datetime) -> dict[str, Any]:
    events = [f"{module}.all" for module in modules]
    expiry = until.astimezone(UTC).isoformat(timespec="seconds")
    return {"channel_id": channel, "events": events, "channel_expiry": expiry, "notify_url": url}


def _subscribed(answer: Answer) -> Subscribed:
    if answer.status >= 400:
        raise _refusal(answer)
    item = _item(answer)
    if item.get("status") != "success":
        raise _refusal(answer)
    details = item.get("details")
    events: Any = details.get("events") if isinstance(details, dict) else None
    try:
        found = [(str(each["resource_name"]), datetime.fromisoformat(str(each["channel_expiry"]))) for each in events]
        return Subscribed(min(until.astimezone(UTC) for _, until in found), tuple(name for name, _ in found))
    except (TypeError, KeyError, ValueError):
        raise lost(answer.request, "unreadable", "did not say until when it was subscribed", answer.status) from None


def _item(answer: Answer) -> Mapping[str, Any]:
    """The one element of an answer, or the refusal of the whole call."""
    body = answer.dictionary()
    rows = body.get("watch")
    return rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], dict) else body


def _refusal(answer: Answer) -> errors.RemoteError:
    item = _item(answer)
    code = str(item.get("code") or "")
    if code == GONE:
        return errors.Missing("Zoho CRM does not know this channel any more.", side=ZOHO, call=KIND)
    if code in REFUSALS:
        ours, sentence, hint = REFUSALS[code]
        return errors.Refused(sentence, side=ZOHO, call=KIND, code=ours, hint=hint)
    if answer.status == 401:
        return errors.Unauthorised("Zoho CRM no longer accepts our access.", side=ZOHO, call=KIND, status=401)
    words = redact(str(item.get("message") or "the request was refused"))
    return errors.Refused(f"Zoho CRM: {words} ({redact(code)})", side=ZOHO, call=KIND, code="refused", hint=ELSE)
