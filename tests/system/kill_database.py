"""What a database does to a worker process: it makes it wait, is out of room, or loses its connection.

A SQLite file may grow no more from a moment on. A PostgreSQL itself raises what it raises when it cannot extend a file
(53100) at every statement that writes: to fill a real disk would take one of our own, which nobody may mount just so.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
import sqlalchemy as sa

WRITES: Final = ("INSERT", "UPDATE", "DELETE")
NO_ROOM: Final = """DO $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device'
USING ERRCODE = 'disk_full'; END $$"""


@dataclass
class Statements:
    """How many were met so far."""

    met: int = 0


def furnish(engine: sa.Engine, patience: int | None = None, full: str = "", cut: int = 0) -> Statements:
    """`patience`: milliseconds that SQLite waits for others. `full`: the file that says, once it is there, that the
    disk is full. `cut`: the PostgreSQL ends our connection right before this statement, counted from one."""
    statements = Statements()
    sa.event.listen(engine, "before_cursor_execute", _counting(engine, statements, cut))
    if engine.dialect.name == "sqlite":
        _furnish_file(engine, patience, full)
    elif full:
        sa.event.listen(engine, "before_cursor_execute", _without_room(Path(full)), retval=True)
    return statements


def _furnish_file(engine: sa.Engine, patience: int | None, full: str) -> None:
    def prepare(raw: Any, *_: object) -> None:
        if patience is not None:
            raw.execute(f"PRAGMA busy_timeout={patience}")
        if full and Path(full).exists():
            raw.execute("PRAGMA max_page_count=1")  # no page more than there are

    sa.event.listen(engine, "checkout", prepare)


def _without_room(full: Path) -> Any:
    def refuse(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> tuple[str, Any]:
        if statement.lstrip().startswith(WRITES) and full.exists():
            return NO_ROOM, parameters
        return statement, parameters

    return refuse


def _counting(engine: sa.Engine, statements: Statements, cut: int) -> Any:
    def meet(connection: sa.Connection, *_: object) -> None:
        statements.met += 1
        if statements.met == cut:
            raw: Any = connection.connection.dbapi_connection
            address = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
            with psycopg.connect(address, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s, 10000)", [raw.info.backend_pid])

    return meet
