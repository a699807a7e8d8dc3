"""Both sandboxes take the seeded company as it stands, and what they compute themselves agrees.

The CRM's organisation keeps several currencies here, because the company does.
"""

from typing import Any

import pytest

from sandbox.clock import Clock
from sandbox.seed.company import DEFAULT_RECORDS
from sandbox.xero import XeroService
from sandbox.zoho.service import ZohoService
from sandbox.zoho.settings import ZohoSettings
from tests.unit.seed_reading import NOW, seeded

Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def crm() -> Rows:
    service = ZohoService(Clock(NOW), ZohoSettings(switches={"multi_currency": True}))
    service.load(seeded(DEFAULT_RECORDS).zoho)
    return service.dump()


@pytest.fixture(scope="module")
def books() -> Rows:
    service = XeroService(Clock(NOW))
    service.load(seeded(DEFAULT_RECORDS).xero)
    return service.dump()


def test_nothing_is_lost(crm: Rows, books: Rows) -> None:
    company = seeded(DEFAULT_RECORDS)
    assert {module: len(crm[module]) for module in company.zoho} == {m: len(r) for m, r in company.zoho.items()}
    assert {kind: len(books[kind]) for kind in company.xero} == {k: len(r) for k, r in company.xero.items()}


def test_totals_computed_by_each_side_agree_but_where_a_case_says_otherwise(crm: Rows, books: Rows) -> None:
    totals = {row["InvoiceID"]: row["Total"] for row in books["Invoices"]}
    by_number = {row["InvoiceNumber"]: row["InvoiceID"] for row in books["Invoices"]}
    shared = [(row, row["Xero_ID"] or by_number.get(row["Invoice_Number"])) for row in crm["Invoices"]]
    differ = [row["Invoice_Number"] for row, twin in shared if twin and row["Grand_Total"] != totals[twin]]
    assert len([twin for _, twin in shared if twin]) >= 20
    assert len(differ) == 1


def test_payments_leave_the_status_that_the_books_were_given(books: Rows) -> None:
    given = {row["InvoiceID"]: row["Status"] for row in seeded(DEFAULT_RECORDS).xero["Invoices"]}
    assert {row["InvoiceID"]: row["Status"] for row in books["Invoices"]} == given


def test_the_invoice_abroad_keeps_its_currency(crm: Rows, books: Rows) -> None:
    assert [row["Exchange_Rate"] for row in crm["Invoices"] if row["Currency"] == "AUD"]
    assert [row["CurrencyRate"] for row in books["Invoices"] if row["CurrencyCode"] == "AUD"]
