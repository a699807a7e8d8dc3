"""Stored records as the CRM shows them, in v8 and in v2 (recordings and facts/zoho.md 3.4, 3.6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

from sandbox.zoho.beside import beside
from sandbox.zoho.catalogue import Catalogue
from sandbox.zoho.documents import header_taxes, tax_summary
from sandbox.zoho.line_items import LineView, dialect_of
from sandbox.zoho.organisation import Organisation, Tax
from sandbox.zoho.schema import Field, Module
from sandbox.zoho.settings import Switches
from sandbox.zoho.store import RECYCLE, Deleted, Record, Store
from sandbox.zoho.values import Number, plain, spelled

Reader: TypeAlias = Callable[[Record], Any]

NO_DECISION = {"delegate": False, "takeover": False, "approve": False, "reject": False, "resubmit": False}
STATE_KEYS: Mapping[str, Any] = {
    "$field_states": None,
    "$review_process": {"approve": False, "reject": False, "resubmit": False},
    "$approved": True,
    "$approval": NO_DECISION,
    "$approval_state": "approved",
    "$review": None,
    "$state": "save",
    "$process_flow": False,
    "$locked_for_me": False,
    "$editable": True,
    "$orchestration": False,
    "$in_merge": False,
}
EMPTY: Mapping[str, Any] = {"boolean": False, "tax_set": [], "profileimage": None}


class Renderer:
    """Shows records; asks the store for the names behind lookups at the moment of showing."""

    def __init__(self, store: Store, catalogue: Catalogue, organisation: Organisation, switches: Switches) -> None:
        self._store = store
        self._catalogue = catalogue
        self._organisation = organisation
        self._switches = switches
        self.zone = organisation.settings.zone
        self._lines = LineView(self._product, organisation.by_tax.__getitem__, lambda: switches.line_shape == "sparse")

    def rows(
        self, module: Module, records: Sequence[Record], names: Sequence[str], version: str
    ) -> list[dict[str, Any]]:
        """Records with the named fields only; `id` is always there. Names that are no fields are left out."""
        readers = [
            (name, self._reader(field, version))
            for name in dict.fromkeys(names)
            if (field := module.by_name.get(name)) and field.data_type != "subform"
        ]
        return [{**{name: read(record) for name, read in readers}, "id": str(record.id)} for record in records]

    def full_rows(
        self,
        module: Module,
        records: Sequence[Record],
        version: str,
        *,
        lines: bool = True,
    ) -> list[dict[str, Any]]:
        """Whole records with their line items."""
        layout = {"display_label": "Standard", "name": "Standard", "id": module.layout_id}
        symbol = self._organisation.settings.currency_symbol
        names = list(module.by_name)
        extra = {"$currency_symbol": symbol, "$layout_id": layout, **STATE_KEYS}
        rows = [{**row, **extra} for row in self.rows(module, records, names, version)]
        for row, record in zip(rows, records, strict=True):
            if module.items and lines:
                row.update(self.line_items(module, record, version))
            if module.api_name == "Products":
                row["$taxable"] = row["Taxable"]
            if version == "v2":
                row.update(beside(module.api_name, row))
        return rows

    def line_items(self, module: Module, record: Record, version: str) -> dict[str, Any]:
        """The subform, and the taxes that the document names beside it."""
        name, _ = dialect_of(module, version)
        if version == "v2":
            rows = [self._lines.details_row(line) for line in record.lines]
        else:
            parent = {"name": self.display_name(module, record), "id": str(record.id)}
            rows = [self._lines.subform_row(line, place, parent) for place, line in enumerate(record.lines, 1)]
        if self._switches.header_taxes == "absent":
            return {name: rows}
        return {name: rows, "$line_tax": [self._tax_value(*entry) for entry in self._header_taxes(record)]}

    def _header_taxes(self, record: Record) -> Sequence[tuple[int, Decimal, Decimal]]:
        """What `$line_tax` of the document shows: the taxes of the whole, alone or summed with those of the lines."""
        values = record.values
        net = Decimal(values.get("Sub_Total") or 0) - Decimal(values.get("Discount") or 0)
        own = header_taxes(values, net)
        if len(own) == 1:
            own = [(own[0][0], own[0][1], Decimal(values.get("Tax") or 0))]
        return own if self._switches.header_taxes == "own" else tax_summary(record.lines, own)

    def _tax_value(self, tax: int, rate: Decimal, value: Decimal) -> dict[str, Any]:
        return {"id": str(tax), "name": self._tax(tax).name, "percentage": plain(rate), "value": plain(value)}

    def display_name(self, module: Module, record: Record) -> str | None:
        value: str | None = record.values.get(module.display_field)
        return value

    def deleted_row(self, module: Module, gone: Deleted) -> dict[str, Any]:
        """One deletion; a permanent one tells no more than the id (facts/zoho.md 3.4)."""
        known = gone.kind == RECYCLE
        people = self._organisation.by_user
        return {
            "deleted_by": people[gone.by].reference() if known else None,
            "id": str(gone.record.id),
            "display_name": self.display_name(module, gone.record) if known else None,
            "type": gone.kind,
            "created_by": people[gone.record.created_by].reference() if known else None,
            "deleted_time": spelled(gone.at, self.zone),
        }

    def stamps(self, record: Record, version: str) -> dict[str, Any]:
        """What the result of a write tells of a record."""
        people = self._organisation.by_user
        details = {
            "Modified_Time": spelled(record.modified, self.zone),
            "Modified_By": people[record.modified_by].reference(),
            "Created_Time": spelled(record.created, self.zone),
            "id": str(record.id),
            "Created_By": people[record.created_by].reference(),
        }
        return details if version == "v2" else {**details, "$approval_state": "approved"}

    def _reader(self, field: Field, version: str) -> Reader:
        name = field.api_name
        people, zone = self._organisation.by_user, self.zone
        match name:
            case "Created_Time":
                return lambda record: spelled(record.created, zone)
            case "Modified_Time":
                return lambda record: spelled(record.modified, zone)
            case "Created_By":
                return lambda record: people[record.created_by].owner()
            case "Modified_By":
                return lambda record: people[record.modified_by].owner()
            case "Tag":
                return lambda record: []
        match field.data_type:
            case "lookup":
                return self._lookup(field)
            case "ownerlookup" | "userlookup":
                return lambda record: people[i].owner() if (i := record.values.get(name)) else None
            case "tax_set":
                return lambda record: [self._tax_entry(tax, version) for tax in record.values.get(name) or ()]
        empty = EMPTY.get(field.data_type)
        return lambda record: record.values.get(name, empty)

    def _lookup(self, field: Field) -> Reader:
        name, table = field.api_name, self._store.tables[field.lookup]
        display = table.module.display_field
        kept = self._switches.lookup_of_deleted == "kept"

        def read(record: Record) -> Any:
            target = record.values.get(name)
            if target is None:
                return None
            found = table.known(target) if kept else table.live.get(target)
            return {"name": found.values.get(display), "id": str(target)} if found else None

        return read

    def _tax(self, tax: int) -> Tax:
        return self._organisation.by_tax[tax]

    def _tax_entry(self, tax: int, version: str) -> Any:
        found = self._tax(tax)
        return found.label if version == "v2" else {"value": found.name, "id": str(tax)}

    def _product(self, product: int) -> tuple[str | None, str | None, Number | None, Number | None]:
        found = self._store.tables["Products"].known(product)
        values = found.values if found else {}
        return (
            values.get("Product_Name"),
            values.get("Product_Code"),
            values.get("Unit_Price"),
            values.get("Qty_in_Stock", 0),
        )
