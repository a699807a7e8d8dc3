"""Due schedules become tasks: none lost and none doubled, whenever anybody looks, over the real tables."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from extension.jobs.appointments import Appointments
from extension.store import Connection, Connections, Database, SqlStore, Tasks
from extension.sync.canonical import XERO
from extension.sync.model import Scope
from extension.sync.pace import Stretch
from extension.sync.schedule import Schedule, next_run, parse, upcoming
from tests.contract.conftest import NUMBERS

AUCKLAND: Final = ZoneInfo("Pacific/Auckland")
NOW: Final = datetime(2026, 5, 4, 3, 0, tzinfo=UTC)
DAILY: Final = {"on": True, "times": ["09:00", "17:00"], "entities": ["account"], "mode": "zoho-to-xero", "email": True}


@dataclass
class Office:
    """One connection and its appointments."""

    database: Database
    schedule: dict[str, Any] | None = field(default_factory=lambda: dict(DAILY))
    rested: bool = False
    asked: int = 0
    pace: Stretch | None = None

    def __post_init__(self) -> None:
        self.connections, self.tasks = Connections(self.database), Tasks(self.database)
        self.number = self.connections.create(f"test {next(NUMBERS)}", settings={"schedule": self.schedule}).id
        mine = OnlyOne(self.connections, self.number)
        self.appointments = Appointments(mine, self.tasks, read, lambda _: self.rested, self._asked, self._pace)

    def _asked(self) -> None:
        self.asked += 1

    def _pace(self, wanted: Sequence[tuple[Connection, Schedule]], now: datetime) -> Mapping[int, Stretch]:
        return {connection.id: self.pace for connection, _ in wanted} if self.pace else {}

    @property
    def next(self) -> datetime | None:
        return self.connections.get(self.number).next_run_at

    def change(self, schedule: dict[str, Any] | None) -> None:
        self.connections.update_settings(self.number, {"schedule": schedule}, "ann", NOW)

    def keep(self, now: datetime) -> None:
        self.appointments.keep([self.connections.get(self.number)], now)

    def serve(self, now: datetime) -> list[datetime]:
        """Performs whatever waits, of other tests too; returns when each of ours was asked for."""
        served: list[datetime] = []
        while task := self.tasks.take("test", now, timedelta(days=9999)):
            served += [task.asked_at] if task.connection_id == self.number else []
            self.tasks.end(task.id, "test", "done", 1, {}, now)
        return served


@dataclass
class OnlyOne:
    """The connections of an installation that has just this one."""

    connections: Connections
    number: int

    def these(self, numbers: Sequence[int]) -> Sequence[Connection]:
        return self.connections.these(numbers)

    def due(self, now: datetime, limit: int) -> Sequence[int]:
        return [each for each in self.connections.due(now, 10_000) if each == self.number]

    def set_next_run(self, connection_id: int, moment: datetime | None, *, was: datetime | None = None) -> bool:
        return self.connections.set_next_run(connection_id, moment, was=was)

    def set_stretched(self, connection_id: int, stretched: Mapping[str, Any] | None) -> None:
        self.connections.set_stretched(connection_id, stretched)


def read(connection: Connection) -> Schedule:
    return parse(connection.settings.get("schedule"), AUCKLAND)


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


# ------------------------------------------------------------------ by example


def test_a_schedule_that_was_switched_on_gets_its_next_run(office: Office) -> None:
    office.keep(NOW)
    assert office.next == datetime(2026, 5, 4, 17, tzinfo=AUCKLAND)


def test_a_due_run_is_asked_for_once_with_what_the_schedule_says(office: Office) -> None:
    office.keep(NOW)
    due = office.next
    assert due is not None
    for _ in range(3):
        office.appointments.ask_due(due + timedelta(seconds=4))
    task = office.tasks.latest(office.number)
    assert task is not None
    assert task.scope == Scope(entities=("account",), mode="zoho-to-xero", trigger="schedule", background=True)
    assert (task.kind, task.asked_by, task.email) == ("sync", "schedule", True)
    assert office.asked == 1
    assert office.next == datetime(2026, 5, 5, 9, tzinfo=AUCKLAND)


def test_what_was_missed_while_nobody_looked_is_one_run(office: Office) -> None:
    office.keep(NOW)
    late = NOW + timedelta(days=30)
    office.appointments.ask_due(late)
    office.appointments.ask_due(late)
    assert office.serve(late) == [late]
    assert office.next == next_run(read(office.connections.get(office.number)), late)


def test_a_paused_connection_runs_nothing_and_goes_on_at_the_next_time(office: Office) -> None:
    office.keep(NOW)
    office.rested = True
    office.appointments.ask_due(NOW + timedelta(days=1))
    assert office.serve(NOW + timedelta(days=1)) == []
    assert office.next == datetime(2026, 5, 5, 17, tzinfo=AUCKLAND)


QUARTERS: Final = {"on": True, "every": 15}


def test_an_interval_that_the_budget_does_not_carry_is_longer_and_it_is_kept_why(office: Office) -> None:
    office.change(QUARTERS)
    office.keep(NOW)
    assert office.next == NOW + timedelta(minutes=15)
    office.pace = Stretch(25, 15, XERO, 1_000, 14)
    due = NOW + timedelta(minutes=15, seconds=2)
    office.appointments.ask_due(due)
    assert office.next == NOW + timedelta(minutes=40)
    assert office.connections.get(office.number).stretched == office.pace.document()
    office.keep(due + timedelta(minutes=5))
    assert office.next == NOW + timedelta(minutes=40), "it counts from the run that was asked for"
    office.pace = Stretch(40, 15, XERO, 1_000, 22)
    office.keep(due + timedelta(minutes=10))
    assert office.next == NOW + timedelta(minutes=55)
    office.pace = Stretch(20, 15, XERO, 1_000, 11)
    office.keep(due + timedelta(minutes=30))
    assert office.next == due + timedelta(minutes=30), "overdue by what is known now"


def test_the_wished_interval_is_back_when_the_budget_carries_it(office: Office) -> None:
    office.change(QUARTERS)
    more = NOW + timedelta(hours=9, minutes=52)
    office.pace = Stretch(600, 15, XERO, 1_000, 14, until=more)
    office.connections.set_next_run(office.number, NOW)
    office.appointments.ask_due(NOW)
    assert office.next == NOW + timedelta(hours=10), "the first wished moment when there are calls again"
    office.keep(NOW + timedelta(hours=1))
    assert office.next == NOW + timedelta(hours=10)
    office.pace = None
    office.keep(NOW + timedelta(minutes=80))
    assert office.next == NOW + timedelta(minutes=90)
    assert office.connections.get(office.number).stretched is None


def test_as_often_as_wished_is_never_later_than_what_was_arranged(office: Office) -> None:
    office.change(QUARTERS)
    office.connections.set_next_run(office.number, NOW)
    office.pace = Stretch(20, 15, XERO, 1_000, 9)
    office.appointments.ask_due(NOW + timedelta(minutes=5))
    assert office.next == NOW + timedelta(minutes=25)
    office.pace = None
    office.keep(NOW + timedelta(minutes=17))
    assert office.next == NOW + timedelta(minutes=25), "not the next full quarter of an hour"
    office.appointments.ask_due(NOW + timedelta(minutes=25))
    assert office.next == NOW + timedelta(minutes=30)
    others = [day for day in range(7) if day != office.next.astimezone(AUCKLAND).weekday()]
    office.change(QUARTERS | {"weekdays": others})
    office.keep(NOW + timedelta(minutes=26))
    assert office.next > NOW + timedelta(hours=2), "a day that is not chosen any more"


def test_times_of_day_are_somebodys_own_choice_and_stay(office: Office) -> None:
    office.pace = Stretch(600, 15, XERO, 1_000, 14)
    office.keep(NOW)
    assert office.next == datetime(2026, 5, 4, 17, tzinfo=AUCKLAND)
    assert office.connections.get(office.number).stretched is None


@pytest.mark.parametrize("schedule", [None, {"on": False, "times": ["09:00"]}, {"on": True, "times": ["soon"]}])
def test_a_schedule_that_was_switched_off_runs_no_more(office: Office, schedule: dict[str, Any] | None) -> None:
    office.keep(NOW)
    office.change(schedule)
    with capture_logs():
        office.appointments.ask_due(NOW + timedelta(days=1))
        assert office.serve(NOW + timedelta(days=1)) == []
        assert office.next is None
        office.keep(NOW)
    assert office.next is None


def test_another_time_moves_the_next_run(office: Office) -> None:
    office.keep(NOW)
    office.change(DAILY | {"times": ["16:00"]})
    office.keep(NOW)
    assert office.next == datetime(2026, 5, 4, 16, tzinfo=AUCKLAND)


def test_a_run_that_is_due_stays_due_when_the_schedule_changes(office: Office) -> None:
    office.keep(NOW)
    due = office.next
    assert due is not None
    office.change(DAILY | {"times": ["08:00"]})
    office.keep(due + timedelta(seconds=1))
    assert office.next == due


def test_a_clock_that_was_years_ahead_keeps_nobody_waiting_for_years(office: Office) -> None:
    office.keep(NOW)
    office.appointments.ask_due(NOW.replace(year=2036))
    office.keep(NOW)
    assert office.next == datetime(2026, 5, 4, 17, tzinfo=AUCKLAND)


def test_a_service_that_asked_for_a_pause_is_left_alone_until_then(office: Office) -> None:
    office.keep(NOW)
    due, until = office.next, NOW + timedelta(hours=9)
    assert due is not None
    store = _store(office)
    store(until)
    office.appointments.ask_due(due + timedelta(minutes=1))
    assert office.serve(due + timedelta(minutes=1)) == []
    office.appointments.ask_due(until)
    assert office.serve(until) == [until]


def _store(office: Office) -> Callable[[datetime], None]:
    store = SqlStore(office.database, office.number)

    def wait(until: datetime) -> None:
        epoch = store.acquire("test", NOW, 60)
        assert epoch is not None
        with store.write(epoch) as tx:
            tx.set_not_before(until)
        store.release(epoch)

    return wait


# ------------------------------------------------------------------ at any moments

STEPS = st.lists(
    st.tuples(
        st.one_of(st.integers(1, 120), st.integers(60, 7_200), st.integers(3_600, 400_000), st.integers(-900, -1)),
        st.sampled_from(["due", "keep", "both"]),
        st.integers(0, 1),
    ),
    min_size=1,
    max_size=25,
)
SKEWS = st.tuples(st.just(0), st.integers(-300, 300))  # seconds that the second machine's clock is ahead


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS, st.sets(st.integers(0, 23), min_size=1, max_size=4), SKEWS)
def test_no_run_is_lost_or_doubled_when_ticks_come_at_any_moments(
    sqlite_database: Database, steps: list[tuple[int, str, int]], hours: set[int], skews: tuple[int, int]
) -> None:
    """Two machines tick whose clocks disagree; time jumps forwards by any amount and backwards by minutes; each tick
    does some of its chores."""
    office = Office(sqlite_database, {"on": True, "times": [f"{hour:02}:30" for hour in sorted(hours)]})
    schedule = Schedule(True, tuple(time(hour, 30) for hour in sorted(hours)), frozenset(range(7)), AUCKLAND)
    office.keep(NOW)
    clock, furthest = NOW, NOW
    for seconds, chore, machine in steps:
        clock += timedelta(seconds=seconds)
        mine = clock + timedelta(seconds=skews[machine])
        # The instants that came since anybody looked last are served by one run, or none where there were none.
        expected = _any_between(schedule, furthest, mine)
        if chore != "due":
            office.keep(mine)
        if chore != "keep":
            office.appointments.ask_due(mine)
            assert bool(office.serve(mine)) == expected
            furthest = max(furthest, mine)


def _any_between(schedule: Schedule, after: datetime, until: datetime) -> bool:
    first = upcoming(schedule, after, 1)[0]
    return first <= until


def test_two_clocks_at_once_ask_once(database: Database) -> None:
    office = Office(database)
    office.keep(NOW)
    for _ in range(5):
        due = office.next
        assert due is not None
        start = threading.Barrier(3)

        def tick(at: datetime = due, together: threading.Barrier = start) -> None:
            together.wait(20)
            office.appointments.ask_due(at)

        threads = [threading.Thread(target=tick) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert office.serve(due) == [due]
    assert office.asked == 5
