"""What a run looks at and who let it through: approvals, one record, one direction, a changed mapping."""

from __future__ import annotations

import pytest

from extension.sync.canonical import SIDES, XERO, ZOHO
from extension.sync.errors import BadInput
from extension.sync.model import Scope
from tests.sim.harness import FEED, QUIET, Harness, Ways
from tests.sim.scenes import approve, company, firm, in_step, order, writes


@pytest.fixture
def h() -> Harness:
    return Harness(Ways())


@pytest.fixture
def busy() -> Harness:
    return company()


# ------------------------------------------------------------------ the first run, and approvals


def test_the_first_run_waits_for_a_person(busy: Harness) -> None:
    report = busy.run(approve=False)
    assert (report.state, report.code, report.stops) == ("stopped", "first_run", ("first_run",))
    assert writes(busy) == {ZOHO: 0, XERO: 0}
    approve(busy, report)
    assert busy.run(approve=False).state == "done"
    assert in_step(busy) == 9
    assert busy.store.approvals() == frozenset()


def test_a_first_run_that_was_throttled_still_waits(busy: Harness) -> None:
    """Nothing was applied: that it ended early is no approval."""
    busy.rough({("page", 2): "throttled"}, 0)
    busy.world.second += QUIET
    assert busy.run(approve=False).code == "first_run"


def test_the_first_run_of_each_module_waits_for_a_person(busy: Harness) -> None:
    """What was let through for one module was not let through for another."""
    busy.side[ZOHO].create("Goods", {"code": "p1", "note": None, "ticked": True, "twin_id": None})
    assert busy.run(entities=("firm",)).state == "done"
    report = busy.run(approve=False)
    assert (report.state, report.code) == ("stopped", "first_run")
    assert {action.entity for action in report.plan.work} == {"item"}
    assert busy.run(approve=False, entities=("firm",)).state == "done"
    approve(busy, report)
    assert busy.run(approve=False).state == "done"


def test_what_was_really_emptied_is_approved_one_by_one(h: Harness) -> None:
    """Whoever saw the stop and approves what it holds back is believed."""
    for n in range(3):
        h.side[ZOHO].create("Goods", {"code": f"p{n}", "note": None, "ticked": True, "twin_id": None})
    h.settle()
    for row in h.side[ZOHO].live("Goods"):
        h.side[ZOHO].delete("Goods", row.id)
    h.world.second += QUIET
    report = h.run(full=True)
    assert report.code == "side_empty"
    assert "approve" in report.hint
    approve(h, report)
    assert h.run(approve=False).state == "done"
    assert h.side[XERO].live("Items") == []


def test_a_press_on_one_record_approves_that_record_alone(busy: Harness) -> None:
    busy.run(observe_only=True)
    wanted = busy.side[ZOHO].live("Firms")[0].id
    assert busy.run(approve=False, record=("firm", wanted)).state == "done"
    assert writes(busy)[XERO] == 1
    assert busy.run(approve=False).code == "first_run"


def test_what_was_not_approved_waits_and_what_was_is_finished(busy: Harness) -> None:
    """A person approves the creates in Xero. What these bring back to the CRM was approved with them."""
    approve(busy, busy.run(approve=False), lambda action: action.kind == "create" and action.side == XERO)
    report = busy.run(approve=False)
    assert (report.state, report.code) == ("stopped", "first_run")
    assert busy.side[XERO].writes == 3
    ids = {row.body["name"]: row.body["twin_id"] for row in busy.side[ZOHO].live("Firms")}
    assert sorted(name for name, twin in ids.items() if twin) == ["firm 0", "firm 1", "firm 2"]
    assert in_step(busy) == 3


def test_a_run_of_what_was_approved_leaves_the_rest(busy: Harness) -> None:
    """No guard has anything to say; a person chose one of two changes all the same."""
    assert busy.run().state == "done"
    for n, row in enumerate(busy.side[ZOHO].live("Firms")[:2]):
        busy.side[ZOHO].edit("Firms", row.id, phone=f"0{n}")
    busy.world.second += QUIET
    report = busy.run(approve=False, dry_run=True)
    assert len(report.plan.work) == 2
    before, wanted = writes(busy)[XERO], report.plan.work[0]
    approve(busy, report, lambda action: action.digest == wanted.digest)
    report = busy.run(approve=False, approved_only=True)
    assert report.state == "done"
    assert writes(busy)[XERO] == before + 1
    assert [action.digest == wanted.digest for action in report.plan.work] == [False]
    assert busy.store.approvals() == frozenset()
    assert busy.run(approve=False, approved_only=True).state == "done"
    assert writes(busy)[XERO] == before + 1


def test_what_is_approved_of_a_first_run_brings_its_follow_ups_alone(busy: Harness) -> None:
    approve(busy, busy.run(approve=False), lambda action: action.kind == "create" and action.side == XERO)
    report = busy.run(approve=False, approved_only=True)
    assert (report.state, report.code) == ("stopped", "first_run")
    assert busy.side[XERO].writes == 3
    assert in_step(busy) == 3


def test_an_approved_action_that_changed_is_asked_for_again(busy: Harness) -> None:
    approve(busy, busy.run(approve=False))
    changed = busy.side[ZOHO].live("Firms")[0]
    busy.side[ZOHO].edit("Firms", changed.id, phone="news")
    busy.world.second += QUIET
    report = busy.run(approve=False)
    assert report.code == "first_run"
    assert [action.source.id for action in report.plan.actions if action.kind == "create"] == [changed.id]
    assert in_step(busy) == 8


def test_a_yes_is_kept_until_what_it_was_said_to_is_done(busy: Harness) -> None:
    """`flask sync --yes` was throttled; the schedule, which approves nothing, finishes it."""
    busy.world.seen.clear()
    busy.world.script = {("create", 2): "throttled"}
    assert busy.engine().run(Scope(approve=True)).state == "limited"
    busy.world.second += QUIET
    assert busy.run(approve=False, background=True).state == "done"
    assert in_step(busy) == 9


def test_what_was_empty_when_it_was_scanned_is_not_emptied(h: Harness) -> None:
    """A new Xero organisation: all that is there is what we created."""
    h.side[ZOHO].create("Firms", firm("ada"))
    h.settle()
    h.side[ZOHO].create("Firms", firm("bob"))
    h.world.second += QUIET
    assert h.run(approve=False).state == "done"
    assert in_step(h) == 2


def test_approvals_outlive_a_run_that_was_throttled(h: Harness) -> None:
    """Seven retirements were approved; the service asked for a pause in the middle of them."""
    for n in range(9):
        h.side[ZOHO].create("Firms", firm(f"firm {n}"))
    h.settle()
    for row in h.side[ZOHO].live("Firms")[2:]:
        h.side[ZOHO].delete("Firms", row.id)
    h.world.second += QUIET
    report = h.run(approve=False)
    assert report.code == "too_many_retirements"
    approve(h, report)
    h.world.seen.clear()
    h.world.script = {("retire", 2): "throttled"}
    assert h.engine().run(Scope()).state == "limited"
    assert len(h.side[XERO].live("Parties")) == 7
    h.world.second += QUIET
    assert h.run(approve=False).state == "done"
    assert len(h.side[XERO].live("Parties")) == 2
    assert h.store.approvals() == frozenset()


# ------------------------------------------------------------------ one record


def test_a_record_run_looks_at_the_record_its_twin_and_its_parents(h: Harness) -> None:
    for name in ("ada", "bob"):
        h.side[ZOHO].create("Firms", firm(name))
    h.side[ZOHO].create("Goods", {"code": "p1", "note": None, "ticked": True, "twin_id": None})
    wanted = h.side[ZOHO].create("Orders", order(h, "n1", 2))
    h.side[ZOHO].create("Orders", order(h, "n2"))
    h.run(observe_only=True)
    assert wanted is not None
    report = h.run(approve=False, record=("order", wanted.id))
    assert report.state == "done"
    assert [len(h.side[XERO].live(feed)) for feed in ("Parties", "Items", "Papers")] == [1, 1, 1]
    back = h.side[ZOHO].feeds["Orders"][wanted.id].body
    assert back["twin_id"] == h.side[XERO].live("Papers")[0].id  # what Xero decided is in the CRM at once


def test_a_record_run_needs_the_existing_data_first(busy: Harness) -> None:
    """Else it could create what exists on the other side."""
    report = busy.run(record=("firm", busy.side[ZOHO].live("Firms")[0].id))
    assert (report.state, report.code) == ("stopped", "fetch_first")
    assert writes(busy) == {ZOHO: 0, XERO: 0}


def test_a_record_run_reads_the_record_itself(busy: Harness) -> None:
    """The index may lag: what was typed a second ago travels all the same."""
    busy.settle()
    row = busy.side[ZOHO].live("Firms")[0]
    busy.side[ZOHO].edit("Firms", row.id, phone="news")
    busy.run(record=("firm", row.id))
    assert [p.body.get("phone") for p in busy.side[XERO].live("Parties")].count("news") == 1


def test_a_signals_record_run_approves_nothing(busy: Harness) -> None:
    busy.run(observe_only=True)
    wanted = busy.side[ZOHO].live("Firms")[0].id
    assert busy.run(approve=False, record=("firm", wanted), trigger="signal").code == "first_run"


def test_pressing_twice_holds_once(busy: Harness) -> None:
    busy.side[ZOHO].create("Firms", firm("firm 0"))
    busy.run(observe_only=True)
    wanted = busy.side[ZOHO].live("Firms")[0].id
    for _ in range(2):
        busy.run(record=("firm", wanted))
    reasons = [row.reason for row in busy.store.holds() if row.where[2] == wanted]
    assert reasons == ["ambiguous"]


@pytest.mark.parametrize("record", [("firm", "nobody"), ("nothing", "z0001")])
def test_a_record_that_does_not_exist_is_a_mistake_of_the_caller(busy: Harness, record: tuple[str, str]) -> None:
    busy.settle()
    with pytest.raises(BadInput):
        busy.run(record=record)
    assert busy.store.runs(1)[0]["state"] != "running"


# ------------------------------------------------------------------ one-way runs


def test_what_a_one_way_run_kept_back_is_seen_by_the_next_run_both_ways(busy: Harness) -> None:
    busy.settle()
    busy.edit(ZOHO, "firm", 0, "phone", "from Zoho")
    busy.edit(XERO, "firm", 0, "note", "from Xero")
    busy.world.second += QUIET
    zoho_writes = busy.side[ZOHO].writes
    assert busy.run(mode="zoho-to-xero").state == "done"
    assert busy.side[ZOHO].writes == zoho_writes
    assert {entry.reason for entry in busy.store.entries() if entry.outcome == "skipped"} == {"direction"}
    assert [row.body.get("phone") for row in busy.side[XERO].live("Parties")].count("from Zoho") == 1
    busy.settle()
    assert [row.body.get("note") for row in busy.side[ZOHO].live("Firms")].count("from Xero") == 1


def test_a_line_removed_against_the_direction_is_removed_by_the_next_run_both_ways(h: Harness) -> None:
    """And does not come back as a new one."""
    h.side[ZOHO].create("Firms", firm("ada"))
    h.side[ZOHO].create("Goods", {"code": "p1", "note": None, "ticked": True, "twin_id": None})
    mine = h.side[ZOHO].create("Orders", order(h, "n1", 2, 3))
    h.settle()
    assert mine is not None
    h.side[ZOHO].edit("Orders", mine.id, lines=h.side[ZOHO].live("Orders")[0].body["lines"][:1])
    h.world.second += QUIET
    h.run(mode="xero-to-zoho")
    h.settle()
    assert [len(h.side[s].live(FEED["order"][s])[0].body["lines"]) for s in SIDES] == [1, 1]


def test_one_way_runs_create_in_their_direction_and_carry_back_what_xero_decides(busy: Harness) -> None:
    busy.run(mode="zoho-to-xero")
    assert len(busy.side[ZOHO].live("Firms")) == 6
    assert len(busy.side[XERO].live("Parties")) == 9
    assert all(row.body["twin_id"] for row in busy.side[ZOHO].live("Firms"))


# ------------------------------------------------------------------ the mapping changes


def test_a_changed_mapping_reads_everything_anew_and_writes_nothing_by_itself(busy: Harness) -> None:
    busy.settle()
    before = writes(busy)
    busy.toy.version = 2
    busy.world.second += QUIET
    assert busy.run(approve=False).state == "done"
    assert writes(busy) == before
    assert {link.version for link in busy.links("firm")} == {2}


def test_a_changed_mapping_that_would_write_waits_for_a_person(busy: Harness) -> None:
    busy.settle()
    busy.edit(ZOHO, "firm", 0, "phone", "22")
    busy.toy.version = 2
    busy.world.second += QUIET
    report = busy.run(approve=False)
    assert (report.state, report.code) == ("stopped", "mapping_changed")
    approve(busy, report)
    assert busy.run(approve=False).state == "done"
    busy.settle()
