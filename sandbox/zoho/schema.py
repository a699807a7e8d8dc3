"""What a field and a module are, and which of them the switches leave in place.

The data itself is in `metadata`, its JSON in `describe`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

NUMBERS = frozenset({"currency", "double", "percent", "integer", "bigint"})
TEXTS = frozenset({"text", "textarea", "email", "phone", "website", "picklist", "autonumber"})
USERS = frozenset({"ownerlookup", "userlookup"})


@dataclass(frozen=True)
class Field:
    """One field of a module, as the CRM's settings know it."""

    api_name: str
    data_type: str
    label: str = ""
    length: int = 0
    mandatory: bool = False
    unique: bool = False
    read_only: bool = False
    custom: bool = False
    lookup: str = ""
    picklist: tuple[str, ...] = ()
    decimals: int = 0
    section: str = ""
    id: str = ""
    """Given to fields that somebody made; the others have one by their place."""
    prefix: str = ""
    start: int = 0
    """How an auto number that somebody made begins."""

    @property
    def title(self) -> str:
        return self.label or self.api_name.replace("_", " ")


@dataclass(frozen=True)
class Module:
    """One module: its fields in layout order, and which of them names a record."""

    api_name: str
    singular: str
    number: int
    """Makes the ids of the module, its layout and its fields, which never change."""
    display_field: str
    duplicate_check: str
    """The system-defined duplicate check field of an upsert (facts/zoho.md 3.5)."""
    fields: tuple[Field, ...]
    items: str = ""
    """The subform with the line items, by its v8 name; v2 calls it Product_Details in every module."""

    @property
    def id(self) -> str:
        return str(5_725_767_000_000_002_000 + self.number * 2 + 1)

    @property
    def layout_id(self) -> str:
        """The id of the module's one layout."""
        return str(5_725_767_000_000_091_000 + self.number * 2 + 1)

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        return {entry.api_name: entry for entry in self.fields}

    @cached_property
    def unique_fields(self) -> tuple[Field, ...]:
        return tuple(entry for entry in self.fields if entry.unique)

    @cached_property
    def mandatory_fields(self) -> tuple[Field, ...]:
        return tuple(entry for entry in self.fields if entry.mandatory)

    @cached_property
    def lookups(self) -> Mapping[str, str]:
        """Lookup field -> the module it points to."""
        return {entry.api_name: entry.lookup for entry in self.fields if entry.lookup}

    @cached_property
    def indexed(self) -> tuple[str, ...]:
        """Fields by whose value records must be found at once: the duplicate check's and the unique ones."""
        return tuple(dict.fromkeys((self.duplicate_check, *(entry.api_name for entry in self.unique_fields))))


def without(module: Module, *names: str) -> Module:
    """The module lacking these fields."""
    return replace(module, fields=tuple(entry for entry in module.fields if entry.api_name not in names))


def changed(module: Module, name: str, change: Callable[[Field], Field]) -> Module:
    """The module with one field changed."""
    return replace(module, fields=tuple(change(entry) if entry.api_name == name else entry for entry in module.fields))


def adding(module: Module, *extra: Field) -> Module:
    """The module with more fields."""
    return replace(module, fields=module.fields + extra)
