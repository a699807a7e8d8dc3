"""The webhook of an app: events of contacts, invoices and credit, signed, to the one address that was registered.

Registering asks whether the address checks signatures (the intent to receive): some bodies well signed, some not, and
all must be answered right. What fails is tried again at once, then every fifteen minutes; after a day the webhook is
switched off, and what waits is sent when it is registered again, for 31 days (facts/xero.md 3.15, 5.2 no. 19).
"""

from __future__ import annotations

import base64
import hmac
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

import simplejson

from sandbox.clock import Clock
from sandbox.post import Message, Post
from sandbox.xero.ids import Ids
from sandbox.xero.ledger import Change, Credited, Ledger

CATEGORIES: Final[Mapping[str, str]] = {"Contacts": "CONTACT", "Invoices": "INVOICE"}
CREDIT: Final[Mapping[str, str]] = {
    "CreditNotes": "CREDITNOTE",
    "Overpayments": "OVERPAYMENT",
    "Prepayments": "PREPAYMENT",
}
API: Final = "https://api.xero.com/api.xro/2.0/"
AGAIN: Final = timedelta(minutes=15)
PATIENCE: Final = timedelta(hours=24)
KEPT: Final = timedelta(days=31)
MOST: Final = 100  # events of one body; Xero names no number
INTENT: Final = (True, False, True, False)
OK, OFF, UNPROVEN = "ok", "disabled", "intent to receive failed"


@dataclass(frozen=True)
class Webhook:
    """What is registered, and what waits to be sent."""

    url: str = ""
    key: str = ""
    status: str = ""
    sequence: int = 1
    waiting: tuple[Mapping[str, Any], ...] = ()
    failing_since: datetime | None = None
    next_try: datetime | None = None


class Webhooks:
    """The one webhook of the sandbox's app."""

    def __init__(self, clock: Clock, post: Post) -> None:
        self.clock, self.post = clock, post
        self.hook = Webhook()
        self._entropy = Ids("entropy")
        self._lock = threading.RLock()  # requests add to it while the post takes from it; never held while sending

    # -------------------------------------------------- registering

    def register(self, url: str, key: str) -> str:
        """Asks the address for its intent to receive; only then it is told anything. Returns the status."""
        if not url or not key:
            raise ValueError("a webhook needs a url and a key")
        proven = all(self._proves(url, key, good) for good in INTENT)
        status = OK if proven else UNPROVEN
        with self._lock:
            oldest = self.clock.now() - KEPT
            waiting = tuple(event for event in self.hook.waiting if _when(event) >= oldest)
            self.hook = Webhook(url, key, status, self.hook.sequence, waiting)
        self._send_later()
        return self.hook.status

    def _proves(self, url: str, key: str, good: bool) -> bool:
        body = self._body((), 0, 0)
        status = self.post.carry(_signed(url, body, key if good else f"not {key}"))
        return status == (200 if good else 401)

    def forget(self) -> None:
        self.hook = Webhook()

    # -------------------------------------------------- events

    def tell(
        self,
        ledger: Ledger,
        changes: Iterable[Change],
        credited: Iterable[Credited],
        now: datetime,
        *,
        payments: bool,
    ) -> None:
        """What one request changed; `payments`: whether a payment counts as a change of its invoice. Changes that
        Xero does not date are not told either."""
        made = list(changes)
        paid = any(change.table.name == "Payments" for change in made)
        events: dict[tuple[str, str], dict[str, Any]] = {}
        for change in made:
            name, row = change.table.name, change.table.get(change.record_id)
            category = CATEGORIES.get(name)
            if category is None or row is None or not change.dated or (paid and name == "Invoices" and not payments):
                continue
            kind = "CREATE" if change.old is None else "UPDATE"
            when = _spelt(row["UpdatedDateUTC"])
            events.setdefault((name, change.record_id), _event(ledger.id, name, change.record_id, category, kind, when))
        for credit in credited:
            events.setdefault((credit.kind, credit.id), _credit_event(ledger.id, credit, _spelt(now)))
        if events and self.hook.url:
            with self._lock:
                self.hook = replace(self.hook, waiting=(*self.hook.waiting, *events.values()))
            self._send_later()

    def forge(self, given: Mapping[str, Any]) -> None:
        """A body that somebody else signed."""
        now = _spelt(self.clock.now())
        event = {**_event("0" * 8, "Contacts", "0" * 8, "CONTACT", "UPDATE", now), **given}
        body = self._body((event,), 1, 1)
        message = _signed(self.hook.url, body, "forged")
        self.post.put(lambda: message)

    def retry(self) -> None:
        """The time has come for what failed, if it has."""
        if self.hook.waiting and self._is_time():
            self._send_later()

    # -------------------------------------------------- sending

    def _send_later(self) -> None:
        if self.hook.status == OK and self.hook.waiting:
            self.post.put(self._write)

    def _is_time(self) -> bool:
        return self.hook.next_try is None or self.clock.now() >= self.hook.next_try

    def _write(self) -> Message | None:
        """Everything that waits, in one body."""
        with self._lock:
            hook = self.hook
            if hook.status != OK or not hook.waiting or not self._is_time():
                return None
            events, left = hook.waiting[:MOST], hook.waiting[MOST:]
            body = self._body(events, hook.sequence, hook.sequence + len(events) - 1)
            self.hook = replace(hook, waiting=left, sequence=hook.sequence + len(events))
        message = _signed(hook.url, body, hook.key)

        def told(status: int) -> None:
            if status != 200 and self.post.carry(message) != 200:  # once more at once
                self._failed(events)
            else:
                with self._lock:
                    self.hook = replace(self.hook, failing_since=None, next_try=None)
                self._send_later()

        return replace(message, told=told)

    def _failed(self, events: tuple[Mapping[str, Any], ...]) -> None:
        now = self.clock.now()
        with self._lock:
            since = self.hook.failing_since or now
            status = OFF if now - since >= PATIENCE else self.hook.status
            waiting = (*events, *self.hook.waiting)
            self.hook = replace(self.hook, waiting=waiting, failing_since=since, next_try=now + AGAIN, status=status)

    def _body(self, events: Iterable[Mapping[str, Any]], first: int, last: int) -> bytes:
        document = {
            "events": [dict(each) for each in events],
            "firstEventSequence": first,
            "lastEventSequence": last,
            "entropy": self._entropy.guid().replace("-", "").upper()[:20],
        }
        return simplejson.dumps(document).encode()


def signature(body: bytes, key: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), body, sha256).digest()).decode()


def _signed(url: str, body: bytes, key: str) -> Message:
    headers = {"Content-Type": "application/json; charset=utf-8", "x-xero-signature": signature(body, key)}
    return Message(url, body, headers, bare=True)


def _when(event: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(event["eventDateUtc"]).replace(tzinfo=UTC)


def _spelt(moment: datetime) -> str:
    """UTC, without saying so."""
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds")


def _credit_event(tenant: str, credit: Credited, when: str) -> dict[str, Any]:
    """It names the credit and no document; credit notes say what they are besides."""
    kind = "CREATE" if credit.made else "UPDATE"
    event = _event(tenant, credit.kind, credit.id, CREDIT[credit.kind], kind, when)
    if credit.kind == "CreditNotes":
        event["data"] = {"Type": "ACCPAYCREDIT" if credit.bill else "ACCRECCREDIT", "Status": credit.status}
    return event


def _event(tenant: str, name: str, record_id: str, category: str, kind: str, when: str) -> dict[str, Any]:
    return {
        "resourceUrl": f"{API}{name}/{record_id}",
        "resourceId": record_id,
        "eventDateUtc": when,
        "eventType": kind,
        "eventCategory": category,
        "tenantId": tenant,
        "tenantType": "ORGANISATION",
    }
