"""A run of the kill tests as serving processes make it: a task that a queue serves.

What a worker that died was at is taken up again; else somebody asks for a new run.
"""

from __future__ import annotations

import threading
import time
from typing import Any

from extension.bootstrap import House, Task
from extension.sync.model import Scope
from tests.patience import PATIENCE
from tests.queues import queue_of


def served(house: House, queue: str, scope: Scope) -> dict[str, Any]:
    """How the run ended: its state and its problem, or why it waits."""
    (connection,) = house.connections.list()
    waiting = [task for task in house.tasks.open(connection.id) if task.kind == "sync"]
    asked = waiting[0] if waiting else house.tasks.ask(connection.id, "sync", scope, "a test", house.clock.now())
    server, waiter, end = queue_of(house, 1, queue), threading.Event(), time.monotonic() + PATIENCE
    server.start()
    try:
        while not _rests(house, task := house.tasks.get(connection.id, asked.id)):
            assert time.monotonic() < end, f"nobody serves it: {task}"
            waiter.wait(0.02)
    finally:
        assert server.stop(PATIENCE)
    said = task.result
    state = said.get("state", task.state) if task.state == "done" else task.state
    return {"state": state, "problem": said.get("problem", ""), "counts": said.get("counts", {})}


def _rests(house: House, task: Task) -> bool:
    """Ended, or nobody may go on with it now."""
    later = task.not_before is not None and task.not_before > house.clock.now()
    return task.state not in ("waiting", "working") or (task.state == "waiting" and later)
