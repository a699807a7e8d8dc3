"""The whole story from inside the CRM: an invoice goes to Xero, changes there, is held, and is repaired; nobody leaves
the record. One test, because each step stands on those before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import expect

from tests.browser.bench import Moment, Portal
from tests.browser.conftest import Begin, Open
from tests.browser.panel import Panel
from tests.browser.sight import Sight

SALESPERSON = "Tom Whitfield"


@dataclass
class Story:
    """One salesperson's browser on the CRM."""

    panel: Panel
    portal: Portal
    invoice: str

    @property
    def sight(self) -> Sight:
        return self.panel.sight

    def xero(self) -> dict[str, str]:
        """What the page of Xero says that the CRM's field leads to."""
        with self.panel.page.context.expect_page() as opening:
            self.panel.page.locator("[data-field=Xero_Invoice_URL] a").click()
        page = opening.value
        page.locator("[data-field=InvoiceNumber]").wait_for()
        page.wait_for_load_state()
        cells = page.locator("[data-field]").all()
        found = {str(cell.get_attribute("data-field")): cell.inner_text() for cell in cells}
        self.sight.picture("widget-xero", page)
        page.close()
        return found


def test_an_invoice_from_the_button_to_xero_and_back(begin: Begin, synced: Moment, open_browser: Open) -> None:
    portal = begin(synced)
    story = Story(Panel(open_browser(portal), portal), portal, new_invoice(portal))
    story.panel.page.context.add_cookies(
        [{"name": "zoho_sandbox_user", "value": who(portal), "url": portal.world.shell_url}]
    )
    signs_in_and_adds(story)
    sees_the_section_filled(story)
    follows_xero(story)
    is_held_for_a_tax(story)
    syncs_a_selection(story)
    is_held_for_an_archived_contact(story)


def who(portal: Portal) -> str:
    users = portal.world.zoho.organisation.users
    return str(next(user.id for user in users if user.full_name == SALESPERSON))


def new_invoice(portal: Portal, tax: int | None = None, **more: Any) -> str:
    """Written in the CRM a moment ago, for a company and products that Xero knows, and not ticked unless told."""
    return portal.world.zoho.edit(
        "create",
        "Invoices",
        None,
        {
            "Subject": "Chairs for the new office",
            "Account_Name": {"id": like(portal)["Account_Name"]["id"]},
            "Invoice_Date": "2026-11-20",
            "Due_Date": "2026-12-20",
            "Status": "Approved",
            "Invoiced_Items": lines(portal, tax),
            **more,
        },
    )


def like(portal: Portal) -> dict[str, Any]:
    """An invoice that is in both services."""
    rows = portal.world.zoho.dump()["Invoices"]
    return next(row for row in rows if row["Xero_ID"] and row["Currency"] == "NZD" and row["Status"] == "Approved")


def lines(portal: Portal, tax: int | None = None) -> list[dict[str, Any]]:
    """The same products, three of each, with this tax on each line."""
    return [
        {
            "Product_Name": {"id": line["Product_Name"]["id"]},
            "Quantity": 3,
            "List_Price": line["List_Price"],
            "Line_Tax": [{"id": str(tax)}] if tax else line["Line_Tax"],
        }
        for line in like(portal)["Invoiced_Items"]
    ]


def signs_in_and_adds(story: Story) -> None:
    panel = story.panel
    story.sight.expects(f"{story.portal.url}/api/session")
    panel.open("Invoices", story.invoice)
    panel.named("Sign in with Zoho").wait_for()
    panel.look("panel-sign_in")
    panel.sign_in(SALESPERSON)
    panel.waits_for("Not added to Xero")
    panel.press("Add to Xero and sync")
    panel.waits_for("In step")
    panel.offers("Close and refresh the record")


def sees_the_section_filled(story: Story) -> None:
    panel = story.panel
    number = panel.frame.locator("dd a").first.inner_text().split("\n")[0]
    panel.close_and_refresh()
    expect(panel.field("Add_to_Xero")).to_have_text("Yes")
    expect(panel.field("Xero_ID")).not_to_have_text(re.compile("^[\\s—]*$"))
    expect(panel.field("Xero_Invoice_No")).to_have_text(number)
    total = panel.page.locator("[data-sum='Grand Total']").inner_text()
    story.sight.picture("widget-record", panel.page)
    shown = story.xero()
    assert shown["InvoiceNumber"] == number
    assert float(shown["Total"]) == float(total)


def follows_xero(story: Story) -> None:
    panel = story.panel
    twin = panel.field("Xero_ID").inner_text()
    story.portal.world.xero.edit("edit", "Invoices", twin, {"DueDate": "2026-12-31"})
    panel.press_button()
    panel.waits_for("Differs")
    expect(panel.frame.get_by_role("row", name="Due date")).to_contain_text("2026-12-31")
    panel.look("panel-differs-live")
    panel.press("Sync now")
    panel.waits_for("In step")
    panel.close_and_refresh()
    expect(panel.field("Due_Date")).to_have_text("2026-12-31")
    panel.press_button()
    panel.waits_for("In step")
    story.sight.picture("panel-live", panel.page)


def is_held_for_an_archived_contact(story: Story) -> None:
    """A second invoice, for a company that somebody archived in Xero; the panel of the company has the ways out."""
    panel, world = story.panel, story.portal.world
    account = next(row["Account_Name"]["id"] for row in world.zoho.dump()["Invoices"] if row["id"] == story.invoice)
    twin = next(row["Xero_ID"] for row in world.zoho.dump()["Accounts"] if row["id"] == account)
    world.xero.edit("archive", "Contacts", twin, {})
    second = new_invoice(story.portal, Subject="Desks for the new office", Add_to_Xero=True)
    panel.open("Invoices", second)
    sync(panel)
    panel.waits_for("Needs attention")
    expect(panel.frame.locator("body")).to_contain_text("archived contact")
    panel.look("panel-archived")
    panel.open("Accounts", account)
    panel.waits_for("Needs attention")
    panel.press("Make it anew in Xero")
    panel.waits_for("In step")
    panel.open("Invoices", second)
    sync(panel)
    panel.waits_for("In step")


def is_held_for_a_tax(story: Story) -> None:
    """A third one, with a tax that stands for none of Xero's sales: mended in the CRM, tried again in the panel."""
    panel, world = story.panel, story.portal.world
    taxes = {tax.name: tax.id for tax in world.zoho.organisation.taxes}
    third = new_invoice(
        story.portal, tax=taxes["GST 15 Purchases"], Subject="Lamps for the new office", Add_to_Xero=True
    )
    panel.open("Invoices", third)
    sync(panel)
    panel.waits_for("Needs attention")
    expect(panel.frame.locator("body")).to_contain_text("A tax without a counterpart")
    panel.look("panel-tax")
    row = next(row for row in world.zoho.dump()["Invoices"] if row["id"] == third)
    mended = [{"id": line["id"], "Line_Tax": [{"id": str(taxes["GST 15"])}]} for line in row["Invoiced_Items"]]
    world.zoho.edit("edit", "Invoices", third, {"Invoiced_Items": mended})
    panel.press("Try again")
    panel.waits_for("In step")


def syncs_a_selection(story: Story) -> None:
    """Two new ones, ticked in the list, in one run."""
    panel = story.panel
    new = [new_invoice(story.portal, Subject=f"Shelves, part {n}", Add_to_Xero=True) for n in (1, 2)]
    panel.open("Invoices", *new)
    panel.press("Sync 2 records to Xero")
    panel.frame.locator(".notice", has_text="2 of 2 are in step.").wait_for()
    panel.close_and_refresh()
    rows = {row["id"]: row for row in story.portal.world.zoho.dump()["Invoices"]}
    assert all(rows[each]["Xero_Invoice_No"] for each in new)


def sync(panel: Panel) -> None:
    """The main button, once the panel has read the record."""
    panel.waits_for("")
    panel.press(panel.frame.locator("button.primary").inner_text())
