"""What is left of a plan when a turn ends is gone on with, and is no licence: each action is looked at again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pytest

from extension.sync import engine as engine_room
from extension.sync.actions import Report
from extension.sync.canonical import SIDES, ZOHO, Side
from extension.sync.engine import Engine, Timing
from extension.sync.errors import Stopped, Throttled
from extension.sync.model import Scope
from extension.sync.plan import make_plan
from extension.sync.unfinished import MOST, Unfinished
from tests.sim.harness import WINDOW, Harness
from tests.sim.scenes import company, decide, firm, in_step, writes


class Wish:
    """One wish, served in turns: each ends after one batch of writes, for want of calls or to make room."""

    def __init__(self, h: Harness, end: Exception) -> None:
        self.h, self.end = h, end
        self.walked: dict[tuple[Side, str], datetime] = {}
        self.unfinished: Unfinished | None = None
        self.run: int | None = None

    def turn(self, **scope: Any) -> Report:
        planned = []

        def note(event: str, facts: Mapping[str, Any]) -> None:
            if event == "walked":
                self.walked[facts["side"], facts["feed"]] = facts["at"]
            planned.extend([event] if event == "planned" else [])

        before = self.h.world.now(), writes(self.h)

        def between() -> None:
            if planned and writes(self.h) != before[1]:
                raise self.end

        given = {"progress": note, "walked": dict(self.walked), "unfinished": self.unfinished, "again": self.run}
        engine: Engine = self.h.visitor("turn", Timing(overlap=WINDOW, settle=WINDOW), between, **given)
        report = engine.run(Scope(**({"approve": True} | scope)))
        self.unfinished, self.run = engine.unfinished, report.run
        return report


@pytest.fixture
def busy() -> Harness:
    return company()


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many actions each plan had that was made."""
    made: list[int] = []

    def counting(*given: Any) -> Any:
        plan = make_plan(*given)
        made.append(len(plan.actions))
        return plan

    monkeypatch.setattr(engine_room, "make_plan", counting)
    return made


def limit(h: Harness) -> Throttled:
    return Throttled("Later.", until=h.world.now())


ENDS: Mapping[str, Callable[[Harness], Exception]] = {
    "limited": limit,
    "waiting": lambda h: Stopped("It makes room.", code="waiting"),
}


@pytest.mark.parametrize("end", ENDS)
def test_turns_go_on_with_the_plan_that_was_begun(busy: Harness, plans: list[int], end: str) -> None:
    wish = Wish(busy, ENDS[end](busy))
    ends = [wish.turn().state]
    while ends[-1] != "done":
        assert len(ends) < 100
        assert ends[-1] == end
        ends.append(wish.turn().state)
    assert len(ends) > len(plans), "most turns made no plan of their own"
    assert len({run["id"] for run in busy.store.runs(100)}) == 1, "history tells of one run"
    turns = writes(busy)
    busy.settle()
    whole = company()
    whole.settle()
    assert writes(busy) == turns == writes(whole)
    assert in_step(busy) == 9


def begun(h: Harness) -> Wish:
    """A first turn, of whose plan something is left."""
    wish = Wish(h, limit(h))
    assert wish.turn().state == "limited"
    assert wish.unfinished is not None
    return wish


def test_what_another_run_did_meanwhile_is_not_done_again(busy: Harness) -> None:
    wish = begun(busy)
    busy.settle()
    done = writes(busy)
    assert wish.turn().state == "done"
    assert writes(busy) == done


def test_a_word_that_a_person_said_meanwhile_counts(busy: Harness) -> None:
    wish = begun(busy)
    assert wish.unfinished is not None
    created = [a for a in wish.unfinished.plan.actions if a.kind == "create"]
    for action in created:
        decide(busy, "ignore", "firm", action.source.id)
    before = writes(busy)
    while wish.turn().state != "done":
        pass
    linked = {(side, link.ids[side]) for link in busy.links("firm") for side in SIDES}
    assert created
    assert not linked & {(action.source.side, action.source.id) for action in created}
    assert sum(writes(busy).values()) >= sum(before.values())


def test_what_was_read_since_is_planned_anew(busy: Harness, plans: list[int]) -> None:
    wish = begun(busy)
    wish.walked.clear()
    busy.side[ZOHO].create("Firms", firm("a late one"))
    before = len(plans)
    wish.turn()
    assert len(plans) > before


def test_a_press_keeps_nothing(busy: Harness) -> None:
    wish = begun(busy)
    first = busy.side[ZOHO].live("Firms")[0].id
    wish.unfinished = None
    wish.turn(record=("firm", first))
    assert wish.unfinished is None


def test_only_so_much_is_kept(busy: Harness) -> None:
    wish = begun(busy)
    assert wish.unfinished is not None
    (action, *_) = wish.unfinished.plan.actions
    kept = Unfinished.of(wish.unfinished.plan, [action] * (MOST + 1), ())
    assert kept is not None
    assert len(kept.plan.actions) == MOST
    assert kept.plan.skips == ()
    assert Unfinished.of(wish.unfinished.plan, [], ()) is None
