"""Writing the CRM's settings, over REST v8: fields, values of pick lists, sections of layouts (facts/zoho.md 3.7).

The answers name ids alone, so whoever makes a field reads it afterwards. At most five fields a call, at most ten
values of a pick list; each element of a field call has its own outcome. zcrmsdk knows none of these calls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from extension.entities.crm_blueprint import VALUES
from extension.entities.values import NO_CHOICE
from extension.remote.line import Line
from extension.remote.transport import Answer, lost
from extension.remote.wire import dumps, redact
from extension.remote.zoho.reading import ROOT
from extension.sync import errors
from extension.sync.canonical import ZOHO, chunks

FIELDS: Final = 5  # of one call
KIND: Final = "setup"
READ: Final = "metadata"
JSON: Final = {"Content-Type": "application/json"}
BY_HAND: Final = "Make them by hand instead: the page CRM fields says which clicks it takes."
# What a refusal means to somebody who has never seen Zoho's codes.
REFUSALS: Final[Mapping[str, tuple[str, str, str]]] = {
    "NO_PERMISSION": (
        "no_permission",
        "The person who connected Zoho CRM may not customise it.",
        "Let an administrator connect Zoho CRM, or make the fields by hand.",
    ),
    "NOT_SUPPORTED": ("edition", "This edition of Zoho CRM cannot be customised by an application.", BY_HAND),
    "LIMIT_EXCEEDED": ("limit", "This edition of Zoho CRM takes no more fields in this module.", BY_HAND),
}


class ZohoSetup:
    """The settings of one organisation's modules."""

    def __init__(self, line: Line) -> None:
        self._line = line

    # -------------------------------------------------- reading

    def fields(self, module: str) -> list[Mapping[str, Any]]:
        """The service's own rows."""
        return self._rows(f"{ROOT}/settings/fields", module, "fields")

    def layouts(self, module: str) -> list[Mapping[str, Any]]:
        return self._rows(f"{ROOT}/settings/layouts", module, "layouts")

    def filled(self, module: str, api_name: str, kind: str) -> bool:
        """Whether any record has a value there. By COQL, which reads the table itself; a box is filled when ticked."""
        condition = f"{api_name} = 'true'" if kind == "boolean" else f"{api_name} is not null"
        query = {"select_query": f"select id from {module} where {condition} limit 1"}
        answer = self._line.ask("coql", "POST", f"{ROOT}/coql", headers=JSON, body=dumps(query))
        return answer.status != 204 and bool(answer.dictionary().get("data"))

    def profile(self) -> str:
        """The profile of the person whose access this is; "" where the CRM does not say."""
        params = [("type", "CurrentUser")]
        answer = self._line.ask("users", "GET", f"{ROOT}/users", params=params)
        users = [] if answer.status == 204 else answer.dictionary().get("users") or []
        profile = users[0].get("profile") if users else None
        return str(profile.get("id") or "") if isinstance(profile, dict) else ""

    def _rows(self, path: str, module: str, name: str) -> list[Mapping[str, Any]]:
        answer = self._line.ask(READ, "GET", path, params=[("module", module)])
        found = None if answer.status == 204 else answer.dictionary().get(name)
        return [row for row in found or () if isinstance(row, dict)]

    def called(self, module: str, field: str, name: str) -> list[str]:
        """Ids of the records of this name, by COQL, which reads the table itself."""
        text = name.replace("\\", "\\\\").replace("'", "\\'")
        query = {"select_query": f"select id from {module} where {field} = '{text}' limit 10"}
        answer = self._line.ask("coql", "POST", f"{ROOT}/coql", headers=JSON, body=dumps(query))
        return [] if answer.status == 204 else [str(row["id"]) for row in answer.dictionary().get("data") or ()]

    # -------------------------------------------------- writing

    def make_record(self, module: str, body: Mapping[str, Any]) -> str:
        """A new record, without setting workflows off; its id."""
        return _only(_outcomes(self._record("POST", module, {"data": [dict(body)], "trigger": []}), "data", 1))

    def delete_record(self, module: str, id_: str) -> None:
        """Into the CRM's recycle bin."""
        _only(_outcomes(self._record("DELETE", f"{module}/{id_}"), "data", 1))

    def make_fields(self, module: str, bodies: Sequence[Mapping[str, Any]]) -> list[str | errors.Refused]:
        """New fields, at most FIELDS. Per field its id, or why there is none."""
        answer = self._write("POST", "settings/fields", module, {"fields": [dict(body) for body in bodies]})
        return _outcomes(answer, "fields", len(bodies))

    def change_field(self, module: str, body: Mapping[str, Any]) -> None:
        """Values, uniqueness, rights of one field; `body` names its id."""
        _only(_outcomes(self._write("PATCH", "settings/fields", module, {"fields": [dict(body)]}), "fields", 1))

    def add_values(self, module: str, field: Mapping[str, Any], values: Sequence[str]) -> None:
        """More values of a pick list. Those that it has go along as long as one call takes them all: whether what is
        left out stays is not documented."""
        known = [
            {"id": str(row["id"]), "display_value": row["display_value"], "actual_value": row["actual_value"]}
            for row in field.get("pick_list_values") or ()
            if row.get("id") and row.get("actual_value") != NO_CHOICE
        ]
        new = [{"display_value": value, "actual_value": value} for value in values]
        parts = [[*known, *new]] if len(known) + len(new) <= VALUES else list(chunks(new, VALUES))
        for part in parts:
            self.change_field(module, {"id": str(field["id"]), "pick_list_values": part})

    def delete_field(self, module: str, id_: str) -> None:
        _only(_outcomes(self._write("DELETE", f"settings/fields/{id_}", module), "fields", 1))

    def arrange(self, module: str, layout: str, section: Mapping[str, Any]) -> None:
        """One section of one layout: made, filled with at most FIELDS fields, or taken away."""
        body = {"layouts": [{"sections": [dict(section)]}]}
        _only(_outcomes(self._write("PATCH", f"settings/layouts/{layout}", module, body), "layouts", 1))

    def _record(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        return self._line.ask(
            KIND,
            method,
            f"{ROOT}/{path}",
            params=[] if body is not None else [("wf_trigger", "false")],
            headers=JSON if body is not None else {},
            body=dumps(body) if body is not None else None,
            write=True,
            accept=(400, 403, 404),
        )

    def _write(self, method: str, path: str, module: str, body: Mapping[str, Any] | None = None) -> Answer:
        return self._line.ask(
            KIND,
            method,
            f"{ROOT}/{path}",
            params=[("module", module)],
            headers=JSON if body is not None else {},
            body=dumps(body) if body is not None else None,
            write=True,
            accept=(400, 403, 404, 405),
        )


def _outcomes(answer: Answer, name: str, expected: int) -> list[str | errors.Refused]:
    """Per element its id or its refusal; a call that was refused as a whole raises."""
    body = answer.dictionary()
    items = body.get(name)
    if isinstance(items, list) and len(items) == expected and all(isinstance(item, dict) for item in items):
        return [_outcome(item) for item in items]
    if answer.status >= 400:
        raise _refused(body)
    raise lost(answer.request, "unreadable", "answered with other elements than were sent", answer.status)


def _outcome(item: Mapping[str, Any]) -> str | errors.Refused:
    if item.get("status") == "success" or item.get("code") == "SUCCESS":
        return str((item.get("details") or {}).get("id") or "")
    return _refused(item)


def _only(outcomes: Sequence[str | errors.Refused]) -> str:
    """The id of the one element."""
    (outcome,) = outcomes
    if isinstance(outcome, errors.Refused):
        raise outcome
    return outcome


def _refused(item: Mapping[str, Any]) -> errors.Refused:
    code = str(item.get("code") or "")
    if code in REFUSALS:
        ours, sentence, hint = REFUSALS[code]
        return errors.Refused(sentence, side=ZOHO, call=KIND, code=ours, hint=hint)
    words = redact(str(item.get("message") or "the request was refused"))
    details = item.get("details")
    about = str(details.get("api_name") or "") if isinstance(details, dict) else ""
    text = f"Zoho CRM: {words} ({', '.join(filter(None, (code, redact(about))))})"
    return errors.Refused(text, side=ZOHO, call=KIND, code="refused", hint=BY_HAND)
