"""5,000 connections that run every quarter of an hour, on a clock of their own: nobody who is due waits for long.

The real appointments, five seconds from tick to tick; connections, queue and runs are as simple as can be.
"""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from structlog.testing import capture_logs

from extension.jobs.appointments import AT_ONCE, Appointments
from extension.jobs.tick import TICK_SECONDS
from extension.sync.model import Scope
from extension.sync.schedule import Schedule, parse, place

BEGINS: Final = datetime(2026, 5, 4, 2, 52, 31, tzinfo=UTC)
TICK: Final = timedelta(seconds=TICK_SECONDS)
LASTS: Final = timedelta(seconds=4)  # 5,000 runs of 4 s every 900 s keep 22 places busy without a pause
MINUTE: Final = timedelta(minutes=1)
QUARTER: Final = timedelta(minutes=15)


@dataclass(frozen=True)
class Appointed:
    id: int
    next_run_at: datetime | None = None
    stretched: Mapping[str, Any] | None = None


class Crowd:
    """So many connections, what waits, and `places` at which runs are under way. `waits`: of each run, from due to
    begun."""

    def __init__(self, many: int, places: int, schedule: Mapping[str, Any]) -> None:
        self.rows = {number: Appointed(number) for number in range(1, many + 1)}
        self.calendar: list[tuple[datetime, int]] = []
        self.line: deque[tuple[int, datetime]] = deque()
        self.free = [BEGINS] * places
        self.waits: list[timedelta] = []
        self.asked: dict[int, list[datetime]] = {number: [] for number in self.rows}

        def read(each: Appointed) -> Schedule:
            return parse(schedule, UTC, number=each.id)

        self.appointments = Appointments(self, self, read, lambda _: False)
        self.appointments.keep(list(self.rows.values()), BEGINS)

    def pass_through(self, time: timedelta) -> None:
        now = BEGINS
        while now <= BEGINS + time:
            self.appointments.ask_due(now)
            self._serve(now + TICK)
            now += TICK

    def _serve(self, until: datetime) -> None:
        while self.line and self.free[0] < until:
            number, due = self.line.popleft()
            begun = max(self.free[0], self.asked[number][-1])
            self.waits.append(begun - due)
            heapq.heapreplace(self.free, begun + LASTS)

    # ------------------------------------------------------------------ as the store does it

    def these(self, numbers: Sequence[int]) -> Sequence[Appointed]:
        return [self.rows[number] for number in numbers]

    def due(self, now: datetime, limit: int) -> Sequence[int]:
        found: list[int] = []
        while self.calendar and self.calendar[0][0] <= now and len(found) < limit:
            moment, number = heapq.heappop(self.calendar)
            found += [number] if self.rows[number].next_run_at == moment else []
        return found

    def set_next_run(self, connection_id: int, moment: datetime | None, *, was: datetime | None = None) -> bool:
        self.rows[connection_id] = replace(self.rows[connection_id], next_run_at=moment)
        if moment is not None:
            heapq.heappush(self.calendar, (moment, connection_id))
        return True

    def set_stretched(self, connection_id: int, stretched: Mapping[str, Any] | None) -> None:
        raise AssertionError("the budgets carry everything here")

    def ask_scheduled(
        self, connection_id: int, scope: Scope, now: datetime, *, was: datetime, following: datetime | None, email: bool
    ) -> object:
        self.set_next_run(connection_id, following, was=was)
        self.asked[connection_id].append(now)
        self.line.append((connection_id, was))
        return scope

    def last_scheduled(self, connections: Sequence[int]) -> Mapping[int, datetime]:
        return {number: moments[-1] for number in connections if (moments := self.asked[number])}


def test_nobody_of_5000_waits_for_a_minute() -> None:
    """Two workers of sixteen places; in the whole of the first round and the beginning of the next."""
    crowd = Crowd(5_000, 32, {"on": True, "every": 15})
    with capture_logs():
        crowd.pass_through(QUARTER + 2 * MINUTE)
    for first, *again in crowd.asked.values():
        assert first - BEGINS <= QUARTER + TICK, "never later than one interval"
        assert all(abs(second - first - QUARTER) <= TICK for second in again)
    assert sum(len(moments) for moments in crowd.asked.values()) == pytest.approx(5_000 * 17 / 15, abs=32)
    assert len(crowd.waits) >= 5_000 * 17 / 15 - 64
    assert max(crowd.waits) < MINUTE
    assert max(crowd.waits) < 4 * TICK, "hardly more than the tick: nobody waits for anybody"


def test_no_tick_has_more_to_ask_for_than_it_asks_for() -> None:
    """15,000 every quarter of an hour are what one tick after the other can ask for; 5,000 are a third of it."""
    ticks = Counter(place(number, 15) // TICK for number in range(1, 15_001))
    assert len(ticks) == QUARTER // TICK
    assert max(ticks.values()) <= AT_ONCE


def test_a_crowd_at_a_time_of_day_is_served_as_fast_as_there_are_places() -> None:
    """09:00 is somebody's own choice: it stays, and a hundred of them are asked for in each tick."""
    nine = BEGINS.replace(hour=9, minute=0, second=0)
    crowd = Crowd(400, 32, {"on": True, "times": ["09:00"]})
    assert {each.next_run_at for each in crowd.rows.values()} == {nine}
    with capture_logs():
        crowd.pass_through(nine - BEGINS + 3 * MINUTE)
    assert {len(moments) for moments in crowd.asked.values()} == {1}
    assert len(crowd.waits) == 400
    assert max(moments[0] for moments in crowd.asked.values()) - nine <= 400 / AT_ONCE * TICK
