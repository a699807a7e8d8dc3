"""Native rows, as GET by id shows them, taken into the store as they stand.

Computes what a row leaves out; keeps given ids and times. Moves no stock: a seed tells the state, not the story.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sandbox.zoho.catalogue import every_field
from sandbox.zoho.cells import Cells
from sandbox.zoho.documents import HEADER_TAXES, Discount, Line, computed_line, read_discount
from sandbox.zoho.organisation import Organisation
from sandbox.zoho.schema import NUMBERS, USERS, Field, Module
from sandbox.zoho.store import Record, Store
from sandbox.zoho.values import moment, plain, record_id, rounded
from sandbox.zoho.writes import DEFAULTS, computed, settled

STAMPS = frozenset({"Created_Time", "Modified_Time", "Created_By", "Modified_By"})


class Loader:
    """Turns rows into records; a row that cannot be one is a ValueError."""

    def __init__(self, store: Store, organisation: Organisation, cells: Cells) -> None:
        self._store = store
        self._organisation = organisation
        self._cells = cells

    def record(self, module: Module, row: Mapping[str, Any], now: float) -> Record:
        given = record_id(row.get("id"))
        admin = self._organisation.users[0].id
        created = _seconds(row.get("Created_Time"), now)
        values = {
            "Owner": admin,
            **DEFAULTS.get(module.api_name, {}),
            **{
                name: self._value(field, row[name])
                for name, field in every_field(module).items()
                if name in row and name not in STAMPS and field.data_type != "subform"
            },
        }
        if module.items and row.get("Tax"):
            values[HEADER_TAXES] = tuple(self._rate(entry) for entry in row.get("$line_tax") or ())
        lines = tuple(self._line(entry) for entry in row.get(module.items) or ()) if module.items else ()
        self._number_after(module, values)
        record = Record(
            id=given or self._store.next_id(),
            values=settled(computed(module, values, lines, follows=False)),
            created=created,
            modified=_seconds(row.get("Modified_Time"), created),
            created_by=_reference(row.get("Created_By")) or admin,
            modified_by=_reference(row.get("Modified_By")) or admin,
            lines=lines,
        )
        self._store.reserve_id(record.id)
        return record

    def _value(self, field: Field, value: Any) -> Any:
        if value is None:
            return None
        if field.data_type in NUMBERS:
            return plain(rounded(_decimal(value), field.decimals))
        if field.data_type in USERS or field.data_type == "lookup":
            return _reference(value)
        if field.data_type == "tax_set":
            return self._cells.stored(field, value)
        return value

    def _line(self, row: Mapping[str, Any]) -> Line:
        product = _reference(row.get("Product_Name"))
        if product is None:
            raise ValueError(f"a line item without a product: {dict(row)}")
        line_id = record_id(row.get("id")) or self._store.next_id()
        self._store.reserve_id(line_id)
        price = row.get("List_Price")
        if price is None:
            found = self._store.tables["Products"].live.get(product)
            price = (found.values.get("Unit_Price") if found else None) or 0
        return computed_line(
            line_id,
            product,
            plain(_decimal(row.get("Quantity", 1))),
            _decimal(price),
            read_discount(_exact(row.get("Discount"))) or Discount(),
            row.get("Description") or None,
            [self._rate(entry) for entry in row.get("Line_Tax") or ()],
        )

    def _rate(self, entry: object) -> tuple[int, Decimal]:
        tax = self._cells.tax(entry)
        if tax is None:
            raise ValueError(f"a line tax the organisation does not know: {entry}")
        return tax, self._organisation.by_tax[tax].percentage

    def _number_after(self, module: Module, values: Mapping[str, Any]) -> None:
        """Make an auto number go on above the highest that was loaded."""
        for field in module.fields:
            if field.data_type == "autonumber" and (text := str(values.get(field.api_name) or "")):
                digits = text.removeprefix(self._organisation.settings.invoice_prefix)
                if digits.isascii() and digits.isdigit():
                    highest = max(self._store.sequences.get(module.api_name, 0), int(digits))
                    self._store.sequences[module.api_name] = highest


def _reference(value: object) -> int | None:
    return record_id(value.get("id") if isinstance(value, Mapping) else value)


def _exact(value: object) -> object:
    return Decimal(repr(value)) if isinstance(value, float) else value


def _decimal(value: object) -> Decimal:
    return Decimal(str(value))


def _seconds(value: object, default: float) -> int:
    parsed = moment(value)
    return int(default) if parsed is None else int(parsed.timestamp())
