"""`ports.Tx` over a database: one transaction that checked the epoch.

Links are judged together at the end (`settle`), or before something is read: a batch of fifty new links costs
a handful of statements more, not fifty handfuls.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from extension.store.calls import Calls
from extension.store.history import Entries, Runs
from extension.store.holds import Holds
from extension.store.links import Links, ends
from extension.store.records import Records
from extension.store.standing import Approvals, Decisions, Feeds, LetThrough, Rejections
from extension.store.tenancy import connection
from extension.sync.actions import Call
from extension.sync.canonical import Side, Where
from extension.sync.continuing import Counts
from extension.sync.model import Entry, Link, Record, Scope
from extension.sync.ports import Decision, FeedState, HoldRow, Rejection


class SqlTx:
    """One transaction of one connection."""

    def __init__(self, transaction: sa.Connection, connection_id: int) -> None:
        self.transaction, self.connection_id = transaction, connection_id
        self._records = Records(transaction, connection_id)
        self._links = Links(transaction, connection_id)
        self._calls = Calls(transaction, connection_id)
        self._news: set[Where] = set()

    def settle(self) -> None:
        """Brings the to-do list up to date with the links."""
        if self._news:
            self._records.judge(self._news)
            self._news.clear()

    # -------------------------------------------------------------- records and links

    def save_feed(self, state: FeedState) -> None:
        Feeds(self.transaction, self.connection_id).save(state)

    def put_records(self, records: Sequence[Record], seen: datetime | None = None) -> None:
        self._records.put(records, seen)

    def mark_gone(self, side: Side, feed: str, remotes: Sequence[str], at: datetime) -> None:
        self._records.mark_gone(side, feed, remotes, at)

    def saw(self, side: Side, feed: str, remotes: Sequence[str], at: datetime) -> None:
        self._records.saw(side, feed, remotes, at)

    def park(self, records: Sequence[Where]) -> None:
        self.settle()
        self._records.park(records)

    def unpark(self) -> None:
        self._records.unpark()

    def insert_link(self, link: Link) -> int:
        number = self._links.add(link)
        self._news.update(ends(link))
        return number

    def update_link(self, link: Link) -> None:
        self._news.update(self._links.replace(link))

    # -------------------------------------------------------------- calls

    def open_call(self, call: Call) -> Call:
        return self._calls.add(call)

    def touch_call(self, id: str, first_sent: datetime, last_sent: datetime) -> None:
        self._calls.touch(id, first_sent, last_sent)

    def close_intents(self, ids: Sequence[int]) -> None:
        self._calls.close(ids)

    # -------------------------------------------------------------- held, decided, done

    def reject(self, rejection: Rejection) -> None:
        Rejections(self.transaction, self.connection_id).save(rejection)

    def forgive(self, wheres: Sequence[Where] | None) -> None:
        Rejections(self.transaction, self.connection_id).forgive(wheres)

    def replace_holds(self, entities: Sequence[str] | None, holds: Sequence[HoldRow]) -> None:
        Holds(self.transaction, self.connection_id).replace(entities, holds)

    def approve(self, digests: Iterable[str]) -> None:
        Approvals(self.transaction, self.connection_id).add(digests)

    def use_approvals(self, digests: Iterable[str]) -> None:
        Approvals(self.transaction, self.connection_id).use(digests)

    def decide(self, decision: Decision) -> None:
        Decisions(self.transaction, self.connection_id).save(decision)

    def undecide(self, where: Where, field: str = "") -> None:
        Decisions(self.transaction, self.connection_id).drop(where, field)

    def let_through(self, entities: Sequence[str]) -> None:
        LetThrough(self.transaction, self.connection_id).add(entities)

    def start_run(self, scope: Scope, at: datetime, host: int | None = None, again: int | None = None) -> int:
        return Runs(self.transaction, self.connection_id).start(scope, at, host, again)

    def finish_run(self, run: int, at: datetime, state: str, counts: Counts, problem: str) -> None:
        Runs(self.transaction, self.connection_id).finish(run, at, state, counts, problem)

    def add_entries(self, run: int, at: datetime, entries: Sequence[Entry]) -> None:
        Entries(self.transaction, self.connection_id).add(run, at, entries)

    def set_not_before(self, moment: datetime | None) -> None:
        mine = connection.c.pk == self.connection_id
        self.transaction.execute(sa.update(connection).where(mine).values(not_before=moment))
