"""The budget is asked before each send and corrected after each answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import responses

from extension.remote.spending import BUSY, PATIENCE, Spending
from extension.remote.transport import Request, Transport
from extension.sync import errors
from extension.sync.budget import Limits
from extension.sync.memory_access import MemoryBuckets

NOW = datetime(2026, 9, 14, 9, 30, tzinfo=UTC)
URL = "https://api.example.com/things"
LIMITS = Limits(minute=5, day=100, minute_reserve=2, day_reserve=10)
SHARED = Limits(minute=100, day=10**6)


class At:
    def now(self) -> datetime:
        return NOW


def door(buckets: MemoryBuckets) -> Transport:
    return Transport([URL], clock=At(), buckets=buckets, limits={"xero": LIMITS})


def ask(**more: Any) -> Request:
    return Request("xero", "list", "GET", URL, **{"account": "xero:t1", **more})


@responses.activate
def test_used_up_means_throttled_without_a_request() -> None:
    responses.get(URL, json={})
    buckets = MemoryBuckets()
    out = door(buckets)
    for _ in range(5):
        out.send(ask())
    with pytest.raises(errors.Throttled) as caught:
        out.send(ask())
    assert caught.value.until == NOW + timedelta(minutes=1)
    assert caught.value.problem == "budget"
    assert len(responses.calls) == 5
    assert out.calls == {("xero", "list"): 5}


@responses.activate
def test_background_runs_keep_out_of_the_reserve() -> None:
    responses.get(URL, json={})
    out = door(MemoryBuckets())
    for _ in range(3):
        out.send(ask(background=True))
    with pytest.raises(errors.Throttled):
        out.send(ask(background=True))
    out.send(ask())  # the button still may
    assert len(responses.calls) == 4


@responses.activate
def test_organisations_have_budgets_of_their_own_and_token_calls_have_none() -> None:
    responses.get(URL, json={})
    out = door(MemoryBuckets())
    for account in ("xero:t1", "xero:t2", ""):
        for _ in range(5):
            out.send(ask(account=account))
    out.send(ask(account=""))
    with pytest.raises(errors.Throttled):
        out.send(ask(account="xero:t2"))
    assert out.spent == {"xero:t1": 5, "xero:t2": 5}


@pytest.mark.parametrize(
    ("headers", "left"),
    [
        ({"X-MinLimit-Remaining": "3", "X-DayLimit-Remaining": "7"}, (3, 7)),
        ({"X-MinLimit-Remaining": "59", "X-DayLimit-Remaining": "4984"}, (59, 4984)),
        ({"X-API-CREDITS-REMAINING": "12"}, (4, 12)),
        ({"X-MinLimit-Remaining": "many"}, (4, 99)),
        ({}, (4, 99)),
    ],
)
@responses.activate
def test_what_the_service_says_remains_beats_our_own_count(headers: dict[str, str], left: tuple[int, int]) -> None:
    responses.get(URL, json={}, headers=headers)
    buckets = MemoryBuckets()
    door(buckets).send(ask())
    assert buckets.left("xero:t1", NOW, LIMITS) == left


@responses.activate
def test_a_refusal_teaches_too() -> None:
    responses.get(URL, status=429, headers={"X-MinLimit-Remaining": "0", "Retry-After": "26"})
    buckets = MemoryBuckets()
    with pytest.raises(errors.Throttled):
        door(buckets).send(ask())
    assert buckets.left("xero:t1", NOW, LIMITS)[0] == 0


@responses.activate
def test_a_refusal_for_the_whole_app_is_the_apps_and_not_the_organisations() -> None:
    """X-Rate-Limit-Problem: appminute (facts/xero.md 3.4); another organisation waits, too, and nothing is sent."""
    headers = {"X-MinLimit-Remaining": "4", "X-Rate-Limit-Problem": "AppMinute", "Retry-After": "26"}
    responses.get(URL, status=429, headers=headers)
    buckets = MemoryBuckets()
    out = Transport([URL], clock=At(), buckets=buckets, limits={"xero": LIMITS}, shared={"xero": SHARED})
    with pytest.raises(errors.Throttled):
        out.send(ask())
    assert buckets.left("xero:t1", NOW, LIMITS)[0] == 4
    assert buckets.left("app:xero", NOW, SHARED)[0] == 0
    with pytest.raises(errors.Throttled) as caught:
        out.send(ask(account="xero:t2"))
    assert (caught.value.until, caught.value.problem) == (NOW + timedelta(seconds=26), "budget")
    assert len(responses.calls) == 1


@responses.activate
def test_what_the_app_has_left_is_heard_with_every_answer() -> None:
    responses.get(URL, json={}, headers={"X-AppMinLimit-Remaining": "12"})
    buckets = MemoryBuckets()
    Transport([URL], clock=At(), buckets=buckets, limits={"xero": LIMITS}, shared={"xero": SHARED}).send(ask())
    assert buckets.left("app:xero", NOW, SHARED)[0] == 12


@responses.activate
def test_a_call_that_got_no_answer_gives_its_place_back() -> None:
    responses.get(URL, body=requests.ConnectionError("reset"))
    responses.get(URL, json={})
    narrow = Limits(minute=5, day=100, at_once=1)
    out = Transport([URL], clock=At(), buckets=MemoryBuckets(), limits={"xero": narrow})
    with pytest.raises(errors.RemoteError):
        out.send(ask())
    assert out.send(ask()).status == 200


def test_a_call_waits_a_while_for_a_place_and_then_comes_back_later() -> None:
    narrow = Limits(minute=5, day=100, at_once=1)
    buckets, pauses = MemoryBuckets(), list[float]()
    assert buckets.take("xero:t1", NOW, narrow, False) is None
    spending = Spending(buckets, {"xero": narrow}, {}, At(), pauses.append)
    with pytest.raises(errors.Throttled) as caught:
        spending.take(ask())
    assert (caught.value.problem, caught.value.until) == ("concurrent", NOW + BUSY)
    assert PATIENCE <= sum(pauses) < PATIENCE + 1

    def lands(_: float) -> None:
        buckets.landed("xero:t1", NOW)

    Spending(buckets, {"xero": narrow}, {}, At(), lands).take(ask())
