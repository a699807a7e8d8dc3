"""Who is who among records that are not linked: a person's word, then the stamp, then the keys, and never a guess."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from extension.sync.canonical import XERO, ZOHO, Side
from extension.sync.match import Matcher
from extension.sync.model import Record, Ref
from extension.sync.ports import Decision
from extension.sync.snapshot import Snapshot
from tests.unit.sync.samples import linked, rec


def z(id: str, *keys: str, **changes: Any) -> Record:
    """A record of the CRM with these natural keys, strongest first."""
    return _rec(ZOHO, f"z{id}", keys, changes)


def x(id: str, *keys: str, **changes: Any) -> Record:
    return _rec(XERO, f"x{id}", keys, changes)


def _rec(side: Side, id: str, keys: tuple[str, ...], changes: dict[str, Any]) -> Record:
    parent = changes.pop("of", None)
    scope = Ref("parent", parent) if parent else None
    return rec(side, id, "thing", keys=keys, title=keys[0] if keys else "", scope=scope, **changes)


def matched(
    *records: Record,
    links: list[tuple[str, str]] | None = None,
    decisions: list[Decision] | None = None,
    token: Callable[[Record], str | None] = lambda record: record.scope.handle if record.scope else "*",
) -> list[str]:
    """What a matcher finds, as sentences."""
    snap = Snapshot(decisions={d.where: d for d in decisions or []})
    for record in records:
        snap.add(record)
    for zoho, xero in links or []:
        snap.add_link(linked({}, {}, ids={ZOHO: zoho, XERO: xero}))
    found = Matcher(snap, "thing", lambda r: r.state == "active" and r.births, token).run()
    told = [f"{zoho.id} {xero.id} by {by}" for zoho, xero, by in found.pairs]
    told += [f"{where[2]} held: {hold.reason}" for where, hold in sorted(found.held.items(), reverse=True)]
    return told + [f"{record.id} alone" for record in reversed(found.alone)]


# ------------------------------------------------------------------ by key


@pytest.mark.parametrize(
    ("records", "then"),
    [
        ([z("1", "ada"), x("1", "ada")], ["z1 x1 by key"]),
        ([z("1", "ada"), x("1", "bob")], ["z1 alone", "x1 alone"]),
        ([z("1", "ada")], ["z1 alone"]),
        ([z("1"), x("1")], ["z1 alone", "x1 alone"]),  # nameless: nothing to match by
        ([z("1", "ada"), z("2", "ada")], ["z2 held: ambiguous", "z1 held: ambiguous"]),
        (
            [z("1", "ada"), x("1", "ada"), x("2", "ada")],
            ["z1 held: ambiguous", "x2 held: ambiguous", "x1 held: ambiguous"],
        ),
    ],
)
def test_one_on_each_side_is_a_pair_and_twins_are_held(records: list[Record], then: list[str]) -> None:
    assert matched(*records) == then


def test_a_gone_record_takes_no_part() -> None:
    assert matched(z("1", "ada"), x("1", "ada", state="gone")) == ["z1 alone"]


def test_a_key_that_a_linked_record_holds_is_never_created_again() -> None:
    assert matched(z("1", "ada"), x("1", "ada"), z("2", "ada"), links=[("z1", "x1")]) == ["z2 held: ambiguous"]


def test_a_key_that_was_paired_just_now_is_taken_too() -> None:
    """z1 and x1 are paired by their stamp; z2 has the same name."""
    records = [z("1", "ada", stamp="x1"), x("1", "ada"), z("2", "ada")]
    assert matched(*records) == ["z1 x1 by stamp", "z2 held: ambiguous"]


# ------------------------------------------------------------------ not ticked


def test_an_unticked_record_of_that_name_is_linked_by_ticking_it() -> None:
    assert matched(z("1", "ada", state="out_of_scope"), x("1", "ada")) == ["x1 held: exists_unticked"]


def test_an_unticked_record_holds_its_key_against_its_own_side() -> None:
    assert matched(z("1", "ada", state="out_of_scope"), z("2", "ada")) == ["z2 held: exists_unticked", "z1 alone"]


def test_two_unticked_ones_and_one_in_xero() -> None:
    unticked = [z(n, "ada", state="out_of_scope") for n in "12"]
    assert matched(*unticked, x("1", "ada"))[0] == "x1 held: exists_unticked"


def test_an_unticked_record_alone_asks_for_nothing() -> None:
    assert matched(z("1", "ada", state="out_of_scope")) == ["z1 alone"]  # the planner leaves alone what nobody wants


def test_records_that_are_not_born_by_themselves_are_paired_all_the_same() -> None:
    """A voided document in both systems is one document, though neither would be created."""
    assert matched(z("1", "n1", births=False), x("1", "n1", births=False)) == ["z1 x1 by key"]


# ------------------------------------------------------------------ weaker keys: an address, else a name


@pytest.mark.parametrize(
    ("records", "then"),
    [
        # both have an address: it decides, and the name does not matter
        ([z("1", "a@x", "ada"), x("1", "a@x", "adelaide")], ["z1 x1 by key"]),
        ([z("1", "a@x", "ada"), x("1", "a@x")], ["z1 x1 by key"]),  # even where one of them has no name
        # the same name and different addresses: a person decides
        ([z("1", "a@x", "ada"), x("1", "b@x", "ada")], ["z1 held: ambiguous", "x1 held: ambiguous"]),
        # one has no address: the name is all there is
        ([z("1", "a@x", "ada"), x("1", "ada")], ["z1 x1 by key"]),
        ([z("1", "ada"), x("1", "ada")], ["z1 x1 by key"]),
        # no address never means a duplicate
        ([z("1", "ada"), z("2", "bob")], ["z2 alone", "z1 alone"]),
        # two of a name with addresses and one without: only the one without is unsafe
        ([z("1", "a@x", "ada"), z("2", "b@x", "ada")], ["z2 alone", "z1 alone"]),
        (
            [z("1", "a@x", "ada"), z("2", "b@x", "ada"), x("1", "ada")],
            ["z2 held: ambiguous", "z1 held: ambiguous", "x1 held: ambiguous"],
        ),
        # the pair by address is made first; the namesake without one may be the same person
        ([z("1", "a@x", "ada"), x("1", "a@x", "ada"), x("2", "ada")], ["z1 x1 by key", "x2 held: ambiguous"]),
        # a namesake with an address of its own is somebody else
        ([z("1", "a@x", "ada"), x("1", "a@x", "ada"), x("2", "b@x", "ada")], ["z1 x1 by key", "x2 alone"]),
    ],
)
def test_contacts_with_and_without_an_address(records: list[Record], then: list[str]) -> None:
    assert matched(*records) == then


# ------------------------------------------------------------------ within one parent


def test_keys_count_within_one_parent() -> None:
    assert matched(z("1", "ada", of="p1"), x("1", "ada", of="p2")) == ["z1 alone", "x1 alone"]
    assert matched(z("1", "ada", of="p1"), x("1", "ada", of="p1")) == ["z1 x1 by key"]


def test_nobody_is_matched_in_a_parent_that_only_one_side_knows() -> None:
    assert matched(z("1", "ada", of="p1"), x("1", "ada", of="p1"), token=lambda record: None) == [
        "z1 alone",
        "x1 alone",
    ]


def test_the_same_key_in_another_parent_is_not_taken() -> None:
    records = [z("1", "ada", of="p1"), x("1", "ada", of="p1"), z("2", "ada", of="p2")]
    assert matched(*records, links=[("z1", "x1")]) == ["z2 alone"]


# ------------------------------------------------------------------ by stamp


def test_a_stamp_beats_a_name() -> None:
    assert matched(z("1", "ada", stamp="x1"), x("1", "adelaide")) == ["z1 x1 by stamp"]


@pytest.mark.parametrize("twin", [x("1", "ada", state="gone"), x("2", "bob")])
def test_a_stamp_that_names_a_gone_or_unknown_record_counts_as_none(twin: Record) -> None:
    assert "z1 alone" in matched(z("1", "ada", stamp="x1"), twin)


def test_a_stamp_of_a_record_that_is_linked_already_is_held() -> None:
    records = [z("1", "ada"), x("1", "ada"), z("2", "bob", stamp="x1")]
    assert matched(*records, links=[("z1", "x1")]) == ["z2 held: ambiguous"]


def test_two_records_with_the_same_stamp_are_held() -> None:
    records = [z("1", "ada", stamp="x1"), z("2", "bob", stamp="x1"), x("1", "cyd")]
    held = matched(*records)
    assert "z1 held: ambiguous" in held
    assert "x1 held: ambiguous" in held
    assert "z2 held: ambiguous" in held


def test_nothing_is_created_beside_a_namesake_that_is_held() -> None:
    """x2 may be the twin of z1 or z2, whose stamps contradict each other: it is no third ada for the CRM."""
    records = [z("1", "ada", stamp="x1"), z("2", "ada", stamp="x1"), x("1", "ada"), x("2", "ada")]
    assert "x2 held: ambiguous" in matched(*records)


def test_a_stamp_and_a_name_that_disagree_are_held() -> None:
    """z1's stamp names x1; x1's name is that of z2, which is free."""
    held = matched(z("1", "ada", stamp="x1"), z("2", "bob"), x("1", "bob"))
    assert "z1 held: ambiguous" in held
    assert "x1 held: ambiguous" in held


def test_a_name_that_a_linked_record_has_is_no_contradiction() -> None:
    records = [z("1", "ada", stamp="x1"), x("1", "bob"), z("2", "bob"), x("2", "bob2")]
    assert matched(*records, links=[("z2", "x2")]) == ["z1 x1 by stamp"]


# ------------------------------------------------------------------ a person's word


def decide(record: Record, verb: str, twin: Record | None = None) -> Decision:
    return Decision(verb, record.where, twin.id if twin else None)


ADA, BOB = z("1", "ada"), x("1", "bob")


def test_a_person_links_what_nobody_would_have_matched() -> None:
    assert matched(ADA, BOB, decisions=[decide(ADA, "link", BOB)]) == ["z1 x1 by person"]


def test_a_persons_word_settles_twins() -> None:
    ann, other = z("2", "ada"), x("2", "ada")
    assert matched(ADA, ann, other, decisions=[decide(ann, "link", other), decide(ADA, "ignore")]) == [
        "z2 x2 by person"
    ]


@pytest.mark.parametrize("verb", ["ignore", "keep"])
def test_what_a_person_left_out_is_neither_matched_nor_created(verb: str) -> None:
    assert matched(ADA, x("2", "bob"), decisions=[decide(ADA, verb)]) == ["x2 alone"]


@pytest.mark.parametrize("verb", ["ignore", "keep"])
def test_nothing_is_created_beside_what_a_person_left_out(verb: str) -> None:
    assert matched(ADA, x("2", "ada"), decisions=[decide(ADA, verb)]) == ["x2 held: ambiguous"]


def test_a_namesake_on_its_own_side_goes_its_way() -> None:
    assert matched(ADA, z("2", "ada"), decisions=[decide(ADA, "ignore")]) == ["z2 alone"]


def test_leaving_out_one_twin_lets_the_other_be_matched() -> None:
    ann, other = z("2", "ada"), x("2", "ada")
    assert matched(ADA, ann, other, decisions=[decide(ADA, "ignore")]) == ["z2 x2 by key"]


def test_a_link_to_a_record_that_is_gone_is_not_made() -> None:
    gone = x("1", "bob", state="gone")
    assert matched(ADA, gone, decisions=[decide(ADA, "link", gone)]) == ["z1 alone"]


def test_a_link_to_a_record_that_is_linked_already_is_not_made() -> None:
    records = [ADA, BOB, z("9", "cyd")]
    assert matched(*records, links=[("z9", "x1")], decisions=[decide(ADA, "link", BOB)]) == ["z1 alone"]
