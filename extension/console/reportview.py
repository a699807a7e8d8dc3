"""How a run ended, as a document and as a page: per entity and side, then what needs a person, then what to do next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from extension.console.screen import Screen, shown
from extension.reporting.planview import hold_entry
from extension.sync.actions import Hold, Report

EXAMPLES: Final = 3
COLUMNS: Final = (
    ("created in Zoho", "created zoho"),
    ("created in Xero", "created xero"),
    ("updated in Zoho", "updated zoho"),
    ("updated in Xero", "updated xero"),
    ("linked", "linked"),
    ("retired", "retired"),
    ("held", "held"),
    ("skipped", "skipped"),
    ("failed", "failed"),
)


def sides_of(counts: Mapping[str, int], wanted: str) -> int:
    """A count by outcome and side, or by outcome over both sides."""
    return sum(n for name, n in counts.items() if name == wanted or name.split(" ")[0] == wanted)


def document(name: str, report: Report, calls: Mapping[str, int]) -> dict[str, Any]:
    """The whole of `flask sync --json`."""
    return {
        "connection": name,
        "run": report.run,
        "state": report.state,
        "counts": {entity: dict(counts) for entity, counts in report.counts.items()},
        "holds": [hold_entry(hold) for hold in report.holds],
        "left": len(report.plan.work) if report.state != "stopped" else 0,
        "stops": list(report.stops),
        "problem": {"code": report.code, "message": report.problem, "hint": report.hint} if report.problem else None,
        "until": report.until,
        "calls": dict(calls),
    }


def table(screen: Screen, counts: Mapping[str, Mapping[str, int]]) -> None:
    """One row per entity; columns that are empty everywhere are left out."""
    rows = {entity: [sides_of(each, key) for _, key in COLUMNS] for entity, each in counts.items()}
    used = [place for place in range(len(COLUMNS)) if any(row[place] for row in rows.values())]
    if not used:
        screen.line("Nothing to do: both sides are as they were left.")
        return
    heads = ["", *(COLUMNS[place][0] for place in used)]
    body = [[entity.replace("_", " "), *(row[place] or "" for place in used)] for entity, row in rows.items()]
    screen.table(heads, body, right=range(1, len(heads)))


def holds(screen: Screen, found: Sequence[Hold]) -> None:
    """Grouped by reason, the most frequent first, with what to do about it."""
    if not found:
        return
    groups: dict[tuple[str, str], list[Hold]] = defaultdict(list)
    for hold in found:
        groups[hold.reason, hold.hint].append(hold)
    screen.heading(f"Needs attention: {len(found)}")
    for (reason, hint), group in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
        screen.line(f"  {len(group)} x {reason}" + (f"  {hint}" if hint else ""))
        for hold in group[:EXAMPLES]:
            screen.line(f"      {of_hold(hold)}")
        if len(group) > EXAMPLES:
            screen.line(f"      and {len(group) - EXAMPLES} more")


def of_hold(hold: Hold) -> str:
    where = "Zoho" if hold.side == "zoho" else "Xero"
    name = shown(hold.title, 40) or hold.id
    return shown(f"{hold.entity.replace('_', ' ')} “{name}” ({where}): {hold.message}", 160)


def called(calls: Mapping[str, int]) -> str:
    """Calls used, as a sentence."""
    used = [f"{n} to {'Zoho CRM' if side == 'zoho' else 'Xero'}" for side, n in sorted(calls.items()) if n]
    return f"Calls used: {' and '.join(used)}." if used else "No calls were used."


def trouble(screen: Screen, report: Report) -> None:
    """Why a run ended early."""
    if not report.problem:
        return
    screen.line()
    screen.line(report.problem, "red")
    if report.state != "stopped" and report.hint:
        screen.line(report.hint)
    if report.until is not None:
        screen.line(f"It can go on at {report.until:%Y-%m-%d %H:%M:%S} UTC.")


def page(screen: Screen, name: str, report: Report, calls: Mapping[str, int], go_on: Iterable[str]) -> None:
    """For people. `go_on`: commands that lead on from a stop."""
    screen.line(f"{name}: run {report.run} {STATES.get(report.state, report.state)}", "bold")
    screen.line()
    if report.state in ("done", "planned") or report.counts:
        table(screen, report.counts)
        holds(screen, report.holds)
    trouble(screen, report)
    if report.state == "stopped":
        for line in go_on:
            screen.line(line)
    screen.line()
    screen.line(called(calls))


STATES: Final[Mapping[str, str]] = {
    "done": "is done",
    "planned": "looked and wrote nothing",
    "stopped": "stopped before it wrote anything",
    "limited": "did what it was allowed to for now",
    "failed": "could not go on",
    "cancelled": "was stopped by a person; what was done stays done",
}
