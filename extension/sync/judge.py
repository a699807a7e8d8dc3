"""What a planner may decide: scope, directions, start date, and what is known of parents.

Pure. Is the `Resolver` of its own plan: a parent that is planned here is a placeholder for its children. Collects
the draft: actions, holds and skips.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from extension.sync.actions import Action, Hold, Skip
from extension.sync.canonical import ZOHO, Placeholder, Side, Value, Where, digest_of
from extension.sync.errors import Cannot
from extension.sync.match import Found
from extension.sync.model import FieldRule, Record, Scope
from extension.sync.ports import ANY_CONTENT, Entity, Registry
from extension.sync.snapshot import Snapshot
from extension.sync.wishes import spelt, wished


@dataclass(frozen=True)
class Policy:
    """What this run allows: its scope, the connection's start date, and the records a person named."""

    scope: Scope
    now: datetime
    start_date: datetime | None = None
    named: frozenset[Where] = frozenset()

    @property
    def window(self) -> datetime | None:
        return self.now - timedelta(days=self.scope.window_days) if self.scope.window_days is not None else None


@dataclass
class Draft:
    actions: list[Action] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    skips: list[Skip] = field(default_factory=list)
    spent: list[tuple[Where, str, str]] = field(default_factory=list)


class Judge:
    """Judges the records of one snapshot."""

    def __init__(self, snap: Snapshot, registry: Registry, policy: Policy) -> None:
        self.snap, self.registry, self.policy = snap, registry, policy
        self.draft = Draft()
        self.adopted: dict[Where, Where] = {}
        self.created: set[Where] = set()
        self.held: dict[Where, str] = {}
        self.claimed: set[tuple[Side, str, str]] = set()
        self.filled: dict[tuple[str, Side, str], int] = {}
        self.wished = wished(snap.decisions)
        self.demanded = self._demanded()

    # ------------------------------------------------------------------ Resolver

    def record(self, entity: str, side: Side, handle: str) -> Record | None:
        return self.snap.by_handle(entity, side, handle)

    def twin(self, record: Record) -> Record | None:
        adopted = self.adopted.get(record.where)
        return self.snap.records[adopted] if adopted else self.snap.twin(record)

    def counterpart(self, entity: str, side: Side, handle: str) -> Value:
        record = self.record(entity, side, handle)
        label = self.registry.entity(entity).label
        if record is None:
            raise Cannot(
                "waiting", f"It refers to a {label} that has not been read yet.", "Run again; it heals itself."
            )
        twin = self.twin(record)
        if twin is not None:
            return twin.handle
        if record.where in self.created:
            return Placeholder.of(record.where)
        why = self.held.get(record.where)
        because = f", which is held: {why}" if why else ", which is not synchronised yet."
        raise Cannot("waiting", f"It waits for the {label} “{record.title}”{because}", "Settle that record first.")

    def word(self, record: Record, field: str, values: Sequence[Value]) -> str:
        for each in (record, self.twin(record)):
            said = self.snap.settling.get(each.where, {}).get(field) if each is not None else None
            if said is not None and said.about == spelt(values):
                return said.verb
        return ""

    # ------------------------------------------------------------------ scope

    def wants(self, record: Record) -> bool:
        """May this record be created on the other side: ticked and able to be born, or demanded by a document."""
        if record.where in self.demanded or record.where in self.wished:
            return record.live
        return record.state == "active" and record.births

    def _demanded(self) -> frozenset[Where]:
        """Parents that an in-scope record refers to are in scope, whatever their own tick or role says."""
        found = self._ticked()
        frontier = [self.snap.records[w] for w in self.snap.focus]
        while frontier:
            record = frontier.pop()
            if record.where not in found and not self._calls_for_parents(record):
                continue
            for ref in record.demands:
                parent = self.snap.by_handle(ref.entity, record.side, ref.handle)
                if parent is not None and parent.live and parent.where not in found:
                    found.add(parent.where)
                    frontier.append(parent)
        return frozenset(found)

    def _ticked(self) -> set[Where]:
        """Records that somebody named and wants in Xero: as good as ticked, and ticked by the run."""
        scope = self.policy.scope
        wheres: list[Where] = [(entity, ZOHO, id_) for entity, id_ in scope.pressed] if scope.tick else []
        return {where for where in wheres if where in self.snap.records and self.snap.records[where].live}

    def _calls_for_parents(self, record: Record) -> bool:
        if record.state != "active":
            return False
        if self.snap.live_link(record.where):
            return True
        return record.births and self._too_old(record) is None

    def _too_old(self, record: Record) -> str | None:
        if record.where in self.policy.named | self.wished or record.where in getattr(self, "demanded", ()):
            return None
        if self.policy.start_date is not None and record.modified < self.policy.start_date:
            return "before_start"
        if self.policy.window is not None and record.modified < self.policy.window:
            return "outside_window"
        return None

    def _may_write(self, to: Side, rule: FieldRule | None, entity: Entity) -> bool:
        if to not in entity.directions:
            return False
        if rule is not None and rule.direction == "to_zoho":
            return to == ZOHO  # what Xero decides travels in every mode
        return self.policy.scope.allows(to) and (rule is None or rule.allows(to))

    def _token(self, record: Record) -> str | None:
        """The parent as both sides know it; "*" for a record that lives in no parent."""
        if record.scope is None:
            return "*"
        parent = self.snap.by_handle(record.scope.entity, record.side, record.scope.handle)
        if parent is None:
            return None
        link = self.snap.live_link(parent.where)
        if link is not None:
            return f"link {link.id}"
        twin = self.adopted.get(parent.where)
        if twin is not None:
            return "adopt " + " ".join(sorted((parent.id, twin[2])))
        if parent.where in self.created:
            return "new " + parent.id
        return None

    # ------------------------------------------------------------------ outcomes

    def _rejected(self, *records: Record) -> bool:
        """A hold that sticks until the content, its parents or the mapping change."""
        rejection = self.snap.rejections.get(records[0].where)
        if rejection is None:
            return False
        if rejection.digest == ANY_CONTENT and records[0].where in self.wished:
            return False  # the person whom it waited for has spoken
        if rejection.digest not in (ANY_CONTENT, rejection_digest(self.snap, self.registry.version, records)):
            return False
        self._hold(records[0], rejection.reason, rejection.message, rejection.hint)
        return True

    def _found(self, where: Where, found: Found) -> None:
        record = self.snap.records[where]
        old = self._too_old(record)
        if old is not None:
            self._skip(record, old)
            return
        self._hold(record, found.reason, found.message, found.hint, related=found.related)

    def _hold(
        self,
        record: Record,
        reason: str,
        message: str,
        hint: str,
        *,
        field: str | None = None,
        related: tuple[Where, ...] = (),
        values: Mapping[str, Sequence[Value]] | None = None,
    ) -> None:
        self.held[record.where] = message
        own = (record.entity, record.side, record.id)
        self.draft.holds.append(Hold(*own, reason, message, hint, field, record.title, related, values or {}))

    def _over(self, record: Record, open_: Iterable[str]) -> None:
        """Words about two values that were followed, or of which none differ any more."""
        words = self.snap.settling.get(record.where, {})
        self.draft.spent += [(record.where, name, said.verb) for name, said in words.items() if name not in open_]

    def _outdated(self, record: Record, why: Cannot) -> None:
        """What was said of two values that do not stand there any more."""
        words = self.snap.settling.get(record.where, {})
        now = {name: spelt(values) for name, values in why.values.items()}
        self._over(record, {name for name, said in words.items() if now.get(name, said.about) == said.about})

    def _skip(self, record: Record, reason: str, *, park: bool = False) -> None:
        self.draft.skips.append(Skip(record.entity, record.side, record.id, reason, record.title, park))


def rejection_digest(snap: Snapshot, version: int, records: Iterable[Record]) -> str:
    """What a refusal depends on: the records, their parents and the mapping."""
    parts: list[str] = [str(version)]
    for record in records:
        parts.append(record.digest)
        for ref in record.refs:
            parent = snap.by_handle(ref.entity, record.side, ref.handle)
            parts.append(parent.digest if parent is not None and parent.live else ref.handle)
    return digest_of(parts)
