"""The three memories that one suite of contract tests runs over: plain dicts, a SQLite file, a PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path

import pytest

from extension.store import Connections, Database, SqlBuckets, SqlGrants, SqlStore, new_key
from extension.sync.canonical import XERO, ZOHO
from extension.sync.memory import MemoryStore
from extension.sync.memory_access import MemoryBuckets, MemoryGrants
from extension.sync.ports import Buckets, Grants, Store
from tests.contract.postgres import postgres_url

__all__ = ["postgres_url"]

NUMBERS = count(1)


@dataclass(frozen=True)
class Memory:
    """One kind of memory. Every store is a connection of its own; `database` is None for plain dicts."""

    database: Database | None

    def store(self, start_date: datetime | None = None) -> Store:
        number = next(NUMBERS)
        orgs = {ZOHO: f"zoho {number}", XERO: f"xero {number}"}
        if self.database is None:
            return MemoryStore(orgs, start_date)
        made = Connections(self.database).create(f"test {number}", orgs[ZOHO], orgs[XERO], start_date=start_date)
        return SqlStore(self.database, made.id)

    def grants(self) -> Grants:
        if self.database is None:
            return MemoryGrants()
        return SqlGrants(self.database, Connections(self.database).create(f"test {next(NUMBERS)}").id)

    def buckets(self) -> Buckets:
        return MemoryBuckets() if self.database is None else SqlBuckets(self.database)


@pytest.fixture(scope="session")
def encryption_keys() -> list[str]:
    return [new_key()]


@pytest.fixture(scope="session")
def sqlite_database(tmp_path_factory: pytest.TempPathFactory, encryption_keys: list[str]) -> Iterator[Database]:
    folder: Path = tmp_path_factory.mktemp("store")
    yield from _opened(f"sqlite:///{folder / 'sync.db'}", encryption_keys)


@pytest.fixture(scope="session")
def postgres_database(postgres_url: str, encryption_keys: list[str]) -> Iterator[Database]:
    yield from _opened(postgres_url, encryption_keys)


def _opened(url: str, keys: list[str]) -> Iterator[Database]:
    database = Database(url, keys)
    database.upgrade()
    yield database
    database.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.pg)])
def database(request: pytest.FixtureRequest) -> Database:
    opened: Database = request.getfixturevalue(f"{request.param}_database")
    return opened


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.pg)])
def memory(request: pytest.FixtureRequest) -> Memory:
    if request.param == "memory":
        return Memory(None)
    return Memory(request.getfixturevalue(f"{request.param}_database"))


@pytest.fixture
def store(memory: Memory) -> Store:
    return memory.store()
