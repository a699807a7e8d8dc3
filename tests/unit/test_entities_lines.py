"""Lines written back: all of them to Xero, the changed ones to the CRM, to the cent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from extension.entities.lines import ItemCode, LineNames, read_crm, write_crm
from extension.entities.xero_lines import XeroLines, read_xero
from extension.sync.canonical import XERO, ZOHO, Value
from extension.sync.errors import BadInput, Cannot
from tests.unit.books import (
    PEN_CRM,
    D,
    Known,
    created,
    crm_invoice,
    crm_line,
    part,
    registry,
    settings,
    shop,
    view,
    xero_invoice,
    xero_line,
    xero_order,
)

BOOKS = registry()
TAXES = BOOKS.entity("invoice").settings.taxes["sales"]
NAMES = LineNames()
Line = dict[str, Value]


def entry(line: Mapping[str, Value], **changes: Value) -> Line:
    return {**line, "from": "z", **changes}


NEW: Line = {
    "id": None,
    "from": "z9",
    "product": "PEN",
    "description": "Red",
    "quantity": D(1),
    "price": D("3.33"),
    "discount": D(0),
    "tax": "OUTPUT2",
}


# ------------------------------------------------------------------ reading


@pytest.mark.parametrize(
    ("native", "name", "value"),
    [
        ({"DiscountRate": D(10), "LineAmount": D("18.90")}, "discount", D("2.10")),
        ({"DiscountAmount": D("1.25"), "LineAmount": D("19.75")}, "discount", D("1.25")),
        ({"DiscountRate": D(10), "UnitAmount": D("1060.22"), "LineAmount": D("1908.39")}, "discount", D("212.05")),
        ({"Quantity": None}, "price", D("10.5")),
        ({"TaxType": "", "TaxAmount": D(0)}, "tax", "NONE"),
        ({"TaxType": "", "TaxAmount": D(1)}, "tax", None),
        ({"ItemCode": None}, "product", None),
    ],
)
def test_a_line_of_xero(native: Mapping[str, Any], name: str, value: Value) -> None:
    (line,) = read_xero({"LineItems": [xero_line(**native)]}, TAXES)
    assert line[name] == value


@pytest.mark.parametrize(
    ("entries", "name"),
    [
        ([{"name": "Zero", "percentage": 0}], "Zero"),
        ([{"name": "GST 15", "percentage": 15}, {"name": "Zero", "percentage": 0}], "GST 15"),
        ([{"name": "Zero", "percentage": D(0)}, {"name": "Exempt", "percentage": 0}], "Exempt + Zero"),
        ([{"name": "GST 15", "percentage": 15}, {"name": "PST", "percentage": 7}], "GST 15 + PST"),
        ([{"percentage": 15}], "None"),
    ],
)
def test_a_tax_that_is_not_levied_is_none(entries: list[dict[str, Any]], name: str) -> None:
    assert read_crm([crm_line(Line_Tax=entries)], NAMES)[0]["tax"] == name


def test_a_line_of_the_crm_with_two_taxes_is_in_no_map() -> None:
    (line,) = read_crm([crm_line(Line_Tax=[{"name": "GST"}, {"name": "PST"}], Discount="2.50")], NAMES)
    assert (line["tax"], line["discount"]) == ("GST + PST", D("2.5"))
    assert read_crm([crm_line(Line_Tax=None)], NAMES)[0]["tax"] is None


def test_a_discount_goes_along_with_a_price() -> None:
    """In the CRM it may be a percentage, which would make another amount of it, and that would come back as an edit."""
    before = read_crm([crm_line("1", Discount=D("2.10")), crm_line("2", Discount=D("2.10"))], NAMES)
    wanted = [entry(before[0], price=D(12)), entry(before[1], description="x")]
    assert write_crm(wanted, before, NAMES, TAXES) == [
        {"id": "1", "List_Price": D(12), "Discount": D("2.10")},
        {"id": "2", "Description": "x"},
    ]


def test_unnamed_line_fields_are_refused() -> None:
    assert LineNames.of("invoice", {"price": "Rate"}).price == "Rate"
    with pytest.raises(BadInput):
        LineNames.of("invoice", {"colour": "Colour"})


# ------------------------------------------------------------------ to the CRM


def test_the_crm_gets_what_changed() -> None:
    before = read_crm([crm_line("1"), crm_line("2"), crm_line("3")], NAMES)
    wanted = [entry(before[0]), entry(before[1], price=D(12), tax=None), entry(NEW, product=PEN_CRM, tax="Half")]
    assert write_crm(wanted, before, NAMES, TAXES) == [
        {"id": "1"},  # unchanged, and before it
        {"id": "2", "List_Price": D(12), "Line_Tax": []},
        {
            "Product_Name": {"id": PEN_CRM},
            "Description": "Red",
            "Quantity": D(1),
            "List_Price": D("3.33"),
            "Discount": D(0),
            "Line_Tax": [{"name": "Half", "percentage": D("7.5"), "id": "4"}],
        },
        {"id": "3", "_delete": None},
    ]
    assert write_crm([entry(line) for line in before], before, NAMES, TAXES) == []


def test_rows_of_the_crm_are_named_as_far_as_their_order_needs_it() -> None:
    """What an update names may come first from then on, or may stay where it is (facts/zoho.md 3.5)."""
    before = read_crm([crm_line("1"), crm_line("2"), crm_line("3")], NAMES)
    one, two, three = (entry(line) for line in before)
    assert write_crm([{**one, "price": D(9)}, two, three], before, NAMES, TAXES) == [{"id": "1", "List_Price": D(9)}]
    assert write_crm([two, one, three], before, NAMES, TAXES) == [{"id": "2"}, {"id": "1"}, {"id": "3"}]
    assert [row.get("id") for row in write_crm([one, entry(NEW), two, three], before, NAMES, TAXES)] == ["1", None]
    assert write_crm([two, three], before, NAMES, TAXES) == [{"id": "1", "_delete": None}]


# ------------------------------------------------------------------ to Xero


def body(document: Mapping[str, Any], lines: list[Line]) -> list[Any]:
    row = xero_invoice(**document)
    write = part("invoice", "update", XERO, {"lines": lines}, view(BOOKS, XERO, row, "invoice"))
    written = BOOKS.body(XERO, "Invoices", [write], row)
    assert "LineAmountTypes" not in written, "an existing document keeps its own"
    found = written["LineItems"]
    assert isinstance(found, list)
    return found


def lines_of(document: Mapping[str, Any]) -> list[Line]:
    return read_xero(xero_invoice(**document).body, TAXES)


TRACKED = {"Tracking": [{"Name": "Region", "Option": "North"}]}
TWO = {
    "LineItems": [
        xero_line("a", **TRACKED),
        xero_line("b", DiscountRate=D(10), LineAmount=D("18.90"), TaxAmount=D("2.84")),
    ]
}


def test_all_lines_go_and_those_unchanged_as_they_are() -> None:
    first, second = lines_of({**TWO})
    changed, kept, new = body(TWO, [entry(first, quantity=D(3), description="Black"), entry(second), NEW])
    assert changed == {
        "LineItemID": "a",
        "ItemCode": "PEN",
        "Description": "Black",
        "Quantity": D(3),
        "UnitAmount": D("10.5"),
        "TaxType": "OUTPUT2",
        "AccountCode": "200",
        **TRACKED,
    }
    assert (kept["LineItemID"], kept["DiscountRate"]) == ("b", D(10))
    assert "LineAmount" not in kept
    assert "TaxAmount" not in kept
    assert new == {
        "AccountCode": "200",
        "Description": "Red",
        "ItemCode": "PEN",
        "TaxType": "OUTPUT2",
        "Quantity": D(1),
        "UnitAmount": D("3.33"),
    }


def test_a_line_left_out_is_removed() -> None:
    assert [line["LineItemID"] for line in body(TWO, [entry(lines_of(TWO)[1])])] == ["b"]


def test_a_tax_set_by_hand_is_repeated() -> None:
    document = {"LineItems": [xero_line("a", TaxAmount=D("3.14")), xero_line("b")]}
    first, second = lines_of(document)
    one, two = body(document, [entry(first, description="x"), entry(second, description="y")])
    assert one["TaxAmount"] == D("3.14")
    assert "TaxAmount" not in two
    one, _ = body(document, [entry(first, quantity=D(3)), entry(second)])
    assert "TaxAmount" not in one, "another quantity bears another tax"


def test_a_percentage_becomes_the_amount_when_the_money_changes() -> None:
    _, second = lines_of(TWO)
    (line,) = body(TWO, [entry(second, quantity=D(4))])
    assert line["DiscountAmount"] == D("2.10")
    assert "DiscountRate" not in line
    (line,) = body(TWO, [entry(second, discount=D(0))])
    assert line["DiscountAmount"] == 0


@pytest.mark.parametrize(
    ("changes", "native"),
    [
        ({"product": "INK"}, {"ItemCode": "INK"}),
        ({"product": None}, {"ItemCode": ""}),
        ({"tax": "NONE"}, {"TaxType": "NONE"}),
        ({"tax": None}, {"TaxType": "NONE"}),
        ({"description": None}, {"Description": "Blue"}),
        ({"account": "260"}, {"AccountCode": "260"}),
        ({"account": None}, {"AccountCode": "200"}),
    ],
)
def test_one_change_of_a_line(changes: Line, native: Mapping[str, Any]) -> None:
    document = {"LineItems": [xero_line("a")]}
    (line,) = body(document, [entry(lines_of(document)[0], **changes)])
    assert {name: line[name] for name in native} == native


def text(id_: str, words: str) -> dict[str, Any]:
    return {"LineItemID": id_, "Description": words, "LineAmount": D(0), "TaxAmount": D(0), "Tracking": []}


def test_a_line_is_posted_to_the_account_of_its_item() -> None:
    """A line that is added later, or gets another product, as one of a new document; else the default account."""
    books = Known(*shop(BOOKS))
    crm = view(BOOKS, ZOHO, crm_invoice(), "invoice")
    pen = BOOKS.entity("invoice").project(XERO, "lines.product", PEN_CRM, crm, books)
    assert (pen, pen.account) == ("PEN", "260")
    document = {"LineItems": [xero_line("a", ItemCode="INK"), xero_line("b")]}
    first, second = lines_of(document)
    news = [{**NEW, "product": pen}, {**NEW, "product": ItemCode.of("NIB", None)}, {**NEW, "product": None}]
    written = body(document, [entry(first, product=pen), entry(second, product=None), *news])
    assert [row["AccountCode"] for row in written] == ["260", "200", "260", "200", "200"]
    assert [row.get("ItemCode") for row in written] == ["PEN", "", "PEN", "NIB", None]


def test_text_lines_are_xeros_alone_and_stay_text_where_they_are() -> None:
    """They must not come back with zeros (Xero-NetStandard#51), nor be lost because the CRM has no such thing."""
    document = {"LineItems": [text("t", "For May:"), xero_line("a"), text("n", "Thank you"), xero_line("b")]}
    first, second = lines_of(document)
    assert (first["id"], second["id"]) == ("a", "b")
    written = body(document, [entry(second), entry(first, description="x"), NEW])
    assert [row.get("LineItemID") for row in written] == ["t", "b", "a", "n", None]
    assert written[3] == {"LineItemID": "n", "Description": "Thank you", "Tracking": []}
    assert [row.get("LineItemID") for row in body(document, [entry(second)])] == ["t", "n", "b"]


@pytest.mark.parametrize(
    "native",
    [
        {"Quantity": D(0), "UnitAmount": D(5)},
        {"Quantity": D(1), "UnitAmount": D(0)},
        {"Quantity": None, "UnitAmount": None, "ItemCode": "PEN"},
        {"Quantity": None, "UnitAmount": None, "LineAmount": D(7)},
    ],
)
def test_what_could_be_money_is_no_text(native: Mapping[str, Any]) -> None:
    line = {"ItemCode": None, "LineAmount": D(0), "TaxAmount": D(0), **native}
    assert len(lines_of({"LineItems": [xero_line("a", **line)]})) == 1


# ------------------------------------------------------------------ lines without an item

OTHER = "5843104000000300099"


def test_a_product_of_the_crm_stands_for_no_item() -> None:
    document = settings()
    document["itemless_product"] = OTHER
    books = registry(document=document)
    invoice, shelf = books.entity("invoice"), Known(*shop(books))
    xero = view(books, XERO, xero_invoice(xero_line("a", ItemCode=None)), "invoice")
    assert [ref.entity for ref in xero.refs] == ["account"]
    fields = created(books, ZOHO, xero, shelf)
    made: Any = books.body(ZOHO, "Invoices", [part("invoice", "create", ZOHO, fields)], None)["Invoiced_Items"]
    assert made[0]["Product_Name"] == {"id": OTHER}
    given = crm_invoice(crm_line(Product_Name={"id": OTHER}, Tax=D("3.15")))
    crm = view(books, ZOHO, given, "invoice")
    assert crm.fields["lines"][0]["product"] is None
    assert [ref.entity for ref in crm.refs] == ["account"], "nobody synchronises that product because of it"
    assert invoice.project(XERO, "lines.product", None, crm, shelf) is None
    sent: Any = books.body(XERO, "Invoices", [part("invoice", "create", XERO, created(books, XERO, crm, shelf))], None)
    assert "ItemCode" not in sent["LineItems"][0]
    assert sent["LineItems"][0]["AccountCode"] == "200"


def test_without_that_product_and_without_words_there_is_no_line() -> None:
    xero = view(BOOKS, XERO, xero_invoice(xero_line("a", ItemCode=None)), "invoice")
    with pytest.raises(Cannot) as why:
        created(BOOKS, ZOHO, xero, Known(*shop(BOOKS)))
    assert why.value.reason == "no_product"
    with pytest.raises(Cannot) as why:
        body({}, [{**NEW, "product": None, "description": None}])
    assert why.value.reason == "no_description"
    document = settings()
    document["itemless_product"] = "PEN"
    with pytest.raises(BadInput, match="not the id of a product"):
        registry(document=document)


# ------------------------------------------------------------------ prices that include tax

GROSS = {
    "LineAmountTypes": "Inclusive",
    "LineItems": [
        xero_line("a", Quantity=D(3), UnitAmount=D("19.99"), LineAmount=D("59.97"), TaxAmount=D("7.82")),
        xero_line("b", Quantity=D(1), UnitAmount=D("115"), LineAmount=D("115"), TaxAmount=D("15")),
    ],
}


def test_only_a_changed_line_of_an_inclusive_invoice_is_turned_round() -> None:
    first, second = lines_of(GROSS)
    assert (first["price"], second["price"]) == (D("17.3826"), D(100))
    kept, changed = body(GROSS, [entry(first), entry(second, price=D("12.34"), quantity=D(5))])
    assert kept["UnitAmount"] == D("19.99")
    assert changed["UnitAmount"] == D("14.191")
    (line,) = read_xero(
        {"LineAmountTypes": "Inclusive", "LineItems": [{**changed, "LineAmount": D("70.96"), "TaxAmount": D("9.26")}]},
        TAXES,
    )
    assert (line["price"], line["quantity"]) == (D("12.34"), D(5)), "and read again, it is what the CRM says"


def test_another_tax_is_another_gross_price() -> None:
    _, second = lines_of(GROSS)
    (line,) = body(GROSS, [entry(second, tax="NONE")])
    assert (line["UnitAmount"], line["TaxType"]) == (D(100), "NONE")


def test_what_no_gross_price_can_say_is_held() -> None:
    writer = XeroLines("Inclusive", TAXES, rates_only=False)
    stubborn = {**NEW, "quantity": D(99_999), "price": D("0.0101")}
    with pytest.raises(Cannot) as why:
        writer.totals([stubborn])
    assert why.value.reason == "total_differs"


# ------------------------------------------------------------------ purchase orders know percentages only


def test_an_orders_discount_is_a_percentage_or_held() -> None:
    row = xero_order(xero_line("a", TaxType="INPUT2"))
    read = view(BOOKS, XERO, row, "purchase_order")
    (line,) = read.fields["lines"]
    write = part("purchase_order", "update", XERO, {"lines": [entry(line, discount=D("2.10"))]}, read)
    assert BOOKS.body(XERO, "PurchaseOrders", [write], row)["LineItems"] == [
        {
            "LineItemID": "a",
            "ItemCode": "PEN",
            "Description": "Blue",
            "Quantity": D(2),
            "UnitAmount": D("10.5"),
            "AccountCode": "200",
            "TaxType": "INPUT2",
            "Tracking": [],
            "DiscountRate": D(10),
        }
    ]
    odd = entry(line, quantity=D(1000), discount=D("0.07"))
    with pytest.raises(Cannot) as why:
        BOOKS.body(XERO, "PurchaseOrders", [part("purchase_order", "update", XERO, {"lines": [odd]}, read)], row)
    assert why.value.reason == "discount"


def test_lines_written_to_the_crm_compare_with_what_was_read() -> None:
    read = view(BOOKS, ZOHO, crm_invoice(), "invoice")
    lines = [entry(line, description="New text") for line in read.fields["lines"]]
    write = part("invoice", "update", ZOHO, {"lines": lines}, read)
    assert BOOKS.body(ZOHO, "Invoices", [write], None) == {
        "id": read.id,
        "Invoiced_Items": [{"id": "71", "Description": "New text"}],
    }
