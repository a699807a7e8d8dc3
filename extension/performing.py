"""Performs a task: the one way from somebody's or the schedule's wish to `Engine.run`, and what is kept of it.

Fetch, preview, synchronise and audit differ in scope alone. What a service or a person stops goes on later by itself
(`waiting`) or when it is wished for (`paused`); an error that we know is told in its own words; anything else is for
the queue to tell. Money is kept as text of a decimal.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol, runtime_checkable

import structlog

from extension import heeding, logs, recording
from extension.bootstrap import Connection, House, Planned, Task
from extension.doctor.looking import look
from extension.entities.registry import Registry
from extension.jobs.queue import YIELD, Beat, Ended
from extension.proposing import propose
from extension.reporting import cost, outcome, plan_money, planview, pressed
from extension.reporting.plain import plain
from extension.reporting.progress import Feeds, Progress
from extension.scheduling import replan
from extension.sync.actions import Plan, Report
from extension.sync.canonical import SIDES, XERO, ZOHO, Side
from extension.sync.engine import Engine
from extension.sync.errors import BadInput, Busy, LeaseLost, Stopped, SyncError, Throttled
from extension.sync.model import Scope

log = structlog.get_logger(__name__)

AGAIN: Final = timedelta(seconds=5)  # another run holds the lease
LATER: Final = timedelta(minutes=1)  # a service asked for a pause and did not say how long
SOONEST: Final = timedelta(seconds=1)  # a pause of no length would be no pause
LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
PAUSED: Final = "This connection is paused."
APPROVE: Final = "Look at a preview, then approve what may be done."
HINTS: Final[Mapping[str, str]] = {  # what to do in the portal, where the engine names commands
    "busy": "Nothing to do: it begins by itself when that run has ended.",
    "fetch_first": "Fetch the data of both sides first.",
}
WISHES: Final[Mapping[str, tuple[str, str]]] = {
    "pause": ("paused", "The run was paused."),
    "cancel": ("cancelled", "The run was cancelled."),
}
CRASH: Final = "crashed"
IDLE: Final[Mapping[str, str]] = {  # no run was made
    "busy": "busy",
    "lease_lost": "busy",
    "connection_paused": "paused",
}
SMALL: Final = ("preview", heeding.TASK)  # after these the money of all documents is not counted anew
NOTHING: Final[Mapping[str, Any]] = {"state": "done", "problem": "", "hint": "", "code": "", "counts": {}, "holds": 0}
STOPPING: Final = ("waiting", "The program was stopped; the run goes on when it is started again.")
YIELDING: Final = ("waiting", "It makes room for others, and goes on by itself.")


def perform(house: House, task: Task, beat: Beat, host: Engine | None = None) -> Ended:
    """One turn of a task. Raises nothing that is expected to happen. `host`: the engine inside whose run it is made."""
    began, end = time.monotonic(), CRASH
    with logs.about(task=task.id, kind=task.kind, connection=task.connection_id):
        try:
            ended = _performed(house, task, beat, host)
            end = IDLE.get(ended.result.get("code", "")) or str(ended.result.get("state", ended.state))
            return ended
        finally:
            house.meters.run(task.kind, end, time.monotonic() - began)


def _performed(house: House, task: Task, beat: Beat, host: Engine | None) -> Ended:
    try:
        return _taken(_Turn(house, task, beat, host))
    except SyncError as away:
        if away.code != "database_unreachable":
            raise
        log.warning("the database went away", problem=away.message)  # so nothing can be asked of it for the result
        said = {"state": "limited", "problem": away.message, "hint": away.hint, "code": away.code}
        return Ended("waiting", task.run, {**task.result, **said}, house.clock.now() + AGAIN)


def _taken(turn: _Turn) -> Ended:
    try:
        return turn.take()
    except (Busy, LeaseLost) as taken:
        return turn.wait(taken, turn.house.clock.now() + AGAIN)
    except Throttled as limit:
        return turn.wait(limit, turn.after_pause(limit.until))
    except SyncError as known:
        if known.code == "database_unreachable":
            raise
        return turn.end("failed", known)


@dataclass
class _Turn:
    """One turn: it may be the first of a task, or go on with one that had to wait."""

    house: House
    task: Task
    beat: Beat
    host: Engine | None = None
    wish: str = ""
    engine: Engine = field(init=False)
    observed: bool = field(init=False)
    walked: dict[tuple[Side, str], datetime] = field(init=False)  # feeds that this turn or an earlier one read

    def __post_init__(self) -> None:
        self.observed = bool(self.task.progress.get("observed"))
        self.walked = walked_before(self.task)
        self.before = self.house.spent(self.connection)

    @property
    def connection(self) -> Connection:
        return self.house.connections.get(self.task.connection_id)

    def take(self) -> Ended:
        connection = self.connection
        if self.task.kind == "health":
            return self._looked(connection)
        if connection.settings.get("paused"):
            why = SyncError(PAUSED, code="connection_paused", hint="Let it go on, and this run is made by itself.")
            return self.wait(why, self.house.clock.now() + LATER)
        progress = self._progress({}, scope_of(self.task))
        if self.task.kind == "fetch" and not self.observed and not self.walked:
            progress.step("set_up")
            connection = self.house.refreshed(connection)
            replan(self.house, connection.id)  # the organisation may have moved to another time zone
        registry = self.house.registry(connection)
        scope = scope_of(self.task, again=self.observed)
        if self.task.kind == heeding.TASK:
            return self._heed(connection, registry)
        return self._run(connection, registry, scope)

    def _heed(self, connection: Connection, registry: Registry) -> Ended:
        """What the signals call for now; they have had their say when the run is over."""
        inbox = self.house.inbox(connection)
        due = heeding.due(self.house, connection, registry, self.house.clock.now())
        ended = Ended("done", result=NOTHING)
        if due.scope is not None:
            try:
                ended = self._run(connection, registry, due.scope)
            except BadInput as wrong:
                if wrong.code != "no_record":  # else it is gone already, which the CRM will say, too
                    raise
        inbox.done([*due.spent, *(due.heeded if ended.state == "done" else ())])
        return ended

    def _run(self, connection: Connection, registry: Registry, scope: Scope) -> Ended:
        progress = self._progress(expected(self.house, connection, registry, scope), scope)
        self.engine = self.house.engine(
            connection,
            progress=self._listener(progress),
            between=self._between,
            background=scope.background,
            walked=self.walked,
            again=self.task.run,
        )
        rests_on = connection.settings, connection.fetched
        self.engine.unfinished = self.house.resting.take(self.task.id, rests_on)
        report = self.engine.run(scope, within=self.host)
        self.house.resting.keep(self.task.id, rests_on, self.engine.unfinished)
        log.info("task", run=report.run, state=report.state, reason=report.code, problem=report.problem)
        return self._ended(connection, registry, report, progress)

    def _looked(self, connection: Connection) -> Ended:
        """No run: both services are asked about their set-up and nothing is read or written, so it needs no lease and
        a paused connection is looked at, too."""
        self.beat.tell({"step": "looking"})
        findings = [finding.told() for finding in look(self.house, connection)]
        return Ended("done", None, {"state": "done", "findings": findings, "calls": self._calls()})

    # ------------------------------------------------------------------ while it runs

    def _progress(self, feeds: Feeds, scope: Scope) -> Progress:
        writes = not scope.dry_run and not scope.observe_only
        return Progress(feeds, self.house.clock.now, self._tell, writes=writes)

    def _tell(self, said: Mapping[str, Any]) -> None:
        walked = {f"{side}/{feed}": plain(at) for (side, feed), at in self.walked.items()}
        self.beat.tell({**said, "observed": self.observed, "walked": walked})

    def _listener(self, progress: Progress) -> Callable[[str, Mapping[str, object]], None]:
        def listen(event: str, facts: Mapping[str, object]) -> None:
            self.observed = self.observed or event == "observed"
            if event == "walked" and isinstance(facts["at"], datetime):
                self.walked[XERO if facts["side"] == XERO else ZOHO, str(facts["feed"])] = facts["at"]
            progress(event, facts)

        return listen

    def _between(self) -> None:
        """Where it is safe to stop, and to serve what is urgent: between two pages, or two batches of writes."""
        self.wish = self.beat.wish
        if self.wish:
            state, words = WISHES.get(self.wish, YIELDING if self.wish == YIELD else STOPPING)
            raise Stopped(words, code=state)
        while self.host is None and self.beat.visit(self._visited):
            log.info("served in between")

    def _visited(self, task: Task, beat: Beat) -> Ended:
        """Somebody waits in front of the screen: served under the lease that this run holds."""
        return perform(self.house, task, beat, self.engine)

    # ------------------------------------------------------------------ ends

    def _ended(self, connection: Connection, registry: Registry, report: Report, progress: Progress) -> Ended:
        self.house.meters.outcomes(report.counts)
        result = self._result(report)
        if report.state == "limited":
            return Ended("waiting", report.run, result, self.after_pause(report.until))
        if report.state in ("cancelled", "waiting"):
            return Ended(WISHES.get(self.wish, STOPPING)[0], report.run, result)
        if report.state != "failed" and self.task.kind not in SMALL and not self.task.scope.pressed:
            progress.step("keeping")
            self.house.count_money(connection)
        if self.task.kind == "check" and report.state == "planned":
            result["record"] = self._checked(connection, report)
        elif report.state == "planned":
            progress.step("keeping")
            result |= self._kept(connection, registry, report)
        return Ended("failed" if report.state == "failed" else "done", report.run, result)

    def _checked(self, connection: Connection, report: Report) -> dict[str, Any]:
        """How the record stands now that both sides were asked, and what a press would do."""
        entity, zoho_id = self.task.scope.pressed[0]
        found = recording.known(self.house, connection, entity, zoho_id)
        apart = [dict(zip(("field", "label", "zoho", "xero"), each, strict=True)) for each in found.differences]
        named = ("reason", "message", "hint", "field", "title", "values")
        held = [{name: getattr(hold, name) for name in named} for hold in found.holds]
        would = pressed.planned(report.plan, entity, zoho_id)
        said = {"entity": entity, "zoho_id": zoho_id, "title": found.title}
        return said | {"differences": pressed.told(apart), "holds": pressed.told(held), "would": would}

    def _result(self, report: Report) -> dict[str, Any]:
        earlier = self.task.result
        named = pressed.done(self.task.scope.pressed, report.entries)
        return {
            "state": report.state,
            "problem": report.problem,
            "hint": hint(report.code, report.hint, stopped=report.state == "stopped"),
            "code": report.code,
            "until": plain(report.until) if report.until else None,
            "stops": list(report.stops),
            "counts": outcome.together(earlier.get("counts", {}), report.counts),
            "calls": self._calls(),
            "actions": len(report.plan.work),
            "holds": len({(hold.entity, hold.side, hold.id) for hold in report.holds}),
            "reasons": outcome.reasons(report.holds),
            "money": [],
            **({"records": named} if self.task.kind == "record" else {}),
        }

    def _kept(self, connection: Connection, registry: Registry, report: Report) -> dict[str, Any]:
        """What a preview, an audit or a fetch leaves for pages."""
        if self.task.kind == "fetch":
            return {
                "records": seen(self.house, connection, registry),
                "proposed": propose(self.house, connection, registry),
            }
        self.house.previews.save(connection.id, self.task.id, rows(report.plan))
        remotes = self.house.remotes(connection, registry)
        calls = cost.estimate(report.plan, registry, lambda side, feed: remotes[side].facts(feed).batch)
        return {
            "planned": planview.counts(report.plan, []),
            "money": outcome.money(report.plan, self.house.appraisals(connection)),
            "cost": dict(calls),
            "minutes": cost.minutes(calls),
            "in_step": not report.plan.work,
        }

    def _calls(self) -> dict[str, int]:
        """Calls of this turn and of those before it."""
        earlier, now = self.task.result.get("calls", {}), self.house.spent(self.connection)
        return {str(side): earlier.get(side, 0) + now[side] - self.before[side] for side in SIDES}

    def after_pause(self, until: datetime | None) -> datetime:
        """When a limited run may go on."""
        now = self.house.clock.now()
        return max(until, now + SOONEST) if until else now + LATER

    def wait(self, why: SyncError, until: datetime) -> Ended:
        ended = self.end("waiting", why)
        return replace(ended, until=until, result={**ended.result, "until": plain(until)})

    def end(self, state: str, why: SyncError) -> Ended:
        """It came to no run, or to none that could be reported."""
        log.info("task could not run", state=state, reason=why.code, message=why.message)
        told = {"state": "limited" if state == "waiting" else state}
        said = {"problem": why.message, "hint": hint(why.code, why.hint), "code": why.code, "calls": self._calls()}
        return Ended(state, self.task.run, {**self.task.result, **told, **said})


def hint(code: str, given: str, *, stopped: bool = False) -> str:
    """What to do, for somebody who has no terminal."""
    if code in HINTS:
        return HINTS[code]
    return APPROVE if stopped and "`flask" in given else given


# ------------------------------------------------------------------ what a task looks at


def walked_before(task: Task) -> dict[tuple[Side, str], datetime]:
    """When earlier turns read which feeds. Somebody who paused it and lets it go on now wants it to look again."""
    found = {}
    for name, at in task.progress.get("walked", {}).items():
        side, _, feed = name.partition("/")
        found[XERO if side == XERO else ZOHO, feed] = datetime.fromisoformat(at)
    return {feed: at if at >= task.asked_at else LONG_AGO for feed, at in found.items()}


def scope_of(task: Task, *, again: bool = False) -> Scope:
    """The scope of the task's kind. `again`: an earlier turn has read everything, so what changed since is enough."""
    scope = task.scope
    match task.kind:
        case "fetch":
            scope = replace(scope, observe_only=True, dry_run=False)
        case "preview" | "check":
            scope = replace(scope, dry_run=True, observe_only=False)
        case "audit":
            scope = replace(scope, dry_run=True, observe_only=False, full=True)
    return replace(scope, full=False) if again else scope


@runtime_checkable
class Countable(Protocol):
    """A service that can be asked how many rows a feed has."""

    def size(self, feed: str) -> int | None: ...


def expected(house: House, connection: Connection, registry: Registry, scope: Scope) -> Feeds:
    """How many rows each feed will bring, where all of it is read: as many as we know of; at first, as the service
    says to somebody who watches."""
    store, remotes = house.store(connection), house.remotes(connection, registry)
    names = scope.entities or [entity.name for entity in registry.entities]
    found: dict[tuple[Side, str], int | None] = {}
    for side in () if scope.pressed else SIDES:
        remote = remotes[side]
        for feed in registry.feeds(side, names):
            state = store.feed(side, feed)
            found[side, feed] = None
            if state.scanned is not None and (scope.full or state.version != registry.version):
                found[side, feed] = store.count_rows(side, feed)
            elif state.scanned is None and not scope.background and isinstance(remote, Countable):
                found[side, feed] = remote.size(feed)
    return found


# ------------------------------------------------------------------ what is kept


def rows(plan: Plan) -> Iterator[Planned]:
    """A plan, line by line: what would be done, what is held, what is skipped."""
    lines = [*_actions(plan), *_held(plan), *_skipped(plan)]
    return (replace(line, number=number) for number, line in enumerate(lines, 1))


def _actions(plan: Plan) -> Iterator[Planned]:
    for action in plan.work:
        entry = plain(planview.entry(action))
        side = entry["side"] if entry["side"] in SIDES else None
        ids = (entry["zoho_id"], entry["xero_id"])
        yield Planned(0, "action", action.kind, action.entity, side, entry["title"], *ids, action.digest, entry)


def _held(plan: Plan) -> Iterator[Planned]:
    for hold in plan.holds:
        zoho, xero = (hold.id if hold.side == side else None for side in (ZOHO, XERO))
        entry = plain({**planview.hold_entry(hold), "ways": plan_money.ways(hold)})
        yield Planned(0, "hold", hold.reason, hold.entity, hold.side, hold.title, zoho, xero, hold.digest, entry)


def _skipped(plan: Plan) -> Iterator[Planned]:
    for skip in plan.skips:
        zoho, xero = (skip.id if skip.side == side else None for side in (ZOHO, XERO))
        entry = plain(planview.skip_entry(skip))
        yield Planned(0, "skip", skip.reason, skip.entity, skip.side, skip.title, zoho, xero, "", entry)


def seen(house: House, connection: Connection, registry: Registry) -> dict[str, dict[str, int]]:
    """How many records each side holds of each module, and how many are linked."""
    store = house.store(connection)
    return {
        entity.name: {
            **{str(side): store.count_records(entity.name, side) for side in SIDES},
            "linked": store.count_links(entity.name),
        }
        for entity in registry.entities
    }
