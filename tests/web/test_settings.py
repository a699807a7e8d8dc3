"""The settings pages: what is shown, what is saved, what is refused, and that nobody's change is lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

import pytest

from extension.bootstrap import Connection
from extension.sync.model import Scope
from extension.web.visit import Person
from tests.system.live_books import Books, D
from tests.web.visitor import Answer, Visitor, administrator, salesperson

SETTINGS = "/c/1/settings"
PAGES = ("", "/fields/account", "/statuses", "/taxes", "/accounts", "/policies", "/file", "/changes")
Values = dict[str, Any]


def values_of(answer: Answer, action: str) -> Values:
    """What the form with this action would send as it stands."""
    (found,) = [form for form in answer.forms() if form["action"].endswith(action) and form["method"] == "post"]
    return {name: values[0] if len(values) == 1 else values for name, values in found["values"].items()}


def settings(books: Books) -> Mapping[str, Any]:
    return books.house.connection(None).settings


def row_of(books: Books, entity: str, name: str) -> Mapping[str, Any] | None:
    return next((row for row in settings(books)["entities"][entity]["fields"] if row["name"] == name), None)


def send(visitor: Visitor, page: str, action: str, change: Mapping[str, Any] | None = None) -> Answer:
    """Opens a page, changes some of what its form holds, and sends it. None takes a value out."""
    values = {**values_of(visitor.get(SETTINGS + page), action), **(change or {})}
    return visitor.post(SETTINGS + action, {name: value for name, value in values.items() if value is not None})


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
    answer = send(admin, page, "/settings" if not action else action) if action else _as_it_stands(admin)
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


# ------------------------------------------------------------------ fields


def test_a_row_is_added_saved_and_synchronised(admin: Visitor, books: Books) -> None:
    account = books.crm("Accounts", Account_Name="Acme Parts", Account_Number="A-17")
    books.sync()
    new = {"new1.zoho": "Account_Number", "new1.xero": "AccountNumber", "do": "save"}
    answer = send(admin, "/fields/account", "/fields/account", new)
    assert "the next run reads everything again" in admin.follow(answer).text
    assert settings(books)["mapping_version"] == 2
    books.sync()
    (contact,) = books.in_xero("Contacts")
    assert contact["AccountNumber"] == "A-17"
    assert account


def test_a_mismatch_is_said_beside_the_row_and_nothing_is_saved(admin: Visitor, books: Books) -> None:
    before = settings(books)
    new = {"new1.zoho": "Website", "new1.xero": "AccountNumber", "new1.default_xero": "typed", "do": "save"}
    answer = send(admin, "/fields/account", "/fields/account", new)
    assert answer.status == 400
    assert "takes only a web address" in answer.text
    assert 'value="typed"' in answer.html
    assert settings(books) == before


def test_rows_are_taken_away_in_the_form_and_go_when_it_is_saved(admin: Visitor, books: Books) -> None:
    answer = send(admin, "/fields/account", "/fields/account", {"do": "remove:fax"})
    assert answer.status == 200
    assert "Not saved yet" in answer.text
    assert row_of(books, "account", "fax") is not None
    admin.post(SETTINGS + "/fields/account", {**values_of(answer, "/fields/account"), "do": "save"})
    assert row_of(books, "account", "fax") is None


@pytest.mark.parametrize("change", [{"row": "../x", "do": "save"}, {"row": ["phone", "somebody"], "do": "save"}])
def test_rows_that_no_page_offered_are_refused(admin: Visitor, books: Books, change: Values) -> None:
    before = settings(books)
    assert send(admin, "/fields/account", "/fields/account", change).status == 400
    assert settings(books) == before


def test_a_form_without_the_rows_a_module_needs_is_refused(admin: Visitor, books: Books) -> None:
    before = settings(books)
    answer = send(admin, "/fields/account", "/fields/account", {"row": "phone", "do": "save"})
    assert answer.status == 400
    assert "cannot be removed" in answer.text
    assert settings(books) == before


def test_the_default_mapping_comes_back(admin: Visitor, books: Books) -> None:
    before = settings(books)["entities"]
    gone = send(admin, "/fields/account", "/fields/account", {"do": "remove:fax"})
    admin.post(SETTINGS + "/fields/account", {**values_of(gone, "/fields/account"), "do": "save"})
    assert settings(books)["entities"] != before
    assert send(admin, "/fields/account", "/fields/account/default").status == 303
    assert settings(books)["entities"] == before


def test_new_fields_of_the_crm_are_offered_after_fetching_them(admin: Visitor) -> None:
    answer = admin.post(SETTINGS + "/fields/account/fetch")
    assert "The fields of both services are up to date." in admin.follow(answer).text


def test_a_module_that_does_not_exist(admin: Visitor) -> None:
    assert admin.get(SETTINGS + "/fields/leads").status == 404
    assert admin.post(SETTINGS + "/fields/leads", {"do": "save"}).status == 404
    assert admin.get(SETTINGS + "/fields?entity=leads").leads_to.endswith("/fields/account")


# ------------------------------------------------------------------ trying it


def test_a_map_is_tried_on_a_record_that_is_linked(admin: Visitor, books: Books) -> None:
    account = books.crm("Accounts", Account_Name="Acme Parts", Phone="04 555 1", Account_Number="A-17")
    books.sync()
    books.crm("Accounts", account, Phone="04 555 2")
    writes, before = books.writes(), settings(books)
    change = {
        "new1.zoho": "Account_Number",
        "new1.xero": "AccountNumber",
        "record": f"zoho:{account}",
        "do": "try",
    }
    answer = send(admin, "/fields/account", "/fields/account", change)
    assert answer.status == 200, answer.text
    assert "On both sides" in answer.text
    assert "Phone 04 555 2 04 555 1 to Xero 04 555 2" in answer.text
    assert "Account Number A-17 — to Xero A-17" in answer.text
    assert books.writes() == writes
    assert settings(books) == before


def test_a_map_is_tried_on_a_record_of_one_side(admin: Visitor, books: Books) -> None:
    books.sync()
    account = books.crm("Accounts", Account_Name="Acme Parts", Phone="04 555 1")
    contact = books.books("Contacts", Name="Bright Cafe", Phones=[{"PhoneType": "DEFAULT", "PhoneNumber": "777"}])
    books.house.engine(books.house.connection(None)).run(Scope(observe_only=True))
    change = {"record": f"zoho:{account}", "do": "try", "fax.default_xero": "none"}
    answer = send(admin, "/fields/account", "/fields/account", change)
    assert "Only in the CRM" in answer.text
    assert "Phone 04 555 1 — to Xero 04 555 1" in answer.text
    assert "Fax — — to Xero none" in answer.text
    other = send(admin, "/fields/account", "/fields/account", {"record": f"xero:{contact}", "do": "try"})
    assert "Only in Xero" in other.text
    assert "Phone — 777 to Zoho CRM 777" in other.text


@pytest.mark.parametrize("record", ["", "zoho:1", "nowhere:5", "xero:../../x"])
def test_a_map_is_tried_on_known_records_only(admin: Visitor, record: str) -> None:
    answer = send(admin, "/fields/account", "/fields/account", {"record": record, "do": "try"})
    assert answer.status == 400
    assert "not known here" in answer.text


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


# ------------------------------------------------------------------ the file


def upload(visitor: Visitor, content: bytes) -> Answer:
    data = {"form_token": visitor.form_token(), "file": (BytesIO(content), "settings.json")}
    return visitor.post(SETTINGS + "/file", data, content_type="multipart/form-data")


def test_settings_go_out_and_come_back(admin: Visitor, books: Books) -> None:
    file = admin.get(SETTINGS + "/file/download")
    assert "attachment" in file.response.headers["Content-Disposition"]
    connection = books.house.connection(None)
    assert all(each not in file.html for each in connection.organisations.values())
    assert "Nothing: the settings are the same" in upload(admin, file.html.encode()).text
    document = json.loads(file.html)
    document["settings"]["accounts"]["sales"] = "260"
    document["settings"]["schedule"] = {"on": True, "times": ["09:00"], "weekdays": [0], "entities": []}
    before = settings(books)
    shown = upload(admin, json.dumps(document).encode())
    assert "Default account › Sales 200 260" in shown.text
    assert settings(books) == before, "it is only looked at"
    answer = admin.post(SETTINGS + "/file/apply", values_of(shown, "/file/apply"))
    assert answer.status == 303, answer.text
    assert settings(books)["accounts"]["sales"] == "260"
    assert books.house.connection(None).next_run_at is not None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no json",
        b"{}",
        b'{"format": "xero2zoho settings", "version": 1, "settings": {"entities": {"account": {"fields": []}}}}',
        b'{"format": "xero2zoho settings", "version": 1, "settings": {"entities": {}, "secrets": {}}}',
    ],
)
def test_a_bad_file_changes_nothing(admin: Visitor, books: Books, content: bytes) -> None:
    before = settings(books)
    answer = upload(admin, content)
    assert answer.status == 400
    assert 'role="alert"' in answer.html
    assert settings(books) == before


def test_a_schedule_in_a_file_is_checked_too(admin: Visitor, books: Books) -> None:
    document = json.loads(admin.get(SETTINGS + "/file/download").html)
    document["settings"]["schedule"] = {"on": True, "times": ["25:00"], "weekdays": [9], "entities": []}
    assert upload(admin, json.dumps(document).encode()).status == 400
    assert "schedule" not in settings(books)


def test_no_file_and_a_forged_one(admin: Visitor, books: Books) -> None:
    before = settings(books)
    assert admin.post(SETTINGS + "/file").status == 400
    values = {"seal": values_of_seal(admin), "packed": "####"}
    assert admin.post(SETTINGS + "/file/apply", values).status == 400
    assert admin.post(SETTINGS + "/file/apply", {"packed": "x"}).status == 409
    assert settings(books) == before


def values_of_seal(visitor: Visitor) -> str:
    document = json.loads(visitor.get(SETTINGS + "/file/download").html)
    document["settings"]["accounts"]["sales"] = "260"
    return str(values_of(upload(visitor, json.dumps(document).encode()), "/file/apply")["seal"])


# ------------------------------------------------------------------ changes


def test_a_change_is_listed_with_who_and_what_and_taken_back(admin: Visitor, books: Books) -> None:
    before = settings(books)
    send(admin, "/policies", "/policies", {"email": "books@example.com"})
    books.clock.advance(60)
    send(admin, "/accounts", "/accounts", {"sales": "260", "do": "save"})
    page = admin.get(SETTINGS + "/changes")
    assert "Ada Admin" in page.text
    assert "Default account › Sales 200 260" in page.text
    assert "books@example.com" in page.text
    newest, oldest = [form["action"] for form in page.forms() if form["action"].endswith("/roll-back")]
    books.clock.advance(60)
    assert admin.post(oldest).status == 303
    assert "notify" not in settings(books)
    assert settings(books)["accounts"]["sales"] == "260", "what came later stays"
    books.clock.advance(60)
    admin.post(newest)
    assert {**settings(books), "mapping_version": 1} == before
    assert admin.get(SETTINGS + "/changes").text.count("Ada Admin") >= 4


def test_what_was_changed_again_is_not_taken_back(admin: Visitor, books: Books) -> None:
    for code in ("260", ""):
        books.clock.advance(60)
        send(admin, "/accounts", "/accounts", {"sales": code, "do": "save"})
    _, first = [form["action"] for form in admin.get(SETTINGS + "/changes").forms() if "roll-back" in form["action"]]
    answer = admin.post(first)
    assert answer.status == 400
    assert "changed again since then" in answer.text
    assert settings(books)["accounts"]["sales"] is None


def test_a_change_that_does_not_exist(admin: Visitor) -> None:
    assert admin.post(SETTINGS + "/changes/999/roll-back").status == 400
    assert admin.get(SETTINGS + "/changes?before=x").status == 200


def test_a_change_of_the_mapping_waits_for_approval(admin: Visitor, books: Books) -> None:
    """What happens next is what the note says: a full reading, and a stop where the mapping alone would write."""
    books.crm("Accounts", Account_Name="Acme Parts", Account_Number="A-17")
    books.sync()
    new = {"new1.zoho": "Account_Number", "new1.xero": "AccountNumber", "do": "save"}
    send(admin, "/fields/account", "/fields/account", new)
    books.clock.advance(3600)
    report = books.house.engine(books.house.connection(None)).run(Scope())
    assert report.state == "stopped"
    assert "mapping" in report.problem.lower()
