"""Purchase orders of the local Xero (facts/xero.md 3.6, 3.8, 3.9, 3.11; B6, B9)."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from sandbox.xero import orders
from sandbox.xero.dates import parse_moment
from sandbox.xero.documents import NO_CONTACT, NO_LINES
from tests.contract.sandbox_xero_visitor import Visitor, body, line

Row = dict[str, Any]
ZERO = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


def change(visitor: Visitor, order: Row, **changes: Any) -> Row:
    return visitor.post("PurchaseOrders", {"PurchaseOrderID": order["PurchaseOrderID"], **changes})


def refused(visitor: Visitor, order: Row, **changes: Any) -> list[str]:
    return visitor.refused("POST", "PurchaseOrders", {"PurchaseOrderID": order["PurchaseOrderID"], **changes})


@pytest.mark.behaviour("xero", 6)
def test_an_order_has_the_extra_real_fields(visitor: Visitor) -> None:
    """3.11."""
    made = visitor.order(DeliveryDate="2026-10-01", ExpectedArrivalDate="2026-10-02", AttentionTo="Tama")
    assert made["Type"] == "PURCHASEORDER"
    assert (made["HasErrors"], made["IsDiscounted"], made["TotalDiscount"]) == (False, False, 0)
    assert made["DateString"] == "2026-09-14T00:00:00"
    assert made["DeliveryDateString"] == "2026-10-01T00:00:00"
    assert made["ExpectedArrivalDateString"] == "2026-10-02T00:00:00"
    assert (made["AttentionTo"], made["Status"], made["PurchaseOrderNumber"]) == ("Tama", "DRAFT", "PO-0001")
    assert visitor.one("PurchaseOrders/po-0001") == made


@pytest.mark.behaviour("xero", 6)
def test_the_nested_contacts_time_is_local_time_labelled_as_utc(visitor: Visitor) -> None:
    """B6: 12 hours ahead in winter, 13 in summer; never a cursor."""
    winter = visitor.order()["Contact"]["UpdatedDateUTC"]
    shift = parse_moment(winter) - parse_moment(visitor.one("Contacts")["UpdatedDateUTC"])
    assert shift.total_seconds() == 12 * 3600
    visitor.service.clock.set(datetime(2027, 1, 10, tzinfo=UTC))
    visitor.sign_in()
    contact = visitor.post("Contacts", {"Name": "Acme", "FirstName": "S"})
    nested = visitor.one("PurchaseOrders")["Contact"]["UpdatedDateUTC"]
    assert (parse_moment(nested) - parse_moment(contact["UpdatedDateUTC"])).total_seconds() == 13 * 3600


@pytest.mark.behaviour("xero", 15)
def test_unit_amounts_keep_four_decimals_without_being_asked(visitor: Visitor) -> None:
    """3.9."""
    made = visitor.order(LineItems=[line(UnitAmount=Decimal("1.23456"))])
    assert made["LineItems"][0]["UnitAmount"] == Decimal("1.2346")
    assert visitor.one("PurchaseOrders")["LineItems"][0]["UnitAmount"] == Decimal("1.2346")


@pytest.mark.behaviour("xero", 9, 21)
@pytest.mark.parametrize(
    ("element", "message"),
    [
        ({"Contact": {"Name": "Nobody yet"}}, NO_CONTACT),
        ({"LineItems": []}, NO_LINES),
        ({"LineItems": [line(UnitAmount=None)]}, "UnitAmount must be specified"),
        ({"DeliveryInstructions": "d" * 501}, "The DeliveryInstructions field must not exceed 500"),
        ({"Status": "DELETED"}, orders.BAD_CHANGE),
        ({"PurchaseOrderID": "00000000-0000-0000-0000-000000000009"}, "PurchaseOrderID could not be found"),
    ],
)
def test_what_is_wrong_is_said(visitor: Visitor, element: Row, message: str) -> None:
    """3.9: an order makes no contact."""
    sent = {"Contact": {"ContactID": visitor.contact()["ContactID"]}, "LineItems": [line()], **element}
    (said,) = visitor.refused("PUT", "PurchaseOrders", sent)
    assert message in said
    assert len(visitor.rows("Contacts")) == 1


@pytest.mark.behaviour("xero", 17)
def test_a_line_needs_no_account_unless_the_switch_gives_it_one(visitor: Visitor) -> None:
    """3.11: whether the recorded 300 was sent or defaulted is not known."""
    bare = [line(AccountCode=None)]
    assert "AccountCode" not in visitor.order(LineItems=bare)["LineItems"][0]
    visitor.service.set_switches({"order_default_account": "300"})
    (row,) = visitor.order(LineItems=bare)["LineItems"]
    assert (row["AccountCode"], row["TaxType"], row["TaxAmount"]) == ("300", "INPUT2", 3)


@pytest.mark.behaviour("xero", 15)
def test_lines_take_discounts(visitor: Visitor) -> None:
    made = visitor.order(LineItems=[line(DiscountRate=10)])
    assert (made["SubTotal"], made["TotalDiscount"], made["IsDiscounted"]) == (18, 2, True)


# Numbers (B9)


@pytest.mark.behaviour("xero", 9)
def test_a_post_with_a_live_number_silently_updates_that_order(visitor: Visitor) -> None:
    made = visitor.order(PurchaseOrderNumber="P-1")
    sent = {"PurchaseOrderNumber": "p-1", "Contact": made["Contact"], "LineItems": [line(Quantity=9)]}
    hit = visitor.post("PurchaseOrders", {**sent, "Contact": {"ContactID": made["Contact"]["ContactID"]}})
    assert (hit["PurchaseOrderID"], hit["SubTotal"]) == (made["PurchaseOrderID"], 90)
    assert visitor.refused("PUT", "PurchaseOrders", sent) == [orders.NUMBER_TAKEN]
    other = visitor.order()
    assert refused(visitor, other, PurchaseOrderNumber="P-1") == [orders.NUMBER_TAKEN]


@pytest.mark.behaviour("xero", 9, 10, 12)
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_the_number_of_a_deleted_order_is_refused_with_the_zero_guid(visitor: Visitor, method: str) -> None:
    made = visitor.order(PurchaseOrderNumber="P-1")
    change(visitor, made, Status="DELETED")
    sent = {"PurchaseOrderNumber": "P-1", "Contact": {"ContactID": made["Contact"]["ContactID"]}, "LineItems": [line()]}
    answer = visitor.ask(method, "PurchaseOrders", {"PurchaseOrders": [sent]}, summarizeErrors="false")
    (element,) = body(answer)["PurchaseOrders"]
    assert (answer.status_code, element["PurchaseOrderID"], element["StatusAttributeString"]) == (200, ZERO, "ERROR")
    assert [error["Message"] for error in element["ValidationErrors"]] == [orders.BAD_CHANGE, orders.DELETED_LOCK]
    assert visitor.one("PurchaseOrders/P-1")["Status"] == "DELETED"
    assert visitor.order()["PurchaseOrderNumber"] == "PO-0001"


# States


@pytest.mark.behaviour("xero", 12)
@pytest.mark.parametrize(
    ("start", "to", "good"),
    [
        ("SUBMITTED", "DELETED", True),
        ("SUBMITTED", "AUTHORISED", True),
        ("AUTHORISED", "BILLED", True),
        ("AUTHORISED", "DELETED", True),
        ("BILLED", "DELETED", True),
        ("DRAFT", "AUTHORISED", True),
        ("DRAFT", "BILLED", False),
        ("BILLED", "DRAFT", False),
    ],
)
def test_the_recorded_and_reported_moves(visitor: Visitor, start: str, to: str, good: bool) -> None:
    """3.11."""
    made = visitor.order(Status=start)
    if good:
        assert change(visitor, made, Status=to)["Status"] == to
    else:
        assert refused(visitor, made, Status=to) == [orders.BAD_CHANGE]


@pytest.mark.behaviour("xero", 12)
def test_whether_a_billed_order_can_be_deleted_is_a_switch(visitor: Visitor) -> None:
    visitor.service.set_switches({"delete_billed_order": False})
    assert refused(visitor, visitor.order(Status="BILLED"), Status="DELETED") == [orders.BAD_CHANGE]


@pytest.mark.behaviour("xero", 12)
def test_a_deleted_order_takes_no_edit(visitor: Visitor) -> None:
    made = visitor.order()
    change(visitor, made, Status="DELETED")
    assert refused(visitor, made, Reference="x") == [orders.DELETED_LOCK]
    assert visitor.one("PurchaseOrders")["Status"] == "DELETED", "it stays readable (3.16)"


@pytest.mark.behaviour("xero", 10, 12)
def test_marking_a_draft_as_sent_is_a_warning(visitor: Visitor) -> None:
    """3.11."""
    contact = {"ContactID": visitor.contact()["ContactID"]}
    draft = {"Contact": contact, "LineItems": [line()], "SentToContact": True}
    approved = {**draft, "Status": "AUTHORISED"}
    answer = visitor.ask("PUT", "PurchaseOrders", {"PurchaseOrders": [draft, approved]}, summarizeErrors="false")
    first, second = body(answer)["PurchaseOrders"]
    assert (first["StatusAttributeString"], first["SentToContact"]) == ("WARNING", False)
    assert first["Warnings"] == [{"Message": orders.SENT_TOO_EARLY}]
    assert (second["StatusAttributeString"], second["SentToContact"], "Warnings" in second) == ("OK", True, False)


# Lists


@pytest.mark.behaviour("xero", 5, 8)
@pytest.mark.unmodelled("what is asked is the question")
def test_orders_always_page_and_take_their_own_filters(visitor: Visitor) -> None:
    """3.5: no where, no IDs."""
    for day, status in (("2026-09-01", "DRAFT"), ("2026-09-10", "AUTHORISED"), ("2026-09-20", "DRAFT")):
        visitor.order(Date=day, Status=status)
    assert visitor.get("PurchaseOrders")["pagination"] == {"page": 1, "pageSize": 100, "pageCount": 1, "itemCount": 3}
    assert len(visitor.rows("PurchaseOrders", Status="DRAFT")) == 2
    days = [row["DateString"][:10] for row in visitor.rows("PurchaseOrders", DateFrom="2026-09-10", order="Date DESC")]
    assert days == ["2026-09-20", "2026-09-10"]
    assert len(visitor.rows("PurchaseOrders", DateTo="2026-09-10")) == 2
    assert visitor.ask("GET", "PurchaseOrders", DateTo="yesterday").status_code == 400
    assert len(visitor.rows("PurchaseOrders", where='Status=="DRAFT"')) == 3, "not taken"
    assert visitor.service.unmodelled() == ["GET /PurchaseOrders parameter where"]
    assert [row["PurchaseOrderID"] for row in visitor.rows("PurchaseOrders", order="PurchaseOrderID ASC")] == sorted(
        row["PurchaseOrderID"] for row in visitor.rows("PurchaseOrders")
    )
