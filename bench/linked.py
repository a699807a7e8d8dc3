"""A connection that is in step: observed by the product itself, then linked through the store's own interface.

Linking by a run would cost a plan over every record and a write-back for each; what is measured here begins after all
that. Both bases are the records as they stand, so nothing is left to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bench.company import ACCOUNT, INVOICE, PRODUCT, crm_id, xero_id
from bench.tenant import Tenant
from extension.store import SqlStore
from extension.sync.canonical import SIDES, XERO, ZOHO, Side, chunks
from extension.sync.engine import Timing
from extension.sync.model import Link, Record
from extension.sync.observe import Observer

KINDS: Final = {"account": ACCOUNT, "product": PRODUCT, "invoice": INVOICE}
AT_ONCE: Final = 500


def observe(tenant: Tenant, feeds: Sequence[tuple[Side, str]] | None = None, *, full: bool = True) -> int:
    """Walks of these feeds, of all by default: full scans, or from the watermarks. Returns how many rows there were."""
    store, registry = tenant.store(tenant.tenant), tenant.registry(tenant.tenant)
    remotes = dict(tenant.remotes(tenant.tenant, registry))
    names = [entity.name for entity in registry.entities]
    epoch = leased(tenant, store)
    observer = Observer(store, registry, remotes, tenant.clock, epoch, Timing().overlap)
    every = [(side, feed) for side in SIDES for feed in registry.feeds(side, names)]
    for side, feed in feeds or every:
        observer.feed(side, feed, full=full)
    store.release(epoch)
    return observer.rows


def link_all(tenant: Tenant, counts: dict[str, int]) -> int:
    """Links the twins of a `company`, so many of each entity."""
    store, version = tenant.store(tenant.tenant), tenant.registry(tenant.tenant).version
    epoch, made = leased(tenant, store), 0
    for entity, count in counts.items():
        kind = KINDS[entity]
        for numbers in chunks(range(count), AT_ONCE):
            twins = [(crm_id(kind, n), xero_id(kind, n)) for n in numbers]
            here = {r.id: r for r in store.by_id(entity, ZOHO, [twin[0] for twin in twins])}
            there = {r.id: r for r in store.by_id(entity, XERO, [twin[1] for twin in twins])}
            with store.write(epoch) as tx:
                for ours, theirs in twins:
                    tx.insert_link(_link(here[ours], there[theirs], version))
            made += len(twins)
    store.release(epoch)
    return made


def leased(tenant: Tenant, store: SqlStore) -> int:
    """The lease, for as long as a bench takes."""
    epoch = store.acquire("bench", tenant.clock.now(), 3_600)
    if epoch is None:
        raise RuntimeError("somebody else works on the bench's connection")
    return epoch


def _link(ours: Record, theirs: Record, version: int) -> Link:
    lines = zip(ours.fields.get("lines") or (), theirs.fields.get("lines") or (), strict=True)
    return Link(
        0,
        ours.entity,
        {ZOHO: ours.id, XERO: theirs.id},
        {ZOHO: ours.fields, XERO: theirs.fields},
        tuple((a["id"], b["id"]) for a, b in lines),
        version=version,
        settled=True,
    )
