"""A WSGI application in the place of the network: `session().mount(url, WsgiAdapter(app))`.

The request is complete when the app sees it, so an app that raises is a connection that died after sending.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.exceptions import ProtocolError

from extension.remote.session import session

App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class WsgiAdapter(BaseAdapter):
    """Answers what would have gone to the network."""

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app = app
        self._build = HTTPAdapter()

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Callable[..., None]:
            started[:] = [status, headers]
            return lambda _: None

        try:
            result = self._app(_environ(request), start_response)
            body = b"".join(result)
            close = getattr(result, "close", None)
            if close is not None:
                close()
        except Exception as trouble:
            aborted = ProtocolError("Connection aborted.", type(trouble).__name__)
            raise requests.ConnectionError(aborted, request=request) from None
        status, headers = started
        code, _, reason = status.partition(" ")
        answer = HTTPResponse(
            body=io.BytesIO(body),
            headers=HTTPHeaderDict(headers),
            status=int(code),
            reason=reason,
            preload_content=False,
            request_method=request.method,
        )
        return self._build.build_response(request, answer)

    def close(self) -> None:
        """Nothing is open."""


def mounted(apps: Mapping[str, App]) -> Callable[[], requests.Session]:
    """A session factory for `Transport`: each base URL is answered by its app."""

    def factory() -> requests.Session:
        made = session()
        for url, app in apps.items():
            made.mount(url, WsgiAdapter(app))
        return made

    return factory


def _environ(request: requests.PreparedRequest) -> dict[str, Any]:
    url = urlsplit(request.url or "")
    body = request.body or b""
    if isinstance(body, str):
        body = body.encode()
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(url.path or "/").decode("latin-1"),
        "QUERY_STRING": url.query,
        "SERVER_NAME": url.hostname or "",
        "SERVER_PORT": str(url.port or (443 if url.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        environ["CONTENT_TYPE" if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    environ.pop("HTTP_CONTENT_LENGTH", None)
    if "HTTP_HOST" not in environ:
        environ["HTTP_HOST"] = url.netloc
    return environ
