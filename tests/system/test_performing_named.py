"""Tasks of what somebody named: they tell what was done to each record, and what would be done."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from extension.bootstrap import Task
from extension.jobs.queue import Ended
from extension.jobs.threads import Threads
from extension.performing import perform
from tests.system.live_books import Connected
from tests.system.office import Beat, Office, accounts


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Connected:
    return Connected.once(tmp_path_factory.mktemp("connected") / "instance")


@pytest.fixture
def office(connected: Connected, tmp_path: Path) -> Iterator[Office]:
    books = connected.again(tmp_path / "instance")
    yield Office(books)
    books.house.close()


@pytest.fixture
def fetched(office: Office) -> Office:
    accounts(office, ("Kōwhai", "Rimu", "Tōtara"))
    office.done("fetch")
    return office


def ids(office: Office) -> dict[str, str]:
    return {row["Account_Name"]: row["id"] for row in office.books.in_crm("Accounts")}


def test_a_press_tells_what_it_did_to_the_record(fetched: Office) -> None:
    task = fetched.done("record", record=("account", ids(fetched)["Rimu"]))
    assert (task.state, task.result["state"]) == ("done", "done")
    [row] = task.result["records"]
    assert (row["entity"], row["title"], row["outcome"], row["named"]) == ("account", "Rimu", "created", True)
    assert row["xero_id"] == fetched.books.in_xero("Contacts")[0]["ContactID"]
    again = fetched.done("record", record=("account", ids(fetched)["Rimu"]))
    assert [each["outcome"] for each in again.result["records"]] == ["unchanged"]


def test_a_selection_is_one_task(fetched: Office) -> None:
    named = tuple(("account", ids(fetched)[name]) for name in ("Tōtara", "Kōwhai"))
    task = fetched.done("record", records=named)
    assert [row["title"] for row in task.result["records"]] == ["Tōtara", "Kōwhai"]
    assert len(fetched.books.in_xero("Contacts")) == 2


def test_a_check_tells_what_would_be_done_and_writes_nothing(fetched: Office) -> None:
    before = fetched.books.writes()
    task = fetched.done("check", record=("account", ids(fetched)["Rimu"]))
    assert fetched.books.writes() == before
    assert (task.state, task.result["state"]) == ("done", "planned")
    found = task.result["record"]
    assert [action["kind"] for action in found["would"]] == ["create"]
    assert found["holds"] == []


def test_a_check_tells_how_both_sides_differ(fetched: Office) -> None:
    named = ("account", ids(fetched)["Rimu"])
    fetched.done("record", record=named)
    fetched.books.crm("Accounts", named[1], Phone="04 123 4567")
    [row] = fetched.done("check", record=named).result["record"]["differences"]
    assert row["field"] == "phone"
    assert (row["zoho"], row["xero"]) == ("04 123 4567", None)


def test_a_record_that_does_not_exist_is_told(fetched: Office) -> None:
    fetched.ask("record", record=("account", "999"))
    task, _ = fetched.turn(Beat())
    assert (task.state, task.result["code"]) == ("failed", "no_record")


# ------------------------------------------------------------------ while a longer run is under way


def serve(press: Task, ends: list[Ended]) -> Callable[[Callable[[Task, Any], Ended]], bool]:
    """What a queue does where the run is safely between two batches."""

    def visit(perform: Callable[[Task, Any], Ended]) -> bool:
        ends.append(perform(press, Beat()))
        return True

    return visit


def pressed(office: Office, zoho_id: str) -> Task:
    """Asked for, and kept from the queue: it is handed over in the middle of the longer run."""
    press = office.ask("record", record=("account", zoho_id))
    office.house.tasks.wish(office.number, press.id, "pause")
    return press


@pytest.mark.parametrize("kind", ["fetch", "sync", "audit", "preview"])
def test_a_press_is_served_inside_a_longer_run(fetched: Office, kind: str) -> None:
    press, ends = pressed(fetched, ids(fetched)["Rimu"]), list[Ended]()
    fetched.ask(kind, approve=kind == "sync", full=True)
    task, _ = fetched.turn(Beat(visits=[serve(press, ends)]))
    assert (task.state, ends[0].state) == ("done", "done")
    assert [row["outcome"] for row in ends[0].result["records"]] == ["created"]
    names = sorted(row["Name"] for row in fetched.books.in_xero("Contacts"))
    assert names == (["Kōwhai", "Rimu", "Tōtara"] if kind == "sync" else ["Rimu"])


def test_a_press_that_fails_does_not_stop_the_longer_run(fetched: Office) -> None:
    press, ends = pressed(fetched, "999"), list[Ended]()
    fetched.ask("sync", approve=True)
    task, _ = fetched.turn(Beat(visits=[serve(press, ends)]))
    assert (task.state, task.result["state"]) == ("done", "done")
    assert (ends[0].state, ends[0].result["code"]) == ("failed", "no_record")


def test_a_queue_serves_a_press_while_a_long_run_waits_for_a_service(fetched: Office) -> None:
    """The real queue and the real services: somebody presses while a synchronisation is on its way."""
    office, press = fetched, ids(fetched)["Rimu"]
    asked: list[Task] = []

    def meddle(task: Task, beat: Any) -> Ended:
        visit = beat.visit

        def first(inside: Callable[[Task, Any], Ended]) -> bool:
            if not asked:
                asked.append(office.ask("record", record=("account", press)))
            return bool(visit(inside))

        beat.visit = first
        return perform(office.house, task, beat)

    host = office.ask("sync", approve=True, full=True)
    queue = Threads(office.house.tasks, meddle, office.house.clock, 1, poll_seconds=0.05)
    queue.start()
    try:
        waiter = threading.Event()
        while office.house.tasks.get(office.number, host.id).state in ("waiting", "working"):
            waiter.wait(0.02)
    finally:
        queue.stop()
    served = office.house.tasks.get(office.number, asked[0].id)
    assert (served.state, served.result["state"]) == ("done", "done")
    assert served.run is not None
    assert host.id < served.id
    assert served.run > (office.house.tasks.get(office.number, host.id).run or 0), "inside the run that began before"
    assert sorted(row["Name"] for row in office.books.in_xero("Contacts")) == ["Kōwhai", "Rimu", "Tōtara"]
