"""What a plan decides about records that are linked: edits, deletions, restorings, and what stays as it is."""

from __future__ import annotations

import pytest

from extension.sync.actions import Update
from extension.sync.canonical import SIDES, XERO, ZOHO, Side
from extension.sync.judge import rejection_digest
from extension.sync.ports import ANY_CONTENT, Decision, Rejection
from extension.sync.settle import rejection_digest_of
from tests.unit.sync.samples import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_nothing_moved_nothing_planned(desk: Desk) -> None:
    desk.both("firm", "1")
    assert desk.tell() == []


@pytest.mark.parametrize(("side", "then"), [(ZOHO, "xero"), (XERO, "zoho")])
def test_an_edit_travels(desk: Desk, side: Side, then: str) -> None:
    desk.both("firm", "1")
    desk.edit(side, "firm", f"{side[0]}1", phone="5")
    assert desk.tell() == [f"update firm z1: {then} phone=5"]


def test_a_linked_record_that_is_not_ticked_any_more_is_frozen(desk: Desk) -> None:
    desk.link(desk.zoho("firm", "z1", state="out_of_scope"), desk.xero("firm", "x1"))
    desk.edit(XERO, "firm", "x1", phone="5")
    assert desk.tell() == ["skip firm z1: not_ticked"]


def test_the_first_time_in_step_is_remembered(desk: Desk) -> None:
    """Until then, what the link brings counts as part of what created it."""
    desk.link(desk.zoho("firm", "z1"), desk.xero("firm", "x1"), settled=False)
    assert desk.tell() == ["update firm z1: settled"]


def test_a_held_field_does_not_hold_the_others_back(desk: Desk) -> None:
    desk.both("order", "9", "n1")
    desk.edit(ZOHO, "order", "z9", firm="z404", note="new")
    assert desk.tell() == ["update order z9: xero note=new", "hold order z9: waiting (firm)"]


def test_what_a_one_way_run_keeps_back_is_a_skip_and_no_work(desk: Desk) -> None:
    desk.both("firm", "1")
    desk.edit(XERO, "firm", "x1", phone="5")
    assert desk.tell(mode="zoho-to-xero") == ["skip firm z1: direction"]


def test_lines_removed_against_the_direction_of_a_run_are_removed_by_the_next_run_both_ways(desk: Desk) -> None:
    """What is kept back moves nothing, the pairs of lines included: else the line would come back as a new one."""
    pairs = (("zoho 0", "xero 0"), ("zoho 1", "xero 1"))
    for n in "12":
        desk.both("item", n, f"p{n}")
    zoho = desk.zoho("order", "z9", "n1", items=["z1", "z2"])
    xero = desk.xero("order", "x9", "n1", items=["x1", "x2"])
    desk.link(zoho, xero, pairs=pairs)
    desk.edit(ZOHO, "order", "z9", lines=zoho.fields["lines"][:1])
    assert desk.tell(mode="xero-to-zoho") == ["skip order z9: direction"]
    (update,) = desk.plan().actions
    assert isinstance(update, Update)
    assert [line["id"] for line in update.patch[XERO]["lines"]] == ["xero 0"]
    assert not update.patch[ZOHO]


# ------------------------------------------------------------------ gone


@pytest.mark.parametrize(
    ("retire", "edited", "then"),
    [
        ("ask", False, "hold firm z1: gone"),
        ("ask", True, "hold firm z1: gone_edited"),
        ("archive", False, "archive firm z1 in zoho"),
        ("void", False, "void firm z1 in zoho"),
        ("mark", False, "mark firm z1 in zoho"),
        ("archive", True, "detach firm z1: edited_after_delete"),
        ("ignore", False, "skip firm z1: gone_ignored"),
        ("ignore", True, "skip firm z1: gone_ignored"),
    ],
)
def test_gone_in_xero(retire: str, edited: bool, then: str) -> None:
    desk = Desk(retire=retire)
    desk.both("firm", "1")
    if edited:
        desk.edit(ZOHO, "firm", "z1", phone="5")
    desk.gone(XERO, "firm", "x1")
    assert desk.tell() == [then]


def test_a_document_is_never_created_anew_by_itself() -> None:
    desk = Desk(retire="archive")
    desk.both("order", "9", "n1")
    desk.edit(ZOHO, "order", "z9", note="5")
    desk.gone(XERO, "order", "x9")
    assert desk.tell() == ["hold order z9: gone_edited"]


def test_a_document_that_was_cancelled_here_and_deleted_there_came_to_the_same_end() -> None:
    desk = Desk(retire="ask")
    desk.both("order", "9", "n1", births=False)
    desk.gone(XERO, "order", "x9")
    assert desk.tell() == ["forget order z9"]


@pytest.mark.parametrize("edited", [False, True])
def test_a_person_may_keep_it_unlinked(edited: bool) -> None:
    desk = Desk(retire="ask")
    desk.both("firm", "1")
    if edited:
        desk.edit(ZOHO, "firm", "z1", phone="5")
    desk.gone(XERO, "firm", "x1")
    with desk.store.write(desk.epoch) as tx:
        tx.decide(Decision("keep", ("firm", ZOHO, "z1")))
    assert desk.tell() == ["detach firm z1: kept"]


def test_a_one_way_run_retires_in_its_direction_only(desk: Desk) -> None:
    desk.both("firm", "1")
    desk.gone(XERO, "firm", "x1")
    assert desk.tell(mode="zoho-to-xero") == ["skip firm z1: direction"]


def test_gone_on_both_sides_is_forgotten(desk: Desk) -> None:
    desk.both("firm", "1")
    for side in SIDES:
        desk.gone(side, "firm", f"{side[0]}1")
    assert desk.tell() == ["forget firm z1"]


@pytest.mark.parametrize(
    ("retire", "alive", "then"),
    [
        ("archive", SIDES, ["detach firm z1: restored"]),
        ("archive", (ZOHO,), ["detach firm z1: restored"]),
        ("mark", SIDES, ["detach firm z1: restored"]),
        ("mark", (ZOHO,), ["skip firm z1: put_away and park"]),  # what was marked stays visible: that is no restoring
    ],
)
def test_a_retired_record_that_lives_again(retire: str, alive: tuple[Side, ...], then: list[str]) -> None:
    desk = Desk(retire=retire)
    desk.link(desk.zoho("firm", "z1"), desk.xero("firm", "x1"), state="retired")
    for side in SIDES:
        if side not in alive:
            desk.gone(side, "firm", f"{side[0]}1")
    assert desk.tell() == then


@pytest.mark.parametrize(
    ("kind", "side", "words"),
    [
        ("firm", ZOHO, "“ada” was deleted or merged in the CRM and is unchanged here."),
        ("firm", XERO, "“ada” was deleted, archived or merged in Xero and is unchanged here."),
        ("order", XERO, "“ada” was deleted in Xero and is unchanged here."),
    ],
)
def test_a_hold_says_what_may_have_happened_there(kind: str, side: Side, words: str) -> None:
    desk = Desk(retire="ask")
    desk.both(kind, "1")
    desk.gone(side, kind, f"{side[0]}1")
    assert [hold.message for hold in desk.plan().holds] == [words]


# ------------------------------------------------------------------ mapping version, rejections


def test_a_view_of_an_older_mapping_is_left_alone() -> None:
    desk = Desk(version=2)
    desk.both("firm", "1", "ada", version=1)
    desk.zoho("firm", "z2", "bob", version=1)
    assert desk.tell() == ["skip firm z1: mapping_changing", "skip firm z2: mapping_changing"]


def test_a_link_takes_the_new_version_in_silence_when_nothing_differs() -> None:
    desk = Desk(version=2)
    desk.link(desk.zoho("firm", "z1"), desk.xero("firm", "x1"), version=1)
    assert desk.tell() == ["update firm z1: bases"]


def test_what_was_refused_is_held_until_it_changes(desk: Desk) -> None:
    firm = desk.zoho("firm", "z1")
    digest = rejection_digest(desk.snapshot(), 1, [firm])
    with desk.store.write(desk.epoch) as tx:
        tx.reject(Rejection(firm.where, digest, "invalid", "Xero does not like it."))
    assert desk.tell() == ["hold firm z1: invalid"]
    desk.edit(ZOHO, "firm", "z1", phone="5")
    assert desk.tell() == ["create firm z1 in xero"]


def test_what_was_refused_stays_held_though_something_it_refers_to_is_gone(desk: Desk) -> None:
    desk.zoho("item", "z9")
    desk.gone(ZOHO, "item", "z9")
    paper = desk.zoho("order", "z1", items=["z9"])
    spoken = rejection_digest(desk.snapshot(), 1, [paper])
    assert spoken == rejection_digest_of(desk.store, 1, [paper]), "the planner and the writer say the same"


def test_an_edit_in_xero_that_the_crm_refused_is_held_though_only_xeros_record_changed(desk: Desk) -> None:
    desk.both("firm", "1")
    desk.edit(XERO, "firm", "x1", phone="by the bell")
    pair = [desk.store.by_id("firm", side, [f"{side[0]}1"])[0] for side in SIDES]
    with desk.store.write(desk.epoch) as tx:
        tx.reject(Rejection(pair[0].where, rejection_digest_of(desk.store, 1, pair), "invalid", "The CRM dislikes it."))
    assert desk.tell() == ["hold firm z1: invalid"]


def test_a_doubt_is_lifted_by_a_person_only(desk: Desk) -> None:
    """What an interrupted run may have created: an edit of the record says nothing about that."""
    firm = desk.zoho("firm", "z1")
    with desk.store.write(desk.epoch) as tx:
        tx.reject(Rejection(firm.where, ANY_CONTENT, "ambiguous", "Several look like it."))
    desk.edit(ZOHO, "firm", "z1", phone="5")
    assert desk.tell() == ["hold firm z1: ambiguous"]
    with desk.store.write(desk.epoch) as tx:
        tx.forgive([firm.where])
    assert desk.tell() == ["create firm z1 in xero"]
