"""The dashboard and the audit: whether both sides are in step, and what to do where they are not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from extension.bootstrap import Connection
from extension.web.visit import Person
from tests.system.live_books import Books
from tests.web.performed import performed
from tests.web.visitor import Visitor, salesperson

Visitors = Callable[[Person | None], Visitor]
PAGE, AUDIT = "/c/1/", "/c/1/audit"


@pytest.fixture
def company(books: Books) -> str:
    """An invoice of Acme's, in step. Returns Acme's id in the CRM."""
    acme = books.crm("Accounts", Account_Name="Acme Parts", Phone="1")
    books.crm("Products", Product_Name="Pen", Product_Code="PEN", Unit_Price=10)
    pen = books.one("zoho", "Products", Product_Code="PEN")["id"]
    tax = {"name": "GST 15", "percentage": 15}
    row = {"Product_Name": {"id": pen}, "Quantity": 2, "List_Price": 10, "Line_Tax": [tax]}
    days = {"Invoice_Date": "2026-09-01", "Due_Date": "2026-09-20", "Status": "Approved"}
    books.crm("Invoices", Subject="Pens", Account_Name={"id": acme}, Invoiced_Items=[row], **days)
    books.sync()
    return acme


def press(visitor: Visitor, path: str) -> str:
    """Presses a button; returns where it leads."""
    answer = visitor.post(path)
    assert answer.status == 303, answer.text
    return answer.leads_to


def test_nothing_was_done_yet(admin: Visitor) -> None:
    text = admin.get(PAGE).text
    for said in ("Never synchronised", "Last never", "by hand", "Nothing was done in these days."):
        assert said in text


def test_everything_at_a_glance(admin: Visitor, books: Books, company: str) -> None:
    books.house.count_money(books.house.connection(None))
    page = admin.get(PAGE)
    text = page.text
    for said in (
        "In step",
        "used",
        "left",
        "Carried over",
        "NZD 23.00",
        "The same as a table",
        "Sync now",
        "Audit now",
    ):
        assert said in text
    assert "<rect" in page.html
    assert "style=" not in page.html


def test_synchronising_at_a_press(admin: Visitor, books: Books, connection: Connection, company: str) -> None:
    books.crm("Accounts", company, Phone="2")
    assert "/tasks/" in press(admin, "/c/1/sync-now")
    running = admin.get(PAGE)
    assert "under way" in running.text
    assert "data-live" in running.html
    assert "under way already" in admin.follow(admin.post("/c/1/sync-now")).text  # not a second one
    performed(books.house, connection.id)
    phones = books.one("xero", "Contacts", Name="Acme Parts")["Phones"]
    assert "2" in {phone["PhoneNumber"] for phone in phones}
    assert "In step" in admin.get(PAGE).text


def audited(admin: Visitor, books: Books) -> int:
    """An audit that ended. Returns its number."""
    books.clock.advance(3600)
    press(admin, AUDIT)
    return performed(books.house, 1).id


def test_an_audit_of_what_is_in_step(admin: Visitor, books: Books, company: str) -> None:
    assert "No audit was made yet." in admin.get(AUDIT).text
    writes = books.writes()
    number = audited(admin, books)
    text = admin.get(AUDIT).text
    assert "Both sides are in step" in text
    assert "compared everything" in admin.get(PAGE).text
    assert books.writes() == writes
    assert admin.post(f"{AUDIT}/{number}/repair").status == 400


def test_differences_are_listed_and_repaired(
    admin: Visitor, books: Books, connection: Connection, company: str
) -> None:
    books.crm("Accounts", company, Phone="222")
    books.books("Contacts", Name="Anchor Ltd", IsCustomer=True)
    number = audited(admin, books)
    text = admin.get(AUDIT).text
    for said in ("2 differences", "Different", "Missing in Zoho CRM", "Anchor Ltd", "Phone", "222"):
        assert said in text
    assert "Not in step" in admin.get(PAGE).text
    assert "Anchor" not in admin.get(f"{AUDIT}?kind=update").text
    assert "Nothing here matches." in admin.get(f"{AUDIT}?words=nobody").text
    press(admin, f"{AUDIT}/{number}/repair")
    books.crm("Accounts", Account_Name="Late Ltd")  # nobody has seen this one
    task = performed(books.house, connection.id)
    assert task.state == "done", task.result
    assert {row["Account_Name"] for row in books.in_crm("Accounts")} == {"Acme Parts", "Anchor Ltd", "Late Ltd"}
    assert all(each["Name"] != "Late Ltd" for each in books.in_xero("Contacts"))


def test_only_the_last_audit_is_repaired(admin: Visitor, books: Books, company: str) -> None:
    books.crm("Accounts", company, Phone="222")
    first = audited(admin, books)
    audited(admin, books)
    assert admin.post(f"{AUDIT}/{first}/repair").status == 400
    assert admin.post(f"{AUDIT}/999/repair").status == 404
    assert books.house.tasks.open(1) == []


def test_who_presses_and_who_repairs(visitor: Visitors, connection: Connection, books: Books, company: str) -> None:
    sam = visitor(salesperson(connection))
    books.crm("Accounts", company, Phone="222")
    number = audited(sam, books)
    assert "An administrator repairs them." in sam.get(AUDIT).text
    assert sam.post(f"{AUDIT}/{number}/repair").status == 403
    assert "Sync now" in sam.get(PAGE).text


def test_a_paused_connection_runs_nothing(admin: Visitor, books: Books, connection: Connection, company: str) -> None:
    document = {**connection.settings, "paused": True}
    books.house.connections.update_settings(connection.id, document, "Ann", books.clock.now())
    assert "Paused" in admin.get(PAGE).text
    for path in ("/c/1/sync-now", AUDIT):
        assert admin.post(path).status == 400
    assert books.house.tasks.open(1) == []
