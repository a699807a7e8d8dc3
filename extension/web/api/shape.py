"""What is known of a record or a run, as a document of the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from extension.bootstrap import Task
from extension.recording import Known, amount_due, last_sync
from extension.reporting import ways_out
from extension.reporting.cases import Case, Point
from extension.reporting.overdue import days_overdue
from extension.reporting.plain import plain
from extension.sync.canonical import XERO, ZOHO, other
from extension.web import progress
from extension.web.access import Here

SIDES: Final = {"zoho": "the CRM", "xero": "Xero"}
LABELS: Final[Mapping[str, str]] = {
    "ignore": "Ignore",
    "keep": "Keep it unlinked",
    "retire": "Put this one away as well",
    "recreate": "Make it anew in {there}",
    "create": "Create in {there}",
    "retry": "Try again",
}


def run(task: Task) -> dict[str, Any]:
    return {
        "id": task.id,
        "kind": task.kind,
        "state": task.state,
        "step": progress.step(task),
        "progress": plain(dict(task.progress)),
        "result": plain(dict(task.result)),
    }


def record(here: Here, found: Known) -> dict[str, Any]:
    due, last, twin = amount_due(found), last_sync(found), found.twin
    pages = here.house.record_pages(here.connection)
    zone = here.house.ledger_zone(here.connection)
    return {
        "state": found.state,
        "title": found.title,
        "entity": found.entity,
        "zoho_id": found.zoho_id,
        "xero": {
            "id": twin.id,
            "number": str(twin.fields.get("number") or ""),
            "url": pages.of(found.entity, XERO, twin.id),
            "status": str(twin.fields.get("status") or ""),
        }
        if twin is not None
        else None,
        "amount_due": {"currency": due[0], "amount": f"{due[1]:.2f}"} if due else None,
        "days_overdue": days_overdue(twin.fields, here.house.clock.now(), zone) if twin is not None else None,
        "last_sync": last.isoformat() if last else None,
        "differences": [
            {"field": field, "label": label, "zoho": plain(ours), "xero": plain(theirs)}
            for field, label, ours, theirs in found.differences
        ],
        "holds": [held for case in found.cases for held in _held(case)],
        "task": run(found.task) if found.task else None,
        "history": [
            {"at": line.at.isoformat(), "outcome": line.entry.outcome, "message": line.entry.message}
            for line in found.history
        ],
    }


def _held(case: Case) -> list[dict[str, Any]]:
    """Each reason with the ways out that are its own; those of the whole record stand with the first."""
    return [
        {
            "reason": point.code,
            "heading": point.reason.heading,
            "message": point.message,
            "hint": point.hint,
            "values": {row.name: [plain(row.zoho), plain(row.xero)] for row in case.rows if row.name == point.field},
            "ways": [
                *(_takes(point.field) if point.takes and point.field else ()),
                *(_settles(point, verb, linked=case.linked) for verb in point.settles),
                *(_whole(case) if n == 0 else ()),
            ],
        }
        for n, point in enumerate(case.points)
    ]


def _takes(field: str) -> list[dict[str, Any]]:
    return [
        {"decision": "take", "label": f"Take the value of {SIDES[side]}", "field": field, "side": side, "twin": None}
        for side in (ZOHO, XERO)
    ]


def _settles(point: Point, verb: str, *, linked: bool) -> dict[str, Any]:
    label = ways_out.label(verb, ZOHO, linked=linked)
    return {"decision": verb, "label": label, "field": point.numbers, "side": None, "twin": None}


def _whole(case: Case) -> list[dict[str, Any]]:
    there = SIDES[other(case.side)]
    ways = [
        {
            "decision": "link",
            "label": f"Link with “{each.record.title}”",
            "field": None,
            "side": None,
            "twin": each.record.id,
        }
        for each in case.candidates
        if each.free
    ]
    verbs = [*case.ways, *(["retry"] if case.refused else [])]
    ways += [
        {"decision": verb, "label": LABELS[verb].format(there=there), "field": None, "side": None, "twin": None}
        for verb in verbs
        if verb in LABELS
    ]
    return ways
