"""How several connections stand, for the page that lists them: three statements whatever their number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from extension.store.database import EVERYBODY, Database
from extension.store.tables import hold, run
from extension.store.tenancy import connection, credential
from extension.sync.canonical import SIDES, Side


@dataclass(frozen=True)
class Glance:
    """`state`, `started_at`: of the newest run; None where there is none. `waiting`: records that need somebody.
    `lost`: the sides whose access does not work any more."""

    state: str | None
    started_at: datetime | None
    waiting: int
    lost: tuple[Side, ...]


def glances(database: Database, connections: Sequence[int]) -> Mapping[int, Glance]:
    """By connection."""
    with database.reading(EVERYBODY) as transaction:
        runs = _newest_runs(transaction, connections)
        held, lost = _held(transaction, connections), _lost(transaction, connections)
    return {
        number: Glance(*runs.get(number, (None, None)), held.get(number, 0), lost.get(number, ()))
        for number in connections
    }


def _newest_runs(
    transaction: sa.Connection, connections: Sequence[int]
) -> Mapping[int, tuple[str | None, datetime | None]]:
    newest = sa.select(sa.func.max(run.c.pk)).where(run.c.connection_id == connection.c.pk).scalar_subquery()
    numbers = sa.select(newest).where(connection.c.pk.in_(connections))
    rows = transaction.execute(
        sa.select(run.c.connection_id, run.c.state, run.c.started_at).where(run.c.pk.in_(numbers))
    )
    return {number: (state, at) for number, state, at in rows}


def _held(transaction: sa.Connection, connections: Sequence[int]) -> Mapping[int, int]:
    """Records, not holds: one may be held for several reasons."""
    columns = (hold.c.connection_id, hold.c.entity, hold.c.side, hold.c.id)
    held = sa.select(*columns).where(hold.c.connection_id.in_(connections)).distinct().subquery()
    counted = sa.select(held.c.connection_id, sa.func.count()).group_by(held.c.connection_id)
    return {number: int(records) for number, records in transaction.execute(counted)}


def _lost(transaction: sa.Connection, connections: Sequence[int]) -> Mapping[int, tuple[Side, ...]]:
    broken = sa.and_(credential.c.connection_id.in_(connections), credential.c.broken.is_not(None))
    found = defaultdict[int, set[str]](set)
    for number, side in transaction.execute(sa.select(credential.c.connection_id, credential.c.side).where(broken)):
        found[number].add(side)
    return {number: tuple(side for side in SIDES if side in sides) for number, sides in found.items()}
