"""A person pauses or cancels a run: it ends between two batches, and the next run goes on as if nothing had been."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import pytest

from extension.sync.canonical import SIDES, Side
from extension.sync.engine import Timing
from extension.sync.errors import Stopped
from extension.sync.model import Scope
from tests.sim.harness import WINDOW, Harness
from tests.sim.scenes import company, in_step, writes

PLACES = range(1, 24)


@pytest.fixture
def busy() -> Harness:
    return company()


def stopped(h: Harness, place: int, **scope: Any) -> Any:
    """A run that is stopped at this place; None where it never came that far."""
    h.world.script = {("between", place): "stopped"}
    report = h.run(**scope)
    came = not h.world.script
    h.world.script.clear()
    return report if came else None


@pytest.mark.parametrize("place", PLACES)
def test_what_was_settled_stays_and_nothing_is_done_twice(busy: Harness, place: int) -> None:
    report = stopped(busy, place)
    if report is None:
        assert place > 10, "a run hears wishes while it reads and while it writes"
        return
    assert (report.state, report.code) == ("cancelled", "paused")
    assert busy.store.runs(1)[0]["state"] == "cancelled"
    assert busy.store.open_calls() == []
    busy.settle()
    whole = company()
    whole.settle()
    assert writes(busy) == writes(whole)
    assert in_step(busy) == 9


def test_what_was_approved_is_still_approved_after_a_pause(busy: Harness) -> None:
    busy.world.script = {("create", 2, "meddle"): lambda: stop_soon(busy)}
    assert busy.run().state == "cancelled"
    assert busy.store.approvals()
    assert busy.run(approve=False).state == "done"
    assert in_step(busy) == 9
    assert busy.store.approvals() == frozenset()


def stop_soon(h: Harness) -> None:
    """At the next place where a wish is heard."""
    h.world.script["between", h.world.seen["between"] + 1] = "stopped"


@pytest.mark.parametrize("scope", [{"dry_run": True}, {"observe_only": True}])
def test_a_run_that_only_looks_stops_too(busy: Harness, scope: dict[str, bool]) -> None:
    report = stopped(busy, 2, **scope)
    assert report.state == "cancelled"
    assert writes(busy) == dict.fromkeys(SIDES, 0)
    assert busy.run(**scope).state == "planned"
    busy.settle()
    assert in_step(busy) == 9


def test_a_stopped_first_run_is_no_approval(busy: Harness) -> None:
    assert stopped(busy, 2, approve=False).state == "cancelled"
    assert busy.run(approve=False).code == "first_run"


def turns(h: Harness, pages: int, **scope: Any) -> list[str]:
    """How each turn of one wish ended, where every turn is stopped after so many pages or batches; what a turn has
    walked is told to the next one."""
    walked: dict[tuple[Side, str], datetime] = {}
    ends: list[str] = []

    def note(event: str, facts: Mapping[str, Any]) -> None:
        if event == "walked":
            walked[facts["side"], facts["feed"]] = facts["at"]

    while not ends or ends[-1] == "cancelled":
        assert len(ends) < 200, "it came to no end"
        left = iter(range(pages - 1))

        def between(left: Iterator[int] = left) -> None:
            if next(left, None) is None:
                raise Stopped("The time is up.", code="paused")

        engine = h.visitor("turn", Timing(overlap=WINDOW, settle=WINDOW), between, progress=note, walked=dict(walked))
        ends.append(engine.run(Scope(approve=True, **scope)).state)
    return ends


@pytest.mark.parametrize("pages", [1, 2, 5])
@pytest.mark.parametrize("full", [False, True])
def test_turns_shorter_than_one_look_at_everything_come_to_an_end(busy: Harness, pages: int, full: bool) -> None:
    ends = turns(busy, pages, full=full)
    assert ends[-1] == "done"
    assert ends.count("cancelled") >= 3
    busy.settle()
    whole = company()
    whole.settle()
    assert writes(busy) == writes(whole), "nothing was done twice"
    assert in_step(busy) == 9
