"""The product: its engine's own observing, from HTTP to the records in SQLite with their canonical fields."""

from __future__ import annotations

from typing import Final

from bench.linked import observe
from bench.peers.gauge import Asked, gauged
from bench.tenant import Tenant
from extension.sync.canonical import XERO, ZOHO, Side

FEEDS: Final[dict[str, list[tuple[Side, str]]]] = {
    XERO: [(XERO, "Contacts"), (XERO, "Invoices")],
    ZOHO: [(ZOHO, "Accounts")],
}


def fetch(asked: Asked) -> int:
    """`folder` holds an installation that is connected."""
    tenant = Tenant(asked.folder, asked.zoho_url, asked.xero_url)
    try:
        return observe(tenant, FEEDS[asked.side], full=not asked.again)
    finally:
        tenant.close()


if __name__ == "__main__":
    gauged(fetch)
