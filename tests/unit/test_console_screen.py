"""What people read: plain in a pipe, harmless whatever the services put into a name."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from extension.console import planscreen, reportview
from extension.console.progress import watching, words
from extension.console.screen import Screen, figure, shown
from extension.sync.actions import Hold, Plan, Report
from extension.sync.canonical import ZOHO


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "yes"),
        (Decimal("1234567.80"), "1,234,567.80"),
        (Decimal("1E+3"), "1,000"),
        (datetime(2026, 1, 2, 3, 4, tzinfo=UTC), "2026-01-02 03:04"),
        ("two\n lines", "two lines"),
        ("\x1b[31mred\x07", "[31mred"),
        ("abc\u202edef", "abcdef"),
        (12, "12"),
    ],
)
def test_a_value_on_one_line(value: object, text: str) -> None:
    assert shown(value) == text


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [("8420.7", 0, "8,420.70"), ("335.00", 0, "335"), ("12.3456", 0, "12.3456"), ("1012", 2, "1,012.00")],
)
def test_a_figure_has_the_decimals_that_say_something(value: str, places: int, text: str) -> None:
    assert figure(Decimal(value), places) == text


def test_a_long_value_is_cut() -> None:
    assert shown("x" * 50, 10) == "x" * 9 + "…"


def test_a_table_in_a_pipe_is_aligned_by_what_a_terminal_shows(capsys: pytest.CaptureFixture[str]) -> None:
    Screen().table(["name", "n"], [["墨尔本", 5], ["[bold]a[/bold]", 1234]], right={1})
    assert capsys.readouterr().out == (
        "name               n\n"
        "墨尔本             5\n"
        "[bold]a[/bold]  1234\n"
    )  # fmt: skip


def test_progress_in_a_pipe_is_lines_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with watching(Screen(stderr=True)) as watch:
        watch("observing", {"side": "xero", "feed": "Contacts"})
        watch("settled", {"outcomes": 3})
        watch("planned", {"pass": 1, "actions": 7})
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == "Reading Contacts in Xero\nPass 1: 7 to do\n"
    assert words("something new", {}) == ""


def test_progress_on_a_terminal_fills_a_bar(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    screen = Screen(stderr=True)
    assert screen.terminal
    with watching(screen) as watch:
        watch("observing", {"side": "zoho", "feed": "Accounts"})
        watch("planned", {"pass": 1, "actions": 4})
        watch("settled", {"outcomes": 4})
        watch("planned", {"pass": 2, "actions": 2})
        watch("settled", {"outcomes": 6})
    assert "Pass 2: 2 to do" in capsys.readouterr().err


def test_holds_are_grouped_by_reason_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    held = [Hold("contact", ZOHO, str(n), "ambiguous", "Twins.", "Merge them.", title=f"Ann {n}") for n in range(5)]
    reportview.holds(Screen(), [Hold("invoice", ZOHO, "9", "no_lines", "No lines."), *held])
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:4] == ["Needs attention: 6", "  5 x ambiguous  Merge them.", "      contact “Ann 0” (Zoho): Twins."]
    assert "      and 2 more" in lines
    assert "      invoice “9” (Zoho): No lines." in lines


def test_a_run_tells_per_entity_and_side(capsys: pytest.CaptureFixture[str]) -> None:
    counts = {"account": {"created xero": 2, "held zoho": 1}, "purchase_order": {"updated zoho": 3, "linked": 1}}
    reportview.page(Screen(), "Main", Report(4, "done", Plan(), counts), {"zoho": 5, "xero": 0}, [])
    told = capsys.readouterr().out
    assert "Main: run 4 is done" in told
    assert "created in Xero  updated in Zoho  linked  held" in told
    assert "purchase order" in told
    assert "Calls used: 5 to Zoho CRM." in told


def test_a_stop_leads_on(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report(1, "stopped", Plan(), problem="The first run has 3 actions.", code="first_run")
    reportview.page(Screen(), "Main", report, {}, ["To do it: `flask sync --yes`"])
    told = capsys.readouterr().out
    assert "stopped before it wrote anything" in told
    assert told.index("first run") < told.index("flask sync --yes")


def test_a_plan_without_work_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    found = {"connection": "Main", "counts": {}, "actions": [], "money": {}, "cost": {}, "stops": []}
    planscreen.page(Screen(), found, Report(1, "planned", Plan()), "flask sync --yes")
    assert "In step." in capsys.readouterr().out
