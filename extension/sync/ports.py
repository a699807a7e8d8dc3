"""The contracts between the engine and the rest of the house.

`Remote`: one service, as feeds that are walked and calls that are sent. `Registry`: what is synchronised, as
pure views and rules. `Store`: memory of one connection. `Clock`: our own time. Implementations live in
`remote/`, `entities/`, `store/`; `memory.py` beside this file is a Store without a database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from extension.sync.actions import Call, Part, Write
from extension.sync.budget import Limits
from extension.sync.canonical import Fields, Side, Value, Where
from extension.sync.errors import RemoteError
from extension.sync.model import Entry, FieldRule, Link, Record, Row, Scope

LEASE_SECONDS = 15.0  # a heartbeat renews it every five; it is checked and renewed directly before each send


class Clock(Protocol):
    """Our own time."""

    def now(self) -> datetime:
        """Aware UTC."""
        ...


# ------------------------------------------------------------------ a service


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a walk. `position` resumes after it (None: this was the last page)."""

    rows: Sequence[Row]
    position: str | None
    at: datetime  # that side's own clock when it answered


@dataclass(frozen=True, slots=True)
class Tombstone:
    feed: str
    id: str
    deleted_at: datetime | None


Answer = Row | RemoteError
"""What became of one element of a call: the row as stored, or why not (a Refused)."""


@dataclass(frozen=True, slots=True)
class FeedFacts:
    """What holds for writes to one feed.

    `unique`: a create whose key is taken is refused, so sending it again is safe. `key_seconds`: how long the
    service replays the answer of an idempotency key (0: never). `batch`: rows per call.
    `deletions`: has a feed of tombstones. `vanishes`: deleted rows just disappear from full scans.
    `arrays`: rows have arrays without an optimistic lock: read again by id before they are written.
    """

    batch: int = 50
    unique: bool = False
    key_seconds: int = 0
    deletions: bool = False
    arrays: bool = False


class Remote(Protocol):
    """One service of one connection. Raises `errors.RemoteError` and nothing else for what the network does."""

    side: Side

    def identity(self) -> str:
        """The id of the organisation that our grant reaches now."""
        ...

    def clock(self) -> datetime | None:
        """That side's own time, from the Date header of its last answer; None before the first."""
        ...

    def facts(self, feed: str) -> FeedFacts: ...

    def walk(self, feed: str, since: datetime | None, position: str | None) -> Iterator[Page]:
        """Every row modified at or after `since` (None: all), ordered by id, archived and voided ones included."""
        ...

    def deleted(self, feed: str, since: datetime | None) -> Iterator[Sequence[Tombstone]]:
        """Tombstones since then; nothing where the service has none."""
        ...

    def fetch(self, feed: str, ids: Sequence[str]) -> Mapping[str, Row | None]:
        """Whole rows by id, each asked for itself; None: does not exist (any more)."""
        ...

    def find(self, feed: str, probes: Sequence[Probe]) -> Sequence[Row]:
        """Whole live rows that may carry one of these stamps or natural keys (the caller compares)."""
        ...

    def draft(self, writes: Sequence[Write]) -> Sequence[tuple[Call, Sequence[Write]]]:
        """Exact requests for these writes (one feed, one verb), in full batches, each with its own UUID."""
        ...

    def send(self, call: Call) -> Sequence[Answer]:
        """Send these bytes once. One answer per element, in order. Raises when the whole call failed."""
        ...


@dataclass(frozen=True, slots=True)
class Probe:
    """How to find a record that a create may have made: by stamp, and by the native value of its key."""

    stamp: str | None
    key: str | None
    fields: Fields
    parent: str | None = None


# ------------------------------------------------------------------ what is synchronised


class Resolver(Protocol):
    """Translates references while a plan is made: pure, over what the plan has loaded."""

    def counterpart(self, entity: str, side: Side, handle: str) -> Value:
        """The other side's handle of this record, or a Placeholder; raises errors.Cannot (waiting)."""
        ...

    def record(self, entity: str, side: Side, handle: str) -> Record | None:
        """The record itself."""
        ...

    def twin(self, record: Record) -> Record | None:
        """The record that this one is linked to."""
        ...


class Entity(Protocol):
    """One pairing of record kinds. Pure."""

    name: str
    label: str
    feeds: Mapping[Side, str]
    rules: Mapping[str, FieldRule]
    line_rules: Mapping[str, FieldRule]
    document: bool  # holds instead of re-creating; counted by the documents guard
    capacity: Mapping[Side, int | None]  # how many may live in one parent
    retire_policy: str  # ask | archive | void | mark | ignore
    directions: tuple[Side, ...]  # the sides that may be written to

    def project(self, to: Side, name: str, value: Value, of: Record, resolver: Resolver) -> Value:
        """The value as `to` would hold it; raises errors.Cannot. For line fields the name is `lines.x`."""
        ...

    def complete(self, to: Side, fields: Fields, source: Record, resolver: Resolver) -> Fields:
        """Defaults, required fields and money checks for a create on `to`; raises errors.Cannot."""
        ...

    def adoptable(self, zoho: Record, xero: Record, resolver: Resolver) -> None:
        """Raises errors.Cannot where pairing these two would be wrong (totals differ)."""
        ...

    def check(self, zoho: Record, xero: Record, name: str) -> str | None:
        """For a derived field: None when both sides agree, else a sentence with both values."""
        ...


class Registry(Protocol):
    """The entities of a connection, parents first, and the views of their rows."""

    version: int  # the mapping version
    entities: Sequence[Entity]

    def entity(self, name: str) -> Entity: ...

    def feeds(self, side: Side, entities: Iterable[str]) -> Sequence[str]:
        """The feeds that these entities need, parents first, each once."""
        ...

    def fields_of(self, feed: str, side: Side) -> Sequence[str]:
        """Native field names that the feed must bring."""
        ...

    def views(self, side: Side, row: Row, known: Sequence[Record]) -> Sequence[Record]:
        """Every entity's view of a row. `known`: the views last stored for it (places of persons are kept)."""
        ...

    def body(self, side: Side, feed: str, parts: Sequence[Part], current: Row | None) -> Mapping[str, object]:
        """The native body that carries these parts to one remote row; raises errors.Cannot."""
        ...

    def locate(self, part: Part, views: Sequence[Record], taken: Iterable[str]) -> Record | None:
        """Which of the row's views is the record that this part wrote."""
        ...

    def probe(self, part: Part) -> Probe:
        """How to find what this create may have made."""
        ...


# ------------------------------------------------------------------ grants and budgets


@dataclass(frozen=True, slots=True)
class Grant:
    """What a service gave us for one connection. Never printed: tokens have no repr."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: datetime
    scopes: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)  # api_url, accounts_url, tenant_id, connection_id
    previous_refresh: str = field(default="", repr=False)  # Xero accepts it for 30 minutes more
    generation: int = 0


class Grants(Protocol):
    """Grants of one connection, encrypted at rest."""

    def get(self, side: Side) -> Grant | None: ...
    def claim(self, side: Side, generation: int, now: datetime, seconds: float) -> bool:
        """Single flight: true for the one worker that may refresh this generation now."""
        ...

    def save(self, side: Side, grant: Grant) -> Grant:
        """Stores the next generation (durable before use) and ends the claim."""
        ...

    def mark_broken(self, side: Side, reason: str) -> None: ...


class Buckets(Protocol):
    """Calls left, shared by all workers: one row per service and organisation."""

    def take(self, key: str, now: datetime, limits: Limits, background: bool) -> datetime | None:
        """Takes one call. None: go. Else the moment to come back; nothing was taken."""
        ...

    def learn(self, key: str, now: datetime, minute_left: int | None, day_left: int | None) -> None:
        """What the service says remains beats our own counter."""
        ...

    def left(self, key: str, now: datetime, limits: Limits) -> tuple[int, int]:
        """Calls left this minute and this day."""
        ...


# ------------------------------------------------------------------ memory


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
    """`watermark`: everything up to here (that side's own clock) was seen. `scanned`: last completed full scan."""

    side: Side
    feed: str
    watermark: datetime | None = None
    resume: Resume | None = None
    scanned: datetime | None = None
    scan_rows: int | None = None  # live rows that the last completed full scan saw
    version: int = 0


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
    """A person's word: link these two, ignore this one, keep it unlinked."""

    verb: str  # link | ignore | keep
    where: Where
    twin: str | None = None


class Tx(Protocol):
    """One transaction that checked the epoch. Nothing in here ever waits for the network."""

    def save_feed(self, state: FeedState) -> None: ...
    def put_records(self, records: Sequence[Record]) -> None:
        """Insert or replace by (entity, side, id); keeps `first_seen`; recomputes dirty."""
        ...

    def mark_gone(self, side: Side, feed: str, remotes: Sequence[str], at: datetime) -> None:
        """Every view of these rows becomes gone; linked ones become dirty."""
        ...

    def saw(self, side: Side, feed: str, remotes: Sequence[str], at: datetime) -> None:
        """These rows were seen by the full scan that started at `at`."""
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
    def decide(self, decision: Decision) -> None: ...
    def start_run(self, scope: Scope, at: datetime) -> int: ...
    def finish_run(self, run: int, at: datetime, state: str, counts: Mapping[str, object], problem: str) -> None: ...
    def add_entries(self, run: int, at: datetime, entries: Sequence[Entry]) -> None: ...
    def set_not_before(self, moment: datetime | None) -> None: ...


@dataclass(frozen=True, slots=True)
class HoldRow:
    where: Where
    reason: str
    message: str
    hint: str
    field: str | None
    title: str


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
    def holds(self) -> Sequence[HoldRow]: ...
    def runs(self, limit: int = 20) -> Sequence[Mapping[str, object]]: ...
    def entries(self, run: int | None = None, limit: int = 1000) -> Sequence[Entry]: ...
    def not_before(self) -> datetime | None: ...
