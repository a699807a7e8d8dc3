"""The API's own description, as OpenAPI: made from its functions, with what holds for all of them added here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from apiflask import APIFlask
from flask import Flask

from extension.web.api import problems
from extension.web.api.schemas import Problem

CHANGES: Final = ("post", "delete")
EVERY: Final = (401, 403, 429)  # what any question may be answered with
ASKING: Final = (404, 409, 502)  # questions about a record or a run: the CRM is asked who may see it
SENT: Final = (400, 413, 415, 422)


def register(app: Flask) -> None:
    assert isinstance(app, APIFlask)
    app.spec_processor(completed)


def completed(spec: dict[Any, Any] | str) -> dict[Any, Any] | str:
    """Only the API's own paths, with sessions and problems described."""
    assert isinstance(spec, dict)
    spec["paths"] = {path: each for path, each in spec["paths"].items() if path.startswith("/api/")}
    parts = spec.setdefault("components", {})
    for gone in ("ValidationError", "HTTPError"):
        parts.get("schemas", {}).pop(gone, None)
    parts.setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
    parts["securitySchemes"] = SCHEMES
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            _complete(path, method, operation)
    return spec


SCHEMES: Final[Mapping[str, Any]] = {
    "frame": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-xero2zoho-widget",
        "description": "The session as a cookie of the frame's own partition. A change needs X-CSRF-Token as well.",
    },
    "bearer": {"type": "http", "scheme": "bearer", "description": "The same session, where no cookie is kept."},
}


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    begins = (path, method) == ("/api/session", "post")
    if not begins:
        operation["security"] = [{"frame": []}, {"bearer": []}]
    if "requestBody" in operation:
        operation["requestBody"]["required"] = True
    statuses = [*EVERY, *(SENT if method in CHANGES else ()), *(() if path == "/api/session" else ASKING)]
    if method == "get" and path != "/api/session":
        operation["responses"]["304"] = {"description": "Unchanged since the answer that If-None-Match names"}
    for status in statuses:
        operation["responses"][str(status)] = _problem(status)


def _problem(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": problems.TITLES[status], "content": {problems.MEDIA: {"schema": schema}}}
