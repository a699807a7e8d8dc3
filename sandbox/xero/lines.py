"""The lines of a document (facts/xero.md 3.10, 3.12).

An item's code fills in what is left out; an account's tax is the default. A line sent with its LineItemID updates
that line, one without it is new, and a line not sent is gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sandbox.xero.codes import account_problems, tax_problems
from sandbox.xero.ledger import Desk, folded
from sandbox.xero.refusals import Problems
from sandbox.xero.tables import Row
from sandbox.xero.totals import PLACES, ZERO, Rounding, line_amount, line_discount, line_taxes, unit_amount
from sandbox.xero.wishes import Wish

LARGEST_AMOUNT = Decimal("9999999999.99")
MOST_TRACKING = 2
QUANTITY_STEP = PLACES[4]
TRACKING_FIELDS = frozenset({"TrackingCategoryID", "TrackingOptionID", "Name", "Option", "Options"})
MOVES_TAX = ("Quantity", "UnitAmount", "LineAmount", "DiscountRate", "DiscountAmount", "TaxType", "TaxAmount")
LINE_TEXTS = {"Description": 4000, "AccountCode": 10, "TaxType": 50}


@dataclass(frozen=True)
class Side:
    """Which side of an item a document uses, and what its lines may have."""

    details: str
    description: str
    discounts: bool
    default_account: str = ""


SALES = Side("SalesDetails", "Description", discounts=True)
BILLS = Side("PurchaseDetails", "PurchaseDescription", discounts=False)
ORDERS = Side("PurchaseDetails", "PurchaseDescription", discounts=True)


def merged(desk: Desk, side: Side, old: list[Row], sent: list[Wish], problems: Problems) -> list[Row]:
    """The document's new lines, not yet priced."""
    by_id = {line["LineItemID"]: line for line in old}
    lines = []
    for wish in sent:
        line_id = wish.guid("LineItemID")
        if line_id and line_id not in by_id and desk.switches.unknown_line_id == "refuse":
            problems.add(f"The line item with id {line_id} was not found on this document.")
        lines.append(_taken(desk, side, _start(desk, by_id.get(line_id or "")), wish, problems))
    return lines


def _start(desk: Desk, old: Row | None) -> Row:
    if old is None:
        return {"LineItemID": desk.ids.guid(), "Tracking": []}
    if desk.switches.line_update == "replace":
        return {"LineItemID": old["LineItemID"], "Tracking": []}
    return dict(old)


def _taken(desk: Desk, side: Side, line: Row, wish: Wish, problems: Problems) -> Row:
    line |= wish.texts(LINE_TEXTS, problems)
    for name in ("Quantity", "UnitAmount", "DiscountRate", "DiscountAmount"):
        if name in wish:
            line[name] = wish.number(name)
    if "ItemCode" in wish or "Item" in wish:
        _take_item(desk, line, wish, problems)
    _fill_from_item(desk, side, line)
    _take_account(desk, side, line, wish)
    _take_discount(desk, side, line, wish, problems)
    if "Tracking" in wish:
        line["Tracking"] = _tracking(desk, wish, problems)
    _complete(line, wish.number("LineAmount"), places=desk.places)
    if line.get("Quantity") is not None and line.get("UnitAmount") is None:
        problems.add("UnitAmount must be specified for a line with a Quantity.")
    if any(name in wish for name in MOVES_TAX):
        line["TaxGiven"] = wish.number("TaxAmount")
    line["AmountSent"] = wish.number("LineAmount")
    _check_codes(desk, line, problems)
    return {name: value for name, value in line.items() if value not in (None, "")}


def _take_item(desk: Desk, line: Row, wish: Wish, problems: Problems) -> None:
    nested = wish.child("Item", frozenset({"ItemID", "Name", "Code"}))
    code = wish.text("ItemCode") if "ItemCode" in wish else nested.text("Code") if nested else None
    item = desk.ledger.items.find_one("code", folded(code) or "") if code else None
    if code and item is None:
        problems.add(f"Item code '{code}' is not valid")
    line["ItemID"] = item["ItemID"] if item else None
    line["ItemCode"] = item["Code"] if item else None


def _fill_from_item(desk: Desk, side: Side, line: Row) -> None:
    item = desk.ledger.items.get(line.get("ItemID") or "")
    if item is None:
        return
    details = item[side.details]
    offered = {
        "Description": item.get(side.description),
        "UnitAmount": details.get("UnitPrice"),
        "AccountCode": details.get("AccountCode"),
        "TaxType": details.get("TaxType"),
    }
    line |= {name: value for name, value in offered.items() if line.get(name) in (None, "")}


def _take_account(desk: Desk, side: Side, line: Row, wish: Wish) -> None:
    if "AccountID" in wish and "AccountCode" not in wish:
        wanted = wish.guid("AccountID")
        line["AccountCode"] = next((c for c, row in desk.ledger.accounts.items() if row["AccountID"] == wanted), wanted)
    if not line.get("AccountCode") and side.default_account:
        line["AccountCode"] = side.default_account
    if not line.get("TaxType") and (account := desk.account(line.get("AccountCode"))):
        line["TaxType"] = account["TaxType"]


def _take_discount(desk: Desk, side: Side, line: Row, wish: Wish, problems: Problems) -> None:
    if "DiscountRate" in wish:
        line["DiscountAmount"] = wish.number("DiscountAmount") if not line.get("DiscountRate") else None
    elif "DiscountAmount" in wish:
        line["DiscountRate"] = None
    for name in ("DiscountRate", "DiscountAmount"):
        if not line.get(name):
            line[name] = None
    if side.discounts or not (line["DiscountRate"] or line["DiscountAmount"]):
        return
    if desk.switches.bill_discount == "refuse":
        problems.add("Discounts are not supported on this type of document.")
    line["DiscountRate"] = line["DiscountAmount"] = None


def _complete(line: Row, amount: Decimal | None, *, places: int) -> None:
    """Of quantity, unit amount and line amount, the missing one follows from the others."""
    quantity, unit = line.get("Quantity"), line.get("UnitAmount")
    if amount is not None and unit is None:
        quantity = Decimal(1) if quantity is None else quantity
        unit = amount / quantity if quantity else ZERO
    elif amount is not None and quantity is None:
        quantity = amount / unit if unit else Decimal(1)
    line["Quantity"] = None if quantity is None else quantity.quantize(QUANTITY_STEP)
    line["UnitAmount"] = None if unit is None else unit_amount(unit, places)


def gaps(line: Row) -> list[str]:
    """What a line of an approved document lacks. Clients report the rule; the wording is not recorded (3.9)."""
    missing = [
        f"{name} must be specified for each line item." for name in ("Quantity", "UnitAmount") if line.get(name) is None
    ]
    return missing if line.get("AccountCode") else [*missing, "Account code must be specified for each line item."]


def _check_codes(desk: Desk, line: Row, problems: Problems) -> None:
    account = line.get("AccountCode")
    if account:
        problems.extend(account_problems(desk, account))
    if tax := line.get("TaxType"):
        problems.extend(tax_problems(desk, tax, account))


def _tracking(desk: Desk, wish: Wish, problems: Problems) -> list[Row]:
    sent = wish.children("Tracking", TRACKING_FIELDS) or []
    if len(sent) > MOST_TRACKING:
        problems.add(f"A line item can have at most {MOST_TRACKING} tracking categories.")
    found = []
    for entry in sent:
        category_id, name, option = entry.guid("TrackingCategoryID"), entry.text("Name"), entry.text("Option")
        category = next(
            (c for c in desk.ledger.tracking.values() if category_id == c["TrackingCategoryID"] or name == c["Name"]),
            None,
        )
        options = () if category is None else category["Options"]
        option_id = entry.guid("TrackingOptionID")
        known = next((o for o in options if option in (o["Name"],) or option_id == o["TrackingOptionID"]), None)
        if category is None or known is None:
            problems.add(f"The tracking option '{option or option_id}' is not valid.")
            continue
        found.append(
            {
                "Name": category["Name"],
                "Option": known["Name"],
                "TrackingCategoryID": category["TrackingCategoryID"],
                "Options": [],
            }
        )
    return found


def priced(line: Row, amount_types: str, percents: Sequence[Decimal], rounding: Rounding) -> Row:
    """The line with LineAmount and TaxAmount; a tax amount that a client gave overrides ours."""
    row = {name: value for name, value in line.items() if name != "AmountSent"}
    quantity, unit = row.get("Quantity"), row.get("UnitAmount")
    if quantity is None and unit is None:
        amount = ZERO  # a line of text
    else:
        row["Quantity"] = quantity = Decimal(1) if quantity is None else quantity
        row["UnitAmount"] = unit = ZERO if unit is None else unit
        rate, discount = row.get("DiscountRate"), row.get("DiscountAmount")
        amount = line_amount(quantity, unit, rounding, rate=rate, discount=discount)
    row["LineAmount"] = amount
    if amount_types == "NoTax":
        row["TaxType"], row["TaxAmount"] = "NONE", ZERO
    elif (given := row.get("TaxGiven")) is not None:
        row["TaxAmount"] = rounding.cents(given)
    else:
        row["TaxAmount"] = line_taxes(amount, percents, amount_types, rounding)
    return row


def amount_problems(line: Row, amount: Decimal) -> list[str]:
    """What is wrong with a line once it is priced."""
    sent = line.get("AmountSent")
    if sent is not None and sent != amount:
        return [f"The line total {sent} does not match the expected line total {amount}"]
    if abs(amount) > LARGEST_AMOUNT:
        return [f"The line amount must not exceed {LARGEST_AMOUNT}."]
    return []


def discount_of(line: Row, rounding: Rounding) -> Decimal:
    if not (line.get("DiscountRate") or line.get("DiscountAmount")):
        return ZERO
    return line_discount(line["Quantity"], line["UnitAmount"], line["LineAmount"], rounding)
