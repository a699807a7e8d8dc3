"""Through a consent page: by a script on this machine, or by a person whose browser comes back to a listener."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask, redirect, request
from werkzeug.wrappers import Response

from extension.bootstrap import House
from extension.config import Settings
from extension.connecting import Connecting, start_of
from extension.console.consent import Listener, pass_through, port_of
from extension.console.result import Desk
from extension.console.screen import Screen
from extension.console.setup import consent_of
from extension.sync.canonical import ZOHO
from extension.sync.errors import BadInput, Refused
from sandbox.server import Server
from tests.ports import free_port

BACK = "http://localhost:5000/connect/xero/callback"
PAGE = """<!doctype html><title>Consent</title><form method="post" action="/accept"><input type="hidden" name="state"
value="s&amp;1"><label><input type="checkbox" name="tenant" value="t1" checked> First Ltd</label>
<label><input type="checkbox" name="tenant" value="t2"> Second Ltd</label><button>Accept</button></form>"""


@pytest.fixture
def service() -> Iterator[str]:
    app = Flask("consent")

    @app.get("/authorize")
    def ask() -> Response | str:
        return redirect(f"{BACK}?code=at-once") if request.args.get("auto") else PAGE

    @app.post("/accept")
    def accept() -> Response | tuple[str, int]:
        chosen = request.form.getlist("tenant")
        if not chosen:
            return "<title>No</title><h1>Choose one</h1>", 200
        return redirect(f"{BACK}?code={'+'.join(chosen)}&state={request.form['state'].replace('&', '%26')}")

    @app.get("/refused")
    def refused() -> tuple[str, int]:
        return "<title>Error</title><h1>Invalid Client ID</h1>", 400

    @app.get("/round")
    def round_and_round() -> Response:
        return redirect("/round")

    server = Server(app)
    server.start()
    yield server.url
    server.stop()


@pytest.mark.parametrize(
    ("choose", "tenant"), [("", "t1"), ("Second Ltd", "t2"), ("second ltd", "t2"), ("t2", "t2"), ("T1", "t1")]
)
def test_a_script_sends_the_form_as_a_browser_would(service: str, choose: str, tenant: str) -> None:
    assert pass_through(f"{service}/authorize", BACK, choose) == {"code": tenant, "state": "s&1"}


def test_a_page_that_passes_itself_needs_no_form(service: str) -> None:
    assert pass_through(f"{service}/authorize?auto=1", BACK) == {"code": "at-once"}


@pytest.mark.parametrize(
    ("path", "choose", "words"),
    [
        ("/refused", "", "Invalid Client ID"),
        ("/authorize", "Third Ltd", "Choose one"),
        ("/round", "", "did not accept"),
    ],
)
def test_a_refusal_is_told_in_the_words_of_the_page(service: str, path: str, choose: str, words: str) -> None:
    with pytest.raises(BadInput, match=words) as refused:
        pass_through(f"{service}{path}", BACK, choose)
    assert refused.value.code == "no_consent"


def test_nothing_but_this_machine_is_passed_by_a_script() -> None:
    with pytest.raises(BadInput, match="needs a person"):
        pass_through("https://login.xero.com/identity/connect/authorize", BACK)


def test_a_service_that_is_not_there_is_a_sentence() -> None:
    with pytest.raises(Refused, match="Nothing answers at") as refused:
        pass_through(f"http://127.0.0.1:{free_port()}/authorize", BACK)
    assert "flask sandbox" in refused.value.hint


# ------------------------------------------------------------------ a person


def test_the_listener_takes_the_one_request_that_is_ours() -> None:
    port = free_port()
    heard: dict[str, Any] = {}
    with Listener(BACK, "our-state", port) as listener:
        waiting = threading.Thread(target=lambda: heard.update(listener.wait(minutes=2)))
        waiting.start()
        strangers = [
            "/favicon.ico",
            "/connect/xero/callback?code=x&state=other",
            "/connect/zoho/callback?state=our-state",
        ]
        assert [_get(port, path) for path in strangers] == [404, 404, 404]
        assert _get(port, "/connect/xero/callback?code=c0de&state=our-state") == 200
        waiting.join(60)
    assert heard == {"code": "c0de", "state": "our-state"}


def test_a_real_service_needs_a_person(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    given = {"zoho_client_id": "id", "zoho_client_secret": "secret", "public_url": f"http://localhost:{port}"}
    house = House(Settings.load(_env_file=None, instance_dir=tmp_path, database_url="", encryption_keys=(), **given))
    begun = Connecting(house).begin(ZOHO)
    assert begun.url.startswith("https://accounts.zoho.com/oauth/v2/auth?")
    heard: dict[str, str] = {}
    desk = Desk(house, Screen(stderr=True), as_json=False)
    waiting = threading.Thread(target=lambda: heard.update(consent_of(desk, begun, "", None)))
    waiting.start()
    deadline = time.monotonic() + 60
    while not _listens(port) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert _get(port, f"/connect/zoho/callback?code=c&location=eu&state={begun.consent.state}") == 200
    waiting.join(60)
    assert heard["location"] == "eu"
    told = capsys.readouterr().err
    assert begun.url in told
    assert "Zoho CRM" in told
    house.close()


def test_nobody_waits_for_ever() -> None:
    with Listener(BACK, "s", free_port()) as listener, pytest.raises(BadInput, match="in time"):
        listener.wait(minutes=0.001)


def test_a_taken_port_is_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BadInput, match=f"Port {port}"):
            Listener(BACK, "s", port)


@pytest.mark.parametrize(
    ("public_url", "given", "port"),
    [
        ("http://localhost:5000", None, 5000),
        ("http://localhost", None, 80),
        ("http://localhost:5000", 8000, 8000),
        ("https://sync.example.com", 8000, 8000),
    ],
)
def test_where_to_listen(public_url: str, given: int | None, port: int) -> None:
    assert port_of(public_url, given) == port


def test_a_browser_that_would_come_back_elsewhere_needs_a_port() -> None:
    with pytest.raises(BadInput, match="not this machine") as refused:
        port_of("https://sync.example.com", None)
    assert "--port" in refused.value.hint


# ------------------------------------------------------------------ the start date

NOW = datetime(2026, 11, 22, 13, 30, tzinfo=UTC)  # already the 23rd in Auckland


@pytest.mark.parametrize(
    ("words", "zone", "moment"),
    [
        ("everything", UTC, None),
        ("today", UTC, datetime(2026, 11, 22, tzinfo=UTC)),
        ("today", ZoneInfo("Pacific/Auckland"), datetime(2026, 11, 22, 11, tzinfo=UTC)),
        ("2026-04-01", ZoneInfo("Pacific/Auckland"), datetime(2026, 3, 31, 11, tzinfo=UTC)),
    ],
)
def test_a_start_date_is_the_first_moment_of_a_day_there(words: str, zone: Any, moment: datetime | None) -> None:
    assert start_of(words, NOW, zone) == moment


@pytest.mark.parametrize("words", ["", "yesterday", "2026-13-01", "01/04/2026"])
def test_a_wrong_start_date_says_what_to_say(words: str) -> None:
    with pytest.raises(BadInput) as refused:
        start_of(words, NOW, UTC)
    assert "everything" in refused.value.hint


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _get(port: int, path: str) -> int:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        line.request("GET", path)
        return line.getresponse().status
    finally:
        line.close()
