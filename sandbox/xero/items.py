"""Writing items (facts/xero.md 3.8, 3.9, 3.14): untracked ones only.

Found by id, else by code. `Code` is required on every write, an update by id included, because the schema says so.
"""

from __future__ import annotations

from sandbox.xero import fields
from sandbox.xero.codes import account_problems, unknown_tax
from sandbox.xero.ledger import Desk, folded
from sandbox.xero.refusals import Invalid, Missing, Problems
from sandbox.xero.tables import Row
from sandbox.xero.totals import unit_amount
from sandbox.xero.wishes import Wish

DETAIL_FIELDS = frozenset({"UnitPrice", "AccountCode", "COGSAccountCode", "TaxType"})
SIDES = (("IsSold", "SalesDetails", "Description"), ("IsPurchased", "PurchaseDetails", "PurchaseDescription"))


def code_taken(code: str) -> str:
    return f"Price List Item with Code '{code}' already exists"


def save(desk: Desk, wish: Wish, *, create: bool, record_id: str | None = None) -> Row:
    """Create, or update the item with this id or code."""
    old = _match(desk, wish, create=create, record_id=record_id)
    problems = Problems()
    row = {**(old or _blank(desk)), **wish.texts(fields.ITEM_LENGTHS, problems)}
    if not wish.text("Code"):
        problems.add("Price List Item Code must be specified.")
    for switch, details, description in SIDES:
        _take_side(desk, row, wish, (switch, details, description), problems)
    code = folded(row.get("Code"))
    holder = desk.ledger.items.find_one("code", code) if code else None
    if holder is not None and holder["ItemID"] != row["ItemID"]:
        problems.add(code_taken(str(row["Code"])))
    problems.check()
    return desk.put(desk.ledger.items, row)


def delete(desk: Desk, record_id: str) -> None:
    """Remove an item; one that is used on a transaction stays (3.14)."""
    items = desk.ledger.items
    row = items.get(record_id) or items.find_one("code", record_id.casefold())
    if row is None:
        raise Missing(record_id)
    if not desk.switches.delete_used_item and _used(desk, row["ItemID"]):
        raise Invalid(desk.switches.used_item_message)
    desk.remove(items, row["ItemID"])


def _used(desk: Desk, item_id: str) -> bool:
    documents = (*desk.ledger.invoices.rows.values(), *desk.ledger.orders.rows.values())
    return any(line.get("ItemID") == item_id for row in documents for line in row["LineItems"])


def _match(desk: Desk, wish: Wish, *, create: bool, record_id: str | None) -> Row | None:
    items = desk.ledger.items
    record_id = record_id or wish.guid("ItemID")
    code = folded(wish.text("Code"))
    if record_id is not None:
        row = items.get(record_id)
        if row is None:
            raise Missing(record_id)
        if create:
            raise Invalid(code_taken(row["Code"]))
        return row
    if create or not code:
        return None
    return items.find_one("code", code)


def _blank(desk: Desk) -> Row:
    return {
        "ItemID": desk.ids.guid(),
        "PurchaseDetails": {},
        "SalesDetails": {},
        "IsTrackedAsInventory": False,
        "IsSold": True,
        "IsPurchased": True,
    }


def _take_side(desk: Desk, row: Row, wish: Wish, side: tuple[str, str, str], problems: Problems) -> None:
    """One of the two sides of an item; a side that is switched off loses its details."""
    switch, name, description = side
    if (flag := wish.flag(switch)) is not None:
        row[switch] = flag
    details = dict(row[name])
    if (sent := wish.child(name, DETAIL_FIELDS)) is not None:
        if "UnitPrice" in sent:
            price = sent.number("UnitPrice")
            details["UnitPrice"] = None if price is None else unit_amount(price, desk.places)
        for field in ("AccountCode", "TaxType"):
            if field in sent:
                details[field] = sent.text(field)
    _check_codes(desk, details, problems)
    row[name] = {field: value for field, value in details.items() if value not in (None, "")}
    if not row[switch]:
        row[name] = {}
        row.pop(description, None)


def _check_codes(desk: Desk, details: Row, problems: Problems) -> None:
    if account := details.get("AccountCode"):
        problems.extend(account_problems(desk, account))
    if (tax := details.get("TaxType")) and tax not in desk.ledger.tax_rates:
        problems.add(unknown_tax(tax))
