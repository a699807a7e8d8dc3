"""The to-do list: a record is dirty exactly when `model.is_dirty` says so, whichever of record and link moved last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from extension.sync.canonical import XERO, ZOHO
from extension.sync.model import Link, Ref
from extension.sync.ports import Store
from tests.contract.store_cases import LATER, NOW, dirty, epoch_of, join, link, put, record

Z, X = record("1"), record("2", XERO)


@pytest.fixture
def epoch(store: Store) -> int:
    return epoch_of(store)


@pytest.fixture
def linked(store: Store, epoch: int) -> Link:
    """Two records in step: nothing to do."""
    put(store, epoch, Z, X)
    number = join(store, epoch, link(Z, X))
    assert dirty(store) == []
    return store.links([number])[0]


# ------------------------------------------------------------------ without a link


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({}, ["1"]), ({"state": "gone"}, []), ({"state": "out_of_scope"}, []), ({"births": False}, [])],
)
def test_an_unlinked_record(store: Store, epoch: int, changes: dict[str, Any], expected: list[str]) -> None:
    put(store, epoch, record("1", **changes))
    assert dirty(store) == expected


def test_each_entity_has_its_own_list(store: Store, epoch: int) -> None:
    put(store, epoch, record("1"), record("1", entity="contact"), record("0", XERO))
    assert dirty(store) == ["0", "1"]
    assert dirty(store, "contact") == ["1"]
    assert dirty(store, "product") == []


# ------------------------------------------------------------------ with a link


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"modified": LATER}, []),
        ({"fields": {"name": "edited"}}, ["1"]),
        ({"state": "gone"}, ["1"]),
        ({"state": "out_of_scope", "fields": {"name": "edited"}}, []),
        ({"version": 2}, ["1"]),
        ({"births": False}, []),
    ],
)
def test_a_linked_record(store: Store, epoch: int, linked: Link, changes: dict[str, Any], expected: list[str]) -> None:
    put(store, epoch, record("1", **changes))
    assert dirty(store) == expected
    put(store, epoch, Z)
    assert dirty(store) == []


def test_a_link_that_was_never_in_step(store: Store, epoch: int) -> None:
    put(store, epoch, Z, X)
    number = join(store, epoch, link(Z, X, settled=False))
    assert dirty(store) == ["2", "1"]
    with store.write(epoch) as tx:
        tx.update_link(replace(store.links([number])[0], settled=True))
    assert dirty(store) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda old: replace(old, base={**old.base, XERO: {"name": "agreed otherwise"}}), ["2"]),
        (lambda old: replace(old, version=2), ["2", "1"]),
        (lambda old: replace(old, state="retired"), ["2", "1"]),
        (lambda old: replace(old, state="unlinked"), ["2", "1"]),
        (lambda old: replace(old, made_by="person"), []),
    ],
)
def test_a_moved_link(
    store: Store, epoch: int, linked: Link, change: Callable[[Link], Link], expected: list[str]
) -> None:
    with store.write(epoch) as tx:
        tx.update_link(change(linked))
    assert dirty(store) == expected
    with store.write(epoch) as tx:
        tx.update_link(linked)
    assert dirty(store) == []


def test_a_link_before_its_records(store: Store, epoch: int) -> None:
    with store.write(epoch) as tx:
        tx.insert_link(link(Z, X))
        tx.put_records([Z, X])
    assert dirty(store) == []
    with store.write(epoch) as tx:
        tx.update_link(replace(store.links_of("account", ZOHO, ["1"])[0], base={ZOHO: {}, XERO: X.fields}))
        tx.put_records([record("1", fields={})])
    assert dirty(store) == []


def test_a_linked_record_that_went(store: Store, epoch: int, linked: Link) -> None:
    with store.write(epoch) as tx:
        tx.mark_gone(XERO, "contacts", ["2"], LATER)
    assert dirty(store) == ["2"]
    with store.write(epoch) as tx:
        tx.update_link(replace(linked, state="unlinked"))
    assert dirty(store) == ["1"]


def test_the_live_link_governs_and_else_the_newest(store: Store, epoch: int, linked: Link) -> None:
    other = record("3", XERO, births=False)
    put(store, epoch, other, replace(X, births=False))
    with store.write(epoch) as tx:
        tx.update_link(replace(linked, state="retired"))
        number = tx.insert_link(link(Z, other))
    assert dirty(store) == ["2"], "the retired one's other end is active"
    with store.write(epoch) as tx:
        tx.update_link(replace(store.links([number])[0], state="unlinked"))
    assert dirty(store) == ["2", "1"]


# ------------------------------------------------------------------ parked


@pytest.fixture
def parked(store: Store, epoch: int) -> None:
    put(store, epoch, record("1", keys=("k",)))
    with store.write(epoch) as tx:
        tx.park([("account", ZOHO, "1"), ("account", ZOHO, "unknown")])
    assert dirty(store) == []


@pytest.mark.usefixtures("parked")
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"modified": LATER, "read_at": LATER, "version": 2, "title": "T"}, []),
        ({"fields": {"name": "edited"}}, ["1"]),
        ({"keys": ("other",)}, ["1"]),
        ({"stamp": "s"}, ["1"]),
        ({"scope": Ref("account", "p")}, ["1"]),
        ({"state": "gone"}, []),
    ],
)
def test_a_parked_record_waits_for_news(store: Store, epoch: int, changes: dict[str, Any], expected: list[str]) -> None:
    put(store, epoch, record("1", **({"keys": ("k",)} | changes)))
    assert dirty(store) == expected


@pytest.mark.usefixtures("parked")
def test_a_parked_record_that_went_and_came_back(store: Store, epoch: int) -> None:
    with store.write(epoch) as tx:
        tx.mark_gone(ZOHO, "Accounts", ["1"], LATER)
    assert dirty(store) == []
    put(store, epoch, record("1", keys=("k",)))
    assert dirty(store) == ["1"]


@pytest.mark.usefixtures("parked")
def test_everything_is_looked_at_again(store: Store, epoch: int) -> None:
    put(store, epoch, record("5", births=False))
    with store.write(epoch) as tx:
        tx.unpark()
    assert dirty(store) == ["1"]


def test_only_what_is_dirty_can_be_parked(store: Store, epoch: int) -> None:
    put(store, epoch, record("1", births=False))
    with store.write(epoch) as tx:
        tx.park([("account", ZOHO, "1")])
    put(store, epoch, record("1"))
    assert dirty(store) == ["1"]


def test_a_link_is_news_to_whoever_parked_the_record(store: Store, epoch: int) -> None:
    put(store, epoch, Z, X)
    with store.write(epoch) as tx:
        tx.park([Z.where, X.where])
    number = join(store, epoch, link(Z, X, settled=False))
    assert dirty(store) == ["2", "1"]
    with store.write(epoch) as tx:
        tx.park([Z.where, X.where])
    assert dirty(store) == []
    put(store, epoch, replace(Z, modified=LATER))
    assert dirty(store) == []
    with store.write(epoch) as tx:
        tx.update_link(replace(store.links([number])[0], state="retired"))
    assert dirty(store) == ["2", "1"]


def test_a_link_of_the_same_transaction_can_be_parked(store: Store, epoch: int) -> None:
    put(store, epoch, Z, X)
    with store.write(epoch) as tx:
        tx.insert_link(link(Z, X, settled=False))
        tx.park([Z.where])
    assert dirty(store) == ["2"]
    assert store.by_id("account", ZOHO, ["1"])[0].first_seen == NOW
