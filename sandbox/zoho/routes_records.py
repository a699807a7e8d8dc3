"""The record APIs: lists, single records, writes, deletions, search, counts and COQL, in v2 and v8."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from flask import Response

from sandbox.zoho import coql
from sandbox.zoho.errors import bad_body, missing_param
from sandbox.zoho.http import Caller
from sandbox.zoho.schema import Module

View: TypeAlias = Callable[..., Response]

SEARCH_SCOPE = "ZohoSearch.securesearch.READ"


def _module(caller: Caller, name: str, *operations: str) -> Module:
    found = caller.service.catalogue.module(name)
    caller.needs(*(f"ZohoCRM.modules.{name}.{operation}" for operation in operations))
    return found


def list_records(caller: Caller, module: str) -> Response:
    known = _module(caller, module, "READ")
    caller.charge()
    return caller.answer(*caller.service.reader.page(known, caller.query()))


def one_record(caller: Caller, module: str, record_id: int) -> Response:
    known = _module(caller, module, "READ")
    caller.charge()
    return caller.answer(*caller.service.reader.one(known, record_id, caller.query()))


def create_records(caller: Caller, module: str) -> Response:
    known = _module(caller, module, "CREATE", "WRITE")
    body = caller.body()
    caller.charge_rows(body)
    return caller.answer(*caller.service.batches.create(known, body, caller.act()))


def update_records(caller: Caller, module: str) -> Response:
    known = _module(caller, module, "UPDATE", "WRITE")
    body = caller.body()
    caller.charge_rows(body)
    return caller.answer(*caller.service.batches.update(known, body, caller.act()))


def update_record(caller: Caller, module: str, record_id: int) -> Response:
    known = _module(caller, module, "UPDATE", "WRITE")
    body = caller.body()
    caller.charge_rows(body)
    return caller.answer(*caller.service.batches.update(known, body, caller.act(), record_id))


def upsert_records(caller: Caller, module: str) -> Response:
    known = _module(caller, module, "WRITE", "CREATE")
    body = caller.body()
    caller.charge_rows(body)
    return caller.answer(*caller.service.batches.upsert(known, body, caller.act()))


def delete_records(caller: Caller, module: str) -> Response:
    known = _module(caller, module, "DELETE")
    ids = caller.request.args.get("ids")
    if not ids:
        raise missing_param("ids")
    caller.charge()
    return caller.answer(*caller.service.batches.delete(known, ids.split(","), caller.act()))


def delete_record(caller: Caller, module: str, record_id: int) -> Response:
    known = _module(caller, module, "DELETE")
    caller.charge()
    return caller.answer(*caller.service.batches.delete(known, [str(record_id)], caller.act()))


def deleted_records(caller: Caller, module: str) -> Response:
    known = _module(caller, module, "READ")
    caller.charge()
    return caller.answer(*caller.service.reader.deleted(known, caller.query()))


def search_records(caller: Caller, module: str) -> Response:
    known = _module(caller, module, "READ")
    caller.needs(SEARCH_SCOPE)
    caller.charge()
    table = caller.service.store.tables[module]
    return caller.answer(*caller.service.search.page(known, table, caller.query()))


def count_records(caller: Caller, module: str) -> Response:
    known = _module(caller, module, "READ")
    caller.needs(SEARCH_SCOPE)
    caller.charge()
    table, query = caller.service.store.tables[module], caller.query()
    if query.params.keys() & {"criteria", "email", "phone", "word"}:
        return caller.answer(200, {"count": len(caller.service.search.found(known, table, query))})
    return caller.answer(200, {"count": len(table.live)})


def select_records(caller: Caller) -> Response:
    text = caller.body().get("select_query")
    if not isinstance(text, str):
        raise bad_body("text", "select_query")
    select = coql.Parser(text).select()
    known = _module(caller, select.module, "READ")
    caller.needs("ZohoCRM.coql.READ")
    caller.charge(1 if select.limit <= 200 else 2 if select.limit <= 1000 else 3)
    names = coql.selected(known, select)
    table = caller.service.store.tables[known.api_name]
    lag = caller.service.reader.lag(caller.service.switch.coql_index_lag)
    records, more = coql.run(table, known, select, caller.version, lag)
    if not records:
        return caller.answer(204, None)
    rows = caller.service.renderer.rows(known, records, names, caller.version)
    return caller.answer(200, {"data": rows, "info": {"count": len(rows), "more_records": more}})


RECORD_ROUTES: tuple[tuple[str, str, View], ...] = (
    ("GET", "/<module>", list_records),
    ("POST", "/<module>", create_records),
    ("PUT", "/<module>", update_records),
    ("DELETE", "/<module>", delete_records),
    ("POST", "/<module>/upsert", upsert_records),
    ("GET", "/<module>/deleted", deleted_records),
    ("GET", "/<module>/search", search_records),
    ("GET", "/<module>/actions/count", count_records),
    ("GET", "/<module>/<int:record_id>", one_record),
    ("PUT", "/<module>/<int:record_id>", update_record),
    ("DELETE", "/<module>/<int:record_id>", delete_record),
    ("POST", "/coql", select_records),
)
