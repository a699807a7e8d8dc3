"""The merge table of design.md 5, row by row: what was agreed, what each side holds now, and what follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from extension.sync.canonical import SIDES, UNSET, XERO, ZOHO, Fields, Side, Value
from extension.sync.merge import NEWEST_TOLERANCE, Merge, Merger
from extension.sync.model import Direction, FieldRule, Mode, Owner, Record, Scope
from tests.unit.sync.samples import NOW, Nobody, Thing, linked, pair, rec, thing

CUT = {ZOHO: 99, XERO: 5}  # Xero keeps five characters


@dataclass(frozen=True)
class Row:
    """One field `f`. `base` and `now`: what the CRM and Xero held when they were last in step, and hold now."""

    what: str
    base: tuple[Value, Value]
    now: tuple[Value, Value]
    then: str
    direction: Direction = "both"
    owner: Owner = "zoho"
    mode: Mode = "both"
    width: tuple[int, int] = (99, 99)


def settled(merge: Merge) -> str:
    """What a merge wants of the field f, in words."""
    words = [f"{side} = {merge.patch[side]['f']}" for side in SIDES if "f" in merge.patch[side]]
    words += ["agreed" for name in merge.agree if name == "f"]
    words += [f"held: {hold.reason}" for hold in merge.holds if hold.field == "f"]
    words += ["kept back" for name in merge.kept_back if name == "f"]
    words += [f"{side} lost {value}" for name, (side, value) in merge.lost.items() if name == "f"]
    return ", ".join(words) or "nothing"


def merged(
    entity: Thing,
    base: tuple[Fields, Fields],
    records: dict[Side, Record],
    *,
    mode: Mode = "both",
    put_back: dict[str, Value] | None = None,
) -> Merge:
    """One merge under one run's mode, with the permissions that `judge` gives."""
    scope = Scope(mode=mode)

    def may_write(to: Side, rule: FieldRule) -> bool:
        return to == ZOHO if rule.direction == "to_zoho" else scope.allows(to) and rule.allows(to)

    source: dict[Mode, Side | None] = {"both": None, "zoho-to-xero": ZOHO, "xero-to-zoho": XERO}
    link = linked(*base, put_back=put_back or {})
    return Merger(entity, link, records, Nobody(), may_write, source[mode]).run()


def fields(value: Value) -> dict[str, Value]:
    return {} if value is UNSET else {"f": value}


TABLE = [
    # ---- changed on neither: nothing, even where the sides differ; that is known, and agreed
    Row("neither changed", ("a", "a"), ("a", "a"), "nothing"),
    Row("neither changed, known to differ", ("a", "b"), ("a", "b"), "nothing"),
    # ---- equal after projecting into the other: only the bases move
    Row("both changed to the same", ("a", "a"), ("b", "b"), "agreed"),
    Row("one follows what the other did", ("a", "b"), ("b", "b"), "agreed"),
    Row("equal once Xero has cut it", ("abc", "abc"), ("abcdefgh", "abcde"), "agreed", width=(99, 5)),
    Row("an edit behind the cut", ("abcdefgh", "abcde"), ("abcdeXYZ", "abcde"), "agreed", width=(99, 5)),
    Row("equal and never agreed", (UNSET, UNSET), ("a", "a"), "agreed"),
    # ---- changed on one: the other takes it
    Row("changed in the CRM", ("a", "a"), ("b", "a"), "xero = b"),
    Row("changed in Xero", ("a", "a"), ("a", "b"), "zoho = b"),
    Row("cleared in the CRM", ("a", "a"), (None, "a"), "xero = None"),
    Row("changed in the CRM, whose value Xero cuts", ("a", "a"), ("abcdefgh", "a"), "xero = abcde", width=(99, 5)),
    Row("the sides differed before", ("a", "A"), ("b", "A"), "xero = b"),
    Row("the owner's side did not change", ("a", "a"), ("a", "b"), "zoho = b", owner="zoho"),
    # ---- changed on both: the owner wins, the loser goes into history
    Row("both changed, the CRM owns it", ("a", "a"), ("b", "c"), "xero = b, xero lost c", owner="zoho"),
    Row("both changed, Xero owns it", ("a", "a"), ("b", "c"), "zoho = c, zoho lost b", owner="xero"),
    Row("both changed, a person decides", ("a", "a"), ("b", "c"), "held: conflict", owner="ask"),
    Row("cleared here, edited there", ("a", "a"), (None, "c"), "xero = None, xero lost c", owner="zoho"),
    # ---- never agreed: news that only a create or an adoption brought
    Row("the CRM knows a value of its own", (UNSET, "a"), ("b", "a"), "xero = b"),
    Row("Xero added a value by itself", ("a", UNSET), ("a", "b"), "zoho = b"),
    Row("a person's edit beats such news", ("a", UNSET), ("c", "b"), "xero = c", owner="xero"),
    Row("a person's edit beats news of the CRM", (UNSET, "a"), ("c", "b"), "zoho = b", owner="zoho"),
    Row("never agreed, blank in the CRM", (UNSET, UNSET), (None, "b"), "zoho = b", owner="zoho"),
    Row("never agreed, blank in Xero", (UNSET, UNSET), ("b", ""), "xero = b", owner="xero"),
    Row("never agreed, both filled", (UNSET, UNSET), ("b", "c"), "zoho = c", owner="xero"),
    Row("never agreed, a person decides", (UNSET, UNSET), ("b", "c"), "held: conflict", owner="ask"),
    # ---- a field that travels one way
    Row("Xero decides and changed it", ("a", "a"), ("a", "b"), "zoho = b", "to_zoho"),
    Row("Xero decides, the CRM's edit is put back", ("a", "a"), ("b", "a"), "zoho = a, zoho lost b", "to_zoho"),
    Row("Xero decides, both changed", ("a", "a"), ("b", "c"), "zoho = c", "to_zoho"),
    Row("Xero decides, the CRM was never agreed", (UNSET, "a"), ("b", "a"), "agreed", "to_zoho"),
    Row("the CRM decides and changed it", ("a", "a"), ("b", "a"), "xero = b", "to_xero"),
    Row("the CRM decides, Xero's edit is put back", ("a", "a"), ("a", "b"), "xero = a, xero lost b", "to_xero"),
    Row("the CRM decides, Xero's own default", ("a", UNSET), ("a", "b"), "agreed", "to_xero"),
    # ---- a run that goes one way: what is kept back moves no base
    Row("one way, changed in the source", ("a", "a"), ("b", "a"), "xero = b", mode="zoho-to-xero"),
    Row("one way, changed in the target", ("a", "a"), ("a", "b"), "kept back", mode="zoho-to-xero"),
    Row("one way, both changed", ("a", "a"), ("b", "c"), "xero = b, xero lost c", owner="xero", mode="zoho-to-xero"),
    Row("one way, both, no owner", ("a", "a"), ("b", "c"), "zoho = c, zoho lost b", owner="ask", mode="xero-to-zoho"),
    Row("one way, equal again", ("a", "a"), ("b", "b"), "agreed", mode="zoho-to-xero"),
    Row("one way, never agreed, blank source", (UNSET, UNSET), (None, "b"), "kept back", mode="zoho-to-xero"),
    Row("what Xero decides travels in every mode", ("a", "a"), ("a", "b"), "zoho = b", "to_zoho", mode="zoho-to-xero"),
    Row(
        "and is put back in every mode", ("a", "a"), ("b", "a"), "zoho = a, zoho lost b", "to_zoho", mode="zoho-to-xero"
    ),
    Row("what the CRM decides waits", ("a", "a"), ("b", "a"), "kept back", "to_xero", mode="xero-to-zoho"),
    Row("so does its put-back", ("a", "a"), ("a", "b"), "kept back", "to_xero", mode="xero-to-zoho"),
    # ---- fields that come and go with the mapping
    Row("only the CRM has the field", ("a", UNSET), ("a", UNSET), "nothing"),
    Row("neither side has it any more", ("a", "a"), (UNSET, UNSET), "nothing"),
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.what)
def test_the_table(row: Row) -> None:
    entity = thing(FieldRule("f", row.direction, row.owner), width=dict(zip(SIDES, row.width, strict=True)))
    base, now = (fields(row.base[0]), fields(row.base[1])), pair(fields(row.now[0]), fields(row.now[1]))
    assert settled(merged(entity, base, now, mode=row.mode)) == row.then


# ------------------------------------------------------------------ the newest


@pytest.mark.parametrize(
    ("gap", "then"),
    [
        (NEWEST_TOLERANCE + timedelta(seconds=1), "xero = b, xero lost c"),
        (-NEWEST_TOLERANCE - timedelta(seconds=1), "zoho = c, zoho lost b"),
        (timedelta(0), "xero = b, xero lost c"),
        (-NEWEST_TOLERANCE, "xero = b, xero lost c"),  # two clocks may differ by this much: nobody is newer
    ],
)
def test_newest_wins_only_beyond_the_tolerance(gap: timedelta, then: str) -> None:
    entity = thing(FieldRule("f", owner="newest"))
    now = {ZOHO: rec(ZOHO, fields={"f": "b"}, modified=NOW + gap), XERO: rec(XERO, fields={"f": "c"})}
    assert settled(merged(entity, ({"f": "a"}, {"f": "a"}), now)) == then


# ------------------------------------------------------------------ a tug of war


@pytest.mark.parametrize(
    ("put_back", "then"),
    [
        ({}, "zoho = a, zoho lost b"),
        ({"zoho.f": "a"}, "held: rewritten"),
        ({"zoho.f": "an older value"}, "zoho = a, zoho lost b"),
        ({"zoho.f": None}, "zoho = a, zoho lost b"),
    ],
)
def test_the_same_value_is_put_back_once(put_back: dict[str, Value], then: str) -> None:
    entity = thing(FieldRule("f", "to_zoho"))
    assert settled(merged(entity, ({"f": "a"}, {"f": "a"}), pair({"f": "b"}, {"f": "a"}), put_back=put_back)) == then


def test_a_new_value_of_xero_travels_in_spite_of_an_earlier_put_back() -> None:
    entity = thing(FieldRule("f", "to_zoho"))
    now = pair({"f": "b"}, {"f": "new"})
    assert settled(merged(entity, ({"f": "a"}, {"f": "a"}), now, put_back={"zoho.f": "a"})) == "zoho = new"


# ------------------------------------------------------------------ one field held, the others travel


def test_what_cannot_be_projected_is_held_and_the_rest_travels() -> None:
    entity = thing(FieldRule("f"), FieldRule("g"), cannot={"f": "waiting"})
    base = {"f": "a", "g": "a"}
    merge = merged(entity, (base, base), pair({"f": "b", "g": "b"}, base))
    assert settled(merge) == "held: waiting"
    assert merge.patch == {ZOHO: {}, XERO: {"g": "b"}}


def test_a_conflict_tells_both_values() -> None:
    entity = thing(FieldRule("f", owner="ask", label="Phone"))
    (hold,) = merged(entity, ({"f": "a"}, {"f": "a"}), pair({"f": "b"}, {"f": None})).holds
    assert hold.message == "Phone was changed on both sides: “b” in the CRM, nothing in Xero."
    assert hold.hint


# ------------------------------------------------------------------ derived fields: compared, never merged

TOTAL = (FieldRule("f"), FieldRule("total", "derived"))


def test_a_total_that_agrees_moves_its_base() -> None:
    merge = merged(thing(*TOTAL), ({"total": "1"}, {"total": "1"}), pair({"total": "2"}, {"total": "2"}))
    assert merge.agree == ["total"]


def test_a_total_that_differs_is_held_with_both_values() -> None:
    merge = merged(thing(*TOTAL), ({"total": "1"}, {"total": "1"}), pair({"total": "2"}, {"total": "3"}))
    assert [(hold.field, hold.reason, hold.message) for hold in merge.holds] == [
        ("total", "total_differs", "total: 2 in the CRM, 3 in Xero.")
    ]


@pytest.mark.parametrize("mode", ["both", "zoho-to-xero"])
def test_a_total_is_not_judged_before_everything_else_has_travelled(mode: Mode) -> None:
    base = {"f": "a", "total": "1"}
    merge = merged(thing(*TOTAL), (base, base), pair({"f": "a", "total": "1"}, {"f": "b", "total": "2"}), mode=mode)
    assert merge.holds == []
    assert merge.agree == []


# ------------------------------------------------------------------ quiet


@pytest.mark.parametrize(
    ("now", "quiet"),
    [(("a", "a"), True), (("b", "b"), True), (("b", "a"), False), (("b", "c"), False)],
)
def test_quiet_means_that_nobody_has_anything_to_do(now: tuple[str, str], quiet: bool) -> None:
    entity = thing(FieldRule("f", owner="ask"))
    assert merged(entity, ({"f": "a"}, {"f": "a"}), pair({"f": now[0]}, {"f": now[1]})).quiet is quiet
