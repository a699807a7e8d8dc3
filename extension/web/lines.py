"""What the lines of the log carry of a request: its own id, and the connection once it is known.

A thread of the server answers one request after another, so what one has bound is gone before the next.
"""

from __future__ import annotations

from secrets import token_hex

from flask import Flask
from structlog.contextvars import bind_contextvars, clear_contextvars


def register(app: Flask) -> None:
    app.before_request(_begin)
    app.teardown_request(_end)


def _begin() -> None:
    clear_contextvars()
    bind_contextvars(request=token_hex(4))


def _end(_: BaseException | None) -> None:
    clear_contextvars()


def concern(connection: int) -> None:
    """From here on the request is about this connection."""
    bind_contextvars(connection=connection)
