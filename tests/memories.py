"""Where the installations of tests keep their memory: SQLite in their own folder, or a database of a PostgreSQL.

`pytest --memory=postgres` says which (tests/conftest.py). A rig asks `address(folder)` for the DATABASE_URL of the
installation in that folder, copies folders with `copied` and throws them away with `forgotten`; whatever lies in the
folder and whatever lies in the database stay together. On PostgreSQL each folder has a database of its own, made from a
prepared one, because a server's databases are no more apart than two schemas but are copied and dropped in one word.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

import psycopg
from psycopg import errors, sql

from extension.store import Database, new_key

SQLITE, POSTGRES = "sqlite", "postgres"
PREPARED: Final = "prepared"

_server: list[str] = []  # the address of the PostgreSQL, if one was chosen


def use(server: str) -> None:
    """From now on memories are databases of this PostgreSQL, whose role may make some; "": SQLite again."""
    _server[:] = [server] if server else []


def server() -> str:
    """The PostgreSQL that was chosen; "" for SQLite."""
    return _server[0] if _server else ""


def address(folder: Path) -> str:
    """DATABASE_URL of the installation in this folder, its schema prepared; "" is what SQLite is called."""
    if not _server:
        return ""
    with suppress(errors.DuplicateDatabase):
        _make(_name(folder), _prepared(_server[0]))
    return _address(_name(folder))


def copied(source: Path, target: Path) -> None:
    """An installation at which nobody works, with all that it remembers."""
    shutil.copytree(source, target)
    if _server:
        _make(_name(target), _name(source))


def forgotten(folder: Path) -> None:
    """The installation is not there any more, whoever still held its database."""
    shutil.rmtree(folder, ignore_errors=True)
    if _server:
        _tell("DROP DATABASE IF EXISTS {} WITH (FORCE)", _name(folder))


def _name(folder: Path) -> str:
    return f"at_{sha256(str(folder.resolve()).encode()).hexdigest()[:24]}"


def _address(name: str) -> str:
    return f"{_server[0].rpartition('/')[0]}/{name}"


@cache
def _prepared(server: str) -> str:
    """One with our schema, made once on each server."""
    with psycopg.connect(server) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [PREPARED]).fetchone()
    if not known:
        _tell("CREATE DATABASE {}", PREPARED)
        database = Database(_address(PREPARED), [new_key()])
        database.upgrade()
        database.dispose()
    return PREPARED


def _make(name: str, template: str) -> None:
    """FILE_COPY: nothing is written ahead that a test's server would ever need again."""
    with psycopg.connect(_server[0], autocommit=True) as connection:
        gone = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        connection.execute(gone, [template])  # a killed worker's end is not noticed at once
    _tell("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", name, template)


def _tell(words: str, *names: str) -> None:
    with psycopg.connect(_server[0], autocommit=True) as connection:
        connection.execute(sql.SQL(words).format(*(sql.Identifier(name) for name in names)))
