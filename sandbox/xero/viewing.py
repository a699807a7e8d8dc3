"""The pages of Xero that links from elsewhere lead to: one document, contact or item, as its own screen shows it.

The addresses are those of facts/xero.md 3.17. Anybody may look; to change something, each page leads to its form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, redirect, request
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from sandbox.pages import page
from sandbox.screens import SCREENS
from sandbox.xero.service import XeroService

PAGES: Final = ("/app/", "/organisationlogin/", "/Accounts/")
IDS: Final = {"Contacts": "ContactID", "Items": "ItemID", "Invoices": "InvoiceID", "PurchaseOrders": "PurchaseOrderID"}

FACTS: Final[Mapping[str, Sequence[tuple[str, str]]]] = {
    "Invoices": (
        ("InvoiceNumber", "Number"), ("Contact", "To"), ("Status", "Status"), ("DateString", "Date"),
        ("DueDateString", "Due date"), ("Reference", "Reference"), ("CurrencyCode", "Currency"),
        ("SubTotal", "Subtotal"), ("TotalTax", "Tax"), ("Total", "Total"), ("AmountPaid", "Paid"),
        ("AmountDue", "Amount due"),
    ),
    "PurchaseOrders": (
        ("PurchaseOrderNumber", "Number"), ("Contact", "To"), ("Status", "Status"), ("DateString", "Date"),
        ("DeliveryDateString", "Delivery date"), ("Reference", "Reference"), ("CurrencyCode", "Currency"),
        ("SubTotal", "Subtotal"), ("TotalTax", "Tax"), ("Total", "Total"),
    ),
    "Contacts": (
        ("Name", "Name"), ("ContactStatus", "Status"), ("FirstName", "First name"), ("LastName", "Last name"),
        ("EmailAddress", "E-mail"), ("TaxNumber", "Tax number"),
    ),
    "Items": (("Code", "Code"), ("Name", "Name"), ("Description", "Description"), ("SalesDetails", "Sales price")),
}  # fmt: skip
LINE: Final = (
    ("ItemCode", "Item"), ("Description", "Description"), ("Quantity", "Quantity"), ("UnitAmount", "Price"),
    ("TaxAmount", "Tax"), ("LineAmount", "Amount"),
)  # fmt: skip
ROW: Final = Markup('<tr><th scope="row">{label}</th><td data-field="{name}">{value}</td></tr>')
TABLE: Final = Markup("<table><tbody>{}</tbody></table>")
LINES: Final = Markup("<h2>Lines</h2><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>")
EDIT: Final = Markup('<p><a href="{}">Change it</a></p>')


def viewing_blueprint(service: XeroService) -> Blueprint:
    """Pages that show one record of the first organisation."""
    viewing = Blueprint("viewing", __name__)

    def show(kind: str, record_id: str) -> Response:
        found = (row for row in service.dump()[kind] if row[IDS[kind]] == record_id)
        row = next(found, None) or abort(404)
        title = str(row.get(FACTS[kind][0][0]) or kind)
        facts = (ROW.format(name=name, label=label, value=spelt(row.get(name))) for name, label in FACTS[kind])
        shown = TABLE.format(Markup("").join(facts)) + _lines(row) + EDIT.format(f"{SCREENS}/{kind}/{record_id}")
        return page("Xero", title, shown)

    @viewing.get("/app/<code>/invoicing/view/<record_id>")
    def invoice(code: str, record_id: str) -> Response:
        return show("Invoices", record_id)

    @viewing.get("/app/<code>/contacts/contact/<record_id>")
    def contact(code: str, record_id: str) -> Response:
        return show("Contacts", record_id)

    @viewing.get("/Accounts/Payable/PurchaseOrders/View/<record_id>")
    def order(record_id: str) -> Response:
        return show("PurchaseOrders", record_id)

    @viewing.get("/AccountsPayable/Edit.aspx")
    def bill() -> Response:
        return show("Invoices", request.args.get("InvoiceID", ""))

    @viewing.get("/Accounts/Inventory/<record_id>")
    def item(record_id: str) -> Response:
        return show("Items", record_id)

    @viewing.get("/organisationlogin/default.aspx")
    def login() -> BaseResponse:
        """On to the page that was asked for, on this host alone."""
        asked = urlsplit(request.args.get("redirecturl", ""))
        where = f"{asked.path}?{asked.query}" if asked.query else asked.path
        return redirect(where) if asked.path.startswith(("/Accounts/", "/AccountsPayable/")) else abort(404)

    return viewing


def spelt(value: Any) -> str:
    """A value as a page has it; of a contact the name, of a price list the price, of a moment the day."""
    if isinstance(value, Mapping):
        return str(value.get("Name") or value.get("UnitPrice") or "")
    text = "" if value is None else str(value)
    return text.removesuffix("T00:00:00")


def _lines(row: Mapping[str, Any]) -> Markup:
    lines = row.get("LineItems") or ()
    if not lines:
        return Markup("")
    heads = Markup("").join(Markup('<th scope="col">{}</th>').format(label) for _, label in LINE)
    cell = Markup("<td>{}</td>")
    cells = (Markup("").join(cell.format(spelt(line.get(name))) for name, _ in LINE) for line in lines)
    return LINES.format(heads=heads, rows=Markup("").join(Markup("<tr>{}</tr>").format(each) for each in cells))
