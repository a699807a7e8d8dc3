"""Phase three: carry out a plan, batch by batch.

Each batch: re-check that nothing moved since the plan, make the intent durable, check the lease, send once,
and settle every element in one transaction. A call without an answer leaves its intents open: their records are
blocked and the next run finds out what happened. Nothing here decides what should be done.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from extension.sync.actions import (
    Action,
    Adopt,
    Call,
    Create,
    Detach,
    Forget,
    Intent,
    Part,
    Plan,
    Retire,
    Update,
    Verb,
    Write,
)
from extension.sync.bases import agreed_link
from extension.sync.canonical import SIDES, XERO, ZOHO, Placeholder, Side, Value, Where, chunks, other
from extension.sync.errors import (
    Cannot,
    Duplicate,
    Invalid,
    LeaseLost,
    Locked,
    Missing,
    Refused,
    RemoteError,
    Stale,
    Throttled,
    Unauthorised,
    Unknown,
)
from extension.sync.journal import Journal, linked
from extension.sync.model import Entry, Link, LinkState, Record, Row
from extension.sync.observe import Observer
from extension.sync.ports import LEASE_SECONDS, Clock, Entity, Registry, Remote, Store
from extension.sync.settle import Job, Settler

SLICE = 500  # actions prepared at a time: bounds memory, a multiple of both services' batches
GIVE_UP = 3  # calls without an answer in a row: the service is down
SPLIT = (Invalid, Locked, Duplicate, Stale, Missing)  # refusals of content: the culprit is found by halving


@dataclass
class _Checked:
    """The current state that a slice of actions is checked against."""

    records: dict[Where, Record]
    links: dict[int, Link]
    linked: set[Where]


class Applier:
    """Applies one plan under one lease."""

    def __init__(
        self,
        store: Store,
        registry: Registry,
        remotes: dict[Side, Remote],
        clock: Clock,
        epoch: int,
        journal: Journal,
        observer: Observer,
        between: Callable[[], None] = lambda: None,
    ) -> None:
        self.store, self.registry, self.remotes, self.clock = store, registry, remotes, clock
        self.epoch, self.journal, self.observer, self.between = epoch, journal, observer, between
        self.settler = Settler(store, registry, clock, epoch, journal, observer)
        self.unanswered = 0
        self.moved = 0  # decisions that came to something: none means that another pass would plan the same

    def apply(self, plan: Plan, allowed: Callable[[Action], bool]) -> None:
        """Everything allowed, parents first, local decisions before writes."""
        actions = [a for a in plan.actions if allowed(a)]
        for entity in self.registry.entities:
            mine = [a for a in actions if a.entity == entity.name]
            for part in chunks(mine, SLICE):
                self._local(entity, [a for a in part if isinstance(a, Adopt | Detach | Forget)])
                self._silent(entity, [a for a in part if isinstance(a, Update) and not a.writes])
            for side in (XERO, ZOHO):
                self._writes(entity, side, "create", [a for a in mine if isinstance(a, Create) and a.side == side])
            for side in (XERO, ZOHO):
                self._writes(entity, side, "update", [a for a in mine if isinstance(a, Update) and a.patch[side]])
            for side in (XERO, ZOHO):
                self._writes(entity, side, "retire", [a for a in mine if isinstance(a, Retire) and a.side == side])

    # ------------------------------------------------------------------ without a call

    def _local(self, entity: Entity, actions: Sequence[Adopt | Detach | Forget]) -> None:
        if not actions:
            return
        checked = self._check(entity, actions)
        now, entries = self.clock.now(), []
        with self.store.write(self.epoch) as tx:
            for a in actions:
                if isinstance(a, Adopt):
                    if not self._unmoved(checked, a.zoho, a.xero) or {a.zoho.where, a.xero.where} & checked.linked:
                        continue
                    base = {s: dict(a.base[s]) for s in SIDES}
                    ids: dict[Side, str] = {ZOHO: a.zoho.id, XERO: a.xero.id}
                    link = Link(0, a.entity, ids, base, a.pairs, made_by=a.by, version=self.registry.version)
                    tx.insert_link(link)
                    entries.append(linked(a))
                elif a.link.id in checked.links:
                    kept = isinstance(a, Detach) and a.reason == "kept"
                    ended = isinstance(a, Detach) and not kept
                    state: LinkState = "retired" if isinstance(a, Forget) else "unlinked"
                    tx.update_link(replace(checked.links[a.link.id], state=state))
                    reason = a.reason if isinstance(a, Detach) else "both_gone"
                    entries.append(
                        Entry(
                            a.entity,
                            "unchanged" if ended else "retired",
                            a.link.ids[ZOHO],
                            a.link.ids[XERO],
                            reason=reason,
                        )
                    )
            self.journal.tell(tx, now, entries)
        self.moved += len(entries)

    def _silent(self, entity: Entity, actions: Sequence[Update]) -> None:
        """Bases that move because both sides agree already."""
        if not actions:
            return
        checked = self._check(entity, actions)
        with self.store.write(self.epoch) as tx:
            for a in actions:
                link = checked.links.get(a.link.id)
                if link is not None and self._unmoved(checked, *a.read.values()):
                    tx.update_link(agreed_link(a, link, self.registry.version))
                    self.moved += 1

    def _check(self, entity: Entity, actions: Iterable[Action]) -> _Checked:
        """The button may have run in between: what does the store say now?"""
        ids: dict[Side, set[str]] = {ZOHO: set(), XERO: set()}
        for a in actions:
            match a:
                case Adopt():
                    ids[ZOHO].add(a.zoho.id)
                    ids[XERO].add(a.xero.id)
                case Create():
                    ids[a.source.side].add(a.source.id)
                case Update() | Retire() | Detach() | Forget():
                    for s in SIDES:
                        ids[s].add(a.link.ids[s])
        records: dict[Where, Record] = {}
        links: dict[int, Link] = {}
        taken: set[Where] = set()
        for s in SIDES:
            for part in chunks(sorted(ids[s]), SLICE):
                records.update({r.where: r for r in self.store.by_id(entity.name, s, part)})
                for link in self.store.links_of(entity.name, s, part):
                    links[link.id] = link
                    if link.state == "live":
                        taken.update((entity.name, side, link.ids[side]) for side in SIDES)
        return _Checked(records, links, taken)

    @staticmethod
    def _unmoved(checked: _Checked, *read: Record) -> bool:
        for record in read:
            now = checked.records.get(record.where)
            if now is None or now.digest != record.digest or now.state != record.state:
                return False
        return True

    # ------------------------------------------------------------------ with a call

    def _writes(self, entity: Entity, side: Side, verb: Verb, actions: Sequence[Create | Update | Retire]) -> None:
        for part in chunks(actions, SLICE):
            jobs = self._jobs(entity, side, part)
            writes = self._compose(entity, side, verb, jobs)
            for call, batch in self._drafts(side, writes):
                self._send(call, batch)
                self.between()

    def _drafts(self, side: Side, writes: Sequence[Write]) -> Iterable[tuple[Call, Sequence[Write]]]:
        for verb in ("create", "update", "retire"):
            same = [w for w in writes if w.verb == verb]
            if same:
                yield from self.remotes[side].draft(same)

    def _jobs(self, entity: Entity, side: Side, actions: Sequence[Create | Update | Retire]) -> list[Job]:
        checked = self._check(entity, actions)
        jobs: list[Job] = []
        for a in actions:
            try:
                job = self._job(checked, side, a)
            except LookupError:
                continue  # moved, or a parent that did not come to be: the next pass plans it anew
            jobs.append(job)
        return jobs

    def _job(self, checked: _Checked, side: Side, a: Create | Update | Retire) -> Job:
        if isinstance(a, Create):
            if not self._unmoved(checked, a.source) or a.source.where in checked.linked:
                raise LookupError
            parent = self._resolve(a.parent)
            inside = self._lives_inside(a, side)
            part = Part(a.entity, "create", side, self._resolve(a.fields), None, parent, source=a.source)
            return Job(a, part, parent if inside else None, None)
        link = checked.links.get(a.link.id)
        if link is None or link.state != "live":
            raise LookupError
        if isinstance(a, Retire):
            if not self._unmoved(checked, a.record, a.gone):
                raise LookupError
            return Job(a, Part(a.entity, "retire", side, {}, a.record, policy=a.policy), a.record.remote, link)
        if not self._unmoved(checked, *a.read.values()):
            raise LookupError
        fields = self._resolve(a.patch[side])
        part = Part(a.entity, "update", side, fields, a.read[side], source=a.read[other(side)])
        return Job(a, part, a.read[side].remote, link)

    def _lives_inside(self, a: Create, side: Side) -> bool:
        """Whether the new record is a part of its parent's remote row (a contact person in Xero)."""
        scope = a.source.scope
        if scope is None:
            return False
        return self.registry.entity(a.entity).feeds[side] == self.registry.entity(scope.entity).feeds[side]

    def _resolve(self, value: Value) -> Value:
        """Placeholders become handles, now that the parents are linked; raises LookupError where they are not."""
        if isinstance(value, Placeholder):
            entity, side, id_ = value.where
            for link in self.store.links_of(entity, side, [id_]):
                if link.state == "live":
                    twin = self.store.by_id(entity, other(side), [link.ids[other(side)]])
                    if twin and twin[0].live:
                        return twin[0].handle
            raise LookupError
        if isinstance(value, dict):
            return {k: self._resolve(v) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [self._resolve(v) for v in value]
        return value

    def _compose(self, entity: Entity, side: Side, verb: Verb, jobs: list[Job]) -> list[Write]:
        """One write per remote row, with everything this entity wants of it."""
        feed = entity.feeds[side]
        groups: dict[str, list[Job]] = defaultdict(list)
        for n, job in enumerate(jobs):
            groups[job.remote if job.remote is not None else f"new {n}"].append(job)
        remotes = sorted({j.remote for j in jobs if j.remote is not None})
        arrays = verb == "retire" or self.remotes[side].facts(feed).arrays
        current = self._current(side, feed, remotes) if remotes and arrays else {}
        writes: list[Write] = []
        for group in groups.values():
            write = self._one(side, feed, verb, group, current, needed=arrays)
            if write is not None:
                writes.append(write)
        return writes

    def _current(self, side: Side, feed: str, remotes: Sequence[str]) -> dict[str, Row | None]:
        """No optimistic lock there: read again right before writing; what moved is dropped."""
        found = dict(self.remotes[side].fetch(feed, remotes))
        self.settler.remember(side, feed, [row for row in found.values() if row is not None])
        return found

    def _one(
        self, side: Side, feed: str, verb: Verb, group: list[Job], current: dict[str, Row | None], *, needed: bool
    ) -> Write | None:
        remote = group[0].remote
        row = current.get(remote) if remote is not None else None
        if remote is not None and needed:
            if row is None:
                self.settler.vanished(side, feed, [remote])
                return None
            group = [job for job in group if job.part.read is None or self._still(job.part.read)]
            if not group or (verb == "retire" and not self._still_gone(group[0])):
                return None
        try:
            body = self.registry.body(side, feed, [job.part for job in group], row)
        except Cannot as why:
            for job in group:
                self.settler.refuse(job, Invalid(why.message, code=why.reason, hint=why.hint))
            return None
        reads = [job.part.read for job in group if job.part.read is not None]
        return Write(
            feed,
            side,
            verb if remote is None else ("retire" if verb == "retire" else "update"),
            remote,
            body,
            tuple(job.part for job in group),
            max((r.modified for r in reads), default=None),
            min((r.read_at for r in reads if r.read_at), default=None),
            tuple(group),
        )

    def _still(self, read: Record) -> bool:
        now = self.store.by_id(read.entity, read.side, [read.id])
        return bool(now) and now[0].digest == read.digest and now[0].state == read.state

    def _still_gone(self, job: Job) -> bool:
        """Retire re-reads the gone record immediately before it writes."""
        assert isinstance(job.action, Retire)
        gone = job.action.gone
        row = self.remotes[gone.side].fetch(gone.feed, [gone.remote]).get(gone.remote)
        if row is None:
            return True
        self.settler.remember(gone.side, gone.feed, [row])
        return not any(r.live for r in self.store.by_id(gone.entity, gone.side, [gone.id]))

    # ------------------------------------------------------------------ sending

    def _send(self, call: Call, writes: Sequence[Write]) -> None:
        jobs = [[j for j in w.jobs if isinstance(j, Job)] for w in writes]
        call = self._open(call, jobs)
        self.moved += 1
        remote = self.remotes[call.side]
        try:
            answers = remote.send(call)
        except (Throttled, Unauthorised):
            self._close(call)
            raise
        except Refused as why:
            self._close(call)
            if not isinstance(why, SPLIT):
                raise
            if len(writes) == 1:
                self.settler.settle(replace(call, intents=()), jobs, [why])
                return
            half = len(writes) // 2
            for some in (writes[:half], writes[half:]):
                for again, batch in self._drafts(call.side, some):
                    self._send(again, batch)
            return
        except RemoteError as lost:
            self._lost(call, jobs, lost)
            return
        self.unanswered = 0
        self.settler.settle(call, jobs, answers)

    def _open(self, call: Call, jobs: Sequence[Sequence[Job]]) -> Call:
        now = self.clock.now()
        intents = [self._intent(n, job) for n, group in enumerate(jobs) for job in group]
        with self.store.write(self.epoch) as tx:
            call = tx.open_call(replace(call.sent_at(now), intents=tuple(intents)))
        if not self.store.renew(self.epoch, self.clock.now(), LEASE_SECONDS):
            raise LeaseLost("The lease ended before a call was sent.")
        return call

    def _intent(self, position: int, job: Job) -> Intent:
        part, source = job.part, job.part.source
        probe = self.registry.probe(part) if part.verb == "create" else None
        return Intent(
            0,
            position,
            part.verb,
            part.entity,
            part.side,
            part.fields,
            source.fields if source is not None else {},
            source.id if source is not None else None,
            job.link.id if job.link else None,
            part.read.id if part.read else None,
            job.remote,
            (probe.key,) if probe and probe.key else (),
            probe.stamp if probe else None,
        )

    def _close(self, call: Call) -> None:
        with self.store.write(self.epoch) as tx:
            tx.close_intents([i.id for i in call.intents])

    def _lost(self, call: Call, jobs: Sequence[Sequence[Job]], lost: RemoteError) -> None:
        """No answer: the intents stay open, their records are blocked, others go on."""
        entries = [
            Entry(
                job.part.entity,
                "failed",
                *self._both_ids(job),
                side=call.side,
                reason="unknown_outcome",
                message="The service gave no answer; the next run finds out what happened.",
                hint=Unknown.hint,
                title=job.title,
            )
            for group in jobs
            for job in group
        ]
        with self.store.write(self.epoch) as tx:
            self.journal.tell(tx, self.clock.now(), entries)
        self.unanswered += 1
        if self.unanswered >= GIVE_UP:
            raise lost

    @staticmethod
    def _both_ids(job: Job) -> tuple[str | None, str | None]:
        part = job.part
        ids = {
            part.side: part.read.id if part.read else None,
            other(part.side): part.source.id if part.source else None,
        }
        return ids[ZOHO], ids[XERO]
