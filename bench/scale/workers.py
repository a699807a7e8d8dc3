"""Two workers over one: the same runs of many organisations, each of which mostly waits for the services.

One worker, then two, in turns; a turn's ratio is of neighbours in time. How long a turn took is what the tasks say:
from the first that began to the last that ended.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from bench.figures import Chapter, Figure, Sheet, middle, ratio, spelled
from bench.scale.cluster import Cluster, spent
from bench.scale.installation import Installation, Mould, Worker, installed
from bench.scale.sizes import LATENCY, PLACES, Scale
from bench.scale.standin import Manners, standing_in
from extension.sync.model import Scope

AT_LEAST: Final = 1.7


@dataclass
class Turns:
    """Runs a second, with one worker and with two; and what a run cost with two: seconds of the workers' processors
    and of the database's."""

    one: list[float] = field(default_factory=list)
    two: list[float] = field(default_factory=list)
    worker: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)


def measure(scale: Scale, cluster: Cluster, like: Mould, tell: Callable[[str], None]) -> Chapter:
    turns = Turns()
    with (
        standing_in(Manners(LATENCY)) as url,
        installed(cluster, "workers", url) as made,
        made.workers(1, PLACES) as first,
    ):
        numbers = made.populate(scale.organisations, like)
        tell("workers: every organisation's first run")
        _served(made, numbers, first)
        for turn in range(scale.turns):
            tell(f"workers: one worker, turn {turn + 1} of {scale.turns}")
            turns.one.append(len(numbers) / _served(made, numbers, first))
            with made.workers(1, PLACES) as second:
                both = [*first, *second]
                made.until_ready(both)
                _served(made, numbers[: 2 * PLACES], both)  # it has imported everything
                tell(f"workers: two workers, turn {turn + 1} of {scale.turns}")
                before = sum(spent(each.process.pid) for each in both), cluster.spent()
                turns.two.append(len(numbers) / _served(made, numbers, both))
                turns.worker.append((sum(spent(each.process.pid) for each in both) - before[0]) / len(numbers))
                turns.database.append((cluster.spent() - before[1]) / len(numbers))
    return chapter(turns, scale)


def _served(made: Installation, numbers: Sequence[int], workers: Sequence[Worker]) -> float:
    """Seconds from the first of these runs that began to the last that ended."""
    tasks = made.house.tasks
    asked = [tasks.ask(number, "sync", Scope(), "bench", made.house.clock.now()).id for number in numbers]
    made.until_done(asked, workers)
    question = "SELECT (max(ended_at) - min(started_at)) / 1e6 FROM task WHERE pk = ANY(%s)"
    return float(made.ask(question, asked)[0][0])


def chapter(turns: Turns, scale: Scale) -> Chapter:
    times = middle([ratio(two, one) for one, two in zip(turns.one, turns.two, strict=True)])
    figures = [
        Figure("runs a second of two workers over those of one", times, "at least", AT_LEAST),
        Figure("processor time of a run with nothing to do, worker", middle(turns.worker) * 1000, unit="ms", places=0),
        Figure("and of the database", middle(turns.database) * 1000, unit="ms", places=0),
    ]
    rows = [
        [str(n + 1), spelled(one, 2), spelled(two, 2), spelled(two / one, 2)]
        for n, (one, two) in enumerate(zip(turns.one, turns.two, strict=True))
    ]
    title = f"Runs a second, {scale.organisations} organisations, {PLACES} places in each worker"
    note = f"Each run asks 16 times, and is answered after {LATENCY * 1000:.0f} ms."
    sheet = Sheet(title, ["Turn", "one worker", "two workers", "ratio"], rows, note)
    return Chapter("Two workers", figures, [sheet])
