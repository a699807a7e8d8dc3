"""Data fetch: both sides are read, pairs that are sure are linked, and nothing is written to either service."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from flask import request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel

from extension.entities.registry import Registry
from extension.sync.canonical import SIDES, XERO, ZOHO, Side
from extension.sync.errors import BadInput
from extension.sync.model import Scope
from extension.web import access, asking, forms, progress, show

pages = access.Pages("fetching", __name__)


class Wanted(BaseModel):
    all: Literal["", "yes"] = ""


@pages.get("/fetch")
def fetch(here: access.Here) -> ResponseReturnValue:
    return _page(here)


@pages.post("/fetch", needs="press")
def begin(here: access.Here) -> ResponseReturnValue:
    form = forms.read(Wanted, request.form)
    if form.value is None:
        return _page(here, "Say whether everything is to be read again, or what changed.", status=400)
    try:
        task, new = asking.ask(here, "fetch", Scope(full=bool(form.value.all), observe_only=True))
    except BadInput as wrong:
        return _page(here, f"{wrong.message} {wrong.hint}", status=400)
    if task.kind != "fetch":
        return show.done("tasks.one", "under_way", number=here.number, task=task.id)
    return show.done("fetching.fetch", "fetched" if new else "under_way", number=here.number)


def _page(here: access.Here, problem: str = "", status: int = 200) -> ResponseReturnValue:
    try:
        registry, incomplete = here.house.registry(here.connection), ""
    except BadInput as wrong:
        registry, incomplete = None, f"{wrong.message} {wrong.hint}"
    return show.page(
        "fetch.html",
        status,
        problem=problem or incomplete,
        task=asking.under_way(here),
        last=here.house.tasks.latest(here.number, "fetch"),
        counts=_counts(here, registry) if registry else [],
        read=_read(here, registry) if registry else {},
        obstacle=asking.obstacle(here),
        progress=progress,
    )


def _counts(here: access.Here, registry: Registry) -> list[tuple[str, int, int, int]]:
    """Per module: records in the CRM, in Xero, and pairs."""
    store, names = here.house.store(here.connection), [each.name for each in registry.entities]
    return [(n, store.count_records(n, ZOHO), store.count_records(n, XERO), store.count_links(n)) for n in names]


def _read(here: access.Here, registry: Registry) -> dict[Side, datetime | None]:
    """Up to when each side was read, as far as all of its lists were; None: not to the end yet."""
    store, names = here.house.store(here.connection), [each.name for each in registry.entities]
    marks = {side: [store.feed(side, feed).watermark for feed in registry.feeds(side, names)] for side in SIDES}
    return {side: None if None in found else min(filter(None, found), default=None) for side, found in marks.items()}
