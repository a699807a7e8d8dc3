"""Two connections in one database with the same ids never see, change or block each other."""

from __future__ import annotations

import inspect
from dataclasses import replace

import pytest

from extension.store import Database, SqlStore
from extension.sync.canonical import XERO, ZOHO
from extension.sync.errors import LeaseLost
from extension.sync.model import Entry, Ref, Scope
from extension.sync.ports import Decision, FeedState, HoldRow, Rejection, Store
from tests.contract.conftest import Memory
from tests.contract.store_cases import (
    FEEDS,
    LATER,
    NOW,
    call,
    create,
    epoch_of,
    everything,
    link,
    record,
    update,
)

Z = record("1", handle="h1", keys=("k1", "k2"), stamp="s1", scope=Ref("account", "parent"))
X = record("2", XERO, keys=("k1",), restless=True)
OWN = {"organisations", "start_date", "acquire", "renew", "release", "holds_lease", "write"}


def live_in(store: Store, epoch: int) -> None:
    """Everything that a connection can remember, under the same ids."""
    with store.write(epoch) as tx:
        tx.put_records([Z, X, record("3"), record("3", XERO), record("1", entity="contact", keys=("k2",))])
        tx.insert_link(link(record("3"), record("3", XERO)))
        tx.save_feed(FeedState(ZOHO, FEEDS[ZOHO], NOW))
        tx.open_call(call(create("1"), update("2", 1)))
        tx.reject(Rejection(Z.where, "d", "invalid", "No."))
        tx.decide(Decision("ignore", Z.where))
        tx.approve(["a"])
        tx.let_through(["account"])
        tx.replace_holds(None, [HoldRow(Z.where, "waiting", "Wait.", "", None, "")])
        run = tx.start_run(Scope(), NOW)
        tx.add_entries(run, NOW, [Entry("account", "created", zoho_id="1")])
        tx.set_not_before(NOW)


@pytest.fixture
def two(database: Database) -> tuple[SqlStore, SqlStore]:
    memory = Memory(database)
    first, second = memory.store(), memory.store()
    assert isinstance(first, SqlStore)
    assert isinstance(second, SqlStore)
    return first, second


def test_one_connection_does_not_see_the_other(two: tuple[SqlStore, SqlStore]) -> None:
    first, second = two
    empty = everything(second)
    live_in(first, epoch_of(first))
    assert everything(second) == empty
    assert not second.history()
    numbers = [found.id for found in first.links_of("account", ZOHO, ["3"])]
    assert first.links(numbers)
    assert not second.links(numbers)


def test_the_other_changes_nothing_here(two: tuple[SqlStore, SqlStore]) -> None:
    first, second = two
    live_in(first, epoch_of(first))
    live_in(second, epoch := epoch_of(second))
    before = everything(first)
    with second.write(epoch) as tx:
        tx.mark_gone(ZOHO, FEEDS[ZOHO], ["1", "3"], LATER)
        tx.saw(XERO, FEEDS[XERO], ["2", "3"], LATER)
        tx.park([X.where])
        tx.unpark()
        tx.put_records([replace(X, fields={}, keys=())])
        tx.save_feed(FeedState(ZOHO, FEEDS[ZOHO], LATER))
        tx.close_intents([intent.id for made in first.open_calls() for intent in made.intents])
        tx.touch_call(first.open_calls()[0].id, NOW, LATER)
        tx.forgive(None)
        tx.forgive([Z.where])
        tx.use_approvals(["a"])
        tx.let_through(["contact"])
        tx.replace_holds(None, [])
        tx.decide(Decision("keep", Z.where))
        tx.set_not_before(None)
    assert everything(first) == before


def test_the_other_cannot_reach_what_has_a_number(two: tuple[SqlStore, SqlStore]) -> None:
    first, second = two
    live_in(first, epoch_of(first))
    before, epoch = everything(first), epoch_of(second)
    [found] = first.links_of("account", ZOHO, ["3"])
    run = first.runs()[0]["id"]
    assert isinstance(run, int)
    with pytest.raises(Exception, match="no link"), second.write(epoch) as tx:
        tx.update_link(replace(found, state="retired"))
    with pytest.raises(Exception, match="no run"), second.write(epoch) as tx:
        tx.finish_run(run, LATER, "done", {}, "")
    assert everything(first) == before


def test_a_lease_is_of_one_connection(two: tuple[SqlStore, SqlStore]) -> None:
    first, second = two
    epoch = epoch_of(first)
    assert not second.holds_lease(epoch, NOW)
    assert not second.renew(epoch, NOW, 15)
    second.release(epoch)
    assert first.holds_lease(epoch, NOW)
    with pytest.raises(LeaseLost), second.write(epoch):
        pass
    assert first.organisations() != second.organisations()


def test_every_read_method_is_tried() -> None:
    """Whoever adds a read to the contract adds it to `everything`, and so to these tests."""
    reads = {name for name in dir(Store) if not name.startswith("_")} - OWN
    shown = inspect.getsource(everything)
    assert not {name for name in reads - {"dirty"} if f"store.{name}(" not in shown}
