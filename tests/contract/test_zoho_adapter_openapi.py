"""Every kind of request that our CRM adapter makes, against Zoho's own OpenAPI (facts/zoho.md 2).

Used as a gate for requests: address, verb, parameters, envelope. Its answers are nothing to go by.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from extension.remote.transport import Request
from extension.sync.ports import Probe
from tests.contract.remote_rig import ZohoRig

SPECS = Path(os.environ.get("SPECS_DIR", "../shared/specs")) / "zoho"
FILES = {"coql": "coql", "search": "module-search", "org": "org", "metadata": "fields"}
# The document says 1,024 characters, the documentation a hundred ids; where the first holds we halve, and go on.
LONGER_THAN_SAID = {"ids"}


@cache
def document(name: str) -> dict[str, Any]:
    file = SPECS / f"zoho-crm-{name}-openapi.json"
    if not file.exists():
        pytest.skip("SPECS_DIR does not hold Zoho's OpenAPI files")
    loaded: dict[str, Any] = json.loads(file.read_text())
    return loaded


def resolved(spec: Mapping[str, Any], node: Any) -> Any:
    while isinstance(node, dict) and "$ref" in node:
        found: Any = spec
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def operation(request: Request) -> tuple[dict[str, Any], dict[str, Any]]:
    spec = document(FILES.get(request.kind, "record"))
    path = urlsplit(request.url).path.removeprefix("/crm/v8")
    parts = path.split("/")
    # Literal parts win: `/{module}/deleted` before `/{module}/{recordID}`.
    shapes = sorted(spec["paths"], key=lambda shape: shape.count("{"))
    for shape in shapes:
        wanted = shape.split("/")
        if len(wanted) == len(parts) and all(w == p or w.startswith("{") for w, p in zip(wanted, parts, strict=True)):
            found = spec["paths"][shape].get(request.method.lower())
            if found:
                return spec, found
    raise AssertionError(f"no such operation: {request.method} {path}")


def faults(request: Request) -> Iterator[str]:
    spec, found = operation(request)
    declared = [resolved(spec, p) for p in found.get("parameters", [])]
    known = {p["name"]: resolved(spec, p.get("schema", {})) for p in declared if p["in"] == "query"}
    for name, value in request.params:
        if name not in known:
            yield f"{request.kind}: parameter {name}"
            continue
        schema = known[name]
        if value not in schema.get("enum", [value]):
            yield f"{request.kind}: {name}={value}"
        if len(value) > schema.get("maxLength", len(value)) and name not in LONGER_THAN_SAID:
            yield f"{request.kind}: {name} is too long"
    if request.body is not None:
        content = resolved(spec, found["requestBody"])["content"]["application/json"]["schema"]
        allowed = keys_of(spec, content)
        yield from (f"{request.kind}: key {key}" for key in json.loads(request.body).keys() - allowed)


def keys_of(spec: Mapping[str, Any], schema: Any) -> set[str]:
    schema = resolved(spec, schema)
    branches = [b for word in ("oneOf", "anyOf", "allOf") for b in schema.get(word, [])]
    return set(schema.get("properties", {})).union(*(keys_of(spec, b) for b in branches))


def test_every_kind_of_request_is_one_that_zoho_documents() -> None:
    document("record")
    rig = ZohoRig(search=True)
    sent = rig.requests()
    remote = rig.remote
    for n in range(201):
        rig.account(f"C{n}")
    invoice = rig.invoice()
    remote.find("Accounts", [Probe("guid", "C1", {})])
    rig.clock.advance(60)
    ids = [row.id for page in remote.walk("Accounts", None, None) for row in page.rows]
    list(remote.walk("Accounts", rig.clock.now(), None))
    remote.fetch("Accounts", ids)
    remote.fetch("Invoices", [invoice])
    list(remote.deleted("Accounts", rig.clock.now()))
    remote.identity()
    read = remote.fetch("Accounts", ids[:1])[ids[0]]
    rig.clock.advance(60)
    writes = [rig.write("Accounts", "create", {"Account_Name": "New"})]
    for batch in (writes, [rig.write("Accounts", "update", {"Phone": "1"}, ids[0], read)]):
        for call, _ in remote.draft(batch):
            remote.send(call)
    other = ZohoRig()
    also = other.requests()
    other.remote.find("Accounts", [Probe("guid", "C1", {})])
    everything = [request for request in [*sent, *also] if request.kind != "token"]
    kinds = {request.kind for request in everything}
    assert kinds >= {"list", "ids", "get", "deleted", "coql", "search", "org", "create", "update"}
    assert sorted({fault for request in everything for fault in faults(request)}) == []
