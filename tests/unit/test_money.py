"""Both services' arithmetic (facts/xero.md 3.12, facts/zoho.md 3.6)."""

from __future__ import annotations

import json
import os
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extension.entities import money
from extension.entities.money import EXCLUSIVE, INCLUSIVE, NO_TAX, LineMoney, Totals

D = Decimal
RECORDED = Path(os.environ.get("RECORDED_DIR", Path(__file__).parents[2].parent / "shared" / "recorded"))

PRICES = st.decimals(0, 99_999, places=4)
QUANTITIES = st.one_of(st.integers(1, 500).map(D), st.decimals("0.25", 500, places=2))
PERCENTS = st.sampled_from([D(0), D(5), D("7.5"), D("8.875"), D(10), D("12.5"), D(15), D(20), D(25)])


@pytest.mark.parametrize(
    ("quantity", "unit", "more", "amount"),
    [
        ("3", "9.99", {}, "29.97"),
        ("3", "17.3833", {}, "52.15"),
        ("1", "0.005", {}, "0.01"),
        ("1", "-0.005", {}, "-0.01"),
        ("1", "2120.44", {"rate": D(10)}, "1908.40"),
        ("2", "10.50", {"discount": D("1.25")}, "19.75"),
        ("2", "10.50", {"rate": D(0)}, "21.00"),
        ("0", "10.50", {}, "0.00"),
    ],
)
def test_a_line_amount_is_rounded_by_itself(quantity: str, unit: str, more: dict[str, Any], amount: str) -> None:
    assert money.xero_amount(D(quantity), D(unit), **more) == D(amount)


def test_the_direction_of_a_tie_is_a_parameter() -> None:
    assert money.xero_amount(D(1), D("0.125"), ties=ROUND_HALF_UP) == D("0.13")
    assert money.xero_amount(D(1), D("0.125"), ties=ROUND_HALF_EVEN) == D("0.12")
    assert money.xero_line(D("0.10"), D(15), EXCLUSIVE, ROUND_HALF_EVEN).tax == D("0.02")
    assert money.zoho_line(D(1), D("0.10"), D(0), D(5), ROUND_HALF_EVEN).tax == D("0.00")


@pytest.mark.parametrize(
    ("amounts", "net", "tax"), [(EXCLUSIVE, "59.97", "9.00"), (INCLUSIVE, "52.15", "7.82"), (NO_TAX, "59.97", "0")]
)
def test_what_a_line_amount_means(amounts: str, net: str, tax: str) -> None:
    assert money.xero_line(D("59.97"), D(15), amounts) == LineMoney(D(net), D(tax))


def test_xeros_own_example_of_rounding() -> None:
    """Three lines at 15 % come to 87.74, not to 87.75 (developer.xero.com, Rounding in Xero)."""
    lines = [money.xero_line(D(amount), D(15), EXCLUSIVE) for amount in ("25.06", "25.61", "25.63")]
    assert money.summed(lines) == Totals(D("76.30"), D("11.44"))
    assert money.summed(lines).total == D("87.74")


def test_the_crm_taxes_what_the_discount_leaves() -> None:
    assert money.zoho_line(D(3), D("9.99"), D("0.97"), D(15)) == LineMoney(D("29.00"), D("4.35"))


def test_recorded_invoices_come_to_their_totals() -> None:
    """Every invoice among Xero's published examples whose lines bear one known rate."""
    files = sorted((RECORDED / "xero" / "openapi-examples").glob("*nvoice*.res200.json"))
    if not files:
        pytest.skip(f"no recordings under {RECORDED}")
    checked = 0
    for file in files:
        example = json.loads(file.read_text(), parse_float=Decimal).get("example") or {}
        for invoice in example.get("Invoices") or ():
            rows = invoice.get("LineItems") or ()
            if not rows or "SubTotal" not in invoice or any("LineAmount" not in row for row in rows):
                continue
            for row in rows:
                quantity, unit = D(row["Quantity"]), D(row["UnitAmount"])
                assert money.xero_amount(quantity, unit, rate=row.get("DiscountRate")) == row["LineAmount"], file.name
            checked += 1
    assert checked


# ------------------------------------------------------------------ net and gross


def test_a_retail_price_has_a_net_price_with_four_decimals() -> None:
    """3 x 19.99 including 15 %: no net price in cents gives it, 17.3826 does."""
    price, discount = money.net_price(D(3), D("19.99"), D("59.97"), D("7.82"), percent=D(15), discounted=False)
    assert (price, discount) == (D("17.3826"), D(0))
    assert money.zoho_line(D(3), price, discount, D(15)) == LineMoney(D("52.15"), D("7.82"))


def test_a_percentage_off_a_gross_price_becomes_an_amount_off_the_net_one() -> None:
    amount = money.xero_amount(D(4), D("23.00"), rate=D("12.5"))
    tax = money.xero_line(amount, D(15), INCLUSIVE).tax
    price, discount = money.net_price(D(4), D("23.00"), amount, tax, percent=D(15), discounted=True)
    assert (price, discount) == (D("20.0000"), D("10.00"))
    assert money.zoho_line(D(4), price, discount, D(15)).net == amount - tax


def test_no_discount_makes_a_line_larger() -> None:
    """1000 x 3.11 including 15 %, less next to nothing: 2.7043 would be five cents too little."""
    price, discount = money.net_price(D(1000), D("3.11"), D("3110.00"), D("405.65"), percent=D(15), discounted=True)
    assert (price, discount) == (D("2.7044"), D("0.05"))
    returned = money.net_price(D(-1000), D("3.11"), D("-3110.00"), D("-405.65"), percent=D(15), discounted=True)
    assert returned == (D("2.7044"), D("-0.05"))


def test_an_unknown_rate_is_taken_from_the_line_itself() -> None:
    assert money.net_price(D(1), D("115"), D("115"), D("15"), percent=None, discounted=False)[0] == D(100)
    assert money.net_price(D(1), D("10"), D(0), D(0), percent=None, discounted=True) == (D(10), D("10.00"))


def test_a_net_price_that_four_decimals_cannot_reach_is_the_nearest() -> None:
    price, _ = money.net_price(D(1000), D("0.0115"), D("11.50"), D("1.51"), percent=D(15), discounted=False)
    assert money.cents(1000 * price) != D("9.99")


def test_a_line_of_nothing_has_a_price_all_the_same() -> None:
    assert money.net_price(D(0), D("11.50"), D(0), D(0), percent=D(15), discounted=False) == (D("10.0000"), D(0))
    assert money.gross_price(D(0), D(10), D(0), D(15)) == (D("11.5000"), D(0))
    assert money.gross_price(D(0), D(10), D(1), D(15)) is None


@given(QUANTITIES, PRICES, PERCENTS)
def test_what_is_read_of_an_inclusive_line_is_its_net_line(quantity: Decimal, unit: Decimal, percent: Decimal) -> None:
    amount = money.xero_amount(quantity, unit)
    line = money.xero_line(amount, percent, INCLUSIVE)
    price, discount = money.net_price(quantity, unit, amount, line.tax, percent=percent, discounted=False)
    if quantity < 100:  # then a step of the fourth decimal moves less than a cent
        assert money.cents(quantity * price) - discount == line.net


@given(QUANTITIES, PRICES, PERCENTS, st.decimals("0.01", "99.99", places=2))
def test_what_is_read_of_a_discounted_line_is_its_net_line(
    quantity: Decimal, unit: Decimal, percent: Decimal, rate: Decimal
) -> None:
    amount = money.xero_amount(quantity, unit, rate=rate)
    line = money.xero_line(amount, percent, INCLUSIVE)
    price, discount = money.net_price(quantity, unit, amount, line.tax, percent=percent, discounted=True)
    assert money.cents(quantity * price) - discount == line.net


@given(QUANTITIES, st.decimals(0, 9_999, places=2), st.decimals(0, 5, places=2), PERCENTS)
def test_a_gross_price_means_the_net_line_it_was_made_of(
    quantity: Decimal, price: Decimal, discount: Decimal, percent: Decimal
) -> None:
    found = money.gross_price(quantity, price, discount, percent)
    if found is None:
        assert quantity > 50, "a step of the fourth decimal must move less than a cent"
        return
    unit, off = found
    line = money.xero_line(money.xero_amount(quantity, unit, discount=off), percent, INCLUSIVE)
    net = money.zoho_line(quantity, price, discount, percent)
    assert line.net == net.net
    if quantity <= 50:
        assert line.tax == net.tax


# ------------------------------------------------------------------ discounts as percentages


@pytest.mark.parametrize(
    ("quantity", "unit", "discount", "rate"),
    [
        ("2", "50", "10", "10.00"),
        ("2", "50", "0", "0.00"),
        ("3", "33.33", "3.33", "3.33"),
        ("1", "10000", "0.07", None),
        ("0", "50", "1", None),
        ("0", "50", "0", "0"),
    ],
)
def test_an_amount_is_a_percentage_only_where_it_comes_to_the_cent(
    quantity: str, unit: str, discount: str, rate: str | None
) -> None:
    assert money.discount_rate(D(quantity), D(unit), D(discount)) == (None if rate is None else D(rate))


@given(QUANTITIES, PRICES, st.decimals(0, 100, places=2))
def test_a_percentage_found_takes_off_exactly_the_amount(quantity: Decimal, unit: Decimal, discount: Decimal) -> None:
    rate = money.discount_rate(quantity, unit, discount)
    if rate is not None:
        assert money.xero_amount(quantity, unit, rate=rate) == money.cents(quantity * unit) - discount
