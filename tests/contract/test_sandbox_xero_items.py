"""Items of the local Xero (facts/xero.md 3.8, 3.9, 3.14)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from sandbox.xero import Switches
from sandbox.xero.items import code_taken
from tests.contract.sandbox_xero_visitor import Visitor, body, line

PRICE = {"UnitPrice": Decimal("1.2345"), "AccountCode": "200", "TaxType": "OUTPUT2"}
COST = {"UnitPrice": Decimal("0.5"), "AccountCode": "300"}


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


@pytest.mark.behaviour("xero", 10)
def test_an_item_is_read_back_as_written(visitor: Visitor) -> None:
    made = visitor.item("PEN", Name="Pen", Description="A pen", SalesDetails=PRICE, PurchaseDetails=COST)
    assert made["ValidationErrors"] == [], "as recorded on item creates"
    assert "StatusAttributeString" not in made
    for read in (visitor.one("Items", unitdp=4), visitor.one("Items/pen", unitdp=4)):
        assert {**made, "ValidationErrors": None} == {**read, "ValidationErrors": None}
    assert (made["IsSold"], made["IsPurchased"], made["IsTrackedAsInventory"]) == (True, True, False)
    assert made["SalesDetails"] == PRICE


@pytest.mark.behaviour("xero", 6)
def test_the_time_of_an_item_has_no_offset(visitor: Visitor) -> None:
    """3.6."""
    assert re.fullmatch(r"/Date\(\d+\)/", visitor.item()["UpdatedDateUTC"])


@pytest.mark.behaviour("xero", 15)
def test_prices_have_two_decimals_unless_four_are_asked_for(visitor: Visitor) -> None:
    """B15."""
    visitor.item(SalesDetails=PRICE)
    assert visitor.one("Items")["SalesDetails"]["UnitPrice"] == Decimal("1.23")
    assert visitor.one("Items", unitdp=4)["SalesDetails"]["UnitPrice"] == Decimal("1.2345")
    visitor.post("Items", {"Code": "PEN", "SalesDetails": PRICE})
    assert visitor.one("Items", unitdp=4)["SalesDetails"]["UnitPrice"] == Decimal("1.23"), "cut on the way in"


@pytest.mark.behaviour("xero", 9)
def test_put_refuses_a_code_and_post_finds_by_it(visitor: Visitor) -> None:
    made = visitor.item("PEN")
    assert visitor.refused("PUT", "Items", {"Code": "pen"}) == [code_taken("pen")]
    assert visitor.post("Items", {"Code": "PEN", "Name": "Pen"})["ItemID"] == made["ItemID"]
    renamed = visitor.post(f"Items/{made['ItemID']}", {"Code": "PEN-2"})
    assert (renamed["ItemID"], renamed["Code"], renamed["Name"]) == (made["ItemID"], "PEN-2", "Pen")
    visitor.item("PEN")
    assert visitor.refused("POST", "Items", {"ItemID": made["ItemID"], "Code": "PEN"}) == [code_taken("PEN")]


def test_the_code_is_required_on_an_update_by_id_too(visitor: Visitor) -> None:
    """3.9."""
    made = visitor.item()
    assert visitor.refused("POST", f"Items/{made['ItemID']}", {"Name": "Pen"}) == [
        "Price List Item Code must be specified."
    ]


@pytest.mark.behaviour("xero", 21)
@pytest.mark.parametrize(
    ("element", "message"),
    [
        ({"Code": "c" * 31}, "The Code field must not exceed 30 characters."),
        ({"Name": "n" * 51}, "The Name field must not exceed 50 characters."),
        ({"Description": "d" * 4001}, "The Description field must not exceed 4000 characters."),
        ({"SalesDetails": {"AccountCode": "999"}}, "Account code '999' is not a valid code for this document."),
        (
            {"SalesDetails": {"AccountCode": "210"}},
            "Account code '210' has been archived, or has been deleted. Each line item must reference a valid account.",
        ),
        (
            {"PurchaseDetails": {"TaxType": "VAT"}},
            "The TaxType code 'VAT' does not exist or cannot be used for this type of transaction.",
        ),
    ],
)
def test_what_is_wrong_is_said(visitor: Visitor, element: dict[str, Any], message: str) -> None:
    assert visitor.refused("PUT", "Items", {"Code": "PEN", **element}) == [message]


def test_a_side_that_is_switched_off_loses_its_details(visitor: Visitor) -> None:
    """3.14."""
    visitor.item(Description="A pen", PurchaseDescription="Pen", SalesDetails=PRICE, PurchaseDetails=COST)
    after = visitor.post("Items", {"Code": "PEN", "IsSold": False})
    assert (after["SalesDetails"], after["PurchaseDetails"]["AccountCode"]) == ({}, "300")
    assert ("Description" in after, after["PurchaseDescription"]) == (False, "Pen")


@pytest.mark.behaviour("xero", 5)
@pytest.mark.unmodelled("what is asked is the question")
def test_the_list_has_no_pages(visitor: Visitor) -> None:
    """3.5: the whole list every time."""
    visitor.put("Items", *({"Code": f"C{n:03}"} for n in range(150)))
    shown = visitor.get("Items", page=1, pageSize=10)
    assert (len(shown["Items"]), "pagination" in shown) == (150, False)
    assert "GET /Items parameter page" in visitor.service.unmodelled()


@pytest.mark.behaviour("xero", 7)
def test_an_untouched_item_never_shows_in_a_poll(visitor: Visitor) -> None:
    """3.14: its modified time may be 1970."""
    visitor.service.load(
        {
            "Items": [
                {
                    "ItemID": "22222222-2222-4222-8222-222222222222",
                    "Code": "X",
                    "UpdatedDateUTC": "1970-01-01T00:00:00Z",
                }
            ]
        }
    )
    assert len(visitor.rows("Items")) == 1
    assert visitor.rows("Items", {"If-Modified-Since": "2000-01-01T00:00:00"}) == []


def test_deleting_an_item(visitor: Visitor) -> None:
    """3.14, 3.16: gone, by list and by id; refused while a document uses it."""
    free, used = visitor.item("FREE"), visitor.item("USED", SalesDetails=PRICE)
    visitor.invoice(LineItems=[line(ItemCode="USED")])
    assert visitor.ask("DELETE", f"Items/{free['ItemID']}").status_code == 204
    assert visitor.ask("DELETE", f"Items/{free['ItemID']}").status_code == 404
    for message in Switches.__dataclass_fields__["used_item_message"].metadata["choices"]:
        visitor.service.set_switches({"used_item_message": message})
        answer = visitor.ask("DELETE", f"Items/{used['ItemID']}")
        assert answer.status_code == 400
        assert body(answer)["Elements"][0]["ValidationErrors"] == [{"Message": message}], "the words are not verified"
    assert [row["Code"] for row in visitor.rows("Items")] == ["USED"]
    visitor.service.set_switches({"delete_used_item": True})
    assert visitor.ask("DELETE", f"Items/{used['ItemID']}").status_code == 204
    assert visitor.one("Invoices", page=1)["LineItems"][0]["ItemCode"] == "USED", "the line keeps the code"


def test_at_most_five_hundred_at_once(visitor: Visitor) -> None:
    many = {"Items": [{"Code": str(n)} for n in range(501)]}
    assert visitor.ask("PUT", "Items", many).status_code == 400


def test_a_codes_rename_shows_on_the_documents(visitor: Visitor) -> None:
    made = visitor.item("PEN", Name="Pen", SalesDetails=PRICE)
    visitor.invoice(LineItems=[line(ItemCode="pen")])
    visitor.person("edit", "Items", made["ItemID"], Code="PEN-2")
    (row,) = visitor.one("Invoices", page=1)["LineItems"]
    assert (row["ItemCode"], row["Item"]) == ("PEN-2", {"ItemID": made["ItemID"], "Name": "Pen", "Code": "PEN-2"})
