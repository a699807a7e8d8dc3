"""Grants and budgets without a database: what tests and the simulation run on.

Standard library only; the same promises as the ones that are kept in a database.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from extension.sync import budget
from extension.sync.budget import Bucket, Limits, Told
from extension.sync.canonical import Side
from extension.sync.ports import Grant

NOTHING: Final = Told()


class MemoryGrants:
    """Grants of one connection."""

    def __init__(self) -> None:
        self._grants: dict[Side, Grant] = {}
        self._claims: dict[Side, datetime] = {}
        self._broken: dict[Side, str] = {}
        self._lock = Lock()

    def get(self, side: Side) -> Grant | None:
        return None if side in self._broken else self._grants.get(side)

    def problem(self, side: Side) -> str | None:
        """Why the grant does not work any more; None: it does, or there is none."""
        return self._broken.get(side)

    def claim(self, side: Side, generation: int, now: datetime, seconds: float) -> bool:
        with self._lock:
            grant = self._grants.get(side)
            until = self._claims.get(side)
            if grant is None or grant.generation != generation or (until is not None and until > now):
                return False
            self._claims[side] = now + timedelta(seconds=seconds)
            return True

    def save(self, side: Side, grant: Grant) -> Grant:
        with self._lock:
            stored = self._grants.get(side)
            generation = stored.generation if stored else 0
            if stored and grant.generation not in (0, generation):
                return stored  # a worker that slept past its claim: somebody refreshed after it
            self._claims.pop(side, None)
            self._broken.pop(side, None)
            self._grants[side] = replace(grant, generation=generation + 1)
            return self._grants[side]

    def annotate(self, side: Side, grant: Grant) -> None:
        with self._lock:
            stored = self._grants.get(side)
            if stored is not None and stored.generation == grant.generation:
                self._grants[side] = replace(stored, extra=grant.extra)

    def mark_broken(self, side: Side, reason: str) -> None:
        self._broken[side] = reason


class MemoryBuckets:
    """Calls left, per service and organisation."""

    def __init__(self) -> None:
        self._buckets: dict[str, Bucket] = {}
        self._lock = Lock()

    def take(
        self, key: str, now: datetime, limits: Limits, background: bool, shared: tuple[str, Limits] | None = None
    ) -> datetime | None:
        wanted = {key: limits} | (dict([shared]) if shared else {})
        with self._lock:
            held = [(self._buckets.get(one) or budget.fresh(now, each), each) for one, each in wanted.items()]
            after, wait = budget.take_each(held, now, background)
            self._buckets |= dict(zip(wanted, after, strict=True))
            return wait

    def landed(self, key: str, now: datetime, told: Told = NOTHING, shared: tuple[str, Told] | None = None) -> None:
        with self._lock:
            for one, heard in ({key: told} | (dict([shared]) if shared else {})).items():
                if one in self._buckets:  # the service answers a call, so one was taken before
                    self._buckets[one] = budget.landed(self._buckets[one], now, heard)

    def left(self, key: str, now: datetime, limits: Limits) -> tuple[int, int]:
        bucket = budget.rolled(self._buckets.get(key) or budget.fresh(now, limits), now, limits)
        return bucket.minute_left, bucket.day_left
