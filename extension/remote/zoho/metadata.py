"""What must be known about a CRM organisation before anything can be mapped, as values of ours.

Read by zcrmsdk (API v2), but for what only REST v8 knows: the subforms that hold line items under their v8 names, and
which fields refuse duplicates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from extension.remote.line import Line
from extension.remote.zoho.reading import ROOT


@dataclass(frozen=True, slots=True)
class Organisation:
    id: str
    name: str
    currency: str
    time_zone: str
    multi_currency: bool
    country: str


@dataclass(frozen=True, slots=True)
class User:
    id: str
    name: str
    email: str
    active: bool


@dataclass(frozen=True, slots=True)
class Module:
    api_name: str
    singular: str
    plural: str
    writable: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a pick list: what people see, what the API takes."""

    shown: str
    value: str


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a module. `subform`: it holds rows, and these are fields of that module."""

    api_name: str
    label: str
    data_type: str
    length: int = 0
    places: int | None = None
    mandatory: bool = False
    read_only: bool = False
    custom: bool = False
    unique: bool = False
    lookup: str = ""
    subform: str = ""
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Currency:
    code: str
    rate: Decimal
    base: bool
    active: bool


@dataclass(frozen=True, slots=True)
class Tax:
    id: str
    name: str
    percent: Decimal


class ZohoMetadata:
    """Reads the set-up of one organisation over its line."""

    def __init__(self, line: Line) -> None:
        self._line = line

    # -------------------------------------------------- by zcrmsdk

    def organisation(self) -> Organisation:
        org = self._sdk("organisation")[0]
        return Organisation(
            id=_text(org.get_id()),
            name=_text(org.get_company_name()),
            currency=_text(org.get_iso_code()),
            time_zone=_text(org.get_time_zone()),
            multi_currency=bool(org.get_mc_status()),
            country=_text(org.get_country_code()),
        )

    def users(self) -> list[User]:
        return [
            User(_text(u.get_id()), _text(u.get_full_name()), _text(u.get_email()), _text(u.get_status()) == "active")
            for u in self._sdk("users")
        ]

    def modules(self) -> list[Module]:
        return [
            Module(
                _text(m.get_api_name()),
                _text(m.get_singular_label()),
                _text(m.get_plural_label()),
                bool(m.get_creatable() and m.get_editable()),
            )
            for m in self._sdk("modules")
            if m.get_api_supported()
        ]

    def fields(self, module: str) -> list[Field]:
        return [_of_sdk(field) for field in self._sdk("fields", module)]

    def currencies(self) -> list[Currency]:
        return [
            Currency(
                _text(c.get_iso_code()),
                Decimal(_text(c.get_exchange_rate()) or "1"),  # a text, unlike any other number (3.6)
                bool(c.get_is_base()),
                bool(c.get_is_active()),
            )
            for c in self._sdk("currencies")
        ]

    def taxes(self) -> list[Tax]:
        # The SDK reads a percentage as float; its shortest text is what the service sent.
        return [Tax(_text(t.get_id()), _text(t.get_name()), Decimal(str(t.get_value()))) for t in self._sdk("taxes")]

    def _sdk(self, what: str, *args: str) -> list[Any]:
        # Imported when first asked for: it costs half a second and 690 modules.
        from extension.remote.zoho import sdk

        read: Callable[..., list[Any]] = getattr(sdk, what)
        return read(self._line, *args)

    # -------------------------------------------------- by REST v8

    def newer_fields(self, module: str) -> list[Field]:
        """The fields as records of API v8 name them."""
        answer = self._line.ask("metadata", "GET", f"{ROOT}/settings/fields", params=[("module", module)])
        rows = [] if answer.status == 204 else answer.dictionary().get("fields") or []
        return [_of_rest(row) for row in rows]

    def subforms(self, module: str) -> Mapping[str, str]:
        """Subform field -> the module of its rows (`Invoiced_Items` of Invoices)."""
        return {field.api_name: field.subform for field in self.newer_fields(module) if field.data_type == "subform"}

    def unique_fields(self, module: str) -> frozenset[str]:
        """Fields that refuse duplicates: a create that carries one may be sent again."""
        return frozenset(field.api_name for field in self.newer_fields(module) if field.unique)


def _of_sdk(field: Any) -> Field:
    lookup, unique = field.get_lookup(), field.get_unique()
    target = lookup.get_module() if lookup is not None else None
    return Field(
        api_name=_text(field.get_api_name()),
        label=_text(field.get_field_label()),
        data_type=_text(field.get_data_type()),
        length=field.get_length() or 0,
        places=field.get_decimal_place(),
        mandatory=bool(field.get_system_mandatory()),
        read_only=bool(field.get_read_only()),
        custom=bool(field.get_custom_field()),
        unique=unique is not None and unique.get_casesensitive() is not None,
        lookup=_text(getattr(target, "get_api_name", lambda: target)()),
        choices=tuple(
            Choice(_text(one.get_display_value()), _text(one.get_actual_value()))
            for one in field.get_pick_list_values() or []
        ),
    )


def _of_rest(row: Mapping[str, Any]) -> Field:
    lookup = row.get("lookup") or {}
    target = lookup.get("module")
    rows = row.get("associated_module") or {}
    return Field(
        api_name=str(row["api_name"]),
        label=str(row.get("field_label") or ""),
        data_type=str(row.get("data_type") or ""),
        length=int(row.get("length") or 0),
        places=row.get("decimal_place"),
        mandatory=bool(row.get("system_mandatory")),
        read_only=bool(row.get("read_only") or row.get("field_read_only")),
        custom=bool(row.get("custom_field")),
        unique=bool(row.get("unique")),
        lookup=str((target.get("api_name") if isinstance(target, dict) else target) or ""),
        subform=str(rows.get("module") or ""),
        choices=tuple(
            Choice(str(one.get("display_value") or ""), str(one.get("actual_value") or ""))
            for one in row.get("pick_list_values") or []
        ),
    )


def _text(value: Any) -> str:
    """Text of the SDK's values; a Choice holds one."""
    inner = getattr(value, "get_value", None)
    value = inner() if inner is not None else value
    return "" if value is None else str(value)
