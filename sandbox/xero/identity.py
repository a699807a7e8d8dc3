"""Xero's identity service: codes, tokens, connections (facts/xero.md 3.1 to 3.3).

Every refresh rotates the refresh token; the one before may be used again for half an hour, in case its answer was
lost. One person uses this sandbox, so connections belong to the app. State only; the routes are in identity_routes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sandbox.xero.chart import stable_id
from sandbox.xero.dates import connection_string, whole_ms
from sandbox.xero.fields import names
from sandbox.xero.ids import Ids
from sandbox.xero.tables import Row
from sandbox.xero.tokens import challenge_of, jwt

CODE_LIFE = timedelta(minutes=5)
ACCESS_LIFE = timedelta(minutes=30)
REFRESH_LIFE = timedelta(days=60)
GRACE = timedelta(minutes=30)
USER_ID = stable_id("the person who gives consent")

_ACCOUNTING = names(
    "invoices payments banktransactions manualjournals settings contacts attachments budgets reports.aged "
    "reports.balancesheet reports.profitandloss reports.trialbalance reports.banksummary reports.taxreports"
)
KNOWN_SCOPES = frozenset(
    {"openid", "profile", "email", "offline_access", "files", "files.read", "assets", "assets.read"}
    | {f"accounting.{name}" for name in _ACCOUNTING}
    | {f"accounting.{name}.read" for name in _ACCOUNTING}
)
"""Apps created since 2 March 2026 get granular scopes only; accounting.transactions is not among them (3.3)."""


class OAuthError(Exception):
    """An error of the token endpoint; the text is its code."""


@dataclass(frozen=True)
class Code:
    redirect_uri: str
    scopes: tuple[str, ...]
    auth_event: str
    expires: datetime
    challenge: str = ""


@dataclass(frozen=True)
class Access:
    scopes: frozenset[str]
    expires: datetime
    auth_event: str
    tenant: str = ""
    """The one organisation of a custom connection, which need not be named with each request."""


@dataclass(frozen=True)
class Refresh:
    scopes: tuple[str, ...]
    expires: datetime
    auth_event: str
    rotated: datetime | None = None


@dataclass(frozen=True)
class Connection:
    id: str
    tenant_id: str
    name: str
    auth_event: str
    created: datetime
    updated: datetime

    def shown(self) -> Row:
        return {
            "id": self.id,
            "authEventId": self.auth_event,
            "tenantId": self.tenant_id,
            "tenantType": "ORGANISATION",
            "tenantName": self.name,
            "createdDateUtc": connection_string(self.created),
            "updatedDateUtc": connection_string(self.updated),
        }


@dataclass
class Identity:
    """All codes, tokens and connections of the one app."""

    ids: Ids
    codes: dict[str, Code] = field(default_factory=dict)
    access: dict[str, Access] = field(default_factory=dict)
    refresh: dict[str, Refresh] = field(default_factory=dict)
    connections: dict[str, Connection] = field(default_factory=dict)
    """By tenant."""

    def copy(self) -> Identity:
        return Identity(
            self.ids.copy(), dict(self.codes), dict(self.access), dict(self.refresh), dict(self.connections)
        )

    # Consent

    def consent(self, now: datetime, code: Code, tenants: list[tuple[str, str]]) -> str:
        """Connect the chosen organisations and hand out a code."""
        self.connect(now, code.auth_event, tenants)
        text = self.ids.secret()
        self.codes[text] = code
        return text

    def connect(self, now: datetime, auth_event: str, tenants: list[tuple[str, str]]) -> None:
        """Connect organisations, given as (id, name); one that was connected before keeps its connection."""
        moment = whole_ms(now)
        for tenant_id, name in tenants:
            old = self.connections.get(tenant_id)
            if old is None:
                old = Connection(self.ids.guid(), tenant_id, name, auth_event, moment, moment)
            self.connections[tenant_id] = replace(old, auth_event=auth_event, updated=moment)

    def disconnect(self, connection_id: str) -> bool:
        """End one connection; its tokens stay valid for the others."""
        for tenant_id, connection in self.connections.items():
            if connection.id == connection_id:
                del self.connections[tenant_id]
                return True
        return False

    # Tokens

    def exchange(self, now: datetime, text: str, redirect_uri: str, verifier: str) -> Row:
        """A code for tokens: once, within five minutes, with the very same redirect_uri."""
        code = self.codes.pop(text, None)
        if code is None or code.expires <= now or code.redirect_uri != redirect_uri:
            raise OAuthError("invalid_grant")
        if code.challenge and not (43 <= len(verifier) <= 128 and challenge_of(verifier) == code.challenge):
            raise OAuthError("invalid_grant")
        return self._grant(now, code.scopes, code.auth_event)

    def refreshed(self, now: datetime, text: str) -> Row:
        old = self.refresh.get(text)
        if old is None or old.expires <= now:
            raise OAuthError("invalid_grant")
        if old.rotated is not None and now - old.rotated > GRACE:
            raise OAuthError("invalid_grant")
        if old.rotated is None:
            self.refresh[text] = replace(old, rotated=now)
        return self._grant(now, old.scopes, old.auth_event)

    def client_credentials(self, now: datetime, scopes: tuple[str, ...], tenant: tuple[str, str]) -> Row:
        """A custom connection, bound to one organisation: no person, no refresh token.

        Without scopes it has all that it was set up with, here every one: xero-python and xero-node send none. Both say
        that the organisation may be left empty in its requests (README of xero-python, Custom Connections).
        """
        if not set(scopes) <= KNOWN_SCOPES:
            raise OAuthError("invalid_scope")
        auth_event = self.ids.guid()
        self.connect(now, auth_event, [tenant])
        wanted = tuple(s for s in scopes or sorted(KNOWN_SCOPES) if s not in ("offline_access", "openid"))
        granted = self._grant(now, wanted, auth_event)
        self.access[granted["access_token"]] = replace(self.access[granted["access_token"]], tenant=tenant[0])
        return granted

    def revoke(self, text: str) -> None:
        """Ends the token and everything the person had connected (3.2); an unknown token is no error."""
        if text in self.refresh:
            self.withdraw()

    def withdraw(self) -> None:
        """Ends every token and every connection of the person."""
        self.refresh.clear()
        self.access.clear()
        self.connections.clear()

    def expire(self, token: str, now: datetime) -> None:
        """Make an access token one that has run out."""
        if found := self.access.get(token):
            self.access[token] = replace(found, expires=now)

    def _grant(self, now: datetime, scopes: tuple[str, ...], auth_event: str) -> Row:
        expires = now + ACCESS_LIFE
        token = self._access_token(now, expires, scopes, auth_event)
        self.access = {text: held for text, held in self.access.items() if held.expires > now - timedelta(days=1)}
        self.access[token] = Access(frozenset(scopes), expires, auth_event)
        granted: Row = {"access_token": token, "expires_in": int(ACCESS_LIFE.total_seconds()), "token_type": "Bearer"}
        if "openid" in scopes:
            claims = {"sub": USER_ID, "exp": int((now + timedelta(minutes=5)).timestamp()), "aud": "sandbox"}
            granted = {"id_token": jwt(claims), **granted}
        if "offline_access" in scopes:
            text = self.ids.secret()
            self.refresh[text] = Refresh(scopes, now + REFRESH_LIFE, auth_event)
            granted["refresh_token"] = text
        return granted | {"scope": " ".join(scopes)}

    def _access_token(self, now: datetime, expires: datetime, scopes: tuple[str, ...], auth_event: str) -> str:
        return jwt(
            {
                "nbf": int(now.timestamp()),
                "exp": int(expires.timestamp()),
                "iss": "https://identity.xero.com",
                "aud": "https://identity.xero.com/resources",
                "client_id": "sandbox",
                "sub": USER_ID,
                "xero_userid": USER_ID,
                "authentication_event_id": auth_event,
                "jti": self.ids.guid(),
                "scope": list(scopes),
            }
        )
