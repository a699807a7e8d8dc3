"""`/{module}/{id}/actions/merge` and `/Leads/{id}/actions/convert` (facts/zoho.md 5.2, 22; recordings, OpenAPI).

A merge is answered at once; Zoho may schedule one instead, of which nobody has seen when. Whether fields that the
request does not name are filled where they are blank is no more known: here they are, as on the screen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from flask import Response

from sandbox.zoho.batches import acting, rows_of
from sandbox.zoho.errors import ApiError, RowError, bad_body, invalid_module
from sandbox.zoho.http import Caller
from sandbox.zoho.merges import merge
from sandbox.zoho.schema import Module
from sandbox.zoho.values import record_id as id_of

View: TypeAlias = Callable[..., Response]
MERGED = ("Accounts", "Contacts", "Leads", "Deals")
"""Of Zoho's list the modules that are here."""
MOST_MERGED = 2
CONVERSION_CREDITS = 5
OF_LEAD = ("Accounts", "Contacts", "Deals")


def merge_records(caller: Caller, module: str, record_id: int) -> Response:
    """`{"merge": [{"data": [{"id", "_fields": [{"api_name"}]}]}]}`: who goes, and which of their values stay."""
    known = caller.service.catalogue.module(module)
    caller.needs(f"ZohoCRM.modules.{module}.CREATE")
    if module not in MERGED:
        raise invalid_module()
    body = caller.body()
    caller.charge()
    try:
        children = _children(caller, known, record_id, body)
    except RowError as error:
        return caller.answer(400, {"merge": [_refusal(error)]})
    service, act = caller.service, acting(body, caller.act())
    told = service.switch.merge == "told"
    for child, names in children:
        merge(service.store, service.catalogue, service.writer, known, (child, record_id), act, names, told=told)
    item = {"code": "SUCCESS", "details": {"id": str(record_id)}, "message": "records merged", "status": "success"}
    return caller.answer(200, {"merge": [item]})


def merge_jobs(caller: Caller, module: str, record_id: int) -> Response:
    """None: a merge is over when it is answered."""
    caller.needs(f"ZohoCRM.modules.{module}.READ")
    caller.charge()
    return caller.answer(204, None)


def _children(
    caller: Caller, module: Module, master: int, body: Mapping[str, Any]
) -> list[tuple[int, tuple[str, ...]]]:
    """Who goes, and the fields that are taken from them. Raises RowError with a path below `$.merge[0]`."""
    live = caller.service.store.tables[module.api_name].live
    if master not in live:
        details = {"resource_path_index": 1}
        raise ApiError(400, "INVALID_DATA", "the id given seems to be invalid", details)
    wishes = body.get("merge")
    if not isinstance(wishes, list) or len(wishes) != 1 or not isinstance(wishes[0], dict):
        raise bad_body("jsonarray", "merge")
    rows = wishes[0].get("data")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise RowError("MANDATORY_NOT_FOUND", "required field not found", "data", ".data")
    if len(rows) > MOST_MERGED:
        raise RowError("LIMIT_EXCEEDED", "limit exceeded", "data", ".data", maximum_length=MOST_MERGED)
    found: dict[int, tuple[str, ...]] = {}
    for place, row in enumerate(rows):
        path = f".data[{place}]"
        child = id_of(row.get("id"))
        if child is None or child not in live:
            raise RowError("INVALID_DATA", "the id given seems to be invalid", "id", f"{path}.id")
        if child in found or child == master:
            raise RowError("DUPLICATE_DATA", "duplicate data", "id", f"{path}.id")
        found[child] = _names(module, row.get("_fields") or [], path)
    return list(found.items())


def _names(module: Module, fields: object, path: str) -> tuple[str, ...]:
    names = (
        [entry.get("api_name") if isinstance(entry, dict) else None for entry in fields]
        if isinstance(fields, list)
        else [None]
    )
    for place, name in enumerate(names):
        field = module.by_name.get(name or "")
        if field is None or field.read_only:
            raise RowError("INVALID_DATA", "invalid data", "api_name", f"{path}._fields[{place}].api_name")
    return tuple(str(name) for name in names)


def _refusal(error: RowError) -> dict[str, Any]:
    details = {**error.details, "api_name": error.field, "json_path": f"$.merge[0]{error.path}"}
    return {"code": error.code, "details": details, "message": error.message, "status": "error"}


def convert_lead(caller: Caller, record_id: int) -> Response:
    """`{"data": [{"Accounts"?: id, "Contacts"?: id, "Deals"?: {fields}}]}`; v2 answers with the ids alone."""
    caller.needs("ZohoCRM.modules.Leads.CREATE", "ZohoCRM.modules.Leads.UPDATE")
    body = caller.body()
    row = rows_of(body)[0]
    caller.charge(CONVERSION_CREDITS)
    act = acting(body, caller.act())
    try:
        made = caller.service.conversions.lead(record_id, row, act)
    except RowError as error:
        return caller.answer(400, {"data": [error.item(0, caller.version)]})
    found = dict(zip(OF_LEAD, (made.account, made.contact, made.deal), strict=True))
    if caller.version == "v2":
        return caller.answer(200, {"data": [{name: str(i) if i else None for name, i in found.items()}]})
    details = {name: _named(caller, name, i) for name, i in found.items()}
    message = "The record has been converted successfully"
    return caller.answer(
        200, {"data": [{"code": "SUCCESS", "details": details, "message": message, "status": "success"}]}
    )


def _named(caller: Caller, module: str, made: int | None) -> dict[str, Any] | None:
    if made is None:
        return None
    service = caller.service
    name = service.renderer.display_name(service.catalogue.module(module), service.store.tables[module].live[made])
    return {"name": name, "id": str(made)}


DEED_ROUTES: tuple[tuple[str, str, View], ...] = (
    ("POST", "/<module>/<int:record_id>/actions/merge", merge_records),
    ("GET", "/<module>/<int:record_id>/actions/merge", merge_jobs),
    ("POST", "/Leads/<int:record_id>/actions/convert", convert_lead),
)
