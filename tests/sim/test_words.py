"""What people decide, through the engine and back: it is followed once, used up with its write, and loses nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from extension.sync.canonical import SIDES, XERO, ZOHO, Side
from extension.sync.ports import Decision
from tests.sim.harness import FEED, QUIET, Harness, Ways
from tests.sim.scenes import decide, firm, in_step, lines, order, retype, writes
from tests.sim.service import Habits


def notes(h: Harness, kind: str = "firm") -> list[Any]:
    return [h.side[s].live(FEED[kind][s])[0].body["note"] for s in SIDES]


@pytest.fixture
def torn() -> Harness:
    """One firm whose note was changed on both sides; a person decides."""
    return make_torn()


def make_torn(**xero: Any) -> Harness:
    h = Harness(Ways(xero=Habits(**xero), ask=True))
    h.side[ZOHO].create("Firms", firm("ada"))
    h.settle()
    h.edit(ZOHO, "firm", 0, "note", "1")
    h.edit(XERO, "firm", 0, "note", "22")
    h.world.second += QUIET
    return h


# ------------------------------------------------------------------ take


def test_a_conflict_waits_for_a_person(torn: Harness) -> None:
    report = torn.run()
    assert [(hold.reason, hold.field) for hold in report.holds] == [("conflict", "note")]
    (held,) = torn.store.holds()
    assert held.values == {"note": ("1", "22")}
    assert notes(torn) == ["1", "22"]


@pytest.mark.parametrize("field", ["note", "*"])
@pytest.mark.parametrize(("side", "wins", "loses"), [(ZOHO, "1", "22"), (XERO, "22", "1")])
def test_one_side_is_taken_once(torn: Harness, side: Side, wins: str, loses: str, field: str) -> None:
    torn.run()
    decide(torn, "take", "firm", "z0001", field=field, takes=side)
    torn.settle()
    assert notes(torn) == [wins, wins]
    assert torn.store.decisions() == []
    (told,) = [entry for entry in torn.store.entries() if "note!lost" in entry.changes]
    assert told.changes["note!lost"] == [XERO if side == ZOHO else ZOHO, loses]
    torn.edit(ZOHO, "firm", 0, "note", "abcdefgh")
    torn.edit(XERO, "firm", 0, "note", "abcdeXYZ")
    torn.world.second += QUIET
    assert [hold.reason for hold in torn.run().holds] == ["conflict"], "the next conflict is another question"


@pytest.mark.parametrize("fault", ["lost", "crash_after", "lost_before", "crash_before", "refused", "throttled"])
@pytest.mark.parametrize("looked", [False, True])
def test_what_was_written_over_is_told_whatever_became_of_the_answer(torn: Harness, fault: str, looked: bool) -> None:
    torn.run()
    decide(torn, "take", "firm", "z0001", field="note", takes=ZOHO)
    torn.rough({("update", 1): fault}, 0)
    if looked:  # somebody looks in between: what we wrote is what is seen
        torn.world.second += QUIET
        torn.run(dry_run=True)
    torn.settle()
    assert notes(torn) == ["1", "1"]
    assert [entry.changes["note!lost"] for entry in torn.store.entries() if "note!lost" in entry.changes] == [
        [XERO, "22"]
    ]
    assert torn.store.decisions() == []


@pytest.mark.parametrize("place", ["crash_before", "crash_after"])
@pytest.mark.parametrize("nth", range(1, 12))
def test_a_word_is_never_half_used(nth: int, place: str) -> None:
    """The process dies at any commit: either the word and the conflict stand, or neither."""
    torn = make_torn()
    torn.run()
    decide(torn, "take", "firm", "z0001", field="note", takes=XERO)
    torn.rough({("commit", nth): place}, 0)
    torn.settle()
    assert notes(torn) == ["22", "22"]
    assert torn.store.decisions() == []


@pytest.mark.parametrize(("side", "then"), [(ZOHO, []), (XERO, [("pen", 9)])])
def test_a_line_that_was_removed_here_and_edited_there(side: Side, then: list[Any]) -> None:
    h = Harness(Ways())
    h.side[ZOHO].create("Firms", firm("ada"))
    h.side[ZOHO].create("Goods", {"code": "pen", "note": None, "ticked": True, "twin_id": None})
    mine = h.side[ZOHO].create("Orders", order(h, "n1", 2))
    assert mine is not None
    h.settle()
    h.side[ZOHO].edit("Orders", mine.id, lines=[])
    retype(h, XERO, 0, quantity=Decimal(9))
    assert [hold.field for hold in h.run().holds] == ["lines"]
    decide(h, "take", "order", mine.id, field="lines", takes=side)
    h.settle()
    assert [lines(h, s) for s in SIDES] == [then, then]
    assert [entry.side for entry in h.store.entries() if "lines!lost" in entry.changes] == [
        XERO if side == ZOHO else ZOHO
    ]
    assert h.store.decisions() == []


def test_a_word_about_what_is_no_conflict_any_more_is_forgotten(torn: Harness) -> None:
    torn.run()
    decide(torn, "take", "firm", "z0001", field="note", takes=ZOHO)
    torn.edit(XERO, "firm", 0, "note", "1")
    torn.settle()
    assert notes(torn) == ["1", "1"]
    assert torn.store.decisions() == []
    torn.edit(XERO, "firm", 0, "note", "abcdefgh")
    torn.settle()
    assert notes(torn) == ["abcdefgh", "abcdefgh"]


def test_a_dry_run_uses_no_word_up(torn: Harness) -> None:
    torn.run()
    decide(torn, "take", "firm", "z0001", field="note", takes=ZOHO)
    decide(torn, "create", "firm", "z0001")
    before = torn.store.decisions()
    report = torn.run(dry_run=True)
    assert [action.kind for action in report.plan.actions] == ["update"]
    assert torn.store.decisions() == before


# ------------------------------------------------------------------ create


@pytest.mark.parametrize("unique", [False, True])
@pytest.mark.parametrize("fault", [None, "lost", "lost_before", "crash_after", "crash_before"])
@pytest.mark.parametrize("key_seconds", [0, 900])
def test_what_looks_like_it_is_left_alone(unique: bool, fault: str | None, key_seconds: int) -> None:
    h = Harness(Ways(xero=Habits(unique=False, key_seconds=key_seconds), zoho=Habits(unique=unique)))
    for n in (1, 2):
        h.side[XERO].create("Parties", firm("ada", note=str(n)))
    h.side[ZOHO].create("Firms", firm("ada", note="22"))
    h.settle()
    assert in_step(h) == 0
    decide(h, "create", "firm", "z0001")
    h.rough({("create", 1): fault} if fault else {}, 0)
    h.settle()
    assert in_step(h) == 1
    assert sorted(str(row.body["note"]) for row in h.side[XERO].live("Parties")) == ["1", "2", "22"]
    assert h.store.decisions() == []


@pytest.mark.parametrize("fault", ["lost", "lost_before", "crash_after"])
def test_what_was_there_before_is_not_taken_for_what_was_made(fault: str) -> None:
    """Three of the CRM and one of Xero have one name: whose is it? A person wants the first made once more."""
    h = Harness(Ways(xero=Habits(unique=False)))
    for note in ("1", "2", "22"):
        h.side[ZOHO].create("Firms", firm("ada", note=note))
    h.side[XERO].create("Parties", firm("ada", note="1"))
    h.settle()
    decide(h, "create", "firm", "z0001")
    h.rough({("create", 1): fault}, 0)
    h.settle()
    (link,) = [link for link in h.links("firm") if link.ids[ZOHO] == "z0001"]
    assert link.ids[XERO] != "x0001"


def test_a_name_that_is_taken_is_refused_and_said_once() -> None:
    h = Harness(Ways())
    h.side[ZOHO].create("Firms", firm("ada"))
    h.side[ZOHO].create("Firms", firm("ada"))
    h.side[XERO].create("Parties", firm("ada"))
    h.settle()
    decide(h, "create", "firm", "z0001")
    h.world.second += QUIET
    h.run()
    before = h.world.total["create"]
    h.world.second += QUIET
    h.run()
    assert h.world.total["create"] == before, "it is not tried again and again"
    assert ("firm", ZOHO, "z0001") in [hold.where for hold in h.store.holds()]


# ------------------------------------------------------------------ gone: put away, or made anew


def left(h: Harness) -> str:
    """An order that was deleted in the CRM; its twin in Xero waits for a person."""
    h.side[ZOHO].create("Firms", firm("ada"))
    h.side[ZOHO].create("Orders", order(h, "n1"))
    h.settle()
    h.delete(ZOHO, "order", 0)
    h.world.second += QUIET
    (hold,) = h.run().holds
    assert hold.reason == "gone"
    return hold.id


@pytest.mark.parametrize("fault", [None, "lost", "crash_after", "lost_before"])
def test_the_other_is_put_away(fault: str | None) -> None:
    h = Harness(Ways(retire="ask"))
    decide(h, "retire", "order", left(h))
    h.rough({("retire", 1): fault} if fault else {}, 0)
    h.settle()
    assert [len(h.side[s].live(FEED["order"][s])) for s in SIDES] == [0, 0]
    assert h.store.decisions() == []


@pytest.mark.parametrize("fault", [None, "lost", "crash_after", "lost_before"])
def test_it_is_made_anew(fault: str | None) -> None:
    h = Harness(Ways(retire="ask"))
    decide(h, "recreate", "order", left(h))
    h.rough({("create", 1): fault} if fault else {}, 0)
    h.settle()
    assert [len(h.side[s].live(FEED["order"][s])) for s in SIDES] == [1, 1]
    assert in_step(h, "order") == 1
    assert h.store.decisions() == []
    h.delete(ZOHO, "order", 0)
    h.world.second += QUIET
    assert [hold.reason for hold in h.run().holds] == ["gone"], "the next deletion is another question"


def test_what_was_marked_is_looked_at_once() -> None:
    h = Harness(Ways(retire="mark"))
    h.side[ZOHO].create("Firms", firm("ada"))
    h.side[ZOHO].create("Orders", order(h, "n1"))
    h.settle()
    before = writes(h)
    h.delete(ZOHO, "order", 0)
    h.settle()
    assert writes(h)[XERO] == before[XERO] + 1
    assert [r.id for batch in h.store.dirty("order") for r in batch] == []


# ------------------------------------------------------------------ link


def test_a_pair_that_nobody_could_find_is_linked() -> None:
    h = Harness(Ways())
    h.side[ZOHO].create("Firms", firm("ada"))
    h.side[XERO].create("Parties", firm("bob"))
    h.run(observe_only=True)
    decide(h, "link", "firm", "z0001", "x0001")
    h.settle()
    assert in_step(h) == 1
    assert [len(h.side[s].live(FEED["firm"][s])) for s in SIDES] == [1, 1]
    assert h.store.decisions() == []


def test_a_word_is_heard_by_the_run_under_way(torn: Harness) -> None:
    """It is said while the run reads: its plan follows it."""
    torn.run()
    torn.world.second += QUIET
    torn.world.seen.clear()

    def say() -> None:
        torn.store._tx.decide(Decision("take", ("firm", ZOHO, "z0001"), field="note", takes=ZOHO))

    torn.world.script = {("page", 3, "meddle"): say}
    assert torn.run().state == "done"
    assert notes(torn) == ["1", "1"]
