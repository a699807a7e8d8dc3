"""Numbers that pages show, and what is forgotten of history."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from extension.store import EVERYBODY, Connections, Database, SqlStore
from extension.store.figures import Figures, Worth
from extension.store.portal import tally
from extension.store.pruning import Pruning
from extension.store.tables import entry
from extension.sync.canonical import XERO, ZOHO, Side
from extension.sync.model import Entry, Outcome, Record, Scope
from tests.contract.conftest import Memory
from tests.contract.store_cases import call, create, epoch_of, join, link, put, record

DAY = timedelta(days=1)
NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
AUCKLAND = ZoneInfo("Pacific/Auckland")
FIVE: tuple[Outcome, ...] = ("created",) * 5


@pytest.fixture
def store(database: Database) -> SqlStore:
    store = Memory(database).store()
    assert isinstance(store, SqlStore)
    return store


def tell(store: SqlStore, at: datetime, *outcomes: Outcome) -> int:
    epoch = epoch_of(store)
    with store.write(epoch) as tx:
        run = tx.start_run(Scope(), at)
        tx.add_entries(run, at, [Entry("account", outcome, zoho_id="1") for outcome in outcomes])
        tx.finish_run(run, at, "done", {}, "")
    store.release(epoch)
    return run


# ------------------------------------------------------------------ outcomes of each day


def test_outcomes_are_counted_by_the_organisations_own_day(database: Database, store: SqlStore) -> None:
    tell(store, datetime(2026, 5, 4, 11, 59, 59, tzinfo=UTC), "created", "created", "held")  # still the 4th there
    tell(store, datetime(2026, 5, 4, 12, 0, tzinfo=UTC), "created")  # midnight: the 5th
    tell(store, datetime(2026, 5, 4, 12, 14, tzinfo=UTC), "created")
    days = Figures(database, store.connection_id).days(NOON + timedelta(hours=1), AUCKLAND, 3)
    assert [(day.day, day.outcomes) for day in days] == [
        (date(2026, 5, 3), {}),
        (date(2026, 5, 4), {"created": 2, "held": 1}),
        (date(2026, 5, 5), {"created": 2}),
    ]
    assert Figures(database, store.connection_id).days(NOON, UTC, 1)[0].outcomes == {"created": 4, "held": 1}


def test_what_was_taken_back_is_not_counted(database: Database, store: SqlStore) -> None:
    run = tell(store, NOON)
    epoch = epoch_of(store)

    def fail() -> None:
        with store.write(epoch) as tx:
            tx.add_entries(run, NOON, [Entry("account", "created")])
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    assert not any(day.outcomes for day in Figures(database, store.connection_id).days(NOON, UTC))


def test_nobody_elses_outcomes_are_counted(database: Database, store: SqlStore) -> None:
    tell(store, NOON, "created")
    other = Memory(database).store()
    assert isinstance(other, SqlStore)
    assert not any(day.outcomes for day in Figures(database, other.connection_id).days(NOON, UTC))


# ------------------------------------------------------------------ money


def invoice(id: str, side: Side, total: str, currency: str = "NZD", status: str = "PAID", **more: Any) -> Record:
    fields = {"total": Decimal(total), "currency": currency, "status": status}
    return record(id, side, entity="invoice", feed="Invoices", fields=fields, **more)


def appraise(document: Record) -> tuple[str, str, Decimal] | None:
    fields = document.fields
    return None if fields["total"] == 0 else (fields["currency"], fields["status"], fields["total"])


def test_money_is_counted_by_currency_and_status(database: Database, store: SqlStore) -> None:
    epoch = epoch_of(store)
    rows = [invoice("1", ZOHO, "10.10"), invoice("2", ZOHO, "0.20"), invoice("3", ZOHO, "5", "EUR", "DRAFT")]
    rows += [invoice("4", ZOHO, "99", state="gone"), invoice("5", ZOHO, "0")]
    rows += [invoice("x1", XERO, "10.10"), invoice("x2", XERO, "0.21")]
    put(store, epoch, *rows)
    for zoho, xero in (("1", "x1"), ("2", "x2")):
        join(store, epoch, link(invoice(zoho, ZOHO, "1"), invoice(xero, XERO, "1")))
    figures = Figures(database, store.connection_id)
    assert figures.money() == []
    figures.count_money({"invoice": appraise}, NOON)
    figures.count_money({"invoice": appraise}, NOON + DAY)
    assert figures.money() == [
        Worth("invoice", ZOHO, "EUR", "DRAFT", False, 1, Decimal(5), NOON + DAY),
        Worth("invoice", XERO, "NZD", "PAID", True, 2, Decimal("10.31"), NOON + DAY),
        Worth("invoice", ZOHO, "NZD", "PAID", True, 2, Decimal("10.30"), NOON + DAY),
    ]


def test_many_documents_are_counted_in_pieces(database: Database, store: SqlStore) -> None:
    put(store, epoch_of(store), *(invoice(f"{n:05}", ZOHO, "0.10") for n in range(2_050)))
    figures = Figures(database, store.connection_id)
    figures.count_money({"invoice": appraise}, NOON)
    (worth,) = figures.money()
    assert (worth.documents, worth.total) == (2_050, Decimal("205.00"))


# ------------------------------------------------------------------ forgetting


def test_old_history_is_forgotten_and_nothing_else(database: Database, store: SqlStore) -> None:
    old, new = NOON - 100 * DAY, NOON - DAY
    for at in (old, new):
        tell(store, at, *FIVE)
    epoch = epoch_of(store)
    put(store, epoch, record("1"), record("2", XERO))
    join(store, epoch, link(record("1"), record("2", XERO)))
    with store.write(epoch) as tx:
        kept = tx.open_call(call(create("7"), first_sent=old, last_sent=old))
        closed = tx.open_call(call(create("8"), first_sent=old, last_sent=old))
        tx.close_intents([closed.intents[0].id])
    other = Memory(database).store()
    assert isinstance(other, SqlStore)
    tell(other, old, "created")
    assert Pruning(database, store.connection_id).prune(NOON - 30 * DAY, NOON) == 5
    assert [run["started_at"] for run in store.runs()] == [new]
    assert len(store.entries()) == 5
    assert [each.id for each in store.open_calls()] == [kept.id]
    assert store.count_links("account") == 1
    assert len(other.entries()) == len(other.runs()) == 1
    with database.reading(EVERYBODY) as transaction:
        counted = sa.select(tally.c.at).where(tally.c.connection_id == store.connection_id)
        assert list(transaction.scalars(counted)) == [new]


def test_much_history_is_forgotten_in_batches(
    database: Database, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("extension.store.pruning.BATCH", 10)
    tell(store, NOON - 100 * DAY, *FIVE * 5)
    pruning = Pruning(database, store.connection_id)
    assert pruning.prune(NOON, NOON, batches=2) == 20
    assert len(store.runs()) == 1, "it still has entries"
    assert pruning.prune(NOON, NOON, batches=2) == 5
    assert store.runs() == []
    with database.reading(EVERYBODY) as transaction:
        assert transaction.scalar(sa.select(sa.func.count()).where(entry.c.connection_id == store.connection_id)) == 0


def test_the_chart_is_kept_however_short_history_is(database: Database, store: SqlStore) -> None:
    tell(store, NOON - 20 * DAY, "created")
    Pruning(database, store.connection_id).prune(NOON - DAY, NOON)
    assert store.entries() == []
    assert sum(day.outcomes.get("created", 0) for day in Figures(database, store.connection_id).days(NOON, UTC)) == 1


def test_a_connection_that_ended_keeps_its_numbers(database: Database, store: SqlStore) -> None:
    tell(store, NOON, "created")
    Connections(database).end(store.connection_id, "Ann", NOON)
    assert Figures(database, store.connection_id).days(NOON, UTC, 1)[0].outcomes == {"created": 1}
