"""What the services gave us, encrypted at rest and refreshed by one worker at a time.

The right to refresh is a lease by compare-and-set on the row; the call to the service happens outside any transaction.
Without it, 28 of 32 refreshes by 8 processes ended in invalid_grant; with it, none (facts/platform.md 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from extension.store.database import EVERYBODY, Database
from extension.store.portal import mail, service
from extension.store.rowset import Rowset, owned
from extension.store.seal import Seal
from extension.store.tenancy import connection, credential
from extension.sync.canonical import Side
from extension.sync.ports import Grant

HELD = sa.select(credential).where(owned(credential), credential.c.side == sa.bindparam("side"))
LOCKED = HELD.with_for_update()


class SqlGrants:
    """Grants of one connection."""

    def __init__(self, database: Database, connection_id: int) -> None:
        self.database, self.connection_id = database, connection_id

    def get(self, side: Side) -> Grant | None:
        with self.database.reading(self.connection_id) as transaction:
            row = _Credentials(transaction, self.connection_id).get(side)
        return self._open(side, row) if row and row["broken"] is None else None

    def problem(self, side: Side) -> str | None:
        """Why the grant does not work any more; None: it does, or there is none."""
        with self.database.reading(self.connection_id) as transaction:
            row = _Credentials(transaction, self.connection_id).get(side)
        return str(row["broken"]) if row and row["broken"] is not None else None

    def claim(self, side: Side, generation: int, now: datetime, seconds: float) -> bool:
        with self.database.writing(self.connection_id) as transaction:
            until = now + timedelta(seconds=seconds)
            return _Credentials(transaction, self.connection_id).claim(side, generation, now, until)

    def save(self, side: Side, grant: Grant) -> Grant:
        with self.database.writing(self.connection_id) as transaction:
            credentials = _Credentials(transaction, self.connection_id)
            row = credentials.get(side, lock=True)
            generation = row["generation"] if row else 0
            if row and grant.generation not in (0, generation):
                return self._open(side, row)  # a worker that slept past its claim: somebody refreshed after it
            sealed = self.database.seal.close(plain_of(grant), self._belongs(side))
            credentials.save(side, sealed, generation + 1)
        return replace(grant, generation=generation + 1)

    def annotate(self, side: Side, grant: Grant) -> None:
        with self.database.writing(self.connection_id) as transaction:
            credentials = _Credentials(transaction, self.connection_id)
            row = credentials.get(side, lock=True)
            if row and row["generation"] == grant.generation:
                kept = replace(self._open(side, row), extra=grant.extra)
                credentials.reseal(side, self.database.seal.close(plain_of(kept), self._belongs(side)))

    def mark_broken(self, side: Side, reason: str) -> None:
        with self.database.writing(self.connection_id) as transaction:
            _Credentials(transaction, self.connection_id).mark_broken(side, reason)

    def forget(self) -> None:
        """Keeps nothing of what the services gave us for this connection."""
        with self.database.writing(self.connection_id) as transaction:
            mine = credential.c.connection_id == self.connection_id
            transaction.execute(sa.delete(credential).where(mine))

    def _belongs(self, side: Side) -> dict[str, Any]:
        return {"cid": self.connection_id, "side": side}

    def _open(self, side: Side, row: sa.RowMapping) -> Grant:
        plain = self.database.seal.open(row["secret"], self._belongs(side))
        return replace(from_plain(plain), generation=row["generation"])


def plain_of(grant: Grant) -> dict[str, Any]:
    """What is sealed of a grant."""
    return {
        "access": grant.access,
        "refresh": grant.refresh,
        "expires_at": grant.expires_at.isoformat(),
        "scopes": list(grant.scopes),
        "extra": dict(grant.extra),
        "previous_refresh": grant.previous_refresh,
    }


def from_plain(plain: dict[str, Any]) -> Grant:
    ends, scopes = datetime.fromisoformat(plain["expires_at"]), tuple(plain["scopes"])
    return Grant(**{**plain, "expires_at": ends, "scopes": scopes})


@dataclass(frozen=True)
class Loss:
    """An access that its service ended. `generation` tells this loss from an earlier one."""

    connection_id: int
    side: Side
    reason: str
    generation: int


def losses(database: Database, told: str) -> Sequence[Loss]:
    """Every access of an active connection that does not work any more, and of which no letter tells. `told`: what the
    keys of such letters begin with, before side and generation."""
    columns = (credential.c.connection_id, credential.c.side, credential.c.broken, credential.c.generation)
    key = sa.literal(told) + credential.c.side + sa.literal(":") + sa.cast(credential.c.generation, sa.Text)
    letter = sa.exists().where(mail.c.connection_id == credential.c.connection_id, mail.c.key == key)
    broken = sa.and_(credential.c.broken.is_not(None), ~letter)
    mine = sa.and_(credential.c.connection_id == connection.c.pk, connection.c.active, broken)
    with database.reading(EVERYBODY) as transaction:
        found = transaction.execute(sa.select(*columns).select_from(credential.join(connection, mine)))
        return [Loss(*row) for row in found.all()]


class _Credentials(Rowset):
    """The sealed rows of one connection."""

    table = credential

    def get(self, side: Side, *, lock: bool = False) -> sa.RowMapping | None:
        found = self.prepared(LOCKED if lock else HELD, side=side)
        return found[0] if found else None

    def claim(self, side: Side, generation: int, now: datetime, until: datetime) -> bool:
        free = sa.or_(credential.c.claimed_until.is_(None), credential.c.claimed_until <= now)
        mine = sa.and_(self.mine, credential.c.side == side, credential.c.generation == generation, free)
        return self.transaction.execute(sa.update(credential).where(mine).values(claimed_until=until)).rowcount == 1

    def save(self, side: Side, sealed: str, generation: int) -> None:
        values = {"side": side, "secret": sealed, "generation": generation, "claimed_until": None, "broken": None}
        self.upsert(("side",), [values])

    def reseal(self, side: Side, sealed: str) -> None:
        mine = sa.and_(self.mine, credential.c.side == side)
        self.transaction.execute(sa.update(credential).where(mine).values(secret=sealed))

    def mark_broken(self, side: Side, reason: str) -> None:
        mine = sa.and_(self.mine, credential.c.side == side)
        self.transaction.execute(sa.update(credential).where(mine).values(broken=reason))


def rotate(database: Database, keys: Sequence[str]) -> int:
    """Seals every stored grant and every registration's secret with the newest of `keys`. Returns how many."""
    seal = Seal(keys)
    with database.writing(EVERYBODY) as transaction:
        return sum(_resealed(transaction, table, seal) for table in (credential, service))


def _resealed(transaction: sa.Connection, table: sa.Table, seal: Seal) -> int:
    select = sa.select(table.c.pk, table.c.secret).with_for_update()
    found = [{"row": pk, "sealed": seal.renew(secret)} for pk, secret in transaction.execute(select)]
    if found:
        change = sa.update(table).where(table.c.pk == sa.bindparam("row"))
        transaction.execute(change.values(secret=sa.bindparam("sealed")), found)
    return len(found)
