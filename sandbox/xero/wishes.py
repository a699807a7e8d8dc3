"""What a client sent for one record, read with types.

A wrong type is the body's fault (error 14), not the record's. Clearing is not verified: whether "" and null clear a
field are switches, applied here so that no other file sees a value that does not count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.xero.bodies import Element
from sandbox.xero.dates import parse_day
from sandbox.xero.ids import ZERO_ID, is_guid
from sandbox.xero.refusals import BadBody, Problems
from sandbox.xero.settings import Switches

LARGEST_NUMBER = Decimal(10) ** 12


class Wish:
    """One element of a request."""

    def __init__(self, raw: object, known: frozenset[str], switches: Switches) -> None:
        if not isinstance(raw, Mapping):
            raise BadBody(f"an object is expected, not {raw!r}")
        self.raw: Mapping[str, Any] = raw
        self.switches = switches
        strict = switches.unknown_fields == "refuse" or isinstance(raw, Element)
        if strict and (unknown := sorted(set(raw) - known)):
            raise BadBody(f"unknown element {unknown[0]}")
        self._sent = {name: "" if value is None else value for name, value in raw.items() if self._counts(value)}

    def _counts(self, value: object) -> bool:
        if value is None:
            return self.switches.null_clears
        return value != "" or self.switches.empty_clears

    def __contains__(self, name: str) -> bool:
        return name in self._sent

    def __iter__(self) -> Iterator[str]:
        return iter(self._sent)

    def text(self, name: str) -> str | None:
        """The value as text; numbers are taken as they are written, as Xero does."""
        value = self._sent.get(name)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, bool | Mapping | list):
            raise BadBody(f"{name} is not a text")
        return str(value)

    def choice(self, name: str, allowed: tuple[str, ...]) -> str | None:
        value = self.text(name)
        if value is not None and value not in allowed:
            raise BadBody(f"{value!r} is not a value of {name}")
        return value

    def number(self, name: str) -> Decimal | None:
        value = self._sent.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, bool | Mapping | list):
            raise BadBody(f"{name} is not a number")
        try:
            number = Decimal(str(value))
        except InvalidOperation as error:
            raise BadBody(f"{name} is not a number") from error
        if not number.is_finite() or abs(number) > LARGEST_NUMBER:
            raise BadBody(f"{name} is not a number that can be kept")
        return number

    def flag(self, name: str) -> bool | None:
        value = self._sent.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        raise BadBody(f"{name} is not true or false")

    def day(self, name: str) -> date | None:
        value = self._sent.get(name)
        if value is None or value == "":
            return None
        try:
            return parse_day(value)
        except ValueError as error:
            raise BadBody(f"{name}: {error}") from error

    def guid(self, name: str) -> str | None:
        """An id; the zero GUID is none."""
        value = self.text(name)
        if not value or value == ZERO_ID:
            return None
        if not is_guid(value):
            raise BadBody(f"{name} is not a GUID")
        return value.lower()

    def child(self, name: str, known: frozenset[str]) -> Wish | None:
        value = self._sent.get(name)
        return None if value is None or value == "" else Wish(value, known, self.switches)

    def children(self, name: str, known: frozenset[str]) -> list[Wish] | None:
        value = self._sent.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, list):
            raise BadBody(f"{name} is not a list")
        return [Wish(entry, known, self.switches) for entry in value if entry is not None]

    def texts(self, lengths: Mapping[str, int], problems: Problems) -> dict[str, str]:
        """The text fields that were sent, each checked against the length Xero keeps."""
        found = {name: text for name in lengths if (text := self.text(name)) is not None}
        for name, text in found.items():
            if len(text) > lengths[name]:
                # The wording is not recorded; that it is refused is documented.
                problems.add(f"The {name} field must not exceed {lengths[name]} characters.")
        return found
