"""What the settings APIs let an administrator do to a module: fields made, changed, deleted; a section of a layout.

One method a call's element; each refuses with SettingError and then changes nothing. Limits are those of Zoho's
specification (facts/zoho.md 3.7): five fields a call, labels of 25 characters, ten values of a pick list a call.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sandbox.zoho.custom import UNUSED, Section
from sandbox.zoho.errors import ApiError
from sandbox.zoho.layouts import Layout, layouts_of, section_names, usual_id, usual_section
from sandbox.zoho.metadata import NONE
from sandbox.zoho.schema import Field, Module
from sandbox.zoho.service import ZohoService

FIELDS, VALUES, LABEL, VALUE = 5, 10, 25, 25
LENGTHS = {
    "text": 255, "website": 450, "boolean": 5, "picklist": 120, "currency": 16, "date": 20, "autonumber": 80,
    "textarea": 2000, "email": 100, "phone": 30, "integer": 9, "double": 16, "datetime": 120,
}  # fmt: skip
Row = Mapping[str, Any]


class SettingError(Exception):
    """One element that is refused."""

    def __init__(self, code: str, message: str, **details: Any) -> None:
        super().__init__(code)
        self.item = {"code": code, "details": details, "message": message, "status": "error"}


class Customiser:
    """Changes the modules of one organisation."""

    def __init__(self, service: ZohoService) -> None:
        self._service = service
        self._custom = service.catalogue.custom

    def check_allowed(self) -> None:
        """The right to customise, and an edition that has it."""
        match self._service.switch.customisation:
            case "forbidden":
                details = {"permissions": ["Crm_Implied_Customize_Zoho_CRM"]}
                raise ApiError(403, "NO_PERMISSION", "permission denied", details)
            case "unsupported":
                raise ApiError(400, "NOT_SUPPORTED", "the feature is not available in this edition")

    # -------------------------------------------------- fields

    def add(self, module: Module, row: Row) -> str:
        """A new field. Returns its id."""
        label, kind = row.get("field_label"), row.get("data_type")
        if not isinstance(label, str) or not label.strip():
            raise SettingError("MANDATORY_NOT_FOUND", "required field not found", api_name="field_label")
        if len(label) > LABEL:
            raise SettingError("INVALID_DATA", "invalid data", api_name="field_label", maximum_length=LABEL)
        if kind not in LENGTHS:
            raise SettingError("INVALID_DATA", "invalid data", api_name="data_type", supported_values=list(LENGTHS))
        if any(field.title.casefold() == label.casefold() for field in module.fields):
            raise SettingError("DUPLICATE_DATA", "duplicate data", api_name="field_label")
        limit = self._service.switch.custom_field_limit
        if limit and len(self._custom.made(module.api_name)) >= limit:
            raise SettingError("LIMIT_EXCEEDED", "custom field limit exceeded", limit=limit)
        unique = sum(field.unique for field in module.fields if field.custom)
        if row.get("unique") and 0 < self._service.switch.unique_field_limit <= unique:
            raise SettingError("LIMIT_EXCEEDED", "unique field limit exceeded", limit=unique)
        self._check_profiles(row)
        field = self._drafted(module, label, str(kind), row)
        self._custom.add(module.api_name, field)
        self._store(module, field, bool(row.get("_update_existing_records")))
        lands = self._service.switch.new_fields_land == "first section"
        for layout in layouts_of(module, self._service.switch.extra_layouts):
            self._custom.place(layout.id, [field], usual_section(module) if lands else UNUSED)
        return field.id

    def change(self, module: Module, field_id: object, row: Row) -> str:
        """Values of a pick list, whether duplicates are refused, the length."""
        field = self._field(module, field_id)
        if "unique" in row:
            unique = bool(row["unique"]) and not (isinstance(row["unique"], dict) and "_disable" in row["unique"])
            if unique:
                self._check_values_differ(module, field)
            field = replace(field, unique=unique)
        if "pick_list_values" in row:
            adds = self._service.switch.picklist_update == "adds"
            field = replace(field, picklist=_values(row["pick_list_values"], field.picklist if adds else (NONE,)))
        if "length" in row:
            field = replace(field, length=int(row["length"]))
        self._check_profiles(row)
        self._custom.change(module.api_name, field)
        self._store(module, field, False)
        return str(row.get("id") or field_id)

    def remove(self, module: Module, field_id: object) -> str:
        field = self._field(module, field_id)
        self._custom.remove(module.api_name, field)
        return str(field_id)

    def _drafted(self, module: Module, label: str, kind: str, row: Row) -> Field:
        unique = row.get("unique")
        number = row.get("auto_number") or {}
        if kind == "autonumber" and not {"start_number", "prefix", "suffix"} <= set(number):
            raise SettingError("MANDATORY_NOT_FOUND", "required field not found", api_name="auto_number")
        return Field(
            self._api_name(module, label),
            kind,
            label=label,
            length=int(row.get("length") or LENGTHS[kind]),
            unique=bool(unique),
            read_only=kind == "autonumber",
            custom=True,
            picklist=_values(row.get("pick_list_values"), (NONE,)) if kind == "picklist" else (),
            decimals=2 if kind in ("currency", "double") else 0,
            id=str(self._service.store.next_id()),
            prefix=str(number.get("prefix") or ""),
            start=int(number.get("start_number") or 1),
        )

    def _api_name(self, module: Module, label: str) -> str:
        dots = "_" if self._service.switch.label_dots == "underscore" else ""
        words = re.sub(r"\W+", "_", label.strip().replace(".", dots))
        name, n = f"{self._service.switch.api_name_prefix}{words}", 1
        while name in module.by_name:
            name, n = f"{self._service.switch.api_name_prefix}{words}{n}", n + 1
        return name

    def _field(self, module: Module, field_id: object) -> Field:
        shown = self._service.field_ids(module)
        field = shown.get(str(field_id))
        if field is None:
            raise SettingError("INVALID_DATA", "the id given seems to be invalid", resource_path_index=2)
        if not field.custom:
            raise SettingError("NOT_ALLOWED", "system fields cannot be changed", id=str(field_id))
        return field

    def _check_profiles(self, row: Row) -> None:
        if row.get("profiles") and self._service.switch.field_profiles == "refused":
            raise SettingError("NOT_ALLOWED", "field permissions are not available", api_name="profiles")

    def _check_values_differ(self, module: Module, field: Field) -> None:
        records = self._service.store.tables[module.api_name].live.values()
        values = [str(value).casefold() for record in records if (value := record.values.get(field.api_name))]
        if len(values) != len(set(values)):
            raise SettingError("NOT_ALLOWED", "the field has duplicate values", api_name=field.api_name)

    def _store(self, module: Module, field: Field, number_old: bool) -> None:
        table = self._service.store.tables[module.api_name]
        if field.unique:
            table.index(field.api_name)
        if field.data_type == "autonumber" and number_old:
            for record_id in table.ids:
                record = table.live[record_id]
                number = self._service.writer.next_number(module, field)
                table.put(replace(record, values={**record.values, field.api_name: number}))

    # -------------------------------------------------- sections

    def arrange(self, module: Module, layout: Layout, sections: Sequence[Row]) -> None:
        """Sections of one layout, by PATCH: made, filled, taken away."""
        fields = self._service.field_ids(module)
        if len(sections) > FIELDS or sum(len(row.get("fields") or ()) for row in sections) > FIELDS:
            raise SettingError("LIMIT_EXCEEDED", "limit exceeded", limit=FIELDS)
        for row in sections:
            for each in row.get("fields") or ():
                if str(each.get("id")) not in fields:
                    raise SettingError("INVALID_DATA", "the id given seems to be invalid", api_name="id")
            self._section(module, layout, row)
        for row in sections:
            self._arrange(module, layout, row, [fields[str(each["id"])] for each in row.get("fields") or ()])

    def _section(self, module: Module, layout: Layout, row: Row) -> Section | None:
        """The section that a row names; None: it is a new one. One that nobody made can be filled, too."""
        known = self._custom.sections(layout.id)
        if row.get("id"):
            names = enumerate(section_names(module, layout, self._custom), 1)
            usual = [Section(usual_id(module, place), name) for place, name in names if name != UNUSED]
            here = [*known, *([] if row.get("_delete") else usual)]
            found = next((each for each in here if each.id == row["id"]), None)
            if found is None:
                raise SettingError("INVALID_DATA", "the id given seems to be invalid", api_name="id")
            return found
        for name in ("name", "display_label", "sequence_number"):
            if not row.get(name):
                raise SettingError("MANDATORY_NOT_FOUND", "required field not found", api_name=name)
        if any(each.name == row["display_label"] for each in known):
            raise SettingError("DUPLICATE_DATA", "duplicate data", api_name="display_label")
        return None

    def _arrange(self, module: Module, layout: Layout, row: Row, fields: Sequence[Field]) -> None:
        section = self._section(module, layout, row)
        if section is not None and row.get("_delete"):
            self._custom.remove_section(layout.id, section)
            self._show_in(module, [field for field in module.fields if field.section == section.name], "")
            return
        if section is None:
            new = str(self._service.store.next_id())
            section = Section(new, row["display_label"], row.get("column_count") or 2, row["sequence_number"])
            self._custom.add_section(layout.id, section)
        self._custom.place(layout.id, fields, section.name)
        self._show_in(module, fields, section.name)

    def _show_in(self, module: Module, fields: Sequence[Field], section: str) -> None:
        """Where a record's page shows these fields, which knows one layout."""
        for field in fields:
            self._custom.change(module.api_name, replace(field, section=section))


def _values(given: Any, old: tuple[str, ...]) -> tuple[str, ...]:
    if not isinstance(given, list) or not given:
        raise SettingError("MANDATORY_NOT_FOUND", "required field not found", api_name="pick_list_values")
    if len(given) > VALUES:
        raise SettingError("LIMIT_EXCEEDED", "limit exceeded", limit=VALUES)
    names = [str(row.get("actual_value") or "") for row in given]
    if any(not name or len(name) > VALUE for name in names):
        raise SettingError("INVALID_DATA", "invalid data", api_name="actual_value", maximum_length=VALUE)
    return tuple(dict.fromkeys((*old, *names)))
