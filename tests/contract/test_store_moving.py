"""Everything that is remembered goes into another database, and nothing else: tried on every table, both ways."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa

from extension.store import EVERYBODY, Connections, Database, SqlGrants, SqlStore, Tasks
from extension.store.moving import move
from extension.store.tables import link, metadata
from extension.sync.canonical import XERO, ZOHO
from extension.sync.errors import BadInput, SyncError
from extension.sync.model import Scope
from extension.sync.ports import Grant
from tests.contract.every_table import filled, filled_for_all
from tests.contract.store_cases import epoch_of, everything, record
from tests.contract.store_cases import link as joined
from tests.contract.test_store_isolation import live_in
from tests.system.fleet_rig import fresh_database

NOW: Final = datetime(2026, 5, 4, 12, 0, 0, 123456, tzinfo=UTC)
GRANT: Final = Grant("access", "refresh", NOW, ("all",), {"api": "https://api.example"})
Make = Callable[[str], Database]


@pytest.fixture
def make(request: pytest.FixtureRequest, tmp_path: Path, encryption_keys: list[str]) -> Iterator[Make]:
    made: list[Database] = []

    def one(kind: str) -> Database:
        if kind == "sqlite":
            url = f"sqlite:///{tmp_path / f'{len(made)}.db'}"
        else:
            url = fresh_database(request.getfixturevalue("postgres_url"))
        made.append(Database(url, encryption_keys))
        return made[-1]

    yield one
    for each in made:
        each.dispose()


def lived_in(database: Database) -> int:
    """A row in every table, and what the engine itself leaves."""
    database.upgrade()
    connections = Connections(database)
    connections.create("gone before", "z0", "x0")
    number = connections.create("Kōwhai", "z", "x", {"amount": Decimal("1.10"), "name": "Tāne"}).id
    store = SqlStore(database, number)
    live_in(store, epoch := epoch_of(store))
    with store.write(epoch) as tx:
        gone = tx.insert_link(joined(record("7"), record("8", XERO)))
    store.release(epoch)
    SqlGrants(database, number).save(ZOHO, GRANT)
    other = connections.create("every table").id
    with database.writing(EVERYBODY) as transaction:
        filled(transaction, other)
        filled_for_all(transaction, other)
        transaction.execute(sa.delete(link).where(link.c.pk >= gone))
        transaction.exec_driver_sql("DELETE FROM connection WHERE name = 'gone before'")
    return number


def lies(database: Database) -> dict[str, list[Any]]:
    """Every row of every table, as our columns read it."""
    with database.reading(EVERYBODY) as transaction:
        return {
            name: [tuple(row) for row in transaction.execute(sa.select(table).order_by(table.c.pk))]
            for name, table in metadata.tables.items()
        }


def moved(source: Database, target: Database, now: datetime = NOW) -> dict[str, int]:
    return dict(move(source, target, now - timedelta(seconds=30), now, lambda *_: None))


WAYS: Final = [
    pytest.param("sqlite", "postgres", marks=pytest.mark.pg),
    pytest.param("postgres", "sqlite", marks=pytest.mark.pg),
]


@pytest.mark.parametrize(("of", "to"), WAYS)
def test_every_table_arrives_as_it_was_and_stays_where_it_was(make: Make, of: str, to: str) -> None:
    source, target = make(of), make(to)
    number = lived_in(source)
    before = lies(source)
    assert [name for name, rows in before.items() if not rows] == [], "every table is tried"
    told = moved(source, target)
    assert told == {name: len(rows) for name, rows in before.items()}
    assert lies(target) == before == lies(source)
    assert SqlGrants(target, number).get(ZOHO) == SqlGrants(source, number).get(ZOHO)
    assert everything(SqlStore(target, number)) == everything(SqlStore(source, number))
    assert Connections(target).get(number).settings["amount"] == Decimal("1.10")
    assert grown(source, number) == grown(target, number), "numbers go on where they were, and none is given twice"


def grown(database: Database, number: int) -> tuple[int, int]:
    """What the next rows are called."""
    store = SqlStore(database, number)
    with store.write(epoch_of(store)) as tx:
        made = tx.insert_link(joined(record("9"), record("10", XERO)))
    return made, Connections(database).create("next").id


@pytest.mark.pg
def test_what_breaks_off_leaves_nothing_and_can_be_said_again(make: Make) -> None:
    source, target = make("sqlite"), make("postgres")
    lived_in(source)

    def broken(table: str, _: int) -> None:
        if table == "record":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        move(source, target, NOW, NOW, broken)
    assert {name for name, rows in lies(target).items() if rows} == set()
    assert moved(source, target)["record"] > 0


def test_only_into_what_is_empty(make: Make) -> None:
    source, target = make("sqlite"), make("sqlite")
    lived_in(source)
    target.upgrade()
    Connections(target).create("somebody")
    with pytest.raises(BadInput) as refused:
        moved(source, target)
    assert refused.value.code == "target_not_empty"
    assert [each.name for each in Connections(target).list()] == ["somebody"]
    with pytest.raises(BadInput) as refused:
        moved(source, source)
    assert refused.value.code == "target_not_empty"


def test_not_into_another_version(make: Make) -> None:
    source, target = make("sqlite"), make("sqlite")
    lived_in(source)
    with target.writing(EVERYBODY) as transaction:
        transaction.exec_driver_sql("CREATE TABLE something (pk INTEGER)")
    with pytest.raises(BadInput) as refused:
        moved(source, target)
    assert refused.value.code == "target_not_current"


def test_not_while_somebody_works(make: Make) -> None:
    source, target = make("sqlite"), make("sqlite")
    number = lived_in(source)
    store = SqlStore(source, number)
    epoch = store.acquire("worker", NOW, 15)
    assert epoch is not None
    with pytest.raises(BadInput) as refused:
        moved(source, target)
    assert refused.value.code == "in_use"
    store.release(epoch)
    Tasks(source).ask(number, "sync", Scope(), "Ann", NOW)
    assert Tasks(source).take("worker", NOW, timedelta(seconds=30), of=number)
    with pytest.raises(BadInput) as refused:
        moved(source, target)
    assert refused.value.code == "in_use"
    assert moved(source, target, NOW + timedelta(minutes=1))["task"] == 2


@pytest.mark.parametrize("of", ["sqlite", pytest.param("postgres", marks=pytest.mark.pg)])
def test_nobody_writes_to_the_source_meanwhile(make: Make, of: str) -> None:
    source, target = make(of), make("sqlite")
    number = lived_in(source)
    impatient = "PRAGMA busy_timeout=50" if of == "sqlite" else "SET lock_timeout = '50ms'"
    sa.event.listen(source.engine, "begin", lambda connection: connection.exec_driver_sql(impatient))
    refused: list[str] = []

    def late(table: str, _: int) -> None:
        if table == "record":
            with pytest.raises(SyncError) as found:
                Connections(source).set_fetched(number, {"late": True})
            refused.append(found.value.code)

    move(source, target, NOW, NOW, late)
    assert refused == ["database_busy"]
    assert lies(target) == lies(source)
