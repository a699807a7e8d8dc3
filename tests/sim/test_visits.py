"""A press is served while a long run holds the lease: between two of its batches, wherever that is.

What the visitor settles, the host finds settled; what the host prepared before is prepared anew.
"""

from __future__ import annotations

from typing import Any

import pytest

from extension.sync import observe
from extension.sync.canonical import XERO, ZOHO
from extension.sync.errors import Busy
from tests.sim.harness import QUIET, Harness, Ways
from tests.sim.scenes import company, firm, in_step, order, writes
from tests.sim.world import Crash

PLACES = range(1, 24)


@pytest.fixture
def busy() -> Harness:
    found = company()
    found.run(observe_only=True)
    found.side[ZOHO].create("Goods", {"code": "p1", "note": None, "ticked": True, "twin_id": None})
    for n in range(3):
        found.side[ZOHO].create("Orders", order(found, f"n{n}", 2))
    found.world.second += QUIET
    return found


def visited(h: Harness, place: int, feed: str = "Firms", kind: str = "firm", n: int = 2, **scope: Any) -> list[Any]:
    """A whole run in which somebody presses the button of one record at this place."""
    reports: list[Any] = []
    wanted = h.side[ZOHO].live(feed)[n].id
    h.world.script = {("between", place): lambda: reports.append(h.visit(record=(kind, wanted), **scope))}
    reports.append(h.run())
    h.world.script.clear()
    return reports


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("feed", "kind"), [("Firms", "firm"), ("Orders", "order")])
def test_it_is_served_at_any_place_and_nothing_is_done_twice(busy: Harness, feed: str, kind: str, place: int) -> None:
    reports = visited(busy, place, feed, kind)
    if len(reports) == 1:
        assert place > 10, "a run serves others while it reads and while it writes"
        return
    visit, host = reports
    assert (visit.state, host.state) == ("done", "done")
    assert [run["state"] for run in busy.store.runs(2)] == ["done", "done"]
    busy.always()
    assert in_step(busy) == 9
    assert in_step(busy, "order") == 3
    whole = company()
    whole.side[ZOHO].create("Goods", {"code": "p1", "note": None, "ticked": True, "twin_id": None})
    for n in range(3):
        whole.side[ZOHO].create("Orders", order(whole, f"n{n}", 2))
    whole.settle()
    busy.settle()
    assert writes(busy)[XERO] == writes(whole)[XERO]


def test_the_host_is_still_running_while_it_serves(busy: Harness) -> None:
    seen: list[Any] = []
    wanted = busy.side[ZOHO].live("Firms")[0].id

    def press() -> None:
        seen.extend(run["state"] for run in busy.store.runs(1))
        busy.visit(record=("firm", wanted))
        seen.extend(run["state"] for run in busy.store.runs(2))

    busy.world.script = {("between", 1): press}
    busy.run()
    assert seen == ["running", "done", "running"]


def test_what_was_typed_while_the_host_reads_travels_at_once(busy: Harness) -> None:
    busy.settle()
    row = busy.side[ZOHO].live("Firms")[5]

    def press() -> None:
        busy.edit(ZOHO, "firm", 5, "phone", "news")
        assert busy.visit(record=("firm", row.id)).state == "done"
        assert [p.body.get("phone") for p in busy.side[XERO].live("Parties")].count("news") == 1

    busy.world.script = {("between", 1): press}
    before = writes(busy)[XERO]
    assert busy.run().state == "done"
    assert writes(busy)[XERO] == before + 1
    busy.settle()


def test_a_hold_that_the_visitor_settled_is_not_told_again(busy: Harness) -> None:
    """The host planned before, its plan held the record, and it is stopped before it plans again."""
    busy.side[ZOHO].create("Firms", firm("firm 0"))
    twin = busy.side[ZOHO].live("Firms")[-1]
    wanted = busy.side[ZOHO].live("Firms")[0].id

    def press() -> None:
        busy.side[ZOHO].edit("Firms", twin.id, name="firm apart")
        busy.visit(record=("firm", twin.id))
        busy.visit(record=("firm", wanted))
        press_soon(busy, "stopped")

    busy.world.script = {("create", 1, "meddle"): lambda: press_soon(busy, press)}
    assert busy.run().state == "cancelled"
    assert not [hold for hold in busy.store.holds() if hold.where[2] in (wanted, twin.id)]


def press_soon(h: Harness, press: Any) -> None:
    """At the next place between two batches."""
    h.world.script["between", h.world.seen["between"] + 1] = press


def test_a_lost_create_of_the_visitor_is_not_repeated_by_the_host(busy: Harness) -> None:
    """Its intent stays open, and the host's own plan wanted the same."""
    wanted = busy.side[ZOHO].live("Firms")[2].id

    def press() -> None:
        busy.world.script["create", busy.world.seen["create"] + 1] = "lost"
        busy.visit(record=("firm", wanted))

    busy.world.script = {("create", 1, "meddle"): lambda: press_soon(busy, press)}
    busy.run()
    busy.world.script.clear()
    busy.always()
    busy.settle()
    assert in_step(busy) == 9


@pytest.mark.parametrize("fault", ["crash_before", "crash_after"])
@pytest.mark.parametrize("op", ["create", "update", "commit", "fetch"])
def test_a_process_that_dies_while_it_serves(busy: Harness, op: str, fault: str) -> None:
    wanted = busy.side[ZOHO].live("Orders")[1].id

    def press() -> None:
        busy.world.script[op, busy.world.seen[op] + 1] = fault
        busy.visit(record=("order", wanted))

    busy.world.script = {("between", 9): press}
    with pytest.raises(Crash):
        busy.run()
    busy.world.script.clear()
    busy.world.second += 20
    busy.always()
    busy.settle()
    assert in_step(busy) == 9
    assert in_step(busy, "order") == 3


def test_a_visit_needs_a_host_at_a_place_between_batches(busy: Harness) -> None:
    busy.run()
    with pytest.raises(Busy):
        busy.visit(record=("firm", busy.side[ZOHO].live("Firms")[0].id))


def test_a_page_whose_rows_are_asked_for_one_by_one_lets_others_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """The CRM's lists carry no lines; a page of 200 documents is 200 calls."""
    monkeypatch.setattr(observe, "AT_ONCE", 1)
    h = Harness(Ways())
    h.side[ZOHO].create("Firms", firm("ada"))
    h.side[ZOHO].create("Goods", {"code": "p1", "note": None, "ticked": True, "twin_id": None})
    h.run(observe_only=True)
    for n in range(2):
        h.side[ZOHO].create("Orders", order(h, f"n{n}", 2))
    h.world.second += QUIET
    seen: list[int] = []
    h.world.script = {
        ("between", n): lambda: seen.append(
            len(h.store.by_id("order", ZOHO, [o.id for o in h.side[ZOHO].live("Orders")]))
        )
        for n in range(1, 20)
    }
    h.run(observe_only=True)
    assert 1 in seen
    assert seen[-1] == 2
