"""Writing purchase orders (facts/xero.md 3.8, 3.9, 3.11).

Nothing is posted and nothing is paid. A number that a live order holds turns a POST into a silent update of that
order; a number that a deleted order holds is refused with the zero GUID.
"""

from __future__ import annotations

from dataclasses import replace

from sandbox.xero import fields
from sandbox.xero.documents import Form, filled
from sandbox.xero.ledger import Desk, folded
from sandbox.xero.lines import ORDERS
from sandbox.xero.refusals import Invalid, Missing, Problems
from sandbox.xero.tables import Row
from sandbox.xero.wishes import Wish

NUMBER_TAKEN = "Order number must be unique"
BAD_CHANGE = "PurchaseOrder status change is invalid"
DELETED_LOCK = "Deleted PurchaseOrders cannot be updated"
SENT_TOO_EARLY = "Only AUTHORISED and BILLED purchase orders may have SentToContact updated."

# Xero publishes no table (3.11): these are the recorded moves and those every client agrees on.
MOVES = {
    "DRAFT": frozenset({"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"}),
    "SUBMITTED": frozenset({"SUBMITTED", "DRAFT", "AUTHORISED", "DELETED"}),
    "AUTHORISED": frozenset({"AUTHORISED", "BILLED", "DELETED"}),
    "BILLED": frozenset({"BILLED", "DELETED"}),
    "DELETED": frozenset(),
}
STATUSES = (*MOVES, "")
APPROVED = ("AUTHORISED", "BILLED")
FORM = Form(ORDERS, fields.ORDER_LENGTHS, ("Date", "DeliveryDate", "ExpectedArrivalDate"), creates_contacts=False)


def save(desk: Desk, wish: Wish, *, create: bool, record_id: str | None = None) -> Row:
    """Create, or update what the wish matches."""
    target = _match(desk, wish, create=create, record_id=record_id)
    status = wish.choice("Status", STATUSES)
    if target is None:
        return _created(desk, wish, status or "DRAFT")
    return _updated(desk, target, wish, status or target["Status"])


def warnings(row: Row, wish: Wish) -> list[str]:
    """What was ignored rather than refused."""
    return [SENT_TOO_EARLY] if wish.flag("SentToContact") and row["Status"] not in APPROVED else []


def _match(desk: Desk, wish: Wish, *, create: bool, record_id: str | None) -> Row | None:
    orders = desk.ledger.orders
    if record_id is not None:
        row = orders.get(record_id)
        if row is None:
            raise Missing(record_id)
        return row
    if own := wish.guid("PurchaseOrderID"):
        row = orders.get(own)
        if row is None or create:
            raise Invalid("The purchase order with the specified PurchaseOrderID could not be found")
        return row
    number = folded(wish.text("PurchaseOrderNumber"))
    if not number:
        return None
    if live := orders.find_one("number", number):
        if create:
            raise Invalid(NUMBER_TAKEN)
        return live
    if orders.find_one("deleted_number", number):
        raise Invalid(BAD_CHANGE, DELETED_LOCK)
    return None


def _created(desk: Desk, wish: Wish, status: str) -> Row:
    if status == "DELETED":
        raise Invalid(BAD_CHANGE)
    blank: Row = {
        "PurchaseOrderID": desk.ids.guid(),
        "PurchaseOrderNumber": "",
        "Status": status,
        "LineAmountTypes": "Exclusive",
        "LineItems": [],
        "SentToContact": False,
    }
    row = _filled(desk, blank, wish)
    if not row["PurchaseOrderNumber"]:
        row["PurchaseOrderNumber"] = desk.next_number("PO-", desk.ledger.orders)
    return desk.put(desk.ledger.orders, row)


def _updated(desk: Desk, old: Row, wish: Wish, status: str) -> Row:
    if old["Status"] == "DELETED":
        raise Invalid(DELETED_LOCK)
    refused = old["Status"] == "BILLED" and status == "DELETED" and not desk.switches.delete_billed_order
    if status not in MOVES[old["Status"]] or refused:
        raise Invalid(BAD_CHANGE)
    if status == "DELETED":
        return desk.put(desk.ledger.orders, old | {"Status": status})
    return desk.put(desk.ledger.orders, _filled(desk, old | {"Status": status}, wish))


def _filled(desk: Desk, old: Row, wish: Wish) -> Row:
    problems = Problems()
    desk.places = 4  # kept to four decimals, and there is no unitdp (3.9)
    side = replace(ORDERS, default_account=desk.switches.order_default_account)
    form = replace(FORM, side=side, locked=desk.switches.orders_locked)
    approved = old["Status"] in APPROVED
    row = filled(desk, old, wish, form, complete=False, problems=problems)
    if (sent := wish.flag("SentToContact")) is not None and approved:
        row["SentToContact"] = sent
    number = folded(row["PurchaseOrderNumber"])
    holders = desk.ledger.orders.find("number", number) if number else []
    if any(other["PurchaseOrderID"] != row["PurchaseOrderID"] for other in holders):
        problems.add(NUMBER_TAKEN)
    problems.check()
    return row
