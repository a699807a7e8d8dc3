"""One record written: read the row, hold the rules, compute, store, and let its consequences follow.

Whole batches, statuses and JSON are `batches`' business. Rules: facts/zoho.md 3.5, 3.6 and 5.2, 9-16.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sandbox.zoho.catalogue import Catalogue
from sandbox.zoho.cells import Cells
from sandbox.zoho.channels import Change
from sandbox.zoho.documents import HEADER_PERCENT, HEADER_TAXES, Discount, Line, stock_moves, with_totals
from sandbox.zoho.errors import RowError, invalid_data, mandatory, unknown_id
from sandbox.zoho.line_items import changed_lines, dialect_of
from sandbox.zoho.metadata import STOCKED
from sandbox.zoho.organisation import Organisation, Tax
from sandbox.zoho.schema import Field, Module
from sandbox.zoho.settings import Switches
from sandbox.zoho.store import Record, Store
from sandbox.zoho.values import Number, plain

DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "Products": {
        "Product_Active": True, "Taxable": True, "Qty_in_Stock": 0, "Qty_Ordered": 0, "Qty_in_Demand": 0,
        "Reorder_Level": 0,
    },
    "Invoices": {"Status": "Created"},
    "Purchase_Orders": {"Status": "Created"},
}  # fmt: skip


@dataclass(frozen=True)
class Act:
    """Who writes, in which dialect, and under which conditions."""

    user: int
    version: str
    triggers: bool = True
    unmodified_since: float | None = None
    later: int = 0
    """Seconds after the call at which it happens: a workflow runs behind the one that set it off."""


class Writer:
    """Creates, changes, deletes and restores single records. Refuses with RowError and then changes nothing."""

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        organisation: Organisation,
        switches: Switches,
        now: Callable[[], float],
        notice: Callable[[str], None],
        told: Callable[[Change], None],
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._organisation = organisation
        self._switches = switches
        self._now = now
        self._notice = notice
        self._told = told
        self._cells = Cells(organisation, switches, self._exists)

    def create(self, module: Module, row: Mapping[str, Any], act: Act) -> Record:
        """A new record."""
        values, lines = self._read(module, row, act, None)
        values = {"Owner": act.user, **DEFAULTS.get(module.api_name, {}), **self._currency(), **values}
        self._check(module, row, values, lines, None)
        record_id = self._store.next_id()
        values = {**self._auto_numbers(module), **values}
        now = self._now()
        stamp = self._store.stamp(now)
        values = settled(computed(module, values, lines, self._switches))
        record = Record(record_id, values, stamp, stamp, act.user, act.user, lines, touched=now)
        self._save(module, record, None)
        self._tell(module, "insert", record.id, act)
        return self._after(module, record, act)

    def update(self, module: Module, record_id: int | None, row: Mapping[str, Any], act: Act) -> Record:
        """Change what the row names; null clears, what is left out stays."""
        old = self._store.tables[module.api_name].live.get(record_id or 0)
        if old is None:
            raise unknown_id()
        if act.unmodified_since is not None and old.modified > act.unmodified_since:
            raise AlreadyModified(old)
        changes, lines = self._read(module, row, act, old)
        values = {**old.values, **changes}
        self._check(module, row, values, lines, old)
        values = settled(computed(module, values, lines, self._switches))
        if not self._switches.unchanged_put_bumps and values == old.values and lines == old.lines:
            return old
        now = self._now()
        stamp = self._store.stamp(now + act.later)
        record = replace(old, values=values, lines=lines, modified=stamp, modified_by=act.user, touched=now)
        self._save(module, record, old)
        self._tell(module, "update", record.id, act)
        return self._after(module, record, act)

    def keep(self, module: Module, record: Record, act: Act, *, quietly: bool = False) -> None:
        """Store what a merge made of a record; `quietly`: its time does not move, and nobody is told."""
        old = self._store.tables[module.api_name].live[record.id]
        now = self._now()
        merged = record
        if not quietly:
            merged = replace(record, modified=self._store.stamp(now), modified_by=act.user)
            self._tell(module, "update", merged.id, act)
        self._save(module, replace(merged, touched=now), old)

    def delete(self, module: Module, record_id: int | None, act: Act) -> None:
        """Into the recycle bin; the stock a document held goes back."""
        table = self._store.tables[module.api_name]
        if record_id is None or record_id not in table.live:
            raise unknown_id()
        stamp = self._store.stamp(self._now())
        gone = table.delete(record_id, stamp, act.user)
        self._tell(module, "delete", record_id, act)
        self._touch_products(module, gone.lines, (), stamp, act.user)

    def restore(self, module: Module, record_id: int, act: Act) -> Record:
        """Back from the recycle bin under the same id, unless its unique values are taken."""
        table = self._store.tables[module.api_name]
        record = table.known(record_id)
        if record is None or record_id in table.live:
            raise KeyError(record_id)
        self._check_unique(module, record.values, record)
        record = table.take_back(record_id)
        now = self._now()
        stamp = self._store.stamp(now)
        if self._switches.restore_bumps_modified:
            record = replace(record, modified=stamp, modified_by=act.user)
        record = replace(record, touched=now)
        table.put(record, self._keep())
        self._tell(module, "insert", record.id, act)
        self._touch_products(module, (), record.lines, stamp, act.user)
        return record

    def line_tax(self, entry: object, product: int) -> Tax | RowError | None:
        """For `line_items`: an entry's tax, its percentage the organisation's own."""
        tax = self._cells.tax(entry)
        if tax is None:
            return invalid_data("Line_Tax")
        found = self._store.tables["Products"].known(product)
        rule = self._switches.unassociated_line_tax
        if rule != "accepted" and (found is None or tax not in (found.values.get("Tax") or ())):
            return None if rule == "ignored" else invalid_data("Line_Tax")
        return self._organisation.by_tax[tax]

    def product_exists(self, product: int) -> bool:
        return self._exists("Products", product)

    def product_price(self, product: int) -> Number:
        found = self._store.tables["Products"].known(product)
        return (found.values.get("Unit_Price") if found else None) or 0

    def new_line_id(self) -> int:
        return self._store.next_id()

    def _exists(self, module: str, record_id: int) -> bool:
        return record_id in self._store.tables[module].live

    def _read(
        self, module: Module, row: Mapping[str, Any], act: Act, old: Record | None
    ) -> tuple[dict[str, Any], tuple[Line, ...]]:
        changes: dict[str, Any] = {}
        lines = old.lines if old else ()
        items, dialect = dialect_of(module, act.version, self._switches.v2_line_removal)
        for key, value in row.items():
            field = module.by_name.get(key)
            if module.items and key == items:
                in_order = self._switches.line_order == "request"
                lines = changed_lines(lines, value, key, dialect, self, in_request_order=in_order)
            elif module.items and key == "$line_tax":
                changes |= {"Tax": row.get("Tax"), HEADER_TAXES: self._header_taxes(value)}
            elif field is None:
                self._unknown_key(module, key)
            elif not field.read_only and field.data_type != "subform":
                changes[key] = self._cells.stored(field, value)
        if isinstance(discount := changes.get("Discount"), Discount):
            changes |= {"Discount": plain(discount.amount), HEADER_PERCENT: discount.percent}
        return changes, lines

    def _header_taxes(self, value: object) -> tuple[tuple[int, Decimal], ...]:
        """The taxes of the whole, each with the organisation's own percentage."""
        if not isinstance(value, list):
            raise invalid_data("$line_tax", expected_data_type="jsonarray")
        taxes = [self._cells.tax(entry) for entry in value]
        if None in taxes:
            raise invalid_data("$line_tax")
        return tuple((tax, self._organisation.by_tax[tax].percentage) for tax in taxes if tax is not None)

    def _unknown_key(self, module: Module, key: str) -> None:
        if key == "id" or key.startswith("$"):
            return
        self._notice(f"unknown key {module.api_name}.{key}")
        if self._switches.unknown_keys == "refused":
            raise invalid_data(key)

    def _check(
        self,
        module: Module,
        row: Mapping[str, Any],
        values: Mapping[str, Any],
        lines: Sequence[Line],
        old: Record | None,
    ) -> None:
        for field in module.mandatory_fields:
            name = field.api_name
            if field.data_type == "subform":
                missing = not lines
            else:
                missing = values.get(name) is None and (old is None or name in row)
            if missing:
                raise mandatory(name)
        self._check_unique(module, values, old)

    def _check_unique(self, module: Module, values: Mapping[str, Any], old: Record | None) -> None:
        table = self._store.tables[module.api_name]
        for field in module.unique_fields:
            value = values.get(field.api_name)
            others = [i for i in table.find(field.api_name, value) if not old or i != old.id] if value else []
            if others:
                owner = self._organisation.by_user[table.live[others[0]].values["Owner"]]
                raise RowError(
                    "DUPLICATE_DATA",
                    "duplicate data",
                    field.api_name,
                    id=str(others[0]),
                    duplicate_record={
                        "id": str(others[0]),
                        "Owner": owner.reference(),
                        "module": {"api_name": module.api_name, "id": module.id},
                    },
                    more_records=len(others) > 1,
                )

    def _currency(self) -> dict[str, Any]:
        if not self._switches.multi_currency:
            return {}
        return {"Currency": self._organisation.settings.iso_code, "Exchange_Rate": 1}

    def _auto_numbers(self, module: Module) -> dict[str, Any]:
        settings = self._organisation.settings
        prefix = settings.invoice_prefix if module.api_name == "Invoices" else ""
        return {
            field.api_name: self.next_number(module, field)
            if field.custom
            else f"{prefix}{self._store.next_in(module.api_name, settings.invoice_first)}"
            for field in module.fields
            if field.data_type == "autonumber"
        }

    def next_number(self, module: Module, field: Field) -> str:
        """Of an auto number that somebody made."""
        return f"{field.prefix}{self._store.next_in(f'{module.api_name}.{field.api_name}', field.start)}"

    def _keep(self) -> float:
        lags = (self._switches.search_index_lag, self._switches.list_index_lag, self._switches.coql_index_lag)
        return max(lags)

    def _save(self, module: Module, record: Record, old: Record | None) -> None:
        self._store.tables[module.api_name].put(record, self._keep())
        self._touch_products(module, old.lines if old else (), record.lines, record.modified, record.modified_by)

    def _touch_products(self, module: Module, old: Sequence[Line], new: Sequence[Line], stamp: int, user: int) -> None:
        """A document's write moves stock and Modified_Time of its products (facts/zoho.md 3.6)."""
        quantity = STOCKED.get(module.api_name)
        if quantity is None or not self._switches.document_writes_touch_products:
            return
        products = self._store.tables["Products"]
        sign = -1 if quantity == "Qty_in_Stock" else 1
        for product, more in stock_moves(old, new).items():
            held = products.live.get(product)
            if held is None:
                continue
            values = {**held.values, quantity: plain((held.values.get(quantity) or 0) + sign * more)}
            touched = replace(held, values=values, modified=stamp, modified_by=user, touched=self._now())
            products.put(touched, self._keep())

    def _tell(self, module: Module, operation: str, record_id: int, act: Act) -> None:
        self._told(Change(module.api_name, operation, record_id, quiet=not act.triggers))

    def _after(self, module: Module, record: Record, act: Act) -> Record:
        """Run the module's workflow, which edits the record a second later; the answer tells the state before it."""
        changes = self._switches.workflows.get(module.api_name)
        if changes and act.triggers:
            behind = Act(act.user, "v8", triggers=False, later=1)
            self.update(module, record.id, changes, behind)
        return record


class AlreadyModified(RowError):
    """The optimistic lock held (facts/zoho.md 3.5)."""

    def __init__(self, record: Record) -> None:
        super().__init__("ALREADY_MODIFIED", "record updated time has already passed if-unmodified-since time")
        self.record = record


def computed(
    module: Module,
    values: Mapping[str, Any],
    lines: Sequence[Line],
    switches: Switches | None = None,
    *,
    follows: bool = True,
) -> dict[str, Any]:
    """The values with what the service computes itself."""
    if module.items:
        at_once = switches is not None and switches.tax_rounding == "document"
        kept = switches is not None and switches.header_tax == "kept"
        return with_totals(values, lines, at_once=at_once, follows=follows and not kept)
    if "Full_Name" in module.by_name:
        parts = (values.get("Salutation"), values.get("First_Name"), values.get("Last_Name"))
        return {**values, "Full_Name": " ".join(part for part in parts if part)}
    return dict(values)


def settled(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are stored: what is blank is not there."""
    return {name: value for name, value in values.items() if value is not None}
