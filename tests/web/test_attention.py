"""Needs attention: what a bookkeeper reads, and that a press does what it says, once, and only where it may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from extension.bootstrap import Connection
from extension.store.holds import Held
from extension.sync.canonical import ZOHO
from extension.sync.ports import Decision, HoldRow, Rejection
from extension.web.visit import Person
from tests.system.live_books import Books
from tests.web.visitor import Visitor, salesperson

Visitors = Callable[[Person | None], Visitor]
PAGE = "/c/1/attention"


def holds(books: Books) -> list[Held]:
    return list(books.house.store(books.house.connection(None)).holds_page(100))


def decisions(books: Books) -> list[Decision]:
    return list(books.house.store(books.house.connection(None)).decisions())


def ask_about(books: Books, *names: str) -> None:
    """From now on a person decides conflicts of accounts in these fields."""

    def change(document: dict[str, Any]) -> None:
        for row in document["entities"]["account"]["fields"]:
            if row["name"] in names:
                row["owner"] = "ask"

    books.settings(change)


@pytest.fixture
def conflict(books: Books) -> str:
    """Acme's phone and fax were changed on both sides. Returns its id in the CRM."""
    acme = books.crm("Accounts", Account_Name="Acme Parts", Phone="1", Fax="1")
    books.sync()
    ask_about(books, "phone", "fax")
    books.sync()
    contact = books.one("xero", "Contacts", Name="Acme Parts")["ContactID"]
    books.crm("Accounts", acme, Phone="+64 3 111", Fax="+64 3 112")
    phones = [{"PhoneType": "DEFAULT", "PhoneNumber": "222"}, {"PhoneType": "FAX", "PhoneNumber": "223"}]
    books.books("Contacts", contact, Phones=phones)
    books.sync()
    assert {held.row.reason for held in holds(books)} == {"conflict"}
    return acme


@pytest.fixture
def twins(books: Books) -> tuple[str, str]:
    """Two accounts of one name in the CRM, one contact in Xero. Returns the ids in the CRM."""
    books.books("Contacts", Name="Twin Ltd")
    one, two = (books.crm("Accounts", Account_Name="Twin Ltd", Phone=f"{n}{n}{n}") for n in (3, 4))
    books.sync()
    assert "ambiguous" in {held.row.reason for held in holds(books)}
    return one, two


def test_nothing_waits(admin: Visitor) -> None:
    answer = admin.get(PAGE)
    assert answer.status == 200
    assert "Nothing needs attention." in answer.text


def test_a_conflict_shows_both_values_and_two_ways_out(admin: Visitor, books: Books, conflict: str) -> None:
    text = admin.get(PAGE).text
    for said in (
        "Acme Parts",
        "Changed on both sides",
        "+64 3 111",
        "222",
        "Take the CRM's value",
        "Take Xero's value",
    ):
        assert said in text
    assert "Open in Zoho" in text
    assert "Open in Xero" in text


def test_taking_a_side_field_by_field(admin: Visitor, books: Books, conflict: str) -> None:
    phone, fax = sorted(holds(books), key=lambda held: held.row.field or "", reverse=True)
    for held, side in ((phone, "xero"), (fax, "zoho")):
        values = {"hold": held.number, "verb": "take", "field": held.row.field, "takes": side}
        answer = admin.post(f"{PAGE}/decide", values)
        assert answer.status == 303
        assert "1 decided." in admin.follow(answer).text
    assert {(each.field, each.takes) for each in decisions(books)} == {("phone", "xero"), ("fax", "zoho")}
    assert "Xero's value will be taken" in admin.get(PAGE).text
    books.sync()
    assert books.one(ZOHO, "Accounts", id=conflict)["Phone"] == "222"
    assert books.one(ZOHO, "Accounts", id=conflict)["Fax"] == "+64 3 112"
    assert holds(books) == []
    assert decisions(books) == []


def test_a_decision_is_taken_back(admin: Visitor, books: Books, conflict: str) -> None:
    held = holds(books)[0]
    admin.post(f"{PAGE}/decide", {"hold": held.number, "verb": "take", "field": held.row.field, "takes": "zoho"})
    where = {"entity": "account", "side": "zoho", "id": conflict, "field": held.row.field}
    assert "Taken back." in admin.follow(admin.post(f"{PAGE}/undo", where)).text
    assert decisions(books) == []


def test_twins_are_shown_with_what_looks_like_them(admin: Visitor, books: Books, twins: tuple[str, str]) -> None:
    text = admin.get(PAGE).text
    assert text.count("Link these two") >= 2
    assert "What looks like it" in text
    assert "333" in text


def test_linking_two_of_them(admin: Visitor, books: Books, twins: tuple[str, str]) -> None:
    contact = books.one("xero", "Contacts", Name="Twin Ltd")["ContactID"]
    held = next(each for each in holds(books) if each.row.where == ("account", ZOHO, twins[0]))
    admin.post(f"{PAGE}/decide", {"hold": held.number, "verb": "link", "twin": contact})
    books.sync()
    assert (twins[0], contact) in books.linked("account")


def test_creating_and_ignoring(admin: Visitor, books: Books, twins: tuple[str, str]) -> None:
    by_id = {each.row.where[2]: each for each in holds(books)}
    admin.post(f"{PAGE}/decide", {"hold": by_id[twins[0]].number, "verb": "ignore"})
    text = admin.get(PAGE).text
    assert "Ignored" in text
    books.sync()
    assert twins[0] not in {each.row.where[2] for each in holds(books)}
    listed = admin.get(f"{PAGE}/decided").text
    assert "Twin Ltd" in listed
    assert "Take back" in listed
    where = {"entity": "account", "side": "zoho", "id": twins[0], "listed": "on"}
    assert "Taken back." in admin.follow(admin.post(f"{PAGE}/undo", where)).text
    books.sync()
    assert twins[0] in {each.row.where[2] for each in holds(books)}


def test_gone_on_one_side_leaves_three_ways(admin: Visitor, books: Books) -> None:
    acme = books.crm("Accounts", Account_Name="Acme Parts")
    books.sync()
    books.gone("Accounts", acme)
    books.sync()
    (held,) = holds(books)
    text = admin.get(PAGE).text
    for said in ("Put away in Xero", "Make anew in the CRM", "Keep unlinked", "Zoho CRM (gone)"):
        assert said in text
    admin.post(f"{PAGE}/decide", {"hold": held.number, "verb": "retire"})
    books.sync()
    assert books.one("xero", "Contacts", Name="Acme Parts")["ContactStatus"] == "ARCHIVED"
    assert holds(books) == []


def test_many_at_once(admin: Visitor, books: Books, conflict: str) -> None:
    numbers = [held.number for held in holds(books)]
    answer = admin.post(f"{PAGE}/bulk", {"hold": numbers, "verb": "zoho"})
    assert "1 decided." in admin.follow(answer).text
    assert {each.takes for each in decisions(books)} == {"zoho"}
    answer = admin.post(f"{PAGE}/bulk?reason=conflict", {"every": "on", "verb": "xero"})
    assert "reason=conflict" in answer.leads_to
    assert {each.takes for each in decisions(books)} == {"xero"}
    admin.post(f"{PAGE}/bulk?reason=ambiguous", {"every": "on", "verb": "zoho"})
    assert {each.takes for each in decisions(books)} == {"xero"}  # the filter let none through


def test_what_a_service_refused_is_tried_again(visitor: Visitors, connection: Connection, books: Books) -> None:
    acme = books.crm("Accounts", Account_Name="Acme Parts")
    where, store = ("account", ZOHO, acme), books.house.store(connection)
    epoch = store.acquire("a test", books.clock.now(), 60)
    assert epoch is not None
    with store.write(epoch) as tx:
        tx.reject(Rejection(where, "*", "invalid", "Xero: no.", ""))
        tx.replace_holds(None, [HoldRow(where, "invalid", "Xero: no.", "", None, "Acme Parts")])
    store.release(epoch)
    sam = visitor(salesperson(connection))
    page = sam.get(PAGE)
    assert "Try again" in page.text
    assert "Ignore" not in page.text  # who only looks and presses decides nothing
    answer = sam.post(f"{PAGE}/retry", {"hold": holds(books)[0].number, "verb": "retry"})
    assert "1 will be tried again" in sam.follow(answer).text
    assert store.rejections([where]) == []


BAD: tuple[dict[str, str], ...] = (
    {},
    {"hold": "x", "verb": "take"},
    {"hold": "", "verb": "take", "field": "phone", "takes": "zoho"},
    {"hold": "REAL", "verb": "take", "field": "phone", "takes": "both"},
    {"hold": "REAL", "verb": "take", "field": "name", "takes": "zoho"},
    {"hold": "REAL", "verb": "take", "field": "", "takes": "zoho"},
    {"hold": "REAL", "verb": "retire"},
    {"hold": "REAL", "verb": "link", "twin": "1"},
    {"hold": "REAL", "verb": "delete everything"},
    {"hold": "999999", "verb": "take", "field": "phone", "takes": "zoho"},
)
BAD_BULK: tuple[dict[str, str], ...] = (
    {},
    {"verb": "zoho"},
    {"verb": "nothing", "every": "on"},
    {"hold": "x", "verb": "zoho"},
)
ODD = ("after=x", "after=::::", "entity=nothing", "reason=%00", "words=%25%5F'", "words=" + "x" * 300)


def test_bad_input_changes_nothing(admin: Visitor, books: Books, conflict: str) -> None:
    real = next(str(held.number) for held in holds(books) if held.row.field == "phone")
    for values in BAD:
        sent = {name: real if value == "REAL" else value for name, value in values.items()}
        assert admin.post(f"{PAGE}/decide", sent).status == 400, values
    for values in BAD_BULK:
        assert admin.post(f"{PAGE}/bulk", values).status == 400, values
    assert decisions(books) == []
    for query in ODD:
        assert admin.get(f"{PAGE}?{query}").status == 200, query


def test_filters(admin: Visitor, conflict: str, twins: tuple[str, str]) -> None:
    for query, there, not_there in (
        ("reason=conflict", "Acme Parts", "Twin Ltd"),
        ("reason=ambiguous", "Twin Ltd", "Acme Parts"),
        ("words=twin", "Twin Ltd", "Acme Parts"),
        (f"words={conflict}", "Acme Parts", "Twin Ltd"),
    ):
        text = admin.get(f"{PAGE}?{query}").text
        assert there in text
        assert not_there not in text
    assert "Nothing is like that." in admin.get(f"{PAGE}?entity=invoice").text


def test_the_navigation_counts_records(admin: Visitor, conflict: str) -> None:
    assert "Needs attention 1 waiting" in admin.get(PAGE).text
