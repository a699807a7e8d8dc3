"""The channels by which a CRM tells us that something changed: one row for each that we asked for.

Of a channel's token the hash alone is kept: whoever reads the database can speak for no CRM. A row is written before
the call that opens the channel and confirmed by its answer (`open`), so that a lost answer leaves nothing unknown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import sqlalchemy as sa

from extension.store.columns import Moment
from extension.store.database import EVERYBODY, Database
from extension.store.tables import flag, metadata, primary_key, tenant, text
from extension.store.tenancy import connection

channel = sa.Table(
    "channel",
    metadata,
    primary_key(),
    tenant(),
    text("remote"),  # the number that we gave it
    text("token_hash"),
    text("url"),
    text("modules"),  # of the CRM, in one word
    sa.Column("expires_at", Moment, nullable=False),
    flag("open"),  # the CRM has confirmed it
    sa.Column("heard_at", Moment),
    text("problem"),  # why it could not be opened or renewed; "": all is well
    sa.Index("channel_one", "remote", unique=True),
    sa.Index("channel_mine", "connection_id"),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel. `heard_at`: when it last told us something."""

    id: int
    connection_id: int
    remote: str
    token_hash: str
    url: str
    modules: tuple[str, ...]
    expires_at: datetime
    open: bool
    heard_at: datetime | None
    problem: str


def hash_of(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def found(database: Database, remote: str) -> Channel | None:
    """The channel of this number, whosever it is, while its connection is in use."""
    mine = sa.and_(channel.c.remote == remote, connection.c.pk == channel.c.connection_id, connection.c.active)
    with database.reading(EVERYBODY) as transaction:
        row = transaction.execute(sa.select(channel).where(mine)).mappings().first()
    return _channel_of(row) if row is not None else None


def channels_of(database: Database, connections: Sequence[int]) -> Mapping[int, Sequence[Channel]]:
    """The channels of each of these that have any."""
    theirs: dict[int, list[Channel]] = defaultdict(list)
    statement = sa.select(channel).where(channel.c.connection_id.in_(connections)).order_by(channel.c.pk)
    with database.reading(EVERYBODY) as transaction:
        for row in transaction.execute(statement).mappings():
            theirs[row["connection_id"]].append(_channel_of(row))
    return theirs


class Channels:
    """The channels of one connection."""

    def __init__(self, database: Database, connection_id: int) -> None:
        self.database, self.connection_id = database, connection_id

    def all(self) -> Sequence[Channel]:
        statement = sa.select(channel).where(self._mine()).order_by(channel.c.pk)
        with self.database.reading(self.connection_id) as transaction:
            return [_channel_of(row) for row in transaction.execute(statement).mappings()]

    def begin(self, remote: str, token: str, url: str, modules: Sequence[str], expires_at: datetime) -> None:
        """It is about to be opened."""
        values = {"connection_id": self.connection_id, "remote": remote, "token_hash": hash_of(token), "url": url}
        values |= {"modules": " ".join(modules), "expires_at": expires_at, "open": False, "problem": ""}
        with self.database.writing(self.connection_id) as transaction:
            transaction.execute(sa.insert(channel).values(values))

    def confirmed(self, remote: str, expires_at: datetime, modules: Sequence[str], url: str) -> None:
        """The CRM has opened or renewed it: until then, for these modules, to this address."""
        values = {"expires_at": expires_at, "modules": " ".join(modules), "url": url}
        self._change(remote, **values, open=True, problem="")

    def failed(self, remote: str, problem: str) -> None:
        self._change(remote, problem=problem)

    def forget(self, remotes: Sequence[str]) -> None:
        """They were closed, or never opened."""
        with self.database.writing(self.connection_id) as transaction:
            transaction.execute(sa.delete(channel).where(self._mine(), channel.c.remote.in_(list(remotes))))

    def _mine(self) -> sa.ColumnElement[bool]:
        return channel.c.connection_id == self.connection_id

    def _change(self, remote: str, **values: object) -> None:
        with self.database.writing(self.connection_id) as transaction:
            transaction.execute(sa.update(channel).where(self._mine(), channel.c.remote == remote).values(**values))


def _channel_of(row: sa.RowMapping) -> Channel:
    names = ("connection_id", "remote", "token_hash", "url", "expires_at", "open", "heard_at", "problem")
    return Channel(id=row["pk"], modules=tuple(row["modules"].split()), **{name: row[name] for name in names})
