"""Budgets over every kind of memory: one call of both rows or of none, places for calls at once, and never too many."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing.synchronize import Barrier

import pytest

from extension.store import Database, SqlBuckets
from extension.sync.budget import FLIGHT, MINUTE, Limits, Told
from extension.sync.ports import Buckets
from tests.contract.conftest import NUMBERS, Memory
from tests.contract.processes import at_once

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
PLENTY = Limits(minute=1_000, day=10_000)
TWO = Limits(minute=1_000, day=10_000, at_once=3, at_once_reserve=1)


@pytest.fixture
def buckets(memory: Memory) -> Buckets:
    return memory.buckets()


@pytest.fixture
def key() -> str:
    return f"xero:{next(NUMBERS)}"


@pytest.fixture
def app() -> str:
    return f"app:{next(NUMBERS)}"


def test_a_call_counts_for_the_organisation_and_for_the_app(buckets: Buckets, key: str, app: str) -> None:
    shared, other = (app, Limits(minute=3, day=10_000, minute_reserve=1)), f"{key} other"
    assert buckets.take(key, NOW, PLENTY, True, shared) is None
    assert buckets.take(other, NOW, PLENTY, True, shared) is None
    assert buckets.take(other, NOW, PLENTY, True, shared) == NOW + MINUTE, "the app's last one is the button's"
    assert buckets.left(other, NOW, PLENTY) == (999, 9_999), "what the app does not grant is not taken here either"
    assert buckets.take(other, NOW, PLENTY, False, shared) is None
    assert buckets.take(key, NOW, PLENTY, False, shared) == NOW + MINUTE
    assert buckets.take(key, NOW + MINUTE, PLENTY, True, shared) is None


def test_what_the_organisation_does_not_grant_is_not_taken_of_the_app(buckets: Buckets, key: str, app: str) -> None:
    few, shared = Limits(minute=1, day=100), (app, PLENTY)
    assert buckets.take(key, NOW, few, False, shared) is None
    assert buckets.take(key, NOW, few, False, shared) == NOW + MINUTE
    assert buckets.left(app, NOW, PLENTY)[0] == 999


def test_what_the_service_says_of_the_app_is_the_apps(buckets: Buckets, key: str, app: str) -> None:
    shared = (app, PLENTY)
    assert buckets.take(key, NOW, PLENTY, False, shared) is None
    buckets.landed(key, NOW, Told(40, 4_000), (app, Told(0, None, NOW + 26 * SECOND)))
    assert buckets.left(key, NOW, PLENTY) == (40, 4_000)
    assert buckets.left(app, NOW, PLENTY)[0] == 0
    assert buckets.take(f"{key} other", NOW, PLENTY, False, shared) == NOW + 26 * SECOND, "nobody may call now"
    assert buckets.take(key, NOW, PLENTY, False) is None, "which is no news about this organisation"


def test_only_so_many_calls_are_under_way_at_once(buckets: Buckets, key: str) -> None:
    assert buckets.take(key, NOW, TWO, True) is None
    assert buckets.take(key, NOW, TWO, True) is None
    assert buckets.take(key, NOW, TWO, True) == NOW, "ask again in a moment: the last place is the button's"
    assert buckets.left(key, NOW, TWO)[0] == 998, "and nothing was taken"
    assert buckets.take(key, NOW, TWO, False) is None
    assert buckets.take(key, NOW, TWO, False) == NOW
    buckets.landed(key, NOW + SECOND)
    assert buckets.take(key, NOW + SECOND, TWO, False) is None
    assert buckets.take(f"{key} other", NOW, TWO, True) is None


def test_the_place_of_a_process_that_was_killed_is_free_again(buckets: Buckets, key: str) -> None:
    for _ in range(3):
        assert buckets.take(key, NOW, TWO, False) is None
    assert buckets.take(key, NOW + FLIGHT - SECOND, TWO, False) == NOW + FLIGHT - SECOND
    assert buckets.take(key, NOW + FLIGHT, TWO, False) is None


def test_threads_of_two_organisations_take_no_call_of_the_app_twice(memory: Memory, key: str, app: str) -> None:
    buckets, shared = memory.buckets(), (app, Limits(minute=20, day=1_000))
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(buckets.take, f"{key}-{n % 2}", NOW, PLENTY, False, shared) for n in range(40)]
    assert sum(one.result() is None for one in asked) == 20


@pytest.mark.parametrize("app_grants", [1_000, 70])
def test_four_processes_never_take_more_than_there_are(
    database: Database, encryption_keys: list[str], app_grants: int
) -> None:
    """Two of them work in the background, two for somebody who pressed a button; none waits for another for ever."""
    number = next(NUMBERS)
    url = database.engine.url.render_as_string(hide_password=False)
    keys, shared = [f"xero:{number}-{n}" for n in range(2)], (f"app:{number}", Limits(minute=app_grants, day=10_000))
    limits = Limits(minute=30, day=1_000, minute_reserve=10) if app_grants > 70 else PLENTY

    def work(barrier: Barrier, background: bool) -> Counter[str]:
        taken: Counter[str] = Counter()
        own = Database(url, encryption_keys)
        buckets = SqlBuckets(own)
        barrier.wait(30)
        for turn in range(40):
            one = keys[turn % 2]
            if buckets.take(one, NOW, limits, background, shared) is None:
                taken[one] += 1
                buckets.landed(one, NOW, Told(), (shared[0], Told()))
        own.dispose()
        return taken

    found = at_once([partial(work, background=n < 2) for n in range(4)])
    every, quiet = sum(found, Counter[str]()), sum(found[:2], Counter[str]())
    if app_grants > 70:
        assert every == dict.fromkeys(keys, 30)
        assert all(quiet[key] <= 20 for key in keys), "the button's calls are the button's"
    else:
        assert every.total() == 70
