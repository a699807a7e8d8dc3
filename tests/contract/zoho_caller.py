"""A caller of the sandbox's CRM for the tests: the WSGI app in process, with an administrator's token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import simplejson

from sandbox.clock import Clock
from sandbox.zoho.app import create_app
from sandbox.zoho.service import ZohoService
from sandbox.zoho.settings import ZohoSettings

START = datetime(2026, 8, 3, 22, 15, 30, tzinfo=UTC)
Row = dict[str, Any]


class Answered:
    """A status with its headers and its JSON body, numbers exact."""

    def __init__(self, status: int, headers: Mapping[str, str], raw: bytes) -> None:
        self.status = status
        self.headers = headers
        self.raw = raw
        self.json: Any = simplejson.loads(raw, use_decimal=True) if raw[:1] in (b"{", b"[") else None

    @property
    def rows(self) -> list[Row]:
        rows: list[Row] = self.json["data"]
        return rows

    @property
    def codes(self) -> list[str]:
        return [row["code"] for row in self.rows]

    @property
    def ids(self) -> list[str]:
        return [row["details"]["id"] if "details" in row else row["id"] for row in self.rows]


class Crm:
    """One fresh organisation and a way to call it."""

    def __init__(self, version: str = "v8", settings: ZohoSettings | None = None) -> None:
        self.clock = Clock(START)
        self.service = ZohoService(self.clock, settings)
        self.app = create_app(self.service)
        self.version = version
        self.token = self.service.access_token()

    def switch(self, **changes: Any) -> None:
        self.service.set_switches(changes)

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        params: Mapping[str, object] | None = None,
        version: str | None = None,
        **headers: str,
    ) -> Answered:
        """A call below /crm/{version}; headers by keyword, `If_Modified_Since=...`."""
        sent = {"Authorization": f"Zoho-oauthtoken {self.token}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, bytes) or body is None else simplejson.dumps(body, use_decimal=True).encode()
        answer = self.app.test_client().open(
            f"/crm/{version or self.version}{path}",
            method=method,
            data=data,
            headers=sent,
            query_string={name: str(value) for name, value in (params or {}).items()},
        )
        return Answered(answer.status_code, dict(answer.headers), answer.data)

    def get(self, path: str, params: Mapping[str, object] | None = None, **more: Any) -> Answered:
        return self.call("GET", path, params=params, **more)

    def create(self, module: str, *rows: Row, version: str | None = None, **more: Any) -> Answered:
        return self.call("POST", f"/{module}", {"data": list(rows), **more}, version=version)

    def made(self, module: str, *rows: Row) -> list[str]:
        """The ids of rows that must be taken."""
        answer = self.create(module, *rows)
        assert answer.status == 201, answer.json
        return answer.ids

    def update(self, module: str, *rows: Row, version: str | None = None, **headers: str) -> Answered:
        return self.call("PUT", f"/{module}", {"data": list(rows)}, None, version, **headers)

    def one(self, module: str, record_id: str, version: str | None = None) -> Row:
        row: Row = self.get(f"/{module}/{record_id}", version=version).rows[0]
        return row

    def listed(self, module: str, fields: str = "id", **params: object) -> Answered:
        return self.get(f"/{module}", {"fields": fields, **params})

    def coql(self, query: str) -> Answered:
        return self.call("POST", "/coql", {"select_query": query})

    def accounts(self, count: int) -> list[str]:
        """So many accounts, by whole batches."""
        ids: list[str] = []
        for first in range(0, count, 100):
            rows = [{"Account_Name": f"Account {n}"} for n in range(first, min(first + 100, count))]
            ids += self.made("Accounts", *rows)
        return ids


def names(rows: Sequence[Row], field: str) -> list[Any]:
    return [row[field] for row in rows]
