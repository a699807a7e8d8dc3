"""What Zoho's bodies say: errors of whole calls and of single rows (facts/zoho.md 3.2, 3.5).

A call's HTTP status tells little: rows fail under 200, 202, 207 and 400 alike, so each row's own code decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from extension.remote import wire
from extension.remote.transport import Answer, Said
from extension.sync import errors

LOCKED: Final = frozenset(
    {"RECORD_LOCKED", "NOT_APPROVED", "NOT_REVIEWED", "RECORD_IN_BLUEPRINT", "CANNOT_BE_UPDATED", "NOT_ALLOWED"}
)
CONTENT: Final = frozenset(
    {"INVALID_DATA", "MANDATORY_NOT_FOUND", "DEPENDENT_FIELD_MISSING", "LIMIT_EXCEEDED", "DEPENDENT_MISMATCH"}
)
UNDECIDED: Final = frozenset({"INTERNAL_ERROR", "INTERNAL_SERVER_ERROR"})


def listen(answer: Answer) -> Said:
    """The words of a call that failed as a whole."""
    body = error_of(answer)
    code, details = str(body.get("code") or ""), _details(body)
    return Said(
        message=_sentence(body) if body.get("message") or body.get("code") else "",
        fields=dict(_fields(body)),
        scope=code == "OAUTH_SCOPE_MISMATCH",
        problem=str(details.get("limit") or ""),
    )


def error_of(answer: Answer) -> Mapping[str, Any]:
    """The error object of an answer, {} where there is none (a 502 is a page of HTML)."""
    try:
        body = answer.dictionary()
    except errors.RemoteError:
        return {}
    rows = body.get("data")
    if isinstance(rows, list) and rows and isinstance(rows[0], dict):
        return rows[0]
    return body


def code_of(answer: Answer) -> tuple[str, str]:
    """The code of a refused call and the parameter it is about."""
    body = error_of(answer)
    details = _details(body)
    return str(body.get("code") or ""), str(details.get("param_name") or details.get("api_name") or "")


def row_refusal(item: Mapping[str, Any], call: str) -> errors.RemoteError:
    """Why one row of a write was refused. Unknown where even Zoho does not know."""
    problems = list(_problems(item))
    codes = [str(p.get("code") or "") for p in problems]
    text = f"Zoho CRM: {wire.redact('; '.join(dict.fromkeys(_sentence(p) for p in problems)))}"
    tags: dict[str, Any] = {"side": "zoho", "call": call}
    for problem, code in zip(problems, codes, strict=True):
        if code == "DUPLICATE_DATA":
            details = _details(problem)
            return errors.Duplicate(text, key=str(details.get("api_name") or ""), holder=_holder(details), **tags)
    fields = {name: words for problem in problems for name, words in _fields(problem)}
    match codes[0]:
        case "ALREADY_MODIFIED":
            return errors.Stale(text, **tags)
        case code if code in UNDECIDED:
            return errors.Unknown(text, **tags)
        case code if code in LOCKED:
            return errors.Locked(text, **tags)
        case "INVALID_DATA" if "id" in fields and call != "create":
            return errors.Missing(text, **tags)  # "the id given seems to be invalid"
        case code if code in CONTENT:
            return errors.Invalid(text, fields=fields, **tags)
        case "NO_PERMISSION":
            hint = "Ask the CRM's administrator to let the connecting user edit this."
            return errors.Locked(text, code="no_permission", hint=hint, **tags)
    return errors.Invalid(text, code="refused", fields=fields, **tags)


def _problems(item: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """One row can fail for several reasons at once."""
    several = _details(item).get("errors")
    if isinstance(several, list) and several:
        yield from (one for one in several if isinstance(one, dict))
    else:
        yield item


def _details(body: Mapping[str, Any]) -> Mapping[str, Any]:
    details = body.get("details")
    return details if isinstance(details, dict) else {}


def _holder(details: Mapping[str, Any]) -> str | None:
    held = details.get("duplicate_record")
    found = details.get("id") or (held.get("id") if isinstance(held, dict) else None)
    return str(found) if found else None


def _fields(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    details = _details(body)
    name = details.get("api_name") or details.get("param_name")
    if name:
        wanted = [f"{k} {v}" for k, v in details.items() if k in ("expected_data_type", "maximum_length", "limit")]
        yield str(name), wire.redact(", ".join([str(body.get("message") or body.get("code") or ""), *wanted]))


def _sentence(body: Mapping[str, Any]) -> str:
    words = str(body.get("message") or "").strip() or "the request was refused"
    about = ", ".join(filter(None, (str(body.get("code") or ""), *(f"{k}: {v}" for k, v in _fields(body)))))
    return f"{words} ({about})" if about else words
