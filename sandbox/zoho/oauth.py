"""The accounts server's memory: grants, refresh tokens, access tokens and their limits (facts/zoho.md 3.2).

Refresh tokens do not rotate; of access tokens the 16th of a refresh token drops the oldest, and of refresh tokens the
21st of a user. Errors carry the word that the answer, always HTTP 200, will say.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

CLIENT_ID, CLIENT_SECRET = "sandbox", "sandbox"
CODE_SECONDS, TOKEN_SECONDS = 180, 3600
MAX_ACTIVE, MAX_REFRESH_TOKENS = 15, 20
WINDOW_SECONDS, MAX_IN_WINDOW = 600, 10


class OAuthError(Exception):
    """A refusal of the token endpoint; its text is the `error` of the answer."""


class Throttled(OAuthError):
    """Too many codes or tokens within ten minutes."""


@dataclass(frozen=True)
class Grant:
    """A person's consent on its way to tokens."""

    client_id: str
    user: int
    scopes: frozenset[str]
    redirect_uri: str
    offline: bool
    expires: float
    challenge: str | None = None
    challenge_method: str = "plain"


@dataclass(frozen=True)
class Refresh:
    """A refresh token's rights; valid until revoked."""

    user: int
    scopes: frozenset[str]


@dataclass(frozen=True)
class Access:
    """An access token's rights."""

    user: int
    scopes: frozenset[str]
    expires: float
    refresh: str | None


class Accounts:
    """Grants, issues, checks and revokes."""

    def __init__(
        self, now: Callable[[], float], limits: Callable[[], bool], says_scope: Callable[[], bool] = lambda: False
    ) -> None:
        self._now = now
        self._limits = limits
        self._says_scope = says_scope
        self._codes: dict[str, Grant] = {}
        self._refresh: dict[str, Refresh] = {}
        self._access: dict[str, Access] = {}
        self._issued: dict[str, tuple[float, ...]] = {}
        self._granted: dict[int, frozenset[str]] = {}

    def consent(self, grant: Grant) -> str:
        """A single-use code for a consent."""
        self._count(f"code {grant.client_id}")
        code = _new_token()
        self._codes[code] = grant
        self._granted[grant.user] = self._granted.get(grant.user, frozenset()) | grant.scopes
        return code

    def granted(self, user: int, scopes: frozenset[str]) -> bool:
        """Whether this person has said yes to all of these already."""
        return scopes <= self._granted.get(user, frozenset())

    def consented_before(self, user: int) -> bool:
        return any(entry.user == user for entry in self._refresh.values())

    def exchange(self, code: str, redirect_uri: str, verifier: str | None) -> dict[str, Any]:
        """Tokens for a code; whatever comes of it, the code is used up."""
        grant = self._codes.pop(code, None)
        if grant is None or grant.expires < self._now():
            raise OAuthError("invalid_code")
        if grant.redirect_uri != redirect_uri:
            raise OAuthError("invalid_redirect_uri")
        if grant.challenge is not None and _challenge(verifier or "", grant.challenge_method) != grant.challenge:
            raise OAuthError("invalid_code")
        refresh = self._new_refresh(grant) if grant.offline else None
        answer = self._issue(grant.user, grant.scopes, refresh)
        return {**answer, "refresh_token": refresh} if refresh else answer

    def hand_out(self, user: int, scopes: Iterable[str]) -> str:
        """An access token with no consent behind it, for whoever stands inside the sandbox."""
        return str(self._issue(user, frozenset(scopes), None)["access_token"])

    def refresh(self, token: str) -> dict[str, Any]:
        """A new access token; the refresh token stays as it is and is not in the answer."""
        held = self._refresh.get(token)
        if held is None:
            raise OAuthError("invalid_code")
        self._count(f"token {token}")
        return self._issue(held.user, held.scopes, token)

    def revoke(self, token: str) -> bool:
        """End a refresh token with all its access tokens, or one access token."""
        if self._refresh.pop(token, None) is not None:
            self._access = {name: entry for name, entry in self._access.items() if entry.refresh != token}
            return True
        return self._access.pop(token, None) is not None

    def expire(self, token: str) -> None:
        """End one access token before its time."""
        self._access.pop(token, None)

    def withdraw(self) -> None:
        """End every refresh token with all its access tokens: nobody has consented to anything any more."""
        for token in list(self._refresh):
            self.revoke(token)
        self._granted.clear()

    def holder(self, token: str) -> Access | None:
        """Whose token this is, unless unknown or expired."""
        found = self._access.get(token)
        return found if found and found.expires > self._now() else None

    def freeze(self) -> tuple[Mapping[Any, Any], ...]:
        issued, granted = dict(self._issued), dict(self._granted)
        return dict(self._codes), dict(self._refresh), dict(self._access), issued, granted

    def thaw(self, frozen: tuple[Mapping[Any, Any], ...]) -> None:
        codes, refresh, access, issued, granted = frozen
        self._codes, self._refresh, self._access = dict(codes), dict(refresh), dict(access)
        self._issued, self._granted = dict(issued), dict(granted)

    def _new_refresh(self, grant: Grant) -> str:
        mine = [name for name, entry in self._refresh.items() if entry.user == grant.user]
        for name in mine[: max(0, len(mine) - MAX_REFRESH_TOKENS + 1)]:
            self.revoke(name)
        token = _new_token()
        self._refresh[token] = Refresh(grant.user, grant.scopes)
        return token

    def _issue(self, user: int, scopes: frozenset[str], refresh: str | None) -> dict[str, Any]:
        now = self._now()
        self._access = {name: entry for name, entry in self._access.items() if entry.expires > now}
        siblings = [name for name, entry in self._access.items() if refresh and entry.refresh == refresh]
        for name in siblings[: max(0, len(siblings) - MAX_ACTIVE + 1)]:
            del self._access[name]
        token = _new_token()
        self._access[token] = Access(user, scopes, now + TOKEN_SECONDS, refresh)
        said = {"scope": " ".join(sorted(scopes))} if self._says_scope() else {}
        return {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS, **said}

    def _count(self, what: str) -> None:
        now = self._now()
        recent = tuple(at for at in self._issued.get(what, ()) if at > now - WINDOW_SECONDS)
        if self._limits() and len(recent) >= MAX_IN_WINDOW:
            raise Throttled("Access Denied")
        self._issued[what] = (*recent, now)


def check_client(client_id: str | None, client_secret: str | None) -> None:
    if client_id != CLIENT_ID:
        raise OAuthError("invalid_client")
    if client_secret != CLIENT_SECRET:
        raise OAuthError("invalid_client_secret")


def permits(scopes: Iterable[str], *wanted: str) -> bool:
    """Whether one of the wanted scopes is held; `ZohoCRM.modules.ALL` holds `ZohoCRM.modules.Accounts.READ`."""
    held = {scope.casefold() for scope in scopes}
    return any(candidate.casefold() in held for scope in wanted for candidate in _wider(scope))


def _wider(scope: str) -> list[str]:
    parts = scope.split(".")
    operation = parts[-1]
    stems = [".".join(parts[:length]) for length in range(2, len(parts))]
    return [f"{stem}.{right}" for stem in stems for right in (operation, "ALL")]


def _new_token() -> str:
    return f"1000.{secrets.token_hex(16)}.{secrets.token_hex(16)}"


def _challenge(verifier: str, method: str) -> str:
    if method != "S256":
        return verifier
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
