"""Signals lead to small runs: a chore looks which connections were told something, and asks for a task of theirs.

The task looks at the inbox itself, so whatever comes until it begins is part of it. It is nobody's approval, spends
nothing of the button's reserve, and settles nothing that polling would not. Signals of a run that failed stay for a
while; those of a connection that does not run by itself are dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from extension import scheduling
from extension.bootstrap import Connection, House, Signal, Task, Told
from extension.entities.registry import Registry
from extension.jobs.rounds import Round
from extension.sync.canonical import XERO
from extension.sync.errors import SyncError
from extension.sync.heed import Due, Heed, Hint
from extension.sync.model import Scope

log = structlog.get_logger(__name__)

TASK: Final = "signal"
GATHER: Final = timedelta(seconds=3)  # more may be said of the same edit
REST: Final = timedelta(minutes=5)  # after a run that failed
MOST: Final = 500  # signals that one look is about
DELETED: Final = ".delete "
CREDIT: Final = ("CREDITNOTE.", "OVERPAYMENT.", "PREPAYMENT.")  # of Xero: they name no document that they settle


def looks(house: House, asked: Callable[[], None] = lambda: None) -> Round[Told]:
    """A chore: a task for every connection that was told something. `asked`: is called when one was asked for."""

    def some(after: int, limit: int) -> Sequence[Told]:
        return house.ears.told(house.clock.now(), after, limit)

    return Round(some, lambda told, now: _look(house, told, now, asked))


def _look(house: House, told: Sequence[Told], now: datetime, asked: Callable[[], None]) -> None:
    gathered = [each.id for each in told if now - each.oldest >= GATHER]
    last = house.tasks.latest_of(gathered, TASK) if gathered else {}
    able = [number for number in gathered if not _failed_just_now(last.get(number), now)]
    for connection in house.connections.these(able) if able else ():
        try:
            _look_at(house, connection, now, asked)
        except SyncError as wrong:  # half configured, say: pages tell of it, and the others go on
            log.warning("signals wait", connection=connection.id, problem=wrong.message)


def _look_at(house: House, connection: Connection, now: datetime, asked: Callable[[], None]) -> None:
    if scheduling.is_paused(connection):
        return
    found = due(house, connection, house.registry(connection), now)
    house.inbox(connection).done(found.spent)
    if found.scope is not None:
        house.tasks.ask(connection.id, TASK, Scope(trigger="signal", background=True), TASK, now)
        asked()


def _failed_just_now(last: Task | None, now: datetime) -> bool:
    if last is None or last.state != "failed" or last.ended_at is None:
        return False
    return timedelta() <= now - last.ended_at < REST


def due(house: House, connection: Connection, registry: Registry, now: datetime) -> Due:
    """What the signals of a connection call for now."""
    waiting = house.inbox(connection).waiting(MOST)
    schedule = scheduling.schedule_of(connection)
    if not schedule.on:
        return Due(spent=tuple(signal.id for signal in waiting))
    return Heed(house.store(connection), registry, schedule.scope, now).due([_hint(signal) for signal in waiting])


def _hint(signal: Signal) -> Hint:
    stirs = signal.side == XERO and signal.event.startswith(CREDIT)
    return Hint(signal.id, signal.side, signal.feed, signal.remote, DELETED in signal.event, signal.at, stirs)
