"""Figures and what is promised of them. Pure.

A figure is a number beside a promise; the verdict is computed here and nowhere else, so that screen and document
cannot disagree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Literal

Promise = Literal["at most", "at least", "told"]


@dataclass(frozen=True)
class Figure:
    """One line of the result. `told`: nothing is promised, a reader may want to know."""

    what: str
    value: float
    promise: Promise = "told"
    bound: float | None = None
    unit: str = ""
    places: int = 2
    detail: str = ""

    @property
    def kept(self) -> bool | None:
        """Whether the promise holds; None where there is none."""
        if self.bound is None or self.promise == "told":
            return None
        return self.value <= self.bound if self.promise == "at most" else self.value >= self.bound


@dataclass(frozen=True)
class Sheet:
    """Numbers behind the figures: a table as text."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


@dataclass(frozen=True)
class Chapter:
    """One bench: its figures and what they come from."""

    title: str
    figures: Sequence[Figure]
    sheets: Sequence[Sheet] = field(default=())


def ratio(part: float, whole: float) -> float:
    """`part` in units of `whole`. Nothing over nothing is as it should be: 1."""
    if whole == 0:
        return 1.0 if part == 0 else float("inf")
    return part / whole


def middle(samples: Sequence[float]) -> float:
    """The median; a bench without a sample is a mistake of ours."""
    if not samples:
        raise ValueError("nothing was measured")
    return float(median(samples))


def paired(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """How often `ours` fits into `theirs`: the median over repetitions measured one after the other, so that
    a busy moment of the machine weighs on both."""
    return middle([ratio(b, a) for a, b in zip(ours, theirs, strict=True)])


def broken(chapters: Sequence[Chapter]) -> list[Figure]:
    """The figures whose promise does not hold."""
    return [figure for chapter in chapters for figure in chapter.figures if figure.kept is False]


def spelled(number: float, places: int = 0) -> str:
    """A number for a table: 12,345 or 0.57."""
    return f"{number:,.{places}f}"
