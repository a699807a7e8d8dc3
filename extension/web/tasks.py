"""One run that somebody asked for: how far it is, pause, go on and cancel, and the report when it has ended."""

from __future__ import annotations

from typing import Literal

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel

from extension.bootstrap import Task
from extension.sync.errors import BadInput
from extension.web import access, forms, live, progress, show

pages = access.Pages("tasks", __name__)


class Wish(BaseModel):
    what: Literal["pause", "cancel", "resume"]


@pages.get("/tasks/<int:task>")
def one(here: access.Here, task: int) -> ResponseReturnValue:
    return show.page("task.html", task=found(here, task), progress=progress)


@pages.get("/tasks/<int:task>/live")
def now(here: access.Here, task: int) -> ResponseReturnValue:
    """The part of a page that moves."""
    there = found(here, task)
    html = render_template("task_now.html", task=there, progress=progress)
    return live.fragment(html, done=progress.over(there))


@pages.post("/tasks/<int:task>/wish", needs="press")
def wish(here: access.Here, task: int) -> ResponseReturnValue:
    there = found(here, task)
    form = forms.read(Wish, request.form)
    if form.value is None:
        abort(400)
    tasks, what = here.house.tasks, form.value.what
    if what == "resume":
        tasks.resume(here.number, there.id, here.house.clock.now())
        return show.done("tasks.one", "resumed", number=here.number, task=there.id)
    tasks.wish(here.number, there.id, what)
    note = {"pause": "pausing", "cancel": "cancelling"}[what] if there.state == "working" else "saved"
    return show.done("tasks.one", note, number=here.number, task=there.id)


def found(here: access.Here, number: int) -> Task:
    """The task, where it is one of this connection."""
    try:
        return here.house.tasks.get(here.number, number)
    except BadInput:
        abort(404)
