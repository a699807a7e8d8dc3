"""Line items after a write: which stored line is which sent entry, and what is agreed of both sides from then on.

Pure. Only what was sent moves (design.md decision 4), so that a concurrent edit is still seen as one; so does the order
of lines: it is agreed when it was sent, and stays as it was agreed otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from extension.sync import line_order
from extension.sync.canonical import SIDES, Side, Value, other
from extension.sync.lines import OWN, Line
from extension.sync.model import of_header


def changed_names(entry: Line, before: Mapping[str, Line]) -> list[str]:
    """The fields of a sent entry that differ from the line as it was read (all of them for a new line)."""
    old = before.get(str(entry.get("id")))
    return [k for k in entry if k not in OWN and (old is None or old.get(k) != entry[k])]


def landed(sent: Sequence[Line], stored: Sequence[Line]) -> list[tuple[Line, Line]]:
    """Which stored line is which sent entry: equal content first, the rest by place where as many are left.

    Amounts of the header that nobody sent are no lines that came of it.
    """
    entries, lines = list(sent), list(stored)
    couples: list[tuple[Line, Line]] = []
    for entry in sent:
        same = next((line for line in lines if all(line.get(k) == v for k, v in entry.items() if k not in OWN)), None)
        if same is not None:
            couples.append((entry, same))
            entries.remove(entry)
            lines.remove(same)
    lines = [line for line in lines if not of_header(line["id"])]
    if len(entries) == len(lines):
        couples += zip(entries, lines, strict=True)
    return couples


def as_sent(entry: Line, line: Line) -> dict[str, Value]:
    """A stored line with the values that were sent: what differs from them is an edit since."""
    return {**line, **{k: v for k, v in entry.items() if k not in OWN}}


def moved_bases(
    sent: Sequence[Line],
    stored: Sequence[Line],
    read: Mapping[Side, Sequence[Line]],
    base: Mapping[Side, Sequence[Line]],
    to: Side,
) -> tuple[dict[Side, list[dict[str, Value]]], list[tuple[str, str]]]:
    """The bases and new pairs (own id, other id) after `sent` was written to `to` and came back as `stored`.

    Only the fields that we sent move (design.md decision 4), so that a concurrent edit is still seen as one.
    """
    source = other(to)
    before = {str(line["id"]): line for line in read[to]}
    source_now = {str(line["id"]): line for line in read[source]}
    bases: dict[Side, dict[str, dict[str, Value]]] = {
        s: {str(line["id"]): dict(line) for line in base[s]} for s in SIDES
    }
    by_id = {str(line["id"]): line for line in stored}
    fresh = [line for line in stored if str(line["id"]) not in before]
    new = landed([entry for entry in sent if not entry.get("id")], fresh)
    couples = [(entry, by_id[str(entry["id"])]) for entry in sent if str(entry.get("id")) in by_id]
    pairs: list[tuple[str, str]] = []
    for entry, line in [*couples, *new]:
        twin = entry.get("from")
        names = changed_names(entry, before)
        own = bases[to].setdefault(str(line["id"]), {"id": line["id"]})
        own.update({k: line.get(k) for k in (names if entry.get("id") else line) if k not in OWN})
        if twin is not None and twin in source_now:
            theirs = bases[source].setdefault(str(twin), {"id": twin})
            theirs.update({k: source_now[twin].get(k) for k in names})
            pairs.append((str(line["id"]), str(twin)))
    kept = {str(entry["id"]) for entry in sent if entry.get("id")}
    for id_ in (set(before) - kept) | {id_ for id_ in kept if of_header(id_) and id_ not in by_id}:
        bases[to].pop(id_, None)
    # a line that vanished from the source is agreed as gone there once its twin is removed here
    bases[source] = {id_: line for id_, line in bases[source].items() if id_ in source_now}
    followed = line_order.moved(before, [str(entry.get("id")) for entry in sent], kept)
    orders: dict[Side, list[str]] = {to: [str(line["id"]) for line in stored], source: list(source_now)}
    out: dict[Side, list[dict[str, Value]]] = {}
    for s in SIDES:
        order = orders[s] if followed else line_order.kept([str(line["id"]) for line in base[s]], orders[s])
        place = {id_: n for n, id_ in enumerate(order)}
        out[s] = sorted(bases[s].values(), key=lambda line: place.get(str(line["id"]), len(place)))
    return out, pairs
