"""A connection's schedule as its settings say it, and the next run that follows from it.

Screens call `replan` after a change of the schedule, a fetch after one of the time zone; the tick does the same for all
connections now and then, so that no other way of changing a setting is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable

from extension import organisations
from extension.bootstrap import Connection, House
from extension.jobs.appointments import Appointments
from extension.sync.schedule import Schedule, parse


def schedule_of(connection: Connection) -> Schedule:
    """Raises BadInput where the setting cannot be read."""
    return parse(connection.settings.get("schedule"), organisations.zone(connection.fetched))


def is_paused(connection: Connection) -> bool:
    return connection.settings.get("paused") is True


def appointments(house: House, asked: Callable[[], None] = lambda: None) -> Appointments:
    """Everybody's. `asked`: is called when a run was asked for."""
    return Appointments(house.connections, house.tasks, schedule_of, is_paused, asked)


def replan(house: House, connection_id: int) -> None:
    """The next run, put where the schedule says."""
    appointments(house).keep(house.connections.get(connection_id), house.clock.now())
