"""The match workbench: pairs are proposed, accepted, kept apart; what is doubtful is decided one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from extension.bootstrap import Connection, Proposed
from extension.sync.canonical import ZOHO
from extension.sync.model import Scope
from extension.sync.ports import Decision
from extension.web.visit import Person
from tests.system.live_books import Books
from tests.web.performed import performed
from tests.web.visitor import Visitor, salesperson

Visitors = Callable[[Person | None], Visitor]


def phone(number: str) -> list[dict[str, str]]:
    return [{"PhoneType": "DEFAULT", "PhoneNumber": number}]


def fetch(books: Books) -> None:
    books.clock.advance(3600)
    books.house.tasks.ask(1, "fetch", Scope(observe_only=True), "Ann", books.clock.now())
    assert performed(books.house, 1).state == "done"


@pytest.fixture
def company(books: Books) -> dict[str, str]:
    """One that is surely the same, one that perhaps is, one of each side alone, and one that the fetch links."""
    made = {
        "harbour": books.crm("Accounts", Account_Name="Harbour Ltd", Phone="09 555 1234"),
        "mueller": books.crm("Accounts", Account_Name="Müller Trading"),
        "quay": books.crm("Accounts", Account_Name="Quay Stores"),
        "anchor": books.crm("Accounts", Account_Name="Anchor"),
        "HARBOUR": books.books("Contacts", Name="Harbour Limited", IsCustomer=True, Phones=phone("+64 9 555 1234")),
        "MUELLER": books.books("Contacts", Name="Mueller Trading", IsCustomer=True),
        "NORTH": books.books("Contacts", Name="North Star", IsCustomer=True),
        "ANCHOR": books.books("Contacts", Name="Anchor", IsCustomer=True),
    }
    fetch(books)
    return made


def proposed(books: Books) -> dict[str, Proposed]:
    return {each.zoho_id: each for each in books.house.proposals.page(1, 50)}


def decisions(books: Books) -> list[Decision]:
    return list(books.house.store(books.house.connection(None)).decisions())


# ------------------------------------------------------------------ proposals


def test_pairs_are_proposed_with_score_and_reason(admin: Visitor, books: Books, company: dict[str, str]) -> None:
    assert books.linked("account") == [(company["anchor"], company["ANCHOR"])]
    before = books.writes()
    page = admin.get("/c/1/match")
    assert "Harbour Ltd · Harbour Limited" in page.text
    assert "Sure 90 % Phone" not in page.text
    assert "90 %" in page.text
    assert "Same phone, same name." in page.text
    assert "Müller Trading · Mueller Trading" in page.text
    assert "Accounts linked 1" in page.text
    assert "Quay Stores" not in page.text
    assert "Phone 09 555 1234 +64 9 555 1234" in page.text
    assert books.writes() == before == 0


def test_a_sure_pair_is_ticked_and_accepted_in_bulk(admin: Visitor, books: Books, company: dict[str, str]) -> None:
    page = admin.get("/c/1/match")
    (form,) = [each for each in page.forms() if each["values"].get("do") is None and "/match/pairs" in each["action"]]
    sure, perhaps = proposed(books)[company["harbour"]], proposed(books)[company["mueller"]]
    assert (sure.sure, perhaps.sure) == (True, False)
    assert f'value="{sure.pk}" checked' in page.html
    assert f'value="{perhaps.pk}" checked' not in page.html
    answer = admin.post(form["action"], {"do": "accept", "pair": [str(sure.pk)]})
    assert "1 pairs accepted. Nothing was written to either service." in admin.follow(answer).text
    assert decisions(books) == [Decision("link", ("account", ZOHO, company["harbour"]), company["HARBOUR"])]
    assert company["harbour"] not in proposed(books)
    fetch(books)
    assert (company["harbour"], company["HARBOUR"]) in books.linked("account")
    assert books.writes() == 0


def test_every_sure_one_at_once(admin: Visitor, books: Books, company: dict[str, str]) -> None:
    admin.post("/c/1/match/pairs", {"do": "accept", "every": "yes"})
    assert [each.where[2] for each in decisions(books)] == [company["harbour"]]


def test_every_one_means_those_of_the_filter(admin: Visitor, books: Books, company: dict[str, str]) -> None:
    assert admin.post("/c/1/match/pairs?entity=vendor", {"do": "accept", "every": "yes"}).status == 400
    assert admin.post("/c/1/match/pairs?words=quay", {"do": "accept", "every": "yes"}).status == 400
    assert decisions(books) == []


def test_no_record_is_given_away_twice(admin: Visitor, books: Books) -> None:
    books.crm("Accounts", Account_Name="Harbour Ltd", Phone="09 555 1234")
    books.crm("Accounts", Account_Name="The Harbour", Phone="09 555 1234")
    books.books("Contacts", Name="Harbour Limited", IsCustomer=True, Phones=phone("09 555 1234"))
    fetch(books)
    pairs = [str(each.pk) for each in books.house.proposals.page(1, 50)]
    assert len(pairs) == 2
    admin.post("/c/1/match/pairs", {"do": "accept", "pair": pairs})
    assert len(decisions(books)) == 1
    assert proposed(books) == {}  # the other one has lost its partner


def test_what_is_not_the_same_is_kept_apart(admin: Visitor, books: Books, company: dict[str, str]) -> None:
    pair = proposed(books)[company["mueller"]].pk
    answer = admin.post("/c/1/match/pairs", {"do": "apart", "pair": pair})
    assert "Kept apart." in admin.follow(answer).text
    assert company["mueller"] not in proposed(books)
    fetch(books)
    assert company["mueller"] not in proposed(books)
    assert "Müller Trading" in admin.get("/c/1/match?show=apart").text
    admin.post("/c/1/match/pairs?show=apart", {"do": "again", "pair": pair})
    assert company["mueller"] in proposed(books)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"do": "marry"},
        {"do": "accept"},
        {"do": "accept", "pair": "x"},
        {"do": "accept", "pair": "999"},
        {"do": "apart"},
        {"do": "apart", "pair": "999"},
        {"do": "accept", "pair": [str(n) for n in range(40)]},
    ],
)
def test_odd_words_decide_nothing(admin: Visitor, books: Books, company: dict[str, str], given: dict[str, Any]) -> None:
    before = proposed(books)
    assert admin.post("/c/1/match/pairs", given).status == 400
    assert decisions(books) == []
    assert proposed(books) == before


def test_the_list_is_filtered(admin: Visitor, company: dict[str, str]) -> None:
    assert "Müller" not in admin.get("/c/1/match?words=harbour").text
    assert "No pair is proposed." in admin.get("/c/1/match?entity=vendor").text
    for odd in ("?show=sideways", "?after=x-y", "?words=%00", "?entity='", "?show=unsure&reason=nothing&after=zz"):
        assert admin.get(f"/c/1/match{odd}").status == 200


# ------------------------------------------------------------------ one by one


def test_twins_are_decided_one_by_one(admin: Visitor, books: Books, connection: Connection) -> None:
    first = books.crm("Accounts", Account_Name="Harbour Ltd", Phone="1111 1111")
    second = books.crm("Accounts", Account_Name="Harbour Ltd", Phone="2222 2222")
    there = books.books("Contacts", Name="Harbour Ltd", IsCustomer=True)
    fetch(books)
    page = admin.get("/c/1/match?show=unsure")
    assert "Harbour Ltd" in page.text
    assert "2 candidates" in page.text
    address = f"/c/1/match/account/zoho/{second}"
    assert address in page.html
    page = admin.get(address)
    assert "Not sure which records belong together" in page.text
    assert "Phone 2222 2222" in page.text
    assert "Link these two" in page.text
    page = admin.follow(admin.post(address, {"verb": "link", "twin": there}))
    assert "Will be linked" in page.text
    assert "Link these two" not in page.text
    assert "Will be linked" in admin.get("/c/1/match?show=unsure").text
    admin.post(f"{address}/undo")
    assert decisions(books) == []
    admin.post(address, {"verb": "link", "twin": there})
    admin.post(f"/c/1/match/account/zoho/{first}", {"verb": "create"})
    fetch(books)
    assert books.linked("account") == [(second, there)]
    assert books.writes() == 0


def test_one_may_be_left_alone_or_made_anew(admin: Visitor, books: Books, company: dict[str, str]) -> None:
    admin.post(f"/c/1/match/account/zoho/{company['quay']}", {"verb": "ignore"})
    admin.post(f"/c/1/match/account/xero/{company['NORTH']}", {"verb": "create"})
    assert [(each.verb, each.where[1]) for each in decisions(books)] == [("create", "xero"), ("ignore", "zoho")]
    books.sync()
    assert "Quay Stores" not in {each["Name"] for each in books.in_xero("Contacts")}
    assert "North Star" in {each["Account_Name"] for each in books.in_crm("Accounts")}


def test_another_partner_is_searched_for(admin: Visitor, books: Books, company: dict[str, str]) -> None:
    address = f"/c/1/match/account/zoho/{company['quay']}"
    assert "Nothing over there looks like it." in admin.get(address).text
    page = admin.get(f"{address}?words=north+STAR")
    assert "North Star" in page.text
    assert "Link these two" in page.text
    taken = admin.get(f"{address}?words=anchor")
    assert "Linked already" in taken.text
    assert "Link these two" not in taken.text
    assert "Nothing was found." in admin.get(f"{address}?words=zzz").text
    admin.post(address, {"verb": "link", "twin": company["NORTH"]})
    fetch(books)
    assert (company["quay"], company["NORTH"]) in books.linked("account")


@pytest.mark.parametrize(
    "given", [{}, {"verb": "take"}, {"verb": "link"}, {"verb": "link", "twin": "nobody"}, {"verb": "marry"}]
)
def test_an_odd_decision_is_refused(
    admin: Visitor, books: Books, company: dict[str, str], given: dict[str, Any]
) -> None:
    assert admin.post(f"/c/1/match/account/zoho/{company['quay']}", given).status == 400
    assert decisions(books) == []


def test_there_is_no_page_of_what_is_not_known(admin: Visitor, company: dict[str, str]) -> None:
    for path in ("account/zoho/nobody", f"vendor/zoho/{company['quay']}", f"account/sideways/{company['quay']}"):
        assert admin.get(f"/c/1/match/{path}").status == 404
        assert admin.post(f"/c/1/match/{path}", {"verb": "ignore"}).status == 404
        assert admin.post(f"/c/1/match/{path}/undo").status == 404


def test_who_only_looks_decides_nothing(
    visitor: Visitors, books: Books, connection: Connection, company: dict[str, str]
) -> None:
    sam = visitor(salesperson(connection))
    page = sam.get("/c/1/match")
    assert "Harbour Ltd" in page.text
    assert "Accept" not in page.text
    assert "Leave it alone" not in sam.get(f"/c/1/match/account/zoho/{company['quay']}").text
    assert sam.post("/c/1/match/pairs", {"do": "accept", "every": "yes"}).status == 403
    assert sam.post(f"/c/1/match/account/zoho/{company['quay']}", {"verb": "ignore"}).status == 403
    assert decisions(books) == []


def test_documents_are_proposed_by_number_total_and_company(admin: Visitor, books: Books) -> None:
    account = books.crm("Accounts", Account_Name="Harbour")
    contact = books.books("Contacts", Name="Harbour", IsCustomer=True)
    other = books.books("Contacts", Name="Elsewhere", IsCustomer=True)
    desk = books.crm("Products", Product_Name="Desk", Product_Code="D1", Unit_Price=100)
    books.sync()
    row = {"Product_Name": {"id": desk}, "Quantity": 1, "List_Price": 100}
    days = {"Invoice_Date": "2026-09-01", "Due_Date": "2026-09-20", "Status": "Approved"}
    invoice = books.crm("Invoices", Subject="Desks", Account_Name={"id": account}, Invoiced_Items=[row], **days)
    number = books.one(ZOHO, "Invoices", id=invoice)["Invoice_Number"]
    line = {"Description": "Desk", "Quantity": 1, "UnitAmount": 100, "AccountCode": "200", "TaxType": "NONE"}
    sales: dict[str, Any] = {"Type": "ACCREC", "Status": "AUTHORISED", "LineItems": [line], "Date": "2026-09-01"}
    sales |= {"DueDate": "2026-09-20", "LineAmountTypes": "Exclusive"}
    plain = number.removeprefix("INV-")
    twin = books.books("Invoices", Contact={"ContactID": contact}, InvoiceNumber=plain, **sales)
    books.books("Invoices", Contact={"ContactID": other}, InvoiceNumber=f"X-{plain}", **sales)
    fetch(books)
    pairs = {each.xero_id: each for each in books.house.proposals.page(1, 50, entity="invoice")}
    assert pairs[twin].sure
    assert {"number", "total", "parent"} <= set(pairs[twin].reasons)
    assert all("not parent" in each.reasons for id_, each in pairs.items() if id_ != twin)
