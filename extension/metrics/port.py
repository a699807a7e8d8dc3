"""A port of its own for whoever watches a process that answers no pages (METRICS_LISTEN).

It knows two addresses: /metrics, and /healthz, by which a container tells that its process lives. METRICS_TOKEN is
asked for here, too, where it is set.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from werkzeug import Request, Response
from werkzeug.serving import make_server

from extension.bootstrap import House
from extension.metrics.exposition import exposition, may_read
from extension.sync.errors import BadInput

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Application = Callable[["WSGIEnvironment", "StartResponse"], Iterable[bytes]]


def application(house: House) -> Application:
    """What is answered there."""
    told, settings = exposition(house), house.settings

    def answer(request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            return Response(status=405)
        if request.path == "/healthz":
            return Response('{"status": "ok"}\n', content_type="application/json")
        if request.path != "/metrics":
            return Response(status=404)
        if settings.metrics_token and not may_read(settings, request.headers.get("Authorization", "")):
            return Response(status=401)
        text, media = told(request.headers.get("Accept", ""))
        return Response(text, content_type=media)

    @Request.application
    def asked(request: Request) -> Response:
        return answer(request)

    return asked


class Port:
    """Listens until it is closed. Raises BadInput where somebody else listens there already."""

    def __init__(self, house: House) -> None:
        host, _, port = house.settings.metrics_listen.rpartition(":")
        try:
            self._server = make_server(host.strip("[]"), int(port), application(house), threaded=True)
        except (OSError, SystemExit) as taken:
            raise BadInput(
                f"Nothing can listen at METRICS_LISTEN ({house.settings.metrics_listen}): {taken}.",
                code="port_taken",
                hint="Give every worker of a machine a port of its own.",
            ) from None
        self._thread = threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True)
        self._thread.start()

    @property
    def number(self) -> int:
        return self._server.server_port

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
