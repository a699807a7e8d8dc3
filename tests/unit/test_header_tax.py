"""A document of the CRM that is taxed as a whole: told line by line where that comes to the same, else held."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extension.sync.canonical import XERO, ZOHO
from extension.sync.errors import Cannot
from extension.sync.model import Record
from tests.unit.books import (
    D,
    Known,
    created,
    crm_invoice,
    crm_line,
    fetched,
    held,
    part,
    registry,
    settings,
    shop,
    view,
    xero_invoice,
)

BOOKS = registry()
INVOICE = BOOKS.entity("invoice")
SHOP = Known(*shop(BOOKS))
UNTAXED = crm_line(Line_Tax=[], Tax=0)
TAXED = crm_line("72", Tax=D("3.15"), Line_Tax=[{"name": "GST 15", "percentage": 15, "value": D("3.15")}])


def gst(value: str, name: str = "GST 15") -> dict[str, Any]:
    return {"name": name, "percentage": 15, "value": D(value)}


def whole(*lines: Mapping[str, Any], tax: str = "3.15", named: Any = None, **more: Any) -> Record:
    """An invoice of two pens at 10.50 that is taxed as a whole."""
    header = {"Tax": D(tax), "$line_tax": [gst(tax)] if named is None else named}
    return view(BOOKS, ZOHO, crm_invoice(*(lines or [UNTAXED]), **header, **more), "invoice")


def test_the_lines_bear_the_tax_of_the_whole() -> None:
    record = whole()
    assert [line["tax"] for line in record.fields["lines"]] == ["GST 15"]
    assert (record.fields["document_tax"], record.fields["spread_tax"]) == (0, "GST 15")
    assert record.fields["tax_total"] == D("3.15")
    fields = created(BOOKS, XERO, record, SHOP)
    assert fields["lines"][0]["tax"] == "OUTPUT2"
    assert set(record.fields) <= set(INVOICE.rules)


@pytest.mark.parametrize(
    "named",
    [
        [gst("3.15"), gst("0", "Zero")],
        [{**gst("3.15"), "id": "1"}],
        [gst("6.30")],
    ],
)
def test_a_line_with_a_tax_of_its_own_keeps_it(named: list[Mapping[str, Any]]) -> None:
    """The header names its own taxes, or all of them together: nobody has verified which."""
    record = whole(UNTAXED, TAXED, named=named)
    assert [line["tax"] for line in record.fields["lines"]] == ["GST 15", "GST 15"]
    assert record.fields["document_tax"] == 0


@pytest.mark.parametrize(
    ("tax", "named", "says"),
    [
        ("3.16", None, "bears a tax of 3.16 as a whole; “GST 15” on each line without a tax comes to 3.15"),
        ("3.15", [], "bears a tax of 3.15 as a whole, and the CRM does not say which tax that is."),
        ("3.15", [gst("3.15", "Gone")], "does not say which"),
        ("3.15", [gst("1.15"), gst("1", "Half")], "does not say which"),
        ("-3.15", None, "bears a tax of -3.15"),
    ],
)
def test_what_cannot_be_told_line_by_line_is_held(tax: str, named: Any, says: str) -> None:
    record = whole(tax=tax, named=named)
    assert [line["tax"] for line in record.fields["lines"]] == [None]
    with pytest.raises(Cannot) as why:
        created(BOOKS, XERO, record, SHOP)
    assert why.value.reason == "document_tax"
    assert says in why.value.message
    assert why.value.hint


def test_a_tax_that_no_line_can_bear_is_held() -> None:
    assert held(lambda: created(BOOKS, XERO, whole(TAXED), SHOP)) == "document_tax"


def test_a_tax_that_is_not_mapped_is_held_as_such() -> None:
    document = settings()
    document["taxes"]["sales"] = [{"zoho": None, "xero": "NONE"}]
    books = registry(document=document)
    record = view(books, ZOHO, crm_invoice(UNTAXED, Tax=D("3.15"), **{"$line_tax": [gst("3.15")]}), "invoice")
    assert held(lambda: created(books, XERO, record, Known(*shop(books)))) == "tax_unmapped"


def test_a_tax_of_the_whole_that_changes_to_an_odd_one_takes_no_tax_off_xeros_lines() -> None:
    crm, xero = whole(tax="9.99"), view(BOOKS, XERO, xero_invoice(), "invoice")
    pair = Known(*shop(BOOKS), (crm, xero))
    assert held(lambda: INVOICE.project(XERO, "lines.tax", None, crm, pair)) == "document_tax"
    assert INVOICE.project(XERO, "lines.price", D("10.5"), crm, pair) == D("10.5")


# ------------------------------------------------------------------ what comes back from Xero


def written(record: Record, **changes: Any) -> dict[str, Any]:
    lines = [{**line, **changes} for line in record.fields["lines"]]
    body: Any = BOOKS.body(ZOHO, "Invoices", [part("invoice", "update", ZOHO, {"lines": lines}, record)], None)
    return dict(body)


def test_other_money_moves_the_tax_to_the_lines() -> None:
    body = written(whole(), quantity=D(4))
    assert (body["Tax"], body["$line_tax"]) == (0, [])
    (line,) = body["Invoiced_Items"]
    assert (line["Quantity"], [tax["name"] for tax in line["Line_Tax"]]) == (4, ["GST 15"])


def test_other_words_leave_the_tax_where_it_is() -> None:
    body = written(whole(), description="Green")
    assert "Tax" not in body
    assert body["Invoiced_Items"] == [{"id": "71", "Description": "Green"}]


def test_a_document_whose_lines_are_taxed_is_written_as_before() -> None:
    record = view(BOOKS, ZOHO, crm_invoice(), "invoice")
    assert "$line_tax" not in written(record, quantity=D(4))


def test_a_line_that_is_added_or_taken_away_is_other_money() -> None:
    record = whole(UNTAXED, crm_line("72", Line_Tax=[], Tax=0), tax="6.30")
    first, second = record.fields["lines"]
    for lines in ([first], [first, second, {**second, "id": None, "from": "x", "tax": None}]):
        write = part("invoice", "update", ZOHO, {"lines": lines}, record)
        body: Any = BOOKS.body(ZOHO, "Invoices", [write], None)
        assert (body["Tax"], body["$line_tax"]) == (0, [])
        kept = [row for row in body["Invoiced_Items"] if row.get("id") == "71"]
        assert [tax["name"] for tax in kept[0]["Line_Tax"]] == ["GST 15"]


# ------------------------------------------------------------------ to the cent

PRICES = st.decimals(min_value="0.01", max_value="999.9999", places=4)
LINES = st.lists(st.tuples(st.integers(1, 50), PRICES, st.booleans()), min_size=1, max_size=6)


@given(LINES, st.integers(-2, 2))
def test_it_travels_only_where_it_comes_to_the_same_cent(
    given_: list[tuple[int, Decimal, bool]], cents_off: int
) -> None:
    """Whatever is typed: what Xero would make of the lines is what the CRM says, or it is held."""

    def cents(value: Decimal) -> Decimal:
        return value.quantize(D("0.01"), ROUND_HALF_UP)

    rows, total, header = [], D(0), D(cents_off) / 100
    for n, (quantity, price, taxed) in enumerate(given_):
        net = cents(quantity * price)
        tax = cents(net * 15 / 100)
        levied = [{"name": "GST 15", "percentage": 15, "value": tax}] if taxed else []
        rows.append(crm_line(str(n), Quantity=quantity, List_Price=price, Line_Tax=levied, Tax=tax if taxed else 0))
        total += net + (tax if taxed else 0)
        header += 0 if taxed else tax
    names = {"$line_tax": [gst(str(header))]} if header else {}
    source = view(BOOKS, ZOHO, crm_invoice(*rows, Tax=header, Grand_Total=total + header, **names), "invoice")
    if cents_off == 0 or not header:
        taxes = [line["tax"] for line in created(BOOKS, XERO, source, SHOP)["lines"]]
        assert taxes == ["OUTPUT2" if taxed or header else "NONE" for _, _, taxed in given_]
    else:
        assert held(lambda: created(BOOKS, XERO, source, SHOP)) == "document_tax"


def test_a_tax_of_two_names_is_both_on_each_line() -> None:
    facts = fetched()
    facts["zoho"]["taxes"] += [
        {"id": "5", "name": "GST 5", "percentage": D(5)},
        {"id": "7", "name": "PST 7", "percentage": D(7)},
    ]
    facts["xero"]["tax_rates"].append({**facts["xero"]["tax_rates"][4], "TaxType": "TAX003", "EffectiveRate": D(12)})
    document = settings(facts)
    document["taxes"]["sales"].append({"zoho": ["GST 5", "PST 7"], "xero": "TAX003"})
    books = registry(facts, document)
    header = {"Tax": D("2.52"), "$line_tax": [gst("1.05", "GST 5"), gst("1.47", "PST 7")], "Grand_Total": D("23.52")}
    record = view(books, ZOHO, crm_invoice(UNTAXED, **header), "invoice")
    assert created(books, XERO, record, Known(*shop(books)))["lines"][0]["tax"] == "TAX003"
