"""Line items in both dialects: v2's Product_Details and the subforms of v2.1 and up.

The dialects differ in names only; what a row means is decided here once. Update rules: facts/zoho.md 3.5.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Protocol

from sandbox.zoho.documents import Discount, Line, computed_line, read_discount
from sandbox.zoho.errors import RowError, invalid_data, mandatory, unknown_id
from sandbox.zoho.organisation import Tax
from sandbox.zoho.schema import Module
from sandbox.zoho.values import Number, is_number, plain, record_id

MAX_LINES = 200
UNCERTAIN = frozenset({"Price_Book_Name", "Sequence_Number", "Parent_Id", "$in_merge"})
"""Of a line in v8: named by the clients, seen by nobody."""


@dataclass(frozen=True)
class Dialect:
    """How a version spells the keys of a row."""

    product: str
    quantity: str
    list_price: str
    description: str
    taxes: str
    delete: str


SUBFORM = Dialect("Product_Name", "Quantity", "List_Price", "Description", "Line_Tax", "_delete")
DETAILS = Dialect("product", "quantity", "list_price", "product_description", "line_tax", "delete")


class Surroundings(Protocol):
    """What reading a row must know of the rest of the organisation."""

    def product_exists(self, product: int) -> bool:
        """Whether such a product is there, not deleted."""

    def product_price(self, product: int) -> Number:
        """Its unit price, for lines that name none."""

    def line_tax(self, entry: object, product: int) -> Tax | RowError | None:
        """The tax an entry names; none if it is to be ignored, or how it is refused."""

    def new_line_id(self) -> int:
        """An id for a new row."""


def dialect_of(module: Module, version: str, removal: str = "delete") -> tuple[str, Dialect]:
    """The subform's name and the spelling of its rows; `removal`: v2's key for a row that goes."""
    return ("Product_Details", replace(DETAILS, delete=removal)) if version == "v2" else (module.items, SUBFORM)


def changed_lines(
    old: Sequence[Line],
    rows: object,
    name: str,
    dialect: Dialect,
    around: Surroundings,
    *,
    in_request_order: bool = False,
) -> tuple[Line, ...]:
    """The lines after a write: rows with id change theirs, others are new, omitted ones stay, [] deletes all."""
    if not isinstance(rows, list):
        raise invalid_data(name, expected_data_type="jsonarray")
    if not rows:
        return ()
    lines = {line.id: line for line in old}
    named: list[int] = []
    for place, row in enumerate(rows):
        path = f".{name}[{place}]"
        if not isinstance(row, dict):
            raise invalid_data(name, path, expected_data_type="jsonobject")
        line_id = None
        if row.get("id") is not None:
            line_id = record_id(row["id"])
            if line_id is None or line_id not in lines:
                raise unknown_id("id", f"{path}.id")
        if dialect.delete in row:
            if line_id is None:
                raise mandatory("id", f"{path}.id")
            del lines[line_id]
            continue
        line = read_line(lines.get(line_id or 0), row, path, dialect, around)
        lines[line.id] = line
        named.append(line.id)
    if len(lines) > MAX_LINES:
        raise RowError("LIMIT_EXCEEDED", "limit exceeded", name, maximum_length=MAX_LINES)
    order = [*named, *(i for i in lines if i not in set(named))] if in_request_order else list(lines)
    return tuple(lines[i] for i in order)


def read_line(
    old: Line | None,
    row: Mapping[str, Any],
    path: str,
    dialect: Dialect,
    around: Surroundings,
) -> Line:
    """One row over the line it changes, if any."""
    product = _product(old, row, path, dialect, around)
    quantity = _quantity(old, row, path, dialect)
    price = row.get(dialect.list_price, old.list_price if old else None)
    if price is None:
        price = around.product_price(product)
    if not is_number(price):
        raise _wrong_type(dialect.list_price, path)
    discount = old.discount if old else Discount()
    if "Discount" in row:
        given = read_discount(row["Discount"])
        if given is None:
            raise _wrong_type("Discount", path)
        discount = given
    description = row.get(dialect.description, old.description if old else None)
    if description is not None and not isinstance(description, str):
        raise invalid_data(dialect.description, f"{path}.{dialect.description}", expected_data_type="textarea")
    if description and len(description) > 2000:
        raise invalid_data(dialect.description, f"{path}.{dialect.description}", maximum_length=2000)
    rates = [(entry.tax, entry.percentage) for entry in old.taxes] if old else []
    if dialect.taxes in row:
        rates = _rates(row[dialect.taxes], product, f"{path}.{dialect.taxes}", dialect, around)
    line_id = old.id if old else around.new_line_id()
    return computed_line(line_id, product, quantity, price, discount, description or None, rates)


def _product(old: Line | None, row: Mapping[str, Any], path: str, dialect: Dialect, around: Surroundings) -> int:
    if dialect.product not in row and old is not None:
        return old.product
    given = row.get(dialect.product)
    product = record_id(given.get("id") if isinstance(given, dict) else given)
    at = f"{path}.{dialect.product}"
    if given is None:
        raise mandatory(dialect.product, at)
    same = old is not None and old.product == product
    if product is None or not (same or around.product_exists(product)):
        raise unknown_id(dialect.product, at)
    return product


def _quantity(old: Line | None, row: Mapping[str, Any], path: str, dialect: Dialect) -> Number:
    value = row.get(dialect.quantity, old.quantity if old else None)
    if value is None:
        raise mandatory(dialect.quantity, f"{path}.{dialect.quantity}")
    if not is_number(value) or value == 0:  # a line of nothing has no counterpart (facts/zoho.md 3.6)
        raise _wrong_type(dialect.quantity, path)
    return plain(value)


def _rates(
    entries: object,
    product: int,
    path: str,
    dialect: Dialect,
    around: Surroundings,
) -> list[tuple[int, Decimal]]:
    if entries is None:
        return []
    if not isinstance(entries, list):
        raise invalid_data(dialect.taxes, path, expected_data_type="jsonarray")
    rates = []
    for place, entry in enumerate(entries):
        tax = around.line_tax(entry, product)
        if isinstance(tax, RowError):
            raise RowError(tax.code, tax.message, dialect.taxes, f"{path}[{place}]", **tax.details)
        if tax is not None:
            rates.append((tax.id, tax.percentage))
    return rates


def _wrong_type(name: str, path: str) -> RowError:
    return invalid_data(name, f"{path}.{name}", expected_data_type="double")


@dataclass(frozen=True)
class LineView:
    """Shows lines; `product` gives (name, code, unit price, stock) of a product, gone or not."""

    product: Callable[[int], tuple[str | None, str | None, Number | None, Number | None]]
    tax: Callable[[int], Tax]
    sparse: Callable[[], bool]

    def subform_row(self, line: Line, place: int, parent: Mapping[str, Any]) -> dict[str, Any]:
        """As v2.1 and up show it; beyond the names this shape is unverified (facts/zoho.md 3.6)."""
        name, code, _, _ = self.product(line.product)
        row = {
            "id": str(line.id),
            "Product_Name": {"name": name, "id": str(line.product), "Product_Code": code},
            "Quantity": line.quantity,
            "List_Price": plain(line.list_price),
            "Discount": plain(line.total - line.discounted),
            "Description": line.description,
            "Line_Tax": [
                {
                    "id": str(entry.tax),
                    "name": self.tax(entry.tax).name,
                    "display_name": self.tax(entry.tax).name,
                    "percentage": plain(entry.percentage),
                    "value": plain(entry.value),
                }
                for entry in line.taxes
            ],
            "Total": plain(line.total),
            "Total_After_Discount": plain(line.discounted),
            "Tax": plain(line.tax),
            "Net_Total": plain(line.net),
            "Price_Book_Name": None,
            "Sequence_Number": place,
            "Parent_Id": parent,
            "$in_merge": False,
        }
        return _sparse(row) if self.sparse() else row

    def details_row(self, line: Line) -> dict[str, Any]:
        """As v2 shows it (the recorded invoice of facts/zoho.md 3.6)."""
        name, code, unit_price, stock = self.product(line.product)
        return {
            "id": str(line.id),
            "product": {"Product_Code": code, "name": name, "id": str(line.product)},
            "quantity": line.quantity,
            "list_price": plain(line.list_price),
            "unit_price": unit_price,
            "total": plain(line.total),
            "Discount": plain(line.total - line.discounted),
            "total_after_discount": plain(line.discounted),
            "Tax": plain(line.tax),
            "net_total": plain(line.net),
            "book": None,
            "quantity_in_stock": stock,
            "product_description": line.description,
            "line_tax": [
                {
                    "percentage": plain(entry.percentage),
                    "name": self.tax(entry.tax).name,
                    "id": str(entry.tax),
                    "value": plain(entry.value),
                }
                for entry in line.taxes
            ],
        }


def _sparse(row: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of a line's shape, and nothing beside (facts/zoho.md 3.6)."""
    product = {name: row["Product_Name"][name] for name in ("name", "id")}
    taxes = [{name: tax[name] for name in ("name", "percentage")} for tax in row["Line_Tax"]]
    return {
        **{name: value for name, value in row.items() if name not in UNCERTAIN},
        "Product_Name": product,
        "Line_Tax": taxes,
    }
