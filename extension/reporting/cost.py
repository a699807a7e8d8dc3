"""How many calls a plan will cost, from the sizes of batches: an estimate, because answers may bring more to do.

Pure. Writes go in full batches per collection and verb. What is created on one side is written back once on the other
(its id, its number). The CRM answers a write with ids only, so rows are read again: master data in batches, documents
one by one, because its lists carry no lines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from math import ceil
from typing import Final

from extension.sync.actions import Create, Plan, Retire, Update
from extension.sync.canonical import SIDES, XERO, ZOHO, Side, other
from extension.sync.ports import Registry

Batch = Callable[[Side, str], int]
"""Rows per call that a side takes for one feed."""

A_MINUTE: Final[Mapping[Side, int]] = {
    ZOHO: 120,
    XERO: 50,
}  # an answer takes half a second; Xero grants 60, less a reserve


def estimate(plan: Plan, registry: Registry, batch: Batch) -> dict[Side, int]:
    """Calls by side."""
    rows: Counter[tuple[Side, str, str]] = Counter()
    documents: Counter[Side] = Counter()
    for action in plan.work:
        entity = registry.entity(action.entity)
        for side, verb in _writes(action):
            rows[side, entity.feeds[side], verb] += 1
            documents[side] += entity.document
    calls = dict.fromkeys(SIDES, 0)
    for (side, feed, _), n in rows.items():
        writes = ceil(n / batch(side, feed))
        calls[side] += writes if side != ZOHO or _is_document(registry, side, feed) else 2 * writes
    calls[ZOHO] += documents[ZOHO]
    return dict(calls)


def minutes(calls: Mapping[Side, int]) -> int:
    """How long so many calls take: one run makes them one after the other."""
    return ceil(sum(n / A_MINUTE[side] for side, n in calls.items()))


def _writes(action: object) -> list[tuple[Side, str]]:
    match action:
        case Create():
            return [(action.side, "create"), (other(action.side), "update")]
        case Update():
            return [(side, "update") for side in SIDES if action.patch.get(side)]
        case Retire():
            return [(action.side, "retire")]
    patch = getattr(action, "patch", {})
    return [(side, "update") for side in SIDES if patch.get(side)]


def _is_document(registry: Registry, side: Side, feed: str) -> bool:
    return any(entity.document and entity.feeds[side] == feed for entity in registry.entities)
