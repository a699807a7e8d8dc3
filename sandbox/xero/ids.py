"""Ids and tokens out of a seeded sequence: the same story told twice has the same ids."""

from __future__ import annotations

import base64
import hashlib
import re

ZERO_ID = "00000000-0000-0000-0000-000000000000"

_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


def is_guid(text: object) -> bool:
    return isinstance(text, str) and _GUID.fullmatch(text.lower()) is not None


class Ids:
    """A sequence of GUIDs and secrets."""

    def __init__(self, seed: str, drawn: int = 0) -> None:
        self.seed = seed
        self.drawn = drawn

    def copy(self) -> Ids:
        return Ids(self.seed, self.drawn)

    def _bytes(self) -> bytes:
        self.drawn += 1
        return hashlib.sha256(f"{self.seed}:{self.drawn}".encode()).digest()

    def guid(self) -> str:
        """A version 4 GUID by its looks."""
        raw = self._bytes().hex()
        return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-{'89ab'[int(raw[16], 16) % 4]}{raw[17:20]}-{raw[20:32]}"

    def secret(self) -> str:
        """An opaque string as tokens and codes are."""
        return base64.urlsafe_b64encode(self._bytes()).decode().rstrip("=")
