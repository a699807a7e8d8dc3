"""The sandbox's own pages, which a person meets on the way: plain, but good enough to be looked at."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from sandbox.world import World
from tests.browser.bench import Moment, Portal
from tests.browser.conftest import Begin, Open


@pytest.fixture(scope="module")
def portal(begin: Begin, seeded: Moment) -> Portal:
    return begin(seeded)


def asked(portal: Portal, side: str, **more: str) -> str:
    back = f"{portal.url}/healthz"
    return urlencode({"client_id": "sandbox", "response_type": "code", "redirect_uri": back, "state": "s", **more})


def test_the_consent_page_of_the_crm(portal: Portal, world: World, open_browser: Open) -> None:
    sight = open_browser(portal)
    query = asked(portal, "zoho", scope="ZohoCRM.users.READ,ZohoCRM.org.READ", access_type="online")
    sight.visit(f"{world.zoho_url}/oauth/v2/auth?{query}")
    assert "This is the sandbox" in sight.words()
    sight.look("sandbox-zoho-consent")
    sight.page.get_by_label("Tom Whitfield").check()
    sight.press("Accept")
    assert sight.page.url.startswith(f"{portal.url}/healthz?code=")
    sight.page.goto(f"{world.zoho_url}/oauth/v2/auth?{query}")
    assert sight.page.url.startswith(f"{portal.url}/healthz?code="), "who is signed in is not asked again"


def test_the_consent_page_of_xero(portal: Portal, world: World, open_browser: Open) -> None:
    sight = open_browser(portal)
    query = asked(portal, "xero", scope="offline_access accounting.invoices")
    sight.visit(f"{world.xero_url}/identity/connect/authorize?{query}")
    sight.look("sandbox-xero-consent")
    sight.press("Cancel")
    assert "error=access_denied" in sight.page.url


def test_the_screens_of_both_services(portal: Portal, world: World, open_browser: Open) -> None:
    sight = open_browser(portal)
    sight.visit(world.zoho_url)
    sight.look("sandbox-zoho")
    sight.press("Accounts")
    sight.follow(sight.page.get_by_role("link", name="Kererū Print"))
    sight.page.get_by_label("Phone").fill("+64 9 300 4000")
    sight.press("Save")
    assert "Saved." in sight.words()
    sight.look("sandbox-zoho-account")
    sight.visit(world.xero_url)
    sight.press("Items")
    sight.look("sandbox-xero-items")


def test_the_crm_and_xero_as_a_person_sees_them(portal: Portal, world: World, open_browser: Open) -> None:
    sight = open_browser(portal)
    sight.visit(world.shell_url)
    assert "This is the sandbox" in sight.words()
    sight.look("crm-list")
    sight.follow(sight.page.locator("tbody a").first)
    sight.page.get_by_role("heading", name="xero2zoho Application").wait_for()
    sight.look("crm-record")
    sight.press("Setup")
    sight.look("crm-setup")
    document = next(row for row in world.xero.dump()["Invoices"] if row["Type"] == "ACCREC")
    sight.visit(f"{world.xero_url}/app/!hb0r1/invoicing/view/{document['InvoiceID']}")
    assert document["InvoiceNumber"] in sight.words()
    sight.look("xero-invoice")
