"""The one way to synchronise: `Engine.run(scope)`.

Takes the lease, checks the organisations, settles what is open, observes, plans, guards and applies, at most
four passes (write-backs and first merges are the later ones). The schedule, the button, the command line, the
audit and signals differ only in the scope that they pass.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from extension.sync.actions import Adopt, Plan, Report, RunState
from extension.sync.apply import Applier
from extension.sync.canonical import SIDES, ZOHO, Side, Where, other
from extension.sync.errors import BadInput, Busy, LeaseLost, RemoteError, SafetyStop, Stopped, Throttled
from extension.sync.gate import Gate
from extension.sync.guard import Stop
from extension.sync.journal import Journal, hold_rows
from extension.sync.judge import Policy
from extension.sync.model import Record, Scope
from extension.sync.observe import Observer
from extension.sync.plan import make_plan
from extension.sync.ports import LEASE_SECONDS, Clock, HoldRow, Registry, Remote, Store
from extension.sync.recover import Recovery
from extension.sync.snapshot import Loader, Snapshot

PASSES = 4
HEARTBEAT_SECONDS = 5.0


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
    ) -> None:
        self.store, self.registry, self.remotes, self.clock = store, registry, dict(remotes), clock
        self.owner, self.timing, self.progress = owner, timing or Timing(), progress
        self.heartbeat, self.between, self.document_limit = heartbeat, between, document_limit

    def run(self, scope: Scope) -> Report:
        """One run. Raises errors.Busy when somebody else runs, LeaseLost when this worker slept too long.

        Everything else that ends a run early is told in the report: throttled, stopped by a guard or by a person
        (`between` raises errors.Stopped), a service that failed; what was settled until then stays settled.
        """
        entities = self._entities(scope)
        with self._lease() as epoch:
            return _Run(self, scope, entities, epoch).run()

    def _entities(self, scope: Scope) -> list[str]:
        known = [e.name for e in self.registry.entities]
        for name in (*scope.entities, *(scope.record or ())[:1]):
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
            if not self.store.renew(epoch, self.clock.now(), LEASE_SECONDS):
                return


class _Run:
    """One execution of a scope, under one lease."""

    def __init__(self, engine: Engine, scope: Scope, entities: list[str], epoch: int) -> None:
        self.engine, self.scope, self.entities, self.epoch = engine, scope, entities, epoch
        self.store, self.registry, self.clock = engine.store, engine.registry, engine.clock
        with self.store.write(epoch) as tx:
            self.id = tx.start_run(scope, self.clock.now())
        self.journal = Journal(self.id)
        self.observer = Observer(
            self.store, self.registry, engine.remotes, self.clock, epoch, engine.timing.overlap, self._between
        )
        self.plan = Plan()
        self.planned = False
        self.looked: set[Where] = set()
        self.named: frozenset[Where] = frozenset()

    def run(self) -> Report:
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
            with self.store.write(self.epoch) as tx:
                tx.set_not_before(limit.until)
            report = self._report("limited", problem=limit.message, hint=limit.hint, code=limit.code, limit=limit)
        except Stopped as wish:
            report = self._report("cancelled", problem=wish.message, hint=wish.hint, code=wish.code)
        except RemoteError as failed:
            report = self._report("failed", problem=failed.message, hint=failed.hint, code=failed.code)
        with self.store.write(self.epoch) as tx:
            if self.planned:
                tx.replace_holds(*self._holds())
            if not self.scope.dry_run and not self.scope.observe_only:
                self.journal.leftovers(tx, self.clock.now(), self.plan)
            if report.state == "done" and self.scope.record is None:  # a press on one record lets that record through
                tx.let_through(self.entities)
            counts = {e: dict(c) for e, c in self.journal.counts.items()}
            tx.finish_run(self.id, self.clock.now(), report.state, counts, report.problem)
        return Report(
            report.run,
            report.state,
            report.plan,
            counts,
            report.stops,
            report.problem,
            report.hint,
            report.code,
            report.until,
        )

    # ------------------------------------------------------------------ steps

    def _steps(self) -> Report:
        later = self.store.not_before()
        if self.scope.background and later is not None and later > self.clock.now():
            raise Throttled("A service asked for a pause.", until=later, hint="Nothing to do: it goes on by itself.")
        self._identity()
        if not self.scope.dry_run and not self.scope.observe_only:
            Recovery(
                self.store,
                self.registry,
                self.engine.remotes,
                self.clock,
                self.epoch,
                self.journal,
                self.observer,
                self.engine.timing.settle,
            ).run()
        focus = self._observe()
        applier = Applier(
            self.store,
            self.registry,
            self.engine.remotes,
            self.clock,
            self.epoch,
            self.journal,
            self.observer,
            self._between,
        )
        gate = Gate(self.store, self.registry, self.scope, self.epoch, self.entities, self.engine.document_limit)
        stop: SafetyStop | None = None
        for number in range(PASSES):
            stop, self.plan = None, self._plan(focus)
            self._forget_spent()
            self.engine.progress("planned", {"pass": number + 1, "actions": len(self.plan.work)})
            if not self.plan.actions:
                break
            found = gate.judge(self.plan)
            if self.scope.dry_run or self.scope.observe_only:
                return self._preview(found)
            allowed, stop = gate.open(self.plan, found)
            applier.apply(self.plan, allowed)
            gate.close(found)
            self._park()
            if not applier.moved:
                break  # nothing came of it: another pass would plan the same
            focus = self._again(focus)
        else:
            self.plan = self._plan(focus)
        self._park()
        if stop is not None:
            raise stop
        if self.scope.dry_run or self.scope.observe_only:
            return self._report("planned")
        gate.clear()
        return self._report("done")

    def _forget_spent(self) -> None:
        """Decisions that have had their effect."""
        if not self.plan.spent or self.scope.dry_run or self.scope.observe_only:
            return
        said = {(each.where, each.field): each.verb for each in self.store.decisions()}
        with self.store.write(self.epoch) as tx:
            for where, field, verb in self.plan.spent:
                if said.get((where, field)) == verb:
                    tx.undecide(where, field)

    def _identity(self) -> None:
        """The organisations that our grants reach must be those that this connection was made with."""
        for side, remote in self.engine.remotes.items():
            expected, found = self.store.organisations()[side], remote.identity()
            if expected != found:
                name = "Zoho CRM" if side == ZOHO else "Xero"
                raise SafetyStop(
                    "wrong_organisation",
                    f"The grant of {name} now reaches another organisation than this connection was made with.",
                    hint="Connect again and choose the organisation that this connection belongs to.",
                )

    def _observe(self) -> list[Record] | None:
        if self.scope.record is not None:
            return self._observe_record(*self.scope.record)
        for side in SIDES:
            for feed in self.registry.feeds(side, self.entities):
                self.engine.progress("observing", {"side": side, "feed": feed})
                self.observer.feed(side, feed, full=self.scope.full)
        if not self.scope.full:  # which sees them itself
            self.observer.restored()
        self.engine.progress("observed", {"rows": self.observer.rows})
        return None

    def _observe_record(self, name: str, zoho_id: str) -> list[Record]:
        """The record, its twin, and the parents of both, each asked for itself."""
        entity = self.registry.entity(name)
        for side in SIDES:
            for feed in self.registry.feeds(side, self._family(name)):
                if self.store.feed(side, feed).scanned is None:
                    raise SafetyStop(
                        "fetch_first",
                        "The existing data was not fetched yet.",
                        hint="Fetch the data of both sides first (`flask fetch`).",
                    )
        views = self.observer.rows_by_id(ZOHO, entity.feeds[ZOHO], [zoho_id])
        record = next((v for v in views if v.entity == name and v.live), None)
        if record is None:
            raise BadInput(f"There is no {entity.label} with the id {zoho_id} in Zoho CRM.")
        focus, frontier, seen = [record], [record], {record.where}
        while frontier:
            found = self._relatives(frontier)
            frontier = [r for r in found if r.where not in seen]
            seen.update(r.where for r in frontier)
            focus += frontier
        self.named = frozenset(r.where for r in focus if r.side == ZOHO)
        return focus

    def _relatives(self, records: list[Record]) -> list[Record]:
        """Twins and parents, freshly read where they are known."""
        wanted: dict[tuple[Side, str], set[str]] = {}
        for r in records:
            for link in self.store.links_of(r.entity, r.side, [r.id]):
                if link.state == "live":
                    for twin in self.store.by_id(r.entity, other(r.side), [link.ids[other(r.side)]]):
                        wanted.setdefault((twin.side, twin.feed), set()).add(twin.remote)
            for ref in (*r.demands, *([r.scope] if r.scope else [])):
                for parent in self.store.by_handle(ref.entity, r.side, [ref.handle]):
                    wanted.setdefault((parent.side, parent.feed), set()).add(parent.remote)
        out: list[Record] = []
        for (side, feed), ids in sorted(wanted.items()):
            views = self.observer.rows_by_id(side, feed, sorted(ids))
            out += [v for v in views if v.live]
        roots = {(r.entity, r.side) for r in records}
        named = {ref.entity for r in records for ref in (*r.demands, *([r.scope] if r.scope else []))}
        return [v for v in out if v.entity in named or (v.entity, other(v.side)) in roots]

    def _family(self, name: str) -> list[str]:
        """The entity and those before it, which its records may refer to."""
        names = [e.name for e in self.registry.entities]
        return names[: names.index(name) + 1]

    def _holds(self) -> tuple[list[str] | None, list[HoldRow]]:
        """Which entities' holds the last plan replaces, and with what; a record's run touches that record's alone."""
        rows = hold_rows(self.plan.holds)
        if self.scope.record is not None:
            return None, [h for h in self.store.holds() if h.where not in self.looked] + rows
        return (None if len(self.entities) == len(self.registry.entities) else self.entities), rows

    def _plan(self, focus: list[Record] | None) -> Plan:
        snap = Loader(self.store, self.registry).load(self.entities, focus)
        self.planned = True
        self.looked.update(snap.focus)
        start = self.store.start_date()
        return make_plan(
            snap, self.registry, Policy(self.scope, self.clock.now(), start, self.named), self._planned(snap)
        )

    def _planned(self, snap: Snapshot) -> list[str]:
        if self.scope.record is None:
            return self.entities
        return [e.name for e in self.registry.entities if any(w[0] == e.name for w in snap.focus)]

    def _again(self, focus: list[Record] | None) -> list[Record] | None:
        """The next pass looks at the same records as they are now, and at what this one created."""
        if focus is None:
            return None
        now: dict[Where, Record] = {}
        for r in focus:
            for fresh in self.store.by_id(r.entity, r.side, [r.id]):
                now[fresh.where] = fresh
            for link in self.store.links_of(r.entity, r.side, [r.id]):
                for twin in self.store.by_id(r.entity, other(r.side), [link.ids[other(r.side)]]):
                    now[twin.where] = twin
        return list(now.values())

    def _preview(self, found: tuple[Stop, ...]) -> Report:
        if self.scope.observe_only:
            self._adopt_only()
        return self._report("planned", stops=tuple(s.reason for s in found))

    def _adopt_only(self) -> None:
        """`fetch`: pairs that are sure are linked, nothing is written to either service."""
        applier = Applier(
            self.store, self.registry, self.engine.remotes, self.clock, self.epoch, self.journal, self.observer
        )
        applier.apply(self.plan, lambda action: isinstance(action, Adopt))
        self.plan = self._plan(None)

    # ------------------------------------------------------------------ ends

    def _park(self) -> None:
        parked = [(s.entity, s.side, s.id) for s in self.plan.skips if s.park]
        if parked:
            with self.store.write(self.epoch) as tx:
                tx.park(parked)

    def _between(self) -> None:
        outcomes = sum(sum(each.values()) for each in self.journal.counts.values())
        self.engine.progress("settled", {"outcomes": outcomes, "rows": self.observer.rows})
        self.engine.between()

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
