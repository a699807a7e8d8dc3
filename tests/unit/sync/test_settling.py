"""What a person says of two values that differ: of exactly these, followed once (sync/merge, plan, wishes)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from extension.sync.canonical import XERO, ZOHO, Fields, Side, Value
from extension.sync.errors import Cannot
from extension.sync.merge import Merge, Merger
from extension.sync.model import FieldRule, Record
from extension.sync.ports import Decision
from extension.sync.wishes import field_words, record_words, settling_words, spelt
from tests.unit.sync.samples import Nobody, Thing, linked, pair, thing

TOTAL, TAX = FieldRule("total", "derived"), FieldRule("tax", "derived", under="total")
LINES = FieldRule("lines", lines=True)
OLD = {"total": "1", "tax": "1"}


class Said(Nobody):
    """A person said this of the totals "2" and "3"."""

    def __init__(self, verb: str, about: tuple[str, str] = ("2", "3")) -> None:
        self.verb, self.about = verb, about

    def word(self, record: Record, field: str, values: Sequence[Value]) -> str:
        return self.verb if field == "total" and tuple(values) == self.about else ""


def merged(entity: Thing, zoho: Fields, xero: Fields, said: Nobody, *, writable: bool = True) -> Merge:
    link = linked(dict(OLD), dict(OLD))
    return Merger(entity, link, pair(zoho, xero), said, lambda to, rule: writable and rule.allows(to)).run()


def apart(said: Nobody, **more: bool) -> Merge:
    return merged(thing(TOTAL, TAX), {"total": "2", "tax": "2"}, {"total": "3", "tax": "3"}, said, **more)


def held(merge: Merge) -> list[tuple[str, str, tuple[Value, Value]]]:
    return [(hold.field, hold.reason, hold.values) for hold in merge.holds]


def test_nobody_said_anything() -> None:
    merge = apart(Nobody())
    assert held(merge) == [("total", "total_differs", ("2", "3"))], "one word is asked for both"
    assert (merge.weighed, merge.followed, merge.agree) == (True, set(), [])


def test_the_difference_stands_and_what_follows_from_it() -> None:
    merge = apart(Said("send"))
    assert (held(merge), merge.agree, merge.followed) == ([], ["total", "tax"], {"total"})


def test_of_other_values_nothing_was_said() -> None:
    assert held(apart(Said("send", ("2", "4")))) == [("total", "total_differs", ("2", "3"))]


def test_a_line_carries_it() -> None:
    merge = apart(Said("round"))
    assert merge.patch == {ZOHO: {}, XERO: {"line": "carries it"}}
    assert merge.followed == {"total"}
    assert "total" not in merge.agree, "compared again once it was written"


def test_nothing_is_written_where_a_run_may_not() -> None:
    merge = apart(Said("round"), writable=False)
    assert merge.patch == {ZOHO: {}, XERO: {}}
    assert held(merge) == [("total", "total_differs", ("2", "3"))]


def test_lines_that_come_to_something_else_are_held_with_both_numbers() -> None:
    why = Cannot("total_differs", "They would differ.", "Look.", values={"total": ("2", "3")})
    line: Mapping[str, Value] = {"id": "z1", "quantity": 1}
    entity = thing(LINES, TOTAL, FieldRule("note"), weighs=why)
    entity = Thing(entity.rules, {"quantity": FieldRule("quantity")}, weighs=why)
    old = {"lines": [], "note": "a", "total": "1"}
    records = pair({"lines": [line], "note": "b", "total": "2"}, {"lines": [], "note": "a", "total": "1"})
    merge = Merger(entity, linked(dict(old), dict(old)), records, Nobody(), lambda to, rule: rule.allows(to)).run()
    assert held(merge) == [("total", "total_differs", ("2", "3"))]
    assert merge.patch == {ZOHO: {}, XERO: {}}, "nothing goes where the wrong total would"
    assert not merge.weighed


def test_such_a_word_is_no_word_about_the_record_or_a_conflict() -> None:
    where: tuple[str, Side, str] = ("order", ZOHO, "1")
    said = Decision("send", where, field="total", about=spelt(["2", "3"]))
    assert record_words([said]) == {}
    assert field_words([said]) == {}
    assert settling_words([said]) == {where: {"total": said}}
