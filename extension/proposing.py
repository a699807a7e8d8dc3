"""Looks for pairs that may belong together among the records that nothing links, after a fetch.

Compares and keeps; decides nothing and asks no service. A pair that a run holds for a person's decision already is
not proposed beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from extension.bootstrap import Connection, House
from extension.reporting import likeness
from extension.reporting.likeness import Traits
from extension.sync.canonical import SIDES, XERO, ZOHO, Side, Where
from extension.sync.model import Record, Ref
from extension.sync.ports import Registry, Store

AT_MOST: Final = 20_000  # pairs of one module: nobody looks at more before the next fetch


def propose(house: House, connection: Connection, registry: Registry) -> int:
    """How many pairs there are to decide about."""
    held = _held(house.store(connection))
    return sum(_of(house, connection, entity.name, held) for entity in registry.entities)


def _of(house: House, connection: Connection, entity: str, held: frozenset[Where]) -> int:
    store, sides = house.store(connection), {}
    for side in SIDES:
        found: list[Traits] = []
        for batch in house.proposals.unlinked(connection.id, entity, side):
            parents = _parents(store, batch)
            found += [likeness.traits(one, parents[one.where]) for one in batch if one.where not in held]
        sides[side] = found
    pairs = likeness.proposals(sides[ZOHO], sides[XERO])
    return house.proposals.replace(connection.id, entity, pairs[:AT_MOST])


def _held(store: Store) -> frozenset[Where]:
    """Records that wait for a decision, and those that they are mistaken for."""
    return frozenset(
        where for hold in store.holds() if hold.field is None and hold.related for where in (hold.where, *hold.related)
    )


def _parents(store: Store, batch: Sequence[Record]) -> dict[Where, set[str]]:
    """The companies that records belong to, as Xero calls them; nothing where a company is not linked yet."""
    refs = {one.where: [*one.demands, *([one.scope] if one.scope else [])] for one in batch}
    if not batch or batch[0].side == XERO:
        return {where: {f"{ref.entity}:{ref.handle}" for ref in found} for where, found in refs.items()}
    twins = _twins(store, (ref for found in refs.values() for ref in found), ZOHO)
    return {where: {twins[ref] for ref in found if ref in twins} for where, found in refs.items()}


def _twins(store: Store, refs: Iterable[Ref], side: Side) -> dict[Ref, str]:
    """What Xero calls the records that these name."""
    handles: dict[str, set[str]] = defaultdict(set)
    for ref in refs:
        handles[ref.entity].add(ref.handle)
    found: dict[Ref, str] = {}
    for entity, names in handles.items():
        records = {one.id: one.handle for one in store.by_handle(entity, side, sorted(names))}
        links = [link for link in store.links_of(entity, side, sorted(records)) if link.state == "live"]
        theirs = {one.id: one.handle for one in store.by_id(entity, XERO, [link.ids[XERO] for link in links])}
        for link in links:
            handle = theirs.get(link.ids[XERO])
            if handle is not None:
                found[Ref(entity, records[link.ids[side]])] = f"{entity}:{handle}"
    return found
