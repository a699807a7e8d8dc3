"""Layouts as the settings API shows them: every field of a module in its section, or in none.

A module has its layout "Standard", and the ones that a switch adds. What no section shows stands in one of type
"unused", as the specification describes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.zoho.custom import UNUSED, Customisation, Section
from sandbox.zoho.describe import field_rows
from sandbox.zoho.organisation import CREATED, PROFILES, Organisation
from sandbox.zoho.schema import Field, Module

STANDARD = "Standard"
UNUSED_LABEL = "Unused Fields"
BETWEEN = 1000  # ids of one module's layouts


@dataclass(frozen=True)
class Layout:
    """One layout of a module."""

    id: str
    name: str


def layouts_of(module: Module, extra: dict[str, list[str]]) -> list[Layout]:
    names = [STANDARD, *extra.get(module.api_name, ())]
    return [Layout(str(int(module.layout_id) + BETWEEN * n), name) for n, name in enumerate(names)]


def usual_section(module: Module) -> str:
    """Where a field is shown that nobody put anywhere."""
    return f"{module.singular} Information"


def section_names(module: Module, layout: Layout, custom: Customisation) -> list[str]:
    """The sections of a layout in their order, UNUSED among them."""
    shown = (custom.section_of(layout.id, field, usual_section(module)) for field in module.fields)
    return list(dict.fromkeys([*shown, *(section.name for section in custom.sections(layout.id))]))


def usual_id(module: Module, place: int) -> str:
    """The id of a section that nobody made, by its place."""
    return str(5_725_767_000_000_200_000 + module.number * 20 + place)


def layout_row(
    module: Module, layout: Layout, version: str, organisation: Organisation, custom: Customisation
) -> dict[str, Any]:
    """One layout, its fields in their sections."""
    made = {section.name: section for section in custom.sections(layout.id)}
    sections: dict[str, list[dict[str, Any]]] = {name: [] for name in section_names(module, layout, custom)}
    for field, shown in zip(module.fields, field_rows(module, version, organisation), strict=True):
        sections[custom.section_of(layout.id, field, usual_section(module))].append(_in_layout(field, shown))
    row: dict[str, Any] = {
        "id": layout.id, "name": layout.name, "visible": True, "created_time": CREATED, "modified_time": None,
        "created_for": None, "created_by": None, "modified_by": None,
        "sections": [
            _section(module, name, rows, place, version, made.get(name))
            for place, (name, rows) in enumerate(sections.items(), 1)
        ],
    }  # fmt: skip
    if version == "v2":
        profiles = [{"name": name, "id": profile, "default": True} for name, profile in PROFILES.items()]
        return {**row, "status": 0, "profiles": profiles, "convert_mapping": None}
    return {
        **row,
        "api_name": layout.name, "display_label": layout.name, "status": "active", "source": "crm",
        "generated_type": "system" if layout.name == STANDARD else "custom", "has_more_profiles": False,
        "show_business_card": False, "profiles": None,
        "actions_allowed": dict.fromkeys(
            ("edit", "rename", "clone", "downgrade", "delete", "deactivate", "set_layout_permissions"), True
        ),
    }  # fmt: skip


def _in_layout(field: Field, shown: dict[str, Any]) -> dict[str, Any]:
    """A field as its place in a layout tells of it: a little more, a little less."""
    picks = [{**value, "maps": []} for value in shown["pick_list_values"]]
    kept = {name: value for name, value in shown.items() if name != "email_parser"}
    return {**kept, "pick_list_values": picks, "required": field.mandatory}


def _section(
    module: Module, name: str, rows: list[dict[str, Any]], place: int, version: str, made: Section | None
) -> dict[str, Any]:
    label = name if name != UNUSED else UNUSED_LABEL
    row: dict[str, Any] = {
        "name": label,
        "api_name": label.replace(" ", "_"),
        "display_label": label,
        "sequence_number": made.sequence if made else place,
        "column_count": made.columns if made else 2,
        "isSubformSection": False,
        "generated_type": "custom" if made or any(field["custom_field"] for field in rows) else "default",
        "fields": rows,
        "properties": None,
    }
    if version == "v2":
        return {**row, "tab_traversal": 2}
    actions = (
        "add_field", "rename", "change_tab_traversal", "reorder", "delete", "remove_field", "change_column_count",
    )  # fmt: skip
    return {
        **row,
        "id": made.id if made else usual_id(module, place),
        "type": "used" if name != UNUSED else "unused",
        "mode": "all",
        "tab_traversal": "left_to_right",
        "parent_section": None,
        "actions_allowed": dict.fromkeys(actions, True),
    }
