"""Audit: everything on both sides is read and compared; every difference is listed, and repaired at a press.

An audit is a run that reads all and writes nothing. Repair approves exactly the differences that it listed and asks
for a run of what is approved: whatever reads differently by then is left alone, and the next audit lists it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from flask import request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, Field

from extension.bootstrap import Planned, Task
from extension.reporting import balance, differences
from extension.reporting.differences import Changed
from extension.sync.errors import BadInput
from extension.sync.model import Scope
from extension.web import access, asking, forms, progress, show, words
from extension.web.access import Here
from extension.web.registries import entities_of
from extension.web.tasks import found

pages = access.Pages("auditing", __name__)

PAGE: Final = 50
FOUND: Final[Mapping[str, str]] = {  # what a run would do -> what it says about the two sides
    "create": "Missing",
    "update": "Different",
    "adopt": "Not linked yet",
    "retire": "Gone on one side",
    "detach": "Gone on one side",
    "forget": "Gone on both sides",
}


class Filter(BaseModel):
    """Which differences. `after`: the number of the last one of the page before."""

    kind: str = ""
    entity: str = ""
    words: str = Field(default="", max_length=200)
    after: int = Field(default=0, ge=0, le=2**62)

    def kept(self) -> dict[str, Any]:
        """As it stands in an address."""
        return {name: value for name, value in self.model_dump().items() if value}

    def chosen(self) -> dict[str, Any]:
        return {"part": "action", "kind": self.kind or None, "entity": self.entity or None, "words": self.words}


@dataclass(frozen=True)
class Difference:
    """One record that is not the same on both sides."""

    planned: Planned
    said: str
    changes: Sequence[Changed]


@pages.get("/audit")
def audit(here: Here) -> ResponseReturnValue:
    task = here.house.tasks.latest(here.number, "audit")
    done = task if task is not None and task.result.get("state") == "planned" else None
    chosen = forms.read(Filter, request.args).value or Filter()
    previews = here.house.previews
    rows = previews.page(here.number, done.id, after=chosen.after, limit=PAGE + 1, **chosen.chosen()) if done else []
    counts = previews.counts(here.number, done.id) if done else {}
    worths = here.house.figures(here.connection).money()
    return show.page(
        "audit.html",
        task=task,
        done=done,
        replaced=done is not None and bool(done.result.get("actions")) and not counts,
        differences=_differences(here, rows[:PAGE]),
        next=rows[PAGE - 1].number if len(rows) > PAGE else 0,
        chosen=chosen,
        where=chosen.kept(),
        table=_table(counts),
        kinds=[("", "All"), *((kind, said) for kind, said in FOUND.items() if any(kind in c for c in counts.values()))],
        modules=[("", "All modules"), *((name, words.module(name)) for name in counts)],
        held=here.house.waiting(here.connection),
        busy=asking.under_way(here),
        obstacle=asking.obstacle(here),
        balance=balance.lines(worths),
        counted=max((worth.at for worth in worths), default=None),
        progress=progress,
    )


@pages.post("/audit", needs="press")
def begin(here: Here) -> ResponseReturnValue:
    task, new = asking.ask(here, "audit", Scope(dry_run=True, full=True))
    return show.done("tasks.one", "asked" if new else "under_way", number=here.number, task=task.id)


@pages.post("/audit/<int:task>/repair")
def repair(here: Here, task: int) -> ResponseReturnValue:
    """A run of exactly what this audit listed."""
    there = found(here, task)
    digests = _digests(here, there)
    if asking.under_way(here) is not None:
        raise BadInput("Another run is under way.", code="under_way", hint="Wait until it has ended, then repair.")
    if wrong := asking.obstacle(here):
        raise wrong
    with here.house.word(here.connection) as word:
        word.approve(digests)
    scope = replace(there.scope, dry_run=False, full=False, approved_only=True)
    asked, _ = asking.ask(here, "sync", scope)
    return show.done("tasks.one", "asked", number=here.number, task=asked.id)


def _digests(here: Here, task: Task) -> list[str]:
    """The differences of an audit that still stands. Raises BadInput where there are none."""
    latest = here.house.tasks.latest(here.number, "audit")
    if task.kind != "audit" or latest is None or latest.id != task.id:
        raise BadInput("This is not the last audit.", code="old_audit", hint="Look at the last one, or audit again.")
    digests = here.house.previews.digests(here.number, task.id, part="action")
    if not digests:
        raise BadInput("There is nothing to repair.", code="nothing_to_repair", hint="Audit again to look once more.")
    return digests


# ------------------------------------------------------------------ what is shown


def _differences(here: Here, rows: Sequence[Planned]) -> list[Difference]:
    entities, store = entities_of(here), here.house.store(here.connection)
    changes = [(row.entity, row.detail.get("changes") or {}) for row in rows]
    names = differences.names(entities, changes, store)
    return [
        Difference(row, _said(row), differences.changed(entities.get(row.entity), each, names))
        for row, (_, each) in zip(rows, changes, strict=True)
    ]


def _said(row: Planned) -> str:
    found_ = FOUND.get(row.kind, row.kind)
    return f"{found_} in {words.service(row.side)}" if row.kind == "create" and row.side else found_


def _table(counts: Mapping[str, Mapping[str, int]]) -> tuple[list[str], list[tuple[str, list[int]]]]:
    """Differences per module; what is held or left alone is not one."""
    used = [kind for kind in FOUND if any(each.get(kind) for each in counts.values())]
    rows = [(entity, [each.get(kind, 0) for kind in used]) for entity, each in counts.items()]
    return [FOUND[kind] for kind in used], [row for row in rows if any(row[1])]
