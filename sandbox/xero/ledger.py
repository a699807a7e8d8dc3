"""The books of one organisation, and the desk at which one request works on them.

A `Ledger` is data alone and can be copied at any moment. A `Desk` adds the moment, the switches and the id sequence;
whatever is written through it can be undone until the request ends, which is how a refused batch leaves no trace.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sandbox.xero import chart
from sandbox.xero.dates import whole_ms, zone
from sandbox.xero.ids import Ids
from sandbox.xero.refusals import Refusal
from sandbox.xero.settings import Switches
from sandbox.xero.tables import Row, Table
from sandbox.xero.totals import Rounding

RETIRED = frozenset({"VOIDED", "DELETED"})


def folded(text: object) -> str | None:
    """How Xero compares names, codes and numbers: without regard to case."""
    return str(text).casefold() if text not in (None, "") else None


def _if_status(field: str, active: bool, status_field: str, retired: frozenset[str]) -> Any:
    def key(row: Row) -> str | None:
        return folded(row.get(field)) if (row[status_field] not in retired) is active else None

    return key


def _sales_number(row: Row) -> str | None:
    return folded(row.get("InvoiceNumber")) if row["Type"] == "ACCREC" else None


ARCHIVED = frozenset({"ARCHIVED", "GDPRREQUEST"})
DELETED = frozenset({"DELETED"})


class Ledger:
    """Everything one organisation has."""

    def __init__(self, name: str, short_code: str) -> None:
        self.organisation: Row = chart.organisation(name, short_code)
        self.accounts: dict[str, Row] = {row["Code"]: row for row in chart.accounts(short_code)}
        self.tax_rates: dict[str, Row] = {row["TaxType"]: row for row in chart.tax_rates()}
        self.themes: dict[str, Row] = {row["BrandingThemeID"]: row for row in chart.branding_themes(short_code)}
        self.currencies: dict[str, Row] = {row["Code"]: row for row in chart.currencies()}
        self.users: dict[str, Row] = {row["UserID"]: row for row in chart.users(short_code)}
        self.tracking: dict[str, Row] = {r["TrackingCategoryID"]: r for r in chart.tracking_categories(short_code)}
        self.contacts = Table(
            "Contacts",
            "ContactID",
            {
                "name": _if_status("Name", True, "ContactStatus", ARCHIVED),
                "archived_name": _if_status("Name", False, "ContactStatus", ARCHIVED),
                "number": lambda row: folded(row.get("ContactNumber")),
            },
        )
        self.items = Table("Items", "ItemID", {"code": lambda row: folded(row["Code"])})
        self.invoices = Table(
            "Invoices",
            "InvoiceID",
            {
                "number": _sales_number,
                "any_number": lambda row: folded(row.get("InvoiceNumber")),
                "contact": lambda row: row["ContactID"],
            },
        )
        self.orders = Table(
            "PurchaseOrders",
            "PurchaseOrderID",
            {
                "number": _if_status("PurchaseOrderNumber", True, "Status", DELETED),
                "deleted_number": _if_status("PurchaseOrderNumber", False, "Status", DELETED),
                "contact": lambda row: row["ContactID"],
            },
        )
        self.payments = Table(
            "Payments",
            "PaymentID",
            {"invoice": lambda row: row["InvoiceID"] if row["Status"] == "AUTHORISED" else None},
        )
        self.history: dict[str, tuple[Row, ...]] = {}
        self.next_numbers: dict[str, int] = {"INV-": 1, "PO-": 1}

    @property
    def tables(self) -> dict[str, Table]:
        """The tables by the name of their envelope."""
        return {t.name: t for t in (self.contacts, self.items, self.invoices, self.orders, self.payments)}

    @property
    def id(self) -> str:
        return str(self.organisation["OrganisationID"])

    def copy(self) -> Ledger:
        twin = object.__new__(Ledger)
        for name, value in vars(self).items():
            setattr(twin, name, value.copy())
        return twin


@dataclass(frozen=True)
class Change:
    """One put, to be taken back in reverse order."""

    table: Table
    record_id: str
    old: Row | None
    dated: bool = True
    """Whether its modified time moved."""


@dataclass(frozen=True)
class Credited:
    """Credit that was applied to a document or taken back from it. `kind`: its envelope; `bill`: of a supplier."""

    kind: str
    id: str
    bill: bool
    made: bool
    status: str


class Desk:
    """One request's hold on a ledger."""

    def __init__(
        self,
        ledger: Ledger,
        switches: Switches,
        ids: Ids,
        now: datetime,
        *,
        places: int = 2,
        person: bool = False,
    ) -> None:
        self.ledger = ledger
        self.switches = switches
        self.ids = ids
        self.now = whole_ms(now)
        self.places = places
        """Decimals of unit amounts: 4 with unitdp=4, else 2 (3.12)."""
        self.person = person
        """Someone in Xero's own screens, whom the API's locks do not bind."""
        self.rounding = Rounding.by(switches)
        self._changes: list[Change] = []
        self.credited: list[Credited] = []

    @property
    def today(self) -> date:
        """The date in the organisation's own zone (3.6)."""
        return self.now.astimezone(zone(self.ledger.organisation["Timezone"])).date()

    @property
    def base_currency(self) -> str:
        return str(self.ledger.organisation["BaseCurrency"])

    def put(self, table: Table, row: Row, *, quietly: bool = False) -> Row:
        """Write a row; its modified time moves unless the change is one that Xero does not date (3.5)."""
        record_id = row[table.id_field]
        dated = not quietly or "UpdatedDateUTC" not in row
        if dated:
            row = {**row, "UpdatedDateUTC": self.now}
        self._changes.append(Change(table, record_id, table.put(record_id, row, self.now), dated))
        return row

    def remove(self, table: Table, record_id: str) -> None:
        self._changes.append(Change(table, record_id, table.put(record_id, None, self.now)))

    @property
    def changes(self) -> tuple[Change, ...]:
        """What this request has written and not taken back."""
        return tuple(self._changes)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """All or nothing: a refusal inside takes back what was written inside, numbers included."""
        mark, numbers = len(self._changes), dict(self.ledger.next_numbers)
        try:
            yield
        except Refusal:
            while len(self._changes) > mark:
                change = self._changes.pop()
                change.table.undo(change.record_id, change.old)
            self.ledger.next_numbers = numbers
            raise

    def next_number(self, prefix: str, taken: Table) -> str:
        """The next automatic document number, `INV-0055`; numbers already used by hand are passed over (3.9)."""
        key = "any_number" if "any_number" in taken.keys else "number"
        while True:
            number = f"{prefix}{self.ledger.next_numbers[prefix]:04d}"
            self.ledger.next_numbers[prefix] += 1
            value = number.casefold()
            if not taken.find(key, value) and not (
                "deleted_number" in taken.keys and taken.find("deleted_number", value)
            ):
                return number

    def account(self, code: object) -> Row | None:
        return self.ledger.accounts.get(str(code)) if code is not None else None

    def percents(self, tax_type: str | None) -> list[Decimal]:
        """What a rate takes of the net amount: at once, or component by component, one of which may tax the others."""
        rate = self.ledger.tax_rates.get(tax_type or "")
        if rate is None:
            return []
        parts = rate["TaxComponents"]
        if self.switches.component_rounding == "whole" or len(parts) < 2:
            return [rate["EffectiveRate"]]
        plain = sum((Decimal(part["Rate"]) for part in parts if not part["IsCompound"]), Decimal(0))
        return [Decimal(part["Rate"]) * (1 + plain / 100 if part["IsCompound"] else 1) for part in parts]
