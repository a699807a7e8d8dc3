"""The discount and the adjustment of a whole CRM document, as lines of Xero and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extension.entities import charges
from extension.entities.charges import ADJUSTMENT, DISCOUNT
from extension.entities.money import EXCLUSIVE, INCLUSIVE, NO_TAX, xero_line
from extension.entities.registry import Registry
from extension.sync.canonical import XERO, ZOHO, Fields
from extension.sync.errors import BadInput, Cannot
from extension.sync.model import AMOUNT, Link, Record
from tests.unit.books import (
    INV,
    INV_CRM,
    D,
    Known,
    created,
    crm_invoice,
    crm_line,
    held,
    part,
    registry,
    settings,
    shop,
    view,
    xero_invoice,
)
from tests.unit.books import (
    xero_line as books_line,
)


def with_charges(tax: str = "NONE", **more: Any) -> Registry:
    document = settings()
    one = {"account": {"sales": "260"}, "tax": {"sales": tax}}
    document["documents"] = {"charges": {"discount": one, "adjustment": {**one, "description": "Freight"}}, **more}
    return registry(document=document)


BOOKS, TAXED, PLAIN = with_charges(), with_charges("OUTPUT2"), registry()
TAXES = BOOKS.entity("invoice").settings.taxes["sales"]


def reduced(books: Registry = BOOKS, **more: Any) -> Record:
    """24.15 in lines, less 5, and 2.50 of freight: 21.65."""
    header = {"Discount": D(5), "Adjustment": D("2.5"), "Grand_Total": D("21.65"), **more}
    return view(books, ZOHO, crm_invoice(**header), "invoice")


def off(id_: str = "d", amount: str = "-5.00", **more: Any) -> dict[str, Any]:
    """A line without tax, and without an item."""
    price = {"Quantity": D(1), "UnitAmount": D(amount), "LineAmount": D(amount), "TaxAmount": D(0), "TaxType": "NONE"}
    words = {"ItemCode": None, "Description": "Discount", "AccountCode": "260"}
    return books_line(id_, **{**words, **price, **more})


# ------------------------------------------------------------------ read


def test_amounts_of_the_header_are_lines_of_the_view() -> None:
    lines = reduced().fields["lines"]
    assert [line["id"] for line in lines] == ["71", DISCOUNT, ADJUSTMENT]
    assert lines[1:] == [{"id": DISCOUNT, "amount": D(-5)}, {"id": ADJUSTMENT, "amount": D("2.5")}]
    assert len(view(BOOKS, ZOHO, crm_invoice(Discount=0, Adjustment=None), "invoice").fields["lines"]) == 1


@pytest.mark.parametrize(
    ("native", "amounts", "comes_to"),
    [
        ({}, EXCLUSIVE, D(-5)),
        ({"TaxAmount": D("-0.75"), "TaxType": "OUTPUT2"}, EXCLUSIVE, D("-5.75")),
        ({"TaxAmount": D("-0.65"), "TaxType": "OUTPUT2"}, INCLUSIVE, D(-5)),
        ({}, NO_TAX, D(-5)),
        ({"ItemCode": "PEN"}, EXCLUSIVE, None),
    ],
)
def test_what_a_line_of_xero_comes_to(native: Mapping[str, Any], amounts: str, comes_to: Decimal | None) -> None:
    found = view(BOOKS, XERO, xero_invoice(off(**native), LineAmountTypes=amounts), "invoice")
    assert found.fields["lines"][0]["amount"] == comes_to


# ------------------------------------------------------------------ new in Xero


def test_they_become_lines_of_a_new_document() -> None:
    source = reduced()
    fields = created(BOOKS, XERO, source, Known(*shop(BOOKS)))
    body: Any = BOOKS.body(XERO, "Invoices", [part("invoice", "create", XERO, fields, source=source)], None)
    goods, discount, freight = body["LineItems"]
    assert goods["ItemCode"] == "PEN"
    common = {"AccountCode": "260", "TaxType": "NONE", "Quantity": 1}
    assert discount == {"Description": "Discount", "UnitAmount": D(-5), **common}
    assert freight == {"Description": "Freight", "UnitAmount": D("2.5"), **common}


def test_with_tax_the_line_comes_to_the_same_with_it() -> None:
    source = reduced(TAXED, Discount=D("11.5"), Adjustment=0, Grand_Total=D("12.65"))
    fields = created(TAXED, XERO, source, Known(*shop(TAXED)))
    body: Any = TAXED.body(XERO, "Invoices", [part("invoice", "create", XERO, fields, source=source)], None)
    assert (body["LineItems"][1]["UnitAmount"], body["LineItems"][1]["TaxType"]) == (D(-10), "OUTPUT2")


def test_an_amount_that_no_net_price_comes_to_is_held_with_both_numbers() -> None:
    """With 15 %, 0.03 is 0.03 (0.00) or 0.05 (0.01): nothing comes to 0.04."""
    line = {"id": None, "from": DISCOUNT, AMOUNT: D("-0.04"), "tax": "OUTPUT2"}
    with pytest.raises(Cannot, match=r"0\.04.*Xero would say -0\.0[35]"):
        charges.unit_price(line, TAXES, EXCLUSIVE)
    assert charges.unit_price(line, TAXES, INCLUSIVE) == D("-0.04")


@given(st.decimals(D(-9999), D(9999), places=2), st.sampled_from(["NONE", "OUTPUT2", "TAX001"]))
def test_a_unit_price_comes_to_its_amount_or_none_does(amount: Decimal, tax: str) -> None:
    line = {"id": None, "from": DISCOUNT, AMOUNT: amount, "tax": tax}
    percent = TAXES.percent_in_xero(tax)
    middle = (amount * 100 / (100 + percent)).quantize(D("0.01"))
    near = [xero_line(middle + D(n) / 100, percent, EXCLUSIVE) for n in range(-5, 6)]
    try:
        made = xero_line(charges.unit_price(line, TAXES, EXCLUSIVE), percent, EXCLUSIVE)
    except Cannot:
        assert all(each.net + each.tax != amount for each in near)
    else:
        assert made.net + made.tax == amount


def test_without_an_account_they_are_held_and_the_way_out_is_named() -> None:
    source = reduced(PLAIN)
    with pytest.raises(Cannot, match=r"reduced as a whole by 5\.00") as why:
        created(PLAIN, XERO, source, Known(*shop(PLAIN)))
    assert "Settings, Documents" in why.value.hint
    other = reduced(PLAIN, Discount=0, Grand_Total=D("26.65"))
    assert held(lambda: created(PLAIN, XERO, other, Known(*shop(PLAIN)))) == "adjustment"


def test_an_adjustment_is_no_line_where_prices_include_tax() -> None:
    books = with_charges(amounts={"invoice": "Inclusive"})
    assert held(lambda: created(books, XERO, reduced(books), Known(*shop(books)))) == "adjustment"


# ------------------------------------------------------------------ changed


def lines_of(record: Record) -> list[Any]:
    return list(record.fields["lines"])


def to_xero(amount: Decimal, native: dict[str, Any], **document: Any) -> list[Any]:
    row = xero_invoice(books_line("a"), native, **document)
    there = view(BOOKS, XERO, row, "invoice")
    goods, line = lines_of(there)
    wanted = [{**goods, "from": "71"}, {**line, "from": DISCOUNT, AMOUNT: amount}]
    BOOKS.entity("invoice").accept_lines(XERO, wanted, there)
    body: Any = BOOKS.body(XERO, "Invoices", [part("invoice", "update", XERO, {"lines": wanted}, there)], row)
    return list(body["LineItems"])


def test_a_changed_amount_moves_its_line_and_nothing_else_of_it() -> None:
    tracked: dict[str, Any] = {
        "Tracking": [{"Name": "Region", "Option": "North"}],
        "Description": "Loyal",
        "AccountCode": "200",
    }
    goods, line = to_xero(D(-7), off(**tracked))
    assert "UnitAmount" in goods
    assert line == {
        "LineItemID": "d", "Description": "Loyal", "Quantity": 1, "UnitAmount": D(-7), "AccountCode": "200",
        "TaxType": "NONE", "Tracking": tracked["Tracking"],
    }  # fmt: skip


def test_a_line_that_people_gave_tax_quantity_and_a_discount_comes_to_the_amount_all_the_same() -> None:
    native = off(Quantity=D(2), UnitAmount=D(-4), DiscountRate=D(10), LineAmount=D("-7.20"), TaxAmount=D("-1.08"))
    _, line = to_xero(D("-11.50"), {**native, "TaxType": "OUTPUT2"})
    assert (line["Quantity"], line["UnitAmount"], line["TaxType"]) == (1, D(-10), "OUTPUT2")
    assert "DiscountRate" not in line
    _, line = to_xero(D("-11.50"), {**native, "TaxType": "OUTPUT2"}, LineAmountTypes=INCLUSIVE)
    assert line["UnitAmount"] == D("-11.50")


def test_what_cannot_come_to_it_is_held_before_anything_is_sent() -> None:
    taxed = off(TaxAmount=D("-0.75"), TaxType="OUTPUT2")
    assert held(lambda: to_xero(D("-0.04"), taxed)) == "total_differs"


def into_crm(wanted: Fields, before: Record) -> Any:
    return BOOKS.body(ZOHO, "Invoices", [part("invoice", "update", ZOHO, wanted, before)], None)


@pytest.mark.parametrize(
    ("amounts", "written"),
    [
        ({DISCOUNT: D(-7), ADJUSTMENT: D("2.5")}, {"Discount": D(7)}),
        ({DISCOUNT: D(-5), ADJUSTMENT: D("-1.5")}, {"Adjustment": D("-1.5")}),
        ({DISCOUNT: None, ADJUSTMENT: D("2.5")}, {"Discount": 0}),
        ({DISCOUNT: None, ADJUSTMENT: None}, {"Discount": 0, "Adjustment": 0}),
        ({}, {}),  # what is left out stays
        ({DISCOUNT: D(-5), ADJUSTMENT: D("2.50")}, {}),
    ],
)
def test_a_line_of_xero_moves_the_crms_header(amounts: dict[str, Decimal | None], written: dict[str, Any]) -> None:
    before = reduced()
    wanted = [line for line in lines_of(before) if line["id"] in ("71", *amounts)]
    wanted = [
        {**line, "from": "x", **({AMOUNT: amounts[line["id"]]} if line["id"] in amounts else {})} for line in wanted
    ]
    body = into_crm({"lines": wanted}, before)
    assert {name: value for name, value in body.items() if name != "id"} == written


def test_what_the_header_cannot_say_is_held() -> None:
    invoice, before = BOOKS.entity("invoice"), reduced()
    wanted = [{**line, AMOUNT: D(3)} if line["id"] == DISCOUNT else line for line in lines_of(before)]
    assert held(lambda: invoice.accept_lines(ZOHO, wanted, before)) == "charge_line"
    xero = view(BOOKS, XERO, xero_invoice(), "invoice")
    assert held(lambda: invoice.project(ZOHO, "lines.amount", None, xero, Known())) == "charge_line"


def test_the_rounding_of_prices_with_tax_is_no_line() -> None:
    invoice = BOOKS.entity("invoice")
    ours = reduced(Discount=0, Adjustment=D("-0.01"))
    net, gross = (view(BOOKS, XERO, xero_invoice(LineAmountTypes=a), "invoice") for a in (EXCLUSIVE, INCLUSIVE))
    link = Link(1, "invoice", {ZOHO: INV_CRM, XERO: INV}, {ZOHO: {}, XERO: {}})

    def taking_part(xero: Record, **known: Any) -> list[str]:
        return [line["id"] for line in invoice.lines_of(ours, xero, replace(link, **known))]

    assert taking_part(net) == ["71", ADJUSTMENT]
    assert taking_part(gross) == ["71"]
    assert taking_part(gross, pairs=((ADJUSTMENT, "d"),)) == ["71", ADJUSTMENT], "it was a line before"
    assert taking_part(net, put_back={"zoho.adjustment": D("-0.01")}) == ["71"], "a person let us put it there"
    assert taking_part(net, base={ZOHO: {"lines": lines_of(ours)}, XERO: {}}) == ["71"], "agreed without a line"
    assert len(invoice.lines_of(ours, net, None)) == 2
    same = view(BOOKS, XERO, xero_invoice(Total=D("21.65")), "invoice")
    assert len(invoice.lines_of(ours, same, None)) == 1, "never in step, and the totals are the same as they stand"


# ------------------------------------------------------------------ compared


def test_a_taxed_line_explains_what_xero_has_less_of_tax() -> None:
    """The CRM takes its discount off what there is to pay, and leaves the tax as it is."""
    line = off(UnitAmount=D(-10), LineAmount=D(-10), TaxAmount=D("-1.50"), TaxType="OUTPUT2")
    theirs = view(BOOKS, XERO, xero_invoice(books_line(), line, Total=D("12.65"), TotalTax=D("1.65")), "invoice")
    ours = reduced(Discount=D("11.5"), Adjustment=0, Grand_Total=D("12.65"))
    invoice = BOOKS.entity("invoice")
    assert invoice.check(ours, theirs, "tax_total") is None
    assert invoice.check(ours, theirs, "total") is None
    other = view(BOOKS, XERO, xero_invoice(books_line(), line, Total=D("12.65"), TotalTax=D("1.64")), "invoice")
    assert invoice.check(ours, other, "tax_total") == "The CRM says 3.15 of tax, Xero says 1.64."


# ------------------------------------------------------------------ limits


def test_the_crm_takes_two_hundred_lines() -> None:
    invoice = BOOKS.entity("invoice")
    source = view(BOOKS, XERO, xero_invoice(*(books_line(f"l{n}") for n in range(201)), Total=D("4854.15")), "invoice")
    with pytest.raises(Cannot, match="201 lines") as why:
        created(BOOKS, ZOHO, source, Known(*shop(BOOKS)))
    assert why.value.reason == "too_many_lines"
    rows = [crm_line(str(n)) for n in range(200)]
    full = view(BOOKS, ZOHO, crm_invoice(*rows, Discount=D(1)), "invoice")
    invoice.accept_lines(ZOHO, lines_of(full), full)
    more = [*lines_of(full), {"id": None, "from": "l9"}]
    assert held(lambda: invoice.accept_lines(ZOHO, more, full)) == "too_many_lines"


# ------------------------------------------------------------------ settings


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"discount": {"account": {"sales": "999"}}}, "no active account 999"),
        ({"discount": {"tax": {"sales": "GONE"}}}, "no active tax rate “GONE”"),
        ({"freight": {}}, "no amount “freight”"),
        ({"discount": "260"}, "no group of settings"),
        ({"adjustment": {"description": 3}}, "is a text"),
        ([], "no group of settings"),
    ],
)
def test_what_cannot_be_is_one_clear_sentence(given: Any, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        registry(document={**settings(), "documents": {"charges": given}})
