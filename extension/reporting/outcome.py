"""What a run came to, as counts: over several turns of one task, by reason, by currency. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from extension.reporting.plan_money import Worth, sums
from extension.sync.actions import Hold, Plan

Counts = Mapping[str, Mapping[str, int]]
"""Entity -> "outcome side" -> how many."""

STANDING: Final = ("held", "skipped", "unchanged")  # every turn tells these anew; what was done adds up


def together(earlier: Counts, now: Counts) -> dict[str, dict[str, int]]:
    """What all turns of a task did, and what stands after the last one."""
    found: dict[str, dict[str, int]] = {}
    for entity in [*now, *(name for name in earlier if name not in now)]:
        done = {kind: n for kind, n in earlier.get(entity, {}).items() if kind.split(" ")[0] not in STANDING}
        found[entity] = dict(Counter(done) + Counter(now.get(entity, {})))
    return {entity: counts for entity, counts in found.items() if counts}


def reasons(holds: Iterable[Hold]) -> list[dict[str, Any]]:
    """Why records are held: the most frequent reason first, with the first hold's words."""
    groups: dict[str, list[Hold]] = {}
    for hold in holds:
        groups.setdefault(hold.reason, []).append(hold)
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    return [{"reason": why, "n": len(some), "message": some[0].message, "hint": some[0].hint} for why, some in ordered]


def money(plan: Plan, worths: Mapping[str, Worth]) -> list[dict[str, Any]]:
    """What the documents that would be created or changed come to, as a page keeps it."""
    return [{**row, "total": str(row["total"])} for row in sums(plan, worths)]
