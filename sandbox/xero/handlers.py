"""What each route of the Accounting API does: one function per shape of address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sandbox.xero import invoices, items, render
from sandbox.xero.answers import Reply, envelope, validation_error
from sandbox.xero.asked import Asked
from sandbox.xero.dates import bare_ticks
from sandbox.xero.kinds import CONTACTS, INVOICES, ITEMS, PAYMENTS, PURCHASE_ORDERS, Kind
from sandbox.xero.ledger import Desk, Ledger
from sandbox.xero.queries import Listing, Page, listing, reference_rows
from sandbox.xero.refusals import BadBody, Invalid, Missing
from sandbox.xero.tables import Row
from sandbox.xero.writes import write

NO_DOCUMENT = "The document with the supplied id was not found for this endpoint."
LONGEST_NOTE = 2500
ACTIONS = (
    "CreateApprovedInvoice",
    "CreateApprovedBill",
    "CreateApprovedPurchaseOrder",
    "CreateDraftInvoice",
    "CreateDraftBill",
    "CreateDraftPurchaseOrder",
    "CreateInvoicePayment",
    "UseMulticurrency",
)


@dataclass(frozen=True)
class Visit:
    """One request with what it works on."""

    desk: Desk
    asked: Asked
    correlation: str

    def reply(self, name: str, rows: list[Row], pagination: Row | None = None) -> Reply:
        return envelope(self.correlation, self.desk.now, name, rows, pagination)


Handler = Callable[[Visit], Reply]


# Lists


def _listed(visit: Visit, kind: Kind, page: Page | None, shown: Callable[[Row], Row]) -> Reply:
    found = listing(visit.desk, kind.table(visit.desk.ledger), visit.asked.question, page)
    if refusal := _nothing(visit, found):
        return refusal
    return visit.reply(kind.name, [shown(row) for row in found.rows], found.pagination)


def _nothing(visit: Visit, found: Listing) -> Reply | None:
    switches, page = visit.desk.switches, found.pagination
    if page and page["page"] > max(1, page["pageCount"]) and switches.page_past_end == "not_found":
        raise Missing("page")
    if not found.count and visit.asked.modified_since and switches.nothing_changed == "not_modified":
        return Reply(304, content_type=None)
    return None


def list_contacts(visit: Visit) -> Reply:
    page, summary = visit.asked.page(), visit.asked.query.flag("summaryOnly")
    paged = page is not None
    return _listed(visit, CONTACTS, page, lambda row: render.contact(visit.desk, row, paged=paged, summary=summary))


def list_invoices(visit: Visit) -> Reply:
    """Without paging, and in summaries, there are no lines (3.5)."""
    page, summary = visit.asked.page(), visit.asked.query.flag("summaryOnly")
    lines = page is not None and not summary
    return _listed(
        visit, INVOICES, page, lambda row: render.invoice(visit.desk, row, with_lines=lines, summary=summary)
    )


def list_orders(visit: Visit) -> Reply:
    page = visit.asked.page(always=True)
    return _listed(visit, PURCHASE_ORDERS, page, lambda row: render.order(visit.desk, row))


def list_items(visit: Visit) -> Reply:
    """The whole list every time: items have no paging (3.5)."""
    return _listed(visit, ITEMS, None, lambda row: render.item(visit.desk, row))


def list_payments(visit: Visit) -> Reply:
    return _listed(visit, PAYMENTS, visit.asked.page(), lambda row: render.payment(visit.desk, row))


# One record


def _record(visit: Visit, kind: Kind) -> Row:
    row = kind.find(visit.desk.ledger, visit.asked.path[1])
    if row is None:
        raise Missing(visit.asked.path[1])
    return row


def _read(visit: Visit, kind: Kind) -> Reply:
    return visit.reply(kind.name, [kind.read(visit.desk, _record(visit, kind))])


def _written(visit: Visit, kind: Kind, *, create: bool, one: bool = False) -> Reply:
    asked = visit.asked
    return write(
        visit.desk,
        visit.correlation,
        kind,
        asked.elements(kind.name),
        create=create,
        record_id=asked.path[1].lower() if one else None,
        summarize=asked.query.flag("summarizeErrors", default=True),
    )


def reading(kind: Kind) -> Handler:
    return partial(_read, kind=kind)


def creating(kind: Kind) -> Handler:
    return partial(_written, kind=kind, create=True)


def upserting(kind: Kind) -> Handler:
    return partial(_written, kind=kind, create=False)


def updating(kind: Kind) -> Handler:
    return partial(_written, kind=kind, create=False, one=True)


def delete_item(visit: Visit) -> Reply:
    with visit.desk.attempt():
        try:
            items.delete(visit.desk, visit.asked.path[1])
        except Invalid as refusal:
            row = _record(visit, ITEMS)
            return validation_error([render.item(visit.desk, row) | _errors(refusal)])
    return Reply(204, content_type=None)


def online_invoice(visit: Visit) -> Reply:
    """The address a customer sees; drafts have none (3.17)."""
    row = _record(visit, INVOICES)
    if row["Type"] != "ACCREC" or row["Status"] in invoices.OPEN:
        raise Invalid("The online invoice is available for approved sales invoices only")
    code = row["InvoiceID"].replace("-", "")[:32]
    return visit.reply("OnlineInvoices", [{"OnlineInvoiceUrl": f"https://in.xero.com/{code}"}])


# History


def read_history(visit: Visit, kind: Kind) -> Reply:
    notes = visit.desk.ledger.history.get(_record(visit, kind)[kind.id_field], ())
    rows = [
        {
            "Changes": "Note",
            "DateUTCString": note["At"].strftime("%Y-%m-%dT%H:%M:%S"),
            "DateUTC": bare_ticks(note["At"]),
            "User": "System Generated",
            "Details": note["Details"],
        }
        for note in reversed(notes)
    ]
    return visit.reply("HistoryRecords", rows)


def add_history(visit: Visit, kind: Kind) -> Reply:
    """Notes can be added, never changed; an unknown record is a validation error here (3.17)."""
    ledger, now = visit.desk.ledger, visit.desk.now
    row = kind.table(ledger).get(visit.asked.path[1])
    shown = []
    for element in visit.asked.elements("HistoryRecords"):
        details = element.get("Details") if isinstance(element, dict) else None
        if not isinstance(details, str) or not details:
            raise BadBody("Details are missing")
        shown.append(
            {
                "DateUTCString": now.strftime("%Y-%m-%dT%H:%M:%S"),
                "DateUTC": bare_ticks(now),
                "Details": details,
                "ValidationErrors": [],
            }
        )
    too_long = any(len(note["Details"]) > LONGEST_NOTE for note in shown)
    if row is None or too_long:
        message = NO_DOCUMENT if row is None else f"Details must not exceed {LONGEST_NOTE} characters."
        return validation_error([note | {"ValidationErrors": [{"Message": message}]} for note in shown])
    record_id = row[kind.id_field]
    notes = tuple({"At": now, "Details": note["Details"]} for note in shown)
    ledger.history[record_id] = ledger.history.get(record_id, ()) + notes
    return visit.reply("HistoryRecords", shown)


# The organisation's set-up


def organisation(visit: Visit) -> Reply:
    return visit.reply("Organisations", [render.reference(visit.desk.ledger.organisation)])


def actions(visit: Visit) -> Reply:
    return visit.reply("Actions", [{"Name": name, "Status": "ALLOWED"} for name in ACTIONS])


def reference_list(name: str, rows: Callable[[Ledger], dict[str, Row]]) -> Handler:
    def handler(visit: Visit) -> Reply:
        query = visit.asked.query
        found = reference_rows(
            rows(visit.desk.ledger).values(), query.text("where"), query.text("order"), visit.asked.modified_since
        )
        return visit.reply(name, [render.reference(row) for row in found])

    return handler


def reference_one(name: str, id_field: str, rows: Callable[[Ledger], dict[str, Row]]) -> Handler:
    def handler(visit: Visit) -> Reply:
        wanted = visit.asked.path[1].lower()
        for row in rows(visit.desk.ledger).values():
            if str(row[id_field]).lower() == wanted:
                return visit.reply(name, [render.reference(row)])
        raise Missing(wanted)

    return handler


def _errors(refusal: Invalid) -> Row:
    return {"ValidationErrors": [{"Message": message} for message in refusal.messages]}
