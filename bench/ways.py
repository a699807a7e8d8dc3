"""How fast the product observes, beside what the same machine does without the part that is being judged.

Five ways over the same pages, one after the other in each repetition, in one process:
ours    walk, views with their canonical fields, everything that `Observer` does, store
bare    the same walk (HTTP, Decimal parser) and the same store: records of ids, without fields
walk    the same walk alone, which nothing that is made of it can be faster than
raw     HTTP, the parser, and each body as it came into one SQLite table: nobody's program, and hardly to be beaten
models  a loop over xero-python's own models, which stores nothing

Xero's contacts and invoices alone have the last two.
"""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec
import requests
from xero_python.accounting import AccountingApi
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token

from bench.linked import leased, observe
from bench.tenant import Tenant
from extension.sync.canonical import XERO, Side
from extension.sync.model import Record

Way = Callable[[Tenant, Side, str], int]
"""Walks one feed to its end and says how many rows there were."""

PAGE: Final = 1_000
IDS: Final = {"Invoices": "InvoiceID", "Contacts": "ContactID"}
ASKED: Final[dict[str, dict[str, str | int]]] = {
    "Invoices": {"where": 'Type=="ACCREC"', "order": "InvoiceID ASC", "unitdp": 4},
    "Contacts": {"includeArchived": "true", "order": "ContactID ASC"},
}
"""What the feed is asked for, as HTTP has it."""
SPELT: Final[dict[str, dict[str, str | int]]] = {
    "Invoices": ASKED["Invoices"],
    "Contacts": {"include_archived": "true", "order": "ContactID ASC"},
}
"""The same as xero-python has it."""


def ours(tenant: Tenant, side: Side, feed: str) -> int:
    return observe(tenant, [(side, feed)])


def bare(tenant: Tenant, side: Side, feed: str) -> int:
    store, registry = tenant.store(tenant.tenant), tenant.registry(tenant.tenant)
    remote = tenant.remotes(tenant.tenant, registry)[side]
    epoch, rows = leased(tenant, store), 0
    for page in remote.walk(feed, None, None):
        with store.write(epoch) as tx:
            tx.put_records([Record("thing", side, row.id, row.id, feed, row.modified, {}) for row in page.rows])
        rows += len(page.rows)
    return rows


def walk(tenant: Tenant, side: Side, feed: str) -> int:
    registry = tenant.registry(tenant.tenant)
    remote = tenant.remotes(tenant.tenant, registry)[side]
    return sum(len(page.rows) for page in remote.walk(feed, None, None))


def raw(tenant: Tenant, side: Side, feed: str) -> int:
    """Pages as large as ours, one transaction each."""
    url = f"{tenant.settings.xero_api_url}/api.xro/2.0/{feed}"
    headers = {
        "Authorization": f"Bearer {_token(tenant)}",
        "Accept": "application/json",
        "Xero-Tenant-Id": tenant.tenant.organisations[XERO],
    }
    asked, id_ = ASKED[feed], IDS[feed]
    file = sqlite3.connect(tenant.folder / "raw.db", isolation_level=None)
    rows = page = 0
    with closing(file), requests.Session() as session:
        file.execute("PRAGMA journal_mode=WAL")
        file.execute("PRAGMA synchronous=NORMAL")
        file.execute("CREATE TABLE raw (id TEXT PRIMARY KEY, body BLOB NOT NULL)")
        while rows == page * PAGE:
            page += 1
            answer = session.get(url, params={**asked, "page": page, "pageSize": PAGE}, headers=headers, timeout=60)
            found = msgspec.json.decode(answer.content)[feed]
            file.execute("BEGIN IMMEDIATE")
            file.executemany(
                "INSERT INTO raw VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
                [(body[id_], msgspec.json.encode(body)) for body in found],
            )
            file.execute("COMMIT")
            rows += len(found)
    return rows


def _token(tenant: Tenant) -> str:
    grant = tenant.grants(tenant.tenant.id).get(XERO)
    assert grant is not None
    return grant.access


def models(tenant: Tenant, side: Side, feed: str) -> int:
    configuration = Configuration()
    configuration.oauth2_token = OAuth2Token(client_id="-", client_secret="-")
    client = ApiClient(configuration, pool_threads=1)
    token = {
        "access_token": _token(tenant),
        "scope": [],
        "expires_in": 1800,
        "token_type": "Bearer",
        "expires_at": None,
    }
    client.oauth2_token_getter(lambda: token)
    client.oauth2_token_saver(lambda _: None)
    api = AccountingApi(client, base_url=f"{tenant.settings.xero_api_url}/api.xro/2.0")
    operation, name = {"Invoices": (api.get_invoices, "invoices"), "Contacts": (api.get_contacts, "contacts")}[feed]
    page = rows = 0
    while rows == page * PAGE:
        page += 1
        found = operation(tenant.tenant.organisations[XERO], **SPELT[feed], page=page, page_size=PAGE)
        rows += len(getattr(found, name))
    return rows


WAYS: Final = {"ours": ours, "bare": bare, "walk": walk, "raw": raw, "models": models}


@dataclass(frozen=True)
class Track:
    """A connected installation, begun anew for each repetition, and the feed that is walked."""

    template: str
    zoho_url: str
    xero_url: str
    side: Side
    feed: str

    def run(self, way: Way) -> tuple[int, float, float]:
        """Rows, and seconds of the clock and of the processor."""
        with TemporaryDirectory() as folder:
            shutil.copytree(self.template, folder, dirs_exist_ok=True)
            tenant = Tenant(Path(folder), self.zoho_url, self.xero_url)
            try:
                _ = tenant.tenant, tenant.transport  # opened before the clock runs
                wall, cpu = time.perf_counter(), time.process_time()
                rows = way(tenant, self.side, self.feed)
                return rows, time.perf_counter() - wall, time.process_time() - cpu
            finally:
                tenant.close()


Samples = dict[str, list[tuple[int, float, float]]]
"""By way, one of each repetition."""


def race(
    template: str, zoho_url: str, xero_url: str, side: Side, feed: str, ways: list[str], repetitions: int
) -> Samples:
    """All ways, side by side. The first round warms pages, caches and imports and is not counted."""
    track = Track(template, zoho_url, xero_url, side, feed)
    found: Samples = {way: [] for way in ways}
    for n in range(repetitions + 1):
        for way in ways:
            sample = track.run(WAYS[way])
            if n:
                found[way].append(sample)
    return found
