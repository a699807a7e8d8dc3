"""What an action would change, as a person reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from extension.reporting.differences import Changed, changed, names, summary
from extension.sync.canonical import Side
from extension.sync.model import FieldRule, Record

D = Decimal
INVOICE = SimpleNamespace(
    rules={"account": FieldRule("account", ref="account"), "subject": FieldRule("subject", label="Reference")},
    line_rules={"product": FieldRule("product", ref="product"), "quantity": FieldRule("quantity")},
)
TOKEN = "new:account:zoho:z1"


def line(**changes: Any) -> dict[str, Any]:
    usual = {"id": "l1", "product": "D1", "description": "Desk", "quantity": D("2"), "price": D("100.00")}
    return {**usual, **changes}


class Memory:
    """Records by id and by handle."""

    def by_id(self, entity: str, side: Side, ids: Sequence[str]) -> list[Record]:
        return [record(entity, side, id_) for id_ in ids if id_ == "z1"]

    def by_handle(self, entity: str, side: Side, handles: Sequence[str]) -> list[Record]:
        return [record(entity, side, handle) for handle in handles if handle in ("x1", "D1") and side == "xero"]


def record(entity: str, side: Side, id_: str) -> Record:
    return Record(entity, side, id_, id_, "f", datetime.now(UTC), {}, handle=id_, title=f"{entity} {id_}")


def told(changes: Mapping[str, Sequence[Any]]) -> list[Changed]:
    return changed(INVOICE, changes, names({"invoice": INVOICE}, [("invoice", changes)], Memory()))


def test_references_are_told_by_name() -> None:
    assert told({"account": ["x1", TOKEN]}) == [Changed("Account", "account x1", "account z1")]
    assert told({"account": ["gone", "new:account:zoho:unknown"]}) == [
        Changed("Account", "gone", "a record yet to be linked")
    ]


def test_what_a_person_typed_is_no_reference() -> None:
    for text in ("new: shelves", "new:a:b:c", "new:account:zoho:"):
        assert told({"subject": [None, text]}) == [Changed("Reference", None, text)]


def test_a_field_has_its_label_and_its_figures() -> None:
    assert told({"subject": [None, "A"], "price": [D("1.5"), D("1234.0000")], "rate": [D("0.1234"), D("0.10")]}) == [
        Changed("Reference", None, "A"),
        Changed("Price", "1.50", "1,234"),
        Changed("Rate", "0.1234", "0.10"),
    ]


def test_lines_tell_what_differs_only() -> None:
    before = [line(), line(id="l2", description="Chair")]
    after = [line(quantity=D("3.0000"), **{"from": "zz"}), line(id=None, description="Lamp", quantity=D("1"))]
    assert told({"lines": [before, after]}) == [
        Changed("Line 1, quantity", "2", "3"),
        Changed("Line 2", None, "Lamp, 1 at 100"),
        Changed("A line", "Chair, 2 at 100", None),
    ]


def test_a_new_document_tells_each_line() -> None:
    assert told({"lines": [None, [line(description=None, product="new:product:zoho:z1")]]}) == [
        Changed("Line 1", None, "product z1, 2 at 100")
    ]


def test_an_entity_that_is_switched_off_is_told_all_the_same() -> None:
    assert changed(None, {"due_date": ["2026-01-01", None], "lines": [[], [line()]]}, {}) == [
        Changed("Due date", "2026-01-01", None),
        Changed("Line 1", None, "Desk, 2 at 100"),
    ]
    assert summary({}, {}) == ""


def test_our_own_fields_are_not_told_one_by_one() -> None:
    assert told({"xero_id": [None, "x"], "xero_url": [None, "https://"], "add_to_xero": [None, True]}) == []
