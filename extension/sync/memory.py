"""A Store without a database: what the engine's own tests and simulation run on.

Standard library only. It keeps the whole contract of `ports.Store`: transactions that any exception takes back,
a lease with a fencing epoch, the to-do list. Everything that returns several things returns them sorted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from threading import RLock
from typing import Any

from extension.sync.actions import Call, Intent
from extension.sync.canonical import Side, Where, chunks
from extension.sync.continuing import GOES_ON, Counts, summed
from extension.sync.errors import BadInput, LeaseLost, SyncError
from extension.sync.model import Entry, Link, Record, Scope
from extension.sync.ports import Decision, FeedState, HoldRow, Rejection
from extension.sync.shelf import Shelf, Undo

BATCH = 1000


class MemoryStore:
    """What is remembered of one connection, in plain dicts."""

    def __init__(self, organisations: Mapping[Side, str], start_date: datetime | None = None) -> None:
        self._organisations = dict(organisations)
        self._start_date = start_date
        self._lock = RLock()
        self._owner: str | None = None
        self._until: datetime | None = None
        self._epoch = 0
        self._writing = False
        self._undo = Undo()
        self._shelf = Shelf(self._undo)
        self._tx = MemoryTx(self._undo, self._shelf)

    # -------------------------------------------------------------- lease

    def acquire(self, owner: str, now: datetime, seconds: float) -> int | None:
        with self._lock:
            if self._owner is not None and self._until is not None and self._until > now:
                return None
            self._owner, self._until = owner, now + timedelta(seconds=seconds)
            self._epoch += 1
            return self._epoch

    def renew(self, epoch: int, now: datetime, seconds: float) -> bool:
        with self._lock:
            if epoch != self._epoch or self._owner is None:
                return False
            self._until = now + timedelta(seconds=seconds)
            return True

    def release(self, epoch: int) -> None:
        with self._lock:
            if epoch == self._epoch:
                self._owner = self._until = None

    def holds_lease(self, epoch: int, now: datetime) -> bool:
        return epoch == self._epoch and self._until is not None and self._until > now

    @contextmanager
    def write(self, epoch: int) -> Iterator[MemoryTx]:
        with self._lock:
            if epoch != self._epoch:
                raise LeaseLost("Another worker took over this connection.")
            if self._writing:
                raise SyncError("A transaction inside a transaction.", code="nested_write")
            self._writing = True
            try:
                yield self._tx
            except BaseException:
                self._undo.roll_back()
                raise
            finally:
                self._writing = False
                self._undo.keep()

    # -------------------------------------------------------------- the connection

    def organisations(self) -> Mapping[Side, str]:
        return dict(self._organisations)

    def start_date(self) -> datetime | None:
        return self._start_date

    def not_before(self) -> datetime | None:
        return self._tx.not_before

    def feed(self, side: Side, feed: str) -> FeedState:
        return self._tx.feeds.get((side, feed)) or FeedState(side, feed)

    # -------------------------------------------------------------- records

    def by_id(self, entity: str, side: Side, ids: Sequence[str]) -> Sequence[Record]:
        found = (self._shelf.records.get((entity, side, id_)) for id_ in sorted(set(ids)))
        return [record for record in found if record is not None]

    def by_handle(self, entity: str, side: Side, handles: Sequence[str]) -> Sequence[Record]:
        return self._records(self._shelf.marked(*(("handle", entity, side, handle) for handle in handles)))

    def by_remote(self, side: Side, feed: str, remotes: Sequence[str]) -> Sequence[Record]:
        return self._records(self._shelf.marked(*(("remote", side, feed, remote) for remote in remotes)))

    def by_key(self, entity: str, keys: Sequence[str]) -> Sequence[Record]:
        return self._records(self._shelf.marked(*(("key", entity, key) for key in keys)))

    def by_stamp(self, entity: str, side: Side, stamps: Sequence[str]) -> Sequence[Record]:
        return self._records(self._shelf.marked(*(("stamp", entity, side, stamp) for stamp in stamps)))

    def by_scope(self, entity: str, side: Side, handles: Sequence[str]) -> Sequence[Record]:
        return self._records(self._shelf.marked(*(("scope", entity, side, handle) for handle in handles)))

    def dirty(self, entity: str) -> Iterator[Sequence[Record]]:
        yield from chunks(self._records(self._shelf.dirty(entity)), BATCH)

    def unseen(self, side: Side, feed: str, before: datetime) -> Iterator[Sequence[str]]:
        seen = self._shelf.seen
        remotes = {self._shelf.records[where].remote for where in self._shelf.marked(("live remote", side, feed))}
        missed = [r for r in sorted(remotes) if (at := seen.get((side, feed, r))) is None or at < before]
        yield from chunks(missed, BATCH)

    def restless(self, side: Side, feed: str) -> Sequence[str]:
        return sorted({self._shelf.records[where].remote for where in self._shelf.marked(("restless", side, feed))})

    def count_records(self, entity: str, side: Side) -> int:
        return len(self._shelf.marked(("live", entity, side)))

    def count_rows(self, side: Side, feed: str) -> int:
        return len({self._shelf.records[where].remote for where in self._shelf.marked(("live remote", side, feed))})

    def _records(self, wheres: Iterable[Where]) -> list[Record]:
        return [self._shelf.records[where] for where in sorted(wheres)]

    # -------------------------------------------------------------- links

    def links_of(self, entity: str, side: Side, ids: Sequence[str]) -> Sequence[Link]:
        return self.links([link for id_ in ids for link in self._shelf.links_of((entity, side, id_))])

    def links(self, ids: Sequence[int]) -> Sequence[Link]:
        return [self._shelf.links[id_] for id_ in sorted(set(ids)) if id_ in self._shelf.links]

    def count_links(self, entity: str) -> int:
        return sum(link.state == "live" and link.entity == entity for link in self._shelf.links.values())

    # -------------------------------------------------------------- decided, held, done

    def open_calls(self) -> Sequence[Call]:
        return list(self._tx.calls.values())

    def rejections(self, wheres: Sequence[Where]) -> Sequence[Rejection]:
        return [self._tx.rejections[where] for where in sorted(set(wheres)) if where in self._tx.rejections]

    def decisions(self) -> Sequence[Decision]:
        return [self._tx.decisions[key] for key in sorted(self._tx.decisions)]

    def approvals(self) -> frozenset[str]:
        return frozenset(self._tx.approvals)

    def let_through(self) -> frozenset[str]:
        return frozenset(self._tx.through)

    def holds(self) -> Sequence[HoldRow]:
        return sorted(self._tx.holds, key=lambda hold: (hold.where, hold.field or "", hold.reason))

    def runs(self, limit: int = 20) -> Sequence[Mapping[str, object]]:
        return [self._tx.runs[run] for run in sorted(self._tx.runs, reverse=True)[:limit]]

    def entries(self, run: int | None = None, limit: int = 1000) -> Sequence[Entry]:
        entries = [entry for of, _, entry in self._tx.entries if run is None or of == run]
        return entries[-limit:]


class MemoryTx:
    """The one transaction at a time of a MemoryStore."""

    def __init__(self, undo: Undo, shelf: Shelf) -> None:
        self._undo, self._shelf = undo, shelf
        self.feeds: dict[tuple[Side, str], FeedState] = {}
        self.calls: dict[str, Call] = {}
        self.rejections: dict[Where, Rejection] = {}
        self.decisions: dict[tuple[Where, str], Decision] = {}
        self.approvals: set[str] = set()
        self.through: set[str] = set()
        self.holds: list[HoldRow] = []
        self.runs: dict[int, Mapping[str, Any]] = {}
        self.entries: list[tuple[int, datetime, Entry]] = []
        self.not_before: datetime | None = None
        self._creates: dict[tuple[str, Side, str], int] = {}  # what an open create copies
        self._writes: dict[tuple[Side, str, str], tuple[str, int]] = {}  # remote record -> call, position
        self._holder: dict[int, tuple[str, Intent]] = {}
        self._last_intent = 0
        self._last_run = 0

    def save_feed(self, state: FeedState) -> None:
        self._undo.put(self.feeds, (state.side, state.feed), state)

    def set_not_before(self, moment: datetime | None) -> None:
        self._undo.attribute(self, "not_before", moment)

    # -------------------------------------------------------------- records and links

    def put_records(self, records: Sequence[Record], seen: datetime | None = None) -> None:
        for record in records:
            self._shelf.put(record)
            if seen is not None:
                self._undo.put(self._shelf.seen, (record.side, record.feed, record.remote), seen)

    def mark_gone(self, side: Side, feed: str, remotes: Sequence[str], at: datetime) -> None:
        self._shelf.mark_gone(side, feed, remotes, at)

    def saw(self, side: Side, feed: str, remotes: Sequence[str], at: datetime) -> None:
        for remote in remotes:
            if self._shelf.marked(("remote", side, feed, remote)):
                self._undo.put(self._shelf.seen, (side, feed, remote), at)

    def park(self, records: Sequence[Where]) -> None:
        self._shelf.park(records)

    def unpark(self) -> None:
        self._shelf.unpark()

    def insert_link(self, link: Link) -> int:
        return self._shelf.insert_link(link)

    def update_link(self, link: Link) -> None:
        self._shelf.update_link(link)

    # -------------------------------------------------------------- calls and their intents

    def open_call(self, call: Call) -> Call:
        self._check_open(call)
        intents = []
        for intent in call.intents:
            self._last_intent += 1
            intent = replace(intent, id=self._last_intent)
            intents.append(intent)
            self._undo.put(self._holder, intent.id, (call.id, intent))
            if intent.verb == "create" and intent.source:
                self._undo.put(self._creates, (intent.entity, intent.side, intent.source), intent.id)
            if target := intent.remote or intent.target:
                self._undo.put(self._writes, (call.side, call.feed, target), (call.id, intent.position))
        call = replace(call, intents=tuple(intents))
        self._undo.put(self.calls, call.id, call)
        return call

    def _check_open(self, call: Call) -> None:
        """Several intents may share one element of a call, and so one remote record; nothing else may."""
        sources = [(i.entity, i.side, i.source) for i in call.intents if i.verb == "create" and i.source]
        targets = {(call.side, call.feed, t, i.position) for i in call.intents if (t := i.remote or i.target)}
        if (
            call.id in self.calls
            or len(set(sources)) < len(sources)
            or len({key[:3] for key in targets}) < len(targets)
            or any(source in self._creates for source in sources)
            or any(key[:3] in self._writes for key in targets)
        ):
            raise SyncError("A write to one of these records is still open.", code="write_open")

    def touch_call(self, id: str, first_sent: datetime, last_sent: datetime) -> None:
        if id in self.calls:
            self._undo.put(self.calls, id, replace(self.calls[id], first_sent=first_sent, last_sent=last_sent))

    def close_intents(self, ids: Sequence[int]) -> None:
        for id_ in ids:
            if id_ in self._holder:
                self._close(*self._holder[id_])

    def _close(self, call_id: str, intent: Intent) -> None:
        call = self.calls[call_id]
        left = tuple(i for i in call.intents if i.id != intent.id)
        self._undo.drop(self._holder, intent.id)
        if intent.verb == "create" and intent.source:
            self._undo.drop(self._creates, (intent.entity, intent.side, intent.source))
        target = intent.remote or intent.target
        if target and not any(i.position == intent.position for i in left):
            self._undo.drop(self._writes, (call.side, call.feed, target))
        if left:
            self._undo.put(self.calls, call_id, replace(call, intents=left))
        else:
            self._undo.drop(self.calls, call_id)

    # -------------------------------------------------------------- held, decided, done

    def reject(self, rejection: Rejection) -> None:
        self._undo.put(self.rejections, rejection.where, rejection)

    def forgive(self, wheres: Sequence[Where] | None) -> None:
        for where in list(self.rejections) if wheres is None else wheres:
            self._undo.drop(self.rejections, where)

    def replace_holds(self, entities: Sequence[str] | None, holds: Sequence[HoldRow]) -> None:
        kept = [] if entities is None else [hold for hold in self.holds if hold.where[0] not in entities]
        self._undo.attribute(self, "holds", [*kept, *holds])

    def approve(self, digests: Iterable[str]) -> None:
        for digest in digests:
            self._undo.add(self.approvals, digest)

    def use_approvals(self, digests: Iterable[str]) -> None:
        for digest in digests:
            self._undo.discard(self.approvals, digest)

    def decide(self, decision: Decision) -> None:
        self._undo.put(self.decisions, (decision.where, decision.field), decision)

    def undecide(self, where: Where, field: str = "") -> None:
        self._undo.drop(self.decisions, (where, field))

    def let_through(self, entities: Sequence[str]) -> None:
        for entity in entities:
            self._undo.add(self.through, entity)

    def start_run(self, scope: Scope, at: datetime, host: int | None = None, again: int | None = None) -> int:
        known = self.runs.get(again) if again is not None else None
        goes_on = again if known is not None and known["state"] in GOES_ON else None
        for number, lost in list(self.runs.items()):
            if lost["state"] == "running" and number not in (host, goes_on):
                self._undo.put(self.runs, number, {**lost, "state": "interrupted", "ended_at": at})
        if goes_on is not None:
            self._undo.put(self.runs, goes_on, {**self.runs[goes_on], "state": "running", "ended_at": None})
            return goes_on
        self._last_run += 1
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(scope).items()}
        run: dict[str, Any] = {"id": self._last_run, "trigger": scope.trigger, "scope": plain}
        run |= {"state": "running", "started_at": at, "ended_at": None, "counts": {}, "problem": ""}
        self._undo.put(self.runs, self._last_run, run)
        return self._last_run

    def finish_run(self, run: int, at: datetime, state: str, counts: Counts, problem: str) -> None:
        if run not in self.runs:
            raise BadInput(f"There is no run {run}.")
        ended = {"state": state, "ended_at": at, "counts": summed(self.runs[run]["counts"], counts), "problem": problem}
        self._undo.put(self.runs, run, {**self.runs[run], **ended})

    def add_entries(self, run: int, at: datetime, entries: Sequence[Entry]) -> None:
        self._undo.extend(self.entries, [(run, at, entry) for entry in entries])
