"""Line items of Xero: read as net prices, and written all at once, because what is left out is deleted.

Pure. A line that bears a percentage, or whose price includes tax, is read as the net price and the amount that come
to the same cents; it is only turned round when its money changes (facts/xero.md 3.10, 3.12). A line of nothing but
text is Xero's alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from extension.entities import charges, money
from extension.entities import rounding as rounding_line
from extension.entities.lines import MONEY, RULES, AnyLine, ItemCode, Line, crm_money
from extension.entities.money import EXCLUSIVE, INCLUSIVE, NO_TAX, LineMoney, Totals
from extension.entities.native import Body
from extension.entities.postings import Postings
from extension.entities.taxes import NO_TAX_TYPE, TaxMap
from extension.entities.values import NOTHING, amount, number, text
from extension.sync.errors import Cannot
from extension.sync.model import AMOUNT, of_header

ANYWHERE: Final = Postings()  # nothing is known of the chart of accounts
KEPT: Final = (
    "LineItemID",
    "Description",
    "Quantity",
    "UnitAmount",
    "ItemCode",
    "AccountCode",
    "TaxType",
    "Tracking",
    "DiscountRate",
    "DiscountAmount",
)
"""What an unchanged Xero line repeats; amounts are left for Xero to compute."""


def read_xero(document: Mapping[str, Any], taxes: TaxMap) -> list[Line]:
    amounts = document.get("LineAmountTypes") or EXCLUSIVE
    rows = [row for row in document.get("LineItems") or () if not _only_text(row) and not rounding_line.ours(row)]
    return [_read_xero(row, amounts, taxes) for row in rows]


def rounding(document: Mapping[str, Any], lines: Sequence[AnyLine], taxes: TaxMap) -> Decimal:
    """What the CRM must add to these lines to come to the document's total: a cent for each of them at most.

    A price that includes tax may have no net price that comes to the same cents.
    """
    total = number(document.get("Total"))
    if document.get("LineAmountTypes") != INCLUSIVE or total is None:
        return NOTHING
    try:
        made = money.summed(crm_money(line, taxes.percents_back(line["tax"])) for line in lines)
    except Cannot:
        return NOTHING
    missing: Decimal = total - amount(rounding_line.carried(document["LineItems"])) - made.total
    return missing if abs(missing) <= money.CENT * len(lines) else NOTHING


def _only_text(row: Mapping[str, Any]) -> bool:
    """A remark between the lines: it comes to nothing, and the CRM has no such thing (facts/zoho.md 3.6)."""
    get = row.get
    return not (get("ItemCode") or get("Quantity") or get("UnitAmount") or get("LineAmount") or get("TaxAmount"))


def _read_xero(row: Mapping[str, Any], amounts: str, taxes: TaxMap) -> Line:
    get = row.get
    quantity, unit = number(get("Quantity")), number(get("UnitAmount"))
    tax_type = NO_TAX_TYPE if amounts == NO_TAX else text(get("TaxType"))
    if tax_type is None and not get("TaxAmount"):
        tax_type = NO_TAX_TYPE
    price, discount = unit, NOTHING
    if quantity is not None and unit is not None:
        discounted = bool(get("DiscountRate") or get("DiscountAmount"))
        if amounts == INCLUSIVE:
            known = taxes.xero.get(tax_type or "")
            percent = NOTHING if tax_type == NO_TAX_TYPE else known.percent if known else None
            whole, tax = amount(get("LineAmount")), amount(get("TaxAmount"))
            price, discount = money.net_price(quantity, unit, whole, tax, percent=percent, discounted=discounted)
        elif discounted:  # what Xero made of a percentage is in the line's amount, rounding included
            discount = money.cents(quantity * unit) - amount(get("LineAmount"))
    return {
        "id": get("LineItemID"),
        "product": text(get("ItemCode")),
        "description": text(get("Description")),
        "quantity": quantity,
        "price": price,
        "discount": discount,
        "tax": tax_type,
        "account": text(get("AccountCode")),
        AMOUNT: charges.comes_to(row, amounts),
    }


def _says_another_amount(line: AnyLine, view: AnyLine) -> bool:
    """Whether an amount of the CRM's header is to be written into this line."""
    return of_header(line.get("from")) and bool(line[AMOUNT] != view[AMOUNT])


def _account_of(code: str | None) -> str | None:
    return code.account if isinstance(code, ItemCode) else None


def _among_remarks(rows: Iterable[Body], remarks: Mapping[str, Mapping[str, Any]], before: Iterable[str]) -> list[Body]:
    """The rows in their order, each remark right behind what it stood behind."""
    out = list(rows)
    at = 0
    for id_ in before:
        place = next((n for n, row in enumerate(out) if row.get("LineItemID") == id_), None)
        if place is not None:
            at = place + 1
        elif id_ in remarks:
            out.insert(at, _as_it_is(remarks[id_]))
            at += 1
    return out


def _as_it_is(native: Mapping[str, Any]) -> Body:
    return {name: native[name] for name in KEPT if native.get(name) not in (None, "")}


@dataclass(frozen=True, slots=True)
class XeroLines:
    """Writes the lines of one Xero document. `rates_only`: purchase orders know no discount but a percentage."""

    amounts: str
    taxes: TaxMap
    rates_only: bool
    postings: Postings = ANYWHERE

    def rows(self, lines: Sequence[AnyLine], document: Mapping[str, Any]) -> list[Body]:
        """All lines; `document` is the row as it stands, empty for a new one. Raises Cannot."""
        natives = {row["LineItemID"]: row for row in document.get("LineItems") or () if row.get("LineItemID")}
        views = {view["id"]: view for view in read_xero(document, self.taxes)}
        rows = [
            self._old(line, natives[line["id"]], views[line["id"]]) if line.get("id") in views else self._new(line)
            for line in lines
        ]
        for row in rows:
            self.postings.check(row, natives.get(row.get("LineItemID", ""), {}))
        return _among_remarks(rows, {id_: n for id_, n in natives.items() if id_ not in views}, list(natives))

    def check_postings(self, lines: Iterable[AnyLine], before: Iterable[AnyLine]) -> None:
        """Raises Cannot where Xero would refuse one of these lines; `before`: as they stand there, all sent again."""
        stored = {line["id"]: line for line in before}
        for line in lines:
            old = stored.get(line.get("id"))
            account = line.get("account")
            if old is None or line.get("product") != old["product"]:
                account = (
                    _account_of(line.get("product")) or account or (self.postings.default if old is None else None)
                )
            told = {"AccountCode": account, "TaxType": line.get("tax") or NO_TAX_TYPE}
            told |= {"Description": line.get("description"), "ItemCode": line.get("product")}
            self.postings.check(told, {} if old is None else {"AccountCode": old["account"], "TaxType": old["tax"]})

    def _new(self, line: AnyLine) -> Body:
        described = line.get("description") or line.get("product")
        if not described:
            raise Cannot(
                "no_description",
                "A line has neither an item nor a description, and Xero needs one of them.",
                "Describe the line in the CRM.",
            )
        row: Body = {"Description": described}
        if line.get("product"):
            row["ItemCode"] = line["product"]
        if of_header(line.get("from")):
            tax = line.get("tax") or NO_TAX_TYPE
            return {**row, "AccountCode": line["account"], "TaxType": tax, **self._whole(line)}
        account = line.get("account") or _account_of(line.get("product")) or self.postings.default
        if account:
            row["AccountCode"] = account
        row["TaxType"] = line.get("tax") or NO_TAX_TYPE
        self._price(row, line, discounted=False)
        return row

    def _old(self, line: AnyLine, native: Mapping[str, Any], view: AnyLine) -> Body:
        row = _as_it_is(native)
        if _says_another_amount(line, view):
            kept = {name: value for name, value in row.items() if name not in ("DiscountRate", "DiscountAmount")}
            return {**kept, "TaxType": view["tax"] or NO_TAX_TYPE, **self._whole(line)}
        changed = {name for name in RULES if name in line and line[name] != view[name]}
        if not changed & MONEY and self._overridden(native, view):
            row["TaxAmount"] = native["TaxAmount"]
        if "product" in changed:
            row["ItemCode"] = line["product"] or ""
            if account := _account_of(line["product"]):
                row["AccountCode"] = account
        if "description" in changed and line["description"]:  # Xero needs one: what stands there is better than none
            row["Description"] = line["description"]
        if "account" in changed and line["account"]:
            row["AccountCode"] = line["account"]
        if "tax" in changed:
            row["TaxType"] = line["tax"] or NO_TAX_TYPE
        if changed & MONEY:
            same = not changed & {"price", "tax", "discount"}
            self._price(
                row,
                line,
                discounted="DiscountRate" in row or "DiscountAmount" in row,
                likely=number(native.get("UnitAmount")) if same else None,
            )
        return row

    def _whole(self, line: AnyLine) -> Body:
        return {"Quantity": Decimal(1), "UnitAmount": charges.unit_price(line, self.taxes, self.amounts)}

    def _overridden(self, native: Mapping[str, Any], view: AnyLine) -> bool:
        """Whether somebody set the line's tax by hand: left out, Xero would compute it anew."""
        given = number(native.get("TaxAmount"))
        if given is None:
            return False
        rate = self.taxes.xero.get(view["tax"] or "")
        percent = rate.percent if rate else NOTHING
        return given != money.xero_line(amount(native.get("LineAmount")), percent, self.amounts).tax

    def _price(self, row: Body, line: AnyLine, *, discounted: bool, likely: Decimal | None = None) -> None:
        quantity, unit, discount = self.gross(line, likely)
        row["Quantity"], row["UnitAmount"] = quantity, unit
        row.pop("DiscountRate", None)
        row.pop("DiscountAmount", None)
        if not (discount or discounted):
            return
        if not self.rates_only:
            row["DiscountAmount"] = discount
            return
        rate = money.discount_rate(quantity, unit, discount)
        if rate is None:
            raise Cannot(
                "discount",
                f"Xero takes only a percentage off a line of an order, and none comes to {discount:.2f}.",
                "Give the discount as a percentage with two decimals, or put it into the price.",
            )
        row["DiscountRate"] = rate

    def gross(self, line: AnyLine, likely: Decimal | None = None) -> tuple[Decimal, Decimal, Decimal]:
        """Quantity, unit amount and discount as Xero is to be told; raises Cannot."""
        quantity, price, discount = (amount(line.get(name)) for name in ("quantity", "price", "discount"))
        if self.amounts != INCLUSIVE:
            return quantity, price, discount
        percent = self.taxes.percent_in_xero(line.get("tax"))
        found = money.gross_price(quantity, price, discount, percent, likely=likely)
        if found is None:
            net = money.cents(quantity * price) - discount
            raise Cannot(
                "total_differs",
                f"No price including tax with four decimals comes to {net:.2f} without tax.",
                "Change the invoice in Xero to tax exclusive, or round the price.",
            )
        return quantity, *found

    def check_amounts(self, lines: Iterable[AnyLine], before: Iterable[AnyLine]) -> None:
        """Raises Cannot where a line cannot come to an amount of the CRM's header."""
        views = {view["id"]: view for view in before}
        for line in lines:
            view = views.get(line.get("id"))
            if of_header(line.get("from")) and (view is None or _says_another_amount(line, view)):
                charges.unit_price(line, self.taxes, self.amounts)

    def moved(self, lines: Iterable[AnyLine], document: Mapping[str, Any]) -> list[AnyLine]:
        """The lines whose money is not what the document says."""
        views = {view["id"]: view for view in read_xero(document, self.taxes)}
        return [
            line
            for line in lines
            if (view := views.get(line.get("id"))) is None
            or _says_another_amount(line, view)
            or any(line.get(name) != view[name] for name in MONEY)
        ]

    def totals(self, lines: Iterable[AnyLine]) -> Totals:
        """What Xero will make of these lines; raises Cannot."""
        return money.summed(self._money(line) for line in lines)

    def crm_totals(self, lines: Iterable[AnyLine]) -> Totals:
        """What the CRM makes of the same lines at the same percentages; raises Cannot."""
        return money.summed(
            LineMoney(line[AMOUNT], NOTHING)
            if of_header(line.get("from"))
            else crm_money(line, self.taxes.percents_back(line.get("tax")))
            for line in lines
        )

    def _money(self, line: AnyLine) -> LineMoney:
        if of_header(line.get("from")):
            price = charges.unit_price(line, self.taxes, self.amounts)
            return money.xero_line(price, self.taxes.percent_in_xero(line.get("tax")), self.amounts)
        quantity, unit, discount = self.gross(line)
        whole = money.xero_amount(quantity, unit, discount=discount)
        return money.xero_line(whole, self.taxes.percent_in_xero(line.get("tax")), self.amounts)
