"""Somebody whom the local Xero tells of changes: an address that checks signatures, or one that does not."""

from __future__ import annotations

import base64
import hmac
import json
from hashlib import sha256
from typing import Any

from sandbox.post import Message
from tests.contract.sandbox_xero_visitor import Visitor

KEY = "emulator-webhook-signing-key"
URL = "http://127.0.0.1:5000/hooks/xero"


class Listener:
    """An address that checks signatures, or one that does not."""

    def __init__(self, *, checks: bool = True, believes: bool = True) -> None:
        self.checks, self.believes = checks, believes
        self.away = False
        self.bodies: list[dict[str, Any]] = []

    def __call__(self, message: Message) -> int:
        digest = hmac.new(KEY.encode(), message.body, sha256).digest()
        right = message.headers["x-xero-signature"] == base64.b64encode(digest).decode()
        if self.away:
            return 500
        if (self.checks and not right) or not self.believes:
            return 401
        self.bodies.append(json.loads(message.body))
        return 200

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for body in self.bodies for event in body["events"]]


def listening(to: Visitor, listener: Listener) -> Visitor:
    """Registered, and what was asked at that forgotten."""
    to.service.post.carry = listener
    assert to.service.webhooks.register(URL, KEY) == "ok"
    listener.bodies.clear()
    return to


def quiet(visitor: Visitor) -> None:
    assert visitor.service.post.quiet()


def contact(visitor: Visitor, name: str = "Acme") -> str:
    return visitor.service.edit("create", "Contacts", None, {"Name": name})


def invoice(visitor: Visitor, contact_id: str) -> str:
    line = {"Description": "Pen", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200"}
    fields = {"Type": "ACCREC", "Contact": {"ContactID": contact_id}, "Status": "AUTHORISED", "LineItems": [line]}
    return visitor.service.edit("create", "Invoices", None, {**fields, "Date": "2026-09-01", "DueDate": "2026-09-20"})
