"""What a run that was asked for by name did to each record, or what it would do. Pure.

A record has one outcome: the most that was done to it. Its parents are told of too, since a press brings them along.
Everything is plain JSON: it is kept with the task, and the panel shows it as it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from extension.reporting import planview
from extension.reporting.plain import plain
from extension.sync.actions import Plan
from extension.sync.canonical import ZOHO
from extension.sync.model import Entry, Outcome

RANK: Final[tuple[Outcome, ...]] = (
    "failed",
    "held",
    "created",
    "linked",
    "retired",
    "updated",
    "skipped",
    "unchanged",
)
"""What stands in the way comes first: whoever pressed must see it, whatever else was done."""


def done(pressed: Iterable[tuple[str, str]], entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """The records that were named, in their order, then those that came along."""
    groups: dict[tuple[str, str | None], list[Entry]] = {}
    for entry in entries:
        groups.setdefault((entry.entity, entry.zoho_id or entry.xero_id), []).append(entry)
    named = [each for each in pressed if each in groups]
    others = [key for key in groups if key not in named]
    return [_told(groups[key], named=key in named) for key in [*named, *others]]


def _told(entries: Sequence[Entry], *, named: bool) -> dict[str, Any]:
    chief = min(entries, key=lambda entry: RANK.index(entry.outcome))
    zoho, xero = ({getattr(e, name) for e in entries} - {None} for name in ("zoho_id", "xero_id"))
    return {
        "entity": chief.entity,
        "zoho_id": next(iter(zoho), None),
        "xero_id": next(iter(xero), None),
        "title": next((e.title for e in reversed(entries) if e.title), ""),
        "named": named,
        "outcome": chief.outcome,
        "reason": chief.reason,
        "message": chief.message,
        "hint": chief.hint,
        "changes": [{"side": e.side, "fields": sorted(e.changes)} for e in entries if e.changes],
    }


def planned(plan: Plan, entity: str, zoho_id: str) -> list[dict[str, Any]]:
    """What would be done to this record."""
    mine = [a for a in plan.work if a.entity == entity and planview.ids(a)[ZOHO] == zoho_id]
    return [told(planview.entry(action)) for action in mine]


def told(value: Any) -> Any:
    """Plain JSON, money as text of a decimal."""
    match value:
        case Decimal():
            return str(value)
        case Mapping():
            return {str(name): told(each) for name, each in value.items()}
        case list() | tuple():
            return [told(each) for each in value]
    return plain(value)
