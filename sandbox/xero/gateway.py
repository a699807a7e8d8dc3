"""What stands before every route of the Accounting API: token, organisation, limits, scope, idempotency.

In that order, each with its own spelling of no (facts/xero.md 3.1 to 3.4, 3.18). What is refused before the limits
carries no limit headers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sandbox.xero.answers import Reply, refusal_reply
from sandbox.xero.asked import Asked
from sandbox.xero.handlers import Visit
from sandbox.xero.idempotency import fingerprint_of
from sandbox.xero.identity import Access
from sandbox.xero.ledger import Ledger
from sandbox.xero.refusals import Denied, Missing, NotImplementedHere, Refusal
from sandbox.xero.routes import Route, find
from sandbox.xero.service import XeroService

UNSUCCESSFUL = "AuthenticationUnsuccessful"
KEYED = ("PUT", "POST")


def answer(service: XeroService, asked: Asked, url: str) -> Reply:
    """The answer to one request; `url` is what an idempotency key is bound to."""
    now = service.clock.now()
    with service.lock:
        correlation = service.state.envelope_ids.guid()
        headers = {"Xero-Correlation-Id": correlation}
        try:
            access = _access(service, asked, now)
            ledger = _organisation(service, asked, access)
        except Denied as denied:
            return _with_headers(refusal_reply(denied, correlation), headers)
    with service.busy(ledger.id) as in_flight, service.lock:
        visit = Visit(service.desk(ledger, now, places=asked.places), asked, correlation)
        reply = _counted(service, visit, url, access, in_flight)
        headers |= service.state.limits.headers(ledger.id, now, service.settings.switches)
        service.tell(visit.desk)
    return _with_headers(reply, headers)


def _with_headers(reply: Reply, headers: Mapping[str, str]) -> Reply:
    return replace(reply, headers={**headers, **reply.headers})


def _access(service: XeroService, asked: Asked, now: datetime) -> Access:
    scheme, _, token = asked.headers.get("Authorization", "").partition(" ")
    access = service.state.identity.access.get(token) if scheme.lower() == "bearer" else None
    if access is None:
        raise Denied(401, UNSUCCESSFUL)
    if access.expires <= now:
        raise Denied(401, f"TokenExpired: token expired at {access.expires.strftime('%m/%d/%Y %H:%M:%S')}")
    return access


def _organisation(service: XeroService, asked: Asked, access: Access) -> Ledger:
    """A wrong, missing or disconnected organisation is refused with keys in lower case."""
    tenant_id = asked.headers.get("xero-tenant-id", "").lower() or access.tenant
    if tenant_id not in service.state.identity.connections:
        raise Denied(403, UNSUCCESSFUL)
    return service.state.ledgers[tenant_id]


def _counted(service: XeroService, visit: Visit, url: str, access: Access, in_flight: int) -> Reply:
    state, switches, asked, now = service.state, service.settings.switches, visit.asked, visit.desk.now
    tenant_id = visit.desk.ledger.id
    try:
        state.limits.count(tenant_id, now, switches, in_flight)
        route = _route(service, asked)
        if not route.allowed(asked.method, access.scopes):
            raise Denied(switches.scope_failure_status, "AuthorizationUnsuccessful", scope_error=switches.scope_error)
    except Refusal as refusal:
        return refusal_reply(refusal, visit.correlation)
    visit = replace(visit, asked=replace(asked, query=asked.query.only(route.params)))
    key = asked.headers.get("Idempotency-Key") if asked.method in KEYED else None
    if not key:
        return _carried_out(route, visit)
    fingerprint = fingerprint_of(tenant_id, asked.method, url, asked.body)
    kept = state.memory.recall(key, fingerprint, now)
    if kept is not None:
        return kept
    reply = _carried_out(route, visit)
    state.memory.remember(key, fingerprint, now, reply)
    return reply


def _route(service: XeroService, asked: Asked) -> Route:
    """The route, or the way the service refuses an address; what is not modelled is put on the list."""
    route, known = find(asked.method, asked.path)
    if route is None:
        service.note(f"{asked.method} /{'/'.join(asked.path)}")
        raise NotImplementedHere(asked.method) if known else Missing("/".join(asked.path))
    for name in asked.query.names():
        if name not in route.params:
            service.note(f"{asked.method} /{asked.path[0]} parameter {name}")
    if "application/json" not in asked.headers.get("Accept", ""):
        service.note("an answer in XML, which is what comes without Accept: application/json")
    return route


def _carried_out(route: Route, visit: Visit) -> Reply:
    try:
        with visit.desk.attempt():
            return route.handler(visit)
    except Refusal as refusal:
        return refusal_reply(refusal, visit.correlation, query_error=visit.desk.switches.query_error)
