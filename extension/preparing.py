"""The set-up of a connection's CRM: look, show, do what is missing, and take away again what was made.

Portal and command line bring the person; the steps are here. What is about to be made is noted before it is sent, so
that a lost answer is recognised afterwards. One refused field leaves the others alone; what ends every call (no
right, no access, no answer) ends the set-up, and the next one goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, TypeVar

from extension.bootstrap import Connection, House, MadeThing
from extension.entities import fetched as fetched_facts
from extension.entities.catalogue import PAIRS, Pair, pairs_of
from extension.entities.crm_blueprint import SECTION, SECTION_NAME, Blueprint
from extension.entities.crm_setup import (
    CrmModule,
    ModulePlan,
    Placing,
    Setup,
    enabled,
    offers_stand_in,
    our_section,
    planned,
)
from extension.entities.crm_setup_undo import Removal, removal, still_there, without_fields
from extension.entities.stand_in import MODULE as PRODUCTS
from extension.entities.stand_in import NAME
from extension.listening import Listening
from extension.remote.zoho.setup import FIELDS
from extension.standing_in import StandingIn
from extension.sync.canonical import chunks
from extension.sync.errors import BadInput, Refused, RemoteError, Throttled

FATAL: Final = frozenset({"no_permission", "edition", "unreachable", "not_allowed"})  # the next call would hear it too
PRODUCT_MADE: Final = f"Product “{NAME}” stands for lines without an item"
PRODUCT_GONE: Final = f"Product “{NAME}” taken away"
Part = TypeVar("Part")


@dataclass(frozen=True)
class Step:
    """One thing that was done, or could not be. `problem` "": done."""

    module: str
    what: str
    problem: str = ""
    hint: str = ""


@dataclass
class Outcome:
    """What became of a set-up. `ended`: what kept it from going on."""

    steps: list[Step] = field(default_factory=list)
    ended: RemoteError | None = None

    @property
    def problems(self) -> list[Step]:
        return [step for step in self.steps if step.problem]

    @property
    def fine(self) -> bool:
        return self.ended is None and not self.problems

    def note(self, module: str, what: str, act: Callable[..., None], *given: Any) -> bool:
        """Does one thing and says so; a refusal of this one alone is said, too."""
        try:
            act(*given)
        except Refused as why:
            if isinstance(why, Throttled) or why.code in FATAL:
                raise
            self.steps.append(Step(module, what, why.message, why.hint))
            return False
        self.steps.append(Step(module, what))
        return True


class Preparing:
    """One connection's CRM. `numbers`: the kinds of documents for which an auto number is wanted. `stand_in`: so is a
    product that stands for lines without an item."""

    def __init__(
        self, house: House, connection: Connection, numbers: Sequence[str] = (), *, stand_in: bool = False
    ) -> None:
        unknown = [name for name in numbers if name not in PAIRS or not PAIRS[name].document]
        if unknown:
            documents = ", ".join(pair.name for pair in PAIRS.values() if pair.document)
            raise BadInput(f"“{unknown[0]}” has no numbers.", hint=f"There are: {documents}.")
        self._house, self._connection, self._numbers = house, connection, numbers
        self._crm, self._made = house.crm_setup(connection), house.crm_made(connection)
        self._standing_in, self._wants_stand_in = StandingIn(house, connection), stand_in

    # -------------------------------------------------- looking

    def look(self) -> Setup:
        """What is there and what would be made, by the CRM as it is now. Writes nothing there."""
        settings = self._connection.settings
        modules = tuple(self._plan(pair, self._module(pair)) for pair in enabled(settings))
        offers = offers_stand_in(settings)
        return Setup(modules, self._standing_in.look(wanted=self._wants_stand_in and offers), offers)

    def look_back(self) -> Removal:
        """What could be taken away again, of modules that are switched off by now, too."""
        touched = {each.module for each in self._made.all() if each.kind != "product"}
        modules = [self._module(pair) for pair in PAIRS.values() if pair.module in touched]
        made = {each.remote for each in self._ours()}
        ours = [
            replace(one, filled=self._crm.filled(one.module, one.api_name, one.kind))
            for crm in modules
            for one in still_there(crm, made)
        ]
        product, used = self._standing_in.ours() or ("", False)
        back = removal(modules, ours, made)
        return replace(back, stand_in="" if used else product, stand_in_kept=used)

    def _plan(self, pair: Pair, crm: CrmModule) -> ModulePlan:
        unplaced = {each.remote for each in self._ours() if each.module == crm.module and not each.placed}
        themes = fetched_facts.read(self._connection.fetched).themes
        return planned(pair, crm, themes, unplaced, number=pair.name in self._numbers)

    def _module(self, pair: Pair) -> CrmModule:
        crm = CrmModule(pair.module, self._crm.fields(pair.module), self._crm.layouts(pair.module))
        self._recognise(crm)
        return crm

    def _ours(self) -> list[MadeThing]:
        return [each for each in self._made.all() if each.remote]

    def _recognise(self, crm: CrmModule) -> None:
        """What was sent and never answered for is ours where it is there; a field that is nowhere is forgotten."""
        by_label = {str(row.get("field_label")): str(row["id"]) for row in crm.fields}
        mine = [each for each in self._made.all() if each.module == crm.module and each.kind == "field"]
        for each in mine:
            if not each.remote and each.label in by_label:
                self._made.done(crm.module, "field", each.label, by_label[each.label])
        for layout in crm.layouts:
            self._recognise_section(crm.module, str(layout["id"]), our_section(layout))
        there = set(by_label.values())
        gone = [e.id for e in mine if (e.remote not in there if e.remote else e.label not in by_label)]
        self._made.forget(gone)

    def _recognise_section(self, module: str, layout: str, section: Mapping[str, Any] | None) -> None:
        for each in self._made.all():
            if section and (each.module, each.layout, each.kind, each.remote) == (module, layout, "section", ""):
                self._made.done(module, "section", each.label, str(section["id"]), layout)

    # -------------------------------------------------- doing

    def do(self, actor: str, seen: str = "") -> Outcome:
        """Makes what is missing and maps it. `seen`: the seal of the plan that a person saw; for another one nothing
        is done."""
        plan = self.look()
        _same(seen, plan.seal)
        outcome = self._over([plan_of for plan_of in plan.modules if not plan_of.empty], self._carry_out)
        if outcome.ended is None and plan.stand_in.wish:
            self._also(outcome, PRODUCT_MADE, self._standing_in.make, plan.stand_in, actor)
        self._refresh(actor, outcome)
        return outcome

    def undo(self, actor: str, seen: str = "") -> Outcome:
        """Takes away what we made and nobody uses, and takes it out of the map."""
        back = self.look_back()
        _same(seen, back.seal)
        gone: list[tuple[str, str]] = []
        outcome = self._over([back], partial(self._take_away, gone))
        Listening(self._house, self._connection).close()
        if outcome.ended is None and back.stand_in:
            self._also(outcome, PRODUCT_GONE, self._standing_in.take_away, back.stand_in, actor)
        connection = self._house.connections.get(self._connection.id)
        settings = without_fields(connection.settings, gone)
        if settings != connection.settings:
            now = self._house.clock.now()
            self._house.connections.update_settings(connection.id, settings, actor, now, was=connection.settings)
        self._refresh(actor, outcome)
        return outcome

    @staticmethod
    def _also(outcome: Outcome, what: str, act: Callable[..., None], *given: Any) -> None:
        try:
            outcome.note(PRODUCTS, what, act, *given)
        except RemoteError as why:
            outcome.ended = why

    @staticmethod
    def _over(parts: Iterable[Part], act: Callable[[Part, Outcome], None]) -> Outcome:
        outcome = Outcome()
        for part in parts:
            try:
                act(part, outcome)
            except RemoteError as why:
                outcome.ended = why
                break
        return outcome

    def _refresh(self, actor: str, outcome: Outcome) -> None:
        connection = self._house.connections.get(self._connection.id)
        if outcome.ended is None:
            self._house.refreshed(connection, actor)
        elif outcome.steps:
            with suppress(RemoteError):  # the reason is told already, and the next Data fetch maps what was made
                self._house.refreshed(connection, actor)

    # -------------------------------------------------- one module

    def _carry_out(self, plan: ModulePlan, outcome: Outcome) -> None:
        self._make(plan, outcome)
        for found in plan.unique:
            body = {"id": found.id, "unique": {"case_sensitive": False}}
            what = f"No duplicates in “{found.label}”"
            outcome.note(plan.module, what, self._crm.change_field, plan.module, body)
        if plan.values:
            self._fill_lists(plan, outcome)
        self._arrange(plan, outcome)

    def _fill_lists(self, plan: ModulePlan, outcome: Outcome) -> None:
        rows = {str(row["id"]): row for row in self._crm.fields(plan.module)}
        for each in plan.values:
            what = f"Branding themes in “{each.field.label}”: {', '.join(each.values)}"
            outcome.note(plan.module, what, self._crm.add_values, plan.module, rows[each.field.id], each.values)

    def _make(self, plan: ModulePlan, outcome: Outcome) -> None:
        rights = self._rights(plan.module) if any(each.read_only for each in plan.make) else []
        for part in chunks(plan.make, FIELDS):
            self._made.begin(plan.module, "field", [each.label for each in part])
            bodies = [{**each.body(), **({"profiles": rights} if each.read_only and rights else {})} for each in part]
            for blueprint, body, answer in zip(part, bodies, self._crm.make_fields(plan.module, bodies), strict=True):
                self._note_field(plan.module, blueprint, body, answer, outcome)

    def _note_field(
        self, module: str, blueprint: Blueprint, body: dict[str, Any], answer: str | Refused, outcome: Outcome
    ) -> None:
        if isinstance(answer, Refused) and body.pop("profiles", None):
            (answer,) = self._crm.make_fields(module, [body])  # not every edition has rights per field
        what = f"Field “{blueprint.label}”"
        if isinstance(answer, Refused) and answer.code not in FATAL and body.pop("unique", None):
            refused, (answer,) = answer, self._crm.make_fields(module, [body])  # an edition allows so many unique ones
            if not isinstance(answer, Refused):
                step = Step(module, f"No duplicates in “{blueprint.label}”", refused.message, refused.hint)
                outcome.steps.append(step)
        if isinstance(answer, Refused):
            failed = (module, blueprint.label, "")
            self._made.forget([e.id for e in self._made.all() if (e.module, e.label, e.remote) == failed])
            if answer.code in FATAL:
                raise answer
            outcome.steps.append(Step(module, what, answer.message, answer.hint))
            return
        self._made.done(module, "field", blueprint.label, answer)
        outcome.steps.append(Step(module, what))

    def _rights(self, module: str) -> list[Mapping[str, str]]:
        """Everybody reads, and whose access this is writes; [] where the CRM does not name its profiles."""
        mine = self._crm.profile()
        rows = (row["profiles"] for row in self._crm.fields(module) if row.get("profiles"))
        ids = [str(profile["id"]) for profile in next(rows, ())]
        if mine not in ids:
            return []
        return [{"id": id_, "permission_type": "read_write" if id_ == mine else "read_only"} for id_ in ids]

    # -------------------------------------------------- sections

    def _arrange(self, plan: ModulePlan, outcome: Outcome) -> None:
        """Into our section of every layout; by the CRM as it is now, since only ids came back."""
        pair = pairs_of(self._connection.settings)[plan.entity]
        now = self._plan(pair, self._module(pair))
        for values in now.values:  # more themes than one call takes came with the field
            self._fill_lists(replace(now, values=(values,)), outcome)
        placed = [self._place(plan.module, placing, outcome) for placing in now.placings]
        if all(placed):
            there = {found.id for found in now.there}
            self._made.placed(e.id for e in self._ours() if e.kind == "field" and e.remote in there)

    def _place(self, module: str, placing: Placing, outcome: Outcome) -> bool:
        what = f"Section “{SECTION}” of the layout “{placing.name}”"
        parts = chunks(placing.ids, FIELDS)
        return all(outcome.note(module, what, self._fill_section, module, placing, part) for part in parts)

    def _fill_section(self, module: str, placing: Placing, ids: Sequence[str]) -> None:
        fields = [{"id": id_} for id_ in ids]
        section = placing.section or self._section(module, placing.layout)
        if section:
            self._crm.arrange(module, placing.layout, {"id": section, "fields": fields})
            return
        new = {"name": SECTION_NAME, "display_label": SECTION, "sequence_number": placing.sequence}
        self._made.begin(module, "section", [SECTION], placing.layout)
        self._crm.arrange(module, placing.layout, {**new, "column_count": 2, "fields": fields})
        self._made.done(module, "section", SECTION, self._section(module, placing.layout), placing.layout)

    def _section(self, module: str, layout: str) -> str:
        row = next((row for row in self._crm.layouts(module) if str(row["id"]) == layout), {})
        section = our_section(row)
        return str(section["id"]) if section else ""

    # -------------------------------------------------- taking away

    def _take_away(self, gone: list[tuple[str, str]], back: Removal, outcome: Outcome) -> None:
        entities = {pair.module: pair.name for pair in PAIRS.values()}
        ids = {each.remote: each.id for each in self._ours()}
        for one in back.remove:
            what = f"Field “{one.label}” taken away"
            if outcome.note(one.module, what, self._crm.delete_field, one.module, one.id):
                self._made.forget([ids[one.id]])
                gone.append((entities[one.module], one.api_name))
        for module, layout, section in back.sections:
            body = {"id": section, "_delete": {"permanent": True}}
            what = f"Section “{SECTION}” taken away"
            if outcome.note(module, what, self._crm.arrange, module, layout, body):
                self._made.forget([ids[section]])


def _same(seen: str, seal: str) -> None:
    if seen and seen != seal:
        raise BadInput(
            "Something changed in the CRM meanwhile. Nothing was done.",
            code="changed_meanwhile",
            hint="Look at what would be done now.",
        )
