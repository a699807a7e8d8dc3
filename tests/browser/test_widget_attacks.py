"""What others may try on the panel from a page, a frame beside it or a window: each is refused, and the panel says so.

What needs no browser (replayed codes, other organisations, forged origins) is tried on the API in tests/web.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
import simplejson
from flask import Flask
from playwright.sync_api import Browser, Page, Request, Route, expect

from sandbox.server import Server
from tests.browser import chromium
from tests.browser.answers import STATES, StandIn
from tests.browser.bench import PATIENCE, Moment, Portal
from tests.browser.conftest import Begin, Open
from tests.browser.panel import NAME, Panel, consents

PERSON = "Tom Whitfield"
SOONER = (
    "const wait = window.setTimeout; window.setTimeout = (deed, after, ...rest) => wait(deed, after / 20, ...rest);"
)
FORGED = {"type": "FRAMEWORK.EVENT", "eventName": "PageLoad", "data": {"Entity": "Invoices", "EntityId": ["666"]}}


@pytest.fixture(scope="module")
def portal(begin: Begin, synced: Moment) -> Portal:
    return begin(synced)


@pytest.fixture
def panel(portal: Portal, open_browser: Open) -> Panel:
    return Panel(open_browser(portal), portal)


@pytest.fixture
def hostile(browser: Browser) -> Iterator[Page]:
    """A page of somebody else, whose own host answers with whatever a test puts there."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE * 1000)
    yield context.new_page()
    context.close()


Elsewhere = Callable[[str], str]


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    """Puts a page on a host of somebody else and returns its address."""
    with ExitStack() as closing:

        def serve(html: str) -> str:
            app = Flask("elsewhere")
            app.add_url_rule("/", view_func=lambda: html)
            server = Server(app)
            server.start()
            closing.callback(server.stop)
            return server.url.replace("127.0.0.1", "evil.localhost")

        yield serve


def invoice(portal: Portal) -> str:
    return str(next(row["id"] for row in portal.world.zoho.dump()["Invoices"] if row["Xero_ID"]))


def widget(portal: Portal, service_origin: str) -> str:
    return f"{portal.url}/widget/button?serviceOrigin={service_origin}"


# ------------------------------------------------------------------ who may show it


def test_a_hostile_page_cannot_frame_the_panel(portal: Portal, hostile: Page, elsewhere: Elsewhere) -> None:
    with hostile.expect_console_message(lambda message: "frame-ancestors" in message.text):
        hostile.goto(elsewhere(f'<iframe name="w" src="{widget(portal, "http://evil.localhost")}"></iframe>'))
    assert len(hostile.frames) == 2
    expect(hostile.frame_locator("iframe").locator("#view")).to_have_count(0)


PLAYS_THE_CRM = """<iframe name="w"></iframe><script>
  const origin = ORIGIN || location.origin;
  frames[0].location = WIDGET + origin;
  const context = { type: "FRAMEWORK.EVENT", eventName: "SET_CONTEXT", data: { uniqueID: "w-1" } };
  const answer = { type: "FRAMEWORK.EVENT", eventName: "EVENT_RESPONSE", data: {} };
  setInterval(() => [context, FORGED].forEach((each) => frames[0].postMessage(each, "*")), 20);
  addEventListener("message", ({ data }) => frames[0].postMessage({ ...answer, promiseid: data.promiseid }, "*"));
</script>"""


@pytest.mark.parametrize("claims", ["itself", "the CRM"])
def test_where_a_browser_knows_no_such_rule_the_guard_stands_alone(
    portal: Portal, hostile: Page, elsewhere: Elsewhere, claims: str
) -> None:
    """The same page, as a browser without frame-ancestors shows it, under a parent that plays the CRM."""

    def without_policy(route: Route) -> None:
        answer = route.fetch()
        kept = {name: value for name, value in answer.headers.items() if name != "content-security-policy"}
        route.fulfill(response=answer, headers=kept)

    hostile.context.route(re.compile(r"/widget/button\?"), without_policy)
    hostile.context.add_init_script(SOONER)
    origin = "" if claims == "itself" else portal.world.crm_origins[0]
    known = {"ORIGIN": origin, "WIDGET": widget(portal, ""), "FORGED": FORGED}
    html = PLAYS_THE_CRM
    for name, value in known.items():
        html = html.replace(name, simplejson.dumps(value))
    hostile.goto(elsewhere(html))
    framed = hostile.frame_locator("iframe")
    framed.get_by_role("heading", name="Open this page from Zoho CRM").wait_for()
    expect(framed.get_by_role("button")).to_have_count(0)


def test_opened_by_itself_it_says_where_it_belongs(panel: Panel) -> None:
    page = panel.page
    page.goto(widget(panel.portal, panel.portal.world.crm_origins[0]))
    page.get_by_role("heading", name="Open this page from Zoho CRM").wait_for()
    panel.sight.picture("panel-outside", page)


# ------------------------------------------------------------------ who may speak to it


# Runs before the guard, and so sees also what the guard stops.
ARRIVING = "window.arrived = []; addEventListener('message', ({ data }) => window.arrived.push(data), true);"


def beside(panel: Panel, elsewhere: Elsewhere, message: object) -> None:
    """A frame of another origin on the CRM's page, such as another extension, says this to the panel. Returns when it
    has arrived there and everybody had their chance to hear it."""
    said = simplejson.dumps(message)
    address = elsewhere(f"<script>parent.frames['widget_frame'].postMessage({said}, '*');</script>")
    panel.sight.origins = (*panel.sight.origins, address)
    panel.page.evaluate(
        """address => {
          const beside = document.createElement("iframe");
          beside.src = address;
          document.body.append(beside);
        }""",
        address,
    )
    arrives(panel, message)


def arrives(panel: Panel, message: object) -> None:
    panel.frame.wait_for_function(
        "sent => window.arrived.some((each) => JSON.stringify(each) === sent)",
        arg=simplejson.dumps(message, separators=(",", ":")),
    )


def listening(panel: Panel) -> None:
    """What arrives, and what the SDK hears of it, is noted in its frame from now on."""
    panel.frame.evaluate("window.heard = []; ZOHO.embeddedApp.on('PageLoad', (data) => window.heard.push(data));")
    panel.frame.evaluate("window.arrived.length = 0")


def heard(panel: Panel) -> list[object]:
    found: list[object] = panel.frame.evaluate("window.heard")
    return found


def test_a_frame_beside_the_panel_is_not_heard(panel: Panel, elsewhere: Elsewhere) -> None:
    stand_in(panel)
    listening(panel)
    beside(panel, elsewhere, FORGED)
    assert heard(panel) == []
    panel.frame.evaluate("window.arrived.length = 0")
    panel.page.evaluate("forged => window.crm.frame.send('PageLoad', forged.data)", FORGED)
    arrives(panel, FORGED)
    assert heard(panel) == [FORGED["data"]], "the parent is heard, so this test would have noticed"
    expect(panel.frame.locator("body")).to_contain_text("INV-1016")


def test_it_is_the_guard_that_keeps_it_out(panel: Panel, elsewhere: Elsewhere) -> None:
    """The SDK alone believes everybody (facts/widget.md 2.5)."""
    open_gate = "window.guard = { framed: true, expect() {} };"
    panel.page.context.route(
        "**/js/guard.js", lambda route: route.fulfill(content_type="text/javascript", body=open_gate)
    )
    stand_in(panel)
    listening(panel)
    beside(panel, elsewhere, FORGED)
    assert heard(panel) == [FORGED["data"]]


def test_a_code_counts_only_from_the_window_that_the_panel_opened(panel: Panel, elsewhere: Elsewhere) -> None:
    answers = stand_in(panel, signed_in=False)
    panel.named("Sign in with Zoho").wait_for()
    beside(panel, elsewhere, {"code": "ABCDEFGH"})
    panel.page.evaluate("window.crm.frame.element.contentWindow.postMessage({code: 'IJKLMNOP'}, '*')")
    arrives(panel, {"code": "IJKLMNOP"})
    answers.says("GET", "last", {})
    panel.frame.evaluate("fetch(new URL('../api/last', location.href)).then((answer) => answer.json())")
    assert answers.asked[-1][1] == "last"
    assert answers.sent("session") == [], "it would have been asked for before"


def stand_in(panel: Panel, *, signed_in: bool = True) -> StandIn:
    id_ = invoice(panel.portal)
    panel.page.context.add_init_script(ARRIVING)
    answers = StandIn(panel.page) if signed_in else StandIn(panel.page, None)
    if not signed_in:
        panel.sight.expects(f"{panel.portal.url}/api/session")
        answers.refuses("GET", "session", 401, "Sign in first")
    answers.says("GET", f"records/Invoices/{id_}", STATES["never_synced"])
    panel.open("Invoices", id_)
    panel.frame.locator(".primary").wait_for()
    panel.settled()
    return answers


# ------------------------------------------------------------------ a browser that keeps nothing


@pytest.fixture(scope="module")
def strict_browser(browser: Browser) -> Iterator[Browser]:
    """It keeps no cookie of a site inside another site."""
    program = chromium.find()
    flags = (*chromium.FLAGS, "--test-third-party-cookie-phaseout")
    found = browser.browser_type.launch(executable_path=program, args=list(flags))
    yield found
    found.close()


def test_without_cookies_the_session_lives_in_the_panel_alone(portal: Portal, strict_browser: Browser) -> None:
    """The CRM by number and the extension by name: for a browser two sites, as they are in life."""
    context = strict_browser.new_context()
    context.set_default_timeout(PATIENCE * 1000)
    page = context.new_page()
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if "/api/records" in request.url else None)
    crm = f"{portal.world.crm_origins[1]}/crm/tab/Invoices/{invoice(portal)}"
    page.goto(crm)
    open_panel(page)
    frame = page.frame_locator("iframe[name=widget_frame]")
    with context.expect_page() as opening:
        frame.get_by_role("button", name="Sign in with Zoho").click()
    consents(opening.value, PERSON)
    frame.locator(".badge").wait_for()
    sent = [request.all_headers() for request in asked]
    assert sent
    assert all(headers["authorization"].startswith("Bearer ") and "cookie" not in headers for headers in sent)
    inside = page.frame(name=NAME)
    assert inside is not None
    assert inside.evaluate("document.cookie") == ""
    page.goto(crm)
    open_panel(page)
    frame.get_by_role("button", name="Sign in with Zoho").wait_for()
    context.close()


def open_panel(page: Page) -> None:
    page.get_by_role("button", name="Sync to Xero").click()


# ------------------------------------------------------------------ a window that is cut off, or never opens


def test_a_person_carries_the_code_over_where_the_window_is_cut_off(panel: Panel) -> None:
    panel.page.context.add_init_script("if (window === top) Object.defineProperty(window, 'opener', { value: null });")
    panel.sight.expects(f"{panel.portal.url}/api/session")
    panel.open("Invoices", invoice(panel.portal))
    with panel.page.context.expect_page() as opening:
        panel.press("Sign in with Zoho")
    popup = opening.value
    consents(popup, PERSON)
    code = popup.locator("#code").inner_text()
    panel.sight.picture("panel-code", popup)
    panel.frame.get_by_label("Does that window show a code?").fill(f" {code.lower()} ")
    panel.press("Use the code")
    panel.frame.locator(".badge").wait_for()


def test_a_second_window_takes_the_place_of_the_first(panel: Panel) -> None:
    panel.sight.expects(f"{panel.portal.url}/api/session")
    asked: list[str] = []
    panel.page.on("request", lambda sent: asked.append(sent.method) if sent.url.endswith("/api/session") else None)
    panel.open("Invoices", invoice(panel.portal))
    with panel.page.context.expect_page() as first:
        panel.press("Sign in with Zoho")
    first.value.close()
    panel.sign_in(PERSON)
    panel.frame.locator(".badge").wait_for()
    assert asked.count("POST") == 1


def test_a_wrong_code_is_refused_in_plain_words(panel: Panel) -> None:
    panel.sight.expects(f"{panel.portal.url}/api/session")
    panel.open("Invoices", invoice(panel.portal))
    panel.named("Sign in with Zoho").wait_for()
    with panel.page.context.expect_page():
        panel.press("Sign in with Zoho")
    panel.frame.get_by_label("Does that window show a code?").fill("ABCD-EFGH")
    panel.press("Use the code")
    panel.frame.get_by_role("alert").get_by_text("This code does not work").wait_for()
    panel.press("Try again")
    panel.named("Sign in with Zoho").wait_for()


def test_a_browser_that_opens_no_window_is_named_as_the_reason(panel: Panel) -> None:
    panel.page.context.add_init_script("window.open = () => null;")
    panel.sight.expects(f"{panel.portal.url}/api/session")
    panel.open("Invoices", invoice(panel.portal))
    panel.press("Sign in with Zoho")
    panel.frame.locator(".notice", has_text="Allow pop-ups for this page").wait_for()
    panel.offers("Sign in with Zoho")
