"""The set-up of the CRM on pages: shown, made, taken away; a refusal said with the way out."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from extension.bootstrap import Connection
from tests.system.live_books import Books
from tests.web.test_setting_up import OURS, bared
from tests.web.visitor import Answer, Visitor

PLAN, MAKE, UNDO = "/c/1/set-up/fields/plan", "/c/1/set-up/fields/make", "/c/1/set-up/fields/undo"


@pytest.fixture
def bare(books: Books, connection: Connection) -> Iterator[Books]:
    """A CRM in which nobody has made our fields."""
    books.zoho.set_switches({"application_section": "absent", "customisation": "allowed"})
    settings = bared(dict(connection.settings), *OURS)
    books.house.connections.update_settings(connection.id, settings, "a test", books.clock.now())
    books.house.refreshed(books.house.connections.get(connection.id))
    yield books
    books.zoho.set_switches({"application_section": "there", "customisation": "allowed"})


def labels(books: Books, module: str) -> list[str]:
    return [field.title for field in books.zoho.catalogue.custom.made(module)]


def sent(page: Answer, action: str) -> dict[str, object]:
    """What the form of a page would send."""
    values = next(form["values"] for form in page.forms() if form["action"] == action)
    return {name: value for name, value in values.items() if name != "form_token"}


def test_shown_then_made_then_complete(admin: Visitor, bare: Books) -> None:
    assert "Set up the CRM" in admin.get("/c/1/set-up/fields").text
    page = admin.get(PLAN)
    assert page.status == 200
    assert "Make the field “Xero ID” (Single Line, no duplicates)." in page.text
    assert labels(bare, "Invoices") == []
    page = admin.follow(admin.post(MAKE, sent(page, MAKE)))
    assert "what was missing is in the CRM, and mapped" in page.text
    assert "Missing, needed" not in page.text
    assert "Amount Due" in labels(bare, "Invoices")
    page = admin.get(PLAN)
    assert page.text.count("Complete") == 6
    assert not any(form["action"] == MAKE for form in page.forms())
    changes = bare.house.changes(bare.house.connection(None)).page()
    assert (changes[0].actor, len(changes[0].events)) == ("Ada Admin", 2)


def test_an_auto_number_is_offered_and_made(admin: Visitor, bare: Books) -> None:
    assert "Unique Order Number" not in admin.get(PLAN).text
    page = admin.get(f"{PLAN}?number=purchase_order&number=nonsense")
    assert "Make the field “Unique Order Number” (Auto-Number)." in page.text
    admin.post(MAKE, sent(page, MAKE))
    assert "Unique Order Number" in labels(bare, "Purchase_Orders")


def test_a_product_for_lines_without_an_item_is_offered_made_and_taken_away(admin: Visitor, books: Books) -> None:
    assert "Show the plan with such a product" in admin.get(PLAN).text
    page = admin.get(f"{PLAN}?free_text=1")
    assert "Make the product “Free text (Xero)”, not ticked" in page.text
    admin.post(MAKE, sent(page, MAKE))
    (product,) = [row for row in books.in_crm("Products") if row["Product_Name"] == "Free text (Xero)"]
    assert books.house.connection(None).settings["itemless_product"] == product["id"]
    assert "such a product" not in admin.get(PLAN).text
    books.sync(full=True)
    page = admin.get(UNDO)
    assert "the product for lines without an item, which no document uses" in page.text
    admin.post(UNDO, sent(page, UNDO))
    assert books.house.connection(None).settings["itemless_product"] is None


def test_another_plan_than_the_one_seen_is_shown_first(admin: Visitor, bare: Books) -> None:
    page = admin.get(PLAN)
    crm = bare.house.crm_setup(bare.house.connection(None))
    crm.make_fields("Accounts", [{"field_label": "Xero ID", "data_type": "text"}])
    answer = admin.post(MAKE, sent(page, MAKE))
    assert answer.status == 400
    assert "Something changed in the CRM meanwhile." in answer.text
    assert "Allow no duplicates in “Xero ID”." in answer.text
    assert labels(bare, "Invoices") == []


@pytest.mark.parametrize("path", [MAKE, UNDO])
@pytest.mark.parametrize("values", [{}, {"seal": ""}, {"seal": "x" * 41}])
def test_nothing_happens_without_having_looked(admin: Visitor, bare: Books, path: str, values: dict[str, str]) -> None:
    assert admin.post(path, values).status == 400
    assert labels(bare, "Invoices") == []


def test_a_kind_without_numbers_is_refused(admin: Visitor, bare: Books) -> None:
    values = {**sent(admin.get(PLAN), MAKE), "number": "account"}
    assert admin.post(MAKE, values).status == 400
    assert labels(bare, "Invoices") == []


def test_a_refusal_is_said_with_the_clicks_that_do_it(admin: Visitor, bare: Books) -> None:
    values = sent(admin.get(PLAN), MAKE)
    bare.zoho.set_switches({"customisation": "forbidden"})
    page = admin.post(MAKE, values)
    assert page.status == 502
    assert "The person who connected Zoho CRM may not customise it." in page.text
    assert "/c/1/set-up/fields#how" in page.html
    assert "Do not allow duplicate values" in admin.get("/c/1/set-up/fields").text


def test_what_was_made_is_taken_away_again(admin: Visitor, bare: Books) -> None:
    assert "There is nothing of ours" in admin.get(UNDO).text
    admin.post(MAKE, sent(admin.get(PLAN), MAKE))
    bare.crm("Accounts", Account_Name="Kea")
    page = admin.get(UNDO)
    assert "Accounts: Add to Xero" in page.text
    page = admin.follow(admin.post(UNDO, sent(page, UNDO)))
    assert "Taken away from the CRM" in page.text
    assert labels(bare, "Accounts") == ["Add to Xero"]
    assert labels(bare, "Invoices") == []


def test_the_button_is_explained_with_values_to_copy(admin: Visitor) -> None:
    page = admin.get("/c/1/set-up/button")
    assert "http://localhost:5000/widget/button" in page.text
    assert "Open a widget" in page.text
    assert re.findall(r'aria-current="page">\s*([\w-]+)', page.html) == ["Set-up"]
    assert "Purchase orders" in page.text
