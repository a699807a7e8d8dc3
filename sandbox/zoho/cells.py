"""One JSON value of a row, checked against its field (facts/zoho.md 5.2, 9).

`stored` answers with the value as the store keeps it: Decimal or int, lookups as ids, blank text as none.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.zoho.documents import read_discount
from sandbox.zoho.errors import invalid_data, unknown_id
from sandbox.zoho.organisation import Organisation
from sandbox.zoho.schema import NUMBERS, USERS, Field
from sandbox.zoho.settings import Switches
from sandbox.zoho.values import is_day, is_number, moment, plain, record_id, rounded

EMAIL = re.compile(r"[^@\s,;<>()]+@[^@\s,;<>()]+\.[^@\s,;<>().]{2,}")
BLANK = {"tax_set": (), "boolean": False}
PHONE = re.compile(r"[0-9+()\-.\s/#*extEXT,]+")


@dataclass(frozen=True)
class Cells:
    """Checks values; `exists(module, id)` tells whether a lookup's target is there."""

    organisation: Organisation
    switches: Switches
    exists: Callable[[str, int], bool]

    def stored(self, field: Field, value: Any) -> Any:
        """The value to keep, or INVALID_DATA."""
        if value is None or (value == "" and self.switches.empty_text_is_null):
            return BLANK.get(field.data_type)
        kind = field.data_type
        if kind in NUMBERS:
            return self._number(field, value)
        if kind == "lookup":
            return self._lookup(field, value)
        if kind in USERS:
            return self._user(field, value)
        if kind == "tax_set":
            return self._taxes(field, value)
        if kind == "boolean":
            return _expect(field, value, isinstance(value, bool))
        if kind == "date":
            return _expect(field, value, is_day(value))
        if kind == "datetime":
            return _expect(field, value, moment(value) is not None)
        return self._text(field, value)

    def _text(self, field: Field, value: Any) -> str:
        kind = field.data_type
        if not isinstance(value, str):
            raise invalid_data(field.api_name, expected_data_type=kind)
        if value == "":
            return value
        if field.length and len(value) > field.length:
            raise invalid_data(field.api_name, maximum_length=field.length)
        if field.api_name == "Currency":
            _expect(field, value, self.organisation.rate(value) is not None)
        if kind == "picklist" and self.switches.picklist_strict and field.picklist:
            _expect(field, value, value in field.picklist)
        if kind == "email":
            _expect(field, value, EMAIL.fullmatch(value) is not None)
        if kind == "phone":
            _expect(field, value, PHONE.fullmatch(value) is not None)
        return value

    def _number(self, field: Field, value: Any) -> Any:
        if field.api_name == "Discount":
            discount = read_discount(value)
            if discount is None:
                raise invalid_data(field.api_name, expected_data_type="double")
            return discount
        kind = "integer" if field.data_type in ("integer", "bigint") else "double"
        if not is_number(value) or (kind == "integer" and Decimal(value) != Decimal(value).to_integral_value()):
            raise invalid_data(field.api_name, expected_data_type=kind)
        if len(str(abs(int(value)))) > field.length:
            raise invalid_data(field.api_name, maximum_length=field.length)
        return plain(rounded(value, field.decimals))

    def _lookup(self, field: Field, value: Any) -> int:
        target = record_id(value.get("id") if isinstance(value, dict) else value)
        if target is None or not self.exists(field.lookup, target):
            raise unknown_id(field.api_name)
        return target

    def _user(self, field: Field, value: Any) -> int:
        user = record_id(value.get("id") if isinstance(value, dict) else value)
        if user is None or user not in self.organisation.by_user:
            raise unknown_id(field.api_name)
        return user

    def _taxes(self, field: Field, value: Any) -> tuple[int, ...]:
        if not isinstance(value, list):
            raise invalid_data(field.api_name, expected_data_type="jsonarray")
        taxes = []
        for entry in value:
            tax = self.tax(entry)
            if tax is None:
                raise invalid_data(field.api_name)
            taxes.append(tax)
        return tuple(dict.fromkeys(taxes))

    def tax(self, entry: object) -> int | None:
        """The tax an entry names: {"id"}, {"value"} or {"name"} (v2.1 and up), "GST 15 - 15.0 %" (v2)."""
        if isinstance(entry, dict):
            given = record_id(entry.get("id"))
            if given is not None:
                return given if given in self.organisation.by_tax else None
            entry = entry.get("name") if isinstance(entry.get("name"), str) else entry.get("value")
        if not isinstance(entry, str):
            return None
        found = next((tax for tax in self.organisation.taxes if entry in (tax.name, tax.label)), None)
        return found.id if found else None


def _expect(field: Field, value: Any, right: bool) -> Any:
    if not right:
        raise invalid_data(field.api_name, expected_data_type=field.data_type)
    return value
