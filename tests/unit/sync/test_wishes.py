"""A person's word, in the plan: what it changes, whom it leaves alone, and when it is used up."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from extension.sync.actions import Create, Retire, Update
from extension.sync.canonical import XERO, ZOHO, Side
from extension.sync.judge import rejection_digest
from extension.sync.ports import ANY_CONTENT, Rejection
from tests.unit.sync.samples import DAY, NOW, Desk


@pytest.fixture
def desk() -> Desk:
    return Desk(ask=True)


def conflict(desk: Desk, kind: str = "firm") -> None:
    desk.both(kind, "1")
    desk.edit(ZOHO, kind, "z1", note="from the CRM")
    desk.edit(XERO, kind, "x1", note="from Xero")


# ------------------------------------------------------------------ take


def test_a_conflict_shows_both_values(desk: Desk) -> None:
    conflict(desk)
    (hold,) = desk.plan().holds
    assert (hold.reason, hold.field, hold.related) == ("conflict", "note", (("firm", XERO, "x1"),))
    assert hold.values == {"note": ("from the CRM", "from Xero")}


@pytest.mark.parametrize("field", ["note", "*"])
@pytest.mark.parametrize(
    ("side", "then"),
    [(ZOHO, "update firm z1: xero note=from the CRM"), (XERO, "update firm z1: zoho note=from Xero")],
)
def test_the_side_that_was_taken_counts(desk: Desk, side: Side, then: str, field: str) -> None:
    conflict(desk)
    desk.decide("take", "firm", "z1", field=field, takes=side)
    assert desk.tell() == [then]
    (action,) = desk.plan().actions
    assert isinstance(action, Update)
    assert action.decided == {field: side}
    loser, value = (XERO, "from Xero") if side == ZOHO else (ZOHO, "from the CRM")
    assert action.lost == {"note": (loser, value)}
    assert desk.plan().spent == ()


def test_a_word_about_one_field_beats_one_about_all(desk: Desk) -> None:
    conflict(desk)
    desk.decide("take", "firm", "z1", field="*", takes=ZOHO)
    desk.decide("take", "firm", "z1", field="note", takes=XERO)
    assert desk.tell() == ["update firm z1: zoho note=from Xero"]


def test_a_word_settles_conflicts_and_nothing_else(desk: Desk) -> None:
    desk.both("firm", "1")
    desk.edit(ZOHO, "firm", "z1", note="from the CRM")
    desk.decide("take", "firm", "z1", field="note", takes=XERO)
    assert desk.tell() == ["update firm z1: xero note=from the CRM"]
    assert desk.plan().spent == ((("firm", ZOHO, "z1"), "note", "take"),)


def test_a_word_about_a_field_ends_with_the_link(desk: Desk) -> None:
    """Else it would decide a conflict of whatever the record is linked with one day."""
    link = desk.both("firm", "1")
    desk.decide("take", "firm", "z1", field="note", takes=XERO)
    with desk.store.write(desk.epoch) as tx:
        tx.update_link(replace(link, state="unlinked"))
    assert desk.plan().spent == ((("firm", ZOHO, "z1"), "note", "take"),)


def test_a_word_waits_while_its_direction_is_closed(desk: Desk) -> None:
    conflict(desk)
    desk.decide("take", "firm", "z1", field="note", takes=XERO)
    assert desk.tell(mode="zoho-to-xero") == ["skip firm z1: direction"]
    assert desk.plan(mode="zoho-to-xero").spent == ()


@pytest.mark.parametrize("side", [ZOHO, XERO])
def test_a_line_that_was_removed_here_and_edited_there(desk: Desk, side: Side) -> None:
    desk.both("item", "5", "p1")
    lines = {s: [{"id": f"{s} 1", "item": f"{s[0]}5", "quantity": Decimal(2)}] for s in (ZOHO, XERO)}
    zoho = desk.zoho("order", "z9", "n1", items=["z5"], fields={"lines": lines[ZOHO], "total": Decimal(2)})
    xero = desk.xero("order", "x9", "n1", items=["x5"], fields={"lines": lines[XERO], "total": Decimal(2)})
    desk.link(zoho, xero, pairs=(("zoho 1", "xero 1"),))
    desk.edit(ZOHO, "order", "z9", lines=[])
    desk.edit(XERO, "order", "x9", lines=[{**lines[XERO][0], "quantity": Decimal(7)}])
    (hold,) = desk.plan().holds
    assert (hold.reason, hold.field) == ("conflict", "lines")
    assert hold.values["lines"][0] == []
    desk.decide("take", "order", "z9", field="lines", takes=side)
    (action,) = desk.plan().actions
    assert isinstance(action, Update)
    assert action.decided == {"lines": side}
    if side == ZOHO:
        assert action.patch[XERO]["lines"] == []
        assert action.lost["lines"][0] == XERO
    else:
        assert [(line["id"], line["quantity"]) for line in action.patch[ZOHO]["lines"]] == [(None, 7)]
        assert action.lost["lines"] == (ZOHO, [])


# ------------------------------------------------------------------ create


def twins(desk: Desk) -> None:
    desk.zoho("firm", "z1")
    for id_ in ("x1", "x2"):
        desk.xero("firm", id_)


def test_what_looks_like_it_is_something_else(desk: Desk) -> None:
    twins(desk)
    assert [line.split(":")[0] for line in desk.tell()] == ["hold firm x1", "hold firm x2", "hold firm z1"]
    desk.decide("create", "firm", "z1")
    told = desk.tell()
    assert told[0] == "create firm z1 in xero"
    (create,) = desk.plan().actions
    assert isinstance(create, Create)
    assert create.wish == "create"
    assert "hold firm z1: ambiguous" not in told


@pytest.mark.parametrize("verb", ["create", "recreate"])
def test_who_was_asked_for_is_made_however_old_and_unticked(verb: str) -> None:
    desk = Desk(start_date=NOW - DAY)
    desk.zoho("firm", "z1", modified=NOW - 9 * DAY, state="out_of_scope")
    assert desk.tell() == []
    desk.decide(verb, "firm", "z1")
    assert desk.tell() == ["create firm z1 in xero"]


def test_a_record_that_waited_for_a_person_waits_no_more(desk: Desk) -> None:
    record = desk.zoho("firm", "z1")
    with desk.store.write(desk.epoch) as tx:
        tx.reject(Rejection(record.where, ANY_CONTENT, "ambiguous", "Several look like it."))
    assert desk.tell() == ["hold firm z1: ambiguous"]
    desk.decide("create", "firm", "z1")
    assert desk.tell() == ["create firm z1 in xero"]


def test_what_a_service_refused_stays_refused(desk: Desk) -> None:
    record = desk.zoho("firm", "z1")
    desk.decide("create", "firm", "z1")
    digest = rejection_digest(desk.snapshot(), desk.toy.version, [record])
    with desk.store.write(desk.epoch) as tx:
        tx.reject(Rejection(record.where, digest, "duplicate", "The name is taken."))
    assert desk.tell() == ["hold firm z1: duplicate"]


# ------------------------------------------------------------------ link, ignore, keep


def test_a_pair_that_no_run_would_look_at(desk: Desk) -> None:
    """Neither is born by itself, so neither is on the list of what to do."""
    desk.zoho("firm", "z1", "ada", births=False)
    desk.xero("firm", "x1", "bob", births=False)
    assert desk.tell() == []
    desk.decide("link", "firm", "z1", "x1")
    assert desk.tell() == ["adopt firm z1 x1 by person"]


@pytest.mark.parametrize("other", ["link", "create", "ignore"])
def test_a_record_is_in_one_pair_whatever_else_was_said(desk: Desk, other: str) -> None:
    desk.zoho("firm", "z1", "ada")
    desk.zoho("firm", "z2", "bob")
    desk.xero("firm", "x1", "eve")
    desk.decide("link", "firm", "z1", "x1")
    desk.decide(other, "firm", "x1", "z2" if other == "link" else None)
    adopted = [line for line in desk.tell() if line.startswith("adopt")]
    assert len(adopted) == 1
    assert "x1 by person" in adopted[0]


@pytest.mark.parametrize(("verb", "reason"), [("ignore", "ignored"), ("keep", "kept")])
def test_what_is_left_alone_says_so(desk: Desk, verb: str, reason: str) -> None:
    desk.zoho("firm", "z1")
    desk.xero("firm", "x1")
    desk.decide(verb, "firm", "z1")
    assert f"skip firm z1: {reason}" in desk.tell()


def test_a_conflict_that_is_ignored_holds_nobody_up(desk: Desk) -> None:
    conflict(desk)
    desk.decide("ignore", "firm", "x1")
    assert desk.tell() == ["skip firm z1: ignored"]


# ------------------------------------------------------------------ retire, recreate


@pytest.mark.parametrize("edited", [False, True])
@pytest.mark.parametrize(("kind", "policy"), [("firm", "archive"), ("order", "void")])
def test_the_other_is_put_away_when_a_person_says_so(kind: str, policy: str, edited: bool) -> None:
    desk = Desk(retire="ask")
    desk.both(kind, "1")
    if edited:
        desk.edit(XERO, kind, "x1", note="news")
    desk.gone(ZOHO, kind, "z1")
    (hold,) = desk.plan().holds
    assert (hold.id, hold.reason, hold.related) == ("x1", "gone_edited" if edited else "gone", ((kind, ZOHO, "z1"),))
    desk.decide("retire", kind, "x1")
    (retire,) = desk.plan().actions
    assert isinstance(retire, Retire)
    assert (retire.side, retire.policy, retire.record.id) == (XERO, policy, "x1")


def test_nothing_is_put_away_against_the_direction() -> None:
    desk = Desk(retire="ask")
    desk.both("firm", "1")
    desk.gone(ZOHO, "firm", "z1")
    desk.decide("retire", "firm", "x1")
    assert desk.tell(mode="xero-to-zoho") == ["skip firm x1: direction"]
    desk.decide("recreate", "firm", "x1")
    assert desk.tell(mode="zoho-to-xero") == ["skip firm x1: direction"]


@pytest.mark.parametrize("kind", ["firm", "order"])
def test_it_is_made_anew_when_a_person_says_so(kind: str) -> None:
    desk = Desk(retire="ask", start_date=NOW - DAY)
    desk.both(kind, "1", modified=NOW - 9 * DAY)
    desk.gone(ZOHO, kind, "z1")
    desk.decide("recreate", kind, "x1")
    assert desk.tell() == [f"detach {kind} z1: recreate"]
    (detach,) = desk.plan().actions
    with desk.store.write(desk.epoch) as tx:
        tx.update_link(replace(detach.link, state="unlinked"))  # type: ignore[union-attr]
    assert desk.tell() == [f"create {kind} x1 in zoho"]


@pytest.mark.parametrize("verb", ["retire", "recreate", "create", "link"])
def test_what_has_a_living_twin_needs_no_word(desk: Desk, verb: str) -> None:
    desk.both("firm", "1")
    desk.decide(verb, "firm", "x1", "z1" if verb == "link" else None)
    assert desk.plan().spent == ((("firm", XERO, "x1"), "", verb),)
    assert desk.tell() == []


def test_a_word_is_kept_while_it_may_still_be_followed() -> None:
    desk = Desk(retire="ask")
    desk.both("firm", "1")
    desk.gone(ZOHO, "firm", "z1")
    for verb in ("retire", "recreate"):
        desk.decide(verb, "firm", "x1")
        assert desk.plan().spent == ()
