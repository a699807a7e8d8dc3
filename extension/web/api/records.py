"""A record of the CRM: how it stands, read it, synchronise it, decide what is asked about it."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue

from extension import recording
from extension.bootstrap import Task
from extension.reporting import cases
from extension.sync.canonical import ZOHO
from extension.sync.errors import BadInput
from extension.sync.model import Scope
from extension.web import asking, live
from extension.web.api import shape
from extension.web.api.endpoints import Caller, Endpoints, visible
from extension.web.api.schemas import Asked, Check, Decide, Record, Selection, Sync

endpoints = Endpoints("api_records", __name__, url_prefix="/api", tag="Records")


@endpoints.get("/records/<entity>/<zoho_id>")
@endpoints.output(Record)
def look(caller: Caller, entity: str, zoho_id: str) -> ResponseReturnValue:
    """How the record stands, as far as is remembered; no service is asked."""
    name = visible(caller, entity, zoho_id)
    found = recording.known(caller.house, caller.connection, name, zoho_id)
    return live.document(shape.record(caller.here, found))


@endpoints.post("/records/<entity>/<zoho_id>/check")
@endpoints.input(Check)
@endpoints.output(Asked, status_code=202)
def check(caller: Caller, entity: str, zoho_id: str, json_data: Check) -> dict[str, Any]:
    """Reads the record on both sides now, and writes nothing."""
    name = visible(caller, entity, zoho_id)
    return _asked(asking.ask_record(caller.here, "check", Scope(record=(name, zoho_id), dry_run=True)))


@endpoints.post("/records/<entity>/<zoho_id>/sync")
@endpoints.input(Sync)
@endpoints.output(Asked, status_code=202)
def sync(caller: Caller, entity: str, zoho_id: str, json_data: Sync) -> dict[str, Any]:
    """Synchronises the record and the parents that it needs."""
    name = visible(caller, entity, zoho_id)
    scope = Scope(record=(name, zoho_id), tick=json_data.add_to_xero)
    return _asked(asking.ask_record(caller.here, "record", scope))


@endpoints.post("/records/<entity>/sync")
@endpoints.input(Selection)
@endpoints.output(Asked, status_code=202)
def sync_selection(caller: Caller, entity: str, json_data: Selection) -> dict[str, Any]:
    """Synchronises the records that were selected in a list, as one run."""
    ids = list(dict.fromkeys(json_data.ids))
    name = visible(caller, entity, *ids)
    return _asked(asking.ask_record(caller.here, "record", Scope(records=tuple((name, each) for each in ids))))


@endpoints.post("/records/<entity>/<zoho_id>/decide")
@endpoints.input(Decide)
@endpoints.output(Asked, status_code=202)
def decide(caller: Caller, entity: str, zoho_id: str, json_data: Decide) -> dict[str, Any]:
    """A person's word about what is asked. The next synchronisation follows it."""
    name = visible(caller, entity, zoho_id)
    found = recording.known(caller.house, caller.connection, name, zoho_id)
    if json_data.decision == "retry":
        with caller.house.word(caller.connection) as word:
            word.forgive([(name, ZOHO, zoho_id)])
        return _asked(None)
    hold = next((row for row in found.holds if cases.asks(row, json_data.decision, json_data.field or "")), None)
    if hold is None:
        raise BadInput("Nothing is asked about this record (any more).", code="no_hold", hint="Look at it again.")
    said = cases.decision(
        hold, json_data.decision, field=json_data.field or "", takes=json_data.side or "", twin=json_data.twin or ""
    )
    with caller.house.word(caller.connection) as word:
        word.decide(said)
    return _asked(None)


def _asked(task: Task | None) -> dict[str, Any]:
    return {"task": shape.run(task) if task is not None else None}
