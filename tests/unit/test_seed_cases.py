"""Every case that the seeded company promises, at three sizes.

The checks read the rows as a client would; nothing here looks into how they were drawn.
"""

import unicodedata
from collections import Counter
from decimal import Decimal

import pytest

from sandbox.seed.company import DEFAULT_RECORDS, Company
from tests.unit.seed_reading import (
    SIZES,
    Row,
    crm_lines,
    crm_total,
    folded,
    lines_of,
    named,
    pairs,
    seeded,
    xero,
    xero_lines,
    xero_total,
    zoho,
)


@pytest.fixture(scope="module", params=SIZES)
def company(request: pytest.FixtureRequest) -> Company:
    return seeded(request.param)


@pytest.fixture(scope="module")
def default() -> Company:
    return seeded(DEFAULT_RECORDS)


class TestPeople:
    def test_accounts_have_one_to_four_contacts_and_one_has_six(self, company: Company) -> None:
        counts = Counter(row["Account_Name"]["id"] for row in company.zoho["Contacts"] if row["Account_Name"])
        sizes = Counter(counts[row["id"]] for row in company.zoho["Accounts"])
        assert sizes.pop(6) == 1
        assert set(sizes) <= {1, 2, 3, 4}

    def test_xero_keeps_five_persons_beside_the_first(self, company: Company) -> None:
        assert max(len(row["ContactPersons"]) for row in company.xero["Contacts"]) <= 5

    def test_some_contacts_have_no_email(self, company: Company) -> None:
        assert zoho(company, "Contacts", Email=None)
        kereru = named(company, "Kererū Print & Packaging Ltd")
        assert kereru["ContactPersons"][0]["EmailAddress"] == ""

    def test_the_oldest_contact_is_the_one_xero_puts_first(self, company: Company) -> None:
        by_account: dict[str, list[Row]] = {}
        for row in company.zoho["Contacts"]:
            if row["Account_Name"]:
                by_account.setdefault(row["Account_Name"]["name"], []).append(row)
        account = by_account["Aoraki Engineering Ltd"]
        oldest = min(account, key=lambda row: row["Created_Time"])
        assert named(company, "Aoraki Engineering Limited")["EmailAddress"] == oldest["Email"]
        assert len(account) > 1

    def test_contacts_without_company(self, company: Company) -> None:
        alone = zoho(company, "Contacts", Account_Name=None)
        assert len(alone) == 3
        assert Counter(row["Add_to_Xero"] for row in alone) == {True: 2, False: 1}
        assert [row for row in alone if xero(company, "Contacts", Name=row["Full_Name"], EmailAddress=row["Email"])]


class TestCompanies:
    def test_twins_by_name(self, company: Company) -> None:
        names = Counter(folded(row["Account_Name"]) for row in company.zoho["Accounts"])
        assert [name for name, count in names.items() if count > 1] == ["harbour view dental"]
        assert names["harbour view dental"] == 2
        assert named(company, "Harbour View Dental")

    def test_twins_by_email(self, company: Company) -> None:
        mailboxes = Counter(
            (row["Account_Name"]["id"], row["Email"])
            for row in company.zoho["Contacts"]
            if row["Email"] and row["Account_Name"]
        )
        assert [count for count in mailboxes.values() if count > 1] == [2]

    def test_one_company_is_customer_and_supplier(self, company: Company) -> None:
        accounts = {row["Account_Name"] for row in company.zoho["Accounts"]}
        both = [row["Vendor_Name"] for row in company.zoho["Vendors"] if row["Vendor_Name"] in accounts]
        assert len(both) == 1
        contact = named(company, both[0])
        assert contact["IsCustomer"]
        assert contact["IsSupplier"]

    def test_an_unticked_account_whose_twin_is_in_xero(self, company: Company) -> None:
        unticked = zoho(company, "Accounts", Add_to_Xero=False)
        assert [row for row in unticked if xero(company, "Contacts", Name=row["Account_Name"])]

    def test_an_unticked_account_that_a_ticked_invoice_names(self, default: Company) -> None:
        unticked = {row["id"] for row in zoho(default, "Accounts", Add_to_Xero=False)}
        ticked = zoho(default, "Invoices", Add_to_Xero=True)
        assert len([row for row in ticked if row["Account_Name"]["id"] in unticked]) == 1

    def test_stamps_name_a_record_of_xero_and_one_does_not(self, company: Company) -> None:
        known = {row["ContactID"] for row in company.xero["Contacts"]}
        stamped = [row for row in company.zoho["Accounts"] if row["Xero_ID"]]
        gone = [row["Account_Name"] for row in stamped if row["Xero_ID"] not in known]
        assert gone == ["Blue Ridge Surveyors"]
        right = [row for row in stamped if row["Xero_ID"] in known]
        assert all(row["Xero_ID"] in row["Xero_URL"] for row in right)
        assert "Aoraki Engineering Ltd" in {row["Account_Name"] for row in right}

    def test_an_archived_contact_bears_the_name_of_a_live_account(self, company: Company) -> None:
        archived = {row["Name"] for row in xero(company, "Contacts", ContactStatus="ARCHIVED")}
        accounts = {row["Account_Name"] for row in zoho(company, "Accounts", Add_to_Xero=True)}
        assert len(archived & accounts) == 1
        assert len(archived) == 2

    def test_names_are_not_only_ascii(self, company: Company) -> None:
        names = " ".join(row["Account_Name"] for row in company.zoho["Accounts"])
        assert all(character in names for character in ("ū", "墨", "☕", "'", "\u0301"))

    def test_a_combining_accent_meets_its_composed_twin(self, company: Company) -> None:
        (account,) = [row for row in company.zoho["Accounts"] if "\u0301" in row["Account_Name"]]
        twin = named(company, unicodedata.normalize("NFC", account["Account_Name"]))
        assert twin["Name"] != account["Account_Name"]

    def test_a_vendor_with_two_spaces(self, company: Company) -> None:
        assert [row for row in company.zoho["Vendors"] if "  " in row["Vendor_Name"]]
        assert not [row for row in company.xero["Contacts"] if "  " in row["Name"]]

    def test_an_account_abroad(self, company: Company) -> None:
        (account,) = zoho(company, "Accounts", Currency="AUD")
        assert zoho(company, "Invoices", Currency="AUD")[0]["Account_Name"]["id"] == account["id"]

    def test_a_third_is_in_the_crm_alone_and_a_third_waits_to_be_adopted(self, default: Company) -> None:
        known = {folded(row["Name"]) for row in default.xero["Contacts"]}
        fresh = [row for row in default.zoho["Accounts"] if not row["Xero_ID"]]
        shared = [row for row in fresh if folded(row["Account_Name"]) in known]
        assert 20 <= len(shared) <= 28
        assert 20 <= len(fresh) - len(shared) <= 28
        assert len(zoho(default, "Accounts", Add_to_Xero=True)) >= 50

    def test_adopted_accounts_differ_in_their_telephone_and_in_their_people(self, default: Company) -> None:
        by_name = {row["Name"]: row for row in default.xero["Contacts"]}
        shared = [
            (row, by_name[row["Account_Name"]]) for row in default.zoho["Accounts"] if row["Account_Name"] in by_name
        ]
        numbers = [row["Phone"] == twin["Phones"][1]["PhoneNumber"] for row, twin in shared]
        assert set(numbers) == {True, False}
        counts = Counter(row["Account_Name"]["id"] for row in default.zoho["Contacts"] if row["Account_Name"])
        more = {(1 + len(twin["ContactPersons"])) - counts[row["id"]] for row, twin in shared}
        assert {-1, 0, 1} <= more

    def test_xero_has_contacts_of_its_own(self, default: Company) -> None:
        ours = {
            folded(row[f])
            for m, f in (("Accounts", "Account_Name"), ("Vendors", "Vendor_Name"))
            for row in default.zoho[m]
        }
        stamped = {row["Xero_ID"] for row in default.zoho["Accounts"]}
        own = [r for r in default.xero["Contacts"] if folded(r["Name"]) not in ours and r["ContactID"] not in stamped]
        roles = Counter((row["IsCustomer"], row["IsSupplier"]) for row in own)
        assert 20 <= len(own) <= 24
        assert min(roles[True, False], roles[False, True], roles[False, False]) >= 4
        assert [row for row in own if row["EmailAddress"] and not row["LastName"]]
        assert [row for row in own if not row["EmailAddress"] and not row["LastName"]]


class TestGoods:
    def test_products_without_code_and_one_with_a_code_too_long(self, company: Company) -> None:
        codes = [row["Product_Code"] for row in company.zoho["Products"]]
        assert codes.count(None) == 2
        assert len([code for code in codes if code and len(code) > 30]) == 1
        assert max(len(row["Code"]) for row in company.xero["Items"]) <= 30
        assert max(len(row["Name"]) for row in company.xero["Items"]) <= 50

    def test_one_code_differs_by_case_alone(self, company: Company) -> None:
        ours = {row["Product_Code"] for row in company.zoho["Products"] if row["Product_Code"]}
        theirs = {row["Code"] for row in company.xero["Items"]}
        assert [code for code in ours - theirs if code.lower() in theirs] == ["PAP-A4-80"]

    def test_products_to_adopt_some_with_another_price(self, default: Company) -> None:
        items = {row["Code"]: row["SalesDetails"]["UnitPrice"] for row in default.xero["Items"]}
        shared = [row for row in default.zoho["Products"] if row["Product_Code"] in items and not row["Xero_ID"]]
        same = Counter(items[row["Product_Code"]] == row["Unit_Price"] for row in shared)
        assert same[True] >= 8
        assert same[False] >= 2
        assert [row for row in default.zoho["Products"] if row["Xero_ID"]]
        assert [row for row in default.zoho["Products"] if not row["Add_to_Xero"]]
        assert set(items) - {row["Product_Code"] for row in default.zoho["Products"]}

    def test_an_item_that_was_never_touched(self, company: Company) -> None:
        assert [row for row in company.xero["Items"] if row["UpdatedDateUTC"].startswith("1970-01-01")]


class TestDocuments:
    def test_each_way_of_bearing_tax(self, company: Company) -> None:
        adopted = Counter(theirs["LineAmountTypes"] for _, theirs in pairs(company))
        own = Counter(
            row["LineAmountTypes"] for row in company.xero["Invoices"] if row["InvoiceNumber"].startswith("SI-")
        )
        assert min(adopted[kind] for kind in ("Exclusive", "Inclusive", "NoTax")) >= 1
        assert min(own[kind] for kind in ("Exclusive", "Inclusive", "NoTax")) >= 1

    def test_adopted_documents_agree_to_the_cent_but_one(self, company: Company) -> None:
        both = [*pairs(company), *pairs(company, "Purchase_Orders")]
        assert len(both) >= 10
        assert len([ours for ours, theirs in both if crm_total(ours) != xero_total(theirs)]) == 1

    def test_discounts(self, company: Company) -> None:
        adopted = [theirs for _, theirs in pairs(company)]
        assert [line for line in lines_of(adopted) if line.get("DiscountRate")]
        assert [line for line in lines_of(adopted) if line.get("DiscountAmount")]
        ours = zoho(company, "Invoices", Xero_ID=None)
        assert len([row for row in ours if row["Discount"]]) == 1
        assert len([row for row in ours if row["Adjustment"]]) == 1

    def test_what_xero_cannot_carry_is_in_the_crm_alone(self, company: Company) -> None:
        shared = {ours["id"] for ours, _ in pairs(company)}
        odd = [row for row in company.zoho["Invoices"] if row["Discount"] or row["Adjustment"]]
        assert not shared & {row["id"] for row in odd}

    def test_statuses(self, company: Company) -> None:
        adopted = {theirs["Status"] for _, theirs in pairs(company)}
        assert {"DRAFT", "AUTHORISED", "PAID", "VOIDED"} <= adopted
        own = {row["Status"] for row in company.xero["Invoices"] if row["InvoiceNumber"].startswith("SI-")}
        assert own == {"DRAFT", "AUTHORISED", "PAID", "VOIDED", "DELETED"}
        assert {"DELETED", "BILLED"} <= {row["Status"] for row in company.xero["PurchaseOrders"]}

    def test_part_paid_invoices(self, company: Company) -> None:
        invoices = {row["InvoiceID"]: row for row in company.xero["Invoices"]}
        paid = [invoices[payment["Invoice"]["InvoiceID"]] for payment in company.xero["Payments"]]
        assert {"PAID", "AUTHORISED"} == {row["Status"] for row in paid}

    def test_a_free_text_line(self, company: Company) -> None:
        sales = xero(company, "Invoices", Type="ACCREC")
        assert len([row for row in sales if any("ItemCode" not in line for line in row["LineItems"])]) == 1

    def test_a_retail_price_that_no_net_cents_give(self, company: Company) -> None:
        assert [line for line in xero_lines(company) if line["UnitAmount"] == Decimal("19.99")]

    def test_other_rates_and_currencies(self, company: Company) -> None:
        taxes = {tax["name"] for line in crm_lines(company) for tax in line["Line_Tax"]}
        assert taxes == {"GST 15", "Zero", "GST Half", "GST 15 Purchases"}
        assert xero(company, "Invoices", CurrencyCode="AUD")

    def test_invoices_that_wait_for_what_is_held(self, company: Company) -> None:
        held = {row["id"] for row in zoho(company, "Products", Product_Code=None)}
        held |= {row["id"] for row in zoho(company, "Accounts", Account_Name="Harbour View Dental")}
        waiting = [
            row
            for row in company.zoho["Invoices"]
            if {row["Account_Name"]["id"], *(line["Product_Name"]["id"] for line in row["Invoiced_Items"])} & held
        ]
        assert len(waiting) == 2

    def test_documents_that_are_not_ticked(self, company: Company) -> None:
        assert zoho(company, "Invoices", Add_to_Xero=False)
        assert zoho(company, "Purchase_Orders", Add_to_Xero=False)

    def test_invoices_of_the_earlier_product(self, company: Company) -> None:
        by_id = {row["InvoiceID"]: row for row in company.xero["Invoices"]}
        stamped = [row for row in company.zoho["Invoices"] if row["Xero_ID"]]
        assert stamped
        for row in stamped:
            twin = by_id[row["Xero_ID"]]
            assert twin["InvoiceNumber"] == row["Xero_Invoice_No"] != row["Invoice_Number"]
            assert twin["Reference"] == row["Invoice_Number"]
            assert crm_total(row) == xero_total(twin)

    def test_orders(self, company: Company) -> None:
        assert len(pairs(company, "Purchase_Orders")) >= 3
        assert len(zoho(company, "Purchase_Orders", PO_Number=None)) == 1

    def test_two_bills_of_one_number(self, company: Company) -> None:
        numbers = Counter(row["InvoiceNumber"] for row in xero(company, "Invoices", Type="ACCPAY"))
        assert numbers["78412"] >= 2
