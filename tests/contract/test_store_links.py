"""Links: at most one live link per record and entity, and every link ever made can be found."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from extension.sync.canonical import XERO, ZOHO
from extension.sync.errors import SyncError
from extension.sync.ports import Store
from tests.contract.store_cases import dirty, epoch_of, join, link, put, record

Z, X = record("1"), record("2", XERO)
Z3, X3 = record("3"), record("3", XERO)


@pytest.fixture
def epoch(store: Store) -> int:
    return epoch_of(store)


def test_a_link_comes_back_as_it_was(store: Store, epoch: int) -> None:
    whole = link(
        Z,
        X,
        base={ZOHO: {"limit": Decimal("1.50"), "lines": [{"id": "l", "price": Decimal("2")}]}, XERO: {}},
        pairs=(("l", "m"), ("n", "o")),
        made_by="person",
        version=4,
        settled=False,
        put_back={"xero.name": "N", "zoho.limit": Decimal("1.25")},
    )
    number = join(store, epoch, whole)
    [found] = store.links([number])
    assert found == replace(whole, id=number)
    assert found.base_digest(ZOHO) == whole.base_digest(ZOHO)
    assert store.links_of("account", ZOHO, ["1"]) == store.links_of("account", XERO, ["2", "1"]) == [found]
    assert store.links_of("contact", ZOHO, ["1"]) == []
    changed = replace(found, base={**found.base, XERO: {"name": "new"}}, pairs=(), settled=True, put_back={})
    with store.write(epoch) as tx:
        tx.update_link(changed)
    assert store.links([number]) == [changed]


def test_links_come_by_number(store: Store, epoch: int) -> None:
    first, second = join(store, epoch, link(Z, X)), join(store, epoch, link(Z3, X3))
    assert first < second
    assert [found.id for found in store.links([second, first, first, 999_999])] == [first, second]
    assert [found.id for found in store.links_of("account", ZOHO, ["3", "1"])] == [first, second]


@pytest.mark.parametrize("second", [link(Z, X3), link(Z3, X), link(Z, X)])
def test_a_linked_record_is_not_linked_again(store: Store, epoch: int, second: object) -> None:
    join(store, epoch, link(Z, X))
    with pytest.raises(SyncError) as caught:
        join(store, epoch, second)  # type: ignore[arg-type]
    assert caught.value.code == "already_linked"
    assert store.count_links("account") == 1


def test_the_transaction_may_go_on_after_that(store: Store, epoch: int) -> None:
    put(store, epoch, Z, X, Z3)
    join(store, epoch, link(Z, X))
    with store.write(epoch) as tx:
        with pytest.raises(SyncError):
            tx.insert_link(link(Z3, X))
        tx.insert_link(link(Z3, X3))
    assert store.count_links("account") == 2
    assert dirty(store) == []


def test_an_ended_link_makes_room(store: Store, epoch: int) -> None:
    number = join(store, epoch, link(Z, X))
    ended = replace(store.links([number])[0], state="retired")
    with store.write(epoch) as tx:
        tx.update_link(ended)
        second = tx.insert_link(link(Z, X3))
    assert store.count_links("account") == 1
    assert [(found.id, found.state) for found in store.links_of("account", ZOHO, ["1"])] == [
        (number, "retired"),
        (second, "live"),
    ]
    with pytest.raises(SyncError) as caught, store.write(epoch) as tx:
        tx.update_link(replace(ended, state="live"))
    assert caught.value.code == "already_linked"
    assert store.links([number]) == [ended]


def test_the_same_record_may_be_linked_in_two_entities(store: Store, epoch: int) -> None:
    join(store, epoch, link(Z, X))
    join(store, epoch, link(record("9", entity="vendor"), record("2", XERO, entity="vendor")))
    assert (store.count_links("account"), store.count_links("vendor"), store.count_links("contact")) == (1, 1, 0)


def test_a_link_can_change_its_ends(store: Store, epoch: int) -> None:
    put(store, epoch, Z, X, X3)
    number = join(store, epoch, link(Z, X))
    with store.write(epoch) as tx:
        tx.update_link(replace(link(Z, X3), id=number))
    assert store.links_of("account", XERO, ["2"]) == []
    assert dirty(store) == ["2"]


def test_there_is_no_such_link(store: Store, epoch: int) -> None:
    with pytest.raises(SyncError) as caught, store.write(epoch) as tx:
        tx.update_link(replace(link(Z, X), id=999_999))
    assert caught.value.code == "no_link"
