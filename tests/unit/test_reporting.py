"""How far a run is, what its turns come to together, and values as plain documents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from extension.reporting import cost, outcome
from extension.reporting.plain import plain
from extension.reporting.progress import Feeds, Progress
from extension.sync.actions import Hold
from extension.sync.canonical import XERO, ZOHO, Placeholder

NOW = datetime(2026, 5, 4, 3, 0, tzinfo=UTC)


class Watched:
    """A run whose progress is looked at, on a clock moved by hand."""

    def __init__(self, feeds: Feeds, *, writes: bool = True) -> None:
        self.time, self.said = NOW, dict[str, Any]()
        self.run = Progress(feeds, lambda: self.time, self.hear, writes=writes)

    def hear(self, said: Mapping[str, Any]) -> None:
        self.said = dict(said)

    def after(self, seconds: float, event: str, **facts: Any) -> dict[str, Any]:
        self.time += timedelta(seconds=seconds)
        self.run(event, facts)
        return self.said


def test_reading_tells_rows_share_and_time_left() -> None:
    seen = Watched({(ZOHO, "Accounts"): 300, (XERO, "contacts"): 700})
    said = seen.after(0, "observing", side=ZOHO, feed="Accounts")
    assert (said["step"], said["side"], said["feed"], said["left_seconds"]) == ("observing", ZOHO, "Accounts", None)
    said = seen.after(10, "settled", rows=200, outcomes=0)
    assert (said["rows"], said["done"], said["left_seconds"]) == (200, 0.2, 40)


def test_a_feed_that_held_less_than_expected_counts_as_it_was() -> None:
    seen = Watched({(ZOHO, "Accounts"): 300, (XERO, "contacts"): 700})
    seen.after(0, "observing", side=ZOHO, feed="Accounts")
    seen.after(5, "settled", rows=100, outcomes=0)
    assert seen.after(0, "observing", side=XERO, feed="contacts")["done"] == pytest.approx(100 / 800)
    assert seen.after(5, "settled", rows=900, outcomes=0)["done"] == 0.99  # it grew meanwhile: almost, never all


def test_what_nobody_knows_is_not_told() -> None:
    seen = Watched({(ZOHO, "Accounts"): None, (XERO, "contacts"): 700})
    seen.after(0, "observing", side=ZOHO, feed="Accounts")
    said = seen.after(10, "settled", rows=200, outcomes=0)
    assert (said["rows"], said["done"], said["left_seconds"]) == (200, None, None)
    assert seen.after(0, "observing", side=XERO, feed="contacts")["done"] == pytest.approx(200 / 900, abs=0.001)


def test_writing_counts_each_pass_of_its_own() -> None:
    seen = Watched({})
    seen.after(1, "observed", rows=9)
    assert seen.after(1, "planned", actions=40)["step"] == "writing"
    said = seen.after(10, "settled", rows=9, outcomes=10)
    assert (said["planned"], said["outcomes"], said["done"], said["left_seconds"]) == (40, 10, 0.25, 30)
    seen.after(1, "settled", rows=9, outcomes=40)
    said = seen.after(0, "planned", actions=10)
    assert (said["planned"], said["done"]) == (50, 0.0)


def test_a_run_that_may_not_write_compares() -> None:
    seen = Watched({}, writes=False)
    assert seen.after(1, "planned", actions=40)["step"] == "comparing"
    assert seen.said["done"] is None


def test_turns_of_one_task_add_up_and_what_stands_is_told_once() -> None:
    earlier = {"account": {"created xero": 50, "held zoho": 3}, "product": {"linked": 2, "skipped": 5}}
    now = {"account": {"created xero": 20, "updated zoho": 70, "held zoho": 2}}
    assert outcome.together(earlier, now) == {
        "account": {"created xero": 70, "updated zoho": 70, "held zoho": 2},
        "product": {"linked": 2},
    }


def test_reasons_are_told_with_the_most_frequent_first() -> None:
    holds = [Hold("invoice", ZOHO, "1", "no_lines", "No lines.", "Add one.")]
    holds += [Hold("account", ZOHO, str(n), "ambiguous", f"Two of them ({n}).") for n in range(2)]
    assert outcome.reasons(holds) == [
        {"reason": "ambiguous", "n": 2, "message": "Two of them (0).", "hint": ""},
        {"reason": "no_lines", "n": 1, "message": "No lines.", "hint": "Add one."},
    ]


def test_minutes_follow_the_calls() -> None:
    assert cost.minutes({ZOHO: 0, XERO: 0}) == 0
    assert cost.minutes({ZOHO: 1, XERO: 1}) == 1
    assert cost.minutes({ZOHO: 240, XERO: 500}) == 12


def test_plain_values_keep_money_exact() -> None:
    found = plain(
        {
            "when": NOW,
            "day": date(2026, 5, 4),
            "twin": Placeholder.of(("account", ZOHO, "7")),
            "lines": ({"total": Decimal("10.10")},),
            "set": {"b", "a"},
            "none": None,
        }
    )
    assert found == {
        "when": NOW.isoformat(),
        "day": "2026-05-04",
        "twin": "new:account:zoho:7",
        "lines": [{"total": Decimal("10.10")}],
        "set": ["a", "b"],
        "none": None,
    }
