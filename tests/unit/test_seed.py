"""The seeded company: the same for the same seed, whole, and with every case that the sandbox promises.

The checks read the rows as a client would; nothing here looks into how they were drawn.
"""

import re
import time
from collections import Counter
from datetime import datetime, timedelta

import pytest

from sandbox.seed.company import DEFAULT_RECORDS, Company, build
from tests.unit.seed_reading import (
    NOW,
    SIZES,
    crm_lines,
    display,
    seeded,
    xero,
    xero_lines,
    xero_total,
)

GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
XERO_IDS = {
    "Contacts": "ContactID",
    "Items": "ItemID",
    "Invoices": "InvoiceID",
    "PurchaseOrders": "PurchaseOrderID",
    "Payments": "PaymentID",
}


@pytest.fixture(scope="module", params=SIZES)
def company(request: pytest.FixtureRequest) -> Company:
    return seeded(request.param)


@pytest.fixture(scope="module")
def default() -> Company:
    return seeded(DEFAULT_RECORDS)


class TestWhole:
    def test_the_same_three_give_the_same_company(self) -> None:
        assert build(25, 7, NOW) == build(25, 7, NOW)

    def test_another_seed_gives_another_company(self) -> None:
        assert build(25, 7, NOW).zoho != build(25, 8, NOW).zoho

    def test_size_is_the_number_of_accounts(self, default: Company) -> None:
        sizes = {module: len(rows) for module, rows in default.zoho.items()}
        assert sizes["Accounts"] == 60
        assert sizes["Contacts"] >= 100
        assert (sizes["Vendors"], sizes["Invoices"], sizes["Purchase_Orders"]) == (15, 80, 20)
        assert sizes["Products"] >= 30
        assert len(build(1234, 1, NOW).zoho["Accounts"]) == 1234

    @pytest.mark.parametrize("records", [0, 9, -1])
    def test_a_company_too_small_for_its_cases_is_refused(self, records: int) -> None:
        with pytest.raises(ValueError, match="at least 10"):
            build(records, 1, NOW)

    def test_a_moment_without_zone_is_refused(self) -> None:
        with pytest.raises(ValueError, match="aware"):
            build(10, 1, datetime(2026, 11, 22))

    def test_a_thousand_accounts_take_about_a_second(self) -> None:
        start = time.process_time()
        build(1000, 1, NOW)
        assert time.process_time() - start < 2

    def test_every_case_is_told_once(self, company: Company) -> None:
        cases = [line.partition(": ")[0] for line in company.story]
        assert max(Counter(cases).values()) == 1
        assert all(re.fullmatch(r"[a-z_]+: \S.*", line) for line in company.story)


class TestIds:
    def test_crm_ids_are_unique_over_all_modules(self, company: Company) -> None:
        ids = [row["id"] for rows in company.zoho.values() for row in rows]
        ids += [line["id"] for line in crm_lines(company)]
        assert len(ids) == len(set(ids))
        assert all(len(i) == 19 and i.isdigit() for i in ids)

    def test_xero_ids_are_unique_over_all_resources(self, company: Company) -> None:
        ids = [row[XERO_IDS[resource]] for resource, rows in company.xero.items() for row in rows]
        ids += [line["LineItemID"] for line in xero_lines(company)]
        assert len(ids) == len(set(ids))
        assert all(GUID.fullmatch(i) for i in ids)

    def test_what_each_service_keeps_unique_is_unique(self, company: Company) -> None:
        for values in (
            [row["Name"].casefold() for row in xero(company, "Contacts", ContactStatus="ACTIVE")],
            [row["Code"].casefold() for row in company.xero["Items"]],
            [row["InvoiceNumber"] for row in xero(company, "Invoices", Type="ACCREC")],
            [row["PurchaseOrderNumber"] for row in company.xero["PurchaseOrders"]],
            [row["Invoice_Number"] for row in company.zoho["Invoices"]],
            [row["Xero_ID"] for rows in company.zoho.values() for row in rows if row["Xero_ID"]],
        ):
            assert len(values) == len(set(values))


class TestReferences:
    def test_the_crm_names_only_records_it_has(self, company: Company) -> None:
        names = {row["id"]: display(row) for rows in company.zoho.values() for row in rows}
        lookups = [
            row[field]
            for rows in company.zoho.values()
            for row in rows
            for field in ("Account_Name", "Contact_Name", "Vendor_Name")
            if isinstance(row.get(field), dict)
        ]
        lookups += [line["Product_Name"] for line in crm_lines(company)]
        assert lookups
        assert all(names[lookup["id"]] == lookup["name"] for lookup in lookups)

    def test_xero_names_only_records_it_has(self, company: Company) -> None:
        names = {row["ContactID"]: row["Name"] for row in company.xero["Contacts"]}
        codes = {row["Code"] for row in company.xero["Items"]}
        papers = [*company.xero["Invoices"], *company.xero["PurchaseOrders"]]
        assert all(names[paper["Contact"]["ContactID"]] == paper["Contact"]["Name"] for paper in papers)
        assert {line["ItemCode"] for line in xero_lines(company) if "ItemCode" in line} <= codes

    def test_no_document_is_addressed_to_an_archived_contact(self, company: Company) -> None:
        archived = {row["ContactID"] for row in xero(company, "Contacts", ContactStatus="ARCHIVED")}
        assert not [p for p in company.xero["Invoices"] if p["Contact"]["ContactID"] in archived]

    def test_a_payment_pays_what_is_due(self, company: Company) -> None:
        invoices = {row["InvoiceID"]: row for row in company.xero["Invoices"]}
        assert company.xero["Payments"]
        for payment in company.xero["Payments"]:
            invoice = invoices[payment["Invoice"]["InvoiceID"]]
            full = payment["Amount"] == xero_total(invoice)
            assert 0 < payment["Amount"] <= xero_total(invoice)
            assert invoice["Status"] == ("PAID" if full else "AUTHORISED")

    def test_every_paid_invoice_has_its_payment(self, company: Company) -> None:
        paid = {row["Invoice"]["InvoiceID"] for row in company.xero["Payments"]}
        assert {row["InvoiceID"] for row in xero(company, "Invoices", Status="PAID")} <= paid

    def test_roles_follow_from_the_documents(self, company: Company) -> None:
        for kind, flag in (("ACCREC", "IsCustomer"), ("ACCPAY", "IsSupplier")):
            named = {row["Contact"]["ContactID"] for row in xero(company, "Invoices", Type=kind)}
            assert {row["ContactID"] for row in company.xero["Contacts"] if row[flag]} == named

    def test_times_are_aware_and_lie_in_the_past(self, company: Company) -> None:
        for row in (row for rows in company.zoho.values() for row in rows):
            created, changed = (datetime.fromisoformat(row[name]) for name in ("Created_Time", "Modified_Time"))
            assert created <= changed < NOW
            assert changed > NOW - timedelta(days=366)
        for row in (row for rows in company.xero.values() for row in rows):
            assert datetime.fromisoformat(row["UpdatedDateUTC"]) < NOW

    def test_documents_are_spread_over_the_last_year(self, default: Company) -> None:
        days = [row["Invoice_Date"] for row in default.zoho["Invoices"]]
        assert len({day[:7] for day in days}) >= 10
        assert days == sorted(days)
