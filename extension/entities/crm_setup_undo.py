"""What can be taken out of the CRM again: what we made there, as far as no record has anything in it.

Pure. A field with a value in any record stays, and so does the section that shows it. What is taken away leaves the
map in the same change.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from extension.entities.crm_setup import CrmModule, our_section

Document = dict[str, Any]


@dataclass(frozen=True)
class Ours:
    """A field of a module that we made and that is still there. `filled`: some record has a value in it."""

    module: str
    id: str
    api_name: str
    label: str
    kind: str
    filled: bool = False


@dataclass(frozen=True)
class Removal:
    """What would go, and what stays because it is used."""

    remove: tuple[Ours, ...] = ()
    keep: tuple[Ours, ...] = ()
    sections: tuple[tuple[str, str, str], ...] = ()
    """(module, layout, section) of sections of ours that are empty by then."""
    stand_in: str = ""
    """The id of the stand-in product, where nothing uses it."""
    stand_in_kept: bool = False

    @property
    def empty(self) -> bool:
        return not (self.remove or self.sections or self.stand_in)

    @property
    def seal(self) -> str:
        return sha256(repr(asdict(self)).encode()).hexdigest()[:20]


def still_there(crm: CrmModule, made: Collection[str]) -> list[Ours]:
    """The fields of a module that we made."""
    return [
        Ours(
            crm.module,
            str(row["id"]),
            str(row["api_name"]),
            str(row.get("field_label") or ""),
            str(row.get("data_type") or ""),
        )
        for row in crm.fields
        if str(row["id"]) in made
    ]


def removal(modules: Sequence[CrmModule], ours: Sequence[Ours], made_sections: Collection[str]) -> Removal:
    """`made_sections`: ids of the sections that we made."""
    gone = {each.id for each in ours if not each.filled}
    sections = []
    for crm in modules:
        for layout in crm.layouts:
            section = our_section(layout)
            if section is None or str(section["id"]) not in made_sections:
                continue
            if all(str(row["id"]) in gone for row in section.get("fields") or ()):
                sections.append((crm.module, str(layout["id"]), str(section["id"])))
    return Removal(
        tuple(each for each in ours if not each.filled), tuple(each for each in ours if each.filled), tuple(sections)
    )


def without_fields(settings: Mapping[str, Any], gone: Collection[tuple[str, str]]) -> Document:
    """The settings with no row over these fields (module of ours, API name) of the CRM."""
    made: Document = deepcopy(dict(settings))
    changed = False
    for name, entity in (made.get("entities") or {}).items():
        kept = [row for row in entity.get("fields") or () if (name, row.get("zoho")) not in gone]
        changed = changed or len(kept) != len(entity.get("fields") or ())
        entity["fields"] = kept
    if changed:
        made["mapping_version"] = made.get("mapping_version", 0) + 1
    return made
