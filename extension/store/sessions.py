"""Who is signed in: opaque tokens with an end, kept as hashes."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from extension.store.database import EVERYBODY, Database
from extension.store.grants import from_plain, plain_of
from extension.store.tenancy import session
from extension.sync.ports import Grant

SEALED = "sealed"  # in a holder: a grant that its token opens
ENDS = "ends"  # in a holder: when its session is over, however busy it is
WORTH_A_WRITE = timedelta(minutes=1)


class Sessions:
    """Sessions of the portal and bearer tokens of the widget."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def start(
        self,
        holder: Mapping[str, Any],
        now: datetime,
        seconds: float,
        connection_id: int | None = None,
        *,
        longest: timedelta | None = None,
        grant: Grant | None = None,
        token: str = "",
    ) -> str:
        """A new token for this holder (who it is, what they may do). `longest`: visits prolong it up to then.
        `grant`: kept sealed, opened by the token alone. `token`: one that a person can type, for a short while."""
        token = token or secrets.token_urlsafe(32)
        kept = dict(holder)
        if longest:
            kept[ENDS] = (now + longest).isoformat()
        if grant is not None:
            kept[SEALED] = self.database.seal.close(plain_of(grant), {"session": _hash(token)})
        values = {
            "connection_id": connection_id,
            "token_hash": _hash(token),
            "holder": kept,
            "expires_at": now + timedelta(seconds=seconds),
        }
        with self.database.writing(EVERYBODY) as transaction:
            transaction.execute(sa.delete(session).where(session.c.expires_at <= now))
            transaction.execute(sa.insert(session).values(values))
        return token

    def holder(self, token: str, now: datetime) -> Mapping[str, Any] | None:
        """Who holds this token; None: nobody, or it has ended."""
        mine = sa.and_(session.c.token_hash == _hash(token), session.c.expires_at > now)
        with self.database.reading(EVERYBODY) as transaction:
            holder: Mapping[str, Any] | None = transaction.scalar(sa.select(session.c.holder).where(mine))
        return holder

    def visit(self, token: str, now: datetime, idle: timedelta) -> Mapping[str, Any] | None:
        """As `holder`; somebody who comes back within `idle` stays, until the session's longest life is over."""
        mine = session.c.token_hash == _hash(token)
        with self.database.reading(EVERYBODY) as transaction:
            row = transaction.execute(sa.select(session).where(mine, session.c.expires_at > now)).mappings().first()
        if row is None:
            return None
        holder: Mapping[str, Any] = row["holder"]
        until = min(now + idle, datetime.fromisoformat(holder[ENDS])) if ENDS in holder else row["expires_at"]
        if until - row["expires_at"] > WORTH_A_WRITE:
            with self.database.writing(EVERYBODY) as transaction:
                transaction.execute(sa.update(session).where(mine).values(expires_at=until))
        return holder

    def take(self, token: str, now: datetime) -> Mapping[str, Any] | None:
        """Who holds this token, once: it ends with the answer, so two askers cannot both have it."""
        mine = sa.delete(session).where(session.c.token_hash == _hash(token))
        with self.database.writing(EVERYBODY) as transaction:
            row = transaction.execute(mine.returning(session.c.holder, session.c.expires_at)).first()
        return row.holder if row is not None and row.expires_at > now else None

    def grant(self, token: str, holder: Mapping[str, Any]) -> Grant:
        """What was sealed with this holder."""
        return from_plain(self.database.seal.open(holder[SEALED], {"session": _hash(token)}))

    def end(self, token: str) -> None:
        with self.database.writing(EVERYBODY) as transaction:
            transaction.execute(sa.delete(session).where(session.c.token_hash == _hash(token)))

    def end_all(self, connection_id: int) -> None:
        """Ends every session of one connection."""
        with self.database.writing(connection_id) as transaction:
            transaction.execute(sa.delete(session).where(session.c.connection_id == connection_id))


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
