"""Whether this installation can work, and whether it does: for whoever watches over processes.

Three answers. *Not ready*: a page could not be answered, so no visitor should be sent here. *Late*: pages are answered,
but nobody performs what is due. *Ready*. Only times and counts are told, for anybody may ask.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from extension.bootstrap import House
from extension.sync.canonical import SIDES
from extension.sync.errors import SyncError

TICK: Final = "tick"  # the note of the installation that says when somebody last ticked
LATE: Final = timedelta(minutes=10)
UNPREPARED: Final = "The database was not prepared for this version: run `flask db upgrade`."


@dataclass(frozen=True)
class Health:
    """`ticked`: when any process last looked at what is due; `due`: since when the oldest appointment waits."""

    status: Literal["ready", "late", "not ready"]
    problem: str = ""
    ticked: datetime | None = None
    due: datetime | None = None

    def document(self) -> dict[str, Any]:
        told = {"ticked": _text(self.ticked), "due": _text(self.due), "problem": self.problem}
        return {"status": self.status, **{name: value for name, value in told.items() if value}}


def note_tick(house: House, now: datetime) -> None:
    """Somebody ticks; every process of every machine can see it."""
    house.services.set_note(TICK, now.isoformat())


def examine(house: House) -> Health:
    """How it stands now. Never raises what is expected to go wrong."""
    try:
        if not house.database.is_current():
            return Health("not ready", UNPREPARED)
        _open_secrets(house)
        return _punctual(house)
    except SyncError as wrong:
        return Health("not ready", wrong.message)


def _open_secrets(house: House) -> None:
    """Keys that open nothing are worse than none: every run would end with the same sentence."""
    assert house.secret_key
    for connection in house.connections.some(0, 1):
        for side in SIDES:
            house.grants(connection.id).get(side)


def _punctual(house: House) -> Health:
    now = house.clock.now()
    noted = house.services.note(TICK)
    ticked = datetime.fromisoformat(noted) if noted else None
    waiting = house.connections.due(now, 1)
    due = house.connections.get(waiting[0]).next_run_at if waiting else None
    if due is not None and now - due > LATE:
        return Health("late", "A run that is due was not begun: does a worker run, or a cron ask?", ticked, due)
    if ticked is not None and now - ticked > LATE:
        return Health("late", "Nobody has looked for due runs lately: does a worker run, or a cron ask?", ticked, due)
    return Health("ready", "", ticked, due)


def _text(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
