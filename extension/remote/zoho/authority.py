"""How Zoho grants access: scopes, data centres, refresh tokens that stay (facts/zoho.md 3.1, 3.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from extension.remote.datacentres import Addresses
from extension.remote.oauth import TOKEN_TIMEOUT, App, Consent, consent_url, granted
from extension.remote.transport import Request, Transport
from extension.sync.canonical import ZOHO, Side
from extension.sync.ports import Grant

SCOPES: Final = (
    "ZohoCRM.modules.ALL",
    "ZohoCRM.settings.ALL",
    "ZohoCRM.users.READ",
    "ZohoCRM.org.READ",
    "ZohoCRM.notifications.ALL",
    "ZohoCRM.coql.READ",
    "ZohoCRM.bulk.READ",
    "ZohoCRM.bulk.CREATE",
    "ZohoSearch.securesearch.READ",
)
# What it takes to know who somebody is (facts/widget.md 3.3).
SIGN_IN_SCOPES: Final = ("ZohoCRM.users.READ", "ZohoCRM.org.READ")


class ZohoGrants:
    """`oauth.Provider` for Zoho. Access lives an hour; ten tokens may be had in ten minutes, so refresh in time."""

    side: Side = ZOHO
    early = timedelta(minutes=5)
    rotates = False
    lasting = True
    refusals = frozenset({400, 401, 403, 429})  # under which status it says "too many" nobody has seen
    scopes: tuple[str, ...] = SCOPES
    # Without prompt=consent a second consent may bring no refresh token.
    manner: Sequence[tuple[str, str]] = (("access_type", "offline"), ("prompt", "consent"))

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses

    def authorise_url(self, app: App, consent: Consent) -> str:
        base = f"{self._addresses.zoho_accounts}/oauth/v2/auth"
        return consent_url(base, app, consent, ",".join(self.scopes), self.manner)

    def token_url(self, grant: Grant | None, callback: Mapping[str, str]) -> str:
        if grant is None:
            accounts = self._addresses.accounts_of(callback.get("location", ""), callback.get("accounts-server", ""))
        else:
            accounts = self._addresses.accounts_of("", grant.extra.get("accounts_url", ""))
        return f"{accounts.rstrip('/')}/oauth/v2/token"

    def revoke_url(self, grant: Grant) -> str:
        """Where a refresh token ends with all its access tokens, or an access token alone (facts/zoho.md 3.2)."""
        accounts = self._addresses.accounts_of("", grant.extra.get("accounts_url", ""))
        return f"{accounts.rstrip('/')}/oauth/v2/token/revoke"

    def client_auth(self, app: App) -> tuple[Mapping[str, str], Mapping[str, str]]:
        return {}, {"client_id": app.client_id, "client_secret": app.client_secret}

    def grant(self, body: Mapping[str, Any], url: str, old: Grant | None, now: datetime) -> Grant:
        accounts = url.removesuffix("/oauth/v2/token")
        seconds = int(body.get("expires_in_sec") or body.get("expires_in") or 3600)
        api = self._addresses.api_of(str(body.get("api_domain") or ""), accounts)
        return Grant(
            access=str(body["access_token"]),
            refresh=str(body.get("refresh_token") or (old.refresh if old else "")),  # a refresh brings none
            expires_at=now + timedelta(seconds=seconds),
            scopes=granted(body, old, self.scopes),
            extra={**(old.extra if old else {}), "accounts_url": accounts, "api_url": api},
            generation=old.generation if old else 0,
        )

    def api_url(self, grant: Grant) -> str:
        """What is stored was checked when it was granted; the settings still win, should they have changed."""
        stored = grant.extra.get("api_url", "")
        accounts = self._addresses.accounts_of("", grant.extra.get("accounts_url", ""))
        return self._addresses.api_of(stored, accounts)


class ZohoSignIn(ZohoGrants):
    """`oauth.Provider` for people who sign in: one short token, and no question where they said yes before."""

    lasting = False
    scopes: tuple[str, ...] = SIGN_IN_SCOPES
    manner = (("access_type", "online"),)


class ZohoVisit(ZohoSignIn):
    """As `ZohoSignIn`, for people inside the CRM: their own token says for an hour which records they may see."""

    scopes = (*SIGN_IN_SCOPES, "ZohoCRM.modules.READ")


def revoke(transport: Transport, addresses: Addresses, grant: Grant) -> None:
    """Gives a grant back: from now on its tokens open nothing. Other grants of the same person stay as they are."""
    request = Request(
        side=ZOHO,
        kind="token",
        method="POST",
        url=ZohoGrants(addresses).revoke_url(grant),
        headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
        body=urlencode({"token": grant.refresh or grant.access}).encode(),
        timeout=TOKEN_TIMEOUT,
    )
    transport.send(request)
