"""A person's word between runs: what is kept of it, and what is refused because no plan could follow it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest

from extension.store import EVERYBODY, Database, SqlStore, Word
from extension.sync.canonical import XERO, ZOHO
from extension.sync.errors import BadInput
from extension.sync.ports import Decision, HoldRow, Rejection, Store
from tests.contract.conftest import Memory
from tests.contract.store_cases import dirty, epoch_of, put, record


@pytest.fixture
def store(database: Database) -> SqlStore:
    store = Memory(database).store()
    assert isinstance(store, SqlStore)
    return store


@contextmanager
def word(database: Database, store: SqlStore) -> Iterator[Word]:
    with database.writing(EVERYBODY) as transaction:
        yield Word(transaction, store.connection_id)


Z, X = record("1"), record("2", XERO)


def test_a_word_needs_no_lease(database: Database, store: SqlStore) -> None:
    epoch = epoch_of(store)
    put(store, epoch, Z, X)
    with store.write(epoch) as tx:
        tx.park([Z.where])
        tx.reject(Rejection(X.where, "d", "invalid", "No."))
    with word(database, store) as said:
        said.decide(Decision("link", Z.where, "2"))
        said.decide(Decision("take", Z.where, field="name", takes=XERO))
        said.decide(Decision("take", Z.where, field="*", takes=ZOHO))
        said.approve(["a", "b"])
        said.disapprove(["b"])
        said.forgive([X.where])
        said.unpark()
    assert [(one.verb, one.field, one.takes) for one in store.decisions()] == [
        ("link", "", None),
        ("take", "*", ZOHO),
        ("take", "name", XERO),
    ]
    assert store.approvals() == {"a"}
    assert not store.rejections([X.where])
    assert dirty(store) == ["2", "1"]
    with word(database, store) as said:
        said.undecide(Z.where)
        said.undecide(Z.where, "*")
    assert [one.field for one in store.decisions()] == ["name"]


@pytest.mark.parametrize(
    ("decision", "code"),
    [
        (Decision("explode", Z.where), "no_verb"),
        (Decision("ignore", ("account", ZOHO, "9")), "no_record"),
        (Decision("ignore", ("contact", ZOHO, "1")), "no_record"),
        (Decision("link", Z.where), "no_twin"),
        (Decision("link", Z.where, "9"), "no_record"),
        (Decision("take", Z.where, field="name"), "no_side"),
        (Decision("take", Z.where, takes=XERO), "no_side"),
        (Decision("take", X.where, field="name", takes=XERO), "no_side"),
        (Decision("ignore", Z.where, field="name"), "no_field"),
    ],
)
def test_a_word_that_no_plan_could_follow(database: Database, store: SqlStore, decision: Decision, code: str) -> None:
    put(store, epoch_of(store), Z, X)

    def speak() -> None:
        with word(database, store) as said:
            said.approve(["a"])
            said.decide(decision)

    with pytest.raises(BadInput) as caught:
        speak()
    assert caught.value.code == code
    assert not store.decisions()
    assert not store.approvals(), "all of it, or nothing"


def test_every_store_keeps_decisions_by_field(memory: Memory) -> None:
    store: Store = memory.store()
    epoch = epoch_of(store)
    with store.write(epoch) as tx:
        tx.decide(Decision("take", Z.where, field="b", takes=XERO))
        tx.decide(Decision("take", Z.where, field="a", takes=XERO))
        tx.decide(Decision("take", Z.where, field="a", takes=ZOHO))
        tx.decide(Decision("keep", Z.where))
        tx.undecide(Z.where, "b")
        tx.undecide(X.where)
    assert store.decisions() == [Decision("keep", Z.where), Decision("take", Z.where, field="a", takes=ZOHO)]


def test_every_store_keeps_both_values_of_a_hold(memory: Memory) -> None:
    store: Store = memory.store()
    values = {"limit": [Decimal("1.50"), "2"]}
    row = HoldRow(Z.where, "conflict", "Both.", "Choose.", "limit", "Ada", (X.where,), values)
    with store.write(epoch_of(store)) as tx:
        tx.replace_holds(None, [row])
    assert store.holds() == [row]
