"""A plan as a document: every live record once, exact money, and what it will cost."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import simplejson

from extension.console.result import dumps
from extension.reporting import cost, planview
from extension.sync.actions import Adopt, Create, Hold, Plan, Report, Retire, Skip, Update
from extension.sync.canonical import XERO, ZOHO, Placeholder, Side, Where
from extension.sync.model import Link, Record
from tests.unit.sync.samples import rec


@dataclass(frozen=True)
class Live:
    entity: str
    side: Side
    id: str
    title: str = ""
    state: str = "active"
    births: bool = True
    twin: str | None = None

    @property
    def where(self) -> Where:
        return (self.entity, self.side, self.id)


def invoice(side: Side, id: str, **fields: Any) -> Record:
    return rec(side, id, "invoice", fields=fields, title=f"INV {id}")


def link(zoho: str, xero: str, entity: str = "invoice") -> Link:
    return Link(1, entity, {ZOHO: zoho, XERO: xero}, {ZOHO: {}, XERO: {}}, settled=True)


CREATE = Create(
    "invoice",
    XERO,
    invoice(ZOHO, "z1", total=Decimal("115.00"), currency="NZD"),
    {"number": "INV 1", "account": Placeholder.of(("account", ZOHO, "a1")), "total": Decimal("115.00")},
)
UPDATE = Update(
    "invoice",
    link("z2", "x2"),
    {ZOHO: {"status": "Paid"}, XERO: {"reference": "R"}},
    {ZOHO: invoice(ZOHO, "z2", status="Sent", total=Decimal("10.10"), currency="USD"), XERO: invoice(XERO, "x2")},
)
SILENT = Update("invoice", link("z3", "x3"), {}, {ZOHO: invoice(ZOHO, "z3"), XERO: invoice(XERO, "x3")}, ("number",))
ADOPT = Adopt(
    "invoice", invoice(ZOHO, "z4"), invoice(XERO, "x4", theme="A"), "number", patch={ZOHO: {"theme": "A"}, XERO: {}}
)
RETIRE = Retire("invoice", link("z5", "x5"), XERO, invoice(XERO, "x5"), invoice(ZOHO, "z5"), "void")
HOLD = Hold("invoice", ZOHO, "z6", "ambiguous", "Two of them.", "Merge them.", related=(("invoice", XERO, "x6"),))
SKIP = Skip("invoice", XERO, "x7", "before_start", "INV x7")
PLAN = Plan((CREATE, UPDATE, SILENT, ADOPT, RETIRE), (HOLD,), (SKIP,))

LIVE = [
    Live("invoice", ZOHO, "z1"),
    Live("invoice", ZOHO, "z2", twin="x2"),
    Live("invoice", ZOHO, "z3", twin="x3"),
    Live("invoice", ZOHO, "z4"),
    Live("invoice", ZOHO, "z6"),
    Live("invoice", ZOHO, "z8", state="out_of_scope"),
    Live("invoice", XERO, "x2", twin="z2"),
    Live("invoice", XERO, "x3", twin="z3"),
    Live("invoice", XERO, "x4"),
    Live("invoice", XERO, "x5", twin="z5"),
    Live("invoice", XERO, "x6"),
    Live("invoice", XERO, "x7"),
    Live("invoice", XERO, "x9", births=False),
    Live("invoice", XERO, "x0"),
]


def test_every_live_record_is_listed_once_with_what_becomes_of_it() -> None:
    rows = planview.listing(PLAN, LIVE)
    assert [(row["side"], row["id"]) for row in rows] == [(live.side, live.id) for live in LIVE]
    assert {row["id"]: row["status"] for row in rows} == {
        "z1": "create", "z2": "update", "z3": "linked", "z4": "adopt", "z6": "held", "z8": "skipped",
        "x2": "update", "x3": "linked", "x4": "adopt", "x5": "retire", "x6": "held", "x7": "skipped",
        "x9": "skipped", "x0": "skipped",
    }  # fmt: skip
    reasons = {row["id"]: row.get("reason") for row in rows}
    assert reasons["z6"] == reasons["x6"] == "ambiguous"
    assert (reasons["z8"], reasons["x9"], reasons["x0"]) == ("not_ticked", "no_role", "before_start")


def test_a_held_field_of_a_linked_record_holds_its_row() -> None:
    plan = Plan(holds=(Hold("invoice", ZOHO, "z2", "conflict", "Both changed.", field="date"),))
    (row,) = planview.listing(plan, [Live("invoice", ZOHO, "z2", twin="x2")])
    assert (row["status"], row["reason"], row["twin"]) == ("held", "conflict", "x2")


def test_actions_tell_what_changes_on_which_side() -> None:
    create, update = planview.entry(CREATE), planview.entry(UPDATE)
    assert (create["side"], create["zoho_id"], create["xero_id"], create["title"]) == (XERO, "z1", None, "INV z1")
    assert create["changes"]["number"] == [None, "INV 1"]
    assert create["money"] == {"currency": "NZD", "total": Decimal("115.00")}
    assert update["side"] == "both"
    assert update["changes"] == {"status": ["Sent", "Paid"], "reference": [None, "R"]}
    assert planview.entry(RETIRE)["side"] == XERO
    assert planview.entry(ADOPT)["changes"] == {"theme": [None, "A"]}


def test_counts_and_money_by_currency() -> None:
    counts = planview.counts(PLAN, planview.listing(PLAN, LIVE))["invoice"]
    assert counts == {
        "adopt": 1, "create xero": 1, "held": 2, "linked": 2, "retire xero": 1, "skipped": 4,
        "update xero": 1, "update zoho": 1,
    }  # fmt: skip
    assert planview.totals(PLAN) == {"create": {"NZD": Decimal("115.00")}, "update": {"USD": Decimal("10.10")}}


def test_the_document_is_json_with_every_digit() -> None:
    report = Report(3, "planned", PLAN, stops=("first_run",))
    text = dumps(planview.document("Main", report, LIVE, {ZOHO: 1, XERO: 2}))
    found = simplejson.loads(text, use_decimal=True)
    assert "115.00" in text
    assert found["connection"] == "Main"
    assert found["stops"] == ["first_run"]
    assert len(found["actions"]) == 4, "a base that moves in silence is no work"
    assert found["actions"][0]["changes"]["account"] == [None, "new:account:zoho:a1"]
    assert found["holds"][0]["related"] == [{"entity": "invoice", "side": "xero", "id": "x6"}]
    assert Counter(row["status"] for row in found["records"])["linked"] == 2


def test_what_json_cannot_say_is_refused() -> None:
    with pytest.raises(TypeError):
        dumps({"x": object()})
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    assert simplejson.loads(dumps({"a": moment, "b": {1}})) == {"a": moment.isoformat(), "b": [1]}


# ------------------------------------------------------------------ cost


@dataclass(frozen=True)
class Kind:
    name: str
    document: bool
    feeds: dict[Side, str]


class Kinds:
    entities = (
        Kind("invoice", True, {ZOHO: "Invoices", XERO: "Invoices"}),
        Kind("account", False, {ZOHO: "Accounts", XERO: "Contacts"}),
        Kind("vendor", False, {ZOHO: "Vendors", XERO: "Contacts"}),
    )

    def entity(self, name: str) -> Kind:
        return next(kind for kind in self.entities if kind.name == name)


def price(*actions: Any) -> dict[Side, int]:
    return cost.estimate(Plan(actions), Kinds(), lambda side, feed: 100 if side == ZOHO else 50)  # type: ignore[arg-type]


def creates(entity: str, side: Side, n: int) -> list[Create]:
    return [Create(entity, side, rec(XERO if side == ZOHO else ZOHO, str(i), entity), {}) for i in range(n)]


def test_writes_go_in_full_batches_and_are_written_back_once() -> None:
    assert price() == {ZOHO: 0, XERO: 0}
    # 120 contacts: three PUTs of 50; their ids go back to the CRM in two calls, each read again.
    assert price(*creates("account", XERO, 120)) == {XERO: 3, ZOHO: 4}
    # Two entities that share Xero's contacts share its batches.
    assert price(*creates("account", XERO, 30), *creates("vendor", XERO, 20))[XERO] == 1


def test_documents_in_the_crm_are_read_again_one_by_one() -> None:
    assert price(*creates("invoice", ZOHO, 30)) == {ZOHO: 1 + 30, XERO: 1}
    assert price(UPDATE) == {ZOHO: 1 + 1, XERO: 1}
