"""Other ways to use the pages: the keyboard alone, no scripts at all, a salesperson's rights, and a lost connection."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from extension.sync.canonical import XERO
from sandbox.faults import Rule
from tests.browser import keyboard
from tests.browser.bench import ADMINISTRATOR, SALESPERSON, Moment, Portal
from tests.browser.conftest import Begin, Open
from tests.browser.sight import Sight


@pytest.fixture(scope="module")
def portal(begin: Begin, synced: Moment) -> Portal:
    """In step; somebody has made a new account since."""
    portal = begin(synced)
    portal.world.zoho.edit("create", "Accounts", None, {"Account_Name": "Keyboard Karvery", "Add_to_Xero": True})
    return portal


def names_in_xero(portal: Portal) -> set[str]:
    return {row["Name"] for row in portal.world.xero.dump()["Contacts"]}


def test_a_run_is_asked_for_by_keyboard_alone(portal: Portal, open_browser: Open) -> None:
    sight = open_browser(portal, ADMINISTRATOR)
    page = sight.visit("/c/1/sync")
    page.keyboard.press("Tab")
    assert "Skip to the content" in keyboard.where(page)
    page.keyboard.press("Enter")
    keyboard.tab_to(page, "Accounts")
    for module in ("Vendors", "Products", "Contacts", "Invoices", "Purchase orders"):
        keyboard.tab_to(page, module)
        page.keyboard.press("Space")
        expect(page.get_by_label(module, exact=True)).not_to_be_checked()
    keyboard.tab_to(page, "Both ways")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("CRM to Xero")).to_be_checked()
    keyboard.tab_to(page, "Changed since the last run")
    page.keyboard.press("ArrowDown")
    keyboard.tab_to(page, "How many days")
    page.keyboard.type("45")
    keyboard.tab_to(page, "Send a report")
    page.keyboard.press("Space")
    keyboard.tab_to(page, "Preview")
    with sight.leads():
        page.keyboard.press("Enter")
    portal.wait_for_work()
    page.get_by_role("link", name="See the preview").wait_for()
    (task,) = [portal.house.tasks.latest(1, "preview")]
    assert task is not None
    assert (task.scope.entities, task.scope.mode, task.scope.window_days) == (("account",), "zoho-to-xero", 45)


def test_a_run_is_made_without_scripts(portal: Portal, open_browser: Open) -> None:
    """Preview, approve, synchronise, and see how it ended; the page is asked for again by a link."""
    sight = open_browser(portal, ADMINISTRATOR, java_script_enabled=False)
    page = sight.visit("/c/1/sync")
    page.get_by_label("Both ways").check()
    page.get_by_label("Changed since the last run").check()
    sight.press("Preview")
    portal.wait_for_work()
    look_again(sight)
    sight.press("See the preview")
    page.get_by_text("Keyboard Karvery").first.wait_for()
    sight.press("Approve all")
    sight.press("Sync approved")
    portal.wait_for_work()
    look_again(sight)
    page.get_by_text("It took").wait_for()
    assert "Keyboard Karvery" in names_in_xero(portal)


def look_again(sight: Sight) -> None:
    if sight.page.get_by_role("link", name="Look again").count():
        sight.press("Look again")


def test_a_schedule_is_made_without_scripts(portal: Portal, open_browser: Open) -> None:
    sight = open_browser(portal, ADMINISTRATOR, java_script_enabled=False)
    page = sight.visit("/c/1/schedule")
    page.get_by_label("Synchronise automatically").check()
    page.get_by_label("How many times a day").fill("3")
    sight.press("Change the number")
    page.get_by_label("Time 3").fill("23:30")
    sight.press("Save Auto Sync Settings")
    assert "23:30" in str(portal.house.connection(None).settings["schedule"]["times"])


def test_a_salesperson_looks_and_presses_and_changes_nothing(portal: Portal, open_browser: Open) -> None:
    sight = open_browser(portal, SALESPERSON)
    page = sight.visit("/c/1/sync")
    pages = page.get_by_role("navigation", name="Pages")
    expect(pages).to_contain_text("Needs attention")
    expect(pages).not_to_contain_text("Settings")
    sight.press("Sync now")
    portal.wait_for_work()
    sight.settled()
    page.get_by_text("It took").wait_for()
    sight.visit("/c/1/settings", status=403)
    sight.visit("/c/1/attention")
    expect(page.get_by_role("button", name="Link these two")).to_have_count(0)
    sight.look("attention-of-a-salesperson")


def test_a_lost_connection_shows_everywhere_is_mailed_and_mended(portal: Portal, open_browser: Open) -> None:
    """The person at Xero takes our access away; an administrator gives it back by one press and a consent."""
    house, world = portal.house, portal.world
    house.services.set_note("notify_email", "accounts@harbouroffice.example")
    (held,) = world.xero.dump()["Connections"]
    world.xero.edit("disconnect", "Connections", held["id"], {})
    sight = open_browser(portal, ADMINISTRATOR)
    page = sight.visit("/c/1/sync")
    sight.press("Sync now")
    portal.wait_for_work()
    sight.visit("/c/1/history")
    page.get_by_role("alert").get_by_text("Xero ended our access").wait_for()
    sight.look("lost-connection")
    portal.letter("the connection to Xero was lost")
    sight.press("Connect Xero again")
    sight.press("Accept")
    page.wait_for_url(f"{portal.url}/c/1/**")
    sight.settled()
    expect(page.get_by_role("alert")).to_have_count(0)
    assert house.grants(1).problem(XERO) is None


def test_a_service_that_does_not_answer_is_a_sentence(portal: Portal, open_browser: Open) -> None:
    portal.world.zoho.faults.add(Rule(path="/crm/", times=0, kind="status_before", params={"status": 503}))
    sight = open_browser(portal, ADMINISTRATOR)
    page = sight.visit("/c/1/fetch")
    sight.press("Fetch", exact=True)
    portal.wait_for_work()
    sight.settled()
    page.get_by_text("Last fetch").wait_for()
    page.get_by_text("Zoho CRM").first.wait_for()
    sight.look("a-failed-fetch")
    portal.world.zoho.faults.clear()
