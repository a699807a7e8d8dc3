"""History: what was done, why the rest was not, and the file that a bookkeeper opens in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Callable
from io import StringIO

import pytest

from extension.bootstrap import Connection
from extension.web.visit import Person
from tests.system.live_books import Books
from tests.web.visitor import Visitor, salesperson

Visitors = Callable[[Person | None], Visitor]
PAGE = "/c/1/history"


@pytest.fixture
def acme(books: Books) -> str:
    """Created from the CRM, then edited in Xero. Returns its id in the CRM."""
    books.crm("Accounts", Account_Name="Acme Parts", Phone="111", Billing_City="=1+2")
    books.crm("Accounts", Account_Name="Unticked Ltd", Add_to_Xero=False)
    books.sync()
    contact = books.one("xero", "Contacts", Name="Acme Parts")["ContactID"]
    books.books("Contacts", contact, Phones=[{"PhoneType": "DEFAULT", "PhoneNumber": "222"}])
    books.sync()
    found: str = books.one("zoho", "Accounts", Account_Name="Acme Parts")["id"]
    return found


def rows(visitor: Visitor, query: str = "") -> list[dict[str, str]]:
    answer = visitor.get(f"{PAGE}.csv{query}")
    assert answer.status == 200
    assert answer.response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.response.headers["Content-Disposition"]
    assert answer.response.data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(StringIO(answer.response.data.decode("utf-8-sig"), newline="")))


def test_before_and_after(admin: Visitor, acme: str) -> None:
    text = admin.get(PAGE).text
    for said in ("Acme Parts", "Created", "Updated", "=1+2", "222", "Open in Zoho", "Open in Xero", "kept for good"):
        assert said in text


def test_nothing_yet(admin: Visitor) -> None:
    for path in (PAGE, f"{PAGE}/runs"):
        assert "Nothing was done yet." in admin.get(path).text
    assert rows(admin) == []


def test_filters(admin: Visitor, books: Books, acme: str) -> None:
    today = books.clock.now().date()
    for query, there in (
        ("entity=account", True),
        ("entity=invoice", False),
        ("outcome=updated", True),
        ("outcome=retired", False),
        ("words=ACME", True),
        (f"words={acme}", True),
        ("words=nobody", False),
        (f"since={today}", True),
        ("since=2999-01-01", False),
        ("until=2000-01-01", False),
        ("since=0001-01-01", True),
        ("until=9999-12-31", True),
    ):
        answer = admin.get(f"{PAGE}?{query}")
        assert answer.status == 200
        assert ("Acme Parts" in answer.text) is there, query
        assert any(row["Record"] == "Acme Parts" for row in rows(admin, f"?{query}")) is there, query


def test_a_wrong_filter_is_said_beside_its_field(admin: Visitor, acme: str) -> None:
    answer = admin.get(f"{PAGE}?since=yesterday&outcome=nothing&words=acme")
    assert answer.status == 400
    assert "This must be a date such as 2026-04-01." in answer.text
    assert "Choose one of the values offered." in answer.text
    assert 'value="yesterday"' in answer.html
    for query in ("before=x", "before=-1", "before=99999999999999999999"):
        assert admin.get(f"{PAGE}?{query}").status == 400
    assert admin.get(f"{PAGE}.csv?since=yesterday").status == 400
    assert admin.get(f"{PAGE}.csv?run=x").status == 400


def test_the_file_is_complete_and_calculates_nothing(admin: Visitor, books: Books, acme: str) -> None:
    found = rows(admin)
    created = next(row for row in found if row["Outcome"] == "Created" and row["After"].endswith("1+2"))
    assert created["After"] == "'=1+2"
    assert created["Zoho CRM id"] == acme
    updated = next(row for row in found if row["Outcome"] == "Updated" and row["Field"] == "Phone")
    assert (updated["Before"], updated["After"]) == ("111", "222")
    lines = list(books.house.past(books.house.connection(None)).every())
    assert {int(row["Run"]) for row in found} == {line.run for line in lines}
    one = rows(admin, f"?run={lines[0].run}")
    assert one
    assert {row["Run"] for row in one} == {str(lines[0].run)}


def test_a_run(admin: Visitor, books: Books, acme: str) -> None:
    listed = admin.get(f"{PAGE}/runs")
    assert listed.text.count("Run ") >= 2
    number = books.house.past(books.house.connection(None)).runs(1)[0]["id"]
    page = admin.get(f"/c/1/runs/{number}")
    assert page.status == 200
    assert "Acme Parts" in page.text
    assert "Download as CSV" in page.text
    assert admin.get(f"/c/1/runs/{number}?outcome=updated").status == 200
    assert admin.get("/c/1/runs/999").status == 404
    assert admin.get("/c/1/runs/99999999999999999999999").status == 404


def test_a_record_and_why_it_was_skipped(admin: Visitor, books: Books, acme: str) -> None:
    page = admin.get(f"/c/1/records/account/zoho/{acme}")
    assert "It is linked, and what changes on one side is carried over." in page.text
    assert "Updated" in page.text
    contact = books.one("xero", "Contacts", Name="Acme Parts")["ContactID"]
    assert "It is linked" in admin.get(f"/c/1/records/account/xero/{contact}").text
    unticked = books.one("zoho", "Accounts", Account_Name="Unticked Ltd")["id"]
    assert "Tick it in the CRM and it is synchronised." in admin.get(f"/c/1/records/account/zoho/{unticked}").text


def test_a_held_record_says_so(admin: Visitor, books: Books) -> None:
    books.books("Contacts", Name="Twin Ltd")
    ids = [books.crm("Accounts", Account_Name="Twin Ltd") for _ in range(2)]
    books.sync()
    page = admin.get(f"/c/1/records/account/zoho/{ids[0]}")
    assert "Not sure which records belong together." in page.text
    assert "What to do about it" in page.text
    assert "will be tried again" in admin.follow(admin.post(f"/c/1/records/account/zoho/{ids[0]}/retry")).text


@pytest.mark.parametrize("path", ["account/zoho/1", "nothing/zoho/1", "account/nowhere/1", "account/zoho/%00"])
def test_there_is_no_such_record(admin: Visitor, path: str) -> None:
    assert admin.get(f"/c/1/records/{path}").status == 404


def test_whoever_looks_sees_and_saves(visitor: Visitors, connection: Connection, acme: str) -> None:
    sam = visitor(salesperson(connection))
    assert "Acme Parts" in sam.get(PAGE).text
    assert rows(sam)
    assert "Change that" not in sam.get(PAGE).text
