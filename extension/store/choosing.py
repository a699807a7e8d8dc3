"""Which task is next: the conditions that every way of taking one shares.

Somebody's press goes before a signal, a signal before the rest; among equals whoever joined the queue first. Nobody is
overtaken for ever. A connection that is worked on has no next one, until its worker falls silent.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from extension.store import lining_up
from extension.store.lining_up import BACKGROUND, IN_TURN, SIGNALS_NEXT, URGENT_FIRST, URGENT_LANE
from extension.store.portal import task
from extension.store.tenancy import connection

URGENT: Final = ("record", "check", "health")  # somebody waits for these in front of the screen
SIGNAL: Final = "signal"
OPEN_STATES: Final = [sa.literal_column(f"'{state}'", sa.Text()) for state in ("waiting", "working", "paused")]
OPEN: Final = task.c.state.in_(OPEN_STATES)  # word for word as in the partial index
LANES: Final = (BACKGROUND, URGENT_LANE)  # always in this order, or two transactions could wait for each other


def lane_of(kind: str) -> tuple[str, int]:
    """In which lane a task of this kind waits, and how urgently."""
    if kind in URGENT:
        return URGENT_LANE, URGENT_FIRST
    return BACKGROUND, SIGNALS_NEXT if kind == SIGNAL else IN_TURN


def next_one(now: datetime, silent: datetime, *, urgent: bool, of: int | None) -> sa.Select[Any]:
    """The next task of any connection, or of this one."""
    wanted = sa.and_(may_begin(now, silent), task.c.kind.in_(URGENT) if urgent else sa.true())
    if of is not None:
        wanted = sa.and_(wanted, task.c.connection_id == of)
    columns = (task.c.pk, task.c.connection_id)
    return sa.select(*columns).where(wanted).order_by(_rank(), task.c.place, task.c.pk).limit(1)


def may_begin(now: datetime, silent: datetime, *, but: int | None = None) -> sa.ColumnElement[bool]:
    """Waiting tasks of connections that nobody works on, and working ones that fell silent. `but`: what this task does
    keeps nobody back, for its worker is the one that asks."""
    busy = sa.alias(task)
    others = sa.and_(busy.c.connection_id == task.c.connection_id, busy.c.state == "working")
    working = sa.exists().where(others if but is None else sa.and_(others, busy.c.pk != but))
    active = sa.exists().where(connection.c.pk == task.c.connection_id, connection.c.active)
    waiting = sa.and_(task.c.state == "waiting", ready(now), active, ~working)
    lost = sa.and_(task.c.state == "working", task.c.beat_at < silent)
    return sa.and_(OPEN, sa.or_(waiting, lost))


def in_lane(lane: str) -> sa.ColumnElement[bool]:
    return task.c.kind.in_(URGENT) if lane == URGENT_LANE else task.c.kind.not_in(URGENT)


def ready(now: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(task.c.not_before.is_(None), task.c.not_before <= now)


def to_visit(host: int, connection_id: int, owner: str, now: datetime) -> sa.Select[Any]:
    """What may be performed inside the host, while its worker holds it."""
    other = sa.alias(task)
    held_ = sa.exists().where(other.c.pk == host, other.c.owner == owner, other.c.state == "working")
    mine = sa.and_(task.c.connection_id == connection_id, task.c.kind.in_(URGENT), task.c.state == "waiting")
    return sa.select(task.c.pk).where(mine, OPEN, ready(now), held_).order_by(task.c.place, task.c.pk).limit(1)


def left_by_hosts(silent: datetime, of: int | None) -> sa.Update:
    """What was performed inside a task whose worker fell silent waits again, for it or for whoever goes on with it."""
    lost = sa.and_(task.c.state == "working", OPEN, task.c.host.is_not(None), task.c.beat_at < silent)
    if of is not None:
        lost = sa.and_(lost, task.c.connection_id == of)
    return sa.update(task).where(lost).values(state="waiting", owner=None, host=None)


def held(number: int, owner: str) -> sa.ColumnElement[bool]:
    return sa.and_(task.c.pk == number, task.c.owner == owner, task.c.state == "working")


def at_the_back() -> sa.ScalarSelect[int]:
    """The place behind everybody who is in the queue now."""
    everybody = sa.alias(task)
    states = everybody.c.state.in_(OPEN_STATES)
    return sa.select(sa.func.coalesce(sa.func.max(everybody.c.place), 0) + 1).where(states).scalar_subquery()


def _rank() -> sa.Case[int]:
    """As the engine's priorities have it where many workers share a database."""
    overtaken = task.c.place < at_the_back() - lining_up.PATIENCE
    return sa.case((sa.or_(task.c.kind.in_(URGENT), overtaken), 0), (task.c.kind == SIGNAL, 1), else_=2)
