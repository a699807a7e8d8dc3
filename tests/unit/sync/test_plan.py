"""What a plan decides about records that are new: one situation, one sentence."""

from __future__ import annotations

from typing import Any

import pytest

from extension.sync.actions import Create
from extension.sync.canonical import XERO, ZOHO, Placeholder
from extension.sync.judge import rejection_digest
from extension.sync.ports import Rejection
from tests.unit.sync.samples import DAY, NOW, Desk

OLD = NOW - 400 * DAY


@pytest.fixture
def desk() -> Desk:
    return Desk()


# ------------------------------------------------------------------ new records


def test_only_here_is_created_there(desk: Desk) -> None:
    desk.zoho("firm", "z1", "ada")
    desk.xero("firm", "x2", "bob")
    assert desk.tell() == ["create firm x2 in zoho", "create firm z1 in xero"]


def test_one_on_each_side_is_adopted(desk: Desk) -> None:
    desk.zoho("firm", "z1")
    desk.xero("firm", "x1")
    assert desk.tell() == ["adopt firm z1 x1 by key"]


def test_an_adoption_shows_its_first_merge(desk: Desk) -> None:
    desk.zoho("firm", "z1", fields={"phone": None})
    desk.xero("firm", "x1", fields={"phone": "22"})
    (adopt,) = desk.plan().actions
    assert adopt.kind == "adopt"
    assert adopt.patch[ZOHO] == {"phone": "22", "twin_id": "x1"}


def test_what_is_not_ticked_is_left_alone(desk: Desk) -> None:
    desk.zoho("firm", "z1", state="out_of_scope")
    assert desk.tell() == []


def test_what_is_born_by_nobodys_wish_is_left_alone(desk: Desk) -> None:
    desk.xero("firm", "x1", births=False)
    assert desk.tell() == []


@pytest.mark.parametrize(("mode", "then"), [("zoho-to-xero", "create firm z1 in xero"), ("xero-to-zoho", "skip")])
def test_a_one_way_run_creates_in_its_direction_only(desk: Desk, mode: str, then: str) -> None:
    desk.zoho("firm", "z1")
    assert desk.tell(mode=mode) == [then if then != "skip" else "skip firm z1: direction"]


def test_a_record_without_its_key_is_held(desk: Desk) -> None:
    desk.zoho("item", "z1", None)
    assert desk.tell() == ["hold item z1: no_key"]


# ------------------------------------------------------------------ start date and window


def test_what_is_older_than_the_start_date_is_parked() -> None:
    desk = Desk(start_date=NOW - DAY)
    desk.zoho("firm", "z1", "ada", modified=OLD)
    assert desk.tell() == ["skip firm z1: before_start and park"]


def test_what_is_older_than_the_start_date_is_still_matched() -> None:
    desk = Desk(start_date=NOW - DAY)
    desk.zoho("firm", "z1", modified=OLD, fields={"phone": "1"})
    desk.xero("firm", "x1", modified=OLD, fields={"phone": "22"})
    (adopt,) = desk.plan().actions
    assert adopt.kind == "adopt"
    assert adopt.patch == {ZOHO: {"twin_id": "x1"}, XERO: {}}  # both stand as they are


def test_what_a_person_named_is_created_however_old_it_is() -> None:
    desk = Desk(start_date=NOW - DAY)
    old = desk.zoho("firm", "z1", modified=OLD)
    assert desk.tell(named=[old]) == ["create firm z1 in xero"]


def test_twins_from_before_the_start_are_nobodys_worry() -> None:
    desk = Desk(start_date=NOW - DAY)
    for id_ in ("z1", "z2"):
        desk.zoho("firm", id_, "ada", modified=OLD)
    assert desk.tell() == ["skip firm z1: before_start", "skip firm z2: before_start"]


def test_a_window_leaves_alone_what_lies_before_it(desk: Desk) -> None:
    desk.zoho("firm", "z1", "ada", modified=OLD)
    desk.zoho("firm", "z2", "bob")
    assert desk.tell(window_days=7) == ["create firm z2 in xero", "skip firm z1: outside_window"]


def test_a_window_holds_for_linked_records_unless_one_of_the_two_moved(desk: Desk) -> None:
    desk.both("firm", "1", "ada", modified=OLD)
    desk.both("firm", "2", "bob", modified=OLD)
    desk.edit(ZOHO, "firm", "z1", modified=OLD, phone="5")
    desk.edit(XERO, "firm", "x2", phone="5")
    assert desk.tell(window_days=7) == ["update firm z2: zoho phone=5", "skip firm z1: outside_window"]


# ------------------------------------------------------------------ parents


def test_parents_come_first_and_children_name_what_is_planned(desk: Desk) -> None:
    desk.zoho("order", "z9", "n1", firm="z1", items=["z5"])
    desk.zoho("item", "z5", "p1")
    desk.zoho("firm", "z1", "ada")
    plan = desk.plan()
    assert [a.entity for a in plan.actions] == ["firm", "item", "order"]
    order = plan.actions[-1]
    assert isinstance(order, Create)
    assert order.fields["firm"] == Placeholder("firm:zoho:z1")
    assert order.fields["lines"][0]["item"] == Placeholder("item:zoho:z5")


def test_what_approves_an_order_does_not_depend_on_whether_its_parent_is_linked(desk: Desk) -> None:
    desk.zoho("order", "z9", "n1", firm="z1")
    firm = desk.zoho("firm", "z1", "ada")
    before = desk.plan().actions[-1].digest
    desk.link(firm, desk.xero("firm", "x1", "ada"))
    (order,) = desk.plan().actions
    assert order.digest == before
    assert isinstance(order, Create)
    assert order.fields["firm"] == "x1"


def test_a_child_of_a_held_parent_waits(desk: Desk) -> None:
    desk.zoho("order", "z9", "n1", firm="z1")
    desk.zoho("firm", "z1", "ada")
    desk.zoho("firm", "z2", "ada")
    plan = desk.plan()
    assert {(h.id, h.reason) for h in plan.holds} == {("z1", "ambiguous"), ("z2", "ambiguous"), ("z9", "waiting")}
    assert plan.actions == ()
    (waits,) = [h for h in plan.holds if h.reason == "waiting"]
    assert "There are 2 records “ada” in the CRM." in waits.message


def test_a_child_of_a_parent_that_nobody_read_waits(desk: Desk) -> None:
    desk.zoho("order", "z9", "n1", firm="z404")
    assert desk.tell() == ["hold order z9: waiting"]


def test_an_order_pulls_its_unticked_parents_in(desk: Desk) -> None:
    desk.zoho("order", "z9", "n1", firm="z1", items=["z5"])
    desk.zoho("firm", "z1", "ada", state="out_of_scope")
    desk.zoho("item", "z5", "p1", births=False)
    assert desk.tell() == ["create firm z1 in xero", "create item z5 in xero", "create order z9 in xero"]


def test_an_order_pulls_old_parents_in() -> None:
    desk = Desk(start_date=NOW - DAY)
    desk.zoho("order", "z9", "n1", firm="z1")
    desk.zoho("firm", "z1", "ada", modified=OLD)
    assert desk.tell() == ["create firm z1 in xero", "create order z9 in xero"]


@pytest.mark.parametrize("changes", [{"state": "out_of_scope"}, {"modified": OLD}])
def test_an_order_that_does_not_travel_pulls_nobody_in(changes: dict[str, object]) -> None:
    desk = Desk(start_date=NOW - DAY)
    desk.zoho("order", "z9", "n1", firm="z1", **changes)
    desk.zoho("firm", "z1", "ada", state="out_of_scope")
    assert not desk.plan().actions


# ------------------------------------------------------------------ parts of a parent


def test_a_new_person_is_created_in_the_linked_parent(desk: Desk) -> None:
    desk.both("firm", "1")
    desk.zoho("person", "z7", "a@x", firm="z1")
    assert desk.tell() == ["create person z7 in xero in x1"]


def test_a_new_person_of_a_new_firm_waits_for_no_second_run(desk: Desk) -> None:
    desk.zoho("firm", "z1")
    desk.zoho("person", "z7", "a@x", firm="z1")
    assert desk.tell() == ["create firm z1 in xero", "create person z7 in xero in the new firm:zoho:z1"]


def test_people_are_matched_within_the_parent_that_is_adopted_just_now(desk: Desk) -> None:
    desk.zoho("firm", "z1")
    desk.xero("firm", "x1")
    desk.zoho("person", "z7", "a@x", firm="z1")
    desk.xero("person", "x1/0", "a@x", firm="x1")
    assert desk.tell() == ["adopt firm z1 x1 by key", "adopt person z7 x1/0 by key"]


def test_a_parent_that_is_full_takes_nobody_more(desk: Desk) -> None:
    """Three fit. Two are there, linked; of three new ones one finds a place."""
    desk.both("firm", "1")
    for n in "12":
        desk.link(
            desk.zoho("person", f"z1{n}", f"{n}@x", firm="z1"), desk.xero("person", f"x1/{n}", f"{n}@x", firm="x1")
        )
    for n in "345":
        desk.zoho("person", f"z1{n}", f"{n}@x", firm="z1")
    assert desk.tell() == [
        "create person z13 in xero in x1",
        "hold person z14: person_limit",
        "hold person z15: person_limit",
    ]


def test_a_new_parent_is_filled_only_as_far_as_it_holds(desk: Desk) -> None:
    desk.zoho("firm", "z1")
    for n in "1234":
        desk.zoho("person", f"z1{n}", f"{n}@x", firm="z1")
    plan = desk.plan()
    assert len(plan.actions) == 4
    assert [(h.id, h.reason) for h in plan.holds] == [("z14", "person_limit")]


@pytest.mark.parametrize("focused", [False, True])
def test_people_that_only_the_other_side_knows_count_too(desk: Desk, focused: bool) -> None:
    """Three unlinked people fill the Xero contact; a press of the button looks at one record only."""
    desk.both("firm", "1")
    for n in "123":
        desk.xero("person", f"x1/{n}", f"{n}@x", firm="x1", births=False)
    new = desk.zoho("person", "z14", "4@x", firm="z1")
    assert desk.tell(focus=[new] if focused else None) == ["hold person z14: person_limit"]


def test_the_people_of_a_company_that_stays_where_it_is_stay_too(desk: Desk) -> None:
    """A supplier without a document in the CRM, say: that is no reason to ask a person."""
    desk.xero("firm", "x1", births=False)
    desk.xero("person", "x1/0", "a@x", firm="x1")
    assert desk.tell() == ["skip person x1/0: parent_not_synchronised"]


def test_a_role_creates_nothing_for_a_row_that_another_entity_has_linked(desk: Desk) -> None:
    """One Xero contact is seen by two entities, and one of them is linked."""
    desk.both("firm", "1")
    desk.xero("item", "x1-as-item", "p1", feed="Parties", remote="x1")
    assert desk.tell() == ["skip item x1-as-item: linked_elsewhere"]


def test_an_unticked_parent_that_was_refused_is_not_tried_again(desk: Desk) -> None:
    """Only the order is new: the firm that it pulls in did not change since the service refused it."""
    firm = desk.zoho("firm", "z1", "ada", state="out_of_scope")
    desk.zoho("order", "z9", "n1", firm="z1")
    with desk.store.write(desk.epoch) as tx:
        tx.reject(Rejection(firm.where, rejection_digest(desk.snapshot(), 1, [firm]), "duplicate", "Taken."))
    assert desk.tell() == ["hold firm z1: duplicate", "hold order z9: waiting"]


# ------------------------------------------------------------------ how much work it is


class Looked(tuple[str, ...]):
    """Keys that count how often somebody looks at one of them."""

    looks = 0

    def __getitem__(self, place: Any) -> Any:
        Looked.looks += 1
        return super().__getitem__(place)


def test_twice_as_many_new_records_are_twice_the_work() -> None:
    """An import is planned anew whenever its minute's calls are used up: it must not grow with the square."""

    def looks(records: int) -> int:
        desk = Desk()
        for n in range(records):
            desk.zoho("firm", f"z{n}", f"firm {n}", keys=Looked((f"firm {n}",)))
        Looked.looks = 0
        assert len(desk.plan().actions) == records
        return Looked.looks

    assert 0 < looks(200) <= 2 * looks(100)
