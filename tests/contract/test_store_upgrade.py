"""A database of an earlier version is brought to this one, and what it held means the same afterwards."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from extension.store import EVERYBODY, Connections, Database, SqlStore, new_key
from extension.store.columns import EPOCH, MICROSECOND
from extension.store.database import _config
from extension.store.figures import Figures
from extension.sync.canonical import ZOHO
from extension.sync.ports import Decision, HoldRow

NOON = datetime(2026, 5, 4, 12, 7, tzinfo=UTC)


def moment(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND


@pytest.fixture
def old(tmp_path: Path) -> Database:
    """As version 0002 left it: a connection, runs, entries, a hold and a decision."""
    database = Database(f"sqlite:///{tmp_path / 'sync.db'}", [new_key()])
    config = _config()
    with database.writing(EVERYBODY) as transaction:
        config.attributes["connection"] = transaction
        command.upgrade(config, "0002")
    with database.writing(EVERYBODY) as transaction:
        fill(transaction)
    return database


def fill(transaction: sa.Connection) -> None:
    own: dict[str, Any] = {"connection_id": 1}
    plain = {"name": "Kōwhai", "zoho_org": "z", "xero_org": "x", "active": True, "settings": "{}", "fetched": "{}"}
    insert(transaction, "connection", pk=1, epoch=0, **plain)
    scopes = [("done", ["account"], None), ("done", [], ["invoice", "1"]), ("stopped", [], None)]
    for number, (state, entities, record) in enumerate(scopes, 1):
        scope = json.dumps({"entities": entities, "record": record, "mode": "both"})
        told = {"trigger": "person", "counts": "{}", "problem": "", "started_at": moment(NOON)}
        insert(transaction, "run", pk=number, scope=scope, state=state, **told, **own)
    said = {"reason": "", "message": "", "hint": "", "title": "Tāne", "entity": "account"}
    for n, outcome in enumerate(("created", "created", "held")):
        at = moment(NOON + timedelta(minutes=n))
        insert(transaction, "entry", run_pk=1, at=at, outcome=outcome, zoho_id="1", **said, **own)
    where = {"entity": "account", "side": "zoho", "id": "1"}
    insert(transaction, "hold", **where, reason="gone", message="Gone.", hint="", title="Tāne", **own)
    insert(transaction, "decision", **where, verb="keep", **own)


def insert(transaction: sa.Connection, table: str, **values: Any) -> None:
    names = ", ".join(f'"{name}"' for name in values)
    marks = ", ".join(f":{name}" for name in values)
    transaction.execute(sa.text(f'INSERT INTO "{table}" ({names}) VALUES ({marks})'), values)


def test_what_was_there_means_the_same(old: Database) -> None:
    old.upgrade()
    assert old.is_current()
    store = SqlStore(old, 1)
    assert store.let_through() == {"account"}, "a stopped run, or one of a single record, let no module through"
    assert store.holds() == [HoldRow(("account", ZOHO, "1"), "gone", "Gone.", "", None, "Tāne")]
    assert store.decisions() == [Decision("keep", ("account", ZOHO, "1"))]
    (day,) = Figures(old, 1).days(NOON, UTC, 1)
    assert day.outcomes == {"created": 2, "held": 1}
    assert [line.entry.outcome for line in store.history(record=("account", "1"))] == ["held", "created", "created"]
    assert [connection.name for connection in Connections(old).list()] == ["Kōwhai"]
    old.dispose()


def test_a_run_of_everything_let_every_module_through(old: Database) -> None:
    with old.writing(EVERYBODY) as transaction:
        scope = json.dumps({"entities": [], "record": None})
        told = {"trigger": "person", "counts": "{}", "problem": "", "started_at": moment(NOON)}
        insert(transaction, "run", pk=9, connection_id=1, scope=scope, state="done", **told)
    old.upgrade()
    assert SqlStore(old, 1).let_through() >= {"account", "contact", "vendor", "product", "invoice", "purchase_order"}
    old.dispose()


def test_when_it_was_last_in_step_as_a_whole_is_known_from_its_runs(old: Database) -> None:
    scopes = [("person", [], None), ("schedule", ["account"], None), ("person", ["account"], None), ("person", [], 1)]
    with old.writing(EVERYBODY) as transaction:
        for number, (trigger, entities, record) in enumerate(scopes, 11):
            scope = json.dumps({"entities": entities, "record": record, "records": []})
            times = {"started_at": moment(NOON), "ended_at": moment(NOON + timedelta(minutes=number))}
            told = {"trigger": trigger, "counts": "{}", "problem": "", **times}
            insert(transaction, "run", pk=number, connection_id=1, scope=scope, state="done", **told)
    old.upgrade()
    with old.reading(EVERYBODY) as transaction:
        assert transaction.scalar(sa.text("SELECT fresh_at FROM connection")) == moment(NOON + timedelta(minutes=12))
    old.dispose()
