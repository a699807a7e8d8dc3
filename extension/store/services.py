"""What the installation itself knows: its registrations with the two services, and a few notes.

Secrets are sealed like grants and bound to their side; a form may leave one as it is, nobody can read it back. Who
changed what is kept, with the secret never among it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from extension.store.connections import Change
from extension.store.database import EVERYBODY, Database
from extension.store.portal import installation, installation_event, service
from extension.store.rowset import inserting
from extension.sync.canonical import Side
from extension.sync.errors import BadInput

DATA_CENTRES = ("us", "eu", "in", "au", "jp", "cn", "ca", "sa", "uk")


@dataclass(frozen=True)
class ServiceApp:
    """Our registration with one service. `data_centre` is Zoho's alone."""

    client_id: str
    secret: str = field(repr=False)
    data_centre: str = ""


class Services:
    """Registrations and notes of this installation."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def get(self, side: Side) -> ServiceApp | None:
        with self.database.reading(EVERYBODY) as transaction:
            row = transaction.execute(sa.select(service).where(service.c.side == side)).mappings().first()
        if row is None:
            return None
        return ServiceApp(row["client_id"], self._open(side, row["secret"]), row["data_centre"])

    def save(
        self, side: Side, client_id: str, secret: str | None, data_centre: str, actor: str, now: datetime
    ) -> ServiceApp:
        """Stores a registration; without a secret the one at hand stays."""
        client_id, given = client_id.strip(), (secret or "").strip()
        if not client_id:
            raise BadInput("The client id is empty.", code="no_client_id", hint="Copy it from the service's console.")
        if side == "zoho" and data_centre not in DATA_CENTRES:
            raise BadInput(f"There is no data centre “{data_centre}”.", code="no_data_centre")
        with self.database.writing(EVERYBODY) as transaction:
            row = transaction.execute(sa.select(service).where(service.c.side == side).with_for_update()).mappings()
            old = row.first()
            if not given and old is None:
                raise BadInput("The client secret is empty.", code="no_client_secret", hint="Copy it beside the id.")
            sealed = self.database.seal.close({"secret": given}, _belongs(side)) if given else old and old["secret"]
            known = {"client_id": client_id, "secret": sealed, "data_centre": data_centre}
            made = inserting(transaction, service).values(side=side, **known)
            transaction.execute(made.on_conflict_do_update(index_elements=["side"], set_=known))
            _note(transaction, now, actor, side, _told(old), {**_told(known), "new_secret": bool(given)})
        return ServiceApp(client_id, given or self._open(side, str(sealed)), data_centre)

    def _open(self, side: Side, sealed: str) -> str:
        return str(self.database.seal.open(sealed, _belongs(side))["secret"])

    def note(self, key: str) -> Any:
        """What was noted under this name; None: nothing."""
        with self.database.reading(EVERYBODY) as transaction:
            return transaction.scalar(sa.select(installation.c.value).where(installation.c.key == key))

    def set_note(self, key: str, value: Any, *, actor: str = "", at: datetime | None = None) -> None:
        """Keeps a note. What a person wrote (`actor`, `at`) is among the changes."""
        with self.database.writing(EVERYBODY) as transaction:
            if actor and at is not None:
                old = transaction.scalar(sa.select(installation.c.value).where(installation.c.key == key))
                event = {"at": at, "actor": actor, "action": "note", "object": key, "before": old, "after": value}
                transaction.execute(sa.insert(installation_event).values(event))
            made = inserting(transaction, installation).values(key=key, value=value)
            transaction.execute(made.on_conflict_do_update(index_elements=["key"], set_={"value": value}))

    def take_note(self, key: str) -> Any:
        """What was noted, once: whoever takes it, takes it alone."""
        with self.database.writing(EVERYBODY) as transaction:
            gone = sa.delete(installation).where(installation.c.key == key)
            return transaction.scalar(gone.returning(installation.c.value))

    def changes(self, limit: int = 100) -> Sequence[Change]:
        """Who changed what, newest first."""
        statement = sa.select(installation_event).order_by(installation_event.c.pk.desc()).limit(limit)
        names = ("at", "actor", "action", "object", "before", "after")
        with self.database.reading(EVERYBODY) as transaction:
            rows = transaction.execute(statement).mappings()
            return [Change(**{name: row[name] for name in names}) for row in rows]


def _belongs(side: Side) -> dict[str, Any]:
    return {"service": side}


def _told(row: Mapping[str, Any] | sa.RowMapping | None) -> dict[str, Any]:
    return {name: row[name] for name in ("client_id", "data_centre")} if row else {}


def _note(
    transaction: sa.Connection, at: datetime, actor: str, side: Side, before: dict[str, Any], after: dict[str, Any]
) -> None:
    event = {"at": at, "actor": actor, "action": "service", "object": side, "before": before or None, "after": after}
    transaction.execute(sa.insert(installation_event).values(event))
