"""The settings panel: the portal's own pages inside the CRM, for administrators, one tab each."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.bench import Moment, Portal
from tests.browser.conftest import Begin, Open
from tests.browser.panel import Panel

TABS = ("Dashboard", "Synchronise", "Schedule", "Needs attention")
ADMINISTRATOR, SALESPERSON = "Aroha Ngata", "Tom Whitfield"


@pytest.fixture(scope="module")
def portal(begin: Begin, synced: Moment) -> Portal:
    return begin(synced)


@pytest.fixture
def panel(portal: Portal, open_browser: Open) -> Panel:
    found = Panel(open_browser(portal), portal)
    found.sight.expects(f"{portal.url}/api/session")
    found.visit("-/settings")
    return found


def opens(panel: Panel, tab: str) -> None:
    panel.press(tab)
    panel.settled()
    expect(panel.frame.locator("[aria-current=page]")).to_have_text(tab)
    expect(panel.frame.locator("#page h1")).to_have_count(1)


def test_every_tab_is_the_portals_own_page(panel: Panel) -> None:
    panel.sign_in(ADMINISTRATOR)
    panel.frame.locator("#page h1").wait_for()
    for tab in TABS:
        opens(panel, tab)
        panel.look(f"settings-{tab.split()[0].lower()}")


def test_a_run_is_begun_and_followed_inside_the_panel(panel: Panel) -> None:
    panel.sign_in(ADMINISTRATOR)
    panel.frame.locator("#page h1").wait_for()
    opens(panel, "Synchronise")
    panel.press("Sync now")
    panel.portal.wait_for_work()
    panel.settled()
    panel.frame.get_by_text("It took").wait_for()
    assert panel.frame.url.startswith(f"{panel.portal.url}/widget/settings")


def test_what_is_changed_in_the_panel_is_kept(panel: Panel) -> None:
    panel.sign_in(ADMINISTRATOR)
    panel.frame.locator("#page h1").wait_for()
    opens(panel, "Schedule")
    panel.frame.get_by_label("Synchronise automatically").check()
    panel.press("Save Auto Sync Settings")
    panel.frame.locator("#page .note").wait_for()
    assert panel.portal.house.connection(None).settings["schedule"]["on"] is True


def test_who_does_not_manage_is_told_so(panel: Panel) -> None:
    panel.sign_in(SALESPERSON)
    panel.frame.get_by_text("Only administrators of the CRM").wait_for()
    expect(panel.frame.get_by_role("navigation")).to_have_count(0)
    panel.look("settings-refused")
