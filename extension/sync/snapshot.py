"""What a plan is made from: the records that need a look, and everything they are judged against.

Reads the store in batches, from the dirty records outwards: their links and twins, the holders of their keys
and stamps, the records they refer to, the siblings in their parents. Its size follows the changes, not the total.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from extension.sync.canonical import SIDES, Side, Where, chunks, other
from extension.sync.model import Link, Record
from extension.sync.ports import Decision, Registry, Rejection, Store
from extension.sync.wishes import ACTING, field_words, record_words, settling_words

K = TypeVar("K")
SLICE = 400  # values in one IN (...)


@dataclass
class Snapshot:
    """Records and links around the focus, with the look-ups that planning needs."""

    focus: list[Where] = field(default_factory=list)
    records: dict[Where, Record] = field(default_factory=dict)
    handles: dict[Where, list[Where]] = field(default_factory=lambda: defaultdict(list))  # handle -> records
    link_of: dict[Where, Link] = field(default_factory=dict)
    keyed: dict[Where, list[Where]] = field(default_factory=lambda: defaultdict(list))
    stamped: dict[Where, list[Where]] = field(default_factory=lambda: defaultdict(list))
    scoped: dict[Where, list[Where]] = field(default_factory=lambda: defaultdict(list))
    remotes: dict[tuple[Side, str, str], list[Where]] = field(default_factory=lambda: defaultdict(list))
    blocked: frozenset[Where] = frozenset()
    blocked_links: frozenset[int] = frozenset()
    creating: Mapping[tuple[str, Side], datetime] = field(default_factory=dict)  # first send of open creates
    rejections: dict[Where, Rejection] = field(default_factory=dict)
    decisions: Mapping[Where, Decision] = field(default_factory=dict)
    takes: Mapping[Where, Mapping[str, Side]] = field(default_factory=dict)  # record of the CRM -> field -> side
    settling: Mapping[Where, Mapping[str, Decision]] = field(default_factory=dict)  # record -> derived field -> word

    def add(self, record: Record) -> bool:
        if record.where in self.records:
            return False
        self.records[record.where] = record
        self.handles[record.entity, record.side, record.handle].append(record.where)
        self.remotes[record.side, record.feed, record.remote].append(record.where)
        if record.live:
            for key in record.keys:
                self.keyed[record.entity, record.side, key].append(record.where)
            if record.stamp:
                self.stamped[record.entity, record.side, record.stamp].append(record.where)
            if record.scope:
                self.scoped[record.entity, record.side, record.scope.handle].append(record.where)
        return True

    def add_link(self, link: Link) -> None:
        """A live link beats an ended one of the same record."""
        for side in SIDES:
            where = (link.entity, side, link.ids[side])
            known = self.link_of.get(where)
            if known is None or known.state != "live" or link.state == "live":
                self.link_of[where] = link

    def live_link(self, where: Where) -> Link | None:
        link = self.link_of.get(where)
        return link if link is not None and link.state == "live" else None

    def retired(self, where: Where) -> bool:
        link = self.link_of.get(where)
        return link is not None and link.state == "retired"

    def by_handle(self, entity: str, side: Side, handle: str) -> Record | None:
        """Of several that go by it a live one, a linked one, the first: whatever the order in which they were read."""
        named = [self.records[where] for where in self.handles.get((entity, side, handle), ())]
        return min(named, key=lambda r: (not r.live, self.live_link(r.where) is None, r.id), default=None)

    def twin(self, record: Record) -> Record | None:
        link = self.live_link(record.where)
        return self.records.get((record.entity, other(record.side), link.ids[other(record.side)])) if link else None


class Loader:
    """Fills a snapshot breadth first. Linked records outside the focus are leaves."""

    def __init__(self, store: Store, registry: Registry) -> None:
        self.store, self.registry = store, registry
        self.known = frozenset(e.name for e in registry.entities)
        # Elsewhere a parent only says within what keys count: nobody asks how many are in it.
        self.limited = frozenset(e.name for e in registry.entities if any(e.capacity.values()))
        self.snap = Snapshot()
        self.asked: set[tuple[str, Where]] = set()
        self.parts: list[Record] = []  # unlinked records that live in a parent with room for so many

    def load(self, entities: Sequence[str], focus: Sequence[Record] | None = None) -> Snapshot:
        snap, store = self.snap, self.store
        self._open_calls()
        said = store.decisions()
        snap.decisions, snap.takes, snap.settling = record_words(said), field_words(said), settling_words(said)
        frontier: list[Record] = []
        if focus is None:
            for name in entities:
                for batch in store.dirty(name):
                    frontier += batch
            known = {r.where for r in frontier}
            frontier += [r for r in self._decided(entities, said) if r.where not in known]
        else:
            frontier = list(focus)
        snap.focus = [r.where for r in frontier]
        wanted = set(snap.focus)
        for record in frontier:
            snap.add(record)
        while frontier:
            self._links(frontier)
            for record in frontier:  # the twin of a record in focus is judged with it
                link = snap.live_link(record.where) if record.where in wanted else None
                if link is not None:
                    wanted.add((record.entity, other(record.side), link.ids[other(record.side)]))
            expand = [r for r in frontier if r.live and (r.where in wanted or not snap.live_link(r.where))]
            frontier = [r for r in self._neighbours(frontier, expand) if snap.add(r)]
        for rejection in store.rejections(sorted(snap.records)):  # an unticked parent that is demanded, too
            snap.rejections[rejection.where] = rejection
        return snap

    def _decided(self, entities: Sequence[str], said: Sequence[Decision]) -> list[Record]:
        """Where a person's word waits to be followed: nothing else may have changed there."""
        ids: dict[tuple[str, Side], set[str]] = defaultdict(set)
        for each in said:
            entity, side, id_ = each.where
            if each.verb in ACTING and entity in entities:
                ids[entity, side].add(id_)
                if each.verb == "link" and each.twin:
                    ids[entity, other(side)].add(each.twin)
        return [
            record
            for (entity, side), wanted in sorted(ids.items())
            for part in chunks(sorted(wanted), SLICE)
            for record in self.store.by_id(entity, side, part)
        ]

    def _open_calls(self) -> None:
        blocked: set[Where] = set()
        links: set[int] = set()
        creating: dict[tuple[str, Side], datetime] = {}
        for call in self.store.open_calls():
            for intent in call.intents:
                if intent.source:
                    blocked.add((intent.entity, other(intent.side), intent.source))
                if intent.target:
                    blocked.add((intent.entity, intent.side, intent.target))
                if intent.link is not None:
                    links.add(intent.link)
                if intent.verb == "create" and call.first_sent:
                    key = (intent.entity, intent.side)
                    creating[key] = min(creating.get(key, call.first_sent), call.first_sent)
        self.snap.blocked, self.snap.blocked_links, self.snap.creating = frozenset(blocked), frozenset(links), creating

    def _links(self, records: Iterable[Record]) -> None:
        groups: dict[tuple[str, Side], list[str]] = defaultdict(list)
        for record in records:
            groups[record.entity, record.side].append(record.id)
        for (entity, side), ids in groups.items():
            for part in chunks(ids, SLICE):
                for link in self.store.links_of(entity, side, part):
                    self.snap.add_link(link)

    def _neighbours(self, frontier: Sequence[Record], expand: Sequence[Record]) -> list[Record]:
        store, snap = self.store, self.snap
        ids: dict[tuple[str, Side], set[str]] = defaultdict(set)
        handles: dict[tuple[str, Side], set[str]] = defaultdict(set)
        keys: dict[str, set[str]] = defaultdict(set)
        stamps: dict[tuple[str, Side], set[str]] = defaultdict(set)
        scopes: dict[tuple[str, Side], set[str]] = defaultdict(set)
        siblings: dict[tuple[Side, str], set[str]] = defaultdict(set)
        for r in frontier:
            link = snap.link_of.get(r.where)
            if link is not None:
                ids[r.entity, other(r.side)].add(link.ids[other(r.side)])
            if r.successor is not None and not r.live:
                ids[r.entity, r.side].add(r.successor)
        for r in expand:
            for ref in r.refs:
                if ref.entity in self.known:
                    handles[ref.entity, r.side].add(ref.handle)
            siblings[r.side, r.feed].add(r.remote)
            if snap.live_link(r.where):
                if (twin := snap.twin(r)) is not None and not twin.live:
                    stamps[r.entity, twin.side].add(r.id)  # who carries its id now?
                continue
            keys[r.entity].update(r.keys)
            if r.stamp:
                ids[r.entity, other(r.side)].add(r.stamp)
            stamps[r.entity, other(r.side)].add(r.id)
            if r.scope and r.entity in self.limited:
                scopes[r.entity, r.side].add(r.scope.handle)
                self.parts.append(r)
        self._twin_scopes(scopes)
        out: list[Record] = []
        out += self._ask("id", ids, lambda k, v: store.by_id(k[0], k[1], v))
        out += self._ask("handle", handles, lambda k, v: store.by_handle(k[0], k[1], v))
        out += self._ask("key", keys, lambda k, v: store.by_key(k, v))
        out += self._ask("stamp", stamps, lambda k, v: store.by_stamp(k[0], k[1], v))
        out += self._ask("scope", scopes, lambda k, v: store.by_scope(k[0], k[1], v))
        out += self._ask("remote", siblings, lambda k, v: store.by_remote(k[0], k[1], v))
        return [r for r in out if r.entity in self.known]

    def _twin_scopes(self, scopes: dict[tuple[str, Side], set[str]]) -> None:
        """Siblings on the other side count against its capacity. Asked for as soon as the parent's twin is known."""
        for r in self.parts:
            assert r.scope is not None
            parent = self.snap.by_handle(r.scope.entity, r.side, r.scope.handle)
            twin = self.snap.twin(parent) if parent else None
            if twin:
                scopes[r.entity, other(r.side)].add(twin.handle)

    def _ask(
        self, what: str, wanted: Mapping[K, set[str]], read: Callable[[K, Sequence[str]], Sequence[Record]]
    ) -> list[Record]:
        out: list[Record] = []
        for key, values in wanted.items():
            fresh = sorted(v for v in values if (what, (str(key), "zoho", v)) not in self.asked)
            self.asked.update((what, (str(key), "zoho", v)) for v in fresh)
            for part in chunks(fresh, SLICE):
                out += read(key, part)
        return out
