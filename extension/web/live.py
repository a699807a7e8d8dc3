"""Answers that a page asks for again and again: unchanged ones cost a 304 and no body.

Progress is polled, never streamed: a stream holds a worker thread, and eight of them starve eight threads
(facts/platform.md 5).
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from flask import Response, make_response, request

DONE: Final = "X-Live-Done"  # the page need not ask again, and reloads what stands around the fragment


def fragment(html: str, *, done: bool = False) -> Response:
    """One piece of a page, with the tag that lets the next question be answered by nothing."""
    response = make_response(html)
    response.set_etag(sha256(html.encode()).hexdigest()[:32])
    if done:
        response.headers[DONE] = "1"
    response.make_conditional(request)
    return response


def document(body: Mapping[str, Any]) -> Response:
    """A JSON answer with its tag."""
    response = make_response(dict(body))
    response.set_etag(sha256(response.get_data()).hexdigest()[:32])
    response.make_conditional(request)
    return response
