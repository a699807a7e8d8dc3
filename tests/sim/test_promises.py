"""Promises of design.md 5, one story each: what a run may do, when it stops, and what it leaves for the next one.

The seeded stories assert the invariants at random moments; here each one that needs a situation of its own has it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from extension.sync.canonical import SIDES, XERO, ZOHO, Side
from extension.sync.engine import Engine, Timing
from extension.sync.errors import Busy, LeaseLost
from extension.sync.model import Scope
from tests.sim.harness import FEED, LAG, QUIET, WINDOW, Harness, Ways
from tests.sim.scenes import company, firm, in_step, lines, order, retype, writes
from tests.sim.service import Habits
from tests.sim.world import START


@pytest.fixture
def h() -> Harness:
    return Harness(Ways())


@pytest.fixture
def busy() -> Harness:
    return company()


# ------------------------------------------------------------------ I7: runs that only look


def test_a_dry_run_writes_nothing(busy: Harness) -> None:
    report = busy.run(dry_run=True)
    assert (report.state, len(report.plan.actions)) == ("planned", 9)  # three to adopt, three to create on each side
    assert writes(busy) == {ZOHO: 0, XERO: 0}
    assert in_step(busy) == 0
    assert busy.store.entries() == []
    assert busy.store.open_calls() == []


def test_a_dry_run_does_not_settle_what_is_open(busy: Harness) -> None:
    busy.rough({("create", 1): "lost"}, 0)
    before = busy.store.open_calls()
    busy.world.second += QUIET
    busy.run(dry_run=True)
    assert before
    assert busy.store.open_calls() == before


def test_a_dry_run_plans_what_the_next_run_does(busy: Harness) -> None:
    planned = busy.run(dry_run=True).plan
    report = busy.run(approve=False, dry_run=True)
    assert report.plan.digest == planned.digest
    assert report.stops == ("first_run",)


def test_a_fetch_links_who_is_sure_and_writes_to_nobody(busy: Harness) -> None:
    busy.side[ZOHO].edit("Firms", busy.side[ZOHO].live("Firms")[5].id, phone="news")
    report = busy.run(observe_only=True, approve=False)
    assert report.state == "planned"
    assert writes(busy) == {ZOHO: 0, XERO: 0}
    assert in_step(busy) == 3
    assert {entry.outcome for entry in busy.store.entries()} == {"linked"}


def test_a_fetch_does_not_send_again_what_has_no_answer() -> None:
    h = Harness(Ways(zoho=Habits(key_seconds=900), xero=Habits(key_seconds=900)))
    h.side[ZOHO].create("Firms", firm("ada"))
    h.world.second += QUIET
    h.rough({("create", 1): "lost_before"}, 0)
    h.run(observe_only=True)
    assert writes(h) == {ZOHO: 0, XERO: 0}
    h.settle()
    assert in_step(h) == 1


# ------------------------------------------------------------------ I10: an emptied side


@pytest.mark.parametrize("side", SIDES)
def test_an_emptied_side_retires_nothing(busy: Harness, side: Side) -> None:
    """The grant lost its permissions, say: every list is empty, and no record answers when it is asked for."""
    busy.settle()
    before, service = writes(busy), busy.side[side]
    kept, history = service.feeds, service.history
    service.feeds, service.history = {feed: {} for feed in kept}, {}
    for scope in ({"full": True}, {}, {"approve": True}, {"full": True, "approve": True}):
        busy.world.second += QUIET
        report = busy.run(**({"approve": False} | scope))
        assert (report.state, report.code) == ("stopped", "side_empty")
    assert busy.store.approvals() == frozenset(), "a yes that was said before anybody saw this"
    assert writes(busy) == before
    service.feeds, service.history = kept, history
    busy.world.second += QUIET
    assert busy.run(approve=False, full=True).state == "done"
    assert writes(busy) == before
    assert in_step(busy) == 9


# ------------------------------------------------------------------ the wrong organisation


@pytest.mark.parametrize("side", SIDES)
def test_a_grant_that_reaches_another_organisation_stops_before_anything_is_read(busy: Harness, side: Side) -> None:
    busy.side[ZOHO].create("Firms", firm("firm 0"))  # a twin, which is held
    busy.settle()
    holds = busy.store.holds()
    busy.side[side].identity = lambda: "somebody else's"  # type: ignore[method-assign]
    busy.world.second += QUIET
    pages = busy.world.total["page"]
    report = busy.run()
    assert (report.state, report.code) == ("stopped", "wrong_organisation")
    assert "Connect again" in report.hint
    assert busy.world.total["page"] == pages
    assert holds
    assert busy.store.holds() == holds  # still what a person must look at


# ------------------------------------------------------------------ I12: runs that end early


@pytest.mark.parametrize("fault", ["throttled", "crash_after", "crash_before", "refused"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_run_that_goes_on_repeats_no_finished_action(busy: Harness, fault: str, nth: int) -> None:
    created: list[str] = []
    for service in busy.side.values():
        spied = service.put

        def put(feed: str, id_: str, body: Any, *a: Any, spied: Any = spied, service: Any = service, **kw: Any) -> Any:
            if kw.get("ours"):
                created.append(f"{service.side} {body['name']}")
            return spied(feed, id_, body, *a, **kw)

        service.put = put  # type: ignore[method-assign]
    busy.rough({("create", nth): fault}, 0)
    busy.settle()
    assert len(created) == 6
    assert len(set(created)) == 6
    assert in_step(busy) == 9


def test_a_throttled_run_says_when_and_background_work_waits_until_then(busy: Harness) -> None:
    busy.world.seen.clear()
    busy.world.script = {("create", 1): "throttled"}
    report = busy.engine().run(Scope(approve=True))
    assert (report.state, report.code) == ("limited", "throttled")
    assert report.until == busy.store.not_before()
    pages = busy.world.total["page"]
    assert busy.run(background=True).state == "limited"
    assert busy.world.total["page"] == pages  # it did not even look
    busy.world.second += 61
    assert busy.run(background=True).state == "done"
    assert in_step(busy) == 9


def test_a_walk_that_was_throttled_goes_on_where_it_stopped(busy: Harness) -> None:
    """Six firms on three pages; the third page was refused."""
    busy.world.seen.clear()
    busy.world.script = {("page", 3): "throttled"}
    busy.engine().run(Scope(dry_run=True))
    resume = busy.store.feed(ZOHO, "Firms").resume
    assert resume is not None
    assert resume.position == "z0004"
    asked: list[str | None] = []
    walk = busy.side[ZOHO].walk

    def spied(feed: str, since: Any, position: str | None) -> Any:
        asked.append(position) if feed == "Firms" else None
        return walk(feed, since, position)

    busy.side[ZOHO].walk = spied  # type: ignore[method-assign]
    busy.run(dry_run=True)
    assert asked == ["z0004", None]  # and a fresh walk after it: edits behind its position came meanwhile
    assert busy.store.feed(ZOHO, "Firms").resume is None


def test_a_service_that_is_down_ends_the_run_and_loses_nothing(busy: Harness) -> None:
    busy.rough({("create", n): "lost_before" for n in (1, 2, 3)}, 0)
    assert busy.store.runs(1)[0]["state"] == "failed"
    assert writes(busy) == {ZOHO: 0, XERO: 0}
    busy.settle()
    assert in_step(busy) == 9


def test_a_call_that_was_repeated_is_doubted_from_its_last_sending() -> None:
    """First it never arrived; sent again with the same key it did, and the answer was lost. The key has ended since,
    and the index does not show the new record yet: believing "not found" now would make a second one."""
    h = Harness(Ways(Habits(lag=LAG), Habits(lag=LAG, unique=False, key_seconds=150)))
    h.side[ZOHO].create("Firms", firm("ada"))
    h.world.second += QUIET
    h.rough({("create", 1): "lost_before"}, 0)
    (call,) = h.store.open_calls()
    assert call.first_sent is not None
    first = int((call.first_sent - START).total_seconds())
    h.world.second = first + 95
    h.rough({("create", 1): "lost"}, 0)
    assert h.side[XERO].writes == 1
    h.world.second = first + 125
    h.rough({}, 0)
    assert h.side[XERO].writes == 1
    h.settle()
    assert in_step(h) == 1


def test_a_batch_that_is_refused_as_a_whole_is_halved_until_the_culprit_is_alone() -> None:
    h = Harness(Ways(xero=Habits(whole=True, batch=5)))
    for n in range(5):
        h.side[ZOHO].create("Firms", firm(f"firm {n}"))
    h.side[XERO].refuse = lambda key: key == "firm 3"
    h.world.second += QUIET
    assert h.run().state == "done"
    assert [row.body["name"] for row in h.side[XERO].live("Parties")] == ["firm 0", "firm 1", "firm 2", "firm 4"]
    assert [row.reason for row in h.store.holds()] == ["invalid"]


# ------------------------------------------------------------------ one writer per connection


def meanwhile(h: Harness, act: Callable[[], None], owner: str = "first") -> Engine:
    """An engine in whose run something happens once, between two batches."""
    todo = [act]
    now = h.engine().clock
    timing = Timing(overlap=WINDOW, settle=WINDOW)

    def between() -> None:
        if todo and h.world.seen["create"]:
            todo.pop()()

    return Engine(h.store, h.toy, h.side, now, owner=owner, timing=timing, heartbeat=False, between=between)


def test_a_second_engine_is_told_to_wait(busy: Harness) -> None:
    refused: list[str] = []

    def second() -> None:
        with pytest.raises(Busy) as why:
            busy.engine("second").run(Scope(approve=True))
        refused.append(why.value.code)

    assert meanwhile(busy, second).run(Scope(approve=True)).state == "done"
    assert refused == ["busy"]
    busy.settle()


def test_a_worker_that_slept_past_its_lease_writes_nothing_more(busy: Harness) -> None:
    """The first worker is paused; a second one takes over and finishes the work; then the first wakes up."""
    finished: list[dict[Side, int]] = []

    def sleep() -> None:
        busy.world.second += 60
        assert busy.engine("second").run(Scope(approve=True)).state == "done"
        finished.append(writes(busy))

    with pytest.raises(LeaseLost):
        meanwhile(busy, sleep).run(Scope(approve=True))
    assert [writes(busy)] == finished
    assert in_step(busy) == 9
    busy.settle()


def test_a_worker_whose_lease_only_ran_out_goes_on(busy: Harness) -> None:
    """Nobody took over: there is no other writer to protect from."""

    def sleep() -> None:
        busy.world.second += 60

    assert meanwhile(busy, sleep).run(Scope(approve=True)).state == "done"


# ------------------------------------------------------------------ lines that two people edit


@pytest.fixture
def invoiced(h: Harness) -> Harness:
    """One order of two pens, in step."""
    h.side[ZOHO].create("Firms", firm("ada"))
    for code in ("pen", "ink"):
        h.side[ZOHO].create("Goods", {"code": code, "note": None, "ticked": True, "twin_id": None})
    h.side[ZOHO].create("Orders", order(h, "n1", 2))
    h.settle()
    return h


def test_a_line_whose_answer_was_lost_is_not_doubled_by_an_edit(invoiced: Harness) -> None:
    """A line was added in the CRM and arrived without an answer; somebody in Xero changed it before the next run."""
    retype(invoiced, ZOHO, 1, quantity=Decimal(3))
    invoiced.rough({("update", 1): "lost"}, 0)
    retype(invoiced, XERO, 1, quantity=Decimal(9))
    invoiced.settle()
    assert [lines(invoiced, side) for side in SIDES] == [[("pen", 2), ("pen", 9)]] * 2


def test_the_same_line_that_two_people_added_is_one_line(invoiced: Harness) -> None:
    for side in SIDES:
        retype(invoiced, side, 1, quantity=Decimal(3))
    invoiced.settle()
    assert [lines(invoiced, side) for side in SIDES] == [[("pen", 2), ("pen", 3)]] * 2


def test_two_people_who_change_one_line_both_keep_their_edit(invoiced: Harness) -> None:
    """The item in the CRM, the quantity in Xero: the first write moves the base of the item alone."""
    retype(invoiced, ZOHO, 0, item=invoiced.side[ZOHO].live("Goods")[1].id)
    retype(invoiced, XERO, 0, quantity=Decimal(9))
    invoiced.settle()
    assert [lines(invoiced, side) for side in SIDES] == [[("ink", 9)]] * 2


# ------------------------------------------------------------------ what an index shows late


@pytest.fixture
def late() -> Harness:
    """One firm in step, in services whose lists lag; it was edited in Xero a moment ago, and that was synchronised."""
    h = Harness(Ways(Habits(lag=LAG), Habits(lag=LAG)))
    h.side[ZOHO].create("Firms", firm("ada"))
    h.settle()
    h.edit(XERO, "firm", 0, "note", "1")
    h.edit(ZOHO, "firm", 0, "phone", "1")
    h.world.second += LAG + 5
    h.run()
    return h


def test_what_a_list_shows_of_an_older_state_is_no_edit(late: Harness) -> None:
    """We know better, having written the record since."""
    late.edit(XERO, "firm", 0, "phone", "22")
    late.run(record=("firm", "z0001"))
    assert late.side[ZOHO].live("Firms")[0].body["phone"] == "22"
    late.run()
    assert [late.side[s].live(FEED["firm"][s])[0].body["phone"] for s in SIDES] == ["22", "22"]


def test_what_a_list_still_shows_is_not_restored(late: Harness) -> None:
    """Deleted in the CRM and so archived by us in Xero, whose list shows it for a while."""
    late.side[ZOHO].delete("Firms", "z0001")
    for _ in range(2):
        late.run()
        assert [len(late.side[s].live(FEED["firm"][s])) for s in SIDES] == [0, 0]


def test_a_persons_edit_beats_what_a_create_filled_in() -> None:
    """Xero fills a blank note of what is created, while somebody types one in the CRM."""
    h = Harness(Ways(xero=Habits(defaults=True)))
    h.side[ZOHO].create("Firms", firm("ada"))
    h.world.second += QUIET
    h.rough({("create", 1, "meddle"): lambda: h.edit(ZOHO, "firm", 0, "note", "22")}, 0)
    h.settle()
    assert [h.side[s].live(FEED["firm"][s])[0].body["note"] for s in SIDES] == ["22", "22"]


# ------------------------------------------------------------------ I11: background runs and their clock


def test_a_pause_does_not_keep_a_person_waiting(busy: Harness) -> None:
    with busy.store.write(busy.store.acquire("person", busy.world.now(), 1) or 0) as tx:
        tx.set_not_before(busy.world.now() + timedelta(hours=1))
    busy.world.second += 2
    assert busy.run(background=True).state == "limited"
    assert busy.run().state == "done"
