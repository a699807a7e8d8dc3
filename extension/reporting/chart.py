"""Outcomes of each day as bars: where each rectangle of the picture stands. Pure geometry, no markup.

Bars are stacked: what was done at the bottom, then what needed attention, then what failed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

WIDTH, HEIGHT = 720, 210
LEFT, BOTTOM, TOP = 60, 28, 18
GAP: Final = 0.28  # of a day's width
SERIES: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {  # tone -> what it is called, and the outcomes in it
    "good": ("Carried over", ("created", "updated", "linked", "retired")),
    "warn": ("Needs attention", ("held",)),
    "bad": ("Failed", ("failed",)),
}


class Counted(Protocol):
    """What was done on one day."""

    @property
    def day(self) -> date: ...
    @property
    def outcomes(self) -> Mapping[str, int]: ...


@dataclass(frozen=True)
class Bar:
    """One rectangle. `said`: what it stands for."""

    tone: str
    x: float
    y: float
    width: float
    height: float
    said: str


@dataclass(frozen=True)
class Mark:
    """A label at an axis."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Picture:
    """The bars of some days with their axes, and the same as a table."""

    bars: Sequence[Bar]
    days: Sequence[Mark]
    heights: Sequence[Mark]
    rows: Sequence[tuple[date, Sequence[int]]]
    empty: bool
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    foot: int = HEIGHT - BOTTOM


def picture(days: Sequence[Counted]) -> Picture:
    """The chart of these days, oldest first."""
    rows = [
        (each.day, [sum(each.outcomes.get(name, 0) for name in names) for _, names in SERIES.values()]) for each in days
    ]
    top = ceiling(max((sum(counts) for _, counts in rows), default=0))
    step = (WIDTH - LEFT) / max(1, len(rows))
    room = HEIGHT - BOTTOM - TOP
    bars: list[Bar] = []
    for n, (day, counts) in enumerate(rows):
        foot = float(HEIGHT - BOTTOM)
        for (tone, (name, _)), count in zip(SERIES.items(), counts, strict=True):
            height = round(count / top * room, 2)
            if count:
                foot -= max(height, 1.0)
                said = f"{day:%-d %b}: {name.lower()} {count:,}"
                bars.append(Bar(tone, _at(n, step), round(foot, 2), round(step * (1 - GAP), 2), max(height, 1.0), said))
    marks = [
        Mark(_at(n, step), HEIGHT - 6, f"{day:%-d %b}") for n, (day, _) in enumerate(rows) if n % 7 == len(rows) % 7
    ]
    heights = [Mark(LEFT - 6, round(HEIGHT - BOTTOM - room * part, 2), compact(top * part)) for part in (0, 0.5, 1)]
    return Picture(bars, marks, heights, rows, not bars)


def _at(n: int, step: float) -> float:
    return round(LEFT + n * step + step * GAP / 2, 2)


def compact(n: float) -> str:
    """As short as an axis has room for: 500, 2k, 1M."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if n >= size:
            return f"{n / size:g}{letter}"
    return f"{n:g}"


def ceiling(most: int) -> int:
    """The next number above that reads well at an axis: 2, 4, 10, 20, 40, 100, ..."""
    size = 1
    while True:
        for step in (2, 4, 10):
            if most <= step * size:
                return step * size
        size *= 10
