"""Settle what a crash or a lost answer left open, before anything is planned.

A create must not be repeated blindly: it is looked for first, and "not found" is believed only after the settle
delay. Then the same bytes go out again while the service still knows the key, or the missing elements become a
new call. An update is attributed, not repeated: what arrived is ours, what did not is simply planned again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from extension.sync.actions import Call, Intent
from extension.sync.bases import arrived, attributed_link, created_link
from extension.sync.canonical import UNSET, XERO, ZOHO, Side, Value, Where, other
from extension.sync.errors import LeaseLost, Refused, RemoteError, SyncError, Throttled, Unauthorised
from extension.sync.journal import Journal
from extension.sync.merge import ALL
from extension.sync.model import Entry, Link, Record, Row
from extension.sync.observe import Observer
from extension.sync.ports import (
    ANY_CONTENT,
    LEASE_SECONDS,
    Answer,
    Clock,
    Probe,
    Registry,
    Rejection,
    Remote,
    Store,
    Tx,
)

KEY_MARGIN = timedelta(seconds=30)  # a key that ends within this is not surely kept any more


class Recovery:
    """Settles the open calls of one connection."""

    def __init__(
        self,
        store: Store,
        registry: Registry,
        remotes: dict[Side, Remote],
        clock: Clock,
        epoch: int,
        journal: Journal,
        observer: Observer,
        settle: timedelta,
    ) -> None:
        self.store, self.registry, self.remotes, self.clock, self.epoch = store, registry, remotes, clock, epoch
        self.journal, self.observer, self.settle = journal, observer, settle

    def run(self) -> int:
        """Returns how many intents are still open."""
        for call in self.store.open_calls():
            creates = [i for i in call.intents if i.verb == "create"]
            changes = [i for i in call.intents if i.verb != "create"]
            if changes:
                self._attribute(call, changes)
            if creates:
                self._settle(call, creates)
        return sum(len(call.intents) for call in self.store.open_calls())

    # ------------------------------------------------------------------ updates

    def _attribute(self, call: Call, intents: Sequence[Intent]) -> None:
        remotes = sorted({i.remote for i in intents if i.remote})
        self.observer.rows_by_id(call.side, call.feed, remotes)
        with self.store.write(self.epoch) as tx:
            for intent in intents:
                found = self.store.by_id(intent.entity, intent.side, [intent.target or ""])
                links = self.store.links([intent.link]) if intent.link is not None else []
                if found and links and found[0].live and intent.verb == "update":
                    entity = self.registry.entity(intent.entity)
                    link = attributed_link(entity, links[0], intent, found[0], self.registry.version)
                    tx.update_link(link)
                    self._tell_arrived(tx, intent, links[0], link, found[0])
            tx.close_intents([i.id for i in intents])

    def _tell_arrived(self, tx: Tx, intent: Intent, before: Link, link: Link, now: Record) -> None:
        """What arrived without an answer is told, with what it went over; a word that it followed is used up."""
        side = intent.side
        names = [f for f in intent.sent if before.base[side].get(f, UNSET) != link.base[side].get(f, UNSET)]
        if not names:
            return
        changes: dict[str, Sequence[Value]] = {}
        for name in names:
            lost = intent.lost.get(name)
            changes[name] = [lost[1] if lost else before.base[side].get(name), now.fields.get(name)]
            if lost:
                changes[f"{name}!lost"] = lost
        message = "Written by a run that was interrupted; found again."
        ids = (link.ids[ZOHO], link.ids[XERO])
        entry = Entry(link.entity, "updated", *ids, side, "found", message, title=now.title, changes=changes)
        self.journal.tell(tx, self.clock.now(), [entry])
        where: Where = (link.entity, ZOHO, link.ids[ZOHO])
        for said in self.store.decisions():
            if said.where == where and said.takes == other(side) and said.field in (ALL, *names):
                tx.undecide(where, said.field)

    # ------------------------------------------------------------------ creates

    def _settle(self, call: Call, intents: Sequence[Intent]) -> None:
        if call.last_sent is not None and call.last_sent > self.clock.now():
            call = self._redated(call)
        missing, strangers = self._link_found(call, intents)
        if not missing:
            return
        now = self.clock.now()
        facts = self.remotes[call.side].facts(call.feed)
        unique = facts.unique and all(self.registry.entity(i.entity).unique[call.side] for i in missing)
        first = call.first_sent or now
        inside = any(i.remote is not None for i in missing)
        # The same bytes carry what was found as well: should that be somebody else's, it would be made twice.
        whole = len(missing) == len(intents)
        kept = whole and now - first < timedelta(seconds=facts.key_seconds) - KEY_MARGIN and not inside
        waited = self._waited(call)
        if not (kept or waited or (unique and not inside)):
            return  # too early to believe "not found": its sources stay blocked
        if kept:
            self._again(call, missing)
        elif waited or unique:
            unsure = [i for i in missing if _keyless(i) and not (unique and i.stamp)]
            doubtful = [i for i in unsure if any(s.entity == i.entity for s in strangers)]
            self._hold(doubtful)
            self._drop([i for i in missing if i not in doubtful])  # planned anew, with a new key, in this very run

    def _redated(self, call: Call) -> Call:
        """Our clock went back since this was sent, so nobody knows how long ago that is: its key counts as gone, doubt
        begins anew, and what we see for the first time from now on, or saw just now, still counts as new."""
        now = self.clock.now()
        key = timedelta(seconds=self.remotes[call.side].facts(call.feed).key_seconds)
        dated = replace(call, first_sent=now - max(key, self.settle), last_sent=now)
        with self.store.write(self.epoch) as tx:
            tx.touch_call(call.id, now - max(key, self.settle), now)
        return dated

    def _waited(self, call: Call) -> bool:
        """Whether "not found" may be believed by now."""
        now = self.clock.now()
        return now - (call.last_sent or now) > self.settle

    def _link_found(self, call: Call, intents: Sequence[Intent]) -> tuple[list[Intent], list[Record]]:
        """Links every create that is found on the other side; returns those that are not, and new records that
        were found with them and belong to none."""
        rows = self._look(call, intents)
        views = [v for v in self._remember(call, rows) if v.live]
        taken: set[str] = set()
        missing: list[Intent] = []
        for intent in intents:
            found = self._candidates(call, intent, views, taken)
            if not found:
                missing.append(intent)
                continue
            sure = len(found) == 1 and self._surely(intent, found[0])
            if not sure and self._same_parent(intent, found):
                # Ours, or somebody's who used the same key: the next plan compares the two, and adopts or holds.
                if self._waited(call):
                    self._drop([intent])
                continue
            with self.store.write(self.epoch) as tx:
                if sure:
                    taken.add(found[0].id)
                    self._link(tx, intent, found[0])
                else:
                    self._doubt(tx, intent)
                tx.close_intents([intent.id])
        entities = {i.entity for i in missing if _keyless(i)}
        return missing, [v for name in entities for v in self._new(call, self._unlinked(name, views, taken))]

    def _look(self, call: Call, intents: Sequence[Intent]) -> list[Row]:
        remote = self.remotes[call.side]
        parents = sorted({i.remote for i in intents if i.remote is not None})
        rows = [r for r in remote.fetch(call.feed, parents).values() if r is not None] if parents else []
        probes = [Probe(i.stamp, i.keys[0] if i.keys else None, i.sent, i.remote) for i in intents if i.remote is None]
        return rows + (list(remote.find(call.feed, probes)) if probes else [])

    def _remember(self, call: Call, rows: Sequence[Row]) -> list[Record]:
        known: dict[str, list[Record]] = {}
        for record in self.store.by_remote(call.side, call.feed, [row.id for row in rows]):
            known.setdefault(record.remote, []).append(record)
        views = self.observer.views(call.side, rows, known)
        if views:
            with self.store.write(self.epoch) as tx:
                tx.put_records(views)
        return views

    def _candidates(self, call: Call, intent: Intent, views: Sequence[Record], taken: set[str]) -> list[Record]:
        """What this create may have made: by our stamp, else by the key that we sent, linked to nothing yet.

        Where our record has no key, what it made is known by all that was sent, and by not being there before.
        """
        mine = [v for v in self._unlinked(intent.entity, views, taken) if intent.remote in (None, v.remote)]
        stamped = [v for v in mine if intent.stamp and v.stamp == intent.stamp]
        if stamped:
            return stamped
        mine = [v for v in mine if v.stamp in (None, intent.stamp)]
        entity = self.registry.entity(intent.entity)
        if intent.wish == "create":  # those that look like it were there before, and are something else
            mine = self._new(call, mine)
        if _keyless(intent):
            return [v for v in self._new(call, mine) if arrived(entity, intent.sent, v.fields)]
        keyed = [v for v in mine if set(intent.keys) & set(v.keys)]
        if not entity.unique[intent.side]:  # others may use the same key: what was there before is theirs
            keyed = self._new(call, keyed)
        same = [v for v in keyed if arrived(entity, intent.sent, v.fields)]
        return same if len(same) == 1 else keyed

    def _surely(self, intent: Intent, found: Record) -> bool:
        """Whether the only candidate is what this create made. A key that others may use as well says too little:
        there it carries our stamp, or holds all that was sent."""
        entity = self.registry.entity(intent.entity)
        stamped = bool(intent.stamp) and found.stamp == intent.stamp
        return entity.unique[intent.side] or stamped or arrived(entity, intent.sent, found.fields)

    def _same_parent(self, intent: Intent, found: Sequence[Record]) -> bool:
        """Whether these use a key that is nobody's alone, in the very parent that this create was sent into."""
        entity = self.registry.entity(intent.entity)
        if entity.unique[intent.side]:
            return False
        named = {(rule.ref, intent.sent.get(rule.name)) for rule in entity.rules.values() if rule.ref is not None}
        return all(v.scope is not None and (v.scope.entity, v.scope.handle) in named for v in found)

    def _unlinked(self, name: str, views: Sequence[Record], taken: set[str]) -> list[Record]:
        mine = [v for v in views if v.entity == name and v.id not in taken]
        linked = {
            link.ids[v.side]
            for v in mine[:1]
            for link in self.store.links_of(name, v.side, [v.id for v in mine])
            if link.state == "live"
        }
        return [v for v in mine if v.id not in linked]

    def _new(self, call: Call, views: Sequence[Record]) -> list[Record]:
        """Those that nobody had seen when the call went out."""
        return [
            v
            for v in views
            for known in self.store.by_id(v.entity, v.side, [v.id])
            if call.first_sent is None or known.first_seen is None or known.first_seen >= call.first_sent
        ]

    def _hold(self, intents: Sequence[Intent]) -> None:
        with self.store.write(self.epoch) as tx:
            for intent in intents:
                self._doubt(tx, intent)
            tx.close_intents([i.id for i in intents])

    def _doubt(self, tx: Tx, intent: Intent) -> None:
        """Several may be ours: a person must say which."""
        where: Where = (intent.entity, other(intent.side), intent.source or "")
        message = "An interrupted run may have created this: what looks like it on the other side may be its work."
        for record in self.store.by_id(*where[:2], [where[2]]):
            tx.reject(Rejection(where, ANY_CONTENT, "ambiguous", message, "Decide by hand which of them it is."))
            zoho, xero = (record.id, None) if record.side == ZOHO else (None, record.id)
            entry = Entry(record.entity, "held", zoho, xero, intent.side, "ambiguous", message, title=record.title)
            self.journal.tell(tx, self.clock.now(), [entry])

    def _link(self, tx: Tx, intent: Intent, record: Record) -> None:
        entity = self.registry.entity(intent.entity)
        link = created_link(entity, intent, record.fields, record.id, self.registry.version, found=True)
        now = self.clock.now()
        ids = (link.ids[ZOHO], link.ids[XERO])
        taken = [
            known
            for side in (ZOHO, XERO)
            for known in self.store.links_of(intent.entity, side, [link.ids[side]])
            if known.state == "live"
        ]
        if taken:
            message = "What an interrupted run created was linked by somebody in between."
            entry = Entry(intent.entity, "held", *ids, intent.side, "ambiguous", message, title=record.title)
        else:
            tx.insert_link(link)
            if intent.wish:
                source: Where = (intent.entity, other(intent.side), intent.source or "")
                tx.undecide(source)
                tx.forgive([source])
            message = "Created by a run that was interrupted; found again."
            entry = Entry(intent.entity, "created", *ids, intent.side, "found", message, title=record.title)
        self.journal.tell(tx, now, [entry])

    def _drop(self, intents: Sequence[Intent]) -> None:
        with self.store.write(self.epoch) as tx:
            tx.close_intents([i.id for i in intents])

    def _again(self, call: Call, intents: Sequence[Intent]) -> None:
        """The same call again: same bytes, same key. The attempt itself may have an unknown outcome too."""
        now = self.clock.now()
        with self.store.write(self.epoch) as tx:
            tx.touch_call(call.id, call.first_sent or now, now)
        if not self.store.renew(self.epoch, self.clock.now(), LEASE_SECONDS):
            raise LeaseLost("The lease ended before a call was repeated.")
        try:
            answers = self.remotes[call.side].send(replace(call, last_sent=now))
        except (Throttled, Unauthorised):
            raise
        except Refused:
            self._drop(intents)  # refused as a whole: planned anew
            return
        except RemoteError:
            return  # still open
        self._answered(call, intents, answers)

    def _answered(self, call: Call, intents: Sequence[Intent], answers: Sequence[Answer]) -> None:
        """A replayed answer tells what was created then; what became of it since is asked for by itself."""
        landed: list[str] = []
        for intent in intents:
            answer = answers[intent.position] if intent.position < len(answers) else None
            if not isinstance(answer, Row):
                self._drop([intent])  # refused: its holder or its fault shows in the next plan
                continue
            views = self._remember(call, [answer])
            record = next((v for v in views if v.entity == intent.entity), None)
            if record is None:
                raise SyncError("A repeated call answered with a row that cannot be read.", code="not_recognised")
            with self.store.write(self.epoch) as tx:
                self._link(tx, intent, record)
                tx.close_intents([intent.id])
            landed.append(answer.id)
        if landed:
            self.observer.rows_by_id(call.side, call.feed, landed)


def _keyless(intent: Intent) -> bool:
    """Its source has no key of its own, so that no key can say what it made."""
    return len(intent.keys) < 2
