"""Every state of the panel: what it says, its one main button, and how it looks in both sizes by day and by night."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.answers import DONE, SESSION, STATES, WORKING, StandIn, linked, record
from tests.browser.bench import Moment, Portal
from tests.browser.conftest import Begin, Open
from tests.browser.panel import Panel

MODULE = "Invoices"
PRIMARY = {
    "not_added": "Add to Xero and sync",
    "never_synced": "Sync to Xero",
    "in_step": "Sync again",
    "differs": "Sync now",
    "needs_attention": "Try again",
    "disconnected": "Look again",
    "paused": "Look again",
}


@pytest.fixture(scope="module")
def portal(begin: Begin, seeded: Moment) -> Portal:
    return begin(seeded)


@pytest.fixture
def panel(portal: Portal, open_browser: Open) -> Panel:
    return Panel(open_browser(portal), portal)


def invoice(portal: Portal) -> str:
    return str(portal.world.zoho.dump()["Invoices"][0]["id"])


def shown(panel: Panel, state: dict[str, Any], session: Any = SESSION) -> StandIn:
    """The panel over a record that is in this state; comparing finds nothing new."""
    id_ = invoice(panel.portal)
    answers = StandIn(panel.page, session)
    answers.says("GET", f"records/{MODULE}/{id_}", state)
    answers.says("POST", f"records/{MODULE}/{id_}/check", {"task": DONE}, 202)
    answers.says("GET", "runs/7", WORKING if state["task"] else DONE)
    panel.open(MODULE, id_)
    return answers


@pytest.mark.parametrize("state", PRIMARY)
def test_a_state(panel: Panel, state: str) -> None:
    shown(panel, STATES[state])
    panel.settled()
    panel.offers(PRIMARY[state])
    panel.look(f"panel-{state}")


def test_working(panel: Panel) -> None:
    shown(panel, STATES["working"])
    panel.frame.get_by_role("progressbar").wait_for()
    expect(panel.frame.get_by_role("status")).to_have_text("Reading Invoices in Xero")
    panel.look("panel-working")


def test_every_value_of_a_difference_is_in_a_table_with_its_side(panel: Panel) -> None:
    shown(panel, STATES["differs"])
    panel.settled()
    row = panel.frame.get_by_role("row", name="Due date")
    expect(row.get_by_role("cell")).to_have_text(["2026-10-04", "2026-10-18"])
    expect(panel.frame.get_by_role("row", name="Reference").get_by_role("cell").last).to_have_text("(empty)")


def test_amounts_keep_every_digit(panel: Panel) -> None:
    shown(panel, linked("in_step", amount_due={"currency": "NZD", "amount": "90071992547409930.10"}))
    panel.waits_for("In step")
    assert "NZD 90,071,992,547,409,930.10" in panel.words()


@pytest.mark.parametrize(("days", "words"), [(1, "Overdue by 1 day"), (12, "Overdue by 12 days")])
def test_what_is_overdue_says_so_beside_the_amount(panel: Panel, days: int, words: str) -> None:
    shown(panel, linked("in_step", days_overdue=days))
    panel.waits_for("In step")
    amount = panel.frame.locator("dd", has_text="NZD 12,454.48")
    expect(amount.get_by_text(words, exact=True)).to_have_count(1)
    panel.look(f"panel-overdue-{days}")


def test_what_is_not_overdue_has_no_word_of_it(panel: Panel) -> None:
    shown(panel, STATES["in_step"])
    panel.waits_for("In step")
    assert "Overdue" not in panel.words()


def test_names_of_records_are_text_and_never_markup(panel: Panel) -> None:
    wicked = "<img src=x onerror=alert(1)>"
    held = {
        **STATES["needs_attention"]["holds"][0],
        "heading": wicked,
        "message": wicked,
        "values": {wicked: [wicked, wicked]},
    }
    shown(panel, linked("needs_attention", title=wicked, holds=[held]))
    panel.waits_for("Needs attention")
    expect(panel.frame.locator("img")).to_have_count(0)
    assert panel.words().count(wicked) >= 4


def test_a_way_out_is_sent_as_the_server_offered_it_and_then_synchronised(panel: Panel) -> None:
    answers = shown(panel, STATES["needs_attention"])
    id_ = invoice(panel.portal)
    answers.says("POST", f"records/{MODULE}/{id_}/decide", {"task": DONE}, 202)
    panel.named("Take Xero's value").wait_for()
    answers.says("GET", f"records/{MODULE}/{id_}", STATES["in_step"])
    panel.press("Take Xero's value")
    panel.waits_for("In step")
    sent = {"decision": "take", "field": "reference", "side": "xero", "twin": None}
    assert answers.sent(f"records/{MODULE}/{id_}/decide") == [sent]


def test_adding_ticks_the_box_and_syncs_in_one_press(panel: Panel) -> None:
    answers = shown(panel, STATES["not_added"])
    id_ = invoice(panel.portal)
    answers.says("POST", f"records/{MODULE}/{id_}/sync", {"task": DONE}, 202)
    panel.named("Add to Xero and sync").wait_for()
    answers.says("GET", f"records/{MODULE}/{id_}", STATES["in_step"])
    panel.press("Add to Xero and sync")
    panel.waits_for("In step")
    assert answers.sent(f"records/{MODULE}/{id_}/sync") == [{"add_to_xero": True}]
    panel.offers("Close and refresh the record")
    expect(panel.frame.get_by_role("status")).to_contain_text("Done")
    panel.look("panel-synced")


def test_refreshing_closes_the_panel_and_loads_the_record_again(panel: Panel) -> None:
    test_adding_ticks_the_box_and_syncs_in_one_press(panel)
    panel.close_and_refresh()
    expect(panel.page.locator("dialog[open]")).to_have_count(0)


def test_an_administrator_is_led_to_the_connection(panel: Panel) -> None:
    shown(panel, STATES["disconnected"], {**SESSION, "person": {"name": "Aroha Ngata", "manages": True}})
    link = panel.frame.get_by_role("link", name="Connect again")
    expect(link).to_have_attribute("href", re.compile("/c/1/connection$"))
    panel.offers("Connect again (new tab)")


def test_what_a_run_could_not_do_is_said_with_the_next_step(panel: Panel) -> None:
    answers = shown(panel, STATES["never_synced"])
    id_ = invoice(panel.portal)
    failed = {
        **DONE,
        "state": "failed",
        "result": {"problem": "Xero did not answer.", "hint": "Try again in a minute."},
    }
    answers.says("POST", f"records/{MODULE}/{id_}/sync", {"task": WORKING}, 202)
    answers.says("GET", "runs/7", failed)
    panel.press("Sync to Xero")
    alert = panel.frame.get_by_role("alert")
    alert.get_by_text("Xero did not answer.").wait_for()
    expect(alert).to_contain_text("Try again in a minute.")
    panel.offers("Sync to Xero")


def test_a_refusal_is_said_in_the_words_of_the_server(panel: Panel) -> None:
    answers = shown(panel, STATES["never_synced"])
    id_ = invoice(panel.portal)
    path = f"records/{MODULE}/{id_}/sync"
    answers.refuses("POST", path, 409, "This connection is paused.", "Let it go on first.")
    panel.sight.expects(f"{panel.portal.url}/api/{path}")
    panel.press("Sync to Xero")
    panel.frame.get_by_role("alert").get_by_text("This connection is paused.").wait_for()
    panel.look("panel-trouble")


def test_a_session_that_ended_leads_to_signing_in(panel: Panel) -> None:
    answers = shown(panel, STATES["never_synced"])
    id_ = invoice(panel.portal)
    path = f"records/{MODULE}/{id_}/sync"
    answers.refuses("POST", path, 401, "Sign in first")
    panel.sight.expects(f"{panel.portal.url}/api/{path}")
    panel.press("Sync to Xero")
    panel.frame.locator(".notice", has_text="Your session has ended.").wait_for()
    panel.offers("Sign in with Zoho")


def test_selected_records_are_synchronised_in_one_run_with_a_result_each(panel: Panel) -> None:
    ids = [str(row["id"]) for row in panel.portal.world.zoho.dump()["Invoices"][:3]]
    answers = StandIn(panel.page)
    answers.says("POST", f"records/{MODULE}/sync", {"task": DONE}, 202)
    answers.says("GET", "runs/7", DONE)
    for id_, state in zip(ids, ("in_step", "in_step", "needs_attention"), strict=True):
        more = {"title": f"INV-{id_[-3:]}", "zoho_id": id_, "holds": STATES[state]["holds"]}
        answers.says("GET", f"records/{MODULE}/{id_}", record(state, **more))
    panel.open(MODULE, *ids)
    panel.named("Sync 3 records to Xero").wait_for()
    panel.look("panel-selection")
    panel.press("Sync 3 records to Xero")
    panel.frame.get_by_text("2 of 3 are in step.").first.wait_for()
    assert sorted(answers.sent(f"records/{MODULE}/sync")[0]["ids"]) == sorted(ids)
    expect(panel.frame.get_by_role("row", name="Changed on both sides")).to_have_count(1)
    panel.look("panel-results")


def test_nothing_but_the_keyboard_is_needed(panel: Panel) -> None:
    shown(panel, STATES["needs_attention"])
    panel.named("Try again").wait_for()
    panel.frame.locator("h1").focus()
    reached = []
    for _ in range(20):
        panel.page.keyboard.press("Tab")
        active = panel.frame.evaluate("(document.activeElement?.innerText ?? '').trim().split('\\n')[0]")
        reached.append(active)
    for name in ("Take the CRM's value", "Take Xero's value", "Try again", "Compare", "Sign out"):
        assert name in reached


def test_night_mode_comes_from_the_crm_else_from_the_browser(panel: Panel) -> None:
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    panel.page.context.add_cookies([{"name": "crm_mode", "value": "night", "url": panel.crm}])
    shown(panel, STATES["in_step"])
    panel.waits_for("In step")
    night = panel.frame.evaluate(ground)
    panel.frame.evaluate("delete document.documentElement.dataset.mode")
    panel.page.emulate_media(color_scheme="light")
    assert panel.frame.evaluate(ground) != night
    panel.page.emulate_media(color_scheme="dark")
    assert panel.frame.evaluate(ground) == night


def test_the_dialog_grows_with_what_is_shown(panel: Panel) -> None:
    shown(panel, STATES["needs_attention"])
    panel.waits_for("Needs attention")
    panel.page.wait_for_function("window.crm.log.some((each) => each.data?.action === 'RESIZE')")
    asked = panel.page.evaluate("window.crm.log.filter((each) => each.data?.action === 'RESIZE').at(-1).data.data")
    assert asked["width"] == "600"
    assert 420 <= int(asked["height"]) <= 680
