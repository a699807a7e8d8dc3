"""The calls of one connection that may be under way, and the intents they carry.

A call keeps the exact bytes, because "the same call again" means these bytes. Its intents go one by one as their
outcome is known; a call without intents is closed and kept for history.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from extension.store import rows
from extension.store.rowset import Rowset, owned, within
from extension.store.tables import call, intent
from extension.sync.actions import Call, Intent
from extension.sync.canonical import decode, encode
from extension.sync.errors import SyncError

IS_OPEN: sa.ColumnElement[bool] = sa.literal_column("open")  # word for word as in the partial index

UNDER_WAY = sa.select(call).where(owned(call), IS_OPEN).order_by(call.c.pk)


class Calls(Rowset):
    """The calls of one connection."""

    table = call

    def open(self) -> list[Call]:
        """Calls with open intents, oldest first."""
        calls = self.prepared(UNDER_WAY)
        carried: dict[int, list[Intent]] = defaultdict(list)
        own = intent.c.connection_id == self.connection_id
        for some in within(intent.c.call_pk, [row["pk"] for row in calls]):
            for row in self.rows(sa.select(intent).where(own, some).order_by(intent.c.pk)):
                carried[row["call_pk"]].append(_intent_of(row))
        return [_call_of(row, carried[row["pk"]]) for row in calls]

    def add(self, opened: Call) -> Call:
        """Stores a call with its intents and returns it with their ids."""
        claims = self._claims(opened)
        values = {"connection_id": self.connection_id, "open": bool(opened.intents), **_call_values(opened)}
        number = self.transaction.scalar(self.insert().values(values).on_conflict_do_nothing().returning(call.c.pk))
        if number is None:
            raise _still_open()
        if not opened.intents:
            return opened
        own = {"connection_id": self.connection_id, "call_pk": number, "feed": opened.feed}
        values_of = [
            {**own, **_intent_values(carried), "claims": claim}
            for carried, claim in zip(opened.intents, claims, strict=True)
        ]
        statement = sa.insert(intent).returning(intent.c.pk, sort_by_parameter_order=True)
        numbers = self.transaction.scalars(statement, values_of)
        carried = zip(opened.intents, numbers, strict=True)
        return replace(opened, intents=tuple(replace(one, id=pk) for one, pk in carried))

    def _claims(self, opened: Call) -> list[str | None]:
        """For each intent the remote record that its element writes, where it is the element's first intent."""
        claims: list[str | None] = []
        taken: dict[str, int] = {}  # remote record -> element
        sources: dict[tuple[str, str], list[str]] = defaultdict(list)
        for carried in opened.intents:
            target = carried.remote or carried.target
            if target is not None and taken.get(target, carried.position) != carried.position:
                raise _still_open()
            claims.append(target if target not in taken else None)
            if target is not None:
                taken[target] = carried.position
            if carried.verb == "create" and carried.source is not None:
                sources[carried.entity, carried.side].append(carried.source)
        own = intent.c.connection_id == self.connection_id
        writes = sa.and_(own, intent.c.side == opened.side, intent.c.feed == opened.feed)
        busy = [sa.and_(writes, some) for some in within(intent.c.claims, list(taken))]
        for (entity, side), ids in sources.items():
            if len(set(ids)) < len(ids):
                raise _still_open()
            creates = sa.and_(own, intent.c.entity == entity, intent.c.side == side, _IS_CREATE)
            busy += [sa.and_(creates, some) for some in within(intent.c.source, ids)]
        if any(self.transaction.scalar(sa.select(intent.c.pk).where(some).limit(1)) for some in busy):
            raise _still_open()
        return claims

    def touch(self, id_: str, first_sent: datetime, last_sent: datetime) -> None:
        change = sa.update(call).where(self.mine, call.c.id == id_)
        self.transaction.execute(change.values(first_sent=first_sent, last_sent=last_sent))

    def close(self, intent_ids: Sequence[int]) -> None:
        """Removes intents, and closes the calls that have none left."""
        own = intent.c.connection_id == self.connection_id
        touched: set[int] = set()
        for some in within(intent.c.pk, intent_ids):
            touched |= set(self.transaction.scalars(sa.delete(intent).where(own, some).returning(intent.c.call_pk)))
        for some in within(call.c.pk, list(touched)):
            left = sa.exists().where(intent.c.call_pk == call.c.pk)
            self.transaction.execute(sa.update(call).where(self.mine, some, ~left).values(open=False))
        for some in within(intent.c.call_pk, list(touched)):
            self.transaction.execute(_claim_again(sa.and_(own, some)))


_IS_CREATE = intent.c.verb == sa.literal_column("'create'")
_TARGET = sa.func.coalesce(intent.c.remote, intent.c.target)


def _claim_again(of: sa.ColumnElement[bool]) -> sa.Update:
    """An element keeps its remote record until the last of its intents is gone."""
    first = sa.func.min(intent.c.pk)
    orphans = sa.select(first).where(of, _TARGET.is_not(None)).group_by(intent.c.call_pk, intent.c.position)
    orphans = orphans.having(sa.func.count(intent.c.claims) == 0)
    return sa.update(intent).where(intent.c.pk.in_(orphans)).values(claims=_TARGET)


def _call_values(opened: Call) -> dict[str, Any]:
    return {
        "id": opened.id,
        "side": opened.side,
        "feed": opened.feed,
        "verb": opened.verb,
        "method": opened.method,
        "path": opened.path,
        "body": opened.body,
        "headers": dict(opened.headers),
        "size": opened.size,
        "first_sent": opened.first_sent,
        "last_sent": opened.last_sent,
    }


def _call_of(row: rows.Row, intents: Sequence[Intent]) -> Call:
    return Call(
        id=row["id"],
        side=row["side"],
        feed=row["feed"],
        verb=row["verb"],
        method=row["method"],
        path=row["path"],
        body=bytes(row["body"]),
        headers=row["headers"],
        size=row["size"],
        first_sent=row["first_sent"],
        last_sent=row["last_sent"],
        intents=tuple(intents),
    )


def _intent_values(carried: Intent) -> dict[str, Any]:
    return {
        "position": carried.position,
        "verb": carried.verb,
        "entity": carried.entity,
        "side": carried.side,
        "sent": rows.text_of(carried.sent),
        "read": rows.text_of(carried.read),
        "source": carried.source,
        "link": carried.link,
        "target": carried.target,
        "remote": carried.remote,
        "keys": encode(list(carried.keys)) if carried.keys else None,
        "stamp": carried.stamp,
        "pairs": rows.pairs_text(carried.pairs),
        "lost": encode(dict(carried.lost)) if carried.lost else None,
        "wish": carried.wish or None,
    }


def _intent_of(row: rows.Row) -> Intent:
    return Intent(
        id=row["pk"],
        position=row["position"],
        verb=row["verb"],
        entity=row["entity"],
        side=row["side"],
        sent=decode(row["sent"]),
        read=decode(row["read"]),
        source=row["source"],
        link=row["link"],
        target=row["target"],
        remote=row["remote"],
        keys=tuple(json.loads(row["keys"])) if row["keys"] else (),
        stamp=row["stamp"],
        pairs=rows.pairs_of(row["pairs"]),
        lost=decode(row["lost"]) if row["lost"] else {},
        wish=row["wish"] or "",
    )


def _still_open() -> SyncError:
    return SyncError("A write to one of these records is still open.", code="write_open")
