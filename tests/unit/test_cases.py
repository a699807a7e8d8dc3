"""A page of holds as cases: both sides beside each other, and only the ways that can be gone with this very record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from extension.reporting.cases import Case, cases, decision, titles
from extension.sync.canonical import XERO, ZOHO, Side, Where
from extension.sync.errors import BadInput
from extension.sync.memory import MemoryStore
from extension.sync.model import FieldRule, Link, Record
from extension.sync.ports import Decision, HoldRow, Rejection

NOW = datetime(2026, 9, 14, tzinfo=UTC)
RULES = {"name": FieldRule("name", label="Name"), "account": FieldRule("account", ref="account", label="Account")}
ENTITIES: Any = {name: SimpleNamespace(rules=RULES) for name in ("account", "contact")}
OURS, THEIRS = ("account", ZOHO, "1"), ("account", XERO, "x")


@dataclass(frozen=True)
class Held:
    number: int
    row: HoldRow


class Known(MemoryStore):
    """Memory with some records; decisions are asked for by record."""

    def decisions_of(self, wheres: Sequence[Where]) -> Sequence[Decision]:
        return [each for each in self.decisions() if each.where in wheres]


def record(where: Where, **changes: Any) -> Record:
    entity, side, id_ = where
    fields = {"name": f"Acme {id_}", **changes.pop("fields", {})}
    return replace(Record(entity, side, id_, id_, "F", NOW, fields, title=fields["name"]), **changes)


@pytest.fixture
def memory() -> Known:
    found = Known({ZOHO: "z", XERO: "x"}, None)
    save(found, record(OURS), record(THEIRS))
    return found


def save(memory: Known, *records: Record, link: Link | None = None, said: Sequence[Decision] = ()) -> None:
    epoch = memory.acquire("test", NOW, 60)
    assert epoch is not None
    with memory.write(epoch) as tx:
        tx.put_records(records)
        if link is not None:
            tx.insert_link(link)
        for each in said:
            tx.decide(each)
    memory.release(epoch)


def linked(memory: Known) -> None:
    ids: dict[Side, str] = {ZOHO: "1", XERO: "x"}
    save(memory, link=Link(0, "account", ids, {ZOHO: {}, XERO: {}}))


def hold(reason: str, where: Where = OURS, field: str | None = None, related: tuple[Where, ...] = ()) -> HoldRow:
    values = {field: ["a", "b"]} if field else {}
    return HoldRow(where, reason, "Why.", "What.", field, "Acme", related, values)


def one(memory: Known, *rows: HoldRow) -> Case:
    (case,) = cases([Held(n, row) for n, row in enumerate(rows, 1)], ENTITIES, memory)
    return case


def test_a_conflict_is_decided_field_by_field_and_in_no_other_way(memory: Known) -> None:
    linked(memory)
    save(memory, said=[Decision("take", OURS, field="name", takes=XERO)])
    case = one(memory, hold("conflict", field="name"), hold("conflict", field="phone"))
    assert case.linked
    assert case.ways == []
    name, phone = case.points
    assert name.decided == Decision("take", OURS, field="name", takes=XERO)
    assert phone.decided is None
    assert case.asked("phone") is phone
    assert [(row.label, row.zoho, row.xero, row.asked) for row in case.rows] == [
        ("Name", "a", "b", True),
        ("Phone", "a", "b", True),
    ]


def test_candidates_can_be_linked_only_where_both_are_free(memory: Known) -> None:
    taken, gone, rival = (("account", XERO, id_) for id_ in ("y", "g", "r"))
    ids: dict[Side, str] = {ZOHO: "2", XERO: "y"}
    save(memory, record(taken), record(("account", ZOHO, "2")), link=Link(0, "account", ids, {ZOHO: {}, XERO: {}}))
    save(memory, record(gone, state="gone"), record(rival))
    same: Where = ("account", ZOHO, "3")
    save(memory, record(same))
    case = one(memory, hold("ambiguous", related=(THEIRS, taken, gone, rival, same)))
    assert {each.record.id: each.free for each in case.candidates} == {
        "x": True, "y": False, "g": False, "r": True, "3": False
    }  # fmt: skip
    assert case.ways == ["create", "ignore"]


def test_what_is_about_to_be_linked_stands_beside_it(memory: Known) -> None:
    """Two that belong together, but differ: the counterpart is certain, so it is shown as one."""
    case = one(memory, hold("total_differs", related=(THEIRS,)))
    assert case.ids == {ZOHO: "1", XERO: "x"}
    assert not case.linked
    assert case.candidates == []
    assert [(row.zoho, row.xero) for row in case.rows] == [("Acme 1", "Acme x")]


@pytest.mark.parametrize("reason", ["gone", "gone_edited"])
def test_gone_on_one_side(memory: Known, reason: str) -> None:
    linked(memory)
    save(memory, record(THEIRS, state="gone"))
    case = one(memory, hold(reason, related=(THEIRS,)))
    assert (case.gone, case.ways, case.candidates) == (XERO, ["retire", "recreate", "keep"], [])


def test_a_reference_is_shown_by_name(memory: Known) -> None:
    person: Where = ("contact", ZOHO, "5")
    save(memory, record(person, fields={"name": "Ann", "account": "1"}))
    case = one(memory, hold("waiting", person))
    assert [(row.label, row.zoho) for row in case.rows] == [("Name", "Ann"), ("Account", "Acme 1")]
    assert case.ways == ["ignore"]


def test_only_what_was_refused_can_be_tried_again(memory: Known) -> None:
    assert not one(memory, hold("invalid")).refused
    epoch = memory.acquire("test", NOW, 60)
    assert epoch is not None
    with memory.write(epoch) as tx:
        tx.reject(Rejection(OURS, "*", "invalid", "No."))
    assert one(memory, hold("invalid")).refused
    assert not one(memory, hold("waiting")).refused  # held for another reason by now


def test_a_record_that_is_not_known_is_shown_all_the_same(memory: Known) -> None:
    case = one(memory, hold("missing", ("account", ZOHO, "99"), related=(("account", XERO, "98"),)))
    assert (case.title, case.rows, case.candidates) == ("Acme", [], [])
    assert titles([("account", ZOHO, "99"), OURS], memory) == ["99", "Acme 1"]


def test_modules_that_are_switched_off_have_no_labels(memory: Known) -> None:
    (case,) = cases([Held(1, hold("conflict", field="due_date"))], {}, memory)
    assert case.rows[0].label == "Due date"


# ------------------------------------------------------------------ words


@pytest.mark.parametrize(
    ("row", "said", "expected"),
    [
        (hold("gone"), {"verb": "retire"}, Decision("retire", OURS)),
        (hold("ambiguous", related=(THEIRS,)), {"verb": "link", "twin": "x"}, Decision("link", OURS, "x")),
        (
            hold("conflict", field="name"),
            {"verb": "take", "field": "name", "takes": "xero"},
            Decision("take", OURS, field="name", takes=XERO),
        ),
        (hold("ambiguous"), {"verb": "link", "twin": "x"}, "no_twin"),
        (hold("conflict", field="name"), {"verb": "take", "field": "phone", "takes": "xero"}, "no_side"),
        (hold("conflict", field="name"), {"verb": "take", "field": "name", "takes": ""}, "no_side"),
        (hold("conflict", THEIRS, "name"), {"verb": "take", "field": "name", "takes": "xero"}, "no_side"),
        (hold("conflict", field="name"), {"verb": "retire"}, "no_way"),
        (hold("waiting"), {"verb": "link", "twin": "x"}, "no_way"),
        (hold("unheard_of"), {"verb": "ignore"}, "no_way"),
    ],
)
def test_a_word_leads_only_where_its_reason_leads(row: HoldRow, said: dict[str, str], expected: Decision | str) -> None:
    if isinstance(expected, Decision):
        assert decision(row, **cast("Any", said)) == expected
        return
    with pytest.raises(BadInput) as wrong:
        decision(row, **cast("Any", said))
    assert wrong.value.code == expected
