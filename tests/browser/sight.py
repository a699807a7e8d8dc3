"""What a person would notice on a page, checked on every page that a test visits.

Nothing may be asked of another host, nothing may be reported on the browser's console, nothing may be wider than the
window, and axe may find nothing. A page is pictured narrow and wide, light and dark.

Machines differ in speed: nobody looks before a page has come to rest, and nobody counts seconds to know that it has.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, ElementHandle, FloatRect, Frame, Locator, Page, Request, ViewportSize

NARROW: Final = (360, 740)
WIDE: Final = (1600, 1000)
ICON: Final = "/favicon.ico"  # asked for by the browser itself, of every host that it was not told of one
USUAL: Final[ViewportSize] = {"width": 1200, "height": 800}  # also of pictures in documents
TALLEST: Final = 2400
LOOKS: Final[tuple[tuple[str, tuple[int, int]], ...]] = (("narrow", NARROW), ("wide", WIDE))
Scheme = Literal["light", "dark"]
SCHEMES: Final[tuple[Scheme, ...]] = ("light", "dark")
AXE: Final = {("wide", "light"), ("narrow", "dark")}

# A page that will not change by itself: it has all its parts, and follows no run, at whose end it loads itself again.
RESTS: Final = "() => document.readyState === 'complete' && !document.querySelector('[data-live]')"
# After the second frame, what a page does when it sees its own size is done as well.
PAINTED: Final = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"

# What sticks out to the right, unless it lies in a box that scrolls by itself.
WIDER: Final = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const scrolls = e => { for (; e; e = e.parentElement)
    if (e !== document.documentElement && ['auto', 'scroll'].includes(getComputedStyle(e).overflowX)) return true;
    return false; };
  return [...document.body.querySelectorAll('*')]
    .filter(e => e.getBoundingClientRect().right > width + 1 && !scrolls(e))
    .map(e => e.outerHTML.slice(0, 120));
}"""


@dataclass
class Sight:
    """A page of the browser, watched."""

    page: Page
    home: str
    origins: tuple[str, ...]
    pictures: Path | None
    """Where they are kept, if anybody wants them."""
    scripts: bool = True
    """Whether pages may run theirs."""
    _complaints: list[str] = field(default_factory=list)
    _refused: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self._complaints.append(f"script error: {error}"))
        self.page.on("request", self._request)

    # -------------------------------------------------- going somewhere

    def visit(self, path: str, status: int = 200) -> Page:
        """Open a page of the portal."""
        address = path if path.startswith("http") else self.home + path
        if status >= 400:
            self._refused.add(address)
        self.settled()  # or the page that is left loads itself again just now, and wins
        answer = self.page.goto(address)
        assert answer is not None
        assert answer.status == status, f"{path} answered {answer.status}: {self.words()[:400]}"
        return self.page

    def expects(self, address: str) -> None:
        """That this will be refused, which the browser reports."""
        self._refused.add(address)

    def press(self, name: str, *, exact: bool = False) -> None:
        """The button or link that is called so, and the page that it leads to."""
        self.follow(self.named(name, exact=exact))

    def follow(self, leading: Locator) -> None:
        """This button or link, and the page that it leads to."""
        with self.leads():
            leading.click()

    @contextmanager
    def leads(self) -> Iterator[None]:
        """What is done in this block leads to another page, which is there afterwards."""
        self.settled()
        with self.page.expect_navigation(wait_until="load"):
            yield

    def settled(self) -> None:
        """Until the page has come to rest: loaded, painted, and with nothing left that loads it again by itself."""
        self.page.wait_for_load_state("load")
        if self.scripts:
            self.page.wait_for_function(RESTS)
            painted(self.page)

    def named(self, name: str, *, exact: bool = False) -> Locator:
        button = self.page.get_by_role("button", name=name, exact=exact)
        return button.or_(self.page.get_by_role("link", name=name, exact=exact)).first

    def words(self) -> str:
        """What the page says."""
        return self.page.locator("body").inner_text()

    # -------------------------------------------------- looking at it

    def look(self, name: str, *, fresh: bool = False) -> None:
        """Everything at once: four pictures and one for documents if they are wanted, nothing wider than its window,
        and axe in the two looks that differ most. `fresh`: the page may be loaded again, as a window of that size would
        load it."""
        self.settled()
        for look, size in LOOKS:
            self.page.set_viewport_size({"width": size[0], "height": size[1]})
            if fresh:
                self.page.reload()
            self.settled()
            self.fits()
            for scheme in SCHEMES:
                self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                self._picture(f"{name}-{look}-{scheme}", size)
                if (look, scheme) in AXE:
                    self.axe()
        self.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        self.page.set_viewport_size(USUAL)
        self.settled()
        self.picture(name)
        self.quiet()

    def fits(self) -> None:
        """Nothing sticks out of the window."""
        wider = self.page.evaluate(WIDER)
        assert not wider, f"{self.page.url} is wider than its window:\n" + "\n".join(wider[:5])

    def picture(self, name: str, of: Page | ElementHandle | None = None, **how: Any) -> None:
        """Of this page, or of that."""
        if self.pictures is not None:
            (of or self.page).screenshot(path=self.pictures / f"{name}.png", **how)

    def _picture(self, name: str, size: tuple[int, int]) -> None:
        height = min(self.page.evaluate("document.documentElement.scrollHeight"), TALLEST)
        whole: FloatRect = {"x": 0, "y": 0, "width": size[0], "height": max(height, size[1])}
        self.picture(name, full_page=True, clip=whole)

    def axe(self) -> None:
        """No violation of any rule."""
        found = Axe().run(self.page, options={"resultTypes": ["violations"]}).response["violations"]
        told = [
            f"{rule['id']}: {rule['help']}\n    " + "\n    ".join(node["html"][:160] for node in rule["nodes"][:4])
            for rule in found
        ]
        assert not told, f"axe on {self.page.url}:\n" + "\n".join(told)

    def quiet(self) -> None:
        """Nothing was reported since the last time."""
        told, self._complaints[:] = list(self._complaints), []
        assert not told, "\n".join(told)

    # -------------------------------------------------- what the browser reports

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            where = str(message.location.get("url", ""))
            expected = "Failed to load resource" in message.text and (where in self._refused or where.endswith(ICON))
            if not expected:
                self._complaints.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _request(self, request: Request) -> None:
        found = urlsplit(request.url)
        if found.scheme != "data" and f"{found.scheme}://{found.netloc}" not in self.origins:
            self._complaints.append(f"asks another host: {request.url}")


def painted(place: Page | Frame) -> None:
    """Until what was changed last can be seen."""
    place.evaluate(PAINTED)
