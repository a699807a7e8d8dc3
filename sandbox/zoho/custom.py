"""What somebody made of the CRM's modules: fields added, changed and taken away, sections of layouts.

The state alone; what may be done to it is in `customising`. Values are replaced, never changed, so that a snapshot is
a copy of a few dictionaries.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sandbox.zoho.schema import Field, Module

UNUSED = ""
"""The section of a field that a layout does not show."""


@dataclass(frozen=True)
class Section:
    """A section that somebody made in a layout."""

    id: str
    name: str
    columns: int = 2
    sequence: int = 1


class Customisation:
    """Every change to the modules that the sandbox begins with."""

    def __init__(self) -> None:
        self.version = 0
        self._made: dict[str, tuple[Field, ...]] = {}
        self._changed: dict[tuple[str, str], Field] = {}
        self._gone: frozenset[tuple[str, str]] = frozenset()
        self._sections: dict[str, tuple[Section, ...]] = {}
        self._places: dict[tuple[str, str], str] = {}

    def applied(self, module: Module) -> Module:
        """The module with what was made of it."""
        name = module.api_name
        kept = [
            self._changed.get((name, entry.api_name), entry)
            for entry in (*module.fields, *self._made.get(name, ()))
            if (name, entry.api_name) not in self._gone
        ]
        return replace(module, fields=tuple(kept))

    def sections(self, layout: str) -> tuple[Section, ...]:
        return self._sections.get(layout, ())

    def section_of(self, layout: str, field: Field, usual: str) -> str:
        """Where a layout shows a field; UNUSED: nowhere."""
        return self._places.get((layout, field.api_name), field.section or usual)

    def made(self, module: str) -> tuple[Field, ...]:
        return self._made.get(module, ())

    # -------------------------------------------------- changing

    def add(self, module: str, field: Field) -> None:
        self._made[module] = (*self.made(module), field)
        self._gone -= {(module, field.api_name)}
        self.version += 1

    def change(self, module: str, field: Field) -> None:
        self._changed[module, field.api_name] = field
        self.version += 1

    def remove(self, module: str, field: Field) -> None:
        self._made[module] = tuple(entry for entry in self.made(module) if entry.api_name != field.api_name)
        self._changed.pop((module, field.api_name), None)
        self._gone |= {(module, field.api_name)}
        self.version += 1

    def add_section(self, layout: str, section: Section) -> None:
        self._sections[layout] = (*self.sections(layout), section)

    def remove_section(self, layout: str, section: Section) -> None:
        self._sections[layout] = tuple(each for each in self.sections(layout) if each != section)

    def place(self, layout: str, fields: Iterable[Field], section: str) -> None:
        for field in fields:
            self._places[layout, field.api_name] = section

    # -------------------------------------------------- snapshots

    def freeze(self) -> tuple[Any, ...]:
        return (
            self.version,
            dict(self._made),
            dict(self._changed),
            self._gone,
            dict(self._sections),
            dict(self._places),
        )

    def thaw(self, frozen: tuple[Any, ...]) -> None:
        """The version goes on: what was built for a later one must not be taken for this one."""
        _, made, changed, self._gone, sections, places = frozen
        self._made, self._changed = dict(made), dict(changed)
        self._sections, self._places = dict(sections), dict(places)
        self.version += 1
