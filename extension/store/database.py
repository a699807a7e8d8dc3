"""One database: SQLite by default, PostgreSQL by DATABASE_URL, the same statements for both.

`reading()` and `writing()` are the only doors, and who passes them says whose rows it is about: one connection's, or
`EVERYBODY`'s. On PostgreSQL that is a wall (`walls`). A writer on SQLite begins with BEGIN IMMEDIATE: with a plain
BEGIN, 378 of 400 concurrent read-then-write transactions failed in spite of the busy timeout (facts/platform.md 1).
Nothing of SQLAlchemy's errors passes these doors.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from extension.store import queue_schema, walls
from extension.store.failures import sync_error
from extension.store.seal import Seal
from extension.store.walls import EVERYBODY
from extension.sync.errors import BadInput

__all__ = ["EVERYBODY", "Database"]

PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000", "foreign_keys=ON")
MIGRATIONS = Path(__file__).parent / "migrations"
UPGRADE = 20_261_122  # the number of our advisory lock
UNREACHABLE_SECONDS = 10  # else whoever asks a host that swallows everything, a page or a figure, waits for minutes
FROZEN_SECONDS = 15  # as long as a lease: whoever was silent for so long in a transaction has lost its run anyway


class Database:
    """An engine, its keys and its schema."""

    def __init__(self, url: str, keys: Sequence[str]) -> None:
        self.seal = Seal(keys)
        self.engine = _engine(_url(url))
        self._writer = self.engine.execution_options(writes=True)
        self._reader = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def reading(self, whose: int) -> Iterator[sa.Connection]:
        """Single statements that see committed state: that of one connection, or of EVERYBODY."""
        try:
            with self._reader.connect() as connection:
                walls.stay_within(connection, whose)
                yield connection
        except SQLAlchemyError as error:
            raise sync_error(error) from None

    @contextmanager
    def writing(self, whose: int) -> Iterator[sa.Connection]:
        """One transaction of one connection, or of EVERYBODY: committed at the end, taken back by any exception."""
        try:
            with self._writer.begin() as connection:
                walls.begin_within(connection, whose)
                yield connection
        except SQLAlchemyError as error:
            raise sync_error(error) from None

    def upgrade(self) -> None:
        """Brings the schema to this version; on PostgreSQL that of the queue's engine, too."""
        config = _config()
        with self.writing(EVERYBODY) as connection:
            on_postgres = connection.dialect.name == "postgresql"
            if on_postgres:  # several workers may start at once
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(UPGRADE)))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            if on_postgres:
                queue_schema.bring(connection)

    def has_tables(self) -> bool:
        """Whether there is anything at all."""
        with self.reading(EVERYBODY) as connection:
            return bool(sa.inspect(connection).get_table_names())

    def is_current(self) -> bool:
        """Whether the schema is the one of this version."""
        wanted = ScriptDirectory.from_config(_config()).get_heads()
        with self.reading(EVERYBODY) as connection:
            ours = set(MigrationContext.configure(connection).get_current_heads()) == set(wanted)
            return ours and (connection.dialect.name != "postgresql" or queue_schema.is_current(connection))

    @property
    def address(self) -> str:
        """Where it is, in the words of PostgreSQL's own programs; with the password, if there is one."""
        return self.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)

    def dispose(self) -> None:
        self.engine.dispose()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _url(text: str) -> sa.URL:
    try:
        url = sa.make_url(text)
    except ArgumentError:
        raise BadInput("DATABASE_URL is not an address of a database, such as sqlite:////var/lib/sync.db.") from None
    match url.get_backend_name():
        case "sqlite" if url.database in (None, "", ":memory:"):
            raise BadInput("DATABASE_URL names SQLite in memory, which forgets everything: name a file.")
        case "sqlite":
            return url
        case "postgresql" | "postgres":
            return url.set(drivername="postgresql+psycopg")
        case other:
            raise BadInput(f"DATABASE_URL names {other}; this product keeps its memory in SQLite or PostgreSQL.")


def _engine(url: sa.URL) -> sa.Engine:
    options: dict[str, Any] = {"hide_parameters": True}
    if url.get_backend_name() == "postgresql":
        # Plans for the values at hand. A plan for any values, made before the first ANALYZE, read the rows of a walk
        # ten times slower (1,800 instead of 18,000 records/s). And a process that a host froze in the middle of a
        # transaction loses it: its locks would keep everybody else from the connection until it thaws.
        given = f"-c plan_cache_mode=force_custom_plan -c idle_in_transaction_session_timeout={FROZEN_SECONDS}s"
        known = {"options": given, "connect_timeout": UNREACHABLE_SECONDS}
        options |= {"pool_pre_ping": True, "connect_args": known}
    try:
        engine = sa.create_engine(url, **options)
    except (ImportError, NoSuchModuleError):
        raise BadInput("PostgreSQL needs the package psycopg; install it or leave DATABASE_URL empty.") from None
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare)
        sa.event.listen(engine, "begin", _begin)
    return engine


def _prepare(raw: Any, _: object) -> None:
    raw.isolation_level = None  # transactions begin where we say
    for pragma in PRAGMAS:
        raw.execute(f"PRAGMA {pragma}")


def _begin(connection: sa.Connection) -> None:
    if connection.get_execution_options().get("writes"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
