"""The field mapping page: rows typed, checked, tried on a real record, saved."""

from __future__ import annotations

import pytest

from extension.sync.model import Scope
from sandbox.faults import Rule
from tests.system.live_books import Books
from tests.web.settings_forms import SETTINGS, Values, row_of, send, settings, values_of
from tests.web.visitor import Visitor

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


def test_a_form_in_work_never_overwrites_what_somebody_else_saved(admin: Visitor, books: Books) -> None:
    """Checking, adding and taking away rows make no newer form of an older one."""
    answer = send(admin, "/fields/account", "/fields/account", {"do": "check", "phone.default_xero": "mine"})
    gone = send(admin, "/fields/account", "/fields/account", {"do": "remove:fax"})
    admin.post(SETTINGS + "/fields/account", {**values_of(gone, "/fields/account"), "do": "save"})
    theirs = settings(books)
    again = admin.post(SETTINGS + "/fields/account", {**values_of(answer, "/fields/account"), "do": "check"})
    assert again.status == 200
    late = admin.post(SETTINGS + "/fields/account", {**values_of(again, "/fields/account"), "do": "save"})
    assert late.status == 409
    assert "Somebody else changed this meanwhile" in late.text
    assert 'value="mine"' in late.html
    assert settings(books) == theirs


def test_the_default_mapping_comes_back(admin: Visitor, books: Books) -> None:
    before = settings(books)["entities"]
    gone = send(admin, "/fields/account", "/fields/account", {"do": "remove:fax"})
    admin.post(SETTINGS + "/fields/account", {**values_of(gone, "/fields/account"), "do": "save"})
    assert settings(books)["entities"] != before
    assert send(admin, "/fields/account", "/fields/account/default").status == 303
    assert settings(books)["entities"] == before


def test_new_fields_of_the_crm_are_offered_after_fetching_them(admin: Visitor) -> None:
    for back, path in (
        ("vendor", "/fields/vendor"),
        ("settings.taxes", "/taxes"),
        ("https://evil.example", "/fields/"),
    ):
        answer = admin.post(SETTINGS + "/fetch", {"back": back})
        assert answer.leads_to.startswith(SETTINGS + path)
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
    change = {"record": record, "do": "try", "phone.default_xero": "typed"}
    answer = send(admin, "/fields/account", "/fields/account", change)
    assert answer.status == 400
    assert "not known here" in answer.text
    assert 'value="typed"' in answer.html


def test_what_was_typed_stays_when_a_service_is_away(admin: Visitor, books: Books) -> None:
    account = books.crm("Accounts", Account_Name="Acme Parts")
    books.sync()
    books.zoho.faults.add(Rule(path="/crm/", times=0, kind="status_before", params={"status": 503}))
    change = {"record": f"zoho:{account}", "do": "try", "phone.default_xero": "typed"}
    answer = send(admin, "/fields/account", "/fields/account", change)
    assert answer.status == 502
    assert 'value="typed"' in answer.html
