"""What a serving process does beside answering pages: it performs tasks and ticks.

Started once per process by whoever serves (`flask run`, gunicorn, `flask worker`, the demo), never by a command or by
an import in a test. Stopping asks what is under way to stop where it is safe; it goes on in the next process.
"""

from __future__ import annotations

import atexit
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from types import FrameType
from typing import Final

import click
import structlog
from flask import Flask
from flask.cli import run_command
from flask.helpers import get_debug_flag
from werkzeug.serving import is_running_from_reloader

from extension import health, heeding, listening, logs, mailing, scheduling
from extension.bootstrap import Connection, House, Task, house_of
from extension.config import BadSettings
from extension.jobs.gate import FileGate
from extension.jobs.queue import CRASHED, Beat, Ended, JobQueue
from extension.jobs.rounds import Round
from extension.jobs.threads import Threads
from extension.jobs.tick import Chore, Scheduler, Tick
from extension.keyfiles import private_folder
from extension.performing import perform
from extension.sync.errors import SyncError

log = structlog.get_logger(__name__)

SERVING: Final = "xero2zoho.serving"
GATE: Final = "tick.lock"
WORKERS: Final = 2
PUT_RIGHT: Final = timedelta(minutes=10)  # whoever changes a schedule does it at once; this is for all other ways
LOOK: Final = timedelta(seconds=30)
FORGET: Final = timedelta(hours=6)
RENEW_SIGNALS: Final = timedelta(hours=1)  # looks; asks the CRM every third day
ALIVE: Final = timedelta(seconds=20)


class Serving:
    """The queue and the tick of one process. `fleet`: it is one of many workers, which share a PostgreSQL: there the
    engine of the queue ticks, too."""

    def __init__(self, app: Flask, house: House, *, workers: int = WORKERS, fleet: bool = False) -> None:
        private_folder(house.settings.instance_dir)
        self.house = house
        self.gate = FileGate(house.settings.instance_dir / GATE)
        self.queue: JobQueue
        self._scheduler: Scheduler | None = None
        if fleet:
            self.tick = Tick(prompt_chores(house, lambda: None), lambda: True, house.clock, house.meters.chore_failed)
            self.queue = fleet_of(house, workers, self.tick)
        else:
            self.queue = Threads(house.tasks, performer(house), house.clock, workers)
            self.tick = Tick(chores(house, self.queue.wake), self.gate.mine, house.clock, house.meters.chore_failed)
            self._scheduler = Scheduler(app, self.tick)
        self._stopped = threading.Lock()

    def start(self) -> None:
        self.house.tasks.heard = self.queue.wake
        self.queue.start()
        if self._scheduler is not None:
            self._scheduler.start()

    def state(self) -> dict[str, object]:
        """For whoever watches over processes: runs under way here."""
        return {"running": len(self.queue.running())}

    def stop(self) -> None:
        """Within seconds, also when a service lets us wait. Once; a second call changes nothing."""
        if not self._stopped.acquire(blocking=False):
            return
        if self._scheduler is not None:
            self._scheduler.stop()
        if not self.queue.stop():
            log.warning("stopped while a service had not answered; the run goes on in the next process")
        self.gate.leave()


def fleet_of(house: House, workers: int, tick: Tick) -> JobQueue:
    """The queue that many workers share. What may take long, such as a letter, keeps no due run waiting."""
    from extension.jobs.fleet import Fleet  # half a second, which who does not need it should not wait

    care = Tick(slow_chores(house), lambda: True, house.clock, house.meters.chore_failed)
    chores: dict[str, Tick] = {"tick": tick, "care": care}
    return Fleet(house.tasks, performer(house), house.clock, house.database.address, workers, chores=chores)


def start(app: Flask, *, workers: int = WORKERS, shared: bool = False) -> Serving:
    """Once per process; a second call finds the first. Raises BadSettings or BadInput where nothing can be served.
    `shared`: as one of many workers, where the database carries them."""
    known = app.extensions.get(SERVING)
    if isinstance(known, Serving):
        return known
    house = house_of(app)
    fleet = shared and house.database.engine.dialect.name == "postgresql"
    made = Serving(app, house, workers=workers, fleet=fleet)
    app.extensions[SERVING] = made
    atexit.register(made.stop)
    made.start()
    if made.gate.mine():
        _say_how_to_begin(house)
    return made


def start_in_server(app: Flask) -> None:
    """For the hooks of a web server, which answers even where nothing can be served: /readyz says why not."""
    try:
        house = house_of(app)
        if house.settings.serve_tasks == "inside":
            start(app)
        else:
            _say_how_to_begin(house)
    except (BadSettings, SyncError) as wrong:
        log.error("not serving", problem=str(wrong))
        print(f"Nothing is synchronised: {wrong}", file=sys.stderr)


def start_under_flask_run(app: Flask) -> None:
    """`flask run` loads the application in its own command, and in a process of its own where it reloads."""
    context = click.get_current_context(silent=True)
    if context is None or context.command is not run_command:
        return
    reloads = context.params.get("reload")
    if (get_debug_flag() if reloads is None else reloads) and not is_running_from_reloader():
        return
    end_on_sigterm()
    start_in_server(app)


def end_on_sigterm() -> None:
    """An orderly end instead of a sudden one; where somebody else listens already, it is theirs."""
    here = threading.current_thread() is threading.main_thread()
    if here and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _end)


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def _say_how_to_begin(house: House) -> None:
    """The one-time link, on the terminal of a process that leads or is alone: nobody can sign in before a first
    connection."""
    try:
        if house.needs_setup():
            print(f"To set this installation up, open: {house.setup_link()}", file=sys.stderr)
    except SyncError as wrong:  # a database that waits for `flask db upgrade`
        log.warning("no set-up link", problem=wrong.message)


# ------------------------------------------------------------------ what is done


def performer(house: House) -> Callable[[Task, Beat], Ended]:
    """Performs a task and writes the letter that somebody wants of it; a letter that fails changes no task's end."""

    def served(task: Task, beat: Beat) -> Ended:
        with logs.about(task=task.id, kind=task.kind, connection=task.connection_id):
            return _served(house, task, beat)

    return served


def _served(house: House, task: Task, beat: Beat) -> Ended:
    try:
        ended = perform(house, task, beat)
    except Exception:
        log.exception("task crashed")
        ended = CRASHED
    try:
        mailing.report(house, task, ended)
    except Exception:
        log.exception("no letter")
    return ended


def chores(house: House, asked: Callable[[], None]) -> list[Chore]:
    """What time brings. `asked`: is called when a run was asked for."""
    return [*prompt_chores(house, asked), *slow_chores(house)]


def prompt_chores(house: House, asked: Callable[[], None]) -> list[Chore]:
    """What asks for runs, and never waits for anybody."""
    return [
        Chore("count", lambda now: house.meters.tick()),
        Chore("due schedules", scheduling.appointments(house, asked).ask_due),
        Chore("signals", heeding.looks(house, asked)),
        Chore("sign of life", lambda now: health.note_tick(house, now), ALIVE),
    ]


def slow_chores(house: House) -> list[Chore]:
    """What speaks to a service or to a mail server, or looks at every connection, some at a time."""
    some, keep = house.connections.some, scheduling.appointments(house).keep
    return [
        Chore("channels of signals", Round(some, lambda these, now: listening.keep(house, these), RENEW_SIGNALS)),
        Chore("next runs", Round(some, keep, PUT_RIGHT)),
        Chore("lost connections", lambda now: mailing.look_for_losses(house, now), LOOK),
        Chore("letters", lambda now: mailing.deliver(house, now)),
        Chore("old history", Round(partial(some, active=False), lambda these, now: forget(house, these), FORGET)),
    ]


def forget(house: House, connections: Sequence[Connection]) -> int:
    """What is older than each of these keeps its history; ended connections, too. Returns how many entries."""
    return sum(house.prune(connection) for connection in house.to_prune(connections))
