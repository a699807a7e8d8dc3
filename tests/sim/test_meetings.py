"""Two things that happen at the same moment: somebody types while we read, decide or write."""

from __future__ import annotations

from decimal import Decimal

import pytest

from extension.sync.canonical import SIDES, XERO, ZOHO
from extension.sync.model import Scope
from tests.sim.harness import LAG, QUIET, Harness, Ways
from tests.sim.scenes import firm, in_step, lines, order, retype
from tests.sim.service import Habits
from tests.sim.world import START


def names(h: Harness) -> list[list[str]]:
    return [
        [row.body["name"] for row in h.side[s].live(feed)] for s, feed in zip(SIDES, ("Firms", "Parties"), strict=True)
    ]


@pytest.mark.parametrize("wait", range(LAG - 12, LAG + 4))
def test_what_a_lost_create_made_is_not_taken_for_somebody_elses(wait: int) -> None:
    """Xero cuts the name, so no key pairs the two; the lists begin to show it while the next run is under way."""
    h = Harness(Ways(xero=Habits(lag=LAG, width=5, unique=False)))
    h.side[ZOHO].create("Firms", firm("dorothea"))
    h.world.second += QUIET
    h.rough({("create", 1): "lost"}, 0)
    (call,) = h.store.open_calls()
    assert call.last_sent is not None
    h.world.second = int((call.last_sent - START).total_seconds()) + wait
    h.rough({}, 0)
    h.settle()
    assert names(h) == [["dorothea"], ["dorot"]]


def test_an_edit_beats_a_deletion() -> None:
    h = Harness(Ways(retire="archive"))
    h.side[ZOHO].create("Firms", firm("ada"))
    h.settle()
    h.side[ZOHO].delete("Firms", "z0001")
    h.edit(XERO, "firm", 0, "phone", "22")
    h.settle()
    (again,) = h.side[ZOHO].live("Firms")
    assert (again.body["name"], again.body["phone"]) == ("ada", "22")


@pytest.mark.parametrize("nth", range(1, 5))
def test_a_line_that_is_typed_while_we_write_lines_is_not_overwritten(nth: int) -> None:
    """A list is written whole: it is read again right before."""
    h = Harness(Ways())
    h.side[ZOHO].create("Firms", firm("ada"))
    h.side[ZOHO].create("Goods", {"code": "pen", "note": None, "ticked": True, "twin_id": None})
    h.side[ZOHO].create("Orders", order(h, "n1", 2))
    h.settle()
    retype(h, ZOHO, 0, quantity=Decimal(5))
    typed: list[str] = []

    def meddle() -> None:
        retype(h, XERO, 1, quantity=Decimal(9))
        typed.append("a line")

    h.rough({("fetch", nth, "meddle"): meddle}, 0)
    h.settle()
    assert [lines(h, side) for side in SIDES] == [[("pen", 5), ("pen", 9)] if typed else [("pen", 5)]] * 2


def test_a_ticked_order_takes_its_unticked_firm_along() -> None:
    h = Harness(Ways())
    h.side[ZOHO].create("Firms", firm("ada", ticked=False))
    h.side[ZOHO].create("Orders", order(h, "n1"))
    h.settle()
    assert [in_step(h, kind) for kind in ("firm", "order")] == [1, 1]


def test_what_somebody_entered_just_before_us_is_adopted_in_the_same_run() -> None:
    """The service says that the name is taken; we look who holds it."""
    h = Harness(Ways())
    h.side[ZOHO].create("Firms", firm("ada"))
    h.world.second += QUIET
    h.world.seen.clear()
    h.world.script = {("create", 1, "meddle"): lambda: h.side[XERO].create("Parties", firm("ada"))}
    report = h.engine().run(Scope(approve=True))
    assert (report.state, report.holds) == ("done", ())
    assert names(h) == [["ada"], ["ada"]]
    assert in_step(h) == 1
