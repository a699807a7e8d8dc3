"""Every live record of one connection with the one fact that a list of them needs: is it linked?

For reports that must not leave anything out. Rows come in pieces, so a list of any length fits into memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from extension.store.database import Database
from extension.store.links import LIVE as LIVE_LINK
from extension.store.records import LIVE
from extension.store.rowset import BATCH, Rowset
from extension.store.tables import PARKED, link, record
from extension.sync.canonical import SIDES, ZOHO, Side, Where
from extension.sync.model import State

NAMES: Final = ("entity", "side", "id", "title", "state", "births", "modified")


@dataclass(frozen=True, slots=True)
class Listed:
    """One live record. `twin`: the id of its counterpart, None where it has none. `births`: may be created."""

    entity: str
    side: Side
    id: str
    title: str
    state: State
    births: bool
    parked: bool
    modified: datetime
    twin: str | None

    @property
    def where(self) -> Where:
        return (self.entity, self.side, self.id)


def inventory(database: Database, connection_id: int, entity: str) -> Iterator[Listed]:
    """The live records of one entity, ordered by side and id."""
    for side in SIDES:
        after = ""
        while True:
            with database.reading(connection_id) as transaction:
                piece = _Listing(transaction, connection_id).piece(entity, side, after)
            yield from piece
            if len(piece) < BATCH:
                break
            after = piece[-1].id


def named(database: Database, connection_id: int, entity: str, side: Side, words: str, limit: int) -> list[Listed]:
    """Live records whose title has all of these words, or that have this very id; by title."""
    with database.reading(connection_id) as transaction:
        return _Listing(transaction, connection_id).named(entity, side, words, limit)


class _Listing(Rowset):
    table = record

    def named(self, entity: str, side: Side, words: str, limit: int) -> list[Listed]:
        if not words.strip():
            return []
        has_words = sa.and_(*(_has(word) for word in words.split()))
        by_words = self._select(entity, side).where(has_words).order_by(record.c.title, record.c.id).limit(limit)
        by_id = self._select(entity, side).where(record.c.id == words.strip())
        return list({one.id: one for one in [*self._listed(by_id), *self._listed(by_words)]}.values())[:limit]

    def piece(self, entity: str, side: Side, after: str) -> list[Listed]:
        return self._listed(self._select(entity, side).where(record.c.id > after).order_by(record.c.id).limit(BATCH))

    def _select(self, entity: str, side: Side) -> sa.Select[Any]:
        own, other = (link.c.zoho_id, link.c.xero_id) if side == ZOHO else (link.c.xero_id, link.c.zoho_id)
        mine = sa.and_(link.c.connection_id == self.connection_id, link.c.entity == entity, own == record.c.id)
        return (
            sa.select(*(record.c[name] for name in NAMES), record.c.look, other.label("twin"))
            .select_from(record.join(link, sa.and_(mine, LIVE_LINK), isouter=True))
            .where(self.mine, record.c.entity == entity, record.c.side == side, LIVE)
        )

    def _listed(self, statement: sa.Select[Any]) -> list[Listed]:
        return [
            Listed(**{name: row[name] for name in NAMES}, parked=row["look"] == PARKED, twin=row["twin"])
            for row in self.rows(statement)
        ]


def _has(word: str) -> sa.ColumnElement[bool]:
    """SQLite folds the case of ASCII alone: other letters are looked for as people write them."""
    title = record.c.title
    if word.isascii():
        return sa.func.lower(title).contains(word.lower(), autoescape=True)
    return sa.or_(
        *(title.contains(each, autoescape=True) for each in {word, word.lower(), word.capitalize(), word.upper()})
    )
