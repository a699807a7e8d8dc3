"""The yardstick, nobody's program: ask for a page, parse it, keep every record's body in SQLite, and nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Final

import orjson
import urllib3

from bench.peers.gauge import Asked, gauged

PAGE: Final = 1_000
FIELDS: Final = (
    "Account_Name,Phone,Tax_Number,Billing_Street,Billing_City,Billing_Code,Billing_Country,Add_to_Xero,Xero_ID,"
    "Created_Time,Modified_Time"
)
TABLE: Final = "CREATE TABLE IF NOT EXISTS record (n INTEGER PRIMARY KEY, kind, id, body, UNIQUE (kind, id))"
UPSERT: Final = "INSERT INTO record (kind, id, body) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body"
Rows = list[dict[str, Any]]


def xero(asked: Asked, http: urllib3.PoolManager) -> Iterator[tuple[str, str, Rows]]:
    headers = {
        "Authorization": f"Bearer {asked.xero_access}",
        "Xero-Tenant-Id": asked.organisation,
        "Accept": "application/json",
    }
    if asked.again:
        headers["If-Modified-Since"] = format_datetime(datetime.fromisoformat(asked.since), usegmt=True)
    for kind, name in (("Contacts", "ContactID"), ("Invoices", "InvoiceID")):
        page, full = 1, True
        while full:
            words = {"page": str(page), "pageSize": str(PAGE), "order": f"{name} ASC", "unitdp": "4"}
            answer = http.request("GET", f"{asked.xero_url}/api.xro/2.0/{kind}", fields=words, headers=headers)
            rows: Rows = orjson.loads(answer.data)[kind] if answer.status == 200 else []
            yield kind, name, rows
            page, full = page + 1, len(rows) == PAGE


def zoho(asked: Asked, http: urllib3.PoolManager) -> Iterator[tuple[str, str, Rows]]:
    headers = {"Authorization": f"Zoho-oauthtoken {asked.zoho_access}"}
    if asked.again:
        headers["If-Modified-Since"] = asked.since
    token = ""
    while True:
        words = {"fields": FIELDS, "per_page": "200", "sort_by": "id", "sort_order": "asc"}
        words |= {"page_token": token} if token else {}
        answer = http.request("GET", f"{asked.zoho_url}/crm/v8/Accounts", fields=words, headers=headers)
        if answer.status != 200:
            return
        found = orjson.loads(answer.data)
        yield "Accounts", "id", found["data"]
        if not found["info"]["more_records"]:
            return
        token = found["info"]["next_page_token"]


def fetch(asked: Asked) -> int:
    records, http = 0, urllib3.PoolManager()
    database = sqlite3.connect(asked.folder / "raw.db", isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    database.execute(TABLE)
    for kind, name, rows in (xero if asked.side == "xero" else zoho)(asked, http):
        database.execute("BEGIN IMMEDIATE")
        database.executemany(UPSERT, [(kind, row[name], orjson.dumps(row)) for row in rows])
        database.execute("COMMIT")
        records += len(rows)
    database.close()
    return records


if __name__ == "__main__":
    gauged(fetch, "urllib3", "orjson")
