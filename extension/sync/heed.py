"""What waiting signals call for. Reads what is remembered, decides, and calls no service.

A signal is a hint that a record changed. What we have seen since then calls for nothing. A pair, and a record that
somebody made in the CRM, is run by name: two or three calls. News that have no name on the CRM's side (a record made
in Xero, a deletion) are looked for by a run of their modules from the watermark, and at most every NEWS: a service
may grant a thousand calls a day. So is whatever comes by the dozen, because a walk's page costs one call and a name
costs two. Whatever is left out here is found by polling.

Some news name no row of ours and still move some: credit of Xero changes what is due of a document that the event
does not name, and perhaps not its modified time. Such news *stir*: a look reads what is restless again, which else
happens once a day, and no oftener than one page of it each NEWS.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from extension.sync.canonical import XERO, ZOHO, Side
from extension.sync.model import Record, Scope
from extension.sync.ports import Entity, Registry, Store

MANY: Final = 20  # names in one run
NEWS: Final = timedelta(minutes=5)
PAGE: Final = 1_000  # restless rows that one call reads
PATIENCE: Final = timedelta(hours=1)  # after that polling has long been here
Name = tuple[str, str]
"""(entity, Zoho id)."""


@dataclass(frozen=True)
class Hint:
    """Somebody said that this row changed, at that side's own time `at`. `gone`: that it was deleted. `stirs`: that
    rows of this feed may have changed, which are not named."""

    id: int
    side: Side
    feed: str
    remote: str
    gone: bool
    at: datetime
    stirs: bool = False


@dataclass(frozen=True)
class Due:
    """What to do now. `scope` None: nothing. `heeded`: hints that this run settles; `spent`: hints that call for
    nothing; all others wait."""

    scope: Scope | None = None
    heeded: tuple[int, ...] = ()
    spent: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Call:
    """What one hint calls for: names, or a look at modules; neither: nothing (any more)."""

    hint: Hint
    names: tuple[Name, ...] = ()
    entities: tuple[str, ...] = ()


class Heed:
    """Judges the hints of one connection. `scope`: what its automatic runs may do; `now`: our own time."""

    def __init__(self, store: Store, registry: Registry, scope: Scope, now: datetime) -> None:
        self.store, self.registry, self.scope, self.now = store, registry, scope, now
        known = [entity.name for entity in registry.entities]
        chosen = [name for name in known if not scope.entities or name in scope.entities]
        through = store.let_through()
        self.allowed = [name for name in chosen if name in through]  # else its first run is a person's matter

    def due(self, hints: Sequence[Hint]) -> Due:
        calls = [self._call(hint) for hint in hints]
        spent = tuple(call.hint.id for call in calls if not call.names and not call.entities)
        named = [call for call in calls if call.names]
        names = list(dict.fromkeys(name for call in named for name in call.names))
        if names and len(names) <= MANY:
            scope = self._scope(records=tuple(names))
            return Due(scope, tuple(call.hint.id for call in named), spent)
        looks = [call for call in calls if call.entities]
        looks += [_Call(call.hint, (), tuple(entity for entity, _ in call.names)) for call in named]
        ripe = [call for call in looks if self._is_time(call.hint)]
        if not ripe:
            return Due(None, (), spent)
        wanted = self._with_parents(entity for call in ripe for entity in call.entities)
        stirred = any(call.hint.stirs for call in ripe)  # these are spent when the feed says that it was done
        heeded = tuple(call.hint.id for call in ripe if not call.hint.stirs)
        return Due(self._scope(entities=wanted, restless=stirred), heeded, spent)

    def _scope(
        self, *, records: tuple[Name, ...] = (), entities: tuple[str, ...] = (), restless: bool = False
    ) -> Scope:
        """In the background, and nobody's approval: guards count as ever."""
        mode = self.scope.mode
        return Scope(
            entities=entities, records=records, mode=mode, restless=restless, trigger="signal", background=True
        )

    # ------------------------------------------------------------------ one hint

    def _call(self, hint: Hint) -> _Call:
        nothing = _Call(hint)
        entities = [e for e in self.registry.entities if e.feeds[hint.side] == hint.feed and e.name in self.allowed]
        if not entities or self.now - hint.at > PATIENCE or (hint.side == ZOHO and not self.scope.allows(XERO)):
            return nothing
        if hint.stirs:
            return nothing if self._roused_since(hint) else _Call(hint, (), tuple(entity.name for entity in entities))
        names = {entity.name for entity in entities}
        known = [r for r in self.store.by_remote(hint.side, hint.feed, [hint.remote]) if r.entity in names]
        if known and all(_seen(record, hint) for record in known):
            return nothing
        if hint.side == ZOHO and not hint.gone:
            return _Call(hint, tuple((entity.name, hint.remote) for entity in entities))
        linked = tuple(self._linked(known))
        if hint.side == XERO and linked:
            return _Call(hint, linked)
        if self._walked_since(hint) or (hint.gone and not linked):
            return nothing
        look = tuple(entity.name for entity in entities if hint.gone or self._may_create(entity))
        return _Call(hint, (), look)

    def _linked(self, known: Iterable[Record]) -> Iterator[Name]:
        """The pairs that these records are half of, by the CRM's id."""
        for record in known:
            for link in self.store.links_of(record.entity, record.side, [record.id]):
                if link.state == "live":
                    yield record.entity, link.ids[ZOHO]

    def _may_create(self, entity: Entity) -> bool:
        """Whether what is new in Xero may come into the CRM at all."""
        return ZOHO in entity.directions and self.scope.allows(ZOHO)

    # ------------------------------------------------------------------ looks

    def _walked_since(self, hint: Hint) -> bool:
        watermark = self.store.feed(hint.side, hint.feed).watermark
        return watermark is not None and watermark >= hint.at

    def _roused_since(self, hint: Hint) -> bool:
        roused = self.store.feed(hint.side, hint.feed).roused
        return roused is not None and roused >= hint.at

    def _is_time(self, hint: Hint) -> bool:
        """Whether its feed was last walked long enough ago, and what is restless of it last read."""
        state = self.store.feed(hint.side, hint.feed)
        if state.watermark is None or abs(self.now - state.watermark) < NEWS:
            return False
        if not hint.stirs or state.roused is None:
            return True
        pages = 1 + len(self.store.restless(hint.side, hint.feed)) // PAGE
        return abs(self.now - state.roused) >= NEWS * pages

    def _with_parents(self, names: Iterable[str]) -> tuple[str, ...]:
        """These modules, and those that their records refer to: a parent may be as new as its child."""
        wanted: set[str] = set()
        frontier = list(names)
        while frontier:
            name = frontier.pop()
            if name not in wanted:
                wanted.add(name)
                frontier += _referred(self.registry.entity(name), self.allowed)
        return tuple(name for name in self.allowed if name in wanted)


def _referred(entity: Entity, allowed: Collection[str]) -> list[str]:
    rules = (*entity.rules.values(), *entity.line_rules.values())
    return [rule.ref for rule in rules if rule.ref is not None and rule.ref in allowed]


def _seen(record: Record, hint: Hint) -> bool:
    """Whether we have read it since, by that side's own clock: its modified time, or when it was asked for."""
    if hint.gone:
        return not record.live
    return record.modified >= hint.at or (record.read_at is not None and record.read_at >= hint.at)
