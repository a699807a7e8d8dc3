"""A plan for people: a table per entity and side, money, cost, and what is held with its reason."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from extension.console import reportview
from extension.console.screen import Screen, figure, shown
from extension.reporting import planview
from extension.sync.actions import Report

MARKS: Final = "xero_"  # what Xero decides and the CRM only shows
MOST_HELD: Final = 100  # documents shown that are held
LONGEST: Final = 12  # actions shown per group; `--json` has them all
KINDS: Final[Mapping[str, str]] = {
    "create zoho": "to create in Zoho",
    "create xero": "to create in Xero",
    "update zoho": "to update in Zoho",
    "update xero": "to update in Xero",
    "adopt": "to link",
    "retire zoho": "to retire in Zoho",
    "retire xero": "to retire in Xero",
    "detach": "to unlink",
    "forget": "to forget",
    "linked": "in step",
    "held": "held",
    "skipped": "left alone",
}
STOPS: Final[Mapping[str, str]] = {
    "first_run": "This is the first run of this connection, so it waits for your word.",
    "mapping_changed": "The mapping changed, and that alone would write to records that were in step.",
    "side_empty": "One side came back empty though records there are linked.",
    "too_many_retirements": "Many linked records would be retired.",
    "too_many_changes": "Many linked records would change.",
    "too_many_documents": "More documents would be created than this connection allows at once.",
}


def page(screen: Screen, found: Mapping[str, Any], report: Report, yes: str) -> None:
    """`found`: the document of `planview`; `yes`: the command that approves."""
    screen.line(f"{found['connection']}: what a run would do now", "bold")
    screen.line()
    counts(screen, found["counts"])
    actions(screen, found["actions"])
    _money(screen, found.get("documents") or [])
    reportview.holds(screen, report.holds)
    _held(screen, found.get("held") or [])
    reportview.trouble(screen, report)
    screen.line()
    cost = found["cost"]
    if found["actions"]:
        screen.line(f"It will cost about {cost['zoho']} calls to Zoho CRM and {cost['xero']} to Xero.")
    for stop in found["stops"]:
        screen.line(STOPS.get(stop, stop))
    if found["actions"]:
        screen.line(f"Nothing was written. To do it: `{yes}`.")
    elif report.state == "planned":
        screen.line("Nothing to do: both sides are in step, but for what is held." if report.holds else "In step.")


def told(report: Report) -> str:
    """What a plan holds, over all entities."""
    sums: Counter[str] = Counter()
    for each in planview.counts(report.plan, []).values():
        sums.update(each)
    return ", ".join(f"{sums[kind]} {words}" for kind, words in KINDS.items() if sums[kind])


def counts(screen: Screen, counts: Mapping[str, Mapping[str, int]]) -> None:
    used = [kind for kind in KINDS if any(kind in each for each in counts.values())]
    rows = [[entity.replace("_", " "), *(each.get(kind, "") for kind in used)] for entity, each in counts.items()]
    screen.table(["", *(KINDS[kind] for kind in used)], rows, right=range(1, len(used) + 1))


def actions(screen: Screen, actions: Sequence[Mapping[str, Any]]) -> None:
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for action in actions:
        side = f" {action['side']}" if action["side"] in ("zoho", "xero") and action["kind"] != "adopt" else ""
        groups[action["entity"], f"{action['kind']}{side}"].append(action)
    for (entity, kind), group in groups.items():
        screen.heading(f"{entity.replace('_', ' ')}: {len(group)} {KINDS.get(kind, f'to {kind} on both sides')}")
        for action in group[:LONGEST]:
            screen.line(f"  {shown(action['title'], 48) or action['zoho_id'] or action['xero_id']}{_details(action)}")
        if len(group) > LONGEST:
            screen.line(f"  and {len(group) - LONGEST} more (`--json` lists all)")


def _details(action: Mapping[str, Any]) -> str:
    if action["kind"] == "create":
        sum_ = action["money"]
        return f"  {sum_['currency']} {figure(sum_['total'], 2)}" if sum_ else ""
    changed = action["changes"].items()
    told = [f"{name} {_value(old)} -> {_value(new)}" for name, (old, new) in changed if not name.startswith(MARKS)]
    told += ["its Xero ID and link"] if any(name.startswith(MARKS) for name, _ in changed) else []
    return f": {shown('; '.join(told), 160)}" if told else ""


def _value(value: Any) -> str:
    if isinstance(value, list):
        return f"{len(value)} lines"
    return f"“{shown(value, 30)}”" if value not in (None, "") else "blank"


def _money(screen: Screen, sums: Sequence[Mapping[str, Any]]) -> None:
    rows = [
        [
            f"{each['entity'].replace('_', ' ')} to {each['kind']}",
            each["status"].lower(),
            each["documents"],
            each["currency"],
            figure(each["total"], 2),
        ]
        for each in sums
    ]
    if rows:
        screen.heading("Money")
        screen.table(["", "status", "documents", "currency", "total"], rows, right={2, 4})


def _held(screen: Screen, held: Sequence[Mapping[str, Any]]) -> None:
    """Every document that waits for a person, with its numbers and the ways out."""
    if held:
        screen.heading(f"Documents held: {len(held)}")
    for each in held[:MOST_HELD]:
        screen.line(
            f"  {each['entity'].replace('_', ' ')} “{shown(each['title'], 40) or each['id']}”: {each['message']}"
        )
        if each["ways"]:
            screen.line(f"      {' / '.join(each['ways'])}")
    if len(held) > MOST_HELD:
        screen.line(f"  and {len(held) - MOST_HELD} more (`--json` lists all)")
