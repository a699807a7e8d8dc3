"""Phase three: carry out a plan, batch by batch.

Each batch: re-check that nothing moved since the plan, make the intent durable, check the lease, send once,
and settle every element in one transaction. A call without an answer leaves its intents open: their records are
blocked and the next run finds out what happened. Nothing here decides what should be done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from extension.sync.actions import (
    Action,
    Adopt,
    Call,
    Create,
    Detach,
    Forget,
    Intent,
    Plan,
    Retire,
    Update,
    Verb,
    Write,
)
from extension.sync.bases import agreed_link
from extension.sync.canonical import SIDES, XERO, ZOHO, Side, Value, chunks, other
from extension.sync.compose import SLICE, Checked, Composer
from extension.sync.errors import (
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
from extension.sync.model import Entry, Link, LinkState, Record
from extension.sync.observe import Observer
from extension.sync.ports import LEASE_SECONDS, Clock, Entity, Probe, Registry, Remote, Store, Tx
from extension.sync.settle import Job, Settler

GIVE_UP = 3  # calls without an answer in a row: the service is down
SPLIT = (Invalid, Locked, Duplicate, Stale, Missing)  # refusals of content: the culprit is found by halving


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
        between: Callable[[], bool] = lambda: False,
    ) -> None:
        self.store, self.registry, self.remotes, self.clock = store, registry, remotes, clock
        self.epoch, self.journal, self.observer, self.between = epoch, journal, observer, between
        self.settler = Settler(store, registry, clock, epoch, journal, observer)
        self.composer = Composer(store, registry, remotes, self.settler)
        self.unanswered = 0
        self.moved = 0  # decisions that came to something: none means that another pass would plan the same
        self._allowed: Sequence[Action] = ()
        self._done: set[str] = set()  # digests of those that were tried

    def apply(self, plan: Plan, allowed: Callable[[Action], bool]) -> None:
        """Everything allowed, parents first, local decisions before writes."""
        self.moved = 0
        self.composer.look()
        actions = self._allowed = [a for a in plan.actions if allowed(a)]
        self._done.clear()
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

    def left(self) -> Sequence[Action]:
        """What of the last plan was allowed and not tried yet, in its order."""
        return [action for action in self._allowed if action.digest not in self._done]

    # ------------------------------------------------------------------ without a call

    def _local(self, entity: Entity, actions: Sequence[Adopt | Detach | Forget]) -> None:
        if not actions:
            return
        checked = self.composer.check(entity, actions)
        now, entries = self.clock.now(), []
        with self.store.write(self.epoch) as tx:
            for a in actions:
                if isinstance(a, Adopt):
                    if not self._free(checked, a):
                        continue
                    base = {s: dict(a.base[s]) for s in SIDES}
                    ids: dict[Side, str] = {ZOHO: a.zoho.id, XERO: a.xero.id}
                    link = Link(0, a.entity, ids, base, a.pairs, made_by=a.by, version=self.registry.version)
                    if a.moves is None:
                        tx.insert_link(link)
                    else:
                        tx.update_link(replace(link, id=a.moves.id))
                    if a.by == "person":
                        self._followed(tx, a)
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
        self._done.update(action.digest for action in actions)

    def _free(self, checked: Checked, adopted: Adopt) -> bool:
        """Whether both are as they were planned, and linked with nobody (else than by the link that moves)."""
        ends = {adopted.zoho.where, adopted.xero.where}
        if adopted.moves is not None:
            link = checked.links.get(adopted.moves.id)
            if link is None or link.state != "live" or link.ids != adopted.moves.ids:
                return False
            ends -= {(link.entity, side, link.ids[side]) for side in SIDES}
        return self.composer.unmoved(checked, adopted.zoho, adopted.xero) and not ends & checked.linked

    @staticmethod
    def _followed(tx: Tx, adopted: Adopt) -> None:
        """A person's word about these two came true; what waited for it waits no more."""
        both = (adopted.zoho.where, adopted.xero.where)
        for where in both:
            tx.undecide(where)
        tx.forgive(both)

    def _silent(self, entity: Entity, actions: Sequence[Update]) -> None:
        """Bases that move because both sides agree already."""
        if not actions:
            return
        checked = self.composer.check(entity, actions)
        with self.store.write(self.epoch) as tx:
            for a in actions:
                link = checked.links.get(a.link.id)
                if link is not None and self.composer.unmoved(checked, *a.read.values()):
                    tx.update_link(agreed_link(a, link, self.registry.version))
                    self.moved += 1
        self._done.update(action.digest for action in actions)

    # ------------------------------------------------------------------ with a call

    def _writes(self, entity: Entity, side: Side, verb: Verb, actions: Sequence[Create | Update | Retire]) -> None:
        for part in chunks(actions, SLICE):
            stale: list[Job] = []
            for call, batch in self._calls(entity, side, verb, part):
                stale += self._send(call, batch)
            # only the modified time moved (a CRM document touches its products): the same write, once more
            again = list({job.action.digest: job.action for job in stale}.values())
            for call, batch in self._calls(entity, side, verb, again):
                self._send(call, batch)

    def _calls(
        self, entity: Entity, side: Side, verb: Verb, actions: Sequence[Create | Update | Retire]
    ) -> Iterator[tuple[Call, Sequence[Write]]]:
        """Call by call; what is left is prepared anew where another run was made in between."""
        left = list(actions)
        while left:
            writes, later = self.composer.writes(entity, side, verb, left)
            left = [job.action for write in writes for job in write.jobs if isinstance(job, Job)] + later
            for call, batch in self._drafts(side, writes):
                yield call, batch
                sent = {job.action.digest for write in batch for job in write.jobs if isinstance(job, Job)}
                self._done |= sent
                left = [action for action in left if action.digest not in sent]
                if self.between():
                    self.composer.look()
                    break
            else:
                left = later

    def _drafts(self, side: Side, writes: Sequence[Write]) -> Iterable[tuple[Call, Sequence[Write]]]:
        for verb in ("create", "update", "retire"):
            same = [w for w in writes if w.verb == verb]
            if same:
                yield from self.remotes[side].draft(same)

    # ------------------------------------------------------------------ sending

    def _send(self, call: Call, writes: Sequence[Write]) -> list[Job]:
        """One call. Returns the jobs whose rows turned out to have changed since they were read."""
        jobs = [[j for j in w.jobs if isinstance(j, Job)] for w in writes]
        call = self._open(call, jobs)
        self.moved += 1
        try:
            answers = self.remotes[call.side].send(call)
        except (Throttled, Unauthorised):
            self._close(call)
            raise
        except SPLIT as why:
            self._close(call)
            return self._halved(call, writes, jobs, why)
        except Refused:
            self._close(call)
            raise
        except RemoteError as lost:
            self._lost(call, jobs, lost)
            return []
        self.unanswered = 0
        return self.settler.settle(call, jobs, answers)

    def _halved(
        self, call: Call, writes: Sequence[Write], jobs: Sequence[Sequence[Job]], why: RemoteError
    ) -> list[Job]:
        """A whole call was refused for its content: the single culprit is found by halving."""
        if len(writes) == 1:
            return self.settler.settle(replace(call, intents=()), jobs, [why])
        stale: list[Job] = []
        half = len(writes) // 2
        for some in (writes[:half], writes[half:]):
            for again, batch in self._drafts(call.side, some):
                stale += self._send(again, batch)
        return stale

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
            _keys(probe, source),
            probe.stamp if probe else None,
            lost=_lost(job),
            wish=job.action.wish if isinstance(job.action, Create) else "",
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
        self.composer.look()
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


def _lost(job: Job) -> dict[str, list[Value]]:
    """The edits that this write goes over: they stay in history, whatever becomes of the answer."""
    if not isinstance(job.action, Update):
        return {}
    lost = job.action.lost.items()
    return {f: [side, value] for f, (side, value) in lost if side == job.part.side and f in job.part.fields}


def _keys(probe: Probe | None, source: Record | None) -> tuple[str, ...]:
    """What a create may be found by: first as the service spells it, then as our views do."""
    if probe is None or source is None:
        return ()
    return (probe.key or "", *source.keys[:1])
