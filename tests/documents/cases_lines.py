"""Lines: what is sold, at what price, in which order; and amounts of a whole document, which are lines of Xero."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from extension.sync.canonical import XERO, ZOHO, Side
from tests.documents.case import COMPUTED, ORDER, Case, Deed, Desk, Row
from tests.system.live_books import D
from tests.system.live_shop import GST, LINE, TOTAL, Shop

Prepare = Callable[[Shop], object]
HALF, ZERO = ({"name": "GST Half", "percentage": D("7.5")}, {"name": "Zero", "percentage": 0})
FREE = {"ItemCode": "", "Description": "Advice by telephone"}
REMARK = {"ItemCode": "", "Description": "For May:", "Quantity": None, "UnitAmount": None, "AccountCode": ""}
MIXED = (LINE, {"Quantity": 1, "List_Price": D("33.33"), "Line_Tax": [ZERO]})


def _comes_to(total: Any) -> Deed:
    def expect(desk: Desk) -> None:
        assert desk.total(XERO) == total

    return expect


def _both(*deeds: Deed) -> Deed:
    def all_of_them(desk: Desk) -> None:
        for deed in deeds:
            deed(desk)

    return all_of_them


# ------------------------------------------------------------------ settings


def charges(tax: str = "NONE", **amounts: str) -> Prepare:
    """Accounts for amounts of a whole document. `amounts`: what new documents are in Xero, by entity."""

    def choose(document: Row) -> None:
        line = {"account": {"sales": "200", "purchases": "300"}, "tax": {"sales": tax, "purchases": tax}}
        own = {"discount": line, "adjustment": {**line, "description": "Freight"}}
        document["documents"] = {"charges": own, "amounts": amounts}

    return lambda shop: shop.settings(choose)


def stand_in(shop: Shop) -> None:
    """A product of the CRM stands for no item."""
    product = shop.crm("Products", Product_Name="Free text", Add_to_Xero=False)
    shop.settings(lambda document: document.update(itemless_product=product))
    shop.sync(full=True)


def _choose(prepare: Prepare) -> Deed:
    return lambda desk: prepare(desk.shop)


def _free_line(shop: Shop) -> str:
    stand_in(shop)
    product = shop.house.connection(None).settings["itemless_product"]
    return shop.invoice({**LINE, "Product_Name": {"id": product}, "Description": "Advice by telephone"})


# ------------------------------------------------------------------ what is expected


def _no_item(desk: Desk) -> None:
    (line,) = desk.lines(XERO)
    assert ("ItemCode" in line, line["Description"]) == (False, "Advice by telephone")
    assert [item["Code"] for item in desk.shop.in_xero("Items")] == ["PEN"], "the stand-in is no item of Xero"


def _remark_between(desk: Desk) -> None:
    assert [line["Description"] for line in desk.lines(XERO)] == ["Pen", "For May:", "Pen"]
    assert [row["Product_Name"]["name"] for row in desk.lines(ZOHO)] == ["Pen", "Pen"]


def _quantities(*expected: Any) -> Deed:
    def expect(desk: Desk) -> None:
        for side in (ZOHO, XERO):
            assert [line["Quantity"] for line in desk.lines(side)] == list(expected), side

    return expect


def _charged(description: str, amount: Any, tax: str = "NONE") -> Deed:
    def expect(desk: Desk) -> None:
        *_, line = desk.lines(XERO)
        assert (line["Description"], line["UnitAmount"], line["TaxType"]) == (description, amount, tax)

    return expect


# ------------------------------------------------------------------ what people do


def _last_line(**changes: Any) -> Deed:
    """In Xero."""
    return lambda desk: desk.edit_line(XERO, -1, **changes)


def _header(name: str, amount: Any) -> Deed:
    """A change of Xero's line, and what the CRM's header says then."""

    def edited(desk: Desk) -> None:
        desk.edit_line(XERO, -1, UnitAmount=amount)
        desk.shop.sync()
        assert desk.crm[name] == abs(amount)
        desk.edit(ZOHO, **{name: 3})
        desk.shop.sync()
        assert abs(desk.lines(XERO)[-1]["UnitAmount"]) == 3, "and back"
        lines = [{k: v for k, v in line.items() if k not in COMPUTED} for line in desk.lines(XERO)]
        desk.edit(XERO, LineItems=lines[:-1])
        desk.shop.sync()
        assert desk.crm[name] == 0, "who takes the line away takes the amount away"
        desk.edit(ZOHO, **{name: 4})

    return edited


def _add(side: Side) -> Deed:
    """One more line, in between."""

    def deed(desk: Desk) -> None:
        first, *rest = desk.lines(side)
        if side == ZOHO:
            row = {"Product_Name": {"id": desk.shop.pen}, "Quantity": 7, "List_Price": D("10.5"), "Line_Tax": [GST]}
            desk.edit(side, **{desk.kind.subform: [row]})
        else:
            new = {name: first[name] for name in ("ItemCode", "AccountCode", "TaxType", "UnitAmount", "Description")}
            lines = [first, {**new, "Quantity": 7}, *rest]
            desk.edit(side, LineItems=[{k: v for k, v in line.items() if k not in COMPUTED} for line in lines])
        desk.shop.sync()
        for each in (ZOHO, XERO):
            assert sorted(line["Quantity"] for line in desk.lines(each)) == [2, 3, 7], each

    return deed


def _remove(side: Side) -> Deed:
    def deed(desk: Desk) -> None:
        first, *rest = desk.lines(side)
        if side == ZOHO:
            desk.edit(side, **{desk.kind.subform: [{"id": first["id"], "_delete": None}]})
        else:
            desk.edit(side, LineItems=[{k: v for k, v in line.items() if k not in COMPUTED} for line in rest])
        desk.shop.sync()
        _quantities(3)(desk)

    return deed


def _move_in_xero(desk: Desk) -> None:
    lines = [{k: v for k, v in line.items() if k not in COMPUTED} for line in desk.lines(XERO)]
    desk.shop.zoho.set_switches({"line_order": "request"})
    ids = [row["id"] for row in desk.lines(ZOHO)]
    desk.edit(XERO, LineItems=lines[::-1])
    desk.shop.sync()
    assert [row["id"] for row in desk.lines(ZOHO)] == ids[::-1], "moved, and not made anew"
    desk.shop.zoho.set_switches({"line_order": "kept"})
    desk.edit(XERO, LineItems=lines)


def _move_in_crm(desk: Desk) -> None:
    """Where the CRM takes the order of a request, its own screen moves lines as well."""
    desk.shop.zoho.set_switches({"line_order": "request"})
    ids = [line["LineItemID"] for line in desk.lines(XERO)]
    desk.edit(ZOHO, **{desk.kind.subform: [{"id": row["id"]} for row in desk.lines(ZOHO)][::-1]})
    desk.shop.sync()
    assert [line["LineItemID"] for line in desk.lines(XERO)] == ids[::-1], "moved, and not made anew"
    desk.shop.zoho.set_switches({"line_order": "kept"})


TWO = (LINE, {**LINE, "Quantity": 3})
BILLED_TWO: tuple[Row, ...] = ({}, {"Quantity": 3})


def _full(count: int) -> Callable[[Shop], str]:
    return lambda shop: shop.bill(*({"Description": f"Pen {n}"} for n in range(count)))


def _one_line_less(desk: Desk) -> None:
    lines = desk.lines(XERO)
    desk.edit(XERO, LineItems=[{k: v for k, v in line.items() if k not in COMPUTED} for line in lines[:-1]])


def _one_line_more(desk: Desk) -> None:
    lines = [{k: v for k, v in line.items() if k not in COMPUTED} for line in desk.lines(XERO)]
    new = {name: value for name, value in lines[0].items() if name != "LineItemID"}
    desk.edit(XERO, LineItems=[*lines, new])


CASES = [
    Case("product-line", ZOHO, lambda shop: shop.invoice(), expect=_comes_to(TOTAL)),
    Case("product-line", XERO, lambda shop: shop.bill(), expect=_comes_to(TOTAL)),
    Case("order-line", ZOHO, lambda shop: shop.order(), kind=ORDER, expect=_comes_to(TOTAL)),
    Case("free-text-line", ZOHO, _free_line, expect=_no_item),
    Case("free-text-line", XERO, lambda shop: shop.bill(FREE), prepare=stand_in, expect=_no_item),
    Case(
        "free-text-unchosen",
        XERO,
        lambda shop: shop.bill(FREE),
        held=frozenset({"no_product"}),
        cure=_choose(stand_in),
        expect=_no_item,
    ),
    Case("remark", XERO, lambda shop: shop.bill({}, REMARK, {"Quantity": 3}, Status="DRAFT"), expect=_remark_between),
    Case(
        "part-quantity",
        ZOHO,
        lambda shop: shop.invoice({**LINE, "Quantity": D("1.375")}),
        expect=_quantities(D("1.375")),
    ),
    Case("part-quantity", XERO, lambda shop: shop.bill({"Quantity": D("1.375")}), expect=_quantities(D("1.375"))),
    Case("four-decimals", ZOHO, lambda shop: shop.invoice({"Quantity": 700, "List_Price": D("0.1234")})),
    Case("four-decimals", XERO, lambda shop: shop.bill({"Quantity": 700, "UnitAmount": D("0.1234")})),
    Case("line-discount", ZOHO, lambda shop: shop.invoice({**LINE, "Discount": D("1.05")})),
    Case("line-discount", XERO, lambda shop: shop.bill({"DiscountAmount": D("1.05")})),
    Case("line-discount-percent", ZOHO, lambda shop: shop.invoice({**LINE, "Discount": "12.5%"})),
    Case("line-discount-percent", XERO, lambda shop: shop.bill({"DiscountRate": D("12.5")})),
    Case(
        "document-discount",
        ZOHO,
        lambda shop: shop.invoice(Discount=5),
        prepare=charges(),
        expect=_both(_comes_to(TOTAL - 5), _charged("Discount", -5)),
        edited=_header("Discount", D("-7.5")),
    ),
    Case(
        "document-discount-order",
        ZOHO,
        lambda shop: shop.order(Discount=5),
        kind=ORDER,
        prepare=charges(),
        expect=_both(_comes_to(TOTAL - 5), _charged("Discount", -5)),
        edited=_header("Discount", D("-7.5")),
    ),
    Case(
        "document-discount-percent",
        ZOHO,
        lambda shop: shop.invoice(Discount="10%"),
        prepare=charges(),
        expect=_charged("Discount", D("-2.42")),
    ),
    Case(
        "document-discount-mixed",
        ZOHO,
        lambda shop: shop.invoice(*MIXED, Discount="10%"),
        prepare=charges(),
        expect=_charged("Discount", D("-5.75")),
    ),
    Case(
        "document-discount-taxed",
        ZOHO,
        lambda shop: shop.invoice(*MIXED, Discount=D("11.50")),
        prepare=charges("OUTPUT2"),
        expect=_charged("Discount", -10, "OUTPUT2"),
        edited=_last_line(UnitAmount=D(-20)),
    ),
    Case(
        "document-discount-unreachable",
        ZOHO,
        lambda shop: shop.invoice(Discount=D("0.04")),
        prepare=charges("OUTPUT2"),
        held=frozenset({"total_differs"}),
        cure=lambda desk: desk.edit(ZOHO, Discount=D("0.05")),
        expect=_charged("Discount", D("-0.04"), "OUTPUT2"),
    ),
    Case(
        "document-discount-unchosen",
        ZOHO,
        lambda shop: shop.invoice(Discount=5),
        held=frozenset({"document_discount"}),
        cure=_choose(charges()),
        expect=_charged("Discount", -5),
    ),
    Case(
        "document-discount-turned",
        ZOHO,
        lambda shop: shop.invoice(Discount=5),
        prepare=charges(),
        edited=_last_line(UnitAmount=5),
        edit_held=frozenset({"charge_line"}),
    ),
    Case(
        "document-discount-item",
        ZOHO,
        lambda shop: shop.invoice(Discount=5),
        prepare=charges(),
        edited=_last_line(ItemCode="PEN"),
        edit_held=frozenset({"charge_line"}),
    ),
    Case(
        "document-adjustment",
        ZOHO,
        lambda shop: shop.invoice(Adjustment=D("-0.03")),
        prepare=charges(),
        expect=_both(_comes_to(D("24.12")), _charged("Freight", D("-0.03"))),
    ),
    Case(
        "shipping",
        ZOHO,
        lambda shop: shop.invoice(Adjustment=D("12.40")),
        prepare=charges(),
        expect=_both(_comes_to(D("36.55")), _charged("Freight", D("12.4"))),
        edited=_header("Adjustment", D("9.9")),
    ),
    Case(
        "document-adjustment-unchosen",
        ZOHO,
        lambda shop: shop.invoice(Adjustment=D("-0.03")),
        held=frozenset({"adjustment"}),
        cure=_choose(charges()),
        expect=_charged("Freight", D("-0.03")),
    ),
    Case(
        "document-adjustment-inclusive",
        ZOHO,
        lambda shop: shop.invoice(Adjustment=D("-0.03")),
        prepare=charges(invoice="Inclusive"),
        held=frozenset({"adjustment"}),
        cure=lambda desk: desk.edit(ZOHO, Adjustment=0),
    ),
    Case("line-added", ZOHO, lambda shop: shop.invoice(*TWO), edited=_add(XERO)),
    Case("line-added", XERO, lambda shop: shop.bill(*BILLED_TWO), edited=_add(ZOHO)),
    Case("line-removed", ZOHO, lambda shop: shop.invoice(*TWO), edited=_remove(XERO)),
    Case("line-removed", XERO, lambda shop: shop.bill(*BILLED_TWO), edited=_remove(ZOHO)),
    Case("line-moved", ZOHO, lambda shop: shop.invoice(*TWO), expect=_quantities(2, 3), edited=_move_in_xero),
    Case("line-moved", XERO, lambda shop: shop.bill(*BILLED_TWO), expect=_quantities(2, 3), edited=_move_in_crm),
    Case("two-hundred-lines", XERO, _full(200), edited=_one_line_less),
    Case("too-many-lines", XERO, _full(201), held=frozenset({"too_many_lines"}), cure=_one_line_less),
    Case(
        "one-line-too-many",
        ZOHO,
        lambda shop: shop.invoice(*({**LINE, "Description": f"Pen {n}"} for n in range(200))),
        edited=_one_line_more,
        edit_held=frozenset({"too_many_lines"}),
    ),
]
