"""What the examinations of one connection look at.

Pure. The settings are taken as they stand in their document, because a map that cannot be parsed is what somebody needs
the doctor for: it names every gap, where a run names the first. What was fetched is of this moment, where the services
answered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Final

from extension.doctor.observed import Observed
from extension.entities.catalogue import PAIRS, Pair
from extension.entities.fetched import Fetched, GlAccount, XeroTax, read
from extension.entities.settings import DIRECTIONS, TRADES
from extension.entities.taxes import Trade
from extension.sync.canonical import XERO, ZOHO, Side, other

NAMES: Final[Mapping[Side, str]] = {ZOHO: "the CRM", XERO: "Xero"}
Row = Mapping[str, Any]
APPLIES_TO: Final[Mapping[str, str]] = {
    "CanApplyToAssets": "ASSET",
    "CanApplyToEquity": "EQUITY",
    "CanApplyToExpenses": "EXPENSE",
    "CanApplyToLiabilities": "LIABILITY",
    "CanApplyToRevenue": "REVENUE",
}


@dataclass(frozen=True)
class Module:
    """One module that is synchronised. `writes`: the sides that it writes to; `rows`: its field map."""

    pair: Pair
    writes: tuple[Side, ...]
    rows: Mapping[str, Row]

    @property
    def name(self) -> str:
        return self.pair.name

    @property
    def label(self) -> str:
        return f"{self.pair.label}s"

    @property
    def called(self) -> str:
        """Its name in the CRM, as people read it."""
        return self.pair.module.replace("_", " ")

    @property
    def trade(self) -> Trade:
        return TRADES[self.name]

    def crm_field(self, name: str) -> str | None:
        """The API name of the CRM's field that a field of the map is kept in."""
        given = self.rows.get(name, {}).get("zoho")
        return str(given).partition(".")[0] if given else None

    def travels_from(self, side: Side) -> bool:
        return other(side) in self.writes


@dataclass(frozen=True)
class TaxRow:
    """One row of a tax map. `names`: the CRM's taxes, several on one line, none for an untaxed one."""

    names: tuple[str, ...]
    type: str

    @property
    def name(self) -> str | None:
        """As an observed line has it."""
        return " + ".join(self.names) or None


@dataclass(frozen=True)
class Facts:
    """`document`: what `fetched` was read from. `scopes`: what was granted on each side; a side that is not known is
    not in it."""

    settings: Mapping[str, Any]
    document: Mapping[str, Any] = field(default_factory=dict)
    observed: Observed = field(default_factory=Observed)
    scopes: Mapping[Side, frozenset[str]] = field(default_factory=dict)

    @cached_property
    def fetched(self) -> Fetched:
        return read(self.document)

    @cached_property
    def modules(self) -> Mapping[str, Module]:
        return modules(self.settings)

    @property
    def documents(self) -> list[Module]:
        return [module for module in self.modules.values() if module.pair.document]

    @property
    def trades(self) -> Mapping[Trade, Module]:
        return {module.trade: module for module in self.documents}

    # ------------------------------------------------------------------ Xero's chart and rates

    def account(self, code: str | None) -> GlAccount | None:
        return next((account for account in self.fetched.accounts if account.code == code), None)

    def rate(self, tax_type: str | None) -> XeroTax | None:
        return next((rate for rate in self.fetched.xero_taxes if rate.type == tax_type), None)

    def default_account(self, trade: Trade) -> str | None:
        return (self.settings.get("accounts") or {}).get(trade) or None

    def tax_rows(self, trade: Trade) -> list[TaxRow]:
        rows = (self.settings.get("taxes") or {}).get(trade) or ()
        return [TaxRow(_names(row.get("zoho")), str(row.get("xero") or "")) for row in rows]

    def account_row(self, code: str) -> Row:
        """The account as Xero spells it: its class and what Xero itself books on it stand there."""
        rows: Sequence[Row] = (self.document.get("xero") or {}).get("accounts") or ()
        return next((row for row in rows if row.get("Code") == code), {})

    def refused(self, tax_type: str) -> frozenset[str]:
        """Classes of accounts with which Xero does not take a rate."""
        rows: Sequence[Row] = (self.document.get("xero") or {}).get("tax_rates") or ()
        row = next((row for row in rows if row.get("TaxType") == tax_type), {})
        return frozenset(kind for name, kind in APPLIES_TO.items() if row.get(name) is False)

    @property
    def lock_date(self) -> date | None:
        """Nothing may be dated on or before it in Xero (facts/xero.md 3.10)."""
        organisation = (self.document.get("xero") or {}).get("organisation") or {}
        days = [organisation.get(name) for name in ("PeriodLockDate", "EndOfYearLockDate")]
        return max((date.fromisoformat(str(day)[:10]) for day in days if day), default=None)


def modules(settings: Mapping[str, Any]) -> dict[str, Module]:
    """The modules that are switched on, parents first."""
    return {module.name: module for module in _modules(settings)}


def _modules(settings: Mapping[str, Any]) -> Iterator[Module]:
    entities = settings.get("entities") or {}
    for name, pair in PAIRS.items():
        row = entities.get(name)
        if row is not None and row.get("enabled", True):
            fields = {each.get("name"): each for each in row.get("fields") or ()}
            yield Module(pair, DIRECTIONS.get(row.get("direction", "both"), ()), fields)


def _names(given: Any) -> tuple[str, ...]:
    return tuple(map(str, given)) if isinstance(given, list) else (str(given),) if given else ()
