"""A run that a panel asked for: how far it is."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from extension.web import live
from extension.web.api import shape
from extension.web.api.endpoints import Caller, Endpoints
from extension.web.api.schemas import Run

endpoints = Endpoints("api_runs", __name__, url_prefix="/api", tag="Runs")


@endpoints.get("/runs/<int:task>")
@endpoints.output(Run)
def one(caller: Caller, task: int) -> ResponseReturnValue:
    """How far it is; unchanged answers cost a 304."""
    return live.document(shape.run(caller.house.tasks.get(caller.number, task)))
