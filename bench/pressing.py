"""One record, from the click to "in step": the calls that a press takes, and our own time beside the services'.

The parents of every invoice are linked and in step, as they are for whoever sells to a known customer. Own time is
what passes between the press and the end of its run, without the time between a request and its answer. A press that
did not do the work is an error of the bench, not a cheap press.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from bench.calls import KINDS, Kind, by_kind
from bench.changes import A_MOMENT, AGE, NAMES, PRODUCTS, Wrong, in_crm, in_xero
from bench.company import ACCOUNT, INVOICE, PRODUCT, Company, crm_id
from bench.figures import Chapter, Figure, Sheet, middle, spelled
from bench.linked import link_all, observe
from bench.services import Edit, Services
from bench.size import Size
from bench.tenant import Tenant, connected
from extension.sync.canonical import SIDES, XERO, ZOHO, Side
from extension.sync.model import Scope

CALLS: Final = 6
MILLISECONDS: Final = 150
COMPANY: Final = 200  # invoices; what a press takes does not depend on it
ACCOUNTS: Final = COMPANY // 10


@dataclass(frozen=True)
class Press:
    """What one press took."""

    used: Counter[tuple[Side, Kind]]
    own: float  # seconds


@dataclass(frozen=True)
class Sort:
    """Presses of one sort. `before`: what people did to the nth invoice; `outcomes`: what must come of it."""

    title: str
    before: Callable[[int], tuple[Side, Edit] | None]
    outcomes: frozenset[str]


@dataclass
class Buttons:
    """One connection in step, and somebody who presses."""

    tenant: Tenant
    services: Services

    def press(self, sort: Sort, numbers: Sequence[int]) -> list[Press]:
        edits = [made for n in numbers if (made := sort.before(n)) is not None]
        for side, edit in edits:
            self.services.edit(side, [edit])
        time.sleep(A_MOMENT if edits else 0)  # both services date by the second: an edit in it could be our own write
        return [self._once(sort, crm_id(INVOICE, n)) for n in numbers]

    def create(self, sort: Sort, count: int) -> list[Press]:
        """Invoices that somebody has just entered in the CRM."""
        entered = [self.services.enter(ZOHO, "Invoices", _new(n)) for n in range(count)]
        return [self._once(sort, id_) for id_ in entered]

    def _once(self, sort: Sort, zoho_id: str) -> Press:
        self.services.journal()
        waited, began = self.tenant.waited, time.perf_counter()
        report = self.tenant.engine(self.tenant.tenant).run(Scope(record=("invoice", zoho_id)))
        own = time.perf_counter() - began - (self.tenant.waited - waited)
        found = set(report.counts.get("invoice", {}))
        if report.state != "done" or found != sort.outcomes or report.plan.actions:
            raise Wrong(f"{sort.title}: {report.state} {report.problem} {report.counts}")
        return Press(by_kind(self.services.journal()), own)


CREATE: Final = Sort("create in Xero", lambda n: None, frozenset({"created xero", "updated zoho"}))
SORTS: Final = (
    Sort("CRM to Xero", lambda n: (ZOHO, in_crm(n)), frozenset({"updated xero"})),
    Sort("Xero to CRM", lambda n: (XERO, in_xero(n)), frozenset({"updated zoho"})),
    Sort("nothing to do", lambda n: None, frozenset({"unchanged"})),
)


def _new(n: int) -> dict[str, Any]:
    product = n % PRODUCTS
    return {
        "Subject": f"Just entered {n}",
        "Invoice_Number": f"NEW-{n:05d}",
        "Invoice_Date": "2027-05-03",
        "Due_Date": "2027-05-20",
        "Status": "Approved",
        "Add_to_Xero": True,
        "Account_Name": {"id": crm_id(ACCOUNT, n % ACCOUNTS)},
        "Invoiced_Items": [
            {
                "Product_Name": {"id": crm_id(PRODUCT, product)},
                "Quantity": 3,
                "List_Price": 100,
                "Line_Tax": [{"name": "GST 15", "percentage": 15}],
            }
        ],
    }


# ------------------------------------------------------------------ the chapter


def measure(size: Size) -> Chapter:
    """The chapter on the button."""
    books = Company(ACCOUNTS, PRODUCTS, COMPANY, datetime.now(UTC) - AGE)
    with Services(books) as services, connected(services) as tenant:
        observe(tenant)
        link_all(tenant, {"account": books.accounts, "product": books.products, "invoice": books.invoices})
        tenant.engine(tenant.tenant).run(Scope(approve=True))
        buttons, some = Buttons(tenant, services), range(size.presses)
        taken = {CREATE.title: buttons.create(CREATE, size.presses)}
        for sort in SORTS:
            taken[sort.title] = buttons.press(sort, some)
    return Chapter("One record, from the click", _figures(taken), [_sheet(taken)])


def _figures(taken: dict[str, list[Press]]) -> list[Figure]:
    found = []
    for title, presses in taken.items():
        most = max(press.used.total() for press in presses)
        found.append(Figure(f"remote calls of a press, {title}", most, "at most", CALLS, places=0))
        own = 1_000 * middle([press.own for press in presses])
        found.append(Figure(f"own time of a press, {title}", own, "at most", MILLISECONDS, unit="ms", places=0))
    return found


def _sheet(taken: dict[str, list[Press]]) -> Sheet:
    most = {title: max(presses, key=lambda press: press.used.total()).used for title, presses in taken.items()}
    rows = [
        [f"{NAMES[side]}: {kind}", *(spelled(used[side, kind]) if used[side, kind] else "" for used in most.values())]
        for side in SIDES
        for kind in KINDS
        if any(used[side, kind] for used in most.values())
    ]
    return Sheet("Calls of one press, from the services' own journals", ["Calls", *most], rows)
