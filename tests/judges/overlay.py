"""Where the official documents are known to be wrong, and nothing else (facts/zoho.md 2, facts/xero.md 5.4).

Each correction says what the real service does instead, and whose word that is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

Schema = dict[str, Any]

UNDOCUMENTED: Final[dict[str, frozenset[int]]] = {
    # Told by the prose and by recordings of both services, but hardly ever by an operation. 202 is what v2 is
    # remembered to have answered when every row failed: a switch (facts/zoho.md 3.5).
    "zoho": frozenset({202, 204, 207, 304, 400, 401, 403, 404, 405, 412, 429, 500}),
    "xero": frozenset({304, 400, 401, 403, 404, 405, 412, 413, 429, 500}),
}
WITHOUT_DOCUMENT: Final = frozenset({("GET", "/org/taxes"), ("GET", "/Organisations")})
"""Told by the SDK and the prose only (facts/zoho.md 3.6); what pyxero asks for where the document says Organisation."""
NO_MODULES: Final = frozenset({"org", "settings", "users", "actions", "coql"})
"""What an address may begin with that `/{module}` does not mean."""
TOKENS: Final = ("next_page_token", "previous_page_token", "page_token_expiry")
RECORDS_PER_PAGE: Final = 200
ROWS_PER_QUERY: Final = 2_000
PARAMETERS: Final = {"deleteRecord": frozenset({"wf_trigger"}), "deleteRecords": frozenset({"wf_trigger"})}
"""Told by the prose only (facts/zoho.md 3.5)."""
ERROR: Final[Schema] = {
    "type": "object",
    "properties": {
        "code": {"type": "string", "pattern": "^[A-Z0-9_]+$"},
        "details": {"type": "object"},
        "message": {"type": "string"},
        "status": {"const": "error"},
    },
    "required": ["code", "details", "message", "status"],
    "additionalProperties": False,
}
ERRORS: Final[Schema] = {
    "type": "object",
    "additionalProperties": {"type": "array", "items": ERROR},
    "minProperties": 1,
    "maxProperties": 1,
}


def zoho(topic: str, document: Schema) -> Schema:
    """facts/zoho.md 2."""
    for node in _nodes(document):
        _without_unreadable_pattern(node)
    for methods in document["paths"].values():
        for given in methods.values():
            if isinstance(given, dict):
                _either_kind_of_error(given.get("responses") or {})
    if topic == "notifications":
        _renewed_in_a_list(document["paths"]["/actions/watch"])
    if topic == "inventory-convert":
        said = document["paths"]["/{moduleApiName}/{id}/actions/convert"]["post"]["responses"]["200"]
        _converted_leads(said["content"]["application/json"]["schema"]["properties"]["data"]["items"])
    if topic == "coql":  # facts/zoho.md 3.4
        answer = document["paths"]["/coql"]["post"]["responses"]["200"]["content"]["application/json"]
        answer["schema"]["properties"]["data"]["maxItems"] = ROWS_PER_QUERY
    if topic == "record":
        for node in _nodes(document["components"]):
            _as_recorded(node)
    return document


def xero(document: Schema) -> Schema:
    """facts/xero.md 5.4: what is not declared is allowed already, so there is nothing to correct."""
    return document


def _either_kind_of_error(responses: Schema) -> None:
    """One error, or one for each row, under any 4xx: Zoho's own example of the first fails its own document."""
    for status, said in responses.items():
        content = (said.get("content") or {}).get("application/json") if status.startswith("4") else None
        if content is not None:
            content["schema"] = {"anyOf": [content["schema"], ERROR, ERRORS]}


def _renewed_in_a_list(watch: Schema) -> None:
    """PATCH names one channel in the document; the vendor's own clients send the list that PUT takes (facts/zoho.md
    3.8; `NotificationOperations.update_notification` of zcrmsdk)."""
    lists = [watch[method]["requestBody"]["content"]["application/json"] for method in ("put", "patch")]
    lists[1]["schema"] = {"anyOf": [lists[1]["schema"], lists[0]["schema"]]}


def _converted_leads(item: Schema) -> None:
    """The document is of quotes and orders; leads have the same address, and a document of their own that is not here
    (`ConversionSuccess` of Zoho's leads: name and id of what was made, none where nothing was)."""
    made = {"type": ["object", "null"], "required": ["name", "id"], "additionalProperties": False}
    made["properties"] = {"name": {"type": ["string", "null"]}, "id": {"type": "string"}}
    leads = dict.fromkeys(("Contacts", "Deals", "Accounts"), made)
    of_leads = {"type": "object", "required": [*leads], "properties": leads, "additionalProperties": False}
    item["properties"]["details"] = {"anyOf": [item["properties"]["details"], of_leads]}


def _as_recorded(node: Schema) -> None:
    """What real bodies have and the document of records refuses, or lack and it demands."""
    properties = node.get("properties")
    if not isinstance(properties, dict):
        return
    for name in TOKENS:
        if name in properties:
            properties[name] = {"anyOf": [properties[name], {"type": "null"}]}
    for name in ("Created_By", "Modified_By"):
        if name in properties:
            properties[name] = {"type": "object", "required": ["name", "id"]}
    if "$approval_state" in properties and "Modified_Time" in properties:
        node["required"] = [name for name in node.get("required", ()) if name != "$approval_state"]
    if {"code", "details", "message", "status"} <= set(properties):
        properties |= {"action": {"enum": ["insert", "update"]}, "duplicate_field": {"type": ["string", "null"]}}
    if {"data", "info"} <= set(properties) and "maxItems" in properties["data"]:
        properties["data"]["maxItems"] = RECORDS_PER_PAGE


def _without_unreadable_pattern(node: Schema) -> None:
    r"""`\p{L}` is no regular expression of Python's (facts/zoho.md 2)."""
    pattern = node.get("pattern")
    if isinstance(pattern, str):
        try:
            re.compile(pattern)
        except re.error:
            del node["pattern"]


def _nodes(value: Any) -> Iterator[Schema]:
    if isinstance(value, dict):
        yield value
        for each in list(value.values()):
            yield from _nodes(each)
    elif isinstance(value, list):
        for each in value:
            yield from _nodes(each)
