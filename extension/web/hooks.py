"""Where Xero and Zoho CRM tell us that something changed. Asked by machines: no cookie, no session, no form.

Every answer is empty, and one and the same for whatever is wrong: it is slower to guess than to poll. Nothing is
done here but to check who speaks and to keep a hint, so that the answer leaves within milliseconds (Xero gives up
after five seconds, facts/xero.md 3.15). A database that is away is said to be (503): Xero tells it again later.
"""

from __future__ import annotations

from typing import Any, Final

import structlog
from flask import Response, g, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from extension import hearing
from extension.sync.errors import SyncError
from extension.web import access, lines
from extension.web.limits import limiter, visitor

pages = access.Pages("hooks", __name__)
log = structlog.get_logger(__name__)

LARGEST: Final = 1024 * 1024  # bytes of a body
KNOWN, STRANGE = "1200 per minute", "60 per minute"
UNSIGNED, UNKNOWN = 401, 404


def _often() -> str:
    return KNOWN if _heard() else STRANGE


def _asker() -> str:
    """Whoever guesses uses up their own tries, and not those of the service."""
    heard = _heard()
    if not heard:
        return visitor()
    return "hook zoho " + heard[0].remote if isinstance(heard, tuple) else "hook xero"


def _heard() -> Any:
    """What an authenticated service said in this request; None: nobody we know spoke. Looked at once."""
    if "heard" not in g:
        try:
            g.heard = _listen()
        except SyncError as wrong:  # the database is away
            log.error("signal lost", endpoint=request.endpoint, problem=wrong.message)
            g.heard, g.away = None, True
    return g.heard


def _listen() -> Any:
    body, house = _body(), access.house()
    channel = (request.view_args or {}).get("channel")
    heard: Any = None
    if not body:
        reason = "size" if body is None else "empty"
    elif request.mimetype != "application/json":
        reason = "content type"
    elif channel is None:
        reason = "signature"
        if hearing.signed_by_xero(house, body, request.headers.get("x-xero-signature", "")):
            heard = body
    else:
        reason = "channel or token"
        heard = hearing.from_zoho(house, str(channel), body)
        if heard is not None:
            lines.concern(heard[0].connection_id)
    if heard is None:
        log.warning("signal refused", endpoint=request.endpoint, reason=reason, size=request.content_length)
    return heard


def _body() -> bytes | None:
    """As it came, for a signature is of these bytes. None: it is too long, and was not read to its end."""
    request.max_content_length = LARGEST
    try:
        return request.get_data()
    except HTTPException:
        return None


def _too_many(_limit: object) -> Response:
    return _empty(429)


def _empty(status: int) -> Response:
    response = Response(status=status)
    del response.headers["Content-Type"]
    return response


@pages.post("/hooks/xero", needs="open")
@limiter.limit(_often, key_func=_asker, on_breach=_too_many)
def xero() -> ResponseReturnValue:
    """Events of contacts and invoices, or the question whether we check signatures (the intent to receive)."""
    body = _heard()
    return _answer(UNSIGNED, body, lambda: hearing.from_xero(access.house(), body))


@pages.post("/hooks/zoho/<channel>", needs="open")
@limiter.limit(_often, key_func=_asker, on_breach=_too_many)
def zoho(channel: str) -> ResponseReturnValue:
    """Records of one module that were made, changed or deleted."""
    heard = _heard()
    return _answer(UNKNOWN, heard, lambda: hearing.keep(access.house(), *heard))


def _answer(refusal: int, heard: Any, keep: Any) -> Response:
    if not heard:
        return _empty(503 if g.get("away") else refusal)
    try:
        keep()
    except SyncError as wrong:
        log.error("signal lost", endpoint=request.endpoint, problem=wrong.message)
        return _empty(503)
    return _empty(200)
