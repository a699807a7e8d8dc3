"""The four chapters of docs/scale.md, over one PostgreSQL that is thrown away afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bench.figures import Chapter
from bench.scale import fairness, kills, rounds, workers
from bench.scale.cluster import cluster
from bench.scale.installation import mould
from bench.scale.sizes import FULL, QUICK
from bench.size import QUICK as LITTLE
from bench.size import Size


def measure(size: Size, tell: Callable[[str], None]) -> Iterator[Chapter]:
    """Each as soon as it was measured. `tell`: what goes on."""
    scale = QUICK if size == LITTLE else FULL
    tell("a PostgreSQL is started, and a connection made by which all the others are shaped")
    with cluster() as server:
        like = mould()
        yield workers.measure(scale, server, like, tell)
        yield rounds.measure(scale, server, like, tell)
        yield fairness.measure(scale, server, like, tell)
        yield kills.measure(scale, server, tell)
