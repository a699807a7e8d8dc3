"""What of a company the doctor looks at, and how it tells what it found."""

from __future__ import annotations

from datetime import timedelta

import pytest

from extension.doctor.examinations import examined
from extension.doctor.facts import Facts
from extension.doctor.findings import Finding, by_connection, worst, worst_first
from extension.doctor.scopes import NEEDED
from extension.remote.xero import authority as xero_authority
from extension.remote.zoho import authority as zoho_authority
from extension.sync.canonical import XERO, ZOHO
from tests.unit import books
from tests.unit.company import Company, in_step, in_xero, invoice, order, with_bills


@pytest.fixture
def company() -> Company:
    return in_step()


# ------------------------------------------------------------------ what counts


def test_a_document_counts_where_a_run_would_look_at_it(company: Company) -> None:
    invoice(company, Currency="USD", Add_to_Xero=False)
    assert not [each for each in company.findings() if each.code == "currency"]
    company.settings["entities"]["invoice"]["direction"] = "to_zoho"
    invoice(company, id="5843104000000400010", Currency="USD")
    assert not [each for each in company.findings() if each.code == "currency"], "nothing goes that way"
    company.settings["entities"]["invoice"]["direction"] = "both"
    assert [each.records for each in company.findings() if each.code == "currency"] == [1]
    company.start = books.NOW + timedelta(days=1)
    assert not [each for each in company.findings() if each.code == "currency"], "older than the start date"


def test_numbers_do_not_clash_where_xero_counts_by_itself(company: Company) -> None:
    in_xero(company, InvoiceNumber="INV-2", Status="VOIDED")
    assert [each.code for each in company.findings() if each.check == "Numbers"] == ["number_taken"]
    company.settings["documents"] = {"numbering": {"invoice": "xero"}}
    assert not [each for each in company.findings() if each.check == "Numbers"]


def test_numbers_of_bills_count_within_their_supplier(company: Company) -> None:
    company.crm_field("Purchase_Orders", "PO_Number").pop("unique")
    assert [each.code for each in company.findings() if each.check == "Numbers"] == ["number_not_unique"]
    order(with_bills(company), Vendor_Name={"id": "5843104000000200002", "name": "Another"})
    assert not [each for each in company.findings() if each.check == "Numbers"]


def test_several_taxes_on_one_line_are_one_row_of_the_map(company: Company) -> None:
    both = [{"name": "Zero", "percentage": 1}, {"name": "Half", "percentage": 7.5}]
    invoice(company, books.crm_line(Line_Tax=both))
    assert "“Half + Zero”" in next(each.message for each in company.findings() if each.code == "tax_unmapped")
    company.settings["taxes"]["sales"].append({"zoho": ["Zero", "Half"], "xero": "TAX001"})
    assert company.findings() == in_step().findings()


def test_what_was_not_fetched_is_not_judged() -> None:
    facts = Facts(books.settings())
    assert {each.verdict for each in examined(facts, "Acme")} == {"ok"}


def test_wider_rights_serve_as_well(company: Company) -> None:
    old = frozenset({"offline_access", "accounting.transactions", "accounting.contacts", "accounting.settings"})
    company.scopes[XERO] = old
    assert not [each for each in company.findings() if each.check == "Rights"]
    company.scopes.pop(ZOHO)
    assert not [each for each in company.findings() if each.check == "Rights"], "what is not known is not missing"


def test_every_scope_that_is_asked_for_has_its_reason() -> None:
    assert set(NEEDED[ZOHO]) == set(zoho_authority.SCOPES)
    assert set(NEEDED[XERO]) == set(xero_authority.SCOPES)


# ------------------------------------------------------------------ how they are told


def test_the_worst_comes_first() -> None:
    ok, note, small, large, down, wrong = (
        Finding("a", "ok", ""),
        Finding("b", "note", ""),
        Finding("c", "attention", "", records=1),
        Finding("d", "attention", "", records=5),
        Finding("e", "remote", ""),
        Finding("f", "settings", "", connection="Acme"),
    )
    assert worst_first([ok, note, small, large, down]) == [down, large, small, note, ok]
    assert by_connection([ok, wrong, down]) == {"": [down, ok], "Acme": [wrong]}
    assert [worst(each) for each in ([], [ok, note], [note, large], [down, large], [wrong, down])] == [
        "ok",
        "note",
        "attention",
        "remote",
        "settings",
    ]
