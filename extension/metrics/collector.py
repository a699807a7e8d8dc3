"""How the installation stands, as figures: read from the database when somebody asks, so every process tells the same.

Kept for some seconds, so that several who ask cost what one costs. A database that does not answer is a figure, too,
and then the only one. A connection is its number and nothing else; of more than MOST only the stalest are listed, so
what a monitoring system has to keep is bounded.
"""

from __future__ import annotations

import json
import platform
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, Literal, TypeAlias

import structlog
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.registry import Collector

from extension import health
from extension.bootstrap import LIMITS, SHARED, House, Standing, Watched
from extension.jobs.queue import STALE
from extension.meters import NAMESPACE
from extension.sync.budget import fresh, rolled
from extension.sync.errors import BadInput, SyncError
from extension.sync.schedule import longest_rest, parse

log = structlog.get_logger(__name__)

FRESH_SECONDS: Final = 15.0  # how long what was read is told again: 5,000 connections cost a second
PATIENCE: Final = 5.0  # seconds that one who asks waits for another one
MOST: Final = 10_000  # connections that are listed one by one
REASONS: Final = 100  # why records are held; the rest is told together
OTHERS: Final = "other"
MINUTE: Final = timedelta(minutes=1)
APP: Final = ("service",)

State: TypeAlias = Literal["scheduled", "by_hand", "paused"]


@dataclass(frozen=True)
class _Read:
    """`found` None: the database did not answer."""

    at: float
    found: Watched | None


class Installation(Collector):
    """One installation's figures."""

    def __init__(self, house: House, seconds: float = FRESH_SECONDS) -> None:
        self.house, self._seconds = house, seconds
        self._lock = threading.Lock()
        self._read: _Read | None = None

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Nothing, so that nobody asks the database only to learn our names."""
        return ()

    def collect(self) -> Iterator[GaugeMetricFamily | InfoMetricFamily]:
        found = self._watched()
        yield gauge("database_up", "Whether the database answers.", found is not None)
        yield _reserves()
        if found is not None:
            yield self._build(found)
            yield from _connections(found)
            yield from _budgets(found)
            yield from _tasks(found)
            yield from _rest(found)

    def _watched(self) -> Watched | None:
        """As it was read last, or read anew by one of several who ask. A database that lets that one wait for long lets
        the others not wait with it: they would take all threads from the pages."""
        if not self._lock.acquire(timeout=PATIENCE):
            return None
        try:
            if self._read is None or time.monotonic() - self._read.at >= self._seconds:
                found = self._ask()
                self._read = _Read(time.monotonic(), found)
            return self._read.found
        finally:
            self._lock.release()

    def _ask(self) -> Watched | None:
        try:
            return self.house.watched(STALE, health.TICK)
        except SyncError as away:
            log.warning("figures not read", problem=away.message)
            return None

    def _build(self, found: Watched) -> InfoMetricFamily:
        kind = self.house.database.engine.dialect.name
        told = {"schema": found.schema, "database": kind, "python": platform.python_version()}
        return InfoMetricFamily(f"{NAMESPACE}_build", "What runs here.", told)


def gauge(name: str, says: str, value: float | None = None, labels: tuple[str, ...] = ()) -> GaugeMetricFamily:
    """Without a value: samples follow, or there is nothing to tell."""
    return GaugeMetricFamily(f"{NAMESPACE}_{name}", says, value if value is None else float(value), labels or None)


# ------------------------------------------------------------------ connections


def _connections(found: Watched) -> Iterator[GaugeMetricFamily]:
    states: Counter[State] = Counter({"scheduled": 0, "by_hand": 0, "paused": 0})
    for each in found.connections:
        states[_state(each)] += 1
    counted = gauge("connections", "Active connections, by who starts their runs.", labels=("state",))
    for state, n in states.items():
        counted.add_metric([state], n)
    yield counted
    resting = sum(each.resting for each in found.connections)
    yield gauge("connections_resting", "Connections that a service told to wait.", resting)
    listed = _stalest(found)
    left = len(found.connections) - len(listed)
    yield gauge("connections_unlisted", f"Connections beyond {MOST}, the freshest, that are not listed.", left)
    since = gauge("freshness_seconds", "Since the last whole run that ended well.", labels=("connection",))
    every = gauge(
        "interval_seconds", "The longest time between two runs of its schedule; paused: none.", labels=("connection",)
    )
    for each in listed:
        if each.fresh is not None:
            since.add_metric([str(each.id)], _age(found, each.fresh))
        if (wanted := _interval(each)) is not None:
            every.add_metric([str(each.id)], wanted.total_seconds())
    yield from (since, every)
    lost = gauge("reconnect_needed", "A service ended our access: a person must connect again.", labels=SERVICE)
    for number, side in sorted(found.lost):
        lost.add_metric([str(number), side], 1)
    yield lost


SERVICE: Final = ("connection", "service")


def _stalest(found: Watched) -> list[Standing]:
    """All, or those that were in step longest ago; who never was comes first."""
    if len(found.connections) <= MOST:
        return list(found.connections)
    never = datetime.min.replace(tzinfo=UTC)
    return sorted(found.connections, key=lambda each: (each.fresh or never, each.id))[:MOST]


def _state(each: Standing) -> State:
    if each.paused:
        return "paused"
    return "by_hand" if _interval(each) is None else "scheduled"


def _interval(each: Standing) -> timedelta | None:
    """How often it is to run by itself; None: it does not."""
    wanted = None if each.paused else _rest_of(each.schedule or "")
    return wanted if wanted is None or each.minutes is None else max(wanted, each.minutes * MINUTE)


@lru_cache(maxsize=4096)
def _rest_of(schedule: str) -> timedelta | None:
    """Of a schedule as its setting says it: the zone moves all its times alike."""
    try:
        return longest_rest(parse(json.loads(schedule) if schedule else None, UTC))
    except BadInput:  # only an edit by hand brings this about; the tick tells of it
        return None


# ------------------------------------------------------------------ budgets


def _reserves() -> GaugeMetricFamily:
    kept = gauge("budget_reserve", "Calls that are kept for the button.", labels=("service", "window"))
    for side, limits in LIMITS.items():
        kept.add_metric([side, "minute"], limits.minute_reserve)
        kept.add_metric([side, "day"], limits.day_reserve)
    return kept


def _budgets(found: Watched) -> Iterator[GaugeMetricFamily]:
    left = gauge("budget_left", "Calls that a service still grants.", labels=(*SERVICE, "window"))
    numbers = {each.id for each in _stalest(found)}
    for (number, side), held in sorted(found.buckets.items(), key=lambda each: each[0]):
        if number in numbers:
            now = rolled(held, found.at, LIMITS[side])
            left.add_metric([str(number), side, "minute"], now.minute_left)
            left.add_metric([str(number), side, "day"], now.day_left)
    yield left
    app = gauge("app_budget_left", "Calls that a service still grants this minute to all organisations.", labels=APP)
    kept = gauge("app_budget_reserve", "Calls of these that are kept for the button.", labels=APP)
    for service, limits in SHARED.items():  # nobody called yet: all are left
        one = rolled(found.apps.get(service) or fresh(found.at, limits), found.at, limits)
        app.add_metric([service], one.minute_left)
        kept.add_metric([service], limits.minute_reserve)
    yield from (app, kept)


# ------------------------------------------------------------------ the queue, and the rest


def _tasks(found: Watched) -> Iterator[GaugeMetricFamily]:
    counted = gauge("tasks", "Runs that were asked for and have not ended.", labels=("state", "kind"))
    for (state, kind), n in sorted(found.tasks.items()):
        counted.add_metric([state, kind], n)
    yield counted
    for state in ("ready", "working", "stalled"):
        n = sum(n for (stands, _), n in found.tasks.items() if stands == state)
        yield gauge(f"tasks_{state}", TASKS[state], n)
    since = found.ready_since
    yield gauge("queue_age_seconds", "Since when a task could have begun.", _age(found, since) if since else 0)


TASKS: Final = {
    "ready": "Tasks that may begin now.",
    "working": "Tasks under way.",
    "stalled": "Tasks whose worker gives no sign of life.",
}


def _rest(found: Watched) -> Iterator[GaugeMetricFamily]:
    held = gauge("holds", "What needs a person or patience, by its reason.", labels=("reason",))
    reasons = Counter(found.holds).most_common()
    for reason, n in sorted(reasons[:REASONS]):
        held.add_metric([reason], n)
    if rest := sum(n for _, n in reasons[REASONS:]):
        held.add_metric([OTHERS], rest)
    yield held
    yield gauge("letters_waiting", "Letters that were written and not sent yet.", found.letters)
    oldest = found.oldest_letter
    yield gauge("letter_age_seconds", "Of the oldest letter that waits.", _age(found, oldest) if oldest else 0)
    if found.workers is not None:
        yield gauge("workers", "Worker processes that share the work and show signs of life.", found.workers)
    yield gauge("signals_waiting", "Signals of the services that no run has looked at yet.", found.signals)
    if ticked := found.notes.get(health.TICK):
        moment = datetime.fromisoformat(str(ticked)).timestamp()
        yield gauge("last_tick_timestamp_seconds", "When any process last looked at what is due.", moment)


def _age(found: Watched, since: datetime) -> float:
    """A clock that was set back makes nothing younger than now."""
    return max(0.0, (found.at - since).total_seconds())
