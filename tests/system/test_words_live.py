"""What people decide about real kinds of records, over two real local services; and the numbers that pages show."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest

from extension.sync.canonical import SIDES, XERO, ZOHO, Side
from extension.sync.errors import BadInput
from extension.sync.model import Scope
from extension.sync.ports import Decision, HoldRow
from tests.system.live_books import Connected, D
from tests.system.live_shop import TOTAL, Shop


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Connected:
    return Connected.once(tmp_path_factory.mktemp("connected") / "instance", Shop.opened)


@pytest.fixture
def books(connected: Connected, tmp_path: Path) -> Iterator[Shop]:
    made = connected.again(tmp_path / "instance")
    yield Shop(made)
    made.house.close()


def say(books: Shop, verb: str, hold: HoldRow, **more: Any) -> None:
    with books.house.word(books.house.connection(None)) as word:
        word.decide(Decision(verb, hold.where, **more))


def waiting(books: Shop, reason: str) -> HoldRow:
    """The only thing that needs attention."""
    books.sync()
    (hold,) = [hold for hold in books.house.store(books.house.connection(None)).holds() if hold.reason == reason]
    return hold


def ask_about_phones(document: dict[str, Any]) -> None:
    for row in document["entities"]["account"]["fields"]:
        if row["name"] == "phone":
            row["owner"] = "ask"


@pytest.mark.parametrize(("side", "then"), [(ZOHO, "111 111"), (XERO, "222 222")])
def test_a_conflict_is_settled_by_a_word(books: Shop, side: Side, then: str) -> None:
    books.settings(ask_about_phones)
    books.sync()
    books.crm("Accounts", books.acme, Phone="111 111")
    books.books("Contacts", books.contact, Phones=[{"PhoneType": "DEFAULT", "PhoneNumber": "222 222"}])
    hold = waiting(books, "conflict")
    assert (hold.field, hold.values) == ("phone", {"phone": ["111 111", "222 222"]})
    assert hold.related == (("account", XERO, books.contact),)
    say(books, "take", hold, field="phone", takes=side)
    assert books.held() == set()
    assert books.one(ZOHO, "Accounts")["Phone"] == then
    store = books.house.store(books.house.connection(None))
    assert store.decisions() == []
    (lost,) = [entry.changes["phone!lost"] for entry in store.entries() if "phone!lost" in entry.changes]
    assert lost == ([XERO, "222 222"] if side == ZOHO else [ZOHO, "111 111"])


def test_an_invoice_that_was_deleted_is_voided_when_a_person_says_so(books: Shop) -> None:
    deleted = books.invoice()
    books.invoice(Subject="Ink")
    books.sync()
    books.gone("Invoices", deleted)
    say(books, "retire", waiting(books, "gone"))
    assert books.held() == set()
    assert sorted(row["Status"] for row in books.in_xero("Invoices")) == ["AUTHORISED", "VOIDED"]


def test_an_invoice_that_was_deleted_comes_back_when_a_person_says_so(books: Shop) -> None:
    deleted = books.invoice()
    books.invoice(Subject="Ink")
    books.sync()
    books.gone("Invoices", deleted)
    say(books, "recreate", waiting(books, "gone"))
    assert books.held() == set()
    assert len(books.linked("invoice")) == 2
    assert sorted(row["Subject"] for row in books.in_crm("Invoices")) == ["Ink", "Pens"]


def test_an_account_whose_contact_was_archived_is_put_away(books: Shop) -> None:
    other = books.crm("Accounts", Account_Name="Kōwhai Gardens")
    books.sync()
    (contact,) = [xero for zoho, xero in books.linked("account") if zoho == other]
    books.books("Contacts", contact, "archive")
    say(books, "retire", waiting(books, "gone"))
    assert books.held() == set()
    assert books.one(ZOHO, "Accounts", id=other)["Add_to_Xero"] is False


# ------------------------------------------------------------------ numbers


def test_money_in_step_and_calls_left(books: Shop) -> None:
    books.invoice()
    books.sync()
    house, connection = books.house, books.house.connection(None)
    house.count_money(connection)
    worths = house.figures(connection).money()
    mine = [(w.side, w.currency, w.status, w.linked, w.documents, w.total) for w in worths if w.entity == "invoice"]
    assert mine == [(XERO, "NZD", "AUTHORISED", True, 1, TOTAL), (ZOHO, "NZD", "AUTHORISED", True, 1, TOTAL)]
    (today,) = house.figures(connection).days(house.clock.now(), UTC, 1)
    assert today.outcomes["created"] >= 1
    left = house.budget(connection)
    assert all(0 < left[side].used_today < 1_000 for side in SIDES)
    assert all(left[side].day_left + left[side].used_today <= left[side].day_limit for side in SIDES)
    assert all(left[side].day_ends > house.clock.now() for side in SIDES)


def test_a_document_that_only_one_side_has_is_counted_apart(books: Shop) -> None:
    books.bill()
    report = house_run(books, observe_only=True)
    assert report == "planned"
    house, connection = books.house, books.house.connection(None)
    house.count_money(connection)
    worths = [(w.side, w.linked, w.documents, w.total) for w in house.figures(connection).money()]
    assert worths == [(XERO, False, 1, D("24.15"))]


def house_run(books: Shop, **scope: Any) -> str:
    return str(books.house.engine(books.house.connection(None)).run(Scope(**scope)).state)


def test_history_is_kept_as_long_as_the_settings_say(books: Shop) -> None:
    house, connection = books.house, books.house.connection(None)
    assert house.prune(connection) == 0
    books.settings(lambda document: document.update(keep_days=30))
    books.clock.advance(40 * 86_400)
    books.sync()
    before = len(house.past(connection).lines(1_000))
    forgotten = house.prune(house.connection(None))
    assert forgotten > 0
    assert len(house.past(connection).lines(1_000)) == before - forgotten


def test_tasks_are_forgotten_after_a_month_also_where_history_is_kept_for_ever(books: Shop) -> None:
    house, connection = books.house, books.house.connection(None)
    older, newer = (_ended_task(books) for _ in range(2))
    before = len(house.past(connection).lines(1_000))
    books.clock.advance(29 * 86_400)
    house.prune(connection)
    assert house.tasks.get(connection.id, older).state == "done"
    books.clock.advance(2 * 86_400)
    assert house.prune(connection) == 0
    with pytest.raises(BadInput, match="no task"):
        house.tasks.get(connection.id, older)
    assert house.tasks.get(connection.id, newer).state == "done"
    assert len(house.past(connection).lines(1_000)) == before > 0


def _ended_task(books: Shop) -> int:
    tasks, now, number = books.house.tasks, books.clock.now(), books.house.connection(None).id
    asked = tasks.ask(number, "audit", Scope(), "Ann", now)
    taken = tasks.take("worker", now, timedelta(minutes=1), of=number)
    assert taken == tasks.get(number, asked.id)
    assert tasks.end(asked.id, "worker", "done", None, {}, now)
    return asked.id
