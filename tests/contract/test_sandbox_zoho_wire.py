"""The pieces both services share, over real sockets and in process: clock, faults, journal, server, /__admin."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import pytest
import requests

from sandbox.clock import Clock
from sandbox.faults import CutConnection, Faults, Journal, Rule
from sandbox.server import Server
from tests.contract.zoho_caller import START, Crm


@pytest.fixture
def crm() -> Crm:
    return Crm()


@pytest.fixture
def url(crm: Crm) -> Iterator[str]:
    server = Server(crm.app)
    server.start()
    yield server.url
    server.stop()


def bearer(crm: Crm) -> dict[str, str]:
    return {"Authorization": f"Zoho-oauthtoken {crm.token}"}


def test_a_clock_runs_and_is_moved_by_hand_only_forward() -> None:
    clock = Clock(START)
    assert START <= clock.now() < START + timedelta(seconds=5)
    clock.advance(3600)
    assert clock.now() >= START + timedelta(hours=1)
    with pytest.raises(ValueError):
        clock.advance(-1)
    clock.set(START)
    assert clock.now() < START + timedelta(seconds=5)
    with pytest.raises(ValueError):
        clock.set(datetime(2026, 1, 1))
    assert abs(Clock().now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_rule_counts_from_the_moment_it_is_armed() -> None:
    faults = Faults()
    faults.match("GET", "/a")
    second = Rule(method="GET", path="^/a", nth=2, times=2)
    faults.add(second)
    fired = [faults.match("GET", "/a") for _ in range(4)]
    assert fired == [None, second, second, None]
    assert faults.match("POST", "/a") is None


def test_two_rules_count_independently_and_clear_forgets() -> None:
    faults = Faults()
    first, always = Rule(nth=1), Rule(times=0, kind="throttle")
    faults.add(first)
    faults.add(always)
    assert [faults.match("GET", "/") for _ in range(3)] == [first, always, always]
    faults.clear()
    assert faults.match("GET", "/") is None


@pytest.mark.parametrize("wrong", [{"kind": "melt"}, {"nth": 0}, {"times": -1}])
def test_a_wrong_rule_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Rule(**wrong)  # type: ignore[arg-type]


def test_the_journal_numbers_on_after_a_clear() -> None:
    journal = Journal()
    for n in range(3):
        journal.record(method="GET", path=f"/{n}", query="", status=200, at="", size=0)
    assert [call.n for call in journal.since(1)] == [2, 3]
    journal.clear()
    assert journal.since(0) == []
    journal.record(method="GET", path="/3", query="", status=200, at="", size=0)
    assert [call.n for call in journal.since(0)] == [4]
    assert journal.since(4) == []


@pytest.mark.behaviour("zoho", 3)
def test_connections_are_kept_and_every_answer_is_dated_by_the_sandbox(crm: Crm, url: str) -> None:
    crm.clock.set(datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC))
    crm.token = crm.service.access_token()
    ports = set()
    with requests.Session() as session:
        for _ in range(3):
            answer = session.get(f"{url}/crm/v8/org", headers=bearer(crm), stream=True)
            ports.add(answer.raw.connection.sock.getsockname()[1] if answer.raw.connection else None)
            dated = parsedate_to_datetime(answer.headers["Date"])
            assert answer.json()["org"][0]["iso_code"] == "NZD"
    assert len(ports) == 1
    assert abs(dated - datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)) < timedelta(seconds=30)
    assert [call.path for call in crm.service.journal.since()] == ["/crm/v8/org"] * 3


@pytest.mark.behaviour("zoho", 19)
def test_a_lost_answer_has_its_effect_and_a_cut_before_has_none(crm: Crm, url: str) -> None:
    """5.2, 19: the connection dies after the commit, or before."""
    crm.service.faults.add(Rule(method="POST", kind="cut_after"))
    crm.service.faults.add(Rule(method="POST", nth=2, kind="cut_before"))
    for name in ("after", "before"):
        with requests.Session() as session, pytest.raises(requests.ConnectionError):
            session.post(f"{url}/crm/v8/Accounts", json={"data": [{"Account_Name": name}]}, headers=bearer(crm))
    assert [row["Account_Name"] for row in crm.service.dump()["Accounts"]] == ["after"]
    assert [call.status for call in crm.service.journal.since()] == [0, 0]


def test_a_cut_is_raised_out_of_the_app_in_process(crm: Crm) -> None:
    crm.service.faults.add(Rule(path="/org$"))
    with pytest.raises(CutConnection):
        crm.get("/org")
    assert crm.get("/org").status == HTTPStatus.OK


@pytest.mark.behaviour("zoho", 19)
def test_scripted_answers_before_and_after_the_effect(crm: Crm) -> None:
    html = {"status": 502, "body": "<html>Bad Gateway</html>", "content_type": "text/html"}
    crm.service.faults.add(Rule(method="POST", kind="status_after", params=html))
    crm.service.faults.add(Rule(method="POST", nth=2, kind="status_before", params={"status": 500, "body": {"a": 1}}))
    lost = crm.create("Accounts", {"Account_Name": "done"})
    assert (lost.status, lost.raw) == (502, b"<html>Bad Gateway</html>")
    assert (crm.create("Accounts", {"Account_Name": "not done"}).json) == {"a": 1}
    assert [row["Account_Name"] for row in crm.service.dump()["Accounts"]] == ["done"]


@pytest.mark.behaviour("zoho", 18)
def test_a_throttle_is_zohos_own_429_without_retry_after(crm: Crm) -> None:
    """3.3"""
    crm.service.faults.add(Rule(kind="throttle"))
    answer = crm.get("/org")
    assert (answer.status, answer.json["code"]) == (429, "TOO_MANY_REQUESTS")
    assert "Retry-After" not in answer.headers


@pytest.mark.behaviour("zoho", 1, 19)
def test_an_expired_token_stays_expired(crm: Crm) -> None:
    crm.service.faults.add(Rule(kind="expire_token"))
    assert [crm.get("/org").json["code"] for _ in range(2)] == ["INVALID_TOKEN"] * 2


def test_a_stopped_server_hangs_up_and_its_port_is_taken_meanwhile(crm: Crm) -> None:
    server = Server(crm.app)
    server.start()
    with pytest.raises(OSError, match="in use"):
        Server(crm.app, port=int(server.url.rpartition(":")[2]))
    with requests.Session() as session:
        assert session.get(f"{server.url}/crm/v8/org", timeout=60).status_code == HTTPStatus.UNAUTHORIZED
        server.stop()
        server.stop()
        with pytest.raises(requests.ConnectionError):
            session.get(f"{server.url}/crm/v8/org", timeout=60)


@pytest.mark.unmodelled("what is asked is the question")
def test_admin_over_http(crm: Crm, url: str) -> None:
    admin = f"{url}/__admin"
    with requests.Session() as session:
        before = session.post(f"{admin}/snapshot").json()
        made = session.post(
            f"{admin}/people", json={"do": "create", "kind": "Accounts", "changes": {"Account_Name": "By hand"}}
        ).json()
        assert session.get(f"{admin}/state").json()["Accounts"][0]["id"] == made["id"]
        session.post(f"{admin}/restore", json=before)
        assert session.get(f"{admin}/state").json()["Accounts"] == []
        assert session.post(f"{admin}/restore", json={"snapshot": "s99"}).status_code == HTTPStatus.NOT_FOUND

        assert session.post(f"{admin}/faults", json={"rule": {"kind": "throttle", "times": 0}}).json()["nth"] == 1
        assert session.post(f"{admin}/faults", json={"kind": "melt"}).status_code == HTTPStatus.BAD_REQUEST
        assert session.get(f"{url}/crm/v8/org").status_code == HTTPStatus.TOO_MANY_REQUESTS
        session.delete(f"{admin}/faults")
        assert session.get(f"{url}/crm/v8/org").status_code == HTTPStatus.UNAUTHORIZED
        calls = session.get(f"{admin}/calls", params={"since": 1}).json()["calls"]
        assert [(call["n"], call["status"]) for call in calls] == [(2, 401)]
        session.delete(f"{admin}/calls")

        session.post(f"{admin}/clock", json={"set": "2030-01-01T00:00:00+00:00"})
        session.post(f"{admin}/clock", json={"advance": 86400})
        assert session.get(f"{admin}/clock").json()["now"].startswith("2030-01-02T00:00")

        assert session.post(f"{admin}/switches", json={"list_index_lag": 5}).json()["list_index_lag"] == 5
        wrong = session.post(f"{admin}/switches", json={"xero_id": "double"})
        assert (wrong.status_code, "unique" in wrong.json()["error"]) == (HTTPStatus.BAD_REQUEST, True)
        session.get(f"{url}/crm/v8/settings/wizards")
        assert "GET /crm/v8/settings/wizards" in session.get(f"{admin}/unmodelled").json()["unmodelled"]
        assert session.post(f"{admin}/people", data="{").status_code == HTTPStatus.BAD_REQUEST


def test_many_callers_at_once_are_served(crm: Crm, url: str) -> None:
    failed: list[object] = []

    def work(name: str) -> None:
        with requests.Session() as session:
            for n in range(5):
                row = {"Account_Name": f"{name} {n}"}
                answer = session.post(f"{url}/crm/v8/Accounts", json={"data": [row]}, headers=bearer(crm), timeout=60)
                if answer.status_code != HTTPStatus.CREATED:
                    failed.append(answer.text)

    threads = [threading.Thread(target=work, args=(str(n),)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    ids = [row["id"] for row in crm.service.dump()["Accounts"]]
    assert len(set(ids)) == 30


@pytest.mark.behaviour("zoho", 18)
def test_credits_and_calls_at_once_are_limited_when_switched_on(crm: Crm) -> None:
    """5.2, 18: one credit per ten rows; the header appears from half of the credits on; no Retry-After."""
    crm.switch(credits_per_day=4)
    assert "X-API-CREDITS-REMAINING" not in crm.get("/org").headers
    answer = crm.create("Accounts", *({"Account_Name": str(n)} for n in range(11)))
    assert answer.headers["X-API-CREDITS-REMAINING"] == "1"
    assert [crm.get("/org").status for _ in range(2)] == [200, 429]
    crm.clock.advance(24 * 3600)
    assert crm.call("GET", "/org").json["code"] == "INVALID_TOKEN"  # a day is longer than a token's hour
    crm.token = crm.service.access_token()
    assert crm.get("/org").status == HTTPStatus.OK
    crm.switch(credits_per_day=0, concurrency=1)
    crm.service.limits.enter()
    assert crm.get("/org").json["code"] == "TOO_MANY_REQUESTS"
    crm.service.limits.leave()
    assert crm.get("/org").status == HTTPStatus.OK
