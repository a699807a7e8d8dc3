"""A connection's schedule as its settings say it, and the next run that follows from it.

Screens call `replan` after a change of the schedule, a fetch after one of the time zone; the tick does the same for all
connections now and then, so that no other way of changing a setting is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable
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
    return parse(connection.settings.get("schedule"), organisations.zone(connection.fetched))


def is_paused(connection: Connection) -> bool:
    return connection.settings.get("paused") is True


def pace(house: House, connection: Connection, schedule: Schedule, now: datetime) -> Stretch | None:
    """The interval that both services' budgets carry, where that is not the wished one: by what the runs of the last
    day took, and what the services left."""
    runs = [
        Spent(task.asked_at, {side: int(task.result["calls"].get(side, 0)) for side in SIDES})
        for task in house.tasks.scheduled_since(connection.id, now - DAY)
        if task.state == "done" and task.result.get("calls")
    ]
    return stretched(schedule.every * MINUTE, now, house.budget(connection), runs)


def appointments(house: House, asked: Callable[[], None] = lambda: None) -> Appointments:
    """Everybody's. `asked`: is called when a run was asked for."""
    return Appointments(
        house.connections, house.tasks, schedule_of, is_paused, asked, lambda *about: pace(house, *about)
    )


def replan(house: House, connection_id: int) -> None:
    """The next run, put where the schedule says."""
    appointments(house).keep(house.connections.get(connection_id), house.clock.now())
