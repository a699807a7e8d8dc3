"""Line items: who is who, and a three-way merge per paired line and field.

A list is written as text: "1 pen 2, 2 ink 1" are two lines with the ids 1 and 2. In a patch a new line has no id
and an arrow to the line that it stands for: "pen 2 <z3".
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from extension.sync.canonical import SIDES, UNSET, XERO, ZOHO, Side, Unset, Value
from extension.sync.line_bases import moved_bases
from extension.sync.lines import LinesMerge, merge_lines, pair_lines
from extension.sync.model import FieldRule, Record
from extension.sync.ports import Resolver
from tests.unit.sync.samples import Nobody, Thing, rec, thing

RULE = FieldRule("lines", lines=True)
ENTITY = thing(RULE, line_rules={"item": FieldRule("item"), "quantity": FieldRule("quantity")})


class Renamed(Thing):
    """The CRM knows the items of Xero by other names."""

    def project(self, to: Side, name: str, value: Value, of: Record, resolver: Resolver) -> Value:
        return value.lower() if to == ZOHO and name == "lines.item" else value


RENAMED = Renamed(ENTITY.rules, ENTITY.line_rules)
RECORDS = {side: rec(side) for side in SIDES}
PAIRS = (("z1", "x1"), ("z2", "x2"))


def lines(side: Side, text: str) -> list[dict[str, Any]]:
    out = []
    for each in filter(None, text.split(", ")):
        id_, item, quantity = each.split()
        out.append({"id": side[0] + id_, "item": item, "quantity": Decimal(quantity)})
    return out


def spelled(side: Side, found: list[dict[str, Any]]) -> str:
    words = []
    for line in found:
        id_ = str(line["id"]).removeprefix(side[0]) + " " if line["id"] else ""
        words.append(f"{id_}{line['item']} {line['quantity']}" + ("" if line["id"] else f" <{line['from']}"))
    return ", ".join(words)


def merged(
    base: tuple[str | Unset, str | Unset],
    now: tuple[str, str],
    pairs: tuple[tuple[str, str], ...] = PAIRS,
    *,
    owner: Side = ZOHO,
    strict: bool = False,
) -> LinesMerge:
    bases = {s: UNSET if isinstance(text, Unset) else lines(s, text) for s, text in zip(SIDES, base, strict=True)}
    current = {s: lines(s, text) for s, text in zip(SIDES, now, strict=True)}
    return merge_lines(ENTITY, RULE, current, bases, pairs, RECORDS, Nobody(), owner, strict)


def told(merge: LinesMerge) -> dict[str, str]:
    if merge.hold is not None:
        return {"held": merge.hold.reason}
    return {side: spelled(side, merge.patch[side]) for side in merge.patch}


# ------------------------------------------------------------------ the table

TWO = "1 pen 1, 2 ink 1"


@dataclass(frozen=True)
class Row:
    """Two documents of two lines, in step (TWO on both sides); then they hold `now`."""

    what: str
    now: tuple[str, str]
    then: dict[str, str]
    strict: bool = False


TABLE = [
    Row("nobody did anything", (TWO, TWO), {}),
    Row("edited in the CRM", ("1 pen 5, 2 ink 1", TWO), {"xero": "1 pen 5, 2 ink 1"}),
    Row("edited in Xero", (TWO, "1 pen 1, 2 cup 1"), {"zoho": "1 pen 1, 2 cup 1"}),
    Row("the same edit on both sides", ("1 pen 5, 2 ink 1", "1 pen 5, 2 ink 1"), {}),
    Row("added in the CRM", (f"{TWO}, 3 cup 1", TWO), {"xero": f"{TWO}, cup 1 <z3"}),
    Row("added in Xero", (TWO, f"{TWO}, 3 cup 1"), {"zoho": f"{TWO}, cup 1 <x3"}),
    Row("the same line added on both sides", (f"{TWO}, 3 cup 1", f"{TWO}, 9 cup 1"), {}),
    Row(
        "different lines added on both sides",
        (f"{TWO}, 3 cup 1", f"{TWO}, 3 mug 1"),
        {"zoho": f"{TWO}, 3 cup 1, mug 1 <x3", "xero": f"{TWO}, 3 mug 1, cup 1 <z3"},
    ),
    Row("removed in the CRM", ("1 pen 1", TWO), {"xero": "1 pen 1"}),
    Row("removed in Xero", (TWO, "2 ink 1"), {"zoho": "2 ink 1"}),
    Row("removed on both sides", ("1 pen 1", "1 pen 1"), {}),
    Row("all removed in the CRM", ("", TWO), {"xero": ""}),
    Row("one removed on each side", ("1 pen 1", "2 ink 1"), {"zoho": "", "xero": ""}),
    Row("removed here and edited there", ("1 pen 1", "1 pen 1, 2 ink 7"), {"held": "conflict"}),
    Row("edited here and removed there", ("1 pen 1, 2 ink 7", "1 pen 1"), {"held": "conflict"}),
    Row("moved in the CRM: Xero follows", ("2 ink 1, 1 pen 1", TWO), {"xero": "2 ink 1, 1 pen 1"}),
    Row("moved in Xero: the CRM follows", (TWO, "2 ink 1, 1 pen 1"), {"zoho": "2 ink 1, 1 pen 1"}),
    Row("moved alike on both sides", ("2 ink 1, 1 pen 1", "2 ink 1, 1 pen 1"), {}),
    Row(
        "moved in the CRM, edited in Xero",
        ("2 ink 1, 1 pen 1", "1 pen 5, 2 ink 1"),
        {"zoho": "2 ink 1, 1 pen 5", "xero": "2 ink 1, 1 pen 5"},
    ),
    Row(
        "moved in the CRM, added in Xero: behind what it stood behind",
        ("2 ink 1, 1 pen 1", "1 pen 1, 3 cup 1, 2 ink 1"),
        {"zoho": "2 ink 1, 1 pen 1, cup 1 <x3", "xero": "2 ink 1, 1 pen 1, 3 cup 1"},
    ),
    Row("added in between", ("1 pen 1, 3 cup 1, 2 ink 1", TWO), {"xero": "1 pen 1, cup 1 <z3, 2 ink 1"}),
    Row("added before all", ("3 cup 1, 1 pen 1, 2 ink 1", TWO), {"xero": "cup 1 <z3, 1 pen 1, 2 ink 1"}),
    Row(
        "two people edit two lines: both survive",
        ("1 pen 5, 2 ink 1", "1 pen 1, 2 cup 1"),
        {"zoho": "1 pen 5, 2 cup 1", "xero": "1 pen 5, 2 cup 1"},
    ),
    Row(
        "two people edit two fields of one line: both survive",
        ("1 pen 5, 2 ink 1", "1 cup 1, 2 ink 1"),
        {"zoho": "1 cup 5, 2 ink 1", "xero": "1 cup 5, 2 ink 1"},
    ),
    Row(
        "one field edited by both: the owner wins",
        ("1 pen 5, 2 ink 1", "1 pen 7, 2 ink 1"),
        {"xero": "1 pen 5, 2 ink 1"},
    ),
    Row(
        "one field edited by both: a person decides",
        ("1 pen 5, 2 ink 1", "1 pen 7, 2 ink 1"),
        {"held": "conflict"},
        True,
    ),
    Row("replaced in the CRM by a new row", ("1 pen 1, 3 ink 1", TWO), {"xero": "1 pen 1, ink 1 <z3"}),
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.what)
def test_the_table(row: Row) -> None:
    assert told(merged((TWO, TWO), row.now, strict=row.strict)) == row.then


def test_a_held_list_is_patched_nowhere_and_keeps_its_pairs() -> None:
    """Two lines: one in conflict, one edited. Nothing is patched in part."""
    merge = merged((TWO, TWO), ("1 pen 1", "1 pen 5, 2 ink 7"))
    assert merge.patch == {}
    assert merge.pairs == PAIRS


def test_a_value_that_means_what_was_agreed_is_no_edit() -> None:
    """The item got another code in Xero, which its lines show from then on; the CRM removed the line."""
    base = {side: lines(side, TWO) for side in SIDES}
    now = {ZOHO: lines(ZOHO, "1 pen 1"), XERO: lines(XERO, "1 pen 1, 2 INK 1")}
    merge = merge_lines(RENAMED, RULE, now, base, PAIRS, RECORDS, Nobody(), ZOHO)
    assert told(merge) == {"xero": "1 pen 1"}


THREE = "1 pen 1, 2 ink 1, 3 cup 1"
THREE_PAIRS = (*PAIRS, ("z3", "x3"))


@pytest.mark.parametrize(
    ("owner", "then"),
    [(ZOHO, {"xero": "2 ink 1, 1 pen 1, 3 cup 1"}), (XERO, {"zoho": "1 pen 1, 3 cup 1, 2 ink 1"})],
)
def test_where_both_sides_moved_lines_the_owners_order_counts(owner: Side, then: dict[str, str]) -> None:
    now = ("2 ink 1, 1 pen 1, 3 cup 1", "1 pen 1, 3 cup 1, 2 ink 1")
    assert told(merged((THREE, THREE), now, THREE_PAIRS, owner=owner)) == then


def test_orders_that_were_agreed_to_differ_stay() -> None:
    """The CRM puts new rows last, whatever we ask for."""
    base = (TWO, "2 ink 1, 1 pen 1")
    assert told(merged(base, base)) == {}
    assert told(merged(base, (f"{TWO}, 3 cup 1", base[1]))) == {"xero": "2 ink 1, cup 1 <z3, 1 pen 1"}


# ------------------------------------------------------------------ never in step

OPEN = (UNSET, TWO)


def test_the_first_merge_pairs_and_takes_the_open_sides_values() -> None:
    assert told(merged(OPEN, ("1 pen 5, 2 ink 1", TWO), ())) == {"xero": "1 pen 5, 2 ink 1"}


def test_in_the_first_merge_nothing_counts_as_removed() -> None:
    assert told(merged(OPEN, ("1 pen 1", TWO), PAIRS, owner=XERO)) == {"zoho": "1 pen 1, ink 1 <x2"}


# ------------------------------------------------------------------ who is who


@pytest.mark.parametrize(
    ("zoho", "xero", "known", "pairs"),
    [
        ("1 pen 1, 2 ink 1", "1 ink 1, 2 pen 1", (), "z1=x2 z2=x1"),  # by content, wherever it stands
        ("1 pen 1, 2 pen 1", "1 pen 1, 2 pen 1", (), "z1=x1 z2=x2"),  # equal lines: one each
        ("1 pen 1, 2 ink 1", "1 ink 1, 2 cup 3", (), "z1=x2 z2=x1"),  # the rest by place
        ("1 pen 1, 2 ink 1", "1 pen 1", (), "z1=x1"),
        ("1 pen 1", "1 pen 1, 2 pen 1", (("z1", "x2"),), "z1=x2"),  # a live pair beats content
        ("1 pen 1", "1 pen 1", (("z1", "x9"),), "z1=x1"),  # a pair whose other end is gone names nobody
    ],
)
def test_pairs(zoho: str, xero: str, known: tuple[tuple[str, str], ...], pairs: str) -> None:
    current = {ZOHO: lines(ZOHO, zoho), XERO: lines(XERO, xero)}
    found = pair_lines(ENTITY, current, known, RECORDS, Nobody())
    assert " ".join(f"{z}={x}" for z, x in found) == pairs


def test_a_new_line_is_never_paired_by_place_with_another_new_one() -> None:
    """By place only where the two lists were never in step: later, two new lines are two lines."""
    merge = merged((TWO, TWO), (f"{TWO}, 3 cup 1", f"{TWO}, 3 mug 2"))
    assert merge.pairs == PAIRS


# ------------------------------------------------------------------ after a write


def test_only_what_was_sent_moves() -> None:
    """While our quantity travelled to Xero, somebody there changed the item of the same line."""
    base = {ZOHO: lines(ZOHO, TWO), XERO: lines(XERO, TWO)}
    read = {ZOHO: lines(ZOHO, "1 pen 5, 2 ink 1"), XERO: lines(XERO, TWO)}
    sent = [{**line, "from": line["id"].replace("x", "z")} for line in lines(XERO, "1 pen 5, 2 ink 1")]
    moved, pairs = moved_bases(sent, lines(XERO, "1 cup 5, 2 ink 1"), read, base, XERO)
    assert spelled(XERO, moved[XERO]) == "1 pen 5, 2 ink 1"  # the cup is still news
    assert spelled(ZOHO, moved[ZOHO]) == "1 pen 5, 2 ink 1"
    assert pairs == [("x1", "z1"), ("x2", "z2")]


def test_a_new_line_enters_both_bases_as_it_came_back() -> None:
    base = {ZOHO: lines(ZOHO, "1 pen 1"), XERO: lines(XERO, "1 pen 1")}
    read = {ZOHO: lines(ZOHO, "1 pen 1, 2 ink 1"), XERO: lines(XERO, "1 pen 1")}
    sent: list[dict[str, Any]] = [
        {**lines(XERO, "1 pen 1")[0], "from": "z1"},
        {"id": None, "from": "z2", "item": "ink", "quantity": Decimal(1)},
    ]
    moved, pairs = moved_bases(sent, lines(XERO, "1 pen 1, 7 INK 1"), read, base, XERO)
    assert spelled(XERO, moved[XERO]) == "1 pen 1, 7 INK 1"
    assert spelled(ZOHO, moved[ZOHO]) == "1 pen 1, 2 ink 1"
    assert ("x7", "z2") in pairs


def test_a_removed_line_leaves_both_bases() -> None:
    base = {ZOHO: lines(ZOHO, TWO), XERO: lines(XERO, TWO)}
    read = {ZOHO: lines(ZOHO, "1 pen 1"), XERO: lines(XERO, TWO)}
    sent = [{**lines(XERO, "1 pen 1")[0], "from": "z1"}]
    moved, _ = moved_bases(sent, lines(XERO, "1 pen 1"), read, base, XERO)
    assert (spelled(ZOHO, moved[ZOHO]), spelled(XERO, moved[XERO])) == ("1 pen 1", "1 pen 1")


def test_a_line_that_somebody_added_meanwhile_is_no_base() -> None:
    base = {ZOHO: lines(ZOHO, "1 pen 1"), XERO: lines(XERO, "1 pen 1")}
    read = {ZOHO: lines(ZOHO, "1 pen 5"), XERO: lines(XERO, "1 pen 1")}
    sent = [{**lines(XERO, "1 pen 5")[0], "from": "z1"}]
    moved, _ = moved_bases(sent, lines(XERO, "1 pen 5, 2 mug 1"), read, base, XERO)
    assert spelled(XERO, moved[XERO]) == "1 pen 5"


def test_an_order_is_agreed_once_it_was_sent() -> None:
    base = {side: lines(side, TWO) for side in SIDES}
    read = {ZOHO: lines(ZOHO, "2 ink 1, 1 pen 1"), XERO: lines(XERO, TWO)}
    sent = [{**line, "from": line["id"].replace("x", "z")} for line in lines(XERO, "2 ink 1, 1 pen 1")]
    moved, _ = moved_bases(sent, lines(XERO, "2 ink 1, 1 pen 1"), read, base, XERO)
    assert (spelled(ZOHO, moved[ZOHO]), spelled(XERO, moved[XERO])) == ("2 ink 1, 1 pen 1", "2 ink 1, 1 pen 1")
    moved, _ = moved_bases(sent, lines(XERO, TWO), read, base, XERO)
    assert spelled(XERO, moved[XERO]) == TWO, "it keeps an order of its own: that is no edit"


def test_an_order_that_was_not_sent_is_still_news() -> None:
    """Our quantity travelled to Xero while somebody there had moved the lines, which has yet to travel back."""
    base = {side: lines(side, TWO) for side in SIDES}
    read = {ZOHO: lines(ZOHO, "1 pen 5, 2 ink 1"), XERO: lines(XERO, "2 ink 1, 1 pen 1")}
    sent = [{**line, "from": line["id"].replace("x", "z")} for line in lines(XERO, "2 ink 1, 1 pen 5")]
    moved, _ = moved_bases(sent, lines(XERO, "2 ink 1, 1 pen 5"), read, base, XERO)
    assert spelled(XERO, moved[XERO]) == "1 pen 5, 2 ink 1"


# ------------------------------------------------------------------ amounts of the header


class Paper(Thing):
    """A discount of the whole is a line of Xero."""

    def project(self, to: Side, name: str, value: Value, of: Record, resolver: Resolver) -> Value:
        if name != "lines":
            return value
        return [{"id": None, "from": line["id"], "item": "off", "amount": line["amount"]} for line in value]


PAPER = Paper(ENTITY.rules, ENTITY.line_rules)
OFF = "document.discount"


def papers(
    base: tuple[int | None, int | None], now: tuple[int | None, int | None], *, paired: bool = True, **ways: Any
) -> LinesMerge:
    """One line of goods in step, and a discount: None where it is not there."""

    def both(amounts: tuple[int | None, int | None]) -> dict[Side, list[dict[str, Any]]]:
        own, theirs = (None if a is None else Decimal(a) for a in amounts)
        crm: list[dict[str, Any]] = lines(ZOHO, "1 pen 1")
        books: list[dict[str, Any]] = [{**line, "amount": Decimal(10)} for line in lines(XERO, "1 pen 1")]
        crm += [] if own is None else [{"id": OFF, "amount": own}]
        books += [] if theirs is None else [{"id": "x9", "item": "any", "quantity": Decimal(1), "amount": theirs}]
        return {ZOHO: crm, XERO: books}

    pairs = (("z1", "x1"), *(((OFF, "x9"),) if paired else ()))
    return merge_lines(PAPER, RULE, both(now), both(base), pairs, RECORDS, Nobody(), ZOHO, **ways)


def spoken(merge: LinesMerge) -> dict[str, Any]:
    """Side -> what is to become of the discount there: its amount, or None where it goes."""
    if merge.hold is not None:
        return {"held": merge.hold.reason}
    said: dict[str, Any] = {}
    for side, patch in merge.patch.items():
        own = [line for line in patch if OFF in (line["id"], line["from"]) or line["id"] == "x9"]
        said[side] = own[0]["amount"] if own else None
    return said


@pytest.mark.parametrize(
    ("base", "now", "paired", "then"),
    [
        ((-5, -5), (-5, -5), True, {}),
        ((-5, -5), (-7, -5), True, {"xero": -7}),
        ((-5, -5), (-5, -7), True, {"zoho": -7}),
        ((-5, -5), (-7, -7), True, {}),
        ((-5, -5), (-7, -8), True, {"xero": -7}),
        ((-5, -5), (None, -5), True, {"xero": None}),
        ((-5, -5), (-5, None), True, {"zoho": None}),
        ((-5, -5), (None, -7), True, {"held": "conflict"}),
        ((-5, -5), (-7, None), True, {"held": "conflict"}),
        ((None, None), (-5, None), False, {"xero": -5}),
        ((None, None), (-5, -5), False, {}),
        ((None, None), (-5, None), True, {"xero": -5}),  # it was there once, and both sides agreed that it is gone
    ],
)
def test_an_amount_of_the_header(
    base: tuple[int | None, int | None], now: tuple[int | None, int | None], paired: bool, then: dict[str, Any]
) -> None:
    merge = papers(base, now, paired=paired)
    assert spoken(merge) == then
    if (OFF, "x9") not in merge.pairs:
        assert None in now, "what says the same is one"


def test_nothing_but_the_amount_travels_of_such_a_pair() -> None:
    merge = papers((-5, -5), (-7, -5))
    (line,) = [line for line in merge.patch[XERO] if line["id"] == "x9"]
    assert line == {"id": "x9", "from": OFF, "item": "any", "quantity": 1, "amount": -7}


def test_an_amount_of_the_header_is_in_no_order() -> None:
    """In Xero the line of the discount is moved to the front; the CRM's header has no place among its rows."""
    z = [*lines(ZOHO, "1 pen 1"), {"id": OFF, "amount": Decimal(-5)}]
    x = [{"id": "x9", "amount": Decimal(-5)}, *lines(XERO, "1 pen 1")]
    base = {ZOHO: z, XERO: x[::-1]}
    pairs = (("z1", "x1"), (OFF, "x9"))
    assert told(merge_lines(PAPER, RULE, {ZOHO: z, XERO: x}, base, pairs, RECORDS, Nobody(), ZOHO)) == {}
