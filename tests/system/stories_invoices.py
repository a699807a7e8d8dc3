"""What people do with invoices as a whole."""

from __future__ import annotations

from decimal import Decimal

from extension.sync.canonical import XERO, ZOHO
from tests.system.cast import Told, Town, approved, story


@story
def invoice_edited_in_crm(town: Town) -> Told:
    it = town.invoice()
    it.in_crm(Subject="Told in the CRM", Due_Date="2026-12-01")
    yield
    assert (it.crm["Subject"], it.crm["Due_Date"]) == ("Told in the CRM", "2026-12-01")
    approved(town, it, lambda: it.books["Reference"] == "Told in the CRM")
    approved(town, it, lambda: it.books["DueDateString"][:10] == "2026-12-01")


@story
def invoice_edited_in_xero(town: Town) -> Told:
    it = town.invoice()
    it.in_xero(Reference="Told in Xero", DueDate="2026-12-02")
    yield
    assert (it.crm["Subject"], it.crm["Due_Date"]) == ("Told in Xero", "2026-12-02")


@story
def invoice_conflict_in_one_field(town: Town) -> Told:
    it = town.invoice()
    it.in_crm(Due_Date="2026-12-03")
    it.in_xero(DueDate="2026-12-04")
    yield
    assert it.crm["Due_Date"] == "2026-12-03", "the CRM owns this field"
    approved(town, it, lambda: it.books["DueDateString"][:10] == "2026-12-03")


@story
def draft_approved_in_xero(town: Town) -> Told:
    it = town.invoice("DRAFT")
    it.in_xero(Status="AUTHORISED")
    yield
    assert it.crm["Status"] == "Approved"


@story
def draft_approved_in_crm(town: Town) -> Told:
    it = town.invoice("DRAFT")
    it.in_crm(Status="Approved")
    yield
    assert it.books["Status"] == "AUTHORISED"
    assert it.crm["Status"] == "Approved"


@story
def invoice_voided_in_xero(town: Town) -> Told:
    it = town.invoice()
    it.in_xero("void")
    yield
    assert it.crm["Status"] == "Voided"
    assert it.books["Status"] == "VOIDED"


@story
def invoice_cancelled_in_crm(town: Town) -> Told:
    it = town.invoice()
    it.in_crm(Status="Cancelled")
    yield
    assert it.crm["Status"] == "Cancelled"
    assert it.books["Status"] == "VOIDED"


@story
def draft_deleted_in_xero(town: Town) -> Told:
    it = town.invoice("DRAFT")
    it.in_xero("delete")
    yield
    assert it.books["Status"] == "DELETED"
    assert it.crm
    assert it.held


@story
def invoice_paid_in_xero(town: Town) -> Told:
    it = town.invoice()
    it.in_xero("pay")
    yield
    assert it.books["Status"] == "PAID"
    assert it.crm["Status"] == "Paid"


@story
def invoice_paid_and_edited_in_crm(town: Town) -> Told:
    it = town.invoice()
    it.in_xero("pay")
    it.edit_rows({"id": it.rows[0]["id"], "Quantity": 99})
    yield
    assert it.books["Status"] == "PAID"
    assert it.rows[0]["Quantity"] == 99, "nobody puts a person's edit back"
    assert it.held == {"locked"}


@story
def invoice_paid_in_part_and_unpaid(town: Town) -> Told:
    it = town.invoice()
    was = it.crm["Status"]
    it.in_xero("pay", Amount=Decimal("1.00"))
    town.settle()
    assert it.crm["Status"] == was
    it.in_xero("unpay")
    it.in_xero(DueDate="2026-12-11")
    yield
    assert it.crm["Due_Date"] == "2026-12-11"
    assert it.held == set()


@story
def invoice_deleted_in_crm(town: Town) -> Told:
    it = town.invoice()
    it.in_crm("delete")
    yield
    assert it.held in ({"gone"}, {"gone_edited"}), "an item of it may have another code by now"
    assert it.books["Status"] == "AUTHORISED"


@story
def invoice_deleted_and_restored_in_crm(town: Town) -> Told:
    it = town.invoice()
    it.in_crm("delete")
    town.settle()
    assert it.held == {"gone"}
    it.in_crm("restore")
    it.in_xero(Reference="Back again")
    yield
    assert it.held == set()
    assert it.live
    assert it.crm["Subject"] == "Back again"


@story
def invoice_of_another_account(town: Town) -> Told:
    it, buyer = town.invoice(), town.account()
    it.in_crm(Account_Name={"id": buyer.link.ids[ZOHO]})
    yield
    assert it.crm["Account_Name"]["id"] == buyer.link.ids[ZOHO]
    approved(town, it, lambda: it.books["Contact"]["ContactID"] == buyer.link.ids[XERO])


@story
def number_changed_in_xero(town: Town) -> Told:
    it = town.invoice()
    it.in_xero(InvoiceNumber="BOOKS-77")
    yield
    assert it.crm["Xero_Invoice_No"] == it.books["InvoiceNumber"] == "BOOKS-77"


@story
def stamp_spoilt_in_crm(town: Town) -> Told:
    it = town.invoice()
    was = {name: it.crm[name] for name in ("Xero_ID", "Xero_Invoice_No", "Xero_Invoice_URL") if name in it.crm}
    it.in_crm(**{name: f"https://typed.example/{name}" for name in was})
    yield
    assert {name: it.crm[name] for name in was} == was, "what Xero decides is put back"


@story
def invoice_unticked_in_crm(town: Town) -> Told:
    it = town.invoice()
    it.in_crm(Add_to_Xero=False, Subject="Frozen here")
    it.in_xero(Reference="Frozen there")
    yield
    assert it.why == {"not_ticked"}
    assert (it.crm["Add_to_Xero"], it.crm["Subject"]) == (False, "Frozen here")
    assert it.books["Reference"] == "Frozen there"


@story
def invoice_reduced_as_a_whole_in_crm(town: Town) -> Told:
    it = town.invoice()
    it.in_crm(Discount=Decimal(5), Subject="Five dollars less")
    yield
    assert it.held
    assert it.crm["Discount"] == 5
    assert it.crm["Grand_Total"] != it.books["Total"]


@story
def theme_that_xero_does_not_have(town: Town) -> Told:
    it = town.invoice()
    was = it.books.get("BrandingThemeID")
    it.in_crm(Branding_Theme="Trade")
    yield
    assert (it.crm["Branding_Theme"], it.books.get("BrandingThemeID")) == ("Trade", was), "a label of each its own"


@story
def paid_invoice_called_otherwise_in_crm(town: Town) -> Told:
    it = town.take("invoice", lambda p: p.books["Status"] == "PAID")
    was = it.books["Reference"]
    it.in_crm(Subject="Another name")
    yield
    assert it.crm["Subject"] == "Another name"
    assert it.books["Reference"] == was


@story
def paid_invoice_of_another_day_in_crm(town: Town) -> Told:
    it = town.take("invoice", lambda p: p.books["Status"] == "PAID")
    it.in_crm(Invoice_Date="2026-02-02")
    yield
    assert it.crm["Invoice_Date"] == "2026-02-02"
    assert it.held == {"locked"}


@story
def payment_taken_back_in_xero(town: Town) -> Told:
    it = town.invoice()
    it.in_xero("pay")
    town.settle()
    assert it.crm["Status"] == "Paid"
    it.in_xero("unpay")
    yield
    assert it.books["Status"] == "AUTHORISED"
    assert it.crm["Status"] == "Approved"


@story
def invoice_deleted_in_crm_and_voided_in_xero(town: Town) -> Told:
    it = town.invoice()
    it.in_crm("delete")
    it.in_xero("void")
    yield
    assert not it.crm
    assert it.books["Status"] == "VOIDED"
    assert it.held == set()


@story
def invoice_deleted_for_good_in_crm(town: Town) -> Told:
    it = town.invoice()
    it.in_crm("purge")
    yield
    assert it.held in ({"gone"}, {"gone_edited"})
    assert it.books["Status"] == "AUTHORISED"
