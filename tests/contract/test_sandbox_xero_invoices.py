"""Sales invoices and bills of the local Xero (facts/xero.md 3.8 to 3.10; B9, B12 to B14, B17, B21)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sandbox.xero import Switches, invoices
from sandbox.xero.contacts import ARCHIVED_LOCK
from sandbox.xero.documents import NO_CONTACT, NO_LINES
from tests.contract.sandbox_xero_visitor import Visitor, body, line

Row = dict[str, Any]
BILL = {"Type": "ACCPAY", "LineItems": [line(AccountCode="300")]}


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


def change(visitor: Visitor, invoice: Row, **changes: Any) -> Row:
    return visitor.post("Invoices", {"InvoiceID": invoice["InvoiceID"], **changes}, unitdp=4)


def refused(visitor: Visitor, invoice: Row, **changes: Any) -> list[str]:
    return visitor.refused("POST", "Invoices", {"InvoiceID": invoice["InvoiceID"], **changes})


# Creating


@pytest.mark.behaviour("xero", 6, 17)
def test_a_draft_needs_little_and_defaults_the_rest(visitor: Visitor) -> None:
    """3.9, 3.6: the date is today where the organisation is, which by then is a day ahead of UTC."""
    visitor.service.clock.advance(3600 * 3)
    visitor.sign_in()
    made = visitor.put("Invoices", {"Type": "ACCREC", "Contact": {"Name": "Acme"}, "LineItems": [{"Description": "x"}]})
    assert (made["Status"], made["LineAmountTypes"], made["CurrencyCode"]) == ("DRAFT", "Exclusive", "NZD")
    assert made["DateString"] == "2026-09-15T00:00:00"
    assert made["Total"] == 0
    assert "UnitAmount" not in made["LineItems"][0]


@pytest.mark.behaviour("xero", 17)
def test_numbers_are_drawn_when_none_is_sent(visitor: Visitor) -> None:
    """B17: used ones are passed over; bills get none."""
    visitor.invoice(InvoiceNumber="inv-0002")
    numbers = [visitor.invoice()["InvoiceNumber"] for _ in range(2)]
    assert numbers == ["INV-0001", "INV-0003"]
    assert visitor.invoice(**BILL)["InvoiceNumber"] == ""


@pytest.mark.behaviour("xero", 17)
def test_automatic_numbers_go_on_behind_what_was_loaded(visitor: Visitor) -> None:
    contact = visitor.contact()
    visitor.service.load({"Invoices": [{"Type": "ACCREC", "InvoiceNumber": "INV-0041", "Contact": contact}]})
    assert visitor.invoice()["InvoiceNumber"] == "INV-0042"


@pytest.mark.behaviour("xero", 17)
@pytest.mark.parametrize("approved", [True, False])
def test_the_theme_is_defaulted_by_a_switch(approved: bool) -> None:
    """B17 [UNV]."""
    visitor = Visitor(default_branding_theme=approved)
    assert ("BrandingThemeID" in visitor.invoice()) is approved
    blue = visitor.rows("BrandingThemes")[1]["BrandingThemeID"]
    assert visitor.invoice(BrandingThemeID=blue)["BrandingThemeID"] == blue


@pytest.mark.behaviour("xero", 9, 12, 21)
@pytest.mark.parametrize(
    ("element", "message"),
    [
        ({"Contact": None}, NO_CONTACT),
        ({"Contact": {"ContactID": "00000000-0000-0000-0000-000000000009"}}, "could not be found"),
        ({"LineItems": []}, NO_LINES),
        ({"LineItems": None}, NO_LINES),
        ({"Status": "PAID"}, invoices.BAD_CREATION),
        ({"Status": "VOIDED"}, invoices.BAD_CREATION),
        ({"Status": "AUTHORISED"}, Switches().due_date_message),
        ({"Status": "AUTHORISED", "DueDate": "2026-10-01", "LineItems": [{"Description": "x"}]}, "Quantity must be"),
        (
            {"Status": "SUBMITTED", "DueDate": "2026-10-01", "LineItems": [line(AccountCode=None)]},
            "Account code must be",
        ),
        ({"LineItems": [line(AccountCode="999")]}, "Account code '999' is not a valid code for this document."),
        ({"LineItems": [line(AccountCode="610")]}, "Account code '610' is not a valid code for this document."),
        ({"LineItems": [line(AccountCode="090")]}, "Account code '090' is not a valid code for this document."),
        ({"LineItems": [line(AccountCode="210")]}, "Account code '210' has been archived, or has been deleted."),
        ({"LineItems": [line(TaxType="INPUT2")]}, "The TaxType code 'INPUT2' cannot be used with account code '200'."),
        ({"LineItems": [line(TaxType="NOPE")]}, "The TaxType code 'NOPE' does not exist"),
        ({"LineItems": [line(ItemCode="NOPE")]}, "Item code 'NOPE' is not valid"),
        ({"LineItems": [line(Description="d" * 4001)]}, "The Description field must not exceed 4000"),
        ({"LineItems": [line(Quantity=10**6, UnitAmount=10**6)]}, "The line amount must not exceed"),
        ({"LineItems": [line(Tracking=[{"Name": "Region", "Option": "Moon"}])]}, "tracking option 'Moon'"),
        ({"CurrencyCode": "EUR"}, "Users Organisation is not subscribed to currency EUR"),
        ({"Url": "ftp://example.com"}, "Url must be"),
        ({"Url": "https://xero.example.com"}, "Url must be"),
        ({"BrandingThemeID": "00000000-0000-0000-0000-000000000009"}, "branding theme"),
        ({"InvoiceNumber": "n" * 256}, "The InvoiceNumber field must not exceed 255"),
        ({"InvoiceID": "00000000-0000-0000-0000-000000000009"}, "InvoiceID could not be found"),
    ],
)
def test_what_is_wrong_is_said(visitor: Visitor, element: Row, message: str) -> None:
    """3.9, 3.18; a GUID of the client's own is an error of the element (3.8)."""
    (said, *more) = visitor.refused("PUT", "Invoices", {**visitor.draft(), **element})
    assert message in said
    assert not more or "Quantity" in message
    assert visitor.rows("Contacts") == [], "the contact that would have come with it is not made either"


@pytest.mark.behaviour("xero", 6)
@pytest.mark.parametrize("element", [{"Type": "ACCRECCREDIT"}, {"Type": None}, {"Date": "2017-12-14 00:00:00"}])
def test_wrong_types_are_the_bodys_fault(visitor: Visitor, element: Row) -> None:
    answer = visitor.ask("PUT", "Invoices", {"Invoices": [{**visitor.draft(), **element}]})
    assert (answer.status_code, body(answer)["ErrorNumber"]) == (400, 14)


@pytest.mark.behaviour("xero", 6)
@pytest.mark.parametrize(
    "spelling", ["2026-09-20", "2026-09-20T00:00:00", "/Date(1789862400000)/", "/Date(1789862400000+0000)/"]
)
def test_dates_are_taken_in_four_spellings(visitor: Visitor, spelling: str) -> None:
    """3.6, 2.4 T19."""
    made = visitor.invoice(Date=spelling)
    assert (made["Date"], made["DateString"]) == ("/Date(1789862400000+0000)/", "2026-09-20T00:00:00")


@pytest.mark.behaviour("xero", 17)
def test_an_items_code_fills_what_is_left_out(visitor: Visitor) -> None:
    price = {"UnitPrice": Decimal("1.2345"), "AccountCode": "260", "TaxType": "ZERORATED"}
    cost = {"UnitPrice": Decimal("0.5"), "AccountCode": "310", "TaxType": "INPUT2"}
    item = visitor.item(
        "PEN", Name="Pen", Description="A pen", PurchaseDescription="Pens", SalesDetails=price, PurchaseDetails=cost
    )
    (sold,) = visitor.invoice(LineItems=[{"ItemCode": "pen", "Quantity": 3}])["LineItems"]
    assert {name: sold[name] for name in ("Description", "UnitAmount", "AccountCode", "TaxType", "ItemCode")} == {
        "Description": "A pen",
        "UnitAmount": Decimal("1.2345"),
        "AccountCode": "260",
        "TaxType": "ZERORATED",
        "ItemCode": "PEN",
    }
    assert sold["Item"]["ItemID"] == item["ItemID"]
    (bought,) = visitor.invoice(**{**BILL, "LineItems": [{"ItemCode": "PEN", "Quantity": 3}]})["LineItems"]
    assert (bought["Description"], bought["UnitAmount"], bought["AccountCode"]) == ("Pens", Decimal("0.50"), "310")
    (kept,) = visitor.invoice(LineItems=[line(ItemCode="PEN", TaxType="NONE")])["LineItems"]
    assert (kept["Description"], kept["UnitAmount"], kept["TaxType"]) == ("Pens", 10, "NONE"), "what is sent wins"


def test_tracking_is_taken_by_name_or_by_id(visitor: Visitor) -> None:
    (category,) = visitor.rows("TrackingCategories")
    by_id = {
        "TrackingCategoryID": category["TrackingCategoryID"],
        "TrackingOptionID": category["Options"][0]["TrackingOptionID"],
    }
    made = visitor.invoice(LineItems=[line(Tracking=[{"Name": "Region", "Option": "North"}]), line(Tracking=[by_id])])
    assert [row["Tracking"][0]["Option"] for row in made["LineItems"]] == ["North", "North"]


@pytest.mark.behaviour("xero", 21)
def test_a_foreign_currency_takes_the_rate_of_the_day_or_the_one_sent(visitor: Visitor) -> None:
    assert visitor.invoice()["CurrencyRate"] == 1
    assert visitor.invoice(CurrencyCode="AUD")["CurrencyRate"] == Decimal("0.918400")
    assert visitor.invoice(CurrencyCode="AUD", CurrencyRate=Decimal("0.9"))["CurrencyRate"] == Decimal("0.9")
    visitor.contact("Yank", DefaultCurrency="USD")
    assert visitor.invoice(Contact={"Name": "Yank"})["CurrencyCode"] == "USD"


@pytest.mark.behaviour("xero", 12)
def test_the_reference_of_a_bill_is_not_kept_unless_the_switch_says_so(visitor: Visitor) -> None:
    """3.12: ACCREC only."""
    assert visitor.invoice(Reference="PO 7")["Reference"] == "PO 7"
    assert visitor.invoice(**BILL, Reference="PO 7")["Reference"] == ""
    visitor.service.set_switches({"bill_reference_kept": True})
    assert visitor.invoice(**BILL, Reference="PO 7")["Reference"] == "PO 7"


@pytest.mark.behaviour("xero", 15)
@pytest.mark.parametrize("mode", ["refuse", "ignore"])
def test_bills_have_no_discounts(mode: str) -> None:
    visitor = Visitor(bill_discount=mode)
    sent = {**visitor.draft(), "Type": "ACCPAY", "LineItems": [line(AccountCode="300", DiscountRate=10)]}
    if mode == "refuse":
        assert visitor.refused("PUT", "Invoices", sent)
    else:
        assert visitor.put("Invoices", sent)["SubTotal"] == 20


# Matching


@pytest.mark.behaviour("xero", 9)
def test_put_refuses_a_sales_number_and_post_overwrites_by_it(visitor: Visitor) -> None:
    """B9."""
    made = visitor.invoice(InvoiceNumber="A-1")
    assert visitor.refused("PUT", "Invoices", {**visitor.draft(), "InvoiceNumber": "a-1"}) == [invoices.NUMBER_TAKEN]
    hit = visitor.post("Invoices", {**visitor.draft(), "InvoiceNumber": "A-1", "Reference": "again"})
    assert (hit["InvoiceID"], hit["Reference"]) == (made["InvoiceID"], "again")
    other = visitor.invoice(InvoiceNumber="A-2")
    assert refused(visitor, other, InvoiceNumber="A-1") == [invoices.NUMBER_TAKEN]


@pytest.mark.behaviour("xero", 9)
def test_the_number_of_a_bill_is_not_unique(visitor: Visitor) -> None:
    """3.8: each PUT makes another, and so does a POST."""
    ids = {visitor.put("Invoices", {**visitor.draft(), **BILL, "InvoiceNumber": "77"})["InvoiceID"] for _ in range(2)}
    ids.add(visitor.post("Invoices", {**visitor.draft(), **BILL, "InvoiceNumber": "77"})["InvoiceID"])
    sale = visitor.invoice(InvoiceNumber="78")
    ids.add(visitor.post("Invoices", {**visitor.draft(), **BILL, "InvoiceNumber": "78"})["InvoiceID"])
    assert len(ids - {sale["InvoiceID"]}) == 4


@pytest.mark.behaviour("xero", 9)
@pytest.mark.parametrize("reuse", [True, False])
def test_whether_a_retired_number_is_free_is_a_switch(reuse: bool) -> None:
    visitor = Visitor(retired_number_reuse=reuse)
    made = visitor.invoice(InvoiceNumber="A-1")
    change(visitor, made, Status="DELETED")
    sent = {**visitor.draft(), "InvoiceNumber": "A-1"}
    if reuse:
        assert visitor.put("Invoices", sent)["InvoiceID"] != made["InvoiceID"]
        assert visitor.one("Invoices/A-1")["Status"] == "DRAFT", "a live one answers first"
    else:
        assert visitor.refused("PUT", "Invoices", sent) == [invoices.NUMBER_TAKEN]
        assert visitor.refused("POST", "Invoices", sent) == [invoices.BAD_MODIFICATION]


def test_an_unknown_id_in_the_address_is_404(visitor: Visitor) -> None:
    assert visitor.ask("POST", "Invoices/00000000-0000-0000-0000-000000000009", {"Reference": "x"}).status_code == 404


# States (B12)


@pytest.mark.parametrize(
    ("start", "to", "good"),
    [
        (start, to, to in invoices.MOVES[start])
        for start in ("DRAFT", "SUBMITTED", "AUTHORISED", "VOIDED", "DELETED")
        for to in ("DRAFT", "SUBMITTED", "AUTHORISED", "VOIDED", "DELETED")
    ],
)
def test_every_move_is_as_the_table_says(visitor: Visitor, start: str, to: str, good: bool) -> None:
    made = visitor.invoice(Status={"VOIDED": "AUTHORISED", "DELETED": "DRAFT"}.get(start, start), DueDate="2026-10-01")
    if start in ("VOIDED", "DELETED"):
        change(visitor, made, Status=start)
    if good:
        assert change(visitor, made, Status=to)["Status"] == to
    else:
        assert refused(visitor, made, Status=to) == [invoices.BAD_MODIFICATION]


@pytest.mark.behaviour("xero", 12)
def test_the_answer_to_a_void_still_shows_what_was_due(visitor: Visitor) -> None:
    """3.10: recorded; a later read shows nothing due, and the invoice stays readable."""
    made = visitor.approved()
    assert change(visitor, made, Status="VOIDED")["AmountDue"] == Decimal("23.00")
    read = visitor.one("Invoices", page=1)
    assert (read["Status"], read["AmountDue"], read["Total"]) == ("VOIDED", 0, Decimal("23.00"))


@pytest.mark.behaviour("xero", 12)
@pytest.mark.parametrize("allowed", [True, False])
def test_whether_an_approved_invoice_can_be_edited_is_a_switch(allowed: bool) -> None:
    """3.10: some guides deny it. A person always can."""
    visitor = Visitor(edit_authorised=allowed)
    made = visitor.approved()
    if allowed:
        assert change(visitor, made, Reference="new")["Reference"] == "new"
    else:
        assert refused(visitor, made, Reference="new") == [invoices.BAD_MODIFICATION]
    visitor.person("edit", "Invoices", made["InvoiceID"], Reference="by hand")
    assert visitor.one(f"Invoices/{made['InvoiceID']}")["Reference"] == "by hand"


def test_an_approved_invoice_can_be_marked_as_sent_and_a_draft_not(visitor: Visitor) -> None:
    assert visitor.invoice(SentToContact=True)["SentToContact"] is False
    assert change(visitor, visitor.approved(), SentToContact=True)["SentToContact"] is True


def test_approving_checks_the_lines_that_are_there(visitor: Visitor) -> None:
    made = visitor.invoice(DueDate="2026-10-01", LineItems=[line(AccountCode=None)])
    assert refused(visitor, made, Status="AUTHORISED") == ["Account code must be specified for each line item."]


@pytest.mark.behaviour("xero", 21)
def test_nothing_is_dated_into_a_locked_period(visitor: Visitor) -> None:
    """B21."""
    made = visitor.approved(Date="2026-03-10")
    visitor.person("edit", "Organisation", PeriodLockDate="2026-03-31")
    text = "The document date cannot be before the period lock date, currently set at 31 March 2026"
    assert visitor.refused("PUT", "Invoices", {**visitor.draft(), "Date": "2026-03-31"}) == [text]
    assert refused(visitor, made, Reference="x") == [text]
    assert visitor.invoice(Date="2026-04-01")
    assert visitor.one("Organisation")["PeriodLockDate"] == "/Date(1774915200000+0000)/"


# Lines (B13)


@pytest.mark.behaviour("xero", 13)
def test_lines_are_updated_by_id_added_without_and_removed_when_left_out(visitor: Visitor) -> None:
    made = visitor.invoice(LineItems=[line(Description="one"), line(Description="two")])
    one, two = made["LineItems"]
    sent = [{"LineItemID": two["LineItemID"], "Quantity": 5}, line(Description="three")]
    after = change(visitor, made, LineItems=sent)["LineItems"]
    assert [row["Description"] for row in after] == ["two", "three"]
    assert (after[0]["LineItemID"], after[0]["Quantity"], after[0]["LineAmount"]) == (two["LineItemID"], 5, 50)
    assert after[1]["LineItemID"] not in (one["LineItemID"], two["LineItemID"])
    untouched = change(visitor, made, Reference="only this")
    assert untouched["LineItems"] == after, "left out altogether, the lines stay as they are"


@pytest.mark.behaviour("xero", 13)
@pytest.mark.parametrize(("mode", "kept"), [("merge", True), ("replace", False)])
def test_whether_a_line_keeps_what_is_not_sent_is_a_switch(mode: str, kept: bool) -> None:
    visitor = Visitor(line_update=mode)
    made = visitor.invoice(LineItems=[line(DiscountRate=10)])
    sent = {"LineItemID": made["LineItems"][0]["LineItemID"], "Quantity": 1, "UnitAmount": 10, "AccountCode": "200"}
    (row,) = change(visitor, made, LineItems=[sent])["LineItems"]
    assert ("DiscountRate" in row, "Description" in row) == (kept, kept)


@pytest.mark.behaviour("xero", 13)
@pytest.mark.parametrize("mode", ["create", "refuse"])
def test_what_an_unknown_line_id_does_is_a_switch(mode: str) -> None:
    visitor = Visitor(unknown_line_id=mode)
    made = visitor.invoice()
    stale = line(LineItemID="00000000-0000-4000-8000-000000000009")
    if mode == "refuse":
        assert refused(visitor, made, LineItems=[stale])
    else:
        (row,) = change(visitor, made, LineItems=[stale])["LineItems"]
        assert row["LineItemID"] != stale["LineItemID"]


# The contact block (B14)


@pytest.mark.behaviour("xero", 14)
def test_a_contact_block_with_more_than_the_id_changes_the_contact_and_drops_its_persons(visitor: Visitor) -> None:
    """3.10: so send only the id."""
    contact = visitor.contact(ContactPersons=[{"FirstName": "Tama"}])
    alone = {"ContactID": contact["ContactID"], "HasAttachments": False, "HasValidationErrors": False}
    visitor.service.clock.advance(10)
    kept = visitor.invoice(Contact=alone)["Contact"]
    assert (len(kept["ContactPersons"]), kept["UpdatedDateUTC"]) == (1, contact["UpdatedDateUTC"])
    changed = visitor.invoice(Contact={**alone, "FirstName": "New"})["Contact"]
    assert (changed["FirstName"], changed["ContactPersons"]) == ("New", [])


@pytest.mark.behaviour("xero", 14)
def test_a_name_that_nobody_has_makes_a_contact(visitor: Visitor) -> None:
    made = visitor.invoice(Contact={"Name": "Newcomer", "EmailAddress": "n@example.com"})
    assert made["Contact"]["EmailAddress"] == "n@example.com"
    assert visitor.invoice(Contact={"Name": "newcomer"})["Contact"]["ContactID"] == made["Contact"]["ContactID"]


@pytest.mark.behaviour("xero", 16)
def test_an_archived_contact_takes_no_new_documents(visitor: Visitor) -> None:
    contact = visitor.contact()
    made = visitor.approved()
    visitor.person("archive", "Contacts", contact["ContactID"])
    sent = {**visitor.draft(), "Contact": {"ContactID": contact["ContactID"]}}
    assert visitor.refused("PUT", "Invoices", sent) == [ARCHIVED_LOCK]
    assert change(visitor, made, Reference="x", Contact={"ContactID": contact["ContactID"]})["Reference"] == "x"


# Links and history (3.17)


def test_the_customers_link_exists_once_approved(visitor: Visitor) -> None:
    draft, approved = visitor.invoice(), visitor.approved()
    (link,) = visitor.get(f"Invoices/{approved['InvoiceID']}/OnlineInvoice")["OnlineInvoices"]
    assert link["OnlineInvoiceUrl"].startswith("https://in.xero.com/")
    assert visitor.ask("GET", f"Invoices/{draft['InvoiceID']}/OnlineInvoice").status_code == 400


@pytest.mark.behaviour("xero", 6)
def test_notes_are_added_to_the_history(visitor: Visitor) -> None:
    path = f"Invoices/{visitor.stands_still().invoice()['InvoiceID']}/History"
    for text in ("first", "second"):
        answer = visitor.ask("PUT", path, {"HistoryRecords": [{"Details": text}]})
        (note,) = body(answer)["HistoryRecords"]
        assert (note["DateUTCString"], note["ValidationErrors"]) == ("2026-09-14T09:29:59", [])
    assert [note["Details"] for note in visitor.get(path)["HistoryRecords"]] == ["second", "first"]
    unknown = "Invoices/00000000-0000-0000-0000-000000000009/History"
    answer = visitor.ask("PUT", unknown, {"HistoryRecords": [{"Details": "x"}]})
    assert answer.status_code == 400
    assert "not found for this endpoint" in answer.text
    assert visitor.ask("PUT", path, {"HistoryRecords": [{"Details": "x" * 2501}]}).status_code == 400
    assert visitor.ask("PUT", path, {"HistoryRecords": [{}]}).status_code == 400
