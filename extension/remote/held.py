"""Grants that live as long as whoever holds this object, and are written nowhere."""

from __future__ import annotations

from datetime import datetime

from extension.sync.canonical import Side
from extension.sync.ports import Grant


class Held:
    """`ports.Grants` for the minutes before there is a connection to keep them."""

    def __init__(self) -> None:
        self._grants: dict[Side, Grant] = {}

    def get(self, side: Side) -> Grant | None:
        return self._grants.get(side)

    def claim(self, side: Side, generation: int, now: datetime, seconds: float) -> bool:
        return True

    def put(self, side: Side, grant: Grant) -> None:
        self._grants[side] = grant

    def save(self, side: Side, grant: Grant) -> Grant:
        self._grants[side] = grant
        return grant

    def annotate(self, side: Side, grant: Grant) -> None:
        self._grants[side] = grant

    def mark_broken(self, side: Side, reason: str) -> None:
        self._grants.pop(side, None)
