"""What the set-up would make in the CRM: fields of ours, their section in every layout, values, uniqueness.

Pure. From what the CRM says of its modules now and from what we remember to have made there, a plan that can be shown
before it is done. Doing it and planning again yields an empty plan. What somebody else made under one of our names is
used where it fits and never changed into something else.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any, Final

from extension.entities.catalogue import Pair, pairs_of
from extension.entities.crm_blueprint import SECTION, Blueprint, blueprints
from extension.entities.defaults import crm_name
from extension.entities.fetched import CrmField, Fetched, read
from extension.entities.stand_in import StandIn
from extension.entities.themes import missing_values, values_of

Row = Mapping[str, Any]


@dataclass(frozen=True)
class CrmModule:
    """One module as the CRM's settings show it now, in the service's own rows."""

    module: str
    fields: Sequence[Row]
    layouts: Sequence[Row]

    def id_of(self, api_name: str) -> str:
        return next((str(row["id"]) for row in self.fields if row["api_name"] == api_name), "")

    @property
    def known(self) -> Fetched:
        return read({"zoho": {"fields": {self.module: self.fields}}})


@dataclass(frozen=True)
class Found:
    """A field that is there already."""

    id: str
    api_name: str
    label: str


@dataclass(frozen=True)
class Clash:
    """A field under one of our names that is of another kind."""

    label: str
    is_kind: str
    wanted: str


@dataclass(frozen=True)
class Placing:
    """Fields that a layout does not show in our section yet. `section` "": it has none. `labels`: of new fields."""

    layout: str
    name: str
    section: str
    sequence: int
    ids: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Values:
    """Branding themes that a pick list lacks."""

    field: Found
    values: tuple[str, ...]


@dataclass(frozen=True)
class ModulePlan:
    """What would be made in one module, and what is there."""

    entity: str
    module: str
    there: tuple[Found, ...] = ()
    make: tuple[Blueprint, ...] = ()
    unique: tuple[Found, ...] = ()
    values: tuple[Values, ...] = ()
    placings: tuple[Placing, ...] = ()
    clashes: tuple[Clash, ...] = ()
    offers_number: bool = False

    @property
    def empty(self) -> bool:
        return not (self.make or self.unique or self.values or self.placings)


@dataclass(frozen=True)
class Setup:
    """The plan over all modules. `offers_stand_in`: no product stands for lines without an item yet."""

    modules: tuple[ModulePlan, ...] = field(default=())
    stand_in: StandIn = field(default_factory=StandIn)
    offers_stand_in: bool = False

    @property
    def empty(self) -> bool:
        return all(each.empty for each in self.modules) and not self.stand_in.wish

    @property
    def seal(self) -> str:
        """Says which plan a person has seen."""
        shown = [*(asdict(each) for each in self.modules), *([asdict(self.stand_in)] if self.stand_in.wanted else ())]
        return sha256(json.dumps(shown, sort_keys=True, default=str).encode()).hexdigest()[:20]


def enabled(settings: Mapping[str, Any]) -> list[Pair]:
    """The modules that are synchronised."""
    entities = settings.get("entities") or {}
    return [
        pair for name, pair in pairs_of(settings).items() if name in entities and entities[name].get("enabled", True)
    ]


def offers_stand_in(settings: Mapping[str, Any]) -> bool:
    """Whether documents are synchronised, and nothing stands for a line without an item."""
    return not settings.get("itemless_product") and any(pair.document for pair in enabled(settings))


def planned(
    pair: Pair, crm: CrmModule, themes: Sequence[tuple[str, str]], unplaced: Collection[str], *, number: bool = False
) -> ModulePlan:
    """The plan of one module. `unplaced`: ids of fields that we made and that are not in their section yet;
    `number`: an auto number is wanted where no number is unique."""
    known, offers = crm.known, offers_number(pair, crm)
    wanted = blueprints(pair, values_of(themes), number=number and offers)
    there, make, unique, values, clashes = [], [], [], [], []
    for blueprint in wanted:
        name = crm_name(crm.module, blueprint.candidates, known, guess=False)
        present = known.field_of(crm.module, name) if name else None
        if present is None:
            make.append(blueprint)
            continue
        found = Found(crm.id_of(present.name), present.name, present.label)
        if not blueprint.takes(present.kind):
            clashes.append(Clash(present.label, present.kind, blueprint.data_type))
            continue
        there.append(found)
        if blueprint.unique and not present.unique and _custom(crm, found.id):
            unique.append(found)
        if blueprint.name == "theme" and (lacking := _lacking(present, themes, crm, found)):
            values.append(Values(found, lacking))
    return ModulePlan(
        pair.name,
        crm.module,
        tuple(there),
        tuple(make),
        tuple(unique),
        tuple(values),
        placings(crm, there, unplaced, tuple(each.label for each in make)),
        tuple(clashes),
        offers,
    )


def offers_number(pair: Pair, crm: CrmModule) -> bool:
    """Whether a module of documents has no number that the CRM keeps unique."""
    numbers = [row for row in crm.fields if row.get("data_type") == "autonumber"]
    unique = [row for row in crm.fields if row.get("unique") and "number" in str(row["api_name"]).casefold()]
    return pair.document and not numbers and not unique


def placings(
    crm: CrmModule, there: Sequence[Found], unplaced: Collection[str], new: tuple[str, ...] = ()
) -> tuple[Placing, ...]:
    """Per layout, the fields that are to go into our section: those that it does not show, and those that we made
    and that Zoho put somewhere by itself."""
    found = []
    for layout in crm.layouts:
        shown, ours = _shown(layout), our_section(layout)
        mine = set(map(str, (row["id"] for row in ours["fields"]))) if ours else set()
        ids = tuple(each.id for each in there if each.id not in mine and (each.id not in shown or each.id in unplaced))
        if ids or new:
            section = str(ours["id"]) if ours else ""
            found.append(Placing(str(layout["id"]), str(layout.get("name") or ""), section, _last(layout), ids, new))
    return tuple(found)


def our_section(layout: Row) -> Row | None:
    """Our section of a layout."""
    for section in _used(layout):
        if str(section.get("display_label") or "").casefold() == SECTION.casefold():
            return section
    return None


def _used(layout: Row) -> list[Row]:
    return [row for row in layout.get("sections") or () if row.get("type", "used") == "used"]


def _shown(layout: Row) -> set[str]:
    return {str(row["id"]) for section in _used(layout) for row in section.get("fields") or ()}


def _last(layout: Row) -> int:
    """The place after all sections; the specification ends at 100."""
    numbers = [int(section.get("sequence_number") or 0) for section in _used(layout)]
    return min(max(numbers, default=0) + 1, 100)


def _custom(crm: CrmModule, id_: str) -> bool:
    return any(str(row["id"]) == id_ and row.get("custom_field") for row in crm.fields)


def _lacking(present: CrmField, themes: Sequence[tuple[str, str]], crm: CrmModule, found: Found) -> tuple[str, ...]:
    return missing_values(present.choices, themes) if _custom(crm, found.id) else ()


NUMBER_HINT: Final = "It counts by itself. Map it under Settings, Fields, where it should be the document's number."
