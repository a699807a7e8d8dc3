"""Synchronise, by hand: which modules, which way, how far back; preview or do it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal

from flask import request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, Field, model_validator

from extension.bootstrap import Task
from extension.sync.errors import BadInput
from extension.sync.model import Mode, Scope
from extension.web import access, asking, forms, progress, show
from extension.web.tasks import found

pages = access.Pages("synchronise", __name__)

LONGEST: Final = 36_500  # days: a hundred years


class Choice(BaseModel):
    """`entities`: the modules that are ticked."""

    entities: list[str] = Field(min_length=1)
    mode: Mode = "both"
    since: Literal["last", "days", "all"] = "last"
    days: int | None = Field(default=None, ge=1, le=LONGEST)
    email: bool = False
    do: Literal["preview", "sync"] = "preview"

    @model_validator(mode="after")
    def _days_where_they_count(self) -> Choice:
        if self.since == "days" and self.days is None:
            raise ValueError("Say how many days.")
        return self

    def scope(self, known: list[str]) -> Scope:
        ticked = tuple(name for name in known if name in self.entities)
        return Scope(
            entities=() if len(ticked) == len(known) else ticked,
            mode=self.mode,
            window_days=self.days if self.since == "days" else None,
            full=self.since == "all",
        )


@pages.get("/sync")
def manual(here: access.Here) -> ResponseReturnValue:
    return _page(here, forms.Filled(_last_choice(here)))


@pages.post("/sync", needs="press")
def begin(here: access.Here) -> ResponseReturnValue:
    known = modules(here)
    form = forms.read(Choice, request.form)
    choice = form.value
    strange = [name for name in form.given["entities"] if name not in known]
    if strange:
        form = form.wrong("entities", "Choose from the modules offered.")
    if "" in form.errors:
        form = form.wrong("days", form.errors[""])
    if choice is None or form.errors:
        return _page(here, form, 400)
    first = never_ran(here)
    kind = "preview" if first else choice.do
    try:
        task, new = asking.ask(
            here, kind, replace(choice.scope(known), dry_run=kind == "preview"), email=choice.email and kind == "sync"
        )
    except BadInput as wrong:
        return _page(here, form.wrong("", f"{wrong.message} {wrong.hint}"), 400)
    note = "under_way" if not new else "first_preview" if first and choice.do == "sync" else "asked"
    return show.done("tasks.one", note, number=here.number, task=task.id)


@pages.post("/tasks/<int:task>/look", needs="press")
def look(here: access.Here, task: int) -> ResponseReturnValue:
    """A preview of what a run that was stopped wanted to do."""
    return _asked(here, "preview", replace(found(here, task).scope, dry_run=True))


def _asked(here: access.Here, kind: str, scope: Scope) -> ResponseReturnValue:
    task, new = asking.ask(here, kind, scope)
    return show.done("tasks.one", "asked" if new else "under_way", number=here.number, task=task.id)


def modules(here: access.Here) -> list[str]:
    """The modules that this connection synchronises. Raises BadInput where the settings are not complete."""
    return [each.name for each in here.house.registry(here.connection).entities]


def never_ran(here: access.Here) -> bool:
    """Whether nothing was ever carried over: the first time, a person looks before."""
    return not here.house.store(here.connection).let_through()


def _page(here: access.Here, form: forms.Filled[Choice], status: int = 200) -> ResponseReturnValue:
    try:
        known, incomplete = modules(here), ""
    except BadInput as wrong:
        known, incomplete = [], f"{wrong.message} {wrong.hint}"
    return show.page(
        "sync.html",
        status,
        form=form,
        known=known,
        incomplete=incomplete,
        task=asking.under_way(here),
        last=_ended(here),
        looked=_looked(here),
        obstacle=asking.obstacle(here),
        first=never_ran(here),
        fetched=here.house.tasks.latest(here.number, "fetch") is not None,
        letters=asking.letters(here),
        progress=progress,
    )


def _ended(here: access.Here) -> Task | None:
    """How the last run by hand or by the schedule ended."""
    last = here.house.tasks.latest(here.number, "sync")
    return last if last is not None and progress.over(last) else None


def _looked(here: access.Here) -> Task | None:
    """The preview that nothing was done after."""
    preview, last = here.house.tasks.latest(here.number, "preview"), here.house.tasks.latest(here.number, "sync")
    fresh = preview is not None and preview.state == "done" and (last is None or last.id < preview.id)
    return preview if fresh else None


def _last_choice(here: access.Here) -> dict[str, object]:
    """What was chosen the last time. All modules, both ways, since the last run, where nothing ever was."""
    last = here.house.tasks.chosen(here.number)
    scope = last.scope if last is not None and last.scope.record is None else Scope()
    since = "all" if scope.full else "days" if scope.window_days else "last"
    return {
        "entities": list(scope.entities),
        "mode": scope.mode,
        "since": since,
        "days": scope.window_days,
        "email": last.email if last is not None else False,
    }
