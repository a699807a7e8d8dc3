"""A preview: what a run would do, field by field, and what of it is approved.

An approval is of the very action that was shown: one that reads differently by the time of the run is not done, and
stands in the next preview.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final, Literal

from flask import abort, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, Field

from extension.bootstrap import Planned, Task
from extension.reporting import differences, ways_out
from extension.reporting.differences import Changed
from extension.sync.errors import BadInput
from extension.sync.journal import SKIPPED
from extension.web import access, asking, forms, progress, show, words
from extension.web.registries import entities_of
from extension.web.tasks import found

pages = access.Pages("previewing", __name__)

PAGE: Final = 50
MANY: Final = 100  # pairs that are counted
PARTS: Final = (("action", "To do"), ("hold", "Needs attention"), ("skip", "Left alone"))
ACTIONS: Final = ("create", "update", "adopt", "retire", "detach", "forget")
COLUMNS: Final = (
    ("create zoho", "Create in the CRM"),
    ("create xero", "Create in Xero"),
    ("update zoho", "Update in the CRM"),
    ("update xero", "Update in Xero"),
    ("adopt", "Link"),
    ("retire zoho", "Retire in the CRM"),
    ("retire xero", "Retire in Xero"),
    ("detach", "Unlink"),
    ("forget", "Forget"),
)


class Filter(BaseModel):
    """Which lines. `after`: the number of the last line of the page before."""

    part: Literal["action", "hold", "skip"] = "action"
    kind: str = ""
    entity: str = ""
    words: str = Field(default="", max_length=200)
    after: int = 0

    def chosen(self) -> dict[str, Any]:
        return {"part": self.part, "kind": self.kind or None, "entity": self.entity or None, "words": self.words}

    def kept(self) -> dict[str, Any]:
        """As it stands in an address."""
        return {
            name: value for name, value in self.model_dump().items() if value and (name, value) != ("part", "action")
        }


class Approval(Filter):
    """What is approved: all, all that match the filter, or those that are ticked; or nothing of it any more."""

    what: Literal["all", "matching", "ticked", "none"]
    digest: list[str] = Field(default=[], max_length=PAGE)


@dataclass(frozen=True)
class Line:
    """One line of a preview with what it would change."""

    planned: Planned
    changes: Sequence[Changed]
    approved: bool

    @property
    def marks(self) -> bool:
        """Whether the CRM gets the Xero ID and the link, too."""
        return bool(differences.OURS & set(self.planned.detail.get("changes") or {}))

    @property
    def total(self) -> tuple[Decimal, str] | None:
        sum_ = self.planned.detail.get("money")
        return (Decimal(str(sum_["total"])), sum_["currency"]) if sum_ else None


@pages.get("/preview/<int:task>")
def preview(here: access.Here, task: int) -> ResponseReturnValue:
    there = found(here, task)
    if there.kind not in ("preview", "audit"):
        abort(404)
    if not progress.over(there):
        return show.done("tasks.one", number=here.number, task=task)
    chosen = forms.read(Filter, request.args).value or Filter()
    rows = here.house.previews.page(here.number, task, after=chosen.after, limit=PAGE + 1, **chosen.chosen())
    counts = here.house.previews.counts(here.number, task)
    return show.page(
        "preview.html",
        task=there,
        lines=_lines(here, rows[:PAGE]),
        next=rows[PAGE - 1].number if len(rows) > PAGE else 0,
        chosen=chosen,
        where=chosen.kept(),
        table=_table(there.result.get("planned") or {}),
        money=[{**each, "total": Decimal(each["total"])} for each in there.result.get("money") or []],
        parts=PARTS,
        kinds=_kinds(counts, chosen.part),
        modules=[("", "All modules"), *((name, words.module(name)) for name in counts)],
        approvals=here.house.previews.approvals(here.number),
        older=_older(here, there),
        replaced=_replaced(here, there, counts),
        busy=asking.under_way(here),
        obstacle=asking.obstacle(here),
        progress=progress,
        ways_out=ways_out,
        undecided=here.house.proposals.count(here.number, MANY) if here.manages else 0,
        many=MANY,
    )


@pages.post("/preview/<int:task>/approve")
def approve(here: access.Here, task: int) -> ResponseReturnValue:
    there, form = found(here, task), forms.read(Approval, request.form)
    if form.value is None:
        raise BadInput("It was not said what is approved.", hint="Use the buttons of the preview.")
    digests = _digests(here, there, form.value)
    with here.house.word(here.connection) as word:
        if form.value.what == "none":
            word.disapprove(digests)
        else:
            word.approve(digests)
    kept = Filter(**form.value.model_dump(include=set(Filter.model_fields))).kept()
    note = "undone" if form.value.what == "none" else "approved"
    n = None if note == "undone" else len(digests)
    return show.done("previewing.preview", note, n, number=here.number, task=task, **kept)


@pages.post("/preview/<int:task>/go", needs="press")
def go(here: access.Here, task: int) -> ResponseReturnValue:
    """What is approved, and nothing else."""
    there = found(here, task)
    if not here.house.previews.approvals(here.number):
        raise BadInput("Nothing is approved yet.", hint="Approve all of it, or tick what is to be done.")
    scope = replace(there.scope, dry_run=False, full=False, approved_only=True)
    asked, new = asking.ask(here, "sync", scope, email=there.email)
    return show.done("tasks.one", "asked" if new else "under_way", number=here.number, task=asked.id)


def _digests(here: access.Here, task: Task, form: Approval) -> list[str]:
    """Those actions that were meant, as far as they stand in this preview. Raises BadInput where there are none."""
    previews, whole = here.house.previews, {"part": "action"}
    if form.what == "ticked":
        known = set(previews.digests(here.number, task.id, **whole))
        digests = [digest for digest in form.digest if digest in known]
    elif form.what == "matching":
        digests = previews.digests(here.number, task.id, **{**form.chosen(), **whole})
    else:
        digests = previews.digests(here.number, task.id, **whole)
    if not digests:
        raise BadInput(
            "Nothing of this preview was chosen.",
            code="nothing_chosen",
            hint="Tick at least one line. Where the page is old, make a new preview.",
        )
    return digests


def _lines(here: access.Here, rows: Sequence[Planned]) -> list[Line]:
    entities, store = entities_of(here), here.house.store(here.connection)
    changes = [(row.entity, row.detail.get("changes") or {}) for row in rows]
    names = differences.names(entities, changes, store)
    approved = here.house.previews.approved(here.number, [row.digest for row in rows if row.part == "action"])
    return [
        Line(row, differences.changed(entities.get(row.entity), each, names), row.digest in approved)
        for row, (_, each) in zip(rows, changes, strict=True)
    ]


def _table(planned: Mapping[str, Mapping[str, int]]) -> tuple[list[str], list[tuple[str, list[int]]]]:
    """Counts per module, without columns that are empty everywhere."""
    used = [(key, head) for key, head in COLUMNS if any(each.get(key) for each in planned.values())]
    rows = [(entity, [each.get(key, 0) for key, _ in used]) for entity, each in planned.items()]
    return [head for _, head in used], [row for row in rows if any(row[1])]


def _kinds(counts: Mapping[str, Mapping[str, int]], part: str) -> list[tuple[str, str]]:
    """What to choose from: kinds of actions, or the reasons of what is held or left alone."""
    known = {kind for each in counts.values() for kind in each}
    offered: dict[str, list[tuple[str, str]]] = {
        "action": [(kind, words.ACTIONS[kind]) for kind in ACTIONS if kind in known],
        "hold": [(kind, ways_out.reason(kind).heading) for kind in sorted(known - {*ACTIONS, *SKIPPED})],
        "skip": [(kind, kind.replace("_", " ").capitalize()) for kind in sorted(known & set(SKIPPED))],
    }
    return [("", "All kinds" if part == "action" else "Every reason"), *offered[part]]


def _older(here: access.Here, task: Task) -> bool:
    """Whether the data was read or written since."""
    later = (here.house.tasks.latest(here.number, kind) for kind in ("fetch", "sync"))
    return any(each and each.ended_at and task.ended_at and each.ended_at > task.ended_at for each in later)


def _replaced(here: access.Here, task: Task, counts: Mapping[str, Any]) -> Task | None:
    """The newer preview that took this one's place."""
    if counts or not task.result.get("actions"):
        return None
    return here.house.tasks.latest(here.number, "preview")
