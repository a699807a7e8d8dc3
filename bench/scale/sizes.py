"""How much is measured, and how late the services answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LATENCY: Final = 0.15  # seconds
DUE_PLACES: Final = 16
PLACES: Final = 8  # runs at the same time in a worker, where not said otherwise


@dataclass(frozen=True)
class Scale:
    """`organisations` and `turns` of two workers over one; `due` connections in a round, of which so many `seconds`
    are served in real time; `rounds` of small runs beside large ones; `kills`, of a worker that brings so
    many `accounts` to Xero."""

    organisations: int
    turns: int
    due: int
    seconds: int
    rounds: int
    kills: int
    accounts: int


FULL: Final = Scale(48, 3, 5_000, 60, 1, 3, 800)
QUICK: Final = Scale(32, 1, 500, 20, 1, 1, 300)
