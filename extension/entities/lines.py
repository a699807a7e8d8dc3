"""Line items: what both services say of a line, in one shape, and how the CRM's are read and written.

Pure. A line's price is net, its discount an amount, its tax the side's own name for it, its account Xero's alone.
Where the CRM needs a product and Xero has no item, one that the settings name stands for it. A write carries the
changed lines by id (facts/zoho.md 3.5). Xero's are in `xero_lines`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Final, TypeAlias

from extension.entities import money
from extension.entities.money import LineMoney, Totals
from extension.entities.native import Body
from extension.entities.taxes import TaxMap, together
from extension.entities.values import NOTHING, amount, lookup, number, text
from extension.sync.canonical import Value
from extension.sync.errors import BadInput, Cannot
from extension.sync.model import AMOUNT, FieldRule, of_header

Line: TypeAlias = dict[str, Value]
AnyLine: TypeAlias = Mapping[str, Value]

RULES: Final[Mapping[str, FieldRule]] = {
    rule.name: rule
    for rule in (
        FieldRule("product", ref="product", label="Product"),
        FieldRule("description", label="Description"),
        FieldRule("quantity", label="Quantity"),
        FieldRule("price", label="Price"),
        FieldRule("discount", label="Discount"),
        FieldRule("tax", label="Tax"),
        FieldRule("account", "derived", label="Account"),
    )
}
MOST_LINES: Final = 200  # of a document of the CRM (facts/zoho.md 3.6)
MONEY: Final = frozenset({"quantity", "price", "discount", "tax"})


@dataclass(frozen=True, slots=True)
class LineNames:
    """API names of the fields of the CRM's subform."""

    product: str = "Product_Name"
    quantity: str = "Quantity"
    price: str = "List_Price"
    description: str = "Description"
    discount: str = "Discount"
    tax: str = "Line_Tax"

    @staticmethod
    def of(label: str, given: Mapping[str, str]) -> LineNames:
        known = {field.name for field in fields(LineNames)}
        unknown = set(given) - known
        if unknown or not all(given.values()):
            raise BadInput(f"{label}: a line's fields are {', '.join(sorted(known))}, each with its name in the CRM.")
        return LineNames(**given)


class ItemCode(str):
    """The code of a Xero item that knows to which account its lines are posted: where a line is written, nobody
    could look it up any more. Equals the plain code."""

    account: str | None = None

    @staticmethod
    def of(code: str, account: str | None) -> ItemCode:
        made = ItemCode(code)
        made.account = account
        return made


# ------------------------------------------------------------------ the CRM's lines


def read_crm(rows: Iterable[Mapping[str, Any]], names: LineNames, itemless: str | None = None) -> list[Line]:
    """`itemless`: the product that stands for no item at all, since the CRM needs one on each line."""
    return [
        {
            "id": str(row["id"]),
            "product": None if (product := lookup(row.get(names.product))) == itemless else product,
            "description": text(row.get(names.description)),
            "quantity": number(row.get(names.quantity)),
            "price": number(row.get(names.price)),
            "discount": amount(row.get(names.discount)),
            "tax": _tax_name(row.get(names.tax)),
            "account": None,
        }
        for row in rows
    ]


def _tax_name(entries: Any) -> str | None:
    """The name of the line's tax, or the names of several together.

    The CRM may name every tax of the product, those that are not levied with 0 percent: they count when alone.
    """
    if not entries:
        return None
    levied = [entry for entry in entries if number(entry.get("percentage")) != NOTHING]
    return together(str(entry.get("name")) for entry in levied or entries)


def write_crm(
    lines: Sequence[AnyLine],
    before: Sequence[AnyLine],
    names: LineNames,
    taxes: TaxMap,
    itemless: str | None = None,
) -> list[Body]:
    """Rows by id where something changed, new ones without id, removed ones marked.

    What stands before a changed row goes along by its id: whether the CRM keeps its own order or takes that of the
    request, the order is then the one wanted (facts/zoho.md 3.5).
    """
    known = {line["id"]: line for line in before}
    there = [line["id"] for line in lines if line.get("id")]
    moved = there != [line["id"] for line in before if line["id"] in set(there)]
    rows: list[Body] = []
    last = 0
    for line in lines:
        old = known.pop(line["id"], None) if line.get("id") else None
        row = _crm_row(line, old, names, taxes, itemless)
        rows.append(row)
        if moved or old is None or len(row) > 1:
            last = len(rows)
    return rows[:last] + [{"id": gone, "_delete": None} for gone in known]


def _crm_row(line: AnyLine, old: AnyLine | None, names: LineNames, taxes: TaxMap, itemless: str | None) -> Body:
    changed = [name for name in RULES if name != "account" and (old is None or line.get(name) != old.get(name))]
    if changed and line.get("discount") and not {"quantity", "price"}.isdisjoint(changed):
        changed.append("discount")  # one that is a percentage there would follow the price by itself
    row: Body = {} if old is None else {"id": line["id"]}
    for name in changed:
        row[getattr(names, name)] = _crm_value(name, line.get(name), taxes, itemless)
    return row


def _crm_value(name: str, value: Value, taxes: TaxMap, itemless: str | None) -> Any:
    if name == "product":
        return {"id": value or itemless}
    return taxes.crm_entries(value) if name == "tax" else value


def check_number(lines: Sequence[AnyLine]) -> None:
    """Raises Cannot where the CRM does not take so many."""
    count = sum(1 for line in lines if not of_header(line.get("id")))
    if count > MOST_LINES:
        raise Cannot(
            "too_many_lines",
            f"It would have {count} lines in the CRM, which takes {MOST_LINES} of a document.",
            "Put lines together, or make two documents of it.",
        )


def crm_totals(lines: Iterable[AnyLine], taxes: TaxMap) -> Totals:
    """What the CRM will make of these lines of its own; raises Cannot."""
    return money.summed(_in_header(line) or crm_money(line, taxes.percents_in_crm(line.get("tax"))) for line in lines)


def _in_header(line: AnyLine) -> LineMoney | None:
    return LineMoney(amount(line[AMOUNT]), NOTHING) if of_header(line.get("id")) else None


def crm_money(line: AnyLine, percents: Sequence[Decimal]) -> LineMoney:
    """What the CRM makes of one line: each of its taxes is rounded by itself."""
    quantity, price, discount = (amount(line.get(name)) for name in ("quantity", "price", "discount"))
    each = [money.zoho_line(quantity, price, discount, percent) for percent in percents or (NOTHING,)]
    return LineMoney(each[0].net, sum((one.tax for one in each), NOTHING))
