"""How Xero grants access: granular scopes, half an hour, refresh tokens that rotate (facts/xero.md 3.1, 3.3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from extension.remote.datacentres import Addresses
from extension.remote.oauth import App, Consent, basic, consent_url, granted
from extension.sync.canonical import XERO, Side
from extension.sync.ports import Grant

# Apps made after 2 March 2026 cannot ask for `accounting.transactions`. `accounting.invoices` covers purchase orders
# and writing items, too.
SCOPES: Final = ("offline_access", "accounting.invoices", "accounting.contacts", "accounting.settings.read")


class XeroGrants:
    """`oauth.Provider` for Xero."""

    side: Side = XERO
    early = timedelta(minutes=2)
    rotates = True
    lasting = True
    refusals = frozenset({400, 401, 403})

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses

    def authorise_url(self, app: App, consent: Consent) -> str:
        base = f"{self._addresses.xero_login.rstrip('/')}/identity/connect/authorize"
        return consent_url(base, app, consent, " ".join(SCOPES), ())

    def token_url(self, grant: Grant | None, callback: Mapping[str, str]) -> str:
        return f"{self._addresses.xero_identity.rstrip('/')}/connect/token"

    def client_auth(self, app: App) -> tuple[Mapping[str, str], Mapping[str, str]]:
        return {"Authorization": basic(app)}, {}

    def grant(self, body: Mapping[str, Any], url: str, old: Grant | None, now: datetime) -> Grant:
        # Only known keys are kept: answers grow new ones (facts/xero.md 2.4 T8).
        return Grant(
            access=str(body["access_token"]),
            refresh=str(body.get("refresh_token") or (old.refresh if old else "")),
            expires_at=now + timedelta(seconds=int(body.get("expires_in") or 1800)),
            scopes=granted(body, old, SCOPES),
            extra={**(old.extra if old else {}), "renewed_at": now.isoformat()},
            previous_refresh=old.refresh if old else "",
            generation=old.generation if old else 0,
        )

    def api_url(self, grant: Grant) -> str:
        return self._addresses.xero_api.rstrip("/")
