"""What the examinations of one connection look at.

Pure. The settings are taken as they stand in their document, because a map that cannot be parsed is what somebody needs
the doctor for: it names every gap, where a run names the first. What was fetched is of this moment, where the services
answered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, Final

from extension.doctor.observed import Observed, Reach
from extension.entities.catalogue import Pair, pairs_of
from extension.entities.fetched import Fetched, read
from extension.entities.postings import Postings
from extension.entities.settings import DIRECTIONS, TRADES
from extension.entities.taxes import Trade, together
from extension.sync.canonical import XERO, ZOHO, Side, other

NAMES: Final[Mapping[Side, str]] = {ZOHO: "the CRM", XERO: "Xero"}
Row = Mapping[str, Any]


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
        return together(self.names) if self.names else None


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

    def reach(self, start: datetime | None) -> Reach:
        """What a run would look at. `start`: since when records are created."""
        trades = {module.name: module.trade for module in self.documents}
        return Reach(trades, "product" in self.modules, start, {each: self.postings(each) for each in trades.values()})

    # ------------------------------------------------------------------ money

    def tax_rows(self, trade: Trade) -> list[TaxRow]:
        rows = (self.settings.get("taxes") or {}).get(trade) or ()
        return [TaxRow(_names(row.get("zoho")), str(row.get("xero") or "")) for row in rows]

    def postings(self, trade: Trade) -> Postings:
        """What the settings say of the accounts of one direction of trade."""
        accounts = self.settings.get("accounts") or {}
        return Postings.of(trade, accounts.get(trade) or None, accounts.get("categories") or {}, self.fetched)

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
    for name, pair in pairs_of(settings).items():
        row = entities.get(name)
        if row is not None and row.get("enabled", True):
            fields = {each.get("name"): each for each in row.get("fields") or ()}
            yield Module(pair, DIRECTIONS.get(row.get("direction", "both"), ()), fields)


def _names(given: Any) -> tuple[str, ...]:
    return tuple(map(str, given)) if isinstance(given, list) else (str(given),) if given else ()
