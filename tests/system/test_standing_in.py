"""The product for lines without an item: shown, made on request, used, taken away again; also after a lost answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app import create_app
from extension.entities.stand_in import NAME
from extension.preparing import Preparing
from sandbox.faults import Rule
from tests.system.live_books import Connected
from tests.system.live_shop import TOTAL, Shop

FREE = {"ItemCode": "", "Description": "Advice"}
CREATE = Rule(path="/Products$", method="POST", times=1, kind="cut_after")


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Connected:
    return Connected.once(tmp_path_factory.mktemp("connected") / "instance", Shop.opened)


@pytest.fixture
def shop(connected: Connected, tmp_path: Path) -> Iterator[Shop]:
    opened = connected.again(tmp_path / "instance")
    yield Shop(opened)
    opened.house.close()


def preparing(shop: Shop, *, stand_in: bool = True) -> Preparing:
    return Preparing(shop.house, shop.house.connection(None), stand_in=stand_in)


def products(shop: Shop) -> list[dict[str, Any]]:
    return [row for row in shop.in_crm("Products") if row["Product_Name"] == NAME]


def chosen(shop: Shop) -> str | None:
    product: str | None = shop.house.connection(None).settings["itemless_product"]
    return product


def test_it_is_offered_and_made_where_it_is_asked_for(shop: Shop) -> None:
    shop.bill(FREE)
    assert shop.held() == {"no_product"}
    plan = preparing(shop, stand_in=False).look()
    assert (plan.offers_stand_in, plan.stand_in.wish) == (True, "")
    assert NAME in preparing(shop).look().stand_in.wish
    assert products(shop) == [], "looking writes nothing"
    outcome = preparing(shop).do("Ada", preparing(shop).look().seal)
    assert outcome.fine
    (product,) = products(shop)
    assert (chosen(shop), product["Add_to_Xero"]) == (product["id"], False)
    assert not preparing(shop).look().offers_stand_in
    assert shop.held() == set()
    (invoice,) = shop.in_crm("Invoices")
    assert (shop.line(invoice)["Product_Name"]["id"], invoice["Grand_Total"]) == (product["id"], TOTAL)
    assert [item["Code"] for item in shop.in_xero("Items")] == ["PEN"], "it is no item of Xero"


def test_it_is_no_item_of_xero_where_every_product_travels(shop: Shop) -> None:
    preparing(shop).do("Ada")
    shop.settings(lambda document: document["entities"]["product"].update(scope="all"))
    shop.crm("Products", products(shop)[0]["id"], Product_Code="FREE", Add_to_Xero=True)
    assert shop.held() == set()
    assert [item["Code"] for item in shop.in_xero("Items")] == ["PEN"]


def test_it_is_taken_away_where_nothing_uses_it(shop: Shop) -> None:
    preparing(shop).do("Ada")
    shop.sync(full=True)
    back = preparing(shop).look_back()
    assert (back.stand_in, back.stand_in_kept) == (products(shop)[0]["id"], False)
    assert preparing(shop).undo("Ada", back.seal).fine
    assert (products(shop), chosen(shop)) == ([], None)
    assert preparing(shop).look().offers_stand_in


def test_it_stays_while_a_document_has_a_line_with_it(shop: Shop) -> None:
    shop.bill(FREE)
    preparing(shop).do("Ada")
    shop.sync(full=True)
    back = preparing(shop).look_back()
    assert (back.stand_in, back.stand_in_kept) == ("", True)
    preparing(shop).undo("Ada", back.seal)
    assert chosen(shop) == products(shop)[0]["id"]


def test_a_lost_answer_makes_nothing_twice_and_it_is_still_ours(shop: Shop) -> None:
    shop.zoho.faults.add(CREATE)
    assert preparing(shop).do("Ada").ended is not None
    assert (len(products(shop)), chosen(shop)) == (1, None)
    assert preparing(shop).do("Ada").fine
    assert (len(products(shop)), chosen(shop)) == (1, products(shop)[0]["id"])
    shop.sync(full=True)
    assert preparing(shop).look_back().stand_in == chosen(shop)


def test_somebodys_product_of_that_name_is_used_and_never_taken_away(shop: Shop) -> None:
    theirs = shop.crm("Products", Product_Name=NAME, Add_to_Xero=False)
    assert preparing(shop).look().stand_in.chooses
    assert preparing(shop).do("Ada").fine
    assert (len(products(shop)), chosen(shop)) == (1, theirs)
    shop.sync(full=True)
    assert preparing(shop).look_back().stand_in == ""


def test_of_two_products_of_that_name_none_is_guessed(shop: Shop) -> None:
    for _ in range(2):
        shop.crm("Products", Product_Name=NAME, Add_to_Xero=False)
    assert "Settings, Accounts" in preparing(shop).look().stand_in.clash
    assert all(step.module != "Products" or NAME not in step.what for step in preparing(shop).do("Ada").steps)
    assert chosen(shop) is None


def test_the_command(shop: Shop) -> None:
    runner = create_app(house=shop.house).test_cli_runner()
    assert "--free-text" in runner.invoke(args=["setup", "--dry-run"]).output
    assert f"Make the product “{NAME}”" in runner.invoke(args=["setup", "--free-text", "--dry-run"]).output
    result = runner.invoke(args=["setup", "--free-text", "--json"])
    assert result.exit_code == 0, result.output
    assert {"module": "Products", "what": f"Product “{NAME}” stands for lines without an item"}.items() <= next(
        step.items() for step in json.loads(result.stdout)["done"] if step["module"] == "Products"
    )
    shop.sync(full=True)
    assert f"take away “{NAME}”" in runner.invoke(args=["setup", "--undo", "--dry-run"]).output
