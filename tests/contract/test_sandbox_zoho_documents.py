"""Invoices and purchase orders: arithmetic, both dialects, stock, currencies (facts/zoho.md 3.6; 5.2, 12 and 21)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sandbox.zoho.documents import Discount, computed_line, with_totals
from tests.contract.zoho_caller import Crm, Row

GST = Decimal("15.0")


class Shop(Crm):
    """A customer, a supplier and two products to write documents about."""

    def __init__(self) -> None:
        super().__init__()
        self.account = self.made("Accounts", {"Account_Name": "Benton"})[0]
        self.vendor = self.made("Vendors", {"Vendor_Name": "Paper Mill"})[0]
        taxes = [{"value": "GST 15"}]
        self.pen, self.pad = self.made(
            "Products",
            {"Product_Name": "Pen", "Product_Code": "1010101", "Unit_Price": 333, "Qty_in_Stock": 10, "Tax": taxes},
            {"Product_Name": "Pad", "Unit_Price": Decimal("4.5")},
        )

    def line(self, **more: Any) -> Row:
        return {"Product_Name": {"id": self.pen}, "Quantity": 1, **more}

    def sale(self, *lines: Row, **more: Any) -> Row:
        head = {"Subject": "March", "Account_Name": {"id": self.account}}
        return {**head, "Invoiced_Items": list(lines), **more}

    def sold(self, *lines: Row, **more: Any) -> Row:
        return self.one("Invoices", self.made("Invoices", self.sale(*lines, **more))[0])

    def changed(self, invoice: str, **changes: Any) -> Row:
        answer = self.update("Invoices", {"id": invoice, **changes})
        assert answer.status == 200, answer.json
        return self.one("Invoices", invoice)


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.mark.behaviour("zoho", 12)
def test_the_recorded_invoice_adds_up_again(shop: Shop) -> None:
    """5.2, 12: 333 - 30 + 0 + 0 = 303, in v2's own dialect and shape."""
    row = {
        "Subject": "Price change",
        "Account_Name": shop.account,
        "Discount": 30,
        "Product_Details": [{"product": {"id": int(shop.pen)}, "quantity": 1, "list_price": 333}],
    }
    made = shop.create("Invoices", row, version="v2").ids[0]
    got = shop.one("Invoices", made, "v2")
    assert [got[name] for name in ("Sub_Total", "Discount", "Tax", "Adjustment", "Grand_Total")] == [333, 30, 0, 0, 303]
    assert got["Invoice_Number"] == "INV-1001"
    line = got["Product_Details"][0]
    line.pop("id")
    assert line == {
        "product": {"Product_Code": "1010101", "name": "Pen", "id": shop.pen},
        "quantity": 1,
        "list_price": 333,
        "unit_price": 333,
        "total": 333,
        "Discount": 0,
        "total_after_discount": 333,
        "Tax": 0,
        "net_total": 333,
        "book": None,
        "quantity_in_stock": 9,
        "product_description": None,
        "line_tax": [],
    }
    assert "Invoiced_Items" not in got


@pytest.mark.behaviour("zoho", 12)
def test_a_line_of_v8(shop: Shop) -> None:
    """3.6: Line_Tax on what is left after the discount, half up to cents."""
    got = shop.sold(
        shop.line(
            Quantity=Decimal("2.5"),
            List_Price=Decimal("1.23456"),
            Discount=Decimal("0.10"),
            Description="blue",
            Line_Tax=[{"name": "GST 15", "percentage": 15}],
        )
    )
    line = got["Invoiced_Items"][0]
    assert line["Product_Name"] == {"name": "Pen", "id": shop.pen, "Product_Code": "1010101"}
    tax = line["Line_Tax"][0]
    assert (tax["name"], tax["percentage"], tax["value"]) == ("GST 15", 15, Decimal("0.45"))
    assert line["List_Price"] == Decimal("1.2346")
    wanted = {"Total": "3.09", "Total_After_Discount": "2.99", "Tax": "0.45", "Net_Total": "3.44", "Discount": "0.1"}
    assert {name: line[name] for name in wanted} == {name: Decimal(value) for name, value in wanted.items()}
    assert (line["Sequence_Number"], line["Description"]) == (1, "blue")
    assert got["$line_tax"] == [], "it names the taxes of the whole"
    shop.switch(header_taxes="summary")
    assert shop.one("Invoices", got["id"])["$line_tax"][0]["value"] == Decimal("0.45")
    assert got["Grand_Total"] == Decimal("3.44")
    assert "Product_Details" not in got


@pytest.mark.behaviour("zoho", 12)
def test_header_discount_tax_and_adjustment_come_on_top(shop: Shop) -> None:
    """3.6"""
    line = shop.line(List_Price=100, Line_Tax=[{"id": shop.service.organisation.taxes[0].id}])
    got = shop.sold(line, Discount="10%", Tax=Decimal("2.5"), Adjustment=Decimal("-0.01"))
    assert (got["Sub_Total"], got["Discount"]) == (115, Decimal("11.5"))
    assert got["Grand_Total"] == Decimal("115") - Decimal("11.5") + Decimal("2.5") - Decimal("0.01")
    got = shop.changed(got["id"], Invoiced_Items=[{"id": got["Invoiced_Items"][0]["id"], "Quantity": 2}])
    assert (got["Sub_Total"], got["Discount"]) == (230, 23), "a percentage stays a percentage"
    got = shop.changed(got["id"], Discount="5.90")
    assert got["Discount"] == Decimal("5.9")


@pytest.mark.behaviour("zoho", 12)
@pytest.mark.parametrize(
    ("quantity", "price", "discount", "net"),
    [
        ("1", "0.005", Discount(), "0.01"),
        ("3", "33.335", Discount(), "115.01"),
        ("-2", "10", Discount(), "-23.00"),
        ("1", "9.99", Discount(percent=Decimal("33.333")), "7.66"),
    ],
)
def test_rounding_is_half_up_at_every_step(quantity: str, price: str, discount: Discount, net: str) -> None:
    line = computed_line(1, 2, Decimal(quantity), Decimal(price), discount, None, [(3, GST)])
    assert line.net == Decimal(net)
    assert with_totals({}, [line, line])["Grand_Total"] == Decimal(net) * 2


@pytest.mark.behaviour("zoho", 12)
def test_a_line_without_a_price_takes_the_products(shop: Shop) -> None:
    got = shop.sold({"Product_Name": {"id": shop.pad}, "Quantity": 3})
    assert (got["Invoiced_Items"][0]["List_Price"], got["Grand_Total"]) == (Decimal("4.5"), Decimal("13.5"))


@pytest.mark.behaviour("zoho", 12)
def test_both_versions_show_the_same_lines(shop: Shop) -> None:
    got = shop.sold(shop.line(), shop.line(Quantity=2))
    old = shop.one("Invoices", got["id"], "v2")
    assert [line["id"] for line in old["Product_Details"]] == [line["id"] for line in got["Invoiced_Items"]]


@pytest.mark.behaviour("zoho", 12)
def test_v8_lists_carry_no_lines_and_v2_lists_do(shop: Shop) -> None:
    shop.sold(shop.line())
    assert set(shop.listed("Invoices", "Subject,Invoiced_Items").rows[0]) == {"Subject", "id"}
    assert shop.get("/Invoices", version="v2").rows[0]["Product_Details"]
    got = shop.listed("Invoices", "id").ids[0]
    assert shop.get(f"/Invoices/{got}", {"fields": "Subject,Invoiced_Items"}).rows[0]["Invoiced_Items"]


@pytest.mark.behaviour("zoho", 9)
def test_what_a_document_must_have(shop: Shop) -> None:
    """3.6: subject, account (dependent on the layout), at least one line; an order its vendor."""
    assert shop.create("Invoices", shop.sale()).rows[0]["details"]["api_name"] == "Invoiced_Items"
    assert shop.create("Invoices", shop.sale(shop.line(), Subject=None)).codes == ["MANDATORY_NOT_FOUND"]
    assert shop.create("Invoices", shop.sale(shop.line(), Account_Name=None)).codes == ["MANDATORY_NOT_FOUND"]
    shop.switch(invoice_account_mandatory=False)
    assert shop.create("Invoices", shop.sale(shop.line(), Account_Name=None)).status == 201
    order = {"Subject": "S", "Purchase_Items": [shop.line()]}
    assert shop.create("Purchase_Orders", order).rows[0]["details"]["api_name"] == "Vendor_Name"
    got = shop.sold(shop.line())
    assert shop.update("Invoices", {"id": got["id"], "Invoiced_Items": []}).codes == ["MANDATORY_NOT_FOUND"]
    many = shop.create("Invoices", shop.sale(*[shop.line()] * 201)).rows[0]
    assert (many["code"], many["details"]["maximum_length"]) == ("LIMIT_EXCEEDED", 200)


@pytest.mark.behaviour("zoho", 12)
def test_the_invoice_number_is_the_systems_and_the_order_number_is_ours(shop: Shop) -> None:
    first = shop.sold(shop.line(), Invoice_Number="MINE-1")
    assert first["Invoice_Number"] == "INV-1001"
    assert shop.changed(first["id"], Invoice_Number="MINE-2")["Invoice_Number"] == "INV-1001"
    assert shop.sold(shop.line())["Invoice_Number"] == "INV-1002"
    order = {"Subject": "S", "Vendor_Name": shop.vendor, "PO_Number": "PO-7", "Purchase_Items": [shop.line()]}
    got = shop.one("Purchase_Orders", shop.made("Purchase_Orders", order)[0])
    assert (got["PO_Number"], got["Status"], got["Grand_Total"]) == ("PO-7", "Created", 333)


@pytest.mark.behaviour("zoho", 12)
def test_documents_move_the_stock_and_modified_time_of_their_products(shop: Shop) -> None:
    """5.2, 12: the trap of a product that changes when an invoice is written."""

    def product() -> Row:
        return shop.one("Products", shop.pen)

    made = product()["Modified_Time"]
    shop.clock.advance(60)
    got = shop.sold(shop.line(Quantity=3))
    assert product()["Qty_in_Stock"] == 7
    assert product()["Modified_Time"] == got["Created_Time"] > made
    shop.clock.advance(60)
    line = got["Invoiced_Items"][0]["id"]
    got = shop.changed(got["id"], Invoiced_Items=[{"id": line, "Quantity": Decimal("1.5")}])
    assert product()["Qty_in_Stock"] == Decimal("8.5")
    shop.clock.advance(60)
    got = shop.changed(got["id"], Description="no line changed")
    assert product()["Modified_Time"] == got["Modified_Time"]
    order = {"Subject": "S", "Vendor_Name": shop.vendor, "Purchase_Items": [shop.line(Quantity=4)]}
    shop.made("Purchase_Orders", order)
    assert (product()["Qty_Ordered"], product()["Qty_in_Stock"]) == (4, Decimal("8.5"))
    shop.call("DELETE", f"/Invoices/{got['id']}")
    assert product()["Qty_in_Stock"] == 10
    shop.service.edit("restore", "Invoices", got["id"], {})
    assert product()["Qty_in_Stock"] == Decimal("8.5")
    untouched = product()
    shop.switch(document_writes_touch_products=False)
    shop.clock.advance(60)
    shop.sold(shop.line())
    assert product() == untouched


@pytest.mark.behaviour("zoho", 12)
@pytest.mark.parametrize(("rule", "outcome"), [("accepted", 333), ("ignored", 333), ("refused", None)])
def test_a_tax_that_the_product_does_not_have(shop: Shop, rule: str, outcome: int | None) -> None:
    """3.6 [U]: accepted, ignored or refused."""
    shop.switch(unassociated_line_tax=rule)
    answer = shop.create("Invoices", shop.sale(shop.line(Line_Tax=[{"name": "Zero"}])))
    if outcome is None:
        assert answer.codes == ["INVALID_DATA"]
    else:
        got = shop.one("Invoices", answer.ids[0])
        assert len(got["Invoiced_Items"][0]["Line_Tax"]) == (rule == "accepted")
    assert shop.create("Invoices", shop.sale(shop.line(Line_Tax=[{"name": "GST 15"}]))).status == 201


NAMED = [{"name": "GST 15", "percentage": 15}]


@pytest.mark.behaviour("zoho", 12)
@pytest.mark.parametrize(("rule", "tax"), [("recomputed", Decimal("99.9")), ("kept", Decimal("49.95"))])
def test_a_document_may_be_taxed_as_a_whole(shop: Shop, rule: str, tax: Decimal) -> None:
    """3.6: header Tax comes on top of the lines. Whether it follows them is [U]."""
    shop.switch(header_tax=rule)
    got = shop.sold(shop.line(), **{"$line_tax": NAMED})
    assert (got["Tax"], got["Grand_Total"]) == (Decimal("49.95"), Decimal("382.95"))
    assert [(one["name"], one["percentage"], one["value"]) for one in got["$line_tax"]] == [("GST 15", 15, got["Tax"])]
    more = shop.changed(got["id"], Invoiced_Items=[{"id": got["Invoiced_Items"][0]["id"], "Quantity": 2}])
    assert (more["Tax"], more["Grand_Total"]) == (tax, 666 + tax)
    none = shop.changed(got["id"], **{"$line_tax": [], "Tax": 0})
    assert (none["Tax"], none["Grand_Total"], none["$line_tax"]) == (0, 666, [])
    assert shop.create("Invoices", shop.sale(shop.line(), **{"$line_tax": [{"name": "VAT"}]})).codes == ["INVALID_DATA"]


@pytest.mark.behaviour("zoho", 12)
@pytest.mark.parametrize(("shown", "value"), [("own", Decimal("49.95")), ("summary", Decimal("149.85"))])
def test_what_a_document_says_of_its_taxes(shop: Shop, shown: str, value: Decimal) -> None:
    """[U]: those of the whole, or the sum over lines and whole; or nothing."""
    shop.switch(header_taxes=shown, header_tax="kept")
    got = shop.sold(shop.line(Quantity=2, Line_Tax=NAMED), **{"$line_tax": NAMED, "Tax": Decimal("49.95")})
    (named,) = got["$line_tax"]
    assert (named["name"], named["value"]) == ("GST 15", value)
    shop.switch(header_taxes="absent")
    assert "$line_tax" not in shop.one("Invoices", got["id"])


@pytest.mark.behaviour("zoho", 12)
def test_a_tax_of_the_whole_that_is_only_an_amount_has_no_name(shop: Shop) -> None:
    got = shop.sold(shop.line(), Tax=Decimal("2.5"))
    assert (got["Tax"], got["$line_tax"]) == (Decimal("2.5"), [])


@pytest.mark.behaviour("zoho", 12)
def test_the_taxes_of_a_product_in_both_versions(shop: Shop) -> None:
    """3.6"""
    tax = shop.service.organisation.taxes[0]
    assert shop.one("Products", shop.pen)["Tax"] == [{"value": "GST 15", "id": str(tax.id)}]
    assert shop.one("Products", shop.pen, "v2")["Tax"] == ["GST 15 - 15.0 %"]
    shop.update("Products", {"id": shop.pen, "Tax": ["Zero - 0.0 %"]}, version="v2")
    assert shop.one("Products", shop.pen)["Tax"][0]["value"] == "Zero"
    assert shop.update("Products", {"id": shop.pen, "Tax": ["VAT"]}).codes == ["INVALID_DATA"]


@pytest.mark.behaviour("zoho", 21)
@pytest.mark.unmodelled("a field that this organisation does not have")
def test_currency_exists_only_in_a_multi_currency_organisation(shop: Shop) -> None:
    """5.2, 21 [O, U]"""
    single = shop.sold(shop.line(), Currency="AUD", Exchange_Rate=Decimal("0.92"))
    assert "Currency" not in single
    shop.switch(unknown_keys="refused")
    assert shop.create("Invoices", shop.sale(shop.line(), Currency="AUD")).codes == ["INVALID_DATA"]
    shop.switch(unknown_keys="ignored")
    assert shop.get("/org").json["org"][0]["mc_status"] is False
    assert [row["iso_code"] for row in shop.get("/org/currencies").json["currencies"]] == ["NZD"]
    shop.switch(multi_currency=True)
    currencies = shop.get("/org/currencies").json["currencies"]
    assert [(row["iso_code"], row["exchange_rate"]) for row in currencies[:2]] == [("NZD", "1.000"), ("AUD", "0.920")]
    abroad = shop.sold(shop.line(), Currency="AUD", Exchange_Rate=Decimal("0.915"))
    assert (abroad["Currency"], abroad["Exchange_Rate"]) == ("AUD", Decimal("0.915"))
    assert shop.sold(shop.line())["Currency"] == "NZD"
    assert shop.create("Invoices", shop.sale(shop.line(), Currency="ZZZ")).codes == ["INVALID_DATA"]


def test_a_seed_is_taken_as_it_stands(shop: Shop) -> None:
    """Given ids and times stay, totals are computed, the number goes on above, no stock moves."""
    row: Row = {
        "id": "5843104000000101001",
        "Subject": "Seeded",
        "Invoice_Number": "INV-2040",
        "Account_Name": {"id": shop.account, "name": "Benton"},
        "Created_Time": "2025-01-02T03:04:05+13:00",
        "Modified_Time": "2025-02-03T04:05:06+13:00",
        "Invoiced_Items": [{"id": "5843104000000101003", **shop.line(List_Price=10, Line_Tax=[{"name": "GST Half"}])}],
    }
    before = shop.one("Products", shop.pen)
    shop.service.load({"Invoices": [row]})
    got = shop.one("Invoices", row["id"])
    assert (got["Grand_Total"], got["Modified_Time"]) == (Decimal("10.75"), "2025-02-03T04:05:06+13:00")
    assert got["Invoiced_Items"][0]["id"] == "5843104000000101003"
    assert shop.one("Products", shop.pen) == before
    later = shop.sold(shop.line())
    assert later["Invoice_Number"] == "INV-2041"
    assert later["id"] > got["id"]
    again = Crm()
    again.service.load(shop.service.dump())
    assert again.service.dump() == shop.service.dump()
    with pytest.raises(ValueError, match="Rockets"):
        shop.service.load({"Rockets": []})
