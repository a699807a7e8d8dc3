"""A few requests in flight at once, answers in order; the first failure stops the rest.

Both services refuse more than a handful per organisation (Zoho from 5, Xero 5: we leave one for the button).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")

IN_FLIGHT = 4


def in_order(work: Callable[[A], B], items: Sequence[A], at_once: int = IN_FLIGHT) -> list[B]:
    """`work` of each item, `at_once` at a time, each in the context of who asks: its lines in the log name the same
    run."""
    if len(items) < 2 or at_once < 2:
        return [work(item) for item in items]
    pool = ThreadPoolExecutor(min(at_once, len(items)), thread_name_prefix="remote")
    contexts = [copy_context() for _ in items]  # two threads cannot be inside one
    try:
        return list(pool.map(lambda context, item: context.run(work, item), contexts, items))
    finally:
        # After a 429 nothing more may go out: what has not begun is dropped.
        pool.shutdown(cancel_futures=True)
