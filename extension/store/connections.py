"""The connections of an installation: which Zoho CRM organisation belongs with which Xero organisation.

At most one active connection per organisation of either service. Settings and what was fetched from the services
(taxes, accounts, facts of the organisation) are two JSON documents; every change of a setting says who made it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from extension.store.database import EVERYBODY, Database
from extension.store.leaving import Left, leave
from extension.store.tenancy import audit_event, connection
from extension.sync.canonical import XERO, ZOHO, Side
from extension.sync.errors import BadInput

NAMES = {ZOHO: "Zoho CRM", XERO: "Xero"}
ORG = {ZOHO: connection.c.zoho_org, XERO: connection.c.xero_org}


@dataclass(frozen=True)
class Connection:
    """One pairing. `organisations` are empty until the services have said who they are."""

    id: int
    name: str
    organisations: Mapping[Side, str]
    settings: Mapping[str, Any]
    fetched: Mapping[str, Any]
    start_date: datetime | None
    next_run_at: datetime | None
    not_before: datetime | None
    active: bool
    stretched: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Change:
    """Who changed what, when."""

    at: datetime
    actor: str
    action: str
    object: str
    before: Any
    after: Any


class Connections:
    """Every connection of this installation: the one place that is not scoped to a single one."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def create(
        self,
        name: str,
        zoho_org: str = "",
        xero_org: str = "",
        settings: Mapping[str, Any] | None = None,
        start_date: datetime | None = None,
    ) -> Connection:
        values = {
            "name": name,
            "zoho_org": zoho_org,
            "xero_org": xero_org,
            "settings": dict(settings or {}),
            "fetched": {},
            "start_date": start_date,
            "active": True,
            "epoch": 0,
        }
        with self.database.writing(EVERYBODY) as transaction:
            _check_free(transaction, None, {ZOHO: zoho_org, XERO: xero_org})
            number = transaction.execute(sa.insert(connection).values(values).returning(connection.c.pk)).scalar_one()
        return self.get(number)

    def get(self, connection_id: int) -> Connection:
        with self.database.reading(connection_id) as transaction:
            return _get(transaction, connection_id)

    def list(self, *, active: bool = True) -> Sequence[Connection]:
        """The active ones, or all."""
        statement = sa.select(connection).order_by(connection.c.pk)
        with self.database.reading(EVERYBODY) as transaction:
            rows = transaction.execute(statement.where(connection.c.active) if active else statement).mappings()
            return [_connection_of(row) for row in rows]

    def some(self, after: int, limit: int, *, active: bool = True, words: str = "") -> Sequence[Connection]:
        """The next ones after this number: 5,000 connections with all that was fetched of them are no list to hold.
        `words`: only those whose name contains them."""
        statement = sa.select(connection).where(connection.c.pk > after).order_by(connection.c.pk).limit(limit)
        if words:
            called = sa.func.lower(connection.c.name).contains(words.lower(), autoescape=True)
            statement = statement.where(sa.or_(called, connection.c.name.contains(words, autoescape=True)))
        with self.database.reading(EVERYBODY) as transaction:
            rows = transaction.execute(statement.where(connection.c.active) if active else statement).mappings()
            return [_connection_of(row) for row in rows]

    def these(self, numbers: Sequence[int]) -> Sequence[Connection]:
        """Those of these numbers that there are, in their order; so many as one statement takes."""
        statement = sa.select(connection).where(connection.c.pk.in_(numbers)).order_by(connection.c.pk)
        with self.database.reading(EVERYBODY) as transaction:
            return [_connection_of(row) for row in transaction.execute(statement).mappings()]

    def called(self, name: str) -> Connection | None:
        """The active one of this name, in whatever case. Nothing but the names of the others is read."""
        names = sa.select(connection.c.pk, connection.c.name).where(connection.c.active).order_by(connection.c.pk)
        with self.database.reading(EVERYBODY) as transaction:
            known = transaction.execute(names).all()
        found = next((number for number, each in known if each.casefold() == name.casefold()), None)
        return None if found is None else self.get(found)

    def by_organisation(self, side: Side, organisation: str) -> Connection | None:
        """The active connection of this organisation."""
        mine = sa.and_(connection.c.active, ORG[side] == organisation)
        with self.database.reading(EVERYBODY) as transaction:
            row = transaction.execute(sa.select(connection).where(mine)).mappings().first()
        return _connection_of(row) if row and organisation else None

    # -------------------------------------------------------------- changing

    def update_settings(
        self,
        connection_id: int,
        settings: Mapping[str, Any],
        actor: str,
        at: datetime,
        *,
        was: Mapping[str, Any] | None = None,
        left: Iterable[Left] = (),
    ) -> Connection:
        """Replaces the settings, and notes each one that changed. With `was`, only while they still are what the
        new ones were made from: nobody's change is overwritten unseen. `left`: the collections that they look at no
        more; refused while something there is linked or under way."""
        with self.database.writing(connection_id) as transaction:
            old = _get(transaction, connection_id, lock=True).settings
            if was is not None and old != was:
                raise BadInput(
                    "Somebody else changed the settings meanwhile. Nothing was saved.",
                    code="changed_meanwhile",
                    hint="Look at them as they are now, and repeat your change.",
                )
            leave(transaction, connection_id, left, at)
            events = [
                {"object": name, "before": old.get(name), "after": settings.get(name)}
                for name in sorted({*old, *settings})
                if old.get(name) != settings.get(name)
            ]
            self._change(transaction, connection_id, {"settings": dict(settings)})
            _note(transaction, connection_id, actor, at, "setting", events)
        return self.get(connection_id)

    def set_identities(self, connection_id: int, organisations: Mapping[Side, str], actor: str, at: datetime) -> None:
        """Stores which organisations the grants reach."""
        with self.database.writing(EVERYBODY) as transaction:
            old = _get(transaction, connection_id, lock=True).organisations
            _check_free(transaction, connection_id, organisations)
            self._change(transaction, connection_id, {ORG[side].name: org for side, org in organisations.items()})
            events = [
                {"object": NAMES[side], "before": old[side], "after": org}
                for side, org in organisations.items()
                if old[side] != org
            ]
            _note(transaction, connection_id, actor, at, "organisation", events)

    def set_start_date(self, connection_id: int, start_date: datetime | None, actor: str, at: datetime) -> None:
        with self.database.writing(connection_id) as transaction:
            old = _get(transaction, connection_id, lock=True).start_date
            self._change(transaction, connection_id, {"start_date": start_date})
            event = {"object": "start_date", "before": _iso(old), "after": _iso(start_date)}
            _note(transaction, connection_id, actor, at, "setting", [event])

    def rename(self, connection_id: int, name: str, actor: str, at: datetime) -> None:
        """Calls a connection something else; two that are active are never called the same."""
        with self.database.writing(EVERYBODY) as transaction:
            old = _get(transaction, connection_id, lock=True).name
            known = transaction.scalars(
                sa.select(connection.c.name).where(connection.c.active, connection.c.pk != connection_id)
            )
            if any(name.casefold() == each.casefold() for each in known):
                raise BadInput(f"There is a connection “{name}” already.", hint="Choose another name.")
            if name != old:
                self._change(transaction, connection_id, {"name": name})
                _note(
                    transaction, connection_id, actor, at, "setting", [{"object": "name", "before": old, "after": name}]
                )

    def set_fetched(self, connection_id: int, fetched: Mapping[str, Any]) -> None:
        """Replaces what was last fetched from the services."""
        with self.database.writing(connection_id) as transaction:
            self._change(transaction, connection_id, {"fetched": dict(fetched)})

    def end(self, connection_id: int, actor: str, at: datetime) -> None:
        """Stops using a connection; its history stays, its organisations are free for another one."""
        with self.database.writing(connection_id) as transaction:
            self._change(transaction, connection_id, {"active": False, "next_run_at": None})
            event = {"object": "connection", "before": None, "after": None}
            _note(transaction, connection_id, actor, at, "ended", [event])

    def changes(self, connection_id: int, limit: int = 100) -> Sequence[Change]:
        """Who changed what, newest first."""
        mine = sa.select(audit_event).where(audit_event.c.connection_id == connection_id)
        with self.database.reading(connection_id) as transaction:
            rows = transaction.execute(mine.order_by(audit_event.c.pk.desc()).limit(limit)).mappings()
            names = ("at", "actor", "action", "object", "before", "after")
            return [Change(**{name: row[name] for name in names}) for row in rows]

    def _change(self, transaction: sa.Connection, connection_id: int, values: Mapping[str, Any]) -> None:
        change = sa.update(connection).where(connection.c.pk == connection_id).values(dict(values))
        if transaction.execute(change).rowcount != 1:
            raise _unknown(connection_id)

    # -------------------------------------------------------------- when

    def due(self, now: datetime, limit: int) -> Sequence[int]:
        """Connections whose time has come and that no service told to wait, longest overdue first."""
        allowed = sa.or_(connection.c.not_before.is_(None), connection.c.not_before <= now)
        ready = sa.and_(sa.literal_column("active"), connection.c.next_run_at <= now, allowed)
        statement = sa.select(connection.c.pk).where(ready).order_by(connection.c.next_run_at, connection.c.pk)
        with self.database.reading(EVERYBODY) as transaction:
            return list(transaction.scalars(statement.limit(limit)))

    def set_next_run(self, connection_id: int, moment: datetime | None, *, was: datetime | None = None) -> bool:
        """Plans the next run. With `was`, only when nobody else did in between: true for one of several clocks."""
        mine = connection.c.pk == connection_id
        if was is not None:
            mine = sa.and_(mine, connection.c.next_run_at == was)
        with self.database.writing(connection_id) as transaction:
            return transaction.execute(sa.update(connection).where(mine).values(next_run_at=moment)).rowcount == 1

    def set_stretched(self, connection_id: int, stretched: Mapping[str, Any] | None) -> None:
        """Why runs are further apart than the schedule wishes; None: they are not."""
        with self.database.writing(connection_id) as transaction:
            self._change(transaction, connection_id, {"stretched": dict(stretched) if stretched else None})


def _get(transaction: sa.Connection, connection_id: int, *, lock: bool = False) -> Connection:
    mine = sa.select(connection).where(connection.c.pk == connection_id)
    row = transaction.execute(mine.with_for_update(key_share=True) if lock else mine).mappings().first()
    if row is None:
        raise _unknown(connection_id)
    return _connection_of(row)


def _unknown(connection_id: int) -> BadInput:
    return BadInput(f"There is no connection {connection_id}.", hint="`flask connect` makes one.")


def _connection_of(row: sa.RowMapping) -> Connection:
    names = ("name", "settings", "fetched", "start_date", "next_run_at", "not_before", "active", "stretched")
    organisations = {ZOHO: row["zoho_org"], XERO: row["xero_org"]}
    return Connection(id=row["pk"], organisations=organisations, **{name: row[name] for name in names})


def _check_free(transaction: sa.Connection, connection_id: int | None, organisations: Mapping[Side, str]) -> None:
    for side, organisation in organisations.items():
        mine = sa.and_(connection.c.active, ORG[side] == organisation, connection.c.pk != (connection_id or 0))
        holder = transaction.execute(sa.select(connection.c.pk, connection.c.name).where(mine)).first()
        if organisation and holder:
            raise BadInput(
                f"This {NAMES[side]} organisation is already in the connection {holder.name} (number {holder.pk}).",
                hint="End that connection first, or connect another organisation.",
            )


def _note(
    transaction: sa.Connection,
    connection_id: int,
    actor: str,
    at: datetime,
    action: str,
    events: Sequence[Mapping[str, Any]],
) -> None:
    own = {"connection_id": connection_id, "actor": actor, "at": at, "action": action}
    if events:
        transaction.execute(sa.insert(audit_event), [{**own, **event} for event in events])


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
