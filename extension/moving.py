"""Moving an installation into another database, while nobody works here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from extension import health
from extension.bootstrap import House, in_use
from extension.jobs.queue import STALE

ALIVE: Final = timedelta(seconds=15)  # three ticks: whoever serves has left a sign since


def move(house: House, address: str, told: Callable[[str, int], None]) -> Mapping[str, int]:
    """Returns the rows of each table. Raises BadInput while somebody works here, or where the other is not empty."""
    noted = house.services.note(health.TICK)
    if noted and house.clock.now() - datetime.fromisoformat(noted) < ALIVE:
        raise in_use()
    return house.move(address, STALE, told)
