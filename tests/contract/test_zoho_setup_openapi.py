"""Every call of the set-up, whole bodies included, against Zoho's own OpenAPI of fields and layouts; and the sandbox's
answers to them, so that what we were tested with is what Zoho describes (facts/zoho.md 2)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft202012Validator

from extension.entities.catalogue import PAIRS
from extension.entities.crm_blueprint import blueprints
from extension.remote.transport import Answer, Listen, Request, silent
from extension.remote.zoho.records import line
from extension.remote.zoho.setup import FIELDS, ZohoSetup
from extension.sync.canonical import chunks
from tests.contract.remote_rig import ZohoRig
from tests.contract.test_zoho_adapter_openapi import document, operation, resolved

AREAS = {"fields": "fields", "layouts": "layouts"}
THEMES = [f"Theme {n}" for n in range(14)]


def deref(spec: Mapping[str, Any], node: Any) -> dict[str, Any]:
    found: dict[str, Any] = resolved(spec, node)
    return found


def faults(request: Request, answer: Answer) -> Iterator[str]:
    area = urlsplit(request.url).path.split("/")[4]
    spec = document(AREAS[area])
    shapes = {shape: verbs for shape, verbs in spec["paths"].items() if request.method.lower() in verbs}
    parts = urlsplit(request.url).path.removeprefix("/crm/v8").split("/")
    (found,) = [
        verbs[request.method.lower()]
        for shape, verbs in shapes.items()
        if len(shape.split("/")) == len(parts)
        and all(a == b or a.startswith("{") for a, b in zip(shape.split("/"), parts, strict=True))
    ]
    names = {deref(spec, each)["name"] for each in found.get("parameters", ())}
    yield from (f"parameter {name}" for name, _ in request.params if name not in names)
    if request.body is not None:
        content = deref(spec, found["requestBody"])["content"]["application/json"]["schema"]
        yield from complaints(spec, content, json.loads(request.body), f"{request.method} {area}")
    said = found["responses"].get(str(answer.status))
    if said is None:
        yield f"{request.method} {area}: nobody describes {answer.status}"
    elif request.method != "GET" and answer.content:
        content = deref(spec, said)["content"]["application/json"]["schema"]
        yield from complaints(spec, content, json.loads(answer.content), f"answer to {request.method} {area}")


def complaints(spec: Mapping[str, Any], schema: Any, value: Any, where: str) -> Iterator[str]:
    whole = {**{k: v for k, v in spec.items() if k in ("components", "paths")}, "allOf": [schema]}
    for error in Draft202012Validator(whole).iter_errors(value):
        yield f"{where}: {'/'.join(map(str, error.path))} {error.message[:200]}"


@pytest.fixture
def rig() -> ZohoRig:
    return ZohoRig(switches={"application_section": "absent"})


def watched(rig: ZohoRig) -> list[tuple[Request, Answer]]:
    send, seen = rig.transport.send, list[tuple[Request, Answer]]()

    def sending(request: Request, listen: Listen = silent) -> Answer:
        answer = send(request, listen)
        seen.append((request, answer))
        return answer

    rig.transport.send = sending  # type: ignore[method-assign]
    return seen


def test_every_call_of_the_set_up_is_one_that_zoho_describes(rig: ZohoRig) -> None:
    seen = watched(rig)
    setup = ZohoSetup(line(rig.transport, rig.authority, "org"))
    profiles = [{"id": setup.profile(), "permission_type": "read_write"}]
    for pair in PAIRS.values():
        wanted = blueprints(pair, THEMES, number=pair.document)
        bodies = [{**each.body(), **({"profiles": profiles} if each.read_only else {})} for each in wanted]
        ids = [answer for part in chunks(bodies, FIELDS) for answer in setup.make_fields(pair.module, part)]
        assert all(isinstance(id_, str) for id_ in ids), ids
        layout = setup.layouts(pair.module)[0]["id"]
        section = {"name": "x", "display_label": "X", "sequence_number": 2, "column_count": 2}
        setup.arrange(pair.module, layout, {**section, "fields": [{"id": id_} for id_ in ids[:FIELDS]]})
    rows = {row["field_label"]: row for row in setup.fields("Invoices")}
    setup.add_values("Invoices", rows["Branding Theme"], THEMES[10:])
    setup.change_field("Invoices", {"id": rows["Xero ID"]["id"], "unique": {"case_sensitive": False}})
    made = next(row for row in setup.layouts("Invoices")[0]["sections"] if row["display_label"] == "X")
    setup.delete_field("Invoices", rows["Xero ID"]["id"])
    setup.arrange("Invoices", setup.layouts("Invoices")[0]["id"], {"id": made["id"], "_delete": {"permanent": True}})
    assert not setup.filled("Invoices", "Add_to_Xero", "boolean")
    product = setup.make_record("Products", {"Product_Name": "It's free"})
    assert setup.called("Products", "Product_Name", "It's free") == [product]
    setup.delete_record("Products", product)
    assert setup.called("Products", "Product_Name", "It's free") == []
    ours = [(request, answer) for request, answer in seen if "/settings/" in request.url]
    assert {request.method for request, _ in ours} == {"GET", "POST", "PATCH", "DELETE"}
    assert sorted({fault for request, answer in ours for fault in faults(request, answer)}) == []
    assert operation(next(request for request, _ in seen if request.kind == "coql"))
    (theme,) = [row for row in setup.fields("Invoices") if row["field_label"] == "Branding Theme"]
    assert [row["actual_value"] for row in theme["pick_list_values"]] == ["-None-", *THEMES]


@pytest.mark.undocumented("the wrong requests are what it is about")
def test_the_gate_sees_what_zoho_would_refuse(rig: ZohoRig) -> None:
    document("fields")
    seen = watched(rig)
    setup = ZohoSetup(line(rig.transport, rig.authority, "org"))
    setup.make_fields("Invoices", [{"field_label": "L" * 26, "data_type": "colour", "size": 3}])
    (found,) = [sorted(faults(request, answer)) for request, answer in seen if request.kind == "setup"]
    assert [word for word in ("too long", "colour", "size") if any(word in fault for fault in found)] == [
        "too long",
        "colour",
        "size",
    ]
