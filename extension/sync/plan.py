"""From observations and links to one plan over all entities, parents first.

Pure and deterministic. The decision tables read like the prose of docs/sync.md. Every record of the focus ends
as part of an action, as a hold with its reason, as a skip, or is in step. Nothing here talks to a service.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from extension.sync.actions import Adopt, Create, Detach, Forget, Hold, Plan, Retire, Update
from extension.sync.canonical import SIDES, XERO, ZOHO, Fields, Placeholder, Side, Value, other
from extension.sync.errors import Cannot
from extension.sync.heirs import MERGED, Heir, gone_words, heir_of, master_of, merged_words, moved_base
from extension.sync.judge import Judge, Policy
from extension.sync.match import Matcher
from extension.sync.merge import Merge, Merger, first_base
from extension.sync.model import FieldRule, Link, Record
from extension.sync.ports import Entity, Registry
from extension.sync.snapshot import Snapshot
from extension.sync.wishes import LEAVING, over


class Planner(Judge):
    """Plans one snapshot."""

    def plan(self, entities: Iterable[str]) -> Plan:
        chosen = [e for e in self.registry.entities if e.name in set(entities)]
        for entity in chosen:
            self._orphans(entity)
        for entity in chosen:
            self._linked(entity)
            self._unlinked(entity)
        self._spend()
        d = self.draft
        return Plan(tuple(d.actions), tuple(d.holds), tuple(d.skips), tuple(d.spent))

    def _spend(self) -> None:
        """Words that were followed, or cannot be any more: where nothing is linked, no field is in conflict."""
        for where, decision in sorted(self.snap.decisions.items()):
            link = self.snap.link_of.get(where)
            ends = [self.snap.records.get((where[0], s, link.ids[s])) for s in SIDES] if link else []
            if over(decision, link, ends):
                self.draft.spent.append((where, "", decision.verb))
        for where, words in sorted(self.snap.takes.items()):
            if where in self.snap.records and self.snap.live_link(where) is None:
                self.draft.spent += [(where, word, "take") for word in sorted(words)]

    # ------------------------------------------------------------------ linked records

    def _linked(self, entity: Entity) -> None:
        seen: set[int] = set()
        for where in sorted(w for w in self.snap.focus if w[0] == entity.name):
            link = self.snap.link_of.get(where)
            if link is None or link.id in seen or link.state == "unlinked":
                continue
            seen.add(link.id)
            records = {s: self.snap.records.get((entity.name, s, link.ids[s])) for s in SIDES}
            zoho, xero = records[ZOHO], records[XERO]
            if zoho is None or xero is None:
                continue  # one side was never observed: nothing to compare yet
            if link.state == "retired":
                if zoho.live or xero.live:
                    self._restored(entity, link, {ZOHO: zoho, XERO: xero})
                continue
            self._link(entity, link, {ZOHO: zoho, XERO: xero})

    def _restored(self, entity: Entity, link: Link, records: dict[Side, Record]) -> None:
        """A person brought a retired record back. A marked or voided one stays visible, so both must live."""
        alive = [r for r in records.values() if r.live]
        if len(alive) == 2 or entity.retire_policy not in ("mark", "void"):
            self.draft.actions.append(Detach(entity.name, link, "restored"))
        else:
            self._skip(alive[0], "put_away", park=True)

    def _link(self, entity: Entity, link: Link, records: dict[Side, Record]) -> None:
        zoho = records[ZOHO]
        if any(r.where in self.snap.blocked for r in records.values()) or link.id in self.snap.blocked_links:
            self._skip(zoho, "in_flight")
        elif any(r.version != self.registry.version for r in records.values()):
            self._skip(zoho, "mapping_changing")
        elif all(not r.live for r in records.values()):
            self.draft.actions.append(Forget(entity.name, link))
        elif any(not r.live for r in records.values()):
            self._gone(entity, link, records)
        elif any(self._verb(r) == "ignore" for r in records.values()):
            self._skip(zoho, "ignored")
        elif any(r.state == "out_of_scope" and r.where not in self.demanded for r in records.values()):
            self._skip(zoho, "not_ticked")
        elif (window := self.policy.window) is not None and all(r.modified < window for r in records.values()):
            self._skip(zoho, "outside_window")
        else:
            self._merge(entity, link, records)

    def _gone(self, entity: Entity, link: Link, records: dict[Side, Record]) -> None:
        side: Side = ZOHO if records[ZOHO].live else XERO
        here, gone = records[side], records[other(side)]
        verb = self._verb(here)
        edited = any(here.fields.get(f) != v for f, v in link.base[side].items() if f in here.fields)
        if verb in LEAVING:
            self.draft.actions.append(Detach(entity.name, link, "kept"))
        elif verb in ("retire", "recreate") and not self._may_write(
            side if verb == "retire" else other(side), None, entity
        ):
            self._skip(here, "direction")
        elif verb == "recreate":
            self.draft.actions.append(Detach(entity.name, link, "recreate"))
        elif verb == "retire":
            if not self._rejected(here, gone):
                self.draft.actions.append(Retire(entity.name, link, side, here, gone, _policy(entity)))
        elif gone.successor is not None and here.scope is not None:
            self._resettled(entity, link, here)
        elif (heir := heir_of(self.snap, gone, self.adopted)) is not None:
            self._merged_away(entity, link, here, gone, heir)
        elif entity.document and not here.births:
            self.draft.actions.append(Forget(entity.name, link))  # cancelled here, deleted there: the same end
        elif entity.retire_policy == "ignore":
            self._skip(here, "gone_ignored")
        elif edited and entity.retire_policy != "ask" and not entity.document:
            self.draft.actions.append(Detach(entity.name, link))
        elif edited or entity.retire_policy == "ask":
            master = master_of(self.snap, gone, here) if side == XERO else None
            words = gone_words(here, merges=not entity.document, edited=edited, master=master)
            self._hold(here, *words, related=(gone.where, *((master.where,) if master else ())))
        elif not self._may_write(side, None, entity):
            self._skip(here, "direction")
        elif not self._rejected(here, gone):
            self.draft.actions.append(Retire(entity.name, link, side, here, gone, entity.retire_policy))

    def _merged_away(self, entity: Entity, link: Link, here: Record, gone: Record, heir: Heir) -> None:
        """Somebody merged its counterpart into another record: the link follows, unless that one has a twin."""
        into = heir.record
        if into.where in self.snap.blocked or into.version != self.registry.version:
            self._skip(here, "in_flight" if into.where in self.snap.blocked else "mapping_changing")
        elif heir.holder is not None:
            related = (gone.where, into.where, heir.holder.where)
            self._hold(here, *merged_words(here, gone, into, heir.holder), related=related)
        else:
            records: dict[Side, Record] = {here.side: here, into.side: into}
            self._pair(entity, records, MERGED, moved_base(entity, link, records, into.side), (), moves=link)

    def _resettled(self, entity: Entity, link: Link, here: Record) -> None:
        """Who lives in a parent is known anew among those of the record that the parent became, once that is linked."""
        assert here.scope is not None
        parent = self.snap.by_handle(here.scope.entity, here.side, here.scope.handle)
        twin = self.snap.twin(parent) if parent is not None else None
        if parent is None or twin is None or twin.live:
            self.draft.actions.append(Detach(entity.name, link, "merged"))
            return
        label = self.registry.entity(parent.entity).label
        message = f"It waits for the {label} “{parent.title}”, whose counterpart was merged into another record."
        self._hold(here, "waiting", message, "Settle that record first.", related=(parent.where,))

    def _merge(self, entity: Entity, link: Link, records: dict[Side, Record]) -> None:
        merge = self._merged(entity, link, records)
        zoho, related = records[ZOHO], (records[XERO].where,)
        for h in merge.holds:
            self._hold(zoho, h.reason, h.message, h.hint, field=h.field, related=related, values={h.field: h.values})
        for record in records.values():
            if merge.weighed:  # what was said of other values than those that stand there now, or of none that differ
                self._over(record, merge.followed)
        words = self.snap.takes.get(zoho.where, {})
        self.draft.spent += [(zoho.where, word, "take") for word in sorted(words) if not merge.waits_for(word)]
        if merge.kept_back:
            self._skip(zoho, "direction")
        if any(merge.patch.values()) and self._rejected(zoho, records[XERO]):
            return
        settles = not link.settled and merge.quiet
        moves = merge.agree or merge.pairs is not None or settles or link.version != self.registry.version
        stale_fields = any(set(link.base[s]) - set(records[s].fields) for s in SIDES)
        if any(merge.patch.values()) or moves or stale_fields:
            self.draft.actions.append(
                Update(
                    entity.name,
                    link,
                    {s: merge.patch[s] for s in SIDES},
                    records,
                    tuple(merge.agree),
                    merge.lost,
                    merge.pairs,
                    settles,
                    merge.decided,
                )
            )

    def _merged(self, entity: Entity, link: Link, records: dict[Side, Record]) -> Merge:
        mode = self.policy.scope.mode
        source: Side | None = None if mode == "both" else ZOHO if mode == "zoho-to-xero" else XERO
        takes = self.snap.takes.get(records[ZOHO].where, {})

        def may_write(to: Side, rule: FieldRule) -> bool:
            return self._may_write(to, rule, entity)

        return Merger(entity, link, records, self, may_write, source, takes).run()

    # ------------------------------------------------------------------ unlinked records

    def _orphans(self, entity: Entity) -> None:
        """Records that live in no parent, matched before parents are: else their twin's parent would be created.

        (An account-less CRM contact and the Xero contact that is the same person.)
        """
        loose = [
            r
            for r in self.snap.records.values()
            if r.entity == entity.name and r.side == ZOHO and r.scope is None and r.live and r.keys
        ]
        named = Counter(r.keys[0] for r in loose)
        for zoho in sorted(loose, key=lambda r: r.where):
            if self.snap.live_link(zoho.where) or self.snap.retired(zoho.where) or not self.wants(zoho):
                continue
            twins = [
                r
                for key in zoho.keys[:1]
                for r in (self.snap.records[w] for w in self.snap.keyed.get((entity.name, XERO, key), []))
                if r.scope is not None and self._parentless(r)
            ]
            if len(twins) == 1 and named[zoho.keys[0]] == 1 and twins[0].keys[0] == zoho.keys[0]:
                self._adopt(entity, zoho, twins[0], "key")

    def _parentless(self, record: Record) -> bool:
        assert record.scope is not None
        if not record.live or self.snap.live_link(record.where) or record.where in self.adopted:
            return False
        siblings = self.snap.remotes.get((record.side, record.feed, record.remote), [])
        if any(self.snap.live_link(w) for w in siblings):
            return False
        parent = self.snap.by_handle(record.scope.entity, record.side, record.scope.handle)
        named = self.snap.keyed.get((parent.entity, ZOHO, parent.keys[0]), []) if parent and parent.keys else []
        return not named  # a CRM account of that name is the better match

    def _unlinked(self, entity: Entity) -> None:
        matching = Matcher(self.snap, entity.name, self.wants, self._token, frozenset(self.adopted)).run()
        for where, found in sorted(matching.held.items()):
            if not self._busy([self.snap.records[where]]):
                self._found(where, found)
        for zoho, xero, by in sorted(matching.pairs, key=lambda p: p[0].where):
            if not self._busy([zoho, xero]) and self._current([zoho, xero]):
                self._adopt(entity, zoho, xero, by)
        for record, verb in matching.left:
            if self.wants(record):
                self._skip(record, "ignored" if verb == "ignore" else "kept")
        for record in matching.alone:
            if record.where not in self.adopted and self.wants(record) and self._current([record]):
                self._alone(entity, record)

    def _busy(self, records: list[Record]) -> bool:
        """An open create may be about to link one of these: no decision until it is settled."""
        for r in records:
            since = self.snap.creating.get((r.entity, r.side))
            if r.where in self.snap.blocked or (since is not None and (r.first_seen is None or r.first_seen >= since)):
                for each in records:
                    self._skip(each, "in_flight")
                return True
        return False

    def _current(self, records: list[Record]) -> bool:
        if all(r.version == self.registry.version for r in records):
            return True
        for r in records:
            self._skip(r, "mapping_changing")
        return False

    def _adopt(self, entity: Entity, zoho: Record, xero: Record, by: str) -> None:
        records: dict[Side, Record] = {ZOHO: zoho, XERO: xero}
        start = self.policy.start_date
        old = start is not None and all(
            r.modified < start and r.where not in self.policy.named for r in records.values()
        )
        try:
            if not old:
                entity.adoptable(zoho, xero, self)
            base, pairs = first_base(entity, records, self, old=old)
        except Cannot as why:
            for record, twin in ((zoho, xero), (xero, zoho)):
                self._hold(record, why.reason, why.message, why.hint, related=(twin.where,), values=why.values)
                self._outdated(record, why)
            return
        self._pair(entity, records, by, base, pairs)

    def _pair(
        self,
        entity: Entity,
        records: dict[Side, Record],
        by: str,
        base: Mapping[Side, Fields],
        pairs: tuple[tuple[str, str], ...],
        *,
        moves: Link | None = None,
    ) -> None:
        zoho, xero = records[ZOHO], records[XERO]
        self.adopted[zoho.where], self.adopted[xero.where] = xero.where, zoho.where
        self.claimed.update((r.side, r.feed, r.remote) for r in records.values())
        link = Link(0, entity.name, {ZOHO: zoho.id, XERO: xero.id}, base, pairs, version=self.registry.version)
        preview = self._merged(entity, link, records)
        for h in preview.holds:
            self.draft.holds.append(
                Hold(
                    *zoho.where,
                    h.reason,
                    h.message,
                    h.hint,
                    h.field,
                    zoho.title,
                    (xero.where,),
                    {h.field: h.values},
                )
            )
        self.draft.actions.append(Adopt(entity.name, zoho, xero, by, base, pairs, dict(preview.patch), moves))

    def _alone(self, entity: Entity, record: Record) -> None:
        to = other(record.side)
        old = self._too_old(record)
        if self._busy([record]):
            return
        if old is not None:
            self._skip(record, old, park=old == "before_start")
        elif self._linked_elsewhere(record):
            self._skip(record, "linked_elsewhere")
        elif self._parent_unborn(record):
            self._skip(record, "parent_not_synchronised")
        elif not self._may_write(to, None, entity):
            self._skip(record, "direction")
        elif not self._rejected(record):
            try:
                self._create(entity, record, to)
            except Cannot as why:
                self._hold(record, why.reason, why.message, why.hint, values=why.values)
                self._outdated(record, why)

    def _linked_elsewhere(self, record: Record) -> bool:
        """A role creates nothing for a remote row that another entity has linked; only a document's demand does."""
        if record.where in self.demanded or record.scope is not None:
            return False
        key = (record.side, record.feed, record.remote)
        if key in self.claimed:
            return True
        return any(self.snap.live_link(w) or w in self.snap.blocked for w in self.snap.remotes.get(key, []))

    def _parent_unborn(self, record: Record) -> bool:
        """The people of a supplier stay where they are: nothing calls for their company on the other side."""
        if record.scope is None:
            return False
        parent = self.snap.by_handle(record.scope.entity, record.side, record.scope.handle)
        if parent is None or parent.state != "active" or self.twin(parent) is not None or parent.where in self.created:
            return False
        return not self.wants(parent) or self._linked_elsewhere(parent)

    def _create(self, entity: Entity, record: Record, to: Side) -> None:
        parent: str | Placeholder | None = None
        if record.scope is not None:
            parent = self.counterpart(record.scope.entity, record.side, record.scope.handle)
            self._room(entity, to, parent)
        fields: dict[str, Value] = {}
        for rule in entity.rules.values():
            if rule.name in record.fields and rule.allows(to):
                value = entity.project(to, rule.name, record.fields[rule.name], record, self)
                if value is not None:
                    fields[rule.name] = value
        done: Fields = entity.complete(to, fields, record, self)
        self.created.add(record.where)
        self.claimed.add((record.side, record.feed, record.remote))
        wish = self._verb(record) if record.where in self.wished else ""
        self.draft.actions.append(Create(entity.name, to, record, done, parent, wish))

    def _verb(self, record: Record) -> str:
        """What a person said of this record."""
        decision = self.snap.decisions.get(record.where)
        return decision.verb if decision is not None else ""

    def _room(self, entity: Entity, to: Side, parent: str | Placeholder) -> None:
        limit = entity.capacity.get(to)
        if limit is None:
            return
        name = parent.token if isinstance(parent, Placeholder) else parent
        key = (entity.name, to, name)
        if key not in self.filled:
            there = [] if isinstance(parent, Placeholder) else self.snap.scoped.get((entity.name, to, parent), [])
            self.filled[key] = len(there)
        if self.filled[key] >= limit:
            raise Cannot(
                "person_limit",
                f"The other side holds at most {limit} of these in one record.",
                "Untick somebody, or leave this one in one system only.",
            )
        self.filled[key] += 1


def _policy(entity: Entity) -> str:
    """How a record is put away when a person asks for it and the policy leaves it to them."""
    if entity.retire_policy in ("archive", "void", "mark"):
        return entity.retire_policy
    return "void" if entity.document else "archive"


def make_plan(snap: Snapshot, registry: Registry, policy: Policy, entities: Iterable[str]) -> Plan:
    """One plan over these entities."""
    return Planner(snap, registry, policy).plan(entities)
