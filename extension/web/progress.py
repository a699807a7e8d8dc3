"""What a task is and how far it has come, in words. Pure.

Nothing in here depends on the time of asking: an unchanged task has an unchanged page, which costs a 304.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from extension.bootstrap import Task
from extension.sync.model import Scope
from extension.web import words

OPEN: Final = ("waiting", "working", "paused")
KINDS: Final[Mapping[str, str]] = {
    "fetch": "Data fetch",
    "preview": "Preview",
    "sync": "Synchronisation",
    "audit": "Audit",
    "record": "Synchronisation of a record",
    "check": "Look at a record",
    "health": "Health check",
    "signal": "Look at what a service told us",
}
SHOWN: Final = 3  # of the records that somebody selected
STOPS: Final[Mapping[str, str]] = {
    "first_run": "This is the first run of these modules. Look at what it will do, then approve it.",
    "mapping_changed": "The mapping changed, and that alone would write to records that were in step.",
    "side_empty": "One side came back empty though records there are linked. Is it the right organisation?",
    "too_many_retirements": "Many linked records would be archived or voided.",
    "too_many_changes": "Many linked records would change.",
    "too_many_documents": "More documents would be created than this connection allows at once.",
}
COLUMNS: Final[tuple[tuple[str, str], ...]] = (
    ("created zoho", "Created in the CRM"),
    ("created xero", "Created in Xero"),
    ("updated zoho", "Updated in the CRM"),
    ("updated xero", "Updated in Xero"),
    ("linked", "Linked"),
    ("retired", "Archived or voided"),
    ("unchanged", "Unchanged"),
    ("held", "Needs attention"),
    ("skipped", "Skipped"),
    ("failed", "Failed"),
)
STEPS: Final[Mapping[str, str]] = {
    "looking": "Asking both services about their settings, and counting what is remembered",
    "set_up": "Asking both services about their settings",
    "comparing": "Comparing both sides",
    "writing": "Working through what there is to do",
    "keeping": "Putting together what was found",
}


def kind(task: Task) -> str:
    return KINDS.get(task.kind, task.kind.capitalize())


def asker(task: Task) -> str:
    """Who asked for it."""
    return {"schedule": "the schedule", "signal": "a signal"}.get(task.asked_by, task.asked_by)


def over(task: Task) -> bool:
    return task.state not in OPEN


def step(task: Task) -> str:
    """What happens just now, as one line."""
    if task.wish:
        return "Stops as soon as the step under way is safely recorded"
    if task.state == "paused":
        return "Paused. What is done stays done; it goes on where it stopped"
    if task.state == "waiting":
        return str(task.result.get("problem") or "Waits for its turn")
    name = str(task.progress.get("step", ""))
    if name == "observing":
        feed = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", str(task.progress.get("feed", ""))).capitalize()
        return f"Reading {feed} in {words.service(task.progress.get('side'))}"
    return STEPS.get(name, "Begins")


def figures(task: Task) -> list[tuple[str, str]]:
    """The counts that are known, with their names."""
    known = (("rows", "Records read"), ("planned", "To do"), ("outcomes", "Done"))
    return [(label, words.number(int(task.progress[name]))) for name, label in known if task.progress.get(name)]


def share(task: Task) -> float | None:
    """How much of it is done, from 0 to 1; None where nobody knows."""
    done = task.progress.get("done")
    return None if done is None else min(1.0, max(0.0, float(done)))


def left(task: Task) -> str:
    """About how long it will take, rounded, so that it does not flicker."""
    seconds = task.progress.get("left_seconds")
    if seconds is None or task.state != "working":
        return ""
    return "less than a minute left" if seconds < 60 else f"about {words.ending('minute', round(seconds / 60))} left"


def outcomes(task: Task) -> tuple[list[str], list[tuple[str, list[int]]]]:
    """The report as a table: the columns that anything stands in, and a row per module."""
    return table(task.result.get("counts") or {})


def table(counts: Mapping[str, Mapping[str, int]]) -> tuple[list[str], list[tuple[str, list[int]]]]:
    """What a run did, by module."""
    rows = {entity: [_sum(each, key) for key, _ in COLUMNS] for entity, each in counts.items()}
    used = [place for place in range(len(COLUMNS)) if any(row[place] for row in rows.values())]
    return [COLUMNS[place][1] for place in used], [
        (entity, [row[place] for place in used]) for entity, row in rows.items() if any(row)
    ]


def _sum(counts: Mapping[str, int], wanted: str) -> int:
    """A count by outcome and side, or by outcome over both sides."""
    return sum(n for name, n in counts.items() if name == wanted or name.partition(" ")[0] == wanted)


def stops(result: Mapping[str, Any]) -> list[str]:
    """Why it waits for somebody's approval."""
    names = result.get("stops") or [result.get("code")]
    return [STOPS[name] for name in names if name in STOPS]


def scope(scope: Scope, known: int = 0) -> list[tuple[str, str]]:
    """What a run looks at. `known`: how many modules there are."""
    if scope.observe_only:
        read = "everything again" if scope.full else "what changed since the last time"
        return [("Reads", read), ("Writes", "nothing")]
    if scope.pressed:
        first = [f"{words.module(entity)}, {id_}" for entity, id_ in scope.pressed[:SHOWN]]
        more = [f"and {len(scope.pressed) - SHOWN} more"] if len(scope.pressed) > SHOWN else []
        return [("Record" if len(scope.pressed) == 1 else "Records", "; ".join([*first, *more]))]
    every = not scope.entities or len(scope.entities) == known
    named = "all" if every else ", ".join(words.module(name) for name in scope.entities)
    return [("Modules", named), ("Direction", words.MODES[scope.mode]), ("Records", _reach(scope))]


def _reach(scope: Scope) -> str:
    if scope.full:
        return "everything"
    days = scope.window_days
    if days is None:
        return "changed since the last run"
    return "changed in the last day" if days == 1 else f"changed in the last {words.number(days)} days"
