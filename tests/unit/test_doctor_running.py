"""Whether somebody works, as the doctor tells it in both ways of running."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from extension.bootstrap import Server, Watched
from extension.doctor.findings import Finding
from extension.doctor.running import examine
from extension.sync.errors import SyncError

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
SQLITE = Server("sqlite", "3.40.1")
POSTGRES = Server("postgresql", "15.5", NOW, 2, 12, 97, 15, True)


def found(
    server: Server = SQLITE,
    ticked: float | None = 10,
    tasks: Mapping[tuple[str, str], int] | None = None,
    since: float | None = None,
    serve: str = "inside",
) -> dict[str, Finding]:
    """By what was looked at. `ticked`, `since`: seconds ago."""
    ago = NOW - timedelta(seconds=ticked or 0)
    notes = {"tick": ago.isoformat()} if ticked is not None else {}
    ready = NOW - timedelta(seconds=since) if since is not None else None
    watched = Watched(NOW, (), tasks or {}, ready, {}, {}, frozenset(), 0, None, 0, "0016", server.workers, notes)
    house: Any = SimpleNamespace(
        watched=lambda *_: watched,
        server=lambda: server,
        clock=SimpleNamespace(now=lambda: NOW),
        settings=SimpleNamespace(serve_tasks=serve),
    )
    return {finding.check: finding for finding in examine(house)}


def test_one_process_with_sqlite() -> None:
    told = found()
    assert set(told) == {"Workers", "Queue"}
    assert {each.verdict for each in told.values()} == {"ok"}
    assert "threads of the serving process. SQLite 3.40.1" in told["Workers"].message


def test_workers_that_share_a_postgresql() -> None:
    told = found(POSTGRES)
    assert set(told) == {"Workers", "Queue", "Clocks", "Connections to the database", "Walls between connections"}
    assert {each.verdict for each in told.values()} == {"ok"}
    assert "2 worker processes that share the work. PostgreSQL 15.5" in told["Workers"].message
    assert "12 of 97" in told["Connections to the database"].message


def test_a_role_above_the_walls() -> None:
    [wrong] = [each for each in found(replace(POSTGRES, walled=False)).values() if each.verdict != "ok"]
    assert (wrong.check, wrong.verdict, wrong.code) == ("Walls between connections", "note", "no_walls")
    assert "superuser" in wrong.hint


def test_nobody_works_yet_or_any_more() -> None:
    assert found(ticked=None)["Workers"].verdict == "note"
    silent = found(ticked=3600)["Workers"]
    assert (silent.verdict, silent.code) == ("attention", "no_worker")
    assert "flask worker" in silent.hint


def test_a_cron_that_asks_every_few_minutes_is_somebody() -> None:
    assert found(ticked=240, serve="cron")["Workers"].verdict == "ok"
    assert found(ticked=240, serve="off")["Workers"].verdict == "attention"


def test_a_queue_that_stands_still() -> None:
    old = found(tasks={("ready", "sync"): 3, ("later", "sync"): 9}, since=90)["Queue"]
    assert (old.verdict, old.code) == ("attention", "queue_old")
    assert old.message.startswith("3 runs could begin")
    assert found(tasks={("ready", "sync"): 3}, since=5)["Queue"].verdict == "ok"


def test_workers_that_fell_silent() -> None:
    stalled = found(tasks={("stalled", "sync"): 1})["Queue"]
    assert (stalled.verdict, stalled.code) == ("attention", "stalled")
    assert stalled.message.startswith("1 run of workers")


@pytest.mark.parametrize("seconds", [-30, 30])
def test_clocks_that_differ(seconds: float) -> None:
    theirs = NOW + timedelta(seconds=seconds)
    told = found(Server("postgresql", "15.5", theirs, 1, 12, 97, 15))["Clocks"]
    assert (told.verdict, told.code) == ("attention", "clocks_apart")


def test_a_server_that_takes_hardly_anybody_more() -> None:
    told = found(Server("postgresql", "15.5", NOW, 1, 90, 97, 15))["Connections to the database"]
    assert (told.verdict, told.code) == ("attention", "connections_short")


def test_a_database_that_is_away_is_no_finding_of_ours() -> None:
    def away(*_: object) -> Watched:
        raise SyncError("The database is away.")

    with pytest.raises(SyncError):
        list(examine(SimpleNamespace(watched=away)))  # type: ignore[arg-type]  # whoever asks us tells it
