"""The extension's panels as a person meets them: in a frame of the CRM's own pages, opened by the button."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ElementHandle, Frame, Locator, Page, ViewportSize, expect

from extension.sync.canonical import ZOHO
from tests.browser.bench import Portal
from tests.browser.sight import WIDER, Sight, painted

NAME: Final = "widget_frame"
SMALL: Final = (600, 420)
LARGE: Final = (1100, 700)
WINDOW: Final[ViewportSize] = {"width": 1280, "height": 900}

# What stands on the screen when something is pressed: whatever is drawn afterwards takes its place.
LEAVE: Final = """() => (document.querySelector('#page') ? document.querySelectorAll('#page > *')
  : document.querySelectorAll('#view > header')).forEach(e => { e.dataset.left = ''; })"""
READING: Final = "Reading both sides"
# A panel that will not change by itself: nothing is asked for, compared or followed.
RESTS: Final = f"""() => document.readyState === 'complete'
  && !document.querySelector('#view[aria-busy], #page[aria-busy], [data-live], [data-left]')
  && !document.body.innerText.includes({READING!r})"""
SEEN: Final = """() => {
  const hidden = [...document.querySelectorAll('#view button, #view a, #view h1')]
    .filter(e => e.checkVisibility() && !e.closest('details:not([open])'))
    .filter(e => { const box = e.getBoundingClientRect(); return box.width === 0 || box.right > innerWidth + 1; });
  return hidden.map(e => e.outerHTML.slice(0, 120));
}"""


@dataclass
class Panel:
    """A panel in its frame, and the CRM's page around it."""

    sight: Sight
    portal: Portal

    @property
    def page(self) -> Page:
        return self.sight.page

    @property
    def frame(self) -> Frame:
        found = self._element().content_frame()
        assert found is not None
        return found

    @property
    def crm(self) -> str:
        return self.portal.world.shell_url

    # -------------------------------------------------- going somewhere

    def visit(self, path: str) -> None:
        self.page.set_viewport_size(WINDOW)
        self.sight.visit(self.crm + path)

    def open(self, module: str, *ids: str) -> None:
        """The button of one record's page, or of the list with these ticked."""
        if len(ids) == 1:
            self.visit(f"{module}/{ids[0]}")
        else:
            self.visit(module)
            for id_ in ids:
                self.page.locator(f"input[value='{id_}']").check()
        self.press_button()

    def press_button(self) -> None:
        self.page.get_by_role("button", name="Sync to Xero").click()
        self.page.wait_for_selector(f"iframe[name={NAME}]")

    def press(self, name: str) -> None:
        """The button that is called so. What comes of it, `waits_for` or `settled` waits for."""
        button = self.named(name)
        button.wait_for()
        self.settled()
        self.frame.evaluate(LEAVE)
        button.click()

    def settled(self) -> None:
        """Until what was pressed has been answered, both sides are compared where that is done by itself, and all of
        it is painted."""
        self.sight.settled()
        self.frame.wait_for_function(RESTS)
        painted(self.frame)

    def close_and_refresh(self) -> None:
        """And the record, loaded again: the panel asks the CRM for it by messages, so the press alone tells nothing."""
        with self.sight.leads():
            self.press("Close and refresh the record")

    def sign_in(self, who: str) -> None:
        """In the window that the panel opens."""
        with self.page.context.expect_page() as opening:
            self.named("Sign in with Zoho").click()
        consents(opening.value, who)

    def waits_for(self, badge: str) -> None:
        """Until the panel says this about the record, as what came of the last press, and has nothing more to read."""
        new = f"#view:not(:has-text('{READING}')) > header:not([data-left]) .badge"
        self.frame.locator(new, has_text=badge).wait_for()

    # -------------------------------------------------- reading it

    def words(self) -> str:
        return self.frame.locator("body").inner_text()

    def offers(self, *names: str) -> None:
        """These, and no others, as what to press first."""
        expect(self.frame.locator(".primary")).to_have_text(list(names))

    def field(self, name: str) -> Locator:
        """What the CRM's own page shows in one of its fields."""
        return self.page.locator(f"[data-field={name}]")

    def named(self, name: str) -> Locator:
        return self.frame.get_by_role("button", name=name, exact=True)

    # -------------------------------------------------- looking at it

    def look(self, name: str) -> None:
        """Both sizes, day and night; axe in each; nothing sticks out, and everything that can be pressed is there."""
        self.sight.page.emulate_media(reduced_motion="reduce")
        self.settled()
        before = self.frame.evaluate("document.documentElement.dataset.mode ?? ''")
        self.page.evaluate("removeEventListener('message', window.crm.frame.hear)")  # its wishes for a size
        for size, (width, height) in (("small", SMALL), ("large", LARGE)):
            self._resize(width, height)
            for mode in ("day", "night"):
                self.frame.evaluate("mode => { document.documentElement.dataset.mode = mode; }", mode)
                self.sight.picture(f"{name}-{size}-{mode}", self._element())
                if (size, mode) != ("large", "day"):
                    self.axe()
            assert not self.frame.evaluate(WIDER)
            assert not self.frame.evaluate(SEEN)
        self.frame.evaluate("mode => { document.documentElement.dataset.mode = mode; }", before)
        self._resize(*SMALL)
        self.page.evaluate("addEventListener('message', window.crm.frame.hear)")
        self.sight.picture(name, self.page)
        self.sight.quiet()

    def _element(self) -> ElementHandle:
        return self.page.wait_for_selector(f"iframe[name={NAME}]")  # type: ignore[return-value]  # or it raises

    def _resize(self, width: int, height: int) -> None:
        size: dict[str, Any] = {"width": str(width), "height": str(height)}
        self.page.evaluate("size => window.crm.frame.resize(size)", size)
        painted(self.page)
        painted(self.frame)

    def axe(self) -> None:
        found = Axe().run(self.frame, options={"resultTypes": ["violations"]}).response["violations"]
        told = [f"{rule['id']}: {rule['help']}\n    {rule['nodes'][0]['html'][:160]}" for rule in found]
        assert not told, "\n".join(told)


def consents(window: Page, who: str) -> None:
    """As this user of the CRM; the window closes by itself when the panel has its code."""
    window.get_by_label(who).check()
    window.get_by_role("button", name="Accept").click()


def record_of(portal: Portal, kind: str, **fields: Any) -> dict[str, Any]:
    """A record of the CRM with these values."""
    rows = portal.world.zoho.dump()[kind]
    return next(row for row in rows if all(row.get(name) == value for name, value in fields.items()))


def connection_of(portal: Portal) -> str:
    return portal.house.connection(None).organisations[ZOHO]
