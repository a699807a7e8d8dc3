"""Plans of tasks that wait for their next turn: what the last one was allowed to do and had no calls left for.

In the memory of this process alone, and only some: whoever does not find its plan here plans anew. What it rests on
beside the store (the settings, and what the services say of their set-up) is compared when it is taken up.
"""

from __future__ import annotations

import threading
from typing import Final

from extension.sync.unfinished import Unfinished

MOST: Final = 20_000  # actions of all plans together


class Resting:
    """Plans by task. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[int, tuple[object, Unfinished]] = {}

    def take(self, task: int, rests_on: object) -> Unfinished | None:
        """What is left of the last turn's plan, unless what it rests on has changed; once."""
        with self._lock:
            known, plan = self._kept.pop(task, (None, None))
        return plan if known == rests_on else None

    def keep(self, task: int, rests_on: object, plan: Unfinished | None) -> None:
        """None: nothing is left. Those that were kept for longest make room."""
        with self._lock:
            self._kept.pop(task, None)
            if plan is not None:
                self._kept[task] = rests_on, plan
            while sum(len(each.plan.actions) for _, each in self._kept.values()) > MOST:
                del self._kept[next(iter(self._kept))]
