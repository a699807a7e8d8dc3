"""Calls that write: up to 100 rows, each with its own outcome, in the order of the request.

Which HTTP status a call with failed rows has is a switch; a client decides by the rows (facts/zoho.md 3.5).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from sandbox.zoho.errors import ApiError, RowError, bad_body, bad_param, too_many_rows
from sandbox.zoho.render import Renderer
from sandbox.zoho.schema import Module
from sandbox.zoho.settings import Switches
from sandbox.zoho.store import Record, Store
from sandbox.zoho.values import record_id
from sandbox.zoho.writes import Act, AlreadyModified, Writer

Item: TypeAlias = dict[str, Any]
Answer: TypeAlias = tuple[int, dict[str, Any]]

MAX_ROWS = 100


class Batches:
    """Create, update, upsert and delete of whole calls."""

    def __init__(self, store: Store, writer: Writer, renderer: Renderer, switches: Switches) -> None:
        self._store = store
        self._writer = writer
        self._renderer = renderer
        self._switches = switches

    def create(self, module: Module, body: Mapping[str, Any], act: Act) -> Answer:
        def one(row: Mapping[str, Any], act: Act) -> Item:
            return self._success("record added", self._writer.create(module, row, act), act)

        return self._run(rows_of(body), acting(body, act), one, good=201)

    def update(self, module: Module, body: Mapping[str, Any], act: Act, only: int | None = None) -> Answer:
        """Update by the rows' ids, or the one record that the address names."""

        def one(row: Mapping[str, Any], act: Act) -> Item:
            target = only or record_id(row.get("id"))
            return self._success("record updated", self._writer.update(module, target, row, act), act)

        return self._run(rows_of(body), acting(body, act), one)

    def upsert(self, module: Module, body: Mapping[str, Any], act: Act) -> Answer:
        """Update what a duplicate check field finds, create the rest; a row's own id wins."""
        checks = check_fields(module, body)

        def one(row: Mapping[str, Any], act: Act) -> Item:
            target, matched = record_id(row.get("id")), None
            if row.get("id") is None:
                target, matched = self._duplicate(module, row, checks)
            if target is None and row.get("id") is None:
                item = self._success("record added", self._writer.create(module, row, act), act)
                action = "insert"
            else:
                item = self._success("record updated", self._writer.update(module, target, row, act), act)
                action = "update"
            return {"code": item.pop("code"), "duplicate_field": matched, "action": action, **item}

        return self._run(rows_of(body), acting(body, act), one)

    def delete(self, module: Module, ids: Sequence[str], act: Act) -> Answer:
        if len(ids) > MAX_ROWS:
            raise too_many_rows(MAX_ROWS)

        def one(row: Mapping[str, Any], act: Act) -> Item:
            self._writer.delete(module, record_id(row["id"]), act)
            return {
                "code": "SUCCESS",
                "details": {"id": row["id"]},
                "message": "record deleted",
                "status": "success",
            }

        return self._run([{"id": entry} for entry in ids], act, one)

    def _run(
        self,
        rows: Sequence[Mapping[str, Any]],
        act: Act,
        one: Callable[[Mapping[str, Any], Act], Item],
        good: int = 200,
    ) -> Answer:
        items: list[Item] = []
        for index, row in enumerate(rows):
            try:
                items.append(one(row, act))
            except AlreadyModified as error:
                details = self._renderer.stamps(error.record, "v2")  # the official example has no $approval_state
                items.append({**error.item(index, act.version), "details": details})
            except RowError as error:
                items.append(error.item(index, act.version))
        return self._status(items, act.version, good), {"data": items}

    def _status(self, items: Sequence[Item], version: str, good: int) -> int:
        failed = [item for item in items if item["status"] == "error"]
        if not failed:
            return good
        if len(failed) < len(items):
            return 207
        if all(item["code"] == "ALREADY_MODIFIED" for item in failed):
            return 412
        if self._switches.all_failed_status == "by version":
            return 202 if version == "v2" else 400
        return int(self._switches.all_failed_status)

    def _success(self, message: str, record: Record, act: Act) -> Item:
        details = self._renderer.stamps(record, act.version)
        return {"code": "SUCCESS", "details": details, "message": message, "status": "success"}

    def _duplicate(
        self, module: Module, row: Mapping[str, Any], checks: Sequence[str]
    ) -> tuple[int | None, str | None]:
        table = self._store.tables[module.api_name]
        for name in checks:
            value = row.get(name)
            if isinstance(value, str) and (found := table.find(name, value)):
                return found[0], name
        return None, None


def rows_of(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The rows of a request, or the refusal of the whole call."""
    if "data" not in body:
        raise ApiError(400, "MANDATORY_NOT_FOUND", "required field not found", {"api_name": "data"})
    rows = body["data"]
    if not isinstance(rows, list) or not rows:
        raise bad_body("jsonarray", "data")
    if len(rows) > MAX_ROWS:
        raise too_many_rows(MAX_ROWS)
    if not all(isinstance(row, dict) for row in rows):
        raise bad_body("jsonobject", "data")
    return rows


def acting(body: Mapping[str, Any], act: Act) -> Act:
    """With the request's `trigger`: absent runs everything, [] nothing (facts/zoho.md 3.5)."""
    triggers = body.get("trigger")
    return replace(act, triggers=triggers is None or "workflow" in triggers)


def check_fields(module: Module, body: Mapping[str, Any]) -> list[str]:
    """The duplicate check fields of an upsert: those named, else the system's, then the unique ones."""
    unique = [field.api_name for field in module.unique_fields]
    allowed = list(dict.fromkeys((module.duplicate_check, *unique)))
    named = body.get("duplicate_check_fields")
    if not named:
        return allowed
    if not isinstance(named, list) or not set(named) <= set(allowed):
        raise bad_param("duplicate_check_fields")
    return named
