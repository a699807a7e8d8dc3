"""How much is measured. The default is what the promises are about; `quick` is for looking while working.

Ratios of a small run are noisier, and a fixed cost weighs more in them: docs/performance.md is written by a full run.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """`changed`: invoices edited by people. `walked`: records per repetition of a speed. `held`: sizes of memory;
    `many`: the size of the one that takes minutes. `minutes`: of an import as fast as a service permits."""

    changed: int
    walked: int
    held: tuple[int, ...]
    few_links: int
    many_links: int
    edits: int
    repetitions: int
    runs: int
    presses: int
    many: int
    minutes: int


FULL = Size(
    changed=1_000,
    walked=5_000,
    held=(25_000, 50_000, 100_000),
    few_links=10_000,
    many_links=100_000,
    edits=100,
    repetitions=5,
    runs=9,
    presses=21,
    many=1_000_000,
    minutes=3,
)
QUICK = Size(
    changed=200,
    walked=2_000,
    held=(4_000, 8_000, 16_000),
    few_links=1_000,
    many_links=10_000,
    edits=100,
    repetitions=3,
    runs=5,
    presses=5,
    many=20_000,
    minutes=2,
)
