"""Settings, modules: which are synchronised, which way, and which of their records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from extension.entities.catalogue import PAIRS
from extension.entities.editing_modules import Module, modules_of, needed_by, with_modules
from extension.web import words
from extension.web.access import Here
from extension.web.settings.desk import overtaken, pages, refused, saved, sheet

SCOPES = (("ticked", "Only those ticked Add to Xero"), ("all", "All of them"))


@pages.get("/settings", needs="manage")
def modules(here: Here) -> ResponseReturnValue:
    return _page(here, modules_of(here.connection.settings))


@pages.post("/settings")
def save_modules(here: Here) -> ResponseReturnValue:
    chosen = {name: _sent(name) for name in PAIRS}
    edited = with_modules(here.connection.settings, chosen, here.connection.fetched)
    late = overtaken(_part(here))
    if late or not edited.fine:
        return _page(here, chosen, 409 if late else 400, {**refused(edited), **(late or {})})
    return saved(here, edited, "settings.modules")


def _sent(name: str) -> Module:
    return Module(
        on=f"{name}.on" in request.form,
        direction=request.form.get(f"{name}.direction", ""),
        scope=request.form.get(f"{name}.scope", ""),
    )


def _part(here: Here) -> Any:
    return {name: repr(module) for name, module in modules_of(here.connection.settings).items()}


def _page(
    here: Here, chosen: Mapping[str, Module], status: int = 200, said: Mapping[str, Any] | None = None
) -> ResponseReturnValue:
    rows = [
        {
            "name": name,
            "module": chosen[name],
            "needs": [words.module(need) for need in pair.needs],
            "needed_by": [words.module(child) for child in needed_by(name)],
        }
        for name, pair in PAIRS.items()
    ]
    directions = list(words.DIRECTIONS.items())
    values = {"rows": rows, "directions": directions, "scopes": SCOPES, **(said or {})}
    return sheet(here, "modules.html", _part(here), status=status, **values)
