"""A few requests in flight at once, answers in order; the first failure stops the rest.

Both services refuse more than a handful per organisation (Zoho from 5, Xero 5: we leave one for the button).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")

IN_FLIGHT = 4


def in_order(work: Callable[[A], B], items: Sequence[A], at_once: int = IN_FLIGHT) -> list[B]:
    """`work` of each item, `at_once` at a time."""
    if len(items) < 2 or at_once < 2:
        return [work(item) for item in items]
    pool = ThreadPoolExecutor(min(at_once, len(items)), thread_name_prefix="remote")
    try:
        return list(pool.map(work, items))
    finally:
        # After a 429 nothing more may go out: what has not begun is dropped.
        pool.shutdown(cancel_futures=True)
