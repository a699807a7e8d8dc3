"""A PostgreSQL of the bench's own, and what processes have spent.

The server is the one that the tests start: its own cluster on a free loopback port, fsync off, for what is measured is
not the disk. Processor time is read from /proc; elsewhere than on Linux it is 0, and the figures say so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from tests.contract.postgres import SETTINGS, as_somebody, programs
from tests.ports import free_port

PROC: Final = Path("/proc")
CONNECTIONS: Final = 200


@dataclass(frozen=True)
class Cluster:
    """`url`: of its first database. `pid`: of the process whose children serve it."""

    url: str
    pid: int

    def database(self, name: str) -> str:
        """The address of a new, empty database."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return f"{self.url.rpartition('/')[0]}/{name}"

    def spent(self) -> float:
        """Processor seconds of the whole server so far."""
        family = [pid for pid in _pids() if _parent(pid) == self.pid]
        return _seconds(self.pid, children=True) + sum(_seconds(pid) for pid in family)


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Raises RuntimeError where PostgreSQL's programs are not installed."""
    folder = programs()
    if folder is None:
        raise RuntimeError("the PostgreSQL server programs (initdb, pg_ctl) are not installed")
    user, home = as_somebody(), Path(tempfile.mkdtemp(prefix="bench-pg-"))
    port, data = free_port(), home / "data"
    if user:
        shutil.chown(home, user[2])

    def run(program: str, *words: str) -> None:
        command = [*user, str(folder / program), "-D", str(data), *words]
        done = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stderr or done.stdout}")

    try:
        run("initdb", "-U", "sync", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C")
        given = {**SETTINGS, "max_connections": str(CONNECTIONS)}
        options = " ".join(f"-c {name}='{value}'" for name, value in given.items())
        run("pg_ctl", "-l", str(home / "log"), "-w", "-o", f"-p {port} {options}", "start")
        pid = int((data / "postmaster.pid").read_text().splitlines()[0])
        try:
            yield Cluster(f"postgresql://sync@127.0.0.1:{port}/postgres", pid)
        finally:
            run("pg_ctl", "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def spent(pid: int) -> float:
    """Processor seconds of one process so far."""
    return _seconds(pid)


def _pids() -> list[int]:
    return [int(each.name) for each in PROC.iterdir() if each.name.isdigit()] if PROC.exists() else []


def _stat(pid: int) -> list[str]:
    """The fields after the name, which may contain anything; none for a process that is gone."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _parent(pid: int) -> int:
    found = _stat(pid)
    return int(found[1]) if found else 0


def _seconds(pid: int, *, children: bool = False) -> float:
    """Its own time, and with `children` that of those which have ended."""
    found = _stat(pid)
    ticks = sum(int(each) for each in found[11 : 15 if children else 13])
    return ticks / os.sysconf("SC_CLK_TCK")
