"""Line items: their rules on update, their places in a refusal, their shape (facts/zoho.md 3.5, 3.6; 5.2, 9 and 12)."""

from __future__ import annotations

import pytest

from tests.contract.test_sandbox_zoho_documents import NAMED, Shop
from tests.contract.zoho_caller import Row


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.mark.behaviour("zoho", 12)
def test_rows_are_changed_added_and_removed_by_the_subform_rules(shop: Shop) -> None:
    """3.5: omitted rows stay, new ones append, {"id", "_delete"} removes one, ids are stable."""
    got = shop.sold(shop.line(Description="a"), shop.line(Description="b"), shop.line(Description="c"))
    a, b, c = (line["id"] for line in got["Invoiced_Items"])
    rows = [{"id": c, "Quantity": 5}, {"id": a, "_delete": None}, shop.line(Description="d")]
    lines = shop.changed(got["id"], Invoiced_Items=rows)["Invoiced_Items"]
    assert [(line["Description"], line["Quantity"]) for line in lines] == [("b", 1), ("c", 5), ("d", 1)]
    assert [line["id"] for line in lines[:2]] == [b, c]
    assert [line["Sequence_Number"] for line in lines] == [1, 2, 3]
    assert shop.changed(got["id"], Subject="other")["Invoiced_Items"] == [
        {**line, "Parent_Id": {"name": "other", "id": got["id"]}} for line in lines
    ]


@pytest.mark.behaviour("zoho", 12)
def test_rows_may_take_the_order_of_the_request(shop: Shop) -> None:
    got = shop.sold(*(shop.line(Description=name) for name in "abc"))
    a, b, c = (line["id"] for line in got["Invoiced_Items"])
    shop.switch(line_order="request")
    lines = shop.changed(got["id"], Invoiced_Items=[{"id": c}, shop.line(Description="d"), {"id": a}])["Invoiced_Items"]
    assert [line["Description"] for line in lines] == ["c", "d", "a", "b"]
    assert lines[3]["id"] == b


@pytest.mark.behaviour("zoho", 12)
@pytest.mark.parametrize(("setting", "removal"), [("delete", {"delete": True}), ("_delete", {"_delete": None})])
def test_how_v2_removes_a_row_is_a_switch(shop: Shop, setting: str, removal: Row) -> None:
    """3.5 [U]"""
    shop.switch(v2_line_removal=setting)
    got = shop.sold(shop.line(), shop.line())
    gone, left = (line["id"] for line in got["Invoiced_Items"])
    details = [{"id": gone, **removal}, {"id": left, "product_description": "left"}]
    assert shop.update("Invoices", {"id": got["id"], "Product_Details": details}, version="v2").status == 200
    lines = shop.one("Invoices", got["id"], "v2")["Product_Details"]
    assert [(line["id"], line["product_description"]) for line in lines] == [(left, "left")]


@pytest.mark.behaviour("zoho", 9)
@pytest.mark.parametrize(
    ("line", "code", "path"),
    [
        ({"Product_Name": None}, "MANDATORY_NOT_FOUND", "[0].Product_Name"),
        ({"Product_Name": {"id": "1"}}, "INVALID_DATA", "[0].Product_Name"),
        ({"Quantity": None}, "MANDATORY_NOT_FOUND", "[0].Quantity"),
        ({"Quantity": 0}, "INVALID_DATA", "[0].Quantity"),
        ({"Quantity": "1"}, "INVALID_DATA", "[0].Quantity"),
        ({"List_Price": "1"}, "INVALID_DATA", "[0].List_Price"),
        ({"Discount": "much"}, "INVALID_DATA", "[0].Discount"),
        ({"Description": "x" * 2001}, "INVALID_DATA", "[0].Description"),
        ({"Line_Tax": [{"name": "VAT"}]}, "INVALID_DATA", "[0].Line_Tax[0]"),
        ({"id": "77"}, "INVALID_DATA", "[0].id"),
    ],
)
def test_a_line_that_is_refused_names_its_place(shop: Shop, line: Row, code: str, path: str) -> None:
    row = shop.create("Invoices", shop.sale(shop.line(**line))).rows[0]
    assert (row["code"], row["details"]["json_path"]) == (code, f"$.data[0].Invoiced_Items{path}")
    assert shop.listed("Invoices").status == 204


@pytest.mark.behaviour("zoho", 12)
def test_a_line_may_show_no_more_than_its_known_names(shop: Shop) -> None:
    """3.6 [U]: nobody has seen a line of v8."""
    made = shop.sold(shop.line(Line_Tax=NAMED))
    shop.switch(line_shape="sparse")
    (full,), (line,) = made["Invoiced_Items"], shop.one("Invoices", made["id"])["Invoiced_Items"]
    assert full.keys() - line.keys() == {"Price_Book_Name", "Sequence_Number", "Parent_Id", "$in_merge"}
    assert line["Product_Name"] == {"name": "Pen", "id": shop.pen}
    assert line["Line_Tax"] == NAMED
    assert [line[name] for name in ("id", "Net_Total")] == [full[name] for name in ("id", "Net_Total")]


@pytest.mark.behaviour("zoho", 12)
def test_whether_an_invoice_number_can_be_written_is_a_switch(shop: Shop) -> None:
    """3.6 [U]"""
    shop.switch(invoice_number_writable=True)
    own = shop.sold(shop.line(), Invoice_Number="MINE-1")
    assert own["Invoice_Number"] == "MINE-1"
    assert shop.changed(own["id"], Invoice_Number="MINE-2")["Invoice_Number"] == "MINE-2"
    assert shop.sold(shop.line())["Invoice_Number"].startswith("INV-")
