"""The one way to synchronise: `Engine.run(scope)`.

Takes the lease, checks the organisations, settles what is open, observes, plans, guards and applies, at most
four passes (write-backs and first merges are the later ones). The schedule, the button, the command line, the
audit and signals differ only in the scope that they pass.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType

from extension.sync.actions import Adopt, Plan, Report, RunState
from extension.sync.apply import Applier
from extension.sync.canonical import SERVICES, SIDES, ZOHO, Side, Where
from extension.sync.errors import BadInput, Busy, LeaseLost, RemoteError, SafetyStop, Stopped, SyncError, Throttled
from extension.sync.gate import Gate
from extension.sync.guard import Stop
from extension.sync.journal import Journal, hold_rows
from extension.sync.judge import Policy
from extension.sync.model import Record, Scope
from extension.sync.named import MOST, Named
from extension.sync.observe import Observer
from extension.sync.plan import make_plan
from extension.sync.ports import ANY_CONTENT, LEASE_SECONDS, Clock, HoldRow, Registry, Remote, Store, Tx
from extension.sync.recover import Recovery
from extension.sync.snapshot import Loader, Snapshot
from extension.sync.unfinished import Unfinished, grounds

PASSES = 4
HEARTBEAT_SECONDS = 5.0
FRESH = timedelta(minutes=10)  # what this wish has read itself need not be read again


@dataclass(frozen=True)
class Timing:
    """How far back a feed is read again, and how long "not found" is doubted: at least the services' index lag."""

    overlap: timedelta = timedelta(seconds=300)
    settle: timedelta = timedelta(seconds=300)


Progress = Callable[[str, Mapping[str, object]], None]


def silent(_event: str, _facts: Mapping[str, object]) -> None:
    """Nobody watches."""


class Engine:
    """One connection's engine. Thread-safe only through the lease: one run at a time."""

    def __init__(
        self,
        store: Store,
        registry: Registry,
        remotes: Mapping[Side, Remote],
        clock: Clock,
        *,
        owner: str = "engine",
        document_limit: int | None = None,
        timing: Timing | None = None,
        progress: Progress = silent,
        heartbeat: bool = True,
        between: Callable[[], None] = lambda: None,
        walked: Mapping[tuple[Side, str], datetime] = MappingProxyType({}),
        again: int | None = None,
        about: Callable[[int], AbstractContextManager[object]] = nullcontext,
        unfinished: Unfinished | None = None,
    ) -> None:
        """`walked`: when earlier turns of the same wish walked which feeds to their end. `again`: their run, which goes
        on if it only made room or waited. `about`: told a run's id. `unfinished`: what is left of the last turn's plan;
        after a turn, of this one's."""
        self.unfinished = unfinished
        self.walked, self.again, self.about = walked, again, about
        self.store, self.registry, self.remotes, self.clock = store, registry, dict(remotes), clock
        self.owner, self.timing, self.progress = owner, timing or Timing(), progress
        self.heartbeat, self.between, self.document_limit = heartbeat, between, document_limit
        self.under_way: _Run | None = None

    def run(self, scope: Scope, *, within: Engine | None = None) -> Report:
        """One run. Raises errors.Busy when somebody else runs, LeaseLost when this worker slept too long.

        `within`: the engine whose run calls `between` just now; this one is made under its lease, between two of its
        batches, and it goes on with what it finds then.

        Everything else that ends a run early is told in the report: throttled, stopped by a guard or by a person
        (`between` raises errors.Stopped), a service that failed; what was settled until then stays settled.
        """
        entities = self._entities(scope)
        if within is not None:
            return self._visit(within, scope, entities)
        with self._lease() as epoch:
            self.under_way = _Run(self, scope, entities, epoch)
            try:
                return self.under_way.run()
            finally:
                self.under_way = None

    def _visit(self, host: Engine, scope: Scope, entities: list[str]) -> Report:
        if host.under_way is None:
            raise Busy("There is no run that this one could be made in.")
        try:
            return _Run(self, scope, entities, host.under_way.epoch, host.under_way.id).run()
        finally:
            host.under_way.visits += 1

    def _entities(self, scope: Scope) -> list[str]:
        known = [e.name for e in self.registry.entities]
        if len(scope.pressed) > MOST:
            raise BadInput(f"At most {MOST} records can be synchronised at once.", hint="Choose fewer of them.")
        for name in (*scope.entities, *(entity for entity, _ in scope.pressed)):
            if name not in known:
                raise BadInput(f"There is no module “{name}”.", hint=f"Choose from: {', '.join(known)}.")
        return [n for n in known if n in scope.entities] if scope.entities else known

    @contextmanager
    def _lease(self) -> Iterator[int]:
        epoch = self.store.acquire(self.owner, self.clock.now(), LEASE_SECONDS)
        if epoch is None:
            raise Busy("Another run of this connection is under way.")
        stop = threading.Event()
        beat = threading.Thread(target=self._beat, args=(epoch, stop), daemon=True) if self.heartbeat else None
        if beat:
            beat.start()
        try:
            yield epoch
        finally:
            stop.set()
            if beat:
                beat.join()
            self.store.release(epoch)

    def _beat(self, epoch: int, stop: threading.Event) -> None:
        while not stop.wait(HEARTBEAT_SECONDS):
            try:
                if not self.store.renew(epoch, self.clock.now(), LEASE_SECONDS):
                    return
            except SyncError:  # a database that is busy for long, say: the run itself meets it and tells; we try again
                continue


class _Run:
    """One execution of a scope, under one lease."""

    def __init__(self, engine: Engine, scope: Scope, entities: list[str], epoch: int, host: int | None = None) -> None:
        self.engine, self.scope, self.entities, self.epoch = engine, scope, entities, epoch
        self.store, self.registry, self.clock = engine.store, engine.registry, engine.clock
        with self.store.write(epoch) as tx:
            self.id = tx.start_run(scope, self.clock.now(), host, engine.again)
        self.journal = Journal(self.id, keep=bool(scope.pressed))
        self.observer = Observer(
            self.store, self.registry, engine.remotes, self.clock, epoch, engine.timing.overlap, self._between
        )
        self.writes = not scope.dry_run and not scope.observe_only
        self.plan = Plan()
        self.planned = False
        self.focus: list[Record] | None = None
        self.visits = self.seen = 0  # runs that were made between two batches of this one: all, and before its plan
        self.looked: set[Where] = set()
        self.named = Named(self.store, self.registry, self.observer, scope.pressed) if scope.pressed else None
        self.wanted: frozenset[Where] = frozenset()  # records of the CRM that a person's press is about
        self.at_hand = (self.store, self.registry, engine.remotes, self.clock, epoch, self.journal, self.observer)
        self.applier = Applier(*self.at_hand, self._between)
        self.earlier, engine.unfinished = engine.unfinished, None

    def run(self) -> Report:
        with self.engine.about(self.id):
            return self._run()

    def _run(self) -> Report:
        try:
            report = self._steps()
        except LeaseLost:
            raise
        except BadInput as wrong:  # nothing was done: the run is closed, and the caller says why
            with self.store.write(self.epoch) as tx:
                tx.finish_run(self.id, self.clock.now(), "failed", {}, wrong.message)
            raise
        except SafetyStop as stop:
            report = self._report("stopped", problem=stop.message, hint=stop.hint, code=stop.code)
        except Throttled as limit:
            self.engine.unfinished = self._left()
            with self.store.write(self.epoch) as tx:
                tx.set_not_before(limit.until)
            report = self._report("limited", problem=limit.message, hint=limit.hint, code=limit.code, limit=limit)
        except Stopped as wish:
            state: RunState = "waiting" if wish.code == "waiting" else "cancelled"
            self.engine.unfinished = self._left() if state == "waiting" else None
            report = self._report(state, problem=wish.message, hint=wish.hint, code=wish.code)
        except RemoteError as failed:
            report = self._report("failed", problem=failed.message, hint=failed.hint, code=failed.code)
        if self.planned and self.seen != self.visits:  # else it would tell of what a visitor has settled
            self.plan = self._plan()
        with self.store.write(self.epoch) as tx:
            if self.planned:
                tx.replace_holds(*self._holds())
            if self.writes and report.state not in ("waiting", "limited"):
                self._tell_rest(tx, report.state)
            if report.state == "done" and self.named is None:  # a press on one record lets that record through
                tx.let_through(self.entities)
            counts = {e: dict(c) for e, c in self.journal.counts.items()}
            tx.finish_run(self.id, self.clock.now(), report.state, counts, report.problem)
        return replace(report, plan=self.plan, counts=counts, entries=tuple(self.journal.kept))

    def _tell_rest(self, tx: Tx, state: RunState) -> None:
        """What is held or skipped in the end, and what was named and needed nothing."""
        now = self.clock.now()
        self.journal.leftovers(tx, now, self.plan)
        if self.named is not None and state == "done" and self.scope.trigger == "person":
            self.journal.tell(tx, now, self.named.unchanged(self.journal.kept))

    # ------------------------------------------------------------------ steps

    def _steps(self) -> Report:
        later = self.store.not_before()
        if self.scope.background and later is not None and later > self.clock.now():
            raise Throttled("A service asked for a pause.", until=later)
        self._identity()
        if self.writes:
            Recovery(*self.at_hand, self.engine.timing.settle).run()
        self.focus = self._observe()
        self._go_on()
        applier = self.applier
        gate = Gate(self.store, self.registry, self.scope, self.epoch, self.entities, self.engine.document_limit)
        stop: SafetyStop | None = None
        for number in range(PASSES):
            stop, self.plan = None, self._plan()
            if self.writes:
                gate.spend(self.plan)
            self.engine.progress("planned", {"pass": number + 1, "actions": len(self.plan.work)})
            if not self.plan.actions:
                break
            found = gate.judge(self.plan)
            if not self.writes:
                return self._preview(found)
            allowed, stop = gate.open(self.plan, found)
            applier.apply(self.plan, allowed)
            gate.close(found)
            self._park()
            if not applier.moved:
                break  # nothing came of it: another pass would plan the same
            if not self.plan.work and applier.moved == len(self.plan.actions):
                self.plan = replace(self.plan, actions=())  # bases moved in silence: another pass would plan nothing
                break
            self.focus = self._again(self.focus)
        else:
            self.plan = self._plan()
        self._park()
        if stop is not None:
            raise stop
        if not self.writes:
            return self._report("planned")
        gate.clear()
        return self._report("done")

    def _go_on(self) -> None:
        """With what an earlier turn was allowed to do and had no calls left for, if nothing was read since."""
        earlier, self.earlier = self.earlier, None
        if earlier is None or self.observer.walks or earlier.grounds != grounds(self.store, self.registry, self.scope):
            return
        self.plan = earlier.plan
        self.engine.progress("planned", {"pass": 1, "actions": len(self.plan.work)})
        self.applier.apply(self.plan, lambda action: True)

    def _left(self) -> Unfinished | None:
        """What may be done and was not. A press is planned anew: its records are few and its calls are kept for it."""
        if self.earlier is not None:  # nothing was begun
            return None if self.observer.walks else self.earlier
        rests_on = grounds(self.store, self.registry, self.scope)
        return None if self.named else Unfinished.of(self.plan, self.applier.left(), rests_on)

    def _identity(self) -> None:
        """The organisations that our grants reach must be those that this connection was made with."""
        for side, remote in self.engine.remotes.items():
            expected, found = self.store.organisations()[side], remote.identity()
            if expected != found:
                name = SERVICES[side]
                raise SafetyStop(
                    "wrong_organisation",
                    f"The grant of {name} now reaches another organisation than this connection was made with.",
                    hint="Connect again and choose the organisation that this connection belongs to.",
                )

    def _observe(self) -> list[Record] | None:
        if self.named is not None:
            return self._observe_named(self.named)
        for side in SIDES:
            for feed in self.registry.feeds(side, self.entities):
                self._observe_feed(side, feed)
        if self.observer.walks and not self.scope.full:  # which sees them itself
            self.observer.restored()
        self.engine.progress("observed", {"rows": self.observer.rows})
        return None

    def _observe_feed(self, side: Side, feed: str) -> None:
        """What an earlier turn of the same wish walked is not walked whole again, and not at all while that is fresh:
        else turns that are shorter than a look at everything would never come to write."""
        now, walked = self.clock.now(), self.engine.walked.get((side, feed))
        if walked is not None and abs(now - walked) < FRESH:
            return
        self.engine.progress("observing", {"side": side, "feed": feed})
        done = partial(self.engine.progress, "walked", {"side": side, "feed": feed, "at": now})
        self.observer.feed(side, feed, full=self.scope.full and walked is None, walked=done)
        self.observer.rouse(side, feed, at_once=self.scope.restless)

    def _observe_named(self, named: Named) -> list[Record]:
        focus = named.read()
        if self.scope.trigger == "person":
            self.wanted = frozenset(record.where for record in focus if record.side == ZOHO)
        self.engine.progress("observed", {"rows": len(focus)})
        if not self.writes:
            return focus
        with self.store.write(self.epoch) as tx:
            if self.scope.trigger == "person":
                self.journal.tell(tx, self.clock.now(), named.missing(focus))
                self._forgive(tx, focus)
        return focus

    def _forgive(self, tx: Tx, focus: Sequence[Record]) -> None:
        """A press tries again what a service refused; what nobody can tell apart waits for a person's word."""
        refused = self.store.rejections(sorted(record.where for record in focus))
        tx.forgive([each.where for each in refused if each.digest != ANY_CONTENT])

    def _holds(self) -> tuple[list[str] | None, list[HoldRow]]:
        """Which entities' holds the last plan replaces, and with what; a record's run touches that record's alone."""
        rows = hold_rows(self.plan.holds)
        if self.named is not None:
            return None, [h for h in self.store.holds() if h.where not in self.looked] + rows
        return (None if len(self.entities) == len(self.registry.entities) else self.entities), rows

    def _plan(self) -> Plan:
        snap = Loader(self.store, self.registry).load(self.entities, self.focus)
        self.planned, self.seen = True, self.visits
        self.looked.update(snap.focus)
        start = self.store.start_date()
        return make_plan(
            snap, self.registry, Policy(self.scope, self.clock.now(), start, self.wanted), self._planned(snap)
        )

    def _planned(self, snap: Snapshot) -> list[str]:
        if self.named is None:
            return self.entities
        return [e.name for e in self.registry.entities if any(w[0] == e.name for w in snap.focus)]

    def _again(self, focus: list[Record] | None) -> list[Record] | None:
        """The next pass looks at the same records as they are now, and at what this one created."""
        if focus is None or self.named is None:
            return None
        focus = self.named.again(focus)
        if not self.named.parents and self.store.rejections(sorted(record.where for record in focus)):
            self.named.parents = True  # refused: perhaps because of a parent that nobody has looked at
            focus = self.named.around(focus)
        return focus

    def _preview(self, found: tuple[Stop, ...]) -> Report:
        if self.scope.observe_only:
            self._adopt_only()
        return self._report("planned", stops=tuple(s.reason for s in found))

    def _adopt_only(self) -> None:
        """`fetch`: pairs that are sure are linked, nothing is written to either service."""
        self.applier.apply(self.plan, lambda action: isinstance(action, Adopt))
        self.plan = self._plan()

    # ------------------------------------------------------------------ ends

    def _park(self) -> None:
        parked = [(s.entity, s.side, s.id) for s in self.plan.skips if s.park]
        if parked:
            with self.store.write(self.epoch) as tx:
                tx.park(parked)

    def _between(self) -> bool:
        """Where it is safe to stop, and to make another run. True: one was made, and what is prepared may be old."""
        visits, outcomes = self.visits, sum(sum(each.values()) for each in self.journal.counts.values())
        self.engine.progress("settled", {"outcomes": outcomes, "rows": self.observer.rows})
        self.engine.between()
        return self.visits != visits

    def _report(
        self,
        state: RunState,
        *,
        problem: str = "",
        hint: str = "",
        code: str = "",
        stops: tuple[str, ...] = (),
        limit: Throttled | None = None,
    ) -> Report:
        until = limit.until if limit else None
        return Report(
            self.id, state, self.plan, {}, stops or ((code,) if state == "stopped" else ()), problem, hint, code, until
        )
