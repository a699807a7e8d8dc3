"""Days overdue in the panel: counted when it is looked at, until the money is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from extension.preparing import Preparing
from extension.web.limits import limiter
from extension.web.visit import Person
from tests.system.live_books import Books
from tests.system.live_shop import DAYS, Shop
from tests.web.panel import Panel
from tests.web.visitor import Visitor

Visitors = Callable[[Person | None], Visitor]
A_DAY = 86_400


@pytest.fixture
def shop(books: Books) -> Iterator[Shop]:
    assert Preparing(books.house, books.house.connection(None)).do("a test").fine
    Shop.opened(books)
    yield Shop(books)
    limiter.reset()


def told(panel: Panel, invoice: str) -> dict[str, Any]:
    panel.sign_in()
    answer = panel.get(f"/api/records/Invoices/{invoice}")
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.get_json()
    return document


def test_an_unpaid_invoice_is_overdue_by_days_that_nobody_writes(shop: Shop, visitor: Visitors) -> None:
    panel = Panel(shop, visitor(None))
    invoice = shop.invoice()
    shop.sync()
    first = told(panel, invoice)
    assert (first["amount_due"], first["days_overdue"]) == ({"currency": "NZD", "amount": "24.15"}, None)
    zone = shop.house.ledger_zone(shop.house.connection(None))
    ahead = (date.fromisoformat(DAYS["Due_Date"]) - shop.clock.now().astimezone(zone).date()).days
    shop.clock.advance((ahead + 1) * A_DAY)
    before = shop.writes()
    assert told(panel, invoice)["days_overdue"] == 1
    shop.clock.advance(5 * A_DAY)  # before the clocks there go forward
    assert told(panel, invoice)["days_overdue"] == 6
    assert shop.writes() == before
    shop.books("Invoices", shop.sales()["InvoiceID"], "pay", Amount="24.15", Date="2026-10-01")
    shop.sync()
    paid = told(panel, invoice)
    assert (paid["amount_due"]["amount"], paid["days_overdue"]) == ("0.00", None)
