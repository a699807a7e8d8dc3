"""Two records beside each other: products by their names, sums with their cents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from extension.reporting import side_by_side
from extension.reporting.differences import summary
from extension.sync.canonical import ZOHO, Side
from extension.sync.model import FieldRule, Record

RULES = {"lines": FieldRule("lines", lines=True, label="Lines"), "total": FieldRule("total", label="Total")}
NOW = datetime(2026, 11, 22, tzinfo=UTC)
LINE = {"id": "1", "product": "p7", "quantity": Decimal(2), "price": Decimal("10.5")}


class Memory:
    def by_handle(self, entity: str, side: Side, handles: Sequence[str]) -> Sequence[Record]:
        assert (entity, side) == ("product", ZOHO)
        return [Record(entity, side, each, each, "F", NOW, {}, title=f"Pen {each}") for each in handles]


def shown(**fields: Any) -> dict[str, Any]:
    record = Record("invoice", ZOHO, "1", "1", "F", NOW, fields, title="INV-1")
    entities: Any = {"invoice": SimpleNamespace(rules=RULES)}
    titles = side_by_side.titles(entities, [record], Memory())
    return {row.name: row.zoho for row in side_by_side.rows(RULES, {ZOHO: record}, {}, titles)}


def test_a_line_without_words_is_called_as_its_product() -> None:
    assert shown(lines=[LINE, {**LINE, "description": "A pen"}])["lines"] == ["Pen p7, 2 at 10.50", "A pen, 2 at 10.50"]
    assert summary(LINE, {("product", "p7"): "Pen"}) == "Pen, 2 at 10.50", "in a preview, too"


def test_sums_have_their_cents() -> None:
    told = shown(total=Decimal(736), price=Decimal("0.1234"))
    assert str(told["total"]) == "736.00"
    assert str(told["price"]) == "0.1234"
