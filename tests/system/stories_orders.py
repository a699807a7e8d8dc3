"""What people do with purchase orders."""

from __future__ import annotations

from decimal import Decimal

from tests.system.cast import Told, Town, story
from tests.system.switch_rig import ENDED

PRICE = Decimal("11.11")


@story
def order_edited_in_crm(town: Town) -> Told:
    it = town.order()
    it.in_crm(Subject="Ordered by the CRM", PO_Number="PO-CRM-1")
    it.edit_rows({"id": it.rows[0]["id"], "Quantity": 19})
    yield
    assert (it.books["Reference"], it.books["PurchaseOrderNumber"]) == ("Ordered by the CRM", "PO-CRM-1")
    assert it.lines[0]["Quantity"] == it.rows[0]["Quantity"] == 19


@story
def order_edited_in_xero(town: Town) -> Told:
    it = town.order()
    one, *rest = it.lines
    it.in_xero(Reference="Ordered by the books", LineItems=[{**one, "UnitAmount": PRICE}, *rest])
    yield
    assert it.crm["Subject"] == "Ordered by the books"
    assert it.rows[0]["List_Price"] == PRICE
    assert it.same_totals


@story
def order_deleted_in_xero(town: Town) -> Told:
    it = town.order()
    it.in_xero("delete")
    yield
    assert it.books["Status"] == "DELETED"
    assert it.crm
    assert it.held == {"gone"}


@story
def order_deleted_in_crm(town: Town) -> Told:
    it = town.order()
    it.in_crm("delete")
    yield
    assert it.books["Status"] not in ENDED
    assert it.held in ({"gone"}, {"gone_edited"})


@story
def order_cancelled_in_crm(town: Town) -> Told:
    it = town.order()
    it.in_crm(Status="Cancelled")
    yield
    assert it.books["Status"] == "DELETED"
    assert it.crm["Status"] == "Cancelled"


@story
def order_billed_in_xero(town: Town) -> Told:
    it = town.order()
    it.in_xero(Status="BILLED")
    yield
    assert it.books["Status"] == "BILLED"
    assert it.crm["Status"] == "Approved"
    assert it.held == set()
