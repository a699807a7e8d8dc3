"""What an answer looks like: the envelope, and every way of saying no (facts/xero.md 3.5, 3.18)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import simplejson

from sandbox.xero.dates import bare_ticks
from sandbox.xero.refusals import (
    BadBody,
    BadHeader,
    BadQuery,
    Denied,
    Missing,
    NotImplementedHere,
    Refusal,
    Throttled,
)
from sandbox.xero.tables import Row

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
PROVIDER = "xero2zoho sandbox"


@dataclass(frozen=True)
class Reply:
    """An answer before it is put on the wire; kept by the idempotency store as it stands."""

    status: int = 200
    body: bytes = b""
    content_type: str | None = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


def json_reply(payload: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(status, simplejson.dumps(payload, use_decimal=True).encode(), JSON, headers or {})


def envelope(correlation: str, now: datetime, name: str, rows: list[Row], pagination: Row | None = None) -> Reply:
    """`correlation` is the id of the request, which its answer also carries as a header."""
    head: Row = {
        "Id": correlation,
        "Status": "OK",
        "ProviderName": PROVIDER,
        "DateTimeUTC": bare_ticks(now),
    }
    if pagination is not None:
        head["pagination"] = pagination
    return json_reply(head | {name: rows})


def error(number: int, kind: str, message: str, status: int = 400, elements: list[Row] | None = None) -> Reply:
    body: Row = {"ErrorNumber": number, "Type": kind, "Message": message}
    return json_reply(body if elements is None else body | {"Elements": elements}, status)


def validation_error(elements: list[Row]) -> Reply:
    return error(10, "ValidationException", "A validation exception occurred", elements=elements)


def refusal_reply(refusal: Refusal, correlation: str, *, query_error: str = "json") -> Reply:
    """The answer to a request that was refused as a whole. `query_error`: the switch of that name."""
    match refusal:
        case Missing():
            return Reply(404, content_type=HTML)  # recorded: no body at all
        case BadBody():
            return error(14, "PostDataInvalidException", str(refusal))
        case BadQuery() if query_error == "plain":
            return Reply(400, content_type=HTML)
        case BadQuery():
            return error(16, "QueryParseException", str(refusal))
        case BadHeader():
            return Reply(412, content_type=HTML)
        case NotImplementedHere():
            return error(20, "ApiMethodNotImplementedException", "The Api Method called is not implemented", 501)
        case Throttled():
            return throttled(refusal.problem, refusal.retry_after)
        case Denied():
            return _denied(refusal, correlation)
        case _:
            return error(10, "ValidationException", str(refusal))


def throttled(problem: str, retry_after: int | None) -> Reply:
    """A recorded 429: no body and no content type. A concurrent breach says no time (3.4)."""
    headers = {"X-Rate-Limit-Problem": problem}
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return Reply(429, content_type=None, headers=headers)


def _denied(refusal: Denied, correlation: str) -> Reply:
    headers = {}
    if refusal.scope_error:
        headers["WWW-Authenticate"] = f'Bearer error="{refusal.scope_error}"'
    if refusal.status == 403:
        body = {"title": "Forbidden", "status": 403, "detail": refusal.detail, "instance": correlation}
    else:
        body = {"Title": "Unauthorized", "Status": 401, "Detail": refusal.detail, "Instance": correlation}
    return json_reply(body, refusal.status, headers)
