"""What the doctor finds, one finding at a time, and a company in which there is none."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from extension.doctor.examinations import EXAMINATIONS, examined
from extension.entities.own_fields import own_fields
from extension.sync.canonical import XERO, ZOHO
from tests.unit import books
from tests.unit.company import (
    Company,
    archived,
    in_step,
    in_xero,
    invoice,
    itemless,
    order,
    product,
    rate,
    statuses,
    unmapped,
    with_bills,
)

Change = Callable[[Company], object]


@pytest.fixture
def company() -> Company:
    return in_step()


def test_a_healthy_company_has_no_finding(company: Company) -> None:
    for each in own_fields(company.settings, company.fetched):
        if each.state == "missing":
            field = {"api_name": each.label.replace(" ", "_"), "field_label": each.label}
            company.fetched["zoho"]["fields"][each.module].append(field)
    assert company.findings() == []
    told = list(examined(company.facts(), "Acme"))
    assert [each.check for each in told] == [each.check for each in EXAMINATIONS]
    assert {each.connection for each in told} == {"Acme"}


# ------------------------------------------------------------------ each finding

CASES: dict[str, tuple[Change, str, str, int]] = {
    # what is changed, the code of the finding, what it says, how many records it names
    "default account archived": (lambda c: archived(c, "200"), "account", "Account 200 “Sales” is archived", 0),
    "default account unknown": (
        lambda c: c.settings["accounts"].update(purchases="999"),
        "account",
        "Xero has no account 999, and is the default for purchases",
        0,
    ),
    "account of a category": (
        lambda c: c.settings["accounts"].update(categories={"Paper": {"sales": "999"}}),
        "account",
        "the account of “Paper” for sales",
        0,
    ),
    "account of an item": (lambda c: archived(c, "260"), "account", "Account 260 “Other Revenue” is archived", 1),
    "bank account": (
        lambda c: c.fetched["xero"]["accounts"][0].update(Type="BANK"),
        "account",
        "takes no lines in Xero",
        0,
    ),
    "account of another class": (
        lambda c: c.settings["accounts"].update(sales="300"),
        "account_class",
        "Account 300 “Purchases” is the default for sales",
        0,
    ),
    "no account at all": (
        lambda c: c.settings["accounts"].update(purchases=None),
        "no_account",
        "No account for purchases is named by items or by default: 1 purchase order (PO-1).",
        1,
    ),
    "rate archived": (lambda c: rate(c, "OUTPUT2").update(Status="DELETED"), "tax_rate", "is no longer active", 0),
    "rate unknown": (
        lambda c: rate(c, "TAX001").update(TaxType="TAX009"),
        "tax_rate",
        "The tax map of sales leads “Half” to TAX001, which Xero does not have",
        0,
    ),
    "rate of the other trade": (
        lambda c: rate(c, "OUTPUT2").update(CanApplyToRevenue=False),
        "tax_rate",
        "which Xero does not allow for sales",
        0,
    ),
    "rate not for the account": (
        lambda c: rate(c, "INPUT2").update(CanApplyToExpenses=False, CanApplyToRevenue=False),
        "tax_refused",
        "does not take the rate “15% GST on Expenses” on account 300: 1 purchase order (PO-1)",
        1,
    ),
    "tax of the CRM gone": (
        lambda c: c.fetched["zoho"]["taxes"].pop(3),
        "tax_gone",
        "The tax map of sales leads “Half” to TAX001 “Half”, but the CRM has no tax “Half” any more",
        0,
    ),
    "tax of the CRM unmapped": (
        lambda c: invoice(c, books.crm_line(Line_Tax=[{"name": "Luxury", "percentage": 30}])),
        "tax_unmapped",
        "The CRM's tax “Luxury” has no counterpart in Xero for sales: 1 invoice (INV-9).",
        1,
    ),
    "rate of Xero unmapped": (
        lambda c: in_xero(c, books.xero_line(TaxType="EXEMPTOUTPUT")),
        "tax_unmapped",
        "Xero's rate EXEMPTOUTPUT has no counterpart in the CRM for sales: 1 invoice (INV-9).",
        1,
    ),
    "status of the CRM unmapped": (
        lambda c: unmapped(c, "invoice", "zoho", "Approved"),
        "status_unmapped",
        "The status “Approved” of Invoices in the CRM stands for none in Xero: 2 invoices (INV-1, INV-2).",
        2,
    ),
    "status of the CRM unmapped and unused": (
        lambda c: statuses(c, "Disputed"),
        "status_unmapped",
        "“Disputed” of Invoices in the CRM stands for none in Xero; no document has it yet.",
        0,
    ),
    "blank status unmapped": (
        lambda c: invoice(unmapped(c, "invoice", "zoho", None), Status=None),
        "status_unmapped",
        "The status “none” of Invoices",
        1,
    ),
    "status of Xero unmapped": (
        lambda c: unmapped(c, "invoice", "xero", "AUTHORISED"),
        "status_unmapped",
        "Xero's status AUTHORISED (approved) stands for none of Invoices in the CRM: 1 invoice (INV-1).",
        1,
    ),
    "status of the map gone": (
        lambda c: c.crm_field("Invoices", "Status").update(pick_list_values=["Created", "Approved"]),
        "status_gone",
        "names “Cancelled”, which the CRM's picklist does not have",
        0,
    ),
    "bases differ": (
        lambda c: c.fetched["xero"]["organisation"].update(BaseCurrency="AUD"),
        "base_currency",
        "The CRM's own currency is NZD, Xero's is AUD.",
        0,
    ),
    "currency that Xero lacks": (
        lambda c: invoice(c, Currency="USD"),
        "currency",
        "Xero does not have USD, or it is switched off there: 1 invoice (INV-9).",
        1,
    ),
    "currency that the CRM lacks": (
        lambda c: in_xero(c, CurrencyCode="AUD"),
        "currency",
        "The CRM does not have AUD, or it is switched off there: 1 invoice (INV-9).",
        1,
    ),
    "rate that is to travel": (
        lambda c: invoice(c, Currency="AUD").settings.update(documents={"rates": "crm"}),
        "no_rate",
        "No exchange rate in the CRM, in AUD: 1 invoice (INV-9).",
        1,
    ),
    "number of a linked document": (
        lambda c: invoice(c, id="5843104000000400008", Invoice_Number="inv-1"),
        "number_taken",
        "belong to one that is linked with another document: 1 invoice (inv-1).",
        1,
    ),
    "number of a voided document": (
        lambda c: in_xero(c, InvoiceNumber="INV-2", Status="VOIDED"),
        "number_taken",
        "belong to a voided or deleted one: 1 invoice (INV-2).",
        1,
    ),
    "number twice": (
        lambda c: invoice(c, Invoice_Number="INV-2"),
        "number_doubled",
        "Numbers that several invoices of the CRM have: 2 invoices (INV-2, INV-2).",
        2,
    ),
    "numbers not kept apart": (
        lambda c: c.crm_field("Invoices", "Invoice_Number").pop("unique"),
        "number_not_unique",
        "Nothing in the CRM keeps two invoices from having one number.",
        0,
    ),
    "a bill without a number": (
        lambda c: order(with_bills(c), PO_Number=None, Subject="Ink"),
        "no_number",
        "a bill is known by its number and its supplier: 1 purchase order (Ink).",
        1,
    ),
    "bills of one supplier with one number": (
        lambda c: order(with_bills(c)),
        "number_doubled",
        "Numbers that several purchase orders of the CRM have: 2 purchase orders (PO-1, PO-1).",
        2,
    ),
    "account of rounding lines": (
        lambda c: c.settings.update(documents={"rounding_account": {"sales": "999"}}),
        "account",
        "Xero has no account 999, and is the account of rounding lines for sales.",
        0,
    ),
    "account of a discount": (
        lambda c: c.settings.update(documents={"charges": {"discount": {"account": {"sales": "999"}}}}),
        "account",
        "the account of the discount of the whole for sales.",
        0,
    ),
    "discount of the whole": (
        lambda c: invoice(c, Discount=books.D(5)),
        "charge_account",
        "No account is chosen for a line with the discount of the whole: 1 invoice (INV-9).",
        1,
    ),
    "tax of the whole": (
        lambda c: invoice(c, Tax=books.D(5)),
        "document_tax",
        "Taxed as a whole, which Xero cannot carry: 1 invoice (INV-9).",
        1,
    ),
    "no code": (lambda c: product(c, "8" * 18, None), "no_code", "No product code, and Xero needs one: 1 product", 1),
    "code too long": (
        lambda c: product(c, "8" * 18, "X" * 31),
        "code_too_long",
        "more than 30 characters, which Xero does not take: 1 product (Ink).",
        1,
    ),
    "code twice": (
        lambda c: [product(c, "8" * 18, "Ink-1"), product(c, "9" * 18, "INK-1", "Toner")],
        "code_doubled",
        "2 products (Ink, Toner)",
        2,
    ),
    "code of a linked product": (lambda c: product(c, "8" * 18, "pen"), "code_doubled", "1 product (Ink)", 1),
    "no product for lines without item": (
        itemless,
        "itemless",
        "Lines of Xero without an item; the CRM needs a product on each: 1 invoice (INV-9).",
        1,
    ),
    "product for lines without item gone": (
        lambda c: c.settings.update(itemless_product="7" * 18),
        "itemless_gone",
        "is not in the CRM any more",
        0,
    ),
    "product for lines without item sold": (
        lambda c: c.settings.update(itemless_product=books.PEN_CRM),
        "itemless_linked",
        "“Pen” stands for lines without an item, and is an item of Xero itself",
        0,
    ),
    "Add to Xero missing": (
        lambda c: c.fetched["zoho"]["fields"]["Accounts"].remove(c.crm_field("Accounts", "Add_to_Xero")),
        "field_missing",
        "Accounts in the CRM have no field “Add to Xero”: without it nothing of them is synchronised.",
        0,
    ),
    "a field of ours missing": (
        lambda c: c.fetched["zoho"]["fields"]["Vendors"].remove(c.crm_field("Vendors", "Xero_URL")),
        "field_missing",
        "Vendors in the CRM have no field “Xero URL”.",
        0,
    ),
    "Xero ID not unique": (
        lambda c: c.crm_field("Products", "Xero_ID").pop("unique"),
        "xero_id_duplicates",
        "“Xero ID” of Products allows duplicates",
        0,
    ),
    "Xero ID read-only": (
        lambda c: c.crm_field("Products", "Xero_ID").update(read_only=True),
        "field_read_only",
        "“Xero ID” of Products cannot be written",
        0,
    ),
    "mapped field gone": (
        lambda c: c.fetched["zoho"]["fields"]["Accounts"].remove(c.crm_field("Accounts", "Phone")),
        "field_gone",
        "“Phone” of Accounts is mapped to Phone, which the CRM does not have any more",
        0,
    ),
    "theme missing": (
        lambda c: c.fetched["xero"]["branding_themes"].append({"Name": "Harbour", "BrandingThemeID": "ha"}),
        "theme_missing",
        "of Invoices lacks themes of Xero: Harbour.",
        0,
    ),
    "theme gone": (
        lambda c: c.fetched["xero"].update(branding_themes=[{"Name": "Standard", "BrandingThemeID": "new"}]),
        "theme_gone",
        "of Invoices offers themes that Xero no longer has: Standard.",
        0,
    ),
    "books closed": (
        lambda c: c.fetched["xero"]["organisation"].update(PeriodLockDate="2026-09-30"),
        "locked_new",
        "Xero's books are closed up to 30 Sep 2026, and take nothing new: 1 invoice (INV-2).",
        1,
    ),
    "books closed behind linked ones": (
        lambda c: c.fetched["xero"]["organisation"].update(EndOfYearLockDate="2026-09-30"),
        "locked_linked",
        "stay as they are: 1 invoice (INV-1).",
        1,
    ),
    "scope of Zoho": (
        lambda c: c.scopes.update({ZOHO: c.scopes[ZOHO] - {"ZohoCRM.coql.READ"}}),
        "scope_missing",
        "The CRM did not grant ZohoCRM.coql.READ: records cannot be looked for",
        0,
    ),
    "scope of Xero": (
        lambda c: c.scopes.update({XERO: c.scopes[XERO] - {"accounting.contacts"}}),
        "scope_missing",
        "Xero did not grant accounting.contacts: contacts cannot be read or written.",
        0,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_is_found(company: Company, case: str) -> None:
    change, code, says, records = CASES[case]
    before = {(each.code, each.message) for each in company.findings()}
    change(company)
    new = [each for each in company.findings() if (each.code, each.message) not in before]
    found = [each for each in new if each.code == code and says in each.message]
    assert len(found) == 1, [each.message for each in new]
    assert found[0].records == records
    assert found[0].hint, "whoever reads it must know what to do"
    assert found[0].connection == "Acme"


def test_every_finding_has_its_case() -> None:
    assert {code for _, code, _, _ in CASES.values()} == {code for each in EXAMINATIONS for code in each.codes}


def test_an_examination_finds_what_it_says_it_finds(company: Company) -> None:
    for change, *_ in CASES.values():
        one = Company(rows=list(company.rows))
        change(one)
        for each in EXAMINATIONS:
            found = list(each.examine(one.facts()))
            assert {finding.code for finding in found} <= set(each.codes)
            assert {finding.check for finding in found} <= {each.check}
