"""The Idempotency-Key store (facts/xero.md 3.7): an answer is kept for six minutes and repeated, errors included."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.xero.answers import Reply, error

LIFE = timedelta(minutes=6)
LONGEST_KEY = 128


@dataclass(frozen=True)
class Kept:
    fingerprint: str
    at: datetime
    reply: Reply


@dataclass
class Memory:
    """Answers by key; keys belong to the app, not to an organisation."""

    kept: dict[str, Kept] = field(default_factory=dict)

    def copy(self) -> Memory:
        return Memory(dict(self.kept))

    def recall(self, key: str, fingerprint: str, now: datetime) -> Reply | None:
        """The answer to repeat, a refusal of the key, or None: then the request is carried out and remembered."""
        if len(key) > LONGEST_KEY:
            return error(10, "ValidationException", f"Idempotency Key: the maximum length is {LONGEST_KEY} characters.")
        found = self.kept.get(key)
        if found is None or now - found.at > LIFE:
            return None
        if found.fingerprint != fingerprint:
            return error(10, "ValidationException", f"Idempotency Key: {key} is used with a different request.")
        return found.reply

    def remember(self, key: str, fingerprint: str, now: datetime, reply: Reply) -> None:
        self.kept.pop(key, None)
        while self.kept and now - self.kept[oldest := next(iter(self.kept))].at > LIFE:
            del self.kept[oldest]
        self.kept[key] = Kept(fingerprint, now, reply)


def fingerprint_of(tenant_id: str, method: str, url: str, body: bytes) -> str:
    """What makes two requests the same one."""
    return hashlib.sha256(b"\0".join([tenant_id.encode(), method.encode(), url.encode(), body])).hexdigest()
