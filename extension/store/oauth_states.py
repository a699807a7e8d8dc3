"""The state of a consent under way: used once, within ten minutes.

The state is kept as a hash and what goes with it sealed: whoever reads the database can finish nobody's consent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from extension.store.database import EVERYBODY, Database
from extension.store.tenancy import oauth_state

LIFE = timedelta(minutes=10)
KEPT = timedelta(minutes=30)  # what a consent brought waits in the same table, see `passing`


@dataclass(frozen=True, slots=True)
class OAuthState:
    """What must be remembered between sending a person to a service and their return."""

    provider: str
    code_verifier: str = field(repr=False)
    data_centre: str
    redirect: str
    created: datetime
    extra: Mapping[str, Any] = field(default_factory=dict)  # whose consent: connection, user, popup


class OAuthStates:
    """Consents under way."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def store(self, state: str, consent: OAuthState) -> None:
        hashed = hash_of(state)
        plain = asdict(consent) | {"created": consent.created.isoformat()}
        values = {"state_hash": hashed, "created": consent.created}
        values["secret"] = self.database.seal.close(plain, {"state": hashed})
        with self.database.writing(EVERYBODY) as transaction:
            transaction.execute(sa.delete(oauth_state).where(oauth_state.c.created < consent.created - KEPT))
            transaction.execute(sa.insert(oauth_state).values(values))

    def take(self, state: str, now: datetime) -> OAuthState | None:
        """The consent, once. None: never begun, used already, or too old."""
        hashed = hash_of(state)
        gone = sa.delete(oauth_state).where(oauth_state.c.state_hash == hashed)
        with self.database.writing(EVERYBODY) as transaction:
            row = transaction.execute(gone.returning(oauth_state.c.secret, oauth_state.c.created)).first()
        if row is None or row.created < now - LIFE:
            return None
        plain = self.database.seal.open(row.secret, {"state": hashed})
        return OAuthState(**(plain | {"created": row.created}))


def hash_of(state: str) -> str:
    return sha256(state.encode()).hexdigest()
