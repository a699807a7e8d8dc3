"""What went wrong, as application/problem+json: a title, a sentence for the reader, a stable code, the next step."""

from __future__ import annotations

from typing import Any, Final

from apiflask.exceptions import HTTPError
from flask import Response, make_response, request
from werkzeug.exceptions import HTTPException

from extension.sync.errors import BadInput, Busy, RemoteError, SyncError, Throttled, Unauthorised

MEDIA: Final = "application/problem+json"
TITLES: Final = {
    400: "That was not understood",
    401: "Sign in first",
    403: "You may not do that",
    404: "There is nothing like this here",
    405: "That does not work this way",
    409: "Not now",
    413: "That is too large",
    415: "Send JSON",
    422: "That was not understood",
    429: "Too many questions",
    500: "Something went wrong",
    502: "A service did not answer as it should",
}
DETAILS: Final = {
    401: "Your session has ended, or there is none. Sign in with Zoho.",
    403: "This did not come from the panel, or you have no right to it.",
    404: "It may have been removed, belong to another organisation, or not be yours to see.",
    413: "A question has at most 2 MB.",
    415: "Only application/json is taken.",
    429: "Wait a minute, then try again.",
    500: "It has been recorded. Try again.",
}


def concerns() -> bool:
    """Whether the request is a program's, and its answer a problem."""
    return request.path.startswith(("/api/", "/internal/"))


def problem(status: int, detail: str = "", code: str = "", hint: str = "") -> Response:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": TITLES.get(status, "That did not work"),
        "status": status,
        "detail": detail or DETAILS.get(status, ""),
        "code": code or {401: "not_signed_in", 404: "not_found", 429: "too_many"}.get(status, "refused"),
        "hint": hint,
    }
    response = make_response(body, status)
    response.mimetype = MEDIA
    if status == 429:
        response.headers["Retry-After"] = "60"
    return response


def of_http(error: HTTPException) -> Response:
    return problem(error.code or 500)


def of_input(error: HTTPError) -> Response:
    """What was sent does not fit: the first thing that is wrong, by its name."""
    return problem(error.status_code, _first(error.detail) or error.message or "", "not_understood")


def _first(detail: Any) -> str:
    """ "ids: List should have at most 100 items" out of however deep it lies."""
    match detail:
        case {"json": {} as fields} | {"path": {} as fields} | {"query": {} as fields}:
            for name, said in fields.items():
                return f"{name}: {said[0] if isinstance(said, list) and said else said}"
    return ""


def of_ours(wrong: SyncError) -> Response:
    """An error of ours in its own words."""
    match wrong:
        case Unauthorised():
            return problem(401, "Zoho does not know your session any more. Sign in again.", "not_signed_in")
        case BadInput():
            status = 404 if wrong.code in ("no_task", "no_record", "no_module") else 400
        case Busy() | Throttled():
            status = 409
        case RemoteError():
            status = 502
        case _:
            status = 409
    return problem(status, wrong.message, wrong.code, wrong.hint)
