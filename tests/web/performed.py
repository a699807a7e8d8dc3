"""What the worker does, at once: a test asks for a run on a page and has it made here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from extension.bootstrap import House, Task
from extension.performing import perform

OWNER = "a test"


class Calm:
    """A performance that nobody interrupts, unless `wish` says so."""

    def __init__(self, wish: str = "") -> None:
        self.wish = wish
        self.told: list[Mapping[str, Any]] = []

    def tell(self, progress: Mapping[str, Any]) -> None:
        self.told.append(progress)

    def visit(self, perform: object) -> bool:
        return False


def performed(house: House, connection_id: int, wish: str = "") -> Task:
    """The oldest task, taken and performed. Returns it as it ended."""
    task = house.tasks.take(OWNER, house.clock.now(), timedelta(seconds=30))
    assert task is not None
    beat = Calm(wish)
    ended = perform(house, task, beat)
    house.tasks.beat(task.id, OWNER, house.clock.now(), beat.told[-1] if beat.told else {})
    if ended.state == "waiting":
        house.tasks.postpone(task.id, OWNER, ended.run, ended.result, ended.until)
    else:
        house.tasks.end(task.id, OWNER, ended.state, ended.run, ended.result, house.clock.now())
    return house.tasks.get(connection_id, task.id)
