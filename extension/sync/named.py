"""What somebody named: some records of the CRM, with the twins and the parents that they need.

Each is asked for itself, because a walk's index lags behind what was typed a second ago. A parent that is linked and
in step as far as is remembered is not: its children need its identity alone, and a walk tells when it changes. What
a service refused is planned once more at a person's press, and then the parents are read too: they may be the reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from extension.sync.canonical import SIDES, XERO, ZOHO, Side, Where, chunks, other
from extension.sync.errors import BadInput, SafetyStop
from extension.sync.model import Entry, Link, Record, Ref, is_dirty
from extension.sync.observe import CONFIRM, Observer
from extension.sync.ports import Registry, Store

MOST: Final = 100  # as many as a list of the CRM hands over (facts/widget.md)
Name = tuple[str, str]
"""(entity, Zoho id)."""


class Named:
    """Reads what one run was asked for by name."""

    def __init__(self, store: Store, registry: Registry, observer: Observer, pressed: Sequence[Name]) -> None:
        self.store, self.registry, self.observer = store, registry, observer
        self.pressed = tuple(dict.fromkeys(pressed))
        self.parents = False  # whether parents that are in step are read as well
        self._asked: set[tuple[Side, str, str]] = set()

    def read(self) -> list[Record]:
        """They, their twins and parents. Raises BadInput where none of them exists."""
        self._may_begin()
        found = self._themselves()
        if not found:
            entity, id_ = self.pressed[0]
            label = self.registry.entity(entity).label
            raise BadInput(f"There is no {label} with the id {id_} in Zoho CRM.", code="no_record")
        return self.around(found)

    def missing(self, found: Iterable[Record]) -> list[Entry]:
        """What history says of those that are not in the CRM (any more)."""
        there = {record.where for record in found}
        message = "It is not in the CRM any more."
        return [
            Entry(entity, "skipped", id_, side=ZOHO, reason="not_there", message=message)
            for entity, id_ in self.pressed
            if (entity, ZOHO, id_) not in there
        ]

    def unchanged(self, told: Iterable[Entry]) -> list[Entry]:
        """What history says of those that it tells nothing else of: somebody pressed, and all was well."""
        known = {(entry.entity, entry.zoho_id) for entry in told}
        quiet = [each for each in self.pressed if each not in known]
        return [self._unchanged(*each) for each in quiet]

    def _unchanged(self, entity: str, id_: str) -> Entry:
        links = [link for link in self.store.links_of(entity, ZOHO, [id_]) if link.state == "live"]
        record = next(iter(self.store.by_id(entity, ZOHO, [id_])), None)
        xero, title = links[0].ids[XERO] if links else None, record.title if record else ""
        return Entry(entity, "unchanged", id_, xero, reason="in_step", message="Both sides agree.", title=title)

    def around(self, records: Sequence[Record]) -> list[Record]:
        """These records and everything that a run of them looks at, read now where that is called for."""
        focus, frontier = list(records), list(records)
        seen = {record.where for record in records}
        while frontier:
            found = self._relatives(frontier)
            frontier = [record for record in found if record.where not in seen]
            seen.update(record.where for record in frontier)
            focus += frontier
        return focus

    def again(self, focus: Sequence[Record]) -> list[Record]:
        """The same records as they are remembered now, and what was linked with them meanwhile."""
        now: dict[Where, Record] = {}
        for (entity, side), ids in _by_kind(focus).items():
            now.update({fresh.where: fresh for fresh in self.store.by_id(entity, side, ids)})
            twins = sorted({link.ids[other(side)] for link in self.store.links_of(entity, side, ids)})
            now.update({fresh.where: fresh for fresh in self.store.by_id(entity, other(side), twins)})
        return list(now.values())

    # ------------------------------------------------------------------ before anything is read

    def _may_begin(self) -> None:
        """Records that were never fetched cannot be told from those that do not exist."""
        for side in SIDES:
            for feed in self.registry.feeds(side, self._families()):
                if self.store.feed(side, feed).scanned is None:
                    raise SafetyStop(
                        "fetch_first",
                        "The existing data was not fetched yet.",
                        hint="Fetch the data of both sides first (`flask fetch`).",
                    )

    def _families(self) -> list[str]:
        """Their entities and those before them, which their records may refer to."""
        names = [entity.name for entity in self.registry.entities]
        last = max(names.index(entity) for entity, _ in self.pressed)
        return names[: last + 1]

    # ------------------------------------------------------------------ reading

    def _themselves(self) -> list[Record]:
        ids: dict[str, list[str]] = defaultdict(list)
        for entity, id_ in self.pressed:
            ids[entity].append(id_)
        found: list[Record] = []
        for entity, wanted in ids.items():
            feed = self.registry.entity(entity).feeds[ZOHO]
            found += [view for view in self._rows(ZOHO, feed, wanted) if view.entity == entity and view.live]
        return found

    def _relatives(self, records: Sequence[Record]) -> list[Record]:
        """Twins, and the parents that do not stand in step, freshly read where they are known."""
        wanted: dict[tuple[Side, str], set[str]] = defaultdict(set)
        for twin in self._twins(records):
            wanted[twin.side, twin.feed].add(twin.remote)
        for parent in self._parents(records):
            wanted[parent.side, parent.feed].add(parent.remote)
        found: list[Record] = []
        for (side, feed), ids in sorted(wanted.items()):
            found += [view for view in self._rows(side, feed, sorted(ids)) if view.live]
        roots = {(record.entity, record.side) for record in records}
        named = {ref.entity for record in records for ref in _calls_for(record)}
        return [view for view in found if view.entity in named or (view.entity, other(view.side)) in roots]

    def _rows(self, side: Side, feed: str, ids: Sequence[str]) -> list[Record]:
        """Each row is read once: a twin's twin is the record itself."""
        fresh = [id_ for id_ in ids if (side, feed, id_) not in self._asked]
        self._asked.update((side, feed, id_) for id_ in fresh)
        return [view for part in chunks(fresh, CONFIRM) for view in self.observer.rows_by_id(side, feed, part)]

    def _twins(self, records: Sequence[Record]) -> list[Record]:
        found: list[Record] = []
        for (entity, side), ids in _by_kind(records).items():
            linked = [link for link in self.store.links_of(entity, side, ids) if link.state == "live"]
            found += self.store.by_id(entity, other(side), sorted(link.ids[other(side)] for link in linked))
        return found

    def _parents(self, records: Sequence[Record]) -> list[Record]:
        handles: dict[tuple[str, Side], set[str]] = defaultdict(set)
        for record in records:
            for ref in _calls_for(record):
                handles[ref.entity, record.side].add(ref.handle)
        found: list[Record] = []
        for (entity, side), wanted in handles.items():
            parents = self.store.by_handle(entity, side, sorted(wanted))
            found += parents if self.parents else self._out_of_step(parents)
        return found

    def _out_of_step(self, parents: Sequence[Record]) -> list[Record]:
        """Those that are not linked, or of whose pair either record changed since."""
        if not parents:
            return []
        entity, side, there = parents[0].entity, parents[0].side, other(parents[0].side)
        ids = sorted({parent.id for parent in parents})
        links = {link.ids[side]: link for link in self.store.links_of(entity, side, ids) if link.state == "live"}
        ends = sorted(link.ids[there] for link in links.values())
        twins = {twin.id: twin for twin in self.store.by_id(entity, there, ends)}
        return [parent for parent in parents if not _in_step(parent, links.get(parent.id), twins)]


def _in_step(parent: Record, link: Link | None, twins: Mapping[str, Record]) -> bool:
    twin = twins.get(link.ids[other(parent.side)]) if link is not None else None
    return twin is not None and not any(is_dirty(record, link) for record in (parent, twin))


def _calls_for(record: Record) -> tuple[Ref, ...]:
    """The parents that it needs on the other side."""
    return (*record.demands, *([record.scope] if record.scope else []))


def _by_kind(records: Iterable[Record]) -> dict[tuple[str, Side], list[str]]:
    kinds: dict[tuple[str, Side], list[str]] = defaultdict(list)
    for record in records:
        kinds[record.entity, record.side].append(record.id)
    return kinds
