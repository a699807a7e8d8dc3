"""On PostgreSQL the database itself keeps connections apart, also from a statement that names none.

Every other test of the store runs as the same role and behind the same walls: none may miss a row for them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from extension.store import EVERYBODY, Connections, Database
from extension.store.server import server
from extension.store.tenancy import connection
from extension.sync.errors import SyncError
from tests.contract.conftest import NUMBERS
from tests.contract.every_table import TENANTS, filled

pytestmark = pytest.mark.pg

ROOM = Path(__file__).resolve().parents[2] / "extension"

# Who asks about more than one connection, and why it cannot be one.
MAY_ASK_ABOUT_EVERYBODY = {
    "store/database.py": {"upgrade", "is_current", "has_tables"},  # the schema
    "store/moving.py": {"move"},
    "store/server.py": {"server"},
    "store/connections.py": {"create", "list", "by_organisation", "due"}  # which there are
    | {"set_identities", "rename", "called"}  # no organisation and no name twice
    | {"some", "these"},  # a round of the tick is about many at once
    "store/pruning.py": {"aged"},  # who of many has something old
    "store/glances.py": {"glances"},  # the cards of a page of them
    "store/tasks.py": {"ask", "ask_scheduled", "resume", "postpone", "end"}  # a place behind all others
    | {"take", "others_wait", "line_up", "_line_up", "beat"}  # whose turn it is
    | {"last_scheduled", "latest_of", "spent"},  # likewise of many
    "store/mails.py": {"put", "due", "claim", "recent", "prune", "_change"},  # one outbox; the installation's letters
    "store/sessions.py": {"start", "holder", "visit", "take", "end"},  # whose it is, the token says
    "store/oauth_states.py": {"store", "take"},
    "store/passing.py": {"get", "put", "save", "drop"},
    "store/channels.py": {"found", "channels_of"},  # whose channel is it; and of many
    "store/inbox.py": {"hear", "told"},  # one request tells of many
    "store/grants.py": {"losses", "rotate"},
    "store/services.py": {"get", "save", "note", "set_note", "take_note", "changes"},  # the installation's own
    "store/buckets.py": {"take", "_begin", "landed", "bucket", "held"},  # by organisation
    "store/watched.py": {"watched"},
}


def column_of(table: sa.Table) -> sa.Column[Any]:
    return table.c.pk if table is connection else table.c.connection_id


@pytest.fixture(scope="module")
def two(postgres_database: Database) -> Iterator[tuple[int, int]]:
    connections = Connections(postgres_database)
    first, second = (connections.create(f"wall {next(NUMBERS)}").id for _ in range(2))
    for number in (first, second):
        with postgres_database.writing(number) as transaction:
            filled(transaction, number)
    yield first, second
    with postgres_database.writing(EVERYBODY) as transaction:
        transaction.execute(sa.delete(connection).where(connection.c.pk.in_([first, second])))


class TakenBack(Exception):
    """Ends a transaction whose changes nobody wants."""


@pytest.mark.parametrize("table", TENANTS, ids=lambda table: table.name)
def test_a_statement_without_a_condition_touches_nothing_of_the_other(
    postgres_database: Database, two: tuple[int, int], table: sa.Table
) -> None:
    mine, other = two
    whose = column_of(table)
    seen: dict[str, Any] = {}
    with suppress(TakenBack), postgres_database.writing(mine) as transaction:
        seen["read"] = set(transaction.scalars(sa.select(whose)))
        seen["there"] = transaction.scalar(sa.text(f'SELECT count(*) FROM "{table.name}"'))
        seen["changed"] = transaction.execute(sa.text(f'UPDATE "{table.name}" SET pk = pk')).rowcount
        seen["removed"] = transaction.execute(sa.text(f'DELETE FROM "{table.name}"')).rowcount
        raise TakenBack
    assert seen == {"read": {mine}, "there": 1, "changed": 1, "removed": 1}
    with postgres_database.reading(mine) as transaction:
        assert transaction.scalars(sa.select(whose)).all() == [mine]
        assert not transaction.scalars(sa.select(whose).where(whose == other)).all()
    with postgres_database.reading(EVERYBODY) as transaction:
        assert {mine, other} <= set(transaction.scalars(sa.select(whose)))


@pytest.mark.parametrize("table", TENANTS, ids=lambda table: table.name)
def test_nothing_is_written_into_the_other(postgres_database: Database, two: tuple[int, int], table: sa.Table) -> None:
    mine, other = two
    whose = column_of(table).name
    columns = ", ".join(f'"{column.name}"' for column in table.c if column.name not in ("pk", whose))
    copy = f'INSERT INTO "{table.name}" ("{whose}", {columns}) SELECT :other, {columns} FROM "{table.name}"'
    for statement in (copy, f'UPDATE "{table.name}" SET "{whose}" = :other'):
        with pytest.raises(SyncError) as refused, postgres_database.writing(mine) as transaction:
            transaction.execute(sa.text(statement), {"other": other if table is not connection else 10**9})
        assert refused.value.code == "wall"


@pytest.mark.parametrize("table", TENANTS, ids=lambda table: table.name)
def test_whoever_does_not_say_whose_rows_is_refused_and_not_told_that_there_are_none(
    postgres_database: Database, two: tuple[int, int], table: sa.Table
) -> None:
    with postgres_database.engine.connect() as raw:
        raw.exec_driver_sql("RESET app.connection_id")
        raw.info.clear()
        with pytest.raises(sa.exc.DBAPIError, match=r"app\.connection_id|bigint"):
            raw.exec_driver_sql(f'SELECT * FROM "{table.name}"')


def test_every_table_of_a_connection_is_behind_a_wall_that_holds_its_owner(postgres_database: Database) -> None:
    assert server(postgres_database).walled
    assert len(TENANTS) > 20
    with postgres_database.reading(EVERYBODY) as transaction:
        found = transaction.execute(
            sa.text(
                "SELECT relname, relrowsecurity AND relforcerowsecurity AS held, count(polname) AS policies"
                " FROM pg_class LEFT JOIN pg_policy ON polrelid = pg_class.oid"
                " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' GROUP BY 1, 2"
            )
        ).all()
    walled = {name for name, held, policies in found if held and policies}
    assert walled == {table.name for table in TENANTS}


def test_what_was_said_of_one_does_not_outlive_it(postgres_database: Database, two: tuple[int, int]) -> None:
    mine, other = two
    seen = sa.select(connection.c.pk).where(connection.c.pk.in_(two)).order_by(connection.c.pk)

    def read(whose: int) -> list[int]:
        with postgres_database.reading(whose) as transaction:
            return list(transaction.scalars(seen))

    def write(whose: int) -> list[int]:
        with postgres_database.writing(whose) as transaction:
            return list(transaction.scalars(seen))

    def broken_off(whose: int) -> list[int]:
        found: list[int] = []
        with suppress(TakenBack), postgres_database.writing(whose) as transaction:
            found += transaction.scalars(seen)
            raise TakenBack
        return found

    for first in (read, write, broken_off):
        for then in (read, write, broken_off):
            assert [first(mine), then(other), then(mine), first(EVERYBODY), then(other)] == [
                [mine],
                [other],
                [mine],
                [mine, other],
                [other],
            ]


def test_only_these_ask_about_everybody() -> None:
    """A way past the walls is declared here, with its reason."""
    asking: dict[str, set[str]] = {}
    for path in (path for path in ROOM.rglob("*.py") if "EVERYBODY" in path.read_text()):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef) and any(
                isinstance(node, ast.Name) and node.id == "EVERYBODY" for node in ast.walk(function)
            ):
                asking.setdefault(path.relative_to(ROOM).as_posix(), set()).add(function.name)
    assert asking == MAY_ASK_ABOUT_EVERYBODY
