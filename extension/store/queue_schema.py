"""The tables of Procrastinate, in the same PostgreSQL database and schema as ours, under its own names.

It is the engine that chooses who is served next where many workers share a database (docs/decisions/queue.md). Its
tables lie beside ours so that a wish and the job that serves it are one transaction, and under their default names, as
its statements know no others. It ships one file that makes everything and one per later change, named so that they
sort. The newest that a database has stands as a comment on the table itself: it goes wherever the tables go.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

TABLE: Final = "procrastinate_jobs"


def newest() -> str:
    """The last change that the installed version knows."""
    return _changes()[-1].stem


def is_current(connection: sa.Connection) -> bool:
    return held(connection) == newest()


def held(connection: sa.Connection) -> str | None:
    """The last change that this database has; None where it has no such tables."""
    if connection.scalar(sa.select(sa.func.to_regclass(TABLE))) is None:
        return None
    said = connection.exec_driver_sql(f"SELECT obj_description('{TABLE}'::regclass, 'pg_class')").scalar()
    return str(said or "")


def bring(connection: sa.Connection) -> None:
    """Makes the tables, or changes them as later versions want them. In the caller's transaction and under its lock."""
    known = held(connection)
    if known is None:
        _run(connection, _folder() / "schema.sql")
    else:
        for change in _changes():
            if change.stem > known:
                _run(connection, change)
    if known is None or known < newest():
        connection.exec_driver_sql(f"COMMENT ON TABLE {TABLE} IS '{newest()}'")


def _run(connection: sa.Connection, file: Path) -> None:
    """A file of many statements, which the driver takes only without parameters."""
    raw: Any = connection.connection.driver_connection
    raw.execute(file.read_bytes())


@cache
def _changes() -> list[Path]:
    return sorted((_folder() / "migrations").glob("*.sql"), key=lambda file: file.stem)


@cache
def _folder() -> Path:
    """Found without importing the package, which takes longer than everything else that a web process asks here."""
    found = find_spec("procrastinate")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "sql"
