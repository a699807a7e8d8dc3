"""`ports.Store` over a database: what is remembered of one connection.

Every read and write goes through rows that know their connection (`rowset`). A read outside `write` sees committed
state in statements of its own; a read inside it, by the same thread, sees that transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import local

import sqlalchemy as sa

from extension.store.calls import Calls
from extension.store.database import Database
from extension.store.history import Entries, Line, Runs
from extension.store.holds import Held, Holds
from extension.store.lease import Lease
from extension.store.links import Links
from extension.store.newcomers import Newcomers, newcomers
from extension.store.records import Records
from extension.store.sqltx import SqlTx
from extension.store.standing import Approvals, Decisions, Feeds, LetThrough, Rejections
from extension.store.tenancy import connection
from extension.sync.actions import Call
from extension.sync.canonical import XERO, ZOHO, Side, Where
from extension.sync.errors import BadInput, SyncError
from extension.sync.model import Entry, Link, Record
from extension.sync.ports import Decision, FeedState, HoldRow, Rejection


class SqlStore:
    """What is remembered of one connection."""

    def __init__(self, database: Database, connection_id: int) -> None:
        self.database, self.connection_id = database, connection_id
        self._thread = local()

    # -------------------------------------------------------------- lease and transactions

    def acquire(self, owner: str, now: datetime, seconds: float) -> int | None:
        with self.database.writing(self.connection_id) as transaction:
            return Lease(transaction, self.connection_id).acquire(owner, now, seconds)

    def renew(self, epoch: int, now: datetime, seconds: float) -> bool:
        with self.database.writing(self.connection_id) as transaction:
            return Lease(transaction, self.connection_id).renew(epoch, now, seconds)

    def release(self, epoch: int) -> None:
        with self.database.writing(self.connection_id) as transaction:
            Lease(transaction, self.connection_id).release(epoch)

    def holds_lease(self, epoch: int, now: datetime) -> bool:
        with self._read() as transaction:
            return Lease(transaction, self.connection_id).held(epoch, now)

    @contextmanager
    def write(self, epoch: int) -> Iterator[SqlTx]:
        if self._current() is not None:
            raise SyncError("A transaction inside a transaction.", code="nested_write")
        with self.database.writing(self.connection_id) as transaction:
            Lease(transaction, self.connection_id).check(epoch)
            self._thread.tx = SqlTx(transaction, self.connection_id)
            try:
                yield self._thread.tx
                self._thread.tx.settle()
            finally:
                self._thread.tx = None

    def _current(self) -> SqlTx | None:
        return getattr(self._thread, "tx", None)

    @contextmanager
    def _read(self) -> Iterator[sa.Connection]:
        tx = self._current()
        if tx is None:
            with self.database.reading(self.connection_id) as transaction:
                yield transaction
        else:
            tx.settle()
            yield tx.transaction

    # -------------------------------------------------------------- the connection

    def organisations(self) -> Mapping[Side, str]:
        row = self._connection(connection.c.zoho_org, connection.c.xero_org)
        return {ZOHO: row["zoho_org"], XERO: row["xero_org"]}

    def start_date(self) -> datetime | None:
        moment: datetime | None = self._connection(connection.c.start_date)["start_date"]
        return moment

    def not_before(self) -> datetime | None:
        moment: datetime | None = self._connection(connection.c.not_before)["not_before"]
        return moment

    def _connection(self, *columns: sa.Column[str] | sa.Column[datetime]) -> sa.RowMapping:
        with self._read() as transaction:
            statement = sa.select(*columns).where(connection.c.pk == self.connection_id)
            row = transaction.execute(statement).mappings().first()
        if row is None:
            raise BadInput(f"There is no connection {self.connection_id}.")
        return row

    def feed(self, side: Side, feed: str) -> FeedState:
        with self._read() as transaction:
            return Feeds(transaction, self.connection_id).get(side, feed)

    # -------------------------------------------------------------- records

    def by_id(self, entity: str, side: Side, ids: Sequence[str]) -> Sequence[Record]:
        with self._records() as records:
            return records.by_id(entity, side, ids)

    def by_handle(self, entity: str, side: Side, handles: Sequence[str]) -> Sequence[Record]:
        with self._records() as records:
            return records.by_handle(entity, side, handles)

    def by_remote(self, side: Side, feed: str, remotes: Sequence[str]) -> Sequence[Record]:
        with self._records() as records:
            return records.by_remote(side, feed, remotes)

    def by_key(self, entity: str, keys: Sequence[str]) -> Sequence[Record]:
        with self._records() as records:
            return records.by_key(entity, keys)

    def by_stamp(self, entity: str, side: Side, stamps: Sequence[str]) -> Sequence[Record]:
        with self._records() as records:
            return records.by_stamp(entity, side, stamps)

    def by_scope(self, entity: str, side: Side, handles: Sequence[str]) -> Sequence[Record]:
        with self._records() as records:
            return records.by_scope(entity, side, handles)

    def dirty(self, entity: str) -> Iterator[Sequence[Record]]:
        after = ("", "")
        while True:
            with self._records() as records:
                batch = records.dirty(entity, after)
            if not batch:
                return
            yield batch
            after = (batch[-1].side, batch[-1].id)

    def unseen(self, side: Side, feed: str, before: datetime) -> Iterator[Sequence[str]]:
        after = ""
        while True:
            with self._records() as records:
                batch = records.unseen(side, feed, before, after)
            if not batch:
                return
            yield batch
            after = batch[-1]

    def restless(self, side: Side, feed: str) -> Sequence[str]:
        with self._records() as records:
            return records.restless(side, feed)

    def count_records(self, entity: str, side: Side) -> int:
        with self._records() as records:
            return records.count(entity, side)

    def count_rows(self, side: Side, feed: str) -> int:
        with self._records() as records:
            return records.count_rows(side, feed)

    @contextmanager
    def _records(self) -> Iterator[Records]:
        with self._read() as transaction:
            yield Records(transaction, self.connection_id)

    # -------------------------------------------------------------- links

    def links_of(self, entity: str, side: Side, ids: Sequence[str]) -> Sequence[Link]:
        with self._read() as transaction:
            return Links(transaction, self.connection_id).of(entity, side, ids)

    def links(self, ids: Sequence[int]) -> Sequence[Link]:
        with self._read() as transaction:
            return Links(transaction, self.connection_id).by_id(ids)

    def count_links(self, entity: str) -> int:
        with self._read() as transaction:
            return Links(transaction, self.connection_id).count(entity)

    # -------------------------------------------------------------- under way, held, decided, done

    def open_calls(self) -> Sequence[Call]:
        with self._read() as transaction:
            return Calls(transaction, self.connection_id).open()

    def rejections(self, wheres: Sequence[Where]) -> Sequence[Rejection]:
        with self._read() as transaction:
            return Rejections(transaction, self.connection_id).of(wheres)

    def decisions(self) -> Sequence[Decision]:
        with self._read() as transaction:
            return Decisions(transaction, self.connection_id).all()

    def decisions_of(self, wheres: Sequence[Where]) -> Sequence[Decision]:
        with self._read() as transaction:
            return Decisions(transaction, self.connection_id).of(wheres)

    def decisions_page(self, limit: int = 50, *, after: int = 0) -> Sequence[tuple[int, Decision]]:
        """One page, each with its number. The next one begins after the number of the last."""
        with self._read() as transaction:
            return Decisions(transaction, self.connection_id).page(limit, after)

    def approvals(self) -> frozenset[str]:
        with self._read() as transaction:
            return Approvals(transaction, self.connection_id).all()

    def let_through(self) -> frozenset[str]:
        with self._read() as transaction:
            return LetThrough(transaction, self.connection_id).all()

    def holds(self) -> Sequence[HoldRow]:
        with self._read() as transaction:
            return Holds(transaction, self.connection_id).all()

    def holds_page(
        self, limit: int = 50, *, after: str = "", entity: str | None = None, reason: str | None = None, words: str = ""
    ) -> Sequence[Held]:
        """One page, by entity, side and id. The next one begins after the place of the last."""
        with self._read() as transaction:
            holds = Holds(transaction, self.connection_id)
            return holds.page(limit, after=after, entity=entity, reason=reason, words=words)

    def holds_counts(self) -> Mapping[tuple[str, str], int]:
        """(reason, entity) -> how many."""
        with self._read() as transaction:
            return Holds(transaction, self.connection_id).counts()

    def held_records(self) -> int:
        """How many records need somebody's attention."""
        with self._read() as transaction:
            return Holds(transaction, self.connection_id).records()

    def hold(self, number: int) -> Held | None:
        with self._read() as transaction:
            return Holds(transaction, self.connection_id).one(number)

    def newcomers(self, since: Sequence[datetime]) -> Sequence[Newcomers]:
        """Records without a counterpart: all of them, and those modified since each of these moments."""
        with self._read() as transaction:
            return newcomers(transaction, self.connection_id, since)

    def runs(self, limit: int = 20) -> Sequence[Mapping[str, object]]:
        with self._read() as transaction:
            return Runs(transaction, self.connection_id).latest(limit)

    def entries(self, run: int | None = None, limit: int = 1000) -> Sequence[Entry]:
        with self._read() as transaction:
            return Entries(transaction, self.connection_id).latest(run, limit)

    def history(
        self,
        limit: int = 100,
        *,
        before: int | None = None,
        run: int | None = None,
        record: tuple[str, str] | None = None,
    ) -> Sequence[Line]:
        """One page, newest first. The next one begins before the number of the last line."""
        with self._read() as transaction:
            entries = Entries(transaction, self.connection_id)
            return entries.page(limit, before=before, run_number=run, record=record)
