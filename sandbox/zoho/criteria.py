"""Conditions over records, as COQL and search state them. Pure.

A condition compares what is stored: numbers as numbers, times as moments, lookups by id, texts without regard to case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Protocol

from sandbox.zoho.schema import NUMBERS, USERS, Field
from sandbox.zoho.store import Record
from sandbox.zoho.values import decimal_of, is_number, moment, record_id

ORDERED: Mapping[str, Callable[[Any, Any], bool]] = {"=": eq, "!=": ne, ">": gt, "<": lt, ">=": ge, "<=": le}
ID = Field("id", "bigint", length=19)


class Condition(Protocol):
    def holds(self, record: Record) -> bool:
        """Whether the record meets it."""


@dataclass(frozen=True)
class Every:
    parts: tuple[Condition, ...]

    def holds(self, record: Record) -> bool:
        return all(part.holds(record) for part in self.parts)


@dataclass(frozen=True)
class Some:
    parts: tuple[Condition, ...]

    def holds(self, record: Record) -> bool:
        return any(part.holds(record) for part in self.parts)


@dataclass(frozen=True)
class Compare:
    """One field against literals that `literal` has prepared."""

    field: Field
    operator: str
    values: tuple[Any, ...] = ()

    def holds(self, record: Record) -> bool:
        held = comparable(record, self.field)
        match self.operator:
            case "is null":
                return held is None
            case "is not null":
                return held is not None
            case "!=":
                return bool(held != self.values[0])
            case "not in":
                return held not in self.values
            case "not like":
                return held is None or not _like(held, self.values[0])
        if held is None:
            return False
        match self.operator:
            case "in":
                return held in self.values
            case "like":
                return _like(held, self.values[0])
            case "between":
                return bool(self.values[0] <= held <= self.values[1])
            case "starts_with":
                return str(held).startswith(self.values[0])
            case "contains":
                return self.values[0] in str(held)
        return ORDERED[self.operator](held, self.values[0])


def comparable(record: Record, field: Field) -> Any:
    """What a record holds in a field, in a form that compares; none if it is blank."""
    match field.api_name:
        case "id":
            return record.id
        case "Created_Time":
            return record.created
        case "Modified_Time":
            return record.modified
        case "Created_By":
            return record.created_by
        case "Modified_By":
            return record.modified_by
    value = record.values.get(field.api_name)
    if field.data_type == "boolean":
        return bool(value)
    if field.data_type == "datetime":
        parsed = moment(value)
        return parsed.timestamp() if parsed else None
    return value.casefold() if isinstance(value, str) else value


def literal(field: Field, value: Any) -> Any:
    """A literal in the form `comparable` gives; ValueError if it does not suit the field."""
    kind = field.data_type
    result: Any = None
    if kind in USERS or kind == "lookup" or field.api_name == "id":
        result = record_id(value)
    elif kind in NUMBERS:
        result = value if is_number(value) else decimal_of(str(value))
    elif kind == "datetime":
        parsed = moment(value)
        result = parsed.timestamp() if parsed else None
    elif kind == "boolean":
        result = {"true": True, "false": False}.get(str(value).lower())
    elif isinstance(value, str | int | Decimal):
        result = str(value).casefold()
    if result is None:
        raise ValueError(f"{value!r} does not suit {field.api_name}")
    return result


def _like(held: Any, pattern: str) -> bool:
    parts = (re.escape(part) for part in pattern.split("%"))
    return re.fullmatch(".*".join(parts), str(held), re.DOTALL) is not None
