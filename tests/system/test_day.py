"""Days of a busy organisation under the limits of the real services: every edit arrives as soon as the budget permits.

Steady state: no call is answered 429, background work leaves the button's reserve alone, every press is answered, and
both sides are in step in the end. Where the budget does not carry a run every 15 minutes, runs are further apart, and
it is said why; when it does again, they are not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest

from extension.sync.budget import HOUR, MINUTE
from extension.sync.canonical import XERO, ZOHO
from sandbox.faults import Rule
from sandbox.xero.limits import day_start
from tests.system.day_rig import FREE, FREE_ZOHO, PAID, PAID_ZOHO, Day
from tests.system.test_clocks import SUMMER, WINTER

pytestmark = pytest.mark.queued

Lives: TypeAlias = "Callable[..., Day]"
MORNING: Final = datetime(2026, 9, 15, 19, tzinfo=UTC)  # seven o'clock in New Zealand, where both organisations live
FEW: Final = 8  # calls of Xero that a press takes at most


@pytest.fixture
def lives(tmp_path: Path) -> Iterator[Lives]:
    made: list[Day] = []

    def begin(began: datetime, xero: Any = FREE, zoho: Any = FREE_ZOHO, **more: Any) -> Day:
        made.append(Day(tmp_path / "installation", began, xero, zoho, **more))
        return made[0]

    yield begin
    for day in made:
        print(day.figures())
        day.close()


def steady(day: Day) -> None:
    """What holds in every day that no service disturbs."""
    assert day.refused() == []
    assert day.reserve_spent() == []
    assert day.unserved() == []
    assert day.late() == []
    assert [run.result["problem"] for run in day.runs() if run.result.get("state") != "done"] == []
    pressed = [call for call in day.sent if call.side == XERO and not call.background]
    assert len(pressed) <= FEW * len(day.presses)


def turn_of(day: Day) -> datetime:
    """When Xero's day of this organisation ends: at an hour of its own."""
    return day_start(day.rig.connection.organisations[XERO], day.now) + 24 * HOUR


def pressing(day: Day, *moments: datetime) -> None:
    """Somebody presses then, every second time while a run is under way."""
    for n, moment in enumerate(moments):
        day.at(moment, day.press_within_a_run if n % 2 else day.press)


# ------------------------------------------------------------------ a part of a day


def test_the_last_hours_of_a_small_plans_day_and_the_first_of_the_next(lives: Lives) -> None:
    day = lives(MORNING)
    turn = turn_of(day)
    day.asleep(turn - 24 * HOUR + 5 * MINUTE if turn - 24 * HOUR > day.now else turn + 5 * MINUTE)
    turn = turn_of(day)
    day.live(day.now + 16 * MINUTE)
    assert day.says() == ""
    day.asleep(turn - timedelta(hours=2.5))
    day.others(day.left() - 235)
    late = day.now
    day.busy(late, turn + 40 * MINUTE, 8 * MINUTE)
    pressing(day, turn - 45 * MINUTE, turn - 25 * MINUTE, turn - 3 * MINUTE)
    day.live(late + HOUR)
    assert "instead of 15: Xero allows " in day.says()
    assert max(day.apart(late)) > 15
    day.live(turn + 56 * MINUTE)
    assert day.says() == ""
    assert day.apart(turn + 10 * MINUTE) == [15, 15]
    assert len(day.presses) == 3
    steady(day)
    day.rests()


# ------------------------------------------------------------------ whole days


def office_hours(day: Day, hours: int = 24) -> None:
    """Busy for fifteen hours, quiet at night; presses at any time, in the last hour, too."""
    ends = day.began + timedelta(hours=hours)
    for n in range(-(-hours // 24)):
        morning = day.began + timedelta(days=n)
        day.busy(morning, min(ends, morning + 15 * HOUR), 4 * MINUTE)
        day.busy(min(ends, morning + 15 * HOUR), min(ends, morning + 24 * HOUR), 40 * MINUTE)
    pressing(day, *sorted(day.began + day.random.random() * hours * HOUR for _ in range(10)))
    pressing(day, ends - 50 * MINUTE, ends - 20 * MINUTE)


@pytest.mark.slow
def test_a_free_plan_whose_calls_another_program_uses_as_well(lives: Lives) -> None:
    """Half of the thousand calls are somebody else's, hour by hour."""
    day = lives(MORNING)
    office_hours(day, 27)
    day.others_at_work(day.began, day.began + 27 * HOUR, 21)
    day.live(day.began + 27 * HOUR)
    assert any(stretch and stretch.side == XERO for _, stretch in day.stretches)
    steady(day)
    day.rests()


@pytest.mark.slow
def test_a_free_plan_by_itself_carries_a_run_every_quarter_of_an_hour(lives: Lives) -> None:
    day = lives(MORNING)
    office_hours(day)
    day.live(day.began + 24 * HOUR)
    assert max(day.apart(day.began)) <= 20
    steady(day)
    day.rests()


@pytest.mark.slow
def test_a_larger_plan_brings_the_wished_interval_back(lives: Lives) -> None:
    """Another program takes most of the small plan; at noon the organisation moves to a larger one."""
    day = lives(MORNING)
    noon = day.began + 5 * HOUR
    day.busy(day.began, day.began + 8 * HOUR, 4 * MINUTE)
    pressing(day, *(day.began + n * HOUR for n in (1, 3, 6)))
    day.live(day.began + HOUR)
    day.others(500)
    day.live(noon)
    assert "instead of 15: Xero allows " in day.says()
    day.limited(PAID, PAID_ZOHO)
    day.live(noon + HOUR)
    assert day.says() == ""
    day.live(day.began + 8 * HOUR)
    assert set(day.apart(noon + HOUR)) == {15}
    steady(day)
    day.rests()


@pytest.mark.slow
@pytest.mark.parametrize("change", [SUMMER, WINTER], ids=["begins", "ends"])
def test_summer_time_changes_within_the_day(lives: Lives, change: datetime) -> None:
    day = lives(change - 2 * HOUR, PAID, PAID_ZOHO)
    day.busy(day.began, day.began + 4 * HOUR, 5 * MINUTE)
    pressing(day, change - MINUTE, change + MINUTE, change + HOUR)
    day.live(day.began + 4 * HOUR)
    assert set(day.apart(day.began)) == {15}
    steady(day)
    day.rests()


# ------------------------------------------------------------------ what disturbs a day


@pytest.mark.slow
def test_another_program_uses_half_of_the_budget_at_once_where_the_day_rolls(lives: Lives) -> None:
    """What it used comes back a day later at once, what we used comes back run by run."""
    day = lives(MORNING, day_window="rolling")
    morning, gone = day.began + 24 * HOUR, 700
    day.busy(day.began, day.began + 4 * HOUR, 6 * MINUTE)
    pressing(day, *(day.began + n * HOUR for n in (1, 2, 3)))
    day.at(day.began + 90 * MINUTE, lambda: day.others(gone))
    day.live(day.began + 4 * HOUR)
    assert "instead of 15: Xero allows " in day.says()
    day.asleep(morning)
    day.busy(morning, morning + 3 * HOUR, 6 * MINUTE)
    pressing(day, morning + 95 * MINUTE, morning + 3 * HOUR)  # the first answer tells what came back
    day.live(morning + 90 * MINUTE)
    assert " hours instead of 15: " in day.says() or " hours and " in day.says()
    day.live(morning + 3.5 * HOUR)
    assert max(day.apart(morning + 100 * MINUTE)) <= 30
    steady(day)
    day.rests()


@pytest.mark.slow
def test_zohos_credits_are_used_up_by_others(lives: Lives) -> None:
    """It says what is left only when half is used."""
    day = lives(MORNING)
    day.busy(day.began, day.began + 6 * HOUR, 6 * MINUTE)
    pressing(day, *(day.began + n * HOUR for n in (2, 4, 5)))
    day.at(day.began + HOUR, lambda: day.rig.zoho.limits.admit(3_900))
    day.live(day.began + 6 * HOUR)
    assert "instead of 15: Zoho CRM allows " in day.says()
    steady(day)
    day.rests()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("side", "rule"),
    [
        (XERO, Rule("GET", "/api.xro/2.0/", 2, kind="throttle", params={"problem": "minute", "retry_after": 26})),
        (XERO, Rule("*", "/api.xro/2.0/", 3, kind="throttle", params={"problem": "concurrent", "retry_after": None})),
        (ZOHO, Rule("GET", "/crm/v8/", 4, kind="throttle")),
        (ZOHO, Rule("PUT", "/crm/v8/", 1, kind="throttle")),
    ],
    ids=["xero says for how long", "xero does not", "zoho reading", "zoho writing"],
)
def test_a_refusal_in_the_middle_of_a_run_ends_its_turn_and_nothing_else(lives: Lives, side: Any, rule: Rule) -> None:
    day = lives(MORNING, PAID, PAID_ZOHO)
    day.busy(day.began, day.began + 80 * MINUTE, 4 * MINUTE)
    day.live(day.began + 20 * MINUTE)
    day.rig.service(side).faults.add(rule)
    day.live(day.began + 90 * MINUTE)
    assert len(day.refused()) == 1
    (at,) = [n for n, call in enumerate(day.sent) if call.status == 429]
    pause = day.sent[at + 1].at - day.sent[at].at
    assert pause >= (26 if rule.params.get("retry_after") else 5) * timedelta(seconds=1), "nobody asks in between"
    assert pause <= 2 * MINUTE, "it goes on by itself, not at the next quarter of an hour"
    assert day.late() == []
    assert {run.state for run in day.runs()} == {"done"}
    assert day.says() == ""
    day.rests()
