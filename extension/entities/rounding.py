"""The rounding line of a Xero document: it carries what two totals differ by, once a person said so.

Pure. The line is ours. It has no item and no tax, its words are always the same and by them it is known, whatever
account it is on: it is no line of the CRM's document, is repeated with every write, and moves when the difference does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from extension.entities.native import Body
from extension.entities.settings_documents import DocumentSettings
from extension.entities.taxes import NO_TAX_TYPE, Trade
from extension.entities.values import amount, number
from extension.sync.errors import Cannot
from extension.sync.model import FieldRule

WORDS: Final = "Rounding difference"
RULE: Final = FieldRule("rounding", "derived", label="Rounding line")
NAME: Final = RULE.name


def ours(row: Mapping[str, Any]) -> bool:
    """Whether a line of Xero is our rounding line."""
    return row.get("Description") == WORDS and not row.get("ItemCode") and not row.get("TaxAmount")


def carried(rows: Iterable[Mapping[str, Any]]) -> Decimal | None:
    """What the rounding line of these comes to; None where there is none."""
    found = [line_amount(row) for row in rows if ours(row)]
    return sum(found, Decimal(0)) or None if found else None


def line_amount(row: Mapping[str, Any]) -> Decimal:
    told = number(row.get("LineAmount"))
    return amount(row.get("Quantity")) * amount(row.get("UnitAmount")) if told is None else told


def with_line(rows: Sequence[Body], carries: Decimal | None, account: str | None) -> list[Body]:
    """These lines of Xero with a rounding line that carries so much; the one that is there stays the same line."""
    old = next((row for row in rows if ours(row)), None)
    others = [row for row in rows if not ours(row)]
    if not carries:
        return others
    line: Body = {"Description": WORDS, "Quantity": 1, "UnitAmount": carries, "TaxType": NO_TAX_TYPE}
    code = (old or {}).get("AccountCode") or account
    if code:
        line["AccountCode"] = code
    if old is not None and "LineItemID" in old:
        line = {"LineItemID": old["LineItemID"], **line}
    return [*others, line]


def check_account(settings: DocumentSettings, trade: Trade, values: Mapping[str, tuple[Any, Any]]) -> None:
    """Raises Cannot where nobody said where such a line is posted."""
    if not settings.rounding.get(trade):
        raise Cannot(
            "no_rounding_account",
            f"There is no account for rounding lines in {trade}.",
            "Choose one in the settings; then it is done as you said.",
            values=values,
        )
