"""/__admin: what a test or a person does behind the service's back.

One blueprint for both services. It holds no state but the snapshots; a service is anything that satisfies
`Service`. JSON in, JSON out; a wrong request is answered with 400 and one sentence.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

import simplejson
from flask import Blueprint, Response, request

from sandbox.clock import Clock, next_change
from sandbox.faults import KINDS, Faults, Journal, Rule
from sandbox.post import Post
from sandbox.server import ADMIN

RULE_FIELDS = frozenset(entry.name for entry in fields(Rule))


class Service(Protocol):
    """What the admin routes ask of a service. Errors a person caused are ValueError, KeyError for what is not there."""

    clock: Clock
    faults: Faults
    journal: Journal
    post: Post

    def dump(self) -> dict[str, list[dict[str, Any]]]:
        """Everything, as native JSON rows per kind."""

    def load(self, state: Mapping[str, list[dict[str, Any]]]) -> None:
        """Take native rows as they stand."""

    def freeze(self) -> object:
        """A private copy of the whole state, with tokens, remembered answers and id sequences; not the clock."""

    def thaw(self, frozen: object) -> None:
        """Go back to a frozen state; it can be thawed again."""

    def edit(self, do: str, kind: str, record_id: str | None, changes: Mapping[str, Any]) -> str:
        """What a person does in the service's own screen; answers with the record's id."""

    def forge(self, given: Mapping[str, Any]) -> None:
        """Send what looks like a message of this service and is none."""

    def switches(self) -> dict[str, Any]:
        """The settings that choose between unverified behaviours."""

    def set_switches(self, changes: Mapping[str, Any]) -> None:
        """Change some of them; unknown names and wrong types are refused."""

    def unmodelled(self) -> list[str]:
        """Routes and parameters that were met and are not modelled."""


def admin_blueprint(service: Service) -> Blueprint:
    """The /__admin routes over one service."""
    admin = Blueprint("sandbox_admin", __name__, url_prefix=ADMIN)
    snapshots: dict[str, object] = {}
    numbers = itertools.count(1)

    @admin.errorhandler(ValueError)
    def _refused(error: ValueError) -> Response:
        return _json({"error": str(error)}, 400)

    @admin.errorhandler(KeyError)
    def _not_there(error: KeyError) -> Response:
        return _json({"error": f"not known: {error.args[0] if error.args else error}"}, 404)

    @admin.get("/state")
    def state() -> Response:
        return _json(service.dump())

    @admin.post("/snapshot")
    def snapshot() -> Response:
        name = f"s{next(numbers)}"
        snapshots[name] = service.freeze()
        return _json({"snapshot": name}, 201)

    @admin.post("/restore")
    def restore() -> Response:
        name = str(_body().get("snapshot"))
        service.thaw(snapshots[name])
        return _json({"snapshot": name})

    @admin.get("/faults")
    def known_faults() -> Response:
        return _json({"kinds": KINDS, "problems": service.faults.problems})

    @admin.post("/faults")
    def add_fault() -> Response:
        rule = rule_from(_body())
        service.faults.add(rule)
        return _json(asdict(rule), 201)

    @admin.delete("/faults")
    def clear_faults() -> Response:
        service.faults.clear()
        return _json({})

    @admin.get("/calls")
    def calls() -> Response:
        since = request.args.get("since", 0, type=int)
        return _json({"calls": [asdict(call) for call in service.journal.since(since)]})

    @admin.delete("/calls")
    def clear_calls() -> Response:
        service.journal.clear()
        return _json({})

    @admin.get("/clock")
    def read_clock() -> Response:
        return _json({"now": service.clock.now().isoformat()})

    @admin.post("/clock")
    def move_clock() -> Response:
        move_to(service.clock, _body())
        return _json({"now": service.clock.now().isoformat()})

    @admin.get("/switches")
    def read_switches() -> Response:
        return _json(service.switches())

    @admin.post("/switches")
    def set_switches() -> Response:
        service.set_switches(_body())
        return _json(service.switches())

    @admin.get("/unmodelled")
    def unmodelled() -> Response:
        return _json({"unmodelled": service.unmodelled()})

    @admin.get("/post")
    def sent() -> Response:
        return _json({"sent": service.post.log()})

    @admin.post("/post")
    def manner() -> Response:
        wish = _body()
        service.post.behave(str(wish.get("manner")), float(wish.get("seconds", 0)))
        return _json({"manner": service.post.manner})

    @admin.post("/post/release")
    def release() -> Response:
        return _json({"released": service.post.release(backwards=_body().get("backwards") is True)})

    @admin.post("/post/forge")
    def forge() -> Response:
        service.forge(_body())
        return _json({})

    @admin.post("/people")
    def people() -> Response:
        wish = _body()
        target = wish.get("id")
        record_id = service.edit(
            str(wish.get("do")),
            str(wish.get("kind")),
            None if target is None else str(target),
            wish.get("changes") or {},
        )
        return _json({"id": record_id})

    return admin


def rule_from(wish: Mapping[str, Any]) -> Rule:
    """A rule out of JSON; both `{...}` and `{"rule": {...}}` are taken."""
    given = wish.get("rule", wish)
    if not isinstance(given, Mapping):
        raise ValueError("a rule is an object")
    if unknown := set(given) - RULE_FIELDS:
        raise ValueError(f"a rule has no {', '.join(sorted(unknown))}")
    return Rule(**given)


CLOCK = (
    '{"advance": seconds}, {"set": "2026-01-31T12:00:00+00:00"}, {"change": zone, "seconds": -60} (so long before the '
    'next change of summer time there), {"stop": true} or {"go": true}'
)


def move_to(clock: Clock, wish: Mapping[str, Any]) -> None:
    """Carry out one wish of CLOCK: jump ahead, jump anywhere, jump to a change of summer time, stand still, run on."""
    match wish:
        case {"advance": int() | float() | Decimal() as seconds}:
            clock.advance(float(seconds))
        case {"set": str(moment)}:
            clock.set(datetime.fromisoformat(moment))
        case {"change": str(zone), **more}:
            clock.set(next_change(zone, clock.now()) + timedelta(seconds=float(more.get("seconds", 0))))
        case {"stop": True}:
            clock.stop()
        case {"go": True}:
            clock.go()
        case _:
            raise ValueError(f"say {CLOCK}")


def _body() -> dict[str, Any]:
    try:
        body = simplejson.loads(request.get_data() or b"{}", use_decimal=True)
    except simplejson.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error}") from error
    if not isinstance(body, dict):
        raise ValueError("the body is not a JSON object")
    return body


def _json(answer: object, status: int = 200) -> Response:
    return Response(simplejson.dumps(answer, use_decimal=True), status=status, content_type="application/json")
