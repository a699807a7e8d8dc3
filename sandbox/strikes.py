"""The layer around a service's app that carries the faults out, keeps the journal and dates every answer.

Knows no service: what is a service's own of a fault is handed in as `Own`. Paths under /__admin/ and pages for people
are never struck nor journalled.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import simplejson
from werkzeug.http import http_date
from werkzeug.wrappers import Response

from sandbox.clock import Clock
from sandbox.faults import UPON_ACCESS, CutConnection, Faults, Journal, Rule
from sandbox.server import ADMIN, DRIP, AppAnswer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

JSON = "application/json;charset=UTF-8"
Params = Mapping[str, Any]


@dataclass(frozen=True)
class Own:
    """What of a fault is a service's own.

    `throttled` makes its 429 out of a rule's params, `failed` its answer with a status from 500 on;
    `access` does to our access what the kind says, given the token that the request brings.
    """

    throttled: Callable[[Params], Response]
    failed: Callable[[int], Response]
    access: Callable[[str, str], None]


def with_faults(
    app: WSGIApplication, faults: Faults, journal: Journal, clock: Clock, own: Own, pages: tuple[str, ...] = ()
) -> WSGIApplication:
    """Wrap `app`; below `pages` are the service's own pages, which are no API."""
    apart = (ADMIN, *pages)

    def faulty(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        aside = path.startswith(apart)
        status, size = 0, 0
        try:
            rule = None if aside else faults.match(method, path)
            answer = _answer(app, environ, rule, clock, own)
            status, size = answer.status_code, len(answer.get_data())
        finally:
            if not aside:
                query = environ.get("QUERY_STRING", "")
                at = clock.now().isoformat(timespec="milliseconds")
                journal.record(method=method, path=path, query=query, status=status, at=at, size=size)
        answer.headers["Date"] = http_date(clock.now())
        return answer(environ, start_response)

    return faulty


def _answer(app: WSGIApplication, environ: WSGIEnvironment, rule: Rule | None, clock: Clock, own: Own) -> Response:
    if rule is None:
        return AppAnswer.from_app(app, environ, buffered=True)
    instead = _before(environ, rule, clock, own)
    if instead is not None:
        return instead
    return _after(environ, rule, own, AppAnswer.from_app(app, environ, buffered=True))


def _before(environ: WSGIEnvironment, rule: Rule, clock: Clock, own: Own) -> Response | None:
    """What happens before the request is carried out; an answer: it never is."""
    match rule.kind:
        case "cut_before":
            raise CutConnection
        case "status_before":
            return _scripted(rule.params, own)
        case "throttle":
            return own.throttled(rule.params)
        case "delay":
            time.sleep(float(rule.params.get("seconds", 1)))  # real time: what a client waits for
        case "jump_clock":
            clock.set(clock.now() + timedelta(seconds=float(rule.params["seconds"])))
        case kind if kind in UPON_ACCESS:
            own.access(kind, environ.get("HTTP_AUTHORIZATION", "").rpartition(" ")[2])
    return None


def _after(environ: WSGIEnvironment, rule: Rule, own: Own, answer: Response) -> Response:
    """What becomes of the answer."""
    match rule.kind:
        case "cut_after" | "lose_refresh":
            raise CutConnection
        case "status_after":
            return _scripted(rule.params, own)
        case "drip":
            drip = int(rule.params.get("pieces", 10)), float(rule.params.get("seconds", 0.1))
            environ.setdefault(DRIP, []).append(drip)
        case "truncate_body" | "truncate_json":
            _cut_short(answer, rule.params.get("keep"), honest=rule.kind == "truncate_json")
        case "inject":
            _inject(answer, rule.params)
    return answer


def _cut_short(answer: Response, keep: int | None, *, honest: bool) -> None:
    """`honest`: the length that is announced is the one that comes."""
    whole = answer.get_data()
    answer.set_data(whole[: len(whole) // 2 if keep is None else keep])
    if not honest:
        answer.headers["Content-Length"] = str(len(whole))


def _inject(answer: Response, params: Params) -> None:
    """Into an answer that is JSON; any other stays as it is."""
    try:
        body = simplejson.loads(answer.get_data(), use_decimal=True)
    except ValueError:
        return
    name, wanted = params["field"], int(params.get("rows", 1))
    for number, holder in enumerate(_holders(body, name), 1):
        holder[name] = params.get("value")
        if number == wanted:
            break
    answer.set_data(simplejson.dumps(body, use_decimal=True))


def _holders(value: Any, name: str) -> Iterator[dict[str, Any]]:
    """Every object that has such a field, in the order of the text."""
    if isinstance(value, dict):
        if name in value:
            yield value
        value = [inner for key, inner in value.items() if key != name]
    if isinstance(value, list):
        for inner in value:
            yield from _holders(inner, name)


def _scripted(params: Params, own: Own) -> Response:
    status, body = params.get("status", 500), params.get("body", "")
    if "body" not in params and status >= 500:
        answer = own.failed(status)
    else:
        text = body if isinstance(body, str) else simplejson.dumps(body, use_decimal=True)
        answer = Response(text, status=status, content_type=JSON)
    if "content_type" in params:
        answer.content_type = params["content_type"]
    answer.headers.update(params.get("headers", {}))
    return answer


def gateway_page(status: int) -> Response:
    """What stands before a service when that is away: a page of HTML, which is no JSON."""
    answer = Response(status=status, content_type="text/html")
    answer.set_data(
        f"<html><head><title>{answer.status}</title></head><body><h1>{answer.status}</h1></body></html>\r\n"
    )
    return answer
