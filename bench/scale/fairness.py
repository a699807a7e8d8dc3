"""A small organisation beside four large ones: how long its run takes, from the press to the end.

Two workers of two places each, all of which the large ones hold: each has 100,000 changed accounts, and reading them
takes minutes. The small ones ask when the large ones have just begun another slice, which is the worst moment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from bench.figures import Chapter, Figure, Sheet, middle, spelled
from bench.scale.cluster import Cluster
from bench.scale.installation import Installation, Mould, installed, until
from bench.scale.sizes import LATENCY, Scale
from bench.scale.standin import CHANGES, Manners, standing_in
from extension.jobs.queue import SLICE
from extension.sync.model import Scope

WHALES: Final = 4
SMALL: Final = 4
WORKERS, PLACES = 2, 2  # so many places as there are large ones
MINUTE: Final = 60.0
TOOK: Final = "SELECT (ended_at - asked_at) / 1e6 FROM task WHERE pk = ANY(%s)"
WORKING: Final = "SELECT count(*) FROM task WHERE state = 'working' AND pk = ANY(%s)"


def measure(scale: Scale, cluster: Cluster, like: Mould, tell: Callable[[str], None]) -> Chapter:
    with standing_in(Manners(LATENCY, WHALES)) as url, installed(cluster, "fair", url) as made:
        numbers = made.populate(WHALES + SMALL, like)
        with made.workers(WORKERS, PLACES) as workers:
            whales = _asked(made, numbers[:WHALES])
            took: list[float] = []
            for turn in range(scale.rounds):
                tell(f"fairness: turn {turn + 1} of {scale.rounds}")
                until(lambda: made.ask(WORKING, whales)[0][0] == WHALES, "the large ones did not begin", workers)
                small = _asked(made, numbers[WHALES:])
                made.until_done(small, workers)
                took += [float(row[0]) for row in made.ask(TOOK, small)]
            undone = "SELECT count(*) FROM task WHERE state IN ('waiting', 'working') AND pk = ANY(%s)"
            if made.ask(undone, whales)[0][0] != WHALES:
                raise RuntimeError("a large one ended before the small ones")
    return chapter(took)


def _asked(made: Installation, numbers: Sequence[int]) -> list[int]:
    tasks, clock = made.house.tasks, made.house.clock
    return [tasks.ask(number, "sync", Scope(background=True), "bench", clock.now()).id for number in numbers]


def chapter(took: Sequence[float]) -> Chapter:
    slowest = f"slowest of {len(took)} small runs beside {WHALES} of {CHANGES:,} changes"
    figures = [
        Figure(slowest, max(took), "at most", MINUTE, "s", 1),
        Figure("of them the median", middle(took), unit="s", places=1),
    ]
    rows = [[str(n + 1), spelled(seconds, 1)] for n, seconds in enumerate(took)]
    note = f"{WORKERS} workers of {PLACES} places; whoever was served for {SLICE.seconds} s makes room for who waits."
    return Chapter("A small one beside large ones", figures, [Sheet("Seconds", ["Run", "s"], rows, note)])
