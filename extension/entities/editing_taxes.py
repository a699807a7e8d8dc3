"""The tax map of one direction of trade: which rate of Xero stands for each tax of the CRM, and what comes back.

Pure. Several taxes on one line of the CRM are one more tax here, once somebody named them. The document keeps one
list in which the first match counts both ways. Here it is two tables; a rate that taxes of the CRM become must come
back as one of them, or a document would change its tax by travelling. "" is *held*.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from extension.entities import fetched as fetched_facts
from extension.entities.editing import Document, Edited, copied, finished
from extension.entities.fetched import Fetched
from extension.entities.settings_documents import AMOUNTS, PAPERS
from extension.entities.tax_proposals import tax_rows
from extension.entities.taxes import NO_TAX_TYPE, Trade, applies, together
from extension.entities.values import NOTHING
from extension.sync.errors import BadInput

UNTAXED: Final = "(no tax)"  # how a form names a line of the CRM without a tax
HELD: Final = ""


@dataclass(frozen=True)
class TaxTables:
    """`to_xero`: tax of the CRM -> type of Xero's rate; `to_zoho`: the other way. `several`: taxes that may stand on
    one line of the CRM together."""

    to_xero: Mapping[str, str] = field(default_factory=dict)
    to_zoho: Mapping[str, str] = field(default_factory=dict)
    several: Sequence[Sequence[str]] = ()


@dataclass(frozen=True, slots=True)
class Rate:
    """A tax as either side calls it."""

    value: str
    name: str
    percent: Decimal
    shares: tuple[Decimal, ...] = ()


def crm_rates(fetched: Fetched, several: Iterable[Sequence[str]] = ()) -> list[Rate]:
    single = [Rate(tax.name, tax.name, tax.percent) for tax in fetched.crm_taxes]
    percents = {rate.name: rate.percent for rate in single}
    combined = [
        Rate(together(names), together(names), sum((percents.get(name, NOTHING) for name in names), NOTHING))
        for names in several
    ]
    return [Rate(UNTAXED, "No tax on the line", NOTHING), *single, *combined]


def xero_rates(trade: Trade, fetched: Fetched) -> list[Rate]:
    """The rates that Xero lets one choose in this direction of trade."""
    found = [Rate(tax.type, tax.name, tax.percent, tax.shares) for tax in fetched.xero_taxes if applies(tax, trade)]
    known = any(rate.value == NO_TAX_TYPE for rate in found)
    return found if known else [*found, Rate(NO_TAX_TYPE, "No tax", NOTHING)]


def tables_of(document: Mapping[str, Any], trade: Trade, fetched_document: Mapping[str, Any]) -> TaxTables:
    """Every tax that either side has, mapped or held."""
    return _tables((document.get("taxes") or {}).get(trade) or [], trade, fetched_facts.read(fetched_document))


def proposed(trade: Trade, fetched_document: Mapping[str, Any]) -> TaxTables:
    """What the percentages suggest."""
    fetched = fetched_facts.read(fetched_document)
    return _tables(tax_rows(trade, fetched), trade, fetched)


def _tables(rows: list[Document], trade: Trade, fetched: Fetched) -> TaxTables:
    to_xero, to_zoho = _both_ways(rows)
    several = {together(row["zoho"]): tuple(sorted(row["zoho"])) for row in rows if isinstance(row.get("zoho"), list)}
    return TaxTables(
        {rate.value: to_xero.get(rate.value, HELD) for rate in crm_rates(fetched, several.values())},
        {rate.value: to_zoho.get(rate.value, HELD) for rate in xero_rates(trade, fetched)},
        tuple(several.values()),
    )


def with_several(tables: TaxTables, names: Sequence[str], fetched_document: Mapping[str, Any]) -> TaxTables:
    """The tables with one more combination, held until a rate is chosen. Raises BadInput for what is none."""
    known = {tax.name for tax in fetched_facts.read(fetched_document).crm_taxes}
    wanted = tuple(sorted(set(names)))
    if len(wanted) < 2 or not known.issuperset(wanted) or together(wanted) in known:
        raise BadInput("Tick two or more taxes of the CRM that stand on one line together.")
    if wanted in tables.several:
        raise BadInput(f"“{together(wanted)}” is in the list already.")
    return TaxTables({**tables.to_xero, together(wanted): HELD}, tables.to_zoho, (*tables.several, wanted))


def _both_ways(rows: list[Document]) -> tuple[dict[str, str], dict[str, str]]:
    """What counts of a list of rows: the first for each tax of either side."""
    to_xero: dict[str, str] = {}
    to_zoho: dict[str, str] = {}
    for row in rows:
        named = row.get("zoho") or UNTAXED
        crm, xero = together(named) if isinstance(named, list) else named, str(row.get("xero") or "")
        to_xero.setdefault(crm, xero)
        to_zoho.setdefault(xero, crm)
    return to_xero, to_zoho


def amounts_of(document: Mapping[str, Any]) -> dict[str, str]:
    """By kind of document: what those that begin in the CRM are in Xero."""
    chosen = (document.get("documents") or {}).get("amounts") or {}
    return {name: chosen.get(name) or AMOUNTS[0] for name in PAPERS}


def with_taxes(
    document: Mapping[str, Any],
    chosen: Mapping[Trade, TaxTables],
    fetched_document: Mapping[str, Any],
    amounts: Mapping[str, str] | None = None,
) -> Edited:
    """The document with these maps, and with these amounts where any are given. `wrong` and `notices` name trade, side
    and tax ("sales:zoho:GST 15"), or the kind of document ("amounts:invoice")."""
    fetched = fetched_facts.read(fetched_document)
    made = copied(document)
    wrong: dict[str, str] = {}
    notices: dict[str, str] = {}
    taxes = dict(made.get("taxes") or {})
    for trade, tables in chosen.items():
        work = _Work(trade, tables, fetched)
        rows = work.rows()
        if _both_ways(rows) != _both_ways(taxes.get(trade) or []):  # the same map in another order is the same map
            taxes[trade] = rows
        wrong |= work.wrong
        notices |= work.notices()
    made["taxes"] = taxes
    if amounts is not None and amounts != amounts_of(document):
        wrong |= {
            f"amounts:{n}": "Choose one of the values offered." for n, one in amounts.items() if one not in AMOUNTS
        }
        made["documents"] = {**(made.get("documents") or {}), "amounts": dict(amounts)}
    return finished(document, made, fetched_document, wrong, notices)


class _Work:
    """The map of one trade."""

    def __init__(self, trade: Trade, tables: TaxTables, fetched: Fetched) -> None:
        self.trade, self.tables = trade, tables
        self.crm = {rate.value: rate for rate in crm_rates(fetched, tables.several)}
        self.several = {together(names): list(names) for names in tables.several}
        self.xero = {rate.value: rate for rate in xero_rates(trade, fetched)}
        self.wrong: dict[str, str] = {}

    def rows(self) -> list[Document]:
        """The list in which the first match is the one that was chosen, for each tax of either side."""
        becomes: dict[str, list[str]] = {}
        for crm, xero in self.tables.to_xero.items():
            if crm not in self.crm or (xero and xero not in self.xero):
                self._refuse("zoho", crm, "Choose one of the rates offered.")
            elif xero:
                becomes.setdefault(xero, []).append(crm)
        pairs: list[tuple[str, str]] = []
        for xero, taxes in becomes.items():
            back = self.tables.to_zoho.get(xero) or taxes[0]
            if back not in taxes:
                names = " or ".join(f"“{self.crm[tax].name}”" for tax in taxes)
                self._refuse("xero", xero, f"{names} becomes this rate, so it must come back as that.")
            pairs += [(tax, xero) for tax in sorted(taxes, key=lambda tax: tax != back)]
        for xero, crm in self.tables.to_zoho.items():
            if xero not in self.xero or (crm and crm not in self.crm):
                self._refuse("xero", xero, "Choose one of the taxes offered.")
            elif crm and xero not in becomes:
                if not self.tables.to_xero.get(crm):
                    self._refuse("xero", xero, f"Choose first what “{self.crm[crm].name}” of the CRM becomes in Xero.")
                pairs.append((crm, xero))
        return [{"zoho": None if crm == UNTAXED else self.several.get(crm, crm), "xero": xero} for crm, xero in pairs]

    def _refuse(self, side: str, name: str, sentence: str) -> None:
        self.wrong.setdefault(f"{self.trade}:{side}:{name}", sentence)

    def notices(self) -> dict[str, str]:
        """Percentages that differ: the totals of such documents would, and they are held."""
        found: dict[str, str] = {}
        for side, table in (("zoho", self.tables.to_xero), ("xero", self.tables.to_zoho)):
            own, theirs = (self.crm, self.xero) if side == "zoho" else (self.xero, self.crm)
            for name, to in table.items():
                if name not in own or to not in theirs:
                    continue
                if own[name].percent != theirs[to].percent:
                    found[f"{self.trade}:{side}:{name}"] = (
                        f"{percent(own[name].percent)} here and {percent(theirs[to].percent)} there: "
                        "documents with it are held, because their totals differ."
                    )
                elif sentence := self._made_otherwise(*((name, to) if side == "zoho" else (to, name))):
                    found[f"{self.trade}:{side}:{name}"] = sentence
        return found

    def _made_otherwise(self, crm: str, xero: str) -> str:
        """What is worth knowing of taxes that come to the same together, but not each."""
        mine = sorted(self.crm[name].percent for name in self.several.get(crm, ()))
        theirs = sorted(share for share in self.xero[xero].shares if share)
        if not mine or mine == theirs or len(theirs) < 2:
            return ""
        said = (" and ".join(percent(share) for share in shares) for shares in (mine, theirs))
        return "{} in the CRM, {} in Xero: the totals agree, the reports of each tax do not.".format(*said)


def percent(value: Decimal) -> str:
    """15 %, 7.5 %."""
    shown = f"{value:f}"
    return f"{shown.rstrip('0').rstrip('.') if '.' in shown else shown}\N{NO-BREAK SPACE}%"
