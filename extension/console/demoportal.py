"""The portal of a demonstration: on this machine, on the first port that is free, for as long as the demo stands.

The port is taken before the demo begins, because the services are told where consent leads back to.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from extension.bootstrap import EXTENSION, House
from extension.serving import Serving
from extension.sync.errors import BadInput

FIRST_PORT: Final = 5000
TRIES: Final = 50


class DemoPortal:
    """A port that is ours, and then the portal on it."""

    def __init__(self) -> None:
        self._listening = _first_free()
        self.port: int = self._listening.getsockname()[1]
        self.url = f"http://localhost:{self.port}"

    def close(self) -> None:
        self._listening.close()

    @contextmanager
    def serving(self, app: Flask, house: House) -> Iterator[None]:
        """This application over that house, with its workers and its tick, until the end of the block."""
        app.extensions[EXTENSION] = lambda: house
        work = Serving(app, house)
        server = make_server(
            "127.0.0.1",
            self.port,
            app,
            threaded=True,
            request_handler=_Quiet,
            fd=self._listening.fileno(),
        )
        thread = threading.Thread(target=server.serve_forever, name="portal", daemon=True)
        thread.start()
        work.start()
        try:
            yield
        finally:
            work.stop()
            server.shutdown()
            server.server_close()


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Quiet: the terminal has the demo's own words, the log file what goes wrong."""


def _first_free() -> socket.socket:
    for port in range(FIRST_PORT, FIRST_PORT + TRIES):
        try:
            return socket.create_server(("127.0.0.1", port))
        except OSError:
            continue
    raise BadInput(
        f"No port from {FIRST_PORT} to {FIRST_PORT + TRIES - 1} of this machine is free.",
        hint="Stop what listens there, or leave the portal out with --once.",
    )
