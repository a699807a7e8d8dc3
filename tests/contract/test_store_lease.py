"""One writer: the lease, its epoch, and transactions that happen as a whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from threading import Thread

import pytest

from extension.store import Connections, SqlStore, database
from extension.store.database import FROZEN_SECONDS
from extension.sync.canonical import XERO, ZOHO
from extension.sync.errors import LeaseLost, SyncError
from extension.sync.model import Entry, Scope
from extension.sync.ports import LEASE_SECONDS, Decision, FeedState, HoldRow, Rejection, Store, Tx
from tests.contract.conftest import NUMBERS, Memory
from tests.contract.store_cases import (
    LATER,
    NOW,
    OWNER,
    call,
    create,
    dirty,
    epoch_of,
    everything,
    join,
    link,
    put,
    record,
    update,
)

SECOND = timedelta(seconds=1)


def test_one_owner_at_a_time(store: Store) -> None:
    first = store.acquire(OWNER, NOW, 15)
    assert first is not None
    assert store.acquire("worker 2", NOW + 14 * SECOND, 15) is None
    assert store.acquire(OWNER, NOW, 15) is None, "nor twice by the same one"
    assert store.holds_lease(first, NOW + 14 * SECOND)
    assert not store.holds_lease(first, NOW + 15 * SECOND)


def test_a_renewed_lease_lasts(store: Store) -> None:
    epoch = store.acquire(OWNER, NOW, 15)
    assert epoch is not None
    assert store.renew(epoch, NOW + 10 * SECOND, 15)
    assert store.acquire("worker 2", NOW + 20 * SECOND, 15) is None
    assert store.holds_lease(epoch, NOW + 20 * SECOND)
    assert store.renew(epoch, NOW + 60 * SECOND, 15), "late, but nobody took it"


def test_a_released_lease_is_free(store: Store) -> None:
    first = epoch_of(store)
    store.release(first)
    assert not store.holds_lease(first, NOW)
    assert not store.renew(first, NOW, 15)
    assert epoch_of(store, "worker 2") == first + 1


def test_the_epoch_shuts_out_whoever_slept(store: Store) -> None:
    first = store.acquire(OWNER, NOW, 15)
    second = store.acquire("worker 2", NOW + 15 * SECOND, 15)
    assert first is not None
    assert second == first + 1
    with pytest.raises(LeaseLost), store.write(first) as tx:
        tx.put_records([record("1")])
    assert not store.renew(first, NOW + 16 * SECOND, 15)
    store.release(first)
    assert store.holds_lease(second, NOW + 16 * SECOND), "the sleeper cannot release it either"
    put(store, second, record("2"))
    assert dirty(store) == ["2"]


def test_nobody_writes_without_ever_having_had_the_lease(store: Store) -> None:
    with pytest.raises(LeaseLost), store.write(7):
        pass


# ------------------------------------------------------------------ as a whole or not at all

Z, X = record("1", keys=("k1",), stamp="s1"), record("2", XERO, keys=("k1",))


def _update_link(tx: Tx, store: Store) -> None:
    tx.update_link(replace(store.links_of("account", ZOHO, ["3"])[0], state="retired"))


def _close(tx: Tx, store: Store) -> None:
    tx.close_intents([intent.id for intent in store.open_calls()[0].intents])


def _finish(tx: Tx, store: Store) -> None:
    run = store.runs()[0]["id"]
    assert isinstance(run, int)
    tx.add_entries(run, NOW, [Entry("account", "created")])
    tx.finish_run(run, NOW, "done", {"a": {"created zoho": 1}}, "")


STEPS: dict[str, Callable[[Tx, Store], object]] = {
    "save_feed": lambda tx, _: tx.save_feed(FeedState(ZOHO, "Accounts", LATER)),
    "put_records": lambda tx, _: tx.put_records([replace(Z, fields={}, keys=("k2",)), record("h1")]),
    "mark_gone": lambda tx, _: tx.mark_gone(XERO, "contacts", ["3"], LATER),
    "saw": lambda tx, _: tx.saw(ZOHO, "Accounts", ["1"], LATER),
    "park": lambda tx, _: tx.park([Z.where]),
    "unpark": lambda tx, _: tx.unpark(),
    "insert_link": lambda tx, _: tx.insert_link(link(Z, X)),
    "update_link": _update_link,
    "open_call": lambda tx, _: tx.open_call(call(update("c"), update("d", 1))),
    "touch_call": lambda tx, store: tx.touch_call(store.open_calls()[0].id, NOW, LATER),
    "close_intents": _close,
    "reject": lambda tx, _: tx.reject(Rejection(Z.where, "d", "invalid", "No.")),
    "forgive": lambda tx, _: tx.forgive(None),
    "replace_holds": lambda tx, _: tx.replace_holds(None, []),
    "approve": lambda tx, _: tx.approve(["b"]),
    "use_approvals": lambda tx, _: tx.use_approvals(["a"]),
    "decide": lambda tx, _: tx.decide(Decision("ignore", Z.where)),
    "undecide": lambda tx, _: tx.undecide(Z.where),
    "let_through": lambda tx, _: tx.let_through(["account"]),
    "start_run": lambda tx, _: tx.start_run(Scope(), LATER),
    "finish_run": _finish,
    "set_not_before": lambda tx, _: tx.set_not_before(LATER),
}


def test_a_run_that_lost_its_process_is_interrupted_but_a_host_goes_on(store: Store) -> None:
    epoch = epoch_of(store)
    with store.write(epoch) as tx:
        tx.start_run(Scope(), NOW)
    with store.write(epoch) as tx:
        host = tx.start_run(Scope(), NOW)
    with store.write(epoch) as tx:
        tx.start_run(Scope(record=("account", "1")), LATER, host)
    assert [run["state"] for run in store.runs()] == ["running", "running", "interrupted"]


@pytest.fixture
def lived_in(memory: Memory) -> tuple[Store, int]:
    """A store in which every kind of thing is remembered."""
    store = memory.store()
    epoch = epoch_of(store)
    put(store, epoch, Z, X, record("3"), record("3", XERO), record("parent"))
    join(store, epoch, link(record("3"), record("3", XERO)))
    with store.write(epoch) as tx:
        tx.save_feed(FeedState(ZOHO, "Accounts", NOW))
        tx.park([("account", ZOHO, "parent")])
        tx.open_call(call(create("1")))
        tx.reject(Rejection(X.where, "d", "invalid", "No."))
        tx.replace_holds(None, [HoldRow(Z.where, "waiting", "Wait.", "", None, "Z")])
        tx.approve(["a"])
        tx.decide(Decision("link", Z.where, "2"))
        tx.start_run(Scope(), NOW)
        tx.set_not_before(NOW)
    return store, epoch


def attempt(store: Store, epoch: int, steps: Iterable[Callable[[Tx, Store], object]], error: BaseException) -> None:
    with store.write(epoch) as tx:
        for step in steps:
            step(tx, store)
        raise error


@pytest.mark.parametrize("error", [ValueError(), KeyboardInterrupt()])
def test_any_exception_takes_everything_back(lived_in: tuple[Store, int], error: BaseException) -> None:
    store, epoch = lived_in
    before = everything(store)
    for step in STEPS.values():
        with pytest.raises(type(error)):
            attempt(store, epoch, [step], error)
    assert everything(store) == before
    with pytest.raises(type(error)):
        attempt(store, epoch, STEPS.values(), error)
    assert everything(store) == before


def test_every_step_shows_inside_its_transaction_and_after_it(lived_in: tuple[Store, int]) -> None:
    store, epoch = lived_in
    before = everything(store)
    for name, step in STEPS.items():
        with store.write(epoch) as tx:
            step(tx, store)
            inside = everything(store)
        assert inside != before, name
        before = inside
    assert everything(store) == before
    assert {*STEPS, "add_entries"} == {name for name in dir(Tx) if not name.startswith("_")}


def test_a_transaction_inside_a_transaction(store: Store) -> None:
    epoch = epoch_of(store)
    with pytest.raises(SyncError) as caught, store.write(epoch), store.write(epoch):
        pass
    assert caught.value.code == "nested_write"
    put(store, epoch, record("1"))


def test_another_thread_renews_while_one_writes(store: Store) -> None:
    epoch = epoch_of(store)
    renewed: list[bool] = []
    with store.write(epoch) as tx:
        tx.put_records([record("1")])
        heartbeat = Thread(target=lambda: renewed.append(store.renew(epoch, LATER, 15)))
        heartbeat.start()
    heartbeat.join(10)
    assert renewed == [True]
    assert store.holds_lease(epoch, LATER)


@pytest.mark.pg
def test_a_transaction_that_froze_loses_its_locks(
    postgres_url: str, encryption_keys: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its process is stopped in the middle of it; whoever takes its connection over would wait until it thaws."""
    assert LEASE_SECONDS == FROZEN_SECONDS
    monkeypatch.setattr(database, "FROZEN_SECONDS", 1)
    frozen, other = (database.Database(postgres_url, encryption_keys) for _ in range(2))
    try:
        frozen.upgrade()
        number = Connections(frozen).create(f"test {next(NUMBERS)}").id
        mine, next_ = SqlStore(frozen, number), SqlStore(other, number)
        epoch = epoch_of(mine)
        taken: list[int] = []

        def freeze() -> None:
            with mine.write(epoch) as tx:
                tx.put_records([record("1")])
                taken.append(epoch_of(next_, "another", NOW + timedelta(hours=2)))  # waits until the server ends it
                tx.put_records([record("2")])

        with pytest.raises(SyncError) as lost:
            freeze()
        assert taken == [epoch + 1]
        assert lost.value.code == "database_unreachable", "for which a run waits, and goes on"
        assert next_.by_id("account", ZOHO, ["1", "2"]) == []
        with next_.write(taken[0]) as tx:
            tx.put_records([record("1")])
    finally:
        frozen.dispose()
        other.dispose()
