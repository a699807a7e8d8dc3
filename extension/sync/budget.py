"""How many calls may be made, and by whom.

Pure. A fixed minute window and a fixed day window per service and organisation, corrected by what the
service says remains. Background work may not touch the reserve that is kept for the button.
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
    """What is left. Windows begin with their first call. `day_used`: our own calls; a service counts others' too."""

    minute_left: int
    minute_ends: datetime
    day_left: int
    day_ends: datetime
    day_used: int = 0


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left, as a page shows it. A service may grant more than we knew: then the limit is what it must be."""

    minute_left: int
    minute_limit: int
    day_left: int
    day_limit: int
    day_ends: datetime
    used_today: int

    @staticmethod
    def of(bucket: Bucket, limits: Limits) -> Allowance:
        minute, day = max(limits.minute, bucket.minute_left), max(limits.day, bucket.day_left + bucket.day_used)
        return Allowance(bucket.minute_left, minute, bucket.day_left, day, bucket.day_ends, bucket.day_used)


MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def fresh(now: datetime, limits: Limits) -> Bucket:
    return Bucket(limits.minute, now + MINUTE, limits.day, now + DAY)


def rolled(bucket: Bucket, now: datetime, limits: Limits) -> Bucket:
    """The bucket with every window that has ended begun anew."""
    if now >= bucket.minute_ends:
        bucket = replace(bucket, minute_left=limits.minute, minute_ends=now + MINUTE)
    if now >= bucket.day_ends:
        bucket = replace(bucket, day_left=limits.day, day_ends=now + DAY, day_used=0)
    return bucket


def take(bucket: Bucket, now: datetime, limits: Limits, background: bool) -> tuple[Bucket, datetime | None]:
    """One call. Returns the bucket after it and None, or the bucket and the moment to come back."""
    bucket = rolled(bucket, now, limits)
    if bucket.day_left <= (limits.day_reserve if background else 0):
        return bucket, bucket.day_ends
    if bucket.minute_left <= (limits.minute_reserve if background else 0):
        return bucket, bucket.minute_ends
    minute, day, used = bucket.minute_left - 1, bucket.day_left - 1, bucket.day_used + 1
    return replace(bucket, minute_left=minute, day_left=day, day_used=used), None


def learn(bucket: Bucket, minute_left: int | None, day_left: int | None, ends: datetime | None = None) -> Bucket:
    """The service's own count wins, downwards and upwards. `ends` is when an empty window begins anew.

    Its day starts when it likes (facts/xero.md 3.4), so only a refusal tells where our window really ends.
    """
    bucket = replace(
        bucket,
        minute_left=bucket.minute_left if minute_left is None else minute_left,
        day_left=bucket.day_left if day_left is None else day_left,
    )
    if ends is not None and bucket.day_left == 0:
        return replace(bucket, day_ends=ends)
    if ends is not None and bucket.minute_left == 0:
        return replace(bucket, minute_ends=ends)
    return bucket
