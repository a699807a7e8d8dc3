"""Watermarks, holds, rejections, decisions, approvals and history."""

from __future__ import annotations

from decimal import Decimal

import pytest

from extension.sync.canonical import XERO, ZOHO
from extension.sync.errors import BadInput
from extension.sync.model import Entry, Scope
from extension.sync.ports import Decision, FeedState, HoldRow, Rejection, Resume, Store
from tests.contract.store_cases import LATER, NOW, epoch_of


@pytest.fixture
def epoch(store: Store) -> int:
    return epoch_of(store)


def hold(id: str, entity: str = "account", field: str | None = None) -> HoldRow:
    return HoldRow((entity, ZOHO, id), "ambiguous", "Two of them.", "Choose one.", field, f"Title {id}")


def test_a_feed_that_was_never_walked(store: Store) -> None:
    assert store.feed(ZOHO, "Accounts") == FeedState(ZOHO, "Accounts")


def test_a_walk_under_way(store: Store, epoch: int) -> None:
    states = [
        FeedState(ZOHO, "Accounts", resume=Resume(None, NOW, "page 2", True, 3)),
        FeedState(ZOHO, "Accounts", LATER, Resume(NOW, LATER, None, False, 4), NOW, 17, 4),
        FeedState(ZOHO, "Accounts", LATER, None, LATER, 0, 5),
        FeedState(ZOHO, "Accounts", LATER, None, LATER, 0, 5, NOW),
    ]
    for state in states:
        with store.write(epoch) as tx:
            tx.save_feed(state)
            tx.save_feed(FeedState(XERO, "Accounts", NOW))
        assert store.feed(ZOHO, "Accounts") == state
    assert store.feed(XERO, "Accounts") == FeedState(XERO, "Accounts", NOW)


def test_when_it_may_go_on(store: Store, epoch: int) -> None:
    assert store.not_before() is None
    for moment in (NOW, None):
        with store.write(epoch) as tx:
            tx.set_not_before(moment)
        assert store.not_before() == moment


def test_holds_are_replaced(store: Store, epoch: int) -> None:
    first = [hold("2"), hold("1", field="name"), hold("1"), hold("1", "contact")]
    with store.write(epoch) as tx:
        tx.replace_holds(None, first)
    assert store.holds() == [hold("1"), hold("1", field="name"), hold("2"), hold("1", "contact")]
    with store.write(epoch) as tx:
        tx.replace_holds(["account", "vendor"], [hold("3")])
    assert store.holds() == [hold("3"), hold("1", "contact")]
    with store.write(epoch) as tx:
        tx.replace_holds([], [])
    assert len(store.holds()) == 2
    with store.write(epoch) as tx:
        tx.replace_holds(None, [])
    assert store.holds() == []


def test_a_rejection_sticks_until_it_is_forgiven(store: Store, epoch: int) -> None:
    one, two = ("account", ZOHO, "1"), ("account", XERO, "1")
    with store.write(epoch) as tx:
        tx.reject(Rejection(one, "d1", "invalid", "No name."))
        tx.reject(Rejection(one, "d2", "locked", "Paid.", "Unlock it."))
        tx.reject(Rejection(two, "d3", "invalid", "No."))
    assert store.rejections([one]) == [Rejection(one, "d2", "locked", "Paid.", "Unlock it.")]
    assert [r.where for r in store.rejections([one, two, ("contact", ZOHO, "1")])] == [two, one]
    with store.write(epoch) as tx:
        tx.forgive([one, ("account", ZOHO, "unknown")])
    assert [r.where for r in store.rejections([one, two])] == [two]
    with store.write(epoch) as tx:
        tx.forgive([])
    assert store.rejections([two])
    with store.write(epoch) as tx:
        tx.forgive(None)
    assert store.rejections([one, two]) == []


def test_the_latest_decision_counts(store: Store, epoch: int) -> None:
    where = ("account", ZOHO, "1")
    with store.write(epoch) as tx:
        tx.decide(Decision("link", where, "x"))
        tx.decide(Decision("keep", ("account", XERO, "1")))
        tx.decide(Decision("ignore", where))
    assert store.decisions() == [Decision("keep", ("account", XERO, "1")), Decision("ignore", where)]


def test_approvals_last_until_they_are_used(store: Store, epoch: int) -> None:
    with store.write(epoch) as tx:
        tx.approve(["a", "b", "a"])
        tx.approve(iter(["b", "c"]))
        tx.approve([])
        tx.use_approvals(iter(["a", "unknown"]))
    assert store.approvals() == {"b", "c"}


# ------------------------------------------------------------------ history


def test_a_run(store: Store, epoch: int) -> None:
    with store.write(epoch) as tx:
        first = tx.start_run(Scope(entities=("account",), record=("account", "1"), trigger="record"), NOW)
        second = tx.start_run(Scope(), NOW)
    with store.write(epoch) as tx:
        tx.finish_run(first, LATER, "done", {"account": {"created xero": 1}}, "")
    newest, oldest = store.runs()
    assert (newest["id"], newest["state"], newest["trigger"], newest["ended_at"]) == (second, "running", "person", None)
    assert oldest["id"] == first < second
    assert oldest["started_at"] == NOW
    assert (oldest["ended_at"], oldest["state"], oldest["problem"]) == (LATER, "done", "")
    assert oldest["counts"] == {"account": {"created xero": 1}}
    scope = oldest["scope"]
    assert isinstance(scope, dict)
    assert (scope["entities"], scope["record"], scope["mode"]) == (["account"], ["account", "1"], "both")
    assert [run["id"] for run in store.runs(1)] == [second]
    with pytest.raises(BadInput), store.write(epoch) as tx:
        tx.finish_run(999_999, LATER, "done", {}, "")


@pytest.mark.parametrize("state", ["waiting", None])
def test_a_run_that_made_room_or_lost_its_process_goes_on(store: Store, epoch: int, state: str | None) -> None:
    with store.write(epoch) as tx:
        first = tx.start_run(Scope(), NOW)
        if state is not None:
            tx.finish_run(first, NOW, state, {"account": {"created xero": 1}}, "It makes room.")
    with store.write(epoch) as tx:
        between = tx.start_run(Scope(record=("account", "1")), NOW)  # of somebody who came in between
        tx.finish_run(between, NOW, "done", {}, "")
        assert tx.start_run(Scope(), LATER, again=first) == first
    newest, oldest = store.runs()
    assert (newest["id"], newest["state"]) == (between, "done")
    assert (oldest["state"], oldest["started_at"], oldest["ended_at"]) == ("running", NOW, None)
    with store.write(epoch) as tx:
        tx.finish_run(first, LATER, "done", {"account": {"created xero": 2, "held": 1}}, "")
    done = 3 if state else 2
    assert store.runs()[1]["counts"] == {"account": {"created xero": done, "held": 1}}
    with store.write(epoch) as tx:
        assert tx.start_run(Scope(), LATER, again=first) not in (first, between), "it has come to its end"
        assert tx.start_run(Scope(), LATER, again=999_999) != 999_999


def test_entries_are_kept_in_order(store: Store, epoch: int) -> None:
    changes: dict[str, list[object]] = {"limit": [Decimal("1.50"), Decimal("2")], "name!lost": ["a", None]}
    whole = Entry("account", "updated", "z", "x", XERO, "reason", "message", "hint", "title", changes)
    rest = [Entry("account", "created", zoho_id=str(n)) for n in range(5)]
    with store.write(epoch) as tx:
        first, second = tx.start_run(Scope(), NOW), tx.start_run(Scope(), NOW)
        tx.add_entries(first, NOW, [whole])
        tx.add_entries(second, NOW, rest)
        tx.add_entries(first, LATER, [])
    assert store.entries() == [whole, *rest]
    assert store.entries(first) == [whole]
    assert store.entries(limit=2) == rest[-2:]
    assert store.entries(second, limit=1) == rest[-1:]
    assert store.entries(999_999) == []
