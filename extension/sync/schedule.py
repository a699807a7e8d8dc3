"""When a connection runs by itself: at times of day or every so many minutes, on weekdays in the organisation's zone.

Pure. An interval counts minutes as they pass, whatever the clock on the wall does. A wall time becomes the first
instant at which the wall clock shows it or a later time. So a time that summer time skips is kept at the end of the
gap, a time that is shown twice counts once, and two wall times never change places (facts/platform.md 2.1: a cron
trigger fires twice in an autumn night).

Whoever runs every so many minutes has a place within them that follows from its number (`place`): thousands of
connections on the full quarter of an hour would wait for one another and then leave the machine idle.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from itertools import pairwise, takewhile
from typing import Any, Final, get_args

from extension.sync.errors import BadInput
from extension.sync.model import Mode, Scope

MOST_TIMES: Final = 48  # a day: every half hour
WEEK: Final = frozenset(range(7))  # Monday is 0
MODES: Final[tuple[str, ...]] = get_args(Mode)
INTERVALS: Final = (5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 720)  # minutes: each divides a day
SECOND: Final = timedelta(seconds=1)
MINUTE: Final = timedelta(minutes=1)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
DAY: Final = timedelta(days=1)
WEEK_LONG: Final = timedelta(weeks=1)
GOLDEN: Final = 0x9E3779B97F4A7C15  # 2**64 over the golden ratio


@dataclass(frozen=True)
class Schedule:
    """`times` on `weekdays` (Monday is 0) in `zone`, or `every` so many minutes all day long (0: at the times); and
    what such a run is to do. No entities: all of them. `number`: whose it is; 0, nobody's, on the full interval."""

    on: bool
    times: tuple[time, ...]
    weekdays: frozenset[int]
    zone: tzinfo
    entities: tuple[str, ...] = ()
    mode: Mode = "both"
    email: bool = False
    every: int = 0
    number: int = 0

    @property
    def scope(self) -> Scope:
        """What is modified since the previous run, in the background."""
        return Scope(entities=self.entities, mode=self.mode, trigger="schedule", background=True)


# ------------------------------------------------------------------ reading the document


def mistakes(document: Mapping[str, Any], known: Collection[str] = ()) -> dict[str, str]:
    """Field -> what is wrong with it, in one sentence; empty when all is well. `known`: the modules there are."""
    found = {
        "on": "" if isinstance(document.get("on", False), bool) else "Say whether the schedule is on or off.",
        "every": _wrong_interval(document.get("every", 0)),
        "times": _wrong_times(document.get("times", []), document.get("on") is True and not document.get("every")),
        "weekdays": _wrong_weekdays(document.get("weekdays", sorted(WEEK)), document.get("on") is True),
        "entities": _wrong_entities(document.get("entities", []), known),
        "mode": "" if document.get("mode", "both") in MODES else f"Choose one of these ways: {', '.join(MODES)}.",
        "email": "" if isinstance(document.get("email", False), bool) else "Say whether to send an e-mail or not.",
    }
    return {field: sentence for field, sentence in found.items() if sentence}


def parse(
    document: Mapping[str, Any] | None, zone: tzinfo, known: Collection[str] = (), *, number: int = 0
) -> Schedule:
    """The schedule of the settings of connection `number`; none is one that is off. Raises BadInput, a sentence per
    mistake."""
    given = document if document is not None else {}
    if not isinstance(given, Mapping):
        raise BadInput("The schedule is not a list of settings.", code="bad_schedule")
    if wrong := mistakes(given, known):
        raise BadInput(" ".join(wrong.values()), code="bad_schedule")
    return Schedule(
        on=given.get("on", False),
        times=tuple(sorted(_time(text) for text in given.get("times", []))),
        weekdays=frozenset(given.get("weekdays", WEEK)),
        zone=zone,
        entities=tuple(given.get("entities", [])),
        mode=given.get("mode", "both"),
        email=given.get("email", False),
        every=given.get("every", 0),
        number=number,
    )


def _wrong_interval(every: Any) -> str:
    if type(every) is int and every in (0, *INTERVALS):
        return ""
    return f"Choose one of these numbers of minutes: {', '.join(map(str, INTERVALS))}."


def _wrong_times(times: Any, on: bool) -> str:
    if not _listed(times):
        return "The times are not a list."
    if on and not times:
        return "Choose at least one time of day."
    if len(times) > MOST_TIMES:
        return f"Choose at most {MOST_TIMES} times of day."
    for text in times:
        try:
            _time(text)
        except ValueError:
            return f"“{text}” is no time of day; write it like 09:00."
    twice = [text for text in times if times.count(text) > 1]
    return f"{twice[0]} is there twice." if twice else ""


def _wrong_weekdays(days: Any, on: bool) -> str:
    if not _listed(days) or any(type(day) is not int or day not in WEEK for day in days):
        return "The weekdays are numbers from 0 (Monday) to 6 (Sunday)."
    return "Choose at least one weekday." if on and not days else ""


def _wrong_entities(entities: Any, known: Collection[str]) -> str:
    if not _listed(entities) or not all(isinstance(name, str) for name in entities):
        return "The modules are not a list of names."
    strange = [name for name in entities if known and name not in known]
    return f"There is no module “{strange[0]}”; choose from {', '.join(known)}." if strange else ""


def _listed(given: Any) -> bool:
    return isinstance(given, Sequence) and not isinstance(given, str)


def _time(text: Any) -> time:
    """HH:MM and nothing else."""
    if not isinstance(text, str) or len(text) != 5 or not text.isascii():
        raise ValueError(text)
    return datetime.strptime(text, "%H:%M").time()


# ------------------------------------------------------------------ instants


def place(number: int, every: int) -> timedelta:
    """Where in every so many minutes the runs of this connection fall, in whole seconds, always the same.

    The multiples of the golden ratio, without their whole parts, fill an interval evenly however many there are: each
    new one falls into one of the largest gaps that are left, and neighbours by number are far apart. A digest of the
    number would leave crowds and holes.
    """
    share = number * GOLDEN % 2**64
    return SECOND * (share * every * 60 >> 64)


def next_run(schedule: Schedule, after: datetime, *, gap: timedelta | None = None) -> datetime | None:
    """The first instant after this one; None where the schedule is off or names none. `gap`: an interval that must be
    longer than the wished one, from a run asked for `after` on; times of day are somebody's own choice and stay."""
    if gap is None or not schedule.every:
        return next(_instants(schedule, after), None)
    # In the own second of a minute, or whoever has to wait longer would crowd on full minutes.
    begin = after - (after - EPOCH - place(schedule.number, schedule.every)) % MINUTE
    return next(_every(schedule, after, gap, begin), None) if schedule.on and schedule.weekdays else None


def longest_rest(schedule: Schedule) -> timedelta | None:
    """The longest time between two runs of an ordinary week; None where the schedule is off or names none."""
    if schedule.on and schedule.every and schedule.weekdays == WEEK:
        return schedule.every * MINUTE
    two_weeks = takewhile(lambda moment: moment <= EPOCH + 2 * WEEK_LONG, _instants(schedule, EPOCH))
    return max((later - moment for moment, later in pairwise(two_weeks)), default=None)


def upcoming(schedule: Schedule, after: datetime, n: int) -> tuple[datetime, ...]:
    """The next `n` instants."""
    found = _instants(schedule, after)
    return tuple(moment for moment, _ in zip(found, range(n), strict=False))


def _instants(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    """Every instant after this one, strictly increasing.

    The day that the wall clock shows is where to begin: a wall time of an earlier day was reached already.
    """
    if not (schedule.on and schedule.weekdays and (schedule.times or schedule.every)):
        return
    if schedule.every:
        begin = EPOCH + place(schedule.number, schedule.every)
        yield from _every(schedule, after, schedule.every * MINUTE, begin)
        return
    last, day = after.astimezone(UTC), after.astimezone(schedule.zone).date()
    while True:
        for moment in schedule.times if day.weekday() in schedule.weekdays else ():
            found = instant(datetime.combine(day, moment), schedule.zone)
            if found > last:
                yield found
                last = found
        day += DAY


def _every(schedule: Schedule, after: datetime, gap: timedelta, begin: datetime) -> Iterator[datetime]:
    """Instants a gap apart from `begin` on, those after `after` on days that were chosen."""
    moment = begin + ((after - begin) // gap + 1) * gap
    while True:
        if moment.astimezone(schedule.zone).weekday() in schedule.weekdays:
            yield moment.astimezone(UTC)
        moment += gap


def instant(wall: datetime, zone: tzinfo) -> datetime:
    """The first moment, in UTC, at which the wall clock of the zone shows this time or a later one."""
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == wall:
        return first
    # In a gap: the offset after it names a moment before it, the offset before it one after it.
    early, late = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), first
    while late - early > SECOND:
        middle = early + timedelta(seconds=(late - early) // SECOND // 2)
        if middle.astimezone(zone).replace(tzinfo=None) >= wall:
            late = middle
        else:
            early = middle
    return late
