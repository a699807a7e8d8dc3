"""A loop over the models of Xero's own SDK, which is what its users write first. Stores nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from xero_python.accounting import AccountingApi
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token

from bench.peers.gauge import Asked, gauged

PAGE: Final = 1_000


def fetch(asked: Asked) -> int:
    configuration = Configuration()
    configuration.oauth2_token = OAuth2Token(client_id="sandbox", client_secret="sandbox")
    client = ApiClient(configuration, pool_threads=1)
    token = {"access_token": asked.xero_access, "scope": [], "expires_in": 1800, "token_type": "Bearer"}
    client.oauth2_token_getter(lambda: {**token, "expires_at": None})
    client.oauth2_token_saver(lambda _: None)
    api = AccountingApi(client, base_url=f"{asked.xero_url}/api.xro/2.0")
    since: dict[str, Any] = {"if_modified_since": datetime.fromisoformat(asked.since)} if asked.again else {}
    return _pages(asked, api.get_contacts, "contacts", "ContactID", since) + _pages(
        asked, api.get_invoices, "invoices", "InvoiceID", {"unitdp": 4, **since}
    )


def _pages(asked: Asked, listed: Any, kind: str, name: str, more: dict[str, Any]) -> int:
    page = records = 0
    while records == page * PAGE:
        page += 1
        found = listed(asked.organisation, order=f"{name} ASC", page=page, page_size=PAGE, **more)
        records += len(getattr(found, kind))
    return records


if __name__ == "__main__":
    gauged(fetch, "xero-python")
