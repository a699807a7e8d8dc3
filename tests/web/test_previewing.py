"""A preview, and what is approved of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from extension.bootstrap import Connection, Task
from extension.sync.model import Scope
from extension.web.visit import Person
from tests.system.live_books import Books
from tests.web.performed import performed
from tests.web.visitor import Visitor, salesperson

Visitors = Callable[[Person | None], Visitor]


@pytest.fixture
def previewed(books: Books, connection: Connection) -> Callable[..., Task]:
    """A preview of how it stands."""

    def make(**scope: Any) -> Task:
        books.clock.advance(3600)
        books.house.tasks.ask(connection.id, "preview", Scope(dry_run=True, **scope), "Ann", books.clock.now())
        task = performed(books.house, connection.id)
        assert task.state == "done", task.result
        return task

    return make


def company(books: Books) -> None:
    """Two firms of the CRM with a product and an invoice, one of Xero."""
    first = books.crm("Accounts", Account_Name="Harbour Ltd")
    books.crm("Accounts", Account_Name="Quay & Sons")
    desk = books.crm("Products", Product_Name="Desk", Product_Code="D1", Unit_Price=100)
    row = {"Product_Name": {"id": desk}, "Quantity": 2, "List_Price": 100}
    days = {"Invoice_Date": "2026-09-01", "Due_Date": "2026-09-20", "Status": "Approved"}
    books.crm("Invoices", Subject="Desks", Account_Name={"id": first}, Invoiced_Items=[row], **days)
    books.books("Contacts", Name="Anchor Ltd", IsCustomer=True)


def names(books: Books) -> set[str]:
    return {each["Name"] for each in books.in_xero("Contacts")}


def approvals(books: Books) -> int:
    return books.house.previews.approvals(1)


# ------------------------------------------------------------------ looking


def test_a_preview_tells_counts_money_cost_and_differences(
    admin: Visitor, books: Books, previewed: Callable[..., Task]
) -> None:
    company(books)
    task = previewed()
    page = admin.get(f"/c/1/preview/{task.id}")
    assert "Nothing of it was written." in page.text
    assert "first run" in page.text
    assert "Accounts 1 2" in page.text  # to create in the CRM, in Xero
    assert "Invoices to create Authorised 1 NZD 200.00" in page.text
    assert "Calls to Xero about" in page.text
    assert "Account Harbour Ltd" in page.text  # the invoice's, which does not exist over there yet
    assert "Line 1 Desk, 2 at 100" in page.text
    assert books.writes() == 0


def test_an_update_tells_both_values(admin: Visitor, books: Books, previewed: Callable[..., Task]) -> None:
    company(books)
    books.sync()
    (account, _) = books.linked("account")[0]
    books.crm("Accounts", account, Phone="0800 123")
    task = previewed()
    page = admin.get(f"/c/1/preview/{task.id}")
    assert "Field Now Then Phone — 0800 123" in page.text
    assert "Update in Xero" in page.text
    assert "Needs approval" not in page.text


def test_lines_are_filtered_by_module_kind_and_words(
    admin: Visitor, books: Books, previewed: Callable[..., Task]
) -> None:
    company(books)
    books.crm("Accounts", Account_Name="Anchor Ltd ", Add_to_Xero=False)
    address = f"/c/1/preview/{previewed().id}"

    def shown(query: str) -> set[str]:
        text = admin.get(address + query).text
        return {name for name in ("Harbour Ltd", "Quay & Sons", "Desk", "INV-1001") if name in text}

    assert shown("") == {"Harbour Ltd", "Quay & Sons", "Desk", "INV-1001"}
    assert shown("?entity=product") == {"Desk"}
    assert shown("?words=quay") == {"Quay & Sons"}
    assert shown("?kind=update") == set()
    assert "Exists in the CRM, but is not ticked" in admin.get(address + "?part=hold").text
    assert admin.get(address + "?part=skip").status == 200
    for odd in ("?part=sideways", "?after=x", "?kind=%00&entity='", f"?words={'x' * 500}"):
        assert admin.get(address + odd).status == 200


def test_long_previews_have_pages(admin: Visitor, books: Books, previewed: Callable[..., Task]) -> None:
    for n in range(53):
        books.crm("Accounts", Account_Name=f"Firm {n:02}")
    address = f"/c/1/preview/{previewed().id}"
    page = admin.get(address)
    assert "Next page" in page.text
    assert page.html.count('name="digest"') == 50
    second = admin.get(f"{address}?after=50")
    assert second.html.count('name="digest"') == 3
    assert "Next page" not in second.text
    assert "First page" in second.text


# ------------------------------------------------------------------ approving


def test_all_of_it(admin: Visitor, books: Books, connection: Connection, previewed: Callable[..., Task]) -> None:
    company(books)
    address = f"/c/1/preview/{previewed().id}"
    assert admin.post(f"{address}/go").status == 400
    page = admin.follow(admin.post(f"{address}/approve", {"what": "all"}))
    assert "5 approved." in page.text
    assert "Sync approved (5)" in page.text
    assert admin.post(f"{address}/go").status == 303
    task = performed(books.house, connection.id)
    assert (task.kind, task.state, task.result["state"]) == ("sync", "done", "done")
    assert names(books) == {"Harbour Ltd", "Quay & Sons", "Anchor Ltd"}
    assert approvals(books) == 0
    assert "Sync now" in admin.get("/c/1/sync").text


def test_what_is_ticked_is_done_and_the_rest_waits(
    admin: Visitor, books: Books, connection: Connection, previewed: Callable[..., Task]
) -> None:
    company(books)
    task = previewed()
    address = f"/c/1/preview/{task.id}"
    (quay,) = books.house.previews.digests(1, task.id, part="action", words="quay")
    admin.post(f"{address}/approve", {"what": "ticked", "digest": [quay]})
    page = admin.get(address)
    assert page.text.count("Approved") == 1
    admin.post(f"{address}/go")
    done = performed(books.house, connection.id)
    assert names(books) == {"Quay & Sons", "Anchor Ltd"}
    assert done.result["state"] == "stopped"
    page = admin.get(f"/c/1/tasks/{done.id}")
    assert "What was approved is done" in page.text
    assert "nothing of this was written" not in page.text


def test_without_a_guard_the_choice_counts_too(
    admin: Visitor, books: Books, connection: Connection, previewed: Callable[..., Task]
) -> None:
    company(books)
    books.sync()
    for name in ("One", "Two"):
        books.crm("Accounts", Account_Name=name)
    task = previewed()
    address = f"/c/1/preview/{task.id}"
    admin.post(f"{address}/approve", {"what": "matching", "words": "two"})
    admin.post(f"{address}/go")
    assert performed(books.house, connection.id).result["state"] == "done"
    assert "Two" in names(books)
    assert "One" not in names(books)


def test_an_approval_can_be_taken_back(admin: Visitor, books: Books, previewed: Callable[..., Task]) -> None:
    company(books)
    address = f"/c/1/preview/{previewed().id}"
    admin.post(f"{address}/approve", {"what": "all"})
    assert approvals(books) == 5
    admin.post(f"{address}/approve", {"what": "none"})
    assert approvals(books) == 0


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"what": "everything"},
        {"what": "ticked"},
        {"what": "ticked", "digest": ["not one of these"]},
        {"what": "ticked", "digest": ["x"] * 51},
        {"what": "matching", "words": "no such thing"},
        {"what": "all", "part": "sideways"},
    ],
)
def test_an_odd_approval_approves_nothing(
    admin: Visitor, books: Books, previewed: Callable[..., Task], given: dict[str, Any]
) -> None:
    company(books)
    task = previewed()
    assert admin.post(f"/c/1/preview/{task.id}/approve", given).status == 400
    assert approvals(books) == 0


def test_who_only_presses_cannot_approve_and_can_do_what_is_approved(
    admin: Visitor, visitor: Visitors, books: Books, connection: Connection, previewed: Callable[..., Task]
) -> None:
    company(books)
    address = f"/c/1/preview/{previewed().id}"
    sam = visitor(salesperson(connection))
    page = sam.get(address)
    assert "An administrator approves it." in page.text
    assert 'name="digest"' not in page.html
    assert sam.post(f"{address}/approve", {"what": "all"}).status == 403
    assert approvals(books) == 0
    admin.post(f"{address}/approve", {"what": "all"})
    assert sam.post(f"{address}/go").status == 303


# ------------------------------------------------------------------ age


def test_a_preview_says_that_it_is_older_than_the_data(
    admin: Visitor, books: Books, connection: Connection, previewed: Callable[..., Task]
) -> None:
    company(books)
    first = previewed()
    assert "since this preview was made" not in admin.get(f"/c/1/preview/{first.id}").text
    books.clock.advance(60)
    books.house.tasks.ask(connection.id, "fetch", Scope(observe_only=True), "Ann", books.clock.now())
    performed(books.house, connection.id)
    assert "since this preview was made" in admin.get(f"/c/1/preview/{first.id}").text
    second = previewed()
    page = admin.get(f"/c/1/preview/{first.id}")
    assert "A newer preview took the place of this one." in page.text
    assert f"/c/1/preview/{second.id}" in page.html
    assert admin.post(f"/c/1/preview/{first.id}/approve", {"what": "all"}).status == 400


def test_a_changed_record_is_not_done_though_it_was_approved(
    admin: Visitor, books: Books, connection: Connection, previewed: Callable[..., Task]
) -> None:
    account = books.crm("Accounts", Account_Name="Harbour Ltd")
    address = f"/c/1/preview/{previewed().id}"
    admin.post(f"{address}/approve", {"what": "all"})
    books.crm("Accounts", account, Phone="0800 999")
    books.clock.advance(3600)
    admin.post(f"{address}/go")
    assert performed(books.house, connection.id).result["state"] == "stopped"
    assert names(books) == set()


def test_a_run_under_way_and_other_tasks_are_no_previews(admin: Visitor, books: Books, connection: Connection) -> None:
    task = books.house.tasks.ask(connection.id, "preview", Scope(dry_run=True), "Ann", books.clock.now())
    assert admin.get(f"/c/1/preview/{task.id}").leads_to.endswith(f"/c/1/tasks/{task.id}")
    books.house.tasks.wish(connection.id, task.id, "cancel")
    assert admin.get(f"/c/1/preview/{task.id}").status == 200
    fetch = books.house.tasks.ask(connection.id, "fetch", Scope(), "Ann", books.clock.now())
    assert admin.get(f"/c/1/preview/{fetch.id}").status == 404
    assert admin.get("/c/1/preview/99").status == 404


def test_nothing_to_do_is_said(admin: Visitor, books: Books, previewed: Callable[..., Task]) -> None:
    assert "Both sides are in step." in admin.get(f"/c/1/preview/{previewed().id}").text
