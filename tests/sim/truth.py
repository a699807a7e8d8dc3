"""What the checks of the harness look through: our clock, and who is linked with whom when all is done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from extension.sync.canonical import Side, other
from extension.sync.memory import MemoryStore
from extension.sync.model import Record
from tests.sim.world import World


class Now:
    def __init__(self, world: World) -> None:
        self.world = world

    def now(self) -> Any:
        return self.world.now()


class Links:
    """A resolver over the finished state."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store

    def counterpart(self, entity: str, side: Side, handle: str) -> Any:
        for r in self.store.by_handle(entity, side, [handle]):
            for link in self.store.links_of(entity, side, [r.id]):
                if link.state == "live":
                    return self.store.by_id(entity, other(side), [link.ids[other(side)]])[0].handle
        return None

    def record(self, entity: str, side: Side, handle: str) -> Record | None:
        return None

    def twin(self, record: Record) -> Record | None:
        return None

    def word(self, record: Record, field: str, values: Sequence[Any]) -> str:
        return ""
