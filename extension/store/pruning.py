"""Forgetting what is older than history is to be kept, a batch at a time, so that no writer waits for long.

What a later run needs is never history: links, bases, holds, decisions and open calls stay whatever their age. Nor is
a task that ended: it only says that something was asked for, and what came of it is the run's to tell; nor a run that
changed nothing, of which no entry tells. A run every 15 minutes is 35,000 of both a year, so they go after `TASKS_KEPT`
and `QUIET_KEPT`, however long history is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from extension.store.choosing import OPEN
from extension.store.database import EVERYBODY, Database
from extension.store.looking import SCHEDULED
from extension.store.portal import tally, task
from extension.store.rowset import Rowset
from extension.store.tables import call, entry, run
from extension.store.tasks import BY_HAND, KINDS
from extension.store.tenancy import connection

BATCH = 2_000
FEW_TASKS = 500  # in one transaction: with a preview go all its rows
FEW_RUNS = 500  # looked at in one transaction
TASKS_KEPT = QUIET_KEPT = timedelta(days=30)
NEWEST_RUNS = 30  # pages show a list of the latest, also of a connection that was paused for long
CHART = timedelta(days=40)  # what the chart of 30 days needs is kept, however short history is


OVER = run.c.state.not_in(("running", "waiting"))


@dataclass(frozen=True)
class Aged:
    """What a connection has that is old, if anything: when its oldest task was asked for, and when the newest of its
    old runs began. Among them may be what is kept as the latest."""

    task: datetime | None
    run: datetime | None


def aged(database: Database, connections: Sequence[int], tasks: datetime, runs: datetime) -> Mapping[int, Aged]:
    """Of each of these, in one statement: one index entry each, however long their histories are."""
    first = sa.select(task.c.asked_at).where(task.c.connection_id == connection.c.pk).order_by(task.c.pk).limit(1)
    newest = sa.select(sa.func.max(run.c.started_at)).where(
        run.c.connection_id == connection.c.pk, run.c.started_at < runs
    )
    columns = sa.select(connection.c.pk, first.scalar_subquery(), newest.scalar_subquery())
    with database.reading(EVERYBODY) as transaction:
        found = transaction.execute(columns.where(connection.c.pk.in_(connections))).all()
    return {number: Aged(at if at is not None and at < tasks else None, began) for number, at, began in found}


class Pruning:
    """Forgets the old history of one connection."""

    def __init__(self, database: Database, connection_id: int) -> None:
        self.database, self.connection_id = database, connection_id

    def prune(self, before: datetime, now: datetime, *, batches: int = 50) -> int:
        """Returns how many entries were forgotten; as many as `batches` hold, the rest another time."""
        forgotten = 0
        for _ in range(batches):
            n = self._batch(before)
            forgotten += n
            if n < BATCH:
                self._rest(before, now)
                break
        return forgotten

    def ended_tasks(self, before: datetime, *, batches: int = 50) -> int:
        """Forgets what was asked for before then and has ended, oldest first, but what pages and clocks ask for as the
        latest. Returns how many; as many as `batches` hold, the rest another time."""
        forgotten = 0
        for _ in range(batches):
            with self.database.writing(self.connection_id) as transaction:
                n = _Ended(transaction, self.connection_id).forget(before)
            forgotten += n
            if n < FEW_TASKS:
                break
        return forgotten

    def quiet_runs(self, before: datetime, after: datetime | None = None, *, batches: int = 50) -> datetime | None:
        """Forgets runs of this time that are over and of which no entry tells, oldest first. Returns up to when runs
        were looked at: `after` of the next look, which so need not go through history again."""
        for _ in range(batches):
            with self.database.writing(self.connection_id) as transaction:
                looked = _Quiet(transaction, self.connection_id).forget(before, after)
            if not looked:
                break
            after = looked[-1]
            if len(looked) < FEW_RUNS:
                break
        return after

    def _batch(self, before: datetime) -> int:
        with self.database.writing(self.connection_id) as transaction:
            return _Old(transaction, self.connection_id).entries(before)

    def _rest(self, before: datetime, now: datetime) -> None:
        with self.database.writing(self.connection_id) as transaction:
            _Old(transaction, self.connection_id).others(before, now)


class _Old(Rowset):
    table = entry

    def entries(self, before: datetime) -> int:
        oldest = sa.select(entry.c.pk).where(self.mine, entry.c.at < before).order_by(entry.c.at).limit(BATCH)
        return self.transaction.execute(sa.delete(entry).where(self.mine, entry.c.pk.in_(oldest))).rowcount

    def others(self, before: datetime, now: datetime) -> None:
        """What told of these entries: runs, closed calls and counts."""
        kept = sa.exists().where(entry.c.connection_id == self.connection_id, entry.c.run_pk == run.c.pk)
        over = sa.and_(run.c.connection_id == self.connection_id, run.c.started_at < before, OVER)
        self.transaction.execute(sa.delete(run).where(over, ~kept))
        closed = sa.and_(call.c.connection_id == self.connection_id, call.c.last_sent < before, call.c.open.is_(False))
        self.transaction.execute(sa.delete(call).where(closed))
        counted = tally.c.at < min(before, now - CHART)
        self.transaction.execute(sa.delete(tally).where(tally.c.connection_id == self.connection_id, counted))


class _Ended(Rowset):
    table = task

    def forget(self, before: datetime) -> int:
        over = [task.c.asked_at < before, task.c.state.in_(("done", "failed", "cancelled"))]
        newer = self.transaction.scalar(
            sa.select(task.c.pk)
            .where(self.mine, SCHEDULED, task.c.asked_at >= before)
            .order_by(task.c.asked_at)
            .limit(1)
        )
        if newer is not None:  # numbers go with their time: what came after it need not be read
            over.append(task.c.pk < newer)
        latest = [task.c.pk.is_distinct_from(one) for one in self._latest()]
        oldest = sa.select(task.c.pk).where(self.mine, *over, *latest).order_by(task.c.pk).limit(FEW_TASKS)
        return self.transaction.execute(sa.delete(task).where(self.mine, task.c.pk.in_(oldest))).rowcount

    def _latest(self) -> list[sa.ScalarSelect[int]]:
        """Of each kind, of what a person chose, and of what the schedule asked for. NULL where there is none."""
        ways = [*(task.c.kind == kind for kind in KINDS), BY_HAND, SCHEDULED]
        newest = sa.select(task.c.pk).order_by(task.c.pk.desc()).limit(1).correlate(None)
        return [newest.where(self.mine, way).scalar_subquery() for way in ways]


class _Quiet(Rowset):
    table = run

    def forget(self, before: datetime, after: datetime | None) -> list[datetime]:
        """Returns when those started that were looked at, oldest first."""
        newest = sa.select(run.c.pk).where(self.mine).order_by(run.c.pk.desc()).offset(NEWEST_RUNS - 1).limit(1)
        old = [self.mine, run.c.started_at < before, run.c.pk < newest.scalar_subquery()]
        if after is not None:
            old.append(run.c.started_at > after)
        columns = sa.select(run.c.pk, run.c.started_at)
        looked = self.transaction.execute(columns.where(*old).order_by(run.c.started_at).limit(FEW_RUNS)).all()
        if looked:
            told = sa.exists().where(entry.c.connection_id == self.connection_id, entry.c.run_pk == run.c.pk)
            goes_on = sa.select(task.c.run).where(
                task.c.connection_id == self.connection_id, OPEN, task.c.run.is_not(None)
            )
            quiet = (OVER, ~told, run.c.pk.not_in(goes_on), run.c.pk.in_([number for number, _ in looked]))
            self.transaction.execute(sa.delete(run).where(self.mine, *quiet))
        return [at for _, at in looked]
