"""A small company with edits on both sides that wait for a run, and a fault that meets that run at a chosen call.

Every record has one reason to travel: creates, changes and retirements on both sides, of all six entities. The run is
disturbed, a person does what it tells them to do, and when nothing moves any more both services must be as they are
when nothing went wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from extension.remote.transport import Answer, Listen, Request, silent
from extension.sync.actions import Report
from extension.sync.canonical import SIDES, XERO, ZOHO, Side
from extension.sync.model import Scope
from sandbox.faults import Rule
from tests.system.comparison import End, State, differences
from tests.system.switch_rig import Moment, Rig

D = Decimal
GST, BOUGHT = ({"name": name, "percentage": 15} for name in ("GST 15", "GST 15 Purchases"))
LATER: Final = 2 * 3600.0  # every access token has ended: a run begins with two new ones
RUNS: Final = 6  # a case that is not at rest by then never will be
READ, CREATE, CHANGE, TOKEN = "read", "create", "change", "token"
PLACES: Final[Mapping[tuple[Side, str], tuple[str, str]]] = {
    (ZOHO, READ): ("GET", "/crm/v8/"),
    (ZOHO, CREATE): ("POST", "/crm/v8/(?!coql)"),
    (ZOHO, CHANGE): ("PUT", "/crm/v8/"),
    (ZOHO, TOKEN): ("POST", "/oauth/v2/token$"),
    (XERO, READ): ("GET", "/api.xro/2.0/"),
    (XERO, CREATE): ("PUT", "/api.xro/2.0/"),
    (XERO, CHANGE): ("POST", "/api.xro/2.0/"),
    (XERO, TOKEN): ("POST", "/connect/token$"),
}
"""Method and path of each kind of call: in Xero we create with PUT and change with POST."""


@dataclass(frozen=True)
class Reference:
    """The company as it waits for a run, and how it ends when nothing goes wrong."""

    rig: Rig
    moment: Moment
    before: State
    end: End
    met: Mapping[tuple[Side, str], int]


@dataclass
class Case:
    """What one disturbed run and the runs after it said."""

    reports: list[Report] = field(default_factory=list)
    told: set[tuple[Side, str]] = field(default_factory=set)
    """Whose access a person had to give again, and the hint that said so."""

    @property
    def first(self) -> Report:
        return self.reports[0]


def company(folder: Path) -> Reference:
    """Linked records of all six entities, edited by people on both sides since."""
    rig = Rig(folder, records=0)
    _enter(rig)
    rig.later()
    rig.sync()
    rig.later()
    rig.sync()
    _edit(rig)
    rig.later(LATER)
    moment, before = rig.moment(), state(rig)
    rig.back(moment)
    rig.sync()
    met = {place: _count(rig, place) for place in PLACES}
    reference = Reference(rig, moment, before, End(before, state(rig)), met)
    assert_at_rest(reference)
    return reference


def _enter(rig: Rig) -> None:
    """What is there when they are connected."""
    acme = rig.people(ZOHO, "create", "Accounts", Account_Name="Acme", Add_to_Xero=True)
    kauri = rig.people(ZOHO, "create", "Vendors", Vendor_Name="Kauri Supplies", Add_to_Xero=True)
    person = {"Last_Name": "Ahu", "First_Name": "Mere", "Email": "mere@acme.test", "Account_Name": {"id": acme}}
    rig.people(ZOHO, "create", "Contacts", **person, Add_to_Xero=True)
    pen = product(rig, "PEN", "Pen")
    for number in range(4):
        invoice(rig, acme, pen, f"Pens {number}")
    order(rig, kauri, pen, "PO-1")
    rig.people(XERO, "archive", "Contacts", rig.people(XERO, "create", "Contacts", Name="Delta"))


def _edit(rig: Rig) -> None:
    """What waits for the run: something to create, to change and to retire in each service."""
    acme, kauri = (named(rig, kind, name) for kind, name in (("Accounts", "Acme"), ("Vendors", "Kauri Supplies")))
    pen, mere = named(rig, "Products", "Pen"), named(rig, "Contacts", "Mere Ahu")
    rig.people(ZOHO, "edit", "Accounts", acme, Phone="555 0100")
    rig.people(ZOHO, "edit", "Contacts", mere, Last_Name="Ahuriri")
    beta = rig.people(ZOHO, "create", "Accounts", Account_Name="Beta", Add_to_Xero=True)
    person = {"Last_Name": "Lee", "Email": "lee@beta.test", "Account_Name": {"id": beta}, "Add_to_Xero": True}
    rig.people(ZOHO, "create", "Contacts", **person)
    paper = product(rig, "PAPER", "Paper")
    invoice(rig, beta, paper, "Paper")
    order(rig, kauri, paper, "PO-2")
    rig.people(ZOHO, "delete", "Invoices", document(rig, "Invoices", "Pens 2"))
    (first,) = rig.row(ZOHO, "Purchase_Orders", document(rig, "Purchase_Orders", "PO-1"))["Purchase_Items"]
    lines = [{"id": first["id"], "Quantity": 5}]
    rig.people(ZOHO, "edit", "Purchase_Orders", document(rig, "Purchase_Orders", "PO-1"), Purchase_Items=lines)
    rig.people(XERO, "create", "Contacts", Name="Gamma")
    rig.people(XERO, "edit", "Items", twin(rig, "product", pen), Description="A blue pen")
    rig.people(XERO, "void", "Invoices", twin(rig, "invoice", document(rig, "Invoices", "Pens 0")))
    rig.people(XERO, "pay", "Invoices", twin(rig, "invoice", document(rig, "Invoices", "Pens 1")), Date="2026-09-14")
    line = {"ItemCode": "PEN", "Description": "Pen", "Quantity": 2, "UnitAmount": D("10.5"), "AccountCode": "200"}
    header = {"Type": "ACCREC", "Contact": {"ContactID": twin(rig, "account", acme)}, "Date": "2026-09-01"}
    fields = {**header, "DueDate": "2026-09-20", "Status": "AUTHORISED", "Reference": "By hand"}
    rig.people(XERO, "create", "Invoices", **fields, LineItems=[{**line, "TaxType": "OUTPUT2"}])


# ------------------------------------------------------------------ records


def product(rig: Rig, code: str, name: str) -> str:
    return rig.people(
        ZOHO,
        "create",
        "Products",
        Product_Name=name,
        Product_Code=code,
        Unit_Price=D("10.5"),
        Add_to_Xero=True,
    )


def invoice(rig: Rig, account: str, item: str, subject: str) -> str:
    line = {"Product_Name": {"id": item}, "Line_Tax": [GST], "Quantity": 2, "List_Price": D("10.5")}
    days = {"Invoice_Date": "2026-09-01", "Due_Date": "2026-09-20", "Status": "Approved", "Add_to_Xero": True}
    fields = {"Subject": subject, "Account_Name": {"id": account}, **days}
    return rig.people(ZOHO, "create", "Invoices", **fields, Invoiced_Items=[line])


def order(rig: Rig, vendor: str, item: str, number: str) -> str:
    line = {"Product_Name": {"id": item}, "Line_Tax": [BOUGHT], "Quantity": 2, "List_Price": D("10.5")}
    fields = {"Subject": number, "PO_Number": number, "PO_Date": "2026-09-01", "Status": "Approved"}
    more = {"Vendor_Name": {"id": vendor}, "Add_to_Xero": True, "Purchase_Items": [line]}
    return rig.people(ZOHO, "create", "Purchase_Orders", **fields, **more)


def named(rig: Rig, kind: str, name: str) -> str:
    """The id of the CRM's record of this name."""
    field_ = {"Accounts": "Account_Name", "Vendors": "Vendor_Name", "Products": "Product_Name", "Contacts": "Full_Name"}
    (found,) = [row["id"] for row in rig.listed(ZOHO, kind) if row[field_[kind]] == name]
    return str(found)


def document(rig: Rig, kind: str, subject: str) -> str:
    (found,) = [row["id"] for row in rig.listed(ZOHO, kind) if row["Subject"] == subject]
    return str(found)


def twin(rig: Rig, entity: str, zoho_id: str) -> str:
    """The id in Xero of what is linked with a record of the CRM."""
    (link,) = rig.store.links_of(entity, ZOHO, [zoho_id])
    return link.ids[XERO].partition("/")[0]


def state(rig: Rig) -> State:
    """All records of both services; connections come and go with consents."""
    xero = rig.xero.dump()
    return {ZOHO: rig.zoho.dump(), XERO: {kind: rows for kind, rows in xero.items() if kind != "Connections"}}


def _count(rig: Rig, place: tuple[Side, str]) -> int:
    method, path = PLACES[place]
    calls = rig.service(place[0]).journal.since(0)
    return sum(call.method == method and re.search(path, call.path) is not None for call in calls)


# ------------------------------------------------------------------ a disturbed run


def disturbed(company: Reference, side: Side, rule: Rule, *, full: bool = False, **switches: Any) -> Case:
    """The run that meets the fault, and then as many as it takes until nothing moves. `full`: see `settle`; `switches`:
    by side, as the services are meanwhile."""
    rig, case = company.rig, Case()
    rig.back(company.moment, **switches)
    rig.service(side).faults.add(rule)
    try:
        run(rig, case)
    finally:
        rig.service(side).faults.clear()
    settle(rig, case, full=full)
    return case


def interrupted(company: Reference, deed: Callable[[Rig], object]) -> Case:
    """Somebody does something when the run has read and planned, right before it first writes; then runs until nothing
    moves, as many as it takes."""
    rig, case, once = company.rig, Case(), iter([True])
    rig.back(company.moment)
    send = rig.house.transport.send

    def watched(request: Request, listen: Listen = silent) -> Answer:
        if request.write and next(once, False):
            deed(rig)
        return send(request, listen)

    rig.house.transport.send = watched  # type: ignore[method-assign]  # a witness at the one gateway
    try:
        run(rig, case)
    finally:
        rig.house.transport.send = send  # type: ignore[method-assign]  # a witness at the one gateway
    assert next(once, None) is None, "the run wrote nothing"
    settle(rig, case)
    return case


def run(rig: Rig, case: Case, **scope: Any) -> Report:
    """One run, whatever it says. What it raises, nobody expected."""
    rig._listed.clear()
    rig._linked.clear()
    rig.report = rig.house.engine(rig.connection).run(Scope(**{"approve": True, **scope}))
    case.reports.append(rig.report)
    return rig.report


def settle(rig: Rig, case: Case, *, full: bool = False) -> None:
    """Runs until one finds nothing to write; whoever is told to connect again does so before the next. `full`: each
    reads everything again, as one does every night."""
    for _ in range(RUNS):
        _follow(rig, case)
        rig.later()
        written = len(rig.writes())
        if run(rig, case, full=full).state == "done" and not rig.report.plan.work and len(rig.writes()) == written:
            return
    raise AssertionError(f"not at rest after {RUNS} runs: {[(r.state, r.code) for r in case.reports]}")


def _follow(rig: Rig, case: Case) -> None:
    """What the last run tells a person to do."""
    broken = [side for side in SIDES if rig.grants.problem(side)]
    if broken:
        case.told |= {(side, case.reports[-1].hint) for side in broken}
        rig.connect()
    if (until := rig.report.until) and until > rig.clock.now():
        rig.later((until - rig.clock.now()).total_seconds() + 1)


# ------------------------------------------------------------------ what must hold


def assert_at_rest(company: Reference) -> Report:
    """An audit finds nothing to do, each record is linked or has a reason, and both sides say the same."""
    rig = company.rig
    rig.later()
    audit = rig.audit()
    assert [(a.kind, a.entity, a.digest) for a in audit.plan.work] == []
    assert rig.unaccounted(audit) == []
    assert rig.different(audit) == []
    assert outcomes_twice(rig) == []
    return audit


def assert_as_undisturbed(company: Reference) -> None:
    found = End(company.before, state(company.rig))
    assert found.twice == []
    assert differences(company.end, found) == []
    assert_at_rest(company)


def outcomes_twice(rig: Rig) -> list[str]:
    """Pairs of which history says more than once that they came into being."""
    births: Counter[str] = Counter()
    for entry in rig.store.entries(limit=100_000):
        if entry.outcome in ("created", "linked") and entry.zoho_id and entry.xero_id:
            births[f"{entry.entity} {entry.zoho_id} {entry.xero_id}"] += 1
    return sorted(pair for pair, times in births.items() if times > 1)
