"""Two records of a pair as rows of one table: what is asked about first, then what a person knows a record by.

Pure. References are shown by the title of the record they name: an id tells a reader nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Protocol, TypeGuard

from extension.reporting import differences
from extension.reporting.differences import PRODUCT
from extension.sync.canonical import SIDES, Side, Value
from extension.sync.model import FieldRule, Record

Titles = Mapping[tuple[str, Side, str], str]
"""(entity, side, handle) -> what that record is called."""

MAIN: Final = (
    "number", "name", "first_name", "last_name", "email", "code", "phone", "tax_number", "account", "vendor", "date",
    "due_date", "status", "currency", "lines", "tax_total", "total", "price", "purchase_price",
)  # fmt: skip
UNTOLD: Final = frozenset({"xero_id", "xero_url", "add_to_xero"})  # our own fields in the CRM
MONEY: Final = frozenset({"tax_total", "total"})  # told to the cent; a price may have more digits
CENT: Final = Decimal("0.01")
MOST: Final = 12  # rows beside those that are asked about


class Rules(Protocol):
    """What is known of an entity's fields."""

    @property
    def rules(self) -> Mapping[str, FieldRule]: ...


class Named(Protocol):
    """Memory, as far as titles are read from it."""

    def by_handle(self, entity: str, side: Side, handles: Sequence[str]) -> Sequence[Record]: ...


@dataclass(frozen=True)
class Row:
    """One field on both sides. `asked`: a person is to decide about it."""

    name: str
    label: str
    zoho: Value
    xero: Value
    asked: bool = False

    @property
    def differs(self) -> bool:
        return bool(self.zoho != self.xero)


def rows(
    rules: Mapping[str, FieldRule],
    records: Mapping[Side, Record | None],
    asked: Mapping[str, Sequence[Value]],
    titles: Titles,
) -> list[Row]:
    """`asked`: field -> both values as the hold kept them, () where it kept none."""
    found = [_row(rules, name, records, titles, values) for name, values in asked.items()]
    others = [name for name in _names(records) if name not in asked][:MOST]
    return found + [_row(rules, name, records, titles, None) for name in others]


def _names(records: Mapping[Side, Record | None]) -> Iterator[str]:
    """What is worth a row: the main fields, as far as either record has a value."""
    known = [record.fields for record in records.values() if record is not None]
    yield from (name for name in MAIN if any(fields.get(name) not in (None, "", []) for fields in known))


def _row(
    rules: Mapping[str, FieldRule],
    name: str,
    records: Mapping[Side, Record | None],
    titles: Titles,
    kept: Sequence[Value] | None,
) -> Row:
    rule = rules.get(name)
    values = {}
    for n, side in enumerate(SIDES):
        record = records.get(side)
        value = kept[n] if kept else record.fields.get(name) if record is not None else None
        said = _spelt(name, value, side, titles)
        values[side] = titles.get((rule.ref, side, value), value) if rule and rule.ref and value else said
    return Row(name, label(rules, name), values["zoho"], values["xero"], kept is not None)


def _spelt(name: str, value: Value, side: Side, titles: Titles) -> Value:
    """Lines of a document as a list of sentences, what it comes to with its cents, everything else as it is."""
    if _is_lines(value):
        names = {(entity, handle): title for (entity, its, handle), title in titles.items() if its == side}
        return [differences.summary(line, names) for line in value]
    return value.quantize(CENT) if name in MONEY and isinstance(value, Decimal) else value


def _is_lines(value: Value) -> TypeGuard[list[Any]]:
    return isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)


def label(rules: Mapping[str, FieldRule], name: str) -> str:
    """What the field is called."""
    rule = rules.get(name)
    return (rule.label if rule else "") or name.replace("_", " ").capitalize()


def facts(rules: Mapping[str, FieldRule], record: Record, titles: Titles, most: int = 5) -> list[tuple[str, Value]]:
    """What tells this record from others that look like it."""
    shown = rows(rules, {record.side: record}, {}, titles)
    pairs = [(row.label, row.zoho if record.side == "zoho" else row.xero) for row in shown]
    return [pair for pair in pairs if pair[1] not in (None, "", [], record.title)][:most]


def titles(entities: Mapping[str, Rules], records: Iterable[Record], memory: Named) -> dict[tuple[str, Side, str], str]:
    """What the records are called that these refer to."""
    wanted: dict[tuple[str, Side], set[str]] = defaultdict(set)
    for record in records:
        entity = entities.get(record.entity)
        for name, rule in entity.rules.items() if entity is not None else ():
            value = record.fields.get(name)
            if rule.ref and value:
                wanted[rule.ref, record.side].add(value)
            elif _is_lines(value):
                wanted[PRODUCT, record.side].update(line[PRODUCT] for line in value if line.get(PRODUCT))
    return {
        (entity, side, found.handle or found.id): found.title
        for (entity, side), handles in wanted.items()
        for found in memory.by_handle(entity, side, sorted(handles))
    }
