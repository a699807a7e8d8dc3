"""The settings pages: what is shown, what is saved, what is refused, and that nobody's change is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from extension.bootstrap import Connection
from extension.web.visit import Person
from tests.system.live_books import Books, D
from tests.web.settings_forms import SETTINGS, Values, row_of, send, settings, values_of
from tests.web.visitor import Answer, Visitor, administrator, salesperson

PAGES = ("", "/fields/account", "/statuses", "/taxes", "/accounts", "/documents", "/policies", "/file", "/changes")


# ------------------------------------------------------------------ every page


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_where_one_is(admin: Visitor, page: str) -> None:
    answer = admin.get(SETTINGS + page)
    assert answer.status == 200, answer.text
    assert answer.html.count("<h1") == 1
    assert answer.html.count('aria-current="page"') == 2  # navigation and tab


@pytest.mark.parametrize(
    ("page", "action"),
    [
        ("", ""),
        ("/fields/account", "/fields/account"),
        ("/fields/invoice", "/fields/invoice"),
        ("/fields/product", "/fields/product"),
        ("/statuses", "/statuses/invoice"),
        ("/statuses?entity=purchase_order", "/statuses/purchase_order"),
        ("/taxes", "/taxes"),
        ("/accounts", "/accounts"),
        ("/policies", "/policies"),
    ],
)
def test_a_form_that_is_sent_as_it_stands_changes_nothing(admin: Visitor, books: Books, page: str, action: str) -> None:
    before = settings(books)
    answer = send(admin, page, action) if action else _as_it_stands(admin)
    assert answer.status == 303, answer.text
    assert "note=unchanged" in answer.leads_to
    assert settings(books) == before


def _as_it_stands(admin: Visitor) -> Answer:
    return admin.post(SETTINGS, values_of(admin.get(SETTINGS), "/settings"))


def test_who_may_only_look_sees_no_settings(
    visitor: Callable[[Person | None], Visitor], connection: Connection
) -> None:
    sam = visitor(salesperson(connection))
    assert [sam.get(SETTINGS + page).status for page in PAGES] == [403] * len(PAGES)


def test_what_somebody_else_saved_meanwhile_is_not_overwritten(
    visitor: Callable[[Person | None], Visitor], connection: Connection, books: Books
) -> None:
    ada, bob = visitor(administrator(connection)), visitor(administrator(connection))
    mine = values_of(ada.get(SETTINGS + "/policies"), "/policies")
    assert send(bob, "/policies", "/policies", {"email": "bob@example.com"}).status == 303
    answer = ada.post(SETTINGS + "/policies", {**mine, "email": "ada@example.com"})
    assert answer.status == 409
    assert "Somebody else changed this meanwhile" in answer.text
    assert 'value="ada@example.com"' in answer.html, "what was typed stands there"
    assert settings(books)["notify"]["email"] == "bob@example.com"


def test_another_page_that_was_saved_meanwhile_is_in_nobodys_way(admin: Visitor, books: Books) -> None:
    mine = values_of(admin.get(SETTINGS + "/accounts"), "/accounts")
    assert send(admin, "/policies", "/policies", {"email": "bob@example.com"}).status == 303
    assert admin.post(SETTINGS + "/accounts", {**mine, "sales": "260", "do": "save"}).status == 303
    assert settings(books)["accounts"]["sales"] == "260"
    assert settings(books)["notify"]["email"] == "bob@example.com"


# ------------------------------------------------------------------ modules


def test_modules_are_switched_and_turned(admin: Visitor, books: Books) -> None:
    change = {"purchase_order.on": None, "invoice.direction": "to_xero"}
    values = {**values_of(admin.get(SETTINGS), "/settings"), **change}
    answer = admin.post(SETTINGS, {name: value for name, value in values.items() if value is not None})
    assert "the next run reads everything again" in admin.follow(answer).text
    assert settings(books)["entities"]["purchase_order"]["enabled"] is False
    assert settings(books)["entities"]["invoice"]["direction"] == "to_xero"
    assert settings(books)["mapping_version"] == 2


def test_a_module_without_its_parents_is_refused_beside_it(admin: Visitor, books: Books) -> None:
    before = settings(books)
    values = values_of(admin.get(SETTINGS), "/settings")
    del values["product.on"]
    answer = admin.post(SETTINGS, values)
    assert answer.status == 400
    assert "These records belong to accounts and products" not in answer.text
    assert "These records belong to products" in answer.text
    assert settings(books) == before


# ------------------------------------------------------------------ statuses, taxes, accounts, policies


def test_statuses_are_mapped_and_held(admin: Visitor, books: Books) -> None:
    change = {"zoho:Sent": "", "xero:PAID": "Delivered"}
    assert send(admin, "/statuses", "/statuses/invoice", change).status == 303
    rows = settings(books)["status"]["invoice"]
    assert all(row["zoho"] != "Sent" or row["direction"] == "to_zoho" for row in rows)
    assert {"zoho": "Delivered", "xero": "PAID", "direction": "to_zoho"} in rows
    assert "held" in admin.get(SETTINGS + "/statuses").text


@pytest.mark.parametrize("change", [{"zoho:Sent": "LOST"}, {"xero:PAID": "Nowhere"}])
def test_a_status_that_does_not_exist(admin: Visitor, books: Books, change: Values) -> None:
    before = settings(books)
    answer = send(admin, "/statuses", "/statuses/invoice", change)
    assert answer.status == 400
    assert "Choose one of the statuses offered." in answer.text
    assert settings(books) == before


def test_only_documents_have_statuses(admin: Visitor) -> None:
    assert admin.get(SETTINGS + "/statuses?entity=account").status == 200
    assert admin.post(SETTINGS + "/statuses/leads").status == 404


def test_taxes_are_mapped_and_a_difference_of_percentage_is_said(admin: Visitor, books: Books) -> None:
    change = {"sales:zoho:GST 15 Purchases": "ZERORATED", "sales:xero:ZERORATED": "Zero"}
    assert send(admin, "/taxes", "/taxes", change).status == 303
    assert {"zoho": "GST 15 Purchases", "xero": "ZERORATED"} in settings(books)["taxes"]["sales"]
    assert "documents with it are held, because their totals differ" in admin.get(SETTINGS + "/taxes").text


def test_a_tax_that_would_come_back_as_another_is_refused(admin: Visitor, books: Books) -> None:
    before = settings(books)
    answer = send(admin, "/taxes", "/taxes", {"sales:xero:OUTPUT2": "Zero"})
    assert answer.status == 400
    assert "so it must come back as that" in answer.text
    assert settings(books) == before


def test_taxes_are_proposed_and_not_saved(admin: Visitor, books: Books) -> None:
    send(admin, "/taxes", "/taxes", {"sales:zoho:GST 15": "", "sales:xero:OUTPUT2": ""})
    before = settings(books)
    answer = admin.get(SETTINGS + "/taxes?propose=1")
    assert "Not saved yet" in answer.text
    assert values_of(answer, "/taxes")["sales:zoho:GST 15"] == "OUTPUT2"
    assert settings(books) == before


def test_several_taxes_on_one_line_get_a_row_and_a_rate(admin: Visitor, books: Books) -> None:
    before = settings(books)
    asked = {"do": "together:sales", "sales:together": ["Zero", "GST Half"]}
    answer = send(admin, "/taxes", "/taxes", asked)
    assert answer.status == 200
    assert settings(books) == before
    values = values_of(answer, "/taxes")
    assert values["sales:zoho:GST Half + Zero"] == ""
    again = admin.post(SETTINGS + "/taxes", {**values, **asked})
    assert (again.status, "is in the list already" in again.text) == (400, True)
    chosen = {**values, "do": "save", "sales:zoho:GST Half + Zero": "TAX001"}
    assert admin.post(SETTINGS + "/taxes", chosen).status == 303
    assert {"zoho": ["GST Half", "Zero"], "xero": "TAX001"} in settings(books)["taxes"]["sales"]
    assert values_of(admin.get(SETTINGS + "/taxes"), "/taxes")["sales:zoho:GST Half + Zero"] == "TAX001"
    assert "GST Half + Zero" in admin.get(SETTINGS + "/changes").text
    send(admin, "/taxes", "/taxes", {"do": "save", "sales:zoho:GST Half + Zero": ""})
    kept = settings(books)["taxes"]["sales"]
    assert len(kept) == len(before["taxes"]["sales"])
    assert all(row in before["taxes"]["sales"] for row in kept)


def test_one_tax_is_not_several(admin: Visitor) -> None:
    answer = send(admin, "/taxes", "/taxes", {"do": "together:sales", "sales:together": ["Zero"]})
    assert answer.status == 400
    assert "Tick two or more taxes" in answer.text


def test_amounts_of_new_documents(admin: Visitor, books: Books) -> None:
    before = settings(books)
    assert send(admin, "/taxes", "/taxes", {"do": "save", "amounts:invoice": "Gross"}).status == 400
    assert settings(books) == before
    assert send(admin, "/taxes", "/taxes", {"do": "save", "amounts:invoice": "Inclusive"}).status == 303
    assert settings(books)["documents"]["amounts"] == {"invoice": "Inclusive", "purchase_order": "Exclusive"}
    assert "With tax in them" in admin.get(SETTINGS + "/changes").text


def test_accounts_by_category_of_product(admin: Visitor, books: Books) -> None:
    change = {"do": "save", "Hardware:sales": "260", "Hardware:purchases": "310"}
    assert send(admin, "/accounts", "/accounts", change).status == 303
    assert settings(books)["accounts"]["categories"] == {"Hardware": {"sales": "260", "purchases": "310"}}
    before = settings(books)
    answer = send(admin, "/accounts", "/accounts", {"do": "save", "Software:sales": "090"})
    assert (answer.status, "Choose one of the accounts offered." in answer.text) == (400, True)
    assert settings(books) == before
    assert "Hardware" in admin.get(SETTINGS + "/changes").text
    assert send(admin, "/accounts", "/accounts", dict.fromkeys(change, "") | {"do": "save"}).status == 303
    assert "categories" not in settings(books)["accounts"]


def test_accounts_and_a_product_for_no_item(admin: Visitor, books: Books) -> None:
    product = books.crm("Products", Product_Name="Sundries", Product_Code="SUN", Unit_Price=D("1"))
    books.crm("Products", Product_Name="100% Cotton_Towel", Product_Code="TOWEL", Unit_Price=D("2"))
    books.sync()
    found = send(admin, "/accounts", "/accounts", {"do": "search", "words": "sund"})
    assert found.status == 200
    assert "Sundries" in found.html
    assert "Towel" not in found.html
    assert "Towel" in send(admin, "/accounts", "/accounts", {"do": "search", "words": "0% n_t"}).html
    answer = admin.post(SETTINGS + "/accounts", {**values_of(found, "/accounts"), "itemless": product, "do": "save"})
    assert answer.status == 303
    assert settings(books)["itemless_product"] == product


@pytest.mark.parametrize("change", [{"sales": "999"}, {"sales": "090"}, {"itemless": "1"}, {"itemless": "'; drop"}])
def test_accounts_and_products_that_do_not_exist(admin: Visitor, books: Books, change: Values) -> None:
    before = settings(books)
    assert send(admin, "/accounts", "/accounts", {**change, "do": "save"}).status == 400
    assert settings(books) == before


def test_documents_are_saved(admin: Visitor, books: Books) -> None:
    change = {"rounding.sales": "260", "numbering.purchase_order": "xero", "links": None}
    assert send(admin, "/documents", "/documents", change).status == 303
    assert settings(books)["documents"] == {
        "rounding_account": {"sales": "260", "purchases": None},
        "numbering": {"invoice": "crm", "purchase_order": "xero"},
        "crm_links": False,
    }
    assert send(admin, "/documents", "/documents", {"rounding.sales": "999"}).status == 400


def test_lines_for_amounts_of_the_whole_are_saved(admin: Visitor, books: Books) -> None:
    change = {"discount.account.sales": "260", "discount.tax.sales": "OUTPUT2", "adjustment.description": "Freight"}
    assert send(admin, "/documents", "/documents", change).status == 303
    assert settings(books)["documents"]["charges"] == {
        "discount": {
            "account": {"sales": "260", "purchases": None},
            "tax": {"sales": "OUTPUT2", "purchases": "NONE"},
            "description": "Discount",
        },
        "adjustment": {
            "account": {"sales": None, "purchases": None},
            "tax": {"sales": "NONE", "purchases": "NONE"},
            "description": "Freight",
        },
    }
    for wrong in ({"discount.account.sales": "999"}, {"adjustment.tax.purchases": "MINE"}):
        answer = send(admin, "/documents", "/documents", wrong)
        assert answer.status == 400
        assert "Choose one of the" in answer.text


def test_policies_are_saved(admin: Visitor, books: Books) -> None:
    change = {
        "conflicts.account": "ask",
        "retire.invoice": "void",
        "new_contacts": "contacts",
        "document_limit": "25",
        "keep_days": "400",
        "email": "books@example.com",
        "on_loss": None,
    }
    assert send(admin, "/policies", "/policies", change).status == 303
    found = settings(books)
    assert found["policies"]["retire"]["invoice"] == "void"
    assert (found["policies"]["document_limit"], found["keep_days"]) == (25, 400)
    assert found["notify"] == {"email": "books@example.com", "on_loss": False}
    phone = row_of(books, "account", "phone")
    assert phone is not None
    assert phone["owner"] == "ask"


@pytest.mark.parametrize(
    "change",
    [
        {"document_limit": "many"},
        {"document_limit": "-1"},
        {"keep_days": "2"},
        {"email": "nobody"},
        {"retire.account": "burn"},
        {"conflicts.account": "me"},
        {"new_contacts": "friends"},
    ],
)
def test_policies_that_cannot_be(admin: Visitor, books: Books, change: Values) -> None:
    before = settings(books)
    answer = send(admin, "/policies", "/policies", change)
    assert answer.status == 400
    assert 'class="error"' in answer.html
    assert settings(books) == before
