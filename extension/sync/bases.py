"""How a link's bases move when something was agreed.

Pure. Only what was sent moves: the written side's base takes the values as they came back, the source's base as
they were read when it was decided. Everything else keeps its old base, so that a concurrent edit is still news.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from extension.sync.actions import Intent, Update
from extension.sync.canonical import SIDES, UNSET, XERO, ZOHO, Fields, Side, Value, other
from extension.sync.line_bases import as_sent, landed, moved_bases
from extension.sync.lines import Line
from extension.sync.model import Link, Pairs, Record, of_header
from extension.sync.ports import Entity


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
            couples = landed(value or [], stored[name] or [])
            pairs = _by_zoho(side, [(str(line["id"]), str(e["from"])) for e, line in couples if e.get("from")])
            own[name] = [as_sent(entry, line) for entry, line in couples] if found else stored[name]
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


def arrived(entity: Entity, sent: Fields, stored: Fields) -> bool:
    """Whether a record holds all that was sent. What was sent blank, the service may have filled."""
    for name, value in sent.items():
        if name not in stored:  # told to the service, shown by no view
            continue
        rule = entity.rules.get(name)
        if rule is not None and rule.lines:
            lines = stored.get(name) or []
            couples = landed(value or [], lines)
            alone = [line for line in lines if not of_header(line["id"]) and all(line is not one for _, one in couples)]
            if alone or len(couples) != len(value or ()) or any(as_sent(e, line) != line for e, line in couples):
                return False
        elif value is not None and stored.get(name) != value:
            return False
    return True


def _by_side(side: Side, own: Any, theirs: Any) -> dict[Side, Any]:
    return {side: own, other(side): theirs}


def _by_zoho(side: Side, couples: Sequence[tuple[str, str]]) -> Pairs:
    """Couples of (own line, line of the other side) as pairs of (Zoho line, Xero line)."""
    return tuple(couples if side == ZOHO else [(theirs, own) for own, theirs in couples])


def not_cleared(sent: Fields, before: Fields, stored: Fields) -> list[str]:
    """Fields that were to be blank and came back as they were. (Another value may just have been reformatted.)"""
    return [
        name
        for name, value in sent.items()
        if value in (None, "") and stored.get(name) not in (None, "") and stored[name] == before.get(name)
    ]


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
            pairs = _merged_pairs(pairs, _by_zoho(side, fresh))
            continue
        if (
            rule is not None
            and rule.direction == f"to_{side}"
            and base[source].get(name, UNSET) == intent.read.get(name)
        ):
            put_back[f"{side}.{name}"] = value
        base[side][name] = stored.get(name)
        if rule is None or rule.direction != "derived":  # what one side derives, the other need not have
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


def attributed_link(entity: Entity, link: Link, intent: Intent, now: Record, version: int) -> Link:
    """After a lost answer to an update: what arrived is ours, what did not is simply planned again."""
    rules, stored = entity.rules, now.fields
    lists = {f: v for f, v in intent.sent.items() if f in rules and rules[f].lines}
    arrived = {f: v for f, v in intent.sent.items() if f not in lists and v == stored.get(f)}
    if arrived:
        link = updated_link(entity, link, replace(intent, sent=arrived), now, stored, version)
    for name, value in lists.items():
        link = _attributed_lines(link, intent, name, value or [], stored.get(name) or [])
    return link


def _attributed_lines(link: Link, intent: Intent, name: str, sent: Sequence[Line], stored: Sequence[Line]) -> Link:
    """New lines that arrived are ours, though somebody edited them since: else both sides would add them once more.

    Other lines need no word: where they arrived, both sides agree; where not, they are planned again.
    """
    side, source = intent.side, other(intent.side)
    base: dict[Side, list[Line]] = {s: list(link.base[s].get(name) or []) for s in SIDES}
    known = {str(line["id"]) for line in (*base[side], *sent) if line.get("id")}
    fresh = [line for line in stored if str(line["id"]) not in known]
    read = {str(line["id"]): line for line in intent.read.get(name) or []}
    couples = [(e, line) for e, line in landed([e for e in sent if not e.get("id")], fresh) if e["from"] in read]
    if not couples:
        return link
    base[side] += [as_sent(entry, line) for entry, line in couples]
    base[source] += [read[entry["from"]] for entry, _ in couples]
    pairs = _merged_pairs(link.pairs, _by_zoho(side, [(str(line["id"]), str(e["from"])) for e, line in couples]))
    return replace(link, base={s: {**link.base[s], name: base[s]} for s in SIDES}, pairs=pairs)
