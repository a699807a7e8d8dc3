"""Every page of the portal, seen as a person sees it: wide and narrow, light and dark, and without scripts."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from extension.sync.model import Scope
from extension.web.visit import Person
from tests.browser import keyboard, routes
from tests.browser.bench import ADMINISTRATOR, INSTALLER, SALESPERSON, Moment, Portal
from tests.browser.conftest import Begin, Open
from tests.browser.sight import Sight
from tests.web.visitor import Visitor

ENDPOINTS = routes.endpoints()
Found = dict[str, list[str]]


@pytest.fixture(scope="module")
def portal(begin: Begin, synced: Moment) -> Portal:
    """In step a while ago; people have worked on both sides since, and looked at what a run would do."""
    portal = begin(synced)
    house, world = portal.house, portal.world
    connection = house.connection(None)
    world.zoho.edit("create", "Accounts", None, {"Account_Name": "Tidewater Framing", "Add_to_Xero": True})
    world.xero.edit("create", "Items", None, {"Code": "FRAME-A4", "Name": "Frame, A4"})
    for kind in ("fetch", "audit", "sync", "preview"):
        house.tasks.ask(connection.id, kind, Scope(), ADMINISTRATOR.name, house.clock.now())
        portal.work.queue.wake()
        portal.wait_for_work()
    return portal


@pytest.fixture(scope="module")
def found(portal: Portal) -> Found:
    """What an installer and an administrator find."""
    whole: Found = {}
    for who in (ADMINISTRATOR, INSTALLER):
        for endpoint, paths in routes.walked(Visitor(portal.app, portal.house, who)).items():
            whole.setdefault(endpoint, []).extend(path for path in paths if path not in whole.get(endpoint, ()))
    return whole


def is_page(portal: Portal, path: str) -> bool:
    """And no file, nor a part of a page."""
    answer = Visitor(portal.app, portal.house, INSTALLER).get(path)
    return answer.response.mimetype == "text/html" and "<h1" in answer.html


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_page_can_be_looked_at(portal: Portal, found: Found, open_browser: Open, endpoint: str) -> None:
    assert endpoint in found, "no link leads there"
    path = found[endpoint][0]
    if not is_page(portal, path):
        return
    sight = open_browser(portal, INSTALLER)
    sight.visit(path)
    expect(sight.page.locator("h1")).to_have_count(1)
    assert "This is the sandbox" in sight.words()
    sight.look(endpoint, fresh=True)
    told = keyboard.complaints(sight.page)
    assert not told, "\n".join(told[:10])


def test_pages_work_before_scripts_load(portal: Portal, found: Found, open_browser: Open) -> None:
    """Every page is there without scripts, and every form has a button."""
    sight = open_browser(portal, INSTALLER, java_script_enabled=False)
    for paths in found.values():
        if not is_page(portal, paths[0]):
            continue
        sight.visit(paths[0])
        assert sight.page.locator("h1").is_visible(), paths[0]
        assert sight.page.locator("noscript").count() == 0
        for form in sight.page.locator("form").all():
            assert form.locator("button, input[type=submit]").count(), f"a form of {paths[0]} has no button"


@pytest.mark.parametrize("who", [ADMINISTRATOR, SALESPERSON], ids=["administrator", "salesperson"])
def test_the_navigation_leads_to_pages_that_this_person_may_use(
    portal: Portal, open_browser: Open, who: Person
) -> None:
    sight = open_browser(portal, who)
    for path in navigation(sight):
        sight.visit(path)
        current = sight.page.get_by_role("navigation", name="Pages").locator("[aria-current=page]")
        expect(current, path).to_have_count(1)


def navigation(sight: Sight) -> list[str]:
    """The pages that the first connection offers, for as long as there is a page to begin with."""
    sight.visit("/")
    cards = sight.page.locator("main a[href^='/c/']")
    if not cards.count() and "/c/" not in sight.page.url:
        return []
    if "/c/" not in sight.page.url:
        sight.follow(cards.first)
    links = sight.page.locator("nav a").evaluate_all("all => all.map(each => each.href)")
    return [urlsplit(link).path for link in links]
