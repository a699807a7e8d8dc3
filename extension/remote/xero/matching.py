"""Which element of an answer belongs to which element of the request.

Answers follow the order of the request, as far as recordings go; that is used, but checked: an id or a natural key
that says otherwise wins, and what stays in doubt is nobody's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from extension.remote.xero.feeds import Feed


def aligned(feed: Feed, sent: Sequence[Mapping[str, Any]], got: Sequence[Mapping[str, Any]]) -> list[int] | None:
    """For each element sent, the index of its answer; None where that cannot be told."""
    if len(sent) != len(got):
        return None
    if len(sent) == 1:
        return [0]
    places: dict[int, int] = {}
    for n, one in enumerate(sent):
        fits = [m for m, other in enumerate(got) if _same(feed, one, other)]
        if n in fits:
            places[n] = n
        elif len(fits) == 1:
            places[n] = fits[0]
    if len(set(places.values())) < len(places):
        return None
    free = [m for m in range(len(got)) if m not in places.values()]
    open_ = [n for n in range(len(sent)) if n not in places]
    if len(open_) == 1:
        places[open_[0]] = free[0]
    elif any(n not in free for n in open_):
        return None
    else:
        places.update({n: n for n in open_})  # no key says anything else: the order of the request
    return [places[n] for n in range(len(sent))]


def _same(feed: Feed, sent: Mapping[str, Any], got: Mapping[str, Any]) -> bool:
    """By id where one was sent, else by everything in the signature that was sent."""
    if sent.get(feed.id):
        return _text(sent[feed.id]) == _text(got.get(feed.id))
    said = [name for name in feed.signature if sent.get(name)]
    return bool(said) and all(_text(sent[name]) == _text(got.get(name)) for name in said)


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        value = value.get("ContactID") or value.get("Name")
    return " ".join(str(value or "").split()).casefold()
