"""The money of a plan: what the documents come to that would be created or changed, and those that are held.

Pure. A status is told in Xero's words, so that both directions add up in the same lines; which document counts is the
one that the other side will follow.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any

from extension.reporting import ways_out
from extension.reporting.planview import ends, patches
from extension.sync.actions import Action, Create, Hold, Plan, Update
from extension.sync.canonical import XERO, ZOHO
from extension.sync.model import Record

Worth = Callable[[Record], tuple[str, str, Decimal] | None]
"""Currency, status and total of a document."""


def sums(plan: Plan, worths: Mapping[str, Worth]) -> list[dict[str, Any]]:
    """Rows of kind (create, update), entity, currency, status, how many documents, and what they come to."""
    found: dict[tuple[str, str, str, str], list[Decimal]] = defaultdict(list)
    for action in plan.work:
        if isinstance(action, Create | Update) and action.entity in worths:
            record = _followed(action)
            worth = worths[action.entity](record) if record is not None else None
            if worth is not None:
                currency, status, total = worth
                found[action.kind, action.entity, currency, status].append(total)
    return [
        {
            "kind": kind,
            "entity": entity,
            "currency": currency,
            "status": status,
            "documents": len(each),
            "total": sum(each, Decimal(0)),
        }
        for (kind, entity, currency, status), each in sorted(found.items())
    ]


def _followed(action: Action) -> Record | None:
    records, written = ends(action), patches(action)
    side = XERO if written.get(ZOHO) and not written.get(XERO) else ZOHO
    return records[side] or next((record for record in records.values() if record is not None), None)


def held(holds: Iterable[Hold], documents: Collection[str]) -> list[dict[str, Any]]:
    """Every document that is held, with both numbers where they are why, and the ways out."""
    return [
        {
            "entity": hold.entity,
            "side": hold.side,
            "id": hold.id,
            "title": hold.title,
            "reason": hold.reason,
            "message": hold.message,
            "values": {name: list(values) for name, values in hold.values.items()},
            "ways": ways(hold),
        }
        for hold in holds
        if hold.entity in documents
    ]


def ways(hold: Hold) -> list[str]:
    """The ways out as their buttons say them, and what one may do by hand."""
    verbs = ways_out.reason(hold.reason).ways
    said = [ways_out.label(verb, hold.side, linked=bool(hold.field)) for verb in verbs if verb not in ("take", "link")]
    if "take" in verbs:
        said += [ways_out.label("take", hold.side, side) for side in (ZOHO, XERO)]
    return [*said, *([hold.hint] if hold.hint else [])]
