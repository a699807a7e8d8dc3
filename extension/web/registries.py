"""What a connection synchronises, as far as a page shows names and labels of it."""

from __future__ import annotations

from collections.abc import Mapping

from flask import url_for

from extension.reporting.ways_out import Mend
from extension.sync.errors import BadInput
from extension.sync.ports import Entity
from extension.web.access import Here


def mending(here: Here, mend: Mend, entity: str) -> str:
    """Where the settings are that mend it."""
    return url_for(f"settings.{mend}", number=here.number, entity=entity if mend == "fields" else None)


def entities_of(here: Here) -> Mapping[str, Entity]:
    """By name, parents first. Nothing while the map is half configured: history must be readable all the same."""
    try:
        return {entity.name: entity for entity in here.house.registry(here.connection).entities}
    except BadInput:
        return {}
