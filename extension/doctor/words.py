"""Counts and examples as findings tell them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from extension.doctor.observed import EXAMPLES, Tally


def several(n: int, one: str) -> str:
    """1 document, 2 documents."""
    return f"{n:,} {one}{'' if n == 1 else 's'}"


def named(tally: Tally, one: str) -> str:
    """How many, and which for example."""
    if not tally.titles:
        return several(tally.n, one)
    more = ", …" if tally.n > len(tally.titles) else ""
    return f"{several(tally.n, one)} ({', '.join(tally.titles)}{more})"


def listed(names: Sequence[str], most: int = EXAMPLES) -> str:
    """The first of them."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def together(tallies: Iterable[Tally]) -> Tally:
    """All of them; a document that is in two is counted twice."""
    whole = Tally()
    for each in tallies:
        whole.n += each.n
        whole.titles += each.titles[: EXAMPLES - len(whole.titles)]
    return whole
