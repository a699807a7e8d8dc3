"""How many calls may be made, and by whom.

Pure. A minute window and a day window per service and organisation, corrected by what the service says remains.
Background work may not touch the reserve that is kept for the button.

Nobody says how a service's day turns: at an hour of its own, or call by call a day after each (facts/xero.md 3.4).
What comes back tells: most of what we used at once is a window that turned, a little is a day that rolls. Either way
what the service said last is believed for a day and never made larger by our own clock; where background work ran dry
and the window should have turned, one call an hour may look.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Limits:
    """Calls per minute and day that the service grants, and the part of each kept for people."""

    minute: int
    day: int
    minute_reserve: int = 0
    day_reserve: int = 0


@dataclass(frozen=True, slots=True)
class Bucket:
    """What is left. Windows begin with their first call. `day_used`: our own calls; a service counts others' too.
    `day_told`: when the service last said what is left. `rolling`: its day was seen to come back little by little."""

    minute_left: int
    minute_ends: datetime
    day_left: int
    day_ends: datetime
    day_used: int = 0
    day_told: datetime | None = None
    rolling: bool = False


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


def fresh(now: datetime, limits: Limits) -> Bucket:
    return Bucket(limits.minute, now + MINUTE, limits.day, now + DAY)


def rolled(bucket: Bucket, now: datetime, limits: Limits) -> Bucket:
    """The bucket with every window that has ended begun anew. What a service said is not forgotten before a day has
    passed: until then it is truer than any guess about its window."""
    if now >= bucket.minute_ends:
        bucket = replace(bucket, minute_left=limits.minute, minute_ends=now + MINUTE)
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
        return bucket, bucket.minute_ends
    if dry:  # the window should have turned: this call looks, the next one not before an hour
        bucket = replace(bucket, day_ends=now + HOUR)
    minute, day, used = bucket.minute_left - 1, max(0, bucket.day_left - 1), bucket.day_used + 1
    return replace(bucket, minute_left=minute, day_left=day, day_used=used), None


def learn(
    bucket: Bucket, now: datetime, minute_left: int | None, day_left: int | None, ends: datetime | None = None
) -> Bucket:
    """The service's own count wins, downwards and upwards. `ends` is when an empty window begins anew.

    Its day starts when it likes (facts/xero.md 3.4), so only a refusal, or what came back, tells where it ends.
    """
    if day_left is not None:
        bucket = _told(bucket, now, day_left)
    bucket = replace(bucket, minute_left=bucket.minute_left if minute_left is None else minute_left)
    if ends is not None and bucket.day_left == 0:
        return replace(bucket, day_ends=ends)
    if ends is not None and bucket.minute_left == 0:
        return replace(bucket, minute_ends=ends)
    return bucket


def _told(bucket: Bucket, now: datetime, left: int) -> Bucket:
    """What is left of the day, and what it says about the day's window."""
    back = left - bucket.day_left
    told = replace(bucket, day_left=left, day_told=now)
    if back <= IN_FLIGHT:
        return told
    if 2 * back >= bucket.day_used:  # with this very call
        return replace(told, day_used=1, day_ends=now + DAY, rolling=False)
    return replace(told, day_used=bucket.day_used - back, rolling=True)
