"""The contract of memory: what a connection remembers, and how it may change.

Reads see committed state; every change goes through one transaction that checked the lease's epoch. `ports`
gives these names to the rest of the house.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import datetime
from typing import Protocol

from extension.sync.actions import Call
from extension.sync.canonical import Side, Value, Where
from extension.sync.continuing import Counts
from extension.sync.model import Entry, Link, Record, Scope


@dataclass(frozen=True, slots=True)
class Resume:
    """An unfinished walk: where it goes on, and what it was decided on."""

    since: datetime | None
    started: datetime
    position: str | None
    full: bool
    version: int


@dataclass(frozen=True, slots=True)
class FeedState:
    """`watermark`: everything up to here (that side's own clock) was seen. `scanned`: last completed full scan.
    `roused`: when its restless rows were last read again.
    """

    side: Side
    feed: str
    watermark: datetime | None = None
    resume: Resume | None = None
    scanned: datetime | None = None
    scan_rows: int | None = None  # live rows that the last completed full scan saw
    version: int = 0
    roused: datetime | None = None


ANY_CONTENT = "*"  # the digest of a rejection that only a person lifts, whatever the record says meanwhile


@dataclass(frozen=True, slots=True)
class Rejection:
    """A hold that sticks: the service refused this content. Forgotten when the digest changes, or by a person."""

    where: Where
    digest: str
    reason: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's word about a record. One at a time, but for `take`, which is said of each field.

    link: to `twin`, whatever the keys say. ignore: leave it alone. keep: it stays without a twin. create: make its twin
    though something looks like it. take: in a conflict of this linked record (of the CRM) the value of the side `takes`
    counts, in `field` ("*": in every field); used up when it is written. retire: its twin is gone, archive or void it,
    too. recreate: its twin is gone, make it anew. send, round: of a derived `field` that both sides come to otherwise,
    let the difference stand, or carry it in a line of its own; said of exactly the two values that `about` spells.
    """

    verb: str
    where: Where
    twin: str | None = None
    field: str = ""
    takes: Side | None = None
    about: str | None = None


class Tx(Protocol):
    """One transaction that checked the epoch. Nothing in here ever waits for the network."""

    def save_feed(self, state: FeedState) -> None: ...
    def put_records(self, records: Sequence[Record], seen: datetime | None = None) -> None:
        """Insert or replace by (entity, side, id); keeps `first_seen`; recomputes dirty. `seen`: the start of the full
        scan that saw them, as `saw` says it of rows that are stored already."""
        ...

    def mark_gone(self, side: Side, feed: str, remotes: Sequence[str], at: datetime) -> None:
        """Every view of these rows becomes gone; linked ones become dirty."""
        ...

    def saw(self, side: Side, feed: str, remotes: Sequence[str], at: datetime) -> None:
        """These rows, stored before, were seen by the full scan that started at `at`."""
        ...

    def park(self, records: Sequence[Where]) -> None:
        """Not dirty any more until the content changes."""
        ...

    def unpark(self) -> None:
        """Everything unlinked is looked at again (start date, scope or mapping changed)."""
        ...

    def insert_link(self, link: Link) -> int:
        """Raises errors.SyncError(code='already_linked') when one of the two is in a live link."""
        ...

    def update_link(self, link: Link) -> None: ...
    def open_call(self, call: Call) -> Call:
        """Stores call and intents (their ids are given here). One open create per source and one open write
        per remote record: raises errors.SyncError(code='write_open') otherwise."""
        ...

    def touch_call(self, id: str, first_sent: datetime, last_sent: datetime) -> None: ...
    def close_intents(self, ids: Sequence[int]) -> None:
        """Removes intents; a call without intents is closed (kept for history)."""
        ...

    def reject(self, rejection: Rejection) -> None: ...
    def forgive(self, wheres: Sequence[Where] | None) -> None:
        """Forgets rejections (None: all)."""
        ...

    def replace_holds(self, entities: Sequence[str] | None, holds: Sequence[HoldRow]) -> None:
        """The holds as the last plan derived them; `entities` None: all of them."""
        ...

    def approve(self, digests: Iterable[str]) -> None: ...
    def use_approvals(self, digests: Iterable[str]) -> None: ...
    def decide(self, decision: Decision) -> None:
        """The latest word of a person about this record (and field) counts."""
        ...

    def undecide(self, where: Where, field: str = "") -> None:
        """Forgets what was decided of this record (and field)."""
        ...

    def let_through(self, entities: Sequence[str]) -> None:
        """A run of these whole modules was done, and no guard holds their first run back any more."""
        ...

    def start_run(self, scope: Scope, at: datetime, host: int | None = None, again: int | None = None) -> int:
        """A new run, or `again`, which made room for others or lost its process, and goes on. Any other that is still
        called running lost its process and becomes interrupted, but for `host`, the run under whose lease this one is
        made."""
        ...

    def finish_run(self, run: int, at: datetime, state: str, counts: Counts, problem: str) -> None:
        """`counts` of this turn are added to those of the turns before it."""
        ...

    def add_entries(self, run: int, at: datetime, entries: Sequence[Entry]) -> None: ...
    def set_not_before(self, moment: datetime | None) -> None: ...


@dataclass(frozen=True)
class HoldRow:
    """A hold as the last plan derived it. `values`: what both sides say of a field, the CRM first, exact."""

    where: Where
    reason: str
    message: str
    hint: str
    field: str | None
    title: str
    related: tuple[Where, ...] = ()
    values: Mapping[str, Sequence[Value]] = dataclass_field(default_factory=dict)


class Store(Protocol):
    """What is remembered of one connection. Reads see committed state; writes go through `write(epoch)`.

    A read inside `with write(...)` of the same thread sees what was written there so far. Whatever returns
    several things returns them in one order, every time: records by (entity, side, id), links by id.
    """

    def acquire(self, owner: str, now: datetime, seconds: float) -> int | None:
        """Takes the lease when free or expired; returns the new epoch, None when somebody holds it."""
        ...

    def renew(self, epoch: int, now: datetime, seconds: float) -> bool: ...
    def release(self, epoch: int) -> None: ...
    def holds_lease(self, epoch: int, now: datetime) -> bool: ...
    def write(self, epoch: int) -> AbstractContextManager[Tx]:
        """One transaction; raises errors.LeaseLost when another epoch began."""
        ...

    def organisations(self) -> Mapping[Side, str]:
        """Organisation ids that this connection was made with."""
        ...

    def start_date(self) -> datetime | None:
        """Older unlinked records are matched, never created; None: everything."""
        ...

    def feed(self, side: Side, feed: str) -> FeedState: ...
    def by_id(self, entity: str, side: Side, ids: Sequence[str]) -> Sequence[Record]: ...
    def by_handle(self, entity: str, side: Side, handles: Sequence[str]) -> Sequence[Record]:
        """Records that others refer to like this, gone ones included (an empty handle stands for the id)."""
        ...

    def by_remote(self, side: Side, feed: str, remotes: Sequence[str]) -> Sequence[Record]:
        """Every entity's views of these rows, gone ones included."""
        ...

    def by_key(self, entity: str, keys: Sequence[str]) -> Sequence[Record]:
        """Records of both sides that carry one of these keys, gone ones excluded."""
        ...

    def by_stamp(self, entity: str, side: Side, stamps: Sequence[str]) -> Sequence[Record]:
        """Records that carry one of these stamps, gone ones included."""
        ...

    def by_scope(self, entity: str, side: Side, handles: Sequence[str]) -> Sequence[Record]:
        """Live records that live in these parents."""
        ...

    def dirty(self, entity: str) -> Iterator[Sequence[Record]]:
        """Everything the plan must look at, ordered by side and id, in batches."""
        ...

    def unseen(self, side: Side, feed: str, before: datetime) -> Iterator[Sequence[str]]:
        """Remote ids of live rows that the full scan started at `before` did not see."""
        ...

    def links_of(self, entity: str, side: Side, ids: Sequence[str]) -> Sequence[Link]:
        """Links (live, retired and unlinked) of these records."""
        ...

    def links(self, ids: Sequence[int]) -> Sequence[Link]: ...
    def count_links(self, entity: str) -> int:
        """Live links."""
        ...

    def restless(self, side: Side, feed: str) -> Sequence[str]:
        """Remote ids of live rows that may change without their modified time moving."""
        ...

    def count_records(self, entity: str, side: Side) -> int:
        """Live records, in or out of scope."""
        ...

    def count_rows(self, side: Side, feed: str) -> int:
        """Live remote rows of a feed (not views)."""
        ...

    def open_calls(self) -> Sequence[Call]: ...
    def rejections(self, wheres: Sequence[Where]) -> Sequence[Rejection]: ...
    def decisions(self) -> Sequence[Decision]: ...
    def approvals(self) -> frozenset[str]: ...
    def let_through(self) -> frozenset[str]:
        """Modules of which a run was once done."""
        ...

    def holds(self) -> Sequence[HoldRow]: ...
    def runs(self, limit: int = 20) -> Sequence[Mapping[str, object]]: ...
    def entries(self, run: int | None = None, limit: int = 1000) -> Sequence[Entry]: ...
    def not_before(self) -> datetime | None: ...
