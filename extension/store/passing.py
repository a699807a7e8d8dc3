"""Grants on their way to a connection: what consent brought, until the person has chosen the organisations.

Sealed, bound to the person's session, and gone after half an hour. They lie in the table of consents under way, under
a hash that only the session's token leads to.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from extension.store.database import EVERYBODY, Database
from extension.store.grants import from_plain, plain_of
from extension.store.oauth_states import KEPT, hash_of
from extension.store.rowset import inserting
from extension.store.tenancy import oauth_state
from extension.sync.canonical import SIDES, Side
from extension.sync.ports import Clock, Grant


class PassingGrants:
    """`ports.Grants` of one session. Only one person uses them, so everybody may refresh."""

    def __init__(self, database: Database, session: str, clock: Clock) -> None:
        self.database, self._session, self._clock = database, session, clock

    def get(self, side: Side) -> Grant | None:
        with self.database.reading(EVERYBODY) as transaction:
            row = transaction.execute(sa.select(oauth_state.c.secret).where(self._row(side))).first()
        return from_plain(self.database.seal.open(row.secret, self._belongs(side))) if row else None

    def claim(self, side: Side, generation: int, now: datetime, seconds: float) -> bool:
        return True

    def put(self, side: Side, grant: Grant) -> None:
        """Keeps a new consent, from now on."""
        now = self._clock.now()
        values = {"state_hash": self._hash(side), "created": now, "secret": self._sealed(side, grant)}
        with self.database.writing(EVERYBODY) as transaction:
            transaction.execute(sa.delete(oauth_state).where(oauth_state.c.created < now - KEPT))
            made = inserting(transaction, oauth_state).values(values)
            known = {name: values[name] for name in ("created", "secret")}
            transaction.execute(made.on_conflict_do_update(index_elements=["state_hash"], set_=known))

    def save(self, side: Side, grant: Grant) -> Grant:
        """A renewed one lives no longer than the consent it came from."""
        with self.database.writing(EVERYBODY) as transaction:
            change = sa.update(oauth_state).where(self._row(side))
            transaction.execute(change.values(secret=self._sealed(side, grant)))
        return grant

    def annotate(self, side: Side, grant: Grant) -> None:
        self.save(side, grant)

    def mark_broken(self, side: Side, reason: str) -> None:
        self.drop(side)

    def drop(self, *sides: Side) -> None:
        """Forgets these; without a side all."""
        with self.database.writing(EVERYBODY) as transaction:
            for side in sides or SIDES:
                mine = oauth_state.c.state_hash == self._hash(side)
                transaction.execute(sa.delete(oauth_state).where(mine))

    def _row(self, side: Side) -> sa.ColumnElement[bool]:
        return sa.and_(oauth_state.c.state_hash == self._hash(side), oauth_state.c.created >= self._clock.now() - KEPT)

    def _hash(self, side: Side) -> str:
        return hash_of(f"grant of {side} for {self._session}")

    def _sealed(self, side: Side, grant: Grant) -> str:
        return self.database.seal.close(plain_of(grant), self._belongs(side))

    def _belongs(self, side: Side) -> dict[str, Any]:
        return {"grant": self._hash(side)}
