"""A real PostgreSQL for the tests: its own cluster on a free loopback port, thrown away afterwards.

The server refuses to run as root, so there it runs as another user. fsync is off: the data need not survive. The
address is that of a role like any other: the walls between connections hold no superuser (extension/store/walls.py).
Import `postgres_url` into a test module to use it; without the server programs those tests skip and say so.
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

import psycopg
import pytest

from tests.ports import free_port

SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
}
PLACES = ("/usr/lib/postgresql/*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/pgsql-*/bin")


def programs() -> Path | None:
    """The folder that holds initdb and pg_ctl."""
    found = [folder for place in PLACES for folder in sorted(Path("/").glob(place[1:]), reverse=True)]
    on_path = shutil.which("initdb")
    if on_path:
        found.append(Path(on_path).parent)
    return next((folder for folder in found if (folder / "initdb").exists() and (folder / "pg_ctl").exists()), None)


def as_somebody() -> tuple[str, ...]:
    """The words before a command that must not run as root."""
    if os.geteuid() != 0:
        return ()
    for user in ("postgres", "nobody"):
        known = subprocess.run(["id", user], capture_output=True, check=False).returncode == 0
        if known and shutil.which("runuser"):
            return ("runuser", "-u", user, "--")
    pytest.skip("running as root, and there is no other user to run PostgreSQL as")


@dataclass(frozen=True)
class Cluster:
    """A server of its own, which can be ended and started again on the same port."""

    home: Path
    folder: Path
    user: tuple[str, ...]
    port: int

    @property
    def url(self) -> str:
        return f"postgresql://app@127.0.0.1:{self.port}/app"

    @property
    def above(self) -> str:
        """Its superuser's."""
        return f"postgresql://sync@127.0.0.1:{self.port}/postgres"

    def make(self) -> None:
        self._run("initdb", "-U", "sync", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C")

    def start(self) -> None:
        options = " ".join(f"-c {name}='{value}'" for name, value in SETTINGS.items())
        self._run("pg_ctl", "-l", str(self.home / "log"), "-w", "-o", f"-p {self.port} {options}", "start")

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "-m", mode, "-w", "stop")

    def _run(self, program: str, *options: str) -> None:
        command = [*self.user, str(self.folder / program), "-D", str(self.home / "data"), *options]
        done = subprocess.run(
            command, cwd=self.home, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
        assert done.returncode == 0, f"{program}: {done.stderr or done.stdout}"


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A fresh one, running."""
    folder = programs()
    if folder is None:
        pytest.skip("the PostgreSQL server programs (initdb, pg_ctl) are not installed")
    user = as_somebody()
    made = Cluster(Path(tempfile.mkdtemp(prefix="pg-")), folder, user, free_port())
    if user:
        shutil.chown(made.home, user[2])
    try:
        made.make()
        made.start()
        with psycopg.connect(made.above, autocommit=True) as server:
            server.execute("CREATE ROLE app LOGIN CREATEDB")  # whose database it is, and no more
            server.execute("CREATE DATABASE app OWNER app")
        yield made
        made.stop()
    finally:
        shutil.rmtree(made.home, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Where a fresh, empty PostgreSQL database listens."""
    with cluster() as made:
        yield made.url
