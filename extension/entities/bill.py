"""Purchase orders of the CRM and bills of Xero, where the connection makes bills of them.

Pure. A bill is known by its number and its supplier: any number of them may have one number, and Xero refuses none of
them (facts/xero.md 3.8). So a number counts within its supplier only, a create is never simply repeated, and what is
known is the link that we put on it. Xero's bills take no discount: the CRM's is put into the price. Beside money that
was paid Xero still takes a few changes (facts/xero.md 3.10).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from extension.entities import money
from extension.entities.catalogue import BILL
from extension.entities.deep_links import crm_page
from extension.entities.lines import AnyLine, Line
from extension.entities.native import Body
from extension.entities.posted import Posted
from extension.entities.settings import Settings
from extension.entities.statuses import ENDED
from extension.entities.values import NOTHING, amount, key, text, zoho_id
from extension.sync.actions import Part
from extension.sync.canonical import XERO, ZOHO, Fields, Side, Value
from extension.sync.errors import Cannot
from extension.sync.model import Record, Ref, Row
from extension.sync.ports import Resolver

LATE: Final = frozenset({"InvoiceNumber", "DueDate", "BrandingThemeID", "PlannedPaymentDate"})
"""What Xero lets change of a bill that is paid; the supplier only with caveats, so that is a person's to do."""
REDUCED: Final = "reduced"  # of a line: the CRM's own discount, which is in the price already


class Bill(Posted):
    pair = BILL
    party = "vendor"
    type = "ACCPAY"
    numbered_by_xero = False  # its number is the supplier's

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.unique = {ZOHO: True, XERO: False}
        self._ours = crm_page(settings.site, self.pair.module)

    # ------------------------------------------------------------------ views

    def views(self, side: Side, row: Row, known: Sequence[Record]) -> list[Record]:
        return [self._within_supplier(side, row, view) for view in super().views(side, row, known)]

    def _within_supplier(self, side: Side, row: Row, view: Record) -> Record:
        fields = dict(view.fields)
        if side == ZOHO:
            fields["lines"] = [_netted(line) for line in fields["lines"]]
        supplier, number = fields["vendor"], key(fields["number"])
        return replace(
            view,
            fields=fields,
            scope=Ref("vendor", supplier) if supplier else None,
            keys=(number,) if number and supplier else (),
            stamp=view.stamp if side == ZOHO else self._linked_from(text(row.body.get("Url")) or ""),
            title=fields["number"] or fields.get("subject") or "",
        )

    def _linked_from(self, url: str) -> str | None:
        """The CRM's record that a bill of Xero names as the one it came from: our stamp on it, whoever edited it."""
        if self._ours is None or not url.startswith(self._ours):
            return None
        return zoho_id(url.removeprefix(self._ours))

    # ------------------------------------------------------------------ values

    def complete(self, to: Side, fields: Fields, source: Record, resolver: Resolver) -> Fields:
        if to == XERO and not source.fields.get("number"):
            raise Cannot(
                "no_number",
                f"“{source.title}” has no number, and a bill is known by its number and its supplier.",
                "Fill in the number of the purchase order: the supplier's number of the bill.",
            )
        return super().complete(to, fields, source, resolver)

    def _line_value(self, to: Side, name: str, value: Value, of: Record, resolver: Resolver) -> Value:
        if to == XERO and name == "discount" and value:
            raise Cannot(
                "discount",
                f"Xero takes no discount on a bill, and no price with four decimals comes to {value:.2f} less.",
                "Put the discount into the price, or change the quantity.",
            )
        return super()._line_value(to, name, value, of, resolver)

    # ------------------------------------------------------------------ what is paid

    def still_open(self, name: str, twin: Fields) -> bool:
        mapped = self.fields.get(name)
        return twin.get("status") not in ENDED and mapped is not None and _head(mapped.xero) in LATE

    def takes(self, part: Part, current: Mapping[str, Any]) -> bool:
        there = {"status": current.get("Status")}
        return (
            all(
                _same_money(value or (), part) if name == "lines" else self.still_open(name, there)
                for name, value in part.fields.items()
            )
            and there["status"] not in ENDED
        )

    # ------------------------------------------------------------------ bodies

    def body(self, side: Side, part: Part, current: Mapping[str, Any]) -> Body:
        body = super().body(side, part, current)
        if side == ZOHO and part.read is not None and self.subform in body:
            wanted = {line["id"]: line for line in part.fields["lines"] if line.get("id")}
            reduced = {line["id"] for line in part.read.fields["lines"] if line.get(REDUCED)}
            for row in body[self.subform]:
                self._price_again(row, wanted, reduced)
        return body

    def _price_again(self, row: Body, wanted: Mapping[str, AnyLine], reduced: set[str]) -> None:
        """The CRM's discount was in the price: once money of the line changes, its price alone says what it costs."""
        names = self.line_names
        if row.get("id") in reduced & set(wanted) and not {names.quantity, names.price}.isdisjoint(row):
            row[names.price], row[names.discount] = wanted[row["id"]]["price"], NOTHING


def _netted(line: Line) -> Line:
    """The line with its discount in its price, where a price with four decimals comes to the same."""
    quantity, price, discount = (amount(line.get(name)) for name in ("quantity", "price", "discount"))
    found = _net_price(quantity, price, discount) if discount else None
    return line if found is None else {**line, "price": found, "discount": NOTHING, REDUCED: discount}


def _net_price(quantity: Decimal, price: Decimal, discount: Decimal) -> Decimal | None:
    if not quantity:
        return None
    net = money.cents(quantity * price) - discount
    nearest = (net / quantity).quantize(money.STEP)
    return next((unit for unit in money.around(nearest) if money.cents(quantity * unit) == net), None)


def _same_money(lines: Sequence[AnyLine], part: Part) -> bool:
    """Whether nothing but the words of lines changes."""
    before = part.read.fields["lines"] if part.read is not None else ()
    mine = [
        {name: line.get(name) for name in ("id", "product", "quantity", "price", "discount", "tax")} for line in lines
    ]
    return mine == [{name: line.get(name) for name in mine[0]} for line in before] if mine else not before


def _head(path: Any) -> str:
    return path.head if path is not None else ""
