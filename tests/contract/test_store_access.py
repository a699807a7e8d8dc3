"""Grants and budgets: one worker refreshes, one call is taken once, and a secret opens only where it belongs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from extension.store import EVERYBODY, Connections, Database, SqlGrants, new_key, rotate
from extension.store.tenancy import credential
from extension.sync.budget import Limits, Told
from extension.sync.canonical import XERO, ZOHO
from extension.sync.errors import BadInput, SyncError
from extension.sync.ports import Buckets, Grant, Grants
from tests.contract.conftest import NUMBERS, Memory
from tests.contract.store_cases import LATER, NOW

SECOND = timedelta(seconds=1)
GRANT = Grant("access-1", "refresh-1", LATER, ("a", "b"), {"api_url": "https://x.test", "tenant_id": "t"}, "refresh-0")
LIMITS = Limits(minute=3, day=5, minute_reserve=1, day_reserve=2)


@pytest.fixture
def grants(memory: Memory) -> Grants:
    return memory.grants()


def test_a_grant_comes_back_as_it_was(grants: Grants) -> None:
    assert grants.get(ZOHO) is None
    saved = grants.save(ZOHO, GRANT)
    assert saved == replace(GRANT, generation=1)
    assert grants.get(ZOHO) == saved
    assert grants.get(XERO) is None
    assert "access-1" not in repr(saved)


def test_one_worker_refreshes(grants: Grants) -> None:
    assert not grants.claim(XERO, 0, NOW, 30), "there is nothing to refresh"
    first = grants.save(XERO, GRANT)
    assert grants.claim(XERO, first.generation, NOW, 30)
    assert not grants.claim(XERO, first.generation, NOW + 29 * SECOND, 30)
    second = grants.save(XERO, replace(first, access="access-2"))
    assert second.generation == first.generation + 1
    assert not grants.claim(XERO, first.generation, LATER, 30), "that generation is refreshed already"
    assert grants.claim(XERO, second.generation, NOW, 30), "the claim ended with the save"


def test_a_claim_ends_by_itself(grants: Grants) -> None:
    first = grants.save(XERO, GRANT)
    assert grants.claim(XERO, first.generation, NOW, 30)
    assert grants.claim(XERO, first.generation, NOW + 30 * SECOND, 30)


def test_a_note_on_a_grant_disturbs_no_refresh_under_way(grants: Grants) -> None:
    """The pair that a refresh brings must be stored: Xero has rotated already, the old one is lost."""
    first = grants.save(XERO, GRANT)
    assert grants.claim(XERO, first.generation, NOW, 30)
    grants.annotate(XERO, replace(first, access="nonsense", extra={"organisation": "o"}))
    noted = grants.get(XERO)
    assert noted == replace(first, extra={"organisation": "o"})
    assert not grants.claim(XERO, first.generation, NOW, 30), "the claim stands"
    renewed = grants.save(XERO, replace(first, access="access-2", refresh="refresh-2"))
    grants.annotate(XERO, replace(first, extra={"organisation": "late"}))
    assert grants.get(XERO) == renewed


def test_who_slept_past_the_claim_does_not_overwrite(grants: Grants) -> None:
    first = grants.save(XERO, GRANT)
    second = grants.save(XERO, replace(first, access="by the second worker"))
    assert grants.save(XERO, replace(first, access="by the sleeper")) == second
    assert grants.get(XERO) == second


def test_a_new_consent_always_counts(grants: Grants) -> None:
    grants.save(XERO, GRANT)
    again = grants.save(XERO, replace(GRANT, access="again"))
    assert grants.get(XERO) == again
    assert again.generation == 2


def test_a_broken_grant_is_none_until_the_next_consent(grants: Grants) -> None:
    grants.mark_broken(ZOHO, "there is none")
    grants.save(ZOHO, GRANT)
    assert grants.get(ZOHO) is not None
    grants.mark_broken(ZOHO, "invalid_grant")
    assert grants.get(ZOHO) is None
    assert grants.problem(ZOHO) == "invalid_grant"  # type: ignore[attr-defined]
    grants.save(ZOHO, GRANT)
    assert grants.get(ZOHO) is not None
    assert grants.problem(ZOHO) is None  # type: ignore[attr-defined]


def test_of_many_workers_one_refreshes(database: Database) -> None:
    cid = Connections(database).create(f"test {next(NUMBERS)}").id
    first = SqlGrants(database, cid).save(XERO, GRANT)
    with ThreadPoolExecutor(8) as pool:
        claims = [pool.submit(SqlGrants(database, cid).claim, XERO, first.generation, NOW, 30) for _ in range(8)]
    assert sum(claim.result() for claim in claims) == 1


# ------------------------------------------------------------------ encryption


def sealed(database: Database, cid: int) -> str:
    with database.reading(EVERYBODY) as transaction:
        return str(transaction.scalar(sa.select(credential.c.secret).where(credential.c.connection_id == cid)))


@pytest.fixture
def pair(database: Database) -> tuple[int, int]:
    """Two connections with a Zoho grant each."""
    first, second = (Connections(database).create(f"test {next(NUMBERS)}").id for _ in range(2))
    for cid in (first, second):
        SqlGrants(database, cid).save(ZOHO, replace(GRANT, access=f"access of {cid}"))
    return first, second


def test_nothing_of_a_token_lies_open(database: Database, pair: tuple[int, int]) -> None:
    text = sealed(database, pair[0])
    assert text.startswith("gAAAA")
    assert "access" not in text


def test_a_ciphertext_in_another_row_is_refused(database: Database, pair: tuple[int, int]) -> None:
    first, second = pair
    own, moved = sealed(database, second), sealed(database, first)
    mine = sa.update(credential).where(credential.c.connection_id == second)
    with database.writing(EVERYBODY) as transaction:
        transaction.execute(mine.values(secret=moved))
    with pytest.raises(SyncError) as caught:
        SqlGrants(database, second).get(ZOHO)
    assert caught.value.code == "secret_misplaced"
    with database.writing(EVERYBODY) as transaction:
        transaction.execute(mine.values(secret=own, side=XERO))
    with pytest.raises(SyncError) as caught:
        SqlGrants(database, second).get(XERO)
    assert caught.value.code == "secret_misplaced"
    with database.writing(EVERYBODY) as transaction:
        transaction.execute(mine.values(secret=own, side=ZOHO))


def test_keys_rotate(database: Database, pair: tuple[int, int], encryption_keys: list[str]) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    newest = new_key()
    before = sealed(database, pair[0])
    assert rotate(database, [newest, *encryption_keys]) >= 2
    assert sealed(database, pair[0]) != before
    turned = Database(url, [newest])
    for cid in pair:
        grant = SqlGrants(turned, cid).get(ZOHO)
        assert grant is not None
        assert grant.access == f"access of {cid}"
    with pytest.raises(SyncError) as caught:
        SqlGrants(database, pair[0]).get(ZOHO)
    assert caught.value.code == "secret_unreadable"
    with pytest.raises(SyncError):
        rotate(turned, [new_key()])
    rotate(turned, [*encryption_keys, newest])
    turned.dispose()
    assert SqlGrants(database, pair[0]).get(ZOHO) is not None


@pytest.mark.parametrize("keys", [[], [""], ["short"], ["x" * 44], [new_key(), "é" * 44]])
def test_bad_keys_are_named(keys: list[str]) -> None:
    with pytest.raises(BadInput, match="ENCRYPTION_KEYS") as caught:
        Database("sqlite:////tmp/never-opened.db", keys)
    assert not any(key and key in str(caught.value) for key in keys)


# ------------------------------------------------------------------ budgets


@pytest.fixture
def buckets(memory: Memory) -> Buckets:
    return memory.buckets()


@pytest.fixture
def key() -> str:
    return f"xero:{next(NUMBERS)}"


def test_calls_run_out(buckets: Buckets, key: str) -> None:
    minute = timedelta(minutes=1)
    now = NOW.replace(microsecond=0)  # calls come back with whole seconds
    assert buckets.left(key, now, LIMITS) == (3, 5)
    assert buckets.take(key, now, LIMITS, False) is None
    assert buckets.take(key, now, LIMITS, True) is None
    assert buckets.take(key, now, LIMITS, True) == now + minute, "the rest is the button's"
    assert buckets.take(key, now, LIMITS, False) is None
    assert buckets.take(key, now, LIMITS, False) == now + minute
    assert buckets.left(key, now, LIMITS) == (0, 2)
    assert buckets.left(key, now + minute, LIMITS) == (3, 2)
    assert buckets.take(key, now + minute, LIMITS, True) == now + timedelta(days=1)
    assert buckets.take(key, now + timedelta(days=1), LIMITS, True) is None


def test_what_the_service_says_wins(buckets: Buckets, key: str) -> None:
    buckets.landed(key, NOW, Told(0, 0))
    assert buckets.take(key, NOW, LIMITS, False) is None, "nothing can be learnt before the first call"
    buckets.landed(key, NOW, Told(1))
    assert buckets.left(key, NOW, LIMITS) == (1, 4)
    buckets.landed(key, NOW, Told(None, 100))
    assert buckets.left(key, NOW, LIMITS) == (1, 100)
    assert buckets.left(f"{key} of another", NOW, LIMITS) == (3, 5)


def test_no_call_is_taken_twice(memory: Memory, key: str) -> None:
    limits = Limits(minute=20, day=1000)
    buckets = memory.buckets()
    with ThreadPoolExecutor(8) as pool:
        taken = [pool.submit(buckets.take, key, NOW, limits, False) for _ in range(40)]
    assert sum(one.result() is None for one in taken) == 20
