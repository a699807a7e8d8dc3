"""One record as the panel inside the CRM shows it: its state, told from memory alone.

The plan that a run would make for this very record is made from what is remembered, without a call: what it would
write are the differences, what it holds are the reasons. Whoever wants today's truth has the record read first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal, TypeAlias

from extension.bootstrap import Connection, House, Task
from extension.entities.catalogue import PAIRS
from extension.entities.registry import Registry
from extension.reporting import cases as attention
from extension.reporting import differences, planview
from extension.reporting.cases import Case
from extension.reporting.plain import plain
from extension.sync.actions import Action, Plan, Update
from extension.sync.canonical import SIDES, XERO, ZOHO, Side, Where
from extension.sync.errors import BadInput
from extension.sync.journal import hold_rows
from extension.sync.judge import Policy
from extension.sync.model import Link, Record, Scope
from extension.sync.plan import make_plan
from extension.sync.ports import HoldRow
from extension.sync.snapshot import Loader

State: TypeAlias = Literal[
    "not_added", "never_synced", "in_step", "differs", "working", "needs_attention", "disconnected", "paused"
]
PAST: Final = 5
WROTE: Final = ("created", "updated", "linked", "unchanged")


@dataclass(frozen=True)
class Held:
    """A hold of a plan just made; it has no number in memory."""

    row: HoldRow
    number: int = 0


@dataclass(frozen=True)
class Known:
    """Everything that the panel shows of one record. `plan`: what a run would do to it, as far as is remembered."""

    entity: str
    zoho_id: str
    state: State
    title: str
    record: Record | None = None
    twin: Record | None = None
    cases: Sequence[Case] = ()
    holds: Sequence[HoldRow] = ()
    differences: Sequence[tuple[str, str, Any, Any]] = ()  # field, label, in the CRM, in Xero
    task: Task | None = None
    history: Sequence[Any] = ()  # store.history.Line, newest first


def entity_of(name: str) -> str:
    """Our name of a module, which a page may call by the CRM's. Raises BadInput."""
    for entity, pair in PAIRS.items():
        if name in (entity, pair.module):
            return entity
    raise BadInput(f"There is no module “{name}”.", code="no_module")


def known(house: House, connection: Connection, entity: str, zoho_id: str) -> Known:
    """The record as it is remembered."""
    return _Reading(house, connection, house.registry(connection), entity, zoho_id).known()


class _Reading:
    """What is remembered of one record, and what a run would make of it."""

    def __init__(self, house: House, connection: Connection, registry: Registry, entity: str, zoho_id: str) -> None:
        self.house, self.connection, self.registry = house, connection, registry
        self.entity, self.zoho_id = entity, zoho_id
        self.store = house.store(connection)
        self.where: Where = (entity, ZOHO, zoho_id)
        self.record = next(iter(self.store.by_id(entity, ZOHO, [zoho_id])), None)
        self.link = self._link()
        self.twin = self._twin()
        self.known_entities = {each.name: each for each in registry.entities}

    def known(self) -> Known:
        plan = self._plan()
        task = next((t for t in self.house.tasks.open(self.connection.id) if self._names_it(t)), None)
        cases = self._cases(plan)
        apart = self._differences(plan)
        ids: dict[Side, str | None] = {ZOHO: self.zoho_id, XERO: self.link.ids[XERO] if self.link else None}
        return Known(
            self.entity,
            self.zoho_id,
            self._state(plan, cases, task),
            self.record.title if self.record else "",
            self.record,
            self.twin,
            cases,
            hold_rows(plan.holds),
            apart,
            task,
            self.house.past(self.connection).of_record(self.entity, ids, PAST),
        )

    def _link(self) -> Link | None:
        links = self.store.links_of(self.entity, ZOHO, [self.zoho_id])
        return next((link for link in links if link.state == "live"), None)

    def _twin(self) -> Record | None:
        return next(iter(self.store.by_id(self.entity, XERO, [self.link.ids[XERO]])), None) if self.link else None

    def _names_it(self, task: Task) -> bool:
        return (self.entity, self.zoho_id) in task.scope.pressed

    def _state(self, plan: Plan, cases: Sequence[Case], task: Task | None) -> State:
        grants = self.house.grants(self.connection.id)
        if any(grants.problem(side) is not None or grants.get(side) is None for side in SIDES):
            return "disconnected"
        if self.connection.settings.get("paused"):
            return "paused"
        if task is not None:
            return "working"
        if self.record is not None and self.record.state == "out_of_scope":
            return "not_added"
        if cases:
            return "needs_attention"
        if self.link is None:
            return "never_synced"
        return "differs" if any(isinstance(a, Update) and a.writes for a in plan.actions) else "in_step"

    # ------------------------------------------------------------------ what a run would do

    def _plan(self) -> Plan:
        """Of all that a plan over this record says, what it says of the record itself."""
        focus = [record for record in (self.record, self.twin) if record is not None]
        if not focus or self.entity not in self.known_entities:
            return Plan()
        snapshot = Loader(self.store, self.registry).load(list(self.known_entities), focus)
        scope = Scope(record=(self.entity, self.zoho_id))
        policy = Policy(scope, self.house.clock.now(), self.store.start_date(), frozenset({self.where}))
        plan = make_plan(snapshot, self.registry, policy, [self.entity])
        mine = {record.where for record in focus}
        return Plan(
            tuple(action for action in plan.actions if self._is_mine(action)),
            tuple(hold for hold in plan.holds if (hold.entity, hold.side, hold.id) in mine),
            tuple(skip for skip in plan.skips if (skip.entity, skip.side, skip.id) in mine),
        )

    def _is_mine(self, action: Action) -> bool:
        return action.entity == self.entity and planview.ids(action)[ZOHO] == self.zoho_id

    def _cases(self, plan: Plan) -> list[Case]:
        return attention.cases([Held(row) for row in hold_rows(plan.holds)], self.known_entities, self.store)

    def _differences(self, plan: Plan) -> list[tuple[str, str, Any, Any]]:
        """Field, label and what either side says, of everything that would travel."""
        found: list[tuple[str, str, Any, Any]] = []
        for action in plan.actions:
            if not isinstance(action, Update):
                continue
            for side in SIDES:
                changes = {
                    name: [action.read[side].fields.get(name), value] for name, value in action.patch[side].items()
                }
                found += self._told(side, plain(changes))
        return found

    def _told(self, side: Side, changes: Mapping[str, Sequence[Any]]) -> list[tuple[str, str, Any, Any]]:
        entity = self.known_entities[self.entity]
        names = differences.names(self.known_entities, [(self.entity, changes)], self.store)
        rows: list[tuple[str, str, Any, Any]] = []
        for name, pair in changes.items():
            for each in differences.changed(entity, {name: pair}, names):
                here, there = (each.before, each.after) if side == ZOHO else (each.after, each.before)
                rows.append((name, each.label, here, there))
        return rows


def amount_due(found: Known) -> tuple[str, Decimal] | None:
    """Currency and what is still owed, as Xero says."""
    fields = found.twin.fields if found.twin is not None else {}
    due = fields.get("amount_due")
    return (str(fields.get("currency") or ""), due) if isinstance(due, Decimal) else None


def last_sync(found: Known) -> Any:
    """When something of this record was last brought over; None: never, as far as its history goes."""
    return next((line.at for line in found.history if line.entry.outcome in WROTE), None)
