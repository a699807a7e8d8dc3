"""How many calls may be made, and by whom.

Pure. A minute window and a day window per service and organisation, and another pair for all organisations of our app
together, corrected by what the service says remains. Background work may not touch the reserve that is kept for the
button.

A call of ours comes back a minute after it was made, one by one: that keeps to a minute that rolls and to one that
turns, whichever the service has, and uses as much of either. What others used comes back when our window ends.

Nobody says how a service's day turns: at an hour of its own, or call by call a day after each (facts/xero.md 3.4).
What comes back tells: most of what we used at once is a window that turned, a little is a day that rolls. Either way
what the service said last is believed for a day and never made larger by our own clock; where background work ran dry
and the window should have turned, one call an hour may look.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import ceil

from extension.sync.canonical import Side


@dataclass(frozen=True, slots=True)
class Limits:
    """Calls per minute, per day and at once that the service grants, and the part of each kept for people. `at_once`
    0: nobody counts."""

    minute: int
    day: int
    minute_reserve: int = 0
    day_reserve: int = 0
    at_once: int = 0
    at_once_reserve: int = 0


@dataclass(frozen=True, slots=True)
class Bucket:
    """What is left. Windows begin with their first call. `day_used`: our own calls; a service counts others' too.
    `day_told`: when the service last said what is left. `rolling`: its day was seen to come back little by little.
    `coming`: when how many calls of the minute come back, soonest first. `flights`: until when each call under way is
    believed to be under way. Both in seconds since 1970."""

    minute_left: int
    minute_ends: datetime
    day_left: int
    day_ends: datetime
    day_used: int = 0
    day_told: datetime | None = None
    rolling: bool = False
    coming: tuple[tuple[int, int], ...] = ()
    flights: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What an answer says of one bucket. `ends`: when the pause that it asks for is over."""

    minute_left: int | None = None
    day_left: int | None = None
    ends: datetime | None = None


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left, as a page shows it. A service may grant more or less than we knew: once it has said what is left,
    the limit is what it leaves to us. `day_reserve`: what background work may not touch."""

    minute_left: int
    minute_limit: int
    day_left: int
    day_limit: int
    day_ends: datetime
    used_today: int
    day_reserve: int = 0
    rolling: bool = False

    @staticmethod
    def of(bucket: Bucket, limits: Limits) -> Allowance:
        minute, ours = max(limits.minute, bucket.minute_left), bucket.day_left + bucket.day_used
        day = ours if bucket.day_told is not None else max(limits.day, ours)
        rolling = bucket.rolling or (bucket.day_told is not None and bucket.day_told >= bucket.day_ends)  # and no turn
        return Allowance(
            bucket.minute_left,
            minute,
            bucket.day_left,
            day,
            bucket.day_ends,
            bucket.day_used,
            limits.day_reserve,
            rolling,
        )


MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
IN_FLIGHT = 5  # answers overtake each other: so many calls may be counted here and not yet there
FLIGHT = timedelta(seconds=40)  # longer than a call may take to connect and answer: then its process is gone
HANDFUL, TOGETHER = 10, 1  # a turn costs more than a call: it waits for so many, but only so many seconds
PAIR = 2  # ... and for no fewer: a row is read again right before it is written, and by itself that gets nowhere


def of_app(side: Side) -> str:
    """Whose budget the calls of all organisations of our app are counted on."""
    return f"app:{side}"


def fresh(now: datetime, limits: Limits) -> Bucket:
    return Bucket(limits.minute, now + MINUTE, limits.day, now + DAY)


def rolled(bucket: Bucket, now: datetime, limits: Limits) -> Bucket:
    """The bucket with every window that has ended begun anew. What a service said is not forgotten before a day has
    passed: until then it is truer than any guess about its window."""
    second = now.timestamp()
    if bucket.coming and bucket.coming[0][0] <= second:
        back = sum(calls for at, calls in bucket.coming if at <= second)
        left = min(bucket.minute_left + back, max(limits.minute, bucket.minute_left))
        bucket = replace(bucket, minute_left=left, coming=tuple(each for each in bucket.coming if each[0] > second))
    if now >= bucket.minute_ends:
        left = max(0, limits.minute - _all(bucket.coming))
        bucket = replace(bucket, minute_left=left, minute_ends=now + MINUTE)
    if now >= bucket.day_ends and (bucket.day_told is None or now - bucket.day_told >= DAY):
        bucket = replace(bucket, day_left=limits.day, day_ends=now + DAY, day_used=0, day_told=None, rolling=False)
    return bucket


def take(bucket: Bucket, now: datetime, limits: Limits, background: bool) -> tuple[Bucket, datetime | None]:
    """One call. Returns the bucket after it and None, or the bucket and the moment to come back."""
    bucket = rolled(bucket, now, limits)
    dry = bucket.day_left <= (limits.day_reserve if background else 0)
    if dry and now < bucket.day_ends:
        return bucket, bucket.day_ends
    if bucket.minute_left <= (limits.minute_reserve if background else 0):
        return bucket, _free(bucket, limits, background)
    if dry:  # the window should have turned: this call looks, the next one not before an hour
        bucket = replace(bucket, day_ends=now + HOUR)
    minute, day, used = bucket.minute_left - 1, max(0, bucket.day_left - 1), bucket.day_used + 1
    coming = _with(bucket.coming, _second(now + MINUTE), 1)
    return replace(bucket, minute_left=minute, day_left=day, day_used=used, coming=coming), None


def take_each(
    held: Sequence[tuple[Bucket, Limits]], now: datetime, background: bool
) -> tuple[list[Bucket], datetime | None]:
    """One call, of every bucket or of none. Returns the buckets after it, and None; or the moment to come back, which
    is `now` itself where as many calls are under way as may be: one of them ends in a moment."""
    after, waits = [], []
    for bucket, limits in held:
        one, wait = take(bucket, now, limits, background)
        after.append(one)
        waits += [wait] if wait else []
    if waits:
        return [bucket for bucket, _ in held], max(waits)
    boarded = [_boarded(bucket, now, limits, background) for bucket, (_, limits) in zip(after, held, strict=True)]
    if None in boarded:
        return [bucket for bucket, _ in held], now
    return [bucket for bucket in boarded if bucket], None


def landed(bucket: Bucket, now: datetime, told: Told) -> Bucket:
    """A call ended, and this is what its answer said."""
    bucket = replace(bucket, flights=bucket.flights[1:])
    return learn(bucket, now, told.minute_left, told.day_left, told.ends)


def learn(
    bucket: Bucket, now: datetime, minute_left: int | None, day_left: int | None, ends: datetime | None = None
) -> Bucket:
    """The service's own count wins, downwards and upwards. `ends` is when an empty window begins anew.

    Its day starts when it likes (facts/xero.md 3.4), so only a refusal, or what came back, tells where it ends.
    """
    if day_left is not None:
        bucket = _told(bucket, now, day_left)
    if minute_left is not None:
        bucket = _counted(bucket, now, minute_left)
    if ends is not None and bucket.day_left == 0:
        return replace(bucket, day_ends=ends)
    if ends is not None and bucket.minute_left == 0:
        then = _second(ends)
        return replace(bucket, minute_ends=ends, coming=_merged((max(at, then), n) for at, n in bucket.coming))
    return bucket


def _counted(bucket: Bucket, now: datetime, left: int) -> Bucket:
    """What is left of the minute, and what it says about those that are to come back."""
    back = left - bucket.minute_left
    if -IN_FLIGHT <= back < 0:  # a call reaches the service a moment after we counted it, and so it leaves its minute
        return replace(bucket, minute_left=left, coming=_with(bucket.coming, _second(now) + 1, -back))
    if 0 < back <= min(IN_FLIGHT, _all(bucket.coming)):  # others of ours are still on their way
        return bucket
    return replace(bucket, minute_left=left, coming=_without(bucket.coming, back) if back > 0 else bucket.coming)


def _boarded(bucket: Bucket, now: datetime, limits: Limits, background: bool) -> Bucket | None:
    """With one more call under way; None where there are as many as may be."""
    if not limits.at_once:
        return bucket
    flights = tuple(until for until in bucket.flights if until > now.timestamp())
    if len(flights) >= limits.at_once - (limits.at_once_reserve if background else 0):
        return None
    return replace(bucket, flights=(*flights, _second(now + FLIGHT)))


def _free(bucket: Bucket, limits: Limits, background: bool) -> datetime:
    """When background work, or a person, may call again: a handful of calls where they come soon after one another."""
    rest = limits.minute - bucket.minute_left - _all(bucket.coming)
    events = _with(bucket.coming, _second(bucket.minute_ends), rest) if rest > 0 else bucket.coming
    floor, least = (limits.minute_reserve, PAIR) if background else (0, 1)
    left, first, found = bucket.minute_left, None, bucket.minute_ends
    for at, calls in events:
        late = first is not None and at > first + TOGETHER and left - floor >= least
        if late or left - floor >= HANDFUL:
            break
        left += calls
        if left > floor:
            first, found = first or at, datetime.fromtimestamp(at, UTC)
    return found


def _second(moment: datetime) -> int:
    return ceil(moment.timestamp())


def _all(coming: Iterable[tuple[int, int]]) -> int:
    return sum(calls for _, calls in coming)


def _with(coming: tuple[tuple[int, int], ...], at: int, calls: int) -> tuple[tuple[int, int], ...]:
    if not coming or coming[-1][0] < at:
        return (*coming, (at, calls))
    return _merged((*coming, (at, calls)))


def _without(coming: tuple[tuple[int, int], ...], calls: int) -> tuple[tuple[int, int], ...]:
    """Those that came back sooner than we thought."""
    kept = []
    for at, each in coming:
        gone = min(each, calls)
        calls -= gone
        kept += [(at, each - gone)] if each > gone else []
    return tuple(kept)


def _merged(coming: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    counted: dict[int, int] = {}
    for at, calls in coming:
        counted[at] = counted.get(at, 0) + calls
    return tuple(sorted(counted.items()))


def _told(bucket: Bucket, now: datetime, left: int) -> Bucket:
    """What is left of the day, and what it says about the day's window."""
    back = left - bucket.day_left
    told = replace(bucket, day_left=left, day_told=now)
    if back <= IN_FLIGHT:
        return told
    if 2 * back >= bucket.day_used:  # with this very call
        return replace(told, day_used=1, day_ends=now + DAY, rolling=False)
    return replace(told, day_used=bucket.day_used - back, rolling=True)
