"""The sandbox's own screens: what a person changes there is what the API then shows, and no call of anybody."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask.testing import FlaskClient

from sandbox.screens import SCREENS
from sandbox.tabs import XERO_TABS, ZOHO_TABS, Tab
from sandbox.world import World


@pytest.fixture(scope="module")
def world() -> World:
    return World(records=10)


@pytest.fixture
def crm(world: World) -> FlaskClient:
    return world.zoho_app.test_client()


@pytest.fixture
def books(world: World) -> FlaskClient:
    return world.xero_app.test_client()


def first(world: World, side: str, kind: str) -> dict[str, object]:
    return (world.zoho if side == "zoho" else world.xero).dump()[kind][0]


@pytest.mark.parametrize(
    ("side", "tab"), [*(("zoho", tab) for tab in ZOHO_TABS), *(("xero", tab) for tab in XERO_TABS)]
)
def test_saving_a_form_as_it_stands_changes_nothing(
    world: World, crm: FlaskClient, books: FlaskClient, side: str, tab: Tab
) -> None:
    client = crm if side == "zoho" else books
    assert f"{SCREENS}/{tab.kind}" in client.get("/", follow_redirects=True).text
    before = first(world, side, tab.kind)
    address = f"{SCREENS}/{tab.kind}/{before[tab.id_field]}"
    assert address in client.get(f"{SCREENS}/{tab.kind}").text
    assert client.get(address).status_code == 200
    form = {cell.name: str(cell.read(before) or "") for cell in tab.cells if cell.kind != "tick" or cell.read(before)}
    assert client.post(address, data={"do": "edit", **form}).status_code == 303
    assert first(world, side, tab.kind) == before


def test_an_edit_is_seen_by_the_api_and_is_no_call(world: World, crm: FlaskClient) -> None:
    product = first(world, "zoho", "Products")
    calls = len(world.zoho.journal.since(0))
    form = {"do": "edit", "Product_Name": "Gift wrap", "Product_Code": "GIFT-1", "Unit_Price": "7.50"}
    assert crm.post(f"{SCREENS}/Products/{product['id']}", data=form).status_code == 303
    after = first(world, "zoho", "Products")
    assert (after["Product_Name"], after["Unit_Price"], after["Add_to_Xero"]) == ("Gift wrap", Decimal("7.50"), False)
    assert len(world.zoho.journal.since(0)) == calls


def test_a_price_keeps_what_lies_beside_it(world: World, books: FlaskClient) -> None:
    item = first(world, "xero", "Items")
    sales = dict(item["SalesDetails"])  # type: ignore[call-overload]  # a row is what the service says
    form = {"do": "edit", "Code": item["Code"], "Name": item["Name"], "SalesDetails.UnitPrice": "270.5"}
    assert books.post(f"{SCREENS}/Items/{item['ItemID']}", data=form).status_code == 303
    assert first(world, "xero", "Items")["SalesDetails"] == {**sales, "UnitPrice": Decimal("270.5")}


def test_a_new_record_and_one_that_goes(world: World, crm: FlaskClient) -> None:
    made = crm.post(f"{SCREENS}/Accounts/new", data={"do": "create", "Account_Name": "Newcomers", "Add_to_Xero": "1"})
    assert made.status_code == 303
    (row,) = [row for row in world.zoho.dump()["Accounts"] if row["Account_Name"] == "Newcomers"]
    assert row["Add_to_Xero"]
    address = f"{SCREENS}/Accounts/{row['id']}"
    assert crm.post(address, data={"do": "delete"}).status_code == 303
    assert crm.get(address).status_code == 404


@pytest.mark.unmodelled("a page that is not there")
def test_what_is_refused_is_said_and_changes_nothing(world: World, crm: FlaskClient, books: FlaskClient) -> None:
    before = first(world, "zoho", "Products")
    answer = crm.post(f"{SCREENS}/Products/{before['id']}", data={"do": "edit", "Unit_Price": "dear"})
    assert (answer.status_code, "no number" in answer.text) == (400, True)
    assert first(world, "zoho", "Products") == before
    assert crm.post(f"{SCREENS}/Accounts/new", data={"do": "create"}).status_code == 400
    assert crm.post(f"{SCREENS}/Accounts/new", data={"do": "purge"}).status_code == 400
    assert crm.get(f"{SCREENS}/Nothing").status_code == 404
    assert books.get(f"{SCREENS}/Invoices/new").status_code == 404
