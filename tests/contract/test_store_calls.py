"""Calls and intents: what was decided is there before it is sent, and nothing is decided twice."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from extension.sync.actions import Call, Intent
from extension.sync.canonical import XERO, ZOHO
from extension.sync.errors import SyncError
from extension.sync.ports import Store
from tests.contract.store_cases import LATER, NOW, call, create, epoch_of, update


@pytest.fixture
def epoch(store: Store) -> int:
    return epoch_of(store)


def opened(store: Store, epoch: int, *intents: Intent, **changes: object) -> Call:
    with store.write(epoch) as tx:
        return tx.open_call(call(*intents, **changes))


def close(store: Store, epoch: int, *intents: Intent) -> None:
    with store.write(epoch) as tx:
        tx.close_intents([intent.id for intent in intents])


def test_a_call_comes_back_as_it_was(store: Store, epoch: int) -> None:
    body = b'{"Contacts":[{"Name":"T\xc4\x81maki","Limit":1.50}]}\x00\xff'
    whole = update(
        "c",
        position=1,
        sent={"limit": Decimal("2.50"), "lines": [{"id": "l", "price": Decimal("0.10")}]},
        read={"name": None},
        source="z",
        link=7,
        keys=("k1", "k2"),
        stamp="s",
        pairs=(("a", "b"),),
    )
    made = opened(store, epoch, create("1"), whole, body=body, first_sent=NOW, headers={"A": "b", "C": "d"})
    assert all(intent.id > 0 for intent in made.intents)
    assert [replace(intent, id=0) for intent in made.intents] == [create("1"), whole]
    assert store.open_calls() == [made]
    assert store.open_calls()[0].body == body


def test_many_intents_keep_their_places(store: Store, epoch: int) -> None:
    made = opened(store, epoch, *(create(str(n), n) for n in range(120)))
    assert [intent.source for intent in made.intents] == [str(n) for n in range(120)]
    assert store.open_calls() == [made]
    close(store, epoch, *made.intents[1:])
    assert store.open_calls() == [replace(made, intents=made.intents[:1])]


def test_a_call_closes_with_its_last_intent(store: Store, epoch: int) -> None:
    first, second = opened(store, epoch, create("1"), create("2", 1)), opened(store, epoch, update("c"))
    assert store.open_calls() == [first, second]
    close(store, epoch, first.intents[0])
    assert store.open_calls() == [replace(first, intents=first.intents[1:]), second]
    close(store, epoch, *first.intents)
    assert store.open_calls() == [second]
    with store.write(epoch) as tx:
        tx.close_intents([999_999])
    assert store.open_calls() == [second]


def test_when_it_was_sent(store: Store, epoch: int) -> None:
    made = opened(store, epoch, create("1"))
    with store.write(epoch) as tx:
        tx.touch_call(made.id, NOW, LATER)
        tx.touch_call("unknown", NOW, LATER)
    assert store.open_calls() == [replace(made, first_sent=NOW, last_sent=LATER)]


# ------------------------------------------------------------------ nothing is decided twice


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([create("1")], [create("1")]),
        ([create("0"), create("1", 1)], [create("2"), create("1", 1)]),
        ([update("c")], [update("c")]),
        ([update("c")], [update("c", entity="vendor")]),
        ([update("c", remote=None)], [update("c")]),
        ([update("c/1", remote="c")], [update("c")]),
        ([create("1", remote="c")], [update("c")]),
    ],
)
def test_a_second_write_is_refused(store: Store, epoch: int, first: list[Intent], second: list[Intent]) -> None:
    made = opened(store, epoch, *first)
    with pytest.raises(SyncError) as caught:
        opened(store, epoch, *second)
    assert caught.value.code == "write_open"
    assert store.open_calls() == [made]
    close(store, epoch, *made.intents)
    assert len(opened(store, epoch, *second).intents) == len(second)


@pytest.mark.parametrize("intents", [[create("1"), create("1", 1)], [update("c"), update("c", 1)]])
def test_nor_twice_in_one_call(store: Store, epoch: int, intents: list[Intent]) -> None:
    with pytest.raises(SyncError) as caught:
        opened(store, epoch, *intents)
    assert caught.value.code == "write_open"
    assert store.open_calls() == []


def test_the_transaction_may_go_on_after_that(store: Store, epoch: int) -> None:
    first = opened(store, epoch, create("1"))
    with store.write(epoch) as tx:
        with pytest.raises(SyncError):
            tx.open_call(call(create("2"), create("1", 1)))
        second = tx.open_call(call(create("2")))
    assert store.open_calls() == [first, second]


@pytest.mark.parametrize(
    "other",
    [
        call(create("1", side=ZOHO), side=ZOHO, feed="Accounts"),
        call(create("1", entity="vendor")),
        call(create("2")),
        call(update("d")),
        call(update("c"), feed="items"),
        call(update("c", side=ZOHO), side=ZOHO),
    ],
)
def test_other_records_are_free(store: Store, epoch: int, other: Call) -> None:
    opened(store, epoch, create("1"), update("c", 1))
    with store.write(epoch) as tx:
        tx.open_call(other)
    assert len(store.open_calls()) == 2


def test_an_element_may_carry_several_intents(store: Store, epoch: int) -> None:
    """One write to one Xero contact on behalf of account, vendor and a person."""
    parts = [update("c"), update("c", entity="vendor"), create("z", entity="contact", remote="c")]
    made = opened(store, epoch, *parts, update("d", 1))
    assert len(made.intents) == 4
    close(store, epoch, made.intents[0], made.intents[3])
    with pytest.raises(SyncError):
        opened(store, epoch, update("c"))
    close(store, epoch, made.intents[1])
    with pytest.raises(SyncError):
        opened(store, epoch, update("c"))
    close(store, epoch, made.intents[2])
    opened(store, epoch, update("c"))


def test_what_is_missing_moves_to_a_new_call(store: Store, epoch: int) -> None:
    old = opened(store, epoch, create("1"), create("2", 1))
    with store.write(epoch) as tx:
        tx.close_intents([intent.id for intent in old.intents])
        new = tx.open_call(call(create("2")))
    assert store.open_calls() == [new]
    assert new.intents[0].id > old.intents[1].id


def test_a_key_is_never_used_twice(store: Store, epoch: int) -> None:
    made = opened(store, epoch, create("1"))
    with pytest.raises(SyncError):
        opened(store, epoch, create("2"), id=made.id)


def test_calls_of_either_side(store: Store, epoch: int) -> None:
    first = opened(store, epoch, create("1", side=ZOHO), side=ZOHO, feed="Accounts")
    second = opened(store, epoch, create("1"))
    assert [(made.side, made.intents[0].side) for made in store.open_calls()] == [(ZOHO, ZOHO), (XERO, XERO)]
    assert store.open_calls() == [first, second]
