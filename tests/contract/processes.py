"""Work in processes of their own that begin at the same moment, for what must hold between machines."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from multiprocessing.synchronize import Barrier
from typing import Any, Final

from tests.patience import PATIENCE

FORK: Final = multiprocessing.get_context("fork")

Work = Callable[[Barrier], Any]
"""Waits at the barrier when it is ready, and returns what can be sent through a pipe."""


def at_once(works: Sequence[Work]) -> list[Any]:
    """What each returned; a process that fails, fails the test. Each opens its own database: none survives a fork."""
    barrier, pipes, started = FORK.Barrier(len(works)), [], []
    for work in works:
        here, there = FORK.Pipe(duplex=False)
        process = FORK.Process(target=_told, args=(work, barrier, there), daemon=True)
        process.start()
        there.close()
        pipes.append(here)
        started.append(process)
    try:
        found = [pipe.recv() if pipe.poll(PATIENCE) else RuntimeError("it said nothing") for pipe in pipes]
    finally:
        for process in started:
            process.join(PATIENCE)
            if process.is_alive():
                process.kill()
    for each in found:
        if isinstance(each, Exception):
            raise each
    return found


def _told(work: Work, barrier: Barrier, pipe: Any) -> None:
    try:
        pipe.send(work(barrier))
    except Exception as failed:
        barrier.abort()
        pipe.send(RuntimeError(f"{type(failed).__name__}: {failed}"))
    finally:
        pipe.close()
