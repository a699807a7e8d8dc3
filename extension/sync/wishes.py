"""What people decided, as a plan reads it.

Pure. A word about a record counts until it was followed; one about a field ("take") lets a side count in the next
conflict there, and is used up with the write that follows it. What can have no effect any more is spent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from extension.sync.canonical import Side, Value, Where, encode
from extension.sync.model import Link, Record
from extension.sync.ports import Decision

SETTLING = ("send", "round")  # of two values that differ, and of exactly these
ACTING = ("link", "create", "take", "retire", "recreate", *SETTLING)  # the others only keep hands off
BIRTHS = ("create", "recreate")
LEAVING = ("ignore", "keep")


def record_words(said: Iterable[Decision]) -> dict[Where, Decision]:
    return {each.where: each for each in said if not each.field}


def field_words(said: Iterable[Decision]) -> dict[Where, dict[str, Side]]:
    """Record of the CRM -> field -> the side that counts."""
    found: dict[Where, dict[str, Side]] = {}
    for each in said:
        if each.field and each.takes is not None:
            found.setdefault(each.where, {})[each.field] = each.takes
    return found


def spelt(values: Sequence[Value]) -> str:
    """The two values that a word is about: of other ones it was not said."""
    return encode(list(values))


def settling_words(said: Iterable[Decision]) -> dict[Where, dict[str, Decision]]:
    """Record -> derived field -> what a person said of the two values that differ there."""
    found: dict[Where, dict[str, Decision]] = {}
    for each in said:
        if each.verb in SETTLING:
            found.setdefault(each.where, {})[each.field] = each
    return found


def wished(decisions: Mapping[Where, Decision]) -> frozenset[Where]:
    """Records that a person wants on the other side, however old they are and whatever is ticked."""
    return frozenset(where for where, decision in decisions.items() if decision.verb in BIRTHS)


def over(decision: Decision, link: Link | None, ends: Iterable[Record | None]) -> bool:
    """Whether a word about a record was followed, or cannot be any more. `ends`: both records of its link."""
    if decision.verb not in ACTING or link is None:
        return False
    if link.state == "live":
        return all(record is not None and record.live for record in ends)
    return link.state == "retired" and decision.verb == "retire"
