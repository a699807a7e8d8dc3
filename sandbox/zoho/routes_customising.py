"""The settings APIs that write: fields and layouts, in v8 alone (facts/zoho.md 3.7).

A field call answers per element: 201 (or 200) where all went well, 207 where some did, 400 where none. The answer to
a success names the id and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response

from sandbox.zoho.customising import FIELDS, Customiser, SettingError
from sandbox.zoho.errors import ApiError, bad_body, missing_param, no_such_url
from sandbox.zoho.http import Caller
from sandbox.zoho.layouts import layouts_of
from sandbox.zoho.routes_settings import View
from sandbox.zoho.schema import Module


def create_fields(caller: Caller) -> Response:
    module, rows = _begin(caller, "fields", "CREATE"), _rows(caller, "fields")
    desk = Customiser(caller.service)
    # Each sees what those before it made, a second of the same label is refused.
    return _each(caller, rows, 201, "created", lambda row: desk.add(_module(caller, module.api_name), row))


def update_fields(caller: Caller) -> Response:
    module, rows = _begin(caller, "fields", "UPDATE"), _rows(caller, "fields")
    desk = Customiser(caller.service)
    return _each(caller, rows, 200, "updated", lambda row: desk.change(module, row.get("id"), row))


def update_field(caller: Caller, field_id: int) -> Response:
    module, rows = _begin(caller, "fields", "UPDATE"), _rows(caller, "fields")
    desk = Customiser(caller.service)
    return _each(caller, rows[:1], 200, "updated", lambda row: desk.change(module, field_id, row))


def delete_field(caller: Caller, field_id: int) -> Response:
    module = _begin(caller, "fields", "DELETE")
    desk = Customiser(caller.service)
    return _each(caller, [{}], 200, "deleted", lambda _: desk.remove(module, field_id))


def update_layout(caller: Caller, layout: int) -> Response:
    module, rows = _begin(caller, "layouts", "UPDATE"), _rows(caller, "layouts")
    found = next(
        (each for each in layouts_of(module, caller.service.switch.extra_layouts) if each.id == str(layout)), None
    )
    if found is None or len(rows) != 1:
        raise ApiError(400, "INVALID_DATA", "the id given seems to be invalid", {"resource_path_index": 2})
    try:
        Customiser(caller.service).arrange(module, found, rows[0].get("sections") or [])
    except SettingError as refused:
        return caller.answer(400, {"layouts": [refused.item]})
    return caller.answer(200, {"layouts": [_done(found.id, "layout updated")]})


def _begin(caller: Caller, area: str, operation: str) -> Module:
    if caller.version == "v2":
        raise no_such_url()
    caller.needs(f"ZohoCRM.settings.{area}.{operation}")
    caller.charge()
    name = caller.request.args.get("module")
    if not name:
        raise missing_param("module")
    module = _module(caller, name)
    Customiser(caller.service).check_allowed()
    return module


def _module(caller: Caller, name: str) -> Module:
    return caller.service.catalogue.module(name)


def _rows(caller: Caller, name: str) -> list[Mapping[str, Any]]:
    rows = caller.body().get(name)
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise bad_body("jsonarray", name)
    if len(rows) > FIELDS:
        raise ApiError(400, "LIMIT_EXCEEDED", "limit exceeded", {"limit": FIELDS})
    return rows


def _each(
    caller: Caller, rows: list[Mapping[str, Any]], status: int, word: str, act: Callable[[Mapping[str, Any]], str]
) -> Response:
    items = []
    for index, row in enumerate(rows):
        try:
            items.append(_done(act(row), f"field {word}"))
        except SettingError as refused:
            items.append(_placed(refused.item, index, row))
    failed = sum(item["status"] == "error" for item in items)
    if failed:
        status = 400 if failed == len(items) else 207
    return caller.answer(status, {"fields": items})


def _placed(item: dict[str, Any], index: int, row: Mapping[str, Any]) -> dict[str, Any]:
    """With the place of the element's own key that it is about."""
    name = item["details"].get("api_name")
    if name not in row and item["code"] != "MANDATORY_NOT_FOUND":
        return item
    return {**item, "details": {**item["details"], "json_path": f"$.fields[{index}].{name}"}}


def _done(id_: str, message: str) -> dict[str, Any]:
    return {"code": "SUCCESS", "details": {"id": id_}, "message": message, "status": "success"}


CUSTOMISING_ROUTES: tuple[tuple[str, str, View], ...] = (
    ("POST", "/settings/fields", create_fields),
    ("PATCH", "/settings/fields", update_fields),
    ("PATCH", "/settings/fields/<int:field_id>", update_field),
    ("DELETE", "/settings/fields/<int:field_id>", delete_field),
    ("PATCH", "/settings/layouts/<int:layout>", update_layout),
)
