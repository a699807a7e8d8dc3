"""How a link's bases move when something was agreed.

Pure. Only what was sent moves: the written side's base takes the values as they came back, the source's base as
they were read when it was decided. Everything else keeps its old base, so that a concurrent edit is still news.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from extension.sync.actions import Intent, Update
from extension.sync.canonical import SIDES, UNSET, XERO, ZOHO, Fields, Side, Value, other
from extension.sync.lines import moved_bases
from extension.sync.model import Link, Record
from extension.sync.ports import Entity

Pairs = tuple[tuple[str, str], ...]


def created_link(
    entity: Entity, intent: Intent, stored: Fields, record_id: str, version: int, *, found: bool = False
) -> Link:
    """The link that a create made. `found`: it was found after a lost answer, so the base is what we sent."""
    side, source = intent.side, other(intent.side)
    assert intent.source is not None
    own: dict[str, Value] = {}
    pairs: Pairs = ()
    for name, value in intent.sent.items():
        rule = entity.rules.get(name)
        if name not in stored:
            continue
        if rule is not None and rule.lines:
            pairs = _pairs_by_place(side, value or [], stored[name] or [])
            own[name] = stored[name]
        else:
            own[name] = value if found else stored[name]
    return Link(
        0,
        intent.entity,
        _by_side(side, record_id, intent.source),
        {side: own, source: dict(intent.read)},
        pairs,
        made_by="found" if found else "created",
        version=version,
    )


def _by_side(side: Side, own: Any, theirs: Any) -> dict[Side, Any]:
    return {side: own, other(side): theirs}


def _pairs_by_place(side: Side, sent: Sequence[Mapping[str, Value]], stored: Sequence[Mapping[str, Value]]) -> Pairs:
    if len(sent) != len(stored):
        return ()  # paired by content in the next merge
    couples = [
        (str(line["id"]), str(entry["from"])) for entry, line in zip(sent, stored, strict=True) if entry.get("from")
    ]
    return tuple(couples if side == ZOHO else [(theirs, own) for own, theirs in couples])


def updated_link(entity: Entity, link: Link, intent: Intent, before: Record, stored: Fields, version: int) -> Link:
    """The link after a patch was stored. `before`: the written record as it was read."""
    side, source = intent.side, other(intent.side)
    base: dict[Side, dict[str, Value]] = {s: dict(link.base[s]) for s in SIDES}
    put_back = dict(link.put_back)
    pairs = link.pairs
    for name, value in intent.sent.items():
        rule = entity.rules.get(name)
        if rule is not None and rule.lines:
            read = {side: before.fields.get(name) or [], source: intent.read.get(name) or []}
            known = {s: link.base[s].get(name) or [] for s in SIDES}
            moved, fresh = moved_bases(value or [], stored.get(name) or [], read, known, side)
            base[ZOHO][name], base[XERO][name] = moved[ZOHO], moved[XERO]
            pairs = _merged_pairs(pairs, fresh if side == ZOHO else [(z, x) for x, z in fresh])
            continue
        if (
            rule is not None
            and rule.direction == f"to_{side}"
            and base[source].get(name, UNSET) == intent.read.get(name)
        ):
            put_back[f"{side}.{name}"] = value
        base[side][name] = stored.get(name)
        base[source][name] = intent.read.get(name)
    return replace(link, base=base, pairs=pairs, put_back=put_back, version=version)


def _merged_pairs(pairs: Pairs, fresh: Sequence[tuple[str, str]]) -> Pairs:
    named = {z for z, _ in fresh} | {x for _, x in fresh}
    return tuple([p for p in pairs if p[0] not in named and p[1] not in named] + list(fresh))


def agreed_link(action: Update, link: Link, version: int) -> Link:
    """The link after bases moved in silence; fields that left the mapping leave the base."""
    base: dict[Side, dict[str, Value]] = {}
    for s in SIDES:
        fields = action.read[s].fields
        base[s] = {f: v for f, v in link.base[s].items() if f in fields}
        base[s].update({f: fields[f] for f in action.agree if f in fields})
    return replace(
        link,
        base=base,
        pairs=link.pairs if action.pairs is None else action.pairs,
        settled=link.settled or action.settles,
        version=version,
    )


def attributed_link(entity: Entity, link: Link, intent: Intent, now: Record, version: int) -> tuple[Link, bool]:
    """After a lost answer to an update: what arrived is ours, what did not is simply planned again."""
    arrived = {f: v for f, v in intent.sent.items() if _arrived(entity, f, v, now.fields.get(f))}
    if not arrived:
        return link, False
    ours = replace(intent, sent=arrived)
    return updated_link(entity, link, ours, now, now.fields, version), len(arrived) == len(intent.sent)


def _arrived(entity: Entity, name: str, sent: Value, stored: Value) -> bool:
    rule = entity.rules.get(name)
    if rule is None or not rule.lines:
        return bool(sent == stored)
    if len(sent or []) != len(stored or []):
        return False
    return all(
        all(line.get(k) == v for k, v in entry.items() if k not in ("id", "from"))
        for entry, line in zip(sent or [], stored or [], strict=True)
    )
