"""Due schedules become tasks, and every connection's next run stands where its schedule says.

`next_run_at` moves on in the transaction that asks for the run, so of two clocks only the first one asks: no run is
doubled. What was missed while nobody ticked is made good by one run: none is lost. The schedule itself is a setting,
which screens, imports and a new time zone may change; `keep` puts the next run right after any of them. Where the
services' budgets do not carry its interval, runs are further apart for as long as that is so, and it stands with the
connection why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Protocol, TypeVar

import structlog

from extension.sync.errors import BadInput
from extension.sync.model import Scope
from extension.sync.pace import Stretch, steadied
from extension.sync.schedule import Schedule, next_run

log = structlog.get_logger(__name__)

AT_ONCE: Final = 100  # connections per tick; the others are due in the next one
ASTRAY: Final = timedelta(days=1)  # a run that lies further ahead of the clock was asked for by a clock that was wrong


class Appointed(Protocol):
    """What must be known of a connection."""

    @property
    def id(self) -> int: ...
    @property
    def next_run_at(self) -> datetime | None: ...
    @property
    def stretched(self) -> Mapping[str, Any] | None: ...


Conn = TypeVar("Conn", bound=Appointed)
Held = TypeVar("Held", bound=Appointed, covariant=True)


class Connections(Protocol[Held]):
    """Every connection's next run."""

    def these(self, numbers: Sequence[int]) -> Sequence[Held]: ...
    def due(self, now: datetime, limit: int) -> Sequence[int]: ...
    def set_next_run(self, connection_id: int, moment: datetime | None, *, was: datetime | None = None) -> bool: ...
    def set_stretched(self, connection_id: int, stretched: Mapping[str, Any] | None) -> None: ...


class Asked(Protocol):
    """Where tasks are asked for."""

    def ask_scheduled(
        self,
        connection_id: int,
        scope: Scope,
        now: datetime,
        *,
        was: datetime,
        following: datetime | None,
        email: bool,
    ) -> Any: ...
    def last_scheduled(self, connections: Sequence[int]) -> Mapping[int, datetime]: ...


class Appointments:
    """`schedule_of`: a connection's schedule; BadInput where it cannot be read. `rests`: paused by a person. `paces`:
    of those that run every so many minutes, the interval that the budgets carry where that is not the wished one."""

    def __init__(
        self,
        connections: Connections[Conn],
        tasks: Asked,
        schedule_of: Callable[[Conn], Schedule],
        rests: Callable[[Conn], bool],
        asked: Callable[[], None] = lambda: None,
        paces: Callable[[Sequence[tuple[Conn, Schedule]], datetime], Mapping[int, Stretch]] = lambda wanted, now: {},
    ) -> None:
        self.connections, self.tasks, self.asked = connections, tasks, asked
        self._schedule_of: Callable[[Any], Schedule] = schedule_of
        self._rests: Callable[[Any], bool] = rests
        self._paces: Callable[[Sequence[tuple[Any, Schedule]], datetime], Mapping[int, Stretch]] = paces

    def ask_due(self, now: datetime) -> None:
        """A task for every connection whose time has come."""
        due = self.connections.due(now, AT_ONCE)
        found = {connection.id: connection for connection in (self.connections.these(due) if due else ())}
        schedules, paces = self._schedules(list(found.values()), now)
        for number in due:  # whoever waits longest first
            connection = found[number]
            was = connection.next_run_at
            if was is None or was > now:
                continue  # another clock was first
            schedule = schedules[number]
            following = _after(schedule, now, paces[number]) if schedule else None
            if schedule is None or not schedule.on or self._rests(connection):
                self.connections.set_next_run(number, following, was=was)
                continue
            task = self.tasks.ask_scheduled(
                number, schedule.scope, now, was=was, following=following, email=schedule.email
            )
            if task is not None:
                log.info("scheduled run", connection=number, due=was.isoformat())
                self.asked()

    def keep(self, connections: Sequence[Appointed], now: datetime) -> None:
        """The next run of each of these stands where its schedule says. A run that is due already stays due."""
        schedules, paces = self._schedules(connections, now)
        last = self.tasks.last_scheduled([connection.id for connection in connections])
        for connection in connections:
            schedule, pace = schedules[connection.id], paces[connection.id]
            wanted = _wanted(schedule, now, pace, last.get(connection.id)) if schedule else None
            was = connection.next_run_at
            if was == wanted or (wanted is not None and was is not None and was <= now):
                continue
            if schedule and wanted and was and not pace and _sooner(schedule, was, wanted):
                continue  # it counted from the run before: as often as wished is never later
            self.connections.set_next_run(connection.id, wanted, was=was)

    def _schedules(
        self, connections: Sequence[Any], now: datetime
    ) -> tuple[Mapping[int, Schedule | None], Mapping[int, Stretch | None]]:
        """What each wishes, and the longer interval that it needs, kept for whoever looks."""
        schedules = {connection.id: self._schedule(connection) for connection in connections}
        often = [
            (connection, schedule)
            for connection in connections
            if (schedule := schedules[connection.id]) and schedule.on and schedule.every
        ]
        paces = self._paces(often, now) if often else {}
        return schedules, {each.id: self._kept(each, paces.get(each.id)) for each in connections}

    def _kept(self, connection: Any, found: Stretch | None) -> Stretch | None:
        found = steadied(found, Stretch.read(connection.stretched))
        document = found.document() if found else None
        if document != connection.stretched:
            self.connections.set_stretched(connection.id, document)
            log.info("pace", connection=connection.id, says=found.sentence if found else "as wished")
        return found

    def _schedule(self, connection: Appointed) -> Schedule | None:
        try:
            return self._schedule_of(connection)
        except BadInput as wrong:  # only an edit by hand brings this about; screens refuse it
            log.warning("schedule cannot be read", connection=connection.id, problem=wrong.message)
            return None


def _wanted(schedule: Schedule, now: datetime, pace: Stretch | None, last: datetime | None) -> datetime | None:
    """A longer interval counts from the last run that was asked for; what is overdue by that is due now."""
    if pace and pace.until:
        return _after(schedule, now, pace)
    if pace and last is not None and last <= now < last + ASTRAY:
        following = _after(schedule, last, pace)
        return max(now, following) if following else None
    return next_run(schedule, _served(now, last))


def _served(now: datetime, last: datetime | None) -> datetime:
    """Up to when runs were asked for: later than now where the clock was set back a little, and the same hours must
    not be served twice."""
    return last if last is not None and now < last <= now + ASTRAY else now


def _sooner(schedule: Schedule, moment: datetime, wanted: datetime) -> bool:
    """Whether an interval may keep this appointment, which lies before the one that it would make."""
    allowed = moment.astimezone(schedule.zone).weekday() in schedule.weekdays
    return bool(schedule.every) and allowed and moment < wanted


def _after(schedule: Schedule, moment: datetime, pace: Stretch | None) -> datetime | None:
    """The run after one that was asked for at this moment."""
    if pace is None:
        return next_run(schedule, moment)
    if pace.until:
        return next_run(schedule, pace.until)
    return next_run(schedule, moment, gap=timedelta(minutes=pace.minutes))
