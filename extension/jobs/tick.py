"""The one tick: every few seconds the leading process looks what time has brought.

One Flask-APScheduler job in memory, never overlapping, nothing pickled, its web interface off: with it on, anybody
could run anything (facts/platform.md 2.1). What is due stands in our own tables, so a tick that never came is made
good by the next one. The chores are passed in.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask
from flask_apscheduler import APScheduler

from extension.sync.ports import Clock

log = structlog.get_logger(__name__)

TICK_SECONDS: Final = 5.0


@dataclass(frozen=True)
class Chore:
    """Something to look after, in every tick or at most once in `every`."""

    name: str
    do: Callable[[datetime], object]
    every: timedelta = timedelta(0)


class Tick:
    """Does the chores where this process leads. What fails is logged, and told to `failed`, and does not keep the
    others back."""

    def __init__(
        self,
        chores: Sequence[Chore],
        leads: Callable[[], bool],
        clock: Clock,
        failed: Callable[[str], None] = lambda name: None,
    ) -> None:
        self.chores, self.leads, self.clock, self._failed = chores, leads, clock, failed
        self.last: datetime | None = None  # the last time that this process ticked
        self._done: dict[str, datetime] = {}

    def __call__(self) -> None:
        if not self.leads():
            return
        now = self.clock.now()
        for chore in self.chores:
            if self._is_time(chore, now):
                self._done[chore.name] = now
                self._do(chore, now)
        self.last = now

    def _is_time(self, chore: Chore, now: datetime) -> bool:
        """Also when the clock was set back: a chore too often harms nothing, one too seldom does."""
        last = self._done.get(chore.name)
        return last is None or now < last or now - last >= chore.every

    def _do(self, chore: Chore, now: datetime) -> None:
        try:
            chore.do(now)
        except Exception:  # a chore that fails is tried again at its next turn
            log.exception("chore failed", chore=chore.name)
            self._failed(chore.name)


class Scheduler:
    """Calls the tick from time to time."""

    def __init__(self, app: Flask, tick: Callable[[], None], seconds: float = TICK_SECONDS) -> None:
        app.config["SCHEDULER_API_ENABLED"] = False
        self._every = timedelta(seconds=seconds)
        self._stopped = threading.Event()
        self._scheduler = APScheduler(BackgroundScheduler(timezone=UTC))
        self._scheduler.init_app(app)
        self._scheduler.add_job(
            id="tick",
            func=tick,
            trigger="interval",
            seconds=seconds,
            next_run_time=datetime.now(UTC),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,  # however late: a machine that slept ticks when it wakes
        )

    def start(self) -> None:
        """In the process that serves, which our caller knows; Flask-APScheduler only guesses by the debug flag."""
        self._scheduler.scheduler.start()
        threading.Thread(target=self._watch, name="tick-watch", daemon=True).start()

    def stop(self) -> None:
        """After the tick under way, if there is one."""
        self._stopped.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def put_right(self) -> None:
        """Where the machine's clock was set back, the job would wait until the clock has caught up."""
        job, now = self._scheduler.get_job("tick"), datetime.now(UTC)
        if job is not None and job.next_run_time > now + self._every:
            job.modify(next_run_time=now)

    def _watch(self) -> None:
        while not self._stopped.wait(self._every.total_seconds()):
            self.put_right()
