"""From actions to writes: what is still right to do, in the terms of the side that it goes to.

Re-checks every action against the store (the button may have run in between), resolves placeholders now that the
parents are linked, reads again what has no optimistic lock, and makes one write per remote row. What moved is
dropped: the next pass plans it anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from extension.sync.actions import Action, Adopt, Create, Detach, Forget, Part, Retire, Update, Verb, Write
from extension.sync.canonical import SIDES, XERO, ZOHO, Placeholder, Side, Value, Where, chunks, other
from extension.sync.errors import Cannot, Invalid
from extension.sync.heirs import MERGED
from extension.sync.model import Link, Record, Row
from extension.sync.ports import Entity, Registry, Remote, Store
from extension.sync.settle import Job, Settler

SLICE = 500  # actions prepared at a time: bounds memory, a multiple of both services' batches


@dataclass
class Checked:
    """The current state that a slice of actions is checked against."""

    records: dict[Where, Record]
    links: dict[int, Link]
    linked: set[Where]


class Composer:
    """Makes writes out of actions."""

    def __init__(self, store: Store, registry: Registry, remotes: dict[Side, Remote], settler: Settler) -> None:
        self.store, self.registry, self.remotes, self.settler = store, registry, remotes, settler
        self.open: set[tuple[Side, str, str]] = set()  # remote rows with a write that has no answer yet
        self.expected: set[Where] = set()  # records of whose create nobody knows yet whether it came to be

    def look(self) -> None:
        """Which rows have an open write: anything else for them waits for the next run."""
        intents = [(call, intent) for call in self.store.open_calls() for intent in call.intents]
        self.open = {(call.side, call.feed, intent.remote) for call, intent in intents if intent.remote}
        self.expected = {
            (intent.entity, other(intent.side), intent.source)
            for _, intent in intents
            if intent.verb == "create" and intent.source
        }

    def writes(
        self, entity: Entity, side: Side, verb: Verb, actions: Sequence[Create | Update | Retire]
    ) -> tuple[list[Write], list[Create | Update | Retire]]:
        """One write per remote row, with everything this entity wants of it; and the actions whose rows are for a
        later call, because each row is read again right before it is written."""
        return self._compose(entity, side, verb, self._jobs(entity, side, actions))

    def check(self, entity: Entity, actions: Iterable[Action]) -> Checked:
        """The button may have run in between: what does the store say now?"""
        ids: dict[Side, set[str]] = {ZOHO: set(), XERO: set()}
        for a in actions:
            match a:
                case Adopt():
                    ids[ZOHO].add(a.zoho.id)
                    ids[XERO].add(a.xero.id)
                    if a.moves is not None:
                        for s in SIDES:
                            ids[s].add(a.moves.ids[s])
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
        return Checked(records, links, taken)

    @staticmethod
    def unmoved(checked: Checked, *read: Record) -> bool:
        for record in read:
            now = checked.records.get(record.where)
            if now is None or now.digest != record.digest or now.state != record.state:
                return False
        return True

    def _jobs(self, entity: Entity, side: Side, actions: Sequence[Create | Update | Retire]) -> list[Job]:
        checked = self.check(entity, actions)
        jobs: list[Job] = []
        keys = {k for a in actions if isinstance(a, Create) for k in a.source.keys[:1]}
        there: dict[str, list[Record]] = defaultdict(list)
        for part in chunks(sorted(keys), SLICE):
            for r in self.store.by_key(entity.name, part):
                for key in r.keys:
                    there[key].append(r)
        for a in actions:
            try:
                job = self._job(checked, side, a)
            except LookupError:
                continue  # moved, or a parent that did not come to be: the next pass plans it anew
            if (
                job.link is not None
                or _apart(job)
                or not self._appeared(
                    job, [r for k in job.part.source.keys[:1] for r in there[k]] if job.part.source else []
                )
            ):
                jobs.append(job)
        return jobs

    def _job(self, checked: Checked, side: Side, a: Create | Update | Retire) -> Job:
        if isinstance(a, Create):
            if not self.unmoved(checked, a.source) or a.source.where in checked.linked | self.expected:
                raise LookupError
            parent = self._resolve(a.parent)
            inside = self._lives_inside(a, side)
            part = Part(a.entity, "create", side, self._resolve(a.fields), None, parent, source=a.source)
            return Job(a, part, parent if inside else None, None)
        link = checked.links.get(a.link.id)
        if link is None or link.state != "live":
            raise LookupError
        if isinstance(a, Retire):
            if not self.unmoved(checked, a.record, a.gone):
                raise LookupError
            return Job(a, Part(a.entity, "retire", side, {}, a.record, policy=a.policy), a.record.remote, link)
        if not self.unmoved(checked, *a.read.values()):
            raise LookupError
        fields = self._resolve(a.patch[side])
        read = checked.records[a.read[side].where]  # the same content, perhaps read again since
        part = Part(a.entity, "update", side, fields, read, source=a.read[other(side)], marks=link.made_by != MERGED)
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

    def _compose(
        self, entity: Entity, side: Side, verb: Verb, jobs: list[Job]
    ) -> tuple[list[Write], list[Create | Update | Retire]]:
        feed, facts = entity.feeds[side], self.remotes[side].facts(entity.feeds[side])
        jobs = [job for job in jobs if job.remote is None or (side, feed, job.remote) not in self.open]
        groups: dict[str, list[Job]] = defaultdict(list)
        for n, job in enumerate(jobs):
            groups[job.remote if job.remote is not None else f"new {n}"].append(job)
        arrays = verb == "retire" or facts.arrays
        now = list(groups.values())
        later: list[list[Job]] = []
        if arrays and any(job.remote is not None for job in jobs):
            now, later = now[: facts.batch], now[facts.batch :]
        remotes = sorted({job.remote for group in now for job in group if job.remote is not None})
        current = self._current(side, feed, remotes) if remotes and arrays else {}
        writes: list[Write] = []
        for group in now:
            write = self._one(side, feed, verb, group, current, needed=arrays)
            if write is not None:
                writes.append(write)
        return writes, [job.action for group in later for job in group]

    def _current(self, side: Side, feed: str, remotes: Sequence[str]) -> dict[str, Row | None]:
        """No optimistic lock there: read again right before writing; what moved is dropped."""
        found = self.settler.observer.fetched(side, feed, remotes)
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
            group = [job for job in group if self._still_right(job)]
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

    def _still_right(self, job: Job) -> bool:
        """After the second reading: what is patched is as it was read, what is created is not there yet."""
        return (
            self._still(job.part.read)
            if job.part.read is not None
            else _apart(job)
            or not self._appeared(
                job, self.store.by_key(job.part.entity, job.part.source.keys[:1] if job.part.source else ())
            )
        )

    @staticmethod
    def _appeared(job: Job, there: Iterable[Record]) -> bool:
        """Somebody entered the same thing on the other side since the plan: the next pass adopts or holds."""
        source, part = job.part.source, job.part
        assert source is not None
        key = source.keys[:1]
        return any(
            r.side == part.side
            and key == tuple(k for k in r.keys if k in key)
            and (r.scope is None if source.scope is None else r.scope is not None and r.scope.handle == part.parent)
            for r in there
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


def _apart(job: Job) -> bool:
    """A person said that what looks like it is something else."""
    return isinstance(job.action, Create) and job.action.wish == "create"
