"""The vocabulary as values: what was observed, links, field rules, scopes, outcomes.

Pure and immutable. Times are aware UTC. Ids and references are the services' own strings, never
translated in a record: a reference is a *handle* of the record it names (its id, or for Xero items
their code). Actions and writes are in `actions`, canonical values in `canonical`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Final, Literal, TypeAlias

from extension.sync.canonical import Fields, Side, Value, Where, digest_of, encode

# ------------------------------------------------------------------ what was observed


@dataclass(frozen=True, slots=True)
class Row:
    """One remote record as a service returned it: plain JSON with ISO dates, before any view of it.

    `partial`: a list row that lacks arrays (Zoho's lists carry no lines). `read_at`: that side's own
    clock when it answered. `state`: live, archived or gone, as the service says.
    """

    feed: str
    id: str
    modified: datetime
    body: Mapping[str, Any]
    state: Literal["live", "archived", "gone"] = "live"
    partial: bool = False
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ref:
    """`entity` by the handle that the referring side uses."""

    entity: str
    handle: str


State: TypeAlias = Literal["active", "out_of_scope", "gone"]


@dataclass(frozen=True)
class Record:
    """The last observation of one remote record as one entity sees it.

    `remote` is the id of the remote row (`id` differs from it for contact persons: "ContactID/n").
    `handle`: how other records of this side name it. `keys`: natural keys, strongest first, normalised.
    `stamp`: the id of its twin, as the service's own stamp field says. `scope`: the parent within which
    keys are compared. `refs`: every record it refers to. `demands`: the refs among them that pull an
    unticked or role-less parent into scope. `births`: may be created on the other side by itself.
    `restless`: may change without its modified time moving, and is read again once a day. `successor`: the id of the
    record that took its place when somebody merged the two.
    """

    entity: str
    side: Side
    id: str
    remote: str
    feed: str
    modified: datetime
    fields: Fields
    state: State = "active"
    handle: str = ""
    keys: tuple[str, ...] = ()
    stamp: str | None = None
    scope: Ref | None = None
    refs: tuple[Ref, ...] = ()
    demands: tuple[Ref, ...] = ()
    births: bool = True
    title: str = ""
    version: int = 1
    read_at: datetime | None = None
    first_seen: datetime | None = None
    restless: bool = False
    successor: str | None = None

    @cached_property
    def text(self) -> str:
        """The canonical text of the fields: what is stored, and what the digest is of."""
        return encode(self.fields)

    @cached_property
    def digest(self) -> str:
        return digest_of(self.text)

    @property
    def where(self) -> Where:
        return (self.entity, self.side, self.id)

    @property
    def live(self) -> bool:
        return self.state != "gone"


LinkState: TypeAlias = Literal["live", "retired", "unlinked"]
Pairs: TypeAlias = tuple[tuple[str, str], ...]
"""Of lines: (Zoho's id, Xero's)."""


@dataclass(frozen=True)
class Link:
    """These two are the same thing. One base per side: the fields as last agreed, in that side's own terms.

    `pairs`: line pairs [zoho line id, xero line id]. `settled` once it was first in step: until then
    what its UNSET fields bring was approved with it. `put_back` stops a tug of war with a service that rewrites.
    """

    id: int
    entity: str
    ids: Mapping[Side, str]
    base: Mapping[Side, Fields]
    pairs: tuple[tuple[str, str], ...] = ()
    state: LinkState = "live"
    made_by: str = "matched"
    version: int = 1
    settled: bool = False
    put_back: Mapping[str, Value] = field(default_factory=dict)  # "side.field" -> value last put back there

    @cached_property
    def _digests(self) -> dict[Side, str]:
        return {}

    def base_digest(self, side: Side) -> str:
        if side not in self._digests:
            self._digests[side] = digest_of(encode(self.base[side]))
        return self._digests[side]


def is_dirty(record: Record, link: Link | None) -> bool:
    """Whether the plan must look at this record. Kept in the transaction that writes record or link."""
    if link is None or link.state == "unlinked":
        return record.state == "active" and record.births
    if link.state == "retired":
        return record.state == "active"
    if record.state == "gone" or not link.settled or link.version != record.version:
        return True
    return record.state == "active" and record.digest != link.base_digest(record.side)


# ------------------------------------------------------------------ field rules

Direction: TypeAlias = Literal["both", "to_zoho", "to_xero", "derived"]
Owner: TypeAlias = Literal["zoho", "xero", "newest", "ask"]


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How one canonical field travels. `ref` names the entity where the value is a handle of it. `under`: a derived
    field whose difference, once a person lets it stand, explains one in this."""

    name: str
    direction: Direction = "both"
    owner: Owner = "zoho"
    ref: str | None = None
    lines: bool = False
    label: str = ""
    under: str = ""

    def allows(self, to: Side) -> bool:
        return self.direction in ("both", f"to_{to}")


HEADER: Final = "document."
"""Begins the id of a line that is an amount of the document's header."""
AMOUNT: Final = "amount"
"""All that such a line says."""


def of_header(id_: object) -> bool:
    return isinstance(id_, str) and id_.startswith(HEADER)


# ------------------------------------------------------------------ scope, outcomes

Mode: TypeAlias = Literal["both", "zoho-to-xero", "xero-to-zoho"]
Outcome: TypeAlias = Literal["created", "updated", "linked", "unchanged", "skipped", "held", "retired", "failed"]


@dataclass(frozen=True)
class Scope:
    """What one run looks at. The scheduler, the button, the CLI and the audit differ in nothing else.

    `since`: "last", "all" (a full scan) or a number of days as a window. `record`: (entity, Zoho id); `records`:
    several of them, as one run. `tick`: those records are wanted in Xero although nobody ticked them, and are ticked.
    `approve`: True approves every stop of this run. `approved_only`: does what a person approved, and leaves the rest.
    `restless`: what may have changed without its modified time moving is read again, though a day has not passed.
    """

    entities: tuple[str, ...] = ()
    mode: Mode = "both"
    window_days: int | None = None
    full: bool = False
    record: tuple[str, str] | None = None
    records: tuple[tuple[str, str], ...] = ()
    tick: bool = False
    dry_run: bool = False
    observe_only: bool = False
    approve: bool = False
    approved_only: bool = False
    restless: bool = False
    trigger: str = "person"
    background: bool = False

    @property
    def pressed(self) -> tuple[tuple[str, str], ...]:
        """The records that somebody named: (entity, Zoho id)."""
        return self.records or ((self.record,) if self.record is not None else ())

    def allows(self, to: Side) -> bool:
        return self.mode == "both" or self.mode.endswith(f"to-{to}")


@dataclass(frozen=True)
class Entry:
    """One line of history. `changes`: {field: [before, after]}, losing values kept as `field!lost`."""

    entity: str
    outcome: Outcome
    zoho_id: str | None = None
    xero_id: str | None = None
    side: Side | None = None
    reason: str = ""
    message: str = ""
    hint: str = ""
    title: str = ""
    changes: Mapping[str, Sequence[Value]] = field(default_factory=dict)
