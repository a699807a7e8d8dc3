"""Sockets around a WSGI app; knows no service.

`Server` puts an app on a loopback port with HTTP/1.1 keep-alive. An answer that announces more than it has ends the
connection, as it would on the way.
"""

from __future__ import annotations

import contextlib
import io
import socket
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.wrappers import Response

from sandbox.faults import CutConnection

LOOPBACK: Final = "127.0.0.1"
EVERYWHERE: Final = "0.0.0.0"

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

ADMIN = "/__admin"
DRIP = "sandbox.drip"
"""In the environ: a list to which the fault of that name adds in how many pieces the body goes out, and the seconds
after each. A list, for what is run inside gets a copy of the environ."""


class AppAnswer(Response):
    """What an app answered, as it is: a 204 without a type gets none."""

    default_mimetype = None


class _Handler(WSGIRequestHandler):
    """Keeps connections alive, which werkzeug's own does not, by reading the whole request before it answers."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        if self.headers.get("Expect", "").lower().strip() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        environ = self.make_environ()
        _buffer_input(environ)
        drips: list[tuple[int, float]] = []
        environ[DRIP] = drips
        try:
            answer: Response = AppAnswer.from_app(self.server.app, environ, buffered=True)
        except CutConnection:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        except Exception:
            traceback.print_exc(file=sys.stderr)
            answer = Response("the sandbox itself failed; see its log\n", status=500)
        self._send(answer, head=environ["REQUEST_METHOD"] == "HEAD", drip=drips[-1] if drips else (1, 0.0))

    def _send(self, answer: Response, *, head: bool, drip: tuple[int, float]) -> None:
        body = answer.get_data()
        bodyless = answer.status_code in (204, 304)
        if not bodyless and "Content-Length" not in answer.headers:
            answer.headers["Content-Length"] = str(len(body))
        lines = [f"HTTP/1.1 {answer.status}", *(f"{name}: {value}" for name, value in answer.headers)]
        if self.close_connection:
            lines.append("Connection: close")
        packet = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        if head or bodyless:
            self.wfile.write(packet)
            return
        pieces, seconds = drip
        size = -(-len(body) // max(1, pieces)) or 1
        for piece in (packet + body,) if pieces <= 1 else (packet, *_parts(body, size)):
            self.wfile.write(piece)
            time.sleep(seconds)  # the knob itself: a client must meet real slowness
        if len(body) < int(answer.headers["Content-Length"]):
            self.close_connection = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Quiet: the journal has it all."""

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet, too."""


def _buffer_input(environ: WSGIEnvironment) -> None:
    stream = environ["wsgi.input"]
    chunked = environ.pop("wsgi.input_terminated", False)
    body = stream.read() if chunked else stream.read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    environ.pop("HTTP_TRANSFER_ENCODING", None)


def _parts(body: bytes, size: int) -> Iterator[bytes]:
    return (body[start : start + size] for start in range(0, len(body), size))


class _Listener(ThreadedWSGIServer):
    """Remembers open connections, so that a stopped server is really gone for clients that kept one."""

    daemon_threads = True

    def __init__(self, host: str, port: int, app: WSGIApplication) -> None:
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        with socket.create_server((host, port), backlog=128) as bound:
            super().__init__(host, bound.getsockname()[1], app, handler=_Handler, fd=bound.fileno())

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        with self._guard:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""
        if not isinstance(sys.exception(), OSError):
            traceback.print_exc(file=sys.stderr)


class Server:
    """An app on a port, in a daemon thread; port 0 takes a free one. The port is taken at once. `url`: where this
    machine reaches it, also where it listens at every address."""

    def __init__(self, app: WSGIApplication, host: str = LOOPBACK, port: int = 0) -> None:
        self._listener = _Listener(host, port, app)
        self._thread = threading.Thread(
            target=self._listener.serve_forever,
            kwargs={"poll_interval": 0.05},
            name="sandbox-server",
            daemon=True,
        )
        self.url = f"http://{LOOPBACK if host == EVERYWHERE else host}:{self._listener.port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and hang up on everyone; harmless when repeated."""
        if self._thread.is_alive():
            self._listener.shutdown()
            self._thread.join()
        self._listener.hang_up()
        self._listener.server_close()
