"""A service that is far away: every call is under way for a while, and only so many may be at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

COUNTED: Final = ("/api.xro/", "/crm/")  # calls about an organisation; a token is asked for elsewhere


class Late:
    """Before an app. One call too many is refused as Xero refuses it (facts/xero.md 3.4); the tally is of all."""

    def __init__(self, app: WSGIApplication, seconds: float, at_once: int) -> None:
        self._app, self._seconds, self._limit = app, seconds, at_once
        self._lock, self._under_way = threading.Lock(), 0
        self.most, self.refused = 0, 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not environ.get("PATH_INFO", "").startswith(COUNTED):
            return self._app(environ, start_response)
        with self._lock:
            self._under_way += 1
            self.most = max(self.most, self._under_way)
            one_too_many = self._under_way > self._limit
            self.refused += one_too_many
        try:
            if one_too_many:
                start_response(
                    "429 Too Many Requests", [("X-Rate-Limit-Problem", "concurrent"), ("Content-Length", "0")]
                )
                return [b""]
            time.sleep(self._seconds)
            return list(self._app(environ, start_response))
        finally:
            with self._lock:
                self._under_way -= 1
