"""Stories under every row of rows.txt, in which any two settings of two habits of the services meet."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from decimal import Decimal

import pytest

from extension.sync.canonical import XERO, ZOHO
from tests.sim.habits import HABITS, WORLD
from tests.sim.harness import Ways
from tests.sim.rows import ROWS, TABLE
from tests.sim.service import Habits, Service
from tests.sim.story import many
from tests.sim.world import World
from tests.switches.listing import apart

STORIES, MANY = 12, 500
FIXED = {
    ZOHO: {
        "skew": "the clocks differ: moving one of them is enough",
        **dict.fromkeys(("width", "quirk"), "the other side's way of cutting and respelling is enough"),
        "key_seconds": "the CRM knows no idempotency key",
        "whole": "the CRM answers for each row (facts/zoho.md 5.2)",
        "exclusive": "modified since is a criterion of ours there",
        "bills": "of Xero's papers",
    },
    XERO: {
        "tick": "its times have fractions of a second",
        "partial": "its lists carry lines",
        "restore_bumps": "nothing is restored there",
        "touches": "no document moves an item's time",
        "bills": "of the whole world",
    },
    WORLD: {"zoho": "its habits", "xero": "its habits"},
}


def test_no_habit_is_missing() -> None:
    for side, of in ((ZOHO, Habits), (XERO, Habits), (WORLD, Ways)):
        names = {switch.name for switch in HABITS if switch.side == side}
        assert names | FIXED[side].keys() == {entry.name for entry in fields(of)}
        assert not names & FIXED[side].keys()


def test_any_two_settings_meet_in_one_row() -> None:
    assert apart(TABLE, HABITS) == []


def test_the_first_row_is_how_a_service_behaves_by_default() -> None:
    assert not TABLE[0].told
    assert ROWS[0] == Ways()


@pytest.mark.parametrize("number", range(1, len(ROWS) + 1), ids="row{:02}".format)
def test_no_promise_is_broken(number: int) -> None:
    """`python -m tests.sim.story --seed N --row NUMBER` tells one again."""
    assert many(range(STORIES), report=False, under=ROWS[number - 1]) == 0


@pytest.mark.slow
@pytest.mark.parametrize("number", range(1, len(ROWS) + 1), ids="row{:02}".format)
def test_no_promise_is_broken_in_many_more_stories(number: int) -> None:
    assert many(range(MANY), report=False, under=ROWS[number - 1]) == 0


# ------------------------------------------------------------------ habits that no other test shows


def listed(service: Service, feed: str, since: datetime) -> list[str]:
    return [row.id for page in service.walk(feed, since, None) for row in page.rows]


def test_a_write_that_changes_nothing_may_leave_the_time_alone() -> None:
    for bumps in (True, False):
        world = World()
        service = Service(world, ZOHO, Habits(unchanged_bumps=bumps))
        made = service.put("Firms", "z1", {"name": "ada"})
        world.second += 9
        assert service.edit("Firms", "z1", name="ada").modified == made.modified + 9 * bumps
        assert service.edit("Firms", "z1", name="bob").modified == made.modified + 9


def test_what_was_modified_at_the_second_itself_may_be_left_out() -> None:
    for exclusive in (True, False):
        world = World()
        service = Service(world, XERO, Habits(exclusive=exclusive))
        service.put("Parties", "x1", {"name": "ada"})
        then = world.now()
        world.second += 1
        service.put("Parties", "x2", {"name": "bob"})
        assert listed(service, "Parties", then) == ["x1", "x2"][exclusive:]


def test_an_order_may_touch_its_goods() -> None:
    for touches in (True, False):
        world = World()
        service = Service(world, ZOHO, Habits(touches=touches))
        for id_ in ("z1", "z2"):
            service.put("Goods", id_, {"code": id_})
        world.second += 9
        service.put("Orders", "z3", {"number": "n1", "lines": [{"item": "z1", "quantity": Decimal(1)}]})
        assert listed(service, "Goods", world.now()) == ["z1"][: int(touches)]
