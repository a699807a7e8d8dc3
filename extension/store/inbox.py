"""Signals from the services: hints that a record changed, heard twice and kept once.

An inbox is bounded and forgets: polling finds whatever is not in it. What one request brings is stored in a single
short transaction, for however many connections.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from extension.store.channels import channel
from extension.store.choosing import OPEN
from extension.store.database import EVERYBODY, Database
from extension.store.portal import installation, task
from extension.store.rowset import Rowset, inserting, within
from extension.store.tenancy import connection, inbox
from extension.sync.canonical import Side

NAMES = ("side", "feed", "remote", "event", "at")
MOST: Final = 1_000  # of one connection: more than that is what polling is for


@dataclass(frozen=True, slots=True)
class Signal:
    """Look at this record of this feed. `event`: the service's own name of what happened."""

    side: Side
    feed: str
    remote: str
    event: str
    at: datetime
    id: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """A connection that signals wait for. `oldest`: since when."""

    id: int
    oldest: datetime


class Ears:
    """What services tell this installation, for whichever connections it is meant."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def hear(
        self,
        told: Mapping[int, Sequence[Signal]],
        now: datetime,
        *,
        channel_id: int | None = None,
        note: tuple[str, Any] | None = None,
    ) -> int:
        """Keeps what was told to each connection, and that it was told: by which channel, or as a note of the
        installation. Returns how many signals are new."""
        new = 0
        with self.database.writing(EVERYBODY) as transaction:
            for connection_id, signals in told.items():
                new += _Signals(transaction, connection_id).add(signals)
            if channel_id is not None:
                mine = channel.c.pk == channel_id
                transaction.execute(sa.update(channel).where(mine).values(heard_at=now))
            if note is not None:
                key, value = note
                made = inserting(transaction, installation).values(key=key, value=value)
                transaction.execute(made.on_conflict_do_update(index_elements=["key"], set_={"value": value}))
        return new

    def told(self, now: datetime, after: int, limit: int) -> Sequence[Told]:
        """The next connections after this number that signals wait for and that could be served: in use, told by no
        service to wait, and nothing of theirs under way."""
        under_way = sa.exists().where(task.c.connection_id == connection.c.pk, OPEN, task.c.state != "paused")
        allowed = sa.or_(connection.c.not_before.is_(None), connection.c.not_before <= now)
        ready = sa.and_(connection.c.pk == inbox.c.connection_id, connection.c.active, allowed, ~under_way)
        columns = (inbox.c.connection_id, sa.func.min(inbox.c.at, type_=inbox.c.at.type))
        theirs = sa.select(*columns).select_from(inbox.join(connection, ready)).where(inbox.c.connection_id > after)
        with self.database.reading(EVERYBODY) as transaction:
            found = transaction.execute(theirs.group_by(columns[0]).order_by(columns[0]).limit(limit))
            return [Told(*row) for row in found.all()]


class SqlInbox:
    """Signals of one connection that no run has looked at yet."""

    def __init__(self, database: Database, connection_id: int) -> None:
        self.database, self.connection_id = database, connection_id

    def receive(self, signals: Sequence[Signal]) -> int:
        """Stores signals; returns how many were new."""
        with self.database.writing(self.connection_id) as transaction:
            return _Signals(transaction, self.connection_id).add(signals)

    def waiting(self, limit: int = 100) -> Sequence[Signal]:
        """Oldest first."""
        with self.database.reading(self.connection_id) as transaction:
            return _Signals(transaction, self.connection_id).oldest(limit)

    def done(self, ids: Sequence[int]) -> None:
        if ids:
            with self.database.writing(self.connection_id) as transaction:
                _Signals(transaction, self.connection_id).remove(ids)


class _Signals(Rowset):
    table = inbox

    def add(self, signals: Sequence[Signal]) -> int:
        """Those for which there is room."""
        room = MOST - (self.transaction.scalar(sa.select(sa.func.count()).select_from(inbox).where(self.mine)) or 0)
        new = 0
        for signal in signals:
            if new >= room:
                break
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
