"""The field mapping in a browser: what does not fit is said as soon as it is chosen, and nothing is saved by it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.bench import ADMINISTRATOR, Moment, Portal
from tests.browser.conftest import Begin, Open
from tests.browser.sight import Sight


@pytest.fixture(scope="module")
def portal(begin: Begin, synced: Moment) -> Portal:
    return begin(synced)


@pytest.fixture
def sight(portal: Portal, open_browser: Open) -> Sight:
    found = open_browser(portal, ADMINISTRATOR)
    number = portal.house.connection(None).id
    found.visit(f"/c/{number}/settings/fields/account")
    return found


def test_a_row_is_judged_while_it_is_chosen_tried_and_saved(portal: Portal, sight: Sight) -> None:
    page, before = sight.page, portal.house.connection(None).settings
    page.get_by_label("New row, field of the CRM").select_option("Website")
    page.get_by_label("New row, field of Xero").select_option("AccountNumber")
    said = page.locator("[data-said=new1]")
    expect(said).to_contain_text("takes only a web address")
    page.get_by_label("New row, direction").select_option("to_xero")
    expect(said).to_contain_text("longer ones from the CRM are held")
    sight.follow(page.get_by_role("button", name="Preview"))
    expect(page.get_by_role("heading", name="Try it on a real record")).to_be_in_viewport()
    expect(page.get_by_role("table", name="What the mapping makes of")).to_be_visible()
    expect(page.get_by_text("Not saved yet")).to_be_visible()
    assert portal.house.connection(None).settings == before
    sight.follow(page.get_by_role("button", name="Save mapping"))
    expect(page.get_by_role("status")).to_contain_text("the next run reads everything again")
    assert portal.house.connection(None).settings["mapping_version"] == before["mapping_version"] + 1


def test_enter_takes_no_row_away(portal: Portal, sight: Sight) -> None:
    page = sight.page
    rows = page.locator("table.mapping tbody tr")
    before = rows.count()
    page.locator("details.defaults summary").nth(1).click()
    field = page.locator("input[name='phone.default_xero']")
    field.fill("none given")
    with sight.leads():
        field.press("Enter")
    expect(page.get_by_text("Not saved yet")).to_be_visible()
    sight.settled()
    expect(rows).to_have_count(before)
    expect(page.locator("input[name='phone.default_xero']")).to_have_value("none given")
