"""How a link's bases move: only what was sent moves, and what a service added by itself stays news."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from extension.sync.actions import Intent, Update
from extension.sync.bases import agreed_link, arrived, attributed_link, created_link, not_cleared, updated_link
from extension.sync.canonical import XERO, ZOHO, Fields, Side
from extension.sync.merge import Merger
from extension.sync.model import FieldRule, Link
from tests.unit.sync.samples import Nobody, linked, pair, rec, thing

ENTITY = thing(FieldRule("a"), FieldRule("b"), FieldRule("id", "to_zoho", "xero"))
LISTED = thing(FieldRule("a"), FieldRule("lines", lines=True), line_rules={"item": FieldRule("item")})


def intent(sent: Fields, read: Fields, **changes: Any) -> Intent:
    """A write to Xero, decided on what the CRM's record z1 held."""
    return Intent(0, 0, "update", "thing", XERO, sent, read, **({"source": "z1"} | changes))


# ------------------------------------------------------------------ after a create


def test_after_a_create_only_what_was_sent_is_base() -> None:
    """Xero's own number is not in the base, so that the next pass sees it as news and carries it back."""
    link = created_link(ENTITY, intent({"a": "1"}, {"a": "1", "b": "2"}), {"a": "1", "id": "x9"}, "x9", 3)
    assert link.ids == {ZOHO: "z1", XERO: "x9"}
    assert link.base == {ZOHO: {"a": "1", "b": "2"}, XERO: {"a": "1"}}
    assert (link.version, link.settled, link.made_by) == (3, False, "created")


def test_after_a_create_the_base_is_what_came_back() -> None:
    link = created_link(ENTITY, intent({"a": "abcdefgh"}, {"a": "abcdefgh"}), {"a": "abcde"}, "x9", 1)
    assert link.base[XERO] == {"a": "abcde"}


def test_a_found_create_has_what_was_sent_as_its_base() -> None:
    """Its answer was lost: what differs from what we sent may be a person's edit since."""
    link = created_link(ENTITY, intent({"a": "1"}, {"a": "1"}), {"a": "edited since"}, "x9", 1, found=True)
    assert link.base[XERO] == {"a": "1"}
    assert link.made_by == "found"


def test_the_lines_of_a_create_are_paired_as_they_landed() -> None:
    """Equal content first; the ink came back as INK and is paired by place among the rest."""
    sent = [{"id": None, "from": "z1", "item": "ink"}, {"id": None, "from": "z2", "item": "pen"}]
    came = [{"id": "x1", "item": "pen"}, {"id": "x2", "item": "INK"}]
    link = created_link(LISTED, intent({"lines": sent}, {"lines": []}), {"lines": came}, "x9", 1)
    assert set(link.pairs) == {("z1", "x2"), ("z2", "x1")}
    assert link.base[XERO]["lines"] == came


def test_the_lines_of_a_found_create_have_what_was_sent_as_their_base() -> None:
    """Its answer was lost, and before it was found somebody in Xero changed one line and added another."""
    sent = [{"id": None, "from": "z1", "item": "ink"}, {"id": None, "from": "z2", "item": "pen"}]
    came = [{"id": "x1", "item": "cup"}, {"id": "x2", "item": "pen"}]
    found = created_link(LISTED, intent({"lines": sent}, {"lines": []}), {"lines": came}, "x9", 1, found=True)
    assert sorted(found.pairs) == [("z1", "x1"), ("z2", "x2")]
    assert sorted((line["id"], line["item"]) for line in found.base[XERO]["lines"]) == [("x1", "ink"), ("x2", "pen")]
    came = [{"id": "x1", "item": "ink"}, {"id": "x2", "item": "pen"}, {"id": "x3", "item": "mug"}]
    found = created_link(LISTED, intent({"lines": sent}, {"lines": []}), {"lines": came}, "x9", 1, found=True)
    assert [line["id"] for line in found.base[XERO]["lines"]] == ["x1", "x2"]


# ------------------------------------------------------------------ after an update


def test_after_an_update_only_the_patch_moves() -> None:
    """While `a` travelled, somebody in Xero edited `b`: it came back with the answer and must stay news."""
    link = linked({"a": "1", "b": "1"}, {"a": "1", "b": "1"})
    before = rec(XERO, fields={"a": "1", "b": "1"})
    now = updated_link(ENTITY, link, intent({"a": "2"}, {"a": "2", "b": "1"}), before, {"a": "2", "b": "edited"}, 1)
    assert now.base == {ZOHO: {"a": "2", "b": "1"}, XERO: {"a": "2", "b": "1"}}


def test_after_an_update_the_written_base_is_what_came_back_and_the_sources_what_was_read() -> None:
    link = linked({"a": "1"}, {"a": "1"})
    sent = intent({"a": "abcde"}, {"a": "abcdefgh"})
    now = updated_link(ENTITY, link, sent, rec(XERO), {"a": "ABCDE"}, 1)
    assert (now.base[ZOHO]["a"], now.base[XERO]["a"]) == ("abcdefgh", "ABCDE")


@pytest.mark.parametrize(
    ("base", "put_back"),
    [
        ("x9", {"zoho.id": "x9"}),  # Xero's side did not change: the write only undid an edit of the CRM
        ("older", {}),  # it did: the write carried news
    ],
)
def test_a_put_back_is_remembered(base: str, put_back: dict[str, str]) -> None:
    link = linked({"id": "x9"}, {"id": base})
    sent = Intent(0, 0, "update", "thing", ZOHO, {"id": "x9"}, {"id": "x9"}, source="x9")
    now = updated_link(ENTITY, link, sent, rec(ZOHO, fields={"id": "edited"}), {"id": "x9"}, 1)
    assert now.put_back == put_back


def test_after_an_update_of_lines_new_pairs_replace_old_ones() -> None:
    read = {ZOHO: [{"id": "z1", "item": "pen"}, {"id": "z3", "item": "ink"}], XERO: [{"id": "x1", "item": "pen"}]}
    link = linked({"lines": read[ZOHO][:1]}, {"lines": read[XERO]}, pairs=(("z1", "x1"), ("z2", "x2")))
    sent = [{"id": "x1", "item": "pen", "from": "z1"}, {"id": None, "item": "ink", "from": "z3"}]
    stored = {"lines": [*read[XERO], {"id": "x5", "item": "ink"}]}
    before = rec(XERO, fields={"lines": read[XERO]})
    now = updated_link(LISTED, link, intent({"lines": sent}, {"lines": read[ZOHO]}), before, stored, 1)
    assert {("z1", "x1"), ("z3", "x5")} <= set(now.pairs)
    assert now.base == {ZOHO: {"lines": read[ZOHO]}, XERO: stored}


# ------------------------------------------------------------------ without a write


def test_what_agrees_moves_in_silence_and_what_left_the_mapping_leaves_the_base() -> None:
    link = linked({"a": "1", "b": "1", "old": "1"}, {"a": "1", "b": "1", "old": "1"}, settled=False, version=1)
    action = Update("thing", link, {}, pair({"a": "2", "b": "2"}, {"a": "2", "b": "9"}), agree=("a",), settles=True)
    now = agreed_link(action, link, 2)
    assert now.base == {ZOHO: {"a": "2", "b": "1"}, XERO: {"a": "2", "b": "1"}}
    assert (now.settled, now.version, now.pairs) == (True, 2, link.pairs)


def test_once_settled_stays_settled() -> None:
    link = linked({}, {})
    assert agreed_link(Update("thing", link, {}, pair({}, {}), settles=False), link, 1).settled


# ------------------------------------------------------------------ after a lost answer


@pytest.mark.parametrize(
    ("found", "base"),
    [
        ({"a": "2", "b": "2"}, {"a": "2", "b": "2"}),
        ({"a": "2", "b": "edited"}, {"a": "2", "b": "1"}),  # somebody beat us to b: planned again
        ({"a": "1", "b": "1"}, {"a": "1", "b": "1"}),  # it never arrived
    ],
)
def test_what_arrived_is_ours_and_what_did_not_is_planned_again(found: Fields, base: Fields) -> None:
    link = linked({"a": "1", "b": "1"}, {"a": "1", "b": "1"})
    sent = intent({"a": "2", "b": "2"}, {"a": "2", "b": "2"})
    assert attributed_link(ENTITY, link, sent, rec(XERO, fields=found), 1).base == {ZOHO: base, XERO: base}


ONE_LINE = {ZOHO: [{"id": "z1", "item": "pen"}], XERO: [{"id": "x1", "item": "pen"}]}
LONGER = [{"id": "z1", "item": "pen"}, {"id": "z2", "item": "ink"}]  # a line was added in the CRM


@pytest.mark.parametrize(
    ("stored", "then"),
    [
        ("x1 pen, x2 ink", {}),  # it arrived
        ("x1 pen", {XERO: "x1 pen, None ink"}),  # it did not: planned again
        ("x1 pen, x2 cup", {ZOHO: "z1 pen, z2 cup"}),  # it arrived, and somebody edited the new line since
        ("x1 mug, x2 ink", {ZOHO: "z1 mug, z2 ink"}),  # or the old one
        ("x1 pen, x2 ink, x3 cup", {ZOHO: "z1 pen, z2 ink, None cup"}),  # or added one more
    ],
)
def test_a_line_that_was_sent_without_an_answer_is_not_added_twice(stored: str, then: dict[str, str]) -> None:
    link = linked({"lines": ONE_LINE[ZOHO]}, {"lines": ONE_LINE[XERO]}, pairs=(("z1", "x1"),))
    sent = intent({"lines": _merged(link, LONGER, ONE_LINE[XERO])[XERO]["lines"]}, {"lines": LONGER})
    found = [dict(zip(("id", "item"), line.split(), strict=True)) for line in stored.split(", ")]
    now = attributed_link(LISTED, link, sent, rec(XERO, fields={"lines": found}), 1)
    patch = _merged(now, LONGER, found)
    texts = {s: ", ".join(f"{line['id']} {line['item']}" for line in p["lines"]) for s, p in patch.items() if p}
    assert texts == then


def _merged(link: Link, zoho: list[dict[str, Any]], xero: list[dict[str, Any]]) -> Mapping[Side, Fields]:
    records = pair({"lines": zoho}, {"lines": xero})
    return Merger(LISTED, link, records, Nobody(), lambda to, rule: True).run().patch


# ------------------------------------------------------------------ what a service did not take


@pytest.mark.parametrize(
    ("sent", "stored", "kept"),
    [
        (None, "old", ["a"]),
        ("", "old", ["a"]),
        (None, None, []),
        (None, "since edited", []),
        ("new", "new", []),
        ("old, in other words", "old", []),  # it may have been reformatted: there is no saying
    ],
)
def test_a_field_that_a_service_did_not_clear(sent: Any, stored: Any, kept: list[str]) -> None:
    assert not_cleared({"a": sent}, {"a": "old"}, {"a": stored}) == kept


def test_what_no_view_shows_does_not_make_our_record_a_stranger() -> None:
    """A document's currency is told to the service under a name of its own; the lost create was made once more."""
    sent = {"a": "1", "b": None, "told_once": "NZD"}
    assert arrived(ENTITY, sent, {"a": "1", "b": "filled", "id": "x1"})
    assert not arrived(ENTITY, sent, {"a": "2", "b": None, "id": "x1"})
