"""What a connection synchronises, as far as a page shows names and labels of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask import current_app, url_for

from extension.sync.errors import BadInput
from extension.sync.ports import Entity
from extension.web.access import Here

MENDS: Final = {  # what is wrong -> the settings pages that mend it, the nearest first
    "fields": ("settings.fields", "settings.modules"),
    "statuses": ("settings.statuses", "settings.modules"),
    "taxes": ("settings.taxes", "settings.modules"),
    "accounts": ("settings.accounts", "settings.modules"),
    "policies": ("settings.policies", "settings.modules"),
    "modules": ("settings.modules",),
}


def mending(here: Here, mend: str, entity: str) -> str | None:
    """Where the settings are that mend it."""
    for endpoint in MENDS[mend]:
        for rule in current_app.url_map.iter_rules(endpoint) if endpoint in current_app.view_functions else ():
            named = entity if "entity" in rule.arguments else None
            return url_for(endpoint, number=here.number, entity=named)
    return None


def entities_of(here: Here) -> Mapping[str, Entity]:
    """By name, parents first. Nothing while the map is half configured: history must be readable all the same."""
    try:
        return {entity.name: entity for entity in here.house.registry(here.connection).entities}
    except BadInput:
        return {}
