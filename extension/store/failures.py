"""What a database can do to us, in our own words.

SQLAlchemy's errors carry the statement and its parameters, and those may be a customer's data: none of that leaves
this room. The code is stable, the sentence is for the person who runs the installation.
"""

from __future__ import annotations

import errno

import sqlalchemy.exc as sql

from extension.sync.errors import SyncError

# SQLite's result names, PostgreSQL's SQLSTATEs (the first two characters are the class).
BUSY = {"SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_BUSY_SNAPSHOT", "55P03", "40P01", "40001"}
FULL = {"SQLITE_FULL", "53100"}
READ_ONLY = {"SQLITE_READONLY", "SQLITE_READONLY_DIRECTORY", "SQLITE_CANTOPEN", "25006", "42501"}
DAMAGED = {"SQLITE_NOTADB", "SQLITE_CORRUPT", "XX001", "XX002"}
OLD_SCHEMA = {"42P01", "42703"}
GONE = {"25P03"}  # a transaction that stood still for too long was ended, with the connection to the server
WALL = "row-level security"  # it has the code of any missing privilege


def sync_error(error: sql.SQLAlchemyError | OSError) -> SyncError:
    """The error of ours that stands for one of theirs."""
    cause = getattr(error, "orig", None) or error
    name = str(getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None) or "")
    if name in BUSY:
        return SyncError(
            "The database is in use by another process and did not become free in time.",
            code="database_busy",
            hint="Try again; if it stays like this, look for a program that holds the database open.",
        )
    if name in FULL or getattr(cause, "errno", None) == errno.ENOSPC:
        return SyncError(
            "The disk that holds the database is full; nothing was changed.",
            code="database_full",
            hint="Make room on the disk, then run again: it goes on where it stopped.",
        )
    if name == "42501" and WALL in str(cause):
        return SyncError("A statement reached for the rows of another connection; nothing was changed.", code="wall")
    if name in READ_ONLY:
        return SyncError(
            "The database cannot be opened for writing.",
            code="database_read_only",
            hint="Look at DATABASE_URL and at who may write to that place.",
        )
    if name in DAMAGED:
        return SyncError(
            "The file of the database is damaged, or is no database.",
            code="database_damaged",
            hint="Look at DATABASE_URL; if it names the right file, put a backup in its place.",
        )
    if name in OLD_SCHEMA or "no such table" in str(cause) or "no such column" in str(cause):
        return SyncError(
            "The database was not prepared for this version.",
            code="database_not_ready",
            hint="Run `flask db upgrade`.",
        )
    if name in GONE or isinstance(error, sql.OperationalError | sql.InterfaceError | OSError):
        return SyncError(
            f"The database does not answer ({name or type(cause).__name__}).",
            code="database_unreachable",
            hint="Look at DATABASE_URL and whether the database runs.",
        )
    return SyncError(f"The database refused a statement ({name or type(cause).__name__}).", code="database")
