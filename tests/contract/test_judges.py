"""The judges themselves: they see what contradicts a document, and nothing else is ever unknown to them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask, Response, request

from extension.remote.session import PRODUCT
from tests.judges import coverage
from tests.judges.documents import PREFIXES, Unavailable, operation
from tests.judges.judge import Judge, shape

ROW = {"name": "Ada", "id": "5725767000000411001"}
ACCOUNT = {"id": "5725767000000500003", "Account_Name": "Acme", "Modified_By": {**ROW, "email": "ada@example.com"}}
PAGE = {
    "per_page": 200,
    "count": 1,
    "page": 1,
    "sort_by": "id",
    "sort_order": "desc",
    "more_records": False,
    "next_page_token": None,
    "previous_page_token": None,
    "page_token_expiry": None,
}
LISTED = {"data": [ACCOUNT], "info": PAGE}
ERROR = {"code": "INVALID_DATA", "details": {}, "message": "invalid data", "status": "error"}
INVOICE = {"Type": "ACCREC", "InvoiceID": "c394ee85-54c3-47d8-86f0-859b996e35e3", "Total": 24.15}


class Court:
    """A service that answers what it is told to, and a judge that listens."""

    def __init__(self, name: str) -> None:
        self.app, self.judge = Flask(name), Judge()
        self.service = "zoho" if name == "sandbox.zoho" else "xero"

    def told(
        self,
        method: str,
        path: str,
        answer: Any = None,
        status: int = 200,
        *,
        body: Any = None,
        ours: bool = True,
        query: Mapping[str, str] | None = None,
    ) -> list[str]:
        """What the judge says of one request and its answer."""
        response = Response(b"" if answer is None else json.dumps(answer), status, content_type="application/json")
        with self.app.test_request_context(
            PREFIXES[self.service] + path,
            method=method,
            query_string=dict(query or {}),
            json=body,
            headers={"User-Agent": PRODUCT if ours else "curl"},
        ):
            assert request.method == method
            self.judge(self.app, response)
        found, self.judge.findings = self.judge.findings, []
        if self.judge.absent:
            pytest.skip(self.judge.absent)
        return found


@pytest.fixture
def crm() -> Court:
    return Court("sandbox.zoho")


@pytest.fixture
def books() -> Court:
    return Court("sandbox.xero.app")


def test_what_is_right_is_never_mentioned(crm: Court, books: Court) -> None:
    assert crm.told("GET", "/Accounts", LISTED, query={"fields": "Account_Name"}) == []
    assert crm.told("GET", "/Accounts", None, 304) == []
    assert crm.told("PUT", "/Accounts", {"data": [ERROR]}, 400, body={"data": [{"id": "1"}], "trigger": []}) == []
    assert crm.told("GET", "/org/taxes", {"taxes": []}) == []
    assert books.told("GET", "/invoices", {"Invoices": [INVOICE]}, query={"page": "1", "unitdp": "4"}) == []
    assert books.told("PUT", "/Invoices", {"Invoices": [INVOICE]}, body={"Invoices": [{"Type": "ACCREC"}]}) == []


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ({"data": [{**ACCOUNT, "Modified_By": "Ada"}], "info": PAGE}, 200),
        ({"data": {}, "info": PAGE}, 200),
        ({"data": [ACCOUNT], "info": {**PAGE, "more_records": "no"}}, 200),
        ({"data": [ACCOUNT] * 201, "info": PAGE}, 200),
        ({**ERROR, "status": "bad"}, 400),
        ({"data": [{**ERROR, "code": "not a code"}]}, 400),
        (LISTED, 418),
    ],
)
def test_a_wrong_answer_of_the_crm_is_seen(crm: Court, answer: Any, status: int) -> None:
    assert crm.told("GET", "/Accounts", answer, status)


@pytest.mark.parametrize(
    "change",
    [{"Type": "ACCREX"}, {"Total": "24.15"}, {"Date": "2026-09-01"}, {"LineItems": [{"Quantity": "two"}]}],
)
def test_a_wrong_answer_of_xero_is_seen(books: Court, change: dict[str, Any]) -> None:
    assert books.told("GET", "/Invoices", {"Invoices": [{**INVOICE, **change}]})


def test_what_nobody_documents_is_seen(crm: Court, books: Court) -> None:
    assert crm.told("GET", "/settings/wizards", {"wizards": []})
    assert crm.told("GET", "/org/wizards", {"wizards": []})
    assert books.told("GET", "/Nothing", {"Nothing": []})
    assert books.told("PATCH", "/Invoices", {"Invoices": []})


def test_a_wrong_request_of_ours_is_seen_and_anybody_elses_is_theirs(crm: Court, books: Court) -> None:
    wrong: list[tuple[Court, str, str, Any, dict[str, str]]] = [
        (crm, "GET", "/Accounts", None, {"feilds": "id"}),
        (crm, "GET", "/Accounts", None, {"fields": "id", "sort_order": "upwards"}),
        (crm, "PUT", "/Accounts", {"data": [{"id": "1"}], "triggers": []}, {}),
        (crm, "PUT", "/Accounts", {"data": [{"id": str(n)} for n in range(101)]}, {}),
        (books, "GET", "/Invoices", None, {"per_page": "1"}),
        (books, "PUT", "/Invoices", {"Invoices": [{"Type": "ACCREX"}]}, {}),
        (books, "GET", "/Invoices", {"Invoices": []}, {}),
    ]
    for court, method, path, body, query in wrong:
        assert court.told(method, path, None, 204 if court is crm else 200, body=body, query=query), (path, query, body)
        assert court.told(method, path, None, 204 if court is crm else 200, body=body, ours=False, query=query) == []


def test_one_of_each_shape_is_judged_and_none_is_missed(books: Court) -> None:
    """The bad one among many that look alike, and the same again."""
    many = [{**INVOICE, "Total": n} for n in range(50)]
    assert books.told("GET", "/Invoices", {"Invoices": many}) == []
    assert books.told("GET", "/Invoices", {"Invoices": [*many, {**INVOICE, "Total": "1"}]})
    assert books.told("GET", "/Invoices", {"Invoices": many}) == []
    assert shape({"a": ["x", 1]}) != shape({"a": ["x", "1"]})


def test_addresses_lead_to_the_operation_that_is_meant() -> None:
    wanted = {
        ("zoho", "GET", "/Accounts"): "/{module}",
        ("zoho", "GET", "/Accounts/deleted"): "/{module}/deleted",
        ("zoho", "GET", "/org"): "/org",
        ("zoho", "POST", "/coql"): "/coql",
        ("zoho", "GET", "/settings/fields/1"): "/settings/fields/{fieldId}",
        ("xero", "GET", "/Invoices/1"): "/Invoices/{InvoiceID}",
    }
    try:
        found = {key: operation(*key) for key in wanted}
    except Unavailable as why:
        pytest.skip(str(why))
    assert {key: each.path if each else None for key, each in found.items()} == wanted


def test_what_was_covered_is_told_by_operation_and_status(crm: Court) -> None:
    crm.told("GET", "/Accounts", LISTED, query={"fields": "id"})
    crm.told("GET", "/Accounts", LISTED, query={"fields": "id"})
    crm.told("GET", "/Accounts", None, 204, query={"fields": "id"})
    assert coverage.lines(coverage.packed(crm.judge)) == [
        "zoho: 3 answers of 1 operations, 2 pairs of operation and status",
        "  getRecords: 200 (2), 204 (1)",
    ]
