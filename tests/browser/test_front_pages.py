"""What anybody meets first: the set-up link, signing in, the list of connections, and pages that are not there."""

from __future__ import annotations

import pytest

from tests.browser.bench import INSTALLER, STRANGER, Moment, Portal
from tests.browser.conftest import Begin, Open


@pytest.fixture(scope="module")
def portal(begin: Begin, seeded: Moment) -> Portal:
    return begin(seeded)


def test_a_setup_link_works_once(portal: Portal, open_browser: Open) -> None:
    sight, link = open_browser(portal), portal.house.setup_link()
    sight.visit(link)
    sight.look("setup-link")
    sight.follow(sight.page.get_by_role("main").get_by_role("button"))
    sight.named("Sign out").wait_for()
    late = open_browser(portal)
    late.visit(link, status=404)
    late.look("setup-link-used")


def test_nobody_sees_anything_before_signing_in(portal: Portal, open_browser: Open) -> None:
    sight = open_browser(portal)
    sight.visit("/")
    assert "/sign-in" in sight.page.url
    sight.look("sign-in")
    assert "This is the sandbox" in sight.words()


def test_the_first_page_of_an_empty_installation(portal: Portal, open_browser: Open) -> None:
    sight = open_browser(portal, INSTALLER)
    sight.visit("/")
    sight.look("overview-empty")


@pytest.mark.parametrize("path", ["/nothing-here", "/c/1/", "/c/999/history"])
def test_what_is_not_there_looks_like_it(portal: Portal, open_browser: Open, path: str) -> None:
    sight = open_browser(portal, STRANGER)
    sight.visit(path, status=404)
    sight.look("not-there")
