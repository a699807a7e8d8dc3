"""Calls left, shared by every worker of the installation: one row per service and organisation, and one per service for
all of them together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from extension.store.database import EVERYBODY, Database
from extension.store.rowset import inserting
from extension.store.tenancy import bucket
from extension.sync import budget
from extension.sync.budget import Bucket, Limits, Told

NOTHING: Final = Told()
PLAIN: Final = ("minute_left", "minute_ends", "day_left", "day_ends", "day_used", "day_told", "rolling")
HELD = sa.select(bucket).where(bucket.c.key == sa.bindparam("whose"))
THESE = bucket.c.key.in_([sa.bindparam("one"), sa.bindparam("other")])
# Always in the order of their keys: two workers that want the same two rows cannot wait for each other.
LOCKED = sa.select(bucket).where(THESE).order_by(bucket.c.key).with_for_update()
# A count that is lost with a crashed server is told anew by the next answer, so nobody waits for its disk.
HASTY = LOCKED.add_columns(sa.func.set_config("synchronous_commit", "off", True))
CHANGE = sa.update(bucket).where(bucket.c.key == sa.bindparam("whose"))


class SqlBuckets:
    """Calls left. `sync.budget` decides; the rows' locks keep two workers from taking the same call."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def take(
        self, key: str, now: datetime, limits: Limits, background: bool, shared: tuple[str, Limits] | None = None
    ) -> datetime | None:
        wanted = {key: limits} | (dict([shared]) if shared else {})
        while True:
            with self.database.writing(EVERYBODY) as transaction:
                held = _locked(transaction, list(wanted))
                if len(held) == len(wanted):
                    names = sorted(held)
                    after, wait = budget.take_each([(held[one], wanted[one]) for one in names], now, background)
                    _save(transaction, held, dict(zip(names, after, strict=True)))
                    return wait
            self._begin({one: wanted[one] for one in sorted(wanted) if one not in held}, now)

    def _begin(self, missing: Mapping[str, Limits], now: datetime) -> None:
        """Rows of whom nobody called before. By itself: who waits for another's new row must hold no lock meanwhile."""
        new = [{"key": one, **_written(budget.fresh(now, limits))} for one, limits in missing.items()]
        with self.database.writing(EVERYBODY) as transaction:
            transaction.execute(inserting(transaction, bucket).on_conflict_do_nothing(), new)

    def landed(self, key: str, now: datetime, told: Told = NOTHING, shared: tuple[str, Told] | None = None) -> None:
        heard = {key: told} | (dict([shared]) if shared else {})
        with self.database.writing(EVERYBODY) as transaction:
            held = _locked(transaction, list(heard))  # the service answers a call, so one was taken before
            _save(transaction, held, {one: budget.landed(each, now, heard[one]) for one, each in held.items()})

    def left(self, key: str, now: datetime, limits: Limits) -> tuple[int, int]:
        held = self.bucket(key, now, limits)
        return held.minute_left, held.day_left

    def bucket(self, key: str, now: datetime, limits: Limits) -> Bucket:
        """What is left now, and when the windows end."""
        with self.database.reading(EVERYBODY) as transaction:
            row = transaction.execute(HELD, {"whose": key}).mappings().first()
        return budget.rolled(read(row) if row else budget.fresh(now, limits), now, limits)

    def held(self, keys: Sequence[str], now: datetime, limits: Mapping[str, Limits]) -> Mapping[str, Bucket]:
        """What is left now of each of these, in one statement. `limits`: of each key."""
        with self.database.reading(EVERYBODY) as transaction:
            rows = transaction.execute(sa.select(bucket).where(bucket.c.key.in_(keys))).mappings()
            kept = {row["key"]: read(row) for row in rows}
        return {key: budget.rolled(kept.get(key) or budget.fresh(now, limits[key]), now, limits[key]) for key in keys}


def read(row: sa.RowMapping) -> Bucket:
    """A row of the table."""
    coming = tuple((at, calls) for at, calls in json.loads(row["coming"]))
    return Bucket(
        row["minute_left"],
        row["minute_ends"],
        row["day_left"],
        row["day_ends"],
        row["day_used"],
        row["day_told"],
        row["rolling"],
        coming,
        tuple(json.loads(row["flights"])),
    )


def _written(held: Bucket) -> dict[str, Any]:
    plain = {name: getattr(held, name) for name in PLAIN}
    return plain | {"coming": json.dumps(held.coming), "flights": json.dumps(held.flights)}


def _locked(transaction: sa.Connection, keys: Sequence[str]) -> dict[str, Bucket]:
    statement = HASTY if transaction.dialect.name == "postgresql" else LOCKED
    found = transaction.execute(statement, {"one": keys[0], "other": keys[-1]}).mappings()
    return {row["key"]: read(row) for row in found}


def _save(transaction: sa.Connection, before: Mapping[str, Bucket], after: Mapping[str, Bucket]) -> None:
    changed = [{"whose": key, **_written(held)} for key, held in after.items() if held != before[key]]
    if changed:
        transaction.execute(CHANGE, changed)
