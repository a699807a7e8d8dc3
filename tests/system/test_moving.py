"""`flask db move`: an installation goes on in PostgreSQL where it was in SQLite."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.contract.postgres import postgres_url
from tests.system.fleet_rig import fresh_database
from tests.system.installation import Installation

__all__ = ["postgres_url"]  # a fixture


@pytest.mark.pg
def test_what_was_moved_is_in_step_and_the_next_run_writes_nothing(
    synced: Installation, make: Callable[..., Installation], postgres_url: str
) -> None:
    address = fresh_database(postgres_url)
    ran = synced.flask("db", "move", "--to", address, "--json")
    assert ran.status == 0, ran
    rows = ran.json["rows"]
    assert rows["record"] > 20
    assert rows["link"] > 10
    assert (rows["connection"], rows["credential"]) == (1, 2)
    keys = ",".join(synced.house().encryption_keys)
    there = make(database_url=address, encryption_keys=keys)
    written = there.writes()
    before, after = synced.flask("audit", "--json"), there.flask("audit", "--json")
    assert (after.status, after.json["in_step"]) == (before.status, before.json["in_step"])
    again = there.flask("sync", "--json")
    assert there.writes() == written, again
    assert len(there.flask("history", "--json").json["runs"]) > 1, "what was done before is told here"
    second = synced.flask("db", "move", "--to", address, "--json")
    assert (second.status, second.json["error"]["code"]) == (2, "target_not_empty")


def test_not_while_somebody_serves(synced: Installation) -> None:
    house = synced.house()
    house.services.set_note("tick", house.clock.now().isoformat())
    ran = synced.flask("db", "move", "--to", f"sqlite:///{synced.folder / 'other.db'}", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (2, "in_use")
    assert not (synced.folder / "other.db").exists()
