"""Calls for people's edits: what the services' journals say, beside the fewest that the work could take.

One connection in step: a run with nothing to do, invoices edited in the CRM and a run, edited in Xero and a run, and
the run after that. A run that did not do the work is an error of the bench, not a cheap run.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bench.calls import KINDS, Kind, Work, by_kind, floor
from bench.company import INVOICE, LINE, LINES, Company, crm_id, xero_id
from bench.figures import Chapter, Figure, Sheet, ratio, spelled
from bench.linked import link_all, observe
from bench.services import Edit, Services
from bench.size import Size
from bench.tenant import Tenant, connected
from extension.sync.canonical import SIDES, XERO, ZOHO, Side
from extension.sync.model import Scope

AGE: Final = timedelta(days=30)  # of what nobody touched: long before any watermark's overlap
PRODUCTS: Final = 150  # fewer than a page: an edited invoice touches its products (facts/zoho.md 3.6)
A_MOMENT: Final = 1.1
NAMES: Final[Mapping[Side, str]] = {ZOHO: "Zoho", XERO: "Xero"}

Counts = Counter[tuple[Side, Kind]]


@dataclass(frozen=True)
class Bill:
    """One run: what was called, and what had to be."""

    title: str
    used: Counts
    least: Counts

    @property
    def ratio(self) -> float:
        return ratio(self.used.total(), self.least.total())


class Wrong(RuntimeError):
    """A run did not do the work that its calls are counted for."""


@dataclass
class Story:
    """One connection and the runs that it goes through."""

    tenant: Tenant
    services: Services
    invoices: int
    bills: list[Bill] = field(default_factory=list)

    def tell(self) -> list[Bill]:
        self._settle()
        self._run("nothing to do", Work(), {})
        self._edit(ZOHO, [in_crm(n) for n in range(self.invoices)])
        changed = {"Invoices": self.invoices}
        self._run("CRM to Xero", Work(_at(ZOHO, changed), _at(XERO, changed)), {"updated xero": self.invoices})
        self._edit(XERO, [in_xero(n) for n in range(self.invoices)])
        self._run("Xero to CRM", Work(_at(XERO, changed), _at(ZOHO, changed)), {"updated zoho": self.invoices})
        self._run("the run after", Work(), {})
        return self.bills

    def _settle(self) -> None:
        """A new token is asked once which organisation it reaches: not in every run."""
        self.tenant.engine(self.tenant.tenant).run(Scope(approve=True))

    def _edit(self, side: Side, edits: list[Edit]) -> None:
        """What is read in the second in which it was edited is read again later; people are slower than that."""
        self.services.edit(side, edits)
        time.sleep(A_MOMENT)

    def _run(self, title: str, work: Work, outcome: Mapping[str, int]) -> None:
        self.services.journal()
        report = self.tenant.engine(self.tenant.tenant).run(Scope(approve=True))
        found = report.counts.get("invoice", {})
        if report.state != "done" or found != outcome or report.plan.actions:
            raise Wrong(f"{title}: {report.state} {report.problem} {report.counts}")
        self.bills.append(Bill(title, by_kind(self.services.journal()), floor(work)))


def _at(side: Side, rows: Mapping[str, int]) -> dict[tuple[Side, str], int]:
    return {(side, module): count for module, count in rows.items()}


def in_crm(n: int) -> Edit:
    """A person puts off an invoice and changes what is delivered."""
    line = {"id": crm_id(LINE, n * LINES), "Quantity": 20 + n % 50}
    return "Invoices", crm_id(INVOICE, n), {"Due_Date": "2027-12-24", "Invoiced_Items": [line]}


def in_xero(n: int) -> Edit:
    """The same in Xero, where a line that is left out is deleted (facts/xero.md 3.10)."""
    lines: list[dict[str, Any]] = [{"LineItemID": xero_id(LINE, n * LINES + place)} for place in range(LINES)]
    lines[-1]["Quantity"] = 30 + n % 50
    return "Invoices", xero_id(INVOICE, n), {"DueDate": "2027-12-31", "LineItems": lines}


# ------------------------------------------------------------------ the chapter


def measure(size: Size) -> Chapter:
    """The chapter on calls."""
    books = Company(max(1, size.changed // 10), PRODUCTS, size.changed, datetime.now(UTC) - AGE)
    with Services(books) as services, connected(services) as tenant:
        observe(tenant)
        link_all(tenant, {"account": books.accounts, "product": books.products, "invoice": books.invoices})
        bills = Story(tenant, services, size.changed).tell()
    return Chapter("Calls", _figures(size, bills), [_sheet(bills)])


def _figures(size: Size, bills: list[Bill]) -> list[Figure]:
    quiet, to_xero, to_zoho, after = bills
    changed = f"{size.changed:,} changed invoices"
    return [
        Figure(f"calls over the floor, {changed}, CRM to Xero", to_xero.ratio, "at most", 1.1, places=3),
        Figure(f"calls over the floor, {changed}, Xero to CRM", to_zoho.ratio, "at most", 1.1, places=3),
        Figure("calls of a run with nothing to do, over the floor", quiet.ratio, "at most", 1.0, places=3),
        Figure("documents read again by the run right after", after.used[ZOHO, "document"], places=0),
    ]


def _sheet(bills: list[Bill]) -> Sheet:
    """What was used beside its floor; the two runs without work share one."""
    quiet, to_xero, to_zoho, after = bills
    columns = [
        (quiet.title, quiet.used),
        (after.title, after.used),
        ("floor", quiet.least),
        (to_xero.title, to_xero.used),
        ("floor", to_xero.least),
        (to_zoho.title, to_zoho.used),
        ("floor", to_zoho.least),
    ]
    rows = [
        [f"{NAMES[side]}: {kind}", *_cells([counts[side, kind] for _, counts in columns])]
        for side in SIDES
        for kind in KINDS
        if any(counts[side, kind] for _, counts in columns)
    ]
    rows.append(["all", *_cells([counts.total() for _, counts in columns])])
    return Sheet("Calls by kind, from the services' own journals", ["Calls", *(title for title, _ in columns)], rows)


def _cells(numbers: list[int]) -> list[str]:
    return [spelled(n) if n else "" for n in numbers]
