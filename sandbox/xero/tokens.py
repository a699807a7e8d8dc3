"""Access tokens: JWTs as Xero's look, with its claims (facts/xero.md 3.1), signed with a key of the sandbox's own."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import simplejson

SIGNING_KEY = b"the sandbox signs with this key, which protects nothing"


def jwt(claims: Mapping[str, Any]) -> str:
    head = _part({"alg": "HS256", "typ": "JWT", "kid": "sandbox"})
    body = f"{head}.{_part(claims)}"
    signature = hmac.new(SIGNING_KEY, body.encode(), hashlib.sha256).digest()
    return f"{body}.{_encoded(signature)}"


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a PKCE verifier."""
    return _encoded(hashlib.sha256(verifier.encode()).digest())


def _part(value: Mapping[str, Any]) -> str:
    return _encoded(simplejson.dumps(value, separators=(",", ":")).encode())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
