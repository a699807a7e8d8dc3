"""What a plan reads: everything that its records are judged against, and not one record more than that."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from extension.sync.canonical import XERO, ZOHO
from extension.sync.snapshot import Loader, Snapshot
from tests.unit.sync.samples import Desk


def loaded(desk: Desk) -> set[str]:
    """Ids of the records that a plan would read."""
    return {where[2] for where in desk.snapshot().records}


@pytest.fixture
def desk() -> Desk:
    """Thirty firms in step, each with an order and two people."""
    desk = Desk()
    for n in range(30):
        desk.both("firm", str(n), f"firm {n}")
        desk.both("order", f"9{n}", f"order {n}", firm=f"z{n}")
        for mail in "ab":
            zoho = desk.zoho("person", f"z{n}{mail}", f"{mail}@{n}", firm=f"z{n}")
            desk.link(zoho, desk.xero("person", f"x{n}/{mail}", f"{mail}@{n}", firm=f"x{n}"))
    return desk


def test_nothing_changed_nothing_read(desk: Desk) -> None:
    assert loaded(desk) == set()


def test_a_changed_record_brings_its_twin(desk: Desk) -> None:
    desk.edit(ZOHO, "order", "z97", note="5")
    assert {"z97", "x97"} <= loaded(desk)


def test_a_changed_record_brings_whoever_shares_its_row(desk: Desk) -> None:
    """In Xero the people are parts of the firm's row: one write of it carries them all."""
    desk.edit(ZOHO, "firm", "z7", phone="5")
    assert loaded(desk) == {"z7", "x7", "x7/a", "x7/b", "z7a", "z7b"}


def test_a_changed_order_brings_its_firm_as_a_leaf(desk: Desk) -> None:
    """The firm and its twin translate the reference; its people and other orders are nobody's business."""
    desk.edit(ZOHO, "order", "z97", note="5")
    assert loaded(desk) == {"z97", "x97", "z7", "x7"}


def test_a_new_record_brings_whoever_holds_its_key(desk: Desk) -> None:
    desk.zoho("firm", "z99", "firm 7")
    assert loaded(desk) == {"z99", "z7", "x7"}


def test_a_new_record_brings_whom_its_stamp_names_and_who_names_it(desk: Desk) -> None:
    desk.zoho("firm", "z99", "new", stamp="x3")
    assert {"z99", "x3", "z3"} <= loaded(desk)
    desk.zoho("firm", "z98", "other", stamp="x77")
    desk.xero("firm", "x77", "none of these")
    assert {"z98", "x77"} <= loaded(desk)


def test_a_new_person_brings_the_siblings_on_both_sides(desk: Desk) -> None:
    """They count against what the parent can hold."""
    desk.zoho("person", "z7c", "c@7", firm="z7")
    assert loaded(desk) == {"z7c", "z7", "x7", "z7a", "z7b", "x7/a", "x7/b"}


def test_the_number_of_reads_does_not_grow_with_what_is_in_step(desk: Desk) -> None:
    desk.edit(ZOHO, "order", "z97", note="5")
    few, many = reads(desk), Desk()
    for n in range(300):
        many.both("firm", str(n), f"firm {n}")
        many.both("order", f"9{n}", f"order {n}", firm=f"z{n}")
    many.edit(ZOHO, "order", "z97", note="5")
    assert reads(many) <= few


def test_changes_are_read_in_batches(desk: Desk) -> None:
    """A reading per kind of question and round, not per record."""
    for n in range(30):
        desk.edit(ZOHO, "order", f"z9{n}", note="5")
    assert reads(desk) < 30


def reads(desk: Desk) -> int:
    """How often a loader asks the store."""
    asked: Counter[str] = Counter()

    class Counting:
        def __getattr__(self, name: str) -> Any:
            asked[name] += 1
            return getattr(desk.store, name)

    names = [e.name for e in desk.toy.entities]
    Loader(Counting(), desk.toy).load(names)  # it answers as the store does
    return asked.total()


# ------------------------------------------------------------------ look-ups


def test_a_live_record_beats_a_gone_one_of_the_same_handle() -> None:
    """Xero items are named by their code: a new item may carry the code of a deleted one."""
    desk = Desk()
    desk.xero("item", "x1", "p1", handle="p1", state="gone")
    desk.xero("item", "x2", "p1", handle="p1")
    desk.xero("order", "x9", "n1", items=["p1"])
    found = desk.snapshot().by_handle("item", XERO, "p1")
    assert found is not None
    assert found.id == "x2"


@pytest.mark.parametrize("live_first", [True, False])
def test_a_live_link_beats_an_ended_one_of_the_same_record(live_first: bool) -> None:
    desk = Desk()
    zoho, old, new = desk.zoho("firm", "z1"), desk.xero("firm", "x1"), desk.xero("firm", "x2")
    for twin, state in ((new, "live"), (old, "unlinked")) if live_first else ((old, "unlinked"), (new, "live")):
        desk.link(zoho, twin, state=state)
    desk.edit(ZOHO, "firm", "z1", phone="5")
    link = desk.snapshot().live_link(zoho.where)
    assert link is not None
    assert link.ids[XERO] == "x2"


@pytest.mark.parametrize("turned", [False, True])
def test_of_several_that_go_by_a_name_it_is_always_the_same(desk: Desk, *, turned: bool) -> None:
    """A live one, then a linked one, then the first: else an order waits in one run and travels in the next."""
    held, linked, gone = (replace(desk.xero("item", id_, "p2"), handle="p2") for id_ in ("x1", "x2", "x0"))
    pair = desk.both("item", "7", "p7")
    snap = Snapshot()
    snap.add_link(replace(pair, ids={ZOHO: "z2", XERO: "x2"}))
    several = [held, linked, replace(gone, state="gone")]
    for record in reversed(several) if turned else several:
        snap.add(record)
    assert snap.by_handle("item", XERO, "p2") == linked
    snap.link_of.clear()
    assert snap.by_handle("item", XERO, "p2") == held
    assert snap.by_handle("item", XERO, "p3") is None
