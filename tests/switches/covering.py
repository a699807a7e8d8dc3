"""A covering array of strength two: few rows in which any two settings of two switches meet at least once.

Greedy, after D. M. Cohen and others, "The AETG System" (1997): each row begins with a pair that no row has yet, and
gives every other switch the setting that brings the most new pairs; of some such rows the best is kept.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import combinations

Choice = tuple[int, int]  # which switch, which of its settings
Row = tuple[int, ...]  # of each switch, which setting
Pair = tuple[Choice, Choice]  # the switch of the lower number first
TRIES = 40


def pairs_of(row: Row) -> set[Pair]:
    return set(combinations(enumerate(row), 2))


def all_pairs(sizes: Sequence[int]) -> set[Pair]:
    """Of switches with so many settings each."""
    choices = [[(switch, setting) for setting in range(size)] for switch, size in enumerate(sizes)]
    return {(a, b) for one, two in combinations(choices, 2) for a in one for b in two}


def cover(sizes: Sequence[int], seed: int = 1) -> list[Row]:
    """Rows in which every pair meets; the same for the same sizes. The first row is every first setting."""
    draw = random.Random(seed)
    rows: list[Row] = [(0,) * len(sizes)]
    missing = all_pairs(sizes) - pairs_of(rows[0])
    while missing:
        rows.append(
            max((_row(sizes, missing, draw) for _ in range(TRIES)), key=lambda row: len(pairs_of(row) & missing))
        )
        missing -= pairs_of(rows[-1])
    return rows


def apart(rows: Sequence[Row], sizes: Sequence[int]) -> list[Pair]:
    """Pairs that meet in none of these rows."""
    return sorted(all_pairs(sizes) - {pair for row in rows for pair in pairs_of(row)})


def _row(sizes: Sequence[int], missing: set[Pair], draw: random.Random) -> Row:
    chosen = dict(draw.choice(sorted(missing)))
    others = [switch for switch in range(len(sizes)) if switch not in chosen]
    draw.shuffle(others)
    for switch in others:
        settings = draw.sample(range(sizes[switch]), sizes[switch])
        chosen[switch] = max(settings, key=lambda setting: _new((switch, setting), chosen, missing))
    return tuple(chosen[switch] for switch in range(len(sizes)))


def _new(choice: Choice, chosen: dict[int, int], missing: set[Pair]) -> int:
    """How many pairs that no row has yet this choice makes with those that are chosen."""
    return sum((min(choice, other), max(choice, other)) in missing for other in chosen.items())
