"""Worker processes that share a PostgreSQL, each installation in a database of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

import psycopg

from tests.patience import PATIENCE

ROOT: Final = Path(__file__).resolve().parent.parent.parent
BIN: Final = Path(sys.executable).parent
NUMBERS: Final = count(1)


def fresh_database(server: str) -> str:
    """The address of an empty database on this server."""
    name = f"fleet_{os.getpid()}_{next(NUMBERS)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return server.rpartition("/")[0] + f"/{name}"


def asked(address: str, question: str) -> list[Any]:
    """What the database itself says."""
    with psycopg.connect(address, autocommit=True, options="-c app.connection_id=0") as connection:
        return connection.execute(question.encode()).fetchall()


class Process(subprocess.Popen[str]):
    """A command of the project. What it says goes into a file, for a pipe that nobody reads would hold it up."""

    said: Path


@contextmanager
def process(folder: Path, address: str, *words: str, **variables: str) -> Iterator[Process]:
    """What a test stopped goes on before it is ended."""
    said = Path(tempfile.mkstemp(prefix="said-")[1])
    given = {"INSTANCE_DIR": str(folder), "DATABASE_URL": address, "PYTHONUNBUFFERED": "1", **variables}
    with said.open("w") as file:
        command = [str(BIN / words[0]), *words[1:]]
        made = Process(command, cwd=ROOT, env={**os.environ, **given}, text=True, stdout=file, stderr=file)
    made.said = said
    try:
        yield made
    finally:
        made.kill()
        made.send_signal(signal.SIGCONT)
        made.wait()
        said.unlink()


def ended(made: Process) -> str:
    """Asks it to end, and everything that it said."""
    made.send_signal(signal.SIGTERM)
    made.wait(timeout=PATIENCE)
    return made.said.read_text()
