"""Everybody is due every quarter of an hour: how long a run that is due waits, and what that costs.

When each of them is due, its own schedule says. Two measurements. *In real time* worker processes serve, for a minute,
whoever of the 5,000 comes due in it. *On a clock of its own* a whole round goes through the real tick, the real tables
and the real engine of the queue, with runs that only take their time; whenever our own code takes longer than the
clock allows, the clock goes on with it, so that a slow queue is seen as a late one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bench.figures import Chapter, Figure, Sheet, middle, spelled
from bench.scale.cluster import Cluster, spent
from bench.scale.installation import Installation, Mould, installed, until
from bench.scale.queueing import Ahead, Round, passed
from bench.scale.sizes import DUE_PLACES, LATENCY, Scale
from bench.scale.standin import Manners, standing_in
from extension.sync.schedule import parse, upcoming

MINUTE: Final = 60.0
STEP: Final = 20  # seconds between two words
WORKERS: Final = 2
SOON: Final = timedelta(seconds=8)
EVERY: Final = 15  # minutes
SCHEDULE: Final = {"on": True, "every": EVERY}
MICROSECONDS: Final = 1e6


@dataclass(frozen=True)
class Served:
    """`waits`: seconds from due to begun, of each run. `lasted`: a run's seconds. `worker`, `database`: processor
    seconds of each run. `undone`: runs that were due and had not begun at the end."""

    waits: Sequence[float]
    lasted: float
    worker: float
    database: float
    undone: int
    many: int


def measure(scale: Scale, cluster: Cluster, like: Mould, tell: Callable[[str], None]) -> Chapter:
    with standing_in(Manners(LATENCY)) as url, installed(cluster, "due", url) as made:
        tell(f"rounds: {scale.due:,} connections")
        numbers = made.populate(scale.due, like, SCHEDULE)
        served = _served(made, numbers, scale, tell)
    clock = Ahead()
    with installed(cluster, "round", "http://127.0.0.1:9", clock) as made:  # no run asks anybody
        numbers = made.populate(scale.due, like, SCHEDULE)
        clock.skip_to(clock.now())
        due = appointed(numbers, clock.now() + SOON)
        around = passed(made, clock, due, served.lasted, lambda said: tell(f"rounds, on a clock of its own: {said}"))
    return chapter(scale, served, around)


def _served(made: Installation, numbers: Sequence[int], scale: Scale, tell: Callable[[str], None]) -> Served:
    """For so many seconds, by two worker processes."""
    with made.workers(WORKERS, DUE_PLACES) as workers:
        begins = made.house.clock.now() + SOON
        due = appointed(numbers, begins)
        made.plan(due)
        before = sum(spent(each.process.pid) for each in workers), made.cluster.spent()
        for second in range(0, scale.seconds, STEP):
            tell(f"rounds: {second} of {scale.seconds} seconds in real time")
            end = begins + timedelta(seconds=min(second + STEP, scale.seconds))
            until(lambda end=end: made.house.clock.now() >= end, "the clock stands", workers)  # type: ignore[misc]
        after = sum(spent(each.process.pid) for each in workers), made.cluster.spent()
    begun = {number: at / MICROSECONDS for number, at in made.ask(BEGUN)}
    lasted = [float(row[0]) / MICROSECONDS for row in made.ask(LASTED)]
    ended = begins + timedelta(seconds=scale.seconds)
    was_due = {number: at.timestamp() for number, at in due.items() if at <= ended}
    waits = [begun.get(number, ended.timestamp()) - at for number, at in was_due.items()]
    many = len(lasted)
    return Served(
        waits,
        middle(lasted),
        (after[0] - before[0]) / many,
        (after[1] - before[1]) / many,
        sum(number not in begun for number in was_due),
        many,
    )


BEGUN: Final = "SELECT connection_id, min(started_at) FROM task WHERE started_at IS NOT NULL GROUP BY connection_id"
LASTED: Final = "SELECT ended_at - started_at FROM task WHERE state = 'done'"


def appointed(numbers: Sequence[int], begins: datetime) -> dict[int, datetime]:
    """When each is due next, as its schedule says."""
    return {number: upcoming(parse(SCHEDULE, UTC, number=number), begins, 1)[0] for number in numbers}


def chapter(scale: Scale, served: Served, round_: Round) -> Chapter:
    cost, apart = served.worker + served.database, EVERY * MINUTE / scale.due
    figures = [
        Figure(
            f"longest wait of a due run, {len(served.waits):,} in {scale.seconds} s, real time",
            max(served.waits),
            "at most",
            MINUTE,
            "s",
            1,
        ),
        Figure("of it the median", middle(served.waits), unit="s", places=1),
        Figure(f"longest wait in a whole round of {scale.due:,}", max(round_.waits), "at most", MINUTE, "s", 1),
        Figure("of it the median", middle(round_.waits), unit="s", places=1),
        Figure("cores that such a round takes, workers and database", cost / apart),
        Figure("of them the queue itself, chores and tables", round_.busy / (EVERY * MINUTE)),
    ]
    rows = [
        ["a run with nothing to do, worker", spelled(served.worker * 1000)],
        ["the same, database", spelled(served.database * 1000)],
        ["the queue's share of a run, without the run", spelled(round_.busy / len(round_.waits) * 1000)],
        ["the longest tick of all chores", spelled(round_.longest_tick * 1000)],
    ]
    note = (
        f"{WORKERS} workers with {DUE_PLACES} places each; a run lasts {served.lasted:.1f} s, most of which it waits "
        f"for the services. {served.undone} of {len(served.waits):,} had not begun when the time was over, and count "
        "as waiting until then."
    )
    title = f"{scale.due:,} connections, each due every {EVERY} minutes"
    return Chapter(title, figures, [Sheet("Milliseconds", ["What", "ms"], rows, note)])
