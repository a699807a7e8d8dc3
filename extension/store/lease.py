"""The lease of a connection: one writer, and a fencing epoch that every write of its state checks.

Mutual exclusion is this row and nothing else, in embedded and in scaled mode alike: a worker that was paused and
resumed wrote 20 of 24 pages twice without the epoch, 0 with it (facts/platform.md 2.3).
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from extension.store.tenancy import connection
from extension.sync.errors import LeaseLost

FENCED = sa.select(connection.c.epoch).where(connection.c.pk == sa.bindparam("mine")).with_for_update(key_share=True)


class Lease:
    """The lease of one connection."""

    def __init__(self, transaction: sa.Connection, connection_id: int) -> None:
        self.transaction, self.connection_id = transaction, connection_id
        self._mine = connection.c.pk == connection_id

    def acquire(self, owner: str, now: datetime, seconds: float) -> int | None:
        free = sa.or_(connection.c.lease_owner.is_(None), connection.c.lease_until <= now)
        until = now + timedelta(seconds=seconds)
        change = sa.update(connection).where(self._mine, free)
        change = change.values(lease_owner=owner, lease_until=until, epoch=connection.c.epoch + 1)
        epoch: int | None = self.transaction.scalar(change.returning(connection.c.epoch))
        return epoch

    def renew(self, epoch: int, now: datetime, seconds: float) -> bool:
        held = sa.and_(self._mine, connection.c.epoch == epoch, connection.c.lease_owner.is_not(None))
        change = sa.update(connection).where(held).values(lease_until=now + timedelta(seconds=seconds))
        return self.transaction.execute(change).rowcount == 1

    def release(self, epoch: int) -> None:
        mine = sa.and_(self._mine, connection.c.epoch == epoch)
        self.transaction.execute(sa.update(connection).where(mine).values(lease_owner=None, lease_until=None))

    def held(self, epoch: int, now: datetime) -> bool:
        mine = sa.and_(self._mine, connection.c.epoch == epoch, connection.c.lease_until > now)
        return self.transaction.scalar(sa.select(connection.c.pk).where(mine)) is not None

    def check(self, epoch: int) -> None:
        """Holds the row until the transaction ends. Signals may still come in: they only need its key to stay."""
        if self.transaction.scalar(FENCED, {"mine": self.connection_id}) != epoch:
            raise LeaseLost("Another worker took over this connection.")
