"""A connection's schedule as its settings say it, and the next run that follows from it.

Screens call `replan` after a change of the schedule, a fetch after one of the time zone; the tick does the same for all
connections now and then, so that no other way of changing a setting is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from extension import organisations
from extension.bootstrap import Connection, House
from extension.jobs.appointments import Appointments
from extension.sync.budget import DAY, MINUTE
from extension.sync.canonical import SIDES
from extension.sync.pace import Spent, Stretch, stretched
from extension.sync.schedule import Schedule, parse


def schedule_of(connection: Connection) -> Schedule:
    """Raises BadInput where the setting cannot be read."""
    zone = organisations.zone(connection.fetched)
    return parse(connection.settings.get("schedule"), zone, number=connection.id)


def is_paused(connection: Connection) -> bool:
    return connection.settings.get("paused") is True


def paces(house: House, wanted: Sequence[tuple[Connection, Schedule]], now: datetime) -> Mapping[int, Stretch]:
    """The intervals that both services' budgets carry, where those are not the wished ones: by what the runs of the
    last day took, and what the services left."""
    spent = house.tasks.spent([connection.id for connection, _ in wanted], now - DAY)
    budgets = house.budgets([connection for connection, _ in wanted])
    found = {}
    for connection, schedule in wanted:
        runs = [
            Spent(at, {side: int(calls.get(side, 0)) for side in SIDES}) for at, calls in spent.get(connection.id, ())
        ]
        pace = stretched(schedule.every * MINUTE, now, budgets[connection.id], runs)
        if pace is not None:
            found[connection.id] = pace
    return found


def appointments(house: House, asked: Callable[[], None] = lambda: None) -> Appointments:
    """Everybody's. `asked`: is called when a run was asked for."""
    return Appointments(
        house.connections, house.tasks, schedule_of, is_paused, asked, lambda *about: paces(house, *about)
    )


def replan(house: House, connection_id: int) -> None:
    """The next run, put where the schedule says."""
    appointments(house).keep([house.connections.get(connection_id)], house.clock.now())
