"""What the store tests say about the world: records, links and calls made short, and everything a store shows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from extension.sync.actions import Call, Intent
from extension.sync.canonical import SIDES, XERO, ZOHO, Side, Where
from extension.sync.model import Link, Record
from extension.sync.ports import Store

NOW = datetime(2026, 5, 4, 3, 2, 1, 654321, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
FEEDS = {ZOHO: "Accounts", XERO: "contacts"}
OWNER = "worker 1"


def record(id: str, side: Side = ZOHO, **changes: Any) -> Record:
    """An active account; `changes` are any fields of `Record`."""
    known: dict[str, Any] = {
        "entity": "account",
        "remote": id,
        "feed": FEEDS[side],
        "modified": NOW,
        "fields": {"name": f"Name {id}", "limit": Decimal("1.50"), "phone": None},
        "handle": id,
        "read_at": NOW,
        "first_seen": NOW,
    }
    return Record(id=id, side=side, **(known | changes))


def link(zoho: Record, xero: Record, **changes: Any) -> Link:
    """Two records in step."""
    known: dict[str, Any] = {"id": 0, "entity": zoho.entity, "settled": True}
    known |= {"ids": {ZOHO: zoho.id, XERO: xero.id}, "base": {ZOHO: zoho.fields, XERO: xero.fields}}
    return Link(**(known | changes))


def create(source: str, position: int = 0, **changes: Any) -> Intent:
    """Make the twin of this Zoho record in Xero."""
    known: dict[str, Any] = {"id": 0, "position": position, "verb": "create", "entity": "account", "side": XERO}
    known |= {"sent": {"name": "N"}, "read": {"name": "N", "limit": Decimal("1.50")}, "source": source}
    return Intent(**(known | changes))


def update(target: str, position: int = 0, **changes: Any) -> Intent:
    """Change this Xero record."""
    known: dict[str, Any] = {"id": 0, "position": position, "verb": "update", "entity": "account", "side": XERO}
    known |= {"sent": {"limit": Decimal("2.50")}, "read": {}, "target": target, "remote": target}
    return Intent(**(known | changes))


def call(*intents: Intent, **changes: Any) -> Call:
    """A call to Xero that carries these."""
    known: dict[str, Any] = {"side": XERO, "feed": "contacts", "verb": "create", "method": "PUT", "path": "/Contacts"}
    known |= {"id": str(uuid4()), "body": b'{"a":1.50}', "headers": {"Idempotency-Key": "k"}, "size": len(intents)}
    return Call(**(known | {"intents": intents} | changes))


def epoch_of(store: Store, owner: str = OWNER, now: datetime = NOW) -> int:
    """A lease that outlasts the test."""
    epoch = store.acquire(owner, now, 3600)
    assert epoch is not None
    return epoch


def put(store: Store, epoch: int, *records: Record) -> None:
    with store.write(epoch) as tx:
        tx.put_records(records)


def join(store: Store, epoch: int, agreed: Link) -> int:
    with store.write(epoch) as tx:
        return tx.insert_link(agreed)


def dirty(store: Store, entity: str = "account") -> list[str]:
    """Ids of what the plan must look at."""
    return [record.id for batch in store.dirty(entity) for record in batch]


def everything(store: Store) -> Mapping[str, object]:
    """What every read method shows about the ids that these tests use."""
    names = ["1", "2", "3", "h1", "k1", "k2", "s1", "parent"]
    wheres: list[Where] = [("account", side, id_) for side in SIDES for id_ in names]
    seen: dict[str, object] = {}
    for entity in ("account", "contact"):
        seen[f"dirty {entity}"] = dirty(store, entity)
        seen[f"keys {entity}"] = store.by_key(entity, names)
        seen[f"links {entity}"] = store.count_links(entity)
    for side in SIDES:
        seen[f"ids {side}"] = store.by_id("account", side, names)
        seen[f"handles {side}"] = store.by_handle("account", side, names)
        seen[f"stamps {side}"] = store.by_stamp("account", side, names)
        seen[f"scopes {side}"] = store.by_scope("account", side, names)
        seen[f"links of {side}"] = store.links_of("account", side, names)
        seen[f"count {side}"] = store.count_records("account", side)
    for side in SIDES:
        seen[f"feed {side}"] = store.feed(side, FEEDS[side])
        seen[f"remotes {side}"] = store.by_remote(side, FEEDS[side], names)
        seen[f"restless {side}"] = store.restless(side, FEEDS[side])
        seen[f"unseen {side}"] = [id_ for batch in store.unseen(side, FEEDS[side], LATER) for id_ in batch]
        seen[f"rows {side}"] = store.count_rows(side, FEEDS[side])
    seen["links"] = store.links(range(1, 100))
    seen["calls"] = store.open_calls()
    seen["rejections"] = store.rejections(wheres)
    seen["decisions"] = store.decisions()
    seen["approvals"] = store.approvals()
    seen["let through"] = store.let_through()
    seen["holds"] = store.holds()
    seen["runs"] = store.runs()
    seen["entries"] = store.entries()
    seen["not before"] = store.not_before()
    return seen
