"""Pages that are made when they are asked for: every row once, in the order of ids, as the sandbox would say it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import simplejson
from werkzeug.test import Client

from bench.company import ACCOUNT, Company, crm_id
from bench.endless import Endless
from sandbox.clock import Clock
from sandbox.xero import create_app as create_xero_app
from sandbox.zoho.app import create_app as create_zoho_app
from sandbox.zoho.service import ZohoService
from tests.contract.sandbox_xero_visitor import Visitor

ROWS, TOKEN_ROWS = 470, 300
FIELDS = "Account_Name,Xero_ID,Modified_Time"
MOULDS = Company(7, 5, 4, datetime(2026, 9, 1, tzinfo=UTC), crm=("Accounts",), books=("Contacts", "Items", "Invoices"))
Page = dict[str, Any]


class Crm:
    """The CRM of a bench, and what was counted."""

    def __init__(self) -> None:
        service = ZohoService(Clock())
        service.load(MOULDS.rows_in_crm())
        self.counted: list[str] = []
        app = Endless(
            create_zoho_app(service), ROWS, lambda environ, _: self.counted.append(environ["PATH_INFO"]), TOKEN_ROWS
        )
        self._client = Client(app)
        self._headers = {"Authorization": f"Zoho-oauthtoken {service.access_token()}"}

    def listed(self, **words: str) -> tuple[int, Page]:
        asked = {"fields": FIELDS, "sort_by": "id", "sort_order": "asc", "per_page": "200", **words}
        answer = self._client.get("/crm/v8/Accounts", query_string=asked, headers=self._headers)
        return answer.status_code, answer.get_json()

    def query(self, text: str) -> tuple[int, Page]:
        answer = self._client.post("/crm/v8/coql", json={"select_query": text}, headers=self._headers)
        return answer.status_code, answer.get_json(silent=True) or {}

    def get(self, path: str, **headers: str) -> int:
        return self._client.get(path, headers={**self._headers, **headers}).status_code


@pytest.fixture
def crm() -> Crm:
    return Crm()


def test_page_tokens_lead_as_far_as_they_do_and_no_further(crm: Crm) -> None:
    _, first = crm.listed()
    _, second = crm.listed(page_token=first["info"]["next_page_token"])
    status, refused = crm.listed(page_token=second["info"]["next_page_token"])
    ids = [row["id"] for page in (first, second) for row in page["data"]]
    assert ids == [crm_id(ACCOUNT, n) for n in range(400)]
    names = {(row["Account_Name"], row["Xero_ID"]) for page in (first, second) for row in page["data"]}
    assert len(names) == len(ids)
    assert (status, refused["code"]) == (400, "PAGINATION_LIMIT_EXCEEDED")
    assert crm.counted == ["/crm/v8/Accounts"] * 3


def test_queries_and_ids_reach_the_rest(crm: Crm) -> None:
    text = "select id, Modified_Time from Accounts where id > {} order by id asc limit 100"
    _, found = crm.query(text.format(crm_id(ACCOUNT, 399)))
    ids = [row["id"] for row in found["data"]]
    assert ids == [crm_id(ACCOUNT, n) for n in range(400, 470)]
    assert crm.query(text.format(ids[-1]))[0] == 204
    assert crm.query(text.format(0))[1]["data"][0]["id"] == crm_id(ACCOUNT, 0)
    _, rows = crm.listed(ids=f"{ids[-1]},{crm_id(ACCOUNT, 470)}")
    assert [row["Account_Name"] for row in rows["data"]] == ["Company 000469 Trading Ltd"], "one of them is not there"


def test_everything_else_is_the_sandboxs(crm: Crm) -> None:
    assert crm.get("/crm/v8/Accounts?fields=Phone", **{"If-Modified-Since": "2027-01-01T00:00:00+00:00"}) == 304
    assert crm.get("/crm/v8/Accounts/deleted?type=all") == 204
    assert crm.query("select id from Accounts where Account_Name = 'Nobody'")[0] == 204
    assert crm.counted == []


def test_invoices_are_pages_of_their_own() -> None:
    visitor = Visitor()
    visitor.service.load(MOULDS.rows_in_xero())
    counted: list[object] = []
    client = Client(Endless(create_xero_app(visitor.service), 25, lambda *_: counted.append(1)))
    asked = {"pageSize": "10", "order": "InvoiceID ASC", "unitdp": "4"}
    pages = [
        simplejson.loads(
            client.get("/api.xro/2.0/Invoices", query_string={**asked, "page": n}, headers=visitor.headers).data
        )
        for n in (1, 2, 3)
    ]
    rows = [row for page in pages for row in page["Invoices"]]
    ids = [row["InvoiceID"] for row in rows]
    lines = [line["LineItemID"] for row in rows for line in row["LineItems"]]
    assert [len(page["Invoices"]) for page in pages] == [10, 10, 5]
    assert ids == sorted(set(ids))
    assert len(ids) == 25
    assert len(set(lines)) == len(lines) == 75
    assert len({row["InvoiceNumber"] for row in rows}) == 25
    assert pages[2]["pagination"] == {"page": 3, "pageSize": 10, "pageCount": 3, "itemCount": 25}
    assert len(counted) == 3
