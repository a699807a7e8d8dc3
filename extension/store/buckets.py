"""Calls left, shared by every worker of the installation: one row per service and organisation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa

from extension.store.database import EVERYBODY, Database
from extension.store.rowset import inserting
from extension.store.tenancy import bucket
from extension.sync import budget
from extension.sync.budget import Bucket, Limits

NAMES = ("minute_left", "minute_ends", "day_left", "day_ends", "day_used", "day_told", "rolling")
ONE = bucket.c.key == sa.bindparam("whose")
HELD = sa.select(bucket).where(ONE)
LOCKED = HELD.with_for_update()
CHANGE = sa.update(bucket).where(ONE)


class SqlBuckets:
    """Calls left. `sync.budget` decides; the row's lock keeps two workers from taking the same call."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def take(self, key: str, now: datetime, limits: Limits, background: bool) -> datetime | None:
        with self.database.writing(EVERYBODY) as transaction:
            held = _get(transaction, key, lock=True)
            if held is None:
                new = {"key": key, **asdict(budget.fresh(now, limits))}
                transaction.execute(inserting(transaction, bucket).values(new).on_conflict_do_nothing())
                held = _get(transaction, key, lock=True)
            after, wait = budget.take(held or budget.fresh(now, limits), now, limits, background)
            if after != held:
                _save(transaction, key, after)
        return wait

    def learn(
        self, key: str, now: datetime, minute_left: int | None, day_left: int | None, ends: datetime | None = None
    ) -> None:
        with self.database.writing(EVERYBODY) as transaction:
            held = _get(transaction, key, lock=True)
            if held:  # the service answers a call, so one was taken before
                _save(transaction, key, budget.learn(held, now, minute_left, day_left, ends))

    def left(self, key: str, now: datetime, limits: Limits) -> tuple[int, int]:
        held = self.bucket(key, now, limits)
        return held.minute_left, held.day_left

    def bucket(self, key: str, now: datetime, limits: Limits) -> Bucket:
        """What is left now, and when the windows end."""
        with self.database.reading(EVERYBODY) as transaction:
            held = _get(transaction, key)
        return budget.rolled(held or budget.fresh(now, limits), now, limits)

    def held(self, keys: Sequence[str], now: datetime, limits: Mapping[str, Limits]) -> Mapping[str, Bucket]:
        """What is left now of each of these, in one statement. `limits`: of each key."""
        with self.database.reading(EVERYBODY) as transaction:
            rows = transaction.execute(sa.select(bucket).where(bucket.c.key.in_(keys))).mappings()
            kept = {row["key"]: Bucket(**{name: row[name] for name in NAMES}) for row in rows}
        return {key: budget.rolled(kept.get(key) or budget.fresh(now, limits[key]), now, limits[key]) for key in keys}


def _get(transaction: sa.Connection, key: str, *, lock: bool = False) -> Bucket | None:
    row = transaction.execute(LOCKED if lock else HELD, {"whose": key}).mappings().first()
    return Bucket(**{name: row[name] for name in NAMES}) if row else None


def _save(transaction: sa.Connection, key: str, held: Bucket) -> None:
    transaction.execute(CHANGE, {"whose": key, **asdict(held)})
