"""Nobody starves: who has been served for long makes room, and joins again at the back. On a clock moved by hand."""

from __future__ import annotations

from datetime import timedelta

from extension.jobs.queue import SLICE, Beat, Ended
from extension.store import Task
from tests.contract.queue_bench import DONE, NOW, Bench, bench

__all__ = ["bench"]  # a fixture

LONG, SHORT = 3 * int(SLICE.total_seconds()), 2


class Works:
    """A performance that takes its time on the clock, and makes room where it is wished for."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.left, self.order = bench, dict[int, int](), list[int]()

    def ask(self, seconds: int) -> Task:
        task = self.bench.ask(self.bench.connection())
        self.left[task.id] = seconds
        return task

    def __call__(self, task: Task, beat: Beat) -> Ended:
        self.order.append(task.id)
        while self.left[task.id]:
            if beat.wish:
                return Ended("waiting", 7, {"state": "waiting"})
            self.left[task.id] -= 1
            self.bench.clock.move(seconds=1)
        return DONE


def test_beside_a_few_long_runs_many_short_ones_wait_for_one_slice_of_each(bench: Bench) -> None:
    works = Works(bench)
    long, short = [works.ask(LONG) for _ in range(4)], [works.ask(SHORT) for _ in range(50)]
    bench.serve(works, workers=1)
    bench.until(lambda: all(bench.state(task).state == "done" for task in [*long, *short]))
    first = [task.id for task in long]
    assert works.order == [*first, *(task.id for task in short), *first, *first]
    last = max(ended for task in short if (ended := bench.state(task).ended_at))
    assert last == NOW + 4 * SLICE + 50 * timedelta(seconds=SHORT)


def test_who_is_alone_need_not_make_room_until_somebody_comes(bench: Bench) -> None:
    works = Works(bench)
    alone = works.ask(LONG)
    come: list[Task] = []

    def perform(task: Task, beat: Beat) -> Ended:
        if task.id == alone.id and not come:  # it goes on for two slices, then somebody asks
            for _ in range(2 * int(SLICE.total_seconds())):
                assert not beat.wish
                works.left[alone.id] -= 1
                bench.clock.move(seconds=1)
            come.append(works.ask(SHORT))
        return works(task, beat)

    bench.serve(perform, workers=1)
    bench.until(lambda: bench.state(alone).state == "done")
    assert works.order == [alone.id, come[0].id, alone.id]
    assert bench.state(come[0]).state == "done"
