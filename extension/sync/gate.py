"""What of a plan may be done now: the guards over the store's facts, and what a person has approved.

A stop holds back the whole plan, or, where a person approved a part, what was not approved. Follow-ups of what was
done before were approved with it and wait for nobody. Approvals are kept until a pass came to its end: a run that
was throttled goes on with them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from extension.sync.actions import Action, Plan, Update
from extension.sync.canonical import SIDES, Side
from extension.sync.errors import SafetyStop
from extension.sync.guard import Facts, Stop, stops
from extension.sync.model import Scope
from extension.sync.ports import FeedState, Registry, Store

EMPTIED = (
    "Look whether the connection still may see these records, and connect again. If all of them were really deleted, "
    "look at a preview and approve there what is to be done."
)


class Gate:
    """Judges the plans of one run."""

    def __init__(
        self, store: Store, registry: Registry, scope: Scope, epoch: int, entities: Sequence[str], limit: int | None
    ) -> None:
        self.store, self.registry, self.scope, self.epoch = store, registry, scope, epoch
        self.entities, self.limit = entities, limit
        self._chosen: frozenset[str] = frozenset()  # what a run of approved actions alone could choose from

    def judge(self, plan: Plan) -> tuple[Stop, ...]:
        """Every stop that applies to this plan."""
        press = bool(self.scope.pressed) and self.scope.trigger == "person"
        if press and not plan.work:
            return ()  # nothing would be written, and no count of anything stops a press
        feeds = tuple(self._feed(s, f) for s in SIDES for f in self.registry.feeds(s, self.entities))
        links = {name: self.store.count_links(name) for name in (self._unseen(feeds) if press else self.entities)}
        linked = frozenset((s, self.registry.entity(name).feeds[s]) for name, n in links.items() if n for s in SIDES)
        return stops(
            plan,
            Facts(
                links,
                feeds,
                linked,
                first_run=frozenset(self.entities) - self.store.let_through(),
                record_run=press,
                version=self.registry.version,
                documents=frozenset(e.name for e in self.registry.entities if e.document),
                document_limit=self.limit,
            ),
        )

    def _unseen(self, feeds: Sequence[FeedState]) -> list[str]:
        """Entities of which a scan saw nothing: all that a press is judged by, so nothing else is counted for it."""
        empty = {(state.side, state.feed) for state in feeds if state.scan_rows == 0}
        return [n for n in self.entities if any((s, self.registry.entity(n).feeds[s]) in empty for s in SIDES)]

    def _feed(self, side: Side, name: str) -> FeedState:
        """A feed that was empty when it was scanned may hold what we created there since."""
        state = self.store.feed(side, name)
        return replace(state, scan_rows=self.store.count_rows(side, name)) if state.scan_rows == 0 else state

    def open(self, plan: Plan, found: Sequence[Stop]) -> tuple[Callable[[Action], bool], SafetyStop | None]:
        """What may be done now, and the stop that is left when that is done."""
        stopped = _stopped(found)
        if self.scope.approve and stopped and not _emptied(found):
            with self.store.write(self.epoch) as tx:
                tx.approve(stopped)
        approvals = self.store.approvals()
        if self.scope.approved_only:
            self._chosen = frozenset(action.digest for action in plan.work)
            left = stopped - approvals
            stop = _safety(found, plan) if left else None
            return lambda action: action.digest in approvals or _goes_on(action, found), stop
        if stopped <= approvals:
            return lambda action: True, None
        stop = _safety(found, plan)
        if stopped & approvals:
            return lambda action: action.digest not in stopped or action.digest in approvals, stop
        return lambda action: _goes_on(action, found), stop

    def spend(self, plan: Plan) -> None:
        """Decisions that have had their effect are forgotten."""
        if not plan.spent:
            return
        said = {(each.where, each.field): each.verb for each in self.store.decisions()}
        with self.store.write(self.epoch) as tx:
            for where, field, verb in plan.spent:
                if said.get((where, field)) == verb:
                    tx.undecide(where, field)

    def close(self, found: Sequence[Stop]) -> None:
        """A pass came to its end: its approvals are used."""
        if used := (_stopped(found) | self._chosen) & self.store.approvals():
            with self.store.write(self.epoch) as tx:
                tx.use_approvals(used)

    def clear(self) -> None:
        """Everything is done: what else was approved has changed since, and is nobody's wish any more."""
        whole = not self.scope.pressed and len(self.entities) == len(self.registry.entities)
        if whole and (left := self.store.approvals()):
            with self.store.write(self.epoch) as tx:
                tx.use_approvals(left)


def _safety(found: Sequence[Stop], plan: Plan) -> SafetyStop:
    words = " ".join(each.message for each in found)
    return SafetyStop(found[0].reason, words, plan, hint=EMPTIED if _emptied(found) else None)


def _emptied(found: Sequence[Stop]) -> bool:
    """A yes that was said before anybody saw this is no yes to it: each action must be approved by itself."""
    return any(stop.reason == "side_empty" for stop in found)


def _stopped(found: Sequence[Stop]) -> frozenset[str]:
    """Digests of what a person must approve."""
    return frozenset(action.digest for stop in found for action in stop.actions if not _followup(action))


def _goes_on(action: Action, found: Sequence[Stop]) -> bool:
    """What was approved with its beginning, and an emptied side does not forbid."""
    return _followup(action) and not _emptied(found)


def _followup(action: Action) -> bool:
    return isinstance(action, Update) and (action.followup or not action.writes)
