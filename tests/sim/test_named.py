"""Records that somebody named: several at once, unticked ones, what is read of them and what is not."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from extension.sync.canonical import XERO, ZOHO, Side
from extension.sync.errors import BadInput
from tests.sim.harness import QUIET, Harness, Ways
from tests.sim.scenes import company, firm, in_step, order, writes


@pytest.fixture
def h() -> Harness:
    return Harness(Ways())


@pytest.fixture
def busy() -> Harness:
    found = company()
    found.run(observe_only=True)
    return found


@pytest.fixture
def shop(h: Harness) -> Harness:
    """A firm and an item that are linked and in step."""
    h.side[ZOHO].create("Firms", firm("ada"))
    h.side[ZOHO].create("Goods", {"code": "p1", "note": None, "ticked": True, "twin_id": None})
    h.settle()
    return h


def named(h: Harness, feed: str, *which: int) -> tuple[tuple[str, str], ...]:
    kind = {"Firms": "firm", "Orders": "order"}[feed]
    rows = h.side[ZOHO].live(feed)
    return tuple((kind, rows[n].id) for n in which)


def reads(h: Harness, side: Side) -> Counter[str]:
    """How many rows of each feed were asked for by id since this was called first."""
    counted: Counter[str] = Counter()
    service = h.side[side]
    fetch = service.fetch

    def counting(feed: str, ids: Any) -> Any:
        counted[feed] += len(ids)
        return fetch(feed, ids)

    service.fetch = counting  # type: ignore[method-assign]
    return counted


# ------------------------------------------------------------------ several


def test_a_selection_is_one_run_and_leaves_the_others(busy: Harness) -> None:
    report = busy.run(approve=False, records=named(busy, "Firms", 0, 1))
    assert report.state == "done"
    assert writes(busy)[XERO] == 2
    assert in_step(busy) == 3 + 2  # a fetch has linked what was sure
    assert len(busy.store.runs(5)) == 2


def test_one_of_a_selection_that_is_gone_does_not_stop_the_others(busy: Harness) -> None:
    first, second = named(busy, "Firms", 0, 1)
    busy.side[ZOHO].delete("Firms", first[1])
    report = busy.run(approve=False, records=(first, second))
    assert report.state == "done"
    assert report.counts["firm"] == {"skipped zoho": 1, "created xero": 1, "updated zoho": 1}
    told = {entry.zoho_id: entry.reason for entry in busy.store.entries() if entry.outcome == "skipped"}
    assert told == {first[1]: "not_there"}


def test_a_selection_has_an_end(busy: Harness) -> None:
    with pytest.raises(BadInput, match="At most 100"):
        busy.run(records=tuple(("firm", f"z{n}") for n in range(101)))
    assert writes(busy) == {ZOHO: 0, XERO: 0}


def test_a_selection_replaces_its_own_holds_alone(busy: Harness) -> None:
    for n in (0, 1):
        busy.side[ZOHO].create("Firms", firm(f"firm {n}"))
    busy.run(observe_only=True)
    before = {row.where for row in busy.store.holds()}
    busy.run(records=named(busy, "Firms", 0, 2))
    assert {row.where for row in busy.store.holds()} == before


# ------------------------------------------------------------------ unticked


def test_an_unticked_record_that_is_pressed_with_tick_is_created_and_ticked(h: Harness) -> None:
    row = h.side[ZOHO].create("Firms", firm("ada", ticked=False))
    h.run(observe_only=True)
    assert row is not None
    h.run(record=("firm", row.id))
    assert writes(h) == {ZOHO: 0, XERO: 0}
    report = h.run(approve=False, record=("firm", row.id), tick=True)
    assert report.state == "done"
    assert [party.body["name"] for party in h.side[XERO].live("Parties")] == ["ada"]
    there = h.side[ZOHO].feeds["Firms"][row.id].body
    assert there["ticked"] is True
    assert there["twin_id"] == h.side[XERO].live("Parties")[0].id
    h.settle()


def test_an_unticked_record_that_exists_there_is_linked_and_ticked(h: Harness) -> None:
    row = h.side[ZOHO].create("Firms", firm("ada", ticked=False))
    h.side[XERO].create("Parties", firm("ada"))
    h.run(observe_only=True)
    assert row is not None
    h.run(approve=False, record=("firm", row.id), tick=True)
    assert len(h.side[XERO].live("Parties")) == 1
    assert h.side[ZOHO].feeds["Firms"][row.id].body["ticked"] is True
    assert in_step(h) == 1


def test_a_linked_record_that_was_unticked_is_ticked_again(shop: Harness) -> None:
    row = shop.side[ZOHO].live("Firms")[0]
    shop.side[ZOHO].edit("Firms", row.id, ticked=False, phone="22")
    shop.run(approve=False, record=("firm", row.id), tick=True)
    assert shop.side[ZOHO].feeds["Firms"][row.id].body["ticked"] is True
    assert shop.side[XERO].live("Parties")[0].body["phone"] == "22"


# ------------------------------------------------------------------ what is read


def test_parents_in_step_are_not_read(shop: Harness) -> None:
    row = shop.side[ZOHO].create("Orders", order(shop, "n1", 2))
    assert row is not None
    zoho, xero = reads(shop, ZOHO), reads(shop, XERO)
    assert shop.run(approve=False, record=("order", row.id)).state == "done"
    assert dict(zoho) == {"Orders": 1}
    assert dict(xero) == {}
    assert in_step(shop, "order") == 1


def test_a_parent_that_changed_is_read_and_brought_along(shop: Harness) -> None:
    row = shop.side[ZOHO].create("Orders", order(shop, "n1", 2))
    assert row is not None
    shop.edit(ZOHO, "firm", 0, "phone", "22")
    shop.world.second += QUIET
    shop.run(observe_only=True)
    zoho = reads(shop, ZOHO)
    shop.run(approve=False, record=("order", row.id))
    assert zoho["Firms"] == 1
    assert shop.side[XERO].live("Parties")[0].body["phone"] == "22"


# ------------------------------------------------------------------ what was refused


def test_a_press_tries_again_what_a_service_refused(busy: Harness) -> None:
    (wanted,) = named(busy, "Firms", 0)
    busy.side[XERO].refuse = lambda _id: True
    busy.run(approve=False, record=wanted)
    assert [hold.reason for hold in busy.store.holds() if hold.where[2] == wanted[1]] == ["invalid"]
    busy.side[XERO].refuse = lambda _id: False
    busy.run(record=wanted, trigger="signal")
    assert writes(busy)[XERO] == 0
    assert busy.run(approve=False, record=wanted).state == "done"
    assert writes(busy)[XERO] == 1
    assert not [hold for hold in busy.store.holds() if hold.where[2] == wanted[1]]


def test_the_parents_of_what_was_refused_are_read(shop: Harness) -> None:
    """One that was archived an hour ago may be the reason."""
    row = shop.side[ZOHO].create("Orders", order(shop, "n1", 2))
    assert row is not None
    party = shop.side[XERO].live("Parties")[0]
    shop.side[XERO].delete("Parties", party.id)
    shop.side[XERO].refuse = lambda _id: True
    xero = reads(shop, XERO)
    shop.run(approve=False, record=("order", row.id))
    assert xero["Parties"] == 1
    assert not shop.store.by_id("firm", XERO, [party.id])[0].live
