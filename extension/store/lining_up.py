"""Lines connections up before the workers: a job of Procrastinate means "serve this connection", and nothing more.

At most one job of a connection waits in each lane (`queueing_lock`), none is ever delayed (facts/platform.md 2.3, rules
1 and 2). Jobs are put in by a statement of ours and not by the engine's function, which fails, and with it the whole
transaction, where one waits already. Here that one is locked until we commit: nobody serves it without seeing what we
asked for. On SQLite there is one process, which looks for itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

SERVE: Final = "serve"  # the name of the engine's task
BACKGROUND, URGENT_LANE = "background", "urgent"  # its queues: a worker keeps one place for what is urgent alone
URGENT_FIRST, SIGNALS_NEXT, IN_TURN = 20, 10, 0  # its priorities
PATIENCE: Final = 1_000  # nobody is overtaken by more than so many

jobs = sa.table(
    "procrastinate_jobs",
    sa.column("id", sa.BigInteger),
    sa.column("queue_name", sa.Text),
    sa.column("task_name", sa.Text),
    sa.column("priority", sa.Integer),
    sa.column("queueing_lock", sa.Text),
    sa.column("args", postgresql.JSONB),
    sa.column("status", sa.Text),
)
LOCK: Final = jobs.c.queueing_lock
WAITS: Final = sa.text("status = 'todo'")  # word for word as in the engine's partial index


def lock_of(connection_id: int | str, lane: str) -> str:
    """Under which at most one job waits."""
    return f"connection-{connection_id}" if lane == BACKGROUND else f"connection-{connection_id}-{lane}"


def line_up(transaction: sa.Connection, connection_id: int, lane: str, priority: int) -> None:
    """One job for this connection; one that waits already is enough, and moves forward if this one is more urgent."""
    if transaction.dialect.name == "postgresql":
        wanted = postgresql.insert(jobs).values(_job(connection_id, lane, priority))
        sooner = sa.func.greatest(jobs.c.priority, wanted.excluded.priority)
        change = wanted.on_conflict_do_update(index_elements=[LOCK], index_where=WAITS, set_={"priority": sooner})
        transaction.execute(change)


def line_up_all(transaction: sa.Connection, lane: str, wanted: Mapping[int, int]) -> int:
    """A job for each of these connections for which none waits, in this order: connection -> priority. Returns how many
    there are now that were not."""
    rows = [_job(number, lane, priority) for number, priority in wanted.items()]
    if not rows:
        return 0
    new = postgresql.insert(jobs).values(rows).on_conflict_do_nothing(index_elements=[LOCK], index_where=WAITS)
    return len(transaction.execute(new.returning(LOCK)).all())


def bring_forward(transaction: sa.Connection) -> None:
    """Whoever was overtaken often enough is urgent by now: signals without end, of however many, starve nobody."""
    latest = sa.text("(SELECT last_value FROM procrastinate_jobs_id_seq)").columns(sa.column("n", sa.BigInteger))
    long_ago = jobs.c.id < latest.scalar_subquery() - PATIENCE
    mine = sa.and_(jobs.c.task_name == SERVE, jobs.c.status == sa.text("'todo'"), jobs.c.priority < URGENT_FIRST)
    transaction.execute(sa.update(jobs).where(mine, long_ago).values(priority=URGENT_FIRST))


def is_lined_up(connection_id: sa.ColumnElement[int], lane: str) -> sa.ColumnElement[bool]:
    """Whether a job waits for this connection."""
    before, after = lock_of("\0", lane).split("\0")
    lock = sa.literal(before) + sa.cast(connection_id, sa.Text) + sa.literal(after)
    return sa.exists().where(jobs.c.status == sa.text("'todo'"), jobs.c.queueing_lock == lock)


def _job(connection_id: int, lane: str, priority: int) -> dict[str, object]:
    about = {"connection": connection_id, "urgent": lane == URGENT_LANE}
    return {
        "queue_name": lane,
        "task_name": SERVE,
        "priority": priority,
        "queueing_lock": lock_of(connection_id, lane),
        "args": about,
    }
