"""One Chromium for a worker, one seeded world, and installations at the moments that tests begin from."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from extension.console.demonstration import A_DAY
from extension.web.visit import Person
from sandbox.world import World
from tests.browser import chromium
from tests.browser.bench import PATIENCE, Moment, Portal, copied, moment, put_back, serving
from tests.browser.sight import USUAL, Sight
from tests.system.installation import Installation

RECORDS, SEED = 12, 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = chromium.find()
    if program is None:
        pytest.skip(chromium.MISSING)
    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=program, args=list(chromium.FLAGS))
        yield found
        found.close()


@pytest.fixture(scope="session")
def pictures() -> Path | None:
    """SCREENSHOTS names a folder for them; without it none is drawn, for nobody would see it."""
    named = os.environ.get("SCREENSHOTS")
    if not named:
        return None
    folder = Path(named)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    with World(records=RECORDS, seed=SEED, neighbour=True) as made:
        made.xero.set_switches(A_DAY)
        yield made


@pytest.fixture(scope="session")
def seeded(world: World) -> Moment:
    """Two companies that have never heard of us."""
    return moment(world)


@pytest.fixture(scope="session")
def synced(world: World, seeded: Moment, tmp_path_factory: pytest.TempPathFactory) -> Moment:
    """Connected at "everything" and in step, but for what a person has to settle."""
    put_back(world, seeded)
    folder = tmp_path_factory.mktemp("synced") / "instance"
    one = Installation(folder, world)
    try:
        for words in (["connect", "--start-date", "everything"], ["sync", "--yes"]):
            ran = one.flask(*words)
            assert ran.status in (0, 1), ran
            assert "did not expect" not in ran.err, ran
    finally:
        one.close()
    return moment(world, folder)


Begin = Callable[..., Portal]


@pytest.fixture(scope="module")
def begin(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Begin]:
    """Serves an installation as it was at a moment, until the module ends."""
    blocks: list[Any] = []

    def start(at: Moment, **given: Any) -> Portal:
        put_back(world, at)
        block = serving(world, copied(at, tmp_path_factory.mktemp("portal") / "instance"), **given)
        blocks.append(block)
        return block.__enter__()

    yield start
    for block in reversed(blocks):
        block.__exit__(None, None, None)


Open = Callable[..., Sight]


@pytest.fixture
def open_browser(browser: Browser, pictures: Path | None) -> Iterator[Open]:
    """A browser of its own, with this person signed in. At the end of the test it must have had nothing to report,
    and the portal no error."""
    opened: list[Sight] = []
    contexts: list[BrowserContext] = []
    portals: list[Portal] = []

    def open_for(portal: Portal, who: Person | None = None, **options: Any) -> Sight:
        context = browser.new_context(viewport=USUAL, reduced_motion="reduce", **options)
        context.set_default_timeout(PATIENCE * 1000)
        if who is not None:
            context.add_cookies([{"name": "xero2zoho", "value": portal.ticket(who), "url": portal.url}])
        contexts.append(context)
        portals.append(portal)
        scripts = options.get("java_script_enabled", True)
        opened.append(Sight(context.new_page(), portal.url, portal.origins, pictures, scripts))
        return opened[-1]

    yield open_for
    for context in contexts:
        context.close()
    for sight in opened:
        sight.quiet()
    for portal in portals:
        assert not portal.faults()
