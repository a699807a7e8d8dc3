"""What the database says of itself: its clock, who is connected to it, and which workers show signs of life."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final

import sqlalchemy as sa

from extension.store import walls
from extension.store.database import EVERYBODY, Database

ENGINES: Final = 3  # of the queue, in one worker process (jobs/fleet.py): each gives signs of life of its own
LIVES: Final = timedelta(seconds=15)  # longer than three of its heartbeats

_workers = sa.table("procrastinate_workers", sa.column("last_heartbeat", sa.DateTime(timezone=True)))


@dataclass(frozen=True)
class Server:
    """`time`: its own clock; None where it has none but ours. `workers`: worker processes of the queue that live; None
    where there is no such queue. `connected`, `most`: connections to it by anybody, and how many it takes. `pooled`:
    how many a process of ours opens at most for its own statements. `walled`: whether it keeps connections apart by
    itself; None where it cannot."""

    kind: str
    version: str
    time: datetime | None = None
    workers: int | None = None
    connected: int = 0
    most: int | None = None
    pooled: int | None = None
    walled: bool | None = None


def server(database: Database) -> Server:
    """Asks it."""
    with database.reading(EVERYBODY) as transaction:
        if transaction.dialect.name == "sqlite":
            return Server("sqlite", str(transaction.scalar(sa.select(sa.func.sqlite_version()))))
        row = transaction.exec_driver_sql(
            "SELECT current_setting('server_version'), clock_timestamp(), (SELECT count(*) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend'), current_setting('max_connections')::int"
            " - current_setting('superuser_reserved_connections')::int"
        ).one()
        told = (row[0], row[1], alive(transaction), row[2], row[3], _pooled(database))
        return Server("postgresql", *told, walls.stand(transaction))


def alive(transaction: sa.Connection) -> int | None:
    """Worker processes that share the work."""
    if transaction.dialect.name == "sqlite":
        return None
    lives = _workers.c.last_heartbeat > sa.func.now() - LIVES
    return ceil((transaction.scalar(sa.select(sa.func.count()).select_from(_workers).where(lives)) or 0) / ENGINES)


def _pooled(database: Database) -> int | None:
    """As the engine of this process is configured."""
    pool = database.engine.pool
    return pool.size() + max(0, pool._max_overflow) if isinstance(pool, sa.QueuePool) else None
