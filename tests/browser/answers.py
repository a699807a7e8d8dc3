"""What the server would say to a panel, for tests that show a state without making it come about."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

import simplejson
from playwright.sync_api import Page, Route

SESSION: Final = {
    "token": None,
    "csrf": "c" * 64,
    "expires": "2026-11-22T18:00:00Z",
    "person": {"name": "Tom Whitfield", "manages": False},
    "connection": {"id": 1, "name": "Harbour Office Supplies (sandbox)"},
}
IN_XERO: Final = {
    "id": "08427a40-7d1e-4aff-bb4d-bafd03923845",
    "number": "INV-1016",
    "url": "http://127.0.0.1/xero",
    "status": "AUTHORISED",
}
DUE: Final = {"currency": "NZD", "amount": "12454.48"}
HISTORY: Final = [
    {"at": "2026-11-22T04:10:00Z", "outcome": "updated", "message": "Updated in Xero: due date"},
    {"at": "2026-11-20T21:02:00Z", "outcome": "created", "message": "Created in Xero"},
]
DIFFERENCES: Final = [
    {"field": "due_date", "label": "Due date", "zoho": "2026-10-04", "xero": "2026-10-18"},
    {"field": "reference", "label": "Reference", "zoho": "Office supplies, September 2026", "xero": None},
]
CONFLICT: Final = {
    "reason": "conflict",
    "heading": "Changed on both sides",
    "message": "“Reference” was changed in the CRM and in Xero.",
    "hint": "Choose whose value counts.",
    "values": {"reference": ["Office supplies, September 2026", "Stationery, spring"]},
    "ways": [
        {"decision": "take", "label": "Take the CRM's value", "field": "reference", "side": "zoho", "twin": None},
        {"decision": "take", "label": "Take Xero's value", "field": "reference", "side": "xero", "twin": None},
    ],
}
TAX: Final = {
    "reason": "tax_unmapped",
    "heading": "A tax without a counterpart",
    "message": "“GST Half” stands for no tax in Xero.",
    "hint": "Complete the tax mapping.",
    "values": {},
    "ways": [],
}
WORKING: Final = {
    "id": 7,
    "kind": "record",
    "state": "working",
    "step": "Reading Invoices in Xero",
    "progress": {"step": "observing", "feed": "Invoices", "done": 0.4},
    "result": {},
}
DONE: Final = {**WORKING, "state": "done", "step": "Done", "progress": {}}


def record(state: str, **more: Any) -> dict[str, Any]:
    return {
        "state": state,
        "title": "INV-1016, Kererū Print & Packaging Ltd",
        "entity": "invoice",
        "zoho_id": "5843104000000101468",
        "xero": None,
        "amount_due": None,
        "days_overdue": None,
        "last_sync": None,
        "differences": [],
        "holds": [],
        "task": None,
        "history": [],
        **more,
    }


def linked(state: str, **more: Any) -> dict[str, Any]:
    known = {"xero": IN_XERO, "amount_due": DUE, "last_sync": "2026-11-22T04:10:00Z", "history": HISTORY}
    return record(state, **{**known, **more})


STATES: Final[Mapping[str, dict[str, Any]]] = {
    "not_added": record("not_added"),
    "never_synced": record("never_synced"),
    "in_step": linked("in_step"),
    "differs": linked("differs", differences=DIFFERENCES),
    "working": linked("working", task=WORKING),
    "needs_attention": linked("needs_attention", holds=[CONFLICT, TAX]),
    "disconnected": linked("disconnected"),
    "paused": linked("paused"),
}


class StandIn:
    """Answers every question of a page to /api by a table: (method, path after /api/) -> status and document."""

    def __init__(self, page: Page, session: Mapping[str, Any] | None = SESSION) -> None:
        self.table: dict[tuple[str, str], tuple[int, Any]] = {}
        self.asked: list[tuple[str, str, Any]] = []
        if session is not None:
            self.says("GET", "session", session)
        page.context.route("**/api/**", self._answer)

    def says(self, method: str, path: str, document: Any, status: int = 200) -> None:
        self.table[method, path] = (status, document)

    def refuses(self, method: str, path: str, status: int, detail: str, hint: str = "") -> None:
        problem = {"title": "Refused", "status": status, "detail": detail, "code": "refused", "hint": hint}
        self.says(method, path, problem, status)

    def sent(self, path: str) -> list[Any]:
        return [body for method, asked, body in self.asked if (method, asked) == ("POST", path)]

    def _answer(self, route: Route) -> None:
        request = route.request
        path = request.url.partition("/api/")[2]
        body = simplejson.loads(request.post_data) if request.post_data else None
        self.asked.append((request.method, path, body))
        status, document = self.table.get((request.method, path), (404, {"detail": f"no answer to {path}"}))
        kind = "application/json" if status < 400 else "application/problem+json"
        said = simplejson.dumps(document)
        tag = f'"{sha256(said.encode()).hexdigest()[:32]}"'
        if status == 200 and request.headers.get("if-none-match") == tag:
            return route.fulfill(status=304, headers={"ETag": tag})  # as the server: a panel draws only what is new
        route.fulfill(status=status, headers={"Content-Type": kind, "ETag": tag}, body=said)
