"""`actions/watch`: notification channels are opened, listed, changed and closed (facts/zoho.md 3.8, 5.2 no. 17).

Each element has its own outcome. Zoho's description of PATCH names one channel without the list around it, its own
clients send the list: which of them it takes is a switch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from flask import Response

from sandbox.zoho.channels import Channel
from sandbox.zoho.errors import RowError, bad_body, missing_param
from sandbox.zoho.http import Caller
from sandbox.zoho.schema import Module

View: TypeAlias = Callable[..., Response]
Deed: TypeAlias = Callable[[Mapping[str, Any], Mapping[str, Module], int, float], Channel]
PATH = "/actions/watch"
OPENED = "Successfully subscribed for actions-watch of the given module"
CLOSED = "Successfully un-subscribed from actions-watch of the given module"


def watch(caller: Caller) -> Response:
    service, query = caller.service, caller.request.args
    caller.needs("ZohoCRM.notifications.READ")
    caller.charge()
    rows = [
        _row(caller, channel, module)
        for channel in service.channels.listed(caller.access.user, service.now())
        for module in channel.modules
        if query.get("module", module) == module and query.get("channel_id", channel.id) == channel.id
    ]
    if not rows:
        return caller.answer(204, None)
    info = {"per_page": 200, "count": len(rows), "page": 1, "more_records": False}
    return caller.answer(200, {"watch": rows, "info": info})


def open_channels(caller: Caller) -> Response:
    caller.needs("ZohoCRM.notifications.CREATE")
    good = int(caller.service.switch.v2_watch_status) if caller.version == "v2" else 201
    return _each(caller, _listed(caller), caller.service.channels.open, good)


def replace_channels(caller: Caller) -> Response:
    caller.needs("ZohoCRM.notifications.UPDATE")
    return _each(caller, _listed(caller), caller.service.channels.replace, 200)


def change_channels(caller: Caller) -> Response:
    caller.needs("ZohoCRM.notifications.UPDATE")
    takes, body = caller.service.switch.watch_patch, caller.body()
    if ("watch" in body) != (takes == "list") and takes != "either":
        raise bad_body("jsonarray" if takes == "list" else "jsonobject", "watch")
    rows = _listed(caller) if "watch" in body else [body]
    return _each(caller, rows, caller.service.channels.change, 200)


def close_channels(caller: Caller) -> Response:
    caller.needs("ZohoCRM.notifications.DELETE")
    ids = caller.request.args.get("channel_ids")
    if not ids:
        raise missing_param("channel_ids")
    caller.charge()
    service, items = caller.service, list[dict[str, Any]]()
    for number in ids.split(","):
        try:
            gone = service.channels.close(number, caller.access.user, service.now())
        except RowError as error:
            items.append(_refusal(error))
            continue
        for module in _modules(caller, gone):
            named = {name: service.channels.detail(gone, module)[name] for name in ("resource_uri", "resource_id")}
            items.append(_success({**named, "channel_id": gone.id}, CLOSED))
    return caller.answer(_status(items, 200), {"watch": items})


def _listed(caller: Caller) -> list[Mapping[str, Any]]:
    rows = caller.body().get("watch")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise bad_body("jsonarray", "watch")
    return rows


def _each(caller: Caller, rows: Sequence[Mapping[str, Any]], deed: Deed, good: int) -> Response:
    caller.charge()
    service, items = caller.service, list[dict[str, Any]]()
    known = {module.api_name: module for module in service.catalogue.modules()}
    for row in rows:
        try:
            channel = deed(row, known, caller.access.user, service.now())
        except RowError as error:
            items.append(_refusal(error))
        else:
            events = [service.channels.detail(channel, module) for module in _modules(caller, channel)]
            items.append(_success({"events": events}, OPENED))
    return caller.answer(_status(items, good), {"watch": items})


def _status(items: Sequence[Mapping[str, Any]], good: int) -> int:
    failed = [item for item in items if item["status"] == "error"]
    return good if not failed else 207 if len(failed) < len(items) else 400


def _modules(caller: Caller, channel: Channel) -> Iterator[Module]:
    return (caller.service.catalogue.module(name) for name in channel.modules)


def _row(caller: Caller, channel: Channel, module: str) -> dict[str, Any]:
    detail = caller.service.channels.detail(channel, caller.service.catalogue.module(module))
    words = {"insert": "create", "update": "edit", "delete": "delete"}
    return {
        "notify_on_related_action": False,
        "return_affected_field_values": False,
        **detail,
        "notify_url": channel.url,
        "fields": None,
        "notification_condition": None,
        "events": [f"{module}.{words[operation]}" for name, operation in channel.events if name == module],
        "token": channel.token,
    }


def _success(details: Mapping[str, Any], message: str) -> dict[str, Any]:
    return {"code": "SUCCESS", "details": details, "message": message, "status": "success"}


def _refusal(error: RowError) -> dict[str, Any]:
    details = {**error.details, **({"api_name": error.field} if error.field else {})}
    return {"code": error.code, "details": details, "message": error.message, "status": "error"}


CHANNEL_ROUTES: tuple[tuple[str, str, View], ...] = (
    ("GET", PATH, watch),
    ("POST", PATH, open_channels),
    ("PUT", PATH, replace_channels),
    ("PATCH", PATH, change_channels),
    ("DELETE", PATH, close_channels),
)
