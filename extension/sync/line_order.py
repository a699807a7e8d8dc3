"""The order of line items, as one more thing that people edit.

Pure. Each side is compared with its own base: a service that keeps an order of its own must not look like a person who
moved lines. Who moved them is followed; a new line goes behind the one that it stands behind where it was added.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence


def moved(before: Iterable[str], now: Iterable[str], about: Collection[str]) -> bool:
    """Whether those lines of `about` that were there before and still are stand in another order."""
    was, is_ = list(before), list(now)
    common = set(was) & set(is_) & set(about)
    return [id_ for id_ in was if id_ in common] != [id_ for id_ in is_ if id_ in common]


def woven(lead: Iterable[str], rest: Iterable[str]) -> list[str]:
    """`lead`, and what only `rest` has: each behind what it stands behind there (and what only `lead` has there)."""
    out, others = list(lead), list(rest)
    known, shared = set(out), set(others)
    at = 0
    for each in others:
        if each in known:
            at = out.index(each) + 1
            continue
        while at < len(out) and out[at] not in shared:
            at += 1
        out.insert(at, each)
        known.add(each)
        at += 1
    return out


def kept(before: Sequence[str], now: Sequence[str]) -> list[str]:
    """The lines of now in the order of before; new ones behind what they stand behind now."""
    there = set(now)
    return woven([id_ for id_ in before if id_ in there], now)
