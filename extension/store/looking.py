"""What is asked about the tasks of many connections at once, in one statement whatever their number.

The clocks ask this about everybody. One question for each of 5,000 connections would be most of what such an
installation does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from extension.store.portal import task
from extension.store.tenancy import connection

Document = Mapping[str, Any]
SCHEDULED = task.c.asked_by == sa.literal_column("'schedule'", sa.Text())  # word for word as in the partial index
MINE = task.c.connection_id == connection.c.pk


def last_scheduled(transaction: sa.Connection, connections: Sequence[int]) -> Mapping[int, datetime]:
    newest = sa.select(task.c.asked_at).where(MINE, SCHEDULED).order_by(task.c.pk.desc()).limit(1)
    statement = sa.select(connection.c.pk, newest.scalar_subquery()).where(connection.c.pk.in_(connections))
    return {number: at for number, at in transaction.execute(statement).all() if at is not None}


def spent(
    transaction: sa.Connection, connections: Sequence[int], since: datetime
) -> Mapping[int, Sequence[tuple[datetime, Document]]]:
    """Of each: when a run was asked for, and its calls by side."""
    theirs = (task.c.connection_id.in_(connections), SCHEDULED, task.c.asked_at >= since, task.c.state == "done")
    columns = sa.select(task.c.connection_id, task.c.asked_at, task.c.result)
    found: dict[int, list[tuple[datetime, Document]]] = defaultdict(list)
    for number, at, result in transaction.execute(columns.where(*theirs).order_by(task.c.pk.desc())):
        if result.get("calls"):
            found[number].append((at, result["calls"]))
    return found


def latest_of(transaction: sa.Connection, connections: Sequence[int], kind: str) -> Sequence[sa.RowMapping]:
    newest = sa.select(sa.func.max(task.c.pk)).where(MINE, task.c.kind == kind).scalar_subquery()
    numbers = sa.select(newest).where(connection.c.pk.in_(connections))
    return transaction.execute(sa.select(task).where(task.c.pk.in_(numbers))).mappings().all()
