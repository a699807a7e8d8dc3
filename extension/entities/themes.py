"""Xero's branding themes as values of a pick list of the CRM, and how both stay in step.

Pure. A value has at most 25 characters (facts/zoho.md 3.7, the fields specification), a theme's name may have more:
then it is cut, and told apart by a number where two become the same.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from typing import Any, Final

from extension.entities.catalogue import PAIRS
from extension.entities.fetched import read

Document = dict[str, Any]
Themes = Sequence[tuple[str, str]]
"""(name, id), in Xero's order."""

LONGEST: Final = 25


def spelled(themes: Themes) -> Mapping[str, str]:
    """Theme id -> the value that stands for it."""
    taken: dict[str, str] = {}
    for name, id_ in themes:
        value, n = name.strip()[:LONGEST].rstrip(), 2
        while value.casefold() in (each.casefold() for each in taken.values()):
            tail = f" {n}"
            value, n = name.strip()[: LONGEST - len(tail)].rstrip() + tail, n + 1
        taken[id_] = value
    return taken


def values_of(themes: Themes) -> list[str]:
    return list(spelled(themes).values())


def missing_values(offered: Collection[str], themes: Themes) -> tuple[str, ...]:
    """The values that a pick list lacks. A theme is there under its whole name or under its short one."""
    short = spelled(themes)
    return tuple(short[id_] for name, id_ in themes if name not in offered and short[id_] not in offered)


def choices(offered: Collection[str], themes: Themes) -> list[Document]:
    """The rows of the map: a theme beside its value, as far as the pick list has one. Nothing offered: not known."""
    short, rows = spelled(themes), []
    for name, id_ in themes:
        value = next((each for each in (name, short[id_]) if each in offered or not offered), None)
        if value is not None:
            rows.append({"zoho": value, "xero": id_})
    return rows


def with_new_themes(settings: Mapping[str, Any], document: Mapping[str, Any]) -> Document:
    """The settings with the themes mapped that are new on both sides. What somebody mapped otherwise stays."""
    fetched, made, changed = read(document), deepcopy(dict(settings)), False
    for name, entity in (made.get("entities") or {}).items():
        for row in entity.get("fields") or ():
            if name not in PAIRS or row.get("name") != "theme" or not row.get("choices"):
                continue
            field = fetched.field_of(PAIRS[name].module, str(row.get("zoho")))
            if field is None or not field.choices:
                continue
            ids, values = ({each.get(side) for each in row["choices"]} for side in ("xero", "zoho"))
            new = [
                each
                for each in choices(field.choices, fetched.themes)
                if each["xero"] not in ids and each["zoho"] not in values
            ]
            row["choices"] = [*row["choices"], *new]
            changed = changed or bool(new)
    if changed:
        made["mapping_version"] = made.get("mapping_version", 0) + 1
    return made
