"""A plan as a document: what would be done, to what, why not, at what cost.

Pure. Every live record is listed exactly once; `unlisted` is impossible by construction, because the list is made from
the records and not from the plan.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, Protocol

from extension.sync.actions import Action, Adopt, Create, Detach, Forget, Hold, Plan, Report, Retire, Skip, Update
from extension.sync.canonical import SIDES, XERO, ZOHO, Fields, Side, Where, other
from extension.sync.journal import SKIPPED
from extension.sync.model import Record

TOTAL, CURRENCY = "total", "currency"  # canonical names that documents share
WORKING: Final = {"create": "create", "update": "update", "adopt": "adopt", "retire": "retire", "detach": "update"}
UNBORN: Final = "no_role"


class Live(Protocol):
    """One live record, as the store lists it."""

    @property
    def where(self) -> Where: ...
    @property
    def entity(self) -> str: ...
    @property
    def side(self) -> Side: ...
    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def births(self) -> bool: ...
    @property
    def twin(self) -> str | None: ...


# ------------------------------------------------------------------ one action


def ends(action: Action) -> dict[Side, Record | None]:
    """The two records of an action, as far as they exist."""
    match action:
        case Adopt():
            return {ZOHO: action.zoho, XERO: action.xero}
        case Create():
            return {action.source.side: action.source, action.side: None}
        case Update():
            return dict(action.read)
        case Retire():
            return {action.side: action.record, other(action.side): action.gone}
    return {ZOHO: None, XERO: None}


def patches(action: Action) -> Mapping[Side, Fields]:
    """What would be written, by side."""
    match action:
        case Adopt() | Update():
            return action.patch
        case Create():
            return {action.side: action.fields}
    return {}


def ids(action: Action) -> dict[Side, str | None]:
    match action:
        case Update() | Detach() | Forget() | Retire():
            return {side: action.link.ids[side] for side in SIDES}
    return {side: record.id if record else None for side, record in ends(action).items()}


def title(action: Action) -> str:
    return next((record.title for record in ends(action).values() if record and record.title), "")


def written(action: Action) -> list[Side]:
    """The sides that the action writes to."""
    if isinstance(action, Retire):
        return [action.side]
    return [side for side in SIDES if patches(action).get(side)]


def changes(action: Action) -> dict[str, list[Any]]:
    """Field -> [before, after], in the terms of the side that is written."""
    records = ends(action)
    found: dict[str, list[Any]] = {}
    for side, fields in patches(action).items():
        record = records[side]
        for name, value in fields.items():
            found[name] = [record.fields.get(name) if record else None, value]
    return found


def money(action: Action) -> dict[str, Any] | None:
    """What a document comes to, where it has a total."""
    for record in ends(action).values():
        if record is not None and isinstance(record.fields.get(TOTAL), Decimal):
            return {"currency": record.fields.get(CURRENCY) or "", "total": record.fields[TOTAL]}
    return None


def entry(action: Action) -> dict[str, Any]:
    """One action of the document."""
    sides, both = written(action), ids(action)
    return {
        "digest": action.digest,
        "kind": action.kind,
        "entity": action.entity,
        "side": sides[0] if len(sides) == 1 else "both" if sides else None,
        "title": title(action),
        "zoho_id": both[ZOHO],
        "xero_id": both[XERO],
        "changes": changes(action),
        "money": money(action),
    }


def hold_entry(hold: Hold) -> dict[str, Any]:
    related = [{"entity": e, "side": s, "id": i} for e, s, i in hold.related]
    names = ("entity", "side", "id", "title", "reason", "message", "hint", "field")
    values = {name: list(each) for name, each in hold.values.items()}
    return {**{name: getattr(hold, name) for name in names}, "related": related, "values": values}


def skip_entry(skip: Skip) -> dict[str, Any]:
    names = ("entity", "side", "id", "title", "reason")
    return {**{name: getattr(skip, name) for name in names}, "message": SKIPPED.get(skip.reason, "")}


# ------------------------------------------------------------------ the whole


def counts(plan: Plan, live: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Entity -> "create xero", "update zoho", "adopt", ... -> n; and how many records are linked, held, skipped."""
    live = list(live)
    found: dict[str, Counter[str]] = defaultdict(Counter, {record["entity"]: Counter() for record in live})
    for action in plan.work:
        where = written(action) if isinstance(action, Create | Update | Retire) else []
        for key in [f"{action.kind} {side}" for side in where] or [action.kind]:
            found[action.entity][key] += 1
    for record in live:
        if record["status"] in ("linked", "held", "skipped"):
            found[record["entity"]][record["status"]] += 1
    return {name: dict(sorted(each.items())) for name, each in found.items()}


def totals(plan: Plan) -> dict[str, dict[str, Decimal]]:
    """Money of the documents that would be created or changed: kind -> currency -> sum."""
    found: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for action in plan.work:
        sum_ = money(action) if isinstance(action, Create | Update) else None
        if sum_ is not None:
            found[action.kind][sum_["currency"]] += sum_["total"]
    return {kind: dict(each) for kind, each in found.items()}


def listing(plan: Plan, live: Iterable[Live]) -> list[dict[str, Any]]:
    """Every live record once: what would become of it, and why nothing would."""
    working = _working(plan)
    held = {(h.entity, h.side, h.id): h for h in reversed(plan.holds)}
    skips = {(s.entity, s.side, s.id): s for s in reversed(plan.skips)}
    related = {w: h for h in reversed(plan.holds) if h.field is None for w in h.related}
    rows = []
    for record in live:
        hold = held.get(record.where) or (None if record.twin else related.get(record.where))
        status, reason = "linked", ""
        if record.where in working:
            status = working[record.where]
        elif hold is not None:
            status, reason = "held", hold.reason
        elif record.where in skips:
            status, reason = "skipped", skips[record.where].reason
        elif record.twin is None:
            status, reason = "skipped", _why_left(record)
        row = {"entity": record.entity, "side": record.side, "id": record.id, "title": record.title, "status": status}
        rows.append({**row, "twin": record.twin, "reason": reason} if reason else {**row, "twin": record.twin})
    return rows


def _working(plan: Plan) -> dict[Where, str]:
    found: dict[Where, str] = {}
    for action in plan.work:
        kind = WORKING.get(action.kind)
        for side, id_ in ids(action).items():
            if kind and id_ is not None:
                found[action.entity, side, id_] = kind
    return found


def _why_left(record: Live) -> str:
    """Unlinked and not in the plan: nothing about it changed since it was last skipped."""
    if record.state == "out_of_scope":
        return "not_ticked"
    return "before_start" if record.births else UNBORN


def document(
    name: str, report: Report, live: Iterable[Live], cost: Mapping[Side, int], money: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The whole of `flask plan --json`. `money`: what is told of documents beside, as `plan_money` makes it."""
    plan = report.plan
    rows = listing(plan, live)
    return {
        "connection": name,
        "run": report.run,
        "state": report.state,
        "digest": plan.digest,
        "stops": list(report.stops),
        "counts": counts(plan, rows),
        "money": totals(plan),
        **(money or {}),
        "cost": dict(cost),
        "actions": [entry(action) for action in plan.work],
        "holds": [hold_entry(hold) for hold in plan.holds],
        "skips": [skip_entry(skip) for skip in plan.skips],
        "records": rows,
    }
