"""The health of a connection: what the doctor found when somebody last asked, and “Check now”.

The page calls no service: a check is a task, which passes a run under way as a pressed record does. It is no run, so
nothing stands in its way: a connection that is paused or has lost its access is what somebody wants looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flask import url_for
from flask.typing import ResponseReturnValue

from extension.bootstrap import Task
from extension.doctor.findings import Finding, worst, worst_first
from extension.sync.model import Scope
from extension.web import access, progress, show, words
from extension.web.access import Here

pages = access.Pages("health", __name__)

MARKS: Final[Mapping[str, tuple[str, str]]] = {
    "settings": ("To put right", "bad"),
    "remote": ("Service", "bad"),
    "attention": ("Attention", "warn"),
    "note": ("Note", "info"),
    "ok": ("In order", "good"),
}
# Where a finding is put right: endpoint, what its page is called, and whether it is for administrators.
PLACES: Final[Mapping[str, tuple[str, str, bool]]] = {
    "accounts": ("settings.accounts", "Accounts", True),
    "taxes": ("settings.taxes", "Taxes", True),
    "statuses": ("settings.statuses", "Statuses", True),
    "fields": ("settings.fields", "Field mapping", True),
    "documents": ("settings.documents", "Documents", True),
    "crm_fields": ("setting_up.fields", "CRM fields", True),
    "connection": ("connecting.connection", "Connection", True),
    "schedule": ("scheduling.schedule", "Schedule", True),
    "fetch": ("fetching.fetch", "Data fetch", False),
    "attention": ("attention.attention", "Needs attention", False),
}


@dataclass(frozen=True)
class Looked:
    """A check that ended. `findings`: worst first."""

    at: datetime
    findings: Sequence[Finding]

    @property
    def wrong(self) -> int:
        return sum(finding.verdict not in ("ok", "note") for finding in self.findings)

    @property
    def badge(self) -> tuple[str, str]:
        return MARKS[worst(finding for finding in self.findings if finding.verdict != "note")]

    @property
    def sentence(self) -> str:
        if not self.wrong:
            return "Everything is in place."
        return f"{words.ending('finding', self.wrong)} need{'s' if self.wrong == 1 else ''} attention."


@pages.get("/set-up/health")
def health(here: Here) -> ResponseReturnValue:
    task = here.house.tasks.latest(here.number, "health")
    return show.page(
        "health.html",
        task=task if task is not None and not progress.over(task) else None,
        failed=task if task is not None and task.state == "failed" else None,
        looked=last(here),
        marks=MARKS,
        place=lambda finding: _place(here, finding),
        progress=progress,
    )


@pages.post("/set-up/health", needs="press")
def check(here: Here) -> ResponseReturnValue:
    house = here.house
    house.tasks.ask(here.number, "health", Scope(dry_run=True), here.person.name, house.clock.now())
    return show.done("health.health", "asked", number=here.number)


def last(here: Here) -> Looked | None:
    """What was found last; None while nobody has asked, or while somebody does."""
    task = here.house.tasks.latest(here.number, "health")
    return looked(task) if task is not None else None


def looked(task: Task) -> Looked | None:
    rows: Sequence[Mapping[str, Any]] = task.result.get("findings") or ()
    if task.state != "done" or task.ended_at is None:
        return None
    return Looked(task.ended_at, worst_first(Finding(**row) for row in rows))


def _place(here: Here, finding: Finding) -> tuple[str, str] | None:
    """The page on which it is put right, as far as this person may use it."""
    if finding.place not in PLACES:
        return None
    endpoint, name, managers = PLACES[finding.place]
    return (url_for(endpoint, number=here.number), name) if here.manages or not managers else None
