"""Products and items: codes, details written whole, taxes that lines need."""

from __future__ import annotations

from typing import Any

import pytest

from extension.sync.canonical import XERO, ZOHO
from extension.sync.errors import Cannot
from tests.unit.books import NOBODY, PEN, PEN_CRM, D, Known, created, crm_product, part, registry, row, view, xero_item

BOOKS = registry()
PRODUCT = BOOKS.entity("product")


def test_both_views_of_a_product() -> None:
    crm = view(BOOKS, ZOHO, crm_product(Xero_ID=PEN), "product")
    assert (crm.handle, crm.keys, crm.stamp, crm.title) == (PEN_CRM, ("pen",), PEN, "Pen")
    item = view(BOOKS, XERO, xero_item(), "product")
    assert (item.id, item.handle, item.keys, item.stamp) == (PEN, "PEN", ("pen",), None)
    assert (item.fields["price"], item.fields["sales_account"]) == (D("10.5"), "260")
    assert item.fields["sales_tax"] == "OUTPUT2"
    assert item.fields["purchase_price"] is None
    assert "sales_account" not in crm.fields, "this CRM has no such field"
    assert item.fields["xero_url"] == (
        f"https://go.xero.com/organisationlogin/default.aspx?shortcode=!ab12&redirecturl=/Accounts/Inventory/{PEN}"
    )


@pytest.mark.parametrize(
    ("code", "reason"), [(None, "no_code"), ("", "no_code"), ("X" * 31, "code_too_long"), ("X" * 30, None)]
)
def test_a_code_is_never_invented_or_cut(code: str | None, reason: str | None) -> None:
    source = view(BOOKS, ZOHO, crm_product(Product_Code=code), "product")
    assert source.keys == ((code.casefold(),) if code else ())
    if reason is None:
        assert created(BOOKS, XERO, source, NOBODY)["code"] == code
        return
    with pytest.raises(Cannot) as held:
        created(BOOKS, XERO, source, NOBODY)
    assert held.value.reason == reason


def test_codes_that_differ_in_case_are_one_code_in_xero() -> None:
    crm, item = view(BOOKS, ZOHO, crm_product(), "product"), view(BOOKS, XERO, xero_item(Code="pen"), "product")
    assert crm.keys == item.keys
    assert PRODUCT.project(XERO, "code", "PEN", crm, Known((crm, item))) == "pen"
    assert PRODUCT.project(XERO, "code", "PEN-2", crm, Known((crm, item))) == "PEN-2"


def test_an_item_is_created_with_what_the_crm_knows() -> None:
    source = view(BOOKS, ZOHO, crm_product(Product_Name="P" * 60, Unit_Price=D("10.5"), Purchase_Price=None), "product")
    fields = created(BOOKS, XERO, source, NOBODY)
    write = part("product", "create", XERO, fields, source=source)
    body = BOOKS.body(XERO, "Items", [write], None)
    assert body == {"Name": "P" * 50, "Code": "PEN", "SalesDetails": {"UnitPrice": D("10.5")}}
    assert (BOOKS.probe(write).stamp, BOOKS.probe(write).key) == (PEN_CRM, "PEN")


def test_a_name_cut_by_xero_agrees_with_the_whole_one() -> None:
    crm = view(BOOKS, ZOHO, crm_product(Product_Name="P" * 60), "product")
    item = view(BOOKS, XERO, xero_item(Name="P" * 50), "product")
    assert PRODUCT.project(XERO, "name", crm.fields["name"], crm, NOBODY) == item.fields["name"]


def test_an_update_carries_the_code_and_whole_details() -> None:
    """Xero's schema asks for Code; what becomes of details that are left out is written nowhere."""
    read = view(BOOKS, XERO, xero_item(), "product")
    write = part("product", "update", XERO, {"price": D("11.25")}, read)
    assert BOOKS.body(XERO, "Items", [write], None) == {
        "ItemID": PEN,
        "Code": "PEN",
        "SalesDetails": {"UnitPrice": D("11.25"), "AccountCode": "260", "TaxType": "OUTPUT2"},
    }
    assert BOOKS.body(XERO, "Items", [part("product", "update", XERO, {"name": "Nib"}, read)], None) == {
        "ItemID": PEN,
        "Code": "PEN",
        "Name": "Nib",
    }
    write = part("product", "update", XERO, {"code": "NIB"}, read)
    assert BOOKS.body(XERO, "Items", [write], None) == {"ItemID": PEN, "Code": "NIB"}


@pytest.mark.parametrize(
    ("name", "details", "switch"),
    [("purchase_price", "PurchaseDetails", "IsPurchased"), ("price", "SalesDetails", "IsSold")],
)
def test_a_price_makes_an_item_one_that_is_bought_or_sold(name: str, details: str, switch: str) -> None:
    """Else Xero drops it, and the price would never arrive (facts/xero.md 3.14). Items are not read before."""
    given = xero_item(**{details: {}, switch: False})
    write = part("product", "update", XERO, {name: D(7)}, view(BOOKS, XERO, given, "product"))
    body = BOOKS.body(XERO, "Items", [write], None)
    assert body[details] == {"UnitPrice": D(7)}
    assert body[switch] is True
    assert set(body) == {"ItemID", "Code", details, switch}
    write = part("product", "update", XERO, {"name": "Nib"}, view(BOOKS, XERO, given, "product"))
    assert set(BOOKS.body(XERO, "Items", [write], None)) == {"ItemID", "Code", "Name"}


def test_a_tracked_item_keeps_its_account_of_costs() -> None:
    given = xero_item(PurchaseDetails={"UnitPrice": D(5), "COGSAccountCode": "310"}, IsTrackedAsInventory=True)
    write = part("product", "update", XERO, {"purchase_price": D(7)}, view(BOOKS, XERO, given, "product"))
    assert BOOKS.body(XERO, "Items", [write], None)["PurchaseDetails"] == {"UnitPrice": D(7), "COGSAccountCode": "310"}


def test_a_price_cannot_be_cleared_in_xero() -> None:
    crm, item = view(BOOKS, ZOHO, crm_product(Unit_Price=None), "product"), view(BOOKS, XERO, xero_item(), "product")
    for project in (
        lambda: PRODUCT.project(XERO, "price", None, crm, Known((crm, item))),
        lambda: BOOKS.body(XERO, "Items", [part("product", "update", XERO, {"price": None}, item)], None),
    ):
        with pytest.raises(Cannot) as held:
            project()
        assert held.value.reason == "cannot_clear"
    assert PRODUCT.project(XERO, "price", None, crm, NOBODY) is None


def test_a_product_in_the_crm_bears_every_tax_its_lines_may_need() -> None:
    source = view(BOOKS, XERO, xero_item(Name=None, Description="For writing"), "product")
    fields = created(BOOKS, ZOHO, source, NOBODY)
    body = BOOKS.body(ZOHO, "Products", [part("product", "create", ZOHO, fields, source=source)], None)
    assert body["Product_Name"] == "PEN", "the code stands in for a name"
    assert body["Tax"] == [
        {"value": "GST 15", "id": "1"},
        {"value": "GST 15 Purchases", "id": "2"},
        {"value": "Zero", "id": "3"},
        {"value": "Half", "id": "4"},
    ]
    assert body["Taxable"] is True
    assert (body["Xero_ID"], body["Add_to_Xero"], body["Unit_Price"]) == (PEN, True, D("10.5"))


@pytest.mark.parametrize(
    ("flags", "state"),
    [({}, "active"), ({"IsSold": False}, "active"), ({"IsSold": False, "IsPurchased": False}, "out_of_scope")],
)
def test_an_item_neither_sold_nor_bought_is_put_away(flags: dict[str, Any], state: str) -> None:
    given = xero_item(**flags)
    assert view(BOOKS, XERO, given, "product").state == state


def test_retiring_an_item() -> None:
    read = view(BOOKS, XERO, xero_item(), "product")
    write = part("product", "retire", XERO, {}, read, policy="archive")
    body = BOOKS.body(XERO, "Items", [write], xero_item())
    assert body == {"ItemID": PEN, "Code": "PEN", "IsSold": False, "IsPurchased": False}
    assert view(BOOKS, XERO, row("Items", {**xero_item().body, **body}), "product").state == "out_of_scope"
    here = view(BOOKS, ZOHO, crm_product(), "product")
    write = part("product", "retire", ZOHO, {}, here, policy="archive")
    assert BOOKS.body(ZOHO, "Products", [write], None) == {"id": PEN_CRM, "Add_to_Xero": False}


def test_prices_keep_the_decimals_each_side_has() -> None:
    crm, item = view(BOOKS, ZOHO, crm_product(), "product"), view(BOOKS, XERO, xero_item(), "product")
    assert PRODUCT.project(XERO, "price", D("1.23456"), crm, NOBODY) == D("1.2346")
    assert PRODUCT.project(ZOHO, "price", D("1.2345"), item, NOBODY) == D("1.2345")
