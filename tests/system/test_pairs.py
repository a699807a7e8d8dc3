"""A sample of the pairs of database and queue for every day: the whole of it is `make test-pairs`
(docs/decisions/pairs.md).

One company in a PostgreSQL is synchronised by hand, by threads and by Procrastinate; its worker is killed, its
connection to the database is cut, and its disk is full. Both sides must end as after an undisturbed run.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

import pytest

from tests import memories
from tests.contract.postgres import postgres_url
from tests.queues import PROCRASTINATE, THREADS
from tests.system.kill_door import CREATE, Strike
from tests.system.kill_ends import Reference, differs, ends_of
from tests.system.sweep import company

__all__ = ["postgres_url"]  # a fixture

pytestmark = pytest.mark.pg

SEED: Final = 7
A_MINUTE: Final = 60.0  # the lease is over
CUTS, MORE_CUTS = 1, 60
FULL: Final = "The disk that holds the database is full; nothing was changed."


@pytest.fixture(scope="module")
def reference(postgres_url: str) -> Iterator[Reference]:
    """One that the whole session may have put on another PostgreSQL goes back there."""
    before = memories.server()
    memories.use(postgres_url)
    try:
        with company("unique") as opened:
            yield opened
    finally:
        memories.use(before)


@pytest.fixture
def by_queue(reference: Reference, request: pytest.FixtureRequest) -> Iterator[Reference]:
    before, reference.rig.queue = reference.rig.queue, request.param
    yield reference
    reference.rig.queue = before


@pytest.mark.parametrize("by_queue", [pytest.param(THREADS, marks=pytest.mark.slow), PROCRASTINATE], indirect=True)
def test_a_worker_that_is_killed_loses_and_doubles_nothing(by_queue: Reference) -> None:
    """The queue gives what the dead one was at to the next."""
    told = ends_of(by_queue, [(Strike(CREATE, 4, after=True), 40)])
    assert told.struck
    assert not told.wrong, told


def cuts(many: int) -> list[object]:
    """Shares of the way through the run at which its connection to the database ends."""
    draw = Random(SEED)
    shares = [draw.random() for _ in range(many)]
    return [
        pytest.param(share, id=f"{share:.4f}", marks=() if n < CUTS else pytest.mark.slow)
        for n, share in enumerate(shares)
    ]


@pytest.mark.parametrize("share", cuts(MORE_CUTS))
def test_a_connection_to_the_database_that_ends_in_a_run_loses_and_doubles_nothing(
    reference: Reference, share: float
) -> None:
    rig = reference.rig
    rig.restore()
    said = rig.sync(cut=1 + int(share * reference.said["statements"]))
    assert said is not None
    assert said["state"] in ("done", "database_unreachable"), said
    rig.later(A_MINUTE)
    assert differs(reference) == []


@pytest.mark.slow
def test_no_room_is_told_and_the_next_run_goes_on(reference: Reference) -> None:
    rig = reference.rig
    rig.restore()
    full = rig.folder.parent / "full"
    full.unlink(missing_ok=True)
    with rig.waiting(Strike(CREATE, 6, after=True, does="wait"), full=str(full)) as run:
        full.touch()
    said = run.result()
    assert said is not None
    assert (said["state"], said["problem"]) == ("database_full", FULL), said
    rig.later(A_MINUTE)
    assert differs(reference) == []
