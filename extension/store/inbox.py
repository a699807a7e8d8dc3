"""Signals from the services: hints that a record changed, heard twice and kept once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from extension.store.database import Database
from extension.store.rowset import Rowset, within
from extension.store.tenancy import inbox
from extension.sync.canonical import Side

NAMES = ("side", "feed", "remote", "event", "at")


@dataclass(frozen=True, slots=True)
class Signal:
    """Look at this record of this feed. `event`: the service's own name of what happened."""

    side: Side
    feed: str
    remote: str
    event: str
    at: datetime
    id: int = 0


class SqlInbox:
    """Signals of one connection that no run has looked at yet."""

    def __init__(self, database: Database, connection_id: int) -> None:
        self.database, self.connection_id = database, connection_id

    def receive(self, signals: Sequence[Signal]) -> int:
        """Stores signals; returns how many were new."""
        with self.database.writing() as transaction:
            return _Signals(transaction, self.connection_id).add(signals)

    def waiting(self, limit: int = 100) -> Sequence[Signal]:
        """Oldest first."""
        with self.database.reading() as transaction:
            return _Signals(transaction, self.connection_id).oldest(limit)

    def done(self, ids: Sequence[int]) -> None:
        with self.database.writing() as transaction:
            _Signals(transaction, self.connection_id).remove(ids)


class _Signals(Rowset):
    table = inbox

    def add(self, signals: Sequence[Signal]) -> int:
        new = 0
        for signal in signals:
            values = {name: getattr(signal, name) for name in NAMES} | {"connection_id": self.connection_id}
            statement = self.insert().values(values).on_conflict_do_nothing().returning(inbox.c.pk)
            new += self.transaction.scalar(statement) is not None
        return new

    def oldest(self, limit: int) -> list[Signal]:
        rows = self.rows(sa.select(inbox).where(self.mine).order_by(inbox.c.pk).limit(limit))
        return [Signal(**{name: row[name] for name in NAMES}, id=row["pk"]) for row in rows]

    def remove(self, ids: Sequence[int]) -> None:
        for some in within(inbox.c.pk, ids):
            self.transaction.execute(sa.delete(inbox).where(self.mine, some))
