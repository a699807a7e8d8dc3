"""The first merge of two records that were never in step: blanks are filled, what differs goes by each field's owner.

`first_base` chooses the bases; the ordinary merge does the rest. Nothing is ever deleted without a base.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from extension.sync.canonical import UNSET, XERO, ZOHO, Fields, Value
from extension.sync.merge import Merge, Merger, first_base
from extension.sync.model import Direction, FieldRule, Owner
from tests.unit.sync.samples import Nobody, Thing, linked, pair, thing
from tests.unit.sync.test_merge import settled


@dataclass(frozen=True)
class Row:
    """One field `f` of two records that meet for the first time, and what their first merge does."""

    what: str
    now: tuple[Value, Value]
    then: str
    direction: Direction = "both"
    owner: Owner = "zoho"
    old: bool = False


def first_merge(entity: Thing, zoho: Fields, xero: Fields, *, old: bool = False) -> Merge:
    records = pair(zoho, xero)
    base, pairs = first_base(entity, records, Nobody(), old=old)
    link = linked(base[ZOHO], base[XERO], pairs=pairs, settled=False)
    return Merger(entity, link, records, Nobody(), lambda to, rule: rule.allows(to)).run()


TABLE = [
    Row("they agree already", ("a", "a"), "agreed"),
    Row("both blank", (None, None), "agreed"),
    Row("blank in Xero", ("a", None), "xero = a", owner="xero"),
    Row("blank in the CRM", (None, "a"), "zoho = a", owner="zoho"),
    Row("they differ, the CRM owns it", ("a", "b"), "xero = a", owner="zoho"),
    Row("they differ, Xero owns it", ("a", "b"), "zoho = b", owner="xero"),
    Row("they differ, no owner: the CRM's stands", ("a", "b"), "xero = a", owner="ask"),
    Row("Xero decides it", ("a", "b"), "zoho = b", "to_zoho"),
    Row("Xero decides it and has nothing", ("a", None), "zoho = None", "to_zoho"),
    Row("the CRM decides it", ("a", "b"), "xero = a", "to_xero", "xero"),
    # ---- older than the start date: both stand as they are, only what Xero decides travels
    Row("old, they differ", ("a", "b"), "nothing", old=True),
    Row("old, blank in Xero", ("a", None), "nothing", old=True),
    Row("old, the CRM decides it", ("a", "b"), "nothing", "to_xero", old=True),
    Row("old, Xero decides it", ("a", "b"), "zoho = b", "to_zoho", old=True),
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.what)
def test_the_table(row: Row) -> None:
    entity = thing(FieldRule("f", row.direction, row.owner))
    merge = first_merge(entity, {"f": row.now[0]}, {"f": row.now[1]}, old=row.old)
    assert settled(merge) == row.then


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize(("totals", "then"), [(("1", "1"), []), (("1", "2"), ["total_differs"])])
def test_totals_are_compared_from_the_start(totals: tuple[str, str], then: list[str], old: bool) -> None:
    merge = first_merge(thing(FieldRule("total", "derived")), {"total": totals[0]}, {"total": totals[1]}, old=old)
    assert [hold.reason for hold in merge.holds] == then


def test_only_the_side_whose_value_travels_is_left_open() -> None:
    entity = thing(FieldRule("mine", owner="zoho"), FieldRule("yours", owner="xero"), FieldRule("id", "to_zoho"))
    values = {"mine": "a", "yours": "a", "id": "a"}
    base, _ = first_base(entity, pair(values, values), Nobody(), old=False)
    assert {name: (base[ZOHO].get(name, UNSET), base[XERO].get(name, UNSET)) for name in values} == {
        "mine": (UNSET, "a"),
        "yours": ("a", UNSET),
        "id": ("a", UNSET),
    }


def test_lines_are_paired_by_content_then_by_place() -> None:
    entity = thing(FieldRule("lines", lines=True), line_rules={"item": FieldRule("item")})
    zoho = [{"id": "z1", "item": "pen"}, {"id": "z2", "item": "ink"}]
    xero = [{"id": "x1", "item": "ink"}, {"id": "x2", "item": "cup"}]
    _, pairs = first_base(entity, pair({"lines": zoho}, {"lines": xero}), Nobody(), old=False)
    assert pairs == (("z1", "x2"), ("z2", "x1"))


@pytest.mark.parametrize(("owner", "wins"), [("zoho", "xero"), ("xero", "zoho")])
def test_of_two_lists_that_were_never_in_step_the_owners_stands(owner: Owner, wins: str) -> None:
    """A line that only the other one has is taken out, not added: else every adoption would double the document."""
    entity = thing(FieldRule("lines", lines=True, owner=owner), line_rules={"item": FieldRule("item")})
    zoho: list[dict[str, Any]] = [{"id": "z1", "item": "pen"}, {"id": "z2", "item": "ink"}]
    xero: list[dict[str, Any]] = [{"id": "x1", "item": "pen"}]
    merge = first_merge(entity, {"lines": zoho}, {"lines": xero})
    lists = {side: [line["item"] for line in patch["lines"]] for side, patch in merge.patch.items() if patch}
    assert lists == ({"xero": ["pen", "ink"]} if wins == "xero" else {"zoho": ["pen"]})
