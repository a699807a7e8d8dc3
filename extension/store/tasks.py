"""What people and the schedule asked for: durable, taken by one worker at a time, one at a time per connection.

States: waiting, working, paused, and the ends done, failed, cancelled. A worker shows that it lives by beats; the task
of one that fell silent is taken again. The partial unique index `task_working` is the wall behind these rules.
What a person asked for by name is urgent: it is taken before everything else, and performed inside a longer task of
its connection (`visit`), which the index leaves out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from extension.store import choosing, looking
from extension.store.choosing import LANES, OPEN, at_the_back, held, lane_of
from extension.store.database import EVERYBODY, Database
from extension.store.lining_up import bring_forward, is_lined_up, line_up, line_up_all
from extension.store.looking import SCHEDULED, Document
from extension.store.portal import task
from extension.store.rowset import Rowset
from extension.store.tables import run
from extension.store.tenancy import connection
from extension.sync.errors import BadInput
from extension.sync.model import Scope

KINDS: Final = ("fetch", "preview", "sync", "audit", "record", "check", "health", "signal")
WISHES: Final[Mapping[str, str]] = {"pause": "paused", "cancel": "cancelled"}
SCHEDULE: Final = "schedule"  # who asked, where no person did
LOST: Final = "lost"  # what a beat answers to a worker whose task somebody else took
BY_HAND: Final = sa.and_(task.c.kind.in_(["preview", "sync"]), task.c.asked_by != SCHEDULE)
TAKING: Final = 20_261_123  # the number of our advisory lock
LINING_UP: Final = 20_261_124
MOST: Final = 2_000  # connections that are lined up at once; the others in the next tick


@dataclass(frozen=True)
class Task:
    """A wish that a run be made, and how far it has come. `run`: the run that it became."""

    id: int
    connection_id: int
    kind: str
    scope: Scope
    asked_by: str
    asked_at: datetime
    email: bool
    state: str
    wish: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    beat_at: datetime | None = None
    not_before: datetime | None = None
    run: int | None = None
    progress: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)


class Tasks:
    """The tasks of every connection of this installation; each question names the connection it is about."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.heard: Callable[[], None] = lambda: None  # a queue in this very process need not wait for its next look

    # -------------------------------------------------------------- asking

    def ask(
        self, connection_id: int, kind: str, scope: Scope, asked_by: str, now: datetime, *, email: bool = False
    ) -> Task:
        """A new task. An equal one that still waits is returned in its place, and mails if either was to."""
        with self.database.writing(EVERYBODY) as transaction:
            asked = _Tasks(transaction, connection_id).ask(kind, scope, asked_by, now, email)
        self.heard()
        return asked

    def ask_scheduled(
        self,
        connection_id: int,
        scope: Scope,
        now: datetime,
        *,
        was: datetime,
        following: datetime | None,
        email: bool,
    ) -> Task | None:
        """In one transaction: the next run moves on from `was`, and is asked for. None: another clock was first."""
        due = sa.and_(connection.c.pk == connection_id, connection.c.active, connection.c.next_run_at == was)
        with self.database.writing(EVERYBODY) as transaction:
            if transaction.execute(sa.update(connection).where(due).values(next_run_at=following)).rowcount != 1:
                return None
            return _Tasks(transaction, connection_id).ask("sync", scope, SCHEDULE, now, email)

    def wish(self, connection_id: int, task_id: int, what: str) -> None:
        """pause or cancel: at once where nobody works on it, else at the next place where it is safe."""
        if what not in WISHES:
            raise BadInput(f"“{what}” is nothing that can be wished of a run.", hint="Say pause or cancel.")
        with self.database.writing(connection_id) as transaction:
            _Tasks(transaction, connection_id).wish(task_id, what)

    def resume(self, connection_id: int, task_id: int, now: datetime) -> None:
        """A paused task waits for a worker again, as if it had been asked for now."""
        with self.database.writing(EVERYBODY) as transaction:
            _Tasks(transaction, connection_id).resume(task_id, now)
        self.heard()

    # -------------------------------------------------------------- looking

    def get(self, connection_id: int, task_id: int) -> Task:
        with self.database.reading(connection_id) as transaction:
            return _Tasks(transaction, connection_id).get(task_id)

    def open(self, connection_id: int) -> Sequence[Task]:
        """Waiting, working or paused, oldest first."""
        with self.database.reading(connection_id) as transaction:
            return _Tasks(transaction, connection_id).open()

    def latest(self, connection_id: int, kind: str | None = None) -> Task | None:
        with self.database.reading(connection_id) as transaction:
            return _Tasks(transaction, connection_id).latest(kind)

    def chosen(self, connection_id: int) -> Task | None:
        """What a person last asked for by hand, whatever came of it: the next form begins with the same choices."""
        with self.database.reading(connection_id) as transaction:
            return _Tasks(transaction, connection_id).chosen()

    def last_scheduled(self, connections: Sequence[int]) -> Mapping[int, datetime]:
        """When the schedule last asked for each of these; nothing of those for which it never did."""
        with self.database.reading(EVERYBODY) as transaction:
            return looking.last_scheduled(transaction, connections)

    def spent(self, connections: Sequence[int], since: datetime) -> Mapping[int, Sequence[tuple[datetime, Document]]]:
        """When the schedule asked since then for runs that ended well, and the calls of each, newest first."""
        with self.database.reading(EVERYBODY) as transaction:
            return looking.spent(transaction, connections, since)

    def latest_of(self, connections: Sequence[int], kind: str) -> Mapping[int, Task]:
        """The newest task of this kind of each of these that have one."""
        with self.database.reading(EVERYBODY) as transaction:
            return {row["connection_id"]: task_of(row) for row in looking.latest_of(transaction, connections, kind)}

    def scheduled_since(self, connection_id: int, since: datetime) -> Sequence[Task]:
        """What the schedule asked for since then, newest first."""
        mine = sa.and_(task.c.connection_id == connection_id, SCHEDULED, task.c.asked_at >= since)
        with self.database.reading(connection_id) as transaction:
            rows = transaction.execute(sa.select(task).where(mine).order_by(task.c.pk.desc())).mappings()
            return [task_of(row) for row in rows]

    # -------------------------------------------------------------- working

    def take(
        self, owner: str, now: datetime, stale: timedelta, *, urgent: bool = False, of: int | None = None
    ) -> Task | None:
        """The next that may be worked on, urgent ones first; one whose worker was silent for longer than `stale`
        counts as such. `urgent`: nothing else. `of`: only of this connection."""
        with self.database.writing(EVERYBODY) as transaction:
            _alone(transaction, of)
            transaction.execute(choosing.left_by_hosts(now - stale, of))
            row = transaction.execute(choosing.next_one(now, now - stale, urgent=urgent, of=of)).mappings().first()
            return _Tasks(transaction, row["connection_id"]).take(row["pk"], owner, now) if row else None

    def others_wait(self, number: int, now: datetime, stale: timedelta) -> bool:
        """Whether anybody could be served if this task, which is worked on, made room."""
        waiting = sa.and_(choosing.may_begin(now, now - stale, but=number), task.c.pk != number)
        with self.database.reading(EVERYBODY) as transaction:
            return transaction.scalar(sa.select(task.c.pk).where(waiting).limit(1)) is not None

    def line_up(self, now: datetime, stale: timedelta) -> int:
        """A job for every connection that could be served and for which none waits: a pause has ended, a worker fell
        silent, or whoever was to line it up could not. Returns how many. On PostgreSQL only."""
        with self.database.writing(EVERYBODY) as transaction:
            bring_forward(transaction)
        return sum(self._line_up(lane, now, now - stale) for lane in LANES)

    def _line_up(self, lane: str, now: datetime, silent: datetime) -> int:
        with self.database.writing(EVERYBODY) as transaction:
            if not transaction.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(LINING_UP))):
                return 0  # somebody else does it just now
            there = is_lined_up(task.c.connection_id, lane)
            wanted = sa.and_(choosing.may_begin(now, silent), choosing.in_lane(lane), ~there)
            found = sa.select(task.c.connection_id, task.c.kind).where(wanted).order_by(task.c.place).limit(MOST)
            return line_up_all(transaction, lane, _most_urgent(transaction.execute(found)))

    def visit(self, host: Task, host_owner: str, owner: str, now: datetime) -> Task | None:
        """The oldest urgent one of the host's connection, to be performed inside it by who works on the host."""
        with self.database.reading(host.connection_id) as transaction:  # asked between any two batches: mostly none
            if transaction.scalar(choosing.to_visit(host.id, host.connection_id, host_owner, now)) is None:
                return None
        with self.database.writing(host.connection_id) as transaction:
            found = transaction.scalar(choosing.to_visit(host.id, host.connection_id, host_owner, now))
            mine = _Tasks(transaction, host.connection_id)
            return None if found is None else mine.take(found, owner, now, host=host.id)

    def beat(self, task_id: int, owner: str, now: datetime, progress: Mapping[str, Any]) -> str:
        """Shows that the worker lives and how far it is. Returns what is wished of it: "", pause, cancel or lost."""
        change = sa.update(task).where(held(task_id, owner)).values(beat_at=now, progress=dict(progress))
        with self.database.writing(EVERYBODY) as transaction:
            wish: str | None = transaction.scalar(change.returning(task.c.wish))
        return LOST if wish is None else wish

    def end(
        self, task_id: int, owner: str, state: str, run: int | None, result: Mapping[str, Any], now: datetime
    ) -> bool:
        """How it ended: done, failed, cancelled or paused. False: it is somebody else's by now."""
        ended = {"state": state, "run": run, "result": dict(result), "ended_at": None if state == "paused" else now}
        with self.database.writing(EVERYBODY) as transaction:
            return _leave(transaction, task_id, owner, {**ended, "wish": ""})

    def postpone(
        self, task_id: int, owner: str, run: int | None, result: Mapping[str, Any], until: datetime | None
    ) -> bool:
        """Back among those that wait, behind all others, until then: a service asked for a pause, another run holds the
        lease, or it made room.

        What was wished meanwhile comes true. False: it is somebody else's by now."""
        with self.database.writing(EVERYBODY) as transaction:
            mine = sa.select(task.c.wish).where(held(task_id, owner)).with_for_update()
            wish = transaction.scalar(mine)
            if wish is None:
                return False
            left = {"state": WISHES.get(wish, "waiting"), "wish": "", "run": run, "result": dict(result)}
            if wish in WISHES:
                _close_run(transaction, task_id, WISHES[wish])
            return _leave(transaction, task_id, owner, {**left, "not_before": until, "place": at_the_back()})


class _Tasks(Rowset):
    """The tasks of one connection, in one transaction."""

    table = task

    def ask(self, kind: str, scope: Scope, asked_by: str, now: datetime, email: bool) -> Task:
        if kind not in KINDS:
            raise BadInput(f"There is no task “{kind}”.", hint=f"There are: {', '.join(KINDS)}.")
        self._lock()
        values = {"connection_id": self.connection_id, "kind": kind, "scope": asdict(scope), "asked_by": asked_by}
        same = sa.and_(task.c.kind == kind, task.c.scope == values["scope"], OPEN, task.c.state == "waiting")
        known = self.transaction.scalar(sa.select(task.c.pk).where(self.mine, same).order_by(task.c.pk).limit(1))
        line_up(self.transaction, self.connection_id, *lane_of(kind))
        if known is not None:
            if email:
                self._change(known, {"email": True})
            return self.get(known)
        values |= {"place": at_the_back()}
        values |= {"asked_at": now, "email": email, "state": "waiting", "wish": "", "progress": {}, "result": {}}
        return self.get(self.transaction.execute(sa.insert(task).values(values).returning(task.c.pk)).scalar_one())

    def _lock(self) -> None:
        """Two people who ask at once wait for each other here; SQLite has one writer anyway."""
        mine = sa.select(connection.c.active).where(connection.c.pk == self.connection_id)
        if not self.transaction.scalar(mine.with_for_update(key_share=True)):
            raise BadInput("This connection does not exist, or was ended.", code="no_connection")

    def wish(self, number: int, what: str) -> None:
        state = self._state(number)
        if state == "working":
            self._change(number, {"wish": what})
        elif state == "waiting" or (state == "paused" and what == "cancel"):
            self._change(number, {"state": WISHES[what], "wish": "", "not_before": None})
            _close_run(self.transaction, number, WISHES[what])
        elif state != "paused":
            raise BadInput("This run has ended already.", code="task_over", hint="Look at its result in the history.")

    def resume(self, number: int, now: datetime) -> None:
        if self._state(number) != "paused":
            raise BadInput("This run is not paused.", code="not_paused", hint="Reload the page to see how it stands.")
        self._change(number, {"state": "waiting", "asked_at": now, "not_before": None, "place": at_the_back()})
        line_up(self.transaction, self.connection_id, *lane_of(self.get(number).kind))

    def take(self, number: int, owner: str, now: datetime, *, host: int | None = None) -> Task:
        taken: dict[str, Any] = {"state": "working", "owner": owner, "host": host, "beat_at": now, "not_before": None}
        taken["started_at"] = sa.func.coalesce(task.c.started_at, sa.literal(now, task.c.started_at.type))
        self._change(number, taken)
        return self.get(number)

    def _state(self, number: int) -> str:
        statement = sa.select(task.c.state).where(self.mine, task.c.pk == number).with_for_update()
        state: str | None = self.transaction.scalar(statement)
        if state is None:
            raise _unknown(number)
        return state

    def _change(self, number: int, values: Mapping[str, Any]) -> None:
        self.transaction.execute(sa.update(task).where(self.mine, task.c.pk == number).values(dict(values)))

    def get(self, number: int) -> Task:
        found = self.rows(sa.select(task).where(self.mine, task.c.pk == number))
        if not found:
            raise _unknown(number)
        return task_of(found[0])

    def open(self) -> list[Task]:
        return [task_of(row) for row in self.rows(sa.select(task).where(self.mine, OPEN).order_by(task.c.pk))]

    def latest(self, kind: str | None) -> Task | None:
        mine = self.mine if kind is None else sa.and_(self.mine, task.c.kind == kind)
        found = self.rows(sa.select(task).where(mine).order_by(task.c.pk.desc()).limit(1))
        return task_of(found[0]) if found else None

    def chosen(self) -> Task | None:
        found = self.rows(sa.select(task).where(self.mine, BY_HAND).order_by(task.c.pk.desc()).limit(1))
        return task_of(found[0]) if found else None


def _alone(transaction: sa.Connection, of: int | None) -> None:
    """Two takers would choose two tasks of one connection: who takes any waits for everybody, who takes one of a
    connection for those that take of it, too. SQLite has one writer anyway."""
    if transaction.dialect.name != "postgresql":
        return
    if of is None:
        transaction.execute(sa.select(sa.func.pg_advisory_xact_lock(TAKING)))
    else:
        transaction.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(TAKING)))
        transaction.execute(sa.select(sa.func.pg_advisory_xact_lock(TAKING, of)))


def _leave(transaction: sa.Connection, number: int, owner: str, values: Mapping[str, Any]) -> bool:
    """Nobody works on it any more, and its connection joins the back of the queue if there is more to do at once."""
    change = sa.update(task).where(held(number, owner)).values(owner=None, host=None, **values)
    found: int | None = transaction.scalar(change.returning(task.c.connection_id))
    if found is None:
        return False
    more = sa.and_(task.c.connection_id == found, task.c.state == "waiting", OPEN, task.c.not_before.is_(None))
    lanes = {lane_of(kind) for kind in transaction.scalars(sa.select(task.c.kind).where(more))}
    for lane, priority in sorted(lanes):  # of one lane the more urgent comes last, and holds
        line_up(transaction, found, lane, priority)
    return True


def _close_run(transaction: sa.Connection, number: int, ended: str) -> None:
    """A run that made room does not go on by itself any more: in history it was stopped by a person."""
    its = sa.select(task.c.run).where(task.c.pk == number).scalar_subquery()
    mine = sa.update(run).where(run.c.pk == its, run.c.state == "waiting")
    transaction.execute(mine.values(state="cancelled", problem=f"The run was {ended}."))


def _most_urgent(found: Iterable[Any]) -> dict[int, int]:
    """Connection -> the priority of the most urgent thing that waits there, in the order of who came first."""
    wanted: dict[int, int] = {}
    for number, kind in found:
        wanted[number] = max(wanted.get(number, 0), lane_of(kind)[1])
    return wanted


def _unknown(number: int) -> BadInput:
    return BadInput(f"There is no task {number} here.", code="no_task", hint="Tasks that ended are kept for 30 days.")


def task_of(row: sa.RowMapping) -> Task:
    plain = {each.name: row[each.name] for each in fields(Task) if each.name not in ("id", "scope")}
    return Task(id=row["pk"], scope=scope_of(row["scope"]), **plain)


def scope_of(document: Mapping[str, Any]) -> Scope:
    """The scope that a document was made of: lists were tuples."""
    record = document.get("record")
    records = tuple(tuple(each) for each in document.get("records") or ())
    lists = {"entities": tuple(document["entities"]), "record": tuple(record) if record else None, "records": records}
    known = {each.name: document[each.name] for each in fields(Scope) if each.name in document}
    return Scope(**{**known, **lists})
