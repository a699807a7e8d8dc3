"""The official OpenAPI files of both services, as operations that a request and an answer can be held against.

Zoho's files are one per topic, and their addresses overlap (`/{module}` matches `/org`), so the address with most
literal parts wins (facts/zoho.md 2). No document exists for v2, nor for the consent servers of Zoho.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tests.judges import overlay

Schema: TypeAlias = dict[str, Any]

SPECS: Final = Path(os.environ.get("SPECS_DIR", "../shared/specs"))
METHODS: Final = ("get", "put", "post", "patch", "delete")
MS_DATE: Final = r"^/Date\(-?\d+(\+0000)?\)/$"
PREFIXES: Final[Mapping[str, str]] = {"zoho": "/crm/v8", "xero": "/api.xro/2.0"}


@dataclass(frozen=True)
class Operation:
    """One method of one address. `query`: the schemas of its parameters."""

    service: str
    name: str
    method: str
    path: str
    address: re.Pattern[str]
    literal: int
    query: Mapping[str, Schema]
    body: Draft202012Validator | None
    answers: Mapping[int, Draft202012Validator | None] = field(repr=False)

    @cached_property
    def envelope(self) -> frozenset[str]:
        """The names of the parameters."""
        return frozenset(self.query)


class Unavailable(Exception):
    """The documents are not on this machine."""


@cache
def operations(service: str) -> list[Operation]:
    """Raises Unavailable."""
    found = list(_xero() if service == "xero" else _zoho())
    return sorted(found, key=lambda operation: -operation.literal)


def operation(service: str, method: str, path: str) -> Operation | None:
    """Which one answers this request; `path` begins after the service's prefix."""
    for each in operations(service):
        match = each.address.fullmatch(path) if each.method == method else None
        if match and not (each.path.startswith("/{") and match[1] in overlay.NO_MODULES):
            return each
    return None


def _xero() -> Iterator[Operation]:
    file = SPECS / "xero" / "xero_accounting.yaml"
    if not file.exists():
        raise Unavailable(f"SPECS_DIR does not hold {file.name}")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document = yaml.load(file.read_text(), Loader=loader)
    document["components"]["schemas"] = {n: plain(s) for n, s in document["components"]["schemas"].items()}
    yield from _operations("xero", overlay.xero(document), "urn:xero", re.IGNORECASE)


def _zoho() -> Iterator[Operation]:
    files = sorted((SPECS / "zoho").glob("zoho-crm-*-openapi.json"))
    if not files:
        raise Unavailable("SPECS_DIR does not hold Zoho's OpenAPI files")
    for file in files:
        topic = file.name.removeprefix("zoho-crm-").removesuffix("-openapi.json")
        yield from _operations("zoho", overlay.zoho(topic, json.loads(file.read_text())), f"urn:zoho:{topic}", 0)


def plain(schema: Any) -> Any:
    """OpenAPI 3.0 as JSON Schema: dates become a pattern, and keywords that JSON Schema does not have go."""
    if isinstance(schema, list):
        return [plain(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    found = {name: plain(value) for name, value in schema.items() if name not in ("example", "externalDocs")}
    if found.get("x-is-msdate") or found.get("x-is-msdate-time"):
        return {"type": "string", "pattern": MS_DATE}
    return found


def _operations(service: str, document: Schema, urn: str, flags: int) -> Iterator[Operation]:
    registry: Registry[Any] = Registry().with_resource(urn, DRAFT202012.create_resource(document))
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                yield _operation(service, document, (urn, registry), path, method, methods, flags)


def _operation(
    service: str,
    document: Schema,
    at: tuple[str, Registry[Any]],
    path: str,
    method: str,
    methods: Schema,
    flags: int,
) -> Operation:
    given = methods[method]
    parameters = [_resolved(document, p) for p in (*methods.get("parameters", ()), *given.get("parameters", ()))]
    parts = re.split(r"\{\w+\}", path)
    answers = {int(code): _validator(at, _resolved(document, said)) for code, said in given["responses"].items()}
    return Operation(
        service,
        given.get("operationId") or f"{method} {path}",
        method.upper(),
        path,
        re.compile("([^/]+)".join(re.escape(part) for part in parts), flags),
        sum(1 for part in path.split("/") if part and not part.startswith("{")),
        {p["name"]: _resolved(document, p.get("schema", {})) for p in parameters if p["in"] == "query"},
        _validator(at, _resolved(document, given.get("requestBody") or {})),
        answers,
    )


def _resolved(document: Schema, node: Any) -> Any:
    while isinstance(node, Mapping) and "$ref" in node:
        found: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        node = found
    return node


def _validator(at: tuple[str, Registry[Any]], said: Mapping[str, Any]) -> Draft202012Validator | None:
    """Of the JSON that a request body or an answer is said to carry; None where it carries none."""
    urn, registry = at
    schema = (said.get("content") or {}).get("application/json", {}).get("schema")
    if schema is None:
        return None
    return Draft202012Validator(_anchored(schema, urn), registry=registry)


def _anchored(schema: Any, urn: str) -> Any:
    """The same schema outside of its document: what it refers to is named whole."""
    if isinstance(schema, list):
        return [_anchored(each, urn) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    made = {name: _anchored(value, urn) for name, value in schema.items()}
    if isinstance(made.get("$ref"), str) and made["$ref"].startswith("#"):
        made["$ref"] = urn + made["$ref"]
    return made
