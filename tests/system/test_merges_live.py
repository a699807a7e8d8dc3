"""Records that somebody merged: in Xero the link follows, in the CRM a person is told what is known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from extension.sync.canonical import XERO, ZOHO
from extension.sync.ports import Decision, HoldRow
from tests.system.live_books import Connected
from tests.system.live_shop import Shop

PHONE = [{"PhoneType": "DEFAULT", "PhoneNumber": "555 0100"}]


def prepared(books: Any) -> None:
    """Acme with somebody who works there."""
    Shop.opened(books)
    ((acme, _),) = books.linked("account")
    books.crm("Contacts", Last_Name="Ahu", First_Name="Mere", Email="mere@acme.test", Account_Name={"id": acme})
    books.sync()


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Connected:
    return Connected.once(tmp_path_factory.mktemp("connected") / "instance", prepared)


@pytest.fixture(params=[True, False], ids=["documents touched", "documents untouched"])
def books(connected: Connected, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Shop]:
    made = connected.again(tmp_path / "instance")
    made.xero.set_switches({"merge_touches_documents": request.param})
    yield Shop(made)
    made.xero.set_switches({"merge_touches_documents": True})
    made.house.close()


def holds(books: Shop, reason: str) -> list[HoldRow]:
    return [hold for hold in books.house.store(books.house.connection(None)).holds() if hold.reason == reason]


def test_the_link_follows_to_the_contact_that_stayed(books: Shop) -> None:
    """With what stands there, and what is blank there filled from the CRM; documents and people go along."""
    books.invoice()
    books.crm("Accounts", books.acme, Phone="555 0100")
    books.sync()
    stays = books.books("Contacts", Name="Acme Parts Limited", TaxNumber="11-222-333")
    books.books("Contacts", books.contact, "merge", into=stays)
    assert books.held() == set()
    assert books.linked("account") == [(books.acme, stays)]
    account = books.one(ZOHO, "Accounts", id=books.acme)
    assert [account[name] for name in ("Account_Name", "Xero_ID", "Phone")] == ["Acme Parts Limited", stays, "555 0100"]
    contact = books.one(XERO, "Contacts", ContactID=stays)
    assert [phone["PhoneNumber"] for phone in contact["Phones"] if phone["PhoneType"] == "DEFAULT"] == ["555 0100"]
    assert len(books.in_crm("Accounts")) == 1, "nothing is made beside it"
    assert len(books.in_crm("Contacts")) == 1
    ((person, there),) = books.linked("contact")
    assert there.startswith(f"{stays}/")
    assert books.one(ZOHO, "Contacts", id=person)["Email"] == "mere@acme.test"
    assert contact["EmailAddress"] == "mere@acme.test"
    assert books.one(ZOHO, "Invoices")["Account_Name"]["id"] == books.acme
    books.crm("Invoices", books.one(ZOHO, "Invoices")["id"], Subject="Black pens")
    assert books.held() == set()
    assert books.sales()["Reference"] == "Black pens"


def test_an_edit_in_the_crm_that_has_not_travelled_yet_counts(books: Shop) -> None:
    books.crm("Accounts", books.acme, Account_Name="Acme Aotearoa")
    stays = books.books("Contacts", Name="Acme Parts Limited")
    books.books("Contacts", books.contact, "merge", into=stays)
    assert books.held() == set()
    assert books.one(XERO, "Contacts", ContactID=stays)["Name"] == "Acme Aotearoa"


def test_the_last_of_a_chain(books: Shop) -> None:
    second, third = books.books("Contacts", Name="Acme 2"), books.books("Contacts", Name="Acme 3")
    books.books("Contacts", books.contact, "merge", into=second)
    books.books("Contacts", second, "merge", into=third)
    assert books.held() == set()
    assert books.linked("account") == [(books.acme, third)]
    assert books.linked("vendor") == [(books.vendor, third)]


def test_the_contact_that_stayed_has_a_counterpart(books: Shop) -> None:
    """A person is told of both; once they are one in the CRM as well, nothing is left to say."""
    other = books.crm("Accounts", Account_Name="Bolt Traders")
    books.sync()
    stays = books.one(XERO, "Contacts", Name="Bolt Traders")["ContactID"]
    books.books("Contacts", books.contact, "merge", into=stays)
    assert books.held() == {"merged", "waiting"}
    (hold,) = holds(books, "merged")
    assert hold.where == ("account", ZOHO, books.acme)
    assert "merged into “Bolt Traders” in Xero" in hold.message
    assert hold.related == (("account", XERO, books.contact), ("account", XERO, stays), ("account", ZOHO, other))
    (person,) = (row["id"] for row in books.in_crm("Contacts"))
    books.crm("Contacts", person, Account_Name={"id": other})
    books.gone("Accounts", books.acme)
    assert books.held() == set()
    assert sorted(books.linked("account")) == [(other, stays)]
    assert [there.partition("/")[0] for _, there in books.linked("contact")] == [stays]


@pytest.mark.parametrize("policy", ["archive", "ignore"])
def test_a_merge_is_no_archiving_whatever_the_policy(books: Shop, policy: str) -> None:
    books.settings(lambda document: document["policies"]["retire"].update(account=policy, contact=policy))
    books.sync()
    stays = books.books("Contacts", Name="Acme Parts Limited")
    books.books("Contacts", books.contact, "merge", into=stays)
    assert books.held() == set()
    assert books.linked("account") == [(books.acme, stays)]
    assert books.one(ZOHO, "Accounts", id=books.acme)["Add_to_Xero"] is True


def test_a_merge_in_the_crm_looks_like_a_deletion(books: Shop) -> None:
    """Whoever carries the Xero ID from now on is named, and linked when a person says so."""
    master = books.crm("Accounts", Account_Name="Acme Group", Add_to_Xero=False)
    books.sync()
    books.gone("Accounts", books.acme)
    books.crm("Accounts", master, Xero_ID=books.contact, Add_to_Xero=True)
    books.sync()
    (hold,) = [hold for hold in holds(books, "gone") if hold.where[0] == "account"]
    assert hold.where == ("account", XERO, books.contact)
    assert "“Acme Group” carries its Xero ID there now" in hold.message
    assert hold.related == (("account", ZOHO, books.acme), ("account", ZOHO, master))
    with books.house.word(books.house.connection(None)) as word:
        word.decide(Decision("recreate", hold.where))
    books.sync()
    assert books.linked("account") == [(master, books.contact)]
    assert [row["id"] for row in books.in_crm("Accounts")] == [master]
