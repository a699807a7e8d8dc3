"""xero-python as what it is good at: it knows addresses, parameters and headers. It never sends.

As shipped it re-sends a lost create up to four times, sleeps through a 429 inside the call, has no timeout, shares
one token among all clients of the process, and turns Decimal into float (facts/xero.md 2.4). So its rest client is
replaced by one that hands the built request back; our transport sends it, with our token. One client per connection.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from xero_python.accounting import AccountingApi
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token
from xero_python.identity import IdentityApi

ACCOUNTING: Final = "/api.xro/2.0"
TENANT: Final = "xero-tenant-id"


@dataclass(frozen=True, slots=True)
class Built:
    """A request as xero-python composed it, without credentials. `path` is relative to the API's host."""

    method: str
    path: str
    params: Sequence[tuple[str, str]]
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)

    @property
    def address(self) -> str:
        """Path and query as they go on the wire."""
        return f"{self.path}?{urlencode(self.params)}" if self.params else self.path


class _Rest:
    """Takes the place of ApiClient.rest_client."""

    def __getattr__(self, method: str) -> Any:
        def build(
            url: str,
            query_params: Sequence[tuple[str, Any]] | None = None,
            headers: Mapping[str, str] | None = None,
            body: bytes | None = None,
            **_: Any,
        ) -> Built:
            params = [(name, str(value)) for name, value in query_params or ()]
            kept = {name: value for name, value in (headers or {}).items() if name.lower() != "authorization"}
            return Built(method, url, params, kept, body)

        return build


class Composer:
    """Builds requests for one organisation."""

    def __init__(self, tenant_id: str) -> None:
        configuration = Configuration()
        # Configuration hands out copies of its first instance: set it here, or all clients share one token (T4).
        configuration.oauth2_token = OAuth2Token(client_id="-", client_secret="-")
        client = ApiClient(configuration, pool_threads=1)
        client.oauth2_token_getter(_no_token)
        client.oauth2_token_saver(lambda token: None)
        client.rest_client = _Rest()
        self.tenant_id = tenant_id
        self._accounting = AccountingApi(client, base_url=ACCOUNTING)
        self._identity = IdentityApi(client)
        self._identity.base_url = ""  # an empty argument would count as none

    def build(self, operation: str, *args: Any, **kw: Any) -> Built:
        """A request of the Accounting API. Bodies are bytes: xero-python passes them through as they are."""
        method = getattr(self._accounting, operation)
        built: Built = method(self.tenant_id, *args, **kw, _preload_content=False)
        return built

    def connections(self) -> Built:
        """GET /connections, which is about the grant and not about one organisation."""
        built: Built = self._identity.get_connections(_preload_content=False)
        return built

    def disconnect(self, connection: str) -> Built:
        """DELETE /connections/{id}: ends our access to one organisation and leaves the person's others alone."""
        built: Built = self._identity.delete_connection(connection, _preload_content=False)
        return built


def _no_token() -> dict[str, Any]:
    """`expires_at` None: the SDK never refreshes. This one never leaves: the transport's line adds the real token."""
    return {"access_token": "-", "scope": [], "expires_in": 1800, "token_type": "Bearer", "expires_at": None}
