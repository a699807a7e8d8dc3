"""Who is who among records that are not linked yet.

Pure. A person's decision first, then the stamp (the other side's id, as a service's own field says), then the
natural keys, strongest first, compared within the same parent. Never a guess: what is not unique, or taken by a
linked record, is held. A record without a weaker key's stronger one is only as safe as that weaker key.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from extension.sync.canonical import XERO, ZOHO, Where, other
from extension.sync.model import Record
from extension.sync.snapshot import Snapshot
from extension.sync.wishes import LEAVING

Token = Callable[[Record], str | None]
"""The parent within which a record's keys count: None where the parent is not known to both sides."""


@dataclass(frozen=True)
class Found:
    reason: str
    message: str
    hint: str
    related: tuple[Where, ...] = ()


@dataclass
class Matching:
    """Pairs to adopt, records to hold, and those that stand alone."""

    pairs: list[tuple[Record, Record, str]] = field(default_factory=list)
    held: dict[Where, Found] = field(default_factory=dict)
    alone: list[Record] = field(default_factory=list)
    left: list[tuple[Record, str]] = field(default_factory=list)  # a person said so: ignore, keep


LONELY = "Link the two by hand, or give one of them another name."
TWINS = "Give them different names, merge them, or link them by hand."
CHOOSE = "Decide by hand which two belong together."
UNTICKED = "Tick “Add to Xero” on that record and it is linked; or rename one of them."


class Matcher:
    """Matches one entity's pool: every live record of it in the snapshot that is in no live link."""

    def __init__(
        self,
        snap: Snapshot,
        entity: str,
        wants: Callable[[Record], bool],
        token: Token,
        done: frozenset[Where] = frozenset(),
    ) -> None:
        self.snap, self.entity, self.wants, self.token = snap, entity, wants, token
        self.out = Matching()
        self.done: set[Where] = set(done)
        self.paired: dict[Where, Where] = {}
        self.apart: set[Where] = set()  # a person said: none of those that look like it is its twin
        records = sorted((r for r in snap.records.values() if r.entity == entity and r.live), key=lambda r: r.where)
        self.linked = [r for r in records if snap.live_link(r.where)]
        self.pool = [r for r in records if not snap.live_link(r.where)]

    def run(self) -> Matching:
        self._decided()
        self._retired()
        self._stamps()
        tokens = {r.where: self.token(r) for r in [*self.pool, *self.linked] if r.keys}
        buckets: dict[tuple[str, str], list[Record]] = defaultdict(list)
        strength: dict[tuple[str, str], int] = defaultdict(int)  # how many weaker keys somebody has beside it
        for record in self.pool:
            token = tokens.get(record.where)
            if token is None:
                continue
            for n, key in enumerate(record.keys):
                buckets[token, key].append(record)
                strength[token, key] = max(strength[token, key], len(record.keys) - 1 - n)
        taken: dict[tuple[str, str], list[Record]] = defaultdict(list)
        for record in self.linked:
            token = tokens.get(record.where)
            for key in record.keys if token is not None else ():
                taken[str(token), key].append(record)
        for token, key in sorted(buckets, key=lambda b: (-strength[b], *b)):
            self._bucket(key, buckets[token, key], taken[token, key])
        self.out.alone = [r for r in self.pool if r.where not in self.done or r.where in self.apart]
        return self.out

    # ---- a person's word, and stamps

    def _decided(self) -> None:
        """Pairs first: who is paired by one word is in no other pair, and alone or left no more."""
        said = [(r, self.snap.decisions[r.where]) for r in self.pool if r.where in self.snap.decisions]
        for record, decision in said:
            if decision.verb == "link" and decision.twin and self._free(record.where):
                twin = self.snap.records.get((self.entity, other(record.side), decision.twin))
                if twin is not None and twin.live and self._free(twin.where):
                    self._pair(record, twin, "person")
        for record, decision in said:
            if not self._free(record.where):
                continue
            if decision.verb in LEAVING:
                self.done.add(record.where)
                self.out.left.append((record, decision.verb))
            elif decision.verb == "create":
                self.done.add(record.where)
                self.apart.add(record.where)

    def _retired(self) -> None:
        """What was marked or voided stays retired: its twin is gone, and is not created anew."""
        for record in self.pool:
            if record.where not in self.done and self.snap.retired(record.where):
                self.done.add(record.where)

    def _stamps(self) -> None:
        for record in self.pool:
            if record.where in self.done or not record.stamp:
                continue
            twin = self.snap.records.get((self.entity, other(record.side), record.stamp))
            if twin is None or not twin.live:
                continue  # a stamp that names a gone or unknown record counts as none
            if self.snap.live_link(twin.where) or twin.where in self.done:
                self._hold(
                    [record], "ambiguous", "Its Xero ID belongs to a record that is linked already.", CHOOSE, [twin]
                )
            elif contradiction := self._contradicts(record, twin):
                self._hold([record, twin], "ambiguous", contradiction, CHOOSE, [record, twin])
            else:
                self._pair(record, twin, "stamp")

    def _contradicts(self, record: Record, twin: Record) -> str | None:
        """Another record that claims one of the two by stamp or by its strongest key."""
        for one, two in ((record, twin), (twin, record)):
            claims = self.snap.stamped.get((self.entity, one.side, two.id), [])
            if any(where != one.where and self._free(where) for where in claims):
                return "Two records carry the same stamp."
            rivals = self.snap.keyed.get((self.entity, one.side, two.keys[0]), []) if two.keys else []
            if one.keys[:1] != two.keys[:1] and any(
                where != one.where and self._free(where) and self._same_token(self.snap.records[where], two)
                for where in rivals
            ):
                return "Its stamp names one record, its name or number another."
        return None

    def _free(self, where: Where) -> bool:
        return where not in self.done and self.snap.live_link(where) is None

    def _same_token(self, one: Record, two: Record) -> bool:
        return self.token(one) == self.token(two)

    # ---- keys

    def _bucket(self, key: str, members: list[Record], holders: list[Record]) -> None:
        """Everyone who carries this key in one parent. `primary`: those who have no stronger key than it."""
        members = [r for r in members if r.where not in self.done]
        if not members:
            return
        holders = holders + [
            r for r in (self.snap.records[w] for w in self.paired) if key in r.keys and self._same_token(r, members[0])
        ]
        if holders:
            blocked = [r for r in members if r.keys[0] == key or any(h.keys[0] == key for h in holders)]
            message = f"“{members[0].title}” is taken by a record that is linked already."
            self._hold(blocked, "ambiguous", message, TWINS, holders)
            members = [r for r in members if r not in blocked]
        primary = [r for r in members if r.keys[0] == key]
        sides = {r.side for r in members}
        if len(members) == len(sides):
            if len(members) == 2:
                self._one_each(key, *sorted(members, key=lambda r: r.side, reverse=True))
            elif members:
                self._lonely(key, members[0])
        elif len(sides) == 2:
            self._twins(members, members)
        elif primary:
            self._twins(primary, members)

    def _one_each(self, key: str, zoho: Record, xero: Record) -> None:
        if zoho.keys[0] != key and xero.keys[0] != key:
            message = f"“{zoho.title}” has different addresses on the two sides."
            self._hold([zoho, xero], "ambiguous", message, CHOOSE, [zoho, xero])
        else:
            self._meet(zoho, xero)

    def _lonely(self, key: str, record: Record) -> None:
        """Nothing is created beside a record that was held or left out: it may be the twin."""
        namesakes = sorted(self.snap.keyed.get((self.entity, other(record.side), key), []))
        unpaired = [self.snap.records[w] for w in namesakes if w in self.done and w not in self.paired]
        there = [r for r in unpaired if key in (r.keys[0], record.keys[0]) and self._same_token(r, record)]
        if there:
            message = f"“{record.title}” exists on the other side, and cannot be paired with it by itself."
            self._hold([record], "ambiguous", message, LONELY, there)

    def _twins(self, unsafe: list[Record], everyone: list[Record]) -> None:
        unticked = [r for r in everyone if not self.wants(r) and r.state == "out_of_scope"]
        wanting = [r for r in unsafe if r not in unticked]
        if unticked and len(everyone) - len(unticked) == 1:
            self._hold(
                wanting,
                "exists_unticked",
                f"“{wanting[0].title}” exists unticked as well." if wanting else "",
                UNTICKED,
                unticked,
            )
            return
        sides = {r.side for r in everyone}
        where = "in the CRM" if sides == {ZOHO} else "in Xero" if sides == {XERO} else "on one of the sides"
        self._hold(
            unsafe, "ambiguous", f"There are {len(everyone)} records “{unsafe[0].title}” {where}.", TWINS, everyone
        )

    def _meet(self, zoho: Record, xero: Record) -> None:
        """One on each side: adopt, unless one of them is not ticked."""
        for one, two in ((zoho, xero), (xero, zoho)):
            if one.state == "out_of_scope" and not self.wants(one):
                if self.wants(two):
                    self._hold(
                        [two], "exists_unticked", f"“{two.title}” exists in the CRM, not ticked.", UNTICKED, [one]
                    )
                self.done.update((one.where, two.where))
                return
        self._pair(zoho, xero, "key")  # also where neither would be born by itself: voided documents, roles

    # ---- results

    def _pair(self, one: Record, two: Record, by: str) -> None:
        zoho, xero = (one, two) if one.side == ZOHO else (two, one)
        self.out.pairs.append((zoho, xero, by))
        self.done.update((zoho.where, xero.where))
        self.paired[zoho.where] = xero.where
        self.paired[xero.where] = zoho.where

    def _hold(self, records: Iterable[Record], reason: str, message: str, hint: str, related: Iterable[Record]) -> None:
        wheres = tuple(r.where for r in related)
        for record in records:
            self.done.add(record.where)
            if self.wants(record):
                others = tuple(w for w in wheres if w != record.where)
                self.out.held[record.where] = Found(reason, message, hint, others)
