"""The kinds of record that can be written and listed, each with its functions side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sandbox.xero import contacts, fields, invoices, items, orders, payments, render
from sandbox.xero.ledger import RETIRED, Desk, Ledger, folded
from sandbox.xero.tables import Row, Table
from sandbox.xero.wishes import Wish


class Save(Protocol):
    def __call__(self, desk: Desk, wish: Wish, *, create: bool, record_id: str | None = None) -> Row:
        """Create or update one record."""


@dataclass(frozen=True)
class Kind:
    """One kind of record."""

    name: str
    """Of the envelope, the table and the address."""
    id_field: str
    error_flag: str
    """What an element in error carries; contacts and documents differ (3.7)."""
    days: tuple[str, ...]
    save: Save
    written: Callable[[Desk, Row], Row]
    """As the answer of a write spells it."""
    read: Callable[[Desk, Row], Row]
    """As GET by id spells it."""
    named: Callable[[Ledger, str], Row | None]
    """By the number or code that its address takes beside the id."""
    warnings: Callable[[Row, Wish], list[str]] = lambda row, wish: []
    number: str = ""
    """Of documents: the field that may order the answers of a batch."""

    @property
    def fields(self) -> frozenset[str]:
        return fields.BY_KIND[self.name]

    def table(self, ledger: Ledger) -> Table:
        return ledger.tables[self.name]

    def find(self, ledger: Ledger, name: str) -> Row | None:
        """By id, else by number or code."""
        return self.table(ledger).get(name) or self.named(ledger, name)


def _contact_read(desk: Desk, row: Row) -> Row:
    alone = {name: row[name] for name in render.CONTACT_ALONE if row.get(name) is not None}
    return render.contact(desk, row) | alone | {"Balances": render.balances(desk, row)}


def _invoice_named(ledger: Ledger, number: str) -> Row | None:
    holders = ledger.invoices.find("any_number", folded(number) or "")
    # Bills may share a number: a sales invoice answers first, a live one before a retired one.
    return min(holders, key=lambda row: (row["Type"] != "ACCREC", row["Status"] in RETIRED), default=None)


def _order_named(ledger: Ledger, number: str) -> Row | None:
    value = folded(number) or ""
    return ledger.orders.find_one("number", value) or ledger.orders.find_one("deleted_number", value)


CONTACTS = Kind(
    "Contacts",
    "ContactID",
    "HasValidationErrors",
    (),
    contacts.save,
    lambda desk, row: render.contact(desk, row, written=True),
    _contact_read,
    lambda ledger, number: ledger.contacts.find_one("number", folded(number) or ""),
)
INVOICES = Kind(
    "Invoices",
    "InvoiceID",
    "HasErrors",
    invoices.DAYS,
    invoices.save,
    lambda desk, row: render.invoice(desk, row, whole=True),
    lambda desk, row: render.invoice(desk, row, whole=True),
    _invoice_named,
    number="InvoiceNumber",
)
PURCHASE_ORDERS = Kind(
    "PurchaseOrders",
    "PurchaseOrderID",
    "HasErrors",
    orders.FORM.days,
    orders.save,
    render.order,
    render.order,
    _order_named,
    orders.warnings,
    "PurchaseOrderNumber",
)
ITEMS = Kind(
    "Items",
    "ItemID",
    "",
    (),
    items.save,
    lambda desk, row: render.item(desk, row) | {"ValidationErrors": []},
    render.item,
    lambda ledger, code: ledger.items.find_one("code", folded(code) or ""),
)
PAYMENTS = Kind(
    "Payments",
    "PaymentID",
    "HasValidationErrors",
    ("Date",),
    payments.save,
    lambda desk, row: render.payment(desk, row, written=True),
    lambda desk, row: render.payment(desk, row, written=True),
    lambda ledger, name: None,
)
KINDS = {kind.name: kind for kind in (CONTACTS, INVOICES, PURCHASE_ORDERS, ITEMS, PAYMENTS)}
