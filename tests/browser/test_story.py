"""The whole story in a browser, from an empty database: nobody touches a terminal but to copy the set-up link.

One test, because each step stands on those before it; the steps are told one by one. People edit records in the
services themselves, time is moved by the sandbox's clock, letters arrive at a real mail server.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage

from playwright.sync_api import Locator, expect

from extension.bootstrap import Connection
from extension.sync.canonical import ZOHO
from extension.sync.model import Scope
from tests.browser.bench import Moment, Portal
from tests.browser.conftest import Begin, Open
from tests.browser.sight import Sight

NOT_REGISTERED = {"zoho_client_id": "", "zoho_client_secret": "", "xero_client_id": "", "xero_client_secret": ""}
WRITER = "accounts@harbouroffice.example"
MODULES = ("Accounts", "Vendors", "Products", "Contacts", "Invoices", "Purchase orders")


@dataclass
class Story:
    """One person's browser, and the portal it looks at."""

    sight: Sight
    portal: Portal

    @property
    def connection(self) -> Connection:
        return self.portal.house.connection(None)

    @property
    def main(self) -> Locator:
        return self.sight.page.get_by_role("main")

    def goes_to(self, name: str) -> None:
        """By the navigation."""
        self.sight.follow(self.sight.page.get_by_role("navigation", name="Pages").get_by_role("link", name=name))

    def reads(self, *words: str) -> None:
        """These words are on the page, at last."""
        self.sight.settled()
        for each in words:
            self.main.get_by_text(each).first.wait_for()

    def waits_for_the_run(self) -> None:
        """The page of a run shows by itself that it has ended."""
        self.portal.wait_for_work()
        self.reads("It took")

    def cell(self, module: str, column: str) -> str:
        """From the table that has this column."""
        return self.main.get_by_role("row", name=module).locator(f"[data-label='{column}']").first.inner_text()


def test_from_an_empty_database_to_a_history_on_paper(begin: Begin, seeded: Moment, open_browser: Open) -> None:
    portal = begin(seeded, **NOT_REGISTERED)
    story = Story(open_browser(portal), portal)
    opens_the_setup_link(story)
    registers_both_services(story)
    connects_both_sides(story)
    looks_at_the_steps(story)
    maps_a_field(story)
    fetches(story)
    matches(story)
    sees_what_would_go_wrong(story)
    previews_and_approves(story)
    resolves_a_conflict(story)
    lets_the_schedule_run(story)
    takes_the_history_along(story)
    ends_at_the_dashboard(story)


def opens_the_setup_link(story: Story) -> None:
    story.sight.visit(story.portal.house.setup_link())
    story.sight.press("Begin")
    story.main.get_by_role("heading", level=1).wait_for()


def registers_both_services(story: Story) -> None:
    page = story.sight.page
    story.sight.visit("/set-up/services")
    for service in ("Zoho CRM", "Xero"):
        part = page.get_by_role("region", name=service, exact=True)
        part.get_by_label("Client id").fill("sandbox")
        part.get_by_label("Client secret").fill("sandbox")
        story.sight.follow(part.get_by_role("button", name="Save"))
        part.get_by_text("Entered").wait_for()
        expect(part.get_by_label("Client secret"), "a secret never comes back").to_have_value("")
        story.sight.follow(part.get_by_role("button", name=f"Test {service}"))
        part.get_by_role("status").get_by_text("Works").first.wait_for()
    page.get_by_role("textbox", name="Notification e-mail").fill(WRITER)
    story.sight.press("Save the notification e-mail")
    expect(page.get_by_role("textbox", name="Notification e-mail")).to_have_value(WRITER)
    story.sight.look("web-service-settings")


def connects_both_sides(story: Story) -> None:
    page, world = story.sight.page, story.portal.world
    story.sight.press("Connect", exact=True)
    story.sight.press("Connect Zoho CRM")
    page.wait_for_url(f"{world.zoho_url}/**")
    page.get_by_label("Aroha Ngata").check()
    story.sight.press("Accept")
    page.wait_for_url(f"{story.portal.url}/**")
    story.sight.look("connect")
    story.sight.press("Connect Xero")
    page.wait_for_url(f"{world.xero_url}/**")
    page.get_by_label("Quayside Rentals").check()
    story.sight.press("Accept")
    page.wait_for_url(f"{story.portal.url}/set-up/organisation**")
    page.get_by_label("Harbour Office Supplies (sandbox)").check()
    page.get_by_label("Everything, of any age").check()
    story.sight.look("organisation")
    story.sight.press("Make the connection")
    page.wait_for_url(f"{story.portal.url}/c/*/set-up**")
    assert story.connection.start_date is None


def looks_at_the_steps(story: Story) -> None:
    story.reads("Web Service Settings", "CRM fields", "Start date", "Mappings", "Data fetch", "Preview")
    story.sight.look("set-up")


def maps_a_field(story: Story) -> None:
    """Of the tax number of accounts nobody wins by himself: a person is asked."""
    page = story.sight.page
    story.goes_to("Settings")
    story.sight.follow(story.main.get_by_role("navigation", name="Settings").get_by_role("link", name="Fields"))
    owner = page.get_by_label("Who wins a conflict over Tax number")
    owner.select_option(label="Ask me")
    story.sight.look("field-mapping")
    story.sight.press("Save mapping")
    expect(owner).to_have_value("ask")
    rows = story.connection.settings["entities"]["account"]["fields"]
    assert [row["owner"] for row in rows if row["name"] == "tax_number"] == ["ask"]


def fetches(story: Story) -> None:
    written = writes(story)
    story.goes_to("Data fetch")
    story.sight.press("Fetch", exact=True)
    story.portal.wait_for_work()
    story.reads("Last fetch", "What is known of both sides")
    assert int(story.cell("Accounts", "In Zoho CRM")) >= 12
    assert writes(story) == written, "a fetch writes nothing"
    story.sight.look("data-fetch")


def matches(story: Story) -> None:
    """The sure ones at once."""
    written = writes(story)
    story.goes_to("Match")
    story.reads("Sure")
    story.sight.look("match")
    story.sight.named("Accept every sure one").click()
    story.sight.follow(story.sight.page.get_by_role("dialog").get_by_role("button", name="Accept every sure one"))
    expect(story.main.get_by_text("Sure", exact=True)).to_have_count(0)
    assert writes(story) == written, "a match writes nothing"


def sees_what_would_go_wrong(story: Story) -> None:
    """Before anything is written."""
    written = writes(story)
    story.goes_to("Dashboard")
    story.sight.press("Check whether all is in place")
    story.sight.press("Check now")
    story.portal.wait_for_work()
    story.reads("findings need attention", "A code of more than 30 characters", "In order")
    assert writes(story) == written, "looking writes nothing"
    story.sight.look("health")


def previews_and_approves(story: Story) -> None:
    page, written = story.sight.page, writes(story)
    story.goes_to("Synchronise")
    expect(story.sight.named("Sync now"), "the first time begins with a preview").to_have_count(0)
    for module in MODULES:
        page.get_by_label(module, exact=True).check()
    story.sight.press("Preview")
    story.waits_for_the_run()
    story.sight.press("See the preview")
    story.reads("What there is to do", "Calls to Xero", "It will take")
    assert writes(story) == written, "a preview writes nothing"
    story.sight.look("preview")
    story.sight.press("Approve all", exact=True)
    story.sight.press("Sync approved")
    story.waits_for_the_run()
    assert writes(story) > written
    story.sight.look("run-report")
    assert not story.portal.house.engine(story.connection).run(everything()).plan.work, "both sides are in step"


def resolves_a_conflict(story: Story) -> None:
    zoho_id, xero_id, name = disagreement(story)
    story.goes_to("Synchronise")
    story.sight.press("Sync now")
    story.waits_for_the_run()
    story.goes_to("Needs attention")
    story.sight.page.get_by_role("searchbox", name="Name or id").fill(name)
    story.sight.press("Filter")
    case = story.main.get_by_role("article", name=name).filter(has_text="222-222-222").first
    expect(case).to_contain_text("111-111-111")
    story.sight.look("needs-attention")
    story.sight.follow(case.get_by_role("button", name="Take the CRM's value"))
    story.reads("The CRM's value will be taken")
    story.goes_to("Synchronise")
    story.sight.press("Sync now")
    story.waits_for_the_run()
    world = story.portal.world
    (contact,) = [row for row in world.xero.dump()["Contacts"] if row["ContactID"] == xero_id]
    (account,) = [row for row in world.zoho.dump()["Accounts"] if row["id"] == zoho_id]
    assert contact["TaxNumber"] == account["Tax_Number"] == "111-111-111"
    story.goes_to("Needs attention")
    expect(story.main.get_by_text("222-222-222")).to_have_count(0)


def lets_the_schedule_run(story: Story) -> None:
    page, portal = story.sight.page, story.portal
    story.goes_to("Schedule")
    page.get_by_label("Synchronise automatically").check()
    page.get_by_label("How many times a day").fill("2")
    story.sight.press("Change the number")
    for number, at in ((1, "06:30"), (2, "18:15")):
        page.get_by_label(f"Time {number}").fill(at)
    for module in MODULES:
        page.get_by_label(module, exact=True).check()
    page.get_by_label("Send a report by e-mail").check()
    story.sight.press("Save Auto Sync Settings")
    expect(story.main.get_by_role("region", name="Next runs").get_by_role("listitem")).to_have_count(3)
    story.sight.look("schedule")
    portal.world.zoho.edit("create", "Accounts", None, {"Account_Name": "Night Owl Bindery", "Add_to_Xero": True})
    due = story.connection.next_run_at
    assert due is not None
    portal.world.clock.set(due + timedelta(seconds=1))
    portal.look_at_the_clock()
    portal.wait_for_work()
    assert "Night Owl Bindery" in {row["Name"] for row in portal.world.xero.dump()["Contacts"]}
    letter = portal.letter("Synchronisation is done")
    assert letter["To"] == WRITER
    for part in (text_of(letter, "plain"), text_of(letter, "html")):
        assert "the schedule" in part
        assert f"{portal.url}/c/{story.connection.id}/" in part


def takes_the_history_along(story: Story) -> None:
    """Another day: now with Zoho, as an administrator of the connected organisation."""
    page = story.sight.page
    story.sight.press("Sign out")
    page.wait_for_url(f"{story.portal.url}/sign-in**")
    story.sight.visit(f"/c/{story.connection.id}/history")
    story.sight.press("Sign in with Zoho")
    if page.url.startswith(story.portal.world.zoho_url):
        page.get_by_label("Aroha Ngata").check()
        story.sight.press("Accept")
    page.wait_for_url(f"{story.portal.url}/c/*/history**")
    story.sight.look("history")
    everything = downloaded(story)
    assert len(everything) > 100
    page.get_by_role("searchbox", name="Name or id").fill("Night Owl")
    story.sight.press("Filter")
    story.reads("Night Owl Bindery")
    found = downloaded(story)
    assert found
    assert all("Night Owl Bindery" in row.values() for row in found)
    assert all(row in everything for row in found)


def ends_at_the_dashboard(story: Story) -> None:
    """An audit says that both sides are in step, to the cent of what was written."""
    story.goes_to("Dashboard")
    story.sight.press("Audit now")
    story.portal.wait_for_work()
    story.goes_to("Dashboard")
    story.reads("In step", "Money in step", "Calls today", "The last 30 days")
    story.sight.look("dashboard")


def downloaded(story: Story) -> list[dict[str, str]]:
    with story.sight.page.expect_download() as coming:
        story.sight.named("Download as CSV").click()
    return list(csv.DictReader(io.StringIO(coming.value.path().read_text(encoding="utf-8-sig"))))


# ------------------------------------------------------------------ what happens beside the browser


def writes(story: Story) -> int:
    """Calls to both services so far that change a record there."""
    services = (story.portal.world.zoho, story.portal.world.xero)
    calls = [call for service in services for call in service.journal.since(0)]
    quiet = ("/oauth/", "/connect/", "/coql", "/identity/", "/connections")
    return sum(call.method != "GET" and not any(part in call.path for part in quiet) for call in calls)


def text_of(letter: EmailMessage, kind: str) -> str:
    body = letter.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def everything() -> Scope:
    return Scope(full=True, dry_run=True)


def disagreement(story: Story) -> tuple[str, str, str]:
    """An account whose tax number two people change, each in a service of their own. Returns its ids and name."""
    house, connection, world = story.portal.house, story.connection, story.portal.world
    suppliers = {listed.twin for listed in house.inventory(connection, "vendor")}
    one = next(
        listed
        for listed in house.inventory(connection, "account")
        if listed.side == ZOHO and listed.twin and listed.twin not in suppliers
    )
    assert one.twin is not None
    world.zoho.edit("edit", "Accounts", one.id, {"Tax_Number": "111-111-111"})
    world.xero.edit("edit", "Contacts", one.twin, {"TaxNumber": "222-222-222"})
    return one.id, one.twin, one.title
