"""One installation with many connections, and the worker processes that serve it.

The parent is the same product, asked through its composition root; the workers are `flask worker` as anybody starts it.
Connections are copies of one that was made by the way people make them, because 5,000 consents would take an hour.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import psycopg
import sqlalchemy as sa

from bench.changes import AGE
from bench.company import Company
from bench.fresh import ROOT
from bench.scale.cluster import Cluster
from bench.scale.standin import access_of, organisation_of
from bench.services import Services
from bench.tenant import connected
from extension.bootstrap import House
from extension.config import Settings
from extension.store.database import EVERYBODY
from extension.store.grants import plain_of
from extension.store.tenancy import connection, credential
from extension.sync.canonical import SIDES, XERO, ZOHO
from extension.sync.ports import Clock, Grant

PATIENCE: Final = 300.0  # seconds before a bench gives up
LANES: Final = 3  # of a worker process: it signs in to the engine once for each
AT_ONCE: Final = 500
Document = Mapping[str, Any]


@dataclass(frozen=True)
class Mould:
    """What every connection of a bench is like."""

    settings: Document
    fetched: Document


def mould() -> Mould:
    """Made by connecting with an empty company of the sandbox."""
    with Services(Company(0, 0, 0, datetime.now(UTC) - AGE)) as services, connected(services) as tenant:
        return Mould(tenant.tenant.settings, tenant.tenant.fetched)


class Installation:
    """`url`: of both services, or of the CRM alone where `xero` says otherwise."""

    def __init__(
        self, cluster: Cluster, name: str, folder: Path, url: str, clock: Clock | None = None, xero: str = ""
    ) -> None:
        self.cluster, self.folder, self.zoho, self.xero = cluster, folder, url, xero or url
        self.address = cluster.database(name)
        self.house = House(Settings.load(_env_file=None, **self._given()), clock=clock)
        self.house.open_log()
        self.house.database.upgrade()

    def _given(self) -> dict[str, Any]:
        crm = ("zoho_accounts_url", "zoho_api_url")
        books = ("xero_login_url", "xero_identity_url", "xero_api_url")
        ours = ("zoho_client_id", "zoho_client_secret", "xero_client_id", "xero_client_secret")
        given = {"instance_dir": str(self.folder), "database_url": self.address, "public_url": "http://localhost:5000"}
        return {
            **given,
            **dict.fromkeys(crm, self.zoho),
            **dict.fromkeys(books, self.xero),
            **dict.fromkeys(ours, "sandbox"),
        }

    # ------------------------------------------------------------------ its connections

    def populate(self, many: int, like: Mould, schedule: Document | None = None) -> list[int]:
        """So many connections, with the organisations 1 and on. Returns their numbers."""
        settings = {**like.settings, "schedule": dict(schedule or {})}
        plain = {"settings": settings, "fetched": dict(like.fetched), "active": True, "epoch": 0}
        made: list[int] = []
        for first in range(1, many + 1, AT_ONCE):
            numbers = range(first, min(first + AT_ONCE, many + 1))
            rows = [
                {
                    **plain,
                    "name": f"Organisation {n}",
                    "zoho_org": organisation_of(ZOHO, n),
                    "xero_org": organisation_of(XERO, n),
                }
                for n in numbers
            ]
            made += self._keep(numbers, rows)
        self.ask("ANALYZE")
        return made

    def _keep(self, numbers: Sequence[int], rows: Sequence[dict[str, Any]]) -> list[int]:
        seal, ends = self.house.database.seal, datetime.now(UTC) + timedelta(days=1)
        with self.house.database.writing(EVERYBODY) as transaction:
            new = sa.insert(connection).returning(connection.c.pk, sort_by_parameter_order=True)
            made = list(transaction.scalars(new, rows))
            grants = [
                {
                    "connection_id": pk,
                    "side": side,
                    "generation": 1,
                    "secret": seal.close(
                        plain_of(Grant(access_of(side, number), "none", ends)), {"cid": pk, "side": side}
                    ),
                }
                for pk, number in zip(made, numbers, strict=True)
                for side in SIDES
            ]
            transaction.execute(sa.insert(credential), grants)
        return made

    def plan(self, due: Mapping[int, datetime]) -> None:
        """When each of these is to run next."""
        change = sa.update(connection).where(connection.c.pk == sa.bindparam("whose"))
        with self.house.database.writing(EVERYBODY) as transaction:
            rows = [{"whose": number, "at": at} for number, at in due.items()]
            transaction.execute(change.values(next_run_at=sa.bindparam("at")), rows)

    def ask(self, question: str, *values: object) -> list[Any]:
        """What the database itself says."""
        with psycopg.connect(self.address, autocommit=True) as raw:
            cursor = raw.execute(question.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    # ------------------------------------------------------------------ its workers

    @contextmanager
    def workers(self, many: int, places: int) -> Iterator[list[Worker]]:
        """So many processes, each at its work, for as long as the context lasts."""
        made = [self.worker(places) for _ in range(many)]
        try:
            self.until_ready(made)
            yield made
        finally:
            for each in made:
                each.end()

    def worker(self, places: int) -> Worker:
        """One more process, which may not be at its work yet."""
        words = [sys.executable, "-m", "flask", "--app", "app", "worker", "--workers", str(places)]
        given = {name.upper(): value for name, value in self._given().items()}
        said = (self.folder / f"worker-{time.monotonic_ns()}.txt").open("w")
        with said:
            process = subprocess.Popen(words, cwd=ROOT, env={**os.environ, **given}, stdout=said, stderr=said)
        return Worker(process, Path(said.name))

    def until_ready(self, workers: Sequence[Worker]) -> None:
        """Until every one of them has signed in to the queue, and whoever was killed is forgotten."""
        until(lambda: self._signed_in() >= LANES * len(workers), "the workers did not begin", workers)

    def _signed_in(self) -> int:
        return int(self.ask("SELECT count(*) FROM procrastinate_workers")[0][0])

    def until_done(self, tasks: Sequence[int], workers: Sequence[Worker]) -> None:
        """Until each of these tasks has ended well. Raises RuntimeError if one did not."""
        question = "SELECT count(*) FROM task WHERE pk = ANY(%s) AND state IN ('done', 'failed', 'cancelled')"
        until(lambda: self.ask(question, list(tasks))[0][0] == len(tasks), "the runs did not end", workers)
        question = "SELECT state, result FROM task WHERE pk = ANY(%s) AND state <> 'done' LIMIT 1"
        if wrong := self.ask(question, list(tasks)):
            raise RuntimeError(f"a run {wrong[0][0]}: {wrong[0][1]}")


@dataclass(frozen=True)
class Worker:
    """A `flask worker`; what it said stands in a file."""

    process: subprocess.Popen[bytes]
    said: Path

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        """Tells it to end; one that does not is killed."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()


def until(true: Callable[[], bool], otherwise: str, workers: Sequence[Worker] = (), seconds: float = PATIENCE) -> None:
    """Waits for something that must come true. Raises RuntimeError when it did not, or a worker ended."""
    end = time.monotonic() + seconds
    while not true():
        for each in workers:
            if each.process.poll() is not None:
                raise RuntimeError(f"a worker ended: {each.said.read_text()[-2_000:]}")
        if time.monotonic() > end:
            raise RuntimeError(otherwise)
        time.sleep(0.05)


@contextmanager
def installed(
    cluster: Cluster, name: str, url: str, clock: Clock | None = None, xero: str = ""
) -> Iterator[Installation]:
    """A new installation in a folder of its own."""
    with TemporaryDirectory() as folder:
        made = Installation(cluster, name, Path(folder), url, clock, xero)
        try:
            yield made
        finally:
            made.house.close()
