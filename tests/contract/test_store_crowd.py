"""On PostgreSQL, behind its policies, no question of ours reads the rows of other connections to find its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from extension.store import Database
from extension.store.history import Entries
from extension.store.past import Past
from tests.contract.crowd import LARGE, Crowd, settle
from tests.contract.every_table import TENANTS
from tests.contract.questions import OF_ALL, OF_ONE, plans
from tests.system.fleet_rig import fresh_database

pytestmark = pytest.mark.pg

OF_TENANTS = {table.name for table in TENANTS}
READS_THROUGH = {  # what is asked about all of them and has to look at each
    "tick: lost accesses": {"connection", "credential"},
    "tick: signals": {"inbox"},
    "watching": {"connection", "credential", "hold", "inbox"},
}


@pytest.fixture(scope="module")
def crowded(postgres_url: str, encryption_keys: list[str]) -> Iterator[Database]:
    """Small; so that it counts what could be asked of an index, reading through is made dear."""
    made = Database(fresh_database(postgres_url), encryption_keys)
    settle(made, Crowd(200, 4_000))
    sa.event.listen(made.engine, "begin", lambda connection: connection.exec_driver_sql("SET enable_seqscan = off"))
    yield made
    made.dispose()


@pytest.mark.parametrize("name", [*OF_ONE, *OF_ALL])
def test_no_table_of_a_connection_is_read_through(crowded: Database, name: str) -> None:
    found = plans(crowded, name, {**OF_ONE, **OF_ALL}[name], 7)
    walks = {(table, plan.statement) for plan in found for table in plan.walks if table in OF_TENANTS}
    assert {each for each in walks if each[0] not in READS_THROUGH.get(name, set())} == set()


@pytest.mark.parametrize("before", [None, 300])
def test_newest_history_is_not_looked_for_among_that_of_others(crowded: Database, before: int | None) -> None:
    """The large connection's is the oldest of all: what goes backwards through everybody's meets the others' first."""

    def ask(database: Database, number: int) -> object:
        with database.reading(number) as transaction:
            return Past(database, number).lines(50, before=before), Entries(transaction, number).page(50, before=before)

    found = plans(crowded, "history", ask, LARGE)
    assert [(plan.by, plan.rows) for plan in found] == [(("entry_latest",), 50)] * len(found)
