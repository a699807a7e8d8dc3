"""The same stories over the stores that installations have: a SQLite file and a PostgreSQL.

Every commit may be the process's last here, too, and what a transaction took back must be gone. The store is each
story's own connection in one database, so what stories leave behind is no business of the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Final

import pytest

from extension.store import Connections, Database, SqlStore
from extension.sync.canonical import SIDES, Side
from tests.contract.conftest import encryption_keys, postgres_database, sqlite_database
from tests.contract.postgres import postgres_url
from tests.sim.story import tell
from tests.sim.world import Mortal

__all__ = ["encryption_keys", "postgres_database", "postgres_url", "sqlite_database"]  # fixtures

NUMBERS: Final = count(1)
FEW, MANY, CHUNK = 2, 300, 50


class MortalSql(Mortal, SqlStore):
    """In tables, which know each organisation once; the services of every story call theirs the same."""

    def organisations(self) -> Mapping[Side, str]:
        return {side: f"{side}-org" for side in SIDES}


def store(database: Database) -> MortalSql:
    name = f"story {next(NUMBERS)}"
    made = Connections(database).create(name, f"zoho of {name}", f"xero of {name}")
    return MortalSql(database, made.id)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.pg)])
def database(request: pytest.FixtureRequest) -> Database:
    opened: Database = request.getfixturevalue(f"{request.param}_database")
    return opened


@pytest.mark.parametrize("bills", [False, True], ids=["unique", "bills"])
def test_no_promise_is_broken_in_tables(database: Database, bills: bool) -> None:
    for seed in range(FEW):
        tell(seed, bills, store=store(database))


@pytest.mark.slow
@pytest.mark.parametrize("start", range(FEW, MANY, CHUNK))
@pytest.mark.parametrize("bills", [False, True], ids=["unique", "bills"])
def test_no_promise_is_broken_in_tables_in_many_more_stories(database: Database, bills: bool, start: int) -> None:
    for seed in range(start, min(start + CHUNK, MANY)):
        tell(seed, bills, store=store(database))


def test_a_story_ends_alike_in_tables_and_in_dicts(database: Database) -> None:
    """The clock, the calls and the deaths are the same, so whatever differs is the store."""
    for seed in (7, 11):
        assert tell(seed, store=store(database)) == tell(seed)
