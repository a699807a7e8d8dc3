"""How Zoho grants access: scopes, data centres, refresh tokens that stay (facts/zoho.md 3.1, 3.2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from extension.remote.datacentres import Addresses
from extension.remote.oauth import App, Consent, consent_url
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


class ZohoGrants:
    """`oauth.Provider` for Zoho. Access lives an hour; ten tokens may be had in ten minutes, so refresh in time."""

    side: Side = ZOHO
    early = timedelta(minutes=5)
    rotates = False

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses

    def authorise_url(self, app: App, consent: Consent) -> str:
        # Without prompt=consent a second consent may bring no refresh token.
        extra = (("access_type", "offline"), ("prompt", "consent"))
        return consent_url(f"{self._addresses.zoho_accounts}/oauth/v2/auth", app, consent, ",".join(SCOPES), extra)

    def token_url(self, grant: Grant | None, callback: Mapping[str, str]) -> str:
        if grant is None:
            accounts = self._addresses.accounts_of(callback.get("location", ""), callback.get("accounts-server", ""))
        else:
            accounts = self._addresses.accounts_of("", grant.extra.get("accounts_url", ""))
        return f"{accounts.rstrip('/')}/oauth/v2/token"

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
            scopes=SCOPES,
            extra={**(old.extra if old else {}), "accounts_url": accounts, "api_url": api},
            generation=old.generation if old else 0,
        )

    def api_url(self, grant: Grant) -> str:
        """What is stored was checked when it was granted; the settings still win, should they have changed."""
        stored = grant.extra.get("api_url", "")
        accounts = self._addresses.accounts_of("", grant.extra.get("accounts_url", ""))
        return self._addresses.api_of(stored, accounts)
