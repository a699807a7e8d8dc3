"""The local Xero's arithmetic (facts/xero.md 3.12, B15), held against the recorded invoices of the real one."""

from __future__ import annotations

import os
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

import pytest
import simplejson
from hypothesis import given
from hypothesis import strategies as st

from sandbox.xero.totals import Rounding, document_totals, line_amount, line_tax, unit_amount
from tests.contract.sandbox_xero_visitor import Visitor, line

RECORDED = Path(os.environ.get("RECORDED_DIR", "../shared/recorded"))
RECORDING = RECORDED / "xero" / "xero-python" / "test_invoice_attachment_upload_and_download__0.json"
RATES = {"OUTPUT2": Decimal(15), "INPUT2": Decimal(15), "NONE": Decimal(0), "ZERORATED": Decimal(0)}
HALF_UP, HALF_EVEN = Rounding(), Rounding(ROUND_HALF_EVEN, ROUND_HALF_EVEN)
Row = dict[str, Any]


def recorded() -> list[Row]:
    if not RECORDING.exists():
        pytest.skip("RECORDED_DIR does not hold the recording of 79 invoices")
    body: Row = simplejson.loads(RECORDING.read_text(), use_decimal=True)["body"]
    invoices: list[Row] = body["Invoices"]
    return invoices


@pytest.mark.behaviour("xero", 15)
def test_all_recorded_lines_and_totals_are_recomputed_exactly() -> None:
    """3.12: 92 lines, 79 documents; both ways of rounding a tie agree, since no line is one."""
    invoices = recorded()
    lines = 0
    for rounding in (HALF_UP, HALF_EVEN):
        for invoice in invoices:
            kind, pairs = invoice["LineAmountTypes"], []
            for row in invoice["LineItems"]:
                amount = line_amount(row["Quantity"], row["UnitAmount"], rounding)
                tax = line_tax(amount, RATES[row["TaxType"]], kind, rounding)
                assert (amount, tax) == (row["LineAmount"], row["TaxAmount"]), row
                pairs.append((amount, tax))
                lines += 1
            totals = document_totals(pairs, kind)
            expected = (invoice["SubTotal"], invoice["TotalTax"], invoice["Total"])
            assert (totals.sub_total, totals.total_tax, totals.total) == expected
    assert (len(invoices), lines) == (79, 2 * 92)


@pytest.mark.behaviour("xero", 6, 15)
def test_the_recorded_invoices_loaded_without_any_amount_read_back_the_same() -> None:
    """5.4: the same page, key by key and value by value; amounts and settlement are the sandbox's own."""
    invoices = recorded()
    visitor = Visitor()
    people = {row["Contact"]["ContactID"]: row["Contact"]["Name"] for row in invoices}
    visitor.service.load({"Contacts": [{"ContactID": key, "Name": name} for key, name in people.items()]})
    visitor.service.load({"Invoices": [without_amounts(row) for row in invoices]})
    read = {row["InvoiceID"]: row for row in visitor.rows("Invoices", page=1)}
    for row in invoices:
        mine = read[row["InvoiceID"]]
        assert not set(row) - set(mine), "every recorded key is there"
        theirs = {name: value for name, value in row.items() if name not in ("LineItems", "CreditNotes", "Payments")}
        for name in ("HasAttachments", "SentToContact", *(("FullyPaidOnDate",) if row["CreditNotes"] else ())):
            theirs.pop(name, None)
        assert {name: mine[name] for name in theirs} == theirs
        shared = [{name: mine_line[name] for name in line} for mine_line, line in zip_lines(mine, row)]
        assert shared == row["LineItems"]
        assert [set(p) for p in mine["Payments"]] == [set(p) for p in row["Payments"]]


def zip_lines(mine: Row, theirs: Row) -> list[tuple[Row, Row]]:
    return list(zip(mine["LineItems"], theirs["LineItems"], strict=True))


def without_amounts(row: Row) -> Row:
    kept = {name: value for name, value in row.items() if name not in ("SubTotal", "TotalTax", "Total", "AmountDue")}
    lines = [
        {name: value for name, value in each.items() if name not in ("TaxAmount", "LineAmount")}
        for each in row["LineItems"]
    ]
    return {**kept, "LineItems": lines}


@pytest.mark.behaviour("xero", 15)
def test_the_documented_example_rounds_per_line(visitor: Visitor) -> None:
    """3.12: 25.06 + 25.61 + 25.63 at 15 % is 87.74, not 87.75."""
    lines = [line(Quantity=1, UnitAmount=Decimal(price)) for price in ("25.06", "25.61", "25.63")]
    made = visitor.invoice(LineItems=lines)
    assert (made["SubTotal"], made["TotalTax"], made["Total"]) == (
        Decimal("76.30"),
        Decimal("11.44"),
        Decimal("87.74"),
    )


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


@pytest.mark.behaviour("xero", 15)
@pytest.mark.parametrize(("mode", "tax", "amount"), [("half_up", "0.08", "0.13"), ("half_even", "0.08", "0.12")])
def test_a_tie_goes_as_the_switch_says(mode: str, tax: str, amount: str) -> None:
    """Undecided by the data: 0.5 x 0.25 = 0.125, and 15 % of 0.50 = 0.075, which both round to 0.08."""
    made = Visitor(tie_rounding=mode).invoice(
        LineItems=[
            line(Quantity=Decimal("0.5"), UnitAmount=Decimal("0.25")),
            line(Quantity=1, UnitAmount=Decimal("0.50")),
        ]
    )
    assert [row["LineAmount"] for row in made["LineItems"]] == [Decimal(amount), Decimal("0.50")]
    assert made["LineItems"][1]["TaxAmount"] == Decimal(tax)


@pytest.mark.behaviour("xero", 15, 17)
@pytest.mark.parametrize(
    ("kind", "sub_total", "tax", "total"),
    [
        ("Exclusive", "20.00", "3.00", "23.00"),
        ("Inclusive", "17.39", "2.61", "20.00"),
        ("NoTax", "20.00", "0", "20.00"),
    ],
)
def test_the_three_kinds_of_amounts(visitor: Visitor, kind: str, sub_total: str, tax: str, total: str) -> None:
    made = visitor.invoice(LineAmountTypes=kind)
    expected = (Decimal(sub_total), Decimal(tax), Decimal(total))
    assert (made["SubTotal"], made["TotalTax"], made["Total"]) == expected
    assert made["LineItems"][0]["TaxType"] == ("NONE" if kind == "NoTax" else "OUTPUT2")


@pytest.mark.behaviour("xero", 15)
def test_changing_the_kind_reprices_the_lines(visitor: Visitor) -> None:
    made = visitor.invoice()
    after = visitor.post("Invoices", {"InvoiceID": made["InvoiceID"], "LineAmountTypes": "Inclusive"})
    assert (after["Total"], after["TotalTax"]) == (Decimal("20.00"), Decimal("2.61"))


@pytest.mark.behaviour("xero", 15)
@pytest.mark.parametrize(
    ("sent", "amount", "shown"),
    [
        ({"DiscountRate": 10}, "18.00", "DiscountRate"),
        ({"DiscountAmount": Decimal("2.50")}, "17.50", "DiscountAmount"),
        ({"DiscountRate": 10, "DiscountAmount": 5}, "18.00", "DiscountRate"),
    ],
)
def test_a_line_takes_a_rate_or_an_amount_off(visitor: Visitor, sent: Row, amount: str, shown: str) -> None:
    made = visitor.invoice(LineItems=[line(**sent)])
    (row,) = made["LineItems"]
    assert (row["LineAmount"], made["IsDiscounted"]) == (Decimal(amount), True)
    assert made["TotalDiscount"] == Decimal("20.00") - Decimal(amount)
    assert {"DiscountRate", "DiscountAmount"} & set(row) == {shown}


@pytest.mark.behaviour("xero", 15)
@pytest.mark.parametrize(("mode", "amount"), [("nearest", "1908.40"), ("down", "1908.39")])
def test_the_api_once_rounded_a_discount_down(mode: str, amount: str) -> None:
    """3.12: so read the total back and compare, do not compute."""
    sent = line(Quantity=1, UnitAmount=Decimal("2120.44"), DiscountRate=10)
    assert Visitor(discount_rounding=mode).invoice(LineItems=[sent])["SubTotal"] == Decimal(amount)


@pytest.mark.behaviour("xero", 15)
def test_a_given_tax_amount_stands_until_the_amount_changes(visitor: Visitor) -> None:
    made = visitor.invoice(LineItems=[line(TaxAmount=Decimal("2.99"))])
    assert made["TotalTax"] == Decimal("2.99")
    (row,) = made["LineItems"]
    kept = {"LineItemID": row["LineItemID"], "Description": "Other words"}
    assert visitor.post("Invoices", {"InvoiceID": made["InvoiceID"], "LineItems": [kept]})["TotalTax"] == Decimal(
        "2.99"
    )
    dearer = {"LineItemID": row["LineItemID"], "Quantity": 4}
    assert visitor.post("Invoices", {"InvoiceID": made["InvoiceID"], "LineItems": [dearer]})["TotalTax"] == Decimal(
        "6.00"
    )


@pytest.mark.behaviour("xero", 15)
def test_unit_amounts_have_two_decimals_unless_four_are_asked_for_on_reads_too(visitor: Visitor) -> None:
    """B15: a read without unitdp=4 that is written back cuts the price."""
    sent = {**visitor.draft(), "LineItems": [line(UnitAmount=Decimal("1.23456"))]}
    cut, kept = visitor.put("Invoices", sent), visitor.put("Invoices", sent, unitdp=4)
    assert (cut["LineItems"][0]["UnitAmount"], cut["SubTotal"]) == (Decimal("1.23"), Decimal("2.46"))
    assert (kept["LineItems"][0]["UnitAmount"], kept["SubTotal"]) == (Decimal("1.2346"), Decimal("2.47"))
    path = f"Invoices/{kept['InvoiceID']}"
    assert visitor.one(path)["LineItems"][0]["UnitAmount"] == Decimal("1.23")
    assert visitor.one(path, unitdp=4)["LineItems"][0]["UnitAmount"] == Decimal("1.2346")
    assert visitor.one(path)["SubTotal"] == Decimal("2.47"), "totals have two decimals in any case"


@pytest.mark.behaviour("xero", 15)
@pytest.mark.parametrize(
    ("sent", "quantity", "unit"),
    [
        ({"Quantity": 4, "UnitAmount": None, "LineAmount": 10}, "4", "2.50"),
        ({"Quantity": None, "UnitAmount": 4, "LineAmount": 10}, "2.5", "4.00"),
        ({"Quantity": None, "UnitAmount": None, "LineAmount": 10}, "1", "10.00"),
        ({"Quantity": 2, "UnitAmount": 5, "LineAmount": 10}, "2", "5.00"),
        ({"Quantity": None, "UnitAmount": 5}, "1", "5.00"),
    ],
)
def test_the_missing_part_of_a_line_is_worked_out(visitor: Visitor, sent: Row, quantity: str, unit: str) -> None:
    (row,) = visitor.invoice(LineItems=[line(**sent)])["LineItems"]
    assert (row["Quantity"], row["UnitAmount"]) == (Decimal(quantity), Decimal(unit))


def test_a_line_amount_that_does_not_fit_is_refused(visitor: Visitor) -> None:
    sent = {**visitor.draft(), "LineItems": [line(LineAmount=19)]}
    assert visitor.refused("PUT", "Invoices", sent) == [
        "The line total 19 does not match the expected line total 20.00"
    ]


money = st.decimals(min_value="0.01", max_value="99999", places=2)


@given(st.lists(st.tuples(st.decimals("0.0001", "999", places=4), money), min_size=1, max_size=8))
def test_inclusive_and_exclusive_agree_on_what_a_total_is(rows: list[tuple[Decimal, Decimal]]) -> None:
    """A document's total is its sub total and its tax, whichever way its lines are priced."""
    for kind in ("Exclusive", "Inclusive", "NoTax"):
        amounts = [line_amount(quantity, unit_amount(unit, 4), HALF_UP) for quantity, unit in rows]
        pairs = [(amount, line_tax(amount, Decimal(15), kind, HALF_UP)) for amount in amounts]
        totals = document_totals(pairs, kind)
        extra = totals.total_tax if kind == "Exclusive" else 0
        assert totals.total == sum(amounts) + extra
        assert all(value == round(value, 2) for value in (totals.sub_total, totals.total_tax, totals.total))
