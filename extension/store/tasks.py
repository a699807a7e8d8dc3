"""What people and the schedule asked for: durable, taken by one worker at a time, one at a time per connection.

States: waiting, working, paused, and the ends done, failed, cancelled. A worker shows that it lives by beats; the task
of one that fell silent is taken again. The partial unique index `task_working` is the wall behind these rules.
What a person asked for by name is urgent: it is taken before everything else, and performed inside a longer task of
its connection (`visit`), which the index leaves out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from extension.store.database import Database
from extension.store.portal import task
from extension.store.rowset import Rowset
from extension.store.tenancy import connection
from extension.sync.errors import BadInput
from extension.sync.model import Scope

KINDS: Final = ("fetch", "preview", "sync", "audit", "record", "check", "health", "signal")
URGENT: Final = ("record", "check", "health")  # somebody waits for these in front of the screen
OPEN_STATES: Final = [sa.literal_column(f"'{state}'", sa.Text()) for state in ("waiting", "working", "paused")]
OPEN: Final = task.c.state.in_(OPEN_STATES)  # word for word as in the partial index
WISHES: Final[Mapping[str, str]] = {"pause": "paused", "cancel": "cancelled"}
SCHEDULE: Final = "schedule"  # who asked, where no person did
LOST: Final = "lost"  # what a beat answers to a worker whose task somebody else took
TAKING: Final = 20_261_123  # the number of our advisory lock


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
        with self.database.writing() as transaction:
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
        with self.database.writing() as transaction:
            if transaction.execute(sa.update(connection).where(due).values(next_run_at=following)).rowcount != 1:
                return None
            return _Tasks(transaction, connection_id).ask("sync", scope, SCHEDULE, now, email)

    def wish(self, connection_id: int, task_id: int, what: str) -> None:
        """pause or cancel: at once where nobody works on it, else at the next place where it is safe."""
        if what not in WISHES:
            raise BadInput(f"“{what}” is nothing that can be wished of a run.", hint="Say pause or cancel.")
        with self.database.writing() as transaction:
            _Tasks(transaction, connection_id).wish(task_id, what)

    def resume(self, connection_id: int, task_id: int, now: datetime) -> None:
        """A paused task waits for a worker again, as if it had been asked for now."""
        with self.database.writing() as transaction:
            _Tasks(transaction, connection_id).resume(task_id, now)
        self.heard()

    # -------------------------------------------------------------- looking

    def get(self, connection_id: int, task_id: int) -> Task:
        with self.database.reading() as transaction:
            return _Tasks(transaction, connection_id).get(task_id)

    def open(self, connection_id: int) -> Sequence[Task]:
        """Waiting, working or paused, oldest first."""
        with self.database.reading() as transaction:
            return _Tasks(transaction, connection_id).open()

    def latest(self, connection_id: int, kind: str | None = None) -> Task | None:
        with self.database.reading() as transaction:
            return _Tasks(transaction, connection_id).latest(kind)

    def chosen(self, connection_id: int) -> Task | None:
        """What a person last asked for by hand, whatever came of it: the next form begins with the same choices."""
        with self.database.reading() as transaction:
            return _Tasks(transaction, connection_id).chosen()

    def last_scheduled(self, connection_id: int) -> datetime | None:
        """When the schedule last asked."""
        mine = sa.and_(task.c.connection_id == connection_id, task.c.asked_by == SCHEDULE)
        with self.database.reading() as transaction:
            return transaction.scalar(sa.select(task.c.asked_at).where(mine).order_by(task.c.pk.desc()).limit(1))

    def scheduled_since(self, connection_id: int, since: datetime) -> Sequence[Task]:
        """What the schedule asked for since then, newest first."""
        mine = sa.and_(task.c.connection_id == connection_id, task.c.asked_by == SCHEDULE, task.c.asked_at >= since)
        with self.database.reading() as transaction:
            rows = transaction.execute(sa.select(task).where(mine).order_by(task.c.pk.desc())).mappings()
            return [task_of(row) for row in rows]

    # -------------------------------------------------------------- working

    def take(self, owner: str, now: datetime, stale: timedelta, *, urgent: bool = False) -> Task | None:
        """The oldest that may be worked on, urgent ones first; one whose worker was silent for longer than `stale`
        counts as such. `urgent`: nothing else."""
        with self.database.writing() as transaction:
            if transaction.dialect.name == "postgresql":  # two takers would choose two tasks of one connection
                transaction.execute(sa.select(sa.func.pg_advisory_xact_lock(TAKING)))
            transaction.execute(_left_by_hosts(now - stale))
            row = transaction.execute(_next(now, now - stale, urgent=urgent)).mappings().first()
            return _Tasks(transaction, row["connection_id"]).take(row["pk"], owner, now) if row else None

    def visit(self, host: Task, host_owner: str, owner: str, now: datetime) -> Task | None:
        """The oldest urgent one of the host's connection, to be performed inside it by who works on the host."""
        with self.database.reading() as transaction:  # asked between any two batches: mostly there is none
            if transaction.scalar(_urgent(host, host_owner, now)) is None:
                return None
        with self.database.writing() as transaction:
            found = transaction.scalar(_urgent(host, host_owner, now))
            mine = _Tasks(transaction, host.connection_id)
            return None if found is None else mine.take(found, owner, now, host=host.id)

    def beat(self, task_id: int, owner: str, now: datetime, progress: Mapping[str, Any]) -> str:
        """Shows that the worker lives and how far it is. Returns what is wished of it: "", pause, cancel or lost."""
        change = sa.update(task).where(_held(task_id, owner)).values(beat_at=now, progress=dict(progress))
        with self.database.writing() as transaction:
            wish: str | None = transaction.scalar(change.returning(task.c.wish))
        return LOST if wish is None else wish

    def end(
        self, task_id: int, owner: str, state: str, run: int | None, result: Mapping[str, Any], now: datetime
    ) -> bool:
        """How it ended: done, failed, cancelled or paused. False: it is somebody else's by now."""
        ended = {"state": state, "run": run, "result": dict(result), "ended_at": None if state == "paused" else now}
        return self._leave(task_id, owner, ended | {"wish": ""})

    def postpone(
        self, task_id: int, owner: str, run: int | None, result: Mapping[str, Any], until: datetime | None
    ) -> bool:
        """Back among those that wait, until then: a service asked for a pause, or another run holds the lease.

        What was wished meanwhile comes true. False: it is somebody else's by now."""
        with self.database.writing() as transaction:
            mine = sa.select(task.c.wish).where(_held(task_id, owner)).with_for_update()
            wish = transaction.scalar(mine)
            if wish is None:
                return False
            left = {"state": WISHES.get(wish, "waiting"), "wish": "", "run": run, "result": dict(result)}
            change = (
                sa.update(task).where(_held(task_id, owner)).values(owner=None, host=None, not_before=until, **left)
            )
            return transaction.execute(change).rowcount == 1

    def _leave(self, task_id: int, owner: str, values: Mapping[str, Any]) -> bool:
        with self.database.writing() as transaction:
            change = sa.update(task).where(_held(task_id, owner)).values(owner=None, host=None, **values)
            return transaction.execute(change).rowcount == 1


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
        if known is not None:
            if email:
                self._change(known, {"email": True})
            return self.get(known)
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
        elif state != "paused":
            raise BadInput("This run has ended already.", code="task_over", hint="Look at its result in the history.")

    def resume(self, number: int, now: datetime) -> None:
        if self._state(number) != "paused":
            raise BadInput("This run is not paused.", code="not_paused", hint="Reload the page to see how it stands.")
        self._change(number, {"state": "waiting", "asked_at": now, "not_before": None})

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
        by_hand = sa.and_(task.c.kind.in_(["preview", "sync"]), task.c.asked_by != SCHEDULE)
        found = self.rows(sa.select(task).where(self.mine, by_hand).order_by(task.c.pk.desc()).limit(1))
        return task_of(found[0]) if found else None


def _next(now: datetime, silent: datetime, *, urgent: bool) -> sa.Select[Any]:
    """Waiting tasks of connections that nobody works on, and working ones that fell silent; urgent and oldest first."""
    busy = sa.alias(task)
    working = sa.exists().where(busy.c.connection_id == task.c.connection_id, busy.c.state == "working")
    active = sa.exists().where(connection.c.pk == task.c.connection_id, connection.c.active)
    waiting = sa.and_(task.c.state == "waiting", _ready(now), active, ~working)
    lost = sa.and_(task.c.state == "working", task.c.beat_at < silent)
    columns = (task.c.pk, task.c.connection_id)
    first = sa.case((task.c.kind.in_(URGENT), 0), else_=1)
    wanted = sa.and_(OPEN, sa.or_(waiting, lost), task.c.kind.in_(URGENT) if urgent else sa.true())
    return sa.select(*columns).where(wanted).order_by(first, task.c.pk).limit(1)


def _ready(now: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(task.c.not_before.is_(None), task.c.not_before <= now)


def _urgent(host: Task, owner: str, now: datetime) -> sa.Select[Any]:
    """What may be performed inside the host, while its worker holds it."""
    other = sa.alias(task)
    held = sa.exists().where(other.c.pk == host.id, other.c.owner == owner, other.c.state == "working")
    mine = sa.and_(task.c.connection_id == host.connection_id, task.c.kind.in_(URGENT), task.c.state == "waiting")
    return sa.select(task.c.pk).where(mine, OPEN, _ready(now), held).order_by(task.c.pk).limit(1)


def _left_by_hosts(silent: datetime) -> sa.Update:
    """What was performed inside a task whose worker fell silent waits again, for it or for whoever goes on with it."""
    lost = sa.and_(task.c.state == "working", OPEN, task.c.host.is_not(None), task.c.beat_at < silent)
    return sa.update(task).where(lost).values(state="waiting", owner=None, host=None)


def _held(number: int, owner: str) -> sa.ColumnElement[bool]:
    return sa.and_(task.c.pk == number, task.c.owner == owner, task.c.state == "working")


def _unknown(number: int) -> BadInput:
    return BadInput(f"There is no task {number} here.", code="no_task", hint="It may be older than history is kept.")


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
