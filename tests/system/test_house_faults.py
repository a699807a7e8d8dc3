"""What can go wrong at home while a run is under way: another process at the same connection, a process that is frozen
past its lease and wakes up again, no room left for the database, and a database that somebody else holds.

After each of them both sides end as after an undisturbed run, and who was in the way is told so in a sentence.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.system.kill_door import CHANGE, CREATE, READ, Strike, kind_of
from tests.system.kill_ends import Reference, differs
from tests.system.kill_rig import Rig
from tests.system.sweep import company

A_MINUTE = 60.0  # the lease is over


@pytest.fixture(scope="module")
def reference() -> Iterator[Reference]:
    with company("unique") as opened:
        yield opened


@pytest.fixture
def rig(reference: Reference) -> Rig:
    reference.rig.restore()
    return reference.rig


# ------------------------------------------------------------------ two processes


def test_a_second_process_is_told_that_somebody_runs_and_does_nothing(reference: Reference, rig: Rig) -> None:
    with rig.waiting(Strike(CHANGE, 5, after=True, does="wait")) as first:
        met = len(rig.door.faces)
        second = rig.beside()
        assert second is not None
        assert (second["state"], second["problem"]) == ("busy", "Another run of this connection is under way.")
        assert len(rig.door.faces) == met, "it called nobody"
    said = first.result()
    assert said is not None
    assert said["state"] == "done"
    assert differs(reference) == []


def test_two_processes_that_start_at_once_do_the_work_once(reference: Reference, rig: Rig) -> None:
    start = threading.Barrier(2)

    def begin(second: bool) -> str:
        start.wait()
        said = rig.beside() if second else rig.sync()
        assert said is not None
        return str(said["state"])

    with ThreadPoolExecutor(2) as pool:
        ends = sorted(pool.map(begin, (False, True)))
    assert ends in (["busy", "done"], ["done", "done"])  # the second one may start when the first is at its end
    assert differs(reference) == []


# ------------------------------------------------------------------ frozen


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("kind", "path"),
    [
        pytest.param(CREATE, "/crm/v8/Invoices", id="create in the CRM"),
        pytest.param(CREATE, "/PurchaseOrders", id="create in Xero", marks=pytest.mark.slow),
        pytest.param(CHANGE, "/crm/v8/Accounts", id="change in the CRM", marks=pytest.mark.slow),
        pytest.param(CHANGE, "/Invoices", id="change in Xero", marks=pytest.mark.slow),
    ],
)
def test_who_was_frozen_past_its_lease_sends_nothing_but_what_was_under_way(
    reference: Reference, rig: Rig, kind: str, path: str, after: bool
) -> None:
    """Somebody else has done all of it meanwhile. `before`: the request has its effect when it wakes up."""
    with rig.waiting(Strike(kind, 1, after, path, does="freeze")) as frozen:
        rig.later(A_MINUTE)
        second = rig.beside()
        assert second is not None
        assert second["state"] == "done"
        met = len(rig.door.faces)
    said = frozen.result()
    assert said is not None
    assert said["state"] == "lease_lost", said
    late = [face for face in rig.door.faces[met:] if kind_of(*face.split(" ")) != READ]
    assert late == []
    assert differs(reference) == []


# ------------------------------------------------------------------ the database


@pytest.mark.parametrize(("kind", "nth"), [(READ, 5), (CREATE, 6), pytest.param(CHANGE, 20, marks=pytest.mark.slow)])
def test_no_room_is_told_and_the_next_run_goes_on(reference: Reference, rig: Rig, kind: str, nth: int) -> None:
    """The disk fills up while the run waits for an answer."""
    told = "The disk that holds the database is full; nothing was changed."
    full = rig.folder.parent / "full"
    full.unlink(missing_ok=True)
    with rig.waiting(Strike(kind, nth, after=True, does="wait"), full=str(full)) as run:
        full.touch()
    said = run.result()
    assert said is not None
    assert (said["state"], said["problem"]) == ("database_full", told), said
    rig.later(A_MINUTE)
    assert differs(reference) == []


@pytest.mark.sqlite("one writer locks the whole file; in PostgreSQL writers wait for rows")
@pytest.mark.parametrize("kind", [CREATE, pytest.param(CHANGE, marks=pytest.mark.slow)])
def test_a_database_that_stays_locked_is_told_and_the_next_run_goes_on(
    reference: Reference, rig: Rig, kind: str
) -> None:
    other = sqlite3.connect(rig.database, isolation_level=None, check_same_thread=False)
    with rig.waiting(Strike(kind, 4, after=True, does="wait"), patience=300) as run:
        other.execute("BEGIN IMMEDIATE")
    said = run.result()
    other.close()
    assert said is not None
    assert said["state"] == "database_busy", said
    assert said["problem"] == "The database is in use by another process and did not become free in time."
    rig.later(A_MINUTE)
    assert differs(reference) == []


@pytest.mark.sqlite("one writer locks the whole file; in PostgreSQL writers wait for rows")
def test_a_database_that_is_locked_for_a_while_is_waited_for(reference: Reference, rig: Rig) -> None:
    other = sqlite3.connect(rig.database, isolation_level=None, check_same_thread=False)
    with rig.waiting(Strike(CREATE, 4, after=True, does="wait")) as run:
        other.execute("BEGIN IMMEDIATE")
        let_go = threading.Timer(1.0, other.close)
        let_go.start()
    said = run.result()
    let_go.join()
    assert said is not None
    assert said["state"] == "done", said
    assert differs(reference) == []
