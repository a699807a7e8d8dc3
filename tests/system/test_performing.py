"""A task becomes a run, over two real local services: what it leaves for pages, how it stops, how it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from extension.performing import scope_of
from extension.sync.model import Scope
from sandbox.faults import Rule
from tests.system.live_books import Connected
from tests.system.office import ASKER, Beat, Office, accounts


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Connected:
    return Connected.once(tmp_path_factory.mktemp("connected") / "instance")


@pytest.fixture
def office(connected: Connected, tmp_path: Path) -> Iterator[Office]:
    books = connected.again(tmp_path / "instance")
    yield Office(books)
    books.house.close()


# ------------------------------------------------------------------ the four kinds


def test_a_fetch_reads_both_sides_and_writes_to_neither(office: Office) -> None:
    accounts(office)
    office.books.books("Contacts", Name="Kōwhai", IsCustomer=True)
    before, beat = office.books.writes(), Beat()
    office.ask("fetch")
    task, _ = office.turn(beat)
    assert office.books.writes() == before
    assert (task.state, task.result["state"]) == ("done", "planned")
    assert task.result["records"]["account"] == {"zoho": 2, "xero": 1, "linked": 1}
    assert beat.steps[:2] == ["set_up", "observing"]
    assert task.result["calls"]["zoho"] > 0


def test_a_preview_leaves_its_lines_and_what_they_cost(office: Office) -> None:
    accounts(office)
    office.done("fetch")
    before = office.books.writes()
    task = office.done("preview")
    assert office.books.writes() == before
    lines = office.house.previews.page(office.number, task.id)
    assert [(line.number, line.part, line.kind, line.side, line.title) for line in lines] == [
        (1, "action", "create", "xero", "Kōwhai"),
        (2, "action", "create", "xero", "Rimu"),
    ]
    assert lines[0].detail["changes"]["name"] == [None, "Kōwhai"]
    assert task.result["planned"] == {"account": {"create xero": 2}}
    assert task.result["cost"]["xero"] > 0
    assert task.result["minutes"] == 1
    assert task.result["stops"] == ["first_run"]
    assert not task.result["in_step"]


def test_what_was_approved_in_a_preview_is_all_that_a_run_does(office: Office) -> None:
    accounts(office)
    office.done("fetch")
    preview = office.done("preview")
    [digest] = office.house.previews.digests(office.number, preview.id, words="rimu")
    stopped = office.done("sync")
    assert (stopped.state, stopped.result["state"], stopped.result["stops"]) == ("done", "stopped", ["first_run"])
    assert stopped.result["hint"] == "Look at a preview, then approve what may be done."
    with office.house.word(office.house.connection(None)) as word:
        word.approve([digest])
    office.done("sync")
    assert [row["Name"] for row in office.books.in_xero("Contacts")] == ["Rimu"]


def test_a_run_tells_what_it_did(office: Office) -> None:
    accounts(office)
    beat = Beat()
    office.ask("sync", approve=True)
    task, _ = office.turn(beat)
    assert (task.state, task.result["state"]) == ("done", "done")
    assert task.result["counts"]["account"]["created xero"] == 2
    assert task.run is not None
    assert "writing" in beat.steps
    assert max(said["planned"] for said in beat.told) >= 2
    assert max(said["outcomes"] for said in beat.told) >= 2


def test_an_audit_compares_everything(office: Office) -> None:
    accounts(office)
    office.done("sync", approve=True)
    found = office.done("audit")
    assert (found.state, found.result["in_step"], found.result["actions"]) == ("done", True, 0)
    accounts(office, ("Tōtara",))
    assert not office.done("audit").result["in_step"]


def test_a_first_reading_asks_the_services_how_much_there_is(office: Office) -> None:
    accounts(office, ("Kōwhai", "Rimu", "Tōtara"))
    beat = Beat()
    office.ask("fetch")
    office.turn(beat)
    known = [said for said in beat.told if said["done"] is not None and said["rows"]]
    assert known
    assert known[0]["side"] == "zoho"


def test_a_second_reading_of_everything_knows_how_much_there_is(office: Office) -> None:
    accounts(office, ("Kōwhai", "Rimu", "Tōtara"))
    office.done("fetch")
    beat = Beat()
    office.ask("fetch", full=True)
    office.turn(beat)
    shares = [said["done"] for said in beat.told if said["done"] is not None]
    assert shares
    assert shares == sorted(shares)


# ------------------------------------------------------------------ stopping and going on


@pytest.mark.parametrize(("wish", "state"), [("pause", "paused"), ("cancel", "cancelled"), ("stop", "waiting")])
def test_a_wish_ends_it_between_two_batches(office: Office, wish: str, state: str) -> None:
    accounts(office)
    office.ask("sync", approve=True)
    task, _ = office.turn(Beat(["", "", wish]))
    assert task.state == state
    assert task.result["state"] == ("waiting" if wish == "stop" else "cancelled"), "a stopped program ends no run"
    assert office.books.in_xero("Contacts") == []
    if wish == "pause":
        office.house.tasks.resume(office.number, task.id, office.house.clock.now())
    if wish != "cancel":
        assert office.turn()[0].state == "done"
        assert len(office.books.in_xero("Contacts")) == 2


def history(office: Office) -> list[tuple[str, str]]:
    """State and problem of every run, newest first."""
    return [(run["state"], run["problem"]) for run in office.house.past(office.house.connection(None)).runs(9)]


def test_however_often_it_makes_room_it_is_one_run(office: Office) -> None:
    accounts(office, ("Kōwhai", "Rimu", "Tōtara"))
    twin = office.books.crm("Accounts", Account_Name="Rata")
    assert twin != office.books.crm("Accounts", Account_Name="Rata")  # held: nobody knows which
    office.ask("sync", approve=True)
    turns = [office.turn(Beat(["", "", "yield"]))]
    assert history(office) == [("waiting", "It makes room for others, and goes on by itself.")]
    assert turns[0][1].until is None, "its turn comes when it comes"
    while turns[-1][0].state == "waiting":
        turns.append(office.turn(Beat([""] * len(turns) + ["yield"])))
    task = turns[-1][0]
    assert len(turns) > 2
    assert (task.state, task.result["state"], history(office)) == ("done", "done", [("done", "")])
    past = office.house.past(office.house.connection(None))
    lines = [(line.run, line.entry.outcome, line.entry.zoho_id, line.entry.side) for line in past.every()]
    assert len(lines) == len(set(lines)), "what is held is told once, in the end"
    assert {line[0] for line in lines} == {task.run}
    assert [line[1] for line in lines].count("held") == 2
    (run,) = past.runs(9)
    assert run["counts"] == task.result["counts"]
    assert run["counts"]["account"]["created xero"] == 3


@pytest.mark.parametrize(("wish", "ended"), [("cancel", "cancelled"), ("pause", "paused")])
def test_a_run_that_is_stopped_while_it_makes_room_was_stopped(office: Office, wish: str, ended: str) -> None:
    accounts(office)
    office.ask("sync", approve=True)
    task, _ = office.turn(Beat(["", "yield"]))
    office.house.tasks.wish(office.number, task.id, wish)
    assert office.house.tasks.get(office.number, task.id).state == ended
    assert history(office) == [("cancelled", f"The run was {ended}.")]


def test_a_run_that_a_service_limits_goes_on_by_itself(office: Office) -> None:
    accounts(office)
    office.books.xero.faults.add(Rule("PUT", "/Contacts", kind="throttle", params={"retry_after": 30}))
    office.ask("sync", approve=True, full=True)
    task, ended = office.turn()
    assert (task.state, task.result["state"]) == ("waiting", "limited")
    assert ended.until is not None
    assert task.not_before == ended.until
    assert task.progress["observed"], "what was read is not read again when it goes on"
    assert office.house.tasks.take("too early", office.house.clock.now(), timedelta(days=1)) is None
    office.books.clock.advance((ended.until - office.house.clock.now()).total_seconds() + 1)
    task, _ = office.turn()
    assert (task.state, task.result["state"]) == ("done", "done")
    assert len(office.books.in_xero("Contacts")) == 2
    assert task.result["counts"]["account"]["created xero"] == 2


def test_a_run_that_finds_the_lease_taken_tries_again(office: Office) -> None:
    store = office.house.store(office.house.connection(None))
    epoch = store.acquire("somebody else", office.house.clock.now(), 60)
    assert epoch is not None
    office.ask("sync", approve=True)
    task, _ = office.turn()
    assert (task.state, task.result["code"]) == ("waiting", "busy")
    store.release(epoch)
    office.books.clock.advance(60)
    assert office.turn()[0].state == "done"


def test_a_paused_connection_runs_nothing_until_it_goes_on(office: Office) -> None:
    accounts(office)
    pause(office, True)
    office.ask("sync", approve=True)
    task, _ = office.turn()
    assert (task.state, task.result["code"]) == ("waiting", "connection_paused")
    assert office.books.in_xero("Contacts") == []
    pause(office, False)
    office.books.clock.advance(61)
    assert office.turn()[0].state == "done"
    assert len(office.books.in_xero("Contacts")) == 2


def pause(office: Office, paused: bool) -> None:
    connection = office.house.connection(None)
    office.house.connections.update_settings(
        connection.id, {**connection.settings, "paused": paused}, ASKER, office.house.clock.now()
    )


# ------------------------------------------------------------------ what cannot be done


def test_a_half_configured_map_is_told_in_its_own_words(office: Office) -> None:
    office.books.settings(lambda document: document.pop("entities"))
    task = office.done("sync")
    assert (task.state, task.result["state"], task.result["code"]) == ("failed", "failed", "bad_input")
    assert "entities" in task.result["problem"]


def test_a_lost_connection_fails_with_what_to_do(office: Office) -> None:
    office.house.grants(office.number).mark_broken("xero", "The service ended it.")
    task = office.done("fetch")
    assert (task.state, task.result["state"]) == ("failed", "failed")
    assert task.result["hint"]


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("fetch", Scope(observe_only=True, full=True)),
        ("preview", Scope(dry_run=True, full=True)),
        ("sync", Scope(full=True)),
        ("audit", Scope(dry_run=True, full=True)),
    ],
)
def test_each_kind_is_a_scope(office: Office, kind: str, wanted: Scope) -> None:
    task = office.ask(kind, full=True)
    assert scope_of(task) == wanted
    assert not scope_of(task, again=True).full


def test_a_fetch_moves_the_next_run_when_the_organisation_moved(office: Office) -> None:
    connection = office.house.connection(None)
    settings = {**connection.settings, "schedule": {"on": True, "times": ["09:00"]}}
    office.house.connections.update_settings(connection.id, settings, ASKER, office.house.clock.now())
    office.done("fetch")
    found = office.house.connection(None)
    assert found.next_run_at is not None
    assert found.next_run_at.astimezone(office.house.zone(found)).hour == 9
