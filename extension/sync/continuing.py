"""A run that makes room for others, waits for a service, or whose process ended, is gone on with by the next turn of
the same wish.

So history tells of one run, however many turns it took.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

Counts = Mapping[str, Mapping[str, int]]  # entity -> "outcome side" -> n

GOES_ON: Final = ("waiting", "limited", "running", "interrupted")  # states of a run that has not come to its end


def summed(earlier: Counts, now: Counts) -> dict[str, dict[str, int]]:
    """What all turns of a run did."""
    return {each: dict(Counter(earlier.get(each, {})) + Counter(now.get(each, {}))) for each in {**earlier, **now}}
