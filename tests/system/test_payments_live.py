"""Money that comes in, in Xero: the CRM shows it, and what is taken back of it; nothing is written to Xero."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from extension.preparing import Preparing
from extension.sync.canonical import ZOHO
from tests.system.live_books import HOUR, Connected, D
from tests.system.live_shop import TOTAL, Shop

DAY = 24 * HOUR
NAMES = ("Amount_Due", "Amount_Paid", "Amount_Credited", "Last_Payment_Date", "Status")


def prepared(books: Any) -> None:
    """The CRM with the fields of payments, made by the set-up; then Acme and the pen."""
    outcome = Preparing(books.house, books.house.connection(None)).do("a test")
    assert outcome.fine, outcome.problems
    Shop.opened(books)


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Connected:
    return Connected.once(tmp_path_factory.mktemp("connected") / "instance", prepared)


@pytest.fixture(params=[True, False], ids=["money moves the time", "money moves no time"])
def books(connected: Connected, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Shop]:
    made = connected.again(tmp_path / "instance")
    made.xero.set_switches({"payments_touch_documents": request.param})
    yield Shop(made)
    made.xero.set_switches({"payments_touch_documents": True})
    made.house.close()


def told(books: Shop, **wanted: Any) -> list[Any]:
    """What the CRM says of the money of its only invoice."""
    row = books.one(ZOHO, "Invoices", **wanted)
    return [row[name] for name in NAMES]


def tomorrow(books: Shop) -> int:
    """The first run of the next day; how many calls Xero saw."""
    books.clock.advance(DAY)
    before = books.xero.journal.since(0)
    report = books.sync()
    assert not report.holds, report.holds
    calls = [call for call in books.xero.journal.since(0)[len(before) :] if call.path.startswith("/api.xro/")]
    assert not [call for call in calls if call.method != "GET"], "money is never written to Xero"
    return len(calls)


def test_money_comes_and_goes(books: Shop) -> None:
    books.invoice()
    books.sync()
    id_ = books.sales()["InvoiceID"]
    assert told(books) == [TOTAL, 0, 0, None, "Approved"]
    first = books.books("Invoices", id_, "pay", Amount=10, Date="2026-09-20")
    tomorrow(books)
    assert told(books) == [D("14.15"), 10, 0, "2026-09-20", "Approved"]
    books.books("Invoices", id_, "credit", Amount=D("4.15"), Number="CN-1", Date="2026-09-25")
    tomorrow(books)
    assert told(books) == [10, 10, D("4.15"), "2026-09-20", "Approved"], "a credit note is no payment"
    prepaid = {"from": "Prepayments", "Amount": 3, "Date": "2026-09-22"}
    books.books("Invoices", id_, "allocate", **prepaid)
    books.books("Invoices", id_, "allocate", **{"from": "Overpayments", "Date": "2026-09-21"})
    tomorrow(books)
    assert told(books) == [0, 10, D("14.15"), "2026-09-22", "Paid"]
    books.books("Payments", first, "unpay")
    tomorrow(books)
    assert told(books) == [10, 0, D("14.15"), "2026-09-22", "Approved"], "a removed payment opens it again"
    books.books("Invoices", id_, "uncredit")
    tomorrow(books)
    assert told(books) == [TOTAL, 0, 0, None, "Approved"]
    assert books.held() == set()


def test_the_due_date_of_a_document_paid_in_part(books: Shop) -> None:
    """Xero moves no modified time for it (facts/xero.md 3.5)."""
    books.invoice()
    books.sync()
    id_ = books.sales()["InvoiceID"]
    books.books("Invoices", id_, "pay", Amount=1)
    books.books("Invoices", id_, DueDate="2026-10-05")
    tomorrow(books)
    assert books.one(ZOHO, "Invoices")["Due_Date"] == date(2026, 10, 5).isoformat()


def test_what_a_person_types_over_it_is_put_back(books: Shop) -> None:
    crm = books.invoice()
    books.sync()
    books.crm("Invoices", crm, Amount_Due=1, Amount_Paid=99)
    assert books.held() == set()
    assert told(books)[:2] == [TOTAL, 0]


def test_a_day_costs_one_call_for_a_thousand_open_documents(books: Shop) -> None:
    """With 60 open ones of which one was paid: the feeds, one list of open documents, and the one that changed."""
    for _ in range(60):
        books.bill()
    books.sync()
    quiet = tomorrow(books)
    books.clock.advance(HOUR)
    before = len(books.xero.journal.since(0))
    books.sync()
    walk = len([call for call in books.xero.journal.since(0)[before:] if call.path.startswith("/api.xro/")])
    assert quiet == walk + 1
    paid = books.in_xero("Invoices")[7]["InvoiceID"]
    books.books("Invoices", paid, "pay")
    assert tomorrow(books) <= walk + 2
    assert told(books, Xero_ID=paid)[-1] == "Paid"
