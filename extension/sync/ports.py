"""The contracts between the engine and the rest of the house.

`Remote`: one service, as feeds that are walked and calls that are sent. `Registry`: what is synchronised, as
pure views and rules. `Store`: memory of one connection. `Clock`: our own time. Implementations live in
`remote/`, `entities/`, `store/`; `memory.py` beside this file is a Store without a database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from extension.sync.actions import Call, Part, Write
from extension.sync.budget import Limits, Told
from extension.sync.canonical import Fields, Side, Value
from extension.sync.errors import RemoteError
from extension.sync.keeping import ANY_CONTENT, Decision, FeedState, HoldRow, Rejection, Resume, Store, Tx
from extension.sync.model import FieldRule, Link, Record, Row

__all__ = [
    "ANY_CONTENT",
    "LEASE_SECONDS",
    "Answer",
    "Buckets",
    "Clock",
    "Decision",
    "Entity",
    "FeedFacts",
    "FeedState",
    "Grant",
    "Grants",
    "HoldRow",
    "Page",
    "Probe",
    "Registry",
    "Rejection",
    "Remote",
    "Resolver",
    "Resume",
    "Store",
    "Tombstone",
    "Tx",
]

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

    `unique`: a create whose key is taken is refused, so sending it again is safe (as far as `Entity.unique` says that
    there is such a key). `key_seconds`: how long the
    service replays the answer of an idempotency key (0: never). `batch`: rows per call.
    `deletions`: has a feed of tombstones. `vanishes`: deleted rows just disappear from full scans.
    `arrays`: rows have arrays without an optimistic lock: read again by id before they are written.
    `restless`: some rows may change without their modified time moving.
    """

    batch: int = 50
    unique: bool = False
    key_seconds: int = 0
    deletions: bool = False
    arrays: bool = False
    restless: bool = False


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

    def restless(self, feed: str) -> Iterator[Page]:
        """All rows that may change without their modified time moving; no page where a feed has none such."""
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

    def word(self, record: Record, field: str, values: Sequence[Value]) -> str:
        """What a person said of these two values of a derived field (send, round); "": nothing."""
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
    unique: Mapping[Side, bool]  # whether the key that a create carries is the record's alone there
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

    def lines_of(self, record: Record, twin: Record, link: Link | None) -> Sequence[Mapping[str, Value]]:
        """Those lines of a document that are merged with its twin's. No link: the two were never in step."""
        ...

    def accept_lines(self, to: Side, lines: Sequence[Mapping[str, Value]], there: Record) -> None:
        """Raises errors.Cannot where `there`, a document of `to`, could not have these lines."""
        ...

    def check(self, zoho: Record, xero: Record, name: str) -> str | None:
        """For a derived field: None when both sides agree, else a sentence with both values."""
        ...

    def mend(self, records: Mapping[Side, Record], name: str, word: str) -> Mapping[Side, Fields]:
        """What to write so that a derived field agrees, as a person said or as it was agreed before; empty where only
        people can bring it in step. Raises errors.Cannot."""
        ...

    def weigh(
        self,
        patch: Mapping[Side, Fields],
        records: Mapping[Side, Record],
        base: Mapping[Side, Fields],
        resolver: Resolver,
    ) -> Mapping[Side, Fields]:
        """What must be written beside this patch, so that what is derived from it is what was agreed; raises
        errors.Cannot where it would be something else (the totals would differ)."""
        ...


class Registry(Protocol):
    """The entities of a connection, parents first, and the views of their rows."""

    version: int  # the mapping version

    @property
    def entities(self) -> Sequence[Entity]: ...

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

    def annotate(self, side: Side, grant: Grant) -> None:
        """Keeps what this generation's `extra` says now. Ends no claim: a refresh under way is not disturbed."""
        ...

    def mark_broken(self, side: Side, reason: str) -> None: ...


class Buckets(Protocol):
    """Calls left, shared by all workers: one row per service and organisation, and one for all organisations of our
    app together where a service counts them (`shared`: its key, and its limits or what was said of it)."""

    def take(
        self, key: str, now: datetime, limits: Limits, background: bool, shared: tuple[str, Limits] | None = None
    ) -> datetime | None:
        """Takes one call, of both rows or of none, which is under way until it has `landed`. None: go. Else the moment
        to come back; `now` itself means that as many calls are under way as may be: ask again in a moment."""
        ...

    def landed(self, key: str, now: datetime, told: Told = ..., shared: tuple[str, Told] | None = None) -> None:
        """A call that was taken ended, with an answer or without. What the service says remains beats our count."""
        ...

    def left(self, key: str, now: datetime, limits: Limits) -> tuple[int, int]:
        """Calls left this minute and this day."""
        ...
