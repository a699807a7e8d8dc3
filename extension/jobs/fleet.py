"""The queue of many workers on many machines: Procrastinate chooses who is served next, in PostgreSQL.

Its jobs mean "serve this connection" and are never delayed, never repeated by it, and forgotten when they are done:
what is to be done, since when, and how far it is stands in our own tables (docs/decisions/queue.md). Whoever is woken
by a job and finds nothing to do there has lost nothing; whoever ought to have been lined up and was not is lined up by
the next look (`_mend`). The rules of facts/platform.md 2.3 are kept here and by `store/lining_up.py`.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, Generic, Protocol

import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import DeleteJobCondition, Status
from procrastinate.worker import Worker

from extension.jobs.queue import GRACE_SECONDS, SLICE, AnyTask, Beat, Ended, Kept, Tasks
from extension.jobs.turns import BEAT_SECONDS, Turns
from extension.sync.ports import Clock

log = structlog.get_logger(__name__)

STALE: Final = timedelta(seconds=15)  # of a task, and of a worker: another one goes on within 30 s of a kill
HEARTBEAT_SECONDS: Final = 5.0
TICK_SECONDS: Final = 5
POLL_SECONDS: Final = 1.0  # a job that somebody held back for a moment is told to nobody
LONGEST_REST: Final = 30.0  # while the database is away
SERVE, MEND = "serve", "mend"
BACKGROUND, URGENT, TIME = "background", "urgent", "time"
POOL: Final = 4  # the engine's own connections to the database; each of its three workers listens on one more


class Lined(Tasks[Kept], Protocol[Kept]):
    """Tasks whose connections are lined up before the workers."""

    def line_up(self, now: datetime, stale: timedelta) -> int: ...


class Fleet(Generic[AnyTask]):
    """One worker process of many. `address`: of the PostgreSQL. `chores`: what time brings, each looked after by one
    process at a time: name -> what to call."""

    def __init__(
        self,
        tasks: Lined[AnyTask],
        perform: Callable[[AnyTask, Beat], Ended],
        clock: Clock,
        address: str,
        workers: int = 2,
        *,
        chores: Mapping[str, Callable[[], object]] | None = None,
        stale: timedelta = STALE,
        slice_: timedelta | None = SLICE,
        beat_seconds: float = BEAT_SECONDS,
        tick_seconds: int = TICK_SECONDS,
    ) -> None:
        self.tasks, self.address, self.workers = tasks, address, workers
        self.chores, self.tick_seconds = dict(chores or {}), tick_seconds
        self._turns = Turns(tasks, perform, clock, stale=stale, slice_=slice_, beat_seconds=beat_seconds)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._live()), name="fleet", daemon=True)

    # ------------------------------------------------------------------ from the outside

    def start(self) -> None:
        """Once. It does not wait for the database, and threads are daemons."""
        if not self._thread.is_alive():
            self._turns.start()
            self._thread.start()

    def stop(self, seconds: float = GRACE_SECONDS) -> bool:
        end = time.monotonic() + seconds
        self._turns.stopping.set()
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._halted.set)
        if self._thread.is_alive():
            self._thread.join(seconds)
        self._turns.end(max(0.0, end - time.monotonic()))
        return not self._thread.is_alive()

    def wake(self) -> None:
        """The database itself tells every worker of a new job."""

    def running(self) -> Sequence[int]:
        return self._turns.running()

    # ------------------------------------------------------------------ the engine

    async def _live(self) -> None:
        """Until it is stopped: an engine that lost its database is made anew, more and more patiently."""
        self._halted = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(_told)
        failures = 0
        while not self._turns.stopping.is_set():
            began = time.monotonic()
            try:
                await self._work()
            except Exception:
                log.exception("the database of the queue failed")
            failures = failures + 1 if time.monotonic() - began < LONGEST_REST else 0
            await self._rest(min(POLL_SECONDS * 2 ** min(failures, 10), LONGEST_REST))

    async def _rest(self, seconds: float) -> None:
        if not self._turns.stopping.is_set():
            await asyncio.wait([asyncio.create_task(self._halted.wait())], timeout=seconds)

    async def _work(self) -> None:
        """Until one of its workers ends: the others, too."""
        app = self._app()
        async with app.open_async():
            lanes = [self._worker(app, [URGENT, BACKGROUND], self.workers), self._worker(app, [URGENT], 1)]
            workers = [*lanes, self._worker(app, [TIME], len(self.chores) + 1)]
            runs = [asyncio.create_task(worker.run()) for worker in workers]  # type: ignore[no-untyped-call]
            halted = asyncio.create_task(self._halted.wait())
            await asyncio.wait([*runs, halted], return_when=asyncio.FIRST_COMPLETED)
            for worker in workers:
                worker.stop()  # type: ignore[no-untyped-call]
            ends = await asyncio.gather(*runs, return_exceptions=True)
            halted.cancel()
        for end in ends:
            if isinstance(end, BaseException):
                raise end

    def _app(self) -> App:
        app = App(connector=PsycopgConnector(conninfo=self.address, min_size=1, max_size=POOL))

        @app.task(name=SERVE)
        async def serve(connection: int, urgent: bool) -> None:
            await _beside(lambda: self._serve(connection, urgent=urgent))

        self._every_tick(app, MEND, lambda: self._mend(app))
        for name, chore in self.chores.items():
            self._every_tick(app, name, partial(_beside, chore))
        return app

    def _every_tick(self, app: App, name: str, do: Callable[[], Awaitable[None]]) -> None:
        """At most one waits, but nothing keeps the next from beginning: the worker of the one before may be dead."""

        @app.periodic(cron=f"* * * * * */{self.tick_seconds}")
        @app.task(name=name, queue=TIME, queueing_lock=name)
        async def tick(timestamp: int) -> None:
            await do()

    def _worker(self, app: App, lanes: Sequence[str], places: int) -> Worker:
        return Worker(
            app,
            lanes,
            name=lanes[-1],
            concurrency=places,
            fetch_job_polling_interval=POLL_SECONDS,
            delete_jobs=DeleteJobCondition.ALWAYS,
            install_signal_handlers=False,
            update_heartbeat_interval=HEARTBEAT_SECONDS,
            stalled_worker_timeout=STALE.total_seconds(),
        )

    # ------------------------------------------------------------------ what its jobs do

    def _serve(self, connection: int, *, urgent: bool) -> None:
        if self._turns.stopping.is_set():
            return  # fetched in the very moment of the stop: the next look of another worker finds it
        try:
            self._turns.serve(urgent=urgent, of=connection)
        except Exception:  # the database is away: what could not be noted is taken again when it is stale
            log.exception("the database of tasks failed")
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._set_alarm)

    def _set_alarm(self) -> None:
        """For when the first of those that were served here may go on: a tick may come seconds later."""
        if self._alarm is not None:
            self._alarm.cancel()
        seconds = self._turns.rest(LONGEST_REST)
        if self._loop is not None and seconds < LONGEST_REST:
            self._alarm = self._loop.call_later(max(seconds, POLL_SECONDS), self._rouse)

    def _rouse(self) -> None:
        def look() -> None:
            try:
                self._turns.look(self.tasks.line_up)
            except Exception:  # the next tick looks, too
                log.exception("the database of tasks failed")
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._set_alarm)

        threading.Thread(target=look, name="line-up", daemon=True).start()

    async def _mend(self, app: App) -> None:
        """Jobs of workers that fell silent are forgotten, and whoever ought to wait in line does."""
        manager = app.job_manager
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALE.total_seconds()):
            try:  # another job, not this one again: a worker that only slept will finish this one
                await manager.finish_job(job, Status.FAILED, delete_job=True)
            except ConnectorException:
                log.info("a job of a silent worker was gone already", job=job.id)
        await manager.prune_stalled_workers(STALE.total_seconds())
        await _beside(lambda: self._turns.look(self.tasks.line_up))


async def _beside(work: Callable[[], object]) -> None:
    """In a thread of its own: as many at once as the worker has places. The loop's own threads are six on two
    processors, whatever was wished (rule 3), and would keep a process that must end until a service answers."""
    done: Future[None] = Future()

    def run() -> None:
        try:
            work()
        except BaseException as error:
            done.set_exception(error)
        else:
            done.set_result(None)

    threading.Thread(target=run, name="turn", daemon=True).start()
    await asyncio.wrap_future(done)


def _told(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Such as a job that ended when it had been forgotten, because its worker had slept."""
    log.warning("the queue's engine", said=context["message"], problem=repr(context.get("exception")))
