"""Forgetting what is older than history is to be kept, a batch at a time, so that no writer waits for long.

What a later run needs is never history: links, bases, holds, decisions and open calls stay whatever their age.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from extension.store.database import Database
from extension.store.portal import tally, task
from extension.store.rowset import Rowset
from extension.store.tables import call, entry, run

BATCH = 2_000
CHART = timedelta(days=40)  # what the chart of 30 days needs is kept, however short history is


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
        """What told of these entries: runs, tasks, closed calls and counts."""
        kept = sa.exists().where(entry.c.connection_id == self.connection_id, entry.c.run_pk == run.c.pk)
        over = sa.and_(
            run.c.connection_id == self.connection_id,
            run.c.started_at < before,
            run.c.state.not_in(("running", "waiting")),
        )
        self.transaction.execute(sa.delete(run).where(over, ~kept))
        ended = sa.and_(task.c.connection_id == self.connection_id, task.c.asked_at < before)
        self.transaction.execute(sa.delete(task).where(ended, task.c.state.in_(("done", "failed", "cancelled"))))
        closed = sa.and_(call.c.connection_id == self.connection_id, call.c.last_sent < before, call.c.open.is_(False))
        self.transaction.execute(sa.delete(call).where(closed))
        counted = tally.c.at < min(before, now - CHART)
        self.transaction.execute(sa.delete(tally).where(tally.c.connection_id == self.connection_id, counted))
