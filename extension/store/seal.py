"""Encryption at rest.

A sealed text carries, inside, what it belongs to: Fernet has no associated data, so a ciphertext that was copied to
another row would otherwise open there. Keys come newest first; the older ones still open what they sealed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from extension.sync.errors import BadInput, SyncError

FORMAT = 1


def new_key() -> str:
    """A key for ENCRYPTION_KEYS."""
    return Fernet.generate_key().decode()


class Seal:
    """Seals and opens small documents."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise BadInput("ENCRYPTION_KEYS is empty: it needs at least one key, newest first.")
        self._fernet = MultiFernet([_fernet(number, key) for number, key in enumerate(keys, 1)])

    def close(self, content: Mapping[str, Any], belongs: Mapping[str, Any]) -> str:
        """The sealed text of a document that belongs to `belongs`."""
        plain = json.dumps({"v": FORMAT, "belongs": dict(belongs), "content": dict(content)}, sort_keys=True)
        return self._fernet.encrypt(plain.encode()).decode()

    def open(self, sealed: str, belongs: Mapping[str, Any]) -> dict[str, Any]:
        """The document, if it was sealed with one of the keys and for `belongs`."""
        plain = json.loads(self._decrypt(sealed))
        if plain.get("v") != FORMAT or plain.get("belongs") != dict(belongs):
            raise SyncError(
                "A stored secret lies in a place that it was not made for.",
                code="secret_misplaced",
                hint="Somebody changed the database by hand. Connect this service again.",
            )
        content: dict[str, Any] = plain["content"]
        return content

    def renew(self, sealed: str) -> str:
        """The same document, sealed with the newest key."""
        try:
            return self._fernet.rotate(sealed.encode()).decode()
        except InvalidToken:
            raise _unreadable() from None

    def _decrypt(self, sealed: str) -> bytes:
        try:
            return self._fernet.decrypt(sealed.encode())
        except InvalidToken:
            raise _unreadable() from None


def _fernet(number: int, key: str) -> Fernet:
    try:
        return Fernet(key.strip())
    except ValueError:
        raise BadInput(
            f"Key {number} of ENCRYPTION_KEYS is not a key: 32 random bytes in URL-safe base64, 44 characters."
        ) from None


def _unreadable() -> SyncError:
    return SyncError(
        "A stored secret cannot be read with the keys at hand.",
        code="secret_unreadable",
        hint="Put the key that sealed it back into ENCRYPTION_KEYS, or connect this service again.",
    )
