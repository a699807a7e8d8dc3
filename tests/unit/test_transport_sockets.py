"""The door on real sockets: refused, reset, silent, half an answer, kept alive. And on a WSGI app without any."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from extension.remote.pool import in_order
from extension.remote.transport import Request, Transport
from extension.remote.wsgi import mounted
from extension.sync import errors

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}"


@contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[tuple[str, list[int]]]:
    """A server that hands each connection to `answer`, and counts them."""
    server = socket.create_server(("127.0.0.1", 0))
    accepted: list[int] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            accepted.append(1)
            with connection:
                answer(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}", accepted
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(5)


def one_request(connection: socket.socket) -> bytes:
    got = b""
    while b"\r\n\r\n" not in got:
        part = connection.recv(65536)
        if not part:
            return got
        got += part
    return got


def put(url: str, **more: Any) -> Request:
    return Request("zoho", "create", "PUT", url, write=True, **more)


def get(url: str, **more: Any) -> Request:
    return Request("zoho", "list", "GET", url, **more)


def test_a_port_where_nobody_listens_was_never_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(errors.Refused) as caught:
        Transport([url]).send(put(url))
    assert caught.value.code == "unreachable"


def cut(connection: socket.socket) -> None:
    one_request(connection)


def half(connection: socket.socket) -> None:
    one_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{")


def silence(connection: socket.socket) -> None:
    one_request(connection)
    connection.settimeout(60)
    connection.recv(1)


@pytest.mark.parametrize("server", [cut, half, silence])
def test_a_connection_that_dies_after_sending_leaves_a_write_open(server: Callable[[socket.socket], None]) -> None:
    with listening(server) as (url, accepted):
        door = Transport([url], timeout=(30.0, 1.0))
        with pytest.raises(errors.Unknown):
            door.send(put(url))
        with pytest.raises(errors.RemoteError) as caught:
            door.send(get(url))
        assert caught.value.code == "no_answer"
        assert len(accepted) == 2  # each went out once


def test_connections_are_kept_alive() -> None:
    def serve(connection: socket.socket) -> None:
        while one_request(connection):
            connection.sendall(OK)

    with listening(serve) as (url, accepted):
        door = Transport([url])
        for _ in range(5):
            assert door.send(get(url)).json() == {}
        assert len(accepted) == 1
        door._session.close()


def test_an_operators_proxy_does_not_see_what_stays_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    def serve(connection: socket.socket) -> None:
        one_request(connection)
        connection.sendall(OK)

    with listening(serve) as (url, _):
        assert Transport([url]).send(get(url)).status == 200


# ------------------------------------------------------------------ a WSGI app in the place of the network


def echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    if environ["PATH_INFO"] == "/die":
        raise RuntimeError("the connection died")
    start_response("200 OK", [("Content-Type", "application/json"), ("Date", "Mon, 14 Sep 2026 09:29:59 GMT")])
    length = int(environ["CONTENT_LENGTH"])
    seen = [environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"], environ["HTTP_X_ONE"]]
    return [b'"' + b"|".join([*(s.encode("latin-1") for s in seen), environ["wsgi.input"].read(length)]) + b'"']


def test_a_mounted_app_sees_the_request_as_a_server_would() -> None:
    door = Transport(["https://api.example.com"], session=mounted({"https://api.example.com": echo}))
    request = put("https://api.example.com/caf%C3%A9", params=[("a", "1 2")], headers={"X-One": "x"}, body=b"body")
    assert door.send(request).json() == "PUT|/café|a=1+2|x|body"


def test_a_mounted_app_that_raises_is_a_connection_that_died() -> None:
    door = Transport(["https://api.example.com"], session=mounted({"https://api.example.com": echo}))
    with pytest.raises(errors.Unknown):
        door.send(put("https://api.example.com/die"))


# ------------------------------------------------------------------ several at once


def test_answers_come_in_order_and_a_failure_stops_what_has_not_begun() -> None:
    assert in_order(lambda n: n * n, range(20), 4) == [n * n for n in range(20)]
    begun: list[int] = []

    def work(n: int) -> int:
        begun.append(n)
        if n == 0:
            raise errors.Throttled("enough")
        return n

    with pytest.raises(errors.Throttled):
        in_order(work, range(500), 2)
    assert len(begun) < 500
