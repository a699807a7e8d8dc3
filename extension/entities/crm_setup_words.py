"""The plan of a set-up in words, the same on the page and in the terminal. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from extension.entities.crm_blueprint import SECTION
from extension.entities.crm_setup import Clash, ModulePlan

# What Zoho calls its kinds of fields on the screen.
KINDS: Final[Mapping[str, str]] = {
    "boolean": "Checkbox",
    "text": "Single Line",
    "textarea": "Multi Line",
    "website": "URL",
    "picklist": "Pick List",
    "currency": "Currency",
    "double": "Decimal",
    "integer": "Number",
    "date": "Date",
    "datetime": "Date/Time",
    "autonumber": "Auto-Number",
    "lookup": "Lookup",
}


def kind(data_type: str) -> str:
    return KINDS.get(data_type, data_type)


def wishes(plan: ModulePlan) -> list[str]:
    """What would be done in one module, a sentence each."""
    said = []
    for each in plan.make:
        marks = [kind(each.data_type), *(["no duplicates"] if each.unique else [])]
        marks += ["read only for people, where this edition allows it"] if each.read_only else []
        values = f" with the values {', '.join(each.values)}" if each.values else ""
        said.append(f"Make the field “{each.label}” ({', '.join(marks)}){values}.")
    said += [f"Allow no duplicates in “{found.label}”." for found in plan.unique]
    said += [f"Add {', '.join(each.values)} to the values of “{each.field.label}”." for each in plan.values]
    for placing in plan.placings:
        names = {found.id: found.label for found in plan.there}
        fields = [*(names[id_] for id_ in placing.ids), *placing.labels]
        section = f"the section “{SECTION}”" if placing.section else f"a new section “{SECTION}”"
        said.append(f"Put {', '.join(fields)} into {section} of the layout “{placing.name}”.")
    return said


def clash(found: Clash) -> str:
    """A field that is in the way."""
    return (
        f"“{found.label}” is there as {kind(found.is_kind)} and should be {kind(found.wanted)}. "
        "Call it something else in Zoho CRM, then set up again."
    )
