"""A cent between both totals: what the panel and the portal say of it, and each way out, pressed until both agree."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import expect

from extension.entities import rounding
from extension.sync.model import Scope
from tests.browser.bench import ADMINISTRATOR, Moment, Portal
from tests.browser.conftest import Begin, Open
from tests.browser.panel import Panel
from tests.browser.test_widget_story import SALESPERSON, like, new_invoice, sync
from tests.documents.cases_totals import PRICES

SAYS = "The CRM says 70.58, Xero would say 70.57."
WAYS = ("Send anyway", "Add a rounding line")
TOTALS = {WAYS[0]: (Decimal("70.58"), Decimal("70.57")), WAYS[1]: (Decimal("70.58"), Decimal("70.58"))}
CARRIED = {WAYS[0]: [], WAYS[1]: [Decimal("0.01")]}


@pytest.fixture(scope="module")
def portal(begin: Begin, synced: Moment) -> Iterator[Portal]:
    """The CRM rounds the taxes of all lines as one sum, and rounding lines have an account."""
    portal = begin(synced)
    connection = portal.house.connection(None)
    chosen = {**connection.settings, "documents": {"rounding_account": {"sales": "260", "purchases": "300"}}}
    portal.house.connections.update_settings(connection.id, chosen, ADMINISTRATOR.name, portal.house.clock.now())
    portal.world.zoho.set_switches({"tax_rounding": "document"})
    yield portal
    portal.world.zoho.set_switches({"tax_rounding": "line"})


@pytest.fixture
def panel(portal: Portal, open_browser: Open) -> Panel:
    panel = Panel(open_browser(portal), portal)
    panel.sight.expects(f"{portal.url}/api/session")
    return panel


def apart(portal: Portal, subject: str) -> str:
    """An invoice whose totals differ by a cent."""
    tax = next(tax.id for tax in portal.world.zoho.organisation.taxes if tax.name == "GST 15")
    product = like(portal)["Invoiced_Items"][0]["Product_Name"]["id"]
    lines = [
        {"Product_Name": {"id": product}, "Quantity": 1, "List_Price": Decimal(price), "Line_Tax": [{"id": str(tax)}]}
        for price in PRICES
    ]
    return new_invoice(portal, Subject=subject, Invoiced_Items=lines, Add_to_Xero=True)


def totals(portal: Portal, invoice: str) -> tuple[Any, Any]:
    crm = next(row for row in portal.world.zoho.dump()["Invoices"] if row["id"] == invoice)
    xero = next(row for row in portal.world.xero.dump()["Invoices"] if row["InvoiceID"] == crm["Xero_ID"])
    return crm["Grand_Total"], xero["Total"]


def carried(portal: Portal, invoice: str) -> list[Any]:
    """What rounding lines of Xero carry."""
    twin = next(row["Xero_ID"] for row in portal.world.zoho.dump()["Invoices"] if row["id"] == invoice)
    xero = next(row for row in portal.world.xero.dump()["Invoices"] if row["InvoiceID"] == twin)
    return [line["LineAmount"] for line in xero["LineItems"] if line.get("Description") == rounding.WORDS]


@pytest.mark.parametrize("way", WAYS)
def test_a_cent_in_the_panel(panel: Panel, way: str) -> None:
    invoice = apart(panel.portal, f"Pens: {way}")
    panel.open("Invoices", invoice)
    panel.sign_in(SALESPERSON)
    sync(panel)
    panel.waits_for("Needs attention")
    expect(panel.frame.locator(".hold")).to_contain_text(SAYS)
    for name in WAYS:
        expect(panel.named(name)).to_be_visible()
    panel.look("panel-cent")
    panel.press(way)
    panel.waits_for("In step")
    panel.look(f"panel-cent-{way.lower().replace(' ', '-')}")
    assert totals(panel.portal, invoice) == TOTALS[way]
    assert carried(panel.portal, invoice) == CARRIED[way]


def test_a_cent_that_somebody_corrects(panel: Panel) -> None:
    """The third way out is an edit: prices at which both round alike, then the panel's main button."""
    invoice = apart(panel.portal, "Pens, corrected")
    panel.open("Invoices", invoice)
    panel.sign_in(SALESPERSON)
    sync(panel)
    panel.waits_for("Needs attention")
    row = next(row for row in panel.portal.world.zoho.dump()["Invoices"] if row["id"] == invoice)
    even = [{"id": line["id"], "List_Price": Decimal("20.00")} for line in row["Invoiced_Items"]]
    panel.portal.world.zoho.edit("edit", "Invoices", invoice, {"Invoiced_Items": even})
    panel.press("Try again")
    panel.waits_for("In step")
    assert totals(panel.portal, invoice) == (Decimal("69.00"), Decimal("69.00"))


@pytest.mark.parametrize("way", WAYS)
def test_a_cent_in_the_portal(portal: Portal, open_browser: Open, way: str) -> None:
    invoice = apart(portal, f"Paper: {way}")
    runs(portal, "sync")
    sight = open_browser(portal, ADMINISTRATOR)
    sight.visit("/c/1/attention?reason=total_differs")
    case = sight.page.get_by_role("article").filter(has_text=SAYS)
    expect(case).to_have_count(1)
    sight.look("needs-attention-cent")
    sight.follow(case.get_by_role("button", name=way))
    portal.wait_for_work()
    sight.visit("/c/1/attention?reason=total_differs")
    sight.look(f"needs-attention-cent-{way.lower().replace(' ', '-')}")
    runs(portal, "sync")
    sight.visit("/c/1/attention?reason=total_differs")
    expect(sight.page.get_by_role("article").filter(has_text=SAYS)).to_have_count(0)
    assert totals(portal, invoice) == TOTALS[way]
    assert carried(portal, invoice) == CARRIED[way]


def test_a_cent_in_a_preview(portal: Portal, open_browser: Open) -> None:
    """Before anything is sent."""
    apart(portal, "Paper, to come")
    task = runs(portal, "preview")
    sight = open_browser(portal, ADMINISTRATOR)
    sight.visit(f"/c/1/preview/{task}?part=hold&kind=total_differs")
    expect(sight.page.get_by_role("listitem").filter(has_text=SAYS)).to_have_count(1)
    sight.look("preview-cent")


def test_what_is_chosen_about_documents(portal: Portal, open_browser: Open) -> None:
    """By the labels that a person sees, and it is there when the page is opened again."""
    sight = open_browser(portal, ADMINISTRATOR)
    sight.visit("/c/1/settings/documents")
    expect(sight.page.get_by_label("Account of rounding lines in sales")).to_have_value("260")
    sight.page.get_by_label("Discount in sales: account").select_option("260")
    sight.press("Save documents")
    expect(sight.page.get_by_label("Discount in sales: account")).to_have_value("260")
    sight.visit("/c/1/settings/documents")
    expect(sight.page.get_by_label("Discount in sales: account")).to_have_value("260")
    sight.look("settings-documents")


def runs(portal: Portal, kind: str) -> int:
    """Its number."""
    connection = portal.house.connection(None)
    task = portal.house.tasks.ask(connection.id, kind, Scope(), ADMINISTRATOR.name, portal.house.clock.now())
    portal.work.queue.wake()
    portal.wait_for_work()
    return int(task.id)
