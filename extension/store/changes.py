"""Who changed what of one connection, by pages: what one person saved at one moment is one change.

Newest first. A change is known by the number of its first event; pages go by it, so that a list of any length costs
the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from extension.store.database import Database
from extension.store.tenancy import audit_event
from extension.sync.errors import BadInput

MOST_EVENTS: Final = 20  # of one change: a settings document has fewer parts


@dataclass(frozen=True)
class Event:
    """One thing that was changed: `object` is its name, `before` and `after` its values."""

    id: int
    at: datetime
    actor: str
    action: str
    object: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Saved:
    """What one person saved at one moment."""

    events: tuple[Event, ...]

    @property
    def id(self) -> int:
        return self.events[0].id

    @property
    def at(self) -> datetime:
        return self.events[0].at

    @property
    def actor(self) -> str:
        return self.events[0].actor

    @property
    def action(self) -> str:
        return self.events[0].action


class Changes:
    """The changes of one connection."""

    def __init__(self, database: Database, connection_id: int) -> None:
        self._database, self._connection_id = database, connection_id
        self._mine = sa.select(audit_event).where(audit_event.c.connection_id == connection_id)

    def page(self, *, before: int | None = None, limit: int = 50) -> list[Saved]:
        """The newest changes, or those before this one."""
        most = limit * MOST_EVENTS
        mine = self._mine if before is None else self._mine.where(audit_event.c.pk < before)
        rows = self._rows(mine.order_by(audit_event.c.pk.desc()).limit(most))
        changes = _grouped(rows)
        if len(rows) == most and len(changes) > 1:
            changes.pop()  # it may have been cut
        return changes[:limit]

    def get(self, number: int) -> Saved:
        """Raises BadInput."""
        near = audit_event.c.pk.between(number - MOST_EVENTS, number + MOST_EVENTS)
        rows = self._rows(self._mine.where(near).order_by(audit_event.c.pk.desc()))
        found = next((change for change in _grouped(rows) if change.id == number), None)
        if found is None:
            raise BadInput("There is no such change.", code="no_change")
        return found

    def _rows(self, statement: sa.Select[Any]) -> Sequence[Event]:
        names = ("at", "actor", "action", "object", "before", "after")
        with self._database.reading(self._connection_id) as transaction:
            rows = transaction.execute(statement).mappings()
            return [Event(id=row["pk"], **{name: row[name] for name in names}) for row in rows]


def _grouped(newest_first: Iterable[Event]) -> list[Saved]:
    """Neighbours of one moment, person and kind belong together."""
    groups: list[list[Event]] = []
    for event in newest_first:
        last = groups[-1][-1] if groups else None
        if last is not None and (last.at, last.actor, last.action) == (event.at, event.actor, event.action):
            groups[-1].append(event)
        else:
            groups.append([event])
    return [Saved(tuple(reversed(group))) for group in groups]
