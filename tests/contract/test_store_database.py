"""The databases themselves: schema, query plans, concurrent writers, and what their failures look like to people."""

from __future__ import annotations

import socket
import sqlite3
import traceback
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from extension.store import EVERYBODY, Database, SqlStore, new_key
from extension.store import database as database_module
from extension.store.records import Records
from extension.store.tables import metadata
from extension.sync import canonical
from extension.sync.canonical import XERO, ZOHO
from extension.sync.errors import BadInput, SyncError
from tests.contract.conftest import Memory
from tests.contract.store_cases import NOW, dirty, epoch_of, join, link, put, record

# ------------------------------------------------------------------ schema


def test_the_migrations_make_the_tables(database: Database) -> None:
    database.upgrade()  # a second time: nothing
    with database.reading(EVERYBODY) as transaction:
        ours = {"include_name": lambda name, kind, _: kind != "table" or not str(name).startswith("procrastinate_")}
        found = compare_metadata(MigrationContext.configure(transaction, opts=ours), metadata)
        version = transaction.scalar(sa.text("SELECT version_num FROM alembic_version"))
    assert found == []
    assert version


def test_every_row_of_a_tenant_says_whose_it_is() -> None:
    of_nobody = {"connection", "bucket", "oauth_state", "service", "installation", "installation_event"}
    without = {name for name, table in metadata.tables.items() if "connection_id" not in table.c}
    assert without == of_nobody
    assert [name for name, table in metadata.tables.items() if not isinstance(table.c.pk.type, sa.BigInteger)] == []


def test_several_processes_may_upgrade_at_once(database: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(database.upgrade) for _ in range(4)]:
            done.result()


# ------------------------------------------------------------------ plans of queries


class Explained(Records):
    """Says how each query would be answered instead of answering it."""

    plans: list[str]

    def rows(self, statement: sa.Select[Any], values: Mapping[str, Any] | None = None) -> list[sa.RowMapping]:
        words = "EXPLAIN QUERY PLAN " if self.transaction.dialect.name == "sqlite" else "EXPLAIN "
        asked = statement.params(values) if values else statement
        text = str(asked.compile(self.transaction.engine, compile_kwargs={"literal_binds": True}))
        self.plans.append(" ".join(str(row[-1]) for row in self.transaction.exec_driver_sql(words + text)))
        return []


@pytest.fixture
def explained(sqlite_database: Database) -> Explained:
    """Over 2,000 linked pairs in step: nothing to do."""
    store = Memory(sqlite_database).store()
    assert isinstance(store, SqlStore)
    epoch = epoch_of(store)
    pairs = [(record(f"{n:05}", keys=(f"k{n}",)), record(f"{n:05}", XERO, keys=(f"k{n}",))) for n in range(2000)]
    put(store, epoch, *(one for pair in pairs for one in pair))
    with store.write(epoch) as tx:
        for zoho, xero in pairs:
            tx.insert_link(link(zoho, xero))
    assert dirty(store) == []
    with sqlite_database.reading(EVERYBODY) as transaction:
        explained = Explained(transaction, store.connection_id)
    explained.plans = []
    return explained


@pytest.mark.parametrize("analysed", [False, True])
def test_a_run_with_nothing_changed_scans_nothing(
    explained: Explained, sqlite_database: Database, analysed: bool
) -> None:
    with sqlite_database.writing(EVERYBODY) as transaction:
        if analysed:
            transaction.exec_driver_sql("ANALYZE")
    with sqlite_database.reading(EVERYBODY) as transaction:
        explained.transaction = transaction
        explained.dirty("account", ("", ""))
        explained.by_id("account", ZOHO, ["1"])
        explained.by_remote(ZOHO, "Accounts", ["1"])
        explained.by_handle("account", ZOHO, ["1"])
        explained.by_key("account", ["k1"])
        explained.by_stamp("account", ZOHO, ["1"])
        explained.by_scope("account", ZOHO, ["1"])
    with sqlite_database.writing(EVERYBODY) as transaction:
        if analysed:
            transaction.exec_driver_sql("DELETE FROM sqlite_stat1")
    expected = ["todo", "one", "remote", "one", "handle", "key1", "key2", "key3", "key4", "stamp", "scope"]
    used = [plan.partition("INDEX record_")[2].partition(" ")[0] for plan in explained.plans]
    assert used == expected
    assert "look=?" in explained.plans[0]
    assert all("SEARCH record" in plan and "TEMP B-TREE" not in plan for plan in explained.plans)


# ------------------------------------------------------------------ several writers


def test_writers_wait_for_each_other(database: Database) -> None:
    stores = [Memory(database).store() for _ in range(4)]

    def work(store: SqlStore) -> int:
        epoch = epoch_of(store)
        for turn in range(10):
            known = store.by_id("account", ZOHO, ["1"])
            put(store, epoch, record("1", title=str(int(known[0].title) + 1 if known else turn)))
        return int(store.by_id("account", ZOHO, ["1"])[0].title)

    with ThreadPoolExecutor(4) as pool:
        counts = [pool.submit(work, store) for store in stores if isinstance(store, SqlStore)]
    assert [count.result() for count in counts] == [9] * 4


def test_a_reader_does_not_wait_for_a_writer(database: Database) -> None:
    store = Memory(database).store()
    epoch = epoch_of(store)
    put(store, epoch, record("1", title="before"))
    with store.write(epoch) as tx, ThreadPoolExecutor(1) as pool:
        tx.put_records([record("1", title="after")])
        [seen] = pool.submit(store.by_id, "account", ZOHO, ["1"]).result(5)
    assert seen.title == "before", "others see committed state"
    assert store.by_id("account", ZOHO, ["1"])[0].title == "after"


def test_the_walls_stand_below_the_checks(database: Database) -> None:
    """A second live link is refused by the index itself, without a word about the row."""
    store = Memory(database).store()
    assert isinstance(store, SqlStore)
    epoch = epoch_of(store)
    first = join(store, epoch, link(record("1"), record("2", XERO)))
    second = join(store, epoch, link(record("secret"), record("3", XERO)))
    change = f"UPDATE link SET zoho_id = 'secret' WHERE pk = {first}"
    with pytest.raises(SyncError) as caught, database.writing(EVERYBODY) as transaction:
        transaction.exec_driver_sql(change)
    assert caught.value.code == "database"
    assert "secret" not in "".join(traceback.format_exception(caught.value))
    assert [found.id for found in store.links([first, second])] == [first, second]


# ------------------------------------------------------------------ failures


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "not an address"),
        ("nonsense", "not an address"),
        ("sqlite://", "forgets everything"),
        ("sqlite:///:memory:", "forgets everything"),
        ("mysql://u:secret@h/d", "mysql"),
    ],
)
def test_a_wrong_address_is_said_plainly(url: str, words: str) -> None:
    with pytest.raises(BadInput, match=words) as caught:
        Database(url, [new_key()])
    assert "secret" not in str(caught.value)


def failure(url: str) -> SyncError:
    database = Database(url, [new_key()])
    try:
        with pytest.raises(SyncError) as caught:
            SqlStore(database, 1).organisations()
    finally:
        database.dispose()
    assert caught.value.hint
    return caught.value


def test_failures_have_stable_codes(tmp_path: Path) -> None:
    assert failure(f"sqlite:///{tmp_path / 'new.db'}").code == "database_not_ready"
    assert failure(f"sqlite:///{tmp_path / 'no folder' / 'x.db'}").code == "database_read_only"
    (tmp_path / "text.db").write_text("this is not a database " * 100)
    assert failure(f"sqlite:///{tmp_path / 'text.db'}").code == "database_damaged"
    assert failure("postgresql://u:secret@127.0.0.1:1/d").code == "database_unreachable"


def test_a_locked_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extension.store.database.PRAGMAS", ("journal_mode=WAL", "busy_timeout=10"))
    path = tmp_path / "sync.db"
    database = Database(f"sqlite:///{path}", [new_key()])
    database.upgrade()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(SyncError) as caught:
        Memory(database).store()
    assert caught.value.code == "database_busy"
    other.close()
    store = Memory(database).store()
    put(store, epoch_of(store), record("1"))
    database.dispose()


def test_a_full_disk(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'sync.db'}", [new_key()])
    database.upgrade()
    store = Memory(database).store()
    epoch = epoch_of(store)

    def no_room(raw: sqlite3.Connection, *_: object) -> None:
        raw.execute("PRAGMA max_page_count=100")

    sa.event.listen(database.engine, "checkout", no_room)
    with pytest.raises(SyncError) as caught:
        put(store, epoch, *(record(str(n), title="x" * 1000) for n in range(2000)))
    assert caught.value.code == "database_full"
    assert "xxx" not in "".join(traceback.format_exception(caught.value))
    assert store.count_records("account", ZOHO) == 0
    database.dispose()


def test_no_such_connection(database: Database) -> None:
    with pytest.raises(BadInput):
        SqlStore(database, 999_999).organisations()


def test_fields_are_decoded_only_when_asked_for(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Memory(database).store()
    epoch = epoch_of(store)
    put(store, epoch, record("1"), record("2", XERO))
    join(store, epoch, link(record("1"), record("2", XERO)))
    decoded: list[str] = []

    def count(text: str) -> object:
        decoded.append(text)
        return canonical.decode(text)

    monkeypatch.setattr("extension.store.rows.decode", count)
    [found] = store.by_id("account", ZOHO, ["1"])
    [agreed] = store.links_of("account", ZOHO, ["1"])
    assert found.digest == agreed.base_digest(ZOHO)
    with store.write(epoch) as tx:
        tx.mark_gone(XERO, "contacts", ["2"], NOW)
        tx.update_link(replace(agreed, state="retired", base=dict(agreed.base)))
    assert dirty(store) == ["1"]
    assert decoded == []
    assert found.fields["limit"] == agreed.base[ZOHO]["limit"] == Decimal("1.5")
    assert len(decoded) == 2


def test_a_server_that_never_answers_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, encryption_keys: list[str]
) -> None:
    monkeypatch.setattr(database_module, "UNREACHABLE_SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        lost = Database(f"postgresql://sync@127.0.0.1:{silent.getsockname()[1]}/none", encryption_keys)
        with pytest.raises(SyncError), lost.reading(EVERYBODY) as transaction:
            transaction.execute(sa.select(1))
        lost.dispose()
