"""The fault knobs of both services as /__admin offers them (facts/xero.md 5.3, facts/zoho.md 5.2, 15-22)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from time import sleep
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from werkzeug.test import Client

from sandbox.clock import Clock, next_change
from sandbox.faults import KINDS, CutConnection, Rule
from sandbox.server import Server
from tests.contract.sandbox_xero_visitor import Visitor
from tests.contract.zoho_caller import START, Crm


@pytest.fixture
def crm() -> Crm:
    return Crm()


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


def arm(app: Any, kind: str, *, status: int = 201, params: dict[str, Any] | None = None, **rule: Any) -> Any:
    """Over HTTP, as any client would; what was said to it."""
    answer = Client(app).post("/__admin/faults", json={"kind": kind, "params": params or {}, **rule})
    assert answer.status_code == status, answer.text
    return answer.json


def in_crm(crm: Crm, kind: str, **params: Any) -> None:
    arm(crm.app, kind, params=params)


def in_xero(visitor: Visitor, kind: str, path: str = ".*", **params: Any) -> None:
    arm(visitor.http.application, kind, params=params, path=path)


def renewed(crm: Crm, refresh: str) -> Any:
    form = {"grant_type": "refresh_token", "refresh_token": refresh, "client_id": "sandbox", "client_secret": "sandbox"}
    return Client(crm.app).post("/oauth/v2/token", data=form).json


def consented(crm: Crm) -> dict[str, Any]:
    """Tokens that a person has given."""
    asked = {"client_id": "sandbox", "redirect_uri": "http://localhost/cb", "response_type": "code", "auto": "1"}
    asked |= {"scope": "ZohoCRM.org.READ", "access_type": "offline", "prompt": "consent"}
    client = Client(crm.app)
    code = client.get("/oauth/v2/auth", query_string=asked).headers["Location"].split("code=")[1].split("&")[0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": asked["redirect_uri"]}
    form |= {"client_id": "sandbox", "client_secret": "sandbox"}
    tokens: dict[str, Any] = client.post("/oauth/v2/token", data=form).json  # type: ignore[assignment]
    crm.token = tokens["access_token"]
    assert crm.get("/org").status == 200
    return tokens


# ------------------------------------------------------------------ the knobs themselves


def test_both_services_tell_which_faults_they_have(crm: Crm, visitor: Visitor) -> None:
    for app, problems in ((crm.app, {"credits", "concurrency", "rate"}), (visitor.http.application, {"appminute"})):
        told = Client(app).get("/__admin/faults").json
        assert told is not None
        assert told["kinds"] == KINDS
        assert problems <= told["problems"].keys()
    assert all(text.endswith(".") for text in KINDS.values())


@pytest.mark.parametrize(
    ("wish", "word"),
    [
        ({"kind": "melt"}, "unknown fault kind"),
        ({"kind": ["melt"]}, "unknown fault kind"),
        ({"kind": "cut_after", "params": {"status": 500}}, "takes no params, not 'status'"),
        ({"kind": "cut_after", "params": []}, "params is an object"),
        ({"kind": "cut_after", "nth": "1"}, "nth counts from 1"),
        ({"kind": "cut_after", "nth": True}, "nth counts from 1"),
        ({"kind": "cut_after", "path": "("}, "path is a regular expression"),
        ({"kind": "cut_after", "when": 1}, "a rule has no when"),
        ({"kind": "inject"}, "inject needs field"),
        ({"kind": "inject", "params": {"field": 1}}, "cannot have 1 as field"),
        ({"kind": "jump_clock"}, "jump_clock needs seconds"),
        ({"kind": "delay", "params": {"seconds": -1}}, "cannot have -1 as seconds"),
        ({"kind": "drip", "params": {"pieces": True}}, "cannot have True as pieces"),
        ({"kind": "throttle", "params": {"problem": "week"}}, "the limits of this service are credits"),
        ({"kind": "disconnect"}, "revoke_grant"),
    ],
)
def test_a_knob_that_is_misused_says_so_in_one_sentence(crm: Crm, wish: dict[str, Any], word: str) -> None:
    answer = Client(crm.app).post("/__admin/faults", json=wish)
    assert answer.status_code == 400
    assert answer.json is not None
    assert word in answer.json["error"]
    assert crm.get("/org").status == 200, "nothing was armed"


# ------------------------------------------------------------------ bodies


@pytest.mark.behaviour("zoho", 19)
def test_an_answer_can_end_early_or_be_no_json(crm: Crm) -> None:
    client, header = Client(crm.app), {"Authorization": f"Zoho-oauthtoken {crm.token}"}
    whole = client.get("/crm/v8/org", headers=header).get_data()
    in_crm(crm, "truncate_json", keep=20)
    short = client.get("/crm/v8/org", headers=header)
    assert (short.get_data(), short.headers["Content-Length"]) == (whole[:20], "20")
    in_crm(crm, "truncate_json")
    assert client.get("/crm/v8/org", headers=header).get_data() == whole[: len(whole) // 2]
    in_crm(crm, "truncate_body", keep=20)
    cut = client.get("/crm/v8/org", headers=header)
    assert (cut.get_data(), cut.headers["Content-Length"]) == (whole[:20], str(len(whole)))


@pytest.fixture
def url(crm: Crm) -> Iterator[str]:
    server = Server(crm.app)
    server.start()
    yield server.url
    server.stop()


@pytest.mark.behaviour("zoho", 19)
def test_on_the_wire_a_short_body_breaks_and_a_dripping_one_arrives(
    crm: Crm, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The length that was announced is the whole one; the connection is closed, so that nobody waits for the rest."""
    header = {"Authorization": f"Zoho-oauthtoken {crm.token}"}
    with requests.Session() as session:
        whole = session.get(f"{url}/crm/v8/org", headers=header, timeout=30)
        in_crm(crm, "truncate_body", keep=20)
        with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
            session.get(f"{url}/crm/v8/org", headers=header, timeout=30)
        in_crm(crm, "drip", pieces=4, seconds=0.01)
        waits: list[float] = []
        monkeypatch.setattr("sandbox.server.time", SimpleNamespace(sleep=waits.append))
        assert session.get(f"{url}/crm/v8/org", headers=header, timeout=30).content == whole.content
        assert waits.count(0.01) >= 4, "after the head and all but the last piece, at least"
    assert [call.status for call in crm.service.journal.since()] == [200, 200, 200]


def test_a_read_can_say_null_or_a_word_that_nobody_knows(visitor: Visitor) -> None:
    """facts/xero.md 5.3"""
    for name in ("Acme", "Beta"):
        visitor.contact(name)
    in_xero(visitor, "inject", field="ContactStatus", value="GDPRREQUEST")
    assert [row["ContactStatus"] for row in visitor.rows("Contacts")] == ["GDPRREQUEST", "ACTIVE"]
    in_xero(visitor, "inject", field="Name", rows=0)
    assert [row["Name"] for row in visitor.rows("Contacts")] == [None, None]
    assert [row["Name"] for row in visitor.rows("Contacts")] == ["Acme", "Beta"], "nothing of it was stored"
    in_xero(visitor, "inject", field="Anything")
    assert visitor.ask("GET", "Contacts/nobody").status_code == 404, "what is no JSON stays as it is"


# ------------------------------------------------------------------ limits and failures


@pytest.mark.behaviour("xero", 4)
@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, {"X-Rate-Limit-Problem": "minute", "Retry-After": "26", "X-MinLimit-Remaining": "0"}),
        ({"problem": "day", "retry_after": 66975}, {"Retry-After": "66975", "X-DayLimit-Remaining": "0"}),
        ({"problem": "appminute"}, {"X-AppMinLimit-Remaining": "0", "X-MinLimit-Remaining": "60"}),
        ({"problem": "concurrent"}, {"X-Rate-Limit-Problem": "concurrent", "Retry-After": None}),
        ({"problem": "concurrent", "retry_after": 5}, {"Retry-After": "5"}),
        ({"problem": "minute", "retry_after": None}, {"X-Rate-Limit-Problem": "minute", "Retry-After": None}),
        ({"bare": True}, {"X-Rate-Limit-Problem": None, "Retry-After": None, "X-DayLimit-Remaining": None}),
    ],
)
def test_xeros_429_of_every_kind(visitor: Visitor, params: dict[str, Any], expected: dict[str, str | None]) -> None:
    """As recorded, facts/xero.md 3.4: no body and no content type."""
    in_xero(visitor, "throttle", **params)
    answer = visitor.ask("GET", "Contacts")
    assert (answer.status_code, answer.get_data(), answer.headers.get("Content-Type")) == (429, b"", None)
    assert {name: answer.headers.get(name) for name in expected} == expected


@pytest.mark.behaviour("zoho", 18)
@pytest.mark.parametrize(
    ("problem", "code", "left"),
    [
        ("credits", "TOO_MANY_REQUESTS", "0"),
        ("concurrency", "TOO_MANY_REQUESTS", None),
        ("rate", "RATE_LIMIT_EXCEEDED", None),
    ],
)
def test_zohos_429_of_every_kind(crm: Crm, problem: str, code: str, left: str | None) -> None:
    in_crm(crm, "throttle", problem=problem)
    answer = crm.get("/org")
    assert (answer.status, answer.json["code"]) == (429, code)
    assert answer.headers.get("X-API-CREDITS-REMAINING") == left
    assert "Retry-After" not in answer.headers


@pytest.mark.behaviour("zoho", 19)
def test_failures_in_the_services_own_words(crm: Crm, visitor: Visitor) -> None:
    in_crm(crm, "status_before")
    failed = crm.get("/org")
    assert (failed.status, failed.json["code"]) == (500, "INTERNAL_ERROR")
    in_crm(crm, "status_before", status=502)
    gateway = crm.get("/org")
    assert (gateway.status, gateway.headers["Content-Type"]) == (502, "text/html")
    assert b"<h1>502 BAD GATEWAY</h1>" in gateway.raw
    for status, word in ((500, "An error occurred"), (503, "503 SERVICE UNAVAILABLE")):
        in_xero(visitor, "status_before", status=status)
        answer = visitor.ask("GET", "Contacts")
        assert (answer.status_code, answer.mimetype) == (status, "text/html")
        assert word in answer.text


# ------------------------------------------------------------------ our access


def test_an_access_token_of_zoho_is_revoked_alone(crm: Crm) -> None:
    tokens = consented(crm)
    in_crm(crm, "revoke_token")
    assert crm.get("/org").json["code"] == "INVALID_TOKEN"
    crm.token = renewed(crm, tokens["refresh_token"])["access_token"]
    assert crm.get("/org").status == 200


@pytest.mark.behaviour("zoho", 19)
@pytest.mark.parametrize("kind", ["revoke_refresh", "revoke_grant"])
def test_zohos_grant_takes_its_tokens_along(crm: Crm, kind: str) -> None:
    tokens = consented(crm)
    in_crm(crm, kind)
    assert crm.get("/org").json["code"] == "INVALID_TOKEN"
    assert renewed(crm, tokens["refresh_token"]) == {"error": "invalid_code"}


def test_xeros_access_ends_piece_by_piece(visitor: Visitor) -> None:
    refresh = {"grant_type": "refresh_token", "refresh_token": str(visitor.tokens["refresh_token"])}
    in_xero(visitor, "revoke_token")
    refused = visitor.ask("GET", "Contacts")
    assert (refused.status_code, refused.json["Detail"]) == (401, "AuthenticationUnsuccessful")  # type: ignore[index]
    visitor.headers["Authorization"] = f"Bearer {visitor.token(**refresh)['access_token']}"
    assert visitor.ask("GET", "Contacts").status_code == 200
    in_xero(visitor, "revoke_refresh")
    assert visitor.ask("GET", "Contacts").status_code == 200
    assert visitor.token(**refresh) == {"error": "invalid_grant"}
    in_xero(visitor, "revoke_grant")
    assert visitor.ask("GET", "Contacts").status_code == 401


def test_a_disconnected_organisation_is_forbidden_and_its_token_still_renewed(visitor: Visitor) -> None:
    """facts/xero.md 3.2"""
    in_xero(visitor, "disconnect", path="/Contacts")
    refused = visitor.ask("GET", "Contacts")
    assert (refused.status_code, refused.json["detail"]) == (403, "AuthenticationUnsuccessful")  # type: ignore[index]
    assert visitor.token(grant_type="refresh_token", refresh_token=visitor.tokens["refresh_token"])["access_token"]


@pytest.mark.behaviour("xero", 2)
def test_a_refresh_whose_answer_is_lost_has_rotated(visitor: Visitor) -> None:
    """Other calls are neither struck nor counted; the old token is good for another half hour."""
    in_xero(visitor, "lose_refresh")
    assert visitor.ask("GET", "Contacts").status_code == 200
    old = {"grant_type": "refresh_token", "refresh_token": str(visitor.tokens["refresh_token"])}
    held = len(visitor.service.state.identity.refresh)
    with pytest.raises(CutConnection):
        visitor.token(**old)
    assert len(visitor.service.state.identity.refresh) == held + 1
    visitor.service.clock.advance(29 * 60)
    assert visitor.token(**old)["access_token"]
    visitor.service.clock.advance(2 * 60)
    assert visitor.token(**old) == {"error": "invalid_grant"}


# ------------------------------------------------------------------ time


def test_the_clock_jumps_in_the_middle_of_a_run(crm: Crm) -> None:
    for seconds in (7200, -7200):
        before = crm.clock.now()
        in_crm(crm, "jump_clock", seconds=seconds)
        crm.create("Accounts", {"Account_Name": f"Acme {seconds}"})
        assert abs((crm.clock.now() - before).total_seconds() - seconds) < 60


def test_the_clock_goes_to_a_change_of_summer_time_and_stands_still(crm: Crm) -> None:
    admin = Client(crm.app)
    moved = admin.post("/__admin/clock", json={"change": "Pacific/Auckland", "seconds": -60})
    assert moved.json is not None
    assert moved.json["now"].startswith("2026-09-26T13:59:0")
    admin.post("/__admin/clock", json={"stop": True})
    crm.token = crm.service.access_token()
    times = {crm.one("Accounts", id_)["Modified_Time"] for id_ in crm.made("Accounts", {"Account_Name": "A"})}
    crm.service.edit("create", "Accounts", None, {"Account_Name": "B"})
    times |= {row["Modified_Time"] for row in crm.listed("Accounts", "Modified_Time").rows}
    assert len(times) == 1
    assert crm.clock.now() == crm.clock.now()
    admin.post("/__admin/clock", json={"advance": 60})
    (made,) = crm.made("Accounts", {"Account_Name": "C"})
    assert (times.pop()[-6:], crm.one("Accounts", made)["Modified_Time"][-6:]) == ("+12:00", "+13:00")
    stood = crm.clock.now()
    admin.post("/__admin/clock", json={"go": True})
    assert crm.clock.now() > stood


@pytest.mark.parametrize("wish", [{}, {"advance": "a day"}, {"set": 5}, {"change": "Mars/Base"}, {"stop": False}])
def test_a_clock_that_is_asked_for_nothing_sensible_stands_where_it_was(crm: Crm, wish: dict[str, Any]) -> None:
    before = crm.clock.now()
    assert Client(crm.app).post("/__admin/clock", json=wish).status_code == 400
    assert abs((crm.clock.now() - before).total_seconds()) < 60


def test_summer_time_changes_to_the_second_or_never() -> None:
    assert next_change("Europe/London", START) == datetime(2026, 10, 25, 1, tzinfo=UTC)
    assert next_change("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC)) == datetime(2027, 3, 14, 7, tzinfo=UTC)
    with pytest.raises(ValueError, match="not changed"):
        next_change("Asia/Tokyo", START)


def test_a_stopped_clock_is_moved_all_the_same() -> None:
    clock = Clock(START)
    clock.stop()
    clock.stop()
    stood = clock.now()
    clock.advance(5)
    assert (clock.now() - stood).total_seconds() == 5
    clock.set(START)
    assert clock.now() == START
    clock.go()
    sleep(0.01)
    assert clock.now() > START


def test_a_rule_of_renewals_counts_renewals_alone() -> None:
    rule = Rule(kind="lose_refresh")
    assert [rule.matches("POST", path) for path in ("/oauth/v2/token", "/connect/token", "/crm/v8/org")] == [
        True,
        True,
        False,
    ]
    assert not rule.matches("POST", "/oauth/v2/token/revoke")
