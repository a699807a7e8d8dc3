"""A loop over pyxero's pages, which makes Python values of them and stores nothing."""

from __future__ import annotations

import os
import time
from datetime import datetime
from typing import Any, Final

from bench.peers.gauge import Asked, gauged

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # the sandbox is plain HTTP on this machine

from xero import Xero
from xero.auth import OAuth2Credentials

PAGE: Final = 1_000


def fetch(asked: Asked) -> int:
    token = {
        "access_token": asked.xero_access,
        "refresh_token": asked.xero_refresh,
        "expires_in": 1800,
        "expires_at": time.time() + 1800,
        "token_type": "Bearer",
        "scope": ["accounting.contacts", "accounting.invoices"],
    }
    credentials = OAuth2Credentials("sandbox", "sandbox", token=token, tenant_id=asked.organisation)
    credentials.base_url = asked.xero_url
    xero = Xero(credentials, unit_price_4dps=True)
    since: dict[str, Any] = {"since": datetime.fromisoformat(asked.since)} if asked.again else {}
    records = 0
    for manager, name in ((xero.contacts, "ContactID"), (xero.invoices, "InvoiceID")):
        page, full = 1, True
        while full:
            rows = manager.filter(page=page, pageSize=PAGE, order=f"{name} ASC", **since)
            records += len(rows)
            page, full = page + 1, len(rows) == PAGE
    return records


if __name__ == "__main__":
    gauged(fetch, "pyxero")
