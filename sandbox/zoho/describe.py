"""Modules, fields and layouts as the settings APIs describe them, in v8 and in v2 (facts/zoho.md 3.7).

v8 follows the 2026 OpenAPI files key by key; v2 has what zcrmsdk 3.1.0 reads.
"""

from __future__ import annotations

from typing import Any

from sandbox.zoho.metadata import BY_NAME, CURRENCY, ITEM_FIELDS
from sandbox.zoho.organisation import CREATED, PROFILES, Organisation
from sandbox.zoho.schema import Field, Module

JSON_TYPES = {
    "boolean": "boolean", "integer": "integer", "bigint": "long", "double": "double", "currency": "double",
    "percent": "double", "lookup": "jsonobject", "ownerlookup": "jsonobject", "userlookup": "jsonobject",
    "subform": "jsonarray", "line_tax": "jsonarray", "multiselectpicklist": "jsonarray",
}  # fmt: skip
SHOWN_TYPES = {"tax_set": "multiselectpicklist"}
SUBFORMS = {module.items: module for module in BY_NAME.values() if module.items}


PLACES = {
    name: {entry.api_name: place for place, entry in enumerate((*module.fields, *CURRENCY))}
    for name, module in BY_NAME.items()
}
ITEM_PLACES = {entry.api_name: place for place, entry in enumerate(ITEM_FIELDS)}
MADE = 1_000_000
"""Places from here on belong to fields that somebody made."""


def field_id(number: int, place: int) -> str:
    return str(5_725_767_000_000_100_000 + number * 400 + place * 2 + 1)


def field_rows(module: Module, version: str, organisation: Organisation) -> list[dict[str, Any]]:
    """GET /settings/fields of a module."""
    return [_field(module, field, _place(module, field), version, organisation) for field in module.fields]


def _place(module: Module, field: Field) -> int:
    """Where a field stands among those that the module can have: ids do not move when another one goes."""
    if field.id:
        return MADE + int(field.id) % MADE
    return PLACES.get(module.api_name, ITEM_PLACES)[field.api_name]


def subform_module(name: str) -> Module | None:
    """A subform as the settings APIs see it: a module of its own."""
    parent = SUBFORMS.get(name)
    if parent is None:
        return None
    return Module(name, name.replace("_", " "), 40 + parent.number, "Product_Name", "Product_Name", ITEM_FIELDS)


def module_row(module: Module, version: str) -> dict[str, Any]:
    """One row of GET /settings/modules."""
    plural = module.api_name.replace("_", " ")
    profiles = [{"name": name, "id": profile} for name, profile in PROFILES.items()]
    row: dict[str, Any] = {
        "id": module.id, "api_name": module.api_name, "module_name": module.api_name.replace("_", ""),
        "singular_label": module.singular, "plural_label": plural, "generated_type": "default", "creatable": True,
        "editable": True, "viewable": True, "deletable": True, "api_supported": True, "quick_create": True,
        "convertable": False, "show_as_tab": True, "visibility": 1, "sequence_number": module.number,
        "global_search_supported": True, "inventory_template_supported": bool(module.items), "description": None,
        "triggers_supported": True, "webform_supported": not module.items, "filter_supported": True,
        "presence_sub_menu": True, "feeds_required": False, "scoring_supported": True, "web_link": None,
        "emailTemplate_support": True, "business_card_field_limit": 5, "arguments": [], "modified_by": None,
        "modified_time": None, "profiles": profiles,
    }  # fmt: skip
    if version == "v2":
        return {**row, "parent_module": {}}
    return {
        **row,
        "public_fields_configured": False, "recycle_bin_on_delete": True, "has_more_profiles": False,
        "sub_menu_available": True, "profile_count": len(profiles), "lookupable": True, "module_type": "ENTITIES",
        "actual_plural_label": plural, "actual_singular_label": module.singular, "status": "visible",
        "isBlueprintSupported": True, "access_type": "org_based", "cc_enabled": False, "email_parser_supported": True,
        "track_current_data": False,
    }  # fmt: skip


def _field(module: Module, field: Field, place: int, version: str, organisation: Organisation) -> dict[str, Any]:
    kind = SHOWN_TYPES.get(field.data_type, field.data_type)
    writable = not field.read_only
    v2_items = version == "v2" and kind == "subform"
    name = "Product_Details" if v2_items else field.api_name
    row: dict[str, Any] = {
        "id": field.id or field_id(module.number, place), "api_name": name, "data_type": "text" if v2_items else kind,
        "field_label": field.title, "display_label": field.title, "json_type": JSON_TYPES.get(kind, "string"),
        "length": field.length, "system_mandatory": field.mandatory, "custom_field": field.custom,
        "read_only": field.read_only, "field_read_only": field.read_only, "visible": True, "webhook": True,
        "mass_update": writable and not field.mandatory, "businesscard_supported": kind != "subform",
        "unique": {"case_sensitive": False} if field.unique else {}, "decimal_place": field.decimals or None,
        "view_type": {"view": True, "edit": writable, "quick_create": field.mandatory, "create": writable},
        "pick_list_values": _pick_list(module, field, place, version, organisation), "association_details": None,
        "created_source": "default", "blueprint_supported": writable, "tooltip": None, "crypt": None,
        "multiselectlookup": {}, "quick_sequence_number": None,
        "currency": {"rounding_option": "round_off", "precision": field.decimals} if kind == "currency" else {},
        "lookup": _lookup(field, version), "auto_number": _auto_number(field, organisation), "formula": {},
    }  # fmt: skip
    if version == "v2":
        unique = {"casesensitive": "false"} if field.unique else {}
        return {**row, "unique": unique, "history_tracking": False, "convert_mapping": None, "subform": None}
    return {**row, **_newer(module, field, writable)}


def _newer(module: Module, field: Field, writable: bool) -> dict[str, Any]:
    """What v8 tells beyond v2."""
    newer: dict[str, Any] = {
        "type": "used", "colour_code_enabled_by_system": False, "enable_colour_code": False, "filterable": True,
        "searchable": True, "sortable": True, "separator": False, "history_tracking_enabled": False, "external": None,
        "virtual_field": False, "display_type": -1, "ui_type": 1, "public": False, "convert_mapping": {},
        "rollup_summary": {"return_type": "", "rollup_based_on": ""}, "range": None, "multi_module_lookup": {},
        "display_field": field.api_name == module.display_field, "pick_list_values_sorted_lexically": False,
        "operation_type": {
            "web_update": writable, "api_create": writable, "web_create": writable, "api_update": writable,
        },
        "email_parser": {"fields_update_supported": writable, "record_operations_supported": writable},
        "profiles": [
            {"permission_type": "read_write" if writable else "read_only", "name": name, "id": profile}
            for name, profile in PROFILES.items()
        ],
        "quick_sequence_number": "", "history_tracking": None, "private": None, "hipaa_compliance": None,
        "created_time": CREATED if field.custom else None, "modified_time": CREATED if field.custom else None,
    }  # fmt: skip
    if field.data_type == "subform":
        subform = subform_module(field.api_name)
        newer["associated_module"] = {"module": subform.api_name, "id": subform.id} if subform else None
    if field.data_type == "textarea":
        newer["textarea"] = {"type": "large" if field.length > 2000 else "small"}
    return newer


def _lookup(field: Field, version: str) -> dict[str, Any]:
    if not field.lookup:
        return {}
    target = BY_NAME[field.lookup]
    row: dict[str, Any] = {
        "display_label": target.api_name.replace("_", " "),
        "api_name": field.api_name,
        "id": target.id,
    }
    if version == "v2":
        return {**row, "module": target.api_name}
    return {
        **row,
        "module": {"api_name": target.api_name, "crypt": False, "id": target.id},
        "revalidate_filter_during_edit": False,
        "query_details": {"system_query_id": None},
    }


def _pick_list(
    module: Module, field: Field, place: int, version: str, organisation: Organisation
) -> list[dict[str, Any]]:
    values: tuple[str, ...] = field.picklist
    if field.api_name == "Currency":
        values = tuple(row["iso_code"] for row in organisation.currency_rows(multi_currency=True))
    if field.data_type == "tax_set":
        values = tuple(tax.label if version == "v2" else tax.name for tax in organisation.taxes)
    base = 5_725_767_000_010_000_000 + (module.number * 200 + place) * 100
    rows = [{"display_value": value, "actual_value": value, "sequence_number": n} for n, value in enumerate(values, 1)]
    if version == "v2":
        return rows
    return [
        {**row, "reference_value": value, "id": str(base + n), "type": "used", "colour_code": "#FFFFFF"}
        for n, (row, value) in enumerate(zip(rows, values, strict=True), 1)
    ]


def _auto_number(field: Field, organisation: Organisation) -> dict[str, Any]:
    if field.data_type != "autonumber":
        return {}
    if field.custom:
        return {"prefix": field.prefix, "start_number": field.start, "suffix": ""}
    settings = organisation.settings
    return {"prefix": settings.invoice_prefix, "start_number": settings.invoice_first, "suffix": ""}
