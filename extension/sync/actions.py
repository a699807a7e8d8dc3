"""Decisions as values: actions, plans, writes, intents, calls, reports.

Pure. A plan is printed, approved by the digests of its actions, and applied. Digests name references by
the source side's own ids, resolved or not, so that linking a parent does not change what was approved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from dataclasses import field as dataclass_field
from datetime import datetime
from functools import cached_property
from typing import Any, Literal, TypeAlias

from extension.sync.canonical import SIDES, Fields, Placeholder, Side, Value, Where, digest_of
from extension.sync.model import Entry, Link, Record


@dataclass(frozen=True)
class Adopt:
    """Two existing records are the same thing. `patch` previews the first merge. `moves`: the link of one of them,
    whose other record was merged into the one that is named here."""

    entity: str
    zoho: Record
    xero: Record
    by: str
    base: Mapping[Side, Fields] = field(default_factory=dict)
    pairs: tuple[tuple[str, str], ...] = ()
    patch: Mapping[Side, Fields] = field(default_factory=dict)
    moves: Link | None = None
    kind: Literal["adopt"] = "adopt"

    @cached_property
    def digest(self) -> str:
        return digest_of(self.kind, self.entity, self.zoho.id, self.zoho.digest, self.xero.id, self.xero.digest)


@dataclass(frozen=True)
class Create:
    """Only here: make its twin on `side`. `fields` are in that side's terms, references perhaps placeholders."""

    entity: str
    side: Side
    source: Record
    fields: Fields
    parent: str | Placeholder | None = None
    wish: str = ""  # the person's word that it follows: create (though something there looks like it), recreate
    kind: Literal["create"] = "create"

    @cached_property
    def digest(self) -> str:
        return digest_of(self.kind, self.entity, self.side, self.source.id, self.source.digest)


@dataclass(frozen=True)
class Update:
    """Patch one or both sides of a link. `agree`: fields whose base moves without a write. `decided`: the decisions
    that it follows, a field or "*", and the side whose value each lets count.
    """

    entity: str
    link: Link
    patch: Mapping[Side, Fields]
    read: Mapping[Side, Record]
    agree: tuple[str, ...] = ()
    lost: Mapping[str, tuple[Side, Value]] = field(default_factory=dict)
    pairs: tuple[tuple[str, str], ...] | None = None
    settles: bool = False
    decided: Mapping[str, Side] = field(default_factory=dict)
    kind: Literal["update"] = "update"

    @property
    def writes(self) -> bool:
        return any(self.patch.values())

    @property
    def followup(self) -> bool:
        """Brought by fields that a create or an adoption left open: approved with it, counted by no guard."""
        return not self.link.settled

    @cached_property
    def digest(self) -> str:
        reads = [self.read[s].digest for s in SIDES]
        return digest_of(
            self.kind, self.entity, str(self.link.id), [sorted(self.patch.get(s, {})) for s in SIDES], reads
        )


@dataclass(frozen=True)
class Retire:
    """Gone on the other side, unchanged here: archive, void or mark it, as the policy says."""

    entity: str
    link: Link
    side: Side
    record: Record
    gone: Record
    policy: str
    kind: Literal["retire"] = "retire"

    @cached_property
    def digest(self) -> str:
        return digest_of(self.kind, self.entity, str(self.link.id), self.side, self.record.digest, self.policy)


@dataclass(frozen=True)
class Detach:
    """Gone on one side, edited on the other: the link ends, the edited one is planned anew."""

    entity: str
    link: Link
    reason: str = "edited_after_delete"
    kind: Literal["detach"] = "detach"

    @cached_property
    def digest(self) -> str:
        return digest_of(self.kind, self.entity, str(self.link.id), self.reason)


@dataclass(frozen=True)
class Forget:
    """Both gone."""

    entity: str
    link: Link
    kind: Literal["forget"] = "forget"

    @cached_property
    def digest(self) -> str:
        return digest_of(self.kind, self.entity, str(self.link.id))


@dataclass(frozen=True)
class Hold:
    """Needs a person, or patience. `field` where only one field of a linked record is held; `values`: what both sides
    say of it, the CRM first.
    """

    entity: str
    side: Side
    id: str
    reason: str
    message: str = ""
    hint: str = ""
    field: str | None = None
    title: str = ""
    related: tuple[Where, ...] = ()
    values: Mapping[str, Sequence[Value]] = dataclass_field(default_factory=dict)
    kind: Literal["hold"] = "hold"

    @cached_property
    def digest(self) -> str:
        return digest_of(self.kind, self.entity, self.side, self.id, self.reason, self.field or "")


@dataclass(frozen=True)
class Skip:
    """Looked at and left alone on purpose: before the start date, kept back by direction, not ticked."""

    entity: str
    side: Side
    id: str
    reason: str
    title: str = ""
    park: bool = False  # nothing changes until the record does: the plan need not look again


Action: TypeAlias = Adopt | Create | Update | Retire | Detach | Forget


@dataclass(frozen=True)
class Plan:
    """One plan over all entities, parents first. A value: print it, approve it, apply it.

    `spent`: decisions (record, field, verb) that have had their effect, or can have none any more.
    """

    actions: tuple[Action, ...] = ()
    holds: tuple[Hold, ...] = ()
    skips: tuple[Skip, ...] = ()
    spent: tuple[tuple[Where, str, str], ...] = ()

    @cached_property
    def digest(self) -> str:
        return digest_of([a.digest for a in self.actions])

    @property
    def work(self) -> tuple[Action, ...]:
        """What a person would call work: everything but bases that move in silence."""
        return tuple(a for a in self.actions if not isinstance(a, Update) or a.writes)


# ------------------------------------------------------------------ writes


Verb: TypeAlias = Literal["create", "update", "retire"]


@dataclass(frozen=True)
class Part:
    """One action's share of a write: what one entity wants of one remote record.

    `fields` are canonical, in the target side's terms and with every reference resolved. `read`: the target
    record as it was when this was decided (None for a create). `parent`: the remote id of the row that a
    created part lives in (a contact person), None where it is a row of its own. `marks`: the row may be marked as the
    source's; one that another was merged into may not, since that one keeps its mark.
    """

    entity: str
    verb: Verb
    side: Side
    fields: Fields
    read: Record | None = None
    parent: str | None = None
    policy: str = ""
    source: Record | None = None
    marks: bool = True


@dataclass(frozen=True)
class Write:
    """One element of a call: one remote row to create or change, by one or more parts."""

    feed: str
    side: Side
    verb: Verb
    remote: str | None
    body: Mapping[str, Any]
    parts: tuple[Part, ...]
    not_after: datetime | None = None  # the row's modified time as read: changed later means Stale
    read_at: datetime | None = None
    jobs: tuple[object, ...] = field(default=(), compare=False, repr=False)  # the engine's own, opaque to adapters


@dataclass(frozen=True)
class Intent:
    """A write decided, not yet recorded as done: what was sent and on what it was decided.

    `source`: the record a create copies, or the counterpart an update was decided on. `sent`: canonical fields
    in the target's terms. `read`: canonical fields of the source when it was decided. `lost`: what an update writes
    over, as history tells it. `wish`: the person's word that a create follows.
    """

    id: int
    position: int
    verb: Verb
    entity: str
    side: Side
    sent: Fields
    read: Fields
    source: str | None = None
    link: int | None = None
    target: str | None = None
    remote: str | None = None
    keys: tuple[str, ...] = ()
    stamp: str | None = None
    pairs: tuple[tuple[str, str], ...] = ()
    lost: Mapping[str, Sequence[Value]] = field(default_factory=dict)
    wish: str = ""


@dataclass(frozen=True)
class Call:
    """One request that carries a batch of intents. `id` (a UUID) is the idempotency key, `body` the exact bytes."""

    id: str
    side: Side
    feed: str
    verb: Verb
    method: str
    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    size: int = 0
    first_sent: datetime | None = None
    last_sent: datetime | None = None
    intents: tuple[Intent, ...] = ()

    def sent_at(self, moment: datetime) -> Call:
        return replace(self, first_sent=self.first_sent or moment, last_sent=moment)


RunState: TypeAlias = Literal["done", "stopped", "limited", "failed", "planned", "cancelled", "waiting"]


@dataclass(frozen=True)
class Report:
    """How one run ended. `state`: done, stopped (a guard), limited (throttled or out of budget), failed, planned (a
    dry run), cancelled (by a person, perhaps only paused: `code`), waiting (it makes room and goes on later).
    `entries`: what history tells of a run that was asked for by name; of any other run they would be too many."""

    run: int
    state: RunState
    plan: Plan
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # entity -> "outcome side" -> n
    stops: tuple[str, ...] = ()
    problem: str = ""
    hint: str = ""
    code: str = ""
    until: datetime | None = None
    entries: tuple[Entry, ...] = ()

    @property
    def holds(self) -> tuple[Hold, ...]:
        return self.plan.holds
