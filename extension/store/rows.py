"""Records and links as rows, and back.

A row that is read brings its canonical text; the text is decoded only when somebody asks for a field, and never
encoded again: most records of a walk are compared by digest and left alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any

import sqlalchemy as sa

from extension.store.columns import EPOCH, ticks
from extension.store.tables import KEYS, link, record
from extension.sync.canonical import SIDES, XERO, ZOHO, Fields, Side, Value, decode, digest_of, encode
from extension.sync.model import Link, Record, Ref, State

Row = sa.RowMapping
Values = dict[str, Any]

RECORD = [c for c in record.c if c.name not in ("pk", "connection_id", "seen_at", "look")]
LINK = [c for c in link.c if c.name != "connection_id"]
WRITTEN = tuple(c.name for c in record.c if c.name != "pk")  # in the order of the table
KEY_NAMES = tuple(f"key{n}" for n in range(1, KEYS + 1))
NO_KEYS = (None,) * KEYS


class Stored(Mapping[str, Value]):
    """Canonical fields that are decoded when first looked into."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def _fields(self) -> dict[str, Value]:
        fields: dict[str, Value] = decode(self.text)
        return fields

    def __getitem__(self, name: str) -> Value:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        return repr(self._fields)


_ticks = lru_cache(16)(ticks)  # of a page all are the same


def text_of(fields: Fields) -> str:
    return fields.text if isinstance(fields, Stored) else encode(fields)


# ------------------------------------------------------------------ records


def record_values(connection_id: int, observed: Record, seen_at: int | None, look: int) -> tuple[Any, ...]:
    """One record as a driver takes it: the columns `WRITTEN`. Everything that we observe passes here."""
    keys, scope = observed.keys, observed.scope
    refs = _refs_text(observed.refs)
    read_at = None if observed.read_at is None else _ticks(observed.read_at)
    return (
        connection_id,
        observed.entity,
        observed.side,
        observed.id,
        observed.feed,
        observed.remote,
        None if observed.handle in ("", observed.id) else observed.handle,
        *keys[:KEYS],
        *NO_KEYS[len(keys) :],
        observed.stamp or None,
        None if scope is None else scope.entity,
        None if scope is None else scope.handle,
        refs,
        refs if observed.demands is observed.refs else _refs_text(observed.demands),
        ticks(observed.modified),
        observed.state,
        observed.births,
        observed.restless,
        observed.successor,
        observed.title,
        observed.version,
        read_at,
        read_at if observed.first_seen is None else _ticks(observed.first_seen),
        seen_at,
        observed.text,
        observed.digest,
        look,
    )


def record_of(row: Row) -> Record:
    stored = Record(
        entity=row["entity"],
        side=row["side"],
        id=row["id"],
        remote=row["remote"],
        feed=row["feed"],
        modified=row["modified"],
        fields=Stored(row["fields"]),
        state=row["state"],
        handle=row["handle"] or row["id"],
        keys=tuple(row[name] for name in KEY_NAMES if row[name] is not None),
        stamp=row["stamp"],
        scope=Ref(row["scope_entity"], row["scope_handle"]) if row["scope_handle"] is not None else None,
        refs=_refs(row["refs"]),
        demands=_refs(row["demands"]),
        births=row["births"],
        restless=row["restless"],
        successor=row["successor"],
        title=row["title"],
        version=row["version"],
        read_at=row["read_at"],
        first_seen=row["first_seen"],
    )
    return _with_digest(stored, row["fields"], row["digest"])


def gone(stored: Record, at: datetime) -> Record:
    """The same record after its row vanished."""
    return _with_digest(replace(stored, state="gone", read_at=at), stored.text, stored.digest)


def outline(side: Side, state: State, births: bool, version: int, digest: str) -> Record:
    """As much of a record as `model.is_dirty` asks for."""
    bare = Record("", side, "", "", "", EPOCH, {}, state=state, births=births, version=version)
    return _with_digest(bare, "", digest)


def _with_digest(bare: Record, text: str, digest: str) -> Record:
    bare.__dict__.update(text=text, digest=digest)  # what the cached properties would compute
    return bare


def _refs_text(refs: Sequence[Ref]) -> str | None:
    if not refs:
        return None
    return f"[{','.join([f'[{encode(ref.entity)},{encode(ref.handle)}]' for ref in refs])}]"


def _refs(text: str | None) -> tuple[Ref, ...]:
    return tuple(Ref(entity, handle) for entity, handle in json.loads(text)) if text else ()


# ------------------------------------------------------------------ links


def link_values(agreed: Link) -> Values:
    """The columns of one link, but for whose it is and its number."""
    bases = {side: text_of(agreed.base[side]) for side in SIDES}
    return {
        "entity": agreed.entity,
        "zoho_id": agreed.ids[ZOHO],
        "xero_id": agreed.ids[XERO],
        "zoho_base": bases[ZOHO],
        "xero_base": bases[XERO],
        "zoho_digest": digest_of(bases[ZOHO]),
        "xero_digest": digest_of(bases[XERO]),
        "pairs": pairs_text(agreed.pairs),
        "put_back": encode(agreed.put_back) if agreed.put_back else None,
        "state": agreed.state,
        "made_by": agreed.made_by,
        "version": agreed.version,
        "settled": agreed.settled,
    }


def link_of(row: Row) -> Link:
    stored = Link(
        id=row["pk"],
        entity=row["entity"],
        ids={ZOHO: row["zoho_id"], XERO: row["xero_id"]},
        base={ZOHO: Stored(row["zoho_base"]), XERO: Stored(row["xero_base"])},
        pairs=pairs_of(row["pairs"]),
        state=row["state"],
        made_by=row["made_by"],
        version=row["version"],
        settled=row["settled"],
        put_back=decode(row["put_back"]) if row["put_back"] else {},
    )
    return _with_base_digests(stored, {ZOHO: row["zoho_digest"], XERO: row["xero_digest"]})


def verdict(row: Row, side: Side) -> Link:
    """As much of a link as `model.is_dirty` asks for: its state and what was agreed on one side."""
    bare = Link(row["pk"], "", {}, {}, state=row["state"], version=row["version"], settled=row["settled"])
    return _with_base_digests(bare, {side: row["digest"]})


def _with_base_digests(bare: Link, digests: Mapping[Side, str]) -> Link:
    bare.__dict__["_digests"] = dict(digests)
    return bare


def pairs_text(pairs: Sequence[tuple[str, str]]) -> str | None:
    return encode([list(pair) for pair in pairs]) if pairs else None


def pairs_of(text: str | None) -> tuple[tuple[str, str], ...]:
    return tuple((zoho, xero) for zoho, xero in json.loads(text)) if text else ()
