"""How long a test waits for something that must come true before it says that it never does.

Tests wait for facts and never for a time to pass, so that patience costs a test that passes nothing. It is long because
a machine may be busy: a process that gets a twentieth of a processor needs minutes for its first answer.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

PATIENCE: Final = 600.0  # seconds


def until(true: Callable[[], bool], seconds: float = PATIENCE, *, every: float = 0.05) -> None:
    """Returns as soon as it is true. `every`: seconds between two looks."""
    waiter, end = threading.Event(), time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "this did not come true"
        waiter.wait(every)
