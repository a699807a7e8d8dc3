"""What became of each element of a call, in one transaction: links, bases, records, intents, history.

A refusal is decided by its kind: a taken key is looked at (its holder may be adopted), refused content becomes a
hold that sticks until the content changes, what moved or vanished is observed and planned anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from extension.sync.actions import Call, Create, Intent, Part, Retire, Update
from extension.sync.bases import created_link, not_cleared, updated_link
from extension.sync.canonical import SIDES, XERO, ZOHO, Side, Value, Where, chunks, digest_of, other
from extension.sync.errors import Duplicate, Missing, RemoteError, Stale, SyncError
from extension.sync.journal import Journal, wrote
from extension.sync.merge import ALL, shown
from extension.sync.model import Entry, Link, Record, Row
from extension.sync.observe import CONFIRM, Observer
from extension.sync.ports import Answer, Clock, Probe, Registry, Rejection, Store, Tx


@dataclass(frozen=True, eq=False)
class Job:
    """One action's part of a write. `remote`: the row it goes to (None: a row of its own)."""

    action: Create | Update | Retire
    part: Part
    remote: str | None
    link: Link | None

    @property
    def title(self) -> str:
        record = self.part.source or self.part.read
        return record.title if record else ""


class Settler:
    """Turns answers into state."""

    def __init__(
        self, store: Store, registry: Registry, clock: Clock, epoch: int, journal: Journal, observer: Observer
    ) -> None:
        self.store, self.registry, self.clock, self.epoch = store, registry, clock, epoch
        self.journal, self.observer = journal, observer
        self.clashed: set[Where] = set()

    # ------------------------------------------------------------------ answers

    def settle(self, call: Call, jobs: Sequence[Sequence[Job]], answers: Sequence[Answer]) -> list[Job]:
        """One transaction for the whole call; what needs another look is asked for afterwards.

        Returns the jobs whose rows changed since they were read, now read again: their writes may still be right.
        """
        rows = [a for a in answers if isinstance(a, Row)]
        known = self._known(call.side, call.feed, rows)
        intents: dict[int, list[Intent]] = {}
        for intent in call.intents:
            intents.setdefault(intent.position, []).append(intent)
        refused: list[tuple[Job, RemoteError]] = []
        with self.store.write(self.epoch) as tx:
            for n, (group, answer) in enumerate(zip(jobs, answers, strict=True)):
                if not isinstance(answer, Row):
                    refused += [(job, answer) for job in group]
                    continue
                views = self.observer.views(call.side, [answer], {answer.id: known.get(answer.id, [])})
                tx.put_records(views)
                self._stored(tx, group, intents.get(n, []), views)
            tx.close_intents([i.id for i in call.intents])
        stale = [job for job, why in refused if isinstance(why, Stale) and job.remote is not None]
        for job, why in refused:
            if job not in stale:
                self.refuse(job, why)
        remotes = sorted({job.remote for job in stale if job.remote is not None})
        for part in chunks(remotes, CONFIRM):
            self.observer.rows_by_id(call.side, call.feed, part)
        return stale

    def _known(self, side: Side, feed: str, rows: Sequence[Row]) -> dict[str, list[Record]]:
        known: dict[str, list[Record]] = {}
        for record in self.store.by_remote(side, feed, [row.id for row in rows]):
            known.setdefault(record.remote, []).append(record)
        return known

    def _stored(self, tx: Tx, group: Sequence[Job], intents: Sequence[Intent], views: Sequence[Record]) -> None:
        taken: set[str] = set()
        for job, intent in zip(group, intents, strict=True):
            part = job.part
            record = part.read if part.read is not None else self.registry.locate(part, views, taken)
            record = next((v for v in views if record is not None and v.where == record.where), None)
            if record is None:  # written, but not recognisable in what came back: a person must look
                self._reject(tx, job, "not_recognised", "The service stored it, but not as it was sent.")
                continue
            taken.add(record.id)
            if isinstance(job.action, Retire):
                self._retired(tx, job, record)
            elif part.verb == "create":
                self._created(tx, job, intent, record)
            else:
                self._updated(tx, job, intent, record)

    def _created(self, tx: Tx, job: Job, intent: Intent, record: Record) -> None:
        link = created_link(
            self.registry.entity(record.entity), intent, record.fields, record.id, self.registry.version
        )
        try:
            tx.insert_link(link)
        except SyncError as clash:
            if clash.code != "already_linked":
                raise
            self._reject(tx, job, "ambiguous", "The service answered with a record that is linked already.")
            return
        if intent.wish and job.part.source is not None:
            tx.undecide(job.part.source.where)
            tx.forgive([job.part.source.where])
        changes = {f: [None, v] for f, v in record.fields.items() if f in intent.sent}
        self.journal.tell(tx, self.clock.now(), [wrote("created", record.side, link, record, changes)])

    def _updated(self, tx: Tx, job: Job, intent: Intent, record: Record) -> None:
        assert job.link is not None
        assert job.part.read is not None
        before = job.part.read
        link = self.store.links([job.link.id])[0]
        entity = self.registry.entity(record.entity)
        kept = not_cleared(intent.sent, before.fields, record.fields)
        taken = replace(intent, sent={f: v for f, v in intent.sent.items() if f not in kept})
        tx.update_link(updated_link(entity, link, taken, before, record.fields, self.registry.version))
        if kept:
            self._kept(tx, job, record, kept)
        if not taken.sent:
            return
        changes: dict[str, Sequence[Value]] = {f: [before.fields.get(f), record.fields.get(f)] for f in taken.sent}
        changes.update({f"{f}!lost": lost for f, lost in intent.lost.items() if f in taken.sent})
        if isinstance(job.action, Update):
            for word, side in job.action.decided.items():
                if side != record.side and (word == ALL or word in taken.sent):
                    tx.undecide((record.entity, ZOHO, link.ids[ZOHO]), word)
        self.journal.tell(tx, self.clock.now(), [wrote("updated", record.side, link, record, changes)])

    def _kept(self, tx: Tx, job: Job, record: Record, kept: Sequence[str]) -> None:
        """Their bases stay: whoever looks sees that both sides differ, and why."""
        rules, place = self.registry.entity(record.entity).rules, "Xero" if record.side == XERO else "the CRM"
        message = " ".join(
            f"{rules[f].label or f} was cleared, and {place} kept {shown(record.fields[f])}." for f in kept
        )
        self._reject(tx, job, "not_cleared", message, "Clear it there by hand, or fill it in again.", now=record)

    def _retired(self, tx: Tx, job: Job, record: Record) -> None:
        assert job.link is not None
        link = self.store.links([job.link.id])[0]
        tx.update_link(_ended(link))
        tx.undecide(record.where)
        self.journal.tell(tx, self.clock.now(), [wrote("retired", record.side, link, record, {})])

    # ------------------------------------------------------------------ refusals

    def refuse(self, job: Job, why: RemoteError) -> None:
        """One element was refused, certainly without effect."""
        part, side = job.part, job.part.side
        feed = self.registry.entity(part.entity).feeds[side]
        if isinstance(why, Missing) and job.remote is not None:
            self.vanished(side, feed, [job.remote])
        elif isinstance(why, Duplicate) and self._holder(job, why, feed):
            return
        else:
            with self.store.write(self.epoch) as tx:
                self._reject(tx, job, why.code, why.message, why.hint)

    def _holder(self, job: Job, why: Duplicate, feed: str) -> bool:
        """Observe who holds the key. True: somebody free, the next pass adopts or holds; False: it sticks."""
        part = job.part
        where = (part.entity, other(part.side), part.source.id if part.source else "")
        if where in self.clashed:
            return False
        self.clashed.add(where)
        remote = self.observer.remotes[part.side]
        if why.holder:
            views = self.observer.rows_by_id(part.side, feed, [why.holder])
        else:
            probe = self.registry.probe(part)
            rows = remote.find(feed, [Probe(None, probe.key, probe.fields, probe.parent)])
            self.remember(part.side, feed, rows)
            views = list(self.store.by_remote(part.side, feed, [r.id for r in rows]))
        mine = [v for v in views if v.entity == part.entity and v.live]
        linked = {
            link.ids[part.side]
            for link in self.store.links_of(part.entity, part.side, [v.id for v in mine])
            if link.state == "live"
        }
        keys = set(part.source.keys) if part.source else set()
        return any(v.id not in linked and keys & set(v.keys) for v in mine)  # else nothing would pair them

    def _reject(
        self, tx: Tx, job: Job, reason: str, message: str, hint: str = "", *, now: Record | None = None
    ) -> None:
        """`now`: the record as the write left it."""
        record = job.part.source or job.part.read
        assert record is not None
        records = [record] if job.part.verb == "create" else self._pair(job)
        records = [now if now is not None and r.where == now.where else r for r in records]
        digest = rejection_digest_of(self.store, self.registry.version, records)
        hint = hint or "Correct the record and run again, or press Retry."
        tx.reject(Rejection(records[0].where, digest, reason, message, hint))
        self.journal.tell(tx, self.clock.now(), [self._held(job, records[0], reason, message, hint)])

    def _pair(self, job: Job) -> list[Record]:
        """The records of a refused update in the planner's order: the CRM's first."""
        if isinstance(job.action, Update):
            return [job.action.read[s] for s in SIDES]
        assert isinstance(job.action, Retire)
        return [job.action.record, job.action.gone]

    @staticmethod
    def _held(job: Job, record: Record, reason: str, message: str, hint: str) -> Entry:
        ids: dict[Side, str | None] = {record.side: record.id, other(record.side): None}
        return Entry(
            record.entity, "held", ids["zoho"], ids["xero"], job.part.side, reason, message, hint, record.title
        )

    # ------------------------------------------------------------------ looking again

    def remember(self, side: Side, feed: str, rows: Sequence[Row]) -> None:
        """Rows read outside a walk."""
        if not rows:
            return
        views = self.observer.views(side, rows, self._known(side, feed, rows))
        with self.store.write(self.epoch) as tx:
            tx.put_records(views)

    def vanished(self, side: Side, feed: str, remotes: Sequence[str]) -> None:
        with self.store.write(self.epoch) as tx:
            tx.mark_gone(side, feed, remotes, self.clock.now())


def _ended(link: Link) -> Link:
    return replace(link, state="retired")


def rejection_digest_of(store: Store, version: int, records: Sequence[Record]) -> str:
    """Must spell what judge.rejection_digest spells: the records, their parents, the mapping."""
    parts: list[str] = [str(version)]
    for record in records:
        parts.append(record.digest)
        for ref in record.refs:
            parents = [p for p in store.by_handle(ref.entity, record.side, [ref.handle]) if p.live]
            parts.append(parents[0].digest if parents else ref.handle)
    return digest_of(parts)
