"""The tax of a whole document of the CRM, told as the tax of its lines.

Pure. The CRM may tax a document as a whole, on top of its lines (facts/zoho.md 3.6); Xero taxes lines. Where the header
names its tax, and that tax on each line without one comes to the same cents, those lines bear it: so they are read, and
so they stay while nobody changes the money. When money comes back from Xero, the tax moves from the header to the lines
in the CRM as well, because a header that follows its lines and one that stays would come to different totals. Any other
tax of the whole is held, with both amounts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from extension.entities import money
from extension.entities.lines import MONEY, AnyLine, Line, crm_money
from extension.entities.native import Body
from extension.entities.taxes import TaxMap, together
from extension.entities.values import NOTHING, amount
from extension.sync.canonical import Fields, Value
from extension.sync.errors import Cannot
from extension.sync.model import FieldRule, Record

AMOUNT: Final = "Tax"
NAMES: Final = "$line_tax"
REST: Final = "document_tax"
SPREAD: Final = "spread_tax"
WOULD_BE: Final = "document_tax_by_lines"
RULES: Final = (
    FieldRule(REST, "derived", label="Tax of the whole"),
    FieldRule(SPREAD, "derived", label="Tax of the whole, borne by the lines"),
    FieldRule(WOULD_BE, "derived", label="Tax of the whole, line by line"),
)


def spread(row: Mapping[str, Any], lines: Sequence[Line], entries: Iterable[Any], taxes: TaxMap) -> dict[str, Value]:
    """Gives the lines without a tax that of the header, where it comes to the same. `entries`: the taxes that the rows
    of the document name themselves. Answers with what is left at the header."""
    header = amount(row.get(AMOUNT))
    name = _named(row, header, entries, taxes) if header else None
    would_be = _on(lines, name, taxes) if name is not None else None
    if name is None or would_be != header:
        return {REST: header, SPREAD: name, WOULD_BE: would_be}
    for line in lines:
        line["tax"] = line["tax"] or name
    return {REST: NOTHING, SPREAD: name, WOULD_BE: would_be}


def _on(lines: Sequence[AnyLine], name: str, taxes: TaxMap) -> Decimal:
    percents = taxes.percents_in_crm(name)
    return money.summed(crm_money(line, percents) for line in lines if line["tax"] is None).tax


def _named(row: Mapping[str, Any], header: Decimal, entries: Iterable[Any], taxes: TaxMap) -> str | None:
    """The tax that the header names, where it names one of those that the CRM has, or several that are one row of the
    map. It may name the taxes of the lines along with its own: those are known by what they come to."""
    named = {str(one.get("name")): amount(one.get("value")) for one in row.get(NAMES) or () if isinstance(one, Mapping)}
    if sum(named.values(), NOTHING) != header:
        for entry in entries:
            if entry.get("name") in named:
                named[str(entry["name"])] -= amount(entry.get("value"))
    levied = [name for name, value in named.items() if value]
    if not levied or sum(named.values(), NOTHING) != header or not all(name in taxes.crm for name in levied):
        return None
    return together(levied)


def check_named(crm: Record) -> None:
    """Raises Cannot where nobody can tell what tax a line without one bears."""
    rest, name, would_be = (crm.fields.get(field) for field in (REST, SPREAD, WOULD_BE))
    if not rest:
        return
    if would_be is None:
        raise Cannot(
            "document_tax",
            f"“{crm.title}” bears a tax of {rest:.2f} as a whole, and the CRM does not say which tax that is.",
            "Put the tax on the lines of the document.",
        )
    raise Cannot(
        "document_tax",
        f"“{crm.title}” bears a tax of {rest:.2f} as a whole; “{name}” on each line without a tax comes to "
        f"{would_be:.2f}, and so Xero would say.",
        "Put the tax on the lines of the document.",
    )


def moved_to_lines(read: Fields, wanted: Sequence[AnyLine]) -> tuple[Sequence[AnyLine], Body]:
    """The lines as the CRM has them, and what its header is told, where a write changes the money of a document whose
    tax stands at the header: from then on it stands on the lines."""
    before: Sequence[AnyLine] = read.get("lines") or ()
    name = read.get(SPREAD)
    if name is None or read.get(REST) or not _moves(before, wanted):
        return before, {}
    return [{**line, "tax": None} if line["tax"] == name else line for line in before], {AMOUNT: 0, NAMES: []}


def _moves(before: Sequence[AnyLine], wanted: Sequence[AnyLine]) -> bool:
    known = {line["id"]: line for line in before}
    if {line.get("id") for line in wanted} != set(known):
        return True
    return any(line.get(name) != known[line["id"]].get(name) for line in wanted for name in MONEY)
